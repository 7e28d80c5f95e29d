//! Which conversation two ends have with each other now.

use std::cell::Cell;
use std::hash::{Hash, Hasher};

use rustc_hash::FxHashMap;

use super::ConversationId;
use crate::segment::Endpoint;

/// The latest conversation of each pair of ends.
///
/// Pairs of IPv4 have a table of their own, of a quarter of the size: it stays in the cache where there are thousands.
#[derive(Default)]
pub(super) struct Latest {
    v4: FxHashMap<Pair4, ConversationId>,
    others: FxHashMap<Pair, ConversationId>,
    /// What was looked up last: the next segment is often the answer, between the same ends.
    last: Cell<Option<(Pair4, Option<ConversationId>)>>,
    changes: u64,
}

/// Both ends, in an order that does not depend on who is speaking.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Pair {
    low: Endpoint,
    high: Endpoint,
}

/// The same for IPv4: both addresses, and both ports.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Pair4([u32; 3]);

impl Hash for Pair {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.low.fold() ^ self.high.fold().rotate_left(29));
    }
}

impl Hash for Pair4 {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [low, high, ports] = self.0;
        state.write_u64(u64::from(low) << 32 | u64::from(high));
        state.write_u64(u64::from(ports));
    }
}

enum Key {
    V4(Pair4),
    Other(Pair),
}

impl Latest {
    /// How often the table has changed.
    #[inline]
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// The conversation of two ends, and whether the first of them is the lower.
    #[inline]
    pub(super) fn get(&self, a: Endpoint, b: Endpoint) -> (Option<ConversationId>, bool) {
        let known = match key(a, b) {
            Key::V4(pair) => self.get_v4(pair),
            Key::Other(pair) => self.others.get(&pair).copied(),
        };
        (known, a <= b)
    }

    #[inline]
    fn get_v4(&self, pair: Pair4) -> Option<ConversationId> {
        if let Some((last, known)) = self.last.get()
            && last == pair
        {
            return known;
        }
        let known = self.v4.get(&pair).copied();
        self.last.set(Some((pair, known)));
        known
    }

    fn note_change(&mut self) {
        self.changes += 1;
        self.last.set(None);
    }

    pub(super) fn insert(&mut self, a: Endpoint, b: Endpoint, id: ConversationId) {
        self.note_change();
        match key(a, b) {
            Key::V4(pair) => self.v4.insert(pair, id),
            Key::Other(pair) => self.others.insert(pair, id),
        };
    }

    /// Forgets two ends, unless their latest conversation is another one.
    pub(super) fn remove(&mut self, a: Endpoint, b: Endpoint, id: ConversationId) {
        if self.get(a, b).0 != Some(id) {
            return;
        }
        self.note_change();
        match key(a, b) {
            Key::V4(pair) => self.v4.remove(&pair),
            Key::Other(pair) => self.others.remove(&pair),
        };
    }
}

#[inline]
fn key(a: Endpoint, b: Endpoint) -> Key {
    match (a.v4_bits(), b.v4_bits()) {
        (Some(a), Some(b)) => {
            let (low, high) = (a.min(b), a.max(b));
            let ports = (low & 0xffff) << 16 | high & 0xffff;
            Key::V4(Pair4(
                [low >> 16, high >> 16, ports].map(|bits| bits as u32),
            ))
        }
        _ => Key::Other(Pair {
            low: a.min(b),
            high: a.max(b),
        }),
    }
}
