//! Chats among other traffic, and captures without a chat.

use std::net::SocketAddrV4;

use super::script::Side::{Client, Server};
use super::script::{Capture, Link, Session, Tape};

pub(super) fn all() -> Vec<Capture> {
    vec![
        among_others(),
        known_port(),
        no_chat(),
        irc(),
        encrypted(),
        nothing_said(),
        datagrams(),
    ]
}

/// One request and its reply, as a browser and its server say them.
fn web(tape: &Tape, port: u16) {
    let mut session = Session::new(tape, port, 8080);
    session.open();
    session.client("GET /chat HTTP/1.1\r\nHost: exemplo.test\r\n\r\n");
    session.server("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    session.close(Server);
}

fn sala(session: &mut Session<'_>) {
    session.open().server("alias?").client("ana");
    session.server("Voce esta conectado ao servidor!");
    session.client("ana: olá").server("ana: olá").close(Client);
}

fn among_others() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    web(&tape, 50_001);
    sala(&mut Session::new(&tape, 50_002, 9090));
    web(&tape, 50_003);
    encrypted_session(&tape, 50_004, 443);
    Capture::pcapng(
        "noise/chat-among-others",
        "one chat among web and encrypted connections, on a port of no dialect",
        tape,
    )
}

fn known_port() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    sala(&mut Session::new(&tape, 50_001, 43));
    Capture::pcap(
        "noise/chat-on-the-port-of-whois",
        "a chat on a port that is known for something else",
        tape,
    )
}

/// Internet Relay Chat (RFC 1459) knows NICK, LIST and QUIT, too.
fn irc() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut session = Session::new(&tape, 50_001, 55_555);
    session.open();
    session.client("NICK ana\r\nUSER ana 0 * :Ana\r\n");
    session.server(":irc.exemplo.test 001 ana :Welcome to the network, ana\r\n");
    session.client("JOIN #redes\r\n");
    session.server(":ana!ana@192.168.0.20 JOIN :#redes\r\n");
    session.client("PRIVMSG #redes :bom dia\r\n");
    session.server(":bia!bia@192.168.0.21 PRIVMSG #redes :oi, ana\r\n");
    session.client("LIST\r\n");
    session.server(
        ":irc.exemplo.test 322 ana #redes 2 :\r\n:irc.exemplo.test 323 ana :End of LIST\r\n",
    );
    session.client("QUIT :sair\r\n");
    session.server("ERROR :Closing link: 192.168.0.20\r\n");
    session.close(Server);
    Capture::pcap(
        "noise/another-chat-protocol",
        "a session of IRC on the port of a dialect, which is no chat of any dialect",
        tape,
    )
}

fn no_chat() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    web(&tape, 50_001);
    web(&tape, 50_002);
    Capture::pcap("noise/no-chat", "only web traffic, called a chat", tape)
}

fn encrypted() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    encrypted_session(&tape, 50_001, 55_555);
    Capture::pcapng(
        "noise/encrypted",
        "TLS on the port of a chat: only sizes can be told",
        tape,
    )
}

fn nothing_said() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut session = Session::new(&tape, 50_001, 55_555);
    session.open().wait(5000).close(Client);
    Capture::pcap(
        "noise/nothing-said",
        "a connection on the port of a chat on which nobody says anything",
        tape,
    )
}

fn datagrams() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let client = SocketAddrV4::new([192, 168, 0, 20].into(), 50_001);
    let server = SocketAddrV4::new([192, 168, 0, 88].into(), 8888);
    for text in ["olá", "tudo bem?"] {
        tape.datagram(Client, client, server, text);
        tape.datagram(Server, server, client, &format!("Servidor recebeu: {text}"));
    }
    Capture::pcap(
        "noise/udp",
        "an echo over UDP: the transport is not TCP",
        tape,
    )
}

/// Records of TLS 1.2 (RFC 5246 §6.2.1): handshake messages, and what nobody can read.
fn encrypted_session(tape: &Tape, client_port: u16, server_port: u16) {
    const HANDSHAKE: u8 = 22;
    const APPLICATION_DATA: u8 = 23;
    let mut session = Session::new(tape, client_port, server_port);
    session.open();
    session.client(record(HANDSHAKE, &client_hello()));
    session.server(record(HANDSHAKE, &server_hello()));
    session.client(record(APPLICATION_DATA, &unreadable(40)));
    session.server(record(APPLICATION_DATA, &unreadable(75)));
    session.close(Client);
}

fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = (content.len() as u16).to_be_bytes();
    [&[kind, 3, 3, high, low], content].concat()
}

/// Version, random, no session, one cipher suite, no compression (RFC 5246 §7.4.1.2).
fn client_hello() -> Vec<u8> {
    let body = [&[3, 3][..], &unreadable(32), &[0, 0, 2, 0xc0, 0x2f, 1, 0]].concat();
    message(1, &body)
}

fn server_hello() -> Vec<u8> {
    let body = [&[3, 3][..], &unreadable(32), &[0, 0xc0, 0x2f, 0]].concat();
    message(2, &body)
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind, 0, 0, body.len() as u8], body].concat()
}

/// Bytes without a pattern, the same each time.
fn unreadable(count: u32) -> Vec<u8> {
    let byte = |index: u32| (index.wrapping_mul(2_654_435_761) >> 23) as u8;
    (1..=count).map(byte).collect()
}
