//! The matching contract: what a connection's unread bytes say about one expectation.
//!
//! A raw stream has no message boundaries, so what arrived is compared with what is wanted byte by byte. The answer is *take it*,
//! *wait*, or *different at byte N of the nearest variant*. The rules, in the order in which they apply:
//!
//! 1. The longest variant that is there in full wins, surplus line terminators not counted; while a longer one is still possible,
//!    more bytes, the close, or quiet decide.
//! 2. A free hole at the end is lazy: it ends where another message of the dialect begins, if from there on the stream reads as
//!    known messages; else at quiet.
//! 3. A known message in front that the expectation is not about (a notice, another effect of the same action) is set aside; so is a
//!    notice that a form with free holes would read too, if the notice says more of it in its own words.
//! 4. A surplus line terminator in a raw stream is passed over, and said.
//!
//! This is a pure function: it knows no socket, no clock and no name of a scenario.

use std::cmp::Reverse;

use crate::framing::{Decoded, Framing};
use crate::message::Fields;
use crate::pattern::{Found, Pattern, Prefix};
use crate::search;

/// How good a form is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// The form that the document gives.
    Document,
    /// Accepted as equal.
    Accepted,
    /// Right, but not to the letter: a warning.
    Tolerated,
}

/// One form of what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// What recognises it, with all that is known filled in.
    pub pattern: Pattern,
    /// How good it is.
    pub standing: Standing,
}

/// What is wanted, in one of its forms.
pub type Expectation = [Variant];

/// What may come of the stream after the bytes that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Supply {
    /// More bytes may come at any time.
    Open,
    /// None came for the settle time, or a barrier passed: what is there stands for itself.
    Settled,
    /// The peer closed: nothing will come.
    Closed,
}

/// What comes after the bytes that are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ahead {
    /// More that are there already: these are only looked at first.
    Unread,
    /// What may come of the stream.
    Stream(Supply),
}

impl Ahead {
    /// Whether the bytes may go on.
    const fn may_grow(self) -> bool {
        matches!(self, Self::Unread | Self::Stream(Supply::Open))
    }
}

/// What else the dialect says at this point of the session.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// Where messages end in this direction.
    pub framing: &'a Framing,
    /// The largest content, in bytes.
    pub limit: usize,
    /// Messages that are set aside when they stand in front: known notices, other effects of the same action.
    pub aside: &'a [Pattern],
    /// Every message that may follow, for the end of a lazy hole.
    pub known: &'a [Pattern],
}

/// A message that stood in front and was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// Its place in `Scene::aside`.
    pub which: usize,
    /// Its bytes, as offsets in the unread ones.
    pub span: std::ops::Range<usize>,
    /// Its values.
    pub fields: Fields,
}

/// What was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Which variant it was.
    pub variant: usize,
    /// Its content, as offsets in the unread bytes.
    pub content: std::ops::Range<usize>,
    /// Bytes consumed in all: what was set aside, the message, its terminator.
    pub len: usize,
    /// The values of its free holes.
    pub fields: Fields,
    /// What was set aside before it.
    pub aside: Vec<Aside>,
    /// Whether line terminators that nobody asked for were passed over.
    pub surplus_terminator: bool,
}

/// What the unread bytes say about an expectation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is there.
    Take(Taken),
    /// It may still come.
    Wait,
    /// It is not there.
    Different(Difference),
}

/// How what arrived departs from what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The variant that agreed longest.
    pub variant: usize,
    /// Where the message in question starts, after what was set aside.
    pub start: usize,
    /// The first byte that differs; the end of the bytes where they merely stop short.
    pub at: usize,
    /// Whether all bytes agreed and the rest is missing.
    pub short: bool,
    /// What was set aside before it.
    pub aside: Vec<Aside>,
}

/// How many known messages may be set aside or looked through in one decision.
pub const MAX_MESSAGES: usize = 1024;

/// So many bytes are looked at first. A flood that were looked through as a whole for each of its messages would take time that grows
/// with its square.
const FEW: usize = 8 * 1024;

/// How deep the bytes after a lazy hole are read, to see whether they are known messages.
const LOOK_AHEAD: usize = 4;

/// Decides what the unread bytes say about an expectation. See the module's documentation for the rules.
#[must_use]
pub fn decide(unread: &[u8], wanted: &Expectation, scene: &Scene<'_>, supply: Supply) -> Outcome {
    decide_on_few(unread, wanted, scene, supply, FEW)
}

/// Decides on as few bytes as can be: what holds whatever may come after them, holds.
fn decide_on_few(
    unread: &[u8],
    wanted: &Expectation,
    scene: &Scene<'_>,
    supply: Supply,
    few: usize,
) -> Outcome {
    let mut few = few;
    while few < unread.len() {
        match decide_on_all(&unread[..few], wanted, scene, Ahead::Unread) {
            Outcome::Wait => few *= 2,
            decided => return decided,
        }
    }
    decide_on_all(unread, wanted, scene, Ahead::Stream(supply))
}

fn decide_on_all(unread: &[u8], wanted: &Expectation, scene: &Scene<'_>, ahead: Ahead) -> Outcome {
    let mut front = Front {
        at: 0,
        aside: Vec::new(),
        surplus: false,
    };
    for _ in 0..MAX_MESSAGES {
        front.skip_surplus(unread, wanted, scene.aside, scene);
        let bytes = &unread[front.at..];
        let choice = choose(bytes, wanted, scene, ahead);
        match choice {
            Some(Choice::Take { variant, found }) => {
                let wanted = &wanted[variant];
                match wordier_known(bytes, &wanted.pattern, scene) {
                    Wordier::There => {}
                    Wordier::Coming if ahead.may_grow() => return Outcome::Wait,
                    Wordier::Coming | Wordier::None => {
                        return Outcome::Take(front.take(unread, wanted, variant, found, scene));
                    }
                }
            }
            Some(Choice::Wait) => return Outcome::Wait,
            None => {}
        }
        match known_in_front(bytes, scene, ahead) {
            Known::Whole { which, found } => front.set_aside(bytes, which, found, scene),
            Known::Coming => return Outcome::Wait,
            Known::None if wanted_is_coming(bytes, wanted, scene) && ahead.may_grow() => {
                return Outcome::Wait;
            }
            Known::None => return Outcome::Different(front.difference(bytes, wanted, scene)),
        }
    }
    let bytes = &unread[front.at..];
    Outcome::Different(front.difference(bytes, wanted, scene))
}

/// The known message at the very front, if one is there in full: its place in `known`, and what was found.
#[must_use]
pub fn recognise(unread: &[u8], scene: &Scene<'_>, supply: Supply) -> Option<(usize, Found)> {
    let mut best: Option<(usize, Found)> = None;
    for (which, pattern) in scene.known.iter().enumerate() {
        if let Some(found) = in_full(pattern, unread, scene, Ahead::Stream(supply)).full()
            && best.as_ref().is_none_or(|(_, known)| known.len < found.len)
        {
            best = Some((which, found));
        }
    }
    best
}

/// How one message fares at the front of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum There {
    /// It is there, its end known.
    Whole(Found),
    /// More bytes may make it so, or make it longer.
    Coming,
    /// It is not there.
    No,
}

/// How one message fares at the front of a stream, for those who listen without expecting anything.
#[must_use]
pub fn is_there(pattern: &Pattern, unread: &[u8], scene: &Scene<'_>, supply: Supply) -> There {
    let ahead = Ahead::Stream(supply);
    match in_full(pattern, unread, scene, ahead) {
        Full::Whole(found) => There::Whole(found),
        Full::Growing => There::Coming,
        Full::No { coming: true } if ahead.may_grow() => There::Coming,
        Full::No { .. } => There::No,
    }
}

/// What the variants make of the front of the stream.
enum Choice {
    Take { variant: usize, found: Found },
    Wait,
}

/// A known notice that says more in its own words than a form with free holes.
enum Wordier {
    There,
    Coming,
    None,
}

/// Whether a known notice says in more words of its own what a form with free holes took: a list that is `{names}` and nothing else
/// would read `ana left` too, and the line end in front of `-- ana left` as a list of nobody.
fn wordier_known(bytes: &[u8], wanted: &Pattern, scene: &Scene<'_>) -> Wordier {
    let mut best = Wordier::None;
    let words = wanted.literal_len();
    let asides = scene.aside.iter().filter(|_| !wanted.is_literal());
    for aside in asides.filter(|aside| aside.literal_len() > words) {
        match in_full(aside, bytes, scene, Ahead::Stream(Supply::Settled)) {
            Full::Whole(known) if known.len > 0 => return Wordier::There,
            Full::No { coming: true } => best = Wordier::Coming,
            _ => {}
        }
    }
    best
}

/// The longest variant that is there in full, unless a longer one may still come. `None`: no variant is there in full.
fn choose(bytes: &[u8], wanted: &Expectation, scene: &Scene<'_>, ahead: Ahead) -> Option<Choice> {
    let mut whole: Vec<(usize, Found)> = Vec::new();
    let mut longer_possible = false;
    for (which, variant) in wanted.iter().enumerate() {
        match in_full(&variant.pattern, bytes, scene, ahead) {
            Full::Whole(found) => whole.push((which, found)),
            Full::Growing => longer_possible = true,
            Full::No { coming } => longer_possible |= coming && !bytes.is_empty(),
        }
    }
    whole.sort_by_key(|(which, found)| {
        let said = without_surplus_at_end(&bytes[..found.len], scene).len();
        let standing = wanted[*which].standing;
        (Reverse(said), standing, Reverse(found.len), *which)
    });
    let next_begins = |found: &Found| {
        let after = bytes.get(found.len..).unwrap_or_default();
        !after.is_empty() && reads_as_known(after, scene, ahead, LOOK_AHEAD)
    };
    // A body that would begin like another message is that message, not a body.
    if let Some((variant, found)) = whole.iter().find(|(_, found)| next_begins(found)) {
        return Some(Choice::Take {
            variant: *variant,
            found: *found,
        });
    }
    if longer_possible && ahead.may_grow() {
        return Some(Choice::Wait);
    }
    whole.first().map(|(variant, found)| Choice::Take {
        variant: *variant,
        found: *found,
    })
}

/// Whether a pattern is there, its end decided.
enum Full {
    Whole(Found),
    /// It is there, and nothing shows yet where it ends.
    Growing,
    No {
        /// Whether all bytes agree so far.
        coming: bool,
    },
}

impl Full {
    fn full(self) -> Option<Found> {
        match self {
            Full::Whole(found) => Some(found),
            _ => None,
        }
    }
}

fn in_full(pattern: &Pattern, bytes: &[u8], scene: &Scene<'_>, ahead: Ahead) -> Full {
    if scene.framing.is_framed() {
        return in_frame(pattern, bytes, scene);
    }
    match pattern.matches_prefix(bytes) {
        Prefix::Partial => Full::No { coming: true },
        Prefix::Differs(_) => Full::No { coming: false },
        Prefix::Full(found) => match found.tail {
            None => Full::Whole(found),
            Some(tail) => {
                let least = tail + pattern.least_tail();
                // A value that stopped before the bytes did, since the next is none of its type, does not go on; behind whole
                // lines a begun one may be another of them.
                let may_go_on = found.len == bytes.len() || pattern.ends_in_lines();
                let end = match next_known(bytes, least, found.len, scene, ahead) {
                    None if ahead.may_grow() && may_go_on => None,
                    next => Some(next.unwrap_or(found.len)),
                };
                match end {
                    Some(end) => {
                        let content = pattern.content_before(&bytes[..end]).min(found.content);
                        Full::Whole(Found {
                            len: end,
                            content,
                            tail: None,
                            captures: found.captures.cut_at(content),
                            ..found
                        })
                    }
                    None => Full::Growing,
                }
            }
        },
    }
}

/// The same where each message comes in a frame, and so has a known end.
fn in_frame(pattern: &Pattern, bytes: &[u8], scene: &Scene<'_>) -> Full {
    match scene.framing.decode(bytes, scene.limit) {
        Decoded::Incomplete => Full::No { coming: true },
        Decoded::Invalid(_) => Full::No { coming: false },
        Decoded::Message { content, len } => match pattern.captures_all(content) {
            None => Full::No { coming: false },
            Some(captures) => {
                let start = scene.framing.header_len();
                Full::Whole(Found {
                    len,
                    start,
                    content: start + content.len(),
                    tail: None,
                    captures,
                })
            }
        },
    }
}

/// The first place where a known message begins.
fn next_known(
    bytes: &[u8],
    least: usize,
    most: usize,
    scene: &Scene<'_>,
    ahead: Ahead,
) -> Option<usize> {
    let mut nearest = None;
    let letters = search::Letters::of(bytes.get(least..most).unwrap_or_default());
    let literals = scene.known.iter().map(Pattern::first_literal);
    for literal in literals.filter(|literal| letters.may_hold(literal)) {
        // What begins before the nearest may still end behind it.
        let end = nearest.map_or(most, |nearest: usize| most.min(nearest + literal.len()));
        let window = bytes.get(least..end).unwrap_or_default();
        let places = search::places(window, literal).map(|at| least + at);
        let mut nearer = places.filter(|at| nearest.is_none_or(|nearest| *at < nearest));
        let begins = |at: &usize| reads_as_known(&bytes[*at..], scene, ahead, LOOK_AHEAD);
        nearest = nearer.find(begins).or(nearest);
    }
    nearest
}

/// Whether the bytes are known messages, one after the other, as far as is looked. Where the bytes that are looked at end, what goes on
/// behind them may show otherwise.
fn reads_as_known(bytes: &[u8], scene: &Scene<'_>, ahead: Ahead, depth: usize) -> bool {
    let bytes = without_terminators(bytes);
    scene.known.iter().any(|pattern| {
        let begins = pattern.first_literal();
        if begins.is_empty() || !bytes.starts_with(begins) {
            return false;
        }
        match pattern.matches_prefix(bytes) {
            Prefix::Full(found) if found.tail.is_some() || depth == 0 => true,
            Prefix::Full(found) => match without_terminators(&bytes[found.len..]) {
                [] => ahead != Ahead::Unread,
                rest => reads_as_known(rest, scene, ahead, depth - 1),
            },
            Prefix::Partial | Prefix::Differs(_) => false,
        }
    })
}

/// What stands in front that the expectation is not about.
enum Known {
    Whole { which: usize, found: Found },
    Coming,
    None,
}

fn known_in_front(bytes: &[u8], scene: &Scene<'_>, ahead: Ahead) -> Known {
    let mut best: Option<(usize, Found)> = None;
    let mut coming = false;
    // A longer form of the same message: one that begins with a hole agrees with too much to be worth waiting for.
    let mut longer_coming = false;
    for (which, pattern) in scene.aside.iter().enumerate() {
        match in_full(pattern, bytes, scene, ahead) {
            Full::Whole(found) => {
                if best.as_ref().is_none_or(|(_, known)| known.len < found.len) {
                    best = Some((which, found));
                }
            }
            Full::Growing => coming = true,
            Full::No { coming: agrees } => {
                coming |= agrees;
                longer_coming |= agrees && !pattern.first_literal().is_empty();
            }
        }
    }
    match best {
        Some(_) if longer_coming && ahead.may_grow() => Known::Coming,
        Some((which, found)) if found.len > 0 => Known::Whole { which, found },
        _ if coming && ahead.may_grow() => Known::Coming,
        _ => Known::None,
    }
}

fn wanted_is_coming(bytes: &[u8], wanted: &Expectation, scene: &Scene<'_>) -> bool {
    bytes.is_empty()
        || wanted
            .iter()
            .any(|variant| reach(&variant.pattern, bytes, scene).1)
}

/// How many bytes agree with a pattern, and whether it merely stops short.
fn reach(pattern: &Pattern, bytes: &[u8], scene: &Scene<'_>) -> (usize, bool) {
    let header = scene.framing.header_len();
    let (content, offset) = match scene.framing.is_framed() {
        false => (bytes, 0),
        true => match scene.framing.decode(bytes, scene.limit) {
            Decoded::Incomplete => return (bytes.len(), true),
            Decoded::Invalid(_) => return (0, false),
            Decoded::Message { content, .. } => (content, header),
        },
    };
    match pattern.matches_prefix(content) {
        Prefix::Full(found) => (offset + found.len, false),
        Prefix::Partial => (offset + content.len(), !scene.framing.is_framed()),
        Prefix::Differs(at) => (offset + at, false),
    }
}

/// The terminators that programs add where a raw dialect has none.
const SURPLUS: [u8; 3] = [b'\r', b'\n', 0];

fn without_terminators(bytes: &[u8]) -> &[u8] {
    let start = bytes
        .iter()
        .position(|byte| !SURPLUS.contains(byte))
        .unwrap_or(bytes.len());
    &bytes[start..]
}

/// What a message says: a line terminator that the protocol does not have makes no form of it longer than another.
fn without_surplus_at_end<'a>(bytes: &'a [u8], scene: &Scene<'_>) -> &'a [u8] {
    if *scene.framing != Framing::Raw {
        return bytes;
    }
    let last = bytes.iter().rposition(|byte| !SURPLUS.contains(byte));
    &bytes[..last.map_or(0, |last| last + 1)]
}

/// How far the decision has come.
struct Front {
    at: usize,
    aside: Vec<Aside>,
    surplus: bool,
}

impl Front {
    /// Passes over line terminators in front, where the stream is raw and nothing wanted or known begins with one.
    fn skip_surplus(
        &mut self,
        unread: &[u8],
        wanted: &Expectation,
        other: &[Pattern],
        scene: &Scene<'_>,
    ) {
        let bytes = &unread[self.at..];
        let is_surplus = *scene.framing == Framing::Raw
            && bytes.first().is_some_and(|byte| SURPLUS.contains(byte))
            && !wanted
                .iter()
                .any(|variant| starts_like(&variant.pattern, bytes))
            && !other.iter().any(|pattern| starts_like(pattern, bytes));
        if is_surplus {
            self.at = unread.len() - without_terminators(bytes).len();
            self.surplus = true;
        }
    }

    fn set_aside(&mut self, bytes: &[u8], which: usize, found: Found, scene: &Scene<'_>) {
        let content = found.start..found.content;
        let fields = found.captures.fields(&scene.aside[which], &bytes[content]);
        self.aside.push(Aside {
            which,
            span: self.at + found.start..self.at + found.content,
            fields,
        });
        self.at += found.len;
    }

    fn take(
        mut self,
        unread: &[u8],
        variant: &Variant,
        which: usize,
        found: Found,
        scene: &Scene<'_>,
    ) -> Taken {
        let content = self.at + found.start..self.at + found.content;
        let fields = found
            .captures
            .fields(&variant.pattern, &unread[content.clone()]);
        self.at += found.len;
        self.skip_surplus(unread, &[], scene.known, scene);
        Taken {
            variant: which,
            content,
            len: self.at,
            fields,
            aside: self.aside,
            surplus_terminator: self.surplus,
        }
    }

    fn difference(self, bytes: &[u8], wanted: &Expectation, scene: &Scene<'_>) -> Difference {
        let reaches = wanted
            .iter()
            .map(|variant| reach(&variant.pattern, bytes, scene))
            .enumerate();
        let nearest = reaches.max_by_key(|(which, (at, _))| (*at, Reverse(*which)));
        let (variant, (at, short)) = nearest.unwrap_or_default();
        Difference {
            variant,
            start: self.at,
            at: self.at + at,
            short,
            aside: self.aside,
        }
    }
}

fn starts_like(pattern: &Pattern, bytes: &[u8]) -> bool {
    match pattern.matches_prefix(bytes) {
        Prefix::Full(found) => found.len > 0,
        Prefix::Partial => true,
        Prefix::Differs(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framing::{Align, Terminator};
    use crate::template::Template;
    use proptest::prelude::*;

    /// What the table's rows say: taken (which variant, its content), waiting, or different at a byte.
    #[derive(Debug, PartialEq)]
    enum Verdict {
        Take(usize, &'static str),
        Wait,
        Different(usize),
        Short(usize),
    }
    use Supply::{Closed, Open, Settled};
    use Verdict::{Different, Short, Take, Wait};

    fn pattern(template: &str) -> Pattern {
        Template::parse(template).unwrap().pattern()
    }

    fn variants(templates: &[&str]) -> Vec<Variant> {
        templates
            .iter()
            .map(|t| Variant {
                pattern: pattern(t),
                standing: Standing::Document,
            })
            .collect()
    }

    fn join() -> Vec<Variant> {
        variants(&[
            "200 OK - Connected\nBem-vindo(a), ana.",
            "200 OK - Connected",
            "200 OK - Connected\n{rest}",
        ])
    }

    fn known() -> Vec<Pattern> {
        [
            "NICK",
            "bia entrou no chat!",
            "[bia] saiu do chat.",
            "[bia]: {text}",
            "200 OK\nMensagem enviada.",
        ]
        .map(pattern)
        .into()
    }

    #[track_caller]
    fn judge(
        unread: &'static str,
        wanted: &[Variant],
        supply: Supply,
        expected: Verdict,
    ) -> Option<Taken> {
        let known = known();
        let scene = Scene {
            framing: &Framing::Raw,
            limit: 1024,
            aside: &known[..3],
            known: &known,
        };
        let outcome = decide(unread.as_bytes(), wanted, &scene, supply);
        let verdict = match &outcome {
            Outcome::Take(taken) => Take(taken.variant, &unread[taken.content.clone()]),
            Outcome::Wait => Wait,
            Outcome::Different(d) if d.short => Short(d.at),
            Outcome::Different(d) => Different(d.at),
        };
        assert_eq!(verdict, expected, "{unread:?} {supply:?}");
        match outcome {
            Outcome::Take(taken) => Some(taken),
            _ => None,
        }
    }

    #[test]
    fn the_longest_variant_wins_once_nothing_longer_can_come() {
        judge("", &join(), Open, Wait);
        judge("200 OK - Conn", &join(), Open, Wait);
        judge("200 OK - Connected", &join(), Open, Wait);
        judge(
            "200 OK - Connected",
            &join(),
            Settled,
            Take(1, "200 OK - Connected"),
        );
        judge(
            "200 OK - Connected",
            &join(),
            Closed,
            Take(1, "200 OK - Connected"),
        );
        judge(
            "200 OK - Connected\nBem-vindo(a), ana.",
            &join(),
            Settled,
            Take(0, "200 OK - Connected\nBem-vindo(a), ana."),
        );
        judge("200 OK - Connected\nOi, ana", &join(), Open, Wait);
        judge(
            "200 OK - Connected\nOi, ana",
            &join(),
            Settled,
            Take(2, "200 OK - Connected\nOi, ana"),
        );
        let ack = variants(&["200 OK\nMensagem enviada."]);
        judge(
            "200 OK\nMensagem enviada.",
            &ack,
            Open,
            Take(0, "200 OK\nMensagem enviada."),
        );
    }

    #[test]
    fn a_lazy_hole_ends_where_a_known_message_begins() {
        let glued = "200 OK - Connected\nOi, ana!bia entrou no chat!";
        judge(
            glued,
            &join(),
            Open,
            Take(2, "200 OK - Connected\nOi, ana!"),
        );
        judge(
            "200 OK - Connected\nSeu NICK vale",
            &join(),
            Settled,
            Take(2, "200 OK - Connected\nSeu NICK vale"),
        );
        judge(
            "200 OK - Connected[bia]: oi",
            &join(),
            Open,
            Take(1, "200 OK - Connected"),
        );
    }

    #[test]
    fn known_notices_in_front_are_set_aside() {
        let taken = judge(
            "NICKbia entrou no chat!200 OK - Connected",
            &join(),
            Settled,
            Take(1, "200 OK - Connected"),
        )
        .unwrap();
        assert_eq!(
            taken
                .aside
                .iter()
                .map(|aside| aside.which)
                .collect::<Vec<_>>(),
            [0, 1]
        );
        judge("NICKbia en", &join(), Open, Wait);
        judge("NICK", &join(), Open, Wait);
        judge("NICK", &join(), Settled, Short(4));
    }

    #[test]
    fn a_notice_is_set_aside_even_where_a_bare_list_would_read_it() {
        let taken = judge(
            "bia entrou no chat!ana, bia",
            &variants(&["{names}"]),
            Settled,
            Take(0, "ana, bia"),
        )
        .unwrap();
        assert_eq!(taken.aside.len(), 1);
    }

    #[test]
    fn a_typed_hole_at_the_end_is_over_where_its_type_is() {
        let known = ["you are {address}", "online:\n{names}", "ok"].map(pattern);
        let scene = Scene {
            framing: &Framing::Raw,
            limit: 1024,
            aside: &known[..1],
            known: &known,
        };
        let wanted = variants(&["ok"]);
        let bytes = b"you are ('127.0.0.1', 55994)ok";
        for cut in 0..bytes.len() - 1 {
            assert_eq!(decide(&bytes[..cut], &wanted, &scene, Open), Outcome::Wait);
        }
        let Outcome::Take(taken) = decide(bytes, &wanted, &scene, Open) else {
            panic!("the greeting hides the reply")
        };
        assert_eq!(taken.len, bytes.len());
    }

    #[test]
    fn the_longer_form_of_a_notice_is_waited_for() {
        let known = ["bia online \n", "bia online"].map(pattern);
        let scene = Scene {
            framing: &Framing::Raw,
            limit: 1024,
            aside: &known,
            known: &known,
        };
        let wanted = variants(&["[bia]: oi"]);
        assert_eq!(decide(b"bia online ", &wanted, &scene, Open), Outcome::Wait);
        assert!(matches!(
            decide(b"bia online \n[bia]: oi", &wanted, &scene, Open),
            Outcome::Take(_)
        ));
        assert!(matches!(
            decide(b"bia online[bia]: oi", &wanted, &scene, Open),
            Outcome::Take(_)
        ));
    }

    #[test]
    fn what_is_not_wanted_differs_at_its_byte() {
        judge("404 Not Found", &join(), Open, Different(0));
        judge("200 OK - Disconnecting", &join(), Open, Different(9));
        judge("NICK200 NO", &join(), Open, Different(8));
        judge("[bia]: oi", &join(), Open, Different(0));
        judge("200 OK - Conn", &join(), Closed, Short(13));
        judge("200 OK - Conn", &join(), Settled, Short(13));
    }

    #[test]
    fn a_surplus_terminator_in_a_raw_stream_is_passed_over_and_said() {
        let taken = judge(
            "200 OK - Connected\r\n[bia]: oi",
            &variants(&["200 OK - Connected"]),
            Open,
            Take(0, "200 OK - Connected"),
        )
        .unwrap();
        assert!(taken.surplus_terminator);
        assert_eq!(taken.len, 20);
        let taken = judge(
            "\n[bia]: oi",
            &variants(&["[bia]: oi"]),
            Open,
            Take(0, "[bia]: oi"),
        )
        .unwrap();
        assert!(taken.surplus_terminator);
        let taken = judge(
            "[bia]: oi",
            &variants(&["[bia]: oi"]),
            Open,
            Take(0, "[bia]: oi"),
        )
        .unwrap();
        assert!(!taken.surplus_terminator);
    }

    #[test]
    fn a_surplus_terminator_does_not_make_a_looser_form_the_longer_one() {
        let mut wanted = variants(&["Erro 01: em uso", "Erro 01: {rest}"]);
        wanted[1].standing = Standing::Tolerated;
        judge(
            "Erro 01: em uso\n",
            &wanted,
            Settled,
            Take(0, "Erro 01: em uso"),
        );
        judge(
            "Erro 01: em uso!\n",
            &wanted,
            Settled,
            Take(1, "Erro 01: em uso!\n"),
        );
    }

    #[test]
    fn in_a_delimited_stream_the_terminator_ends_the_message() {
        let lf = Terminator::new(b"\n".to_vec(), vec![b"\r\n".to_vec()]);
        let framing = Framing::Delimited(lf.clone());
        let wanted = [Variant {
            pattern: pattern("200 OK{rest}").terminated(Some(&lf)),
            standing: Standing::Document,
        }];
        let scene = Scene {
            framing: &framing,
            limit: 1024,
            aside: &[],
            known: &[],
        };
        let decide = |bytes: &[u8], supply| decide(bytes, &wanted, &scene, supply);
        assert!(matches!(
            decide(b"200 OK - oi\r\nmore", Open),
            Outcome::Take(Taken { len: 13, .. })
        ));
        assert_eq!(decide(b"200 OK - oi", Open), Outcome::Wait);
        assert!(matches!(
            decide(b"200 OK - oi", Settled),
            Outcome::Different(Difference {
                short: true,
                at: 11,
                ..
            })
        ));
    }

    #[test]
    fn the_next_line_is_a_body_unless_it_is_a_message() {
        let lf = Terminator::new(b"\n".to_vec(), vec![]);
        let framing = Framing::Delimited(lf.clone());
        let line = |template: &str| pattern(template).terminated(Some(&lf));
        let wanted = ["200 OK", "200 OK\n{rest}"].map(|t| Variant {
            pattern: line(t),
            standing: Standing::Accepted,
        });
        let known = [line("[bia]: {text}")];
        let scene = Scene {
            framing: &framing,
            limit: 1024,
            aside: &[],
            known: &known,
        };
        let taken = |bytes: &[u8], supply| match decide(bytes, &wanted, &scene, supply) {
            Outcome::Take(taken) => Some(taken.len),
            _ => None,
        };
        assert_eq!(taken(b"200 OK\nMensagem enviada\n", Open), Some(24));
        assert_eq!(taken(b"200 OK\n[bia]: oi\n", Open), Some(7));
        assert_eq!(taken(b"200 OK\n", Open), None);
        assert_eq!(taken(b"200 OK\n", Settled), Some(7));
    }

    #[test]
    fn in_frames_each_frame_is_one_message() {
        let framing = Framing::Header {
            width: 4,
            pad: b' ',
            align: Align::Left,
        };
        let known = [pattern("olá")];
        let scene = Scene {
            framing: &framing,
            limit: 1024,
            aside: &known,
            known: &known,
        };
        let wanted = variants(&["{body}!"]);
        let bytes = [framing.encode("olá".as_bytes()), framing.encode(b"oi!")].concat();
        let Outcome::Take(taken) = decide(&bytes, &wanted, &scene, Open) else {
            panic!()
        };
        assert_eq!(
            (taken.fields.get("body"), taken.len, taken.aside.len()),
            (Some(&b"oi"[..]), bytes.len(), 1)
        );
        assert_eq!(decide(&bytes[..10], &wanted, &scene, Open), Outcome::Wait);
    }

    #[test]
    fn a_known_message_at_the_end_of_the_first_bytes_may_be_part_of_a_text() {
        let known = known();
        let scene = Scene {
            framing: &Framing::Raw,
            limit: 1024,
            aside: &known[..3],
            known: &known,
        };
        let bytes = b"200 OK - Connected\nbem-vindo NICK\nbia";
        let few = bytes.len() - b"bia".len();
        let wait = decide_on_all(bytes, &join(), &scene, Ahead::Stream(Open));
        assert_eq!(wait, Outcome::Wait);
        let decided = decide_on_few(bytes, &join(), &scene, Open, few);
        assert_eq!(decided, Outcome::Wait);
    }

    #[test]
    fn a_line_end_is_no_list_of_nobody_where_a_notice_that_begins_with_one_may_be_coming() {
        let framing = Framing::Delimited(Terminator::new(b"\n".to_vec(), Vec::new()));
        let known = [pattern("\n-- {nick} went out\n")];
        let scene = Scene {
            framing: &framing,
            limit: 1024,
            aside: &known,
            known: &known,
        };
        let wanted = variants(&["{names}\n"]);
        let decided = |bytes: &[u8], supply| decide(bytes, &wanted, &scene, supply);
        assert_eq!(decided(b"\n", Open), Outcome::Wait);
        assert_eq!(decided(b"\n-- bi", Open), Outcome::Wait);
        assert!(matches!(decided(b"\n", Settled), Outcome::Take(_)));
        let both = b"\n-- bia went out\nana, caio\n";
        let Outcome::Take(taken) = decided(both, Open) else {
            panic!()
        };
        assert_eq!((taken.len, taken.aside.len()), (both.len(), 1));
    }

    #[test]
    fn a_list_of_lines_may_go_on_where_its_last_line_is_not_ended() {
        let line = Terminator::new(b"\n".to_vec(), Vec::new());
        let framing = Framing::Delimited(line.clone());
        let known = [pattern("MSG {text}").terminated(Some(&line))];
        let scene = Scene {
            framing: &framing,
            limit: 1024,
            aside: &[],
            known: &known,
        };
        let wanted = [Variant {
            pattern: pattern("Users:\n{names:lines}").terminated(Some(&line)),
            standing: Standing::Document,
        }];
        let taken = |bytes: &[u8], supply| match decide(bytes, &wanted, &scene, supply) {
            Outcome::Take(taken) => Some(taken.len),
            _ => None,
        };
        assert_eq!(taken(b"Users:\n ana\n bi", Open), None);
        assert_eq!(taken(b"Users:\n ana\n bia\n", Open), None);
        assert_eq!(taken(b"Users:\n ana\n bia\n", Settled), Some(17));
        assert_eq!(taken(b"Users:\n ana\n bia\nMSG oi\n", Open), Some(17));
    }

    proptest! {
        #[test]
        fn any_bytes_at_all_are_judged(bytes in proptest::collection::vec(any::<u8>(), 0..120), text in "(NICK|bia|200 OK|\n| entrou no chat!|\\[bia\\]: ){0,8}") {
            let known = known();
            let scene = Scene { framing: &Framing::Raw, limit: 1024, aside: &known[..3], known: &known };
            for bytes in [&bytes[..], text.as_bytes()] {
                for supply in [Open, Settled, Closed] {
                    match decide(bytes, &join(), &scene, supply) {
                        Outcome::Take(taken) => prop_assert!(taken.len <= bytes.len()),
                        Outcome::Different(d) => prop_assert!(d.at <= bytes.len() && d.start <= d.at),
                        Outcome::Wait => prop_assert_eq!(supply, Open),
                    }
                }
            }
        }

        #[test]
        fn few_bytes_decide_as_all_do(text in "(200 OK - Connected\n)?(NICK|bia|200 OK( - Connected)?|\n|Bem-vindo\\(a\\), ana\\.| entrou no chat!|\\[bia\\]: |x){0,20}", few in 1usize..60) {
            let known = known();
            let scene = Scene { framing: &Framing::Raw, limit: 1024, aside: &known[..3], known: &known };
            for supply in [Open, Settled, Closed] {
                let on_all = decide_on_all(text.as_bytes(), &join(), &scene, Ahead::Stream(supply));
                let on_few = decide_on_few(text.as_bytes(), &join(), &scene, supply, few);
                // Where nothing fits, the caret stands where it can be seen.
                match (&on_all, &on_few) {
                    (Outcome::Different(all), Outcome::Different(few)) => {
                        prop_assert_eq!((all.start, &all.aside), (few.start, &few.aside));
                    }
                    _ => prop_assert_eq!(on_all, on_few),
                }
            }
        }

        #[test]
        fn what_was_taken_is_taken_too_when_it_comes_in_pieces(cut in 0usize..60) {
            let bytes = b"NICKbia entrou no chat!200 OK - Connected\nBem-vindo(a), ana.";
            let known = known();
            let scene = Scene { framing: &Framing::Raw, limit: 1024, aside: &known[..3], known: &known };
            let cut = cut.min(bytes.len() - 1);
            prop_assert_eq!(decide(&bytes[..cut], &join(), &scene, Open), Outcome::Wait);
        }
    }
}
