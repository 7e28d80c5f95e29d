//! The same short talk over each form of IP.

use super::script::Side::Server;
use super::script::{Capture, Link, Network, Session, Tape};

pub(super) fn all() -> Vec<Capture> {
    use Capture as C;
    use Network as N;
    vec![
        C::pcap("ip/ipv6", "IPv6", talk(N::V6)),
        C::pcapng(
            "ip/ipv6-extensions",
            "IPv6 with hop-by-hop and destination options",
            talk(N::V6Extensions),
        ),
        C::pcap("ip/ipv6-fragments", "IPv6 fragments", talk(N::V6Fragments)),
        C::pcap(
            "ip/ipv4-options",
            "IPv4 with a Router Alert option",
            talk(N::V4Options),
        ),
        C::pcap(
            "ip/offload",
            "checksums of 0, which the network card fills in later: no fault",
            talk(N::V4Offloaded),
        ),
        C::pcap("ip/ipv4-fragments", "IPv4 fragments", talk(N::V4Fragments)),
        C::pcapng(
            "ip/ipv4-fragments-reversed",
            "IPv4 fragments, the last one first",
            talk(N::V4FragmentsReversed),
        ),
        C::pcap(
            "ip/ipv4-fragments-incomplete",
            "IPv4 fragments of which all but the first are lost",
            talk(N::V4FragmentsIncomplete),
        ),
    ]
}

fn talk(network: Network) -> Tape {
    let tape = Tape::new(Link::Ethernet);
    let mut session = Session::new(&tape, 42_020, 8888).over(network);
    let text = "uma mensagem que não cabe em um só fragmento, e por isso vem em vários";
    session.open();
    session
        .client(text)
        .server(format!("Servidor recebeu: {text}"));
    session
        .client("sair")
        .server("Conexão encerrada.")
        .close(Server);
    tape
}
