//! One frame, made anonymous layer by layer.

use super::address::Addresses;
use super::speech::Speech;
use crate::capture::Frame;
use crate::segment::{Layer, LayerKind, Packet, layers, read, subframes};

const IPV4_CHECKSUM: usize = 10;
const TCP_CHECKSUM: usize = 16;
const UDP_CHECKSUM: usize = 6;

/// The bytes of a frame without what tells who spoke.
pub(super) fn anonymous(
    frame: &Frame<'_>,
    addresses: &mut Addresses,
    speech: &mut Speech,
) -> Vec<u8> {
    let found = layers(frame);
    let mut bytes = frame.bytes.to_vec();
    let sums = Sums::of(&bytes, &found.layers);
    for layer in &found.layers {
        if let Some(place) = bytes.get_mut(layer.range.clone()) {
            replace(layer.kind, place, frame, addresses, speech);
        }
    }
    sums.restore(&mut bytes, &found.layers);
    for (at, packet) in subframes(frame) {
        let anonymous = anonymous(&packet, addresses, speech);
        if let Some(place) = bytes.get_mut(at..at + anonymous.len()) {
            place.copy_from_slice(&anonymous);
        }
    }
    bytes
}

fn replace(
    kind: LayerKind,
    place: &mut [u8],
    frame: &Frame<'_>,
    addresses: &mut Addresses,
    speech: &mut Speech,
) {
    match kind {
        LayerKind::Ethernet | LayerKind::Subframe => {
            [0, 6].into_iter().for_each(|at| mac(place, at, addresses));
        }
        LayerKind::LinuxCooked => mac(place, 6, addresses),
        LayerKind::LinuxCooked2 => mac(place, 12, addresses),
        LayerKind::Ipv4 => {
            for at in [12, 16] {
                if let Some(address) = place.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
                    addresses.v4(address);
                }
            }
        }
        LayerKind::Ipv6 => {
            for at in [8, 24] {
                if let Some(address) = place.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
                    addresses.v6(address);
                }
            }
        }
        LayerKind::Payload => {
            let told = match read(frame) {
                Packet::Tcp(segment) if segment.payload.len() == place.len() => {
                    speech.payload(&segment)
                }
                _ => vec![b'x'; place.len()],
            };
            place.copy_from_slice(&told);
        }
        // The addresses of an 802.11 header, of which there may be a fourth; what comes before says what the frame is.
        LayerKind::Wifi => {
            let has_fourth = place.get(1).is_some_and(|flags| flags & 3 == 3);
            let addresses = [4..22, 24..if has_fourth { 30 } else { 24 }];
            let addresses = addresses.into_iter().flatten();
            addresses.for_each(|at| place.get_mut(at).into_iter().for_each(|byte| *byte = 0));
        }
        LayerKind::Icmp | LayerKind::Unread | LayerKind::Fragment | LayerKind::Trailer => {
            place.fill(0);
        }
        _ => {}
    }
}

fn mac(place: &mut [u8], at: usize, addresses: &mut Addresses) {
    if let Some(address) = place.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
        addresses.mac(address);
    }
}

/// Which checksums of a frame were right.
struct Sums {
    right: Vec<bool>,
}

impl Sums {
    fn of(bytes: &[u8], layers: &[Layer]) -> Self {
        let is_right = |at: usize| sum(bytes, layers, at).is_some_and(|(_, residue)| residue == 0);
        Self {
            right: (0..layers.len()).map(is_right).collect(),
        }
    }

    /// Makes those right again.
    fn restore(&self, bytes: &mut [u8], layers: &[Layer]) {
        for (at, _) in self.right.iter().enumerate().filter(|(_, right)| **right) {
            let Some((place, _)) = sum(bytes, layers, at) else {
                continue;
            };
            if let Some(field) = bytes.get_mut(place..place + 2) {
                field.fill(0);
            }
            let Some((_, residue)) = sum(bytes, layers, at) else {
                continue;
            };
            if let Some(field) = bytes.get_mut(place..place + 2) {
                field.copy_from_slice(&residue.to_be_bytes());
            }
        }
    }
}

/// Where a layer's checksum lies, and the complement of the sum over all that it covers: 0 if it is right (RFC 1071).
fn sum(bytes: &[u8], layers: &[Layer], at: usize) -> Option<(usize, u16)> {
    let layer = layers.get(at)?;
    let start = layer.range.start;
    match layer.kind {
        LayerKind::Ipv4 => Some((
            start + IPV4_CHECKSUM,
            !fold(bytes.get(layer.range.clone())?, 0),
        )),
        LayerKind::Tcp | LayerKind::Udp => {
            let network = layers
                .get(..at)?
                .iter()
                .rfind(|one| matches!(one.kind, LayerKind::Ipv4 | LayerKind::Ipv6))?;
            let end = layers
                .get(at + 1)
                .filter(|one| one.kind == LayerKind::Payload);
            let end = end.map_or(layer.range.end, |payload| payload.range.end);
            let (protocol, field) = match layer.kind {
                LayerKind::Tcp => (6, TCP_CHECKSUM),
                _ => (17, UDP_CHECKSUM),
            };
            let header = bytes.get(network.range.clone())?;
            let ends = match network.kind {
                LayerKind::Ipv4 => header.get(12..20)?,
                _ => header.get(8..40)?,
            };
            let covered = bytes.get(start..end)?;
            // The pseudo-header: addresses, protocol, length (RFC 9293 §3.1, RFC 8200 §8.1).
            let pseudo = u32::from(fold(ends, 0)) + protocol + u32::try_from(covered.len()).ok()?;
            Some((start + field, !fold(covered, pseudo)))
        }
        _ => None,
    }
}

/// The sum of 16-bit words in ones' complement.
fn fold(bytes: &[u8], first: u32) -> u16 {
    let mut sum = u64::from(first);
    for pair in bytes.chunks(2) {
        let word = [pair[0], pair.get(1).copied().unwrap_or_default()];
        sum += u64::from(u16::from_be_bytes(word));
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}
