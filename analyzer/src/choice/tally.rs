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

/// Payload that is held back before the dialect is decided, in bytes.
const HELD_BACK: usize = 1 << 20;

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
    /// What has passed so far.
    Waiting(Vec<Event>, Vec<u8>),
    Counting(Box<Counter<'d>>),
    /// No dialect fits.
    Silent,
}

enum Event {
    Begins(ConversationId),
    Bytes(Flow, Range<usize>, u64),
}

impl<'d> Tally<'d> {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(wish: Wish<'d>) -> Self {
        Self {
            wish,
            state: State::Waiting(Vec::new(), Vec::new()),
        }
    }

    /// What was counted; none of a small capture, or if no dialect fits.
    #[must_use]
    pub fn finish(self) -> Option<Tallied<'d>> {
        match self.state {
            State::Counting(counter) => Some(Tallied {
                dialect: counter.dialect(),
                counts: counter.finish(),
            }),
            _ => None,
        }
    }

    #[cold]
    fn decide(&mut self) {
        let State::Waiting(events, bytes) = std::mem::replace(&mut self.state, State::Silent)
        else {
            return;
        };
        let Some(dialect) = self.dialect(&streams(&events, &bytes)) else {
            return;
        };
        let mut counter = Counter::new(dialect);
        for event in events {
            match event {
                Event::Begins(conversation) => counter.begin(conversation.index()),
                Event::Bytes(flow, range, _) => {
                    pass(&mut counter, flow, bytes.get(range).unwrap_or_default());
                }
            }
        }
        self.state = State::Counting(Box::new(counter));
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
            State::Waiting(events, bytes) => {
                let start = bytes.len();
                bytes.extend_from_slice(data);
                events.push(Event::Bytes(flow, start..bytes.len(), frame));
                if bytes.len() > HELD_BACK {
                    self.decide();
                }
            }
        }
    }

    fn gap(&mut self, _: Flow, _: u64) {}

    #[inline]
    fn warm(&self, conversation: ConversationId) {
        if let State::Counting(counter) = &self.state {
            counter.warm(conversation.index());
        }
    }

    fn begins(&mut self, conversation: ConversationId) {
        match &mut self.state {
            State::Counting(counter) => counter.begin(conversation.index()),
            State::Silent => {}
            State::Waiting(events, _) => events.push(Event::Begins(conversation)),
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

/// What the first conversations said.
fn streams(events: &[Event], bytes: &[u8]) -> BTreeMap<ConversationId, [Stream; 2]> {
    let mut streams: BTreeMap<ConversationId, [Stream; 2]> = BTreeMap::new();
    for event in events {
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
        stream
            .bytes
            .extend_from_slice(bytes.get(range.clone()).unwrap_or_default());
    }
    streams
}
