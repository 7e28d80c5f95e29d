//! How connections end.

use super::super::script::Side::{Client, Server};
use super::super::script::{ACK, Capture, FIN, PSH, RST, Session};
use super::{echo, pcap, pcapng};

pub(super) fn all() -> Vec<Capture> {
    vec![
        pcap(
            "tcp/client-closes-first",
            "FIN and ACK in each direction, the client first",
            |session| {
                talk(session).close(Client);
            },
        ),
        pcap(
            "tcp/server-closes-first",
            "FIN and ACK in each direction, the server first",
            |session| {
                talk(session).close(Server);
            },
        ),
        pcap(
            "tcp/three-segment-close",
            "the second FIN carries the acknowledgement of the first",
            |session| {
                talk(session).fin(Client).fin(Server).ack(Client);
            },
        ),
        pcapng(
            "tcp/simultaneous-close",
            "both send their FIN before they see the other's",
            |session| {
                talk(session);
                let fins = [Client, Server].map(|side| session.draft(side, FIN | ACK, ""));
                for fin in fins {
                    session.put(fin);
                }
                session.ack(Client).ack(Server);
            },
        ),
        pcapng(
            "tcp/half-close",
            "the client closes its direction, and the server goes on talking",
            |session| {
                talk(session).client("fim").fin(Client).ack(Server);
                session
                    .server(echo("fim"))
                    .wait(200)
                    .fin(Server)
                    .ack(Client);
            },
        ),
        pcap(
            "tcp/half-closed",
            "the client closes its direction, and the server never does",
            |session| {
                talk(session).fin(Client).ack(Server).wait(60_000);
            },
        ),
        pcap(
            "tcp/not-closed",
            "the capture ends while the connection is open",
            |session| {
                talk(session);
            },
        ),
        pcap(
            "tcp/reset-by-the-client",
            "the client ends with a reset",
            |session| {
                talk(session).reset(Client);
            },
        ),
        pcap(
            "tcp/reset-by-the-server",
            "the server ends with a reset, as a program that crashes does",
            |session| {
                talk(session).say(Client, "mais").reset(Server);
            },
        ),
        pcap(
            "tcp/reset-after-fin",
            "the client closes, and resets what the server still sends",
            |session| {
                talk(session)
                    .client("tarde")
                    .fin(Client)
                    .ack(Server)
                    .say(Server, echo("tarde"));
                let mut reset = session.draft(Client, RST, "");
                reset.window = 0;
                session.put(reset);
            },
        ),
        pcap("tcp/fin-repeated", "the FIN is sent again", |session| {
            talk(session);
            let fin = session.draft(Client, FIN | ACK, "");
            session.put(fin.clone()).wait(220).repeat(&fin);
            session.ack(Server).fin(Server).ack(Client);
        }),
        pcapng(
            "tcp/data-after-fin",
            "the client sends data behind its own FIN",
            |session| {
                talk(session).fin(Client).ack(Server);
                let late = session.draft(Client, PSH | ACK, "tarde demais");
                session.put(late).reset(Server);
            },
        ),
    ]
}

fn talk<'s, 't>(session: &'s mut Session<'t>) -> &'s mut Session<'t> {
    session.open().client("oi").server(echo("oi"))
}
