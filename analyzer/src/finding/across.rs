//! Across clients: what one says, the others hear.

use std::collections::{BTreeSet, VecDeque};

use protocol::Dialect;
use protocol::message::{CommandKind, Direction, NoticeKind, ReplyKind};
use rustc_hash::FxHashMap;

use super::{Finding, FindingKind, Judged, Severity, without_line_ends};
use crate::dissect::{Message, MessageKind, Shape, answers};

/// Most pairs of messages that are compared; a capture with more is not judged across clients.
const MOST: usize = 1 << 22;

/// Most bytes that are searched for texts that came twice.
const MOST_BYTES: usize = 1 << 30;

/// A server that says nothing to a client for so long, and prompts others, has forgotten this one; in nanoseconds.
const SILENCE: i64 = 5_000_000_000;

pub(super) fn judge(dialect: &Dialect, judged: &[Judged<'_>], findings: &mut Vec<Finding>) {
    never_prompted(judged, findings);
    if !dialect.broadcasts() {
        return;
    }
    let said = spoken(judged, |kind| {
        kind == MessageKind::Request(CommandKind::Say)
    });
    let heard = spoken(judged, |kind| kind.is(NoticeKind::Delivered));
    if said.len().saturating_mul(heard.len()) > MOST {
        return;
    }
    undelivered(&said, &heard, judged, findings);
    doubled(dialect, &heard, judged, findings);
    let others: BTreeSet<_> = spoken(judged, is_no_saying)
        .into_iter()
        .map(|other| other.whole)
        .collect();
    for hearing in &heard {
        let is_source = |saying: &Spoken<'_>| saying.is_source_of(hearing);
        if !said.iter().any(is_source) && !others.contains(&hearing.whole) {
            let mut finding = hearing.judged.finding(
                FindingKind::DeliveredUnsaid,
                Severity::Remark,
                &[hearing.at],
            );
            finding.rule = Some("broadcast");
            findings.push(finding);
        }
    }
}

/// What a client sends that is no text by the dialect, though a server may deliver it as one.
fn is_no_saying(kind: MessageKind) -> bool {
    matches!(
        kind,
        MessageKind::UnknownRequest | MessageKind::Malformed(_)
    )
}

/// Clients that waited and were told nothing, where others are greeted or asked for their name.
fn never_prompted(judged: &[Judged<'_>], findings: &mut Vec<Finding>) {
    let is_prompt = |message: &Message| {
        message.kind.is(NoticeKind::Prompt) || message.kind.is(NoticeKind::Greeting)
    };
    let begins_so = |one: &Judged<'_>| one.dialogue.messages.first().is_some_and(is_prompt);
    if !judged.iter().any(begins_so) {
        return;
    }
    for one in judged.iter().filter(|one| one.is_whole) {
        let waited = one.connection.lasted.is_some_and(|time| time >= SILENCE);
        let Some(ends) = one.connection.ends.filter(|_| waited) else {
            continue;
        };
        if one.dialogue.messages.is_empty() {
            let mut finding = one.finding(FindingKind::NeverPrompted, Severity::Warning, &[]);
            finding.by = Direction::ToClient;
            finding.frames = ends.to_vec();
            finding.rule = Some("prompt");
            findings.push(finding);
        }
    }
}

/// Texts that do not reach everyone who is there: who joined before, and to whom the server went on talking after.
fn undelivered(
    said: &[Spoken<'_>],
    heard: &[Spoken<'_>],
    judged: &[Judged<'_>],
    findings: &mut Vec<Finding>,
) {
    for saying in said.iter().filter(|saying| saying.is_taken()) {
        let mut others = judged
            .iter()
            .filter(|other| other.conversation != saying.judged.conversation);
        let misses = |other: &Judged<'_>| {
            is_there(other, saying.message.last_frame())
                && !heard.iter().any(|hearing| {
                    hearing.judged.conversation == other.conversation
                        && saying.is_source_of(hearing)
                })
        };
        if others.any(misses) {
            // Where the capture lacks bytes of its sender, it may be part of a text.
            let severity = match saying.judged.has_holes {
                true => Severity::Remark,
                false => Severity::Fault,
            };
            let mut finding =
                saying
                    .judged
                    .finding(FindingKind::NotDelivered, severity, &[saying.at]);
            finding.rule = Some("broadcast");
            finding.by = Direction::ToClient;
            findings.push(finding);
        }
    }
}

/// Texts that reach somebody more often than their author sent them, whatever the author's bytes are read as: told where the capture shows
/// all of the author's, in every connection under that name, and while one of these lasts. Where several may bear one name, another may be
/// out of its sight.
fn doubled(
    dialect: &Dialect,
    heard: &[Spoken<'_>],
    judged: &[Judged<'_>],
    findings: &mut Vec<Finding>,
) {
    let mut authors: FxHashMap<&[u8], Vec<&Judged<'_>>> = FxHashMap::default();
    for one in judged {
        if let Some(nick) = &one.dialogue.nick {
            authors.entry(nick).or_default().push(one);
        }
    }
    let mut copies: FxHashMap<_, Vec<&Spoken<'_>>> = FxHashMap::default();
    for hearing in heard.iter().filter(|hearing| !hearing.text.is_empty()) {
        let authors = authors.get(hearing.who).map_or(&[][..], Vec::as_slice);
        if authors.iter().any(|author| lasts(author, hearing.message)) {
            let key = (hearing.judged.conversation, hearing.who, hearing.text);
            copies.entry(key).or_default().push(hearing);
        }
    }
    let mut left = MOST_BYTES;
    let mut surplus = Vec::new();
    for ((_, who, text), copies) in copies {
        let Some(authors) = authors.get(who).filter(|_| copies.len() > 1) else {
            continue;
        };
        let is_shown = |one: &&Judged<'_>| one.began && !one.has_holes;
        let bytes = |one: &Judged<'_>| one.streams[Direction::ToServer as usize].bytes.len();
        let cost: usize = authors.iter().map(|one| bytes(one)).sum();
        if cost > left || !authors.iter().all(is_shown) {
            continue;
        }
        left -= cost;
        let sent = authors.iter().map(|one| {
            let bytes = &one.streams[Direction::ToServer as usize].bytes;
            memchr::memmem::find_iter(bytes, text).count()
        });
        let sent = sent.sum::<usize>();
        // What nobody sent so was changed on its way, and nothing says how often it was sent.
        surplus.extend(copies.into_iter().skip(sent).filter(|_| sent > 0));
    }
    surplus.sort_by_key(|hearing| (hearing.judged.conversation, hearing.at));
    let severity = match dialect.names.unique {
        true => Severity::Fault,
        false => Severity::Remark,
    };
    for hearing in surplus {
        let kind = FindingKind::DeliveredTwice;
        let mut finding = hearing.judged.finding(kind, severity, &[hearing.at]);
        finding.rule = Some("broadcast");
        findings.push(finding);
    }
}

/// Whether a conversation has begun when a message comes to somebody else, and nobody has closed it.
fn lasts(judged: &Judged<'_>, message: &Message) -> bool {
    let frame = message.first_frame();
    let first = judged.dialogue.messages.first();
    let closed = judged.connection.closed_first;
    first.is_some_and(|first| first.first_frame() < frame)
        && closed.is_none_or(|(_, closed)| frame <= closed)
}

/// Whether a client has been welcomed before a frame, has not left, and hears from the server after it. Whom the server shuts out may
/// have been out since its last request.
fn is_there(judged: &Judged<'_>, frame: u64) -> bool {
    let messages = &judged.dialogue.messages;
    let welcome = messages.iter().find(|one| one.kind.is(NoticeKind::Welcome));
    let quit = messages
        .iter()
        .find(|one| one.kind == MessageKind::Request(CommandKind::Quit));
    let until = quit.map_or(u64::MAX, Message::first_frame);
    let until = match judged.connection.closed_first {
        Some((Direction::ToServer, frame)) => until.min(frame),
        Some((Direction::ToClient, frame)) => until.min(last_request(messages).unwrap_or(frame)),
        None => until,
    };
    // What the server says before the client quits shows that the connection still worked, unless it may be half of the copy.
    let is_half = |one: &Message| one.kind == MessageKind::Unrecognised && judged.may_be_part(one);
    let heard_later = messages.iter().any(|one| {
        one.direction == Direction::ToClient
            && one.first_frame() > frame
            && one.first_frame() < until
            && !is_half(one)
    });
    welcome.is_some_and(|welcome| welcome.last_frame() < frame) && heard_later && !judged.has_holes
}

/// The frame of the last request; of one that has no end, that in which it began.
fn last_request(messages: &[Message]) -> Option<u64> {
    let requests = messages.iter().rev();
    let mut requests = requests
        .filter(|one| one.direction == Direction::ToServer)
        .peekable();
    let mut last = requests.next()?;
    while last.shape == Shape::NoTerminator
        && let Some(before) = requests.next_if(|one| one.shape == Shape::NoTerminator)
    {
        last = before;
    }
    Some(last.first_frame())
}

/// A public message, on its way to the server or from it.
struct Spoken<'a> {
    judged: &'a Judged<'a>,
    at: usize,
    message: &'a Message,
    who: &'a [u8],
    text: &'a [u8],
    /// All of its bytes but line terminators: a server may copy a text whole, whatever its client put into it.
    whole: Vec<u8>,
}

impl Spoken<'_> {
    /// Whether the server took it: what was refused need not be delivered.
    fn is_taken(&self) -> bool {
        let mut waiting = VecDeque::new();
        for (at, message) in self.judged.dialogue.messages.iter().enumerate() {
            let MessageKind::Reply(reply) = message.kind else {
                waiting.push_back((at, message.kind));
                continue;
            };
            let is_answered = |(_, asked): &(usize, MessageKind)| answers(*asked, reply);
            let answered = match waiting.iter().position(is_answered) {
                None if matches!(reply, ReplyKind::Refused(_)) => waiting.pop_front(),
                None => None,
                Some(place) => waiting.drain(..=place).next_back(),
            };
            if let Some((at, _)) = answered.filter(|(at, _)| *at >= self.at) {
                return at == self.at && message.kind.is(NoticeKind::Said);
            }
        }
        false
    }

    /// Whether it is one of several lines that were sent at once and delivered as one text.
    fn is_part_of(&self, heard: &Spoken<'_>) -> bool {
        let has_lines = heard.text.iter().any(|byte| matches!(byte, b'\r' | b'\n'));
        let mut lines = heard.text.split(|byte| matches!(byte, b'\r' | b'\n'));
        let said = self.text.trim_ascii();
        has_lines && !said.is_empty() && lines.any(|line| line.trim_ascii().ends_with(said))
    }

    /// Whether the other may be this message, delivered.
    fn is_source_of(&self, heard: &Spoken<'_>) -> bool {
        let same_name = self.who.is_empty() || heard.who.is_empty() || self.who == heard.who;
        same_name
            && (is_same_text(self.text.trim_ascii(), heard.text.trim_ascii())
                || self.whole == heard.whole
                || self.is_part_of(heard))
            && self.message.first_frame() <= heard.message.last_frame()
    }
}

/// Whether a text is the other as a server may deliver it: bytes that are no UTF-8 as U+FFFD.
fn is_same_text(said: &[u8], heard: &[u8]) -> bool {
    said == heard
        || (std::str::from_utf8(said).is_err()
            && *String::from_utf8_lossy(said).as_bytes() == *heard)
}

fn spoken<'a>(judged: &'a [Judged<'a>], is: impl Fn(MessageKind) -> bool) -> Vec<Spoken<'a>> {
    let mut all = Vec::new();
    for one in judged {
        for (at, message) in one.dialogue.messages.iter().enumerate() {
            if !is(message.kind) {
                continue;
            }
            let own = one.dialogue.nick.as_deref().unwrap_or_default();
            let who = match message.direction {
                Direction::ToServer => own,
                Direction::ToClient => message.fields.get("from").unwrap_or_default(),
            };
            let text = message.fields.get("text").unwrap_or_default();
            all.push(Spoken {
                judged: one,
                at,
                message,
                who,
                text,
                whole: without_line_ends(one.text(message)),
            });
        }
    }
    all
}
