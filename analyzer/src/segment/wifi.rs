//! Wi-Fi: the radiotap header and IEEE 802.11 data frames, where their payload is not encrypted.

use super::layer::{LayerKind, Trace};
use super::walk::{End, Next, Walk};
use super::{Packet, Unread};
use crate::capture::{Frame, LinkType};

/// Destination, source and length: what stands in front of each packet of an A-MSDU.
pub(super) const SUBFRAME_HEADER: usize = 14;

/// What begins with LLC, as each packet of an A-MSDU does.
const LLC: LinkType = LinkType(100);

/// The packets of an 802.11 frame that holds several (A-MSDU, IEEE 802.11-2020 §9.3.2.2.2), each as a frame by itself, and where it
/// begins; none of any other frame.
pub fn subframes<'a>(frame: &Frame<'a>) -> impl Iterator<Item = (usize, Frame<'a>)> {
    let mut untraced = ();
    let mut walk = Walk::new(frame, &mut untraced);
    let is_aggregate = matches!(
        walk.run(Next::Link(frame.link)),
        End::Packet(Packet::Unread(Unread::Aggregate))
    );
    let (whole, frame) = (if is_aggregate { walk.rest() } else { &[] }, *frame);
    let (start, mut at) = (walk.at, 0);
    std::iter::from_fn(move || {
        let header: &[u8; SUBFRAME_HEADER] = whole.get(at..)?.first_chunk()?;
        let length = usize::from(u16::from_be_bytes([header[12], header[13]]));
        let begin = at + SUBFRAME_HEADER;
        let end = (begin + length).min(whole.len());
        at = (begin + length).next_multiple_of(4);
        let bytes = whole.get(begin..end).unwrap_or_default();
        let mut packet = Frame::new(frame.number, frame.time, LLC, bytes);
        packet.interface = frame.interface;
        packet.original_length = length as u32;
        Some((start + begin, packet))
    })
}

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
            () if aggregated => Err(Unread::Aggregate),
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
