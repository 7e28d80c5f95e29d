//! Finds the conversation of each segment.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::copies::Recent;
use super::judge::Judge;
use super::rest::Rest;
use super::state::{Bit, Cold, Hot};
use super::{Conversation, Direction, Side, summary};
use crate::segment::{Endpoint, Segment};

/// How many conversations that have ended wait before the first of them is forgotten: segments of it may still come.
const LINGERING: usize = 1024;

/// Which conversation: its place in the order of first frames, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConversationId(pub u32);

impl ConversationId {
    /// As an index.
    #[inline]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where one segment belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its conversation.
    pub conversation: ConversationId,
    /// Who sent it.
    pub side: Side,
    /// Which way it went, by what is known so far: a SYN seen later can still turn it round.
    pub direction: Direction,
    /// The same packet was recorded before; it carries nothing new.
    pub copy: bool,
    /// It is the first of its conversation.
    pub begins: bool,
}

/// Both ends, in an order that does not depend on who is speaking.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Pair {
    low: Endpoint,
    high: Endpoint,
}

impl std::hash::Hash for Pair {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write_u64(self.low.fold() ^ self.high.fold().rotate_left(29));
    }
}

impl Pair {
    /// The pair of two ends, and whether the first of them is the lower.
    #[inline]
    fn between(a: Endpoint, b: Endpoint) -> (Self, bool) {
        if a <= b {
            (Self { low: a, high: b }, true)
        } else {
            (Self { low: b, high: a }, false)
        }
    }
}

/// All TCP conversations of a capture, while it is read.
///
/// A conversation is one connection, not one pair of ports: a SYN with another initial sequence number begins a new
/// one. A SYN with the *same* number is a retry, unless the connection had been established and has ended. A SYN-ACK
/// with another number begins a new one only where the old one has ended: its SYN is not in the capture.
///
/// Only so many conversations are remembered one by one. Of those beyond, one that has ended is counted and then
/// forgotten, so that memory does not grow with the capture; its [`ConversationId`] then stands for another.
#[derive(Default)]
pub struct Conversations {
    latest: FxHashMap<Pair, u32>,
    hot: Vec<Hot>,
    cold: Vec<Cold>,
    recent: Vec<Recent>,
    event_limit: usize,
    /// How many are remembered one by one.
    limit: usize,
    /// Those beyond the limit that have ended, the longest ago in front; their places are used again.
    ended: VecDeque<u32>,
    /// What those amounted to whose place was used again.
    rest: Rest,
}

impl Conversations {
    /// None yet. Each keeps at most `event_limit` events in full, and counts the others.
    pub fn new(event_limit: usize) -> Self {
        Self {
            event_limit,
            limit: usize::MAX,
            ..Self::default()
        }
    }

    /// The same, but only the first `limit` conversations are remembered one by one.
    #[must_use]
    pub fn remembering(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// How many conversations there are so far.
    pub fn len(&self) -> usize {
        self.hot.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.hot.is_empty()
    }

    /// Takes in one segment, in the order of the capture.
    pub fn segment(&mut self, segment: &Segment<'_>) -> Step {
        let (pair, from_low) = Pair::between(segment.source, segment.destination);
        let (id, begins) = self.find(pair, from_low, segment);
        let index = id.index();
        let side = self.side(id, from_low);
        let copy = Judge {
            hot: &mut self.hot[index],
            cold: &mut self.cold[index],
            recent: &mut self.recent[index],
            segment,
            side,
            event_limit: self.event_limit,
        }
        .take();
        if index >= self.limit && (segment.flags.fin() || segment.flags.rst()) {
            self.note_end(id);
        }
        Step {
            begins,
            conversation: id,
            side,
            direction: Direction::of(side, self.hot[index].client()),
            copy,
        }
    }

    fn find(
        &mut self,
        pair: Pair,
        from_low: bool,
        segment: &Segment<'_>,
    ) -> (ConversationId, bool) {
        let known = self.latest.get(&pair).map(|id| ConversationId(*id));
        if let Some(id) = known
            && !self.begins_anew(id, from_low, segment)
        {
            return (id, false);
        }
        let id = self.begin(segment);
        self.latest.insert(pair, id.0);
        (id, true)
    }

    fn begin(&mut self, segment: &Segment<'_>) -> ConversationId {
        let (hot, cold) = (Hot::new(segment), Cold::new(segment));
        if self.ended.len() > LINGERING
            && let Some(place) = self.ended.pop_front()
        {
            let index = place as usize;
            self.forget(index, hot, cold);
            return ConversationId(place);
        }
        let id = ConversationId(u32::try_from(self.hot.len()).unwrap_or(u32::MAX));
        self.hot.push(hot);
        self.cold.push(cold);
        self.recent.push(Recent::default());
        id
    }

    /// Counts the conversation at a place that another takes.
    fn forget(&mut self, index: usize, hot: Hot, cold: Cold) {
        let hot = std::mem::replace(&mut self.hot[index], hot);
        let cold = std::mem::replace(&mut self.cold[index], cold);
        self.recent[index] = Recent::default();
        let (pair, _) = Pair::between(cold.ends[0], cold.ends[1]);
        if self
            .latest
            .get(&pair)
            .is_some_and(|at| *at as usize == index)
        {
            self.latest.remove(&pair);
        }
        self.rest.add(&summary::conversation(index, &hot, cold));
    }

    /// Puts a conversation that has ended in line to be forgotten, once.
    fn note_end(&mut self, id: ConversationId) {
        let index = id.index();
        if !self.hot[index].leaves && self.has_ended(id) {
            self.hot[index].leaves = true;
            self.ended.push_back(id.0);
        }
    }

    #[inline]
    fn side(&self, id: ConversationId, from_low: bool) -> Side {
        if from_low == self.hot[id.index()].first_is_low {
            Side::First
        } else {
            Side::Second
        }
    }

    /// Whether a segment between the ends of conversation `id` opens another one.
    #[inline]
    fn begins_anew(&self, id: ConversationId, from_low: bool, segment: &Segment<'_>) -> bool {
        if !segment.flags.syn() {
            return false;
        }
        let side = self.side(id, from_low);
        let hot = &self.hot[id.index()];
        if !hot.has(Bit::Base, side) {
            return false;
        }
        let same_number = hot.base[side.index()] == segment.seq;
        if segment.flags.ack() {
            let ended = self.has_ended(id) || hot.has(Bit::SentFin, side);
            return !same_number && ended && !self.answers(id, segment);
        }
        if same_number {
            return self.has_ended(id) && self.cold[id.index()].handshake.ack.is_some();
        }
        !self.splits_handshake(id, side, segment)
    }

    fn has_ended(&self, id: ConversationId) -> bool {
        let teardown = &self.cold[id.index()].teardown;
        teardown.rst.is_some() || teardown.fin.iter().all(Option::is_some)
    }

    /// Whether a SYN-ACK acknowledges the SYN of this conversation; a forged reset may have come between them.
    fn answers(&self, id: ConversationId, segment: &Segment<'_>) -> bool {
        let syn = self.cold[id.index()].handshake.syn;
        syn.is_some_and(|syn| segment.ack == syn.isn.wrapping_add(1))
    }

    /// A server may acknowledge the SYN first and send its own SYN after; the acknowledgement already carried the
    /// sequence number of that SYN.
    fn splits_handshake(&self, id: ConversationId, side: Side, segment: &Segment<'_>) -> bool {
        let (hot, cold) = (&self.hot[id.index()], &self.cold[id.index()]);
        cold.handshake.syn.is_some()
            && hot.client() != side
            && !hot.has(Bit::SentSyn, side)
            && !hot.has(Bit::Spoke, side.other())
            && hot.next[side.index()] == segment.seq
    }

    /// Everything known about those that are remembered one by one, in the order of their first frames, and what the
    /// others amounted to.
    pub fn finish(self) -> (Vec<Conversation>, Rest) {
        let mut rest = self.rest;
        let mut all = Vec::with_capacity(self.hot.len().min(self.limit));
        for (index, (hot, cold)) in self.hot.into_iter().zip(self.cold).enumerate() {
            let conversation = summary::conversation(index, &hot, cold);
            if index < self.limit {
                all.push(conversation);
            } else {
                rest.add(&conversation);
            }
        }
        (all, rest)
    }
}
