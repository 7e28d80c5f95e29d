//! Talking to a server that nobody has described: what it says, which dialect fits best, and a draft of one of its own.
//!
//! Politely and bounded: few connections, a deadline for all of it, a cap on what is read, and quiet between what is sent. What is
//! learnt is a value ([`Findings`]); what it looks like is `shown`'s matter, what it becomes `draft`'s.

mod cast;
mod draft;
mod ends;
mod explore;
mod holes;
mod line;
mod proof;
mod reading;
mod session;
mod shown;
#[cfg(test)]
mod tests;
mod wording;
mod words;

use std::net::SocketAddr;
use std::time::Duration;

use protocol::Dialect;
use protocol::decoration::Stripper;
use protocol::dialect::Decoration;
use protocol::framing::Framing;
use protocol::matching::Supply;
use protocol::message::{CommandKind, Direction, Fields, NoticeKind, Phase, ReplyKind};

use crate::hearing::{Heard, Hearing};
use cast::{Cast, Names};
pub use draft::draft;
pub use ends::Ends;
use ends::{Knock, knock};
pub use explore::Untried;
use explore::explore;
use line::Caller;
pub use reading::{Namesake, Reading};
pub use session::Session;
use session::{Departure, Script, play};
pub use shown::shown;
pub use words::Words;

/// A built-in dialect that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fit {
    /// Its name.
    pub name: &'static str,
    /// How many messages were recognised.
    pub known: usize,
    /// Out of how many.
    pub all: usize,
}

/// What was found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// What the server says before it is asked.
    pub greeting: Vec<u8>,
    /// Whether it answered anything, or closed at once.
    pub is_mute: bool,
    /// Whether it closed the first connection by itself, without a word.
    pub closes_at_once: bool,
    /// Where messages end.
    pub ends: Ends,
    /// The built-in dialect that fits best.
    pub fit: Option<Fit>,
    /// The words that were understood.
    pub words: Words,
    /// What came of them, twice if there was time; without colours and returns where those are decoration.
    pub sessions: Vec<Session>,
    /// What each session says.
    pub readings: Vec<Reading>,
    /// Whether the server colours what it says: an escape sequence stands in it.
    pub is_coloured: bool,
    /// Whether carriage returns stand where no line ends.
    pub has_returns: bool,
    /// What was not tried.
    pub untried: Untried,
    /// How many connections were made.
    pub connections: usize,
    /// How long it took.
    pub took: Duration,
    /// The slowest answer; `None`: there was none.
    pub slowest: Option<Duration>,
}

impl Findings {
    /// What the first session says.
    #[must_use]
    pub fn first(&self) -> Option<&Reading> {
        self.readings.first()
    }

    /// The built-in dialect that fits.
    #[must_use]
    pub fn base(&self) -> Option<&'static Dialect> {
        self.fit.and_then(|fit| Dialect::builtin(fit.name))
    }

    /// Who gives names, where it is not the client.
    fn names_by(&self) -> Option<&'static str> {
        let session = self.sessions.first().filter(|session| session.is_given)?;
        Some(match session.cast.ana.contains(':') {
            true => "address",
            false => "server",
        })
    }

    /// Whether accents arrived, and a longer text did; what was not tried is believed to.
    fn takes_more(&self) -> [bool; 2] {
        let tried = self
            .readings
            .iter()
            .filter_map(|reading| reading.takes_more);
        tried.fold([true, true], |all, one| {
            [all[0] && one[0], all[1] && one[1]]
        })
    }

    /// Whether what asks for a name has no end, unlike the rest.
    fn asks_without_end(&self) -> bool {
        let terminator = self.ends.server.terminator();
        terminator
            .is_some_and(|terminator| !terminator.forms().any(|end| self.greeting.ends_with(end)))
    }
}

/// The texts of the two sessions, and what is no command in them.
const SAID: [[&str; 2]; 2] = [
    ["ola mundo kxqzw", "XYZZY"],
    ["bom dia a quem veio wqzkx", "PLUGH"],
];

/// Talks to a server.
///
/// # Errors
/// It cannot be reached.
pub async fn probe(address: SocketAddr) -> std::io::Result<Findings> {
    let mut caller = Caller::new(address);
    let mut names = Names::default();
    let mut knock = knock(&mut caller, &mut names).await?;
    let joining = knock.framing.clone().unwrap_or(Framing::Raw);
    let mut ends = Ends {
        chatting: joining.clone(),
        joining,
        server: Framing::Raw,
    };
    let mut untried = Untried::default();
    let mut fit = None;
    let mut words = Words::default();
    let mut sessions = Vec::new();
    if knock.framing.is_some() {
        match known(&mut caller, &knock, &mut names, &ends).await {
            Some(found) => {
                words = Words::of(found.dialect);
                fit = Some(found.fit);
                sessions.push(found.session);
            }
            None => (words, untried) = explore(&mut caller, &knock, &mut names, &mut ends).await,
        }
    }
    // What a built-in dialect knows all of needs no second look, unless the server's messages end otherwise than its own.
    let ends_otherwise = read(&sessions, &[], &ends.chatting).0.is_delimited();
    let is_sure = fit.is_some_and(|fit| fit.known == fit.all) && !ends_otherwise;
    while sessions.len() < SAID.len() && words != Words::default() && !is_sure {
        knock.settle(&mut caller).await;
        let departure = match sessions.len() {
            0 => Departure::Closes,
            _ => Departure::Resets,
        };
        let [text, command] = SAID[sessions.len()];
        let script = Script {
            words: &words,
            ends: &ends,
            greets: !knock.greeting.is_empty(),
            departure,
        };
        sessions.push(play(&mut caller, &script, Cast::new(&mut names, text, command)).await);
    }
    let heard = Raw {
        greeting: knock.greeting,
        sessions,
    };
    let is_end = ends.chatting == ends::delimited(b"\r");
    let (is_coloured, has_returns) = (heard.has(is_escape), !is_end && heard.has(is_return));
    let Raw { greeting, sessions } = heard.plain(Decoration {
        ansi: is_coloured,
        cr: has_returns,
    });
    let (server, readings) = read(&sessions, &greeting, &ends.chatting);
    ends.server = server;
    Ok(Findings {
        is_mute: knock.framing.is_none() && greeting.is_empty(),
        closes_at_once: knock.is_closed,
        is_coloured,
        has_returns,
        fit,
        readings,
        greeting,
        ends,
        words,
        sessions,
        untried,
        connections: caller.connections(),
        took: caller.took(),
        slowest: caller.slowest(),
    })
}

/// All that was heard, as it came.
struct Raw {
    greeting: Vec<u8>,
    sessions: Vec<Session>,
}

impl Raw {
    fn has(&self, is_there: fn(&[u8]) -> bool) -> bool {
        let pieces = self.sessions.iter().flat_map(Session::pieces);
        std::iter::once(&self.greeting[..])
            .chain(pieces)
            .any(is_there)
    }

    fn plain(self, decoration: Decoration) -> Self {
        let strip = |bytes: &[u8]| stripped(bytes, decoration);
        Self {
            greeting: strip(&self.greeting),
            sessions: self
                .sessions
                .into_iter()
                .map(|session| session.rewritten(strip))
                .collect(),
        }
    }
}

fn is_escape(bytes: &[u8]) -> bool {
    bytes.contains(&0x1b)
}

/// Whether a carriage return stands where no line ends.
fn is_return(bytes: &[u8]) -> bool {
    let followed = bytes.iter().zip(bytes.iter().skip(1).chain([&b' ']));
    followed
        .filter(|(byte, _)| **byte == b'\r')
        .any(|(_, next)| *next != b'\n')
}

fn stripped(bytes: &[u8], decoration: Decoration) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    Stripper::new(decoration).strip(bytes, &mut plain);
    plain
}

/// Where the server's messages end, and what each session says.
fn read(sessions: &[Session], greeting: &[u8], client: &Framing) -> (Framing, Vec<Reading>) {
    let ready = sessions.first().and_then(reading::ready);
    let without = |bytes: &[u8]| match &ready {
        Some(ready) => bytes.strip_suffix(&ready[..]).unwrap_or(bytes).to_vec(),
        None => bytes.to_vec(),
    };
    let bare: Vec<_> = sessions
        .iter()
        .map(|session| session.clone().rewritten(without))
        .collect();
    let answers = || {
        bare.iter()
            .flat_map(Session::answers)
            .filter(|bytes| !bytes.is_empty())
    };
    let server = match answers().next() {
        Some(_) => ends::server(answers(), client),
        None => ends::server(std::iter::once(greeting), client),
    };
    let readings = bare.iter().map(|session| {
        let mut reading = reading::read(session, &server);
        if let Some(ready) = &ready {
            reading
                .replies
                .insert(0, (NoticeKind::Ready.into(), ready.clone()));
        }
        reading
    });
    let readings = readings.collect();
    (server, readings)
}

/// A built-in dialect that fits, and the session that showed it.
struct Known {
    dialect: &'static Dialect,
    fit: Fit,
    session: Session,
}

/// Goes through everything in the words of each built-in dialect that the first answer or the greeting suggests.
async fn known(
    caller: &mut Caller,
    knock: &Knock,
    names: &mut Names,
    ends: &Ends,
) -> Option<Known> {
    let mut best: Option<Known> = None;
    for dialect in suggested(knock) {
        let words = Words::of(dialect);
        let script = Script {
            words: &words,
            ends,
            greets: !knock.greeting.is_empty(),
            departure: Departure::Closes,
        };
        let [text, command] = SAID[0];
        let session = play(caller, &script, Cast::new(names, text, command)).await;
        let (known, all) = fits(dialect, &session, ends);
        let is_better = best.as_ref().is_none_or(|best| known > best.fit.known);
        if is_better && let Some(name) = Dialect::builtin_names().find(|name| *name == dialect.name)
        {
            best = Some(Known {
                dialect,
                fit: Fit { name, known, all },
                session,
            });
        }
        if known == all && known >= 4 {
            break;
        }
    }
    // A server that repeats whatever it is told says a few things that look like any dialect's.
    let least = if ends.chatting.is_framed() { 1 } else { 2 };
    best.filter(|best| best.fit.known >= least && best.fit.known * 2 >= best.fit.all)
}

/// The built-in dialects whose prompt the greeting is, then those whose first reply the first answer is.
fn suggested(knock: &Knock) -> Vec<&'static Dialect> {
    const COLOURS: Decoration = Decoration {
        ansi: true,
        cr: false,
    };
    let framing = knock.framing.as_ref();
    let (greeting, answer) = (
        stripped(&knock.greeting, COLOURS),
        stripped(&knock.answer, COLOURS),
    );
    let is_asked = |dialect: &Dialect| {
        let prompt = dialect.render(NoticeKind::Prompt, &Fields::new());
        prompt.is_some_and(|prompt| greeting.starts_with(&prompt))
    };
    let is_answered = |dialect: &Dialect| {
        let own = dialect.framing(Direction::ToServer, Phase::Chatting);
        if own.is_framed() || framing.is_some_and(Framing::is_framed) {
            return framing == Some(own);
        }
        let (kind, phase) = match dialect.request(CommandKind::Join) {
            Some(_) => (NoticeKind::Welcome, Phase::Joining),
            None => (NoticeKind::Said, Phase::Chatting),
        };
        let mut hearing = Hearing::new(dialect);
        hearing.receive(&answer);
        std::iter::from_fn(|| hearing.next(phase, Supply::Settled))
            .any(|heard| heard.kind == Some(kind.into()))
    };
    let builtins = Dialect::builtins().iter();
    let (asked, others): (Vec<_>, Vec<_>) = builtins.partition(|dialect| is_asked(dialect));
    asked
        .into_iter()
        .chain(others.into_iter().filter(|dialect| is_answered(dialect)))
        .collect()
}

/// What was heard with another name in it.
fn replaced(message: &[u8], name: &str, by: &str) -> Vec<u8> {
    match std::str::from_utf8(message) {
        Ok(text) => text.replace(name, by).into_bytes(),
        Err(_) => message.to_vec(),
    }
}

pub(crate) fn holds(bytes: &[u8], text: &str) -> bool {
    memchr::memmem::find(bytes, text.as_bytes()).is_some()
}

/// How many of the replies a dialect recognises as what they were, and how many came.
fn fits(dialect: &Dialect, session: &Session, ends: &Ends) -> (usize, usize) {
    const COLOURS: Decoration = Decoration {
        ansi: true,
        cr: false,
    };
    let plain = session.clone().rewritten(|bytes| stripped(bytes, COLOURS));
    let (_, readings) = read(&[plain], &[], &ends.chatting);
    let replies = || readings.iter().flat_map(|reading| &reading.replies);
    let known = replies()
        .filter(|(kind, bytes)| is_of(dialect, *kind, bytes))
        .count();
    (known, replies().count())
}

/// Whether these bytes hold such a message of the dialect, and nothing that it does not know.
pub(crate) fn is_of(dialect: &Dialect, kind: ReplyKind, bytes: &[u8]) -> bool {
    // A dialect in which anything is a reply recognises nothing, unless its frames alone tell it from all others.
    let is_framed = dialect
        .framing(Direction::ToServer, Phase::Chatting)
        .is_framed();
    let takes_any = dialect.reply(kind).is_some_and(|reply| {
        let mut forms = reply.forms.iter();
        forms.any(|form| form.template.pattern().literal_len() == 0)
    });
    if takes_any && kind == NoticeKind::Said.into() {
        return is_framed || SAID.iter().any(|[said, _]| holds(bytes, said));
    }
    let mut hearing = Hearing::new(dialect);
    hearing.receive(bytes);
    let mut is_there = false;
    while let Some(heard) = hearing.next(kind.phase(), Supply::Settled) {
        let is_refusal = matches!(kind, ReplyKind::Refused(_))
            && matches!(heard.kind, Some(ReplyKind::Refused(_)));
        is_there |= (heard.kind == Some(kind) || is_refusal || is_own_copy(kind, &heard))
            && is_ours(&heard);
        let is_terminator = heard.bytes.iter().all(|byte| b"\r\n\0".contains(byte));
        if !heard.is_known && !is_terminator {
            return false;
        }
    }
    is_there
}

fn is_own_copy(kind: ReplyKind, heard: &Heard) -> bool {
    kind == NoticeKind::Said.into() && heard.kind == Some(NoticeKind::Delivered.into())
}

/// Whether the text in it is what the probe said: where the command word came along, it was no command.
fn is_ours(heard: &Heard) -> bool {
    let text = heard.fields.get("text");
    text.is_none_or(|text| {
        SAID.iter()
            .any(|[said, _]| text.trim_ascii_end() == said.as_bytes())
    })
}
