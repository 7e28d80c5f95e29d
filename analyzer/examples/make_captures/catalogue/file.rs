//! The same short talk in each kind of file, and in files that end too early.

use super::script::Side::Server;
use super::script::{Capture, Link, Session, Tape};

pub(super) fn all() -> Vec<Capture> {
    use Capture as C;
    vec![
        C::pcap("file/pcap", "pcap, little-endian, microseconds", talk()),
        C::pcap_big_endian(
            "file/pcap-big-endian",
            "pcap, big-endian, nanoseconds",
            talk(),
        ),
        C::pcapng("file/pcapng", "pcapng, little-endian", talk()),
        C::pcapng_big_endian("file/pcapng-big-endian", "pcapng, big-endian", talk()),
        C::pcap("file/pcap-cut", "a pcap that ends within a frame", talk()).cut(10),
        C::pcapng(
            "file/pcapng-cut",
            "a pcapng that ends within a block",
            talk(),
        )
        .cut(10),
        C::pcap(
            "file/no-frames",
            "a pcap without a frame",
            Tape::new(Link::Ethernet),
        ),
    ]
}

fn talk() -> Tape {
    let tape = Tape::new(Link::Ethernet);
    let mut session = Session::new(&tape, 42_020, 8888);
    session.open().client("olá").server("Servidor recebeu: olá");
    session
        .client("sair")
        .server("Conexão encerrada.")
        .close(Server);
    tape
}
