//! The frames of a capture, and to whom each belongs.

use super::Facts;
use super::half::{Ahead, Found, Half};
use crate::capture::{Batch, Frame, Time};
use crate::conversation::{Ends, UdpConversation, UdpConversations};
use crate::segment::{self, Fragments, Packet, Unread};
use crate::stream::Sink;

/// Sees every frame, and hands segments to the halves that it looks after; of the other it only counts them.
pub(super) struct Surveyor<S> {
    facts: Facts,
    latest: Option<Time>,
    fragments: Fragments,
    udp: UdpConversations,
    halves: [Option<Half<S>>; 2],
    ahead: Ahead,
    /// All conversations are one half.
    is_undivided: bool,
}

/// What a surveyor saw.
pub(super) struct Seen<T> {
    pub(super) facts: Facts,
    pub(super) udp: Vec<UdpConversation>,
    pub(super) halves: Vec<Found<T>>,
}

impl<S: Sink> Surveyor<S> {
    /// Nothing seen yet. There are so many halves; one that is absent here is looked after by somebody else.
    pub(super) fn new(halves: [Option<Half<S>>; 2], count: usize) -> Self {
        Self {
            facts: Facts::default(),
            latest: None,
            fragments: Fragments::new(),
            udp: UdpConversations::default(),
            halves,
            ahead: Ahead::NONE,
            is_undivided: count < 2,
        }
    }

    /// Takes in the next frames. What is plain of them goes to its half together: that half never sees the other's.
    pub(super) fn batch(&mut self, batch: Batch<'_>) {
        self.facts.frames += batch.count() as u64;
        if self.leads() {
            self.note_times(batch);
        }
        for (place, (link, bytes)) in batch.bytes().enumerate() {
            match segment::plain(link, bytes) {
                Some(plain) => {
                    let ends = Ends::of_plain(&plain);
                    self.ahead.push(self.which(&ends), place, ends);
                }
                None => {
                    self.catch_up(batch);
                    batch.get(place).iter().for_each(|frame| self.odd(frame));
                }
            }
        }
        self.catch_up(batch);
    }

    /// Hands what has waited to the halves.
    #[inline]
    fn catch_up(&mut self, batch: Batch<'_>) {
        let Self {
            halves,
            ahead,
            facts,
            ..
        } = self;
        let (glances, places) = ahead.take();
        for (half, places) in halves.iter_mut().zip(places) {
            if let Some(half) = half {
                facts.tcp += places.len() as u64;
                half.plain_frames(batch, places, glances);
            }
        }
    }

    /// A frame that may be for any half.
    #[inline(never)]
    fn odd(&mut self, frame: &Frame<'_>) {
        match segment::read(frame) {
            Packet::Unread(Unread::Fragment) => {
                let mut fragments = std::mem::take(&mut self.fragments);
                self.for_any(fragments.packet(frame));
                self.fragments = fragments;
            }
            Packet::Unread(Unread::Aggregate) => {
                let mut packets = segment::subframes(frame).peekable();
                if packets.peek().is_none() {
                    self.for_any(Packet::Unread(Unread::Aggregate));
                }
                packets.for_each(|(_, packet)| self.odd(&packet));
            }
            packet => self.for_any(packet),
        }
    }

    fn for_any(&mut self, packet: Packet<'_>) {
        match packet {
            Packet::Tcp(segment) => {
                let ends = Ends::of(&segment);
                if let Some(half) = &mut self.halves[self.which(&ends)] {
                    half.segment(&segment, ends);
                    self.facts.tcp += 1;
                }
            }
            other if self.leads() => self.otherwise(other),
            _ => {}
        }
    }

    /// Whether this surveyor counts what belongs to no conversation: whoever looks after the first half does.
    #[inline]
    fn leads(&self) -> bool {
        self.halves[0].is_some()
    }

    /// The half to which a conversation belongs.
    #[inline]
    fn which(&self, ends: &Ends) -> usize {
        match self.is_undivided {
            true => 0,
            false => ends.half(),
        }
    }

    /// Counts what is no TCP segment.
    fn otherwise(&mut self, packet: Packet<'_>) {
        match packet {
            Packet::Tcp(_) => {}
            Packet::Udp(datagram) => {
                self.facts.udp += 1;
                self.udp.datagram(&datagram);
            }
            Packet::Unread(reason) => *self.facts.unread.entry(reason).or_default() += 1,
        }
    }

    fn note_times(&mut self, batch: Batch<'_>) {
        let Some(first) = batch.times().flatten().next() else {
            return;
        };
        let mut before = self.latest.unwrap_or(first);
        let facts = &mut self.facts;
        let mut earliest = facts.earliest.unwrap_or(first);
        let mut latest = facts.latest.unwrap_or(first);
        let mut went_back = 0;
        for time in batch.times().flatten() {
            went_back += u64::from(time < before);
            before = time;
            earliest = earliest.min(time);
            latest = latest.max(time);
        }
        self.latest = Some(before);
        facts.time_went_back += went_back;
        facts.earliest = Some(earliest);
        facts.latest = Some(latest);
    }

    /// What was seen, and what was said in the halves that were looked after.
    pub(super) fn finish<T>(mut self, heard: &impl Fn(S) -> T) -> Seen<T> {
        self.facts.incomplete_packets = self.fragments.incomplete();
        let halves = self.halves.into_iter().flatten();
        Seen {
            facts: self.facts,
            udp: self.udp.finish(),
            halves: halves.map(|half| half.finish(heard)).collect(),
        }
    }
}
