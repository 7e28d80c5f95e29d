//! What tshark's own reassembly («Follow TCP Stream») says of each conversation: who is the client, which frames are the
//! handshake, and which bytes went each way.

use std::collections::BTreeMap;

use analyzer::conversation::Direction;
use analyzer::survey::Survey;

use super::follow::{Follow, followed};
use super::tshark::Row;

/// Where we say otherwise, and why ours is right.
const DEVIATIONS: [(&str, &str); 2] = [
    (
        "tcp/data-after-fin.pcapng",
        "a FIN takes up a sequence number and no byte: nothing is missing between it and the data behind it",
    ),
    (
        "tcp/cut-by-the-snap-length.pcap",
        "the IP header says how long the packets were, which tshark does not count as missing",
    ),
];

/// Captures with more conversations are not followed.
pub(super) const MOST: usize = 8;

/// What is compared of one conversation.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    client: String,
    server: String,
    syn: Option<u64>,
    syn_ack: Option<u64>,
    /// To the server, to the client.
    said: [Vec<u8>; 2],
    missing: [u64; 2],
}

/// What differs between tshark and us, other than as listed.
pub(super) fn complaints(name: &str, survey: &Survey, rows: &[Row], follows: &str) -> Vec<String> {
    if survey.conversations.len() > MOST {
        return Vec::new();
    }
    let (ours, theirs) = (ours(survey), theirs(rows, follows));
    let is_listed = DEVIATIONS.iter().any(|(known, _)| *known == name);
    match ours == theirs {
        true if is_listed => vec![format!("{name} no longer deviates")],
        false if !is_listed => vec![format!("{name}: tshark {theirs:?}, we {ours:?}")],
        _ => Vec::new(),
    }
}

fn ours(survey: &Survey) -> Vec<Told> {
    let told = survey.conversations.iter().map(|one| {
        let stream = |direction| survey.stream(one.id, direction).expect("a stream");
        let streams = Direction::BOTH.map(stream);
        Told {
            client: one.client.to_string(),
            server: one.server.to_string(),
            syn: one.handshake.syn.map(|syn| syn.frame),
            syn_ack: one.handshake.syn_ack.map(|syn| syn.frame),
            said: streams.map(|stream| stream.bytes.clone()),
            missing: streams.map(|stream| stream.missing),
        }
    });
    told.collect()
}

fn theirs(rows: &[Row], follows: &str) -> Vec<Told> {
    let mut streams: BTreeMap<usize, Vec<Segment>> = BTreeMap::new();
    for segment in rows.iter().filter_map(Segment::parse) {
        streams.entry(segment.stream).or_default().push(segment);
    }
    let followed = followed(follows);
    let told = streams.iter().filter_map(|(number, segments)| {
        let follow = followed.get(number)?;
        told(segments, follow)
    });
    told.collect()
}

struct Segment {
    frame: u64,
    stream: usize,
    source: String,
    destination: String,
    syn: bool,
    ack: bool,
}

impl Segment {
    /// Of tunnelled packets the innermost addresses count, which tshark writes last.
    fn parse(row: &Row) -> Option<Self> {
        let innermost = |column: &String| column.rsplit(',').next().unwrap_or_default().to_owned();
        let columns: Vec<_> = row.0.iter().map(innermost).collect();
        let [
            frame,
            stream,
            _,
            _,
            _,
            v4,
            v6,
            port,
            to_v4,
            to_v6,
            to_port,
            flags,
        ] = columns.as_slice()
        else {
            return None;
        };
        let end = |v4: &str, v6: &str, port: &str| match v6 {
            "" => format!("{v4}:{port}"),
            v6 => format!("[{v6}]:{port}"),
        };
        let flags = u16::from_str_radix(flags.strip_prefix("0x")?, 16).ok()?;
        Some(Self {
            frame: frame.parse().ok()?,
            stream: stream.parse().ok()?,
            source: end(v4, v6, port),
            destination: end(to_v4, to_v6, to_port),
            syn: flags & 2 != 0,
            ack: flags & 16 != 0,
        })
    }
}

fn told(segments: &[Segment], follow: &Follow) -> Option<Told> {
    let syn = segments.iter().find(|one| one.syn && !one.ack);
    let from_syn_ack = segments.iter().find(|one| one.syn && one.ack);
    let (client, server) = match (syn, from_syn_ack, segments.first()?) {
        (Some(one), _, _) => (&one.source, &one.destination),
        (None, Some(one), _) => (&one.destination, &one.source),
        (None, None, one) => (&one.source, &one.destination),
    };
    let syn_ack = segments
        .iter()
        .find(|one| one.syn && one.ack && one.source == *server);
    // IPv6 stands in brackets there, too.
    let client_first = follow.first == *client;
    let in_order = |pair: [_; 2]| {
        let [first, second] = pair;
        if client_first {
            [first, second]
        } else {
            [second, first]
        }
    };
    let [missing_client, missing_server] = follow.missing;
    Some(Told {
        client: client.clone(),
        server: server.clone(),
        syn: syn.map(|one| one.frame),
        syn_ack: syn_ack.map(|one| one.frame),
        said: in_order(follow.said.clone()),
        missing: if client_first {
            [missing_client, missing_server]
        } else {
            [missing_server, missing_client]
        },
    })
}
