//! Half of the conversations of a capture, or all of them: who talked, and what was said.

use super::Options;
use super::flows::{Flows, OneSide};
use crate::capture::Batch;
use crate::conversation::{Conversation, Conversations, Ends, Glance, Rest};
use crate::segment::{self, Segment};
use crate::stream::{Amount, Sink};

/// The conversations of one half, while the capture is read.
pub(super) struct Half<S> {
    conversations: Conversations,
    flows: Flows<S>,
}

/// The plain frames of a batch that wait for their turns.
pub(super) struct Ahead {
    /// What is known of their conversations, by their places in the batch.
    glances: [Glance; Batch::MOST],
    /// The places of the frames of each half.
    places: [[u8; Batch::MOST]; 2],
    counts: [usize; 2],
}

const _: () = assert!(Batch::MOST <= 1 << u8::BITS);

/// What they were.
pub(super) struct Found<T> {
    /// In the order of their first frames.
    pub(super) conversations: Vec<Conversation>,
    pub(super) sides: Vec<[OneSide; 2]>,
    pub(super) rest: Rest,
    pub(super) rest_amount: Amount,
    /// What the listener has to say.
    pub(super) heard: T,
}

/// How many halves there are: where only one conversation is wanted, which is known by its place among all, all are one.
pub(super) fn count(options: &Options) -> usize {
    match options.only {
        Some(_) => 1,
        None => 2,
    }
}

/// Of how many conversations of one half payload is kept. About half of those that are told one by one are in each: many
/// more would take the room of those, only to be counted with the rest.
pub(super) fn kept(options: &Options) -> usize {
    const MORE: usize = 256;
    match count(options) {
        1 => options.conversations,
        halves => (options.conversations / halves + MORE).min(options.conversations),
    }
}

impl Ahead {
    /// No frame waits.
    pub(super) const NONE: Self = Self {
        glances: [Glance::unseen(Ends::NONE); Batch::MOST],
        places: [[0; Batch::MOST]; 2],
        counts: [0; 2],
    };

    /// Adds a frame between these ends, of which nothing else is known yet. Whose frame comes next no processor can foretell,
    /// so none has to: each is written down for both halves and counts for its own.
    #[inline]
    pub(super) fn push(&mut self, half: usize, place: usize, ends: Ends) {
        self.glances[place] = Glance::unseen(ends);
        for (which, count) in self.counts.iter_mut().enumerate() {
            self.places[which][*count] = place as u8;
            *count += usize::from(which == half);
        }
    }

    /// Those that have waited: what is known of them, and which are of each half.
    #[inline]
    pub(super) fn take(&mut self) -> (&mut [Glance], [&[u8]; 2]) {
        let [first, second] = std::mem::take(&mut self.counts);
        let places = [&self.places[0][..first], &self.places[1][..second]];
        (&mut self.glances, places)
    }
}

impl<S: Sink> Half<S> {
    pub(super) fn new(options: Options, sink: S) -> Self {
        let options = Options {
            keep: options.keep / count(&options),
            ..options
        };
        let conversations = Conversations::new(options.events).remembering(options.conversations);
        Self {
            conversations,
            flows: Flows::new(options, sink),
        }
    }

    /// Takes in plain frames of a batch. All are looked up before the first has its turn. Each of these loops does so little
    /// that the processor waits for the memory of many at once.
    #[inline]
    pub(super) fn plain_frames(&mut self, batch: Batch<'_>, places: &[u8], glances: &mut [Glance]) {
        let places = places.iter().map(|place| usize::from(*place));
        let mut read = 0;
        for place in places.clone() {
            read ^= self.conversations.foresee(&glances[place].ends);
        }
        std::hint::black_box(read);
        for place in places.clone() {
            glances[place] = self.conversations.look(glances[place].ends);
        }
        let known = || places.clone().filter_map(|place| glances[place].known);
        for known in known() {
            read ^= self.conversations.warm(known);
        }
        for known in known() {
            read ^= self.flows.warm(known);
        }
        std::hint::black_box(read);
        for place in places {
            let Some(frame) = batch.get(place) else {
                continue;
            };
            if let Some(plain) = segment::plain(frame.link, frame.bytes) {
                self.take(&plain.segment(&frame), glances[place]);
            }
        }
    }

    /// Takes in the next segment.
    #[inline(never)]
    pub(super) fn segment(&mut self, segment: &Segment<'_>, ends: Ends) {
        self.take(segment, Glance::unseen(ends));
    }

    /// A copy of a segment before says nothing.
    #[inline(always)]
    fn take(&mut self, segment: &Segment<'_>, glance: Glance) {
        let step = self.conversations.step(segment, glance);
        if !step.copy {
            self.flows.segment(step, segment);
        }
    }

    pub(super) fn finish<T>(self, heard: impl Fn(S) -> T) -> Found<T> {
        let (conversations, rest) = self.conversations.finish();
        let (flowed, sink) = self.flows.finish();
        Found {
            rest_amount: flowed.rest(),
            sides: flowed.sides(conversations.len()),
            conversations,
            rest,
            heard: heard(sink),
        }
    }
}
