//! What servers say: recognised by content, with the forms first that answer what was asked.

use std::cmp::Reverse;
use std::ops::Range;
use std::rc::Rc;

use memchr::memmem;
use protocol::framing::Decoded;
use protocol::matching::{Standing, Supply, There, is_there, recognise};
use protocol::message::{CommandKind, Direction, Fields, NoticeKind, Phase, Reason};
use protocol::pattern::{Found as Match, Pattern};

use super::client::{ends_in_a_letter, without_terminators};
use super::lexicon::{Known, Point};
use super::message::{MessageKind, Shape};
use super::scan::{Found, Scan, Window, answers};

/// A message that grows segment by segment is read again up to this length, in bytes: beyond any dialect's limit.
const LONGEST: usize = 1 << 16;

/// A text that comes in small segments is waited for up to this length, in bytes, since it is read again with each of them.
const SHORT: usize = 4096;

/// The holes for what is handed on, and for who said it.
const TEXT: &str = "text";
const FROM: &str = "from";

/// How many places are tried for a known message behind bytes that nothing explains.
const PLACES: usize = 64;

impl<'a> Scan<'a> {
    /// A server's segment in a raw stream: as many messages as it holds.
    pub(super) fn raw_replies(&mut self, window: Window<'a>) {
        if self.go_on_with_last(window) {
            return;
        }
        while self.start(Direction::ToClient) < window.end {
            let start = self.start(Direction::ToClient);
            let bytes = window.from(start);
            let known = self.known();
            let found = self
                .reply_at(&known, window, start)
                .or_else(|| self.welcome_again(window, start));
            let standing = found.as_ref().map(|found| found.standing);
            let is_poor = standing.is_none_or(|standing| standing == Standing::Tolerated);
            let may_go_on = window.goes_on || (window.more_comes && is_poor);
            let is_begun = |found: &Found| self.is_begun(found, window);
            // What has no words of its own may be the beginning of anything that has, whatever is said meanwhile.
            let is_only_begun =
                |found: &Found| self.is_wordless(found.kind) && known.begins_longer(bytes, found);
            let is_half = |found: &Found| {
                window.goes_on && known.begins_longer(bytes, found)
                    || window.more_comes && is_only_begun(found)
            };
            if may_go_on && known.begins_better(bytes, standing)
                || found.as_ref().is_some_and(is_half)
                || window.more_comes && found.as_ref().is_some_and(is_begun)
            {
                return;
            }
            if found.as_ref().is_some_and(is_only_begun) {
                return self.take_unrecognised(window, start..window.end, Shape::Framed);
            }
            let found = found.or_else(|| self.with_inner_terminators(&known, window, start));
            if let Some(found) = found {
                self.push(Direction::ToClient, found);
            } else if start > 0 && is_terminator(bytes[0]) {
                let end = start
                    + bytes
                        .iter()
                        .take_while(|byte| is_terminator(**byte))
                        .count();
                self.lengthen_last(window, end);
            } else {
                let Some(length) = self.unexplained(&known, bytes) else {
                    return;
                };
                let end = start + length;
                self.take_unrecognised(window, start..end, Shape::Framed);
            }
        }
    }

    /// Reads the server's last message again where this segment seems to go on with it, whatever the client said meanwhile: it
    /// was cut within a letter, or these bytes are nothing by themselves and more of it together with the last. Whether there must be
    /// more of them until that can be told.
    fn go_on_with_last(&mut self, window: Window<'a>) -> bool {
        let start = self.start(Direction::ToClient);
        let Some((at, last)) = self
            .last_of(Direction::ToClient)
            .and_then(|at| Some((at, self.message(at)?)))
        else {
            return false;
        };
        let was_last = self.last(Direction::ToClient).is_some();
        let (from, to) = (last.range.start, last.range.end);
        let before = window.stream.bytes.get(from..to).unwrap_or_default();
        let cut_in_a_letter = ends_in_a_letter(before);
        let is_full = window
            .stream
            .piece_at(to.saturating_sub(1))
            .is_some_and(|piece| piece.length >= super::scan::FULL_SEGMENT);
        if to != start
            || window.end - from > LONGEST
            || !(was_last && (cut_in_a_letter || is_full) || window.may_belong_to(last))
            || window.stream.has_gap(start..=start)
            || self.lacks_next(Direction::ToServer)
        {
            return false;
        }
        let known = self.known();
        // The last message may have changed what is expected: it is read as what it was, only longer.
        let same = self.lexicon.only(last.kind, self.phase);
        if window.more_comes && same.begins_in_a_better_form(window.from(from), last.standing) {
            return true;
        }
        let longer = self
            .longest_of(&same, &known, window, from)
            .filter(|found| found.range.end != to);
        let is_completed = longer
            .as_ref()
            .is_some_and(|longer| longer.standing < last.standing);
        // Where the client asked for something meanwhile, words that nobody knows may as well answer that.
        let ends_here = |longer: &Found| longer.range.end < window.end;
        let is_worse = longer
            .as_ref()
            .is_some_and(|longer| longer.standing > last.standing);
        // What was whole goes on with nothing that may become another message, or would have.
        let rest = window.from(start);
        if is_worse && window.more_comes && known.begins_better(rest, None) {
            return true;
        }
        if is_worse && window.end == window.stream.bytes.len() && known.begins_with_words(rest) {
            return false;
        }
        let has_an_end = |longer: &Found| {
            longer.standing < Standing::Tolerated && (!self.waits_for_reply() || ends_here(longer))
        };
        if !was_last && !is_completed && !longer.as_ref().is_some_and(has_an_end) {
            return false;
        }
        let by_itself = self
            .reply_at(&known, window, start)
            .or_else(|| self.welcome_again(window, start));
        let is_loose = |found: &Found| found.standing == Standing::Tolerated;
        let is_new = by_itself.is_some_and(|found| {
            !self.is_only_more(found.kind) && (!is_loose(&found) || !(is_full || is_completed))
        });
        if is_new && !cut_in_a_letter {
            return false;
        }
        let may_go_on = window.goes_on || window.more_comes;
        if may_go_on
            && !cut_in_a_letter
            && !is_completed
            && !longer.as_ref().is_some_and(ends_here)
            && known.begins_with_words(window.from(start))
        {
            return false;
        }
        if let Some(found) = longer {
            self.lengthen(at, found);
        }
        false
    }

    /// Whether something was asked to which the dialect has a reply, be it the copy of a text.
    fn waits_for_reply(&self) -> bool {
        let is_answered = |asked: MessageKind| {
            let mut replies = self.dialect.replies();
            asked == MessageKind::Request(CommandKind::Say) && self.dialect.echoes()
                || replies.any(|reply| answers(asked, reply.kind))
        };
        self.pending.first_that(is_answered).is_some()
    }

    /// Whether a reply has no words of its own, and nobody waits for one: then nothing shows that it is another.
    fn is_only_more(&self, kind: MessageKind) -> bool {
        let MessageKind::Reply(reply) = kind else {
            return false;
        };
        let is_answered = |asked| answers(asked, reply);
        self.is_wordless(kind) && self.pending.first_that(is_answered).is_none()
    }

    fn is_wordless(&self, kind: MessageKind) -> bool {
        let MessageKind::Reply(reply) = kind else {
            return false;
        };
        let forms = self.dialect.reply(reply).map_or(&[][..], |one| &one.forms);
        let mut patterns = forms.iter().map(|form| form.template.pattern());
        patterns.all(|pattern| pattern.literal_len() == 0)
    }

    /// The longest message at `start` in one of some forms; what ends it may be any message.
    fn longest_of(
        &self,
        forms: &Known,
        known: &Known,
        window: Window<'_>,
        start: usize,
    ) -> Option<Found> {
        let bytes = window.from(start);
        let scene = known.for_bytes(bytes).scene();
        let there = forms
            .patterns
            .iter()
            .enumerate()
            .filter_map(
                |(which, one)| match is_there(one, bytes, &scene, Supply::Settled) {
                    There::Whole(found) => Some((which, found)),
                    There::Coming | There::No => None,
                },
            );
        let longest = there.max_by_key(|(which, found)| (found.len, Reverse(*which)))?;
        let letter = forms.to_the_letter(bytes, longest, &scene, window.more_comes);
        let (which, found) = forms.before_a_known(bytes, letter, &scene);
        self.as_found(forms, bytes, start, which, found)
    }

    /// A welcome to a member, which nothing asks for: known, though not expected.
    fn welcome_again(&self, window: Window<'_>, start: usize) -> Option<Found> {
        if self.phase == Phase::Joining {
            return None;
        }
        let kind = MessageKind::Reply(NoticeKind::Welcome.into());
        let welcome = self.lexicon.only(kind, self.phase);
        self.reply_at(&welcome, window, start)
            .filter(|found| found.standing != Standing::Tolerated)
    }

    /// A message with line terminators in its middle, where a name or a text was taken over with those that its client sent.
    fn with_inner_terminators(
        &self,
        known: &Known,
        window: Window<'_>,
        start: usize,
    ) -> Option<Found> {
        let bytes = window.from(start);
        let (mut text, mut places) = (Vec::new(), Vec::new());
        for byte in bytes {
            match is_terminator(*byte) {
                true => places.push(text.len()),
                false => text.push(*byte),
            }
        }
        if places.is_empty() || text.is_empty() {
            return None;
        }
        let (which, found) = recognise(&text, &known.scene(), Supply::Settled)?;
        let (kind, standing) = *known.meanings.get(which)?;
        let pattern = known.patterns.get(which)?;
        let in_a_hole = |place: &usize| {
            let mut holes = found.captures.spans(pattern);
            holes.any(|(_, hole)| hole.start <= *place && *place <= hole.end)
        };
        let is_whole = found.len == text.len() && found.start == 0;
        (is_whole && places.iter().all(in_a_hole)).then(|| Found {
            kind: MessageKind::Reply(kind),
            fields: found.captures.fields(pattern, &text),
            range: start..window.end,
            content: start..start + without_terminators(bytes).len(),
            standing,
            shape: Shape::SurplusTerminator,
        })
    }

    /// Whether the next that the server says is there and holds no refusal of a command.
    pub(super) fn answered_without_refusal(&self) -> bool {
        let start = self.start(Direction::ToClient);
        let stream = self.stream(Direction::ToClient);
        let Some(next) = stream.piece_at(start) else {
            return false;
        };
        let bytes = stream
            .bytes
            .get(start..next.offset + next.length)
            .unwrap_or_default();
        let refusals = [Reason::UnknownCommand, Reason::Malformed];
        let forms = refusals
            .iter()
            .filter_map(|reason| self.dialect.reply(*reason));
        let mut literals = forms
            .flat_map(|reply| &reply.forms)
            .map(|form| form.template.pattern().first_literal().to_vec());
        !literals.any(|literal| literal.len() > 2 && memmem::find(bytes, &literal).is_some())
    }

    /// The known message at `start`, if there is one.
    fn reply_at(&self, known: &Known, window: Window<'_>, start: usize) -> Option<Found> {
        let bytes = window.from(start);
        let (known, longest) = known.read(bytes);
        let letter = known.to_the_letter(bytes, longest?, &known.scene(), window.more_comes);
        let (which, found) = known.before_a_known(bytes, letter, &known.scene());
        self.as_found(known, bytes, start, which, found)
    }

    /// What one of these forms has found in the bytes from `start` on.
    fn as_found(
        &self,
        known: &Known,
        bytes: &[u8],
        start: usize,
        which: usize,
        found: Match,
    ) -> Option<Found> {
        let (kind, standing) = *known.meanings.get(which)?;
        let pattern = known.patterns.get(which)?;
        if found.len == 0 {
            return None;
        }
        let copied = self.end_of_copy(known, pattern, bytes, &found);
        let whole = bytes.get(found.start..copied.unwrap_or(found.content))?;
        // A free text at the end has taken the terminator that some programs add, or a message that ends so.
        let is_free = pattern.is_open_ended() && copied.is_none();
        let is_added = is_free && !self.lexicon.ends_a_message(whole);
        let text = match is_added {
            true => without_terminators(whole),
            false => whole,
        };
        let is_surplus = text.len() < whole.len();
        let fields = pattern
            .matches_all(text)
            .filter(|_| is_surplus || copied.is_some());
        Some(Found {
            kind: MessageKind::Reply(kind),
            fields: fields.unwrap_or_else(|| found.captures.fields(pattern, whole)),
            range: start..start + copied.unwrap_or(found.len),
            content: start + found.start..start + found.start + text.len(),
            standing,
            shape: match is_surplus {
                true => Shape::SurplusTerminator,
                false => Shape::Framed,
            },
        })
    }

    /// Where it ends if it hands on what a client said, and nothing or a known message follows; counted in the bytes.
    fn end_of_copy(
        &self,
        known: &Known,
        pattern: &Pattern,
        bytes: &[u8],
        found: &Match,
    ) -> Option<usize> {
        let whole = bytes.get(found.start..found.content)?;
        let text = found.captures.span(pattern, TEXT)?;
        if !pattern.is_open_ended() || text.end < whole.len() {
            return None;
        }
        let from = found.captures.span(pattern, FROM);
        let from = from.and_then(|from| whole.get(from));
        let begin = found.start + text.start;
        let end = begin + self.texts.length(from, bytes.get(begin..)?)?;
        let rest = bytes.get(end..)?;
        let may_follow = rest.is_empty()
            || recognise(rest, &known.scene(), Supply::Settled).is_some()
            || known.begins_better(rest, None);
        may_follow.then_some(end)
    }

    /// Whether it is the copy of a text of which more must follow.
    fn is_begun(&self, found: &Found, window: Window<'_>) -> bool {
        let Some(text) = found.fields.get(TEXT) else {
            return false;
        };
        let is_short = text.len() <= SHORT || window.last_segment >= super::scan::FULL_SEGMENT;
        is_short
            && found.content.end == window.end
            && window.from(found.content.start).ends_with(text)
            && self.texts.is_begun(found.fields.get(FROM), text)
    }

    /// A message of the server whose content is known to be whole.
    pub(super) fn whole_reply(
        &self,
        text: &[u8],
        range: Range<usize>,
        content: Range<usize>,
        shape: Shape,
    ) -> Found {
        let known = self.known_content();
        let fits = |(which, pattern): (usize, &Pattern)| Some((which, pattern.matches_all(text)?));
        let found = known.patterns.iter().enumerate().find_map(fits);
        let meaning = found.and_then(|(which, fields)| {
            let (kind, standing) = known.meanings.get(which)?;
            Some((MessageKind::Reply(*kind), fields, *standing))
        });
        let (kind, fields, standing) =
            meaning.unwrap_or((MessageKind::Unrecognised, Fields::new(), Standing::Document));
        Found {
            kind,
            fields,
            range,
            content,
            standing,
            shape,
        }
    }

    /// How many bytes pass before something known begins, or the message ends; `None` while its end is not there.
    fn unexplained(&self, known: &Known, bytes: &[u8]) -> Option<usize> {
        let begins = |at: &usize| {
            let rest = bytes.get(*at..).unwrap_or_default();
            recognise(rest, &known.scene(), Supply::Settled).is_some()
        };
        let literals = known.patterns.iter().map(Pattern::first_literal);
        let mut places: Vec<usize> = literals
            .filter(|literal| !literal.is_empty())
            .flat_map(|literal| memmem::find_iter(bytes, literal).take(PLACES))
            .filter(|at| *at > 0)
            .collect();
        places.sort_unstable();
        places.dedup();
        let next = places.into_iter().take(PLACES).find(begins);
        let framing = self.dialect.framing(Direction::ToClient, self.phase);
        let end = match framing.decode(bytes, LONGEST) {
            Decoded::Message { len, .. } if len > 0 => Some(len),
            Decoded::Incomplete => None,
            Decoded::Message { .. } | Decoded::Invalid(_) => Some(bytes.len()),
        };
        match (next, end) {
            (Some(next), Some(end)) => Some(next.min(end)),
            (next, end) => next.or(end),
        }
    }

    /// What the server may say now, as it stands in the stream.
    fn known(&self) -> Rc<Known> {
        self.lexicon.known(self.point(true))
    }

    /// The same for a content without its framing.
    fn known_content(&self) -> Rc<Known> {
        self.lexicon.known(self.point(false))
    }

    /// Where the session stood when the server began to say what comes next: it answers nothing that was asked later.
    fn point(&self, in_stream: bool) -> Point {
        let asked = self.pending.len().saturating_sub(self.asked_since());
        let first = self.pending.first().filter(|_| asked > 0);
        let is_join = |asked| asked == MessageKind::Request(CommandKind::Join);
        let join = self.pending.first_that(is_join);
        Point {
            phase: self.phase,
            asked: first.map(|(_, kind)| kind),
            naming: first
                .zip(join)
                .is_some_and(|((first, _), join)| join < first + asked),
            prompted: self.prompted,
            in_stream,
        }
    }
}

fn is_terminator(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | 0)
}
