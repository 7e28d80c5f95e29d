//! The tester is tested: the suite against a correct server, which it must never accuse, and against servers that are wrong in
//! one known way, each of which some scenario must catch.
//!
//! ```text
//! ✓ unb  correct server            118 scenarios, no accusation
//! ✓ unb  echoes-to-the-sender      basic/no-echo                 echo-to-oneself
//! ✗ unb  mystery                   no scenario catches it
//! ```
//!
//! A deliberate fault must be caught by a scenario that is meant for it, and the explanation must name its cause (`meant`). It
//! knows servers and reports, nothing of how a scenario is played.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use protocol::Dialect;
use protocol::dialect::Level;
use reference_server::{Fault, Options as Serving};

use crate::report::Report;
use crate::runner::{self, Options};
use crate::scenario::{Scenario, Suite};
use crate::target::{Server, Spawn, Spawned};
use crate::verdict::Verdict;

pub mod meant;
mod words;

pub use words::{line, render, summary};

/// A server that the suite is tried on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The reference server with one deliberate fault.
    Faulty(Fault),
    /// The reference server as it is.
    Correct,
    /// A program of the user's that is correct.
    Reference(String),
    /// A program of the user's that is broken.
    Broken {
        /// Its name, for the matrix.
        name: String,
        /// The command that starts it.
        command: String,
    },
}

impl Subject {
    /// Its name in the matrix.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Faulty(fault) => fault.id(),
            Self::Correct => "correct server",
            Self::Reference(command) => command,
            Self::Broken { name, .. } => name,
        }
    }

    /// Whether some scenario must catch it.
    #[must_use]
    pub const fn is_broken(&self) -> bool {
        matches!(self, Self::Faulty(_) | Self::Broken { .. })
    }
}

/// How one scenario caught a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catch {
    /// The scenario's id.
    pub scenario: String,
    /// Its verdict: fail, or warn where a `should` was missed.
    pub verdict: Verdict,
    /// The lesson that explains it.
    pub lesson: &'static str,
}

/// One line of the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The dialect's name.
    pub dialect: String,
    /// The server.
    pub subject: Subject,
    /// What it was caught by, in the order of the suite; of a correct server: what accused it.
    pub caught_by: Vec<Catch>,
    /// How many scenarios were played and judged.
    pub played: usize,
    /// Why it could not be tried.
    pub error: Option<String>,
    /// How long it took.
    pub elapsed: Duration,
}

impl Row {
    /// Whether it is as it must be: a broken server caught, a correct one never accused. A deliberate fault must be caught by a
    /// scenario that is meant for it, with an explanation that names its cause.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.error.is_none()
            && self.subject.is_broken() != self.caught_by.is_empty()
            && self.is_meant()
            && self.is_explained()
    }

    /// Whether the scenario that caught it is meant for it, as far as we know.
    #[must_use]
    pub fn is_meant(&self) -> bool {
        match (&self.subject, self.caught_by.first()) {
            (Subject::Faulty(fault), Some(catch)) => {
                meant::scenarios(*fault).contains(&catch.scenario.as_str())
            }
            _ => true,
        }
    }

    /// Whether the explanation names the cause, as far as we know it.
    #[must_use]
    pub fn is_explained(&self) -> bool {
        match (&self.subject, self.caught_by.first()) {
            (Subject::Faulty(fault), Some(catch)) => meant::is_right(*fault, catch.lesson),
            _ => true,
        }
    }
}

/// The whole matrix.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matrix {
    /// A line for each dialect and server, in the order in which they were asked for.
    pub rows: Vec<Row>,
    /// Scenarios that applied somewhere and caught nothing; judged only where every server met every scenario.
    pub idle: Vec<String>,
}

impl Matrix {
    /// Whether every line holds and no scenario was idle.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.idle.is_empty() && self.rows.iter().all(Row::holds)
    }
}

/// How much is tried.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Whether every scenario must catch a broken server too; it meets one after the other until it does.
    pub full: bool,
    /// Servers tried at a time.
    pub jobs: usize,
    /// Stretches every wait.
    pub time_scale: f64,
    /// How often a correct server is tried.
    pub correct_runs: u32,
}

/// One trial: a dialect and a server.
#[derive(Debug, Clone)]
pub struct Trial<'d> {
    /// The dialect.
    pub dialect: &'d Dialect,
    /// The server.
    pub subject: Subject,
}

/// Every trial of the built-in faults: for each dialect the correct server, and each fault that is wrong in it.
#[must_use]
pub fn trials<'d>(dialects: &[&'d Dialect], wanted: &dyn Fn(Fault) -> bool) -> Vec<Trial<'d>> {
    let of_dialect = |dialect: &'d Dialect| {
        let faults = Fault::ALL
            .iter()
            .copied()
            .filter(move |fault| fault.is_wrong_in(dialect));
        let faulty = faults.filter(|fault| wanted(*fault)).map(Subject::Faulty);
        let subjects: Vec<_> = std::iter::once(Subject::Correct).chain(faulty).collect();
        subjects
            .into_iter()
            .map(move |subject| Trial { dialect, subject })
    };
    dialects
        .iter()
        .flat_map(|dialect| of_dialect(dialect))
        .collect()
}

/// Makes all trials, several at a time, each on a thread and a server of its own.
pub fn run(
    trials: &[Trial<'_>],
    suite: &Suite,
    plan: Plan,
    done: &(dyn Fn(&Row) + Sync),
) -> Matrix {
    let rows = Mutex::new(BTreeMap::new());
    // One that catches it is enough for a broken server.
    let first = Plan {
        full: false,
        ..plan
    };
    each(trials, plan.jobs, &|index, trial| {
        let row = try_out(trial, &ordered(suite, &trial.subject), first);
        done(&row);
        if let Ok(mut rows) = rows.lock() {
            rows.insert(index, row);
        }
    });
    let rows: Vec<Row> = rows
        .into_inner()
        .map(|rows| rows.into_values().collect())
        .unwrap_or_default();
    let idle = if plan.full {
        idle(trials, &rows, suite, plan)
    } else {
        Vec::new()
    };
    Matrix { rows, idle }
}

/// Does something for each trial, several at a time, each on a thread of its own.
fn each<'t>(trials: &'t [Trial<'t>], jobs: usize, work: &(dyn Fn(usize, &'t Trial<'t>) + Sync)) {
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(trial) = trials.get(index) else {
                return;
            };
            work(index, trial);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(work);
        }
    });
}

/// The suite, with the scenarios first that are meant for a server.
fn ordered<'s>(suite: &'s Suite, subject: &Subject) -> Vec<&'s Scenario> {
    let meant = match subject {
        Subject::Faulty(fault) => meant::scenarios(*fault),
        _ => &[],
    };
    let mut scenarios: Vec<&Scenario> = suite.scenarios.iter().collect();
    scenarios.sort_by_key(|scenario| {
        let place = meant.iter().position(|id| *id == scenario.id);
        place.unwrap_or(meant.len())
    });
    scenarios
}

/// The scenarios that apply to a broken server's dialect and catch none. Those that have caught nobody yet meet one broken server
/// after the other, until they catch one.
fn idle(trials: &[Trial<'_>], rows: &[Row], suite: &Suite, plan: Plan) -> Vec<String> {
    let caught = |row: &Row| {
        let catches = row.caught_by.iter();
        catches.map(|catch| catch.scenario.clone()).collect()
    };
    let broken: Vec<Trial<'_>> = trials
        .iter()
        .filter(|trial| trial.subject.is_broken())
        .cloned()
        .collect();
    let rows = rows.iter().filter(|row| row.subject.is_broken());
    let useful: Mutex<BTreeSet<String>> =
        Mutex::new(rows.flat_map(|row| -> Vec<_> { caught(row) }).collect());
    let plan = Plan { full: true, ..plan };
    let left = |dialect: &Dialect| -> Vec<&Scenario> {
        let useful = useful
            .lock()
            .map(|useful| useful.clone())
            .unwrap_or_default();
        let scenarios = suite.scenarios.iter();
        scenarios
            .filter(|scenario| {
                !useful.contains(&scenario.id) && runner::lacks(dialect, scenario).is_none()
            })
            .collect()
    };
    each(&broken, plan.jobs, &|_, trial| {
        let scenarios = left(trial.dialect);
        if scenarios.is_empty() {
            return;
        }
        let row = try_out(trial, &scenarios, plan);
        if let Ok(mut useful) = useful.lock() {
            let more: Vec<String> = caught(&row);
            useful.extend(more);
        }
    });
    let idle = broken.iter().flat_map(|trial| left(trial.dialect));
    let idle: BTreeSet<&str> = idle.map(|scenario| scenario.id.as_str()).collect();
    idle.into_iter().map(str::to_owned).collect()
}

fn try_out(trial: &Trial<'_>, scenarios: &[&Scenario], plan: Plan) -> Row {
    let began = Instant::now();
    let mut row = Row {
        dialect: trial.dialect.name.clone(),
        subject: trial.subject.clone(),
        caught_by: Vec::new(),
        played: 0,
        error: None,
        elapsed: Duration::ZERO,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(play(trial, scenarios, plan, &mut row)),
        Err(error) => Err(error.to_string()),
    };
    row.error = result.err();
    row.elapsed = began.elapsed();
    row
}

async fn play(
    trial: &Trial<'_>,
    scenarios: &[&Scenario],
    plan: Plan,
    row: &mut Row,
) -> Result<(), String> {
    let mut server = start(trial).await?;
    let is_broken = trial.subject.is_broken();
    let options = Options {
        time_scale: plan.time_scale,
        fail_fast: (is_broken && !plan.full).then_some(Level::May),
        repeat: 1,
        ..Options::default()
    };
    let runs = if is_broken {
        1
    } else {
        plan.correct_runs.max(1)
    };
    for seed in 0..runs {
        let options = Options {
            seed: seed.into(),
            ..options.clone()
        };
        let report =
            runner::run(scenarios, trial.dialect, &mut server, &options, &mut |_| {}).await;
        take(&report, row);
    }
    drop(server.stop().await);
    Ok(())
}

async fn start(trial: &Trial<'_>) -> Result<Server, String> {
    let serving = |fault| Serving {
        fault,
        ..Serving::default()
    };
    match &trial.subject {
        Subject::Faulty(fault) => {
            Server::embedded_with(trial.dialect, serving(Some(*fault))).map_err(|e| e.to_string())
        }
        Subject::Correct => {
            Server::embedded_with(trial.dialect, serving(None)).map_err(|e| e.to_string())
        }
        Subject::Reference(command) | Subject::Broken { command, .. } => {
            let spawned = Spawned::start(Spawn::new(command, trial.dialect))
                .await
                .map_err(|error| error.to_string())?;
            Ok(Server::Spawned(Box::new(spawned)))
        }
    }
}

/// What a run says of its server. A correct server is accused by a warning too, where the scenario is required or `should` be.
fn take(report: &Report, row: &mut Row) {
    for outcome in &report.outcomes {
        let caught = match outcome.verdict {
            Verdict::Pass | Verdict::NotApplicable => false,
            Verdict::Warn => outcome.level != Level::May,
            Verdict::Fail | Verdict::Blocked | Verdict::Error => true,
        };
        row.played += usize::from(outcome.verdict != Verdict::NotApplicable);
        if caught {
            let lesson = outcome
                .findings
                .first()
                .map_or("", |finding| finding.lesson.id);
            row.caught_by.push(Catch {
                scenario: outcome.id.clone(),
                verdict: outcome.verdict,
                lesson,
            });
        }
    }
}
