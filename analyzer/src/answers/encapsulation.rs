//! F: one frame of each link type, header by header, with its bytes; and what is not in the file.

use std::ops::Range;

use super::{Evidence, Example, Fact, facts};
use crate::analysis::Analysis;
use crate::capture::LinkType;
use crate::choice::Chat;
use crate::segment::{LayerKind, Packet, layers, read};

/// How many messages are looked through for frames of other link types.
const LOOK: usize = 4096;

/// A header or payload, with what its fields say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerShown {
    /// What it is.
    pub kind: LayerKind,
    /// Where it lies in the frame.
    pub range: Range<usize>,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What its fields say, by the names that Wireshark gives them.
    pub facts: Vec<Fact>,
}

/// Something that one may expect in a frame and that this file does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Absent {
    /// Any link layer: the frame begins with IP.
    LinkLayer,
    /// An Ethernet header: the frames of a loopback interface have none.
    EthernetOnLoopback,
    /// The Ethernet header: Linux's «any» device replaces it.
    EthernetOnAny,
    /// The frame check sequence.
    FrameCheckSequence,
    /// Part of the frame: the capture was told to keep fewer bytes.
    Rest,
}

/// How one frame is wrapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encapsulation {
    /// The frame.
    pub frame: u64,
    /// What its first byte begins.
    pub link: LinkType,
    /// Bytes of it in the file.
    pub length: usize,
    /// Its layers, outermost first.
    pub layers: Vec<LayerShown>,
    /// What is not there.
    pub absent: Vec<Absent>,
    /// Where to see it.
    pub evidence: Evidence,
}

pub(super) fn answer(
    analysis: &Analysis<'_>,
    chat: &Chat<'_>,
    request: Option<&Example>,
) -> Vec<Encapsulation> {
    let of_request =
        request.and_then(|request| Some((*request.evidence.frames.first()?, request.client)));
    let messages = chat.messages();
    let all = messages
        .iter()
        .take(LOOK)
        .filter_map(|(member, message)| Some((*message.frames.first()?, member.client)));
    let mut shown: Vec<Encapsulation> = Vec::new();
    for (number, client) in of_request.into_iter().chain(all) {
        let Some(kept) = analysis.frames.get(number) else {
            continue;
        };
        if shown.iter().any(|one| one.link == kept.frame.link) {
            continue;
        }
        if let Some(member) = chat.members.iter().find(|member| member.client == client) {
            shown.push(encapsulation(
                &kept.frame,
                Evidence::of(client, member.server, [number]),
            ));
        }
    }
    shown
}

fn encapsulation(frame: &crate::capture::Frame<'_>, evidence: Evidence) -> Encapsulation {
    let found = layers(frame);
    let shown = found
        .layers
        .iter()
        .map(|layer| {
            let bytes = frame.bytes.get(layer.range.clone()).unwrap_or_default();
            LayerShown {
                kind: layer.kind,
                range: layer.range.clone(),
                bytes: bytes.to_vec(),
                facts: facts(layer.kind, bytes),
            }
        })
        .collect();
    Encapsulation {
        frame: frame.number,
        link: frame.link,
        length: frame.bytes.len(),
        layers: shown,
        absent: absent(frame),
        evidence,
    }
}

fn absent(frame: &crate::capture::Frame<'_>) -> Vec<Absent> {
    let mut absent = Vec::new();
    match frame.link {
        LinkType::NULL | LinkType::LOOP => {
            absent.extend([Absent::EthernetOnLoopback, Absent::FrameCheckSequence]);
        }
        LinkType::LINUX_SLL | LinkType::LINUX_SLL2 => {
            absent.extend([Absent::EthernetOnAny, Absent::FrameCheckSequence]);
        }
        LinkType::RAW
        | LinkType::RAW_BSD
        | LinkType::RAW_OPENBSD
        | LinkType::IPV4
        | LinkType::IPV6 => {
            absent.extend([Absent::LinkLayer, Absent::FrameCheckSequence]);
        }
        LinkType::ETHERNET => absent.push(Absent::FrameCheckSequence),
        _ => {}
    }
    if let Packet::Tcp(segment) = read(frame)
        && segment.missing > 0
    {
        absent.push(Absent::Rest);
    }
    absent
}
