//! Half of the conversations of a capture, or all of them: who talked, and what was said.

use super::Options;
use super::flows::{Flows, OneSide};
use crate::conversation::{Conversation, Conversations, Ends, Glance, Rest};
use crate::segment::Segment;
use crate::stream::{Amount, Sink};

/// The conversations of one half, while the capture is read.
pub(super) struct Half<S> {
    conversations: Conversations,
    flows: Flows<S>,
}

/// A segment that waits for its turn, and what is known of its conversation.
pub(super) struct Upcoming<'a> {
    segment: Segment<'a>,
    glance: Glance,
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

impl<'a> Upcoming<'a> {
    /// A segment between these ends, of which nothing is known yet.
    #[inline]
    pub(super) fn new(segment: Segment<'a>, ends: Ends) -> Self {
        let glance = Glance::unseen(ends);
        Self { segment, glance }
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

    /// Takes in the next segments; a copy of one before says nothing. All are looked up before the first has its turn. Each
    /// of these loops does so little that the processor waits for the memory of many at once.
    #[inline]
    pub(super) fn segments(&mut self, segments: &mut [Upcoming<'_>]) {
        let mut read = 0;
        for Upcoming { glance, .. } in segments.iter() {
            read ^= self.conversations.foresee(&glance.ends);
        }
        std::hint::black_box(read);
        for Upcoming { glance, .. } in segments.iter_mut() {
            *glance = self.conversations.look(glance.ends);
        }
        for known in segments.iter().filter_map(|one| one.glance.known) {
            read ^= self.conversations.warm(known) ^ self.flows.warm(known);
        }
        std::hint::black_box(read);
        for Upcoming { segment, glance } in segments {
            let step = self.conversations.step(segment, *glance);
            if !step.copy {
                self.flows.segment(step, segment);
            }
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
