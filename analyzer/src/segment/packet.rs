//! What a frame turned out to carry.

use std::fmt;

use super::{Endpoint, TcpOptions};
use crate::capture::{LinkType, Time};

/// What one frame carries.
#[derive(Clone, Copy, Debug)]
pub enum Packet<'a> {
    /// A TCP segment.
    Tcp(Segment<'a>),
    /// A UDP datagram.
    Udp(Datagram<'a>),
    /// Neither, and why.
    Unread(Unread),
}

/// One TCP segment (RFC 9293 §3.1).
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// The frame that carried it; for a reassembled IP packet the frame that completed it.
    pub frame: u64,
    /// When that frame was seen.
    pub time: Option<Time>,
    /// Who sent it.
    pub source: Endpoint,
    /// To whom.
    pub destination: Endpoint,
    /// Sequence number of its first byte, of the SYN where there is one.
    pub seq: u32,
    /// Acknowledgement number; meaningful with [`Flags::ACK`] only.
    pub ack: u32,
    /// Interface that saw it, as in [`crate::capture::Frame`].
    pub interface: u32,
    /// How many payload bytes the IP length promises that the capture lacks. They follow [`Self::payload`].
    pub missing: u32,
    /// Receive window, not scaled.
    pub window: u16,
    /// Control bits.
    pub flags: Flags,
    /// Identification field of IPv4; 0 for IPv6.
    pub ip_id: u16,
    /// Time to live, or hop limit.
    pub ttl: u8,
    /// Option bytes, as far as captured.
    pub options: TcpOptions<'a>,
    /// The payload bytes that were captured, without padding or frame check sequence.
    pub payload: &'a [u8],
}

impl Segment<'_> {
    /// Payload bytes on the wire: captured and missing.
    #[inline]
    pub fn length(&self) -> u32 {
        self.payload.len() as u32 + self.missing
    }
}

/// One UDP datagram (RFC 768).
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a> {
    /// The frame that carried it; for a reassembled IP packet the frame that completed it.
    pub frame: u64,
    /// When that frame was seen.
    pub time: Option<Time>,
    /// Who sent it.
    pub source: Endpoint,
    /// To whom.
    pub destination: Endpoint,
    /// Interface that saw it.
    pub interface: u32,
    /// How many payload bytes its length promises that the capture lacks.
    pub missing: u32,
    /// The payload bytes that were captured.
    pub payload: &'a [u8],
}

/// The control bits of a TCP header, with the three upper ones (AE, CWR, ECE) where present.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Flags(pub u16);

impl Flags {
    /// No more data from the sender.
    pub const FIN: Self = Self(0x01);
    /// Synchronise sequence numbers.
    pub const SYN: Self = Self(0x02);
    /// Reset the connection.
    pub const RST: Self = Self(0x04);
    /// Push.
    pub const PSH: Self = Self(0x08);
    /// The acknowledgement field is significant.
    pub const ACK: Self = Self(0x10);
    /// The urgent pointer is significant.
    pub const URG: Self = Self(0x20);
    /// ECN echo.
    pub const ECE: Self = Self(0x40);
    /// Congestion window reduced.
    pub const CWR: Self = Self(0x80);

    /// Whether all bits of `other` are set.
    #[inline]
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// FIN is set.
    #[inline]
    pub fn fin(self) -> bool {
        self.has(Self::FIN)
    }

    /// SYN is set.
    #[inline]
    pub fn syn(self) -> bool {
        self.has(Self::SYN)
    }

    /// RST is set.
    #[inline]
    pub fn rst(self) -> bool {
        self.has(Self::RST)
    }

    /// ACK is set.
    #[inline]
    pub fn ack(self) -> bool {
        self.has(Self::ACK)
    }
}

impl std::ops::BitOr for Flags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for Flags {
    /// `SYN, ACK`, as Wireshark lists them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: [(Flags, &str); 8] = [
            (Flags::FIN, "FIN"),
            (Flags::SYN, "SYN"),
            (Flags::RST, "RST"),
            (Flags::PSH, "PSH"),
            (Flags::ACK, "ACK"),
            (Flags::URG, "URG"),
            (Flags::ECE, "ECE"),
            (Flags::CWR, "CWR"),
        ];
        let mut separator = "";
        for (_, name) in NAMES.iter().filter(|(flag, _)| self.has(*flag)) {
            write!(f, "{separator}{name}")?;
            separator = ", ";
        }
        Ok(())
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{self}]")
    }
}

/// Why no segment could be read from a frame. None of these is a fault of the capture but the last three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unread {
    /// A link type that this program does not read.
    LinkType(LinkType),
    /// A link layer that carries something other than IP, by its EtherType (ARP is 0x0806).
    EtherType(u16),
    /// A link layer that carries something other than IP and has no EtherType: management frames, spanning tree,
    /// PPP control.
    NotIp,
    /// ICMP or ICMPv6; the TCP headers quoted in its errors are not segments.
    Icmp,
    /// IP that carries another protocol, by its number (IGMP is 2).
    Protocol(u8),
    /// A fragment of an IP packet whose other fragments [`super::Fragments`] must gather.
    Fragment,
    /// An 802.11 frame that holds several packets (A-MSDU): [`super::subframes`] has those of which anything was captured.
    Aggregate,
    /// A tunnel that is named but not opened.
    Tunnel(Tunnel),
    /// Wi-Fi or IPsec payload that is encrypted.
    Encrypted,
    /// The capture ends before the ports and sequence numbers (snap length).
    Cut,
    /// A header contradicts itself: a version, a length or an offset that cannot be.
    Malformed,
    /// More headers inside each other than any real network has.
    TooDeep,
}

/// Tunnels that are named rather than opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tunnel {
    /// Layer 2 tunnelling protocol (RFC 3931), over IP.
    L2tp,
    /// GRE that carries something other than IP or Ethernet, by its protocol type.
    Gre(u16),
    /// MACsec (IEEE 802.1AE).
    MacSec,
}
