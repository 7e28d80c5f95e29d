//! The dialect `ifsc`: one good session, and what goes wrong in students' programs.

use super::script::Side::{Client, Server};
use super::script::{Capture, Link, Session, Tape};

const PORT: u16 = 5001;
const PROMPT: &str = "Digite seu apelido";
const TOLD: &str = "Mensagem Enviada";

pub(super) fn all() -> Vec<Capture> {
    vec![
        good(),
        name_in_use(),
        no_reply(),
        reply_without_request(),
        before_joining(),
        after_quit(),
        wrong_framing(),
        wrong_encoding(),
        split(),
        glued(),
    ]
}

fn connected(tape: &Tape, number: u8) -> Session<'_> {
    let mut session = Session::new(tape, 40_000 + u16::from(number), PORT).client_at(number);
    session.open().server(PROMPT);
    session
}

fn joined<'t>(tape: &'t Tape, number: u8, nick: &str) -> Session<'t> {
    let mut session = connected(tape, number);
    session.client(nick).server(welcome(nick));
    session
}

fn welcome(nick: &str) -> String {
    format!(
        "Bem Vindo {nick}! Caso queira sair digite {{quit}}. \n\
         Digite a mensagem no formato Origem:mensagem ou :Mensagem para enviar a todos"
    )
}

fn leave(mut session: Session<'_>) {
    session.client("{quit}").server("{quit}").close(Server);
}

fn good() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    let mut bia = joined(&tape, 21, "bia");
    bia.server("ana Está online \n");
    ana.server("bia Entrou no chat!");
    ana.client(":bom dia").server("ana: :bom dia");
    bia.server("ana: :bom dia");
    bia.client("ana:segredo").server(TOLD);
    ana.server("Mensagem recebida de bia: segredo");
    ana.client("caio:oi")
        .server("Erro 02: Destino de mensagem privada não existe");
    ana.client("oi")
        .server("Por favor, digite Destino: Mensagem");
    leave(bia);
    ana.server("bia Saiu do chat.");
    leave(ana);
    Capture::pcapng(
        "ifsc/good",
        "public and private messages, and error 02 for a name that nobody has",
        tape,
    )
}

fn name_in_use() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let ana = joined(&tape, 20, "ana");
    let mut other = connected(&tape, 21);
    other
        .client("ana")
        .server("Erro 01: Esse apelido já está em uso")
        .server(PROMPT);
    other.client("bia").server(welcome("bia"));
    leave(other);
    leave(ana);
    Capture::pcapng(
        "ifsc/name-in-use",
        "a nickname in use is refused with error 01, and another one taken",
        tape,
    )
}

fn no_reply() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    let mut bia = joined(&tape, 21, "bia");
    ana.server("bia Entrou no chat!");
    ana.client("bia:segredo").wait(3000);
    bia.server("Mensagem recebida de ana: segredo");
    leave(bia);
    leave(ana);
    Capture::pcap(
        "ifsc/no-reply",
        "a private message arrives, and its sender is told nothing",
        tape,
    )
}

fn reply_without_request() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    ana.wait(2000).server(TOLD);
    leave(ana);
    Capture::pcap(
        "ifsc/reply-without-request",
        "an acknowledgement of a message that nobody sent",
        tape,
    )
}

fn before_joining() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape, 20);
    ana.client(":bom dia").server(PROMPT);
    ana.client("ana").server(welcome("ana"));
    leave(ana);
    Capture::pcap(
        "ifsc/message-before-joining",
        "a public message before the nickname",
        tape,
    )
}

fn after_quit() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    ana.client("{quit}").server("{quit}");
    ana.client(":ainda aqui")
        .server("ana: :ainda aqui")
        .close(Client);
    Capture::pcap(
        "ifsc/message-after-quit",
        "a message after {quit}, and the server still delivers it",
        tape,
    )
}

fn wrong_framing() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape, 20);
    ana.client("ana\n").server(welcome("ana\n"));
    ana.client(":bom dia\n").server("ana\n: :bom dia\n");
    ana.client("{quit}\n").server("{quit}\n").close(Server);
    Capture::pcapng(
        "ifsc/line-ends",
        "the client ends messages with a line end, which becomes part of the nickname",
        tape,
    )
}

fn wrong_encoding() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    ana.client(b":ol\xe1, mundo").server(b"ana: :ol\xe1, mundo");
    ana.client(":São João").server("ana: :São João");
    leave(ana);
    Capture::pcap(
        "ifsc/latin-1",
        "text in Latin-1, and text in UTF-8, where the document speaks of ASCII",
        tape,
    )
}

fn split() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    ana.client(":bom")
        .client(" dia")
        .server("ana: ")
        .server(":bom dia");
    leave(ana);
    Capture::pcap(
        "ifsc/split",
        "a message in two segments, and its delivery in two",
        tape,
    )
}

fn glued() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape, 20);
    ana.client("ana");
    ana.server(format!(
        "{}bia Está online \ncaio Está online \n",
        welcome("ana")
    ));
    ana.client(":oi")
        .server("ana: :oibia: :oi, anacaio Saiu do chat.");
    leave(ana);
    Capture::pcapng(
        "ifsc/glued",
        "several messages of the server in one segment, with nothing between them",
        tape,
    )
}
