//! The dialect `unb`: one good session, and what goes wrong in students' programs.

use super::script::Side::{Client, Server};
use super::script::{Capture, Link, Session, Tape};

const PORT: u16 = 55_555;
const SAID: &str = "200 OK\nMensagem enviada com sucesso.";
const BYE: &str = "200 OK - Disconnecting\nSessão encerrada.";

pub(super) fn all() -> Vec<Capture> {
    vec![
        good(),
        document_session(),
        lost_after_quit(),
        no_reply(),
        reply_without_request(),
        before_joining(),
        after_quit(),
        unknown_command(),
        wrong_framing(),
        wrong_encoding(),
        split(),
        glued(),
        echoed(),
        never_delivered(),
    ]
}

/// A client on its own host, connected and welcomed.
fn joined<'t>(tape: &'t Tape, number: u8, nick: &str) -> Session<'t> {
    let mut session = connected(tape, number);
    session.client(nick).server(welcome(nick));
    session
}

fn connected(tape: &Tape, number: u8) -> Session<'_> {
    let mut session = Session::new(tape, 53_800 + u16::from(number), PORT).client_at(number);
    session.open().server("NICK");
    session
}

fn welcome(nick: &str) -> String {
    format!("200 OK - Connected\nBem-vindo(a), {nick}.")
}

fn good() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    let mut bia = joined(&tape, 21, "bia");
    ana.server("bia entrou no chat!");
    ana.client("MSG Olá, turma!").server(SAID);
    bia.server("[ana]: Olá, turma!");
    bia.client("MSG Oi, ana").server(SAID);
    ana.server("[bia]: Oi, ana");
    bia.client("LIST")
        .server("200 OK - User List\nUsuários online: ana, bia");
    bia.client("QUIT").server(BYE).close(Server);
    ana.server("[bia] saiu do chat.");
    ana.client("QUIT").server(BYE).close(Server);
    Capture::pcapng(
        "unb/good",
        "two clients join, talk, list and quit, as the document says",
        tape,
    )
}

/// The lengths of its frames are those of the document's pictures.
fn document_session() -> Capture {
    let tape = Tape::new(Link::NullLittle);
    let server = [192, 168, 0, 88].into();
    let mut first = Session::new(&tape, 50_797, PORT).between(server, server);
    first
        .open()
        .server("NICK")
        .client("caio")
        .server(welcome("caio"))
        .client("MSG Bom dia!")
        .server(SAID)
        .server("[bia]: Bom dia, caio");
    Capture::pcapng(
        "unb/document-loopback",
        "a session on a Windows loopback as in the document's section 3.2: no Ethernet header",
        tape,
    )
}

fn lost_after_quit() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    let mut bia = joined(&tape, 21, "bia");
    ana.server("bia entrou no chat!");
    bia.client("QUIT").server(BYE).close(Server);
    ana.client("MSG alguém aí?").wait(5000);
    ana.client("LIST").wait(5000).close(Client);
    Capture::pcapng(
        "unb/silent-after-a-quit",
        "after the first QUIT the server answers nobody: the defect of the public server",
        tape,
    )
}

fn no_reply() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    ana.client("LIST").wait(3000);
    ana.client("QUIT").server(BYE).close(Server);
    Capture::pcap("unb/no-reply", "LIST is never answered", tape)
}

fn reply_without_request() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    ana.client("MSG oi").server(SAID).wait(800).server(SAID);
    ana.client("QUIT").server(BYE).close(Server);
    Capture::pcap(
        "unb/reply-without-request",
        "one MSG, acknowledged twice",
        tape,
    )
}

fn before_joining() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = connected(&tape, 20);
    ana.client("MSG oi")
        .server("400 Bad Request\nInforme o apelido.");
    ana.client("ana").server(welcome("ana"));
    ana.client("QUIT").server(BYE).close(Server);
    Capture::pcapng(
        "unb/message-before-joining",
        "MSG before the nickname; refused, and then done right",
        tape,
    )
}

fn after_quit() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    ana.client("QUIT").server(BYE);
    ana.client("MSG ainda estou aqui")
        .server(SAID)
        .close(Client);
    Capture::pcap(
        "unb/message-after-quit",
        "a MSG after QUIT, and the server still answers",
        tape,
    )
}

fn unknown_command() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    ana.client("teste x")
        .server("404 Not Found\nComando desconhecido: TESTE");
    ana.client("MSG")
        .server("400 Bad Request\nFormato: MSG <mensagem>");
    ana.client("teste y").server("Comando inválido");
    ana.client("QUIT").server(BYE).close(Server);
    Capture::pcapng(
        "unb/errors",
        "404 and 400 as the document says, and one error in the server's own words",
        tape,
    )
}

fn wrong_framing() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = Session::new(&tape, 53_820, PORT);
    ana.open().server("NICK\n").client("ana\r\n");
    ana.server("200 OK - Connected\nBem-vindo(a), ana\r\n.\n");
    ana.client("MSG oi\r\n").server(format!("{SAID}\n"));
    ana.client("QUIT\r\n")
        .server(format!("{BYE}\n"))
        .close(Server);
    Capture::pcapng(
        "unb/line-ends",
        "both programs end messages with a line end, which becomes part of the nickname",
        tape,
    )
}

fn wrong_encoding() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    let mut bia = joined(&tape, 21, "bia");
    ana.server("bia entrou no chat!");
    ana.client(b"MSG Ol\xe1, S\xe3o Jo\xe3o").server(SAID);
    bia.server(b"[ana]: Ol\xe1, S\xe3o Jo\xe3o");
    bia.client(b"MSG \x1b[31mver\x00melho").server(SAID);
    ana.server(b"[bia]: \x1b[31mver\x00melho");
    for mut session in [ana, bia] {
        session.client("QUIT").server(BYE).close(Server);
    }
    Capture::pcapng(
        "unb/latin-1",
        "text in Latin-1 instead of UTF-8, and control characters",
        tape,
    )
}

fn split() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    let mut bia = joined(&tape, 21, "bia");
    ana.server("bia entrou no chat!");
    ana.client("MSG Ol").client(b"\xc3").client(b"\xa1, turma!");
    ana.server("200 OK\n")
        .server("Mensagem enviada com sucesso.");
    bia.server("[ana]: ").server("Olá, turma!");
    for mut session in [ana, bia] {
        session.client("QUIT").server(BYE).close(Server);
    }
    Capture::pcapng(
        "unb/split",
        "one message in three segments, cut inside a letter; its reply and delivery in two",
        tape,
    )
}

fn glued() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = Session::new(&tape, 53_820, PORT);
    ana.open().server("NICK").client("ana");
    ana.server("200 OK - Connected\nBem-vindo(a), ana.bia entrou no chat!");
    ana.client("MSG oi")
        .server(format!("{SAID}[bia]: oi, ana[bia]: tudo bem?"));
    ana.client("MSG tudo").server(SAID);
    ana.client("QUIT").server(BYE).close(Server);
    Capture::pcapng(
        "unb/glued",
        "several messages of the server in one segment, with nothing between them",
        tape,
    )
}

fn echoed() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    ana.client("MSG oi").server(SAID).server("[ana]: oi");
    ana.client("QUIT").server(BYE).close(Server);
    Capture::pcap(
        "unb/echo-to-the-sender",
        "the sender receives its own message",
        tape,
    )
}

fn never_delivered() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut ana = joined(&tape, 20, "ana");
    let mut bia = joined(&tape, 21, "bia");
    ana.server("bia entrou no chat!");
    ana.client("MSG alguém me ouve?").server(SAID);
    bia.client("LIST")
        .server("200 OK - User List\nUsuários online: ana");
    for mut session in [ana, bia] {
        session.client("QUIT").server(BYE).close(Server);
    }
    Capture::pcapng(
        "unb/never-delivered",
        "a message that is acknowledged and reaches nobody, and a list without the one who asks",
        tape,
    )
}
