//! Half of the conversations of a capture, or all of them: who talked, and what was said.

use super::Options;
use super::flows::{Flows, OneSide};
use crate::conversation::{Conversation, ConversationId, Conversations, Ends, Glance, Rest};
use crate::segment::Segment;
use crate::stream::{Amount, Sink};

/// The conversations of one half, while the capture is read.
pub(super) struct Half<S> {
    conversations: Conversations,
    flows: Flows<S>,
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
        }
    }

    /// Reads where a segment between these ends will be looked up. What is returned means nothing.
    #[inline]
    pub(super) fn foresee(&self, ends: &Ends) -> u32 {
        self.conversations.foresee(ends)
    }

    /// Looks a segment between these ends up ahead of its turn.
    #[inline]
    pub(super) fn look(&self, ends: Ends) -> Glance {
        self.conversations.look(ends)
    }

    /// Reads what the turn of a segment of this conversation will need. What is returned means nothing.
    #[inline]
    pub(super) fn warm(&self, known: ConversationId) -> u32 {
        self.conversations.warm(known) ^ self.flows.warm(known)
    }

    /// Takes in the next segment; a copy of one before says nothing.
    #[inline]
    pub(super) fn segment(&mut self, segment: &Segment<'_>, glance: Glance) {
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
