//! What the fields of a header say, under the names that Wireshark's display filters use.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::segment::{Flags, LayerKind, TcpOption, TcpOptions};

/// One field of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Its name in Wireshark's filters: `ip.src`.
    pub field: &'static str,
    /// Its value.
    pub value: String,
}

/// The fields of one header; what the bytes do not hold is left out.
#[must_use]
pub fn facts(kind: LayerKind, bytes: &[u8]) -> Vec<Fact> {
    let facts = match kind {
        LayerKind::Null | LayerKind::Loop => null(bytes),
        LayerKind::Ethernet => ethernet(bytes),
        LayerKind::Vlan => vlan(bytes),
        LayerKind::LinuxCooked => cooked(bytes),
        LayerKind::LinuxCooked2 => cooked2(bytes),
        LayerKind::Ipv4 => ipv4(bytes),
        LayerKind::Ipv6 => ipv6(bytes),
        LayerKind::Tcp => tcp(bytes),
        _ => None,
    };
    facts.unwrap_or_default()
}

fn fact(field: &'static str, value: impl ToString) -> Fact {
    Fact {
        field,
        value: value.to_string(),
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn mac(bytes: &[u8], at: usize) -> Option<String> {
    let address: [u8; 6] = *bytes.get(at..)?.first_chunk()?;
    Some(address.map(|byte| format!("{byte:02x}")).join(":"))
}

/// The address family, in the byte order of whoever wrote the file.
fn null(bytes: &[u8]) -> Option<Vec<Fact>> {
    let family: [u8; 4] = *bytes.first_chunk()?;
    let family = u32::from_le_bytes(family).min(u32::from_be_bytes(family));
    let name = match family {
        2 => "2 (IPv4)".to_owned(),
        10 | 23 | 24 | 28 | 30 => format!("{family} (IPv6)"),
        other => other.to_string(),
    };
    Some(vec![fact("null.family", name)])
}

fn ethernet(bytes: &[u8]) -> Option<Vec<Fact>> {
    Some(vec![
        fact("eth.dst", mac(bytes, 0)?),
        fact("eth.src", mac(bytes, 6)?),
        fact("eth.type", ether_type(u16_at(bytes, 12)?)),
    ])
}

fn ether_type(number: u16) -> String {
    match number {
        0x0800 => "0x0800 (IPv4)".to_owned(),
        0x86dd => "0x86dd (IPv6)".to_owned(),
        0x8100 => "0x8100 (VLAN)".to_owned(),
        other => format!("{other:#06x}"),
    }
}

fn vlan(bytes: &[u8]) -> Option<Vec<Fact>> {
    Some(vec![
        fact("vlan.id", u16_at(bytes, 0)? & 0x0fff),
        fact("vlan.etype", ether_type(u16_at(bytes, 2)?)),
    ])
}

fn cooked(bytes: &[u8]) -> Option<Vec<Fact>> {
    Some(vec![
        fact("sll.pkttype", u16_at(bytes, 0)?),
        fact("sll.src.eth", mac(bytes, 6)?),
        fact("sll.etype", ether_type(u16_at(bytes, 14)?)),
    ])
}

fn cooked2(bytes: &[u8]) -> Option<Vec<Fact>> {
    Some(vec![
        fact("sll.etype", ether_type(u16_at(bytes, 0)?)),
        fact("sll.ifindex", u32_at(bytes, 4)?),
    ])
}

fn ipv4(bytes: &[u8]) -> Option<Vec<Fact>> {
    let address = |at| Some(Ipv4Addr::from_bits(u32_at(bytes, at)?));
    Some(vec![
        fact("ip.version", bytes.first()? >> 4),
        fact("ip.hdr_len", usize::from(bytes.first()? & 15) * 4),
        fact("ip.len", u16_at(bytes, 2)?),
        fact("ip.id", format!("{:#06x}", u16_at(bytes, 4)?)),
        fact("ip.ttl", bytes.get(8)?),
        fact("ip.proto", protocol(*bytes.get(9)?)),
        fact("ip.checksum", format!("{:#06x}", u16_at(bytes, 10)?)),
        fact("ip.src", address(12)?),
        fact("ip.dst", address(16)?),
    ])
}

fn ipv6(bytes: &[u8]) -> Option<Vec<Fact>> {
    let address = |at: usize| Some(Ipv6Addr::from(*bytes.get(at..)?.first_chunk::<16>()?));
    Some(vec![
        fact("ipv6.version", bytes.first()? >> 4),
        fact("ipv6.plen", u16_at(bytes, 4)?),
        fact("ipv6.nxt", protocol(*bytes.get(6)?)),
        fact("ipv6.hlim", bytes.get(7)?),
        fact("ipv6.src", address(8)?),
        fact("ipv6.dst", address(24)?),
    ])
}

fn protocol(number: u8) -> String {
    match number {
        6 => "6 (TCP)".to_owned(),
        17 => "17 (UDP)".to_owned(),
        other => other.to_string(),
    }
}

fn tcp(bytes: &[u8]) -> Option<Vec<Fact>> {
    let length = usize::from(bytes.get(12)? >> 4) * 4;
    let mut facts = vec![
        fact("tcp.srcport", u16_at(bytes, 0)?),
        fact("tcp.dstport", u16_at(bytes, 2)?),
        fact("tcp.seq_raw", u32_at(bytes, 4)?),
        fact("tcp.ack_raw", u32_at(bytes, 8)?),
        fact("tcp.hdr_len", length),
        fact("tcp.flags", Flags(u16_at(bytes, 12)? & 0x01ff)),
        fact("tcp.window_size_value", u16_at(bytes, 14)?),
        fact("tcp.checksum", format!("{:#06x}", u16_at(bytes, 16)?)),
    ];
    let options = TcpOptions(bytes.get(20..length).unwrap_or_default());
    facts.extend(options.iter().filter_map(tcp_option));
    Some(facts)
}

fn tcp_option(option: TcpOption) -> Option<Fact> {
    Some(match option {
        TcpOption::MaximumSegmentSize(size) => fact("tcp.options.mss_val", size),
        TcpOption::WindowScale(shift) => fact("tcp.options.wscale.shift", shift),
        TcpOption::SackPermitted => fact("tcp.options.sack_perm", "1"),
        TcpOption::Timestamps { value, .. } => fact("tcp.options.timestamp.tsval", value),
        TcpOption::Sack(_) => return None,
    })
}
