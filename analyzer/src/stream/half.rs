//! One direction of one conversation, put in order.

use super::pending::{Fragment, Pending};
use super::sink::{Flow, Sink};
use crate::conversation::sequence::{after, distance};
use crate::segment::{Flags, Segment};

/// The largest window that there can be (RFC 7323 §2.3): nothing was sent further ahead than this.
const LARGEST_WINDOW: u32 = 1 << 30;

/// How many segments one direction may hold back.
const SEGMENTS_HELD_BACK: usize = 4096;

/// How much one direction may hold back while it waits for missing bytes, in bytes.
const HELD_BACK: usize = 4 << 20;

/// Reassembly of one direction.
///
/// The rules are those by which Wireshark follows a stream, so that both show the same bytes: the first segment seen
/// says where the stream begins; of bytes that come twice the first stand; a gap is skipped when the receiver
/// acknowledges what lies behind it, for then the receiver had it and only the capture lacks it.
#[derive(Clone, Debug, Default)]
pub(super) struct Half {
    /// Bytes handed on.
    pub(super) bytes: u64,
    /// The next byte wanted; of a side that was not seen yet, the one that the other wants.
    next: u32,
    fin: u32,
    wanted: bool,
    started: bool,
    fin_seen: bool,
    /// Segments wait for what should precede them.
    waits: bool,
    troubles: Option<Box<Troubles>>,
}

/// Both directions of a conversation, in one cache line.
#[derive(Clone, Debug, Default)]
#[repr(align(64))]
pub(super) struct Halves(pub(super) [Half; 2]);

const _: () = assert!(size_of::<Halves>() == 64);

/// What only directions with gaps need.
#[derive(Clone, Debug, Default)]
struct Troubles {
    /// Bytes known to lack.
    missing: u64,
    pending: Pending,
}

/// Payload at a place in the stream.
struct Piece<'a> {
    seq: u32,
    data: &'a [u8],
    missing: u32,
    frame: u64,
    time: Option<i64>,
}

impl Half {
    /// What the waiting segments cost in memory, in bytes.
    #[inline]
    pub(super) fn cost(&self) -> usize {
        self.pending().map_or(0, Pending::cost)
    }

    /// Captured bytes that still wait for what should precede them.
    pub(super) fn held_back(&self) -> u64 {
        self.pending().map_or(0, Pending::captured)
    }

    /// Bytes known to lack.
    pub(super) fn missing(&self) -> u64 {
        self.troubles
            .as_ref()
            .map_or(0, |troubles| troubles.missing)
    }

    #[inline]
    pub(super) fn waits(&self) -> bool {
        self.waits
    }

    /// The segments that wait.
    #[inline]
    fn pending(&self) -> Option<&Pending> {
        let troubles = self.troubles.as_ref().filter(|_| self.waits)?;
        Some(&troubles.pending)
    }

    /// The place in the stream of the next byte, gaps counted.
    fn position(&self) -> u64 {
        self.bytes + self.missing()
    }

    pub(super) fn started(&self) -> bool {
        self.started
    }

    /// The other side wants `ack` next, and nothing of this one was seen yet.
    #[inline]
    pub(super) fn want(&mut self, ack: u32) {
        self.wanted = true;
        self.next = ack;
    }

    /// The other side acknowledged everything before `ack`.
    pub(super) fn acknowledged(&mut self, flow: Flow, ack: u32, sink: &mut impl Sink) {
        while self
            .lowest_pending()
            .is_some_and(|lowest| after(ack, lowest))
        {
            self.skip_gap(flow, sink);
        }
    }

    /// Hands on what is held back, with its gaps, as far as it can belong here. For when nobody was there to acknowledge.
    pub(super) fn give_up(&mut self, flow: Flow, sink: &mut impl Sink) {
        while let Some(lowest) = self.lowest_pending()
            && distance(self.next, lowest) < LARGEST_WINDOW
        {
            self.skip_gap(flow, sink);
        }
    }

    /// Hands on all that is held back, with its gaps.
    pub(super) fn flush(&mut self, flow: Flow, sink: &mut impl Sink) {
        while self.lowest_pending().is_some() {
            self.skip_gap(flow, sink);
        }
    }

    /// Whether the segment brings nothing but the next bytes, or none, and everything before it is there.
    #[inline]
    pub(super) fn is_next(&self, segment: &Segment<'_>) -> bool {
        let ends = Flags::SYN | Flags::FIN;
        self.started
            && !self.waits
            && segment.flags.0 & ends.0 == 0
            && segment.missing == 0
            && (segment.seq == self.next || segment.payload.is_empty())
    }

    /// Takes in such a segment. [`Self::segment`] would do the same.
    #[inline]
    pub(super) fn take_next(&mut self, flow: Flow, segment: &Segment<'_>, sink: &mut impl Sink) {
        if !segment.payload.is_empty() {
            self.next = self.next.wrapping_add(segment.payload.len() as u32);
            self.bytes += segment.payload.len() as u64;
            sink.bytes(flow, segment.payload, segment.frame, segment.time);
        }
    }

    pub(super) fn segment(&mut self, flow: Flow, segment: &Segment<'_>, sink: &mut impl Sink) {
        let seq = segment.seq.wrapping_add(u32::from(segment.flags.syn()));
        if !self.started || segment.flags.syn() && self.position() == 0 {
            let is_keep_alive =
                !self.started && self.wanted && is_keep_alive_of(segment, self.next);
            self.started = true;
            if !is_keep_alive {
                self.next = seq;
            }
        }
        let piece = Piece {
            seq,
            data: segment.payload,
            missing: segment.missing,
            frame: segment.frame,
            time: segment.time,
        };
        let length = segment.length();
        if length > 0 {
            if seq == self.next && !self.waits {
                self.deliver(flow, &piece, sink);
            } else {
                self.place(flow, piece, sink);
            }
        }
        if segment.flags.fin() && !self.fin_seen {
            self.fin_seen = true;
            self.fin = seq.wrapping_add(length);
        }
    }

    fn holds_too_much(&self) -> bool {
        self.pending()
            .is_some_and(|pending| pending.cost() > HELD_BACK || pending.len() > SEGMENTS_HELD_BACK)
    }

    fn lowest_pending(&self) -> Option<u32> {
        self.pending().and_then(Pending::lowest)
    }

    fn place(&mut self, flow: Flow, piece: Piece<'_>, sink: &mut impl Sink) {
        let end = end_of(&piece);
        if after(piece.seq, self.next) {
            self.hold_back(flow, piece, end, sink);
            return;
        }
        self.hand_on(flow, piece, sink);
        self.drain(flow, sink);
    }

    /// A FIN takes up one sequence number and no byte of the stream: data behind it, which waits until somebody takes it,
    /// leaves no gap.
    fn is_only_fin_before(&self, seq: u32) -> bool {
        self.fin_seen && self.fin == self.next && seq == self.next.wrapping_add(1)
    }

    fn hold_back(&mut self, flow: Flow, piece: Piece<'_>, end: u32, sink: &mut impl Sink) {
        let position = self.position();
        let pending = &mut self.troubles.get_or_insert_default().pending;
        if let Some(held) = pending.holding(piece.seq, end) {
            if !same_start(&held.data, piece.data) {
                let offset = position + u64::from(distance(self.next, piece.seq));
                sink.again(flow, offset, piece.data, piece.frame);
            }
            return;
        }
        self.waits = true;
        pending.add(Fragment {
            seq: piece.seq,
            data: piece.data.into(),
            missing: piece.missing,
            frame: piece.frame,
            time: piece.time,
        });
        while self.holds_too_much() {
            self.skip_gap(flow, sink);
        }
    }

    /// Hands on the part of `piece` that is new; it begins at or before the next byte wanted.
    fn hand_on(&mut self, flow: Flow, mut piece: Piece<'_>, sink: &mut impl Sink) {
        if after(piece.seq, self.next) {
            self.next = piece.seq;
        }
        let known = distance(piece.seq, self.next);
        if known > 0 {
            let old = piece.data.len().min(known as usize);
            let (again, new) = piece.data.split_at(old);
            if !is_keep_alive(&piece, known) {
                self.repeat(flow, known, again, piece.frame, sink);
            }
            piece.data = new;
            piece.missing = piece.missing.saturating_sub(known - old as u32);
            piece.seq = self.next;
        }
        self.deliver(flow, &piece, sink);
    }

    fn repeat(&self, flow: Flow, back: u32, data: &[u8], frame: u64, sink: &mut impl Sink) {
        if let Some(offset) = self.position().checked_sub(u64::from(back))
            && !data.is_empty()
        {
            sink.again(flow, offset, data, frame);
        }
    }

    fn deliver(&mut self, flow: Flow, piece: &Piece<'_>, sink: &mut impl Sink) {
        if !piece.data.is_empty() {
            self.next = self.next.wrapping_add(piece.data.len() as u32);
            self.bytes += piece.data.len() as u64;
            sink.bytes(flow, piece.data, piece.frame, piece.time);
        }
        if piece.missing > 0 {
            self.leave_out(flow, piece.missing, sink);
        }
    }

    fn leave_out(&mut self, flow: Flow, length: u32, sink: &mut impl Sink) {
        self.next = self.next.wrapping_add(length);
        self.troubles.get_or_insert_default().missing += u64::from(length);
        sink.gap(flow, u64::from(length));
    }

    fn skip_gap(&mut self, flow: Flow, sink: &mut impl Sink) {
        if let Some(lowest) = self.lowest_pending() {
            let gap = distance(self.next, lowest);
            if self.is_only_fin_before(lowest) {
                self.next = lowest;
            } else if gap > 0 {
                self.leave_out(flow, gap, sink);
            }
        }
        self.drain(flow, sink);
    }

    fn drain(&mut self, flow: Flow, sink: &mut impl Sink) {
        let Some(troubles) = self.troubles.as_mut().filter(|_| self.waits) else {
            return;
        };
        let mut pending = std::mem::take(&mut troubles.pending);
        self.waits = false;
        while let Some(fragment) = pending.take(self.next) {
            let piece = Piece {
                seq: fragment.seq,
                data: &fragment.data,
                missing: fragment.missing,
                frame: fragment.frame,
                time: fragment.time,
            };
            self.hand_on(flow, piece, sink);
        }
        if !pending.is_empty() {
            self.waits = true;
            self.troubles.get_or_insert_default().pending = pending;
        }
    }
}

/// An empty segment whose number is one below what the other side wants (RFC 9293 §3.8.4): no byte lacks between them.
fn is_keep_alive_of(segment: &Segment<'_>, wanted: u32) -> bool {
    !segment.flags.syn() && segment.length() == 0 && segment.seq.wrapping_add(1) == wanted
}

/// A keep-alive may carry one byte that means nothing, in the place of the last one sent (RFC 9293 §3.8.4).
fn is_keep_alive(piece: &Piece<'_>, known: u32) -> bool {
    known == 1 && piece.data.len() == 1
}

fn end_of(piece: &Piece<'_>) -> u32 {
    piece
        .seq
        .wrapping_add(piece.data.len() as u32)
        .wrapping_add(piece.missing)
}

fn same_start(a: &[u8], b: &[u8]) -> bool {
    a.iter().zip(b).all(|(a, b)| a == b)
}
