//! Half of the conversations of a capture, or all of them: who talked, and what was said.

use super::Options;
use super::flows::{Flows, OneSide};
use super::sorted::Sorted;
use crate::capture::Batch;
use crate::conversation::{Conversation, Conversations, Ends, Glance, Rest};
use crate::segment::{self, Segment};
use crate::stream::{Amount, Sink};

/// The conversations of one half, while the capture is read.
pub(super) struct Half<S> {
    conversations: Conversations,
    flows: Flows<S>,
    /// What was found of the conversations of frames that wait for their turns.
    glances: Vec<Glance>,
}

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
            glances: Vec::new(),
        }
    }

    /// Takes in plain frames of a batch. All are looked up before the first has its turn. Each of these loops does so little
    /// that the processor waits for the memory of many at once.
    #[inline]
    pub(super) fn plain_frames(&mut self, batch: Batch<'_>, sorted: &Sorted, places: &[u8]) {
        let ends = places.iter().map(|place| sorted.ends(*place));
        let mut read = 0;
        for ends in ends.clone() {
            read ^= self.conversations.foresee(ends);
        }
        std::hint::black_box(read);
        let mut glances = std::mem::take(&mut self.glances);
        glances.clear();
        glances.extend(ends.map(|ends| self.conversations.look(*ends)));
        let known = || glances.iter().filter_map(|glance| glance.known);
        for known in known() {
            read ^= self.conversations.warm(known);
        }
        for known in known() {
            read ^= self.flows.warm(known);
        }
        std::hint::black_box(read);
        for (place, glance) in places.iter().zip(&glances) {
            let Some(frame) = batch.get(usize::from(*place)) else {
                continue;
            };
            if let Some(plain) = segment::plain(frame.link, frame.bytes) {
                self.take(&plain.segment(&frame), *glance);
            }
        }
        self.glances = glances;
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
