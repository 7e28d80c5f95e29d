//! The keeper: a small process of our own between the harness and a server that it starts.
//!
//! It limits the server's memory and processor time, tells when it listens and how it ended, and ends it with everything that it
//! started. The harness speaks to it over a socket, which stands where a program has its standard input: when that socket ends,
//! the harness is gone, however it went, and the keeper ends the server. So nothing outlives us, not even when we are killed.
//!
//! On Linux it is besides the parent of whatever the server leaves behind (`PR_SET_CHILD_SUBREAPER`), reads in `/proc` who
//! listens and who is still alive, and can stand in a network of its own, from which it hands out sockets (`SCM_RIGHTS`).
//!
//! It is a process, not a thread, because all this belongs to processes; and because nothing then has to run between `fork` and
//! `exec`. It refuses to know what any server says.

mod limits;
pub(crate) mod wire;

#[cfg(target_os = "linux")]
pub(crate) mod listening;
#[cfg(target_os = "linux")]
mod namespace;
#[cfg(target_os = "linux")]
pub(crate) mod processes;
#[cfg(not(target_os = "linux"))]
#[path = "keeper/elsewhere.rs"]
mod processes;

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{ChildStdin, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, wait};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::target;
#[cfg(target_os = "linux")]
pub(crate) use listening::is_taken;
use wire::{End, How, Order, Stopped, Told, Trouble};

/// Keep one server: for the harness itself, not for people.
#[derive(clap::Args, Clone, Debug)]
pub struct Keep {
    /// A network of its own
    #[arg(long)]
    isolate: bool,
    /// Only try whether a network of its own can be had
    #[arg(long)]
    probe: bool,
    /// Bytes of memory for the server and all that it starts
    #[arg(long)]
    memory: Option<u64>,
    /// Seconds of processor time for each process
    #[arg(long)]
    cpu: Option<u64>,
    /// Where it is expected to listen
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The program and its arguments
    #[arg(last = true)]
    command: Vec<OsString>,
}

/// How often it is looked whether all have ended.
const SOON: Duration = Duration::from_millis(10);

/// How often it is looked whether the server listens: the longer it takes, the less often.
const SOONEST: Duration = Duration::from_millis(4);
const LATEST: Duration = Duration::from_millis(100);

/// How often it is looked how much memory is used.
const NOW_AND_THEN: Duration = Duration::from_millis(200);

/// How long what a server started may outlive it before it counts as left behind.
const AFTERLIFE: Duration = Duration::from_millis(300);

/// How long it is tried to end what does not end.
const PERSISTENCE: Duration = Duration::from_secs(5);

/// Keeps a server until the harness wants it ended, or is gone. `false`: there was nothing to keep.
pub fn keep(arguments: &Keep) -> bool {
    // Before anything else: only a process with one thread can go into a user namespace.
    let isolated = match arguments.isolate || arguments.probe {
        true => isolate(),
        false => Ok(()),
    };
    if arguments.probe {
        return isolated.is_ok();
    }
    let Ok(socket) = control() else {
        return false;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else {
        return false;
    };
    runtime.block_on(async {
        let Ok(socket) = UnixStream::from_std(socket) else {
            return false;
        };
        let (reader, teller) = socket.into_split();
        let mut lines = BufReader::new(reader).lines();
        match Keeper::start(arguments, isolated, teller).await {
            Some(mut keeper) => {
                keeper.until_the_end(&mut lines).await;
                true
            }
            None => false,
        }
    })
}

/// The socket on which the harness speaks, taken from where the standard input was, so that no server inherits it.
fn control() -> io::Result<StdUnixStream> {
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    let socket = StdUnixStream::from(socket);
    socket.set_nonblocking(true)?;
    Ok(socket)
}

#[cfg(target_os = "linux")]
fn isolate() -> io::Result<()> {
    namespace::enter()
}

#[cfg(not(target_os = "linux"))]
fn isolate() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

struct Keeper {
    teller: OwnedWriteHalf,
    server: Pid,
    /// Some programs end when their standard input does.
    stdin: Option<ChildStdin>,
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "only Linux tells who listens")
    )]
    port: u16,
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "only Linux tells how much is used")
    )]
    memory: Option<u64>,
    is_listening: bool,
    #[cfg(target_os = "linux")]
    elsewhere: Vec<u16>,
    /// How the process that we started has ended.
    end: Option<End>,
    is_end_told: bool,
    /// Whether nothing of the server is left: orphans become our children, so without children there is nobody.
    is_alone: bool,
}

impl Keeper {
    async fn start(
        arguments: &Keep,
        isolated: io::Result<()>,
        mut teller: OwnedWriteHalf,
    ) -> Option<Self> {
        match begin(arguments, isolated) {
            Ok((server, stdin)) => {
                tell(
                    &mut teller,
                    &Told::Started {
                        pid: server.as_raw_pid(),
                    },
                )
                .await;
                Some(Self {
                    teller,
                    server,
                    stdin,
                    port: arguments.port,
                    memory: arguments.memory,
                    is_listening: false,
                    #[cfg(target_os = "linux")]
                    elsewhere: Vec::new(),
                    end: None,
                    is_end_told: false,
                    is_alone: false,
                })
            }
            Err(trouble) => {
                tell(&mut teller, &Told::NotStarted(trouble)).await;
                None
            }
        }
    }

    async fn until_the_end(&mut self, lines: &mut Lines<BufReader<OwnedReadHalf>>) {
        let (Ok(mut children), Ok(mut asked)) =
            (signal(SignalKind::child()), signal(SignalKind::terminate()))
        else {
            return;
        };
        // What ended before the signals were heard gives none any more.
        self.notice().await;
        let began = Instant::now();
        let mut next = began;
        loop {
            tokio::select! {
                line = lines.next_line() => match order(line) {
                    Some(Order::Answer(text)) => self.answer(&text),
                    Some(Order::Socket { v6 }) => self.hand_out(v6).await,
                    Some(Order::Stop { grace_ms }) => {
                        self.stop(Duration::from_millis(grace_ms)).await;
                        return;
                    }
                    None => return self.stop(Duration::ZERO).await,
                },
                _ = children.recv() => self.notice().await,
                _ = asked.recv() => return self.stop(Duration::ZERO).await,
                () = sleep_until(next) => {
                    self.look().await;
                    next = Instant::now() + match self.is_listening {
                        true => NOW_AND_THEN,
                        false => (began.elapsed() / 16).clamp(SOONEST, LATEST),
                    };
                }
            }
        }
    }

    /// Writes to the server's standard input. So little that it fits into the pipe whether or not it is read.
    fn answer(&mut self, text: &str) {
        use std::io::Write as _;
        if let Some(stdin) = &mut self.stdin {
            // It fails only for a server that has closed it, which then does not want it.
            let _ = stdin.write_all(text.as_bytes());
        }
    }

    /// Takes note of every process that has ended; those that the server left behind are ours now.
    fn reap(&mut self) {
        loop {
            let (pid, status) = match wait(WaitOptions::NOHANG) {
                Ok(Some(ended)) => ended,
                Ok(None) => return,
                Err(_) => {
                    self.is_alone = true;
                    return;
                }
            };
            if pid == self.server {
                self.end = Some(match status.terminating_signal() {
                    Some(signal) => End::Signal(signal),
                    None => End::Status(status.exit_status().unwrap_or_default()),
                });
            }
        }
    }

    /// Whether the server has ended. A program that starts another in the background and is content has not.
    fn has_ended(&self) -> bool {
        let is_content = self.end == Some(End::Status(0));
        self.end.is_some() && (self.is_alone || !is_content)
    }

    /// Takes note of who has ended, and tells it of the server.
    async fn notice(&mut self) {
        self.reap();
        if let Some(end) = self.end
            && self.has_ended()
            && !self.is_end_told
        {
            self.is_end_told = true;
            tell(&mut self.teller, &Told::Ended(end)).await;
        }
    }

    #[cfg(target_os = "linux")]
    async fn look(&mut self) {
        let family = processes::descendants();
        if !self.is_listening && !self.has_ended() {
            let sight = listening::look(self.port, &family);
            if let Some(address) = sight.here {
                self.is_listening = true;
                tell(&mut self.teller, &Told::Listening { address }).await;
            } else if sight.elsewhere != self.elsewhere {
                self.elsewhere.clone_from(&sight.elsewhere);
                let ports = sight.elsewhere;
                tell(&mut self.teller, &Told::Elsewhere { ports }).await;
            }
        }
        if let Some(most) = self.memory
            && processes::memory(&family) > most
        {
            tell(&mut self.teller, &Told::TooMuchMemory).await;
            self.memory = None;
            self.end_all().await;
        }
    }

    #[cfg(not(target_os = "linux"))]
    async fn look(&mut self) {
        // Whoever started us tries to connect.
        self.is_listening = true;
    }

    #[cfg(target_os = "linux")]
    async fn hand_out(&mut self, v6: bool) {
        let sent = match namespace::socket(v6) {
            Ok(socket) => wire::send_with(self.teller.as_ref(), &Told::Socket, &socket).await,
            Err(error) => Err(error),
        };
        if let Err(error) = sent {
            let why = error.to_string();
            tell(&mut self.teller, &Told::NoSocket { why }).await;
        }
    }

    #[cfg(not(target_os = "linux"))]
    async fn hand_out(&mut self, _: bool) {
        let why = "sockets are handed out on Linux only".to_owned();
        tell(&mut self.teller, &Told::NoSocket { why }).await;
    }

    /// Asks the server to end, waits, insists; then ends whatever it left behind, and tells of it.
    async fn stop(&mut self, grace: Duration) {
        self.stdin = None;
        self.notice().await;
        let how = match self.has_ended() {
            true => How::ByItself,
            false => self.end(grace).await,
        };
        let afterlife = Instant::now() + AFTERLIFE.min(grace);
        self.wait_until(afterlife, |keeper| keeper.is_alone).await;
        let left: Vec<String> = processes::descendants()
            .into_iter()
            .map(|left| left.name)
            .collect();
        self.end_all().await;
        let told = Told::Stopped(Stopped { how, left });
        tell(&mut self.teller, &told).await;
    }

    async fn end(&mut self, grace: Duration) -> How {
        self.signal(Signal::TERM);
        if self.end.is_some() {
            // It is in the background.
            let background = processes::descendants();
            background
                .iter()
                .for_each(|process| process.signal(Signal::TERM));
        }
        self.wait_until(Instant::now() + grace, Self::has_ended)
            .await;
        if self.has_ended() {
            return How::AsAsked;
        }
        self.end_all().await;
        How::Killed
    }

    /// Ends every process that came of the server. What forks while it is being ended is met in the next round.
    async fn end_all(&mut self) {
        let until = Instant::now() + PERSISTENCE;
        self.signal(Signal::KILL);
        while !self.is_alone && Instant::now() < until {
            let alive = processes::descendants();
            alive
                .iter()
                .for_each(|process| process.signal(Signal::KILL));
            self.wait_until(Instant::now() + SOON, |keeper| keeper.is_alone)
                .await;
        }
    }

    /// Waits until it is so, or until that time; meanwhile processes end.
    async fn wait_until(&mut self, until: Instant, is_so: impl Fn(&Self) -> bool) {
        loop {
            self.notice().await;
            let now = Instant::now();
            if is_so(self) || now >= until {
                return;
            }
            sleep_until(until.min(now + SOON)).await;
        }
    }

    /// Signals the server's process group.
    fn signal(&self, signal: Signal) {
        // It fails only for a group that has already ended.
        let _ = kill_process_group(self.server, signal);
    }
}

/// Starts the server, limited and in a process group of its own.
fn begin(arguments: &Keep, isolated: io::Result<()>) -> Result<(Pid, Option<ChildStdin>), Trouble> {
    isolated.map_err(|error| Trouble::NoNamespace(error.to_string()))?;
    if target::is_taken(arguments.port) {
        return Err(Trouble::PortTaken);
    }
    processes::adopt_orphans();
    let (program, rest) = arguments.command.split_first().ok_or(Trouble::NoCommand)?;
    let mut child = Command::new(program)
        .args(rest)
        .stdin(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(|error| Trouble::NoProgram(error.raw_os_error().unwrap_or_default()))?;
    let stdin = child.stdin.take();
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or(Trouble::NoCommand)?;
    limits::set(pid, arguments.memory, arguments.cpu);
    // What the server prints goes to the harness by pipes that we hold no end of, so that they end with it.
    if let Ok(nowhere) = File::options().write(true).open("/dev/null") {
        // Without it the pipes only end later: with us.
        let _ = rustix::stdio::dup2_stdout(&nowhere);
        let _ = rustix::stdio::dup2_stderr(&nowhere);
    }
    Ok((pid, stdin))
}

/// What the harness wants; nothing where it is gone, or speaks another language.
fn order(line: io::Result<Option<String>>) -> Option<Order> {
    serde_json::from_str(&line.ok()??).ok()
}

/// Nobody listens any more where it fails or takes too long, and whoever keeps a server learns that by itself.
async fn tell(teller: &mut OwnedWriteHalf, told: &Told) {
    let _ = timeout_at(Instant::now() + PERSISTENCE, wire::send(teller, told)).await;
}
