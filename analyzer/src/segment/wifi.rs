//! Wi-Fi: the radiotap header and IEEE 802.11 data frames, where their payload is not encrypted.

use super::layer::{LayerKind, Trace};
use super::walk::{Next, Walk};
use super::{Tunnel, Unread};

impl<'a, T: Trace> Walk<'a, '_, T> {
    pub(super) fn radiotap(&mut self) -> Result<Next, Unread> {
        let [_, _, low, high] = *self.peek::<4>()?;
        let length = usize::from(u16::from_le_bytes([low, high]));
        let padded = self
            .rest()
            .get(..length)
            .and_then(flags)
            .is_some_and(|flags| flags & 0x20 != 0);
        self.pass(LayerKind::Radiotap, length)?;
        self.wifi(padded)
    }

    /// A data frame (IEEE 802.11 §9.3.2); `padded` if the header is followed by zeros up to a multiple of 4.
    pub(super) fn wifi(&mut self, padded: bool) -> Result<Next, Unread> {
        let [kind, flags] = *self.peek::<2>()?;
        let is_data = (kind >> 2) & 3 == 2 && kind & 0x40 == 0;
        if !is_data {
            return Err(Unread::NotIp);
        }
        let has_quality = kind & 0x80 != 0;
        let four_addresses = flags & 3 == 3;
        let addresses_end = if four_addresses { 30 } else { 24 };
        let quality = if has_quality { 2 } else { 0 };
        let high_throughput = if has_quality && flags & 0x80 != 0 {
            4
        } else {
            0
        };
        let length = addresses_end + quality + high_throughput;
        let aggregated = has_quality
            && self
                .rest()
                .get(addresses_end)
                .is_some_and(|control| control & 0x80 != 0);
        self.pass(
            LayerKind::Wifi,
            if padded {
                length.next_multiple_of(4)
            } else {
                length
            },
        )?;
        match () {
            () if flags & 0x40 != 0 => Err(Unread::Encrypted),
            () if aggregated => Err(Unread::Tunnel(Tunnel::AggregatedWifi)),
            () => Ok(Next::Llc),
        }
    }
}

/// The field «flags» of a radiotap header, if present: it follows the words that say what is present, and the clock,
/// which is aligned to 8 bytes.
fn flags(header: &[u8]) -> Option<u8> {
    const CLOCK: u8 = 1;
    const FLAGS: u8 = 2;
    const MORE_WORDS: u8 = 0x80;
    let mut fields = 8;
    while header.get(fields - 1)? & MORE_WORDS != 0 {
        fields += 4;
    }
    let present = header.get(4)?;
    if present & FLAGS == 0 {
        return None;
    }
    let at = if present & CLOCK == 0 {
        fields
    } else {
        fields.next_multiple_of(8) + 8
    };
    header.get(at).copied()
}
