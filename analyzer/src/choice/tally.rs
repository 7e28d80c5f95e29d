//! What was said in all conversations of a large capture, counted while it is read.
//!
//! The first payload that passes is held back until the dialect can be told from it; then it is counted, and all that
//! follows as it comes. Of a capture with less payload than that nothing is counted: it is told in full.

use std::collections::BTreeMap;
use std::ops::Range;

use protocol::Dialect;
use protocol::message::Direction;

use super::{Fit, Wish};
use crate::capture::Time;
use crate::conversation::{ConversationId, Direction as Way};
use crate::dissect::{Counter, Counts, Dissector, Said};
use crate::stream::{Flow, Piece, Sink, Stream};

/// Payload of one half of the conversations that is held back before the dialect is decided, in bytes.
const HELD_BACK: usize = 512 << 10;

/// How many conversations are tried to tell the dialect.
const SAMPLE: usize = 16;

/// The messages of all conversations, by kind.
#[derive(Clone, Debug)]
pub struct Tallied<'d> {
    /// What is spoken in them, as the first of them show.
    pub dialect: &'d Dialect,
    /// How many there are of each kind.
    pub counts: Counts,
}

/// Counts messages while a capture is read.
pub struct Tally<'d> {
    wish: Wish<'d>,
    state: State<'d>,
}

enum State<'d> {
    Waiting(Held),
    Counting(Box<Counter<'d>>),
    /// No dialect fits.
    Silent,
}

/// What was counted in one half of the conversations.
pub enum Heard<'d> {
    /// These messages.
    Counted(Tallied<'d>),
    /// Too little was said to tell the dialect.
    Little(Held),
    /// No dialect fits.
    Nothing,
}

/// What has passed while the dialect was not decided.
#[derive(Default)]
pub struct Held {
    events: Vec<Event>,
    bytes: Vec<u8>,
}

enum Event {
    Begins(ConversationId),
    Bytes(Flow, Range<usize>, u64),
}

/// What was counted in all halves. None where nothing was counted in any, or where they do not speak the same: then no
/// dialect explains the whole.
#[must_use]
pub fn together<'d>(halves: Vec<Heard<'d>>) -> Option<Tallied<'d>> {
    let counted = |half: &Heard<'d>| match half {
        Heard::Counted(tallied) => Some(tallied.dialect),
        _ => None,
    };
    let dialect = halves.iter().find_map(counted)?;
    let mut sum = Counts::default();
    for half in halves {
        let counts = match half {
            Heard::Counted(tallied) if std::ptr::eq(tallied.dialect, dialect) => tallied.counts,
            Heard::Little(held) => held.counted(dialect).finish(),
            _ => return None,
        };
        for (sum, counts) in sum.iter_mut().zip(counts) {
            for (kind, count) in counts {
                *sum.entry(kind).or_default() += count;
            }
        }
    }
    Some(Tallied {
        dialect,
        counts: sum,
    })
}

impl<'d> Tally<'d> {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(wish: Wish<'d>) -> Self {
        Self {
            wish,
            state: State::Waiting(Held::default()),
        }
    }

    /// What was counted.
    #[must_use]
    pub fn finish(self) -> Heard<'d> {
        match self.state {
            State::Counting(counter) => Heard::Counted(Tallied {
                dialect: counter.dialect(),
                counts: counter.finish(),
            }),
            State::Waiting(held) => Heard::Little(held),
            State::Silent => Heard::Nothing,
        }
    }

    #[cold]
    fn decide(&mut self) {
        let State::Waiting(held) = std::mem::replace(&mut self.state, State::Silent) else {
            return;
        };
        if let Some(dialect) = self.dialect(&held.streams()) {
            self.state = State::Counting(Box::new(held.counted(dialect)));
        }
    }

    fn dialect(&self, sample: &BTreeMap<ConversationId, [Stream; 2]>) -> Option<&'d Dialect> {
        let fit = |dialect: &'d Dialect| {
            let dissector = Dissector::new(dialect);
            let fits = sample.values().map(|[to_server, to_client]| {
                let said = Said {
                    to_server,
                    to_client,
                    from_start: true,
                };
                Fit::of(dialect, &dissector.dissect(said))
            });
            (dialect, fits.fold(Fit::default(), Fit::and))
        };
        let fits = self.wish.dialects.iter().map(fit);
        let best = fits.max_by_key(|(_, fit)| (fit.is_enough(), fit.per_mille(), fit.strong))?;
        (self.wish.given || best.1.is_enough()).then_some(best.0)
    }
}

impl Sink for Tally<'_> {
    fn bytes(&mut self, flow: Flow, data: &[u8], frame: u64, _: Option<Time>) {
        match &mut self.state {
            State::Counting(counter) => pass(counter, flow, data),
            State::Silent => {}
            State::Waiting(held) => {
                held.add(flow, data, frame);
                if held.bytes.len() > HELD_BACK {
                    self.decide();
                }
            }
        }
    }

    fn gap(&mut self, _: Flow, _: u64) {}

    #[inline]
    fn warm(&self, conversation: ConversationId) -> u32 {
        match &self.state {
            State::Counting(counter) => counter.warm(conversation.index()),
            _ => 0,
        }
    }

    fn begins(&mut self, conversation: ConversationId) {
        match &mut self.state {
            State::Counting(counter) => counter.begin(conversation.index()),
            State::Silent => {}
            State::Waiting(held) => held.events.push(Event::Begins(conversation)),
        }
    }
}

fn pass(counter: &mut Counter<'_>, flow: Flow, data: &[u8]) {
    let direction = match flow.direction {
        Way::ToServer => Direction::ToServer,
        Way::ToClient => Direction::ToClient,
    };
    counter.segment(flow.conversation.index(), direction, data);
}

impl Held {
    fn add(&mut self, flow: Flow, data: &[u8], frame: u64) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(data);
        let range = start..self.bytes.len();
        self.events.push(Event::Bytes(flow, range, frame));
    }

    /// All of it, counted as a dialect.
    fn counted<'d>(&self, dialect: &'d Dialect) -> Counter<'d> {
        let mut counter = Counter::new(dialect);
        for event in &self.events {
            match event {
                Event::Begins(conversation) => counter.begin(conversation.index()),
                Event::Bytes(flow, range, _) => pass(&mut counter, *flow, self.of(range)),
            }
        }
        counter
    }

    fn of(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }

    /// What the first conversations said.
    fn streams(&self) -> BTreeMap<ConversationId, [Stream; 2]> {
        let mut streams: BTreeMap<ConversationId, [Stream; 2]> = BTreeMap::new();
        for event in &self.events {
            let Event::Bytes(flow, range, frame) = event else {
                continue;
            };
            if streams.len() >= SAMPLE && !streams.contains_key(&flow.conversation) {
                continue;
            }
            let both = streams.entry(flow.conversation).or_default();
            let stream = &mut both[flow.direction.index()];
            stream.pieces.push(Piece {
                offset: stream.bytes.len(),
                length: range.len(),
                frame: *frame,
                time: None,
            });
            stream.bytes.extend_from_slice(self.of(range));
        }
        streams
    }
}
