//! Compares the conversations of every capture whose truth tshark told: their number, who opened them, their
//! handshakes, and the reassembled bytes of each direction.

#[path = "support/collection.rs"]
mod collection;

use analyzer::capture;
use analyzer::conversation::Conversation;
use analyzer::conversation::Direction::{self, ToClient, ToServer};
use analyzer::segment::Endpoint;
use analyzer::survey::{Options, Survey, survey};
use serde::Deserialize;

/// What tshark said about one file.
#[derive(Deserialize)]
struct Truth {
    file: String,
    #[serde(default)]
    streams: Vec<Stream>,
}

/// One of tshark's TCP streams. It does not give the bytes of a stream whose two ends are the same.
#[derive(Deserialize)]
struct Stream {
    client: String,
    server: String,
    syn: Option<u64>,
    synack: Option<u64>,
    ack: Option<u64>,
    bytes_cs: Option<u64>,
    bytes_sc: Option<u64>,
    missing_cs: Option<u64>,
    missing_sc: Option<u64>,
    sha_cs: Option<String>,
    sha_sc: Option<String>,
}

/// Where we say otherwise, and why ours is right.
struct Deviation {
    file: &'static str,
    what: What,
    because: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Count,
    Handshake,
    Bytes(Direction),
}

const CUT: &str =
    "the frames promise more bytes than were captured, which tshark does not count as missing";

#[rustfmt::skip]
const DEVIATIONS: &[Deviation] = &[
    Deviation { file: "21c_null_ipv6_af10.pcap", what: What::Count,
        because: "Linux numbers IPv6 as 10 in NULL frames, which tshark does not know" },
    Deviation { file: "22b_null_ipv6_af23.pcap", what: What::Count,
        because: "Windows numbers IPv6 as 23 in NULL frames, which tshark does not know" },
    Deviation { file: "94_ng_option_overruns.pcapng", what: What::Count,
        because: "an option that overruns its block hides no frame; tshark reads none" },
    Deviation { file: "tcp__payload-synack.pcap", what: What::Handshake,
        because: "the SYN-ACK carries 110 bytes and frame 3 acknowledges it with them, which completes the handshake" },
    Deviation { file: "of13_ericsson.pcapng", what: What::Bytes(ToServer),
        because: "the payload quotes UDP packets, and tshark takes their addresses for those of the segment" },
    Deviation { file: "of13_ericsson.pcapng", what: What::Bytes(ToClient),
        because: "the payload quotes UDP packets, and tshark takes their addresses for those of the segment" },
    Deviation { file: "13_snaplen60.pcap", what: What::Bytes(ToServer), because: CUT },
    Deviation { file: "13_snaplen60.pcap", what: What::Bytes(ToClient), because: CUT },
    Deviation { file: "tcp__retransmit-fast009.pcap", what: What::Bytes(ToServer), because: CUT },
    Deviation { file: "tcp__retransmit-fast009.pcap", what: What::Bytes(ToClient), because: CUT },
    Deviation { file: "tcp__timestamp.pcap", what: What::Bytes(ToClient), because: CUT },
    Deviation { file: "tcp__truncated-header.pcap", what: What::Bytes(ToServer), because: CUT },
    Deviation { file: "tcp__truncated-header.pcap", what: What::Bytes(ToClient), because: CUT },
    Deviation { file: "babel_update_oobr.pcap", what: What::Bytes(ToClient), because: CUT },
    Deviation { file: "hoobr_nfs_printfh.pcap", what: What::Bytes(ToServer), because: CUT },
];

#[test]
fn every_capture_has_the_conversations_that_tshark_finds() {
    let mut wrong = Vec::new();
    let mut used = vec![false; DEVIATIONS.len()];
    let truths = collection::truths::<Truth>();
    for (path, truth) in &truths {
        let Ok(reader) = capture::open(path) else {
            assert!(truth.streams.is_empty(), "{}", truth.file);
            continue;
        };
        let options = Options {
            digests: true,
            ..Options::default()
        };
        let found = survey(reader, options);
        for (what, words) in differences(truth, &found) {
            let listed = DEVIATIONS
                .iter()
                .position(|one| truth.file.ends_with(one.file) && one.what == what);
            match listed {
                Some(index) => used[index] = true,
                None => wrong.push(format!("{}: {what:?}: {words}", truth.file)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (one, used) in DEVIATIONS.iter().zip(used) {
        let is_there = truths
            .iter()
            .any(|(_, truth)| truth.file.ends_with(one.file));
        assert!(
            used || !is_there,
            "{} no longer deviates in {:?} ({})",
            one.file,
            one.what,
            one.because
        );
    }
}

fn differences(truth: &Truth, found: &Survey) -> Vec<(What, String)> {
    let mut list = Vec::new();
    if truth.streams.len() != found.conversations.len() {
        let words = format!(
            "{} conversations, not {}",
            found.conversations.len(),
            truth.streams.len()
        );
        return vec![(What::Count, words)];
    }
    for (stream, conversation) in truth.streams.iter().zip(&found.conversations) {
        let handshake = conversation.handshake;
        let ours = (
            conversation.client,
            conversation.server,
            handshake.syn.map(|syn| syn.frame),
            handshake.syn_ack.map(|syn| syn.frame),
            handshake.ack.map(|mark| mark.frame),
        );
        let theirs = (
            endpoint(&stream.client),
            endpoint(&stream.server),
            stream.syn,
            stream.synack,
            stream.ack,
        );
        if ours != theirs {
            list.push((What::Handshake, format!("{ours:?}, not {theirs:?}")));
        }
        for direction in Direction::BOTH {
            let ours = payload(found, conversation, direction);
            let Some(theirs) = stream.payload(direction) else {
                continue;
            };
            if ours != theirs {
                list.push((What::Bytes(direction), format!("{ours:?}, not {theirs:?}")));
            }
        }
    }
    list
}

/// Bytes present, bytes missing, and the first digits of the hash.
type Payload = (u64, u64, String);

fn payload(found: &Survey, conversation: &Conversation, direction: Direction) -> Payload {
    let amount = found.amount(conversation.id, direction);
    let hash = found.sha256(conversation.id, direction).expect("asked for");
    let digits = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    (amount.bytes, amount.missing, digits)
}

impl Stream {
    fn payload(&self, direction: Direction) -> Option<Payload> {
        Some(match direction {
            Direction::ToServer => (self.bytes_cs?, self.missing_cs?, self.sha_cs.clone()?),
            Direction::ToClient => (self.bytes_sc?, self.missing_sc?, self.sha_sc.clone()?),
        })
    }
}

/// tshark writes IPv6 without brackets.
fn endpoint(text: &str) -> Endpoint {
    let (address, port) = text.rsplit_once(':').expect("a port");
    let address = address.parse().expect("an address");
    let port = port.parse().expect("a number");
    Endpoint::from(std::net::SocketAddr::new(address, port))
}
