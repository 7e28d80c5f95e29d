//! pcapng files (draft-ietf-opsawg-pcapng): sections of blocks, of which some hold frames.
//!
//! The frame of each block is checked by `pcap-file`; the fields are decoded here, more leniently than there: a section
//! or an interface with an option that makes no sense still has a byte order, a link type, and frames.

mod about;
mod frames;

use frames::ENHANCED_PACKET;
use pcap_file::pcapng::{PcapNgFormatError, PcapNgParseError, PcapNgParser};

use super::clock::Clock;
use super::description::{Description, Format};
use super::link::LinkType;
use super::order::Order;
use super::record::{Halt, Records};
use super::stop::StopReason;

const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const INTERFACE_DESCRIPTION: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const INTERFACE_STATISTICS: u32 = 5;
const DECRYPTION_SECRETS: u32 = 10;
/// Blocks that hold no frame and yet have a number in Wireshark's list: journal entries, custom blocks of both kinds,
/// and the system calls of sysdig.
const NUMBERED: [u32; 6] = [9, 0x0bad, 0x4000_0bad, 0x204, 0x216, 0x221];

/// Block type, block length, and the block length again after the body.
const BLOCK_FRAME: usize = 12;
/// Where the body of a block begins.
const BODY: usize = 8;
/// Wireshark's limit for a block: the longest frame of any link type, and room for options.
const LONGEST_BLOCK: u64 = 128 * 1024 * 1024 + 128 * 1024;

/// The smallest section headers, one for each byte order: what a block parser needs to know.
const SECTIONS: [[u8; 28]; 2] = [
    *b"\x0a\x0d\x0d\x0a\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\x1c\0\0\0",
    *b"\x0a\x0d\x0d\x0a\0\0\0\x1c\x1a\x2b\x3c\x4d\0\x01\0\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\x1c",
];

/// A pcapng file, somewhere in it.
pub(super) struct Pcapng {
    parser: PcapNgParser,
    order: Order,
    /// Number of interfaces in the sections before this one.
    first_interface: u32,
    /// Those of this section.
    interfaces: Vec<Source>,
}

/// What a frame needs to know of its interface.
#[derive(Clone, Copy)]
struct Source {
    link: LinkType,
    snap_length: u32,
    clock: Clock,
}

/// Whether a file that begins so is pcapng.
pub(super) fn recognise(start: &[u8]) -> bool {
    start.starts_with(&SECTION_HEADER.to_be_bytes())
        && matches!(Order::Big.u32(start, 8), Some(0x1a2b_3c4d | 0x4d3c_2b1a))
}

impl Pcapng {
    /// Before the first section header; none only if `pcap-file` refuses the smallest of sections.
    pub(super) fn new(description: &mut Description) -> Option<Self> {
        description.format = Format::Pcapng;
        let order = Order::Little;
        Some(Self {
            parser: parser(order)?,
            order,
            first_interface: 0,
            interfaces: Vec::new(),
        })
    }

    /// Finds the next frames, from `at` on, until the records are full or it cannot go on. `at` is then where it would.
    pub(super) fn scan(
        &mut self,
        window: &[u8],
        at: &mut usize,
        records: &mut Records,
        description: &mut Description,
    ) -> Option<Halt> {
        while !records.is_full() {
            let step = match self.plain_frame(window, *at, records) {
                Some(length) => Ok(length),
                None => self.step(window, *at, records, description),
            };
            match step {
                Ok(length) => *at += length,
                Err(halt) => return Some(halt),
            }
        }
        None
    }

    /// Takes the next block, whatever it is, and returns how many bytes it has.
    fn step(
        &mut self,
        window: &[u8],
        at: usize,
        records: &mut Records,
        description: &mut Description,
    ) -> Result<usize, Halt> {
        let rest = window.get(at..).unwrap_or_default();
        let (kind, length) = match self.parser.next_raw_block(rest) {
            Ok((_, block)) => (block.type_, block.initial_len as usize),
            Err(error) => self.refused(rest, error)?,
        };
        let body = rest.get(BODY..length.saturating_sub(4)).unwrap_or_default();
        match kind {
            ENHANCED_PACKET => self.enhanced_packet(body, at + BODY, records, description)?,
            SIMPLE_PACKET => self.simple_packet(body, at + BODY, records)?,
            OBSOLETE_PACKET => self.obsolete_packet(body, at + BODY, records, description)?,
            _ if NUMBERED.contains(&kind) => records.push(self.numbered_block(body, at + BODY)),
            _ => self.other_block(kind, body, description)?,
        }
        Ok(length)
    }

    /// Type and length of a block that `pcap-file` frames but does not accept.
    #[cold]
    fn refused(&self, rest: &[u8], error: PcapNgParseError) -> Result<(u32, usize), Halt> {
        let order = if rest.starts_with(&SECTION_HEADER.to_be_bytes()) {
            section_order(rest, BODY)?
        } else {
            self.order
        };
        match error {
            PcapNgParseError::IncompleteBuffer(..) => Err(incomplete(rest, order)),
            PcapNgParseError::InvalidFormat(error) => Err(unframed(error, rest, order).into()),
            PcapNgParseError::BlockConversion(_) | PcapNgParseError::StateUpdate(_) => {
                let fields = order.u32(rest, 0).zip(order.u32(rest, 4));
                let (kind, length) = fields.ok_or(Halt::Incomplete(BLOCK_FRAME as u64))?;
                Ok((kind, length as usize))
            }
        }
    }

    #[cold]
    fn other_block(
        &mut self,
        kind: u32,
        body: &[u8],
        description: &mut Description,
    ) -> Result<(), StopReason> {
        match kind {
            SECTION_HEADER => self.section_header(body, description),
            INTERFACE_DESCRIPTION => self.interface_description(body, description),
            INTERFACE_STATISTICS => {
                self.interface_statistics(body, description);
                Ok(())
            }
            DECRYPTION_SECRETS => {
                description.has_secrets = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn parser(order: Order) -> Option<PcapNgParser> {
    let [little, big] = &SECTIONS;
    let section = match order {
        Order::Little => little,
        Order::Big => big,
    };
    PcapNgParser::new(section).ok().map(|(_, parser)| parser)
}

/// The byte order that the mark at `at` in a section header shows.
fn section_order(bytes: &[u8], at: usize) -> Result<Order, StopReason> {
    match Order::Big.u32(bytes, at) {
        Some(0x1a2b_3c4d) => Ok(Order::Big),
        Some(0x4d3c_2b1a) => Ok(Order::Little),
        Some(mark) => Err(StopReason::UnknownByteOrder(mark)),
        None => Ok(Order::Little),
    }
}

fn incomplete(rest: &[u8], order: Order) -> Halt {
    match order.u32(rest, 4).map(u64::from) {
        Some(length) if length > LONGEST_BLOCK => StopReason::BlockTooLong(length).into(),
        Some(length) if rest.len() >= BLOCK_FRAME => Halt::Incomplete(length),
        _ => Halt::Incomplete(BLOCK_FRAME as u64),
    }
}

fn unframed(error: PcapNgFormatError, rest: &[u8], order: Order) -> StopReason {
    let length = u64::from(order.u32(rest, 4).unwrap_or(0));
    match error {
        PcapNgFormatError::BlockNotAligned(_) => StopReason::BlockNotAligned(length),
        PcapNgFormatError::BlockLengthMismatch(first, last) => {
            StopReason::BlockLengthsDiffer(first, last)
        }
        PcapNgFormatError::InvalidMagicNumber(mark) => StopReason::UnknownByteOrder(mark),
        _ => StopReason::BlockTooShort(length),
    }
}

fn too_short(body: &[u8]) -> StopReason {
    StopReason::BlockTooShort((body.len() + BLOCK_FRAME) as u64)
}
