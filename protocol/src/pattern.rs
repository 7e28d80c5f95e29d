//! Recognising a message: a template, with what is known filled in, against bytes that may not all have arrived.
//!
//! A pattern answers for a *prefix* of a stream (`matches_prefix`): it is there in full, it may still become so, or it differs at
//! byte N; or for a content whose end is known (`matches_all`). It never looks at time, and its cost is linear but for a bounded
//! number of second tries where a literal occurs inside a hole's value too.

use std::ops::Range;

use crate::framing::Terminator;
use crate::message::Fields;
use crate::search::find;
use crate::template::{HoleKind, Part};

/// The most holes that a message's form may have.
pub const MAX_HOLES: usize = 8;

/// How often, in one match, a later occurrence of a literal is tried after the first led nowhere.
const SECOND_TRIES: u32 = 64;

/// The longest time of day or address that is recognised, in bytes.
const MAX_TYPED: usize = 64;

/// Bytes of the longest name or word: no stream of notices is read to its end for each of them.
const MAX_NAME: usize = 1024;

/// What recognises a message. See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<Part>,
    terminator: Option<Terminator>,
    any_case: bool,
    blank_runs: bool,
    blanks_in_names: bool,
    empty_names: bool,
}

/// The values found in the holes, as places in the matched bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Captures {
    len: usize,
    spans: [(u16, u32, u32); MAX_HOLES],
}

/// A pattern that is there in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Bytes taken, the terminator included.
    pub len: usize,
    /// Where the content starts: after the header, in framings that have one.
    pub start: usize,
    /// Where the content ends, before the terminator.
    pub content: usize,
    /// Where the free hole at the end starts, if there is one that nothing closes: it took all there was, and may end
    /// earlier or go on.
    pub tail: Option<usize>,
    /// Where the values of the holes stand, counted from the start of the content.
    pub captures: Captures,
}

/// How a pattern fares against the front of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// It is there.
    Full(Found),
    /// All bytes agree with it so far; it needs more.
    Partial,
    /// It differs at this byte.
    Differs(usize),
}

impl Pattern {
    /// A pattern of these pieces, with nothing that marks its end.
    #[must_use]
    pub fn new(parts: Vec<Part>) -> Self {
        Self {
            parts,
            terminator: None,
            any_case: false,
            blank_runs: false,
            blanks_in_names: false,
            empty_names: false,
        }
    }

    /// The same, ended by a terminator; holes then end within the line.
    #[must_use]
    pub fn terminated(mut self, terminator: Option<&Terminator>) -> Self {
        self.terminator = terminator.cloned();
        self
    }

    /// The same, with ASCII letters of its literals in any case.
    #[must_use]
    pub fn any_case(mut self, any_case: bool) -> Self {
        self.any_case = any_case;
        self
    }

    /// The same, with any number of blanks where its literals end with one.
    #[must_use]
    pub fn blank_runs(mut self, allowed: bool) -> Self {
        self.blank_runs = allowed;
        self
    }

    /// The same, with blanks allowed inside nicknames.
    #[must_use]
    pub fn blanks_in_names(mut self, allowed: bool) -> Self {
        self.blanks_in_names = allowed;
        self
    }

    /// The same, with nicknames that may be empty.
    #[must_use]
    pub fn empty_names(mut self, allowed: bool) -> Self {
        self.empty_names = allowed;
        self
    }

    /// The pieces in their order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The bytes with which every match begins; empty where it begins with a hole.
    #[must_use]
    pub fn first_literal(&self) -> &[u8] {
        match self.parts.first() {
            Some(Part::Literal(literal)) => literal,
            _ => &[],
        }
    }

    /// Whether the first byte is one with which it begins: most patterns differ there already.
    #[inline]
    fn may_begin(&self, bytes: &[u8]) -> bool {
        match (self.first_literal(), bytes) {
            ([own, ..], [first, ..]) => own.eq_ignore_ascii_case(first),
            _ => true,
        }
    }

    /// Bytes that it says itself, whatever stands in its holes: of two that read the same bytes, the one that says more is meant.
    #[must_use]
    pub fn literal_len(&self) -> usize {
        let lengths = self.parts.iter().map(|part| match part {
            Part::Literal(literal) => literal.len(),
            Part::Hole { .. } => 0,
        });
        lengths.sum()
    }

    /// Whether no hole is left free.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        !self
            .parts
            .iter()
            .any(|part| matches!(part, Part::Hole { .. }))
    }

    /// Whether nothing but quiet, or the next message, tells where it ends.
    #[must_use]
    pub fn is_open_ended(&self) -> bool {
        match self.parts.last() {
            Some(Part::Hole { kind, .. }) => self.terminator.is_none() || *kind == HoleKind::Lines,
            _ => false,
        }
    }

    /// Whether it ends in a free hole of whole lines.
    pub(crate) fn ends_in_lines(&self) -> bool {
        let is_lines =
            |part: &Part| matches!(part, Part::Hole { kind, .. } if *kind == HoleKind::Lines);
        self.terminator.is_some() && self.parts.last().is_some_and(is_lines)
    }

    /// How many bytes of a whole message are its content, without the terminator at its end.
    pub(crate) fn content_before(&self, message: &[u8]) -> usize {
        let terminator = self.terminator.as_ref();
        let line = terminator.and_then(|terminator| terminator.last_end(message));
        line.filter(|(_, end)| *end == message.len())
            .map_or(message.len(), |(content, _)| content)
    }

    /// The fewest bytes that a free hole at the end takes.
    pub(crate) fn least_tail(&self) -> usize {
        match self.parts.last() {
            Some(Part::Hole { kind, .. }) => self.least_len(*kind),
            _ => 0,
        }
    }

    /// The fewest bytes of a value.
    const fn least_len(&self, kind: HoleKind) -> usize {
        match kind {
            HoleKind::Any | HoleKind::Lines => 0,
            HoleKind::Nick if self.empty_names => 0,
            HoleKind::Time | HoleKind::Address => 4,
            _ => 1,
        }
    }

    /// The bytes that it stands for as a person would write them: free holes as `{name}`.
    #[must_use]
    pub fn shown(&self) -> Vec<u8> {
        let mut shown = Vec::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => shown.extend_from_slice(literal),
                Part::Hole { name, .. } => {
                    shown.push(b'{');
                    shown.extend_from_slice(name.as_bytes());
                    shown.push(b'}');
                }
            }
        }
        if let Some(terminator) = &self.terminator {
            shown.extend_from_slice(terminator.written());
        }
        shown
    }

    /// How it fares against the front of a stream.
    #[must_use]
    pub fn matches_prefix(&self, bytes: &[u8]) -> Prefix {
        match self.may_begin(bytes) {
            true => Run::new(self, bytes, false).run(),
            false => Prefix::Differs(0),
        }
    }

    /// Whether the whole of a message's content is such a message.
    #[inline]
    #[must_use]
    pub fn is_whole(&self, content: &[u8]) -> bool {
        self.is_at_a_glance(content) || self.captures_all(content).is_some()
    }

    /// Whether it is, if each hole ends where the next literal first stands: in most messages that are it they do. Where it is
    /// not so, it may still be such a message.
    #[inline]
    fn is_at_a_glance(&self, content: &[u8]) -> bool {
        let mut rest = content;
        let mut parts = self.parts.iter();
        while let Some(part) = parts.next() {
            let (hole, literal) = match part {
                Part::Literal(literal) => (None, literal),
                Part::Hole { kind, .. } => match parts.next() {
                    Some(Part::Literal(literal)) => (Some(*kind), literal),
                    _ => return self.takes_rest(*kind, rest),
                },
            };
            let value = match hole {
                None => Some(0),
                Some(_) if self.any_case => None,
                Some(kind) => self.before(kind, literal, rest),
            };
            let after = value.and_then(|length| rest.get(length..)?.strip_prefix(&literal[..]));
            let Some(after) = after else {
                return false;
            };
            rest = &after[self.further_blanks(literal, after)..];
        }
        rest.is_empty()
    }

    /// Whether a hole at the end takes all that is left, whatever it is.
    #[inline]
    fn takes_rest(&self, kind: HoleKind, rest: &[u8]) -> bool {
        matches!(kind, HoleKind::Text | HoleKind::Any | HoleKind::Lines)
            && rest.len() >= self.least_len(kind)
    }

    /// How long a value is that a literal ends, if it can be any text or is a name without blanks.
    #[inline]
    fn before(&self, kind: HoleKind, literal: &[u8], bytes: &[u8]) -> Option<usize> {
        let least = self.least_len(kind);
        match kind {
            HoleKind::Text | HoleKind::Any | HoleKind::Lines => {
                Some(least + find(bytes.get(least..)?, literal)?)
            }
            HoleKind::Nick | HoleKind::Word if !self.blanks_in_names => {
                let first = *literal.first()?;
                let name = bytes.get(..bytes.len().min(MAX_NAME))?;
                let ends = |at: usize, byte: u8| {
                    byte == first && at >= least && bytes[at..].starts_with(literal)
                };
                let (length, _) = name
                    .iter()
                    .enumerate()
                    .find(|(at, byte)| **byte <= b' ' || **byte == 0x7f || ends(*at, **byte))?;
                (length >= least).then_some(length)
            }
            _ => None,
        }
    }

    /// How many more blanks follow a literal that ends with one, where runs of them count as one.
    #[inline]
    fn further_blanks(&self, literal: &[u8], after: &[u8]) -> usize {
        match self.blank_runs && literal.ends_with(b" ") {
            true => after.iter().take_while(|byte| **byte == b' ').count(),
            false => 0,
        }
    }

    /// The values of its holes, if the whole of a message's content is such a message.
    #[must_use]
    pub fn matches_all(&self, content: &[u8]) -> Option<Fields> {
        self.captures_all(content)
            .map(|captures| captures.fields(self, content))
    }

    /// The same without copying the values.
    #[must_use]
    pub fn captures_all(&self, content: &[u8]) -> Option<Captures> {
        match Run::new(self, content, true).run() {
            Prefix::Full(found) => Some(found.captures),
            Prefix::Partial | Prefix::Differs(_) => None,
        }
    }
}

impl Captures {
    /// Each value's name and place.
    pub fn spans<'p>(&self, pattern: &'p Pattern) -> impl Iterator<Item = (&'p str, Range<usize>)> {
        let spans = self.spans;
        (0..self.len).filter_map(move |i| {
            let (part, start, end) = spans[i];
            match pattern.parts.get(usize::from(part)) {
                Some(Part::Hole { name, .. }) => Some((&**name, start as usize..end as usize)),
                _ => None,
            }
        })
    }

    /// The values themselves, copied.
    #[must_use]
    pub fn fields(&self, pattern: &Pattern, bytes: &[u8]) -> Fields {
        let mut fields = Fields::new();
        for (name, span) in self.spans(pattern) {
            fields.set(name, bytes.get(span).unwrap_or_default());
        }
        fields
    }

    /// The place of one value.
    #[must_use]
    pub fn span(&self, pattern: &Pattern, name: &str) -> Option<Range<usize>> {
        self.spans(pattern)
            .find(|(known, _)| *known == name)
            .map(|(_, span)| span)
    }

    /// The same captures with the last hole's value ending earlier.
    #[must_use]
    pub(crate) fn cut_at(mut self, end: usize) -> Self {
        if let Some(last) = self.len.checked_sub(1) {
            self.spans[last].2 = self.spans[last].2.min(end as u32).max(self.spans[last].1);
        }
        self
    }

    fn add(&mut self, part: usize, start: usize, end: usize) {
        if let Some(span) = self.spans.get_mut(self.len) {
            *span = (part as u16, start as u32, end as u32);
            self.len += 1;
        }
    }
}

/// One match under way.
struct Run<'a> {
    pattern: &'a Pattern,
    bytes: &'a [u8],
    /// Whether `bytes` is the whole content.
    anchored: bool,
    tries: u32,
    captures: Captures,
}

/// How the pieces from one on fare; [`Prefix`] without what [`Run`] knows anyway.
enum Step {
    Full {
        len: usize,
        content: usize,
        tail: Option<usize>,
    },
    Partial,
    Differs(usize),
}

impl<'a> Run<'a> {
    fn new(pattern: &'a Pattern, bytes: &'a [u8], anchored: bool) -> Self {
        Self {
            pattern,
            bytes,
            anchored,
            tries: SECOND_TRIES,
            captures: Captures::default(),
        }
    }

    fn run(mut self) -> Prefix {
        match self.part(0, 0) {
            Step::Full { len, content, tail } => Prefix::Full(Found {
                len,
                start: 0,
                content,
                tail,
                captures: self.captures,
            }),
            Step::Partial => Prefix::Partial,
            Step::Differs(at) => Prefix::Differs(at),
        }
    }

    /// Matches the pieces from `part` on at `at`.
    fn part(&mut self, part: usize, at: usize) -> Step {
        match self.pattern.parts.get(part) {
            None => self.end(at),
            Some(Part::Literal(literal)) => match self.literal(literal, at) {
                Step::Full { len, .. } => self.part(part + 1, len),
                other => other,
            },
            Some(Part::Hole { kind, .. }) => match self.pattern.parts.get(part + 1) {
                Some(Part::Literal(next)) => self.hole_before(next, part, *kind, at),
                _ => self.last_hole(part, *kind, at),
            },
        }
    }

    /// What must follow the last piece: the end of the content, a terminator, or nothing.
    fn end(&self, at: usize) -> Step {
        let whole = |len| Step::Full {
            len,
            content: at,
            tail: None,
        };
        if self.anchored {
            return match at == self.bytes.len() {
                true => whole(at),
                false => Step::Differs(at),
            };
        }
        let Some(terminator) = &self.pattern.terminator else {
            return whole(at);
        };
        match terminator.at_front(&self.bytes[at..]) {
            Prefix::Full(end) => whole(at + end.len),
            Prefix::Partial => Step::Partial,
            Prefix::Differs(n) => Step::Differs(at + n),
        }
    }

    fn literal(&self, literal: &[u8], at: usize) -> Step {
        let bytes = &self.bytes[at..];
        let same = match bytes.starts_with(literal) {
            true => literal.len(),
            false => literal
                .iter()
                .zip(bytes)
                .take_while(|(a, b)| self.same(**a, **b))
                .count(),
        };
        match same {
            n if n == literal.len() => {
                let end = at + n + self.pattern.further_blanks(literal, &bytes[n..]);
                Step::Full {
                    len: end,
                    content: end,
                    tail: None,
                }
            }
            n if n == bytes.len() && !self.anchored => Step::Partial,
            n => Step::Differs(at + n),
        }
    }

    fn same(&self, a: u8, b: u8) -> bool {
        a == b || (self.pattern.any_case && a.eq_ignore_ascii_case(&b))
    }

    /// A hole that the next literal ends: at its first occurrence from which the rest follows.
    fn hole_before(&mut self, next: &[u8], part: usize, kind: HoleKind, at: usize) -> Step {
        let reach = at + self.extent(kind, at);
        let least = at + self.pattern.least_len(kind);
        let mut from = least;
        let mut nearest = reach;
        let before = self.captures.len;
        while let Some(found) = self.find(next, from, reach) {
            from = found + 1;
            if !is_valid(kind, &self.bytes[at..found]) {
                continue;
            }
            self.captures.len = before;
            self.captures.add(part, at, found);
            match self.part(part + 1, found) {
                Step::Differs(n) => nearest = nearest.max(n),
                matched => return matched,
            }
            self.tries = self.tries.saturating_sub(1);
            if self.tries == 0 {
                return Step::Differs(nearest);
            }
        }
        match !self.anchored && self.may_still_begin(next, least, reach) {
            true => Step::Partial,
            false => Step::Differs(match self.literal(next, reach) {
                Step::Differs(at) => nearest.max(at).min(self.bytes.len()),
                _ => nearest.min(self.bytes.len()),
            }),
        }
    }

    /// A hole that nothing follows but the end.
    fn last_hole(&mut self, part: usize, kind: HoleKind, at: usize) -> Step {
        let reach = at + self.extent(kind, at);
        let exhausted = reach == self.bytes.len();
        let too_short = reach < at + self.pattern.least_len(kind);
        let whole_lines = self
            .pattern
            .terminator
            .as_ref()
            .filter(|_| kind == HoleKind::Lines && !self.anchored);
        if let Some(terminator) = whole_lines {
            let Some((content, len)) = terminator.last_end(&self.bytes[at..]) else {
                return Step::Partial;
            };
            self.captures.add(part, at, at + content);
            return Step::Full {
                len: at + len,
                content: at + content,
                tail: Some(at),
            };
        }
        if too_short || !is_valid(kind, &self.bytes[at..reach]) {
            return match exhausted && !self.anchored {
                true => Step::Partial,
                false => Step::Differs(reach),
            };
        }
        self.captures.add(part, at, reach);
        match self.end(reach) {
            Step::Full { len, content, .. }
                if self.pattern.terminator.is_none() && !self.anchored =>
            {
                Step::Full {
                    len,
                    content,
                    tail: Some(at),
                }
            }
            other => other,
        }
    }

    /// Where a literal begins, between these two places.
    fn find(&self, literal: &[u8], from: usize, last: usize) -> Option<usize> {
        let end = self.bytes.len().min(last + literal.len());
        let bytes = self.bytes.get(from..end)?;
        let found = match self.pattern.any_case {
            false => find(bytes, literal),
            true => bytes
                .windows(literal.len())
                .position(|window| window.eq_ignore_ascii_case(literal)),
        };
        found.map(|at| from + at)
    }

    /// Whether bytes that have not arrived yet can make `literal` begin at or before `reach`.
    fn may_still_begin(&self, literal: &[u8], least: usize, reach: usize) -> bool {
        let len = self.bytes.len();
        if reach == len {
            return true;
        }
        let earliest = len
            .saturating_sub(literal.len().saturating_sub(1))
            .max(least);
        (earliest..=reach.min(len)).any(|at| {
            let begun = &self.bytes[at..];
            begun.len() < literal.len() && begun.iter().zip(literal).all(|(a, b)| self.same(*a, *b))
        })
    }

    /// The longest value that a hole of this kind can have at `at`.
    fn extent(&self, kind: HoleKind, at: usize) -> usize {
        let bytes = &self.bytes[at.min(self.bytes.len())..];
        let line = match (&self.pattern.terminator, kind) {
            (Some(terminator), kind) if kind != HoleKind::Lines && !self.anchored => {
                &bytes[..terminator.find(bytes).unwrap_or(bytes.len())]
            }
            _ => bytes,
        };
        match kind {
            HoleKind::Text | HoleKind::Any | HoleKind::Lines => line.len(),
            HoleKind::Nick if self.pattern.blanks_in_names => {
                run(line, MAX_NAME, |byte| byte >= b' ' && byte != 0x7f)
            }
            HoleKind::Nick | HoleKind::Word | HoleKind::Upper => {
                run(line, MAX_NAME, |byte| byte > b' ' && byte != 0x7f)
            }
            HoleKind::Integer => run(line, MAX_NAME, |byte| byte.is_ascii_digit()),
            HoleKind::Time => run(line, MAX_TYPED, |byte| {
                byte.is_ascii_alphanumeric() || b"[]():/-., +".contains(&byte)
            }),
            HoleKind::Address => address_len(&line[..line.len().min(MAX_TYPED)]),
        }
    }
}

/// How many bytes at the front are of a kind, of at most so many.
#[inline]
fn run(bytes: &[u8], most: usize, is_part: impl Fn(u8) -> bool) -> usize {
    let bytes = &bytes[..bytes.len().min(most)];
    let other = bytes.iter().position(|byte| !is_part(*byte));
    other.unwrap_or(bytes.len())
}

/// How long an address at the front is at most: as `127.0.0.1:55412`, `[::1]:55412` or Python's `('127.0.0.1', 55994)`. A port has at
/// most five digits: another message may follow at once.
fn address_len(bytes: &[u8]) -> usize {
    if bytes.starts_with(b"(") {
        let is_part = |byte: &u8| byte.is_ascii_hexdigit() || b"('.:, ".contains(byte);
        let inside = bytes.iter().take_while(|byte| is_part(byte)).count();
        return inside + usize::from(bytes.get(inside) == Some(&b')'));
    }
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || b"[]:.".contains(byte);
    let run = bytes.iter().take_while(|byte| is_part(byte)).count();
    let is_v4 = bytes[..run].iter().position(|byte| !byte.is_ascii_digit());
    if is_v4.is_none_or(|at| bytes[at] != b'.') {
        return run;
    }
    let colon = bytes[..run].iter().position(|byte| *byte == b':');
    colon.map_or(run, |colon| {
        let port = bytes[colon + 1..run].iter();
        let digits = port.take(5).take_while(|byte| byte.is_ascii_digit());
        colon + 1 + digits.count()
    })
}

/// What a value must have beyond its bytes being of the right kind.
fn is_valid(kind: HoleKind, value: &[u8]) -> bool {
    match kind {
        HoleKind::Time => value.windows(4).any(|w| {
            w[0].is_ascii_digit() && (w[1] == b':' || w[2] == b':') && w[3].is_ascii_digit()
        }),
        HoleKind::Address => {
            value.iter().any(u8::is_ascii_digit) && value.iter().any(|byte| b".:".contains(byte))
        }
        HoleKind::Upper => !value.iter().any(u8::is_ascii_lowercase),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::Template;
    use proptest::prelude::*;

    fn pattern(template: &str) -> Pattern {
        Template::parse(template).unwrap().pattern()
    }

    #[track_caller]
    fn is(template: &str, bytes: &str, expected: Expected) {
        let actual = match pattern(template).matches_prefix(bytes.as_bytes()) {
            Prefix::Full(found) if found.tail.is_some() => Expected::Open(found.len),
            Prefix::Full(found) => Expected::Full(found.len),
            Prefix::Partial => Expected::Partial,
            Prefix::Differs(at) => Expected::Differs(at),
        };
        assert_eq!(actual, expected, "{template:?} against {bytes:?}");
    }

    #[derive(Debug, PartialEq)]
    enum Expected {
        Full(usize),
        Open(usize),
        Partial,
        Differs(usize),
    }
    use Expected::{Differs, Full, Open, Partial};

    #[test]
    fn a_literal_is_there_or_coming_or_different() {
        is("200 OK", "200 OK", Full(6));
        is("200 OK", "200 OK - Connected", Full(6));
        is("200 OK", "200", Partial);
        is("200 OK", "", Partial);
        is("200 OK", "404", Differs(0));
        is("200 OK", "200 NO", Differs(4));
    }

    #[test]
    fn a_hole_ends_where_its_literal_begins() {
        is("[{from}]: {text}", "[ana]: oi", Open(9));
        is("[{from}]: {text}", "[ana]:", Partial);
        is("[{from}]: {text}", "[ana", Partial);
        is("[{from}]: {text}", "[ana b]: oi", Differs(4));
        is("{nick} entrou no chat!", "ana entrou no chat!oi", Full(19));
        is("{nick} entrou no chat!", "ana en", Partial);
        is("{nick} entrou no chat!", "ana saiu", Differs(4));
        is("{nick} entrou no chat!", "ana", Partial);
        is("{text} (de {from})", "a (de b (de ana)", Full(16));
    }

    #[test]
    fn typed_holes_take_only_their_type() {
        is("client {n:int}: ", "client 12: ", Full(11));
        is("client {n:int}: ", "client x: ", Differs(7));
        is(
            "[{time}] {from}: oi",
            "[Fri Nov 20 20:19:47 2026] ana: oi",
            Full(34),
        );
        is("[{time}] {from}: oi", "[20:57:20] ana: oi", Full(18));
        is("{time} {from}: oi", "20:39 ana: oi", Full(13));
        is("{address} entrou", "('127.0.0.1', 55994) entrou", Full(27));
        is("{address} entrou", "127.0.0.1:55412 entrou", Full(22));
        is(
            "{address}",
            "127.0.0.1:55412127.0.0.1:40000 is here",
            Open(15),
        );
        is(
            "{address}",
            "('127.0.0.1', 55994)127.0.0.1:40000 is here",
            Open(20),
        );
        is("{address}!", "[::1]:55412!", Full(12));
    }

    #[test]
    fn a_name_is_empty_only_where_the_dialect_says_so() {
        let left = pattern("{nick} left");
        assert!(left.matches_all(b" left").is_none());
        let left = left.empty_names(true);
        let fields = left.matches_all(b" left").unwrap();
        assert_eq!(fields.get("nick"), Some(&b""[..]));
        assert!(left.matches_all(b"ana left").is_some());
    }

    #[test]
    fn within_a_line_a_hole_ends_at_the_terminator() {
        let lf = Terminator::new(b"\n".to_vec(), vec![b"\r\n".to_vec()]);
        let line = pattern("[{from}]: {text}").terminated(Some(&lf));
        #[track_caller]
        fn takes(pattern: &Pattern, bytes: &str, len: usize, content: usize) {
            let Prefix::Full(found) = pattern.matches_prefix(bytes.as_bytes()) else {
                panic!("{bytes:?} is not taken")
            };
            assert_eq!((found.len, found.content, found.tail), (len, content, None));
        }
        takes(&line, "[ana]: oi\n[bia]: oi\n", 10, 9);
        takes(&line, "[ana]: oi\r\n", 11, 9);
        assert_eq!(line.matches_prefix(b"[ana]: oi"), Prefix::Partial);
        assert_eq!(line.matches_prefix(b"[ana\n]: oi"), Prefix::Differs(4));
    }

    #[test]
    fn case_is_ignored_only_where_the_dialect_says_so() {
        assert!(
            pattern("MSG {text}")
                .any_case(true)
                .matches_all(b"msg oi")
                .is_some()
        );
        assert!(pattern("MSG {text}").matches_all(b"msg oi").is_none());
    }

    #[test]
    fn runs_of_blanks_count_as_one_only_where_the_dialect_says_so() {
        let found = pattern("/msg {to} {text}")
            .blank_runs(true)
            .matches_all(b"/msg   bia  oi")
            .unwrap();
        assert_eq!(
            (found.get("to"), found.get("text")),
            (Some(&b"bia"[..]), Some(&b"oi"[..]))
        );
        assert!(
            pattern("/msg {to} {text}")
                .matches_all(b"/msg   bia  oi")
                .is_none()
        );
    }

    proptest! {
        #[test]
        fn what_is_whole_at_a_glance_has_values(
            content in "([ab]|A|B| |  |x: |: |[0-9]{1,2}|\n|é|\u{7f}){0,9}",
            any_case: bool, blank_runs: bool, blanks_in_names: bool, empty_names: bool,
        ) {
            for template in [
                "a", "a b", "a {text}", "a{text:any}", "{nick}", "{nick} a", "[{from}]: {text}", "{from}: {text}", "{from:word}: b{text}",
                "{text}: {from}", "{text:any}a{rest:lines}", "{n:int} {text}", "{command:upper} a", "a {to} {text}", "{nick}: {text}", "",
            ] {
                let pattern = pattern(template)
                    .any_case(any_case)
                    .blank_runs(blank_runs)
                    .blanks_in_names(blanks_in_names)
                    .empty_names(empty_names);
                for content in [content.clone(), format!("[{content}]: b"), format!("a {content}")] {
                    let values = pattern.matches_all(content.as_bytes());
                    prop_assert_eq!(pattern.is_whole(content.as_bytes()), values.is_some(), "{} {:?}", template, content);
                }
            }
        }

        #[test]
        fn any_bytes_at_all_are_judged(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let lf = Terminator::new(b"\n".to_vec(), vec![]);
            for template in ["[{from}]: {text}", "{nick} oi", "{time} {address}", "{rest:lines}", "{command:upper} {n:int}!", ""] {
                let pattern = pattern(template);
                for pattern in [pattern.clone(), pattern.clone().any_case(true), pattern.terminated(Some(&lf))] {
                    match pattern.matches_prefix(&bytes) {
                        Prefix::Full(found) => prop_assert!(found.len <= bytes.len() && found.content <= found.len),
                        Prefix::Differs(at) => prop_assert!(at <= bytes.len()),
                        Prefix::Partial => {}
                    }
                    let _ = pattern.matches_all(&bytes);
                }
            }
        }

        #[test]
        fn what_is_there_in_full_was_coming_before(nick in "[a-z]{1,9}", text in "[a-z :]{1,20}", cut in 0usize..40) {
            let bytes = format!("[{nick}]: {text}!");
            let pattern = pattern("[{from}]: {text}!");
            let cut = cut.min(bytes.len());
            prop_assert!(!matches!(pattern.matches_prefix(&bytes.as_bytes()[..cut]), Prefix::Differs(_)));
            prop_assert!(matches!(pattern.matches_prefix(bytes.as_bytes()), Prefix::Full(_)));
        }
    }
}
