//! From the link type to IP. No library in use reads loopback, PPP, SNAP or MPLS headers, and each is a few bytes.

use super::layer::{LayerKind, Trace};
use super::walk::{Next, Walk};
use super::{Tunnel, Unread};
use crate::capture::LinkType;

/// Numbers below this are lengths, from here on types (IEEE 802.3 §3.2.6).
const SMALLEST_ETHER_TYPE: u16 = 0x0600;
/// What Linux writes as the protocol of frames that begin with LLC.
const LINUX_LLC: u16 = 0x0004;

impl<'a, T: Trace> Walk<'a, '_, T> {
    #[inline]
    pub(super) fn link(&mut self, link: LinkType) -> Result<Next, Unread> {
        match link {
            LinkType::ETHERNET => self.ethernet(),
            LinkType::NULL => self.loopback(LayerKind::Null),
            LinkType::LOOP => self.loopback(LayerKind::Loop),
            LinkType::RAW
            | LinkType::RAW_BSD
            | LinkType::RAW_OPENBSD
            | LinkType::IPV4
            | LinkType::IPV6 => Ok(Next::Ip),
            LinkType::LINUX_SLL => self.linux_cooked(),
            LinkType::LINUX_SLL2 => self.linux_cooked_2(),
            LinkType::PPP | LinkType::PPP_HDLC => Ok(Next::Ppp),
            LinkType::PPP_ETHER => self.pppoe(),
            LinkType::C_HDLC => self.cisco_hdlc(),
            LinkType::IEEE802_11 => self.wifi(false),
            LinkType::IEEE802_11_RADIOTAP => self.radiotap(),
            other => self.rare_link(other),
        }
    }

    #[inline]
    fn ethernet(&mut self) -> Result<Next, Unread> {
        let [.., high, low] = *self.peek::<14>()?;
        self.pass(LayerKind::Ethernet, 14)?;
        Ok(self.type_or_length(u16::from_be_bytes([high, low])))
    }

    fn type_or_length(&mut self, field: u16) -> Next {
        if field >= SMALLEST_ETHER_TYPE {
            return Next::EtherType(field);
        }
        self.limit(usize::from(field));
        Next::Llc
    }

    pub(super) fn ether_type(&mut self, kind: u16) -> Result<Next, Unread> {
        match kind {
            0x0800 | 0x86dd => Ok(Next::Ip),
            0x8100 | 0x88a8 | 0x9100 | 0x9200 => self.vlan(),
            0x8847 | 0x8848 => Ok(Next::Mpls),
            0x8864 => self.pppoe(),
            0x880b => Ok(Next::Ppp),
            // VN-Tag and the redundancy tag of IEEE 802.1CB: four bytes and a type behind them.
            0x8926 | 0xf1c1 => self.tag(),
            // The service tag of a provider's backbone (IEEE 802.1ah), and a whole Ethernet frame.
            0x88e7 => {
                self.pass(LayerKind::Tag, 4)?;
                Ok(Next::Link(LinkType::ETHERNET))
            }
            // Transparent Ethernet bridging.
            0x6558 => Ok(Next::Link(LinkType::ETHERNET)),
            0x88e5 => Err(Unread::Tunnel(Tunnel::MacSec)),
            other => Err(Unread::EtherType(other)),
        }
    }

    fn vlan(&mut self) -> Result<Next, Unread> {
        let [_, _, high, low] = *self.peek::<4>()?;
        self.pass(LayerKind::Vlan, 4)?;
        Ok(self.type_or_length(u16::from_be_bytes([high, low])))
    }

    fn tag(&mut self) -> Result<Next, Unread> {
        let [.., high, low] = *self.peek::<6>()?;
        self.pass(LayerKind::Tag, 6)?;
        Ok(Next::EtherType(u16::from_be_bytes([high, low])))
    }

    /// LLC, and SNAP if it says so (IEEE 802.2, RFC 1042).
    pub(super) fn llc(&mut self) -> Result<Next, Unread> {
        match self.rest() {
            [0xaa, 0xaa, 0x03, 0, 0, 0 | 0xf8, high, low, ..] => {
                let kind = u16::from_be_bytes([*high, *low]);
                self.pass(LayerKind::Llc, 8)?;
                Ok(Next::EtherType(kind))
            }
            [0x06, 0x06, _, ..] => {
                self.pass(LayerKind::Llc, 3)?;
                Ok(Next::Ip)
            }
            _ => Err(Unread::NotIp),
        }
    }

    /// The address family in 4 bytes: in network order, or in that of the writer, which is found by trying, since no
    /// family has a large number.
    fn loopback(&mut self, kind: LayerKind) -> Result<Next, Unread> {
        const LARGEST_FAMILY: u32 = 0xffff;
        let bytes = *self.peek::<4>()?;
        self.pass(kind, 4)?;
        let [big, little] = [u32::from_be_bytes(bytes), u32::from_le_bytes(bytes)];
        let family = if kind == LayerKind::Loop || big <= LARGEST_FAMILY {
            big
        } else {
            little
        };
        match family {
            // IPv4 everywhere; IPv6 on Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS.
            2 | 10 | 23 | 24 | 28 | 30 => Ok(Next::Ip),
            _ => Err(Unread::NotIp),
        }
    }

    fn linux_cooked(&mut self) -> Result<Next, Unread> {
        let [.., high, low] = *self.peek::<16>()?;
        self.pass(LayerKind::LinuxCooked, 16)?;
        Ok(cooked_protocol(high, low))
    }

    fn linux_cooked_2(&mut self) -> Result<Next, Unread> {
        let [high, low, ..] = *self.peek::<20>()?;
        self.pass(LayerKind::LinuxCooked2, 20)?;
        Ok(cooked_protocol(high, low))
    }

    /// PPP, with the address and control bytes of HDLC or without, and a protocol of two bytes or one (RFC 1661 §2, §6.5).
    pub(super) fn ppp(&mut self) -> Result<Next, Unread> {
        // Cisco's framing, where no PPP protocol could be.
        if let [0x0f | 0x8f, 0, ..] = self.rest() {
            return self.cisco_hdlc();
        }
        let framing = if self.rest().starts_with(&[0xff]) {
            2
        } else {
            0
        };
        let (protocol, length) = match self.rest().get(framing..) {
            Some([short, ..]) if short & 1 == 1 => (u16::from(*short), 1),
            Some([high, low, ..]) => (u16::from_be_bytes([*high, *low]), 2),
            _ => return Err(self.short()),
        };
        self.pass(LayerKind::Ppp, framing + length)?;
        match protocol {
            0x0021 | 0x0057 => Ok(Next::Ip),
            0x0281 | 0x0283 => Ok(Next::Mpls),
            _ => Err(Unread::NotIp),
        }
    }

    fn pppoe(&mut self) -> Result<Next, Unread> {
        let [_, code, _, _, high, low] = *self.peek::<6>()?;
        self.pass(LayerKind::Pppoe, 6)?;
        self.limit(usize::from(u16::from_be_bytes([high, low])));
        if code == 0 {
            Ok(Next::Ppp)
        } else {
            Err(Unread::NotIp)
        }
    }

    fn cisco_hdlc(&mut self) -> Result<Next, Unread> {
        let [_, _, high, low] = *self.peek::<4>()?;
        self.pass(LayerKind::Ppp, 4)?;
        Ok(Next::EtherType(u16::from_be_bytes([high, low])))
    }

    /// One label; after the last what it carries shows only in the first bits (RFC 4928).
    pub(super) fn mpls(&mut self) -> Result<Next, Unread> {
        let [_, _, bottom, _] = *self.peek::<4>()?;
        self.pass(LayerKind::Mpls, 4)?;
        if bottom & 1 == 0 {
            return Ok(Next::Mpls);
        }
        match self.peek::<1>()?[0] >> 4 {
            4 | 6 => Ok(Next::Ip),
            0 => {
                // The control word of an Ethernet pseudowire (RFC 4448).
                self.pass(LayerKind::Mpls, 4)?;
                Ok(Next::Link(LinkType::ETHERNET))
            }
            _ => Err(Unread::NotIp),
        }
    }
}

fn cooked_protocol(high: u8, low: u8) -> Next {
    match u16::from_be_bytes([high, low]) {
        LINUX_LLC => Next::Llc,
        kind => Next::EtherType(kind),
    }
}
