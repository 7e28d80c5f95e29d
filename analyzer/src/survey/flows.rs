//! The payload of each conversation, in order.

use super::{Options, half};
use crate::conversation::{ConversationId, Side, Step};
use crate::segment::Segment;
use crate::stream::{Amount, Digests, Reassembly, Recorded, Sink, Store};

/// Puts payload in order, keeps it within the limits, and hands it on to a sink.
pub(super) struct Flows<S> {
    flowed: Flowed,
    sink: S,
}

/// What was said in all conversations.
pub(super) struct Flowed {
    options: Options,
    reassembly: Reassembly,
    store: Option<Store>,
    digests: Option<Digests>,
}

/// What one side of one conversation said.
#[derive(Clone, Debug, Default)]
pub(super) struct OneSide {
    pub(super) amount: Amount,
    pub(super) recorded: Recorded,
    pub(super) sha256: Option<[u8; 32]>,
}

impl<S: Sink> Flows<S> {
    /// Nothing said yet.
    pub(super) fn new(options: Options, sink: S) -> Self {
        Self {
            flowed: Flowed {
                options,
                reassembly: Reassembly::default(),
                store: (options.keep > 0).then(|| {
                    let store = Store::new(options.keep, options.keep_each);
                    store.of_first(half::kept(&options))
                }),
                digests: options.digests.then(Digests::default),
            },
            sink,
        }
    }

    /// Takes in the next segment, in the order of the capture.
    #[inline(always)]
    pub(super) fn segment(&mut self, step: Step, segment: &Segment<'_>) {
        let Flowed {
            options,
            reassembly,
            store,
            digests,
        } = &mut self.flowed;
        let sink = &mut self.sink;
        let is_other = options.only.is_some_and(|only| only != step.conversation);
        if is_other || step.conversation.index() >= options.conversations {
            reassembly.segment(step, segment, sink);
        } else {
            let mut sinks = (sink, (store.as_mut(), digests.as_mut()));
            reassembly.segment(step, segment, &mut sinks);
        }
    }

    /// Reads what the turn of a segment of this conversation will need. What is returned means nothing.
    #[inline]
    pub(super) fn warm(&self, conversation: ConversationId) -> u32 {
        let Flowed {
            reassembly, store, ..
        } = &self.flowed;
        let kept = store.as_ref().map_or(0, |store| store.warm(conversation));
        reassembly.warm(conversation) ^ self.sink.warm(conversation) ^ kept
    }

    /// What was said, and the sink.
    pub(super) fn finish(mut self) -> (Flowed, S) {
        let Flowed {
            reassembly,
            store,
            digests,
            ..
        } = &mut self.flowed;
        reassembly.finish(&mut (&mut self.sink, (store.as_mut(), digests.as_mut())));
        (self.flowed, self.sink)
    }
}

impl Flowed {
    /// What the conversations amounted to that are not remembered one by one.
    pub(super) fn rest(&self) -> Amount {
        match self.options.conversations {
            usize::MAX => Amount::default(),
            limit => self.reassembly.rest(limit),
        }
    }

    /// What each side of the first `count` conversations said.
    pub(super) fn sides(mut self, count: usize) -> Vec<[OneSide; 2]> {
        let recorded = self.store.take().map(|store| store.finish(count));
        let mut recorded = recorded.unwrap_or_default().into_iter();
        (0..count)
            .map(|index| {
                let id = ConversationId(u32::try_from(index).unwrap_or(u32::MAX));
                let [first, second] = recorded.next().unwrap_or_default();
                let is_wanted = self.options.only.is_none_or(|only| only == id);
                [(Side::First, first), (Side::Second, second)]
                    .map(|(side, one)| self.side(id, side, one, is_wanted))
            })
            .collect()
    }

    fn side(&self, id: ConversationId, side: Side, kept: Recorded, is_wanted: bool) -> OneSide {
        let amount = self.reassembly.amount(id, side);
        let dropped = match is_wanted {
            true => amount.bytes - kept.length() as u64,
            false => 0,
        };
        OneSide {
            amount,
            recorded: kept.without(dropped),
            sha256: self.digests.as_ref().map(|one| one.sha256(id, side)),
        }
    }
}
