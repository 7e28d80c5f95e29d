//! Segments that came too early: they wait for the bytes before them.

use crate::capture::Time;
use crate::conversation::sequence::{after, before};

/// A segment that waits.
#[derive(Clone, Debug)]
pub(super) struct Fragment {
    pub(super) seq: u32,
    /// Payload bytes that were captured.
    pub(super) data: Box<[u8]>,
    /// Payload bytes behind them that the capture lacks.
    pub(super) missing: u32,
    pub(super) frame: u64,
    pub(super) time: Option<Time>,
}

impl Fragment {
    pub(super) fn end(&self) -> u32 {
        self.seq
            .wrapping_add(self.data.len() as u32)
            .wrapping_add(self.missing)
    }
}

/// The waiting segments of one direction: sorted by sequence number, equal ones in the order of their arrival.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    fragments: Vec<Fragment>,
    bytes: usize,
}

impl Pending {
    /// What the waiting segments cost, each counted with its administration.
    pub(super) fn cost(&self) -> usize {
        self.bytes + self.fragments.len() * size_of::<Fragment>()
    }

    pub(super) fn len(&self) -> usize {
        self.fragments.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fragments.is_empty()
    }

    pub(super) fn captured(&self) -> u64 {
        self.bytes as u64
    }

    pub(super) fn lowest(&self) -> Option<u32> {
        self.fragments.first().map(|fragment| fragment.seq)
    }

    /// The fragment that already holds all of `seq..end`, if one does.
    pub(super) fn holding(&self, seq: u32, end: u32) -> Option<&Fragment> {
        let from = self.fragments.partition_point(|f| before(f.seq, seq));
        self.fragments
            .get(from)
            .filter(|f| f.seq == seq && !after(end, f.end()))
    }

    pub(super) fn add(&mut self, fragment: Fragment) {
        self.bytes += fragment.data.len();
        let at = self
            .fragments
            .partition_point(|other| !after(other.seq, fragment.seq));
        self.fragments.insert(at, fragment);
    }

    /// Takes the one that arrived first among those that begin at or before `next`.
    pub(super) fn take(&mut self, next: u32) -> Option<Fragment> {
        let ready = self
            .fragments
            .partition_point(|f| !after(f.seq, next))
            .max(usize::from(
                self.lowest().is_some_and(|seq| !after(seq, next)),
            ));
        let (at, _) = self
            .fragments
            .iter()
            .take(ready)
            .enumerate()
            .min_by_key(|(_, fragment)| fragment.frame)?;
        let fragment = self.fragments.remove(at);
        self.bytes -= fragment.data.len();
        Some(fragment)
    }
}
