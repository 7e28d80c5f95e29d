//! One pass over a capture: what the file is, who talked with whom, and what was said.
//!
//! Everything that a report needs of the layers below the payload. It judges nothing and knows no dialect.
//!
//! The conversations are looked after in two halves, each by itself: a `Half` has its own tables and limits. One
//! thread reads for both, or two read the same bytes and each has one half ([`pass`]). Each half sees its segments in the
//! order of the capture and nothing of the other half, so what is found does not depend on the threads.

mod flows;
mod half;
mod merge;
mod pass;
mod surveyor;

use flows::OneSide;
pub use pass::pass;

use std::collections::BTreeMap;

use crate::capture::{Description, Reader, Stopped, Time};
use crate::conversation::{Conversation, ConversationId, Direction, Rest, UdpConversation};
use crate::segment::Unread;
use crate::stream::{Amount, Recorded, Stream};

/// How much is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Payload bytes kept altogether, administration included; 0 keeps none. Each half of the conversations has half of them,
    /// unless there is but one that is wanted.
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
    /// Most threads that read; what is found does not depend on it.
    pub threads: usize,
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
            threads: 1,
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
    sides: Vec<[OneSide; 2]>,
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
    pass(reader, options, || (), |()| (), &mut |_, _| ()).0
}

impl Survey {
    /// The conversation with this number.
    pub fn conversation(&self, id: ConversationId) -> Option<&Conversation> {
        self.conversations.get(id.index())
    }

    /// The payload of one direction, as far as it was kept.
    pub fn stream(&self, id: ConversationId, direction: Direction) -> Option<&Stream> {
        self.recorded(id, direction).map(Recorded::stream)
    }

    /// The same, to be put together only where somebody needs it.
    pub fn recorded(&self, id: ConversationId, direction: Direction) -> Option<&Recorded> {
        self.one_side(id, direction).map(|side| &side.recorded)
    }

    /// How much payload went in one direction, kept or not.
    pub fn amount(&self, id: ConversationId, direction: Direction) -> Amount {
        self.one_side(id, direction)
            .map_or_else(Amount::default, |side| side.amount)
    }

    /// The SHA-256 of the payload of one direction, gaps closed up; none unless [`Options::digests`] asked for it.
    pub fn sha256(&self, id: ConversationId, direction: Direction) -> Option<[u8; 32]> {
        self.one_side(id, direction)?.sha256
    }

    /// Payload bytes that were put in order and not kept, because of the limits.
    pub fn dropped(&self) -> u64 {
        let sides = self.sides.iter().flatten();
        let dropped: u64 = sides.map(|side| side.recorded.dropped()).sum();
        dropped.saturating_add(self.rest_amount.bytes)
    }

    fn one_side(&self, id: ConversationId, direction: Direction) -> Option<&OneSide> {
        let side = self.conversation(id)?.side(direction);
        Some(&self.sides.get(id.index())?[side.index()])
    }
}
