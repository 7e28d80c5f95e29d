//! The dialect `redes2023`: one good session, and what goes wrong in students' programs.

use super::script::Side::{Client, Server};
use super::script::{Capture, Link, Session, Tape};

const PORT: u16 = 18_000;
const RECEIVED: &str = "Msg received";

pub(super) fn all() -> Vec<Capture> {
    vec![
        good(),
        no_reply(),
        reply_without_request(),
        after_quit(),
        no_header(),
        wrong_length(),
        wrong_encoding(),
        split(),
        glued(),
    ]
}

fn connected(tape: &Tape) -> Session<'_> {
    let mut session = Session::new(tape, 41_000, PORT);
    session.open();
    session
}

/// The length in 64 bytes.
fn header(length: usize) -> String {
    format!("{length:<64}")
}

/// Header and body in a send each, as the programs of this family do.
fn send(session: &mut Session<'_>, body: &str) {
    session.client(header(body.len())).client(body);
}

fn leave(mut session: Session<'_>) {
    send(&mut session, ":D");
    session.close(Client);
}

fn good() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape);
    for text in ["Olá!", "Segunda mensagem"] {
        send(&mut ana, text);
        ana.server(RECEIVED);
    }
    leave(ana);
    Capture::pcapng(
        "redes2023/good",
        "two messages behind their headers, and :D to leave",
        tape,
    )
}

fn no_reply() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape);
    send(&mut ana, "Olá!");
    ana.wait(3000);
    leave(ana);
    Capture::pcap("redes2023/no-reply", "a message that nothing answers", tape)
}

fn reply_without_request() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape);
    ana.wait(2000).server(RECEIVED);
    send(&mut ana, "Olá!");
    ana.server(RECEIVED);
    leave(ana);
    Capture::pcap(
        "redes2023/reply-without-request",
        "the server acknowledges before anything was said",
        tape,
    )
}

fn after_quit() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape);
    send(&mut ana, ":D");
    send(&mut ana, "ainda aqui");
    ana.server(RECEIVED).close(Client);
    Capture::pcap(
        "redes2023/message-after-quit",
        "a message after :D, and the server still answers",
        tape,
    )
}

fn no_header() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape);
    for text in ["Olá!", "bom dia", "tudo bem?"] {
        send(&mut ana, text);
        ana.server(RECEIVED);
    }
    ana.client("uma mensagem sem cabeçalho, de mais de sessenta e quatro bytes ao todo")
        .close(Server);
    Capture::pcapng(
        "redes2023/no-header",
        "a message without its header: its first 64 bytes are no length",
        tape,
    )
}

fn wrong_length() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape);
    for text in ["bom dia", "tudo bem?", "oi"] {
        send(&mut ana, text);
        ana.server(RECEIVED);
    }
    // The letters are counted, not the bytes.
    ana.client(header(8)).client("São João").server(RECEIVED);
    leave(ana);
    Capture::pcapng(
        "redes2023/length-in-letters",
        "the header counts letters instead of bytes, and all that follows is misread",
        tape,
    )
}

fn wrong_encoding() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape);
    send(&mut ana, "Olá!");
    ana.server(RECEIVED);
    ana.client(header(8))
        .client(b"S\xe3o Jo\xe3o")
        .server(RECEIVED);
    leave(ana);
    Capture::pcap(
        "redes2023/latin-1",
        "text in Latin-1 instead of UTF-8",
        tape,
    )
}

fn split() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape);
    ana.client("16").client(" ".repeat(62));
    ana.client("Segunda ").client("mensagem").server(RECEIVED);
    leave(ana);
    Capture::pcap(
        "redes2023/split",
        "a header in two segments, and its body in two: right all the same",
        tape,
    )
}

fn glued() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape);
    let both = [header(3), "oi!".to_owned(), header(6), "tchau!".to_owned()].concat();
    ana.client(both).server(RECEIVED).server(RECEIVED);
    leave(ana);
    Capture::pcapng(
        "redes2023/glued",
        "two messages in one segment: right all the same",
        tape,
    )
}
