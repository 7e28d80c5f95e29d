//! The tester is tested: the suite against a correct server, which it must never accuse, and against servers that are wrong in
//! one known way, each of which some scenario must catch.
//!
//! ```text
//! unb  correct server            ✓ 118 of 118
//! unb  echoes-to-the-sender      ✓ basic/no-echo (+4)
//! unb  mystery                   ✗ caught by no scenario
//! ```
//!
//! It knows servers and reports, nothing of how a scenario is played.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use protocol::Dialect;
use protocol::dialect::Level;
use reference_server::{Fault, Options as Serving};

use crate::report::Report;
use crate::runner::{self, Options};
use crate::scenario::{Scenario, Suite};
use crate::target::{Server, Spawn, Spawned};
use crate::verdict::Verdict;

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
    /// Whether it is as it must be: a broken server caught, a correct one never accused.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.error.is_none() && self.subject.is_broken() != self.caught_by.is_empty()
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
    /// Whether every broken server meets every scenario; else its trial ends at the first that catches it.
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
    let next = std::sync::atomic::AtomicUsize::new(0);
    let rows = std::sync::Mutex::new(BTreeMap::new());
    let work = || {
        loop {
            let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some(trial) = trials.get(index) else {
                return;
            };
            let row = try_out(trial, suite, plan);
            done(&row);
            if let Ok(mut rows) = rows.lock() {
                rows.insert(index, row);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..plan.jobs.max(1) {
            scope.spawn(work);
        }
    });
    let rows: Vec<Row> = rows
        .into_inner()
        .map(|rows| rows.into_values().collect())
        .unwrap_or_default();
    let idle = if plan.full {
        idle(trials, &rows, suite)
    } else {
        Vec::new()
    };
    Matrix { rows, idle }
}

/// The scenarios that applied to a broken server's dialect and caught none.
fn idle(trials: &[Trial<'_>], rows: &[Row], suite: &Suite) -> Vec<String> {
    let broken = trials.iter().filter(|trial| trial.subject.is_broken());
    let dialects: Vec<&Dialect> = broken.map(|trial| trial.dialect).collect();
    let caught: BTreeSet<&str> = rows
        .iter()
        .filter(|row| row.subject.is_broken())
        .flat_map(|row| row.caught_by.iter().map(|catch| catch.scenario.as_str()))
        .collect();
    let applies = |scenario: &Scenario| {
        dialects
            .iter()
            .any(|dialect| runner::lacks(dialect, scenario).is_none())
    };
    let idle = suite
        .scenarios
        .iter()
        .filter(|scenario| !caught.contains(scenario.id.as_str()) && applies(scenario));
    idle.map(|scenario| scenario.id.clone()).collect()
}

fn try_out(trial: &Trial<'_>, suite: &Suite, plan: Plan) -> Row {
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
        Ok(runtime) => runtime.block_on(play(trial, suite, plan, &mut row)),
        Err(error) => Err(error.to_string()),
    };
    row.error = result.err();
    row.elapsed = began.elapsed();
    row
}

async fn play(trial: &Trial<'_>, suite: &Suite, plan: Plan, row: &mut Row) -> Result<(), String> {
    let scenarios: Vec<&Scenario> = suite.scenarios.iter().collect();
    let mut server = start(trial).await?;
    let is_broken = trial.subject.is_broken();
    let options = Options {
        time_scale: plan.time_scale,
        fail_fast: is_broken && !plan.full,
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
        let report = runner::run(
            &scenarios,
            trial.dialect,
            &mut server,
            &options,
            &mut |_| {},
        )
        .await;
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
