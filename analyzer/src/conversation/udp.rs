//! UDP conversations: who exchanged datagrams with whom, and how much. There is no more to know without the payload.

use rustc_hash::FxHashMap;

use super::{Mark, Side};
use crate::segment::{Datagram, Endpoint};

/// Datagrams between two ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UdpConversation {
    /// The two ends, the one that spoke first in front.
    pub ends: [Endpoint; 2],
    /// Datagrams sent by each.
    pub datagrams: [u64; 2],
    /// Payload bytes sent by each, those that the capture lacks included.
    pub bytes: [u64; 2],
    /// First frame.
    pub first: Mark,
    /// Last frame.
    pub last: Mark,
}

/// All UDP conversations of a capture, while it is read.
#[derive(Default)]
pub struct UdpConversations {
    index: FxHashMap<(Endpoint, Endpoint), usize>,
    list: Vec<UdpConversation>,
}

impl UdpConversations {
    /// Takes in one datagram.
    pub fn datagram(&mut self, datagram: &Datagram<'_>) {
        let (from, to) = (datagram.source, datagram.destination);
        let mark = Mark {
            frame: datagram.frame,
            time: datagram.time,
        };
        let list = &mut self.list;
        let index = *self
            .index
            .entry((from.min(to), from.max(to)))
            .or_insert_with(|| {
                list.push(UdpConversation {
                    ends: [from, to],
                    datagrams: [0; 2],
                    bytes: [0; 2],
                    first: mark,
                    last: mark,
                });
                list.len() - 1
            });
        let conversation = &mut self.list[index];
        let side = if conversation.ends[0] == from {
            Side::First
        } else {
            Side::Second
        };
        conversation.datagrams[side.index()] += 1;
        conversation.bytes[side.index()] +=
            datagram.payload.len() as u64 + u64::from(datagram.missing);
        conversation.last = mark;
    }

    /// All of them, in the order of their first frames.
    pub fn finish(self) -> Vec<UdpConversation> {
        self.list
    }
}
