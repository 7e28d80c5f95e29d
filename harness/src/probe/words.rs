//! The words with which a server is asked: a built-in dialect's, or common ones that were seen to work.

use protocol::Dialect;
use protocol::message::{CommandKind, Fields};
use protocol::template::Template;

/// Registrations that are tried where no built-in dialect fits, the likeliest first; some take two steps.
pub(super) const JOINS: [&[&str]; 14] = [
    &["{nick}"],
    &["NICK {nick}"],
    &["/nick {nick}"],
    &["LOGIN {nick}"],
    &["JOIN {nick}"],
    &["NICK {nick}", "USER {nick} 0 * :{nick}"],
    &["USER {nick}", "PASS x"],
    &["/nick {nick}", "/join redes"],
    &["HELLO {nick}"],
    &["hello {nick}"],
    &["/name {nick}"],
    &["/login {nick}"],
    &["USER {nick}"],
    &["J{nick}"],
];

/// Public messages that are tried of who has registered.
pub(super) const SAYS: [&str; 13] = [
    "{text}",
    "MSG {text}",
    "SAY {text}",
    "SEND {text}",
    "say {text}",
    "/say {text}",
    "ALL :{text}",
    "/all {text}",
    "/msg {text}",
    "PRIVMSG #sala :{text}",
    ":{text}",
    "M{text}",
    "{nick}: {text}",
];

pub(super) const TELLS: [&str; 10] = [
    "@{to} {text}",
    "/msg {to} {text}",
    "PRIVMSG {to} :{text}",
    "TELL {to} {text}",
    "MSG @{to} {text}",
    "{to}:{text}",
    "/private {to} {text}",
    "/secret {to} {text}",
    "to {to} {text}",
    "{to}${text}",
];

pub(super) const LISTS: [&str; 15] = [
    "LIST", "WHO", "USERS", "NAMES", "/list", "/who", "/users", "/names", "who", "!list", ":list",
    "list", "users", "L", "?",
];

pub(super) const QUITS: [&str; 15] = [
    "QUIT", "/quit", "BYE", "LOGOUT", "EXIT", "bye", ":quit", "!bye", "/exit", "quit", "sair",
    "/sair", "exit", "Q", "",
];

/// What a client sends, each as a template of the dialect format.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// Each request and its templates; of one in steps, all of them.
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

    pub(super) fn with(mut self, kind: CommandKind, steps: &[&str]) -> Self {
        if !steps.is_empty() {
            let steps = steps.iter().map(|step| (*step).to_owned());
            self.requests.push((kind, steps.collect()));
        }
        self
    }

    /// The templates of a request, one for each step; none if it is not known.
    #[must_use]
    pub fn steps(&self, kind: CommandKind) -> &[String] {
        let found = self.requests.iter().find(|(known, _)| *known == kind);
        found.map_or(&[], |(_, steps)| steps)
    }

    pub(super) fn has_join(&self) -> bool {
        !self.steps(CommandKind::Join).is_empty()
    }

    fn rendered(&self, kind: CommandKind, fields: &Fields) -> Vec<Vec<u8>> {
        let templates = self
            .steps(kind)
            .iter()
            .map(|source| Template::parse(source));
        templates
            .flatten()
            .map(|template| template.render(fields))
            .collect()
    }

    /// The messages of a registration.
    pub(super) fn join(&self, nick: &str) -> Vec<Vec<u8>> {
        self.rendered(CommandKind::Join, &Fields::new().with("nick", nick))
    }

    /// A public message; the bare text, where no word for it is known.
    pub(super) fn say(&self, nick: &str, text: &str) -> Vec<u8> {
        let fields = Fields::new().with("nick", nick).with("text", text);
        let mut said = self.rendered(CommandKind::Say, &fields);
        said.pop().unwrap_or_else(|| text.as_bytes().to_vec())
    }

    pub(super) fn tell(&self, nick: &str, to: &str, text: &str) -> Option<Vec<u8>> {
        let fields = Fields::new().with("nick", nick).with("to", to);
        self.rendered(CommandKind::Tell, &fields.with("text", text))
            .pop()
    }

    pub(super) fn list(&self) -> Option<Vec<u8>> {
        self.rendered(CommandKind::List, &Fields::new()).pop()
    }

    /// The messages of a quit.
    pub(super) fn quit(&self, nick: &str) -> Vec<Vec<u8>> {
        self.rendered(CommandKind::Quit, &Fields::new().with("nick", nick))
    }

    /// The word of a public message, where it has one: only then is another word an unknown command.
    pub(super) fn command(&self) -> Option<Vec<u8>> {
        let say = self.steps(CommandKind::Say).last()?;
        let (word, _) = say.split_once(' ')?;
        let is_word = !word.contains('{') && word.ends_with(|c: char| c.is_ascii_alphabetic());
        is_word.then(|| word.as_bytes().to_vec())
    }
}
