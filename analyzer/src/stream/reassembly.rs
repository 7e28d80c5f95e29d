//! Puts the payload of every conversation in order.

use super::half::{Half, Halves};
use super::sink::{Flow, Sink};
use crate::conversation::{ConversationId, Direction, Side, Step};
use crate::segment::Segment;

/// How much all directions of one half of the conversations may hold back, in bytes.
const ALL_HELD_BACK: usize = 16 << 20;

/// What one direction of a conversation amounted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Amount {
    /// Bytes put in order.
    pub bytes: u64,
    /// Bytes between or behind them that the capture lacks.
    pub missing: u64,
    /// Captured bytes left out: they lie behind a gap that the receiver never acknowledged, so it never read them.
    pub undelivered: u64,
}

/// Reassembly of all conversations of a capture, in one pass and bounded memory.
#[derive(Default)]
pub struct Reassembly {
    halves: Vec<Halves>,
    held_back: usize,
    /// What conversations amounted to whose place another took.
    forgotten: Amount,
}

impl Reassembly {
    /// Takes in the segment that `step` is about, and hands on to `sink` whatever is in order by now.
    #[inline(always)]
    pub fn segment(&mut self, step: Step, segment: &Segment<'_>, sink: &mut impl Sink) {
        let index = step.conversation.index();
        if self.halves.len() <= index {
            self.halves.resize_with(index + 1, Default::default);
        }
        if step.begins {
            self.begin(step.conversation, sink);
        }
        let Halves(halves) = &mut self.halves[index];
        let flow = Flow {
            conversation: step.conversation,
            side: step.side,
            direction: step.direction,
        };
        let is_plain = {
            let theirs = &halves[step.side.other().index()];
            theirs.started() && !theirs.waits() && halves[step.side.index()].is_next(segment)
        };
        match is_plain {
            true => halves[step.side.index()].take_next(flow, segment, sink),
            false => self.any_segment(flow, segment, sink),
        }
    }

    #[inline(never)]
    fn any_segment(&mut self, flow: Flow, segment: &Segment<'_>, sink: &mut impl Sink) {
        let Halves([first, second]) = &mut self.halves[flow.conversation.index()];
        let (mine, theirs) = match flow.side {
            Side::First => (first, second),
            Side::Second => (second, first),
        };
        if !theirs.started() && segment.flags.ack() {
            theirs.want(segment.ack);
        }
        if !mine.waits() && !theirs.waits() {
            mine.segment(flow, segment, sink);
            self.held_back += mine.cost();
        } else {
            let before = mine.cost() + theirs.cost();
            if segment.flags.ack() {
                theirs.acknowledged(back(flow), segment.ack, sink);
            }
            mine.segment(flow, segment, sink);
            self.held_back = self.held_back + mine.cost() + theirs.cost() - before;
        }
        if self.held_back > ALL_HELD_BACK {
            self.held_back -= mine.cost();
            mine.flush(flow, sink);
        }
    }

    /// Reads what the turn of a segment will need, so that it is in the cache by then. What is returned means nothing.
    #[inline]
    pub fn warm(&self, conversation: ConversationId) -> u32 {
        let halves = self.halves.get(conversation.index());
        halves.map_or(0, |Halves([first, _])| u32::from(first.waits()))
    }

    /// Makes room for a conversation that takes the place of one that has ended.
    #[cold]
    fn begin(&mut self, conversation: ConversationId, sink: &mut impl Sink) {
        for half in std::mem::take(&mut self.halves[conversation.index()]).0 {
            self.held_back -= half.cost();
            self.forgotten = self.forgotten.and(amount(&half));
        }
        sink.begins(conversation);
    }

    /// What all conversations from number `from` on amounted to, those whose place another took included.
    pub fn rest(&self, from: usize) -> Amount {
        let halves = self.halves.get(from..).unwrap_or_default();
        let amounts = halves.iter().flat_map(|both| both.0.iter().map(amount));
        amounts.fold(self.forgotten, Amount::and)
    }

    /// The capture has ended. Where only one direction of a conversation was captured nobody could acknowledge what
    /// lies behind a gap, so it is handed on now.
    pub fn finish(&mut self, sink: &mut impl Sink) {
        for (index, Halves([first, second])) in self.halves.iter_mut().enumerate() {
            let conversation = ConversationId(u32::try_from(index).unwrap_or(u32::MAX));
            if !second.started() {
                first.give_up(one_way(conversation), sink);
            }
        }
    }

    /// What `side` of `conversation` amounted to so far.
    pub fn amount(&self, conversation: ConversationId, side: Side) -> Amount {
        self.halves
            .get(conversation.index())
            .map(|halves| &halves.0[side.index()])
            .map_or_else(Amount::default, amount)
    }
}

impl Amount {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            missing: self.missing.saturating_add(other.missing),
            undelivered: self.undelivered.saturating_add(other.undelivered),
        }
    }
}

fn amount(half: &Half) -> Amount {
    Amount {
        bytes: half.bytes,
        missing: half.missing(),
        undelivered: half.held_back(),
    }
}

fn back(flow: Flow) -> Flow {
    Flow {
        side: flow.side.other(),
        direction: flow.direction.reverse(),
        ..flow
    }
}

fn one_way(conversation: ConversationId) -> Flow {
    Flow {
        conversation,
        side: Side::First,
        direction: Direction::ToServer,
    }
}
