//! Streams: the payload bytes of each direction of a conversation, in order, each traceable to its frame.
//!
//! Knows sequence numbers and bytes; never what the bytes say.

mod digest;
mod half;
mod log;
mod pending;
mod pieces;
mod reassembly;
mod sink;
mod store;

pub use digest::Digests;
pub use log::Recorded;
pub use pieces::{Difference, Gap, Piece, Stream};
pub use reassembly::{Amount, Reassembly};
pub use sink::{Flow, Sink};
pub use store::Store;

#[cfg(test)]
mod tests;
