//! Link types that few captures have, and that lead to IP in a step or two.

use super::Unread;
use super::layer::{LayerKind, Trace};
use super::walk::{Next, Walk};
use crate::capture::LinkType;

impl<'a, T: Trace> Walk<'a, '_, T> {
    /// Headers as <https://www.tcpdump.org/linktypes.html> describes them, by their numbers there.
    pub(super) fn rare_link(&mut self, link: LinkType) -> Result<Next, Unread> {
        match link.0 {
            6 => self.token_ring(link),
            10 => self.skip(link, 13, Next::Llc),
            100 => Ok(Next::Llc),
            107 => self.frame_relay(link),
            109 => self.skip(link, 12, Next::Ip),
            117 => self.packet_filter_log(link),
            119 | 163 => self.prism(link),
            // Both names of RFC 2625.
            122 => self.skip(link, 16, Next::Llc),
            138 => self.firewire(link),
            166 => self.skip(link, 2, Next::Ppp),
            204 => self.skip(link, 1, Next::Ppp),
            192 => self.per_packet_information(link),
            197 => self.endace(link),
            219 => Ok(Next::Mpls),
            226 => self.skip(link, 24, Next::Ip),
            239 => self.netfilter_log(link),
            242 => self.ip_over_infiniband(link),
            258 => self.packet_tap(link),
            _ => Err(Unread::LinkType(link)),
        }
    }

    fn skip(&mut self, link: LinkType, length: usize, next: Next) -> Result<Next, Unread> {
        self.pass(LayerKind::Link(link), length)?;
        Ok(next)
    }

    /// IEEE 802.5: a source address whose highest bit is set is followed by a route.
    fn token_ring(&mut self, link: LinkType) -> Result<Next, Unread> {
        let [_, _, _, _, _, _, _, _, source, _, _, _, _, _, control] = *self.peek::<15>()?;
        let route = if source & 0x80 != 0 {
            usize::from(control & 0x1f)
        } else {
            0
        };
        self.skip(link, 14 + route, Next::Llc)
    }

    /// An address of two to four bytes, then the header of RFC 2427, with or without padding; or as Cisco has it, a type.
    fn frame_relay(&mut self, link: LinkType) -> Result<Next, Unread> {
        let mut address = self.rest().iter().take(4);
        let last = address.position(|byte| byte & 1 == 1);
        let length = 1 + last.ok_or_else(|| self.short())?;
        match self.rest().get(length..).unwrap_or_default() {
            [3, 0xcc | 0x8e, ..] => self.skip(link, length + 2, Next::Ip),
            [3, 0, 0xcc | 0x8e, ..] => self.skip(link, length + 3, Next::Ip),
            [3, 0x80, 0, 0, 0, high, low, ..] => self.skip(link, length + 7, ether(*high, *low)),
            [3, 0, 0x80, 0, 0, 0, high, low, ..] => self.skip(link, length + 8, ether(*high, *low)),
            [3, ..] => Err(Unread::NotIp),
            [high, low, ..] => self.skip(link, length + 2, ether(*high, *low)),
            _ => Err(self.short()),
        }
    }

    /// InfiniBand's global route header, then a type (RFC 4391).
    fn ip_over_infiniband(&mut self, link: LinkType) -> Result<Next, Unread> {
        let [.., high, low, _, _] = *self.peek::<44>()?;
        self.skip(link, 44, ether(high, low))
    }

    /// OpenBSD's packet filter: the length of the header is its first byte, without padding.
    fn packet_filter_log(&mut self, link: LinkType) -> Result<Next, Unread> {
        let [length] = *self.peek::<1>()?;
        self.skip(link, usize::from(length).next_multiple_of(4), Next::Ip)
    }

    /// Prism and AVS: a radio header with its length in the second word, in the one byte order or the other.
    fn prism(&mut self, link: LinkType) -> Result<Next, Unread> {
        let [_, _, _, _, length @ ..] = *self.peek::<8>()?;
        let length = u32::from_be_bytes(length).min(u32::from_le_bytes(length));
        self.skip(link, length as usize, Next::Link(LinkType::IEEE802_11))
    }

    /// IP over FireWire (RFC 2734).
    fn firewire(&mut self, link: LinkType) -> Result<Next, Unread> {
        let [.., high, low] = *self.peek::<18>()?;
        self.skip(link, 18, ether(high, low))
    }

    /// A radio header that names the link type behind it.
    fn per_packet_information(&mut self, link: LinkType) -> Result<Next, Unread> {
        let [_, _, l0, l1, d0, d1, ..] = *self.peek::<8>()?;
        let inner = Next::Link(LinkType(u16::from_le_bytes([d0, d1])));
        self.skip(link, usize::from(u16::from_le_bytes([l0, l1])), inner)
    }

    /// Endace's record header, extension headers while they say that another follows, and Ethernet behind two bytes.
    fn endace(&mut self, link: LinkType) -> Result<Next, Unread> {
        const MORE: u8 = 0x80;
        let header = self.peek::<16>()?;
        let kind = header[8];
        let mut length = 16;
        let mut more = kind & MORE != 0;
        while more {
            let extension = self.rest().get(length).ok_or_else(|| self.short())?;
            more = extension & MORE != 0;
            length += 8;
        }
        match kind & !MORE {
            2 | 11 | 16 | 20 => self.skip(link, length + 2, Next::Link(LinkType::ETHERNET)),
            _ => Err(Unread::NotIp),
        }
    }

    /// Linux's packet filter: attributes with their length and kind, of which one is the packet.
    fn netfilter_log(&mut self, link: LinkType) -> Result<Next, Unread> {
        const PAYLOAD: u16 = 9;
        self.peek::<4>()?;
        let mut at = 4;
        loop {
            let attribute = self
                .rest()
                .get(at..)
                .and_then(|rest| rest.first_chunk::<4>());
            let [l0, l1, k0, k1] = *attribute.ok_or_else(|| self.short())?;
            let length = usize::from(u16::from_le_bytes([l0, l1]));
            if u16::from_le_bytes([k0, k1]) == PAYLOAD {
                self.pass(LayerKind::Link(link), at + 4)?;
                self.limit(length.saturating_sub(4));
                return Ok(Next::Ip);
            }
            at += length.max(4).next_multiple_of(4);
        }
    }

    /// Apple's header, which names the link type behind it.
    fn packet_tap(&mut self, link: LinkType) -> Result<Next, Unread> {
        let [l0, l1, l2, l3, _, _, _, _, d0, d1, _, _] = *self.peek::<12>()?;
        let inner = Next::Link(LinkType(u16::from_le_bytes([d0, d1])));
        self.skip(link, u32::from_le_bytes([l0, l1, l2, l3]) as usize, inner)
    }
}

fn ether(high: u8, low: u8) -> Next {
    Next::EtherType(u16::from_be_bytes([high, low]))
}
