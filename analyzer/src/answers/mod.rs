//! The six questions about a chat capture and their answers, as values in no language.
//!
//! A: is the application's type or version identifiable, and where? B: addresses. C: transport. D: ports. E: does the payload
//! correspond to the protocol? F: how is it encapsulated? Each answer carries its evidence: frames, a display filter that
//! selects exactly those, and bytes. What the capture cannot answer is said, with what to capture instead; nothing is invented.

mod application;
pub mod claims;
mod encapsulation;
mod facts;
mod payload;
mod transport;

pub use application::{Application, version};
pub use encapsulation::{Absent, Encapsulation, LayerShown};
pub use facts::{Fact, facts};
pub use payload::{Payload, Verdict};
pub use transport::Connection;

use std::net::IpAddr;
use std::ops::Range;

use protocol::message::{Direction, Fields};

use crate::analysis::Analysis;
use crate::choice::{Chat, Member};
use crate::dissect::{Message, MessageKind};
use crate::segment::Endpoint;
use crate::wireshark::Filter;

/// Frames that show something, and how to find them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The frames, in order, each once.
    pub frames: Vec<u64>,
    /// Selects exactly those.
    pub filter: Filter,
}

impl Evidence {
    /// Frames of one conversation.
    #[must_use]
    pub fn of(client: Endpoint, server: Endpoint, frames: impl IntoIterator<Item = u64>) -> Self {
        Self::new(Filter::conversation(client, server), frames)
    }

    /// Frames among those of a filter.
    #[must_use]
    pub fn new(filter: Filter, frames: impl IntoIterator<Item = u64>) -> Self {
        let mut frames: Vec<_> = frames.into_iter().collect();
        frames.sort_unstable();
        frames.dedup();
        Self {
            filter: filter.frames(frames.iter().copied()),
            frames,
        }
    }
}

/// A message, shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The client in whose conversation it stands.
    pub client: Endpoint,
    /// Which way it went.
    pub direction: Direction,
    /// What it is.
    pub kind: MessageKind,
    /// Its values.
    pub fields: Fields,
    /// Its content.
    pub text: Vec<u8>,
    /// Where its content lies in the stream of its direction.
    pub range: Range<usize>,
    /// Where to see it.
    pub evidence: Evidence,
}

/// One client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its address and port.
    pub client: Endpoint,
    /// The server as it addressed it.
    pub server: Endpoint,
    /// Its name in the chat, if it gave one.
    pub nick: Option<Vec<u8>>,
    /// Whether it runs on the server's own host.
    pub on_servers_host: bool,
    /// Its first frame to the server.
    pub evidence: Option<Evidence>,
}

/// All answers. See the module's documentation.
#[derive(Clone, Debug)]
pub struct Answers {
    /// A.
    pub application: Application,
    /// B and D: who took part.
    pub clients: Vec<Client>,
    /// B and D: where the server is.
    pub servers: Vec<Endpoint>,
    /// C: each connection.
    pub connections: Vec<Connection>,
    /// E.
    pub payload: Payload,
    /// F: one frame of each link type.
    pub encapsulation: Vec<Encapsulation>,
}

/// The answers to all questions about the chat of a capture.
#[must_use]
pub fn answers(analysis: &Analysis<'_>, chat: &Chat<'_>) -> Answers {
    let payload = payload::answer(analysis, chat);
    Answers {
        application: application::answer(analysis, chat),
        clients: chat
            .members
            .iter()
            .map(|member| client(analysis, member))
            .collect(),
        servers: chat.servers.clone(),
        connections: transport::answer(analysis, chat),
        encapsulation: encapsulation::answer(analysis, chat, payload.request.as_ref()),
        payload,
    }
}

fn client(analysis: &Analysis<'_>, member: &Member) -> Client {
    let first = analysis
        .survey
        .conversation(member.id)
        .map(|one| match one.handshake.syn {
            Some(syn) => syn.frame,
            None => one.first.frame,
        });
    Client {
        client: member.client,
        server: member.server,
        nick: member.dialogue.nick.clone(),
        on_servers_host: same_host(member.client.ip(), member.server.ip()),
        evidence: first.map(|frame| Evidence::of(member.client, member.server, [frame])),
    }
}

fn same_host(a: IpAddr, b: IpAddr) -> bool {
    a == b || (a.is_loopback() && b.is_loopback())
}

/// A message as an example.
fn example(analysis: &Analysis<'_>, member: &Member, message: &Message) -> Option<Example> {
    let stream = member.stream(&analysis.survey, message.direction)?;
    Some(Example {
        client: member.client,
        direction: message.direction,
        kind: message.kind,
        fields: message.fields.clone(),
        text: message.text(stream).to_vec(),
        range: message.content.clone(),
        evidence: Evidence::of(member.client, member.server, message.frames.iter().copied()),
    })
}
