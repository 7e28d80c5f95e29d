//! The words in which captures are scripted: a [`Tape`] records what [`Session`]s say.
//!
//! ```text
//! let tape = Tape::new(Link::Ethernet);
//! let mut ana = Session::new(&tape, 50_001, 55_555);
//! ana.open().server("NICK").client("ana").close();
//! Capture::pcap("unb/example", "Ana joins and leaves", tape)
//! ```
//!
//! Everything moves in fixed steps: no clock, no chance.

mod file;
mod ip;
mod link;
mod segment;
mod session;
mod tape;

pub(crate) use file::Capture;
pub(crate) use ip::Network;
pub(crate) use link::Link;
pub(crate) use segment::{ACK, FIN, PSH, RST, SYN, Segment, Side};
pub(crate) use session::Session;
pub(crate) use tape::Tape;
