//! What happened to a conversation besides data in order: each as a value, in no language.

use super::Side;
use crate::capture::Time;

/// What an [`Event`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum EventKind {
    /// The same SYN again: it was not answered in time.
    SynRepeated,
    /// The same SYN-ACK again.
    SynAckRepeated,
    /// A SYN-ACK with another initial sequence number than before: an answer to an older connection, or a forgery.
    SynAckDiffers,
    /// The same FIN again.
    FinRepeated,
    /// Bytes that had been sent before.
    Retransmission,
    /// A frame that the interface, or two of them, recorded a second time; the network carried it once.
    CapturedTwice,
    /// Bytes that come after a gap: what should have preceded them is not in the capture so far.
    Gap,
    /// The bytes of a gap, shortly after those that follow them: they overtook each other on the way.
    OutOfOrder,
    /// The bytes of a gap, sent again after they were missed.
    GapFilled,
    /// Bytes that the receiver acknowledged and the capture lacks: the capture lost them, the network did not.
    LostAcknowledged,
    /// An acknowledgement of bytes beyond all that the capture shows so far.
    AckOfUnseen,
    /// A segment that repeats bytes and adds new ones.
    Overlap,
    /// The receiver asks again for the same byte.
    DuplicateAck,
    /// The receiver has no room left.
    ZeroWindow,
    /// The receiver has room again.
    WindowOpened,
    /// A segment sent to learn whether a closed window has opened (RFC 9293 §3.8.6.1).
    ZeroWindowProbe,
    /// A segment sent to learn whether the other still lives (RFC 9293 §3.8.4).
    KeepAlive,
    /// The answer to it.
    KeepAliveAck,
    /// The sequence numbers passed 2³² and began again from 0.
    Wrapped,
    /// Data behind its sender's own FIN.
    DataAfterFin,
}

impl EventKind {
    /// All kinds, in order.
    pub const ALL: [Self; 20] = [
        Self::SynRepeated,
        Self::SynAckRepeated,
        Self::SynAckDiffers,
        Self::FinRepeated,
        Self::Retransmission,
        Self::CapturedTwice,
        Self::Gap,
        Self::OutOfOrder,
        Self::GapFilled,
        Self::LostAcknowledged,
        Self::AckOfUnseen,
        Self::Overlap,
        Self::DuplicateAck,
        Self::ZeroWindow,
        Self::WindowOpened,
        Self::ZeroWindowProbe,
        Self::KeepAlive,
        Self::KeepAliveAck,
        Self::Wrapped,
        Self::DataAfterFin,
    ];
}

/// Something that happened, and where it can be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub kind: EventKind,
    /// Whose bytes it is about; for acknowledgements and windows, who sent them.
    pub side: Side,
    /// The frame that shows it.
    pub frame: u64,
    /// When that frame was seen.
    pub time: Option<Time>,
    /// The frame that it answers, repeats or refers to, where there is one.
    pub earlier: Option<u64>,
    /// Sequence number of the first byte that it is about.
    pub seq: u32,
    /// How many bytes it is about.
    pub length: u32,
}

/// The events of one conversation: exact counts, and the first of them in full.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Events {
    counts: [[u32; EventKind::ALL.len()]; 2],
    list: Vec<Event>,
}

impl Events {
    /// How often `kind` happened on `side`.
    pub fn count(&self, kind: EventKind, side: Side) -> u32 {
        self.counts[side.index()][kind as usize]
    }

    /// How often `kind` happened.
    pub fn total(&self, kind: EventKind) -> u32 {
        Side::BOTH
            .iter()
            .fold(0, |sum, side| sum.saturating_add(self.count(kind, *side)))
    }

    /// The events themselves in the order of the capture: all, or as many as the limit allowed.
    pub fn list(&self) -> &[Event] {
        &self.list
    }

    /// Whether there were more than [`Self::list`] holds.
    pub fn cut(&self) -> bool {
        let all = EventKind::ALL
            .iter()
            .map(|kind| u64::from(self.total(*kind)))
            .sum::<u64>();
        all > self.list.len() as u64
    }

    pub(super) fn add(&mut self, event: Event, limit: usize) {
        let count = &mut self.counts[event.side.index()][event.kind as usize];
        *count = count.saturating_add(1);
        if self.list.len() < limit {
            self.list.push(event);
        }
    }
}
