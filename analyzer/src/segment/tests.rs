//! One segment in every wrapping, and packets that are cut, padded, fragmented or lying.

use LayerKind::{
    Ethernet, Extension, Ipv4, Ipv6, Link, LinuxCooked, LinuxCooked2, Llc, Loop, Mpls, Null,
    Payload, Ppp, Radiotap, Subframe, Tcp, Trailer, Vlan, Wifi,
};

use super::*;
use crate::capture::LinkType;

const PAYLOAD: &[u8] = "MSG Olá".as_bytes();

/// A TCP segment from port 50000 to 55555 with `payload`.
fn tcp(payload: &[u8]) -> Vec<u8> {
    let header = [
        0xc3, 0x50, 0xd9, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 1, 0, 0, 0, 0, 0,
    ];
    [&header, payload].concat()
}

/// An IPv4 packet from 10.0.0.1 to 10.0.0.2.
fn ipv4(protocol: u8, body: &[u8]) -> Vec<u8> {
    let [high, low] = (20 + body.len() as u16).to_be_bytes();
    let header = [
        0x45, 0, high, low, 0, 7, 0x40, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
    ];
    [&header, body].concat()
}

/// An IPv6 packet from fd00::1 to fd00::2.
fn ipv6(next: u8, body: &[u8]) -> Vec<u8> {
    let [high, low] = (body.len() as u16).to_be_bytes();
    let mut addresses = [0; 32];
    (addresses[0], addresses[15], addresses[16], addresses[31]) = (0xfd, 1, 0xfd, 2);
    [
        &[0x60, 0, 0, 0, high, low, next, 64],
        addresses.as_slice(),
        body,
    ]
    .concat()
}

fn ethernet(kind: u16, body: &[u8]) -> Vec<u8> {
    [&[0; 12], kind.to_be_bytes().as_slice(), body].concat()
}

fn udp(port: u16, body: &[u8]) -> Vec<u8> {
    let length = (8 + body.len() as u16).to_be_bytes();
    [
        &[0xc0, 0],
        port.to_be_bytes().as_slice(),
        &length,
        &[0, 0],
        body,
    ]
    .concat()
}

fn frame(link: LinkType, bytes: &[u8]) -> Frame<'_> {
    Frame::new(1, None, link, bytes)
}

#[track_caller]
fn segment<'a>(frame: &Frame<'a>) -> Segment<'a> {
    match read(frame) {
        Packet::Tcp(segment) => segment,
        other => panic!("expected a segment, found {other:?}"),
    }
}

#[track_caller]
fn unread(link: LinkType, bytes: &[u8]) -> Unread {
    match read(&frame(link, bytes)) {
        Packet::Unread(reason) => reason,
        other => panic!("expected nothing, found {other:?}"),
    }
}

/// What lies before the IP packet in `wrapping` must be these layers, and the payload must be found.
#[track_caller]
fn check(link: LinkType, wrapping: &[u8], outer: &[LayerKind]) {
    for (packet, layer) in [
        (ipv4(6, &tcp(PAYLOAD)), Ipv4),
        (ipv6(6, &tcp(PAYLOAD)), Ipv6),
    ] {
        let bytes = [wrapping, &packet].concat();
        let frame = frame(link, &bytes);
        let segment = segment(&frame);
        assert_eq!((segment.payload, segment.missing), (PAYLOAD, 0));
        assert_eq!(
            (segment.source.port(), segment.destination.port()),
            (50_000, 55_555)
        );
        let found: Vec<_> = layers(&frame)
            .layers
            .iter()
            .map(|layer| layer.kind)
            .collect();
        assert_eq!(found, [outer, &[layer, Tcp, Payload]].concat());
    }
}

#[test]
fn loopback_families_are_read_in_both_byte_orders() {
    for family in [2_u32, 10, 23, 24, 28, 30] {
        check(LinkType::NULL, &family.to_le_bytes(), &[Null]);
        check(LinkType::NULL, &family.to_be_bytes(), &[Null]);
        check(LinkType::LOOP, &family.to_be_bytes(), &[Loop]);
    }
    assert_eq!(unread(LinkType::NULL, &[7, 0, 0, 0, 0x45]), Unread::NotIp);
}

#[test]
fn raw_ip_has_no_layer_before_it() {
    for number in [12, 14, 101, 228, 229] {
        check(LinkType(number), &[], &[]);
    }
}

/// The EtherType of a check is that of IPv4; IPv6 is recognised by its version all the same.
#[test]
fn tags_and_labels_are_passed() {
    let vlan = [0x81, 0, 0, 5, 8, 0];
    check(LinkType::ETHERNET, &ethernet(0x0800, &[]), &[Ethernet]);
    check(
        LinkType::ETHERNET,
        &[&[0; 12][..], &vlan].concat(),
        &[Ethernet, Vlan],
    );
    check(
        LinkType::ETHERNET,
        &[&[0; 12][..], &[0x88, 0xa8, 0, 9], &vlan].concat(),
        &[Ethernet, Vlan, Vlan],
    );
    let labels = [0, 1, 0, 64, 0, 1, 1, 64];
    check(
        LinkType::ETHERNET,
        &ethernet(0x8847, &labels),
        &[Ethernet, Mpls, Mpls],
    );
}

#[test]
fn linux_cooked_frames_are_read() {
    let mut cooked = [0; 16];
    (cooked[3], cooked[14]) = (1, 8);
    check(LinkType::LINUX_SLL, &cooked, &[LinuxCooked]);
    let mut cooked = [0; 20];
    cooked[0] = 8;
    check(LinkType::LINUX_SLL2, &cooked, &[LinuxCooked2]);
}

#[test]
fn ppp_is_read_with_and_without_what_may_be_left_out() {
    check(LinkType::PPP, &[0xff, 3, 0, 0x21], &[Ppp]);
    check(LinkType::PPP, &[0, 0x57], &[Ppp]);
    check(LinkType::PPP, &[0x21], &[Ppp]);
    check(LinkType::C_HDLC, &[0x0f, 0, 8, 0], &[Ppp]);
    assert_eq!(unread(LinkType::PPP, &[0xc0, 0x21, 1, 1]), Unread::NotIp);
}

#[test]
fn pppoe_says_where_its_payload_ends() {
    let packet = ipv4(6, &tcp(PAYLOAD));
    let session = [
        &[0x11, 0, 0, 1, 0, 2 + packet.len() as u8, 0, 0x21],
        packet.as_slice(),
        &[0xee; 9],
    ]
    .concat();
    let bytes = ethernet(0x8864, &session);
    assert_eq!(segment(&frame(LinkType::ETHERNET, &bytes)).payload, PAYLOAD);
    assert_eq!(
        unread(LinkType::ETHERNET, &ethernet(0x8863, &session)),
        Unread::EtherType(0x8863)
    );
}

#[test]
fn llc_and_snap_lead_to_ip() {
    let snap = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
    let packet = [&snap[..], &ipv4(6, &tcp(PAYLOAD))].concat();
    let bytes = ethernet(packet.len() as u16, &packet);
    assert_eq!(segment(&frame(LinkType::ETHERNET, &bytes)).payload, PAYLOAD);
    let spanning_tree = ethernet(4, &[0x42, 0x42, 3, 0]);
    assert_eq!(unread(LinkType::ETHERNET, &spanning_tree), Unread::NotIp);
}

/// A data frame with quality of service and SNAP.
fn wifi(flags: u8, control: u8, padding: usize) -> Vec<u8> {
    let mut header = vec![0; 26 + padding];
    (header[0], header[1], header[24]) = (0x88, flags, control);
    [header, vec![0xaa, 0xaa, 3, 0, 0, 0, 8, 0]].concat()
}

#[test]
fn wifi_is_read_unless_encrypted() {
    check(LinkType::IEEE802_11, &wifi(1, 0, 0), &[Wifi, Llc]);
    assert_eq!(
        unread(LinkType::IEEE802_11, &wifi(0x41, 0, 0)),
        Unread::Encrypted
    );
    assert_eq!(
        unread(LinkType::IEEE802_11, &[0x80, 0, 0, 0]),
        Unread::NotIp
    );
}

/// A packet of an A-MSDU, without the padding that may follow it.
fn subframe(packet: &[u8]) -> Vec<u8> {
    let [high, low] = (8 + packet.len() as u16).to_be_bytes();
    let snap = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
    [&[0; 12][..], &[high, low], &snap, packet].concat()
}

#[test]
fn each_packet_of_an_aggregate_is_read_whole_or_cut() {
    let header = &wifi(1, 0x80, 0)[..26];
    let first = subframe(&ipv4(6, &tcp(b"MSG a")));
    let padding = vec![0; first.len().next_multiple_of(4) - first.len()];
    // Longer than any EtherType is small.
    let long = [b'x'; 1800];
    let second = subframe(&ipv4(6, &tcp(&long)));
    let check_sequence = [0xee; 4];
    let bytes = [header, &first, &padding, &second, &check_sequence].concat();
    let whole = frame(LinkType::IEEE802_11, &bytes);
    assert_eq!(unread(LinkType::IEEE802_11, &bytes), Unread::Aggregate);
    let read = |frame: &Frame<'_>| -> Vec<_> {
        let packets = subframes(frame);
        let segments =
            packets.map(|(_, packet)| (segment(&packet).payload.len(), segment(&packet).missing));
        segments.collect()
    };
    assert_eq!(read(&whole), [(5, 0), (1800, 0)]);
    let kinds: Vec<_> = layers(&whole)
        .layers
        .iter()
        .map(|layer| layer.kind)
        .collect();
    let packet = [Subframe, Llc, Ipv4, Tcp, Payload];
    let packets = [&packet[..], &[Trailer], &packet[..], &[Trailer]].concat();
    assert_eq!(kinds, [&[Wifi][..], &packets].concat());
    let cut = frame(LinkType::IEEE802_11, &bytes[..bytes.len() - 1004]);
    assert_eq!(read(&cut), [(5, 0), (800, 1000)]);
    let empty = frame(LinkType::IEEE802_11, header);
    assert_eq!(subframes(&empty).count(), 0);
    assert_eq!(
        subframes(&frame(LinkType::IEEE802_11, &wifi(1, 0, 0))).count(),
        0
    );
}

#[test]
fn radiotap_says_whether_the_wifi_header_is_padded() {
    let plain = [&[0, 0, 8, 0, 0, 0, 0, 0][..], &wifi(2, 0, 0)].concat();
    check(
        LinkType::IEEE802_11_RADIOTAP,
        &plain,
        &[Radiotap, Wifi, Llc],
    );
    // Clock and flags are present, in two words of which the second is empty; the clock is aligned to 8 bytes.
    let mut tap = [0; 25];
    (tap[2], tap[4], tap[7], tap[24]) = (25, 3, 0x80, 0x20);
    let padded = [&tap[..], &wifi(2, 0, 2)].concat();
    check(
        LinkType::IEEE802_11_RADIOTAP,
        &padded,
        &[Radiotap, Wifi, Llc],
    );
}

#[test]
fn rare_link_types_lead_to_ip() {
    let snap = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
    let [token_ring, fddi] = [
        [&[0; 14][..], &snap].concat(),
        [&[0x50; 13][..], &snap].concat(),
    ];
    let mut routed = [&[0; 16][..], &snap].concat();
    (routed[8], routed[14]) = (0x80, 2);
    let prism = [
        &[0, 0, 0, 0x44, 12, 0, 0, 0, 9, 9, 9, 9][..],
        &wifi(1, 0, 0),
    ]
    .concat();
    let tap = [
        &[16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 7, 7, 7][..],
        &[2, 0, 0, 0],
    ]
    .concat();
    let radio = [&[0, 0, 8, 0, 105, 0, 0, 0][..], &wifi(1, 0, 0)].concat();
    let mut endace = vec![0; 26];
    (endace[8], endace[16]) = (0x82, 0);
    let endace = [endace, ethernet(0x0800, &[])].concat();
    let link = |number| Link(LinkType(number));
    check(LinkType(6), &token_ring, &[link(6), Llc]);
    check(LinkType(6), &routed, &[link(6), Llc]);
    check(LinkType(10), &fddi, &[link(10), Llc]);
    check(LinkType(100), &snap, &[Llc]);
    check(LinkType(107), &[0x18, 0x41, 3, 0xcc], &[link(107)]);
    check(LinkType(107), &[0x18, 0x40, 1, 3, 0, 0xcc], &[link(107)]);
    check(
        LinkType(107),
        &[0x18, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 0],
        &[link(107)],
    );
    check(LinkType(107), &[0x18, 0x41, 8, 0], &[link(107)]);
    check(LinkType(109), &[0; 12], &[link(109)]);
    check(
        LinkType(122),
        &[&[0; 16][..], &snap].concat(),
        &[link(122), Llc],
    );
    check(LinkType(117), &[&[61][..], &[0; 63]].concat(), &[link(117)]);
    check(LinkType(119), &prism, &[link(119), Wifi, Llc]);
    check(
        LinkType(138),
        &[&[0; 16][..], &[8, 0]].concat(),
        &[link(138)],
    );
    check(LinkType(192), &radio, &[link(192), Wifi, Llc]);
    check(LinkType(197), &endace, &[link(197), Ethernet]);
    check(LinkType(204), &[1, 0xff, 3, 0, 0x21], &[link(204), Ppp]);
    check(LinkType(219), &[0, 1, 1, 64], &[Mpls]);
    check(
        LinkType(242),
        &[&[0; 40][..], &[8, 0, 0, 0]].concat(),
        &[link(242)],
    );
    check(LinkType(258), &tap, &[link(258), Null]);
}

#[test]
fn the_packet_is_one_attribute_of_a_netfilter_log() {
    let packet = ipv4(6, &tcp(PAYLOAD));
    let length = 4 + packet.len() as u8;
    let bytes = [
        &[2, 0, 0, 0, 6, 0, 1, 0, 8, 8, 0, 0, length, 0, 9, 0],
        packet.as_slice(),
        &[0; 5],
    ]
    .concat();
    assert_eq!(segment(&frame(LinkType(239), &bytes)).payload, PAYLOAD);
    assert_eq!(unread(LinkType(239), &bytes[..12]), Unread::Malformed);
}

#[test]
fn tunnels_are_opened() {
    let gre =
        |flags: u8, kind: [u8; 2], rest: &[u8]| [&[flags, 0, kind[0], kind[1]], rest].concat();
    let inner = ipv4(6, &tcp(PAYLOAD));
    let tunnels = [
        (4, inner.clone()),
        (41, ipv6(6, &tcp(PAYLOAD))),
        (47, gre(0, [8, 0], &inner)),
        (47, gre(0xb0, [8, 0], &[&[0; 12][..], &inner].concat())),
        (47, gre(0, [0x65, 0x58], &ethernet(0x0800, &inner))),
        (
            47,
            gre(
                0x10,
                [0x88, 0xbe],
                &[&[0; 12][..], &ethernet(0x0800, &inner)].concat(),
            ),
        ),
        (97, [&[0x30, 0][..], &ethernet(0x0800, &inner)].concat()),
        (
            17,
            udp(
                4789,
                &[&[8, 0, 0, 0, 0, 0, 1, 0][..], &ethernet(0x0800, &inner)].concat(),
            ),
        ),
        (
            17,
            udp(
                6081,
                &[&[1, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0][..], &inner].concat(),
            ),
        ),
    ];
    for (protocol, body) in tunnels {
        let bytes = ipv4(protocol, &body);
        assert_eq!(
            segment(&frame(LinkType::RAW, &bytes)).payload,
            PAYLOAD,
            "protocol {protocol}"
        );
    }
}

#[test]
fn what_is_no_segment_has_a_reason() {
    let raw = |protocol, body: &[u8]| unread(LinkType::RAW, &ipv4(protocol, body));
    assert_eq!(raw(1, &[3, 3, 0, 0, 0, 0, 0, 0, 0x45, 0]), Unread::Icmp);
    assert_eq!(raw(2, &[]), Unread::Protocol(2));
    assert_eq!(raw(50, &[0; 8]), Unread::Encrypted);
    assert_eq!(raw(115, &[0; 8]), Unread::Tunnel(Tunnel::L2tp));
    assert_eq!(
        raw(47, &[0, 0, 0x65, 0x59]),
        Unread::Tunnel(Tunnel::Gre(0x6559))
    );
    assert_eq!(raw(6, &tcp(&[])[..10]), Unread::Malformed);
    assert_eq!(unread(LinkType(147), &[]), Unread::LinkType(LinkType(147)));
    assert_eq!(
        unread(LinkType::ETHERNET, &ethernet(0x0806, &[0; 28])),
        Unread::EtherType(0x0806)
    );
    assert_eq!(unread(LinkType::RAW, &[0x35; 40]), Unread::Malformed);
}

#[test]
fn endless_nesting_ends() {
    let mut bytes = Vec::new();
    for _ in 0..200 {
        bytes = ipv4(4, &bytes);
    }
    assert_eq!(unread(LinkType::RAW, &bytes), Unread::TooDeep);
}

#[test]
fn padding_and_frame_check_sequence_are_not_payload() {
    let bytes = ethernet(0x0800, &[ipv4(6, &tcp(b"a")), vec![0xee; 10]].concat());
    let frame = frame(LinkType::ETHERNET, &bytes);
    assert_eq!(segment(&frame).payload, b"a");
    let layers = layers(&frame);
    assert_eq!(
        layers.find(Trailer).unwrap().range,
        bytes.len() - 10..bytes.len()
    );
    assert_eq!(layers.find(Payload).unwrap().range.len(), 1);
}

#[test]
fn a_cut_payload_is_counted_by_the_length_of_ip() {
    let whole = ipv4(6, &tcp(PAYLOAD));
    let cut = frame(LinkType::RAW, &whole[..whole.len() - 3]);
    // The file says that nothing lacks: some writers do.
    assert_eq!(
        (segment(&cut).payload, segment(&cut).missing),
        (&PAYLOAD[..PAYLOAD.len() - 3], 3)
    );
}

#[test]
fn a_length_that_was_damaged_on_the_way_promises_nothing() {
    let mut bytes = ipv4(6, &tcp(PAYLOAD));
    bytes[2] |= 0x40;
    (bytes[10], bytes[11]) = (0x26, 0xb5);
    let found = segment(&frame(LinkType::RAW, &bytes));
    assert_eq!((found.payload, found.missing), (PAYLOAD, 0));
}

#[test]
fn a_segment_whose_options_are_cut_still_has_its_numbers() {
    let mut header = tcp(&[]);
    header[12] = 0x80;
    let whole = ipv4(
        6,
        &[
            header.as_slice(),
            &[2, 4, 5, 0xb4, 1, 1, 1, 1, 1, 1, 1, 1],
            PAYLOAD,
        ]
        .concat(),
    );
    let cut = segment(&frame(LinkType::RAW, &whole[..44]));
    assert_eq!(
        (cut.seq, cut.missing as usize, cut.payload),
        (1, PAYLOAD.len(), [].as_slice())
    );
    assert_eq!(cut.options.maximum_segment_size(), Some(1460));
    assert_eq!(unread(LinkType::RAW, &whole[..35]), Unread::Cut);
}

#[test]
fn a_first_fragment_that_was_cut_is_read_by_itself() {
    let first = fragments(4).remove(0);
    let found = segment(&frame(LinkType::RAW, &first[..42]));
    assert_eq!(
        (found.destination.port(), found.payload, found.missing),
        (55_555, [7, 7].as_slice(), 2)
    );
}

#[test]
fn a_header_of_an_impossible_length_is_still_a_segment() {
    for impossible in [0, 0x40, 0xf0] {
        let mut header = tcp(PAYLOAD);
        header[12] = impossible;
        let bytes = ipv4(6, &header);
        let found = segment(&frame(LinkType::RAW, &bytes));
        assert_eq!(
            (found.seq, found.payload, found.missing),
            (1, [].as_slice(), 0)
        );
    }
}

#[test]
fn a_total_length_of_zero_is_offload() {
    let mut bytes = ipv4(6, &tcp(PAYLOAD));
    (bytes[2], bytes[3]) = (0, 0);
    assert_eq!(segment(&frame(LinkType::RAW, &bytes)).payload, PAYLOAD);
}

#[test]
fn a_datagram_ends_where_udp_says() {
    let mut bytes = ipv4(17, &[udp(9, PAYLOAD), vec![0; 3]].concat());
    let Packet::Udp(datagram) = read(&frame(LinkType::RAW, &bytes)) else {
        panic!("no datagram")
    };
    assert_eq!(
        (datagram.payload, datagram.destination.port()),
        (PAYLOAD, 9)
    );
    bytes.truncate(30);
    let Packet::Udp(cut) = read(&frame(LinkType::RAW, &bytes)) else {
        panic!("no datagram")
    };
    assert_eq!(
        (cut.payload.len(), cut.missing as usize),
        (2, PAYLOAD.len() - 2)
    );
}

#[test]
fn ipv6_extension_headers_are_passed() {
    let options = [60, 0, 1, 4, 0, 0, 0, 0, 6, 0, 1, 4, 0, 0, 0, 0];
    let bytes = ipv6(0, &[&options[..], &tcp(PAYLOAD)].concat());
    let frame = frame(LinkType::RAW, &bytes);
    assert_eq!(segment(&frame).payload, PAYLOAD);
    let kinds: Vec<_> = layers(&frame)
        .layers
        .iter()
        .map(|layer| layer.kind)
        .collect();
    assert_eq!(kinds, [Ipv6, Extension(0), Extension(60), Tcp, Payload]);
}

/// The fragments of a segment with 40 bytes of payload, 24 bytes each and one of 12.
fn fragments(version: u8) -> Vec<Vec<u8>> {
    let body = tcp(&[7; 40]);
    let last = body.len() / 24;
    let pieces = body.chunks(24).enumerate();
    let packets = pieces.map(|(index, piece)| match version {
        4 => {
            let mut packet = ipv4(6, piece);
            (packet[6], packet[7]) = (if index < last { 0x20 } else { 0 }, index as u8 * 3);
            packet
        }
        _ => {
            let field = (index as u8 * 24) | u8::from(index < last);
            ipv6(44, &[&[6, 0, 0, field, 0, 0, 0, 7], piece].concat())
        }
    });
    packets.collect()
}

#[track_caller]
fn check_fragments(version: u8, order: &[usize]) {
    let packets = fragments(version);
    let mut pool = Fragments::new();
    let (last, before) = order.split_last().unwrap();
    let at = |index: usize| Frame::new(index as u64 + 1, None, LinkType::RAW, &packets[index]);
    for index in before {
        assert_eq!(
            read_reason(pool.packet(&at(*index))),
            Some(Unread::Fragment)
        );
        assert_eq!(read_reason(read(&at(*index))), Some(Unread::Fragment));
    }
    let Packet::Tcp(segment) = pool.packet(&at(*last)) else {
        panic!("not whole")
    };
    assert_eq!(
        (segment.payload, segment.frame),
        ([7; 40].as_slice(), *last as u64 + 1)
    );
    assert_eq!(segment.destination.port(), 55_555);
    assert_eq!(pool.incomplete(), 0);
}

fn read_reason(packet: Packet<'_>) -> Option<Unread> {
    match packet {
        Packet::Unread(reason) => Some(reason),
        _ => None,
    }
}

#[test]
fn fragments_are_put_together_in_any_order() {
    for version in [4, 6] {
        check_fragments(version, &[0, 1, 2]);
        check_fragments(version, &[2, 0, 1]);
        check_fragments(version, &[1, 1, 0, 0, 2]);
    }
}

#[test]
fn the_pool_of_fragments_is_bounded() {
    let mut packet = fragments(4).remove(0);
    let mut pool = Fragments::new();
    for id in 0..1000_u16 {
        packet[4..6].copy_from_slice(&id.to_be_bytes());
        pool.packet(&frame(LinkType::RAW, &packet));
    }
    assert_eq!(pool.incomplete(), 1000);
    assert!(pool.held() <= 128);
}

#[test]
fn a_fragment_that_was_cut_never_makes_a_packet() {
    let packets = fragments(4);
    let mut pool = Fragments::new();
    for (index, packet) in packets.iter().enumerate() {
        let bytes = if index == 1 { &packet[..30] } else { packet };
        assert_eq!(
            read_reason(pool.packet(&frame(LinkType::RAW, bytes))),
            Some(Unread::Fragment)
        );
    }
    assert_eq!(pool.incomplete(), 1);
}
