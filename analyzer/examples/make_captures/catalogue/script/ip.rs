//! From a segment or datagram to the IP packets that carry it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use etherparse::{IpFragOffset, IpNumber, Ipv4Header, Ipv6Header};

/// Upper-layer protocols.
pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;
const HOP_BY_HOP: u8 = 0;
const FRAGMENT: u8 = 44;
const DESTINATION_OPTIONS: u8 = 60;
/// Payload bytes of each fragment but the last; a multiple of 8 (RFC 791 §3.1).
const FRAGMENT_SIZE: usize = 24;
/// What is no longer than this goes in one packet all the same.
const UNFRAGMENTED: usize = 2 * FRAGMENT_SIZE;
/// RFC 2113.
const ROUTER_ALERT: [u8; 4] = [0x94, 0x04, 0, 0];

/// What goes from one host to another.
pub(super) struct Load<'a> {
    pub(super) from: IpAddr,
    pub(super) to: IpAddr,
    pub(super) identification: u16,
    pub(super) protocol: u8,
    pub(super) bytes: &'a [u8],
}

/// How it is put into IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Network {
    /// IPv4, 20 bytes of header.
    V4,
    /// IPv4 with a Router Alert option.
    V4Options,
    /// IPv4, what exceeds 24 bytes in fragments.
    V4Fragments,
    /// IPv4, in fragments whose last is seen first.
    V4FragmentsReversed,
    /// IPv4 as Windows captures what it sends: the network card fills the checksums in later.
    V4Offloaded,
    /// IPv4 in fragments, of which the last is never seen.
    V4FragmentsIncomplete,
    /// IPv6, 40 bytes of header.
    V6,
    /// IPv6 with hop-by-hop and destination options (RFC 8200 §4).
    V6Extensions,
    /// IPv6, what exceeds 24 bytes in fragments.
    V6Fragments,
}

impl Network {
    /// The address of a host of the course's network.
    pub(crate) fn host(self, number: u8) -> IpAddr {
        match self {
            Self::V6 | Self::V6Extensions | Self::V6Fragments => {
                Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, u16::from(number)).into()
            }
            _ => Ipv4Addr::new(192, 168, 0, number).into(),
        }
    }

    /// The packets that carry `load`, in the order in which they are seen.
    pub(super) fn packets(self, load: &Load<'_>) -> Vec<Vec<u8>> {
        let mut packets = match (load.from, load.to) {
            (IpAddr::V4(from), IpAddr::V4(to)) => self.v4(load, from, to),
            (IpAddr::V6(from), IpAddr::V6(to)) => self.v6(load, from, to),
            _ => unreachable!("both ends are of one family"),
        };
        match self {
            Self::V4FragmentsReversed => packets.reverse(),
            Self::V4FragmentsIncomplete => packets.truncate(1),
            _ => {}
        }
        packets
    }

    fn v4(self, load: &Load<'_>, from: Ipv4Addr, to: Ipv4Addr) -> Vec<Vec<u8>> {
        let mut header = v4_header(from, to, load.protocol);
        header.identification = load.identification;
        match self {
            Self::V4Fragments | Self::V4FragmentsReversed | Self::V4FragmentsIncomplete => {
                v4_fragments(&header, load.bytes)
            }
            Self::V4Offloaded => vec![offloaded(v4_packet(header, load.bytes))],
            Self::V4Options => {
                header.options = ROUTER_ALERT.into();
                vec![v4_packet(header, load.bytes)]
            }
            _ => vec![v4_packet(header, load.bytes)],
        }
    }

    fn v6(self, load: &Load<'_>, from: Ipv6Addr, to: Ipv6Addr) -> Vec<Vec<u8>> {
        let packet = |next_header, payload: &[u8]| v6_packet(from, to, next_header, payload);
        match self {
            Self::V6Extensions => {
                let [first, second] = [DESTINATION_OPTIONS, load.protocol].map(options_header);
                vec![packet(HOP_BY_HOP, &[&first, &second, load.bytes].concat())]
            }
            Self::V6Fragments if load.bytes.len() > UNFRAGMENTED => pieces(load.bytes)
                .map(|piece| {
                    packet(
                        FRAGMENT,
                        &[&fragment_header(load, &piece), piece.bytes].concat(),
                    )
                })
                .collect(),
            _ => vec![packet(load.protocol, load.bytes)],
        }
    }
}

/// A part of what is carried.
struct Piece<'a> {
    offset: u16,
    is_last: bool,
    bytes: &'a [u8],
}

fn pieces(bytes: &[u8]) -> impl Iterator<Item = Piece<'_>> {
    let chunks = bytes.chunks(FRAGMENT_SIZE).enumerate();
    chunks.map(|(index, chunk)| Piece {
        offset: (index * FRAGMENT_SIZE) as u16,
        is_last: (index + 1) * FRAGMENT_SIZE >= bytes.len(),
        bytes: chunk,
    })
}

fn v4_fragments(header: &Ipv4Header, bytes: &[u8]) -> Vec<Vec<u8>> {
    if bytes.len() <= UNFRAGMENTED {
        return vec![v4_packet(header.clone(), bytes)];
    }
    pieces(bytes)
        .map(|piece| {
            let mut header = header.clone();
            header.dont_fragment = false;
            header.more_fragments = !piece.is_last;
            header.fragment_offset = IpFragOffset::try_new(piece.offset / 8).expect("13 bits");
            v4_packet(header, piece.bytes)
        })
        .collect()
}

/// The same packet without the checksums of IPv4 and TCP.
fn offloaded(mut packet: Vec<u8>) -> Vec<u8> {
    const CHECKSUMS: [usize; 2] = [10, 20 + 16];
    for at in CHECKSUMS {
        packet[at..at + 2].fill(0);
    }
    packet
}

/// A header that lacks only what depends on the payload.
pub(super) fn v4_header(from: Ipv4Addr, to: Ipv4Addr, protocol: u8) -> Ipv4Header {
    Ipv4Header::new(0, 64, IpNumber(protocol), from.octets(), to.octets()).expect("a short packet")
}

/// Header and payload, with length and checksum.
pub(super) fn v4_packet(mut header: Ipv4Header, payload: &[u8]) -> Vec<u8> {
    header
        .set_payload_len(payload.len())
        .expect("a short packet");
    header.header_checksum = header.calc_header_checksum();
    [&header.to_bytes(), payload].concat()
}

fn v6_packet(from: Ipv6Addr, to: Ipv6Addr, next_header: u8, payload: &[u8]) -> Vec<u8> {
    let header = Ipv6Header {
        payload_length: payload.len() as u16,
        next_header: IpNumber(next_header),
        hop_limit: 64,
        source: from.octets(),
        destination: to.octets(),
        ..Ipv6Header::default()
    };
    [&header.to_bytes(), payload].concat()
}

/// Hop-by-hop or destination options of 8 bytes: nothing but padding (RFC 8200 §4.2).
fn options_header(next_header: u8) -> [u8; 8] {
    [next_header, 0, 1, 4, 0, 0, 0, 0]
}

/// RFC 8200 §4.5.
fn fragment_header(load: &Load<'_>, piece: &Piece<'_>) -> [u8; 8] {
    let [high, low] = (piece.offset | u16::from(!piece.is_last)).to_be_bytes();
    let [i0, i1] = load.identification.to_be_bytes();
    [load.protocol, 0, high, low, 0, 0, i0, i1]
}
