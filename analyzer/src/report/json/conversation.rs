//! Who talked with whom.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use super::{names, seconds};
use crate::conversation::{
    Attempts, Conversation, Direction, Event, EventKind, Mark, Side, Syn, UdpConversation,
};
use crate::stream::Recorded;
use crate::survey::Survey;

#[derive(Serialize)]
pub(super) struct Tcp {
    client: String,
    server: String,
    client_by: &'static str,
    handshake: Steps,
    opening: OpeningFacts,
    closing: ClosingFacts,
    client_to_server: Payload,
    server_to_client: Payload,
    frames: u64,
    first_frame: u64,
    last_frame: u64,
    first_time: Option<String>,
    last_time: Option<String>,
    counts: BTreeMap<&'static str, u32>,
    events: Vec<EventFacts>,
    events_cut: bool,
}

#[derive(Serialize)]
struct Steps {
    syn: Option<u64>,
    syn_ack: Option<u64>,
    ack: Option<u64>,
}

#[derive(Serialize)]
struct OpeningFacts {
    kind: &'static str,
    fast_open: bool,
    refusals: u32,
    rtt_ns: Option<i64>,
    server_rtt_ns: Option<i64>,
    client_rtt_ns: Option<i64>,
    server_syn: Option<u64>,
    client_syn_ack: Option<u64>,
    client_offer: Option<Offer>,
    server_offer: Option<Offer>,
}

#[derive(Serialize)]
struct Offer {
    isn: u32,
    window: u16,
    mss: Option<u16>,
    window_scale: Option<u8>,
    sack: bool,
    timestamp: Option<u32>,
    timestamp_echo: Option<u32>,
    data: u32,
}

#[derive(Serialize)]
struct ClosingFacts {
    kind: &'static str,
    client_fin: Option<u64>,
    client_fin_acked: Option<u64>,
    server_fin: Option<u64>,
    server_fin_acked: Option<u64>,
    half_close: bool,
    rst: Option<u64>,
    rst_from: Option<&'static str>,
    rst_count: u32,
}

#[derive(Serialize)]
struct Payload {
    bytes: u64,
    sha256: Option<String>,
    missing: u64,
    undelivered: u64,
    frames: u64,
    differing_overlaps: u64,
}

#[derive(Serialize)]
struct EventFacts {
    kind: &'static str,
    from: &'static str,
    frame: u64,
    earlier_frame: Option<u64>,
    time: Option<String>,
    seq: u32,
    length: u32,
}

impl Tcp {
    pub(super) fn of(one: &Conversation, survey: &Survey) -> Self {
        Self {
            client: one.client.to_string(),
            server: one.server.to_string(),
            client_by: names::basis(one.basis),
            handshake: Steps {
                syn: one.handshake.syn.map(|syn| syn.frame),
                syn_ack: one.handshake.syn_ack.map(|syn| syn.frame),
                ack: frame(one.handshake.ack),
            },
            opening: OpeningFacts::of(one),
            closing: ClosingFacts::of(one),
            client_to_server: Payload::of(one, Direction::ToServer, survey),
            server_to_client: Payload::of(one, Direction::ToClient, survey),
            frames: one.frame_count(),
            first_frame: one.first.frame,
            last_frame: one.last.frame,
            first_time: one.first.time.map(seconds),
            last_time: one.last.time.map(seconds),
            counts: EventKind::ALL
                .iter()
                .map(|kind| (names::event(*kind), one.events.total(*kind)))
                .filter(|(_, count)| *count > 0)
                .collect(),
            events: one
                .events
                .list()
                .iter()
                .map(|event| EventFacts::of(event, one))
                .collect(),
            events_cut: one.events.cut(),
        }
    }
}

impl OpeningFacts {
    fn of(one: &Conversation) -> Self {
        let handshake = &one.handshake;
        Self {
            kind: names::opening(one.opening),
            fast_open: handshake.fast_open(),
            refusals: one.refusals,
            rtt_ns: handshake.rtt(),
            server_rtt_ns: handshake.server_rtt(),
            client_rtt_ns: handshake.client_rtt(),
            server_syn: frame(handshake.server_syn),
            client_syn_ack: frame(handshake.client_syn_ack),
            client_offer: handshake.syn.map(Offer::of),
            server_offer: handshake.syn_ack.map(Offer::of),
        }
    }
}

impl Offer {
    fn of(syn: Syn) -> Self {
        Self {
            isn: syn.isn,
            window: syn.window,
            mss: syn.mss,
            window_scale: syn.window_scale,
            sack: syn.sack,
            timestamp: syn.timestamps.map(|(value, _)| value),
            timestamp_echo: syn.timestamps.map(|(_, echo)| echo),
            data: syn.data,
        }
    }
}

impl ClosingFacts {
    fn of(one: &Conversation) -> Self {
        let teardown = &one.teardown;
        let client = one.client_side.index();
        let server = one.client_side.other().index();
        Self {
            kind: names::closing(teardown.closing()),
            client_fin: frame(teardown.fin[client]),
            client_fin_acked: frame(teardown.fin_acked[client]),
            server_fin: frame(teardown.fin[server]),
            server_fin_acked: frame(teardown.fin_acked[server]),
            half_close: teardown.half_close.contains(&true),
            rst: teardown.rst.map(|(_, mark)| mark.frame),
            rst_from: teardown.rst.map(|(side, _)| role(one, side)),
            rst_count: teardown.rst_count,
        }
    }
}

impl Payload {
    fn of(one: &Conversation, direction: Direction, survey: &Survey) -> Self {
        let amount = survey.amount(one.id, direction);
        let hash = survey
            .sha256(one.id, direction)
            .filter(|_| amount.missing == 0);
        Self {
            bytes: amount.bytes,
            sha256: hash.map(|hash| hexadecimal(&hash)),
            missing: amount.missing,
            undelivered: amount.undelivered,
            frames: one.frames[one.side(direction).index()],
            differing_overlaps: survey
                .recorded(one.id, direction)
                .map_or(0, Recorded::difference_count),
        }
    }
}

impl EventFacts {
    fn of(event: &Event, one: &Conversation) -> Self {
        Self {
            kind: names::event(event.kind),
            from: role(one, event.side),
            frame: event.frame,
            earlier_frame: event.earlier,
            time: event.time.map(seconds),
            seq: event.seq,
            length: event.length,
        }
    }
}

#[derive(Serialize)]
pub(super) struct Udp {
    first_sender: String,
    other: String,
    datagrams_from_first: u64,
    datagrams_from_other: u64,
    bytes_from_first: u64,
    bytes_from_other: u64,
    first_frame: u64,
    last_frame: u64,
}

impl Udp {
    pub(super) fn of(one: &UdpConversation) -> Self {
        Self {
            first_sender: one.ends[0].to_string(),
            other: one.ends[1].to_string(),
            datagrams_from_first: one.datagrams[0],
            datagrams_from_other: one.datagrams[1],
            bytes_from_first: one.bytes[0],
            bytes_from_other: one.bytes[1],
            first_frame: one.first.frame,
            last_frame: one.last.frame,
        }
    }
}

#[derive(Serialize)]
pub(super) struct FailedConnect {
    client: String,
    server: String,
    outcome: &'static str,
    tries: u64,
    conversations: Vec<u32>,
    first_frame: u64,
    last_frame: u64,
}

impl FailedConnect {
    pub(super) fn of(one: &Attempts) -> Self {
        Self {
            client: one.client.to_string(),
            server: one.server.to_string(),
            outcome: names::opening(one.outcome),
            tries: one.tries,
            conversations: one.conversations.iter().map(|id| id.0).collect(),
            first_frame: one.first_frame,
            last_frame: one.last_frame,
        }
    }
}

fn frame(mark: Option<Mark>) -> Option<u64> {
    mark.map(|mark| mark.frame)
}

fn role(one: &Conversation, side: Side) -> &'static str {
    match one.direction(side) {
        Direction::ToServer => "client",
        Direction::ToClient => "server",
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
