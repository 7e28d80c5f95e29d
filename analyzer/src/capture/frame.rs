//! One frame as the capture holds it.

use super::LinkType;
use super::option::{self, CodedOption};
use super::order::Order;

/// Nanoseconds since 1970-01-01 00:00:00 UTC; negative before it. Covers the years 1677 to 2262.
pub type Time = i64;

/// One captured frame, borrowed from the reader's buffer until the next one is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Position in the capture, from 1, as Wireshark counts.
    pub number: u64,
    /// When it was seen; absent in simple packet blocks, and where a file names a time that no clock shows.
    pub time: Option<Time>,
    /// Index into [`super::Description::interfaces`], counted over all sections; out of range for a block that is no frame.
    pub interface: u32,
    /// What its first byte begins.
    pub link: LinkType,
    /// What was captured of it.
    pub bytes: &'a [u8],
    /// How long the file says that it was on the wire. Some writers say it wrongly: whether bytes lack is for the
    /// lengths in its headers to decide.
    pub original_length: u32,
    /// The raw pcapng options that came with it; empty for most frames.
    options: &'a [u8],
    /// The byte order of those options.
    order: Order,
}

impl<'a> Frame<'a> {
    /// A frame that no file holds: captured whole, without options.
    pub fn new(number: u64, time: Option<Time>, link: LinkType, bytes: &'a [u8]) -> Self {
        let original_length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        Self {
            number,
            time,
            interface: 0,
            link,
            bytes,
            original_length,
            options: &[],
            order: Order::Little,
        }
    }

    /// The same frame as read from a record, with what the record says beside the bytes.
    #[inline]
    pub(super) fn with_record(
        self,
        interface: u32,
        original_length: u32,
        options: &'a [u8],
        order: Order,
    ) -> Self {
        Self {
            interface,
            original_length,
            options,
            order,
            ..self
        }
    }

    /// The comments that someone attached to it, as they stand in the file.
    pub fn comments(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.coded_options()
            .filter(|one| one.code == option::COMMENT)
            .map(|one| one.value)
    }

    /// How many frames the file says were lost between this one and the one before on its interface (`epb_dropcount`).
    pub fn dropped_before(&self) -> u64 {
        let mut counts = self
            .coded_options()
            .filter(|one| one.code == option::PACKET_DROPS);
        counts
            .next()
            .and_then(|one| self.order.u64(one.value, 0))
            .unwrap_or(0)
    }

    fn coded_options(&self) -> impl Iterator<Item = CodedOption<'a>> + use<'a> {
        option::walk(self.options, self.order)
    }
}
