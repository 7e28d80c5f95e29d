//! The conversations of pairs of IPv4 ends: a hash table in which a search reads one line of memory as a rule.

use super::ConversationId;

/// Both ends in their order: their addresses, and their ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair4 {
    addresses: u64,
    ports: u32,
}

/// One pair and its conversation, in 16 bytes.
#[derive(Clone, Copy)]
struct Entry {
    low: u32,
    high: u32,
    ports: u32,
    /// One more than the number of the conversation; 0 is a free place.
    used: u32,
}

/// A table with open addressing: a pair stands at its place or behind it, with no free place between.
pub(super) struct Table4 {
    entries: Box<[Entry]>,
    count: usize,
}

const FREE: Entry = Entry {
    low: 0,
    high: 0,
    ports: 0,
    used: 0,
};

/// Places of an empty table.
const SMALLEST: usize = 64;

impl Pair4 {
    pub(super) const NONE: Self = Self {
        addresses: 0,
        ports: 0,
    };

    /// From addresses and ports of 48 bits.
    #[inline]
    pub(super) fn new(low: u64, high: u64) -> Self {
        Self {
            addresses: low >> 16 << 32 | high >> 16,
            ports: ((low & 0xffff) << 16 | high & 0xffff) as u32,
        }
    }

    #[inline]
    pub(super) fn hash(self) -> u64 {
        const ODD: [u64; 2] = [0x9E37_79B9_7F4A_7C15, 0xD6E8_FEB8_6659_FD93];
        let product = u128::from(self.addresses ^ ODD[0])
            * u128::from(u64::from(self.ports).wrapping_mul(ODD[1]) ^ ODD[1]);
        product as u64 ^ (product >> 64) as u64
    }
}

impl Entry {
    #[inline]
    fn new(pair: Pair4, id: ConversationId) -> Self {
        Self {
            low: (pair.addresses >> 32) as u32,
            high: pair.addresses as u32,
            ports: pair.ports,
            used: id.0.saturating_add(1),
        }
    }

    #[inline]
    fn pair(self) -> Pair4 {
        Pair4 {
            addresses: u64::from(self.low) << 32 | u64::from(self.high),
            ports: self.ports,
        }
    }
}

impl Default for Table4 {
    fn default() -> Self {
        Self {
            entries: vec![FREE; SMALLEST].into(),
            count: 0,
        }
    }
}

impl Table4 {
    /// Reads the place of a hash, so that it is in the cache when it is looked up. What is returned means nothing.
    #[inline]
    pub(super) fn foresee(&self, hash: u64) -> u32 {
        self.entries[self.place(hash)].used
    }

    #[inline]
    pub(super) fn get(&self, pair: Pair4, hash: u64) -> Option<ConversationId> {
        let entry = self.entries[self.find(pair, hash)];
        entry.used.checked_sub(1).map(ConversationId)
    }

    pub(super) fn insert(&mut self, pair: Pair4, hash: u64, id: ConversationId) {
        if 4 * (self.count + 1) > 3 * self.entries.len() {
            self.grow();
        }
        let at = self.find(pair, hash);
        self.count += usize::from(self.entries[at].used == 0);
        self.entries[at] = Entry::new(pair, id);
    }

    /// Takes a pair out, unless it has another conversation by now.
    pub(super) fn remove(&mut self, pair: Pair4, hash: u64, id: ConversationId) {
        let mut free = self.find(pair, hash);
        if self.entries[free].used != id.0.saturating_add(1) {
            return;
        }
        // Whoever stands behind moves up, unless it would then stand before its place.
        let mask = self.entries.len() - 1;
        let mut at = free;
        loop {
            at = (at + 1) & mask;
            let entry = self.entries[at];
            if entry.used == 0 {
                break;
            }
            let place = self.place(entry.pair().hash());
            if at.wrapping_sub(place) & mask >= at.wrapping_sub(free) & mask {
                self.entries[free] = entry;
                free = at;
            }
        }
        self.entries[free] = FREE;
        self.count -= 1;
    }

    /// Where a pair stands, or where it would.
    #[inline]
    fn find(&self, pair: Pair4, hash: u64) -> usize {
        let mask = self.entries.len() - 1;
        let mut at = self.place(hash);
        loop {
            let entry = &self.entries[at & mask];
            if entry.used == 0 || entry.pair() == pair {
                return at & mask;
            }
            at += 1;
        }
    }

    #[inline]
    fn place(&self, hash: u64) -> usize {
        hash as usize & (self.entries.len() - 1)
    }

    #[cold]
    fn grow(&mut self) {
        let larger = vec![FREE; 2 * self.entries.len()].into();
        let entries = std::mem::replace(&mut self.entries, larger);
        for entry in entries.iter().filter(|entry| entry.used != 0) {
            let pair = entry.pair();
            let at = self.find(pair, pair.hash());
            self.entries[at] = *entry;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_holds_what_any_table_would_hold(
            actions in prop::collection::vec((any::<bool>(), 0u64..200, 0u32..2), 0..2000),
        ) {
            let mut table = Table4::default();
            let mut model = HashMap::new();
            for (inserts, which, id) in actions {
                let pair = Pair4::new(which << 16, which % 7);
                let id = ConversationId(id);
                if inserts {
                    table.insert(pair, pair.hash(), id);
                    model.insert(which, id);
                } else {
                    table.remove(pair, pair.hash(), id);
                    if model.get(&which) == Some(&id) {
                        model.remove(&which);
                    }
                }
                prop_assert_eq!(table.count, model.len());
            }
            for which in 0..200 {
                let pair = Pair4::new(which << 16, which % 7);
                prop_assert_eq!(table.get(pair, pair.hash()), model.get(&which).copied());
            }
        }
    }
}
