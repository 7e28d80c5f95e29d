//! IPv4 and IPv6: addresses, true lengths, fragments, and what they carry.

use etherparse::{Ipv4HeaderSlice, Ipv6HeaderSlice};

use super::layer::{LayerKind, Trace};
use super::walk::{End, Network, Next, Piece, Step, Walk};
use super::{Endpoint, Packet, Tunnel, Unread};
use crate::capture::LinkType;

/// The largest packet that segmentation offload hands to a capture without saying its length.
const LARGEST_OFFLOADED: usize = 512 * 1024;

impl<'a, T: Trace> Walk<'a, '_, T> {
    #[inline]
    pub(super) fn ip(&mut self) -> Result<Step<'a>, Unread> {
        match self.peek::<1>()?[0] >> 4 {
            4 => self.ipv4(),
            6 => self.ipv6().map(Step::On),
            _ => Err(Unread::Malformed),
        }
    }

    #[inline]
    fn ipv4(&mut self) -> Result<Step<'a>, Unread> {
        let [first, ..] = *self.peek::<20>()?;
        let Ok(header) = Ipv4HeaderSlice::from_slice(self.rest()) else {
            return Err(if first & 15 < 5 {
                Unread::Malformed
            } else {
                self.short()
            });
        };
        let start = self.at;
        let length = header.slice().len();
        self.network = Network {
            source: Endpoint::v4(header.source(), 0),
            destination: Endpoint::v4(header.destination(), 0),
            ip_id: header.identification(),
            ttl: header.ttl(),
        };
        self.pass(LayerKind::Ipv4, length)?;
        match usize::from(header.total_len()) {
            0 => self.limit_offloaded(start),
            total if total < length => return Err(Unread::Malformed),
            // More than was on the wire, in a header that was damaged there.
            total if start + total > self.promised && is_damaged(&header) => {}
            total => self.limit(total - length),
        }
        let protocol = header.protocol().0;
        if !header.is_fragmenting_payload() {
            return Ok(Step::On(Next::Protocol(protocol)));
        }
        let id = u32::from(header.identification());
        let offset = usize::from(header.fragments_offset().value()) * 8;
        Ok(self.fragment(protocol, id, offset, header.more_fragments()))
    }

    /// A length of zero: segmentation offload, before the network card cut the packet up. All of the frame belongs
    /// to it.
    #[cold]
    fn limit_offloaded(&mut self, start: usize) {
        self.promised = self.promised.min(start + LARGEST_OFFLOADED).max(self.end);
    }

    fn ipv6(&mut self) -> Result<Next, Unread> {
        self.peek::<40>()?;
        let header = Ipv6HeaderSlice::from_slice(self.rest()).map_err(|_| Unread::Malformed)?;
        let start = self.at;
        self.network = Network {
            source: Endpoint::v6(header.source(), 0),
            destination: Endpoint::v6(header.destination(), 0),
            ip_id: 0,
            ttl: header.hop_limit(),
        };
        self.pass(LayerKind::Ipv6, 40)?;
        match usize::from(header.payload_length()) {
            // Offload, or a jumbogram (RFC 2675).
            0 => self.limit_offloaded(start),
            length => self.limit(length),
        }
        Ok(Next::Protocol(header.next_header().0))
    }

    /// A fragment to be gathered. The first of a packet is read by itself if the capture cut it: the packet can never
    /// be whole, and this is the only one that says whose it is.
    fn fragment(&mut self, protocol: u8, id: u32, offset: usize, more: bool) -> Step<'a> {
        let is_cut = self.promised > self.end;
        if is_cut && offset == 0 {
            return Step::On(Next::Protocol(protocol));
        }
        self.note(LayerKind::Fragment, self.at, self.end);
        let bytes = (!is_cut).then_some(self.rest());
        Step::End(End::Fragment(Piece {
            network: self.network,
            protocol,
            id,
            offset,
            more,
            bytes,
        }))
    }

    /// What IP carries, by its protocol number (<https://www.iana.org/assignments/protocol-numbers>).
    #[inline]
    pub(super) fn protocol(&mut self, number: u8) -> Result<Step<'a>, Unread> {
        match number {
            6 => self
                .tcp()
                .map(|segment| Step::End(End::Packet(Packet::Tcp(segment)))),
            17 => self.udp(),
            _ => self.other_protocol(number),
        }
    }

    fn other_protocol(&mut self, number: u8) -> Result<Step<'a>, Unread> {
        match number {
            1 | 58 => {
                self.note(LayerKind::Icmp, self.at, self.end);
                Err(Unread::Icmp)
            }
            4 | 41 => Ok(Step::On(Next::Ip)),
            44 => self.ipv6_fragment(),
            // Hop by hop, routing, destination options, mobility, host identity, shim6.
            0 | 43 | 60 | 135 | 139 | 140 => self.extension(number, |length| 8 + 8 * length),
            51 => self.extension(number, |length| 8 + 4 * length),
            47 => self.gre().map(Step::On),
            50 => Err(Unread::Encrypted),
            97 => {
                self.pass(LayerKind::EtherIp, 2)?;
                Ok(Step::On(Next::Link(LinkType::ETHERNET)))
            }
            115 => Err(Unread::Tunnel(Tunnel::L2tp)),
            137 => Ok(Step::On(Next::Mpls)),
            // Ethernet in IPv6 segment routing (RFC 8986).
            143 => Ok(Step::On(Next::Link(LinkType::ETHERNET))),
            other => Err(Unread::Protocol(other)),
        }
    }

    /// A header that begins with the number of the next and its own length (RFC 8200 §4, RFC 4302 §2).
    fn extension(&mut self, number: u8, bytes: fn(usize) -> usize) -> Result<Step<'a>, Unread> {
        let [next, length] = *self.peek::<2>()?;
        self.pass(LayerKind::Extension(number), bytes(usize::from(length)))?;
        Ok(Step::On(Next::Protocol(next)))
    }

    fn ipv6_fragment(&mut self) -> Result<Step<'a>, Unread> {
        let [next, _, high, low, id @ ..] = *self.peek::<8>()?;
        self.pass(LayerKind::Extension(44), 8)?;
        let field = u16::from_be_bytes([high, low]);
        let (offset, more) = (usize::from(field & !7), field & 1 == 1);
        if offset == 0 && !more {
            // An atomic fragment: the whole packet (RFC 6946).
            return Ok(Step::On(Next::Protocol(next)));
        }
        Ok(self.fragment(next, u32::from_be_bytes(id), offset, more))
    }

    /// GRE (RFC 2784, RFC 2890), also as PPTP uses it (RFC 2637) and mirror ports (ERSPAN).
    fn gre(&mut self) -> Result<Next, Unread> {
        const CHECKSUM: u16 = 0x8000;
        const ROUTING: u16 = 0x4000;
        const KEY: u16 = 0x2000;
        const SEQUENCE: u16 = 0x1000;
        const ACKNOWLEDGEMENT: u16 = 0x0080;
        let [high, low, kind_high, kind_low] = *self.peek::<4>()?;
        let flags = u16::from_be_bytes([high, low]);
        let kind = u16::from_be_bytes([kind_high, kind_low]);
        let fields = [CHECKSUM, KEY, SEQUENCE, ACKNOWLEDGEMENT];
        let present = fields.iter().filter(|field| flags & **field != 0).count();
        let mirror = match kind {
            0x88be if flags & SEQUENCE != 0 => 8,
            0x22eb => 12,
            _ => 0,
        };
        if flags & ROUTING != 0 {
            return Err(Unread::Tunnel(Tunnel::Gre(kind)));
        }
        self.pass(LayerKind::Gre, 4 + 4 * present + mirror)?;
        match kind {
            0x88be | 0x22eb => Ok(Next::Link(LinkType::ETHERNET)),
            0x0800 | 0x86dd | 0x6558 | 0x8100 | 0x8847 | 0x8848 | 0x880b => {
                Ok(Next::EtherType(kind))
            }
            other => Err(Unread::Tunnel(Tunnel::Gre(other))),
        }
    }
}

/// Whether the checksum of the header was filled in and does not fit.
#[cold]
fn is_damaged(header: &Ipv4HeaderSlice<'_>) -> bool {
    let filled_in = header.header_checksum();
    filled_in != 0 && filled_in != header.to_header().calc_header_checksum()
}
