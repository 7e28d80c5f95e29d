//! C: each connection of the chat, and the frames that prove it.

use super::Evidence;
use crate::analysis::Analysis;
use crate::choice::Chat;
use crate::conversation::{Basis, Closing, ConversationId, EventKind, Handshake, Opening, Side};
use crate::segment::Endpoint;

/// One connection.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Which conversation of the capture.
    pub id: ConversationId,
    /// The client's end.
    pub client: Endpoint,
    /// The server's end.
    pub server: Endpoint,
    /// How it began.
    pub opening: Opening,
    /// Why this end is called the client.
    pub basis: Basis,
    /// Whether what was said turned the roles round.
    pub turned: bool,
    /// The segments with which it began.
    pub handshake: Handshake,
    /// How it ended.
    pub closing: Closing,
    /// Whether the client is the side that closed or reset first; none while it is open.
    pub closed_by_client: Option<bool>,
    /// Whether a side went on talking after the other had closed its direction.
    pub half_close: bool,
    /// How often bytes came again and were other bytes.
    pub differing: u64,
    /// What went wrong on the way, and how often.
    pub troubles: Vec<(EventKind, u32)>,
    /// The frames of the handshake.
    pub opened: Option<Evidence>,
    /// The frames of the teardown.
    pub ended: Option<Evidence>,
}

pub(super) fn answer(analysis: &Analysis<'_>, chat: &Chat<'_>) -> Vec<Connection> {
    let one = |member: &crate::choice::Member| {
        let conversation = analysis.survey.conversation(member.id)?;
        let handshake = conversation.handshake;
        let closing = conversation.teardown.closing();
        let evidence = |frames: Vec<u64>| {
            let some = !frames.is_empty();
            some.then(|| Evidence::of(member.client, member.server, frames))
        };
        Some(Connection {
            id: member.id,
            client: member.client,
            server: member.server,
            opening: conversation.opening,
            basis: conversation.basis,
            turned: member.turned,
            handshake,
            closing,
            closed_by_client: closer(closing)
                .map(|side| (side == conversation.client_side) != member.turned),
            half_close: conversation.teardown.half_close.contains(&true),
            differing: Side::BOTH
                .into_iter()
                .filter_map(|side| {
                    let direction = conversation.direction(side);
                    analysis.survey.stream(member.id, direction)
                })
                .map(|stream| stream.difference_count)
                .sum(),
            troubles: EventKind::ALL
                .iter()
                .map(|kind| (*kind, conversation.events.total(*kind)))
                .filter(|(_, count)| *count > 0)
                .collect(),
            opened: evidence(opening_frames(&handshake)),
            ended: evidence(ending_frames(conversation)),
        })
    };
    chat.members.iter().filter_map(one).collect()
}

fn opening_frames(handshake: &Handshake) -> Vec<u64> {
    let syns = [handshake.syn, handshake.syn_ack].map(|syn| syn.map(|syn| syn.frame));
    let rest = [
        handshake.ack,
        handshake.server_syn,
        handshake.client_syn_ack,
    ];
    let rest = rest.map(|mark| mark.map(|mark| mark.frame));
    syns.into_iter().chain(rest).flatten().collect()
}

fn ending_frames(conversation: &crate::conversation::Conversation) -> Vec<u64> {
    let teardown = &conversation.teardown;
    let marks = teardown.fin.into_iter().chain(teardown.fin_acked).flatten();
    let reset = teardown.rst.map(|(_, mark)| mark);
    marks.chain(reset).map(|mark| mark.frame).collect()
}

fn closer(closing: Closing) -> Option<Side> {
    match closing {
        Closing::Open | Closing::Simultaneous => None,
        Closing::HalfClosed(side)
        | Closing::Fin(side)
        | Closing::ThreeSegments(side)
        | Closing::Reset(side)
        | Closing::ResetAfterFin(side) => Some(side),
    }
}
