//! How a conversation began: the three-way handshake and what can come instead of it (RFC 9293 §3.5).

use crate::capture::Time;
use crate::segment::Segment;

/// One SYN, with or without ACK, and what its sender offered in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Syn {
    /// The frame that carried it first.
    pub frame: u64,
    /// When.
    pub time: Option<Time>,
    /// Initial sequence number.
    pub isn: u32,
    /// Receive window; never scaled in a SYN.
    pub window: u16,
    /// Largest segment that the sender wants to receive.
    pub mss: Option<u16>,
    /// Window scale, as a shift.
    pub window_scale: Option<u8>,
    /// Selective acknowledgements may be used.
    pub sack: bool,
    /// Timestamps: value and echo.
    pub timestamps: Option<(u32, u32)>,
    /// Payload bytes that it carried (TCP Fast Open, RFC 7413).
    pub data: u32,
}

impl Syn {
    pub(super) fn of(segment: &Segment<'_>) -> Self {
        Self {
            frame: segment.frame,
            time: segment.time,
            isn: segment.seq,
            window: segment.window,
            mss: segment.options.maximum_segment_size(),
            window_scale: segment.options.window_scale(),
            sack: segment.options.sack_permitted(),
            timestamps: segment.options.timestamps(),
            data: segment.length(),
        }
    }
}

/// A frame and its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The frame's number.
    pub frame: u64,
    /// When it was seen.
    pub time: Option<Time>,
}

impl Mark {
    pub(super) fn of(segment: &Segment<'_>) -> Self {
        Self {
            frame: segment.frame,
            time: segment.time,
        }
    }
}

/// The three segments that open a connection, as far as the capture holds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Handshake {
    /// The client's SYN, the first of them if it was repeated.
    pub syn: Option<Syn>,
    /// The server's SYN-ACK, the first of them if it was repeated.
    pub syn_ack: Option<Syn>,
    /// The client's acknowledgement of the SYN-ACK, looked for only where both SYN and SYN-ACK were seen, in this order.
    pub ack: Option<Mark>,
    /// The server's own SYN without ACK: simultaneous open, or a handshake split in four.
    pub server_syn: Option<Mark>,
    /// The client's SYN-ACK in answer to it.
    pub client_syn_ack: Option<Mark>,
}

impl Handshake {
    /// From SYN to SYN-ACK in nanoseconds: the round trip between the place of capture and the server.
    pub fn server_rtt(&self) -> Option<i64> {
        between(self.syn?.time, self.syn_ack?.time)
    }

    /// From SYN-ACK to ACK in nanoseconds: the round trip between the place of capture and the client.
    pub fn client_rtt(&self) -> Option<i64> {
        between(self.syn_ack?.time, self.ack?.time)
    }

    /// From SYN to ACK in nanoseconds: the whole round trip, wherever the capture was made.
    pub fn rtt(&self) -> Option<i64> {
        between(self.syn?.time, self.ack?.time)
    }

    /// Whether the SYN carried data (TCP Fast Open, RFC 7413).
    pub fn fast_open(&self) -> bool {
        self.syn.is_some_and(|syn| syn.data > 0)
    }
}

/// Nothing where a clock was set back in between.
fn between(earlier: Option<Time>, later: Option<Time>) -> Option<i64> {
    later?
        .checked_sub(earlier?)
        .filter(|nanoseconds| *nanoseconds >= 0)
}

/// How the conversation began, decided once all of it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Opening {
    /// SYN, SYN-ACK, ACK.
    Complete,
    /// SYN and SYN-ACK are there and the connection was used; the ACK between them is not in the capture.
    AckNotCaptured,
    /// SYN and SYN-ACK, and the client never answered.
    HalfOpen,
    /// SYN and SYN-ACK, and the client reset: what a port scanner does.
    Abandoned,
    /// Both sent a SYN, and both answered it with a SYN-ACK (RFC 9293 §3.5, figure 7).
    Simultaneous,
    /// The server answered the SYN with a SYN of its own, which the client acknowledged.
    Split,
    /// The SYN was answered by a reset: nobody listens on that port.
    Refused,
    /// The SYN was never answered: host away, or a firewall that drops.
    Unanswered,
    /// The SYN was answered and the connection used; the SYN-ACK is not in the capture.
    SynAckNotCaptured,
    /// The capture begins between SYN and SYN-ACK.
    FromSynAck,
    /// The capture began when the connection was already under way.
    Underway,
}

/// Why one end is called the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    /// It sent the SYN.
    Syn,
    /// It was sent the SYN-ACK.
    SynAck,
    /// An assumption: it was seen first.
    SpokeFirst,
}
