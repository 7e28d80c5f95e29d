//! The dialect `eco`: one good session, and what goes wrong in students' programs.

use super::script::Side::{Client, Server};
use super::script::{Capture, Link, Session, Tape};

const PORT: u16 = 8888;
const BYE: &str = "Conexão encerrada.";

pub(super) fn all() -> Vec<Capture> {
    vec![
        good(),
        no_reply(),
        reply_without_request(),
        after_quit(),
        wrong_framing(),
        wrong_encoding(),
        split(),
        glued(),
        other_text(),
        not_isolated(),
    ]
}

fn connected(tape: &Tape, number: u8) -> Session<'_> {
    let mut session = Session::new(tape, 42_000 + u16::from(number), PORT).client_at(number);
    session.open();
    session
}

fn echo(text: &str) -> String {
    format!("Servidor recebeu: {text}")
}

fn talk(session: &mut Session<'_>, text: &str) {
    session.client(text).server(echo(text));
}

fn leave(mut session: Session<'_>) {
    session.client("sair").server(BYE).close(Server);
}

fn good() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape, 20);
    let mut bia = connected(&tape, 21);
    talk(&mut ana, "Olá, servidor");
    talk(&mut bia, "bom dia");
    talk(&mut ana, "até logo");
    ana.client("SAIR").server(BYE).close(Server);
    leave(bia);
    Capture::pcapng(
        "eco/good",
        "two clients, each with its own echo, leave with the exit word in either case",
        tape,
    )
}

fn no_reply() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape, 20);
    talk(&mut ana, "primeira");
    ana.client("segunda").wait(3000);
    leave(ana);
    Capture::pcap("eco/no-reply", "the second message has no echo", tape)
}

fn reply_without_request() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape, 20);
    talk(&mut ana, "oi");
    ana.wait(2000).server(echo("oi"));
    leave(ana);
    Capture::pcap(
        "eco/reply-without-request",
        "one message, echoed twice",
        tape,
    )
}

fn after_quit() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape, 20);
    talk(&mut ana, "oi");
    ana.client("sair").server(BYE);
    ana.client("ainda aqui")
        .server(echo("ainda aqui"))
        .close(Client);
    Capture::pcap(
        "eco/message-after-quit",
        "a message after the exit word, and the server still answers",
        tape,
    )
}

fn wrong_framing() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape, 20);
    talk(&mut ana, "oi\n");
    talk(&mut ana, "tudo bem?\n");
    ana.client("sair\n").server(echo("sair\n")).close(Client);
    Capture::pcapng(
        "eco/line-ends",
        "the client adds a line end, and its exit word is no longer one",
        tape,
    )
}

fn wrong_encoding() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape, 20);
    talk(&mut ana, "bom dia");
    ana.client(b"ol\xe1").server(b"Servidor recebeu: ol\xe1");
    ana.client("ação").server("Servidor recebeu: a????o");
    leave(ana);
    Capture::pcap(
        "eco/latin-1",
        "text in Latin-1, and a server that loses the accents",
        tape,
    )
}

fn split() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape, 20);
    talk(&mut ana, "bom dia");
    ana.client("uma mensagem ").client("em duas partes");
    ana.server(echo("uma mensagem "))
        .server(echo("em duas partes"));
    leave(ana);
    Capture::pcap(
        "eco/split",
        "one message in two segments, which the server takes for two",
        tape,
    )
}

fn glued() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape, 20);
    talk(&mut ana, "bom dia");
    ana.say(Client, "um").say(Client, "dois").ack(Server);
    ana.server(echo("umdois"));
    leave(ana);
    Capture::pcap(
        "eco/glued",
        "two messages in quick succession, which the server takes for one",
        tape,
    )
}

fn other_text() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape, 20);
    talk(&mut ana, "bom dia");
    ana.client("oi").server("Server received: oi");
    ana.client("sair")
        .server("Conexao encerrada.")
        .close(Server);
    Capture::pcapng(
        "eco/other-words",
        "an echo in other words than the document's, and a farewell without its accent",
        tape,
    )
}

fn not_isolated() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape, 20);
    let mut bia = connected(&tape, 21);
    talk(&mut bia, "bom dia");
    talk(&mut ana, "segredo");
    bia.server(echo("segredo"));
    leave(ana);
    leave(bia);
    Capture::pcapng(
        "eco/not-isolated",
        "a client receives the echo of another's message",
        tape,
    )
}
