//! pcap files (draft-ietf-opsawg-pcap): one header, then frames with their lengths.

use pcap_file::Endianness;
use pcap_file::pcap::{PcapHeader, PcapTsResolution};

use super::Time;
use super::description::{Description, Interface, Section};
use super::link::LinkType;
use super::order::Order;
use super::record::{Halt, LONGEST_FRAME, Record, Records, longest_frame};
use super::stop::StopReason;

mod variant;

/// Length of the file header.
pub(super) const HEADER: usize = 24;
/// Both files begin so, up to the byte order.
const MODIFIED_MAGIC: u32 = 0xa1b2_cd34;
const MAGIC: u32 = 0xa1b2_c3d4;

/// A pcap file after its header.
#[derive(Clone, Copy)]
pub(super) struct Pcap {
    link: LinkType,
    order: Order,
    /// Nanoseconds in the unit of the second half of a time stamp.
    unit: i64,
    /// Bytes before each frame.
    record_header: usize,
    lengths: Lengths,
}

/// In which order a record has the length that was captured and the length on the wire.
#[derive(Clone, Copy)]
enum Lengths {
    /// As all programs of the last decades write them.
    Usual,
    /// As libpcap wrote them before version 2.3 of the format.
    Swapped,
    /// Either, in version 2.3: the captured length is the smaller.
    Unsure,
}

/// Whether a file that begins so is pcap.
pub(super) fn recognise(start: &[u8]) -> bool {
    let magic = Order::Big.u32(start, 0).unwrap_or(0);
    matches!(
        magic,
        MAGIC | MODIFIED_MAGIC | 0xa1b2_3c4d | 0xd4c3_b2a1 | 0x34cd_b2a1 | 0x4d3c_b2a1
    )
}

impl Pcap {
    /// From the file header; none if it is not all there.
    pub(super) fn new(start: &[u8], description: &mut Description) -> Option<Self> {
        let header: [u8; HEADER] = *start.first_chunk()?;
        let modified = [Order::Big, Order::Little]
            .into_iter()
            .find(|order| is_modified(*order, &header));
        let header = modified.map_or(header, |order| with_usual_magic(order, header));
        let (_, parsed) = PcapHeader::from_slice(&header).ok()?;
        let order = match parsed.endianness {
            Endianness::Big => Order::Big,
            Endianness::Little => Order::Little,
        };
        let (variants, unit) = match parsed.ts_resolution {
            _ if modified.is_some() => (variant::MODIFIED, 1000),
            PcapTsResolution::MicroSecond => (variant::MICROSECONDS, 1000),
            PcapTsResolution::NanoSecond => (variant::NANOSECONDS, 1),
        };
        let lengths = match (parsed.version_major, parsed.version_minor) {
            (2, 0..=2) => Lengths::Swapped,
            (2, 3) => Lengths::Unsure,
            _ => Lengths::Usual,
        };
        // The upper half of the field says whether a frame check sequence follows each frame.
        let link = LinkType(order.u32(&header, 20)? as u16);
        let usual = Self {
            link,
            order,
            unit,
            record_header: 0,
            lengths,
        };
        let variant = usual.variant(variants, start.get(HEADER..)?)?;
        description.format = variant.format;
        description.sections.push(Section {
            order,
            ..Section::default()
        });
        description
            .interfaces
            .push(Interface::new(link, parsed.snaplen));
        Some(Self {
            record_header: variant.record_header,
            ..usual
        })
    }

    /// Finds the next frames, from `at` on, until the records are full or it cannot go on. `at` is then where it would.
    pub(super) fn scan(
        &self,
        window: &[u8],
        at: &mut usize,
        records: &mut Records,
    ) -> Option<Halt> {
        while !records.is_full() {
            match self.step(window, *at, records) {
                Ok(length) => *at += length,
                Err(halt) => return Some(halt),
            }
        }
        None
    }

    /// Finds the next frame and returns how many bytes it takes in the file. A captured length above the snap length
    /// and a fraction of more than a second are read as they stand, as Wireshark does.
    #[inline]
    fn step(&self, window: &[u8], at: usize, records: &mut Records) -> Result<usize, Halt> {
        let rest = window.get(at..).unwrap_or_default();
        let header = rest
            .get(..self.record_header)
            .and_then(|header| self.order.words(header));
        let [seconds, fraction, first, second] =
            header.ok_or(Halt::Incomplete(self.record_header as u64))?;
        let (length, original_length) = self.lengths.sort(first, second);
        if length > LONGEST_FRAME && length > longest_frame(self.link) {
            return Err(StopReason::FrameTooLong(u64::from(length)).into());
        }
        let whole = self.record_header + length as usize;
        if rest.len() < whole {
            return Err(Halt::Incomplete(whole as u64));
        }
        records.push(Record {
            time: Some(self.time(seconds, fraction)),
            start: at + self.record_header,
            length,
            original_length,
            interface: 0,
            options_length: 0,
            options_distance: 0,
            link: self.link,
            order: self.order,
        });
        Ok(whole)
    }

    /// Cannot overflow: both numbers have 32 bits.
    #[inline]
    fn time(&self, seconds: u32, fraction: u32) -> Time {
        i64::from(seconds) * 1_000_000_000 + i64::from(fraction) * self.unit
    }
}

impl Lengths {
    /// The captured length, and the length on the wire.
    #[inline]
    fn sort(self, first: u32, second: u32) -> (u32, u32) {
        match self {
            Self::Usual => (first, second),
            Self::Swapped => (second, first),
            Self::Unsure => (first.min(second), first.max(second)),
        }
    }
}

fn is_modified(order: Order, header: &[u8]) -> bool {
    order.u32(header, 0) == Some(MODIFIED_MAGIC)
}

/// The file headers of usual and modified files differ in nothing else.
fn with_usual_magic(order: Order, mut header: [u8; HEADER]) -> [u8; HEADER] {
    let magic = match order {
        Order::Big => MAGIC.to_be_bytes(),
        Order::Little => MAGIC.to_le_bytes(),
    };
    if let Some(start) = header.first_chunk_mut() {
        *start = magic;
    }
    header
}
