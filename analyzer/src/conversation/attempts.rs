//! Connects that came to nothing, gathered: a client that tried a closed port ten times is one finding, not ten.

use std::net::IpAddr;

use rustc_hash::FxHashMap;

use super::event::EventKind;
use super::{Conversation, ConversationId, Opening};
use crate::segment::Endpoint;

/// All connects of one host to one server that came to nothing in the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// Who tried.
    pub client: IpAddr,
    /// Where.
    pub server: Endpoint,
    /// [`Opening::Refused`] or [`Opening::Unanswered`].
    pub outcome: Opening,
    /// How many SYNs were sent, the repeated ones included.
    pub tries: u64,
    /// The conversations that those SYNs belong to.
    pub conversations: Vec<ConversationId>,
    /// The first SYN.
    pub first_frame: u64,
    /// The last frame of the last of them.
    pub last_frame: u64,
}

/// The connects among `conversations` that came to nothing, by who tried what, in the order of first frames.
pub fn attempts(conversations: &[Conversation]) -> Vec<Attempts> {
    let mut index = FxHashMap::default();
    let mut list: Vec<Attempts> = Vec::new();
    for conversation in conversations {
        if !matches!(conversation.opening, Opening::Refused | Opening::Unanswered) {
            continue;
        }
        let one = single(conversation);
        let at = *index
            .entry((one.client, one.server, one.outcome))
            .or_insert(list.len());
        match list.get_mut(at) {
            Some(gathered) => gathered.add(one),
            None => list.push(one),
        }
    }
    list
}

impl Attempts {
    fn add(&mut self, other: Self) {
        self.tries += other.tries;
        self.conversations.extend(other.conversations);
        self.last_frame = other.last_frame;
    }
}

fn single(conversation: &Conversation) -> Attempts {
    Attempts {
        client: conversation.client.ip(),
        server: conversation.server,
        outcome: conversation.opening,
        tries: 1 + u64::from(conversation.events.total(EventKind::SynRepeated)),
        conversations: vec![conversation.id],
        first_frame: conversation.first.frame,
        last_frame: conversation.last.frame,
    }
}
