//! A dialect: what one course's chat protocol says, and where its messages end.
//!
//! It is read from a TOML file (`Dialect::parse`, `docs/dialects.md`). Once loaded it cannot be wrong: its forms are templates
//! that parsed, its rules name known things, and no two of its messages are the same on the wire unless the file says which
//! comes first. From it the server renders, the harness expects and the analyzer recognises; none of them knows a word of it.

mod builtin;
mod extend;
mod load;
mod named;
mod names;
mod overlap;
mod reader;
mod request;

use std::collections::BTreeMap;

use crate::framing::Framing;
use crate::lang::Words;
use crate::matching::{Standing, Variant};
use crate::message::{
    CommandKind, ConsoleKind, Direction, Fields, NoticeKind, Phase, Reason, Recipients, ReplyKind,
    identified,
};
use crate::pattern::Pattern;
use crate::template::Template;

pub use names::trimmed;
pub use overlap::{Overlap, OverlapKind};
pub use request::RequestReader;

/// How much a requirement binds (RFC 2119).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Required: missing it fails the run.
    Must,
    /// Good engineering demands it; missing it costs its points but never fails the run.
    Should,
    /// A courtesy.
    May,
}

identified!(Level { Must = "must", Should = "should", May = "may" });

/// How texts are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// ASCII by the document; text beyond it is never a `must`.
    Ascii,
    /// Bytes pass through as they are.
    Bytes,
}

identified!(Encoding { Utf8 = "utf-8", Ascii = "ascii", Bytes = "bytes" });

/// Who gives a client its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NamedBy {
    /// The client, when it joins.
    Client,
    /// The server hands it out; the welcome shows it.
    Server,
    /// The server knows a client by its address and port, which the client reads from its own socket.
    Address,
    /// Nobody: there are no names.
    Nobody,
}

identified!(NamedBy { Client = "client", Server = "server", Address = "address", Nobody = "nobody" });

/// What follows a refused name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AfterRefusal {
    /// Another try on the same connection.
    Retry,
    /// The same, and the prompt comes again.
    Prompt,
    /// The server closes.
    Close,
}

identified!(AfterRefusal { Retry = "retry", Prompt = "prompt", Close = "close" });

/// The rules for nicknames; `[names]` in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// Who gives them.
    pub by: NamedBy,
    /// Whether a name in use is refused.
    pub unique: bool,
    /// Whether `Ana` and `ana` are the same name.
    pub any_case: bool,
    /// Whether a name may contain blanks.
    pub blanks: bool,
    /// Whether only the first word of what was sent is kept.
    pub first_word: bool,
    /// The longest name in bytes.
    pub max: usize,
    /// Whether a longer name is cut there; else it is refused.
    pub cut: bool,
    /// Whether names are of ASCII letters alone.
    pub letters: bool,
    /// Whether a name may be empty.
    pub empty: bool,
    /// Names that nobody gets.
    pub reserved: Vec<String>,
    /// What follows a refusal.
    pub after_refusal: AfterRefusal,
}

/// How a server reads requests; `[requests]` in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requests {
    /// Whether blanks and line terminators around a request are dropped.
    pub strip: bool,
    /// Whether the case of command words does not matter.
    pub any_case: bool,
    /// Whether several blanks in a row count as one.
    pub blank_runs: bool,
    /// What is obeyed before the client has a name.
    pub before_joining: Vec<CommandKind>,
}

/// What a server does with a message beyond its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Beyond {
    /// It closes the connection.
    Close,
    /// It answers with `error.too-long`.
    Error,
    /// It cuts the message at the limit.
    Truncate,
    /// It takes it as several messages.
    Pieces,
}

identified!(Beyond {
    Close = "close",
    Error = "error",
    Truncate = "truncate",
    Pieces = "pieces",
});

/// What a server does with bytes that are not text in its encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Invalid {
    /// They pass through unchanged.
    Pass,
    /// Each is replaced by U+FFFD.
    Replace,
    /// It answers with `error.malformed`.
    Refuse,
    /// It closes the connection.
    Close,
}

identified!(Invalid {
    Pass = "pass",
    Replace = "replace",
    Refuse = "refuse",
    Close = "close",
});

/// By what a quiet connection can be proved quiet; `barrier` in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Barrier {
    /// A request for the members, and its reply.
    List,
    /// An unknown command, and its error.
    Unknown,
    /// A public message, and its acknowledgement or echo.
    Say,
    /// Nothing: only time shows it.
    Quiet,
}

identified!(Barrier { List = "list", Unknown = "unknown", Say = "say", Quiet = "quiet" });

/// One form of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Its text.
    pub template: Template,
    /// Whether it is the document's, accepted as equal, or tolerated.
    pub standing: Standing,
}

/// How a list of names is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListStyle {
    /// One entry; its `{nick}` is the name.
    pub item: Template,
    /// What stands between two entries.
    pub separator: String,
    /// Whether the one who asks is in it.
    pub with_self: bool,
    /// Whether the names are sorted; else they stand in the order in which they joined.
    pub sorted: bool,
}

/// A message that the server sends; `[server.KIND]` or `[error.REASON]` in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What it means.
    pub kind: ReplyKind,
    /// Its forms: the document's first, never none.
    pub forms: Vec<Form>,
    /// Whether a server may leave it out.
    pub optional: bool,
    /// Who gets it.
    pub to: Recipients,
    /// Whether the server closes the connection after it.
    pub closes: bool,
    /// Where this message ends, if not as its direction's framing says.
    pub framing: Option<Framing>,
    /// How names are written in it.
    pub list: Option<ListStyle>,
    /// The messages that it is recognised before, where both match.
    pub before: Vec<ReplyKind>,
    /// The requests after which it comes though nobody asked for it: a list that is pushed.
    pub after: Vec<CommandKind>,
    /// Whether those hear it too who have no name yet, where others than the actor hear it.
    pub newcomers: bool,
    /// Whether it comes only with the next traffic, so that nobody can wait for it.
    pub late: bool,
}

impl Reply {
    /// Whether it may come without anybody having asked: a step that is not about it tolerates it.
    #[must_use]
    pub fn is_unasked(&self) -> bool {
        self.kind.is_unasked() || !self.after.is_empty()
    }
}

/// One step of a request: what is sent, and what must answer it before the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What the client sends.
    pub send: Template,
    /// The forms of the reply; empty: no reply but the request's own.
    pub reply: Vec<Form>,
}

/// A request; `[client.KIND]` in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// What is asked.
    pub kind: CommandKind,
    /// What is sent, never none; all but a registration in steps have one.
    pub steps: Vec<Step>,
    /// Other forms of the last step: understood by the server, tried in turn by a client that got no answer.
    pub fallback: Vec<Template>,
    /// The requests that it is recognised before, where both match.
    pub before: Vec<CommandKind>,
}

impl Request {
    /// What is sent at the end, which the server answers.
    #[must_use]
    pub fn template(&self) -> &Template {
        &self.steps[self.steps.len() - 1].send
    }

    /// All forms of the last step, the document's first.
    pub fn forms(&self) -> impl Iterator<Item = &Template> {
        std::iter::once(self.template()).chain(&self.fallback)
    }
}

/// What the document says of one requirement; `[rule.ID]` in the file. Scenarios name the rule that they test.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rule {
    /// The level that this dialect gives it, in place of the scenario's own.
    pub level: Option<Level>,
    /// Where the document says it («§2.2»); empty where it is silent.
    pub section: String,
    /// What it says, in its own words, under 15 of them.
    pub quote: Option<String>,
    /// What it says or leaves open, for readers of Portuguese.
    pub pt: String,
    /// The same, for readers of English.
    pub en: String,
}

/// A place where a course's servers depart from its document, and are meant to; `[[deviation]]` in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    /// The rule that it is about.
    pub rule: String,
    /// What the document says.
    pub document: String,
    /// What the course's servers do.
    pub servers: String,
}

/// What is stripped before bytes are compared; `[decoration]` in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Decoration {
    /// ANSI escape sequences (colours).
    pub ansi: bool,
    /// Carriage returns.
    pub cr: bool,
}

impl Decoration {
    /// Whether nothing is stripped.
    #[must_use]
    pub const fn is_none(self) -> bool {
        !self.ansi && !self.cr
    }
}

/// The limits of a course's servers; `[limits]` in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest content of a message, in bytes.
    pub message: usize,
    /// The most clients at a time.
    pub clients: Option<u32>,
    /// Seconds after which an idle client is closed.
    pub idle: Option<u32>,
    /// What happens to a larger message.
    pub beyond: Beyond,
    /// What happens to bytes that are not text in the encoding.
    pub invalid: Invalid,
}

/// How a program that speaks the dialect is started; `[start]` in the file. What `--spawn` does not say stands here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Start {
    /// A line that the program prints when it is ready; without it, it is ready when its port is open.
    pub ready: Option<String>,
    /// Lines for its standard input, `{port}` among them, where it asks for its port in a dialogue.
    pub answers: Vec<String>,
    /// Milliseconds of quiet after which a reply without an end mark is over, where the measured latency is not enough.
    pub settle: Option<u32>,
}

/// One course's chat protocol. See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialect {
    /// Its identifier: `unb`.
    pub name: String,
    /// What it is, in one line; `title` in the file, a text or `{ pt = "…", en = "…" }`. Empty where it does not say.
    pub title: Words,
    /// Its document, as readers know it: `UnB`.
    pub document: String,
    /// The server's usual port.
    pub port: u16,
    /// How texts are encoded.
    pub encoding: Encoding,
    /// The limits of its servers.
    pub limits: Limits,
    /// The rules for nicknames.
    pub names: Names,
    /// How a server reads requests.
    pub requests: Requests,
    /// By what silence is proved.
    pub barrier: Barrier,
    /// What is stripped before bytes are compared.
    pub decoration: Decoration,
    /// How its programs are started, and how patient one must be with them.
    pub start: Start,
    /// Departures from the document that are meant.
    pub deviations: Vec<Deviation>,
    framings: Framings,
    console: BTreeMap<ConsoleKind, Template>,
    requests_by_kind: BTreeMap<CommandKind, Request>,
    replies: BTreeMap<ReplyKind, Reply>,
    rules: BTreeMap<String, Rule>,
}

/// Where messages end, for each direction and phase.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Framings {
    to_server: [Framing; 2],
    to_client: [Framing; 2],
}

impl Dialect {
    /// Where messages end in one direction and phase.
    #[must_use]
    pub fn framing(&self, direction: Direction, phase: Phase) -> &Framing {
        let framings = match direction {
            Direction::ToServer => &self.framings.to_server,
            Direction::ToClient => &self.framings.to_client,
        };
        &framings[phase as usize]
    }

    /// Whether every message of a direction, once in the chat, has an end mark.
    #[must_use]
    pub fn is_delimited(&self, direction: Direction) -> bool {
        self.framing(direction, Phase::Chatting).is_delimited()
    }

    /// The same dialect with other framings: for each direction, the one found out by talking to a server.
    #[must_use]
    pub fn reframed(mut self, to_server: Framing, to_client: Framing) -> Self {
        self.framings = Framings {
            to_server: [to_server.clone(), to_server],
            to_client: [to_client.clone(), to_client],
        };
        self
    }

    /// The same dialect where clients end their messages of one phase otherwise. A server that departs from the dialect there
    /// may do so in what it sends too: any line end is then accepted where it ends messages with a terminator.
    #[must_use]
    pub fn with_client_framing(mut self, phase: Phase, framing: Framing) -> Self {
        self.framings.to_server[phase as usize] = framing;
        for framing in &mut self.framings.to_client {
            if let Framing::Delimited(terminator) = framing {
                *terminator = terminator.clone().accepting([&b"\n"[..], b"\r\n"]);
            }
        }
        self
    }

    /// A request, if clients can make it.
    #[must_use]
    pub fn request(&self, kind: CommandKind) -> Option<&Request> {
        self.requests_by_kind.get(&kind)
    }

    /// All requests.
    pub fn requests(&self) -> impl Iterator<Item = &Request> {
        self.requests_by_kind.values()
    }

    /// A message of the server, if the dialect has it.
    #[must_use]
    pub fn reply(&self, kind: impl Into<ReplyKind>) -> Option<&Reply> {
        self.replies.get(&kind.into())
    }

    /// All messages of the server.
    pub fn replies(&self) -> impl Iterator<Item = &Reply> {
        self.replies.values()
    }

    /// What a program shows to whoever started it, if the dialect says so. The fields are `address` and `count`: whose
    /// connection, and how many there are.
    #[must_use]
    pub fn console(&self, kind: ConsoleKind, fields: &Fields) -> Option<String> {
        let line = self.console.get(&kind)?.render(fields);
        Some(String::from_utf8_lossy(&line).into_owned())
    }

    /// What the document says of a requirement.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.get(id)
    }

    /// All rules, by identifier.
    pub fn rules(&self) -> impl Iterator<Item = (&str, &Rule)> {
        self.rules.iter().map(|(id, rule)| (id.as_str(), rule))
    }

    /// Whether clients have names.
    #[must_use]
    pub fn has_names(&self) -> bool {
        self.names.by != NamedBy::Nobody
    }

    /// Whether the sender of a public message gets a copy.
    #[must_use]
    pub fn echoes(&self) -> bool {
        self.reply(NoticeKind::Delivered)
            .is_some_and(|reply| reply.to == Recipients::Everyone)
    }

    /// Whether a public message reaches other clients.
    #[must_use]
    pub fn broadcasts(&self) -> bool {
        self.reply(NoticeKind::Delivered).is_some()
    }

    /// The content of a message from the server in its first form, unframed.
    #[must_use]
    pub fn render(&self, kind: impl Into<ReplyKind>, fields: &Fields) -> Option<Vec<u8>> {
        self.reply(kind)
            .map(|reply| reply.forms[0].template.render(fields))
    }

    /// The content of a client's request in its first form, unframed; the last step's, where there are several.
    #[must_use]
    pub fn render_request(&self, kind: CommandKind, fields: &Fields) -> Option<Vec<u8>> {
        self.request(kind)
            .map(|request| request.template().render(fields))
    }

    /// Where one message of the server ends.
    #[must_use]
    pub fn reply_framing(&self, kind: impl Into<ReplyKind>, phase: Phase) -> &Framing {
        let own = self.reply(kind).and_then(|reply| reply.framing.as_ref());
        own.unwrap_or_else(|| self.framing(Direction::ToClient, phase))
    }

    /// The bytes of a content on the wire.
    #[must_use]
    pub fn frame(&self, direction: Direction, phase: Phase, content: &[u8]) -> Vec<u8> {
        self.framing(direction, phase).encode(content)
    }

    /// Every form in which a message may come, with what is known filled in.
    #[must_use]
    pub fn expectation(
        &self,
        kind: impl Into<ReplyKind>,
        fields: &Fields,
        phase: Phase,
    ) -> Vec<Variant> {
        let kind = kind.into();
        let forms = self.reply(kind).map_or(&[][..], |reply| &reply.forms);
        self.framed_variants(forms, fields, self.reply_framing(kind, phase))
    }

    /// The same for the reply to one step of a request that has several.
    #[must_use]
    pub fn step_expectation(&self, step: &Step, fields: &Fields, phase: Phase) -> Vec<Variant> {
        self.framed_variants(
            &step.reply,
            fields,
            self.framing(Direction::ToClient, phase),
        )
    }

    fn framed_variants(&self, forms: &[Form], fields: &Fields, framing: &Framing) -> Vec<Variant> {
        let pattern = |form: &Form| {
            let bound = form.template.bind(fields).terminated(framing.terminator());
            self.with_its_names(bound)
        };
        forms
            .iter()
            .map(|form| Variant {
                pattern: pattern(form),
                standing: form.standing,
            })
            .collect()
    }

    /// The same pattern, its nicknames such as this dialect allows.
    #[must_use]
    pub fn with_its_names(&self, pattern: Pattern) -> Pattern {
        pattern
            .blanks_in_names(self.names.blanks)
            .empty_names(self.names.empty)
    }

    /// The names as a list writes them.
    #[must_use]
    pub fn render_names<'n>(
        &self,
        kind: impl Into<ReplyKind>,
        names: impl Iterator<Item = &'n [u8]>,
    ) -> Vec<u8> {
        let Some(style) = self.reply(kind).and_then(|reply| reply.list.as_ref()) else {
            return Vec::new();
        };
        let item = |(index, name): (usize, &[u8])| {
            style.item.render(
                &Fields::new()
                    .with("nick", name)
                    .with("index", (index + 1).to_string()),
            )
        };
        let items: Vec<_> = names.enumerate().map(item).collect();
        items.join(style.separator.as_bytes())
    }

    /// The names in what a list wrote; `None` where the text is not such a list.
    #[must_use]
    pub fn read_names(&self, kind: impl Into<ReplyKind>, text: &[u8]) -> Option<Vec<Vec<u8>>> {
        let style = self.reply(kind)?.list.as_ref()?;
        let text = text.trim_ascii();
        let separator = match style.separator.trim() {
            "" => style.separator.as_bytes(),
            trimmed => trimmed.as_bytes(),
        };
        let pattern = self.with_its_names(style.item.pattern());
        let mut names = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (item, len) = first_item(rest, separator, |item| pattern.matches_all(item))?;
            names.extend(item.and_then(|fields| fields.get("nick").map(<[u8]>::to_vec)));
            rest = &rest[len..];
        }
        Some(names)
    }

    /// The rule's level for a refusal or a requirement that the document settles; the scenario's own else.
    #[must_use]
    pub fn level(&self, rule: &str, own: Level) -> Level {
        self.rule(rule).and_then(|rule| rule.level).unwrap_or(own)
    }

    /// Whether this dialect defines a refusal.
    #[must_use]
    pub fn refuses(&self, reason: Reason) -> bool {
        self.reply(reason).is_some()
    }
}

/// The first entry of a list and its length with the separator after it; an entry may hold the separator (`1 ana 0 bob`), and an
/// empty one is no entry.
fn first_item(
    text: &[u8],
    separator: &[u8],
    read: impl Fn(&[u8]) -> Option<Fields>,
) -> Option<(Option<Fields>, usize)> {
    let ends = memchr::memmem::find_iter(text, separator)
        .map(|end| (end, end + separator.len()))
        .take(MOST_SEPARATORS)
        .chain([(text.len(), text.len())]);
    for (end, after) in ends {
        let item = text[..end].trim_ascii();
        match read(item) {
            Some(fields) => return Some((Some(fields), after)),
            None if item.is_empty() && after > 0 => return Some((None, after)),
            None => {}
        }
    }
    None
}

/// How many separators one entry of a list may hold.
const MOST_SEPARATORS: usize = 8;
