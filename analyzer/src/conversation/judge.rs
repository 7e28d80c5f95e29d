//! What one segment means to the conversation that it belongs to.

mod acknowledgement;
mod boundary;
mod data;

use super::Side;
use super::copies::Recent;
use super::event::{Event, EventKind};
use super::holes::Hole;
use super::sequence::after;
use super::state::{Bit, Cold, Hot};
use crate::segment::{Flags, Segment};

/// One conversation at one segment.
pub(super) struct Judge<'a, 's> {
    pub(super) hot: &'a mut Hot,
    pub(super) cold: &'a mut Cold,
    pub(super) recent: &'a mut Recent,
    pub(super) segment: &'a Segment<'s>,
    pub(super) side: Side,
    pub(super) event_limit: usize,
}

impl Judge<'_, '_> {
    /// Takes the segment in. Whether it was a copy of one already recorded, which means nothing further.
    #[inline(always)]
    pub(super) fn take(mut self) -> bool {
        self.hot.count(self.side, self.segment);
        if self.is_plain_progress() {
            self.progress();
            return false;
        }
        self.take_any()
    }

    /// Whether the segment is what almost all are: the next data, or an acknowledgement of more, in a conversation in which
    /// nothing else goes on.
    #[inline]
    fn is_plain_progress(&self) -> bool {
        let segment = self.segment;
        let (next, acked) = (self.hot.next, self.hot.acked[self.me()]);
        let control = Flags::SYN | Flags::FIN | Flags::RST | Flags::ACK;
        let (end, wraps) = segment.seq.overflowing_add(segment.length());
        self.hot.is_steady()
            && segment.flags.0 & control.0 == Flags::ACK.0
            && segment.seq == next[self.me()]
            && !wraps
            && (after(end, segment.seq) || segment.length() == 0 && after(segment.ack, acked))
            && !after(segment.ack, next[self.peer()])
            && segment.window > 0
    }

    /// Takes in such a segment. [`Self::take_any`] would do the same.
    #[inline(always)]
    fn progress(&mut self) {
        let (me, segment) = (self.me(), self.segment);
        self.recent.remember(segment, self.side);
        self.hot.next[me] = self.end();
        if after(segment.ack, self.hot.acked[me]) {
            self.hot.acked[me] = segment.ack;
        }
        self.hot.window[me] = segment.window;
    }

    #[inline(never)]
    fn take_any(&mut self) -> bool {
        if self.is_copy() {
            return true;
        }
        self.recent.remember(self.segment, self.side);
        let flags = self.segment.flags;
        if flags.syn() {
            self.opening();
        } else {
            self.note_base(self.segment.seq.wrapping_sub(1));
            if self.hot.awaits_ack {
                self.third_step();
            }
        }
        if flags.rst() {
            self.reset();
        } else {
            self.sequence();
            if flags.fin() {
                self.finish();
            }
        }
        if flags.ack() {
            self.acknowledgement();
        }
        if !flags.syn() && !flags.rst() {
            self.hot.set(Bit::Spoke, self.side, true);
        }
        false
    }

    #[inline]
    fn me(&self) -> usize {
        self.side.index()
    }

    #[inline]
    fn peer(&self) -> usize {
        self.side.other().index()
    }

    /// The sequence number behind all that the segment holds; SYN and FIN count as a byte each.
    #[inline]
    fn end(&self) -> u32 {
        let flags = self.segment.flags;
        self.segment
            .seq
            .wrapping_add(self.segment.length())
            .wrapping_add(u32::from(flags.syn()) + u32::from(flags.fin()))
    }

    #[cold]
    fn event(&mut self, kind: EventKind, side: Side, earlier: Option<u64>, seq: u32, length: u32) {
        let event = Event {
            kind,
            side,
            frame: self.segment.frame,
            time: self.segment.time,
            earlier,
            seq,
            length,
        };
        self.cold.note(event, self.event_limit);
    }

    /// An event about this very segment.
    fn note(&mut self, kind: EventKind, earlier: Option<u64>) {
        self.event(
            kind,
            self.side,
            earlier,
            self.segment.seq,
            self.segment.length(),
        );
    }

    fn open_hole(&mut self, side: Side, hole: Hole) {
        self.cold.holes(side).open(hole);
        self.note_holes(side);
    }

    /// Notes whether there are holes, where every segment looks.
    fn note_holes(&mut self, side: Side) {
        let holes = self.cold.holes(side);
        let (any, open) = (!holes.is_empty(), holes.has_open());
        self.hot.set(Bit::Holes, side, any);
        self.hot.set(Bit::OpenHoles, side, open);
    }

    #[inline]
    fn is_copy(&mut self) -> bool {
        let segment = self.segment;
        let nothing_new = self.hot.has(Bit::Started, self.side)
            && !after(self.end(), self.hot.next[self.me()])
            && (!segment.flags.ack()
                || self.hot.has(Bit::Acked, self.side)
                    && !after(segment.ack, self.hot.acked[self.me()]));
        if !nothing_new || !self.may_be_copy() {
            return false;
        }
        let Some(earlier) = self.recent.copy_of(segment, self.side) else {
            return false;
        };
        self.note(EventKind::CapturedTwice, Some(earlier));
        true
    }

    /// Where a sender does not number its packets, equal acknowledgements are just duplicate acknowledgements, unless
    /// this conversation was already seen to be captured twice.
    fn may_be_copy(&self) -> bool {
        let flags = self.segment.flags;
        let bare = self.segment.length() == 0 && !flags.syn() && !flags.fin();
        self.segment.ip_id != 0 || !bare || self.cold.count(EventKind::CapturedTwice) > 0
    }

    #[inline]
    fn note_base(&mut self, guess: u32) {
        if !self.hot.has(Bit::Base, self.side) {
            self.hot.set(Bit::Base, self.side, true);
            self.hot.base[self.me()] = guess;
        }
        let other = self.side.other();
        if self.segment.flags.ack() && !self.hot.has(Bit::Base, other) {
            self.hot.set(Bit::Base, other, true);
            self.hot.base[other.index()] = self.segment.ack.wrapping_sub(1);
        }
    }
}
