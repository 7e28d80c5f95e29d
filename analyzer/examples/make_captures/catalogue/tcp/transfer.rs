//! What may happen to data on its way.

use super::super::script::Side::{Client, Server};
use super::super::script::{ACK, Capture, Link, PSH, Segment, Session, Tape};
use super::{echo, pcap, pcapng, session};

pub(super) fn all() -> Vec<Capture> {
    vec![
        retransmission(),
        captured_twice(),
        captured_on_two_interfaces(),
        out_of_order(),
        duplicate_acks(),
        not_captured(),
        never_arrived(),
        overlap(),
        differing_overlap(),
        zero_window(),
        zero_window_probe_with_data(),
        keep_alive(),
        keep_alive_with_byte(),
        wrap(),
        cut_by_the_snap_length(),
    ]
}

/// What the client would send now.
fn from_client(session: &Session<'_>, text: &str) -> Segment {
    session.draft(Client, PSH | ACK, text)
}

/// An acknowledgement of everything before a segment.
fn ack_before(session: &Session<'_>, missing: &Segment) -> Segment {
    let mut ack = session.draft(missing.side.other(), ACK, "");
    ack.ack = missing.seq;
    ack
}

fn finish(session: &mut Session<'_>) {
    session
        .client("sair")
        .server("Conexão encerrada.")
        .close(Server);
}

fn retransmission() -> Capture {
    pcap(
        "tcp/retransmission",
        "a message is sent again because its acknowledgement is late",
        |session| {
            session.open();
            let message = from_client(session, "oi");
            session
                .put(message.clone())
                .wait(220)
                .repeat(&message)
                .ack(Server);
            session.server(echo("oi"));
            finish(session);
        },
    )
}

fn captured_twice() -> Capture {
    let tape = Tape::new(Link::Sll).twice();
    let mut session = session(&tape, 42_020);
    session.open().client("oi").server(echo("oi"));
    finish(&mut session);
    Capture::pcap(
        "tcp/captured-twice",
        "every packet was recorded twice on Linux's «any» device: nothing was sent again",
        tape,
    )
}

fn captured_on_two_interfaces() -> Capture {
    let tape = Tape::with_interfaces(&[Link::Ethernet, Link::Vlan]).twice();
    let mut session = session(&tape, 42_020);
    session.open().client("oi").server(echo("oi"));
    finish(&mut session);
    Capture::pcapng(
        "tcp/captured-before-and-behind-a-bridge",
        "every packet was recorded on both sides of a bridge, with a VLAN tag behind it",
        tape,
    )
}

fn out_of_order() -> Capture {
    pcapng(
        "tcp/out-of-order",
        "the second half of a message overtakes the first",
        |session| {
            session.open();
            let first = from_client(session, "uma mensagem ");
            session.lose(&first).say(Client, "em duas partes");
            session.repeat(&first).ack(Server);
            session.server(echo("uma mensagem em duas partes"));
            finish(session);
        },
    )
}

fn duplicate_acks() -> Capture {
    pcap(
        "tcp/fast-retransmit",
        "a segment is lost; three duplicate acknowledgements ask for it",
        |session| {
            session.open();
            let lost = from_client(session, "um ");
            session.lose(&lost);
            let asking = ack_before(session, &lost);
            for text in ["dois ", "três ", "quatro"] {
                session.say(Client, text).repeat(&asking);
            }
            session.wait(40).repeat(&lost).ack(Server);
            session.server(echo("um dois três quatro"));
            finish(session);
        },
    )
}

fn not_captured() -> Capture {
    pcapng(
        "tcp/lost-by-the-capture",
        "the capture lacks a segment that the server received and acknowledged",
        |session| {
            session.open().client("bom dia").server(echo("bom dia"));
            let unseen = from_client(session, "uma ");
            session.lose(&unseen).client("mensagem");
            session.server(echo("uma mensagem"));
            finish(session);
        },
    )
}

fn never_arrived() -> Capture {
    pcap(
        "tcp/lost-for-good",
        "a segment is lost and never sent again: the client gives up",
        |session| {
            session.open().client("bom dia").server(echo("bom dia"));
            let lost = from_client(session, "uma ");
            session.lose(&lost).say(Client, "mensagem");
            let asking = ack_before(session, &lost);
            session.repeat(&asking).wait(60_000).reset(Client);
        },
    )
}

fn overlap() -> Capture {
    pcap(
        "tcp/overlap",
        "a segment repeats bytes of the one before and adds new ones",
        |session| {
            session.open();
            let first = from_client(session, "uma mensagem");
            session.put(first.clone());
            let mut both = first;
            both.data.extend(b" em duas partes");
            session.wait(220).put(both).ack(Server);
            session.server(echo("uma mensagem em duas partes"));
            finish(session);
        },
    )
}

fn differing_overlap() -> Capture {
    pcapng(
        "tcp/overlap-that-differs",
        "the bytes that are sent again are other bytes",
        |session| {
            session.open();
            let first = from_client(session, "dou 10 reais");
            session.put(first.clone());
            let other = Segment {
                data: b"dou 99 reais".to_vec(),
                ..first
            };
            session.wait(220).repeat(&other).ack(Server);
            session.server(echo("dou 10 reais"));
            finish(session);
        },
    )
}

fn zero_window() -> Capture {
    pcapng(
        "tcp/zero-window",
        "the server stops reading; the client probes until the window opens",
        |session| {
            session.open().say(Client, "oi");
            session.window(Server, 0).ack(Server);
            let mut probe = session.draft(Client, ACK, "");
            probe.seq = probe.seq.wrapping_sub(1);
            for milliseconds in [200, 400] {
                session.wait(milliseconds).repeat(&probe).ack(Server);
            }
            session.wait(300).window(Server, 65_160).ack(Server);
            session.server(echo("oi"));
            finish(session);
        },
    )
}

fn zero_window_probe_with_data() -> Capture {
    pcap(
        "tcp/zero-window-probe-with-a-byte",
        "a probe that carries the next byte, as Windows sends it",
        |session| {
            session.open().say(Client, "o");
            session.window(Server, 0).ack(Server);
            let probe = from_client(session, "i");
            let refusal = session.draft(Server, ACK, "");
            session.wait(300).repeat(&probe).repeat(&refusal);
            session.wait(300).window(Server, 65_160).ack(Server);
            session.client("i").server(echo("oi"));
            finish(session);
        },
    )
}

fn keep_alive() -> Capture {
    pcap(
        "tcp/keep-alive",
        "the client asks after an hour whether the server still lives",
        |session| {
            session.open().client("oi").server(echo("oi"));
            let mut probe = session.draft(Client, ACK, "");
            probe.seq = probe.seq.wrapping_sub(1);
            session.wait(3_600_000).repeat(&probe).ack(Server);
            finish(session);
        },
    )
}

fn keep_alive_with_byte() -> Capture {
    pcapng(
        "tcp/keep-alive-with-a-byte",
        "a keep-alive with one old byte, as Windows sends it",
        |session| {
            session.open().client("oi").server(echo("oi"));
            let mut probe = session.draft(Client, ACK, [0]);
            probe.seq = probe.seq.wrapping_sub(1);
            session.wait(3_600_000).repeat(&probe).ack(Server);
            finish(session);
        },
    )
}

fn wrap() -> Capture {
    let tape = Tape::new(Link::Ethernet);
    let mut session = session(&tape, 42_020).numbered(u32::MAX - 5, u32::MAX - 10);
    session.open().client("bom dia").server(echo("bom dia"));
    finish(&mut session);
    Capture::pcap(
        "tcp/sequence-wrap",
        "the sequence numbers of both sides pass 2³²",
        tape,
    )
}

/// `tcpdump -s 70`.
fn cut_by_the_snap_length() -> Capture {
    let tape = Tape::new(Link::Ethernet).snapped(70);
    let mut one = session(&tape, 42_020);
    one.open().client("oi").server(echo("oi"));
    finish(&mut one);
    Capture::pcap(
        "tcp/cut-by-the-snap-length",
        "only the first 70 bytes of each frame were recorded",
        tape,
    )
}
