//! The hot path: what almost every frame of almost every capture is, read in one go.
//!
//! Anything that is odd in any way is left to the walk, which would give the same for what is read here.

use etherparse::TcpHeaderSlice;

use super::{Endpoint, Flags, Segment, TcpOptions};
use crate::capture::{Frame, LinkType};

const IP_HEADER: usize = 20;
const TCP_HEADER: usize = 20;

/// What the network header of a plain frame says, and the two ports.
#[derive(Clone, Copy)]
pub struct Plain<'a> {
    /// Address and port of the sender in 48 bits, as [`Endpoint::v4_bits`] has them.
    pub source: u64,
    /// Those of the receiver.
    pub destination: u64,
    ip_id: u16,
    ttl: u8,
    carried: &'a [u8],
}

/// The ends of a frame that is Ethernet, loopback or raw IP, then IPv4 without options or fragments, then TCP, and that was
/// captured whole. If there is a segment in such a frame it goes from one of these ends to the other.
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
    let carried = packet.get(IP_HEADER..total).filter(|tcp| tcp.len() >= 4)?;
    let [s0, s1, s2, s3, d0, d1, d2, d3, p0, p1, q0, q1] = source;
    Some(Plain {
        source: u64::from_be_bytes([0, 0, s0, s1, s2, s3, p0, p1]),
        destination: u64::from_be_bytes([0, 0, d0, d1, d2, d3, q0, q1]),
        ip_id: u16::from_be_bytes([i0, i1]),
        ttl,
        carried,
    })
}

/// The segment of a plain frame.
#[inline]
pub(super) fn segment<'a>(frame: &Frame<'a>) -> Option<Segment<'a>> {
    plain(frame)?.segment(frame)
}

impl<'a> Plain<'a> {
    /// The segment of this frame, if nothing is odd about it.
    #[inline]
    pub(super) fn segment(&self, frame: &Frame<'a>) -> Option<Segment<'a>> {
        let tcp = TcpHeaderSlice::from_slice(self.carried).ok()?;
        let (header, payload) = self.carried.split_at_checked(tcp.slice().len())?;
        let [b0, b1] = *header.get(12..)?.first_chunk()?;
        Some(Segment {
            frame: frame.number,
            time: frame.time,
            source: Endpoint::from_v4_bits(self.source),
            destination: Endpoint::from_v4_bits(self.destination),
            seq: tcp.sequence_number(),
            ack: tcp.acknowledgment_number(),
            interface: frame.interface,
            missing: 0,
            window: tcp.window_size(),
            flags: Flags(u16::from_be_bytes([b0, b1]) & 0x01ff),
            ip_id: self.ip_id,
            ttl: self.ttl,
            options: TcpOptions(header.get(TCP_HEADER..)?),
            payload,
        })
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
            if let (Some(ends), Packet::Tcp(walked)) = (plain(&frame), read_any(&frame)) {
                prop_assert_eq!(Some(ends.source), walked.source.v4_bits());
                prop_assert_eq!(Some(ends.destination), walked.destination.v4_bits());
            }
            if let Some(quick) = segment(&frame) {
                let Packet::Tcp(walked) = read_any(&frame) else { panic!("the walk reads no segment") };
                prop_assert_eq!(format!("{quick:?}"), format!("{walked:?}"));
            }
        }
    }
}
