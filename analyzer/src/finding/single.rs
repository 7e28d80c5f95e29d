//! Each message by itself: known, to the letter, framed, encoded, within the limit.

use protocol::Dialect;
use protocol::dialect::{Encoding, Form};
use protocol::matching::Standing;
use protocol::message::{Direction, NoticeKind, Phase};
use protocol::pattern::Prefix;
use protocol::template::HoleKind;

use super::{Finding, FindingKind, Judged, Severity, has_blank_name};
use crate::dissect::{Message, MessageKind, Shape};
use crate::stream::Gap;

pub(super) fn judge(dialect: &Dialect, judged: &Judged<'_>, findings: &mut Vec<Finding>) {
    let first_known = first_known(judged);
    for (at, message) in judged.dialogue.messages.iter().enumerate() {
        let text = judged.text(message);
        let checks = [
            known(dialect, judged, message),
            framed(judged, message),
            to_the_letter(message),
            encoded(dialect, message, text),
            within_limit(dialect, message, text),
        ];
        for (kind, severity, rule) in checks.into_iter().flatten() {
            let is_doubtful = judged.may_be_part(message)
                || is_behind_a_gap(dialect, judged, at)
                || message.direction == Direction::ToClient && !judged.began && at < first_known
                || is_begun(dialect, judged, at)
                || is_cut_off(judged, message)
                || is_list_of_nobody(dialect, message)
                || judged.is_rest_of_a_frame(dialect, at);
            let severity = match is_doubtful {
                true => Severity::Remark,
                false => severity,
            };
            let mut finding = judged.finding(kind, severity, &[at]);
            finding.rule = rule.or(finding.rule);
            findings.push(finding);
        }
    }
}

/// The place of the first message of the server that the dialect knows: until then a capture that begins late does not show how far its
/// client has come.
fn first_known(judged: &Judged<'_>) -> usize {
    let messages = &judged.dialogue.messages;
    let is_known = |one: &Message| matches!(one.kind, MessageKind::Reply(_));
    messages.iter().position(is_known).unwrap_or(messages.len())
}

/// So many lines a message is looked for in that was begun and did not end.
const LINES: usize = 16;

type Check = Option<(FindingKind, Severity, Option<&'static str>)>;

/// What the capture or the connection holds only in part cannot be called unknown; nor what a server makes of a name that has no place in
/// its messages.
fn known(dialect: &Dialect, judged: &Judged<'_>, message: &Message) -> Check {
    if message.kind != MessageKind::Unrecognised || message.shape != Shape::Framed {
        return None;
    }
    let mut messages = judged.dialogue.messages.iter();
    let is_named_oddly = message.direction == Direction::ToClient
        && messages.any(|one| has_blank_name(dialect, one));
    let severity = if is_named_oddly {
        Severity::Remark
    } else {
        Severity::Fault
    };
    Some((FindingKind::Unrecognised, severity, None))
}

/// Whether bytes that the capture lacks may be what a message goes on from, or answers; where lengths are announced, no message behind
/// such bytes is where it seems to be; who seems not to have joined may have been welcomed in them. What a server says before its client
/// says anything may answer what lies in front of the capture.
fn is_behind_a_gap(dialect: &Dialect, judged: &Judged<'_>, at: usize) -> bool {
    let messages = &judged.dialogue.messages;
    let message = &messages[at];
    let mut before = messages[..at].iter().rev();
    let asked = before.find(|one| one.direction != message.direction);
    let asked = asked.map_or(0, |one| one.range.end);
    let framing = dialect.framing(message.direction, message.phase);
    let [own, other] = match message.direction {
        Direction::ToServer => judged.streams,
        Direction::ToClient => [judged.streams[1], judged.streams[0]],
    };
    let is_before = |gap: &Gap| gap.offset <= message.range.start;
    framing.header_len() > 0 && own.gaps.iter().any(is_before)
        || other.gaps.iter().any(|gap| gap.offset == asked)
        || judged.has_holes && (asked == other.bytes.len() || message.phase == Phase::Joining)
        || !judged.began && asked == 0
}

/// Whether the last bytes of the server are the beginning of a message, of several lines maybe, whose rest did not come before the
/// connection ended.
fn is_begun(dialect: &Dialect, judged: &Judged<'_>, at: usize) -> bool {
    let messages = &judged.dialogue.messages;
    if messages[at].direction == Direction::ToServer {
        return false;
    }
    let bytes = judged.streams[Direction::ToClient as usize]
        .bytes
        .as_slice();
    let begins = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        let mut forms = dialect.replies().flat_map(|reply| &reply.forms);
        forms.any(|form| form.template.pattern().matches_prefix(rest) == Prefix::Partial)
    };
    let mut behind = messages[at + 1..].iter();
    let is_last = behind.all(|one| {
        one.direction == Direction::ToServer
            || one.kind == MessageKind::Unrecognised
            || one.range.end == bytes.len()
    });
    let run = messages[..=at].iter().rev();
    let mut run = run
        .filter(|one| one.direction == Direction::ToClient)
        .enumerate()
        .take(LINES)
        .take_while(|(place, one)| *place == 0 || one.kind == MessageKind::Unrecognised);
    is_last && run.any(|(_, one)| begins(one.range.start))
}

/// Whether it has one line end more than its form, where each name of a list is a line: the line of nobody.
fn is_list_of_nobody(dialect: &Dialect, message: &Message) -> bool {
    let listing = dialect.reply(NoticeKind::Listing);
    let mut forms = listing.into_iter().flat_map(|reply| &reply.forms);
    let has_lines = |form: &Form| {
        form.template
            .holes()
            .any(|(_, kind)| kind == HoleKind::Lines)
    };
    message.kind.is(NoticeKind::Listing)
        && message.shape == Shape::SurplusTerminator
        && forms.any(has_lines)
}

/// Whether it lacks its end because its client was gone before the server had said all of it.
fn is_cut_off(judged: &Judged<'_>, message: &Message) -> bool {
    let stream = judged.streams[message.direction as usize];
    message.direction == Direction::ToClient
        && message.range.end == stream.bytes.len()
        && matches!(message.shape, Shape::NoTerminator | Shape::Broken)
        && matches!(
            judged.connection.closed_first,
            Some((Direction::ToServer, _))
        )
}

fn framed(judged: &Judged<'_>, message: &Message) -> Check {
    // Behind bytes that the capture lacks nobody knows where a frame begins.
    let broken = match judged.began && !judged.has_holes {
        true => Severity::Fault,
        false => Severity::Remark,
    };
    let (kind, severity) = match message.shape {
        Shape::Framed => return None,
        Shape::SurplusTerminator => (FindingKind::SurplusTerminator, Severity::Warning),
        Shape::NoTerminator => (FindingKind::MissingTerminator, broken),
        Shape::Broken => (FindingKind::BrokenFrame, broken),
    };
    Some((kind, severity, Some("framing")))
}

fn to_the_letter(message: &Message) -> Check {
    let is_tolerated = message.standing == Standing::Tolerated;
    is_tolerated.then_some((FindingKind::Tolerated, Severity::Warning, None))
}

fn encoded(dialect: &Dialect, message: &Message, text: &[u8]) -> Check {
    let rule = Some("encoding");
    match dialect.encoding {
        Encoding::Bytes => None,
        _ if std::str::from_utf8(text).is_err() => {
            Some((FindingKind::WrongEncoding, Severity::Fault, rule))
        }
        // The words of the document's own replies may have accents.
        Encoding::Ascii if message.direction == Direction::ToServer && !text.is_ascii() => {
            Some((FindingKind::BeyondAscii, Severity::Remark, rule))
        }
        _ => None,
    }
}

/// The limit is what a server reads: what it sends has words around a client's text, and a list has many names.
fn within_limit(dialect: &Dialect, message: &Message, text: &[u8]) -> Check {
    let is_long = message.direction == Direction::ToServer && text.len() > dialect.limits.message;
    is_long.then_some((FindingKind::TooLong, Severity::Warning, Some("size")))
}
