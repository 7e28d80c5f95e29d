//! One pass over a capture: what the file is, who talked with whom, and what was said.
//!
//! Everything that a report needs of the layers below the payload. It judges nothing and knows no dialect.

use std::collections::BTreeMap;

use crate::capture::{Description, Frame, Reader, Stopped, Time};
use crate::conversation::{
    Conversation, ConversationId, Conversations, Direction, Rest, Side, UdpConversation,
    UdpConversations,
};
use crate::segment::{self, Fragments, Packet, Segment, Unread};
use crate::stream::{Amount, Digests, Reassembly, Sink, Store, Stream};

/// How much is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Payload bytes kept altogether, administration included; 0 keeps none.
    pub keep: usize,
    /// Payload bytes kept of one direction of one conversation.
    pub keep_each: usize,
    /// Whether the payload of each direction is hashed.
    pub digests: bool,
    /// Events kept in full of one conversation; all are counted.
    pub events: usize,
    /// The only conversation whose payload is kept, if it is to be one.
    pub only: Option<ConversationId>,
    /// Conversations that are remembered one by one, with their payload; of more only the sums.
    pub conversations: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            keep: 32 << 20,
            keep_each: 8 << 20,
            digests: false,
            events: 256,
            only: None,
            conversations: usize::MAX,
        }
    }
}

/// What one pass found.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// The file as such.
    pub capture: Facts,
    /// TCP conversations in the order of their first frames; [`ConversationId`] is the index.
    pub conversations: Vec<Conversation>,
    /// What the conversations amounted to that came after as many as are remembered.
    pub rest: Rest,
    /// What was said in them.
    pub rest_amount: Amount,
    /// UDP conversations in the order of their first frames.
    pub udp: Vec<UdpConversation>,
    sides: Vec<[Flowed; 2]>,
}

/// What one side of one conversation said.
#[derive(Clone, Debug, Default)]
struct Flowed {
    amount: Amount,
    stream: Stream,
    sha256: Option<[u8; 32]>,
}

/// What a capture file is and how much of it could be read.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// What the file says about itself.
    pub description: Description,
    /// Frames read.
    pub frames: u64,
    /// TCP segments among them.
    pub tcp: u64,
    /// UDP datagrams among them.
    pub udp: u64,
    /// Frames in which neither was found, by reason.
    pub unread: BTreeMap<Unread, u64>,
    /// Earliest time of any frame.
    pub earliest: Option<Time>,
    /// Latest time of any frame.
    pub latest: Option<Time>,
    /// How often the time went back from one frame to the next.
    pub time_went_back: u64,
    /// IP packets of which only some fragments are there.
    pub incomplete_packets: u64,
    /// Why reading ended before the end of the file.
    pub stopped: Option<Stopped>,
}

/// Reads a capture to its end.
pub fn survey(reader: Reader, options: Options) -> Survey {
    survey_with(reader, options, &mut ())
}

/// Reads a capture to its end and hands all payload, in order, to `sink` as well.
pub fn survey_with(mut reader: Reader, options: Options, sink: &mut impl Sink) -> Survey {
    let mut surveyor = Surveyor::new(options);
    while let Some(batch) = reader.next_batch() {
        for frame in batch.iter() {
            surveyor.frame(&frame, sink);
        }
    }
    let mut survey = surveyor.finish(sink);
    survey.capture.description = reader.description().clone();
    survey.capture.stopped = reader.stopped().cloned();
    survey
}

impl Survey {
    /// The conversation with this number.
    pub fn conversation(&self, id: ConversationId) -> Option<&Conversation> {
        self.conversations.get(id.index())
    }

    /// The payload of one direction, as far as it was kept.
    pub fn stream(&self, id: ConversationId, direction: Direction) -> Option<&Stream> {
        self.flowed(id, direction).map(|flowed| &flowed.stream)
    }

    /// How much payload went in one direction, kept or not.
    pub fn amount(&self, id: ConversationId, direction: Direction) -> Amount {
        self.flowed(id, direction)
            .map_or_else(Amount::default, |flowed| flowed.amount)
    }

    /// The SHA-256 of the payload of one direction, gaps closed up; none unless [`Options::digests`] asked for it.
    pub fn sha256(&self, id: ConversationId, direction: Direction) -> Option<[u8; 32]> {
        self.flowed(id, direction)?.sha256
    }

    /// Payload bytes that were put in order and not kept, because of the limits.
    pub fn dropped(&self) -> u64 {
        let streams = self.sides.iter().flatten().map(|side| &side.stream);
        let dropped: u64 = streams.map(|stream| stream.dropped).sum();
        dropped.saturating_add(self.rest_amount.bytes)
    }

    fn flowed(&self, id: ConversationId, direction: Direction) -> Option<&Flowed> {
        let side = self.conversation(id)?.side(direction);
        Some(&self.sides.get(id.index())?[side.index()])
    }
}

/// A survey under way: for a capture that is read frame by frame, or that never ends.
pub struct Surveyor {
    options: Options,
    facts: Facts,
    latest: Option<Time>,
    fragments: Fragments,
    table: Table,
    udp: UdpConversations,
}

struct Table {
    /// How many conversations are remembered one by one.
    limit: usize,
    only: Option<ConversationId>,
    conversations: Conversations,
    reassembly: Reassembly,
    store: Option<Store>,
    digests: Option<Digests>,
}

impl Surveyor {
    /// Nothing seen yet.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            facts: Facts::default(),
            latest: None,
            fragments: Fragments::new(),
            table: Table {
                limit: options.conversations,
                only: options.only,
                conversations: Conversations::new(options.events)
                    .remembering(options.conversations),
                reassembly: Reassembly::default(),
                store: (options.keep > 0).then(|| Store::new(options.keep, options.keep_each)),
                digests: options.digests.then(Digests::default),
            },
            udp: UdpConversations::default(),
        }
    }

    /// Takes in the next frame.
    #[inline]
    pub fn frame(&mut self, frame: &Frame<'_>, sink: &mut impl Sink) {
        self.facts.frames += 1;
        self.note_time(frame.time);
        match segment::read(frame) {
            Packet::Tcp(segment) => {
                self.facts.tcp += 1;
                self.table.segment(&segment, sink);
            }
            other => self.otherwise(frame, other, sink),
        }
    }

    fn otherwise(&mut self, frame: &Frame<'_>, packet: Packet<'_>, sink: &mut impl Sink) {
        let packet = match packet {
            Packet::Unread(Unread::Fragment) => self.fragments.packet(frame),
            other => other,
        };
        match packet {
            Packet::Tcp(segment) => {
                self.facts.tcp += 1;
                self.table.segment(&segment, sink);
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

    /// What was found. Description and reason for stopping are the reader's to add.
    pub fn finish(mut self, sink: &mut impl Sink) -> Survey {
        let table = &mut self.table;
        let mut sinks = (sink, (table.store.as_mut(), table.digests.as_mut()));
        table.reassembly.finish(&mut sinks);
        self.facts.incomplete_packets = self.fragments.incomplete();
        let rest_amount = match self.options.conversations {
            usize::MAX => Amount::default(),
            limit => self.table.reassembly.rest(limit),
        };
        let sides = self.table.sides(self.options.digests);
        let (conversations, rest) = self.table.conversations.finish();
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

impl Table {
    #[inline]
    fn segment(&mut self, segment: &Segment<'_>, sink: &mut impl Sink) {
        let step = self.conversations.segment(segment);
        if step.copy {
            return;
        }
        let is_other = self.only.is_some_and(|only| only != step.conversation);
        if is_other || step.conversation.index() >= self.limit {
            return self.reassembly.segment(step, segment, sink);
        }
        let mut sinks = (sink, (self.store.as_mut(), self.digests.as_mut()));
        self.reassembly.segment(step, segment, &mut sinks);
    }

    fn sides(&mut self, hashed: bool) -> Vec<[Flowed; 2]> {
        let count = self.conversations.len().min(self.limit);
        let streams = match self.store.take() {
            Some(store) => store.finish(count),
            None => Vec::new(),
        };
        let mut streams = streams.into_iter();
        let one = |index: usize, side: Side, stream: Stream| {
            let id = ConversationId(u32::try_from(index).unwrap_or(u32::MAX));
            let digests = self.digests.as_ref().filter(|_| hashed);
            Flowed {
                amount: self.reassembly.amount(id, side),
                stream,
                sha256: digests.map(|digests| digests.sha256(id, side)),
            }
        };
        (0..count)
            .map(|index| {
                let [first, second] = streams.next().unwrap_or_default();
                [
                    one(index, Side::First, first),
                    one(index, Side::Second, second),
                ]
            })
            .collect()
    }
}
