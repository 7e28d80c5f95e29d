//! The same short talk over each link type, so that only what stands in front of IP differs.

use super::script::Side::Server;
use super::script::{Capture, Link, Network, Session, Tape};

pub(super) fn all() -> Vec<Capture> {
    use Capture as C;
    vec![
        C::pcap("link/ethernet", "Ethernet", talk(Link::Ethernet)),
        C::pcap(
            "link/ethernet-padded",
            "Ethernet frames filled up to 60 bytes: the filling is no payload",
            talk(Link::EthernetPadded),
        ),
        C::pcap("link/vlan", "IEEE 802.1Q tag", talk(Link::Vlan)),
        C::pcapng("link/qinq", "IEEE 802.1ad: two tags", talk(Link::QinQ)),
        C::pcap(
            "link/null-little-endian",
            "BSD and Windows loopback, family in little-endian",
            talk(Link::NullLittle),
        ),
        C::pcap_big_endian(
            "link/null-big-endian",
            "the same from a big-endian machine, with nanoseconds",
            talk(Link::NullBig),
        ),
        C::pcap(
            "link/null-ipv6",
            "loopback with IPv6, family 30 as on macOS",
            talk_over(Link::NullLittle, Network::V6),
        ),
        C::pcap(
            "link/loop",
            "OpenBSD loopback, family in network order",
            talk(Link::Loop),
        ),
        C::pcap("link/raw-ip", "raw IP, link type 101", talk(Link::RawIp)),
        C::pcap("link/raw-ipv4", "raw IPv4, link type 228", talk(Link::Ipv4)),
        C::pcap(
            "link/raw-ipv6",
            "raw IPv6, link type 229",
            talk_over(Link::Ipv6, Network::V6),
        ),
        C::pcap(
            "link/linux-cooked",
            "Linux «any» device, first form",
            talk(Link::Sll),
        ),
        C::pcapng(
            "link/linux-cooked-2",
            "Linux «any» device, second form",
            talk(Link::Sll2),
        ),
        C::pcap(
            "link/ppp",
            "PPP with HDLC address and control",
            talk(Link::Ppp),
        ),
        C::pcap(
            "link/pppoe",
            "a PPPoE session on Ethernet",
            talk(Link::Pppoe),
        ),
        C::pcapng("link/gre", "IPv4 in a GRE tunnel", talk(Link::Gre)),
        C::pcap(
            "link/wifi",
            "802.11 data frames behind radiotap, not encrypted",
            talk(Link::Wifi),
        ),
        C::pcap(
            "link/wifi-aggregate",
            "802.11 frames that hold several packets (A-MSDU)",
            talk(Link::WifiAggregate),
        ),
        two_interfaces(),
    ]
}

fn talk(link: Link) -> Tape {
    talk_over(link, Network::V4)
}

fn talk_over(link: Link, network: Network) -> Tape {
    let tape = Tape::new(link);
    let mut session = Session::new(&tape, 42_020, 8888).over(network);
    eco(&mut session);
    tape
}

fn eco(session: &mut Session<'_>) {
    session.open();
    session.client("olá").server("Servidor recebeu: olá");
    session
        .client("sair")
        .server("Conexão encerrada.")
        .close(Server);
}

fn two_interfaces() -> Capture {
    let tape = Tape::with_interfaces(&[Link::NullLittle, Link::Ethernet]);
    let server = [192, 168, 0, 88].into();
    eco(&mut Session::new(&tape, 42_088, 8888).between(server, server));
    eco(&mut Session::new(&tape, 42_020, 8888).on(1));
    Capture::pcapng(
        "link/two-interfaces",
        "a client on the server's host and one on another, each on its own interface and link type",
        tape,
    )
}
