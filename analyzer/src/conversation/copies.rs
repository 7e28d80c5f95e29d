//! Tells a packet that was recorded twice from one that was sent twice.
//!
//! Linux's «any» device, bridges and mirror ports record each packet twice. The two records agree in everything, the
//! IP identification included, which a sender counts up for each packet that it really sends.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use super::Side;
use crate::segment::Segment;

/// How many of the last segments of a conversation are remembered: the two records of a packet are close together.
const REMEMBERED: usize = 4;

/// Two records of one packet on one interface are less than this apart, in microseconds.
const CLOSE: u32 = 1000;

/// What the last few segments of one conversation were, in one cache line.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
pub(super) struct Recent([Entry; REMEMBERED]);

const _: () = assert!(size_of::<Recent>() <= 64);

/// Enough of a segment to know it again. Numbers and times are cut to 32 bits: what is remembered is near.
#[derive(Clone, Copy, Default)]
struct Entry {
    fingerprint: u32,
    frame: u32,
    microseconds: u32,
    interface: u16,
    used: bool,
    timed: bool,
}

impl Recent {
    /// The frame that recorded this segment before, if it is the same packet recorded again.
    pub(super) fn copy_of(&self, segment: &Segment<'_>, side: Side) -> Option<u64> {
        let this = Entry::of(segment, side);
        let earlier = self.0.iter().find(|entry| entry.is_copied_by(&this))?;
        let distance = this.frame.wrapping_sub(earlier.frame);
        segment.frame.checked_sub(u64::from(distance))
    }

    /// Whether anything is remembered.
    #[inline]
    pub(super) fn is_used(&self) -> bool {
        self.0[0].used
    }

    #[inline]
    pub(super) fn remember(&mut self, segment: &Segment<'_>, side: Side) {
        let Self([a, b, c, _]) = *self;
        self.0 = [Entry::of(segment, side), a, b, c];
    }
}

impl Entry {
    #[inline]
    fn of(segment: &Segment<'_>, side: Side) -> Self {
        Self {
            fingerprint: fingerprint(segment, side),
            frame: segment.frame as u32,
            microseconds: (segment.time.unwrap_or_default() / 1000) as u32,
            interface: segment.interface as u16,
            used: true,
            timed: segment.time.is_some(),
        }
    }

    fn is_copied_by(&self, other: &Self) -> bool {
        let apart = other.microseconds.wrapping_sub(self.microseconds);
        let close = self.timed && other.timed && apart.min(apart.wrapping_neg()) < CLOSE;
        self.used
            && self.fingerprint == other.fingerprint
            && (self.interface != other.interface || close)
    }
}

#[inline]
fn fingerprint(segment: &Segment<'_>, side: Side) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write_u64(u64::from(segment.seq) << 32 | u64::from(segment.ack));
    hasher.write_u64(
        u64::from(segment.length()) << 32
            | u64::from(segment.window) << 16
            | u64::from(segment.flags.0),
    );
    hasher.write_u64(u64::from(segment.ip_id) << 1 | side as u64);
    // TCP options fill whole words, where they are all there.
    let (words, rest) = segment.options.0.as_chunks();
    for word in words {
        hasher.write_u32(u32::from_ne_bytes(*word));
    }
    if !rest.is_empty() {
        hasher.write(rest);
    }
    let bits = hasher.finish();
    (bits >> 32) as u32 ^ bits as u32
}
