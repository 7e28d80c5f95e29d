//! What reassembly needs to know of a segment.

use crate::capture::Time;
use crate::segment::{Flags, Segment};

/// A segment without its addresses.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// Sequence number of its first byte, of the SYN where there is one.
    pub seq: u32,
    /// Acknowledgement number.
    pub ack: u32,
    /// Control bits.
    pub flags: Flags,
    /// How many payload bytes the capture lacks. They follow [`Self::payload`].
    pub missing: u32,
    /// The frame that carried it.
    pub frame: u64,
    /// When that frame was seen.
    pub time: Option<Time>,
    /// The payload bytes that were captured.
    pub payload: &'a [u8],
}

impl Arrival<'_> {
    /// Payload bytes on the wire: captured and missing.
    #[inline]
    pub(super) fn length(&self) -> u32 {
        self.payload.len() as u32 + self.missing
    }
}

impl<'a> From<&Segment<'a>> for Arrival<'a> {
    #[inline]
    fn from(segment: &Segment<'a>) -> Self {
        Self {
            seq: segment.seq,
            ack: segment.ack,
            flags: segment.flags,
            missing: segment.missing,
            frame: segment.frame,
            time: segment.time,
            payload: segment.payload,
        }
    }
}
