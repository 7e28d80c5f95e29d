//! What is recorded: frames in order, with times that advance in fixed steps.

use std::cell::{Ref, RefCell};
use std::net::{SocketAddr, SocketAddrV4};

use etherparse::UdpHeader;

use super::ip::{self, Load, Network};
use super::link::{Ends, Link};
use super::segment::{Segment, Side};

/// 2025-11-03 14:00:00 UTC, in microseconds.
const BEGINNING: u64 = 1_762_178_400_000_000;
/// From one frame to the next, unless the script waits.
const STEP: u64 = 150;
/// From one record of a packet to its second record.
const COPY_STEP: u64 = 4;

/// One recorded frame.
pub(crate) struct Frame {
    pub(super) microseconds: u64,
    pub(super) interface: usize,
    /// What was recorded.
    pub(crate) bytes: Vec<u8>,
    /// How long it was on the wire, in bytes.
    pub(crate) length: usize,
}

/// From where to where something goes, and how.
#[derive(Clone, Copy)]
pub(super) struct Path {
    pub(super) interface: usize,
    pub(super) network: Network,
    pub(super) from: SocketAddr,
    pub(super) to: SocketAddr,
}

/// A recording. Sessions share it, so it changes behind `&`.
pub(crate) struct Tape {
    pub(super) links: Vec<Link>,
    state: RefCell<State>,
}

struct State {
    microseconds: u64,
    identification: u16,
    twice: bool,
    snap_length: usize,
    frames: Vec<Frame>,
}

impl Tape {
    /// A recording on one interface.
    pub(crate) fn new(link: Link) -> Self {
        Self::with_interfaces(&[link])
    }

    /// A recording on several interfaces.
    pub(crate) fn with_interfaces(links: &[Link]) -> Self {
        Self {
            links: links.to_vec(),
            state: RefCell::new(State {
                microseconds: BEGINNING,
                identification: 0x1000,
                twice: false,
                snap_length: usize::MAX,
                frames: Vec::new(),
            }),
        }
    }

    /// Every packet is recorded twice: on its only interface, as Linux's «any» device does, or on the first and the last.
    pub(crate) fn twice(self) -> Self {
        self.state.borrow_mut().twice = true;
        self
    }

    /// Of each frame only its first bytes are recorded.
    pub(crate) fn snapped(self, length: usize) -> Self {
        self.state.borrow_mut().snap_length = length;
        self
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, milliseconds: u64) {
        self.state.borrow_mut().microseconds += milliseconds * 1000;
    }

    /// The frames so far.
    pub(crate) fn frames(&self) -> Ref<'_, [Frame]> {
        Ref::map(self.state.borrow(), |state| state.frames.as_slice())
    }

    /// Records a segment of a session.
    pub(super) fn segment(&self, path: Path, segment: &Segment) {
        let bytes = segment.bytes(path.from, path.to);
        self.record(path, segment.side, ip::TCP, &bytes);
    }

    /// Records a UDP datagram over IPv4 (RFC 768), seen on the first interface.
    pub(crate) fn datagram(&self, side: Side, from: SocketAddrV4, to: SocketAddrV4, text: &str) {
        let header = UdpHeader::with_ipv4_checksum(
            from.port(),
            to.port(),
            &ip::v4_header(*from.ip(), *to.ip(), ip::UDP),
            text.as_bytes(),
        )
        .expect("a short datagram");
        let path = Path {
            interface: 0,
            network: Network::V4,
            from: from.into(),
            to: to.into(),
        };
        let bytes = [&header.to_bytes(), text.as_bytes()].concat();
        self.record(path, side, ip::UDP, &bytes);
    }

    fn record(&self, path: Path, side: Side, protocol: u8, bytes: &[u8]) {
        let mut state = self.state.borrow_mut();
        state.identification = state.identification.wrapping_add(1);
        let (from, to) = (path.from.ip(), path.to.ip());
        let ends = Ends {
            from,
            to,
            outgoing: side == Side::Client,
        };
        let load = Load {
            from,
            to,
            identification: state.identification,
            protocol,
            bytes,
        };
        for packet in path.network.packets(&load) {
            let link = self.links[path.interface];
            state.push(path.interface, link, link.frame(&ends, &packet));
            if state.twice {
                let last = self.links.len() - 1;
                state.microseconds += COPY_STEP;
                let link = self.links[last];
                state.push(last, link, link.frame(&ends, &packet));
            }
            state.microseconds += STEP;
        }
    }
}

impl State {
    fn push(&mut self, interface: usize, link: Link, mut bytes: Vec<u8>) {
        if let Some(last) = self.frames.last_mut()
            && let Some(both) = link.together(&last.bytes, &bytes)
        {
            last.length = both.len();
            last.bytes = both;
            return;
        }
        let length = bytes.len();
        bytes.truncate(self.snap_length);
        self.frames.push(Frame {
            microseconds: self.microseconds,
            interface,
            bytes,
            length,
        });
    }
}
