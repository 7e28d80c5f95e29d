//! Messages of one phase and direction that the wire cannot tell apart.
//!
//! Each form is rendered with a range of sample contents and read back with every other form of its group. Two forms that read
//! all of each other's renderings are the same on the wire; one that reads all of the other's contains it, and is tried after
//! it; anything less is a partial overlap, which `harness dialect check` shows.

use crate::message::{Direction, Fields, Phase, Recipients};
use crate::template::{HoleKind, Template};

use super::Dialect;

/// How two messages overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OverlapKind {
    /// They match the same bytes whatever their content.
    Same,
    /// Every `first` is a `second` too; `first` is tried first.
    Contained,
    /// Some bytes are both; one example.
    Partial(Vec<u8>),
}

/// Two messages that the wire cannot always tell apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// One message's identifier, as its key in the file: `client.say`, `server.joined`, `error.malformed`.
    pub first: String,
    /// The other's.
    pub second: String,
    /// How they overlap.
    pub kind: OverlapKind,
}

/// A message in the group of those that may come at the same point of the same stream.
pub(super) struct Member<'d> {
    pub(super) id: String,
    pub(super) template: &'d Template,
    pub(super) before: Vec<String>,
    /// Whether it is the answer to a request, which tells it apart from the answers to others.
    pub(super) is_answer: bool,
}

/// The overlaps among one group of messages.
pub(super) fn among(group: &[Member<'_>]) -> Vec<Overlap> {
    let mut overlaps = Vec::new();
    for (i, a) in group.iter().enumerate() {
        for b in &group[i + 1..] {
            overlaps.extend(between(a, b));
        }
    }
    overlaps
}

fn between(a: &Member<'_>, b: &Member<'_>) -> Option<Overlap> {
    let read_by = |reader: &Template, written: &Template| -> Vec<(Vec<u8>, bool)> {
        samples(written)
            .into_iter()
            .map(|bytes| {
                let is_read = reader.pattern().matches_all(&bytes).is_some();
                (bytes, is_read)
            })
            .collect()
    };
    let a_by_b = read_by(b.template, a.template);
    let b_by_a = read_by(a.template, b.template);
    let all = |read: &[(Vec<u8>, bool)]| read.iter().all(|(_, is_read)| *is_read);
    let overlap = |first: &Member<'_>, second: &Member<'_>, kind| {
        Some(Overlap {
            first: first.id.clone(),
            second: second.id.clone(),
            kind,
        })
    };
    match (all(&a_by_b), all(&b_by_a)) {
        (true, true) => overlap(a, b, OverlapKind::Same),
        (true, false) => overlap(a, b, OverlapKind::Contained),
        (false, true) => overlap(b, a, OverlapKind::Contained),
        (false, false) => {
            let example = a_by_b
                .into_iter()
                .chain(b_by_a)
                .find(|(_, is_read)| *is_read);
            example.and_then(|(bytes, _)| overlap(a, b, OverlapKind::Partial(bytes)))
        }
    }
}

/// A form rendered with contents that differ in what matters to another form: words, blanks, punctuation, digits, lines.
fn samples(template: &Template) -> Vec<Vec<u8>> {
    const ROUNDS: usize = 5;
    let sample = |round: usize| {
        let mut fields = Fields::new();
        for (name, kind) in template.holes() {
            fields.set(name, value(kind, round));
        }
        template.render(&fields)
    };
    (0..ROUNDS).map(sample).collect()
}

fn value(kind: HoleKind, round: usize) -> &'static str {
    let values: [&str; 5] = match kind {
        HoleKind::Nick | HoleKind::Word => ["ana", "B2", "zé", "x-y", "q"],
        HoleKind::Upper => ["ANA", "B2", "ZÉ", "X-Y", "Q"],
        HoleKind::Text | HoleKind::Any => ["oi", "Bom dia, gente!", ":a b:", "[x]: 1\n2", "é"],
        HoleKind::Lines => ["ana", "ana\nbia", "ana, bia", "1 ana\n2 bia\n", "é"],
        HoleKind::Integer => ["0", "7", "42", "1000", "65535"],
        HoleKind::Time => [
            "20:39",
            "[20:57:20]",
            "2026-11-20 20:35:37",
            "Fri Nov 20 20:19:47 2026",
            "1:02",
        ],
        HoleKind::Address => [
            "127.0.0.1:55412",
            "('127.0.0.1', 55994)",
            "10.0.0.1:1",
            "[::1]:5000",
            "127.0.0.1",
        ],
    };
    values[round % values.len()]
}

impl Dialect {
    /// All messages that the wire cannot always tell apart.
    #[must_use]
    pub fn overlaps(&self) -> Vec<Overlap> {
        self.groups()
            .iter()
            .flat_map(|group| among(group))
            .collect()
    }

    /// The messages by the point of a stream at which they may come.
    pub(super) fn groups(&self) -> Vec<Vec<Member<'_>>> {
        let mut groups = Vec::new();
        for phase in [Phase::Joining, Phase::Chatting] {
            for direction in [Direction::ToServer, Direction::ToClient] {
                groups.push(self.group(direction, phase));
            }
        }
        groups
    }

    fn group(&self, direction: Direction, phase: Phase) -> Vec<Member<'_>> {
        match direction {
            Direction::ToServer => self
                .requests()
                .filter(|request| request.kind.phase() == phase)
                .map(|request| Member {
                    id: format!("client.{}", request.kind),
                    template: request.template(),
                    before: request
                        .before
                        .iter()
                        .map(|kind| format!("client.{kind}"))
                        .collect(),
                    is_answer: false,
                })
                .collect(),
            Direction::ToClient => self
                .replies()
                .filter(|reply| reply.kind.phase() == phase)
                .map(|reply| Member {
                    id: reply.kind.key(),
                    template: &reply.forms[0].template,
                    before: reply.before.iter().map(|kind| kind.key()).collect(),
                    is_answer: reply.to == Recipients::Actor && !reply.kind.is_unasked(),
                })
                .collect(),
        }
    }
}
