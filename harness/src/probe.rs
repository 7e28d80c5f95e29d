//! Talking to a server that nobody has described: what it says, which dialect fits best, and a draft of one of its own.
//!
//! Politely and bounded: few connections, one after the other, each with a deadline, a cap on what is read and quiet between
//! what is sent. What is learnt is a value ([`Findings`]); what it looks like is `shown`'s matter, what it becomes `draft`'s.

mod draft;
mod holes;
mod line;
mod shown;
mod words;

use std::net::SocketAddr;

use protocol::Dialect;
use protocol::decoration::Stripper;
use protocol::dialect::Decoration;
use protocol::framing::{Framing, Terminator};
use protocol::matching::Supply;
use protocol::message::{CommandKind, NoticeKind, Phase, Reason, ReplyKind};

use crate::hearing::{Heard, Hearing};
pub use draft::draft;
use line::{Caller, Line};
pub use shown::shown;
use words::{GENERIC_JOINS, GENERIC_SAYS, Words};

/// Where the messages of a client end, as far as a server shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// Nowhere.
    Raw,
    /// At a line feed.
    Lf,
    /// At CR LF.
    CrLf,
    /// At a NUL.
    Nul,
    /// Behind a header of 64 bytes.
    Header64,
}

impl Ends {
    /// The framing in a dialect file.
    #[must_use]
    pub const fn toml(self) -> &'static str {
        match self {
            Self::Raw => "\"raw\"",
            Self::Lf => "\"lf\"",
            Self::CrLf => "\"crlf\"",
            Self::Nul => "\"nul\"",
            Self::Header64 => "{ header = 64 }",
        }
    }

    /// Its name in dialect files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Lf => "lf",
            Self::CrLf => "crlf",
            Self::Nul => "nul",
            Self::Header64 => "header",
        }
    }

    pub(crate) fn framing(self) -> Framing {
        let end = |end: &[u8]| Framing::Delimited(Terminator::new(end.to_vec(), Vec::new()));
        match self {
            Self::Raw => Framing::Raw,
            Self::Lf => end(b"\n"),
            Self::CrLf => end(b"\r\n"),
            Self::Nul => end(b"\0"),
            Self::Header64 => Framing::Header {
                width: 64,
                pad: b' ',
                align: protocol::framing::Align::Left,
            },
        }
    }

    fn of(framing: &Framing) -> Option<Self> {
        [Self::Raw, Self::Lf, Self::CrLf, Self::Nul, Self::Header64]
            .into_iter()
            .find(|ends| ends.framing() == *framing)
    }
}

/// One thing that was tried, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// What the server said, in the order of the session, by what it would be.
    pub replies: Vec<(ReplyKind, Vec<u8>)>,
    /// Whether the text reached the other client.
    pub is_delivered: bool,
    /// Whether the speaker got it back.
    pub comes_back: bool,
    /// Whether the server closed after the quit.
    pub closes: bool,
}

impl Seen {
    /// What the server said at one point.
    #[must_use]
    pub fn reply(&self, kind: impl Into<ReplyKind>) -> Option<&[u8]> {
        let kind = kind.into();
        let found = self.replies.iter().find(|(known, _)| *known == kind);
        found
            .map(|(_, bytes)| &bytes[..])
            .filter(|bytes| !bytes.is_empty())
    }

    fn note(&mut self, kind: impl Into<ReplyKind>, bytes: Vec<u8>) {
        self.replies.push((kind.into(), bytes));
    }
}

/// What was found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// What the server says before it is asked.
    pub greeting: Vec<u8>,
    /// Where messages of clients end.
    pub client: Ends,
    /// Where messages of the server end.
    pub server: Ends,
    /// The built-in dialect that fits best, and how many of its messages were recognised out of those that came.
    pub fit: Option<(&'static str, usize, usize)>,
    /// The words that were understood.
    pub words: Words,
    /// What came of them.
    pub seen: Seen,
    /// How many connections were made.
    pub connections: usize,
}

impl Findings {
    /// Whether the server colours what it says: an escape sequence stands in it.
    #[must_use]
    pub fn is_coloured(&self) -> bool {
        let replies = self.seen.replies.iter().map(|(_, bytes)| bytes);
        std::iter::once(&self.greeting)
            .chain(replies)
            .any(|bytes| bytes.contains(&0x1b))
    }

    /// The same without the escape sequences.
    #[must_use]
    pub fn plain(&self) -> Self {
        let mut plain = self.clone();
        plain.greeting = without_colours(&plain.greeting);
        for (_, bytes) in &mut plain.seen.replies {
            *bytes = without_colours(bytes);
        }
        plain
    }
}

/// The bytes without ANSI escape sequences.
fn without_colours(bytes: &[u8]) -> Vec<u8> {
    const COLOURS: Decoration = Decoration {
        ansi: true,
        cr: false,
    };
    let mut plain = Vec::with_capacity(bytes.len());
    Stripper::new(COLOURS).strip(bytes, &mut plain);
    plain
}

/// The names and the text of the session: nobody else has them, and they are letters alone.
pub(crate) const FIRST: &str = "probex";
pub(crate) const ANA: &str = "probeana";
pub(crate) const BIA: &str = "probebia";
pub(crate) const TEXT: &str = "ola mundo kxqzw";

/// Talks to a server.
///
/// # Errors
/// It cannot be reached.
pub async fn probe(address: SocketAddr) -> std::io::Result<Findings> {
    let mut caller = Caller::new(address);
    // It stays connected to the end: some servers die of a client that leaves at once.
    let mut first = caller.call().await?;
    let greeting = first.hear().await;
    let client = client_ends(&mut caller, &mut first).await;
    let mut best: Option<(usize, usize, Ends, Words, Seen, &'static Dialect)> = None;
    for dialect in by_greeting(&greeting) {
        let ends = dialect_ends(dialect, client);
        let words = Words::of(dialect);
        let seen = session(&mut caller, &words, ends).await;
        let (known, all) = fits(dialect, &seen);
        let is_perfect = known == all && known >= 4;
        if best.as_ref().is_none_or(|(former, ..)| known > *former) {
            best = Some((known, all, ends, words, seen, dialect));
        }
        if is_perfect {
            break;
        }
    }
    // A server that repeats whatever it is told says a few things that look like any dialect's.
    let fitting = best.filter(|(known, all, ..)| *known >= 2 && known * 2 >= *all);
    let (fit, client, words, seen) = match fitting {
        Some((known, all, ends, words, seen, dialect)) => {
            let name = Dialect::builtin_names().find(|name| *name == dialect.name);
            (name.map(|name| (name, known, all)), ends, words, seen)
        }
        None => {
            let words = explore(&mut caller, client).await;
            let seen = session(&mut caller, &words, client).await;
            (None, client, words, seen)
        }
    };
    Ok(Findings {
        server: server_ends(&greeting, &seen),
        greeting,
        client,
        fit,
        words,
        seen,
        connections: caller.connections(),
    })
}

/// Where messages of clients end: a bare name is sent raw, then a line feed after it; only what stays silent is asked otherwise.
async fn client_ends(caller: &mut Caller, line: &mut Line) -> Ends {
    line.send(FIRST.as_bytes()).await;
    if !line.hear().await.is_empty() || line.is_closed() {
        return Ends::Raw;
    }
    line.send(b"\n").await;
    if !line.hear().await.is_empty() {
        return Ends::Lf;
    }
    for ends in [Ends::CrLf, Ends::Nul, Ends::Header64] {
        let Ok(mut line) = caller.call().await else {
            continue;
        };
        line.hear().await;
        line.send(&ends.framing().encode(FIRST.as_bytes())).await;
        if !line.hear().await.is_empty() {
            return ends;
        }
    }
    Ends::Lf
}

/// The framing with which a dialect is tried: its own where it has one, else what the server showed.
fn dialect_ends(dialect: &Dialect, found: Ends) -> Ends {
    use protocol::message::Direction;
    let own = dialect.framing(Direction::ToServer, Phase::Chatting);
    match Ends::of(own) {
        Some(Ends::Raw) | None => found,
        Some(ends) => ends,
    }
}

/// The built-in dialects, those first whose first message the greeting is.
fn by_greeting(greeting: &[u8]) -> Vec<&'static Dialect> {
    let mut dialects: Vec<_> = Dialect::builtins().iter().collect();
    let greeting = without_colours(greeting);
    dialects.sort_by_key(|dialect| {
        let prompt = dialect.render(NoticeKind::Prompt, &protocol::message::Fields::new());
        match prompt {
            Some(prompt) => usize::from(!greeting.starts_with(&prompt)) * 2,
            None => 1,
        }
    });
    dialects
}

/// Two clients go through everything once.
async fn session(caller: &mut Caller, words: &Words, ends: Ends) -> Seen {
    let mut seen = Seen::default();
    let framing = ends.framing();
    let (Ok(mut ana), Ok(mut bia)) = (caller.call().await, caller.call().await) else {
        return seen;
    };
    ana.hear().await;
    seen.note(
        NoticeKind::Welcome,
        words.join(&mut ana, ANA, &framing).await,
    );
    bia.hear().await;
    words.join(&mut bia, BIA, &framing).await;
    seen.note(NoticeKind::Joined, ana.hear_briefly().await);

    let content = words.say(ANA, TEXT);
    ana.send(&framing.encode(&content)).await;
    let heard = bia.hear().await;
    let own = ana.hear_briefly().await;
    seen.is_delivered = holds(&heard, TEXT);
    seen.comes_back = holds(&own, TEXT);
    seen.note(NoticeKind::Delivered, heard);
    seen.note(NoticeKind::Said, own);
    if seen.reply(NoticeKind::Delivered).is_none() && seen.reply(NoticeKind::Said).is_none() {
        return seen;
    }
    if let Some(tell) = words.tell(ANA, BIA, TEXT) {
        ana.send(&framing.encode(&tell)).await;
        seen.note(NoticeKind::Whispered, bia.hear().await);
        seen.note(NoticeKind::Told, ana.hear_briefly().await);
    }
    if let Some(list) = words.list() {
        ana.send(&framing.encode(&list)).await;
        seen.note(NoticeKind::Listing, ana.hear().await);
        bia.hear_briefly().await;
    }
    if words.has_commands() {
        ana.send(&framing.encode(b"XYZZY")).await;
        seen.note(Reason::UnknownCommand, ana.hear().await);
        bia.hear_briefly().await;
    }
    if let Some(quit) = words.quit() {
        bia.send(&framing.encode(&quit)).await;
        seen.note(NoticeKind::Bye, bia.hear().await);
        seen.closes = bia.is_closed();
    }
    drop(bia);
    seen.note(NoticeKind::Left, ana.hear().await);
    seen
}

pub(crate) fn holds(bytes: &[u8], text: &str) -> bool {
    memchr::memmem::find(bytes, text.as_bytes()).is_some()
}

/// How many of the replies a dialect recognises as what they were, and how many came.
fn fits(dialect: &Dialect, seen: &Seen) -> (usize, usize) {
    let came = seen.replies.iter().filter(|(_, bytes)| !bytes.is_empty());
    let mut all = 0;
    let mut known = 0;
    for (kind, bytes) in came {
        all += 1;
        known += usize::from(is_of(dialect, *kind, bytes));
    }
    (known, all)
}

/// Whether these bytes, without colours, hold such a message of the dialect, and nothing that it does not know.
pub(crate) fn is_of(dialect: &Dialect, kind: ReplyKind, bytes: &[u8]) -> bool {
    let mut hearing = Hearing::new(dialect);
    hearing.receive(&without_colours(bytes));
    let mut is_there = false;
    while let Some(heard) = hearing.next(kind.phase(), Supply::Settled) {
        let is_own_copy =
            kind == NoticeKind::Said.into() && heard.kind == Some(NoticeKind::Delivered.into());
        let is_refusal =
            kind == Reason::UnknownCommand.into() && heard.kind == Some(Reason::Malformed.into());
        is_there |= (heard.kind == Some(kind) || is_own_copy || is_refusal) && is_ours(&heard);
        let is_terminator = heard.bytes.iter().all(|byte| b"\r\n\0".contains(byte));
        if !heard.is_known && !is_terminator {
            return false;
        }
    }
    // A dialect in which anything is a reply recognises nothing.
    let any = dialect.reply(kind).is_some_and(|reply| {
        reply
            .forms
            .iter()
            .any(|form| form.template.pattern().literal_len() == 0)
    });
    is_there && (!any || kind != NoticeKind::Said.into() || holds(bytes, TEXT))
}

/// Whether the text in it is what the probe said: where the command word came along, it was no command.
fn is_ours(heard: &Heard) -> bool {
    let text = heard.fields.get("text");
    text.is_none_or(|text| text.trim_ascii_end() == TEXT.as_bytes())
}

/// Tries common words, and keeps those that did something.
async fn explore(caller: &mut Caller, ends: Ends) -> Words {
    let framing = ends.framing();
    for join in GENERIC_JOINS {
        let (Ok(mut ana), Ok(mut bia)) = (caller.call().await, caller.call().await) else {
            break;
        };
        let registered = Words::default().with(CommandKind::Join, join);
        ana.hear().await;
        registered.join(&mut ana, ANA, &framing).await;
        bia.hear_briefly().await;
        registered.join(&mut bia, BIA, &framing).await;
        ana.hear_briefly().await;
        for say in GENERIC_SAYS {
            let tried = registered.clone().with(CommandKind::Say, say);
            let content = tried.say(ANA, TEXT);
            ana.send(&framing.encode(&content)).await;
            let heard = bia.hear().await;
            ana.hear_briefly().await;
            // Where the command word comes along, it was no command.
            let all_of_it = String::from_utf8_lossy(&content);
            let is_plain = content == TEXT.as_bytes() || !holds(&heard, &all_of_it);
            if holds(&heard, TEXT) && is_plain {
                let mut words = tried;
                words.explore_rest(&mut ana, &mut bia, &framing).await;
                return words;
            }
            if ana.is_closed() || bia.is_closed() {
                break;
            }
        }
    }
    Words::bare()
}

/// Where messages of the server end: what all that came ends with.
fn server_ends(greeting: &[u8], seen: &Seen) -> Ends {
    let replies = seen.replies.iter().map(|(_, bytes)| &bytes[..]);
    let mut samples: Vec<_> = std::iter::once(greeting)
        .chain(replies)
        .map(without_colours)
        .collect();
    samples.retain(|bytes| !bytes.is_empty());
    let all = |end: &[u8]| !samples.is_empty() && samples.iter().all(|bytes| bytes.ends_with(end));
    if all(b"\r\n") {
        Ends::CrLf
    } else if all(b"\n") {
        Ends::Lf
    } else if all(b"\0") {
        Ends::Nul
    } else {
        Ends::Raw
    }
}
