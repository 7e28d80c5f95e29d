//! The hot path: what almost every frame of almost every capture is, read in one go.
//!
//! Anything that is odd in any way is left to the walk, which would give the same for what is read here.

use etherparse::TcpHeaderSlice;

use super::{Endpoint, Flags, Segment, TcpOptions};
use crate::capture::{Frame, LinkType};

const IP_HEADER: usize = 20;
const TCP_HEADER: usize = 20;

/// The headers of a plain frame, and what they carry.
#[derive(Clone)]
pub struct Plain<'a> {
    /// Address and port of the sender in 48 bits, as [`Endpoint::v4_bits`] has them.
    pub source: u64,
    /// Those of the receiver.
    pub destination: u64,
    ip_id: u16,
    ttl: u8,
    tcp: TcpHeaderSlice<'a>,
    payload: &'a [u8],
}

/// The headers of a frame that is Ethernet, loopback or raw IP, then IPv4 without options or fragments, then TCP, and that
/// was captured whole.
#[inline]
pub fn plain<'a>(frame: &Frame<'a>) -> Option<Plain<'a>> {
    let packet = ipv4(frame)?;
    let header: &[u8; IP_HEADER + 4] = packet.first_chunk()?;
    let [0x45, _, l0, l1, i0, i1, f0, f1, ttl, 6, _, _, source @ ..] = *header else {
        return None;
    };
    let is_fragment = f0 & 0x3f | f1 != 0;
    if is_fragment {
        return None;
    }
    let total = usize::from(u16::from_be_bytes([l0, l1]));
    let carried = packet.get(IP_HEADER..total)?;
    let tcp = TcpHeaderSlice::from_slice(carried).ok()?;
    let payload = carried.get(tcp.slice().len()..)?;
    let [s0, s1, s2, s3, d0, d1, d2, d3, p0, p1, q0, q1] = source;
    Some(Plain {
        source: u64::from_be_bytes([0, 0, s0, s1, s2, s3, p0, p1]),
        destination: u64::from_be_bytes([0, 0, d0, d1, d2, d3, q0, q1]),
        ip_id: u16::from_be_bytes([i0, i1]),
        ttl,
        tcp,
        payload,
    })
}

impl<'a> Plain<'a> {
    /// The segment of this frame.
    #[inline]
    pub fn segment(&self, frame: &Frame<'a>) -> Segment<'a> {
        let header = self.tcp.slice();
        let control = header.get(12..).and_then(|rest| rest.first_chunk());
        let control = control.copied().unwrap_or_default();
        Segment {
            frame: frame.number,
            time: frame.time,
            source: Endpoint::from_v4_bits(self.source),
            destination: Endpoint::from_v4_bits(self.destination),
            seq: self.tcp.sequence_number(),
            ack: self.tcp.acknowledgment_number(),
            interface: frame.interface,
            missing: 0,
            window: self.tcp.window_size(),
            flags: Flags(u16::from_be_bytes(control) & 0x01ff),
            ip_id: self.ip_id,
            ttl: self.ttl,
            options: TcpOptions(header.get(TCP_HEADER..).unwrap_or_default()),
            payload: self.payload,
        }
    }
}

/// The IPv4 packet behind the commonest link layers.
#[inline]
fn ipv4<'a>(frame: &Frame<'a>) -> Option<&'a [u8]> {
    match (frame.link, frame.bytes) {
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
            if let Some(plain) = plain(&frame) {
                let Packet::Tcp(walked) = read_any(&frame) else { panic!("the walk reads no segment") };
                prop_assert_eq!(Some(plain.source), walked.source.v4_bits());
                prop_assert_eq!(Some(plain.destination), walked.destination.v4_bits());
                prop_assert_eq!(format!("{:?}", plain.segment(&frame)), format!("{walked:?}"));
            }
        }
    }
}
