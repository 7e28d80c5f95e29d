//! The file as such.

use serde::Serialize;

use super::{names, seconds};
use crate::capture::{Interface, Section, Stopped};
use crate::segment::Unread;
use crate::survey::Facts;

#[derive(Serialize)]
pub(super) struct Capture<'a> {
    format: &'static str,
    compression: &'static str,
    frames: u64,
    tcp_frames: u64,
    udp_frames: u64,
    other_frames: Vec<Other>,
    interfaces: Vec<InterfaceFacts<'a>>,
    sections: Vec<SectionFacts<'a>>,
    earliest: Option<String>,
    latest: Option<String>,
    time_went_back: u64,
    frames_lost: u64,
    incomplete_packets: u64,
    has_secrets: bool,
    stopped: Option<StoppedFacts>,
}

#[derive(Serialize)]
struct Other {
    reason: &'static str,
    number: Option<u16>,
    frames: u64,
}

#[derive(Serialize)]
struct InterfaceFacts<'a> {
    link_type: u16,
    link_name: Option<&'static str>,
    snap_length: u32,
    name: Option<&'a str>,
    description: Option<&'a str>,
    filter: Option<&'a str>,
    received: Option<u64>,
    dropped: Option<u64>,
}

#[derive(Serialize)]
struct SectionFacts<'a> {
    hardware: Option<&'a str>,
    operating_system: Option<&'a str>,
    application: Option<&'a str>,
    comments: &'a [String],
}

#[derive(Serialize)]
struct StoppedFacts {
    reason: &'static str,
    words: String,
    frames: u64,
    offset: u64,
}

impl<'a> Capture<'a> {
    pub(super) fn of(facts: &'a Facts) -> Self {
        let description = &facts.description;
        Self {
            format: names::format(description.format),
            compression: names::compression(description.compression),
            frames: facts.frames,
            tcp_frames: facts.tcp,
            udp_frames: facts.udp,
            other_frames: facts.unread.iter().map(Other::of).collect(),
            interfaces: description
                .interfaces
                .iter()
                .map(InterfaceFacts::of)
                .collect(),
            sections: description.sections.iter().map(SectionFacts::of).collect(),
            earliest: facts.earliest.map(seconds),
            latest: facts.latest.map(seconds),
            time_went_back: facts.time_went_back,
            frames_lost: description.frames_lost(),
            incomplete_packets: facts.incomplete_packets,
            has_secrets: description.has_secrets,
            stopped: facts.stopped.as_ref().map(StoppedFacts::of),
        }
    }
}

impl Other {
    fn of((reason, frames): (&Unread, &u64)) -> Self {
        let (reason, number) = names::unread(*reason);
        Self {
            reason,
            number,
            frames: *frames,
        }
    }
}

impl<'a> InterfaceFacts<'a> {
    fn of(one: &'a Interface) -> Self {
        Self {
            link_type: one.link.0,
            link_name: one.link.name(),
            snap_length: one.snap_length,
            name: one.name.as_deref(),
            description: one.description.as_deref(),
            filter: one.filter.as_deref(),
            received: one.received,
            dropped: one.dropped,
        }
    }
}

impl<'a> SectionFacts<'a> {
    fn of(one: &'a Section) -> Self {
        Self {
            hardware: one.hardware.as_deref(),
            operating_system: one.operating_system.as_deref(),
            application: one.application.as_deref(),
            comments: &one.comments,
        }
    }
}

impl StoppedFacts {
    fn of(stopped: &Stopped) -> Self {
        Self {
            reason: names::stop(&stopped.reason),
            words: stopped.reason.to_string(),
            frames: stopped.frames,
            offset: stopped.offset,
        }
    }
}
