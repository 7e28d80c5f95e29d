//! Requests that wait for their replies: thousands maybe, but of few kinds.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;

use rustc_hash::FxHashMap;

/// The numbers of the requests that wait, in order, found by what is known of each: its kind, and the like.
#[derive(Debug)]
pub(crate) struct Waiting<K> {
    all: BTreeMap<usize, K>,
    by_kind: FxHashMap<K, BTreeSet<usize>>,
}

impl<K> Default for Waiting<K> {
    fn default() -> Self {
        Self {
            all: BTreeMap::new(),
            by_kind: FxHashMap::default(),
        }
    }
}

impl<K: Copy + Eq + Hash> Waiting<K> {
    /// One more waits.
    pub(crate) fn add(&mut self, number: usize, kind: K) {
        self.all.insert(number, kind);
        self.by_kind.entry(kind).or_default().insert(number);
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// The one that was asked first.
    pub(crate) fn first(&self) -> Option<(usize, K)> {
        self.all
            .first_key_value()
            .map(|(number, kind)| (*number, *kind))
    }

    /// The one that was asked last.
    pub(crate) fn last(&self) -> Option<(usize, K)> {
        self.all
            .last_key_value()
            .map(|(number, kind)| (*number, *kind))
    }

    /// The first of those that are so.
    pub(crate) fn first_that(&self, is: impl Fn(K) -> bool) -> Option<usize> {
        let asked = self.by_kind.iter().filter(|(kind, _)| is(**kind));
        asked
            .filter_map(|(_, numbers)| numbers.first().copied())
            .min()
    }

    /// Whether it waits.
    pub(crate) fn has(&self, number: usize) -> bool {
        self.all.contains_key(&number)
    }

    /// Those from this one on.
    pub(crate) fn from(&self, number: usize) -> impl Iterator<Item = usize> {
        self.all.range(number..).map(|(number, _)| *number)
    }

    /// It waits no longer, if it did.
    pub(crate) fn remove(&mut self, number: usize) -> Option<K> {
        let kind = self.all.remove(&number)?;
        if let Some(numbers) = self.by_kind.get_mut(&kind) {
            numbers.remove(&number);
        }
        Some(kind)
    }

    /// The first waits no longer, if it was asked before this one.
    pub(crate) fn remove_before(&mut self, number: usize) -> Option<(usize, K)> {
        let first = self.first().filter(|(first, _)| *first < number)?;
        self.remove(first.0);
        Some(first)
    }
}
