//! The hot path: what almost every frame of almost every capture is, read in one go.
//!
//! Anything that is odd in any way is left to the walk, which would give the same for what is read here.

use super::{Endpoint, Flags, Segment, TcpOptions};
use crate::capture::{Frame, LinkType};

const IP_HEADER: usize = 20;
const TCP_HEADER: usize = 20;
const HEADERS: usize = IP_HEADER + TCP_HEADER;

/// The headers of a plain frame, and what they carry.
#[derive(Clone, Copy)]
pub struct Plain<'a> {
    /// Those of IP and TCP, without options.
    headers: &'a [u8; HEADERS],
    options: &'a [u8],
    payload: &'a [u8],
}

/// The headers of a frame that is Ethernet, loopback or raw IP, then IPv4 without options or fragments, then TCP, and that
/// was captured whole. It reads the few fields that it wants where they lie: so much is asked of every frame.
#[inline(always)]
pub fn plain(link: LinkType, frame: &[u8]) -> Option<Plain<'_>> {
    let packet = ipv4(link, frame)?;
    let headers: &[u8; HEADERS] = packet.first_chunk()?;
    let [0x45, _, l0, l1, _, _, f0, f1, _, 6, ..] = *headers else {
        return None;
    };
    let is_fragment = f0 & 0x3f | f1 != 0;
    if is_fragment {
        return None;
    }
    let total = usize::from(u16::from_be_bytes([l0, l1]));
    let carried = packet.get(HEADERS..total)?;
    let tcp_header = usize::from(headers[IP_HEADER + 12] >> 4) * 4;
    let (options, payload) = carried.split_at_checked(tcp_header.checked_sub(TCP_HEADER)?)?;
    Some(Plain {
        headers,
        options,
        payload,
    })
}

impl<'a> Plain<'a> {
    /// Address and port of the sender in 48 bits, as [`Endpoint::v4_bits`] has them.
    #[inline]
    pub fn source(&self) -> u64 {
        u64::from(self.u32::<12>()) << 16 | u64::from(self.u16::<IP_HEADER>())
    }

    /// Those of the receiver.
    #[inline]
    pub fn destination(&self) -> u64 {
        u64::from(self.u32::<16>()) << 16 | u64::from(self.u16::<{ IP_HEADER + 2 }>())
    }

    /// The segment of this frame.
    #[inline]
    pub fn segment(&self, frame: &Frame<'a>) -> Segment<'a> {
        Segment {
            frame: frame.number,
            time: frame.time,
            source: Endpoint::from_v4_bits(self.source()),
            destination: Endpoint::from_v4_bits(self.destination()),
            seq: self.u32::<{ IP_HEADER + 4 }>(),
            ack: self.u32::<{ IP_HEADER + 8 }>(),
            interface: frame.interface,
            missing: 0,
            window: self.u16::<{ IP_HEADER + 14 }>(),
            flags: Flags(self.u16::<{ IP_HEADER + 12 }>() & 0x01ff),
            ip_id: self.u16::<4>(),
            ttl: self.headers[8],
            options: TcpOptions(self.options),
            payload: self.payload,
        }
    }

    #[inline]
    fn u16<const AT: usize>(&self) -> u16 {
        u16::from_be_bytes([self.headers[AT], self.headers[AT + 1]])
    }

    #[inline]
    fn u32<const AT: usize>(&self) -> u32 {
        let headers = self.headers;
        u32::from_be_bytes([
            headers[AT],
            headers[AT + 1],
            headers[AT + 2],
            headers[AT + 3],
        ])
    }
}

/// The IPv4 packet behind the commonest link layers.
#[inline]
fn ipv4(link: LinkType, frame: &[u8]) -> Option<&[u8]> {
    match (link, frame) {
        (LinkType::ETHERNET, [_, _, _, _, _, _, _, _, _, _, _, _, 0x08, 0x00, packet @ ..])
        | (LinkType::NULL, [2, 0, 0, 0, packet @ ..] | [0, 0, 0, 2, packet @ ..])
        | (LinkType::RAW | LinkType::IPV4, packet) => Some(packet),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Packet, read_any};
    use super::*;

    /// Frames that are often plain, and then mutilated.
    fn frames() -> impl Strategy<Value = (u16, Vec<u8>)> {
        let tail = prop::collection::vec(any::<u8>(), 0..60);
        let head = prop_oneof![
            Just((1, vec![0; 12])).prop_map(|(link, head)| (link, [head, vec![8, 0]].concat())),
            Just((0, vec![2, 0, 0, 0])),
            Just((101, Vec::new())),
        ];
        (head, tail, 0u8..90, any::<u8>(), any::<bool>()).prop_map(
            |((link, head), tail, total, offset, odd)| {
                let mut ip = vec![
                    0x45, 0, 0, total, 1, 2, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
                ];
                let mut tcp = vec![
                    0xc3, 0x50, 0xd9, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 1, 0, 0, 0, 0, 0,
                ];
                if odd {
                    ip[6] = offset;
                    tcp[12] = offset;
                }
                (link, [head, ip, tcp, tail].concat())
            },
        )
    }

    proptest! {
        #[test]
        fn the_hot_path_reads_what_the_walk_reads((link, bytes) in frames()) {
            let frame = Frame::new(1, Some(5), LinkType(link), &bytes);
            if let Some(plain) = plain(frame.link, frame.bytes) {
                let Packet::Tcp(walked) = read_any(&frame) else { panic!("the walk reads no segment") };
                prop_assert_eq!(Some(plain.source()), walked.source.v4_bits());
                prop_assert_eq!(Some(plain.destination()), walked.destination.v4_bits());
                prop_assert_eq!(format!("{:?}", plain.segment(&frame)), format!("{walked:?}"));
            }
        }
    }
}
