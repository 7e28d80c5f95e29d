//! What the formats hand to the reader: where in the buffer frames lie, or why there are no more.

use super::link::LinkType;
use super::order::Order;
use super::stop::StopReason;
use super::{Frame, Time};

/// No frame is longer, by agreement of libpcap and Wireshark.
pub(super) const LONGEST_FRAME: u32 = 256 * 1024;
/// Except those of buses that move files.
const LONGEST_BUS_FRAME: u32 = 128 * 1024 * 1024;

/// One frame, by its place in the window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) time: Option<Time>,
    pub(super) start: usize,
    pub(super) length: u32,
    pub(super) original_length: u32,
    pub(super) interface: u32,
    /// Bytes of options, and how far after the start of the frame they begin.
    pub(super) options_length: u32,
    pub(super) options_distance: u32,
    pub(super) link: LinkType,
    pub(super) order: Order,
}

impl Record {
    const NONE: Self = Self {
        time: None,
        start: 0,
        length: 0,
        original_length: 0,
        interface: 0,
        options_length: 0,
        options_distance: 0,
        link: LinkType::NULL,
        order: Order::Little,
    };

    /// What was captured of it.
    #[inline]
    pub(super) fn bytes<'a>(&self, window: &'a [u8]) -> &'a [u8] {
        part(window, self.start, self.length)
    }

    /// The frame that lies there.
    #[inline]
    pub(super) fn frame<'a>(&self, window: &'a [u8], number: u64) -> Frame<'a> {
        let bytes = self.bytes(window);
        let options = match self.options_length {
            0 => &[],
            length => part(window, self.start + self.options_distance as usize, length),
        };
        Frame::new(number, self.time, self.link, bytes).with_record(
            self.interface,
            self.original_length,
            options,
            self.order,
        )
    }
}

#[inline]
fn part(window: &[u8], start: usize, length: u32) -> &[u8] {
    window
        .get(start..start + length as usize)
        .unwrap_or_default()
}

/// A few records, in an array that is used again and again.
#[derive(Debug)]
pub(super) struct Records {
    found: [Record; Self::CAPACITY],
    count: usize,
}

impl Records {
    /// How many frames are found before they are handed on: enough to hide the cost of handing on, few enough to stay in
    /// the first-level cache.
    pub(super) const CAPACITY: usize = 64;

    pub(super) const EMPTY: Self = Self {
        found: [Record::NONE; Self::CAPACITY],
        count: 0,
    };

    #[inline]
    pub(super) fn as_slice(&self) -> &[Record] {
        self.found.get(..self.count).unwrap_or_default()
    }

    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.count == Self::CAPACITY
    }

    pub(super) fn clear(&mut self) {
        self.count = 0;
    }

    /// Adds one; there must be room.
    #[inline]
    pub(super) fn push(&mut self, record: Record) {
        if let Some(free) = self.found.get_mut(self.count) {
            *free = record;
            self.count += 1;
        }
    }
}

/// Why a format cannot go on from where it is.
#[derive(Debug)]
pub(super) enum Halt {
    /// The next record has this many bytes, and not all have been read.
    Incomplete(u64),
    /// The rest cannot be read.
    Stop(StopReason),
}

impl From<StopReason> for Halt {
    fn from(reason: StopReason) -> Self {
        Self::Stop(reason)
    }
}

/// The longest frame of a link type that is believed.
#[inline]
pub(super) fn longest_frame(link: LinkType) -> u32 {
    match link.0 {
        189 | 220 | 231 | 249 | 279 => LONGEST_BUS_FRAME,
        _ => LONGEST_FRAME,
    }
}
