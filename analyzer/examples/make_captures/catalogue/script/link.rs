//! From an IP packet to a frame (<https://www.tcpdump.org/linktypes.html>).

use std::net::{IpAddr, Ipv4Addr};

use super::ip;

const IPV4: [u8; 2] = [0x08, 0x00];
const IPV6: [u8; 2] = [0x86, 0xdd];

/// What stands in front of the IP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    Ethernet,
    /// Filled up with zeros to the 60 bytes that a frame has at least.
    EthernetPadded,
    /// IEEE 802.1Q, VLAN 10.
    Vlan,
    /// IEEE 802.1ad: service tag 100, customer tag 10.
    QinQ,
    /// IPv4 in a GRE tunnel (RFC 2784) on Ethernet.
    Gre,
    /// A PPPoE session (RFC 2516) on Ethernet.
    Pppoe,
    /// BSD and Windows loopback, written on a little-endian machine.
    NullLittle,
    /// The same, written on a big-endian machine.
    NullBig,
    /// OpenBSD loopback.
    Loop,
    Ppp,
    RawIp,
    /// IPv4 only.
    Ipv4,
    /// IPv6 only.
    Ipv6,
    /// Linux «any» device, first form.
    Sll,
    /// Linux «any» device, second form.
    Sll2,
    /// IEEE 802.11 data frames behind radiotap.
    Wifi,
    /// The same, each with all packets that go the same way one after the other (A-MSDU).
    WifiAggregate,
}

/// What stands in front of the packets of an A-MSDU, in bytes: radiotap and the header of 802.11 with its quality of service.
const AGGREGATE: usize = 8 + 26;

/// Between whom a frame goes.
pub(super) struct Ends {
    pub(super) from: IpAddr,
    pub(super) to: IpAddr,
    /// Whether the host that captures sent it.
    pub(super) outgoing: bool,
}

impl Link {
    /// Its number in the registry of link types.
    pub(super) fn number(self) -> u16 {
        match self {
            Self::NullLittle | Self::NullBig => 0,
            Self::Ethernet
            | Self::EthernetPadded
            | Self::Vlan
            | Self::QinQ
            | Self::Gre
            | Self::Pppoe => 1,
            Self::Ppp => 9,
            Self::RawIp => 101,
            Self::Loop => 108,
            Self::Sll => 113,
            Self::Wifi | Self::WifiAggregate => 127,
            Self::Ipv4 => 228,
            Self::Ipv6 => 229,
            Self::Sll2 => 276,
        }
    }

    /// The frame that carries `packet`.
    pub(super) fn frame(self, ends: &Ends, packet: &[u8]) -> Vec<u8> {
        let mut frame = self.header(ends, packet);
        frame.extend_from_slice(packet);
        if self == Self::EthernetPadded {
            frame.resize(frame.len().max(60), 0);
        }
        frame
    }

    fn header(self, ends: &Ends, packet: &[u8]) -> Vec<u8> {
        let kind = if ends.from.is_ipv4() { IPV4 } else { IPV6 };
        match self {
            Self::Ethernet | Self::EthernetPadded => ethernet(ends, &[&kind]),
            Self::Vlan => ethernet(ends, &[&[0x81, 0, 0, 10], &kind]),
            Self::QinQ => ethernet(ends, &[&[0x88, 0xa8, 0, 100], &[0x81, 0, 0, 10], &kind]),
            Self::Gre => gre(ends, packet),
            Self::Pppoe => pppoe(ends, packet.len()),
            Self::NullLittle => family(ends).to_le_bytes().to_vec(),
            Self::NullBig | Self::Loop => family(ends).to_be_bytes().to_vec(),
            Self::Ppp => vec![
                0xff,
                0x03,
                0x00,
                if ends.from.is_ipv4() { 0x21 } else { 0x57 },
            ],
            Self::RawIp | Self::Ipv4 | Self::Ipv6 => Vec::new(),
            Self::Sll => linux_cooked(ends, kind),
            Self::Sll2 => linux_cooked_2(ends, kind),
            Self::Wifi => wifi(ends, kind),
            Self::WifiAggregate => wifi_aggregate(ends, kind, packet.len()),
        }
    }

    /// The frame that carries what two carry that go the same way, where the link has such frames: each packet begins at a multiple
    /// of 4 (IEEE 802.11-2020 §9.3.2.2.2).
    pub(super) fn together(self, first: &[u8], second: &[u8]) -> Option<Vec<u8>> {
        let go_the_same_way = first.get(..AGGREGATE) == second.get(..AGGREGATE);
        (self == Self::WifiAggregate && go_the_same_way).then(|| {
            let mut both = first.to_vec();
            both.resize(AGGREGATE + (first.len() - AGGREGATE).next_multiple_of(4), 0);
            both.extend(&second[AGGREGATE..]);
            both
        })
    }
}

fn ethernet(ends: &Ends, types: &[&[u8]]) -> Vec<u8> {
    let addresses = [hardware(ends.to), hardware(ends.from)].concat();
    [addresses, types.concat()].concat()
}

/// A locally administered address, made from that of IP.
fn hardware(address: IpAddr) -> [u8; 6] {
    let [a, b, c, d] = match address {
        IpAddr::V4(address) => address.octets(),
        IpAddr::V6(address) => {
            let [.., a, b, c, d] = address.octets();
            [a, b, c, d]
        }
    };
    [0x02, 0x00, a, b, c, d]
}

/// The tunnel leads from one router to another.
fn gre(ends: &Ends, packet: &[u8]) -> Vec<u8> {
    const GRE: u8 = 47;
    let routers = [Ipv4Addr::new(203, 0, 113, 1), Ipv4Addr::new(203, 0, 113, 2)];
    let [from, to] = if ends.outgoing {
        routers
    } else {
        [routers[1], routers[0]]
    };
    let tunnelled = [&[0, 0], IPV4.as_slice(), packet].concat();
    let outer = ip::v4_packet(ip::v4_header(from, to, GRE), &tunnelled);
    let header = outer.len() - packet.len();
    [ethernet(ends, &[&IPV4]), outer[..header].to_vec()].concat()
}

fn pppoe(ends: &Ends, length: usize) -> Vec<u8> {
    let [high, low] = (length as u16 + 2).to_be_bytes();
    let session = [0x11, 0x00, 0x00, 0x01, high, low, 0x00, 0x21];
    ethernet(ends, &[&[0x88, 0x64], &session])
}

/// The address family, for IPv6 as macOS numbers it.
fn family(ends: &Ends) -> u32 {
    if ends.from.is_ipv4() { 2 } else { 30 }
}

fn direction(ends: &Ends) -> u8 {
    const TO_US: u8 = 0;
    const FROM_US: u8 = 4;
    if ends.outgoing { FROM_US } else { TO_US }
}

fn linux_cooked(ends: &Ends, kind: [u8; 2]) -> Vec<u8> {
    let mut header = vec![0, direction(ends), 0, 1, 0, 6];
    header.extend(hardware(ends.from));
    header.extend([0, 0]);
    header.extend(kind);
    header
}

fn linux_cooked_2(ends: &Ends, kind: [u8; 2]) -> Vec<u8> {
    let mut header = kind.to_vec();
    header.extend([0, 0, 0, 0, 0, 2, 0, 1, direction(ends), 6]);
    header.extend(hardware(ends.from));
    header.extend([0, 0]);
    header
}

const ACCESS_POINT: [u8; 6] = [0x02, 0, 0, 0, 0, 1];

/// A radiotap header without fields, a data frame to or from the access point, and SNAP.
fn wifi(ends: &Ends, kind: [u8; 2]) -> Vec<u8> {
    let mut header = vec![0, 0, 8, 0, 0, 0, 0, 0];
    let (control, addresses) = if ends.outgoing {
        (
            [0x08, 0x01],
            [ACCESS_POINT, hardware(ends.from), hardware(ends.to)],
        )
    } else {
        (
            [0x08, 0x02],
            [hardware(ends.to), ACCESS_POINT, hardware(ends.from)],
        )
    };
    header.extend(control);
    header.extend([0, 0]);
    header.extend(addresses.concat());
    header.extend([0, 0]);
    header.extend([0xaa, 0xaa, 0x03, 0, 0, 0]);
    header.extend(kind);
    header
}

/// Radiotap without fields, a data frame with quality of service that says that it is an A-MSDU, and the header of one packet with SNAP.
fn wifi_aggregate(ends: &Ends, kind: [u8; 2], length: usize) -> Vec<u8> {
    const SNAP: [u8; 6] = [0xaa, 0xaa, 0x03, 0, 0, 0];
    let (station, way) = if ends.outgoing {
        (ends.from, 1)
    } else {
        (ends.to, 2)
    };
    let addresses = match ends.outgoing {
        true => [ACCESS_POINT, hardware(station), ACCESS_POINT],
        false => [hardware(station), ACCESS_POINT, ACCESS_POINT],
    };
    let [high, low] = ((length + 8) as u16).to_be_bytes();
    let mut header = vec![0, 0, 8, 0, 0, 0, 0, 0, 0x88, way, 0, 0];
    header.extend(addresses.concat());
    header.extend([0, 0, 0x80, 0]);
    header.extend(hardware(ends.to));
    header.extend(hardware(ends.from));
    header.extend([high, low]);
    header.extend(SNAP);
    header.extend(kind);
    header
}
