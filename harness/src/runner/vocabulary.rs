//! The dialect's words for one scenario: what is known to be harmless, and what may follow what.

use std::collections::BTreeSet;

use protocol::Dialect;
use protocol::framing::Framing;
use protocol::matching::{Scene, Standing};
use protocol::message::{Direction, Fields, NoticeKind, Phase, ReplyKind};
use protocol::pattern::Pattern;

/// Patterns of one phase, each with the kind of message that it recognises.
#[derive(Default)]
struct Known {
    kinds: Vec<ReplyKind>,
    patterns: Vec<Pattern>,
}

impl Known {
    fn push(&mut self, kind: ReplyKind, pattern: Pattern) {
        if !self.patterns.contains(&pattern) {
            self.kinds.push(kind);
            self.patterns.push(pattern);
        }
    }
}

/// The words of a dialect with the nicknames of one scenario filled in.
pub(super) struct Vocabulary<'d> {
    dialect: &'d Dialect,
    /// The nicknames that are filled in.
    nicks: BTreeSet<Vec<u8>>,
    /// Whether only its sender's nickname shows where a message begins.
    begins_with_nick: bool,
    /// What comes unasked, by phase.
    unasked: [Known; 2],
    /// Every message that may follow, by phase.
    all: [Known; 2],
}

impl<'d> Vocabulary<'d> {
    pub(super) fn new(dialect: &'d Dialect) -> Self {
        let mut vocabulary = Self {
            dialect,
            nicks: BTreeSet::new(),
            begins_with_nick: begins_with_nick(dialect),
            unasked: Default::default(),
            all: Default::default(),
        };
        vocabulary.add(&Fields::new());
        vocabulary
    }

    /// Makes a nickname known, so that a message that begins with it is found in mid-stream too. A crowd's need not all be.
    pub(super) fn know(&mut self, nick: &[u8]) {
        let is_full = self.nicks.len() >= MAX_NICKS && !self.begins_with_nick;
        if is_full || !self.nicks.insert(nick.to_vec()) {
            return;
        }
        let fields = Fields::new().with("nick", nick).with("from", nick);
        match nick.trim_ascii().is_empty() {
            true => self.add_blank(&fields),
            false => self.add(&fields),
        }
    }

    /// What is told of a member whose name is blank begins like nothing in particular: it is known only where messages have an end.
    fn add_blank(&mut self, fields: &Fields) {
        for phase in [Phase::Joining, Phase::Chatting] {
            for reply in self.dialect.replies().filter(|reply| reply.is_unasked()) {
                if *self.dialect.reply_framing(reply.kind, phase) == Framing::Raw {
                    continue;
                }
                let variants = self.dialect.expectation(reply.kind, fields, phase);
                let says_something = |pattern: &Pattern| pattern.literal_len() > 0;
                for variant in variants.into_iter().filter(|v| says_something(&v.pattern)) {
                    self.unasked[phase as usize].push(reply.kind, variant.pattern);
                }
            }
        }
    }

    fn add(&mut self, fields: &Fields) {
        for phase in [Phase::Joining, Phase::Chatting] {
            for reply in self.dialect.replies() {
                let is_for_newcomers = reply.newcomers && phase == Phase::Joining;
                let is_unasked = reply.is_unasked() || is_for_newcomers;
                for variant in self.dialect.expectation(reply.kind, fields, phase) {
                    if is_unasked {
                        self.unasked[phase as usize].push(reply.kind, variant.pattern.clone());
                    }
                    if variant.standing != Standing::Tolerated || is_unasked {
                        self.all[phase as usize].push(reply.kind, variant.pattern);
                    }
                }
            }
        }
    }

    /// What else may stand in the stream of a client in this phase.
    pub(super) fn scene(&self, phase: Phase, kind: Option<ReplyKind>) -> Scene<'_> {
        let framing = match kind {
            Some(kind) => self.dialect.reply_framing(kind, phase),
            None => self.dialect.framing(Direction::ToClient, phase),
        };
        Scene {
            framing,
            limit: self.dialect.limits.message.max(LEAST_LIMIT),
            aside: &self.unasked[phase as usize].patterns,
            known: &self.all[phase as usize].patterns,
        }
    }

    /// The same for the rest of a message whose beginning is already claimed: nothing is set aside.
    pub(super) fn bare_scene(&self, phase: Phase) -> Scene<'_> {
        Scene {
            aside: &[],
            ..self.scene(phase, None)
        }
    }

    /// The kind of what was set aside.
    pub(super) fn unasked_kind(&self, phase: Phase, which: usize) -> ReplyKind {
        let kinds = &self.unasked[phase as usize].kinds;
        // A place that `decide` named is there.
        kinds
            .get(which)
            .copied()
            .unwrap_or(ReplyKind::Notice(NoticeKind::Greeting))
    }

    /// The kind of a pattern of `Scene::known`.
    pub(super) fn known_kind(&self, phase: Phase, which: usize) -> Option<(ReplyKind, &Pattern)> {
        let known = &self.all[phase as usize];
        known
            .kinds
            .get(which)
            .copied()
            .zip(known.patterns.get(which))
    }
}

/// Whether a delivered message begins with its sender's name, so that nothing else of it can be looked for.
fn begins_with_nick(dialect: &Dialect) -> bool {
    let kinds = [NoticeKind::Delivered, NoticeKind::Whispered];
    let replies = kinds.into_iter().filter_map(|kind| dialect.reply(kind));
    let mut forms = replies.flat_map(|reply| &reply.forms);
    forms.any(|form| {
        form.standing != Standing::Tolerated && form.template.pattern().first_literal().is_empty()
    })
}

/// The most nicknames that are filled in: each makes every judgement dearer.
const MAX_NICKS: usize = 32;

/// A reply may be larger than a message of a client may be: a list of many names.
const LEAST_LIMIT: usize = 64 * 1024;
