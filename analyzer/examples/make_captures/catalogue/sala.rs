//! The dialect `sala`: one good session, and what goes wrong in students' programs.

use super::script::Side::Client;
use super::script::{ACK, Capture, Link, PSH, Session, Tape};

const PORT: u16 = 55_555;
const WELCOME: &str = "Voce esta conectado ao servidor!";

pub(super) fn all() -> Vec<Capture> {
    vec![
        good(),
        bytes_literal(),
        silent_client(),
        no_delivery(),
        reply_without_request(),
        before_joining(),
        after_fin(),
        wrong_framing(),
        wrong_encoding(),
        split(),
        glued(),
    ]
}

fn connected(tape: &Tape, number: u8) -> Session<'_> {
    let mut session = Session::new(tape, 43_000 + u16::from(number), PORT).client_at(number);
    session.open().server("alias?");
    session
}

fn joined<'t>(tape: &'t Tape, number: u8, nick: &str) -> Session<'t> {
    let mut session = connected(tape, number);
    session.client(nick).server(WELCOME);
    session
}

fn good() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    let mut bia = joined(&tape, 21, "bia");
    ana.server("bia esta conectado ao chat");
    ana.client("ana: Olá, turma!").server("ana: Olá, turma!");
    bia.server("ana: Olá, turma!");
    bia.client("bia: oi").server("bia: oi");
    ana.server("bia: oi");
    bia.close(Client);
    ana.server("bia acabou de sair do chat!");
    ana.close(Client);
    Capture::pcapng(
        "sala/good",
        "two clients say their alias, talk, and leave by closing",
        tape,
    )
}

fn bytes_literal() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape, 20);
    ana.client("ana")
        .server("b'ana' esta conectado ao chat")
        .server(WELCOME);
    ana.client("ana: oi").server("ana: oi");
    ana.close(Client);
    Capture::pcap(
        "sala/bytes-literal",
        "the alias printed as a Python bytes literal: the defect of the public server",
        tape,
    )
}

fn silent_client() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let ana = joined(&tape, 20, "ana");
    connected(&tape, 21).wait(1000);
    let mut caio = Session::new(&tape, 43_022, PORT).client_at(22);
    caio.open().wait(20_000).close(Client);
    let mut ana = ana;
    ana.client("ana: alguém?")
        .server("ana: alguém?")
        .close(Client);
    Capture::pcapng(
        "sala/silent-client",
        "one client connects and says nothing, and the next is never asked for its alias",
        tape,
    )
}

fn no_delivery() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    let mut bia = joined(&tape, 21, "bia");
    ana.server("bia esta conectado ao chat");
    ana.client("ana: oi").server("ana: oi");
    bia.server("ana: oi");
    ana.client("ana: e agora?").wait(3000);
    bia.close(Client);
    ana.close(Client);
    Capture::pcap(
        "sala/no-delivery",
        "the second message reaches nobody",
        tape,
    )
}

fn reply_without_request() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    ana.client("ana: oi").server("ana: oi");
    ana.wait(2000).server(WELCOME).close(Client);
    Capture::pcap(
        "sala/reply-without-request",
        "a second welcome that nothing asks for",
        tape,
    )
}

fn before_joining() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = Session::new(&tape, 43_020, PORT);
    ana.open().client("ana: oi").server("alias?");
    ana.client("ana").server(WELCOME);
    ana.client("ana: oi").server("ana: oi").close(Client);
    Capture::pcap(
        "sala/message-before-joining",
        "the client speaks before it is asked for its alias",
        tape,
    )
}

fn after_fin() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    ana.client("ana: oi").server("ana: oi");
    ana.close(Client);
    let late = ana.draft(Client, PSH | ACK, "ana: ainda aqui");
    ana.wait(500).put(late);
    Capture::pcap(
        "sala/message-after-leaving",
        "the client speaks after it has closed",
        tape,
    )
}

fn wrong_framing() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape, 20);
    ana.client("ana\n").server(WELCOME);
    ana.client("ana\n: oi\n").server("ana\n: oi\n");
    ana.close(Client);
    Capture::pcapng(
        "sala/line-ends",
        "the client ends messages with a line end, which becomes part of its alias",
        tape,
    )
}

fn wrong_encoding() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    ana.client(b"ana: ol\xe1")
        .server(b"ana: ol\xe1")
        .close(Client);
    Capture::pcap("sala/latin-1", "text in Latin-1 instead of UTF-8", tape)
}

fn split() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    ana.client("ana: bom").client(" dia").server("ana: bom dia");
    ana.close(Client);
    Capture::pcap("sala/split", "one message in two segments", tape)
}

fn glued() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape, 20);
    ana.client("ana")
        .server(format!("ana esta conectado ao chat{WELCOME}bia: oi"));
    ana.client("ana: oi")
        .server("ana: oibia: tudo bem?")
        .close(Client);
    Capture::pcapng(
        "sala/glued",
        "several messages of the server in one segment, with nothing between them",
        tape,
    )
}
