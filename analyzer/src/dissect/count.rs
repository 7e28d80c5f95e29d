//! Messages counted as their segments pass, without keeping what was said: for captures too large to be told in full.
//!
//! Coarser than a dissection: a segment is one message, several known ones, or the rest of the segment before it. Whatever
//! fits nothing is counted as such. The counts are those of the dissection wherever each message came in one segment; of one
//! that was cut in two, the first half may be taken for a message by itself and the second for nothing that is known.

use std::collections::BTreeMap;
use std::rc::Rc;

use protocol::Dialect;
use protocol::decoration::Stripper;
use protocol::framing::{Decoded, Framing};
use protocol::matching::{Supply, recognise};
use protocol::message::{Command, CommandKind, Direction, NoticeKind, Phase};

use super::client::without_terminators;
use super::forms::Forms;
use super::lexicon::{Known, Lexicon, Point};
use super::message::MessageKind;
use super::scan::answers;

/// A segment longer than this is not held to be tried with the next, in bytes.
const HELD: usize = 1 << 13;

/// How many messages there are of each kind, to the server and to the client.
pub type Counts = [BTreeMap<&'static str, u64>; 2];

/// Counts the messages of many conversations at once.
pub struct Counter<'d> {
    dialect: &'d Dialect,
    lexicon: Lexicon<'d>,
    requests: Forms,
    /// What the server may say, by [`place`].
    replies: Vec<Option<Box<Replies>>>,
    /// Where a connection begins.
    first_phase: Phase,
    sessions: Vec<Session>,
    counts: [[u64; MessageKind::COUNT]; 2],
}

/// Where one conversation stands.
#[derive(Default)]
struct Session {
    joined: bool,
    asked: Option<MessageKind>,
    rare: Option<Box<Rare>>,
}

/// What most conversations never have.
#[derive(Default)]
struct Rare {
    /// Where the dialect has decoration, what takes it out of the server's bytes.
    stripper: Option<Stripper>,
    /// The beginning of a message of either direction, whose rest may come.
    held: [Vec<u8>; 2],
}

impl Session {
    /// Takes what is held of a direction.
    #[inline]
    fn take(&mut self, direction: Direction) -> Vec<u8> {
        let Some(rare) = &mut self.rare else {
            return Vec::new();
        };
        let held = std::mem::take(&mut rare.held[direction as usize]);
        // Whoever has nothing of the kind any more has nothing to look at.
        if rare.stripper.is_none() && rare.held.iter().all(Vec::is_empty) {
            self.rare = None;
        }
        held
    }

    fn hold(&mut self, direction: Direction, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.rare.get_or_insert_default().held[direction as usize] = bytes.to_vec();
        }
    }

    /// Whether anything is held of a direction.
    fn holds(&self, direction: Direction) -> bool {
        let rare = self.rare.as_ref();
        rare.is_some_and(|rare| !rare.held[direction as usize].is_empty())
    }
}

const _: () = assert!(size_of::<Session>() <= 16);

/// The forms of replies at one point.
struct Replies {
    forms: Forms,
    in_stream: Rc<Known>,
    /// What was looked up last, and what it is.
    last: (Vec<u8>, Option<MessageKind>),
}

impl Replies {
    #[cold]
    fn at(lexicon: &Lexicon<'_>, phase: Phase, asked: Option<MessageKind>) -> Self {
        let point = Point {
            phase,
            asked,
            naming: phase == Phase::Joining,
            prompted: true,
            in_stream: false,
        };
        let known = lexicon.known(point);
        let kinds = known
            .meanings
            .iter()
            .map(|(kind, _)| MessageKind::Reply(*kind));
        let in_stream = lexicon.known(Point {
            in_stream: true,
            ..point
        });
        Self::new(
            Forms::new(kinds.zip(known.patterns.iter().cloned())),
            in_stream,
        )
    }

    fn new(forms: Forms, in_stream: Rc<Known>) -> Self {
        let nothing = (Vec::new(), forms.find(&[], true));
        Self {
            forms,
            in_stream,
            last: nothing,
        }
    }

    /// What a content is. What one client says goes to all the others: it is often the same as before.
    #[inline]
    fn find(&mut self, content: &[u8]) -> Option<MessageKind> {
        let (known, kind) = &mut self.last;
        if known != content {
            *kind = self.forms.find(content, true);
            known.clear();
            known.extend_from_slice(content);
        }
        *kind
    }
}

impl<'d> Counter<'d> {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(dialect: &'d Dialect) -> Self {
        let requests = dialect.by_precedence().into_iter().flat_map(|request| {
            let kind = MessageKind::Request(request.kind);
            let pattern = move |form| (kind, dialect.request_pattern(form));
            request.forms().map(pattern)
        });
        Self {
            dialect,
            lexicon: Lexicon::new(dialect),
            requests: Forms::new(requests),
            replies: (0..2 * (MessageKind::COUNT + 1)).map(|_| None).collect(),
            first_phase: super::first_phase(dialect),
            sessions: Vec::new(),
            counts: [[0; MessageKind::COUNT]; 2],
        }
    }

    /// What is spoken.
    #[must_use]
    pub fn dialect(&self) -> &'d Dialect {
        self.dialect
    }

    /// A conversation begins at a place where another may have ended.
    pub fn begin(&mut self, conversation: usize) {
        if let Some(session) = self.sessions.get_mut(conversation) {
            let ended = std::mem::take(session);
            self.give_up(&ended);
        }
    }

    /// Reads what the next bytes of a conversation will need, so that it is in the cache by then. What is returned means
    /// nothing.
    #[inline]
    pub fn warm(&self, conversation: usize) -> u32 {
        let session = self.sessions.get(conversation);
        session.map_or(0, |session| u32::from(session.joined))
    }

    /// The next bytes of one direction, in order.
    pub fn segment(&mut self, conversation: usize, direction: Direction, bytes: &[u8]) {
        if self.sessions.len() <= conversation {
            self.sessions
                .resize_with(conversation + 1, Session::default);
        }
        let mut session = std::mem::take(&mut self.sessions[conversation]);
        let phase = self.phase(&session);
        let decoration = self.dialect.decoration;
        let mut bare = Vec::new();
        let bytes = match direction {
            Direction::ToClient if !decoration.is_none() => {
                let stripper = &mut session.rare.get_or_insert_default().stripper;
                let stripper = stripper.get_or_insert_with(|| Stripper::new(decoration));
                stripper.strip(bytes, &mut bare);
                &bare
            }
            _ => bytes,
        };
        match self.dialect.framing(direction, phase) {
            Framing::Raw => self.raw(&mut session, direction, bytes),
            _ if direction == Direction::ToClient && self.lexicon.by_content() => {
                self.raw(&mut session, direction, bytes);
            }
            framing => self.framed(&mut session, direction, bytes, framing),
        }
        self.sessions[conversation] = session;
    }

    /// What was counted.
    #[must_use]
    pub fn finish(mut self) -> Counts {
        for session in std::mem::take(&mut self.sessions) {
            self.give_up(&session);
        }
        self.counts.map(|counts| {
            let mut by_name = BTreeMap::new();
            let seen = MessageKind::all()
                .zip(counts)
                .filter(|(_, count)| *count > 0);
            for (kind, count) in seen {
                *by_name.entry(kind.id()).or_default() += count;
            }
            by_name
        })
    }

    fn phase(&self, session: &Session) -> Phase {
        match session.joined {
            true => Phase::Chatting,
            false => self.first_phase,
        }
    }

    fn give_up(&mut self, session: &Session) {
        for direction in [Direction::ToServer, Direction::ToClient] {
            if session.holds(direction) {
                self.count(direction, MessageKind::Unrecognised);
            }
        }
    }

    #[inline]
    fn count(&mut self, direction: Direction, kind: MessageKind) {
        self.counts[direction as usize][kind.index()] += 1;
    }

    fn raw(&mut self, session: &mut Session, direction: Direction, bytes: &[u8]) {
        let text = without_terminators(bytes);
        if text.is_empty() {
            return;
        }
        if self.whole(session, direction, text) {
            if !session.take(direction).is_empty() {
                self.count(direction, MessageKind::Unrecognised);
            }
            return;
        }
        if direction == Direction::ToClient && self.several(session, text) {
            return;
        }
        let mut held = session.take(direction);
        if !held.is_empty() {
            held.extend_from_slice(text);
            if self.whole(session, direction, &held) {
                return;
            }
            self.count(direction, MessageKind::Unrecognised);
        }
        match bytes.len() > HELD {
            true => self.count(direction, MessageKind::Unrecognised),
            false => session.hold(direction, bytes),
        }
    }

    fn framed(
        &mut self,
        session: &mut Session,
        direction: Direction,
        bytes: &[u8],
        framing: &Framing,
    ) {
        let mut held = session.take(direction);
        let mut rest = match held.is_empty() {
            true => bytes,
            false => {
                held.extend_from_slice(bytes);
                &held
            }
        };
        while !rest.is_empty() {
            match framing.decode(rest, HELD) {
                Decoded::Message { content, len } if len > 0 => {
                    if !self.whole(session, direction, content) {
                        self.count(direction, MessageKind::Unrecognised);
                    }
                    rest = rest.get(len..).unwrap_or_default();
                }
                Decoded::Incomplete if rest.len() <= HELD => break,
                _ => {
                    self.count(direction, MessageKind::Unrecognised);
                    return;
                }
            }
        }
        session.hold(direction, rest);
    }

    /// Counts a content that is one known message. Whether it is.
    fn whole(&mut self, session: &mut Session, direction: Direction, text: &[u8]) -> bool {
        let kind = match direction {
            Direction::ToServer => Some(self.request(session, text)),
            Direction::ToClient => self.reply(session, text),
        };
        if let Some(kind) = kind {
            self.follow(session, direction, kind);
        }
        kind.is_some()
    }

    fn follow(&mut self, session: &mut Session, direction: Direction, kind: MessageKind) {
        self.count(direction, kind);
        match kind {
            MessageKind::Reply(reply) => {
                session.joined |= kind.is(NoticeKind::Welcome);
                if session.asked.is_some_and(|asked| answers(asked, reply)) {
                    session.asked = None;
                }
            }
            request => session.asked = session.asked.or(Some(request)),
        }
    }

    fn request(&self, session: &Session, text: &[u8]) -> MessageKind {
        let text = match self.dialect.requests.strip {
            true => text.trim_ascii(),
            false => text,
        };
        let phase = self.phase(session);
        // Whoever has not joined says a name, unless it begins as only a request does.
        let known = self.requests.find(text, phase == Phase::Chatting);
        match known {
            Some(kind) => kind,
            None => match self.dialect.read_request(phase, text) {
                Command::Malformed { of } => MessageKind::Malformed(of),
                Command::Unknown { .. } => MessageKind::UnknownRequest,
                Command::Join { .. } => MessageKind::Request(CommandKind::Join),
                Command::Say { .. } => MessageKind::Request(CommandKind::Say),
                Command::Tell { .. } => MessageKind::Request(CommandKind::Tell),
                Command::List => MessageKind::Request(CommandKind::List),
                Command::Quit => MessageKind::Request(CommandKind::Quit),
            },
        }
    }

    fn reply(&mut self, session: &mut Session, text: &[u8]) -> Option<MessageKind> {
        let phase = self.phase(session);
        let found = self.replies(phase, session.asked).find(text);
        if found.is_some() || phase == Phase::Chatting {
            return found;
        }
        // Nobody saw it join.
        let found = self.replies(Phase::Chatting, session.asked).find(text);
        session.joined = found.is_some();
        found
    }

    /// Counts the known messages that stand in one segment. Whether they fill it.
    fn several(&mut self, session: &mut Session, mut text: &[u8]) -> bool {
        let mut kinds = Vec::new();
        while !text.is_empty() {
            let known = &self.replies(self.phase(session), session.asked).in_stream;
            let found = recognise(text, &known.scene(), Supply::Settled);
            let found = found.filter(|(_, found)| found.len > 0);
            let Some((meaning, found)) =
                found.and_then(|(which, found)| Some((known.meanings.get(which)?, found)))
            else {
                return false;
            };
            kinds.push(MessageKind::Reply(meaning.0));
            text = text.get(found.len..).unwrap_or_default();
        }
        for kind in kinds {
            self.follow(session, Direction::ToClient, kind);
        }
        true
    }

    /// What the server may say at a point of a session, worked out when it is first needed.
    #[inline]
    fn replies(&mut self, phase: Phase, asked: Option<MessageKind>) -> &mut Replies {
        let Self {
            lexicon, replies, ..
        } = self;
        replies[place(phase, asked)]
            .get_or_insert_with(|| Box::new(Replies::at(lexicon, phase, asked)))
    }
}

/// The place of a point of a session among all: the phase, and what was asked.
#[inline]
fn place(phase: Phase, asked: Option<MessageKind>) -> usize {
    let asked = asked.map_or(0, |kind| kind.index() + 1);
    2 * asked + phase as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use protocol::message::Direction::{ToClient, ToServer};

    use super::*;

    #[track_caller]
    fn check(segments: &[(Direction, &str)], expected: &[(Direction, &'static str, u64)]) {
        let mut counter = Counter::new(Dialect::builtin("unb").unwrap());
        for (direction, text) in segments {
            counter.segment(3, *direction, text.as_bytes());
        }
        let counts = counter.finish();
        let found: Vec<_> = [ToServer, ToClient]
            .into_iter()
            .flat_map(|way| {
                let counts = counts[way as usize].iter();
                counts.map(move |(kind, count)| (way, *kind, *count))
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_segment_of_a_session_is_the_message_that_it_answers() {
        check(
            &[
                (ToClient, "NICK"),
                (ToServer, "ana"),
                (ToClient, "200 OK - Connected\nBem-vindo(a), ana."),
                (ToServer, "MSG oi"),
                (ToClient, "200 OK"),
                (ToClient, "[bia]: olá, ana"),
                (ToServer, "QUIT"),
                (ToClient, "200 OK"),
            ],
            &[
                (ToServer, "join", 1),
                (ToServer, "quit", 1),
                (ToServer, "say", 1),
                (ToClient, "bye", 1),
                (ToClient, "delivered", 1),
                (ToClient, "prompt", 1),
                (ToClient, "said", 1),
                (ToClient, "welcome", 1),
            ],
        );
    }

    #[test]
    fn two_messages_in_one_segment_are_two_and_one_in_two_is_one() {
        check(
            &[
                (ToClient, "bia entrou no chat!NICK"),
                (ToClient, "davi entrou"),
                (ToClient, " no chat!"),
            ],
            &[(ToClient, "joined", 2), (ToClient, "prompt", 1)],
        );
    }

    #[test]
    fn what_fits_nothing_is_counted_as_such() {
        check(
            &[(ToClient, "\u{1}\u{2}")],
            &[(ToClient, "unrecognised", 1)],
        );
    }

    #[test]
    fn a_conversation_that_takes_the_place_of_another_starts_anew() {
        let mut counter = Counter::new(Dialect::builtin("unb").unwrap());
        for _ in 0..2 {
            counter.begin(0);
            counter.segment(0, ToServer, b"ana");
            counter.segment(0, ToClient, b"200 OK - Connected");
        }
        assert_eq!(counter.finish()[0], BTreeMap::from([("join", 2)]));
    }

    proptest! {
        #[test]
        fn any_bytes_at_all_are_counted(
            segments in prop::collection::vec((any::<bool>(), "(200 OK|MSG |\n|\\[a\\]: |\u{e9}){0,5}", prop::collection::vec(any::<u8>(), 0..20)), 0..8),
        ) {
            for dialect in Dialect::builtins() {
                let mut counter = Counter::new(dialect);
                let mut given = 0;
                for (to_server, text, bytes) in &segments {
                    let way = if *to_server { ToServer } else { ToClient };
                    let segment = [text.as_bytes(), bytes].concat();
                    given += segment.len() as u64;
                    counter.segment(0, way, &segment);
                }
                let counted: u64 = counter.finish().iter().flat_map(BTreeMap::values).sum();
                prop_assert!(counted <= given, "a message has at least one byte");
            }
        }
    }
}
