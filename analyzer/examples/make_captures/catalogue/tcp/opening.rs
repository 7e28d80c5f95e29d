//! How connections begin, or fail to.

use super::super::script::Side::{Client, Server};
use super::super::script::{ACK, Capture, Link, PSH, RST, SYN, Session, Tape};
use super::{echo, pcap, pcapng, session};

pub(super) fn all() -> Vec<Capture> {
    vec![
        refused(),
        refused_again_and_again(),
        unanswered(),
        half_open(),
        abandoned(),
        simultaneous(),
        pcapng(
            "tcp/midstream",
            "the capture begins when the connection is under way",
            |session| {
                session.client("oi").server(echo("oi")).close(Client);
            },
        ),
        pcap(
            "tcp/begins-with-the-syn-ack",
            "the capture begins between SYN and SYN-ACK",
            |session| {
                let unseen = session.draft(Client, SYN, "");
                session.lose(&unseen).syn_ack().ack(Client);
                session.client("oi").server(echo("oi")).close(Client);
            },
        ),
        pcap(
            "tcp/ack-with-data",
            "the third step of the handshake brings the first data with it",
            |session| {
                session.syn().syn_ack();
                session.client("oi").server(echo("oi")).close(Client);
            },
        ),
        ack_not_captured(),
        pcap(
            "tcp/syn-ack-repeated",
            "the SYN-ACK comes twice",
            |session| {
                session.syn();
                let syn_ack = session.draft(Server, SYN | ACK, "");
                session.put(syn_ack.clone()).wait(1000).repeat(&syn_ack);
                session
                    .ack(Client)
                    .client("oi")
                    .server(echo("oi"))
                    .close(Client);
            },
        ),
        fast_open(),
        port_reuse(),
        one_direction(),
    ]
}

/// What a closed port answers.
fn refuse(session: &mut Session<'_>) {
    let mut reset = session.draft(Server, RST | ACK, "");
    (reset.seq, reset.window) = (0, 0);
    session.repeat(&reset);
}

fn refused() -> Capture {
    pcap("tcp/refused", "nobody listens: SYN, RST", |session| {
        session.syn();
        refuse(session);
    })
}

fn refused_again_and_again() -> Capture {
    pcap(
        "tcp/refused-three-times",
        "a Windows client tries a closed port three times with the same SYN",
        |session| {
            let syn = session.draft(Client, SYN, "");
            session.lose(&syn);
            for _ in 0..3 {
                session.repeat(&syn);
                refuse(session);
                session.wait(500);
            }
        },
    )
}

fn unanswered() -> Capture {
    pcapng(
        "tcp/unanswered",
        "nothing answers four SYNs, one, two and four seconds apart",
        |session| {
            let syn = session.draft(Client, SYN, "");
            session.put(syn.clone());
            for seconds in [1, 2, 4] {
                session.wait(seconds * 1000).repeat(&syn);
            }
        },
    )
}

fn half_open() -> Capture {
    pcap(
        "tcp/half-open",
        "the client never answers the SYN-ACK, which comes three times",
        |session| {
            session.syn();
            let syn_ack = session.draft(Server, SYN | ACK, "");
            session.put(syn_ack.clone());
            for seconds in [1, 2] {
                session.wait(seconds * 1000).repeat(&syn_ack);
            }
        },
    )
}

fn abandoned() -> Capture {
    pcap(
        "tcp/scanned",
        "the client answers the SYN-ACK with a reset, as port scanners do",
        |session| {
            session.syn().syn_ack();
            let mut reset = session.draft(Client, RST, "");
            reset.window = 0;
            session.put(reset);
        },
    )
}

/// RFC 9293 §3.5, figure 7.
fn simultaneous() -> Capture {
    pcapng(
        "tcp/simultaneous-open",
        "both send a SYN at once, and both answer it",
        |session| {
            let [client, server] = [Client, Server].map(|side| session.draft(side, SYN, ""));
            session.put(client.clone()).put(server.clone());
            for syn in [server, client] {
                let mut answer = session.draft(syn.side, SYN | ACK, "");
                answer.seq = syn.seq;
                session.repeat(&answer);
            }
            session.client("oi").server(echo("oi")).close(Client);
        },
    )
}

fn ack_not_captured() -> Capture {
    pcapng(
        "tcp/ack-not-captured",
        "the capture lacks the third step of the handshake and the server's first words",
        |session| {
            session.syn().syn_ack();
            let unseen = session.draft(Server, PSH | ACK, "bem-vindo");
            session.lose(&unseen);
            session.client("oi").server(echo("oi")).close(Client);
        },
    )
}

/// RFC 7413: an option with a cookie, and data in the SYN.
fn fast_open() -> Capture {
    const COOKIE: [u8; 12] = [34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1];
    pcapng(
        "tcp/fast-open",
        "data in the SYN, acknowledged by the SYN-ACK",
        |session| {
            let mut syn = session.draft(Client, SYN, "oi");
            syn.options.extend(COOKIE);
            session.put(syn).syn_ack().ack(Client);
            session.server(echo("oi")).close(Client);
        },
    )
}

fn port_reuse() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    for (round, text) in ["primeira", "segunda"].into_iter().enumerate() {
        let isn = 0x0100_0000 * (round as u32 + 1);
        let mut session = session(&tape, 42_020).numbered(isn, isn + 7);
        session.open().client(text).server(echo(text)).close(Client);
        tape.wait(30_000);
    }
    Capture::pcap(
        "tcp/port-reuse",
        "two connections from the same port, one after the other",
        tape,
    )
}

fn one_direction() -> Capture {
    pcap(
        "tcp/one-direction",
        "only the client's frames were captured",
        |session| {
            session.syn();
            let unseen = session.draft(Server, SYN | ACK, "");
            session.lose(&unseen).ack(Client);
            session.say(Client, "oi");
            let unseen = session.draft(Server, PSH | ACK, echo("oi"));
            session.lose(&unseen).ack(Client).fin(Client);
        },
    )
}
