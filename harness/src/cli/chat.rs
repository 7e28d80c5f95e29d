//! `harness chat`: talk to a server by hand, with the right framing.
//!
//! The person's lines come from one thread (a line editor, or a pipe), the server's bytes from another; a channel joins them.
//! What the words are is [`crate::chat`]'s matter. This sub-command prints as it goes, since somebody is waiting for it.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use protocol::Dialect;
use protocol::lang::Lang;
use protocol::message::{ConsoleKind, Fields};
use protocol::os_error::os_error;
use protocol::quote::visible;
use rustyline::ExternalPrinter as _;
use rustyline::error::ReadlineError;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream as Socket;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, sleep_until, timeout};

use super::{Answer, OWN_FAULT, UNREACHABLE};
use crate::chat::Chat;

/// How long a connection may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Quiet after which a message without an end mark is over.
const SETTLE: Duration = Duration::from_millis(150);
/// How long the answer to what was sent is waited for before the next is sent.
const TURN: Duration = Duration::from_millis(600);
/// How long a server may take to close after a goodbye.
const FAREWELL: Duration = Duration::from_secs(1);
/// Typed lines that wait; whoever types more waits too.
const LINES: usize = 64;

/// Talk to a server by hand: type texts, `/list`, `/msg bia …`, `/raw "…"`, `/bytes on`, `/quit`; `/help` shows all.
#[derive(clap::Args, Clone, Debug)]
pub struct ChatCommand {
    /// The server, `host:port`; without a port, the dialect's
    #[arg(long)]
    pub target: String,
    /// A dialect file, or the name of a built-in dialect
    #[arg(long, default_value = "unb")]
    pub dialect: String,
    /// The nickname
    #[arg(long, default_value = "ana")]
    pub nick: String,
    /// The language of hints: pt-BR or en
    #[arg(long)]
    pub lang: Option<Lang>,
}

/// Where the lines for the person go.
type Screen = Box<dyn FnMut(String) + Send>;

/// Talks until either side leaves. Exits with 2 if the dialect is wrong, with 3 if nobody listens.
pub fn chat(arguments: &ChatCommand, styled: bool) -> Answer {
    let lang = super::or_detected(arguments.lang);
    let dialect = match super::dialect::load(&arguments.dialect) {
        Ok(dialect) => dialect,
        Err(mistakes) => return Answer::refusal(&mistakes, lang, styled),
    };
    let stream = match connect(&arguments.target, dialect.port) {
        Ok(stream) => stream,
        Err(why) => return unreachable(&dialect, &arguments.target, &why, lang),
    };
    let (lines, typed) = channel(LINES);
    let talk = |screen: Screen| {
        let nick = arguments.nick.clone();
        let settle = dialect.start.settle.map(u64::from);
        std::thread::spawn(move || {
            let conversation = Conversation {
                chat: Chat::new(&dialect, &nick, lang),
                screen,
                lang,
                settle: settle.map_or(SETTLE, Duration::from_millis),
            };
            talk(conversation, stream, typed)
        })
    };
    let is_person = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let talking = match is_person {
        true => match line_editor() {
            Ok((mut editor, screen)) => {
                let talking = talk(screen);
                edit_lines(&mut editor, &lines);
                talking
            }
            Err(error) => return own_fault(&error),
        },
        false => {
            let talking = talk(Box::new(print));
            pipe_lines(&lines);
            talking
        }
    };
    drop(lines);
    talking.join().unwrap_or_else(|_| Answer {
        code: OWN_FAULT,
        ..Answer::default()
    })
}

fn own_fault(error: &dyn std::error::Error) -> Answer {
    Answer {
        err: format!("cannot talk: {error}\n"),
        code: OWN_FAULT,
        ..Answer::default()
    }
}

fn print(text: String) {
    let mut out = std::io::stdout().lock();
    // A closed pipe is no error: whoever reads has seen enough.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// The editor, and what prints above its prompt.
fn line_editor() -> Result<(rustyline::DefaultEditor, Screen), ReadlineError> {
    let mut editor = rustyline::DefaultEditor::new()?;
    let mut printer = editor.create_external_printer()?;
    let screen = move |text: String| {
        // It fails once the editor is gone; nobody reads then.
        let _ = printer.print(text);
    };
    Ok((editor, Box::new(screen)))
}

/// Reads lines until the person leaves or the conversation is over.
fn edit_lines(editor: &mut rustyline::DefaultEditor, lines: &Sender<String>) {
    while let Ok(line) = editor.readline("> ") {
        // The history is a convenience.
        let _ = editor.add_history_entry(&line);
        let is_last = line.trim() == QUIT;
        if lines.blocking_send(line).is_err() || is_last {
            return;
        }
    }
    // Ctrl-C and Ctrl-D are a goodbye too; it is too late where the conversation is over.
    let _ = lines.blocking_send(QUIT.to_owned());
}

const QUIT: &str = "/quit";

fn pipe_lines(lines: &Sender<String>) {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        if lines.blocking_send(line).is_err() {
            return;
        }
    }
}

/// The server's side: a runtime of its own, since the other thread waits for keys.
fn talk(conversation: Conversation<'_>, stream: TcpStream, typed: Receiver<String>) -> Answer {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let talked = runtime.and_then(|runtime| {
        runtime.block_on(async {
            let stream = Socket::from_std(stream)?;
            conversation.hold(stream, typed).await;
            Ok(())
        })
    });
    match talked {
        Ok(()) => Answer::default(),
        Err(error) => own_fault(&error),
    }
}

/// What the dialect's own client shows where no server is, then why.
fn unreachable(dialect: &Dialect, target: &str, why: &std::io::Error, lang: Lang) -> Answer {
    let address = Fields::new().with("address", target);
    let own = dialect.console(ConsoleKind::NoServer, &address);
    let own = own.map_or_else(String::new, |line| format!("{}\n", visible(&line)));
    let target = visible(target);
    let why = os_error(why);
    let why = why.of(lang);
    let why = lang.pick([
        format!("`{target}` não responde: {why}\n  o servidor está rodando, e é essa a porta?\n"),
        format!("cannot reach `{target}`: {why}\n  is the server running, and is that its port?\n"),
    ]);
    Answer {
        err: own + &why,
        code: UNREACHABLE,
        ..Answer::default()
    }
}

/// A connection to the first address that answers.
fn connect(target: &str, port: u16) -> std::io::Result<TcpStream> {
    let with_port = target.to_socket_addrs();
    let addresses = with_port.or_else(|_| (target, port).to_socket_addrs())?;
    let mut why = std::io::ErrorKind::AddrNotAvailable.into();
    for address in addresses {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_nonblocking(true)?;
                return Ok(stream);
            }
            Err(error) => why = error,
        }
    }
    Err(why)
}

struct Conversation<'d> {
    chat: Chat<'d>,
    screen: Screen,
    lang: Lang,
    settle: Duration,
}

/// What happens next.
enum Event {
    Typed(Option<String>),
    Came(usize),
    Quiet,
    Turn,
}

impl Conversation<'_> {
    /// Talks until the server closes or the person leaves.
    async fn hold(mut self, mut stream: Socket, mut typed: Receiver<String>) {
        let mut buffer = vec![0; 16 * 1024];
        // At first the server may want to say something.
        let mut turn = Instant::now() + self.settle;
        let mut quiet_at: Option<Instant> = None;
        let mut is_typing = true;
        let mut is_idle = false;
        loop {
            let quiet = quiet_at.unwrap_or(turn);
            let event = tokio::select! {
                line = typed.recv(), if is_typing && is_idle => Event::Typed(line),
                read = stream.read(&mut buffer) => Event::Came(read.unwrap_or(0)),
                () = sleep_until(quiet), if quiet_at.is_some() => Event::Quiet,
                () = sleep_until(turn), if !is_idle => Event::Turn,
            };
            match event {
                Event::Typed(None) => {
                    is_typing = false;
                    (turn, is_idle) = (Instant::now(), false);
                }
                Event::Typed(Some(line)) => {
                    let text = self.chat.typed(&line);
                    self.show(text);
                    (turn, is_idle) = (Instant::now(), false);
                }
                Event::Came(0) => return self.closed(),
                Event::Came(len) => {
                    let text = self.chat.came(&buffer[..len]);
                    self.show(text);
                    quiet_at = Some(Instant::now() + self.settle);
                }
                Event::Quiet => {
                    let text = self.chat.quiet();
                    self.show(text);
                    quiet_at = None;
                    turn = Instant::now();
                }
                Event::Turn if quiet_at.is_some() => turn = quiet,
                Event::Turn => match self.send(&mut stream).await {
                    Turn::Sent => turn = Instant::now() + TURN,
                    Turn::Nothing if is_typing => is_idle = true,
                    Turn::Nothing | Turn::Left => return self.leave(stream).await,
                },
            }
        }
    }

    /// Sends what is next in turn.
    async fn send(&mut self, stream: &mut Socket) -> Turn {
        let Some((letter, shown)) = self.chat.next_letter() else {
            return Turn::Nothing;
        };
        self.show(shown.unwrap_or_default());
        let sent = timeout(PATIENCE, stream.write_all(&letter.bytes)).await;
        match (letter.leaves, sent) {
            (false, Ok(Ok(()))) => Turn::Sent,
            _ => Turn::Left,
        }
    }

    /// Says what still comes, until the server closes or has had its time.
    async fn leave(mut self, mut stream: Socket) {
        let mut buffer = vec![0; 16 * 1024];
        let until = Instant::now() + FAREWELL;
        while let Ok(Ok(len)) = tokio::time::timeout_at(until, stream.read(&mut buffer)).await {
            if len == 0 {
                break;
            }
            let text = self.chat.came(&buffer[..len]);
            self.show(text);
        }
        let text = self.chat.quiet();
        self.show(text);
    }

    fn closed(mut self) {
        let text = self.chat.quiet();
        self.show(text);
        let note = [
            "! o servidor fechou a conexão",
            "! the server closed the connection",
        ];
        let hint = match std::io::stdin().is_terminal() {
            true => [" (Enter)", " (Enter)"],
            false => ["", ""],
        };
        let lang = self.lang;
        self.show(format!("{}{}\n", lang.pick(note), lang.pick(hint)));
    }

    fn show(&mut self, text: String) {
        if !text.is_empty() {
            (self.screen)(text);
        }
    }
}

/// What came of one turn to send.
enum Turn {
    Sent,
    Nothing,
    Left,
}
