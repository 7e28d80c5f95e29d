//! The SHA-256 of each direction, without keeping its bytes.

use sha2::{Digest, Sha256};

use super::sink::{Flow, Sink};
use crate::capture::Time;
use crate::conversation::{ConversationId, Side};

/// The hash of what each direction of each conversation said so far.
#[derive(Default)]
pub struct Digests(Vec<[Option<Box<Sha256>>; 2]>);

impl Digests {
    /// The hash of all bytes of `side`, gaps closed up.
    pub fn sha256(&self, conversation: ConversationId, side: Side) -> [u8; 32] {
        self.0
            .get(conversation.index())
            .and_then(|sides| sides[side.index()].clone())
            .map(|hasher| *hasher)
            .unwrap_or_default()
            .finalize()
            .into()
    }
}

impl Sink for Digests {
    fn bytes(&mut self, flow: Flow, data: &[u8], _: u64, _: Option<Time>) {
        let index = flow.conversation.index();
        if self.0.len() <= index {
            self.0.resize_with(index + 1, Default::default);
        }
        self.0[index][flow.side.index()]
            .get_or_insert_default()
            .update(data);
    }

    fn gap(&mut self, _: Flow, _: u64) {}
}
