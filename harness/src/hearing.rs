//! Reading a server's stream as a dialect: what came, message by message, and what nobody knows.
//!
//! For people and tools that listen without expecting anything in particular: `harness chat`, `harness probe`. The runner, which
//! expects, asks `protocol::matching::decide`. Knows no socket and no clock: the caller says when it has been quiet.

use std::ops::Range;

use protocol::Dialect;
use protocol::dialect::Reply;
use protocol::framing::{Decoded, Framing};
use protocol::matching::{Scene, Standing, Supply, There, is_there};
use protocol::message::{CommandKind, Direction, Fields, Phase, ReplyKind};
use protocol::pattern::{Found, Pattern};

/// Bytes that are kept unread; a server that sends more without a message in it is heard in pieces.
const MOST_UNREAD: usize = 64 * 1024;

/// One message of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// What it is.
    pub kind: Option<ReplyKind>,
    /// The values of its holes.
    pub fields: Fields,
    /// Its bytes on the wire.
    pub bytes: Vec<u8>,
    /// Where its content stands among them, between header and terminator.
    pub content: Range<usize>,
    /// Whether the dialect knows it; the reply to a step of a registration has no kind of its own.
    pub is_known: bool,
}

impl Heard {
    /// Whether it may come without anybody having asked.
    #[must_use]
    pub fn is_unasked(&self, dialect: &Dialect) -> bool {
        let reply = self.kind.and_then(|kind| dialect.reply(kind));
        reply.is_some_and(Reply::is_unasked)
    }
}

/// A message of which all bytes agree so far.
struct Coming;

/// What makes one reading better than another: its length, its own words, that it belongs to this phase, that it is no tolerated
/// form.
type Worth = (usize, usize, bool, bool);

/// What is known of one kind of message.
struct Known {
    kind: Option<ReplyKind>,
    framing: Framing,
    pattern: Pattern,
    /// Bytes of its own words: of two that read the same bytes, the one that says more of them.
    literal: usize,
    standing: Standing,
}

/// Reads one connection's stream. See the module's documentation.
pub struct Hearing<'d> {
    dialect: &'d Dialect,
    known: [Vec<Known>; 2],
    /// The same patterns, for the end of one that nothing closes.
    all: [Vec<Pattern>; 2],
    arrived: Vec<u8>,
    /// How much of it was read: its front is dropped only now and then.
    read: usize,
}

impl<'d> Hearing<'d> {
    /// Nothing heard yet.
    #[must_use]
    pub fn new(dialect: &'d Dialect) -> Self {
        let known = [Phase::Joining, Phase::Chatting].map(|phase| known(dialect, phase));
        let patterns =
            |known: &Vec<Known>| known.iter().map(|known| known.pattern.clone()).collect();
        Self {
            dialect,
            all: [patterns(&known[0]), patterns(&known[1])],
            known,
            arrived: Vec::new(),
            read: 0,
        }
    }

    /// Takes what arrived.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.read > self.arrived.len() / 2 {
            self.arrived.drain(..self.read);
            self.read = 0;
        }
        self.arrived.extend_from_slice(bytes);
    }

    /// Forgets what is unread.
    pub(crate) fn forget(&mut self) {
        self.arrived.clear();
        self.read = 0;
    }

    fn unread(&self) -> &[u8] {
        &self.arrived[self.read..]
    }

    /// Whether all that arrived was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.unread().is_empty()
    }

    /// Passes over line ends in front: some servers end messages that their protocol does not end.
    pub(crate) fn skip_line_ends(&mut self) {
        let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n' | 0);
        self.read += self.unread().iter().take_while(|byte| is_end(byte)).count();
    }

    /// The next message. While more may come (`Supply::Open`), only one that is surely whole.
    pub fn next(&mut self, phase: Phase, supply: Supply) -> Option<Heard> {
        if self.is_empty() {
            return None;
        }
        let supply = match self.unread().len() > MOST_UNREAD {
            true => Supply::Settled,
            false => supply,
        };
        let heard = match self.best(phase, supply) {
            Ok(Some(heard)) => heard,
            Ok(None) => self.strange(phase, supply)?,
            Err(Coming) => return None,
        };
        self.read += heard.bytes.len();
        Some(heard)
    }

    /// The longest known message in front; of equal ones, the one with more words of its own. `Err`: one may still come.
    fn best(&self, phase: Phase, supply: Supply) -> Result<Option<Heard>, Coming> {
        let all = &self.all[phase as usize];
        let mut best: Option<(Worth, &Known, Found)> = None;
        for known in &self.known[phase as usize] {
            let scene = Scene {
                framing: &known.framing,
                limit: MOST_UNREAD,
                aside: &[],
                known: all,
            };
            let found = match is_there(&known.pattern, self.unread(), &scene, supply) {
                There::Whole(found) if found.len > 0 => found,
                There::Coming => return Err(Coming),
                There::Whole(_) | There::No => continue,
            };
            let is_timely = known.kind.is_none_or(|kind| kind.phase() == phase);
            let worth = (
                found.len,
                known.literal,
                is_timely,
                known.standing != Standing::Tolerated,
            );
            if best.as_ref().is_none_or(|(former, ..)| *former < worth) {
                best = Some((worth, known, found));
            }
        }
        Ok(best.map(|(_, known, found)| self.heard(known, &found)))
    }

    fn heard(&self, known: &Known, found: &Found) -> Heard {
        let content = self.unread().get(found.start..found.content);
        Heard {
            kind: known.kind,
            fields: found
                .captures
                .fields(&known.pattern, content.unwrap_or_default()),
            bytes: self.unread()[..found.len].to_vec(),
            content: found.start..found.content,
            is_known: true,
        }
    }

    /// What nobody knows: up to its end mark, or, where there is none, all that came before it was quiet.
    fn strange(&self, phase: Phase, supply: Supply) -> Option<Heard> {
        let framing = self.dialect.framing(Direction::ToClient, phase);
        let waits = supply == Supply::Open;
        let (len, content) = match framing.decode(self.unread(), MOST_UNREAD) {
            Decoded::Message { len, content } if framing.is_delimited() => (len, content.len()),
            _ if waits => return None,
            _ => (self.unread().len(), self.unread().len()),
        };
        let start = framing.header_len().min(len - content);
        Some(Heard {
            kind: None,
            fields: Fields::new(),
            bytes: self.unread()[..len].to_vec(),
            content: start..start + content,
            is_known: false,
        })
    }
}

fn known(dialect: &Dialect, phase: Phase) -> Vec<Known> {
    let nothing = Fields::new();
    let mut known = Vec::new();
    for reply in dialect.replies() {
        let framing = dialect.reply_framing(reply.kind, phase);
        for variant in dialect.expectation(reply.kind, &nothing, phase) {
            known.push(Known::new(
                Some(reply.kind),
                framing,
                variant.pattern,
                variant.standing,
            ));
        }
    }
    let steps = [CommandKind::Join, CommandKind::Quit]
        .into_iter()
        .filter_map(|kind| dialect.request(kind))
        .flat_map(|request| &request.steps);
    let framing = dialect.framing(Direction::ToClient, phase);
    for step in steps {
        for variant in dialect.step_expectation(step, &nothing, phase) {
            known.push(Known::new(None, framing, variant.pattern, variant.standing));
        }
    }
    known
}

impl Known {
    fn new(
        kind: Option<ReplyKind>,
        framing: &Framing,
        pattern: Pattern,
        standing: Standing,
    ) -> Self {
        Self {
            kind,
            framing: framing.clone(),
            literal: pattern.literal_len(),
            pattern,
            standing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use protocol::diagnostic::Source;
    use protocol::message::NoticeKind;

    /// Each message as `kind text`.
    fn heard(dialect: &Dialect, bytes: &[u8], supply: Supply) -> Vec<String> {
        let mut hearing = Hearing::new(dialect);
        hearing.receive(bytes);
        let mut all = Vec::new();
        while let Some(heard) = hearing.next(Phase::Chatting, supply) {
            let kind = heard.kind.map_or("?", ReplyKind::id);
            let text = String::from_utf8_lossy(&heard.bytes[heard.content]).into_owned();
            all.push(format!("{kind} {}", text.trim_end()));
        }
        all
    }

    #[test]
    fn glued_messages_of_a_raw_stream_are_told_apart_once_it_is_quiet() {
        let unb = Dialect::builtin("unb").unwrap();
        let bytes = "200 OK\nMensagem enviada com sucesso.[bia]: oi".as_bytes();
        assert_eq!(
            heard(unb, bytes, Supply::Open),
            ["said 200 OK\nMensagem enviada com sucesso."]
        );
        assert_eq!(
            heard(unb, bytes, Supply::Settled),
            [
                "said 200 OK\nMensagem enviada com sucesso.",
                "delivered [bia]: oi"
            ]
        );
    }

    #[test]
    fn of_two_messages_that_are_the_same_the_one_of_this_phase_is_heard() {
        let file = r#"
            name = "x"
            port = 1
            framing = { client = "lf", server = "lf" }
            client = { join = "HELLO {nick}", say = "SAY {text}" }
            server = { welcome = "OK", said = "OK" }
        "#;
        let dialect = Dialect::parse(&Source::new("x", file)).unwrap();
        assert_eq!(heard(&dialect, b"OK\n", Supply::Settled), ["said OK"]);
    }

    #[test]
    fn what_nobody_knows_ends_with_its_line() {
        let lf = Dialect::builtin("unb-lf").unwrap();
        assert_eq!(
            heard(lf, b"boo!\n[bia]: oi\nhal", Supply::Open),
            ["? boo!", "delivered [bia]: oi"]
        );
        assert_eq!(heard(lf, b"hal", Supply::Settled), ["? hal"]);
    }

    #[test]
    fn a_list_by_lines_is_heard_whole() {
        let file = r#"
            name = "x"
            port = 1
            framing = { client = "lf", server = "lf" }
            [client]
            say = "{text}"
            [server]
            delivered = "<{from}> {text}"
            listing = { text = "Online:\n{names:lines}", accept = ["Online:"], item = "- {nick}", separator = "\n" }
        "#;
        let dialect = Dialect::parse(&Source::new("x", file)).unwrap();
        assert_eq!(
            heard(
                &dialect,
                b"Online:\n- ana\n- bia\n<ana> oi\n",
                Supply::Settled
            ),
            ["listing Online:\n- ana\n- bia", "delivered <ana> oi"]
        );
        assert!(dialect.reply(NoticeKind::Listing).is_some());
    }

    proptest! {
        #[test]
        fn any_bytes_at_all_are_heard_once(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for dialect in Dialect::builtins() {
                let mut hearing = Hearing::new(dialect);
                hearing.receive(&bytes);
                let mut back = Vec::new();
                while let Some(heard) = hearing.next(Phase::Joining, Supply::Settled) {
                    prop_assert!(heard.bytes.get(heard.content).is_some());
                    back.extend(heard.bytes);
                }
                prop_assert_eq!(&back, &bytes);
            }
        }
    }
}
