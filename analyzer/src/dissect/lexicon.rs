//! What a server may say at each point of a session, worked out once for all conversations that speak the dialect.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::rc::Rc;

use memchr::memmem;
use protocol::Dialect;
use protocol::dialect::{Form, Reply};
use protocol::framing::Framing;
use protocol::matching::{Scene, Standing, Supply, There, is_there, recognise};
use protocol::message::{CommandKind, Direction, NoticeKind, Phase, Reason, ReplyKind};
use protocol::pattern::{Found, Pattern, Prefix};
use protocol::template::{HoleKind, Part};
use rustc_hash::FxHashMap;

use super::client::without_terminators;
use super::message::MessageKind;
use super::scan::{Found as Recognised, answers};

/// All that decides what a server may say next, and which of it is the likeliest.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Point {
    pub(super) phase: Phase,
    /// The first request that nothing has answered yet.
    pub(super) asked: Option<MessageKind>,
    /// Whether a name waits for its reply.
    pub(super) naming: bool,
    /// Whether the server has asked for a name, or may have where nobody saw it.
    pub(super) prompted: bool,
    /// Whether what is read stands in a stream, with its terminator; else it is a content by itself.
    pub(super) in_stream: bool,
}

/// The forms of one dialect's messages, by where a session stands.
pub(super) struct Lexicon<'d> {
    dialect: &'d Dialect,
    known: RefCell<FxHashMap<Point, Rc<Known>>>,
    only: RefCell<FxHashMap<(MessageKind, Phase), Rc<Known>>>,
    by_content: bool,
    /// The words at the end of messages whose last is a line terminator.
    ends: Vec<&'d [u8]>,
}

/// The forms that a server's message may have at a point of the session, the likeliest first.
pub(super) struct Known {
    pub(super) patterns: Vec<Pattern>,
    pub(super) meanings: Vec<(ReplyKind, Standing)>,
    /// The same without forms that begin like any number or word, or have no words, where there are such: inside a text they
    /// mean nothing.
    definite: Option<Box<Known>>,
}

/// A tolerated form that begins with less says nothing where it stands in the middle of other bytes, in bytes.
const TELLING: usize = 4;

impl<'d> Lexicon<'d> {
    pub(super) fn new(dialect: &'d Dialect) -> Self {
        Self {
            dialect,
            known: RefCell::default(),
            only: RefCell::default(),
            by_content: is_told_by_content(dialect),
            ends: message_ends(dialect).collect(),
        }
    }

    /// Whether bytes end as a message of the dialect does that has a line terminator of its own.
    pub(super) fn ends_a_message(&self, bytes: &[u8]) -> bool {
        self.ends.iter().any(|end| bytes.ends_with(end))
    }

    pub(super) fn dialect(&self) -> &'d Dialect {
        self.dialect
    }

    /// Whether a terminator does not always end a message of the server, so that messages must be told by their content.
    pub(super) fn by_content(&self) -> bool {
        self.by_content
    }

    /// What the server may say at a point.
    pub(super) fn known(&self, point: Point) -> Rc<Known> {
        let mut known = self.known.borrow_mut();
        let entry = known.entry(point).or_insert_with(|| {
            let forms = self.expected(point);
            Rc::new(Known::new(forms.into_iter(), |kind, form| {
                match point.in_stream {
                    true => self.pattern(kind, form, point.phase),
                    false => self.bare_pattern(form),
                }
            }))
        });
        Rc::clone(entry)
    }

    /// The forms of one kind of message, whatever was asked.
    pub(super) fn only(&self, kind: MessageKind, phase: Phase) -> Rc<Known> {
        let mut only = self.only.borrow_mut();
        let entry = only.entry((kind, phase)).or_insert_with(|| {
            let replies = self.dialect.replies();
            let same = replies
                .filter(|reply| MessageKind::Reply(reply.kind) == kind)
                .flat_map(|reply| forms(reply.kind, &reply.forms));
            Rc::new(Known::new(same, |kind, form| {
                self.pattern(kind, form, phase)
            }))
        });
        Rc::clone(entry)
    }

    /// What recognises a form in the stream, with the terminator that this message has.
    fn pattern(&self, kind: ReplyKind, form: &Form, phase: Phase) -> Pattern {
        let framing = self.dialect.reply_framing(kind, phase);
        self.bare_pattern(form).terminated(framing.terminator())
    }

    fn bare_pattern(&self, form: &Form) -> Pattern {
        self.dialect.with_its_names(form.template.pattern())
    }

    /// The forms of what the server may say: first those that answer what was asked, and notices of who comes and goes that say
    /// more in their own words; then by how definite they are. Before anything was asked, nothing is refused. What has no words of
    /// its own is what nothing else is: a list that is `{names}` alone would read `ana left` too.
    fn expected(&self, point: Point) -> Vec<(ReplyKind, &'d Form)> {
        let is_answer = |kind: ReplyKind| point.asked.is_some_and(|asked| answers(asked, kind));
        let declared_first = |kind: ReplyKind| {
            let before = self.dialect.reply(kind).map(|reply| reply.before.len());
            before.unwrap_or_default() > 0
        };
        let mut forms: Vec<_> = self
            .dialect
            .replies()
            .filter(|reply| self.may_come(reply.kind, point))
            .flat_map(|reply| forms(reply.kind, &reply.forms))
            .chain(step_forms(self.dialect, point.phase))
            .collect();
        forms.sort_by_key(|(kind, form)| {
            let is_answer = is_answer(*kind);
            let is_early = matches!(kind, ReplyKind::Refused(_)) && point.asked.is_none();
            (
                is_early,
                !((is_answer && form.standing < Standing::Tolerated || is_notice(*kind))
                    && literal_length(form) > 0),
                !declared_first(*kind),
                Reverse(literal_length(form)),
                !is_answer,
                form.standing,
            )
        });
        forms
    }

    /// A member is not asked for a name, nor refused one, nor welcomed again. Where nobody is welcomed, all are members at once.
    /// A refusal in the words of the question is the question where that has not come yet: its client spoke first.
    fn may_come(&self, kind: ReplyKind, point: Point) -> bool {
        let joining = point.phase == Phase::Joining;
        match kind {
            ReplyKind::Notice(NoticeKind::Greeting | NoticeKind::Prompt) => {
                joining || self.dialect.reply(NoticeKind::Welcome).is_none()
            }
            ReplyKind::Notice(NoticeKind::Welcome) => joining,
            ReplyKind::Refused(Reason::NameInUse | Reason::NameBlank | Reason::NameInvalid) => {
                let is_question = |reply: &Reply| reply.before.contains(&NoticeKind::Prompt.into());
                joining
                    && point.naming
                    && (point.prompted || !self.dialect.reply(kind).is_some_and(is_question))
            }
            _ => true,
        }
    }
}

/// The words at the end of a dialect's messages whose last is a line terminator of their own.
pub(crate) fn message_ends(dialect: &Dialect) -> impl Iterator<Item = &[u8]> {
    let forms = dialect.replies().flat_map(|reply| &reply.forms);
    let last = forms.filter_map(|form| match form.template.parts().last() {
        Some(Part::Literal(literal)) => Some(literal.as_slice()),
        _ => None,
    });
    last.filter(|words| {
        let text = without_terminators(words);
        !text.is_empty() && text.len() < words.len()
    })
}

impl Known {
    fn new<'f>(
        forms: impl Iterator<Item = (ReplyKind, &'f Form)>,
        pattern: impl Fn(ReplyKind, &Form) -> Pattern,
    ) -> Self {
        let all = forms.map(|(kind, form)| (pattern(kind, form), (kind, form.standing)));
        let (patterns, meanings): (Vec<_>, Vec<_>) = all.unzip();
        let definite = patterns.iter().zip(&meanings).filter(|one| !is_vague(one));
        let definite: (Vec<_>, Vec<_>) = definite.map(|(a, b)| (a.clone(), *b)).unzip();
        let is_less = definite.0.len() < patterns.len();
        Self {
            patterns,
            meanings,
            definite: is_less.then(|| {
                Box::new(Self {
                    patterns: definite.0,
                    meanings: definite.1,
                    definite: None,
                })
            }),
        }
    }

    /// The forms by which to read these bytes: vague ones only where the bytes begin with one, and are nothing that is more
    /// definite and has as many words of its own.
    pub(super) fn for_bytes(&self, bytes: &[u8]) -> &Self {
        match &self.definite {
            None => self,
            Some(definite) if self.vague_words(bytes).is_none() => definite,
            Some(_) => self.read(bytes).0,
        }
    }

    /// The same forms, and which of them is there.
    pub(super) fn read(&self, bytes: &[u8]) -> (&Self, Option<(usize, Found)>) {
        let found = |known: &Self| recognise(bytes, &known.scene(), Supply::Settled);
        let Some(definite) = &self.definite else {
            return (self, found(self));
        };
        let whole = found(definite);
        match self.vague_words(bytes) {
            Some(words) if !definite.is_meant(whole, words) => (self, found(self)),
            _ => (definite, whole),
        }
    }

    /// How many bytes of its own words the longest vague form has with which the bytes begin.
    fn vague_words(&self, bytes: &[u8]) -> Option<usize> {
        let forms = self.patterns.iter().zip(&self.meanings);
        let vague = forms.filter(is_vague).map(|(form, _)| form);
        vague
            .filter(|form| bytes.starts_with(form.first_literal()))
            .map(Pattern::literal_len)
            .max()
    }

    /// Whether it is a message in a form that is not merely tolerated, with so many bytes of its own words.
    fn is_meant(&self, found: Option<(usize, Found)>, words: usize) -> bool {
        found.is_some_and(|(which, _)| {
            self.meanings[which].1 < Standing::Tolerated
                && self.patterns[which].literal_len() >= words
        })
    }

    pub(super) fn scene(&self) -> Scene<'_> {
        Scene {
            framing: &Framing::Raw,
            limit: usize::MAX,
            aside: &[],
            known: &self.patterns,
        }
    }

    /// The same message in a form with an end of its own, where one with a free text at its end has swallowed what follows
    /// it, and that is a message by itself, or may become one where more comes.
    pub(super) fn to_the_letter(
        &self,
        bytes: &[u8],
        longest: (usize, Found),
        scene: &Scene<'_>,
        more_comes: bool,
    ) -> (usize, Found) {
        let (which, swallowed) = longest;
        let is_open = self.patterns.get(which).is_some_and(Pattern::is_open_ended);
        let Some((kind, standing)) = self.meanings.get(which).copied().filter(|_| is_open) else {
            return longest;
        };
        let is_message = |rest: &[u8]| {
            recognise(rest, scene, Supply::Settled).is_some()
                || more_comes && standing == Standing::Tolerated && self.begins_better(rest, None)
        };
        let forms = self.patterns.iter().zip(&self.meanings).enumerate();
        let same = forms.filter(|(_, (pattern, meaning))| {
            meaning.0 == kind && meaning.1 <= standing && !pattern.is_open_ended()
        });
        for (which, (pattern, _)) in same {
            if let There::Whole(found) = is_there(pattern, bytes, scene, Supply::Settled)
                && found.len < swallowed.len
                && bytes.get(found.len..).is_some_and(is_message)
            {
                return (which, found);
            }
        }
        longest
    }

    /// The same message in a form that ends where another begins, where this one has taken the first bytes of that other for
    /// a word of its own: `XYZZY200 OK`.
    pub(super) fn before_a_known(
        &self,
        bytes: &[u8],
        longest: (usize, Found),
        scene: &Scene<'_>,
    ) -> (usize, Found) {
        let has_known_rest = |found: &Found| {
            let rest = bytes.get(found.len..).unwrap_or_default();
            recognise(rest, scene, Supply::Settled).is_some()
        };
        let meaning = self.meanings.get(longest.0);
        let Some((kind, standing)) = meaning.filter(|_| longest.1.len < bytes.len()) else {
            return longest;
        };
        if has_known_rest(&longest.1) {
            return longest;
        }
        let forms = self.patterns.iter().zip(&self.meanings).enumerate();
        let same = forms.filter(|(_, (_, meaning))| {
            meaning.0 == *kind && meaning.1 <= (*standing).max(Standing::Accepted)
        });
        let there = same.filter_map(|(which, (pattern, _))| {
            match is_there(pattern, bytes, scene, Supply::Settled) {
                There::Whole(found) if found.len < longest.1.len => Some((which, found)),
                _ => None,
            }
        });
        let known = there.filter(|(_, found)| has_known_rest(found));
        known.max_by_key(|(_, found)| found.len).unwrap_or(longest)
    }

    /// Whether the bytes may be the beginning of something better than what they seem to be: of anything where they are
    /// nothing, of a form that is not merely tolerated where theirs is.
    pub(super) fn begins_better(&self, bytes: &[u8], found: Option<Standing>) -> bool {
        let is_enough =
            |standing| found.is_some_and(|found| found < Standing::Tolerated || found <= standing);
        let forms = self.patterns.iter().zip(&self.meanings);
        forms
            .filter(|(_, (_, standing))| !is_enough(*standing))
            .any(|(pattern, _)| pattern.matches_prefix(bytes) == Prefix::Partial)
    }

    /// Whether the bytes, which were found to be a message as far as they go, may be the beginning of a longer one: of the same in
    /// a better form, or of any that begins with its own words.
    pub(super) fn begins_longer(&self, bytes: &[u8], found: &Recognised) -> bool {
        let mut forms = self.patterns.iter().zip(&self.meanings);
        forms.any(|(pattern, (kind, standing))| {
            let is_better = match MessageKind::Reply(*kind) == found.kind {
                true => *standing < found.standing,
                false => *standing < Standing::Tolerated && !pattern.first_literal().is_empty(),
            };
            is_better && pattern.matches_prefix(bytes) == Prefix::Partial
        })
    }

    /// Whether the bytes may be the beginning of a message in a better form than this.
    pub(super) fn begins_in_a_better_form(&self, bytes: &[u8], than: Standing) -> bool {
        let mut forms = self.patterns.iter().zip(&self.meanings);
        forms.any(|(pattern, (_, standing))| {
            *standing < than && pattern.matches_prefix(bytes) == Prefix::Partial
        })
    }

    /// Whether the bytes may be the beginning of a message, and hold some of its words: any text may be a name.
    pub(super) fn begins_with_words(&self, bytes: &[u8]) -> bool {
        let has_words = |pattern: &Pattern| match pattern.parts() {
            [Part::Hole { .. }, Part::Literal(literal), ..] => {
                let begins = |length| bytes.ends_with(&literal[..length]);
                memmem::find(bytes, literal).is_some() || (1..literal.len()).any(begins)
            }
            parts => matches!(parts.first(), Some(Part::Literal(_))),
        };
        let mut patterns = self.patterns.iter();
        patterns
            .any(|pattern| has_words(pattern) && pattern.matches_prefix(bytes) == Prefix::Partial)
    }
}

fn is_vague((pattern, (_, standing)): &(&Pattern, &(ReplyKind, Standing))) -> bool {
    let literal = pattern.first_literal();
    let begins_like_any = !literal.is_empty() && literal.len() < TELLING;
    pattern.literal_len() == 0 || *standing == Standing::Tolerated && begins_like_any
}

/// Whether it says who comes and goes, or is there, which may stand in front of any answer.
pub(crate) fn is_notice(kind: ReplyKind) -> bool {
    use NoticeKind::{Joined, Left, Lost, Present};
    matches!(kind, ReplyKind::Notice(Joined | Left | Lost | Present))
}

/// What answers the steps of a registration, or of a goodbye, before its last.
pub(crate) fn step_forms(dialect: &Dialect, phase: Phase) -> Vec<(ReplyKind, &Form)> {
    let (command, reply) = match phase {
        Phase::Joining => (CommandKind::Join, NoticeKind::Prompt),
        Phase::Chatting => (CommandKind::Quit, NoticeKind::Bye),
    };
    let steps = dialect.request(command).into_iter();
    steps
        .flat_map(|request| &request.steps)
        .flat_map(|step| forms(reply.into(), &step.reply))
        .collect()
}

/// Whether some messages of the server end otherwise than the rest, or have the terminator of all in their middle.
pub(crate) fn is_told_by_content(dialect: &Dialect) -> bool {
    let framings =
        [Phase::Joining, Phase::Chatting].map(|phase| dialect.framing(Direction::ToClient, phase));
    let terminators = || framings.iter().filter_map(|framing| framing.terminator());
    let has_lines = |form: &Form| {
        let parts = form.template.parts().iter();
        let mut parts = parts.map(|part| match part {
            Part::Literal(literal) => terminators().any(|end| end.find(literal).is_some()),
            Part::Hole { kind, .. } => *kind == HoleKind::Lines,
        });
        parts.any(|has_lines| has_lines)
    };
    let steps = dialect.requests().flat_map(|request| &request.steps);
    let mut step_forms = steps.flat_map(|step| &step.reply);
    let mut replies = dialect.replies();
    terminators().next().is_some()
        && (replies.any(|reply| reply.framing.is_some() || reply.forms.iter().any(has_lines))
            || step_forms.any(has_lines))
}

fn forms(kind: ReplyKind, forms: &[Form]) -> impl Iterator<Item = (ReplyKind, &Form)> {
    forms.iter().map(move |form| (kind, form))
}

fn literal_length(form: &Form) -> usize {
    let parts = form.template.parts().iter();
    parts
        .map(|part| match part {
            Part::Literal(literal) => literal.len(),
            Part::Hole { .. } => 0,
        })
        .sum()
}
