//! E: does what was said correspond to the protocol?

use std::collections::BTreeMap;

use protocol::message::{CommandKind, Direction, NoticeKind, ReplyKind};
use rustc_hash::FxHashMap;

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
        let asked = with_replies(&member.dialogue.messages).into_iter();
        asked.map(move |(request, reply)| (member, request, reply))
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

/// Each request with the first message behind it that answers it, or is its copy.
fn with_replies(all: &[Message]) -> Vec<(&Message, Option<&Message>)> {
    let mut next: FxHashMap<ReplyKind, usize> = FxHashMap::default();
    let mut next_copy: FxHashMap<&[u8], usize> = FxHashMap::default();
    let mut asked = Vec::new();
    for (at, message) in all.iter().enumerate().rev() {
        let text = message.fields.get("text");
        if let MessageKind::Reply(kind) = message.kind {
            next.insert(kind, at);
            if let Some(text) = text.filter(|_| message.kind.is(NoticeKind::Delivered)) {
                next_copy.insert(text, at);
            }
        }
        if message.direction == Direction::ToServer {
            let replies = next
                .iter()
                .filter(|(kind, _)| answers(message.kind, **kind));
            let reply = replies.map(|(_, at)| *at).min();
            let is_say = message.kind == MessageKind::Request(CommandKind::Say);
            let copy = text.filter(|_| is_say).and_then(|text| next_copy.get(text));
            let first = reply.into_iter().chain(copy.copied()).min();
            asked.push((message, first.and_then(|at| all.get(at))));
        }
    }
    asked.reverse();
    asked
}
