//! The frames of a capture, and to whom each belongs.

use super::Facts;
use super::half::{Found, Half};
use crate::capture::{Batch, Frame, Time};
use crate::conversation::{Ends, Glance, UdpConversation, UdpConversations};
use crate::segment::{self, Fragments, Packet, Segment, Unread};
use crate::stream::Sink;

/// Sees every frame, and hands segments to the halves that it looks after; of the other it only counts them.
pub(super) struct Surveyor<S> {
    facts: Facts,
    latest: Option<Time>,
    fragments: Fragments,
    udp: UdpConversations,
    halves: [Option<Half<S>>; 2],
    /// All conversations are one half.
    is_undivided: bool,
}

/// What a surveyor saw.
pub(super) struct Seen<T> {
    pub(super) facts: Facts,
    pub(super) udp: Vec<UdpConversation>,
    pub(super) halves: Vec<Found<T>>,
}

/// What a frame holds whose turn is to come.
enum Ahead<'a> {
    /// A segment in a plain frame, and what is known of its conversation.
    Segment(Segment<'a>, Glance),
    /// Something odd.
    Odd(Frame<'a>),
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
            is_undivided: count < 2,
        }
    }

    /// Takes in the next frames. All are looked up before the first has its turn: so they wait for memory together.
    pub(super) fn batch(&mut self, batch: Batch<'_>) {
        let frames = batch.iter();
        self.facts.frames += frames.len() as u64;
        let mut ahead = Vec::with_capacity(frames.len());
        let leads = self.leads();
        for frame in frames {
            if leads {
                self.note_time(frame.time);
            }
            let Some(plain) = segment::plain(&frame) else {
                ahead.push(Ahead::Odd(frame));
                continue;
            };
            let ends = Ends::of_plain(&plain);
            if self.half(&ends).is_some() {
                let glance = Glance::unseen(ends);
                ahead.push(Ahead::Segment(plain.segment(&frame), glance));
            }
        }
        self.look_up(&mut ahead);
        for one in &ahead {
            match one {
                Ahead::Segment(segment, glance) => self.segment(segment, *glance),
                Ahead::Odd(frame) => self.odd(frame),
            }
        }
    }

    /// Finds the conversations of segments, and reads what their turns will need. Each of these loops does so little that
    /// the processor reads for many frames at once.
    #[inline]
    fn look_up(&mut self, ahead: &mut [Ahead<'_>]) {
        let mut read = 0;
        for glance in ahead.iter().filter_map(Ahead::glance) {
            let half = self.half(&glance.ends);
            read ^= half.map_or(0, |half| half.foresee(&glance.ends));
        }
        std::hint::black_box(read);
        for one in ahead.iter_mut() {
            if let Ahead::Segment(_, glance) = one
                && let Some(half) = self.half(&glance.ends)
            {
                *glance = half.look(glance.ends);
            }
        }
        for glance in ahead.iter().filter_map(Ahead::glance) {
            let half = self.half(&glance.ends).zip(glance.known);
            read ^= half.map_or(0, |(half, known)| half.warm(known));
        }
        std::hint::black_box(read);
    }

    #[inline]
    fn segment(&mut self, segment: &Segment<'_>, glance: Glance) {
        if let Some(half) = self.half(&glance.ends) {
            half.segment(segment, glance);
            self.facts.tcp += 1;
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
            packet => self.for_any(packet),
        }
    }

    fn for_any(&mut self, packet: Packet<'_>) {
        match packet {
            Packet::Tcp(segment) => {
                let ends = Ends::of(&segment);
                self.segment(&segment, Glance::unseen(ends));
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

    /// The half to which a conversation belongs, if it is looked after here.
    #[inline]
    fn half(&mut self, ends: &Ends) -> Option<&mut Half<S>> {
        let which = match self.is_undivided {
            true => 0,
            false => ends.half(),
        };
        self.halves[which].as_mut()
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

impl Ahead<'_> {
    /// What is known of the conversation of a segment.
    #[inline]
    fn glance(&self) -> Option<&Glance> {
        match self {
            Self::Segment(_, glance) => Some(glance),
            Self::Odd(_) => None,
        }
    }
}
