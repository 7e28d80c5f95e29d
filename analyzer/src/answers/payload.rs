//! E: does what was said correspond to the protocol?

use std::collections::BTreeMap;

use protocol::message::{CommandKind, Direction};

use super::{Example, example};
use crate::analysis::Analysis;
use crate::choice::{Chat, Member};
use crate::dissect::{Message, MessageKind, answers};
use crate::finding::Severity;

/// The judgement on all of the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// All of it is as the dialect says.
    Conforms,
    /// It is, but not all to the letter.
    ConformsWithWarnings,
    /// Some of it is against the protocol.
    Departs,
    /// There is no payload to judge.
    NoPayload,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The judgement.
    pub verdict: Verdict,
    /// A request, the most telling one.
    pub request: Option<Example>,
    /// Its reply.
    pub reply: Option<Example>,
    /// How many messages there are of each kind: to the server, to the client.
    pub counts: [BTreeMap<&'static str, u64>; 2],
}

pub(super) fn answer(analysis: &Analysis<'_>, chat: &Chat<'_>) -> Payload {
    let messages = chat.messages();
    let mut counts = [BTreeMap::new(), BTreeMap::new()];
    for (_, message) in &messages {
        *counts[message.direction as usize]
            .entry(message.kind.id())
            .or_default() += 1;
    }
    let worst = chat.findings.iter().map(|finding| finding.severity).max();
    let verdict = match worst {
        _ if messages.is_empty() => Verdict::NoPayload,
        Some(Severity::Fault) => Verdict::Departs,
        Some(Severity::Warning) => Verdict::ConformsWithWarnings,
        Some(Severity::Remark) | None => Verdict::Conforms,
    };
    let pair = best_pair(chat);
    Payload {
        verdict,
        request: pair.and_then(|(member, request, _)| example(analysis, member, request)),
        reply: pair.and_then(|(member, _, reply)| example(analysis, member, reply?)),
        counts,
    }
}

type Pair<'a> = (&'a Member, &'a Message, Option<&'a Message>);

/// The request that tells most, with its reply: a message to everyone before anything else.
fn best_pair<'a>(chat: &'a Chat<'_>) -> Option<Pair<'a>> {
    let of_member = |member: &'a Member| {
        let all = &member.dialogue.messages;
        let requests = all
            .iter()
            .enumerate()
            .filter(|(_, message)| message.direction == Direction::ToServer);
        requests.map(move |(at, message)| (member, message, reply_to(all, at)))
    };
    let pairs = chat.members.iter().flat_map(of_member);
    // The first of the best: `min_by_key` keeps the earlier of equals.
    pairs.min_by_key(|(_, request, reply)| {
        (
            reply.is_none(),
            interest(request.kind),
            request.first_frame(),
        )
    })
}

fn interest(kind: MessageKind) -> u32 {
    match kind {
        MessageKind::Request(CommandKind::Say) => 0,
        MessageKind::Request(CommandKind::Tell) => 1,
        MessageKind::Request(CommandKind::List) => 2,
        MessageKind::Request(CommandKind::Join) => 3,
        MessageKind::Request(CommandKind::Quit) => 4,
        _ => 5,
    }
}

fn reply_to(all: &[Message], at: usize) -> Option<&Message> {
    let request = all.get(at)?;
    let is_reply = |message: &&Message| match message.kind {
        MessageKind::Reply(kind) => answers(request.kind, kind) || is_own_copy(request, message),
        _ => false,
    };
    all.get(at + 1..)?.iter().find(is_reply)
}

fn is_own_copy(request: &Message, message: &Message) -> bool {
    let text = request.fields.get("text");
    request.kind == MessageKind::Request(CommandKind::Say)
        && message.kind.is(protocol::message::NoticeKind::Delivered)
        && text.is_some()
        && message.fields.get("text") == text
}
