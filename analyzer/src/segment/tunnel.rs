//! Tunnels in UDP, by their registered port at either end and a header that bears it out.

use super::Unread;
use super::layer::{LayerKind, Trace};
use super::walk::{Next, Walk};
use crate::capture::LinkType;

impl<'a, T: Trace> Walk<'a, '_, T> {
    /// What a datagram between these ports carries, if it is a tunnel.
    pub(super) fn tunnel(&mut self, ports: [u16; 2]) -> Result<Option<Next>, Unread> {
        for port in ports {
            let entered = match port {
                1701 => self.l2tp()?,
                2152 => self.gtp()?,
                3544 => self.teredo()?,
                4754 => Some(Next::Protocol(47)),
                4789 => self.vxlan()?,
                4790 => self.vxlan_gpe()?,
                6081 => self.geneve()?,
                6635 => Some(Next::Mpls),
                _ => None,
            };
            if entered.is_some() {
                return Ok(entered);
            }
        }
        Ok(None)
    }

    /// A data message of the second version, whose fields are present or not by flags (RFC 2661 §3.1).
    fn l2tp(&mut self) -> Result<Option<Next>, Unread> {
        const CONTROL: u16 = 0x8000;
        const LENGTH: u16 = 0x4000;
        const SEQUENCE: u16 = 0x0800;
        const OFFSET: u16 = 0x0200;
        let Some(Some([high, low])) = self.rest().get(..2).map(<[u8]>::first_chunk) else {
            return Ok(None);
        };
        let flags = u16::from_be_bytes([*high, *low]);
        if flags & CONTROL != 0 || flags & 15 != 2 {
            return Ok(None);
        }
        let size = |flag: u16, bytes: usize| if flags & flag != 0 { bytes } else { 0 };
        let fields = 6 + size(LENGTH, 2) + size(SEQUENCE, 4);
        let padding = match self.rest().get(fields..) {
            Some([high, low, ..]) if flags & OFFSET != 0 => {
                2 + usize::from(u16::from_be_bytes([*high, *low]))
            }
            _ => 0,
        };
        self.pass(LayerKind::L2tp, fields + padding)?;
        Ok(Some(Next::Ppp))
    }

    /// A user packet of the first version, with its extension headers (3GPP TS 29.281 §5).
    fn gtp(&mut self) -> Result<Option<Next>, Unread> {
        let (flags, kind) = match self.rest() {
            [flags, kind, ..] => (*flags, *kind),
            _ => return Ok(None),
        };
        if flags & 0xf0 != 0x30 || kind != 0xff {
            return Ok(None);
        }
        let mut length = if flags & 7 != 0 { 12 } else { 8 };
        let mut next = if flags & 4 != 0 {
            self.rest().get(11).copied().unwrap_or(0)
        } else {
            0
        };
        while next != 0 {
            let size =
                4 * usize::from(*self.rest().get(length).ok_or_else(|| self.short())?).max(1);
            length += size;
            next = *self.rest().get(length - 1).ok_or_else(|| self.short())?;
        }
        self.pass(LayerKind::Gtp, length)?;
        Ok(Some(Next::Ip))
    }

    /// IPv6, perhaps behind authentication and the sender's address (RFC 4380 §5.1.1).
    fn teredo(&mut self) -> Result<Option<Next>, Unread> {
        let mut length = 0;
        if let [0, 1, name, secret, ..] = self.rest() {
            length += 13 + usize::from(*name) + usize::from(*secret);
        }
        if let Some([0, 0, ..]) = self.rest().get(length..) {
            length += 8;
        }
        match self.rest().get(length) {
            Some(first) if first >> 4 == 6 => {
                self.pass(LayerKind::Teredo, length)?;
                Ok(Some(Next::Ip))
            }
            _ => Ok(None),
        }
    }

    fn vxlan(&mut self) -> Result<Option<Next>, Unread> {
        let [0x08, 0, 0, 0, _, _, _, 0, ..] = self.rest() else {
            return Ok(None);
        };
        self.pass(LayerKind::Vxlan, 8)?;
        Ok(Some(Next::Link(LinkType::ETHERNET)))
    }

    /// VXLAN that says what it carries (draft-ietf-nvo3-vxlan-gpe §3).
    fn vxlan_gpe(&mut self) -> Result<Option<Next>, Unread> {
        let [0x0c, 0, 0, carried @ 1..=3, _, _, _, 0, ..] = self.rest() else {
            return Ok(None);
        };
        let next = if *carried == 3 {
            Next::Link(LinkType::ETHERNET)
        } else {
            Next::Ip
        };
        self.pass(LayerKind::Vxlan, 8)?;
        Ok(Some(next))
    }

    fn geneve(&mut self) -> Result<Option<Next>, Unread> {
        let [options @ 0..=0x3f, _, high, low, _, _, _, 0, ..] = self.rest() else {
            return Ok(None);
        };
        let kind = u16::from_be_bytes([*high, *low]);
        self.pass(LayerKind::Geneve, 8 + 4 * usize::from(*options))?;
        Ok(Some(Next::EtherType(kind)))
    }
}
