//! Where a segment lies among all that its sender sent: in order, ahead, behind, or no data at all.

use super::Judge;
use crate::conversation::event::EventKind;
use crate::conversation::holes::Hole;
use crate::conversation::opening::Mark;
use crate::conversation::sequence::{after, before, distance};
use crate::conversation::state::Bit;
use crate::segment::Flags;

/// Bytes of a gap that arrive this soon after it was noticed were overtaken; later ones were sent again. In
/// nanoseconds; a measured round trip that is longer takes its place.
const OVERTAKEN: i64 = 3_000_000;

impl Judge<'_, '_> {
    /// Where the segment lies among all that its sender sent.
    pub(super) fn sequence(&mut self) {
        let (start, end) = (self.segment.seq, self.end());
        let next = self.hot.next[self.me()];
        if !self.hot.has(Bit::Started, self.side) {
            self.hot.set(Bit::Started, self.side, true);
            self.hot.next[self.me()] = end;
            return;
        }
        let probes = start == next.wrapping_sub(1) && self.segment.length() <= 1;
        let control = Flags::SYN | Flags::FIN;
        if probes && self.segment.flags.0 & control.0 == 0 {
            return self.probe();
        }
        self.hot.set(Bit::KeepAlive, self.side, false);
        if start == end {
            return;
        }
        if self.segment.flags.syn() && start != self.hot.base[self.me()] {
            return;
        }
        if self.hot.has(Bit::SentFin, self.side) && self.segment.length() > 0 {
            self.behind_fin(end);
        }
        if start == next {
            self.in_order(end);
        } else if after(start, next) {
            self.after_gap(start, next, end);
        } else if after(end, next) {
            self.overlap(start, next, end);
        } else {
            self.old(start, end);
        }
    }

    fn probe(&mut self) {
        if self.hot.has(Bit::WindowClosed, self.side.other()) {
            self.note(EventKind::ZeroWindowProbe, None);
        } else if self.hot.acked[self.peer()] == self.hot.next[self.me()]
            || self.segment.length() == 0
        {
            self.hot.set(Bit::KeepAlive, self.side, true);
            self.note(EventKind::KeepAlive, None);
        } else {
            let (start, end) = (self.segment.seq, self.end());
            self.old(start, end);
        }
    }

    fn behind_fin(&mut self, end: u32) {
        if after(end, self.cold.teardown.fin_end[self.me()]) {
            let fin = self.cold.teardown.fin[self.me()].map(|mark| mark.frame);
            self.note(EventKind::DataAfterFin, fin);
        }
    }

    fn in_order(&mut self, end: u32) {
        if self.hot.has(Bit::WindowClosed, self.side.other()) && self.segment.length() == 1 {
            self.hot.set(Bit::Probed, self.side, true);
            return self.note(EventKind::ZeroWindowProbe, None);
        }
        self.advance(end);
    }

    fn advance(&mut self, end: u32) {
        let (me, peer) = (self.me(), self.peer());
        let next = self.hot.next[me];
        self.hot.next[me] = end;
        if end < next {
            self.note(EventKind::Wrapped, None);
        }
        if self.segment.length() > 0 && self.hot.has(Bit::SentFin, self.side.other()) {
            let teardown = &mut self.cold.teardown;
            let knows = self.segment.flags.ack()
                && !before(self.segment.ack, teardown.fin_end[peer])
                && teardown.fin[me].is_none();
            teardown.half_close[me] |= knows && !self.segment.flags.fin();
        }
    }

    fn after_gap(&mut self, start: u32, next: u32, end: u32) {
        let length = distance(next, start);
        self.event(EventKind::Gap, self.side, None, next, length);
        let hole = Hole {
            from: next,
            to: start,
            noticed: Mark::of(self.segment),
            acked: false,
        };
        self.open_hole(self.side, hole);
        self.advance(end);
    }

    fn overlap(&mut self, start: u32, next: u32, end: u32) {
        self.fill(start, next);
        let length = distance(start, next);
        self.event(EventKind::Overlap, self.side, None, start, length);
        self.advance(end);
    }

    fn old(&mut self, start: u32, end: u32) {
        if self.segment.flags.syn() || self.fill(start, end) {
            return;
        }
        if self.segment.length() > 0 {
            self.note(EventKind::Retransmission, None);
        }
    }

    /// Whether the segment brings bytes that were missing.
    fn fill(&mut self, start: u32, end: u32) -> bool {
        if !self.hot.has(Bit::Holes, self.side) {
            return false;
        }
        let Some((hole, length)) = self.cold.holes(self.side).fill(start, end) else {
            return false;
        };
        self.note_holes(self.side);
        let kind = if hole.acked || self.soon_after(hole.noticed) {
            EventKind::OutOfOrder
        } else {
            EventKind::GapFilled
        };
        self.event(kind, self.side, Some(hole.noticed.frame), start, length);
        true
    }

    fn soon_after(&self, noticed: Mark) -> bool {
        let patience = self.cold.handshake.rtt().unwrap_or(0).max(OVERTAKEN);
        match (noticed.time, self.segment.time) {
            (Some(then), Some(now)) => now.saturating_sub(then) < patience,
            _ => true,
        }
    }
}
