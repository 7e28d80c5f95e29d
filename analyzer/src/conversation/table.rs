//! Finds the conversation of each segment.

use std::collections::VecDeque;

use super::copies::Recent;
use super::judge::Judge;
use super::latest::{Ends, Latest};
use super::rest::Rest;
use super::state::{Bit, Cold, Hot};
use super::{Conversation, Direction, Side, summary};
use crate::segment::Segment;

/// How many conversations that have ended wait before the first of them is forgotten: segments of it may still come.
const LINGERING: usize = 512;

/// How many conversations beyond the limit may be open at a time: a scan of ports opens thousands that nobody ends.
const OPEN: usize = 1 << 13;

/// Of so many, the one that has been idle the longest is counted as it stands and forgotten where too many are open.
const COMPARED: usize = 16;

/// Frames after which a conversation that nobody answered is not waited for.
const PATIENCE: u64 = 10_000;

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

/// All TCP conversations of a capture, while it is read.
///
/// A conversation is one connection, not one pair of ports: a SYN with another initial sequence number begins a new
/// one. A SYN with the *same* number is the same SYN: a retry, a duplicate that was long on its way, or the same packets
/// recorded again at another place. A SYN-ACK with another number begins a new one only where the old one has ended: its
/// SYN is not in the capture.
///
/// Only so many conversations are remembered one by one. Of those beyond, one that has ended is counted and then
/// forgotten, so that memory does not grow with the capture; its [`ConversationId`] then stands for another. So is one
/// that has long been idle, where very many are open ([`Rest::left_open`]).
#[derive(Default)]
pub struct Conversations {
    latest: Latest,
    live: Vec<Live>,
    cold: Vec<Cold>,
    event_limit: usize,
    /// How many are remembered one by one.
    limit: usize,
    /// Those beyond the limit that have ended, the longest ago in front; their places are used again.
    ended: VecDeque<u32>,
    /// Where the next are compared that may be forgotten though they are open.
    hand: usize,
    /// What those amounted to whose place was used again.
    rest: Rest,
}

/// What every segment of a conversation touches: two cache lines side by side, which processors fetch together.
#[repr(align(128))]
struct Live {
    hot: Hot,
    recent: Recent,
}

/// What a look into the table found for a segment, ahead of its turn.
#[derive(Clone, Copy, Debug)]
pub struct Glance {
    /// The conversation between these ends, if there was one.
    pub known: Option<ConversationId>,
    /// These ends.
    pub ends: Ends,
    /// How often the table had changed by then.
    changes: u64,
}

impl Glance {
    /// Nothing was looked up.
    #[inline]
    #[must_use]
    pub const fn unseen(ends: Ends) -> Self {
        Self {
            known: None,
            ends,
            changes: u64::MAX,
        }
    }
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
        self.live.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    /// Takes in one segment, in the order of the capture.
    pub fn segment(&mut self, segment: &Segment<'_>) -> Step {
        self.step(segment, Glance::unseen(Ends::of(segment)))
    }

    /// Reads where a segment between these ends will be looked up. What is returned means nothing.
    #[inline]
    pub fn foresee(&self, ends: &Ends) -> u32 {
        self.latest.foresee(ends)
    }

    /// Looks up what two ends have with each other, ahead of a segment's turn: several at once wait for memory together
    /// rather than one after the other.
    #[inline]
    pub fn look(&self, ends: Ends) -> Glance {
        match self.latest.look(&ends) {
            Some(known) => Glance {
                known,
                ends,
                changes: self.latest.changes(),
            },
            None => Glance::unseen(ends),
        }
    }

    /// Reads what the turn of a segment of this conversation will need, so that it is in the cache by then. What is returned
    /// means nothing.
    #[inline]
    pub fn warm(&self, known: ConversationId) -> u32 {
        let live = self.live.get(known.index());
        live.map_or(0, |live| {
            live.hot.frames[0] ^ u32::from(live.recent.is_used())
        })
    }

    /// Takes in one segment that was looked up, in the order of the capture.
    #[inline(always)]
    pub fn step(&mut self, segment: &Segment<'_>, glance: Glance) -> Step {
        let known = match glance.changes == self.latest.changes() {
            true => glance.known,
            false => self.latest.get(&glance.ends, segment),
        };
        let from_low = glance.ends.from_low;
        let (id, begins) = match known {
            Some(id) if !self.begins_anew(id, from_low, segment) => (id, false),
            _ => (self.begin(segment), true),
        };
        let index = id.index();
        let side = self.side(id, from_low);
        let live = &mut self.live[index];
        let copy = Judge {
            hot: &mut live.hot,
            cold: &mut self.cold[index],
            recent: &mut live.recent,
            segment,
            side,
            // Of those beyond the limit only the counts are asked for.
            event_limit: if index < self.limit {
                self.event_limit
            } else {
                0
            },
        }
        .take();
        let client = live.hot.client();
        if index >= self.limit && (segment.flags.fin() || segment.flags.rst()) {
            self.note_end(id);
        }
        Step {
            begins,
            conversation: id,
            side,
            direction: Direction::of(side, client),
            copy,
        }
    }

    #[cold]
    fn begin(&mut self, segment: &Segment<'_>) -> ConversationId {
        let live = Live {
            hot: Hot::new(segment),
            recent: Recent::default(),
        };
        let cold = Cold::new(segment);
        let id = match self.free_place(segment.frame) {
            Some(place) => {
                self.forget(place as usize, live, cold);
                ConversationId(place)
            }
            None => {
                let place = u32::try_from(self.live.len()).unwrap_or(u32::MAX);
                self.live.push(live);
                self.cold.push(cold);
                ConversationId(place)
            }
        };
        self.latest.insert(segment.source, segment.destination, id);
        id
    }

    /// The place of a conversation that ended long ago; or where too many are open, of one that has long been idle.
    fn free_place(&mut self, frame: u64) -> Option<u32> {
        if self.ended.len() > LINGERING {
            return self.ended.pop_front();
        }
        let beyond = self.live.len().saturating_sub(self.limit);
        if beyond < OPEN + LINGERING {
            return None;
        }
        let hand = self.hand;
        self.hand = (hand + COMPARED) % beyond;
        let places = (hand..hand + COMPARED).map(|at| self.limit + at % beyond);
        let idlest = places
            .filter(|place| !self.live[*place].hot.leaves)
            .min_by_key(|place| {
                let Hot {
                    frames, last_frame, ..
                } = self.live[*place].hot;
                let is_given_up = frames.contains(&0) && last_frame + PATIENCE < frame;
                (!is_given_up, last_frame)
            })?;
        self.rest.left_open += 1;
        u32::try_from(idlest).ok()
    }

    /// Counts the conversation at a place that another takes.
    fn forget(&mut self, index: usize, live: Live, cold: Cold) {
        let Live { hot, .. } = std::mem::replace(&mut self.live[index], live);
        let cold = std::mem::replace(&mut self.cold[index], cold);
        let id = ConversationId(u32::try_from(index).unwrap_or(u32::MAX));
        self.latest.remove(cold.ends[0], cold.ends[1], id);
        self.rest.add(&summary::conversation(index, &hot, cold));
    }

    /// Puts a conversation that has ended in line to be forgotten, once.
    fn note_end(&mut self, id: ConversationId) {
        let index = id.index();
        if !self.live[index].hot.leaves && self.has_ended(id) {
            self.live[index].hot.leaves = true;
            self.ended.push_back(id.0);
        }
    }

    #[inline]
    fn side(&self, id: ConversationId, from_low: bool) -> Side {
        if from_low == self.live[id.index()].hot.first_is_low {
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
        let hot = &self.live[id.index()].hot;
        if !hot.has(Bit::Base, side) {
            return false;
        }
        let same_number = hot.base[side.index()] == segment.seq;
        if segment.flags.ack() {
            let ended = self.has_ended(id) || hot.has(Bit::SentFin, side);
            return !same_number && ended && !self.answers(id, segment);
        }
        !same_number && !self.splits_handshake(id, side, segment)
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
        let (hot, cold) = (&self.live[id.index()].hot, &self.cold[id.index()]);
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
        let mut all = Vec::with_capacity(self.live.len().min(self.limit));
        for (index, (Live { hot, .. }, cold)) in self.live.into_iter().zip(self.cold).enumerate() {
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
