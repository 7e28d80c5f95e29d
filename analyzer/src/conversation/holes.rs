//! The ranges of sequence numbers of one direction that the capture lacks so far.

use super::opening::Mark;
use super::sequence::{after, before, distance};

/// How many are remembered; of a direction with more, the oldest are forgotten.
const LIMIT: usize = 32;

/// Bytes that were not seen, though bytes behind them were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hole {
    pub(super) from: u32,
    pub(super) to: u32,
    /// The segment behind it, which showed that something is missing.
    pub(super) noticed: Mark,
    /// The receiver acknowledged it all the same.
    pub(super) acked: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Holes(Vec<Hole>);

impl Holes {
    pub(super) fn open(&mut self, hole: Hole) {
        if self.0.len() >= LIMIT {
            self.0.remove(0);
        }
        self.0.push(hole);
    }

    /// Takes `from..to` out of the holes. The first hole that it touched, and how many bytes were filled.
    pub(super) fn fill(&mut self, from: u32, to: u32) -> Option<(Hole, u32)> {
        let mut touched = None;
        let mut filled = 0_u32;
        let mut rest = Vec::new();
        for hole in &self.0 {
            let start = if after(from, hole.from) {
                from
            } else {
                hole.from
            };
            let end = if before(to, hole.to) { to } else { hole.to };
            let overlap = distance(start, end);
            if overlap == 0 {
                rest.push(*hole);
                continue;
            }
            touched.get_or_insert(*hole);
            filled = filled.saturating_add(overlap);
            if before(hole.from, start) {
                rest.push(Hole { to: start, ..*hole });
            }
            if before(end, hole.to) {
                rest.push(Hole { from: end, ..*hole });
            }
        }
        if touched.is_some() {
            rest.truncate(LIMIT);
            self.0 = rest;
        }
        touched.map(|hole| (hole, filled.min(distance(from, to))))
    }

    /// Marks what lies before `ack` as acknowledged, and hands out each such hole once.
    pub(super) fn acknowledge(&mut self, ack: u32) -> Vec<Hole> {
        let mut lost = Vec::new();
        for hole in &mut self.0 {
            if !hole.acked && !before(ack, hole.to) {
                hole.acked = true;
                lost.push(*hole);
            }
        }
        lost
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a hole is not acknowledged.
    pub(super) fn has_open(&self) -> bool {
        self.0.iter().any(|hole| !hole.acked)
    }

    /// Bytes in holes that are neither filled nor acknowledged.
    pub(super) fn open_bytes(&self) -> u64 {
        self.0
            .iter()
            .filter(|hole| !hole.acked)
            .map(|hole| u64::from(distance(hole.from, hole.to)))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hole(from: u32, to: u32) -> Hole {
        Hole {
            from,
            to,
            noticed: Mark {
                frame: 1,
                time: None,
            },
            acked: false,
        }
    }

    #[test]
    fn a_hole_filled_in_its_middle_becomes_two() {
        let mut holes = Holes::default();
        holes.open(hole(u32::MAX - 4, 10));
        assert_eq!(
            holes.fill(0, 3).map(|(_, bytes)| bytes),
            Some(3),
            "the hole spans the wrap"
        );
        assert_eq!(holes.open_bytes(), 5 + 7);
        assert_eq!(holes.fill(0, 3), None, "it is filled only once");
    }

    #[test]
    fn holes_that_overlap_are_filled_together() {
        let mut holes = Holes::default();
        holes.open(hole(0, 0x7fff_ffff));
        holes.open(hole(5, 0x7fff_ffff));
        holes.open(hole(6, 0x7fff_ffff));
        let filled = holes.fill(0, 0x7fff_ffff).map(|(_, bytes)| bytes);
        assert_eq!(filled, Some(0x7fff_ffff));
    }

    #[test]
    fn an_acknowledged_hole_is_reported_once() {
        let mut holes = Holes::default();
        holes.open(hole(10, 20));
        assert!(holes.acknowledge(19).is_empty());
        assert_eq!(holes.acknowledge(20).len(), 1);
        assert!(holes.acknowledge(30).is_empty());
        assert_eq!(holes.open_bytes(), 0);
    }
}
