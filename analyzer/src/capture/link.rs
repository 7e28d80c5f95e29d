//! Link types: what the first byte of a frame begins.

use std::fmt;

/// What a frame begins with, by its number in the registry of link types
/// (<https://www.tcpdump.org/linktypes.html>, draft-ietf-opsawg-pcaplinktype).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkType(pub u16);

impl LinkType {
    /// BSD and Windows loopback: an address family of 4 bytes in the *writer's* byte order.
    pub const NULL: Self = Self(0);
    /// Ethernet, without preamble; Linux writes its loopback so too, with zero addresses.
    pub const ETHERNET: Self = Self(1);
    /// PPP, with or without the HDLC address and control bytes.
    pub const PPP: Self = Self(9);
    /// Raw IP as some BSDs number it.
    pub const RAW_BSD: Self = Self(12);
    /// Raw IP as OpenBSD numbers it.
    pub const RAW_OPENBSD: Self = Self(14);
    /// PPP in HDLC-like framing (RFC 1662).
    pub const PPP_HDLC: Self = Self(50);
    /// PPPoE, beginning with its session header (RFC 2516).
    pub const PPP_ETHER: Self = Self(51);
    /// IPv4 or IPv6, by the version in its first byte.
    pub const RAW: Self = Self(101);
    /// Cisco HDLC.
    pub const C_HDLC: Self = Self(104);
    /// An 802.11 frame without a radio header.
    pub const IEEE802_11: Self = Self(105);
    /// OpenBSD loopback: as `NULL`, in network byte order.
    pub const LOOP: Self = Self(108);
    /// Linux «any» device, first form.
    pub const LINUX_SLL: Self = Self(113);
    /// An 802.11 frame behind a radiotap header.
    pub const IEEE802_11_RADIOTAP: Self = Self(127);
    /// IPv4 only.
    pub const IPV4: Self = Self(228);
    /// IPv6 only.
    pub const IPV6: Self = Self(229);
    /// Linux «any» device, second form.
    pub const LINUX_SLL2: Self = Self(276);
    /// No frame at all, but a block of a pcapng file that Wireshark numbers like one. Not a registered number.
    pub const NO_FRAME: Self = Self(u16::MAX);

    /// The name by which tools show it, if it is a common one.
    pub fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "NULL",
            1 => "Ethernet",
            6 => "Token Ring",
            8 => "SLIP",
            9 => "PPP",
            10 => "FDDI",
            12 | 14 | 101 => "Raw IP",
            50 => "PPP HDLC",
            51 => "PPPoE",
            104 => "Cisco HDLC",
            105 => "802.11",
            107 => "Frame Relay",
            108 => "LOOP",
            113 => "Linux SLL",
            122 => "IP over Fibre Channel",
            127 => "802.11 radiotap",
            147..=162 => "user-defined",
            187 => "Bluetooth HCI",
            189 | 220 => "Linux USB",
            195 => "802.15.4",
            201 => "Bluetooth HCI",
            228 => "IPv4",
            229 => "IPv6",
            231 => "D-Bus",
            239 => "NFLOG",
            242 => "IP over InfiniBand",
            249 => "USBPcap",
            251 => "Bluetooth LE",
            253 => "Linux netlink",
            276 => "Linux SLL2",
            u16::MAX => "pcapng block",
            _ => return None,
        })
    }
}

impl fmt::Display for LinkType {
    /// `Ethernet (1)`, or the number alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} ({})", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}
