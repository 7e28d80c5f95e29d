//! The first half of the pass: frames, and whose they are.

use super::{Facts, Flowed, Onward, Options, Survey};
use crate::capture::{Batch, Frame, Reader, Time};
use crate::conversation::{Conversations, Glance, UdpConversations};
use crate::segment::{self, Fragments, Packet, Segment, Unread};

/// A survey under way.
pub struct Surveyor {
    facts: Facts,
    latest: Option<Time>,
    fragments: Fragments,
    conversations: Conversations,
    udp: UdpConversations,
}

/// A frame that was read ahead of its turn.
enum Ahead<'a> {
    Tcp(Segment<'a>, Glance),
    Other(Frame<'a>, Packet<'a>),
}

impl Surveyor {
    /// Nothing seen yet.
    pub fn new(options: Options) -> Self {
        let conversations = Conversations::new(options.events).remembering(options.conversations);
        Self {
            facts: Facts::default(),
            latest: None,
            fragments: Fragments::new(),
            conversations,
            udp: UdpConversations::default(),
        }
    }

    /// Takes in the next frames. All are looked up before the first has its turn: so they wait for memory together.
    pub fn batch(&mut self, batch: Batch<'_>, onward: &mut impl Onward) {
        let ahead: Vec<Ahead<'_>> = batch.iter().map(|frame| self.look_ahead(frame)).collect();
        for one in &ahead {
            if let Ahead::Tcp(_, glance) = one {
                self.conversations.warm(*glance);
                glance.known.inspect(|known| onward.warm(*known));
            }
        }
        self.facts.frames += ahead.len() as u64;
        for one in &ahead {
            match one {
                Ahead::Tcp(segment, glance) => {
                    self.note_time(segment.time);
                    self.facts.tcp += 1;
                    hand_on(&mut self.conversations, segment, *glance, onward);
                }
                Ahead::Other(frame, packet) => {
                    self.note_time(frame.time);
                    self.otherwise(frame, *packet, onward);
                }
            }
        }
    }

    #[inline]
    fn look_ahead<'a>(&self, frame: Frame<'a>) -> Ahead<'a> {
        match segment::read(&frame) {
            Packet::Tcp(segment) => {
                let glance = self.conversations.glance(&segment);
                Ahead::Tcp(segment, glance)
            }
            other => Ahead::Other(frame, other),
        }
    }

    #[cold]
    fn otherwise(&mut self, frame: &Frame<'_>, packet: Packet<'_>, onward: &mut impl Onward) {
        let packet = match packet {
            Packet::Unread(Unread::Fragment) => self.fragments.packet(frame),
            other => other,
        };
        match packet {
            Packet::Tcp(segment) => {
                self.facts.tcp += 1;
                let glance = self.conversations.glance(&segment);
                hand_on(&mut self.conversations, &segment, glance, onward);
            }
            Packet::Udp(datagram) => {
                self.facts.udp += 1;
                self.udp.datagram(&datagram);
            }
            Packet::Unread(reason) => *self.facts.unread.entry(reason).or_default() += 1,
        }
    }

    #[inline]
    fn note_time(&mut self, time: Option<Time>) {
        let Some(time) = time else { return };
        let facts = &mut self.facts;
        if self.latest.is_some_and(|latest| time < latest) {
            facts.time_went_back += 1;
        }
        self.latest = Some(time);
        facts.earliest = Some(facts.earliest.map_or(time, |earliest| earliest.min(time)));
        facts.latest = Some(facts.latest.map_or(time, |latest| latest.max(time)));
    }

    /// What was found, with what the reader found and what was said.
    pub fn finish(mut self, reader: &Reader, flowed: Flowed) -> Survey {
        self.facts.incomplete_packets = self.fragments.incomplete();
        self.facts.description = reader.description().clone();
        self.facts.stopped = reader.stopped().cloned();
        let (conversations, rest) = self.conversations.finish();
        let rest_amount = flowed.rest();
        let sides = flowed.sides(conversations.len());
        Survey {
            capture: self.facts,
            conversations,
            rest,
            rest_amount,
            udp: self.udp.finish(),
            sides,
        }
    }
}

/// Has the conversation of a segment found, and hands the segment on unless it is a copy.
#[inline]
fn hand_on(
    conversations: &mut Conversations,
    segment: &Segment<'_>,
    glance: Glance,
    onward: &mut impl Onward,
) {
    let step = conversations.step(segment, glance);
    if !step.copy {
        onward.segment(step, segment);
    }
}
