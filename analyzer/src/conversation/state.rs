//! What is remembered of one conversation while the capture is read.
//!
//! [`Hot`] is all that a segment in order touches, in one cache line. [`Cold`] holds what most segments leave alone.

use super::event::{Event, EventKind, Events};
use super::holes::Holes;
use super::opening::{Handshake, Mark};
use super::{Basis, Side, closing::Teardown};
use crate::capture::Time;
use crate::segment::{Endpoint, Segment};

/// One bit of [`Hot::bits`] for each side.
#[derive(Clone, Copy)]
pub(super) enum Bit {
    /// The initial sequence number is known or guessed.
    Base,
    /// [`Hot::next`] is set.
    Started,
    /// [`Hot::acked`] is set.
    Acked,
    /// It sent a SYN, with or without ACK.
    SentSyn,
    /// It sent a FIN.
    SentFin,
    /// It sent something other than SYN and RST.
    Spoke,
    /// Its window is closed.
    WindowClosed,
    /// It sent a byte into the other's closed window, which may have been refused.
    Probed,
    /// Its last segment was a keep-alive.
    KeepAlive,
    /// The capture lacks bytes of it that may still come: [`Cold::troubles`] has the holes.
    Holes,
    /// Some of those holes are not acknowledged.
    OpenHoles,
}

/// The state that every segment reads and writes.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
pub(super) struct Hot {
    /// The sequence number behind all that each side sent.
    pub(super) next: [u32; 2],
    /// The highest acknowledgement number that each side sent.
    pub(super) acked: [u32; 2],
    /// Initial sequence numbers, known from a SYN or guessed from what was seen first.
    pub(super) base: [u32; 2],
    pub(super) frames: [u32; 2],
    pub(super) last_time: Time,
    pub(super) last_frame: u64,
    pub(super) window: [u16; 2],
    bits: u32,
    timed: bool,
    /// The first side is the lower of the two endpoints.
    pub(super) first_is_low: bool,
    /// The second side is the client.
    pub(super) client_is_second: bool,
    /// SYN and SYN-ACK were seen, and no answer to them.
    pub(super) awaits_ack: bool,
    /// It has ended and will be forgotten.
    pub(super) leaves: bool,
}

const _: () = assert!(size_of::<Hot>() <= 64);

impl Hot {
    pub(super) fn new(segment: &Segment<'_>) -> Self {
        Self {
            first_is_low: segment.source <= segment.destination,
            ..Self::default()
        }
    }

    #[inline]
    pub(super) fn has(&self, bit: Bit, side: Side) -> bool {
        self.bits & mask(bit, side) != 0
    }

    #[inline]
    pub(super) fn set(&mut self, bit: Bit, side: Side, on: bool) {
        if on {
            self.bits |= mask(bit, side);
        } else {
            self.bits &= !mask(bit, side);
        }
    }

    /// Whether both sides are past their openings, and nothing goes on but data and what acknowledges it: no window is
    /// closed, nothing lacks that was not acknowledged, nobody has ended. Holes that nobody waits for bear only on bytes that
    /// lie before the next.
    #[inline]
    pub(super) fn is_steady(&self) -> bool {
        const PAST_OPENING: u32 =
            both(Bit::Base) | both(Bit::Started) | both(Bit::Acked) | both(Bit::Spoke);
        let bits = self.bits & !(both(Bit::SentSyn) | both(Bit::Holes));
        bits == PAST_OPENING && !self.awaits_ack
    }

    #[inline]
    pub(super) fn count(&mut self, side: Side, segment: &Segment<'_>) {
        let frames = &mut self.frames[side.index()];
        *frames = frames.saturating_add(1);
        self.last_frame = segment.frame;
        self.timed = segment.time.is_some();
        self.last_time = segment.time.unwrap_or_default();
    }

    #[inline]
    pub(super) fn client(&self) -> Side {
        if self.client_is_second {
            Side::Second
        } else {
            Side::First
        }
    }

    pub(super) fn last(&self) -> Mark {
        Mark {
            frame: self.last_frame,
            time: self.timed.then_some(self.last_time),
        }
    }
}

#[inline]
const fn mask(bit: Bit, side: Side) -> u32 {
    1 << (bit as u32 * 2 + side as u32)
}

/// A bit of both sides.
const fn both(bit: Bit) -> u32 {
    mask(bit, Side::First) | mask(bit, Side::Second)
}

/// The state that only openings, closings and troubles touch.
pub(super) struct Cold {
    pub(super) ends: [Endpoint; 2],
    pub(super) first: Mark,
    pub(super) basis: Basis,
    pub(super) handshake: Handshake,
    pub(super) teardown: Teardown,
    pub(super) refusals: u32,
    pub(super) troubles: Option<Box<Troubles>>,
}

/// What only conversations with troubles need.
#[derive(Default)]
pub(super) struct Troubles {
    pub(super) events: Events,
    pub(super) holes: [Holes; 2],
}

impl Cold {
    pub(super) fn new(segment: &Segment<'_>) -> Self {
        Self {
            ends: [segment.source, segment.destination],
            first: Mark::of(segment),
            basis: Basis::SpokeFirst,
            handshake: Handshake::default(),
            teardown: Teardown::default(),
            refusals: 0,
            troubles: None,
        }
    }

    /// Whether both ends are one socket, as when a client meets its own SYN at a port where nobody listens.
    pub(super) fn talks_to_itself(&self) -> bool {
        self.ends[0] == self.ends[1]
    }

    pub(super) fn note(&mut self, event: Event, limit: usize) {
        self.troubles
            .get_or_insert_default()
            .events
            .add(event, limit);
    }

    pub(super) fn holes(&mut self, side: Side) -> &mut Holes {
        &mut self.troubles.get_or_insert_default().holes[side.index()]
    }

    pub(super) fn count(&self, kind: EventKind) -> u32 {
        self.troubles
            .as_ref()
            .map_or(0, |troubles| troubles.events.total(kind))
    }
}
