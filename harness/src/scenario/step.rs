//! The steps of a scenario and the blocks that hold them.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use protocol::diagnostic::Source;

use super::{Actor, CrowdVerb, Feature, Level, Verb};

/// One thing that happens, or that must be seen to have happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it is written. In an included file, that file.
    pub place: Place,
    /// How binding it is, if less than its scenario: it then never fails it.
    pub level: Option<Level>,
    /// Which round of the innermost `repeat` it belongs to.
    pub round: Option<Round>,
    /// What happens.
    pub action: Action,
}

impl Step {
    /// What a dialect must have for this step, its level aside.
    pub fn requires(&self) -> BTreeSet<Feature> {
        match &self.action {
            Action::Do { actor, verb } => verb.requires(actor),
            Action::Crowd { verb, .. } => verb.requires(),
            Action::Block { block, steps } => block.requires(steps),
            Action::ServerStillServes => BTreeSet::new(),
        }
    }
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// One client acts, or one client's stream is judged.
    Do {
        /// Who.
        actor: Actor,
        /// What.
        verb: Verb,
    },
    /// All members of the scenario's crowd act at once, or all their streams are judged.
    Crowd {
        /// How many members the crowd has.
        size: u32,
        /// What each does.
        verb: CrowdVerb,
    },
    /// Steps under one rule.
    Block {
        /// The rule.
        block: Block,
        /// The steps.
        steps: Vec<Step>,
    },
    /// A new client does the dialect's whole round, while all others stay as they are.
    ServerStillServes,
}

/// How the steps of a block belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Their actions happen at once, each client on its own.
    Together,
    /// What they expect may come in any order.
    InAnyOrder,
    /// One of them must hold; each direct step is an alternative.
    OneOf,
    /// All must hold, in order: groups steps into one alternative of [`Block::OneOf`].
    AllOf,
    /// All must have happened before this time has passed.
    Within(Duration),
}

impl Block {
    /// Alternatives need only what all of them need: one that the dialect lacks is no alternative there.
    fn requires(self, steps: &[Step]) -> BTreeSet<Feature> {
        let binding = steps.iter().filter(|step| step.level.is_none());
        let each = binding.map(Step::requires);
        match self {
            Self::OneOf => each.reduce(|all, one| &all & &one).unwrap_or_default(),
            _ => each.flatten().collect(),
        }
    }
}

/// A round of a repetition, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// This round.
    pub number: u32,
    /// How many there are.
    pub of: u32,
}

/// Bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub source: Arc<Source>,
    /// The bytes.
    pub span: Range<usize>,
}

impl Place {
    /// The text as it is written, for reports: `bia hears ana "Bom dia!"`.
    pub fn text(&self) -> &str {
        self.source.text.get(self.span.clone()).unwrap_or_default()
    }

    /// The line in the file, from 1.
    pub fn line(&self) -> usize {
        self.source.position(self.span.start).0
    }
}
