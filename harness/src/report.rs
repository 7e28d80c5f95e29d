//! The finished result of a run: the frontier between judging and showing. Every report is a pure function of it.

pub mod annotations;
pub mod classroom50;
pub mod format;
pub mod gradebook;
pub mod gradescope;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod tap;
pub mod terminal;

mod account;
mod causes;
mod excerpt;
mod explain;
#[cfg(test)]
mod fixture;
mod ladder;
mod layout;
pub(crate) mod markup;
pub(crate) mod page;
mod rungs;
#[cfg(test)]
pub(crate) mod schema;
#[cfg(test)]
mod tests;
pub(crate) mod words;

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::dialect::Level;
pub use protocol::lang::Words;

use crate::transcript::Transcript;
use crate::verdict::{Finding, Verdict};

/// The passage that a scenario rests on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Passage {
    /// The document as readers know it, with its section: `UnB, §2.2`; empty where the document is silent.
    pub spec: String,
    /// The document's own words, under 15 of them.
    pub quote: Option<String>,
    /// What it says or leaves open.
    pub says: Words,
}

/// What was graded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The server that comes with the harness.
    Embedded,
    /// A server that was already running.
    Attached {
        /// Its `host:port`.
        address: String,
    },
    /// A server that we started.
    Spawned {
        /// Its command.
        command: String,
    },
}

/// Why a scenario has no verdict of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because {
    /// The dialect lacks this.
    DialectLacks(Words),
    /// The server died in this scenario, by id; empty: it was never there.
    ServerDiedIn(String),
    /// The server has served nobody any more since this scenario, by id.
    ServesNobodySince(String),
    /// Nobody has ever heard a single byte from the server.
    NeverHeard {
        /// How many servers were started for it; 1 where it is not ours.
        servers: u32,
        /// How many clients came and asked to join, in all.
        clients: usize,
        /// For how long, in all.
        waited: Duration,
    },
    /// We failed.
    OurFault(String),
}

/// One scenario's outcome.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Its identifier: `basic/broadcast`.
    pub id: String,
    /// What it claims of a correct server.
    pub title: Words,
    /// Its file, as the user named it.
    pub file: String,
    /// The line of its header, from 1.
    pub line: usize,
    /// How binding it is in this dialect.
    pub level: Level,
    /// What it is worth.
    pub points: u32,
    /// The verdict.
    pub verdict: Verdict,
    /// Why there is no other, for not applicable, blocked and error.
    pub because: Option<Because>,
    /// The rule that it tests.
    pub rule: Option<String>,
    /// The passage that it rests on.
    pub passage: Passage,
    /// What went wrong, the decisive one first; warnings after failures.
    pub findings: Vec<Finding>,
    /// What happened on the wire.
    pub transcript: Transcript,
    /// When it began, since the run began.
    pub started: Duration,
    /// How long it took.
    pub elapsed: Duration,
    /// How many of how many repetitions passed, where it was repeated.
    pub repeated: Option<(u32, u32)>,
    /// The command that runs just this scenario again.
    pub rerun: String,
}

/// Something about the whole run that the reader should know: the framing that was found out, surplus terminators, …
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Whether it is a warning.
    pub is_warning: bool,
    /// What.
    pub words: Words,
    /// The numbers behind it, where a server that we started was watched.
    pub watched: Option<Watched>,
}

impl Remark {
    /// Something that a reader should mend or mind.
    #[must_use]
    pub const fn warning(words: Words) -> Self {
        Self {
            is_warning: true,
            words,
            watched: None,
        }
    }

    /// Something that a reader should know.
    #[must_use]
    pub const fn note(words: Words) -> Self {
        Self {
            is_warning: false,
            words,
            watched: None,
        }
    }

    /// Whether both say the same, if with other numbers.
    #[must_use]
    pub fn says_like(&self, other: &Self) -> bool {
        match (self.watched, other.watched) {
            (Some(Watched::Kept { what, .. }), Some(Watched::Kept { what: other, .. })) => {
                what == other
            }
            (Some(Watched::Busy { .. }), Some(Watched::Busy { .. })) => true,
            _ => self == other,
        }
    }
}

/// What was seen of a server that we started, beside what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watched {
    /// It keeps what belonged to clients that have left.
    Kept {
        /// What.
        what: Belonging,
        /// How many there were after the first scenario.
        before: u32,
        /// How many there were after the last.
        after: u32,
        /// How many clients came and left in between.
        clients: u32,
    },
    /// It does not rest while nobody is connected.
    Busy {
        /// How long its threads ran, or waited for a processor, together.
        busy: Duration,
        /// How long it was watched.
        watched: Duration,
    },
}

/// What a server has for each of its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belonging {
    /// Open sockets.
    Connections,
    /// Threads of its processes.
    Threads,
    /// Processes that have ended and that nobody waited for.
    Zombies,
}

impl Belonging {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Connections, Self::Threads, Self::Zombies];

    /// The identifier in files.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Threads => "threads",
            Self::Zombies => "zombies",
        }
    }
}

/// A finished run.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The harness's version.
    pub version: String,
    /// When the run began, RFC 3339, UTC.
    pub began: String,
    /// What was graded.
    pub target: Target,
    /// The dialect's name.
    pub dialect: String,
    /// The dialect's title.
    pub dialect_title: Words,
    /// Whether warnings earn nothing.
    pub strict: bool,
    /// Each scenario's outcome, in the order of the run.
    pub outcomes: Vec<Outcome>,
    /// Scenarios that were not begun, because the run was cut short.
    pub not_run: u32,
    /// What concerns the whole run.
    pub remarks: Vec<Remark>,
    /// How long it took.
    pub elapsed: Duration,
}

/// The grade: points earned of those at stake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grade {
    /// Earned.
    pub earned: u32,
    /// At stake.
    pub possible: u32,
    /// Whether something could not be judged.
    pub incomplete: bool,
}

impl Outcome {
    /// The points that it earned.
    #[must_use]
    pub const fn earned(&self, strict: bool) -> u32 {
        self.verdict.earned(self.points, strict)
    }

    /// Whether it counts as failed: a warning does so in a strict run.
    #[must_use]
    pub const fn has_failed(&self, strict: bool) -> bool {
        match self.verdict {
            Verdict::Fail | Verdict::Blocked | Verdict::Error => true,
            Verdict::Warn => strict,
            Verdict::Pass | Verdict::NotApplicable => false,
        }
    }

    /// The topic: the folder in its identifier.
    #[must_use]
    pub fn topic(&self) -> &str {
        self.id.rsplit_once('/').map_or("", |(topic, _)| topic)
    }

    /// Its name within the topic.
    #[must_use]
    pub fn name(&self) -> &str {
        self.id
            .rsplit_once('/')
            .map_or(self.id.as_str(), |(_, name)| name)
    }
}

impl Report {
    /// The grade of the run.
    #[must_use]
    pub fn grade(&self) -> Grade {
        let mut grade = Grade {
            earned: 0,
            possible: 0,
            incomplete: self.not_run > 0,
        };
        for outcome in &self.outcomes {
            grade.earned = grade.earned.saturating_add(outcome.earned(self.strict));
            grade.possible = grade
                .possible
                .saturating_add(outcome.verdict.at_stake(outcome.points));
            grade.incomplete |= outcome.verdict.leaves_grade_incomplete();
        }
        grade
    }

    /// The outcomes by topic, the topics in the order in which they first appear.
    #[must_use]
    pub fn by_topic(&self) -> Vec<(&str, Vec<&Outcome>)> {
        let mut topics: Vec<(&str, Vec<&Outcome>)> = Vec::new();
        for outcome in &self.outcomes {
            match topics
                .iter_mut()
                .find(|(topic, _)| *topic == outcome.topic())
            {
                Some((_, outcomes)) => outcomes.push(outcome),
                None => topics.push((outcome.topic(), vec![outcome])),
            }
        }
        topics
    }

    /// How many outcomes have each verdict.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<Verdict, usize> {
        let mut counts = BTreeMap::new();
        for outcome in &self.outcomes {
            *counts.entry(outcome.verdict).or_default() += 1;
        }
        counts
    }

    /// Whether something required failed: `should` and `may` never decide it.
    #[must_use]
    pub fn required_failed(&self) -> bool {
        let mut required = self
            .outcomes
            .iter()
            .filter(|outcome| outcome.level == Level::Must);
        required.any(|outcome| outcome.has_failed(self.strict))
    }
}
