//! The chat in the JSON report: who took part, every message, every finding, and how a frame is wrapped.

use std::collections::BTreeMap;

use protocol::message::{Direction, Phase};
use serde::Serialize;

use super::names;
use crate::analysis::Analysis;
use crate::answers::{self, Evidence, answers};
use crate::choice::{self, Member, Reason};
use crate::dissect;
use crate::finding;

#[derive(Serialize)]
pub(super) struct Chat {
    dialect: String,
    chosen_by: &'static str,
    fit_per_mille: u32,
    servers: Vec<String>,
    verdict: &'static str,
    clients: Vec<Client>,
    findings: Vec<Finding>,
    encapsulation: Vec<Encapsulation>,
}

#[derive(Serialize)]
struct Client {
    conversation: u32,
    client: String,
    server: String,
    roles_assumed: bool,
    nick: Option<Text>,
    messages: Vec<Message>,
}

/// Bytes as text, and in hex where they are no UTF-8.
#[derive(Serialize)]
struct Text {
    text: String,
    hex: Option<String>,
}

#[derive(Serialize)]
struct Message {
    direction: &'static str,
    kind: &'static str,
    phase: &'static str,
    form: &'static str,
    framing: &'static str,
    frames: Vec<u64>,
    time: Option<String>,
    offset: usize,
    length: usize,
    content: Text,
    fields: BTreeMap<String, Text>,
}

#[derive(Serialize)]
struct Finding {
    kind: &'static str,
    severity: &'static str,
    conversation: u32,
    by: &'static str,
    frames: Vec<u64>,
    filter: String,
    rule: Option<&'static str>,
    section: Option<String>,
}

#[derive(Serialize)]
struct Encapsulation {
    frame: u64,
    filter: String,
    layers: Vec<Layer>,
}

#[derive(Serialize)]
struct Layer {
    name: String,
    start: usize,
    length: usize,
    fields: BTreeMap<&'static str, String>,
}

impl Chat {
    pub(super) fn of(analysis: &Analysis<'_>) -> Option<Self> {
        let chat = analysis.choice.chat.as_ref()?;
        let answers = answers(analysis, chat);
        Some(Self {
            dialect: chat.dialect.name.clone(),
            chosen_by: match chat.reason {
                Reason::Content => "content",
                Reason::Given => "user",
            },
            fit_per_mille: chat.fit.per_mille(),
            servers: chat.servers.iter().map(ToString::to_string).collect(),
            verdict: names::verdict(answers.payload.verdict),
            clients: chat
                .members
                .iter()
                .map(|member| Client::of(analysis, member))
                .collect(),
            findings: chat
                .findings
                .iter()
                .map(|one| Finding::of(chat, one))
                .collect(),
            encapsulation: answers
                .encapsulation
                .iter()
                .map(Encapsulation::of)
                .collect(),
        })
    }
}

impl Client {
    fn of(analysis: &Analysis<'_>, member: &Member) -> Self {
        let messages = member.dialogue.messages.iter();
        Self {
            conversation: member.id.0,
            client: member.client.to_string(),
            server: member.server.to_string(),
            roles_assumed: member.turned,
            nick: member.dialogue.nick.as_deref().map(Text::of),
            messages: messages
                .map(|message| Message::of(analysis, member, message))
                .collect(),
        }
    }
}

impl Message {
    fn of(analysis: &Analysis<'_>, member: &Member, message: &dissect::Message) -> Self {
        let stream = member.stream(&analysis.survey, message.direction);
        let text = stream
            .map(|stream| message.text(stream))
            .unwrap_or_default();
        let fields = message.fields.iter();
        Self {
            direction: direction(message.direction),
            kind: message.kind.id(),
            phase: match message.phase {
                Phase::Joining => "joining",
                Phase::Chatting => "chatting",
            },
            form: names::standing(message.standing),
            framing: names::shape(message.shape),
            frames: message.frames.clone(),
            time: message.time.map(super::seconds),
            offset: message.range.start,
            length: message.range.len(),
            content: Text::of(text),
            fields: fields
                .map(|(name, value)| (name.to_owned(), Text::of(value)))
                .collect(),
        }
    }
}

impl Text {
    fn of(bytes: &[u8]) -> Self {
        let hex = || bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            text: String::from_utf8_lossy(bytes).into_owned(),
            hex: std::str::from_utf8(bytes).is_err().then(hex),
        }
    }
}

impl Finding {
    fn of(chat: &choice::Chat<'_>, one: &finding::Finding) -> Self {
        let frames = one.frames.iter().copied();
        let evidence = chat
            .member(one.conversation)
            .map(|member| Evidence::of(member.client, member.server, frames));
        let section = one
            .rule
            .and_then(|id| chat.dialect.rule(id))
            .map(|rule| rule.section.clone());
        Self {
            kind: names::finding(one.kind),
            severity: names::severity(one.severity),
            conversation: one.conversation.0,
            by: match one.by {
                Direction::ToServer => "client",
                Direction::ToClient => "server",
            },
            frames: one.frames.clone(),
            filter: evidence
                .map(|evidence| evidence.filter.to_string())
                .unwrap_or_default(),
            rule: one.rule,
            section: section.filter(|section| !section.is_empty()),
        }
    }
}

impl Encapsulation {
    fn of(one: &answers::Encapsulation) -> Self {
        let layer = |layer: &answers::LayerShown| Layer {
            name: names::layer(layer.kind),
            start: layer.range.start,
            length: layer.range.len(),
            fields: layer
                .facts
                .iter()
                .map(|fact| (fact.field, fact.value.clone()))
                .collect(),
        };
        Self {
            frame: one.frame,
            filter: one.evidence.filter.to_string(),
            layers: one.layers.iter().map(layer).collect(),
        }
    }
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::ToServer => "to_server",
        Direction::ToClient => "to_client",
    }
}
