//! Conversations beyond those that are remembered one by one: how many there were, and how they went.

use super::event::EventKind;
use super::{Closing, Conversation, Opening};

/// What many conversations amount to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rest {
    /// How many there were.
    pub conversations: u64,
    /// Frames in both directions.
    pub frames: u64,
    /// Those whose handshake is all there.
    pub complete: u64,
    /// Those that never became a connection: refused, unanswered or given up.
    pub failed: u64,
    /// Those that ended with a FIN of each side.
    pub closed: u64,
    /// Those that a reset ended.
    pub reset: u64,
    /// Those that were counted as they stood, though they had not ended, because too many were open at a time. What
    /// came of one later counts as another.
    pub left_open: u64,
    events: [u64; EventKind::ALL.len()],
}

impl Rest {
    /// How often something happened in all of them.
    #[must_use]
    pub fn total(&self, kind: EventKind) -> u64 {
        self.events[kind as usize]
    }

    /// Counts all that another has counted, too.
    pub(crate) fn join(&mut self, other: &Self) {
        self.conversations += other.conversations;
        self.frames = self.frames.saturating_add(other.frames);
        self.complete += other.complete;
        self.failed += other.failed;
        self.closed += other.closed;
        self.reset += other.reset;
        self.left_open += other.left_open;
        for (sum, more) in self.events.iter_mut().zip(other.events) {
            *sum = sum.saturating_add(more);
        }
    }

    pub(crate) fn add(&mut self, one: &Conversation) {
        use Closing as C;
        use Opening as O;
        self.conversations += 1;
        self.frames = self.frames.saturating_add(one.frame_count());
        self.complete += u64::from(one.opening == O::Complete);
        self.failed += u64::from(matches!(
            one.opening,
            O::Refused | O::Unanswered | O::Abandoned
        ));
        let closing = one.teardown.closing();
        self.closed += u64::from(matches!(
            closing,
            C::Fin(_) | C::ThreeSegments(_) | C::Simultaneous
        ));
        self.reset += u64::from(matches!(closing, C::Reset(_) | C::ResetAfterFin(_)));
        for (sum, kind) in self.events.iter_mut().zip(EventKind::ALL) {
            *sum = sum.saturating_add(u64::from(one.events.total(kind)));
        }
    }
}
