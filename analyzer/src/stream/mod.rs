//! Streams: the payload bytes of each direction of a conversation, in order, each traceable to its frame.
//!
//! Knows sequence numbers and bytes; never what the bytes say.

mod digest;
mod half;
mod pending;
mod reassembly;
mod sink;
mod store;

pub use digest::Digests;
pub use reassembly::{Amount, Reassembly};
pub use sink::{Flow, Sink};
pub use store::{Difference, Gap, Piece, Store, Stream};

#[cfg(test)]
mod tests;
