//! A person's side of a chat: from what is typed to bytes of the dialect, and from a server's bytes to lines for the eye.
//!
//! Pure: `cli/chat.rs` brings the terminal, the socket and the clock. Everything that comes from the server is escaped before it is shown.
//!
//! ```text
//! welcome          OK
//! delivered        bia> olá
//!   <- "bia> ol\xc3\xa1\n"        (after /bytes on)
//! ```

mod input;

use std::collections::VecDeque;

use protocol::Dialect;
use protocol::lang::Lang;
use protocol::matching::Supply;
use protocol::message::{CommandKind, Direction, Fields, NoticeKind, Phase, ReplyKind};
use protocol::quote::{quote_capped, visible};

use crate::hearing::{Heard, Hearing};
pub use input::Input;

/// Bytes of one message that are shown.
const SHOWN: usize = 4096;

/// One thing to send: bytes that go in one write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether the person leaves with it.
    pub leaves: bool,
}

/// The conversation of one person with one server. See the module's documentation.
pub struct Chat<'d> {
    dialect: &'d Dialect,
    lang: Lang,
    nick: Vec<u8>,
    phase: Phase,
    hearing: Hearing<'d>,
    shows_bytes: bool,
    /// What waits to be sent, one write at a time.
    outbox: VecDeque<Letter>,
}

impl<'d> Chat<'d> {
    /// A conversation that begins with the dialect's registration under this name.
    #[must_use]
    pub fn new(dialect: &'d Dialect, nick: &str, lang: Lang) -> Self {
        let is_welcomed = dialect.reply(NoticeKind::Welcome).is_some();
        let joins = dialect.request(CommandKind::Join).is_some();
        let mut chat = Self {
            dialect,
            lang,
            nick: nick.as_bytes().to_vec(),
            phase: if joins || is_welcomed {
                Phase::Joining
            } else {
                Phase::Chatting
            },
            hearing: Hearing::new(dialect),
            shows_bytes: false,
            outbox: VecDeque::new(),
        };
        chat.join();
        chat
    }

    /// The next thing to send, once the answer to the one before it came, or it was quiet.
    pub fn next_letter(&mut self) -> Option<(Letter, Option<String>)> {
        let letter = self.outbox.pop_front()?;
        let shown = self.shows_bytes.then(|| {
            format!(
                "  -> {}\n",
                quote_capped(&letter.bytes, SHOWN).lang(self.lang)
            )
        });
        Some((letter, shown))
    }

    /// Something was typed: what to show at once.
    pub fn typed(&mut self, line: &str) -> String {
        match Input::read(line) {
            Input::Nothing => String::new(),
            Input::Say(text) => self.ask(CommandKind::Say, Fields::new().with("text", text)),
            Input::List => self.ask(CommandKind::List, Fields::new()),
            Input::Quit => self.quit(),
            Input::Tell { to, text } => {
                let fields = Fields::new().with("to", to.clone()).with("id", to);
                self.ask(CommandKind::Tell, fields.with("text", text))
            }
            Input::Nick(name) => {
                self.nick = name.into_bytes();
                self.join();
                String::new()
            }
            Input::Raw(bytes) => {
                self.outbox.push_back(Letter {
                    bytes,
                    leaves: false,
                });
                String::new()
            }
            Input::Bytes(shows) => {
                self.shows_bytes = shows;
                String::new()
            }
            Input::Help => self.lang.pick(HELP).to_owned(),
            Input::Wrong(why) => format!("! {}\n", why.of(self.lang)),
        }
    }

    /// Bytes came: the messages that are surely whole.
    pub fn came(&mut self, bytes: &[u8]) -> String {
        self.hearing.receive(bytes);
        self.heard(Supply::Open)
    }

    /// It has been quiet: what came is all there is.
    pub fn quiet(&mut self) -> String {
        self.heard(Supply::Settled)
    }

    fn heard(&mut self, supply: Supply) -> String {
        let mut text = String::new();
        while let Some(heard) = self.hearing.next(self.phase, supply) {
            text.push_str(&self.shown(&heard));
            if heard.kind == Some(ReplyKind::Notice(NoticeKind::Welcome)) {
                self.phase = Phase::Chatting;
            }
        }
        text
    }

    fn shown(&self, heard: &Heard) -> String {
        let content = heard.bytes.get(heard.content.clone()).unwrap_or_default();
        let cut = content.get(..SHOWN).unwrap_or(content);
        let text = String::from_utf8_lossy(cut);
        let label = match heard.kind {
            Some(kind) => kind.id(),
            None if heard.is_known => "…",
            None => "?",
        };
        let mut shown = String::new();
        for (i, line) in text.trim_end_matches(['\r', '\n']).split('\n').enumerate() {
            let label = if i == 0 { label } else { "" };
            shown.push_str(&format!(
                "{label:<16} {}\n",
                visible(line.trim_end_matches('\r'))
            ));
        }
        if content.len() > cut.len() {
            shown.push_str(&format!("{:<16} … +{}\n", "", content.len() - cut.len()));
        }
        if self.shows_bytes {
            shown.push_str(&format!(
                "  <- {}\n",
                quote_capped(&heard.bytes, SHOWN).lang(self.lang)
            ));
        }
        shown
    }

    /// Queues the registration; where there is none, nothing.
    fn join(&mut self) {
        let Some(request) = self.dialect.request(CommandKind::Join) else {
            return;
        };
        let fields = Fields::new().with("nick", self.nick.clone());
        for step in &request.steps {
            let content = step.send.render(&fields);
            self.outbox.push_back(self.letter(Phase::Joining, &content));
        }
        if self.dialect.reply(NoticeKind::Welcome).is_none() {
            self.phase = Phase::Chatting;
        }
    }

    fn letter(&self, phase: Phase, content: &[u8]) -> Letter {
        Letter {
            bytes: self.dialect.frame(Direction::ToServer, phase, content),
            leaves: false,
        }
    }

    /// Queues a request of a member; says so where the dialect has none.
    fn ask(&mut self, kind: CommandKind, fields: Fields) -> String {
        let Some(request) = self.dialect.request(kind) else {
            let name = visible(&self.dialect.name);
            return self.lang.pick([
                format!("! o dialeto {name} não tem `{kind}`\n"),
                format!("! the dialect {name} has no `{kind}`\n"),
            ]);
        };
        let fields = fields.with("nick", self.nick.clone());
        for step in &request.steps {
            let content = step.send.render(&fields);
            self.outbox
                .push_back(self.letter(Phase::Chatting, &content));
        }
        String::new()
    }

    fn quit(&mut self) -> String {
        let leave = Letter {
            bytes: Vec::new(),
            leaves: true,
        };
        if self.dialect.request(CommandKind::Quit).is_some() {
            self.ask(CommandKind::Quit, Fields::new());
        }
        match self.outbox.back_mut() {
            Some(last) if self.dialect.request(CommandKind::Quit).is_some() => last.leaves = true,
            _ => self.outbox.push_back(leave),
        }
        String::new()
    }

    /// Whether the server has not taken the name yet, so that another can be tried.
    #[must_use]
    pub fn is_outside(&self) -> bool {
        self.phase == Phase::Joining
    }
}

const HELP: [&str; 2] = [
    "\
texto            uma mensagem para todos (comece com // para dizer uma barra)
/msg bia texto   uma mensagem só para bia
/list            quem está
/nick nome       entra com outro nome
/raw \"…\"         estes bytes e mais nada: \\n \\r \\t \\0 \\xNN
/bytes on|off    mostra os bytes que vão (->) e vêm (<-)
/quit            sai
",
    "\
text             a message to everyone (begin with // to say a slash)
/msg bia text    a message to bia alone
/list            who is here
/nick name       join under another name
/raw \"…\"         these bytes and nothing else: \\n \\r \\t \\0 \\xNN
/bytes on|off    show the bytes that go (->) and come (<-)
/quit            leave
",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(chat: &mut Chat<'_>) -> Vec<String> {
        std::iter::from_fn(|| chat.next_letter())
            .map(|(letter, _)| String::from_utf8_lossy(&letter.bytes).into_owned())
            .collect()
    }

    #[test]
    fn what_is_typed_goes_out_in_the_words_of_the_dialect() {
        let ifsc = Dialect::builtin("ifsc").unwrap();
        let mut chat = Chat::new(ifsc, "ana", Lang::En);
        assert_eq!(sent(&mut chat), ["ana"]);
        chat.typed("oi");
        chat.typed("/msg bia só para ti");
        chat.typed("//dev/null");
        chat.typed(r#"/raw "a\x00b\n""#);
        chat.typed("/quit");
        assert_eq!(
            sent(&mut chat),
            [":oi", "bia:só para ti", ":/dev/null", "a\0b\n", "{quit}"]
        );
        assert_eq!(chat.typed("/list"), "! the dialect ifsc has no `list`\n");
        assert!(chat.typed("/lits").contains("/list"));
        assert!(chat.typed("/help").contains("/raw"));
    }

    #[test]
    fn what_comes_is_named_and_escaped() {
        let lf = Dialect::builtin("unb-lf").unwrap();
        let mut chat = Chat::new(lf, "ana", Lang::En);
        assert!(chat.is_outside());
        assert_eq!(
            chat.came(b"200 OK - Connected: bem-vindo(a), ana.\n"),
            "welcome          200 OK - Connected: bem-vindo(a), ana.\n"
        );
        assert!(!chat.is_outside());
        assert_eq!(
            chat.came(b"[bia]: \x1b[2Joi\r\n"),
            "delivered        [bia]: \\x1b[2Joi\n"
        );
        chat.typed("/bytes on");
        assert_eq!(
            chat.came(b"boo\n"),
            "?                boo\n  <- \"boo\\n\"\n"
        );
        chat.typed("oi");
        let (_, shown) = std::iter::from_fn(|| chat.next_letter()).last().unwrap();
        assert_eq!(shown.as_deref(), Some("  -> \"MSG oi\\n\"\n"));
    }

    #[test]
    fn leaving_needs_no_word_where_the_dialect_has_none() {
        let sala = Dialect::builtin("sala").unwrap();
        let mut chat = Chat::new(sala, "ana", Lang::En);
        chat.typed("/quit");
        let letters: Vec<_> = std::iter::from_fn(|| chat.next_letter()).collect();
        assert!(
            letters
                .last()
                .is_some_and(|(last, _)| last.leaves && last.bytes.is_empty())
        );
    }
}
