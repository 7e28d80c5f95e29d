//! What one frame carries: a TCP segment, a UDP datagram, or a reason why neither can be read from it.
//!
//! Knows headers from the link layer to the transport layer; never what came before or after a frame, except for the
//! fragments of one IP packet. Pure: bytes in, values out.

mod endpoint;
mod fragments;
mod layer;
mod link;
mod network;
mod options;
mod packet;
mod plain;
mod rare_link;
mod transport;
mod tunnel;
mod walk;
mod wifi;

#[cfg(test)]
mod tests;

pub use endpoint::Endpoint;
pub use fragments::Fragments;
pub use layer::{Layer, LayerKind, Layers};
pub use options::{TcpOption, TcpOptions};
pub use packet::{Datagram, Flags, Packet, Segment, Tunnel, Unread};

pub use plain::{Plain, plain};
pub use wifi::subframes;

use crate::capture::Frame;
use walk::{End, Next, Walk};

/// Reads one frame. A fragment gives [`Unread::Fragment`]: hand that frame to [`Fragments::packet`]. One that holds several packets
/// gives [`Unread::Aggregate`]: [`subframes`] has each of them as a frame to be read.
#[inline]
pub fn read<'a>(frame: &Frame<'a>) -> Packet<'a> {
    match plain(frame.link, frame.bytes) {
        Some(plain) => Packet::Tcp(plain.segment(frame)),
        None => read_any(frame),
    }
}

/// Reads one frame, whatever it is.
fn read_any<'a>(frame: &Frame<'a>) -> Packet<'a> {
    match Walk::new(frame, &mut ()).run(Next::Link(frame.link)) {
        End::Packet(packet) => packet,
        End::Fragment(_) => Packet::Unread(Unread::Fragment),
    }
}

/// The layers of one frame and where each lies, for the frames that a report shows.
pub fn layers(frame: &Frame<'_>) -> Layers {
    let mut layers = Layers::default();
    let unread = match Walk::new(frame, &mut layers).run(Next::Link(frame.link)) {
        End::Packet(Packet::Unread(unread)) => Some(unread),
        End::Packet(_) => None,
        End::Fragment(_) => Some(Unread::Fragment),
    };
    let mut packets = subframes(frame).peekable();
    let unread = unread.filter(|_| packets.peek().is_none());
    for (at, packet) in packets {
        layers.join(wifi::SUBFRAME_HEADER, at, self::layers(&packet));
    }
    layers.finish(frame.bytes.len(), unread)
}
