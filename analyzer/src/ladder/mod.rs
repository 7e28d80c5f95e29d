//! The ladder of a chat: who sent what to whom, in the order of the capture.
//!
//! Columns are ip:port, so both ends of a loopback conversation have their own. It draws; it does not judge.

mod svg;
mod text;

pub(crate) use svg::svg;
pub use text::render as text;
pub(crate) use text::room;

use protocol::message::Direction;

use crate::analysis::Analysis;
use crate::capture::Time;
use crate::choice::{Chat, Member};
use crate::conversation::Conversation;
use crate::segment::Endpoint;

/// What an arrow carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// A segment of TCP that opens or ends the connection: `SYN`, `SYN, ACK`, `FIN`.
    Control(&'static str),
    /// A message's content.
    Message(Vec<u8>),
}

/// One arrow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// The frame in which it begins.
    pub frame: u64,
    /// When, since the first frame of the capture, in nanoseconds.
    pub time: Option<i64>,
    /// The column where it begins.
    pub from: usize,
    /// The column where it ends.
    pub to: usize,
    /// What it carries.
    pub label: Label,
}

/// All arrows of a chat. See the module's documentation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ladder {
    /// Whose lines they go between: clients, then servers.
    pub columns: Vec<Endpoint>,
    /// The arrows in the order of the capture.
    pub rungs: Vec<Rung>,
    /// Clients that found no place.
    pub left_out: usize,
}

/// The ladder of the first clients of a chat, at most so many columns wide.
#[must_use]
pub fn ladder(analysis: &Analysis<'_>, chat: &Chat<'_>, most_columns: usize) -> Ladder {
    let most_clients = most_columns.saturating_sub(chat.servers.len()).max(1);
    let shown = chat.members.iter().take(most_clients);
    let clients = shown.clone().map(|member| member.client);
    let mut columns: Vec<Endpoint> = clients.collect();
    columns.extend(chat.servers.iter().copied());
    let mut rungs: Vec<Rung> = shown
        .flat_map(|member| rungs(analysis, member, &columns))
        .collect();
    rungs.sort_by_key(|rung| rung.frame);
    Ladder {
        columns,
        rungs,
        left_out: chat.members.len().saturating_sub(most_clients),
    }
}

fn rungs(analysis: &Analysis<'_>, member: &Member, columns: &[Endpoint]) -> Vec<Rung> {
    let survey = &analysis.survey;
    let Some(conversation) = survey.conversation(member.id) else {
        return Vec::new();
    };
    let place = |endpoint: Endpoint| columns.iter().position(|column| *column == endpoint);
    let (Some(client), Some(server)) = (place(member.client), place(member.server)) else {
        return Vec::new();
    };
    let start = survey.capture.earliest;
    let rung = |frame, time: Option<Time>, direction, label| {
        let (from, to) = match direction {
            Direction::ToServer => (client, server),
            Direction::ToClient => (server, client),
        };
        Rung {
            frame,
            time: time
                .zip(start)
                .and_then(|(time, start)| time.checked_sub(start)),
            from,
            to,
            label,
        }
    };
    let messages = member.dialogue.messages.iter().map(|message| {
        let stream = member.stream(survey, message.direction);
        let text = stream
            .map(|stream| message.text(stream).to_vec())
            .unwrap_or_default();
        rung(
            message.first_frame(),
            message.time,
            message.direction,
            Label::Message(text),
        )
    });
    let control = controls(conversation, member.turned);
    let control = control
        .into_iter()
        .map(|(frame, time, direction, name)| rung(frame, time, direction, Label::Control(name)));
    let mut all: Vec<_> = messages.chain(control).collect();
    all.sort_by_key(|rung| rung.frame);
    all
}

type Control = (u64, Option<Time>, Direction, &'static str);

/// The segments that open and end a connection.
fn controls(conversation: &Conversation, turned: bool) -> Vec<Control> {
    let from_client = [Direction::ToServer, Direction::ToClient][usize::from(turned)];
    let from_server = [Direction::ToClient, Direction::ToServer][usize::from(turned)];
    let handshake = &conversation.handshake;
    let mut all: Vec<Control> = Vec::new();
    all.extend(
        handshake
            .syn
            .map(|syn| (syn.frame, syn.time, from_client, "SYN")),
    );
    all.extend(
        handshake
            .syn_ack
            .map(|syn| (syn.frame, syn.time, from_server, "SYN, ACK")),
    );
    all.extend(
        handshake
            .ack
            .map(|ack| (ack.frame, ack.time, from_client, "ACK")),
    );
    let sides = [conversation.client_side, conversation.client_side.other()];
    for (side, direction) in sides.into_iter().zip([from_client, from_server]) {
        let fin = conversation.teardown.fin[side.index()];
        all.extend(fin.map(|fin| (fin.frame, fin.time, direction, "FIN")));
    }
    all.extend(conversation.teardown.rst.map(|(side, rst)| {
        let by_client = side == conversation.client_side;
        let direction = if by_client { from_client } else { from_server };
        (rst.frame, rst.time, direction, "RST")
    }));
    all
}

#[cfg(test)]
mod tests;
