//! The words with which a server is asked: a built-in dialect's, or common ones that were seen to work.

use protocol::Dialect;
use protocol::framing::Framing;
use protocol::message::{CommandKind, Fields};
use protocol::template::Template;

use super::line::Line;
use super::{ANA, BIA, TEXT, holds};

/// Registrations that are tried where no built-in dialect fits, the likeliest first.
pub(super) const GENERIC_JOINS: [&str; 7] = [
    "{nick}",
    "NICK {nick}",
    "/nick {nick}",
    "LOGIN {nick}",
    "JOIN {nick}",
    "HELLO {nick}",
    "USER {nick}",
];

/// Public messages that are tried.
pub(super) const GENERIC_SAYS: [&str; 7] = [
    "{text}",
    "MSG {text}",
    "SAY {text}",
    "SEND {text}",
    "say {text}",
    "ALL :{text}",
    "/all {text}",
];

const GENERIC_TELLS: [&str; 7] = [
    "@{to} {text}",
    "/msg {to} {text}",
    "PRIVMSG {to} :{text}",
    "TELL {to} {text}",
    "MSG @{to} {text}",
    "{to}:{text}",
    "/private {to} {text}",
];

const GENERIC_LISTS: [&str; 11] = [
    "LIST", "WHO", "USERS", "NAMES", "/list", "/who", "/users", "who", "!list", ":list", "list",
];

const GENERIC_QUITS: [&str; 11] = [
    "QUIT", "/quit", "BYE", "LOGOUT", "EXIT", "bye", ":quit", "!bye", "/exit", "quit", "sair",
];

/// What a client sends, each as a template of the dialect format.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// Each request and its template; of a registration in steps, all of them.
    pub requests: Vec<(CommandKind, Vec<String>)>,
}

impl Words {
    pub(super) fn of(dialect: &Dialect) -> Self {
        let requests = dialect.requests().map(|request| {
            let steps = request.steps.iter();
            let sources = steps.map(|step| step.send.source().to_owned());
            (request.kind, sources.collect())
        });
        Self {
            requests: requests.collect(),
        }
    }

    /// Bare text and nothing else.
    pub(super) fn bare() -> Self {
        Self::default().with(CommandKind::Say, "{text}")
    }

    #[cfg(test)]
    pub(super) fn generic(join: &str, say: &str) -> Self {
        Self::default()
            .with(CommandKind::Join, join)
            .with(CommandKind::Say, say)
    }

    pub(super) fn with(mut self, kind: CommandKind, source: &str) -> Self {
        self.requests.push((kind, vec![source.to_owned()]));
        self
    }

    /// The template of a request; its last, where it has several steps.
    #[must_use]
    pub fn source(&self, kind: CommandKind) -> Option<&str> {
        let (_, steps) = self.requests.iter().find(|(known, _)| *known == kind)?;
        steps.last().map(String::as_str)
    }

    fn render(&self, kind: CommandKind, fields: &Fields) -> Option<Vec<u8>> {
        let template = Template::parse(self.source(kind)?).ok()?;
        Some(template.render(fields))
    }

    /// Registers, and what is answered to the last step.
    pub(super) async fn join(&self, line: &mut Line, nick: &str, framing: &Framing) -> Vec<u8> {
        let steps = self
            .requests
            .iter()
            .find(|(kind, _)| *kind == CommandKind::Join);
        let fields = Fields::new().with("nick", nick);
        let mut heard = Vec::new();
        for source in steps.map_or(&[][..], |(_, steps)| steps) {
            if let Ok(template) = Template::parse(source) {
                line.send(&framing.encode(&template.render(&fields))).await;
                heard = line.hear().await;
            }
        }
        heard
    }

    pub(super) fn say(&self, nick: &str, text: &str) -> Vec<u8> {
        let fields = Fields::new().with("nick", nick).with("text", text);
        self.render(CommandKind::Say, &fields)
            .unwrap_or_else(|| text.as_bytes().to_vec())
    }

    pub(super) fn tell(&self, nick: &str, to: &str, text: &str) -> Option<Vec<u8>> {
        let fields = Fields::new().with("nick", nick).with("to", to);
        self.render(CommandKind::Tell, &fields.with("text", text))
    }

    pub(super) fn list(&self) -> Option<Vec<u8>> {
        self.render(CommandKind::List, &Fields::new())
    }

    pub(super) fn quit(&self) -> Option<Vec<u8>> {
        self.render(CommandKind::Quit, &Fields::new())
    }

    /// Whether a text is more than itself: only then is an unknown command one.
    pub(super) fn has_commands(&self) -> bool {
        self.source(CommandKind::Say)
            .is_some_and(|say| !say.starts_with('{'))
    }

    /// Finds words for the rest, with two clients who are in.
    pub(super) async fn explore_rest(&mut self, ana: &mut Line, bia: &mut Line, framing: &Framing) {
        ana.hear_briefly().await;
        for list in GENERIC_LISTS {
            ana.send(&framing.encode(list.as_bytes())).await;
            let heard = ana.hear().await;
            bia.hear_briefly().await;
            if holds(&heard, ANA) && holds(&heard, BIA) || ana.is_closed() {
                *self = std::mem::take(self).with(CommandKind::List, list);
                break;
            }
        }
        for source in GENERIC_TELLS {
            let tried = Self::default().with(CommandKind::Tell, source);
            let content = tried.tell(ANA, BIA, TEXT).unwrap_or_default();
            ana.send(&framing.encode(&content)).await;
            let heard = bia.hear().await;
            ana.hear_briefly().await;
            // Where all that was sent comes along, it was no command.
            if holds(&heard, TEXT) && !holds(&heard, &String::from_utf8_lossy(&content)) {
                *self = std::mem::take(self).with(CommandKind::Tell, source);
                break;
            }
        }
        for quit in GENERIC_QUITS {
            bia.send(&framing.encode(quit.as_bytes())).await;
            bia.hear().await;
            ana.hear_briefly().await;
            if bia.is_closed() {
                *self = std::mem::take(self).with(CommandKind::Quit, quit);
                break;
            }
        }
    }
}
