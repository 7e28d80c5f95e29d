//! What a segment says of the bytes and the window of the other direction.

use super::Judge;
use crate::conversation::event::EventKind;
use crate::conversation::holes::Hole;
use crate::conversation::opening::Mark;
use crate::conversation::sequence::{after, before, distance};
use crate::conversation::state::Bit;

impl Judge<'_, '_> {
    pub(super) fn acknowledgement(&mut self) {
        let segment = self.segment;
        let (me, peer) = (self.me(), self.peer());
        if self.hot.has(Bit::SentFin, self.side.other()) {
            self.fin_acknowledged();
        }
        if self.hot.has(Bit::OpenHoles, self.side.other()) {
            self.lost();
        }
        if self.hot.has(Bit::Started, self.side.other()) && !segment.flags.rst() {
            let beyond = distance(self.hot.next[peer], segment.ack);
            if beyond == 1 && self.hot.has(Bit::Probed, self.side.other()) {
                self.hot.next[peer] = segment.ack;
            } else if beyond > 0 {
                self.unseen(beyond);
            }
        }
        if !segment.flags.syn() && !segment.flags.rst() {
            self.duplicate();
            self.window();
        }
        let first = !self.hot.has(Bit::Acked, self.side);
        if first || after(segment.ack, self.hot.acked[me]) {
            self.hot.set(Bit::Acked, self.side, true);
            self.hot.acked[me] = segment.ack;
        }
        self.hot.window[me] = segment.window;
    }

    fn fin_acknowledged(&mut self) {
        let peer = self.peer();
        let teardown = &mut self.cold.teardown;
        let acked = teardown.fin_acked[peer].is_none()
            && !before(self.segment.ack, teardown.fin_end[peer])
            && !self.segment.flags.rst();
        if acked {
            teardown.fin_acked[peer] = Some(Mark::of(self.segment));
        }
    }

    fn lost(&mut self) {
        let other = self.side.other();
        let lost = self.cold.holes(other).acknowledge(self.segment.ack);
        self.note_holes(other);
        for hole in lost {
            let length = distance(hole.from, hole.to);
            let noticed = Some(hole.noticed.frame);
            self.event(
                EventKind::LostAcknowledged,
                other,
                noticed,
                hole.from,
                length,
            );
        }
    }

    /// The bytes in question may still come: some captures record an acknowledgement before what it acknowledges.
    fn unseen(&mut self, length: u32) {
        let peer = self.peer();
        let from = self.hot.next[peer];
        self.event(EventKind::AckOfUnseen, self.side, None, from, length);
        let hole = Hole {
            from,
            to: self.segment.ack,
            noticed: Mark::of(self.segment),
            acked: true,
        };
        self.open_hole(self.side.other(), hole);
        self.hot.next[peer] = self.segment.ack;
    }

    fn duplicate(&mut self) {
        let segment = self.segment;
        let (me, peer) = (self.me(), self.peer());
        let bare = segment.length() == 0 && !segment.flags.fin();
        let again = self.hot.has(Bit::Acked, self.side) && segment.ack == self.hot.acked[me];
        if !bare || !again || segment.window != self.hot.window[me] {
            return;
        }
        if self.hot.has(Bit::KeepAlive, self.side.other()) {
            self.hot.set(Bit::KeepAlive, self.side.other(), false);
            self.note(EventKind::KeepAliveAck, None);
        } else if segment.window > 0
            && after(self.hot.next[peer], segment.ack)
            && segment.seq == self.hot.next[me]
        {
            self.note(EventKind::DuplicateAck, None);
        }
    }

    fn window(&mut self) {
        let closed = self.segment.window == 0;
        if closed == self.hot.has(Bit::WindowClosed, self.side) {
            return;
        }
        self.hot.set(Bit::WindowClosed, self.side, closed);
        let kind = if closed {
            EventKind::ZeroWindow
        } else {
            EventKind::WindowOpened
        };
        self.note(kind, None);
    }
}
