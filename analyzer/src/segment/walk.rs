//! The walk through a frame, from its link type inwards, one header at a time.

use super::layer::{LayerKind, Trace};
use super::{Endpoint, Packet, Unread};
use crate::capture::{Frame, LinkType, Time};

/// More headers than any network puts inside each other.
const DEEPEST: usize = 32;

/// The header that comes next.
#[derive(Clone, Copy)]
pub(super) enum Next {
    Link(LinkType),
    EtherType(u16),
    Llc,
    Ppp,
    Mpls,
    Ip,
    /// By the protocol number of IP.
    Protocol(u8),
}

/// Where a walk ends.
pub(super) enum End<'a> {
    Packet(Packet<'a>),
    Fragment(Piece<'a>),
}

/// Either the next header or the end.
pub(super) enum Step<'a> {
    On(Next),
    End(End<'a>),
}

/// One fragment of an IP packet.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) network: Network,
    pub(super) protocol: u8,
    /// Identification: 16 bits in IPv4, 32 in IPv6.
    pub(super) id: u32,
    /// Where its bytes belong in the whole packet.
    pub(super) offset: usize,
    /// Whether others follow it.
    pub(super) more: bool,
    /// Its bytes; none if the capture lacks some of them.
    pub(super) bytes: Option<&'a [u8]>,
}

/// What the innermost IP header says.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Network {
    /// With port 0.
    pub(super) source: Endpoint,
    /// With port 0.
    pub(super) destination: Endpoint,
    pub(super) ip_id: u16,
    pub(super) ttl: u8,
}

impl Network {
    fn unknown() -> Self {
        let nobody = Endpoint::v4([0; 4], 0);
        Self {
            source: nobody,
            destination: nobody,
            ip_id: 0,
            ttl: 0,
        }
    }
}

/// A position in the bytes of one frame, and what the headers passed have said.
pub(super) struct Walk<'a, 't, T> {
    pub(super) bytes: &'a [u8],
    /// Where the next header begins.
    pub(super) at: usize,
    /// Where what it carries ends, as far as captured.
    pub(super) end: usize,
    /// Where it ends on the wire.
    pub(super) promised: usize,
    pub(super) network: Network,
    pub(super) frame: u64,
    pub(super) time: Option<Time>,
    pub(super) interface: u32,
    trace: &'t mut T,
}

impl<'a, 't, T: Trace> Walk<'a, 't, T> {
    /// At the first byte of a frame.
    #[inline]
    pub(super) fn new(frame: &Frame<'a>, trace: &'t mut T) -> Self {
        let end = frame.bytes.len();
        Self {
            bytes: frame.bytes,
            at: 0,
            end,
            promised: end.max(frame.original_length as usize),
            network: Network::unknown(),
            frame: frame.number,
            time: frame.time,
            interface: frame.interface,
            trace,
        }
    }

    /// At the first byte of what a reassembled IP packet carries.
    pub(super) fn inside(
        frame: &Frame<'_>,
        network: Network,
        bytes: &'a [u8],
        trace: &'t mut T,
    ) -> Self {
        let whole = Frame::new(frame.number, frame.time, frame.link, bytes);
        Self {
            network,
            interface: frame.interface,
            ..Walk::new(&whole, trace)
        }
    }

    /// Walks to the end.
    #[inline]
    pub(super) fn run(&mut self, mut next: Next) -> End<'a> {
        for _ in 0..DEEPEST {
            match self.step(next) {
                Ok(Step::On(following)) => next = following,
                Ok(Step::End(end)) => return end,
                Err(unread) => return End::Packet(Packet::Unread(unread)),
            }
        }
        End::Packet(Packet::Unread(Unread::TooDeep))
    }

    #[inline]
    fn step(&mut self, next: Next) -> Result<Step<'a>, Unread> {
        match next {
            Next::Ip => self.ip(),
            Next::Protocol(number) => self.protocol(number),
            Next::Link(link) => self.link(link).map(Step::On),
            Next::EtherType(kind) => self.ether_type(kind).map(Step::On),
            Next::Llc => self.llc().map(Step::On),
            Next::Ppp => self.ppp().map(Step::On),
            Next::Mpls => self.mpls().map(Step::On),
        }
    }

    /// What was captured from here on, without what follows the packet.
    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..self.end).unwrap_or_default()
    }

    /// The first bytes of the next header.
    #[inline]
    pub(super) fn peek<const N: usize>(&self) -> Result<&'a [u8; N], Unread> {
        self.rest().first_chunk().ok_or_else(|| self.short())
    }

    /// Passes a header of this length.
    #[inline]
    pub(super) fn pass(&mut self, kind: LayerKind, length: usize) -> Result<(), Unread> {
        let after = self.at + length;
        if after > self.end {
            return Err(self.short());
        }
        self.trace.layer(kind, self.at..after);
        self.at = after;
        Ok(())
    }

    /// Notes a layer that is not passed.
    #[inline]
    pub(super) fn note(&mut self, kind: LayerKind, from: usize, to: usize) {
        self.trace
            .layer(kind, from..to.clamp(from, self.bytes.len().max(from)));
    }

    /// What the next `length` bytes are all that is carried: what follows is padding, what lacks was cut.
    #[inline]
    pub(super) fn limit(&mut self, length: usize) {
        self.promised = self.at + length;
        self.end = self.end.min(self.promised);
    }

    /// Why there are too few bytes: the capture cut them, or they never were.
    #[cold]
    pub(super) fn short(&self) -> Unread {
        if self.promised > self.end {
            Unread::Cut
        } else {
            Unread::Malformed
        }
    }
}
