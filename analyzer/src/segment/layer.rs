//! How a frame is wrapped, header by header, with the place of each.

use std::ops::Range;

use super::Unread;
use crate::capture::LinkType;

/// One header, or what it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// What it is.
    pub kind: LayerKind,
    /// Where it lies in the bytes of the frame; shorter than the header itself if the capture cut it.
    pub range: Range<usize>,
}

/// What a layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LayerKind {
    /// Address family of a BSD or Windows loopback.
    Null,
    /// Address family of an OpenBSD loopback.
    Loop,
    /// Ethernet II or IEEE 802.3.
    Ethernet,
    /// VLAN tag (IEEE 802.1Q, 802.1ad).
    Vlan,
    /// Linux cooked capture, first form.
    LinuxCooked,
    /// Linux cooked capture, second form.
    LinuxCooked2,
    /// Radiotap.
    Radiotap,
    /// IEEE 802.11.
    Wifi,
    /// The header of one packet among several in an 802.11 frame.
    Subframe,
    /// The header of a rarer link type.
    Link(LinkType),
    /// Another tag behind an Ethernet header (VN-Tag, IEEE 802.1CB, IEEE 802.1ah).
    Tag,
    /// LLC, with SNAP where present (IEEE 802.2).
    Llc,
    /// PPP, or Cisco HDLC.
    Ppp,
    /// PPPoE (RFC 2516).
    Pppoe,
    /// MPLS label (RFC 3032).
    Mpls,
    /// GRE, with the ERSPAN header where present (RFC 2784, RFC 2890, RFC 2637).
    Gre,
    /// EtherIP (RFC 3378).
    EtherIp,
    /// L2TP (RFC 2661).
    L2tp,
    /// GTP (3GPP TS 29.281).
    Gtp,
    /// Teredo (RFC 4380).
    Teredo,
    /// VXLAN (RFC 7348).
    Vxlan,
    /// Geneve (RFC 8926).
    Geneve,
    /// IPv4 (RFC 791).
    Ipv4,
    /// IPv6 (RFC 8200).
    Ipv6,
    /// An extension header of IPv6 or IPsec authentication, by its protocol number.
    Extension(u8),
    /// TCP (RFC 9293).
    Tcp,
    /// UDP (RFC 768).
    Udp,
    /// ICMP or ICMPv6, all of it.
    Icmp,
    /// Part of an IP packet that was fragmented.
    Fragment,
    /// What the application said.
    Payload,
    /// Bytes after the end of the IP packet: padding, or a frame check sequence.
    Trailer,
    /// The rest, which is not read.
    Unread,
}

/// All layers of one frame, outermost first, without gaps: together they are the bytes of the frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layers {
    /// The layers.
    pub layers: Vec<Layer>,
    /// Why the rest is not read, if it is not.
    pub unread: Option<Unread>,
}

impl Layers {
    /// The innermost layer of a kind.
    pub fn find(&self, kind: LayerKind) -> Option<&Layer> {
        self.layers.iter().rfind(|layer| layer.kind == kind)
    }

    /// Adds the layers of a packet that begins at `start`, behind its header of so many bytes and what may lie in front of that.
    pub(super) fn join(&mut self, header: usize, start: usize, packet: Self) {
        let end = self.layers.last().map_or(0, |layer| layer.range.end);
        self.layer(LayerKind::Trailer, end..start - header);
        self.layer(LayerKind::Subframe, start - header..start);
        for Layer { kind, range } in packet.layers {
            self.layer(kind, start + range.start..start + range.end);
        }
    }

    /// Adds what lies after the last layer.
    pub(super) fn finish(mut self, length: usize, unread: Option<Unread>) -> Self {
        let end = self.layers.last().map_or(0, |layer| layer.range.end);
        if end < length {
            let kind = if unread.is_some() {
                LayerKind::Unread
            } else {
                LayerKind::Trailer
            };
            self.layers.push(Layer {
                kind,
                range: end..length,
            });
        }
        Self { unread, ..self }
    }
}

/// Someone who wants to know where the layers lie while a frame is walked; the unit type does not.
pub(super) trait Trace {
    /// Called for each layer, outermost first.
    fn layer(&mut self, kind: LayerKind, range: Range<usize>);
}

impl Trace for () {
    #[inline]
    fn layer(&mut self, _: LayerKind, _: Range<usize>) {}
}

impl Trace for Layers {
    fn layer(&mut self, kind: LayerKind, range: Range<usize>) {
        if !range.is_empty() {
            self.layers.push(Layer { kind, range });
        }
    }
}
