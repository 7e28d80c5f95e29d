//! Which conversation two ends have with each other now.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHashMap;

use super::ConversationId;
use super::table4::{Pair4, Table4};
use crate::segment::{Endpoint, Plain, Segment};

/// The latest conversation of each pair of ends.
///
/// Pairs of IPv4 have a table of their own, of a quarter of the size: it stays in the cache where there are thousands.
#[derive(Default)]
pub(super) struct Latest {
    v4: Table4,
    others: FxHashMap<Pair, ConversationId>,
    changes: u64,
}

/// The two ends of a segment, in an order that does not depend on who is speaking.
#[derive(Clone, Copy, Debug)]
pub struct Ends {
    /// Both ends, if they are of IPv4.
    v4: Pair4,
    is_v4: bool,
    /// The sender is the lower of the two.
    pub(super) from_low: bool,
    hash: u64,
}

/// Both ends of any kind.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Pair {
    low: Endpoint,
    high: Endpoint,
}

impl Hash for Pair {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.fold());
    }
}

impl Pair {
    fn of(a: Endpoint, b: Endpoint) -> Self {
        Self {
            low: a.min(b),
            high: a.max(b),
        }
    }

    fn fold(&self) -> u64 {
        self.low.fold() ^ self.high.fold().rotate_left(29)
    }
}

impl Ends {
    /// Those of no segment.
    pub const NONE: Self = Self {
        v4: Pair4::NONE,
        is_v4: false,
        from_low: false,
        hash: 0,
    };

    /// The ends of a segment.
    #[inline]
    pub fn of(segment: &Segment<'_>) -> Self {
        Self::between(segment.source, segment.destination)
    }

    /// The ends of a frame whose segment was not read yet.
    #[inline]
    pub fn of_plain(plain: &Plain<'_>) -> Self {
        Self::between_v4(plain.source(), plain.destination())
    }

    #[inline]
    fn between(a: Endpoint, b: Endpoint) -> Self {
        match (a.v4_bits(), b.v4_bits()) {
            (Some(a), Some(b)) => Self::between_v4(a, b),
            _ => Self::between_others(a, b),
        }
    }

    #[inline]
    fn between_v4(a: u64, b: u64) -> Self {
        let pair = Pair4::new(a.min(b), a.max(b));
        Self {
            v4: pair,
            is_v4: true,
            hash: pair.hash(),
            from_low: a <= b,
        }
    }

    #[cold]
    fn between_others(a: Endpoint, b: Endpoint) -> Self {
        let pair = Pair::of(a, b);
        let hash = pair.fold().wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self {
            v4: Pair4::NONE,
            is_v4: false,
            hash: hash ^ hash >> 32,
            from_low: a <= b,
        }
    }

    /// Which half of all conversations theirs belongs to, 0 or 1: the same for both directions.
    #[inline]
    pub fn half(&self) -> usize {
        (self.hash >> 63) as usize
    }
}

impl Latest {
    /// How often the table has changed.
    #[inline]
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Reads the memory where these ends will be looked up. What is returned means nothing.
    #[inline]
    pub(super) fn foresee(&self, ends: &Ends) -> u32 {
        self.v4.foresee(ends.hash)
    }

    /// The conversation of two ends of IPv4; none at all if they are others, for which one has to ask with their segment.
    #[inline]
    pub(super) fn look(&self, ends: &Ends) -> Option<Option<ConversationId>> {
        ends.is_v4.then(|| self.v4.get(ends.v4, ends.hash))
    }

    /// The conversation that the two ends of a segment have.
    #[inline]
    pub(super) fn get(&self, ends: &Ends, segment: &Segment<'_>) -> Option<ConversationId> {
        match self.look(ends) {
            Some(known) => known,
            None => self.get_other(segment.source, segment.destination),
        }
    }

    #[cold]
    fn get_other(&self, a: Endpoint, b: Endpoint) -> Option<ConversationId> {
        self.others.get(&Pair::of(a, b)).copied()
    }

    pub(super) fn insert(&mut self, a: Endpoint, b: Endpoint, id: ConversationId) {
        self.changes += 1;
        let ends = Ends::between(a, b);
        if ends.is_v4 {
            self.v4.insert(ends.v4, ends.hash, id);
        } else {
            self.others.insert(Pair::of(a, b), id);
        }
    }

    /// Forgets two ends, unless their latest conversation is another one.
    pub(super) fn remove(&mut self, a: Endpoint, b: Endpoint, id: ConversationId) {
        self.changes += 1;
        let ends = Ends::between(a, b);
        let pair = Pair::of(a, b);
        if ends.is_v4 {
            self.v4.remove(ends.v4, ends.hash, id);
        } else if self.others.get(&pair) == Some(&id) {
            self.others.remove(&pair);
        }
    }
}
