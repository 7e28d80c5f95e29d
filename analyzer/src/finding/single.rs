//! Each message by itself: known, to the letter, framed, encoded, within the limit.

use std::cell::LazyCell;

use protocol::Dialect;
use protocol::dialect::{Encoding, Form};
use protocol::matching::Standing;
use protocol::message::{Direction, NoticeKind, Phase};
use protocol::pattern::{Pattern, Prefix};
use protocol::template::HoleKind;

use super::{Finding, FindingKind, Judged, Severity, has_blank_name, is_rest_of_a_frame};
use crate::dissect::{Message, MessageKind, Shape};

pub(super) fn judge(dialect: &Dialect, judged: &Judged<'_>, findings: &mut Vec<Finding>) {
    let first_known = first_known(judged);
    let messages = &judged.dialogue.messages;
    let is_named_oddly = messages.iter().any(|one| has_blank_name(dialect, one));
    let last_whole = last_whole(judged);
    let patterns: LazyCell<Vec<Pattern>, _> = LazyCell::new(|| {
        let forms = dialect.replies().flat_map(|reply| &reply.forms);
        forms.map(|form| form.template.pattern()).collect()
    });
    for (at, (message, fronts)) in messages.iter().zip(judged.fronts()).enumerate() {
        let text = judged.text(message);
        let [own, other] = match message.direction {
            Direction::ToServer => fronts,
            Direction::ToClient => [fronts[1], fronts[0]],
        };
        let checks = [
            known(message, is_named_oddly),
            framed(judged, message),
            to_the_letter(message),
            encoded(dialect, message, text),
            within_limit(dialect, message, text),
        ];
        for (kind, severity, rule) in checks.into_iter().flatten() {
            let is_doubtful = judged.may_be_part(message)
                || is_behind_a_gap(dialect, judged, message, other)
                || message.direction == Direction::ToClient && !judged.began && at < first_known
                || last_whole.is_none_or(|last| last <= at) && is_begun(&patterns, judged, at)
                || is_cut_off(judged, message)
                || is_list_of_nobody(dialect, message)
                || is_rest_of_a_frame(dialect, own, message);
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

/// The place of the first message of the server that the dialect knows: until then a capture that begins late does not show how far
/// its client has come.
fn first_known(judged: &Judged<'_>) -> usize {
    let messages = &judged.dialogue.messages;
    let is_known = |one: &Message| matches!(one.kind, MessageKind::Reply(_));
    messages.iter().position(is_known).unwrap_or(messages.len())
}

/// So many lines a message is looked for in that was begun and did not end …
const LINES: usize = 16;

/// … and so many bytes: beyond any dialect's limit.
const LONGEST: usize = 1 << 16;

type Check = Option<(FindingKind, Severity, Option<&'static str>)>;

/// What the capture or the connection holds only in part cannot be called unknown; nor what a server makes of a name that has no
/// place in its messages.
fn known(message: &Message, is_named_oddly: bool) -> Check {
    if message.kind != MessageKind::Unrecognised || message.shape != Shape::Framed {
        return None;
    }
    let severity = match message.direction {
        Direction::ToClient if is_named_oddly => Severity::Remark,
        _ => Severity::Fault,
    };
    Some((FindingKind::Unrecognised, severity, None))
}

/// Whether bytes that the capture lacks may be what a message goes on from, or answers; where lengths are announced, no message
/// behind such bytes is where it seems to be; who seems not to have joined may have been welcomed in them. What a server says before
/// its client says anything may answer what lies in front of the capture.
fn is_behind_a_gap(
    dialect: &Dialect,
    judged: &Judged<'_>,
    message: &Message,
    asked: Option<&Message>,
) -> bool {
    let asked = asked.map_or(0, |one| one.range.end);
    let framing = dialect.framing(message.direction, message.phase);
    let [own, other] = match message.direction {
        Direction::ToServer => judged.streams,
        Direction::ToClient => [judged.streams[1], judged.streams[0]],
    };
    framing.header_len() > 0 && own.has_gap(0..=message.range.start)
        || other.has_gap(asked..=asked)
        || judged.has_holes && (asked == other.bytes.len() || message.phase == Phase::Joining)
        || !judged.began && asked == 0
}

/// The place of the last message of the server that is known and has another behind it: none behind it is.
fn last_whole(judged: &Judged<'_>) -> Option<usize> {
    let end = judged.streams[Direction::ToClient as usize].bytes.len();
    let mut messages = judged.dialogue.messages.iter();
    messages.rposition(|one| {
        one.direction == Direction::ToClient
            && one.kind != MessageKind::Unrecognised
            && one.range.end != end
    })
}

/// Whether the last bytes of the server are the beginning of a message, of several lines maybe, whose rest did not come before the
/// connection ended.
fn is_begun(patterns: &[Pattern], judged: &Judged<'_>, at: usize) -> bool {
    let messages = &judged.dialogue.messages;
    if messages[at].direction == Direction::ToServer {
        return false;
    }
    let bytes = judged.streams[Direction::ToClient as usize]
        .bytes
        .as_slice();
    let begins = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        let mut patterns = patterns.iter();
        rest.len() <= LONGEST
            && patterns.any(|pattern| pattern.matches_prefix(rest) == Prefix::Partial)
    };
    let run = messages[..=at].iter().rev();
    let mut run = run
        .filter(|one| one.direction == Direction::ToClient)
        .enumerate()
        .take(LINES)
        .take_while(|(place, one)| *place == 0 || one.kind == MessageKind::Unrecognised);
    run.any(|(_, one)| begins(one.range.start))
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
