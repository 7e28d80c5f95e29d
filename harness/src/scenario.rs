//! Scenarios: plain-text scripts of chat sessions, in meanings.
//!
//! `docs/scenarios.md` is the reference of the language. The road from a file to a [`Scenario`] runs one way:
//! `lex` (words and quoted texts of a line) → `tree` (lines nested by indentation) → `parse` (header, steps) → `expand`
//! (includes, parameters, repetitions) → `lint`. `format` works on the lines alone, so it keeps every comment.
//!
//! Refuses to know the words of any dialect, and the network. Once loaded, a scenario cannot be wrong: nothing downstream
//! checks it again.

#![expect(
    dead_code,
    reason = "the parser, which uses the rest, is the next change"
)]

mod expand;
mod feature;
mod filter;
mod format;
mod lex;
mod limits;
mod lint;
mod load;
mod parse;
mod step;
mod text;
mod tree;
mod verb;

use std::collections::BTreeSet;
use std::sync::Arc;

use protocol::diagnostic::{Diagnostics, Source};

pub use feature::Feature;
pub use filter::Filter;
pub use format::format;
pub use load::{cannot_read, find, load, parse_source, read};
pub use protocol::dialect::Level;
pub use protocol::message::Reason;
pub use step::{Action, Block, Place, Round, Step};
pub use text::{Hole, Part, Pattern, PatternPart, Text};
pub use verb::{CrowdVerb, Framing, Name, Presence, Recipient, Split, Verb, Wrong};

/// One script: what several clients do, and what each of them must then receive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// The path below the folder that was loaded, without its extension: `basic/broadcast`. Unique in a [`Suite`].
    pub id: String,
    /// What is claimed of a correct server.
    pub title: String,
    /// The same for readers of Portuguese, where its author gave one.
    pub title_pt: Option<String>,
    /// How binding it is, unless the dialect says otherwise for this rule.
    pub level: Level,
    /// What it is worth, unless the dialect says otherwise for this rule.
    pub points: u32,
    /// The passage that it rests on (`UnB, §2.2`), unless the dialect names its own for this rule.
    pub spec: Option<String>,
    /// The rule that it tests, by which a dialect overrides level, points and passage: one of [`RULES`], or a course's own.
    pub rule: Option<String>,
    /// Words to select it by.
    pub tags: Vec<String>,
    /// What its header says it needs beyond what its verbs imply.
    pub needs: BTreeSet<Feature>,
    /// The clients, in order of appearance, without the members of crowds.
    pub actors: Vec<Actor>,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// What happens afterwards, whatever happened before.
    pub finally: Vec<Step>,
    /// The file that it came from.
    pub source: Arc<Source>,
}

impl Scenario {
    /// What a dialect must have for this scenario to apply to it: what the verbs imply, and what the header says.
    ///
    /// Steps that are only `should` or `may` imply nothing: where the dialect lacks what they need, they are skipped.
    pub fn requires(&self) -> BTreeSet<Feature> {
        let steps = self.steps.iter().chain(&self.finally);
        let implied = steps
            .filter(|step| step.level.is_none())
            .flat_map(Step::requires);
        let clients = Feature::Clients(self.most_clients());
        let needs = self.needs.iter().cloned();
        implied.chain(needs).chain([clients]).collect()
    }

    /// The most clients that a server may have to count at a time: all that come, since one that has just left still counts for a
    /// server that is slow to notice.
    fn most_clients(&self) -> usize {
        let mut clients = 0;
        self.each_step(&mut |step| {
            clients += match &step.action {
                Action::Do { verb, .. } => usize::from(verb.brings_a_client()),
                Action::Crowd { size, verb } if verb.brings_clients() => *size as usize,
                Action::ServerStillServes => 1,
                Action::Crowd { .. } | Action::Block { .. } => 0,
            };
        });
        clients
    }

    /// The actors that stop reading.
    pub fn who_stop_reading(&self) -> BTreeSet<Actor> {
        let mut actors = BTreeSet::new();
        self.each_step(&mut |step| {
            if let Action::Do {
                actor,
                verb: Verb::StopReading,
            } = &step.action
            {
                actors.insert(actor.clone());
            }
        });
        actors
    }

    /// Visits every step, those in blocks after the block itself, and the teardown last.
    pub fn each_step<'s>(&'s self, visit: &mut impl FnMut(&'s Step)) {
        fn each<'s>(steps: &'s [Step], visit: &mut impl FnMut(&'s Step)) {
            for step in steps {
                visit(step);
                if let Action::Block { steps, .. } = &step.action {
                    each(steps, visit);
                }
            }
        }
        each(&self.steps, visit);
        each(&self.finally, visit);
    }
}

/// A client of a scenario, by the name that the script gives it. Its nickname on the wire is another, fresh in each run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor(Arc<str>);

impl Actor {
    /// An actor of that name.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name in the script.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Scenarios with unique ids, sorted by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suite {
    /// The scenarios.
    pub scenarios: Vec<Scenario>,
    /// What is odd about their files.
    pub warnings: Diagnostics,
}

/// The rules that the built-in scenarios test. `docs/scenarios.md` says what each covers.
pub const RULES: &[&str] = &[
    "joining",
    "prompt",
    "welcome",
    "name-in-use",
    "name-blank",
    "name-rules",
    "broadcast",
    "no-echo",
    "echo",
    "acknowledgement",
    "order",
    "private",
    "no-recipient",
    "list",
    "quit",
    "leave",
    "unknown-command",
    "malformed",
    "encoding",
    "size",
    "framing",
    "isolation",
    "exit-word",
    "header",
    "robustness",
    "recovery",
    "notices",
];
