//! Reads every capture whose truth tshark told, and compares frames, times, link types and transport.

#[path = "support/collection.rs"]
mod collection;

use std::collections::BTreeSet;

use analyzer::capture::{self, Reader, Stopped};
use analyzer::segment::{Endpoint, Fragments, Packet};
use serde::Deserialize;

/// What tshark said about one file.
#[derive(Deserialize)]
struct Truth {
    file: String,
    readable: bool,
    packets: u64,
    interfaces: Option<usize>,
    first_epoch: Option<String>,
    last_epoch: Option<String>,
    #[serde(default)]
    streams: Vec<Stream>,
    #[serde(default)]
    udp: Vec<serde_json::Value>,
}

/// One of tshark's TCP streams.
#[derive(Deserialize)]
struct Stream {
    frames: u64,
    client: String,
    server: String,
}

/// Files of which more is readable than tshark reads: an option that overruns its block hides no frame.
const MORE_THAN_TSHARK: [(&str, u64); 1] = [("synth/94_ng_option_overruns.pcapng", 21)];

/// What we read of one file.
#[derive(Default)]
struct Found {
    frames: u64,
    interfaces: usize,
    first: Option<i64>,
    last: Option<i64>,
    stopped: Option<Stopped>,
}

fn find(mut reader: Reader) -> Found {
    let mut found = Found::default();
    while let Some(frame) = reader.next() {
        found.frames += 1;
        assert_eq!(frame.number, found.frames);
        // tshark shows the absence of a time as zero.
        found.first = found.first.or(Some(frame.time.unwrap_or(0)));
        found.last = Some(frame.time.unwrap_or(0));
    }
    found.interfaces = reader.description().interfaces.len();
    found.stopped = reader.stopped().cloned();
    found
}

/// Nanoseconds from tshark's decimal seconds.
fn nanoseconds(epoch: &str) -> i64 {
    let (seconds, fraction) = epoch.split_once('.').unwrap_or((epoch, ""));
    format!("{seconds}{fraction:0<9}")
        .parse()
        .expect("a decimal number")
}

#[test]
fn every_capture_has_the_frames_that_tshark_finds() {
    let mut wrong = Vec::new();
    for (path, truth) in collection::truths::<Truth>() {
        let found = match capture::open(&path) {
            Ok(reader) => find(reader),
            Err(_) if !truth.readable && truth.packets == 0 => continue,
            Err(error) => {
                wrong.push(format!("{}: {error}", truth.file));
                continue;
            }
        };
        let more = MORE_THAN_TSHARK
            .iter()
            .find(|(file, _)| *file == truth.file);
        let expected = more.map_or(truth.packets, |(_, frames)| *frames);
        if found.frames != expected {
            wrong.push(format!(
                "{}: {} frames, not {expected} ({:?})",
                truth.file, found.frames, found.stopped
            ));
        }
        if found.stopped.is_none() != (truth.readable || more.is_some()) {
            wrong.push(format!("{}: stopped {:?}", truth.file, found.stopped));
        }
        if let Some(first) = truth.first_epoch.as_deref().map(nanoseconds)
            && found.first.is_some_and(|time| time != first)
        {
            wrong.push(format!(
                "{}: first frame at {:?}, not {first}",
                truth.file, found.first
            ));
        }
        if let Some(last) = truth.last_epoch.as_deref().map(nanoseconds)
            && found.last.is_some_and(|time| time != last)
            && more.is_none()
        {
            wrong.push(format!(
                "{}: last frame at {:?}, not {last}",
                truth.file, found.last
            ));
        }
        if truth
            .interfaces
            .is_some_and(|count| truth.readable && found.interfaces != count)
        {
            wrong.push(format!(
                "{}: {} interfaces, not {:?}",
                truth.file, found.interfaces, truth.interfaces
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Files with an address family that tshark does not know: AF_INET6 of Linux and of Windows.
const UNKNOWN_TO_TSHARK: [(&str, u64); 3] = [
    ("synth/21c_null_ipv6_af10.pcap", 21),
    ("synth/22b_null_ipv6_af23.pcap", 21),
    ("synth/94_ng_option_overruns.pcapng", 21),
];

/// Two ends, in an order that does not depend on the direction.
fn pair(one: &str, other: &str) -> [String; 2] {
    let mut pair = [one.to_owned(), other.to_owned()];
    pair.sort();
    pair
}

/// An endpoint without the brackets of IPv6, as the collection writes it.
fn plain(endpoint: Endpoint) -> String {
    format!("{}:{}", endpoint.ip(), endpoint.port())
}

/// The datagram that tshark lists here is quoted in the payload of a TCP stream (OpenFlow).
const QUOTES_UDP: &str = "public/the-tcpdump-group+tcpdump__tests__of13_ericsson.pcapng";

#[test]
fn every_capture_has_the_tcp_segments_that_tshark_finds() {
    let mut wrong = Vec::new();
    for (path, truth) in collection::truths::<Truth>() {
        let Ok(mut reader) = capture::open(&path) else {
            continue;
        };
        let mut fragments = Fragments::new();
        let (mut segments, mut pairs, mut udp) = (0, BTreeSet::new(), BTreeSet::new());
        let name = |one, other| pair(&plain(one), &plain(other));
        while let Some(frame) = reader.next() {
            match fragments.packet(&frame) {
                Packet::Tcp(segment) => {
                    segments += 1;
                    pairs.insert(name(segment.source, segment.destination));
                }
                Packet::Udp(datagram) => {
                    udp.insert(name(datagram.source, datagram.destination));
                }
                Packet::Unread(_) => {}
            }
        }
        let more = UNKNOWN_TO_TSHARK
            .iter()
            .find(|(file, _)| *file == truth.file);
        let expected = more.map_or(
            truth.streams.iter().map(|one| one.frames).sum(),
            |(_, count)| *count,
        );
        if segments != expected {
            wrong.push(format!(
                "{}: {segments} segments, not {expected}",
                truth.file
            ));
        }
        let expected: BTreeSet<_> = truth
            .streams
            .iter()
            .map(|one| pair(&one.client, &one.server))
            .collect();
        if pairs != expected && more.is_none() {
            wrong.push(format!("{}: {pairs:?}, not {expected:?}", truth.file));
        }
        if udp.len() != truth.udp.len() && truth.file != QUOTES_UDP {
            wrong.push(format!("{}: {udp:?}, not {:?}", truth.file, truth.udp));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
