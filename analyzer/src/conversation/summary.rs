//! A conversation as it stands when all of it was seen.

use super::event::Events;
use super::opening::{Basis, Handshake, Mark, Opening};
use super::state::{Bit, Cold, Hot};
use super::{ConversationId, Direction, Side, closing::Teardown};
use crate::segment::Endpoint;

/// One TCP connection.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// Its place in the order of first frames.
    pub id: ConversationId,
    /// Who opened it, as far as can be known.
    pub client: Endpoint,
    /// The other.
    pub server: Endpoint,
    /// Which side the client is.
    pub client_side: Side,
    /// Why the client is called so.
    pub basis: Basis,
    /// How it began.
    pub opening: Opening,
    /// The segments with which it began.
    pub handshake: Handshake,
    /// How it ended.
    pub teardown: Teardown,
    /// Frames sent by each side, copies of frames included.
    pub frames: [u64; 2],
    /// First frame.
    pub first: Mark,
    /// Last frame.
    pub last: Mark,
    /// How often the server refused it with a reset; a client may try again with the same SYN.
    pub refusals: u32,
    /// Initial sequence numbers of each side; guessed from the first segment seen where there was no SYN.
    pub isn: [u32; 2],
    /// Bytes of each side that the capture lacks, that nobody acknowledged and that never came.
    pub never_came: [u64; 2],
    /// Whether the capture lacks bytes of each side, acknowledged or not.
    pub lacks: [bool; 2],
    /// What else happened.
    pub events: Events,
}

impl Conversation {
    /// The direction in which `side` speaks.
    pub fn direction(&self, side: Side) -> Direction {
        Direction::of(side, self.client_side)
    }

    /// Who speaks in `direction`.
    pub fn side(&self, direction: Direction) -> Side {
        match direction {
            Direction::ToServer => self.client_side,
            Direction::ToClient => self.client_side.other(),
        }
    }

    /// Frames in both directions.
    pub fn frame_count(&self) -> u64 {
        self.frames[0] + self.frames[1]
    }
}

pub(super) fn conversation(index: usize, hot: &Hot, cold: Cold) -> Conversation {
    let opening = opening(hot, &cold);
    let client = hot.client();
    let troubles = cold.troubles.map(|troubles| *troubles).unwrap_or_default();
    Conversation {
        id: ConversationId(u32::try_from(index).unwrap_or(u32::MAX)),
        client: cold.ends[client.index()],
        server: cold.ends[client.other().index()],
        client_side: client,
        basis: cold.basis,
        opening,
        handshake: cold.handshake,
        teardown: cold.teardown,
        frames: hot.frames.map(u64::from),
        first: cold.first,
        last: hot.last(),
        refusals: cold.refusals,
        isn: hot.base,
        never_came: troubles.holes.each_ref().map(|holes| holes.open_bytes()),
        lacks: troubles.holes.each_ref().map(|holes| !holes.is_empty()),
        events: troubles.events,
    }
}

fn opening(hot: &Hot, cold: &Cold) -> Opening {
    let Handshake {
        syn,
        syn_ack,
        ack,
        server_syn,
        client_syn_ack,
    } = cold.handshake;
    let client_spoke = hot.has(Bit::Spoke, hot.client());
    let server_spoke = hot.has(Bit::Spoke, hot.client().other());
    let client_reset = matches!(cold.teardown.rst, Some((side, _)) if side == hot.client());
    match (syn.is_some(), syn_ack.is_some()) {
        (false, true) => Opening::FromSynAck,
        (false, false) => Opening::Underway,
        (true, true) if server_syn.is_some() => Opening::Simultaneous,
        (true, true) if ack.is_some() => Opening::Complete,
        (true, true) if client_spoke => Opening::AckNotCaptured,
        (true, true) if client_reset => Opening::Abandoned,
        (true, true) => Opening::HalfOpen,
        (true, false) if server_syn.is_some() && client_syn_ack.is_some() => Opening::Split,
        (true, false) if server_spoke || client_spoke => Opening::SynAckNotCaptured,
        (true, false) if cold.refusals > 0 => Opening::Refused,
        (true, false) => Opening::Unanswered,
    }
}
