//! Capture files: which bytes were seen, when, and on which interface.
//!
//! Knows containers (pcap, pcapng, compression), never what the bytes of a frame mean.

mod buffer;
mod clock;
mod description;
mod frame;
mod link;
mod live;
mod option;
mod order;
mod pcap;
mod pcapng;
mod reader;
mod record;
mod source;
mod stop;
mod twin;
mod zstd;

#[cfg(test)]
mod tests;

pub use description::{Compression, Description, Format, Interface, Section};
pub use frame::{Frame, Time};
pub use link::LinkType;
pub use live::{LiveError, Stop, live};
pub use order::Order;
pub use reader::{Batch, Reader, open, read, stdin};
pub use stop::{LooksLike, OpenError, StopReason, Stopped};
