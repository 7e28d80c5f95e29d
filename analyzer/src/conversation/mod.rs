//! Conversations: which segments belong together, how each connection began and ended, and what went wrong in between.
//!
//! Knows headers only. It never looks into a payload, puts no bytes together (that is [`crate::stream`]) and has no words
//! for what it finds.

mod attempts;
mod closing;
mod copies;
mod direction;
mod event;
mod holes;
mod judge;
mod latest;
mod opening;
mod rest;
pub(crate) mod sequence;
mod state;
mod summary;
mod table;
mod table4;
mod udp;

pub use attempts::{Attempts, attempts};
pub use closing::{Closing, Teardown};
pub use direction::{Direction, Side};
pub use event::{Event, EventKind, Events};
pub use latest::Ends;
pub use opening::{Basis, Handshake, Mark, Opening, Syn};
pub use rest::Rest;
pub use summary::Conversation;
pub use table::{ConversationId, Conversations, Glance, Step};
pub use udp::{UdpConversation, UdpConversations};

#[cfg(test)]
mod tests;
