//! Plays the scenarios of a run: on one server, or on several copies at a time, each with a thread of its own. It ends early
//! when it is asked to, and whatever was judged until then is in the report.
//!
//! It refuses to know how a scenario is played, and how a report looks.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use protocol::Dialect;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

use crate::event::{Event, Sink};
use crate::report::Report;
use crate::runner::{self, Options};
use crate::scenario::Scenario;
use crate::stop::{self, Why};
use crate::target::{Origin, StartError};

/// What is to be played.
#[derive(Debug)]
pub struct Plan<'p> {
    /// What to play.
    pub scenarios: Vec<&'p Scenario>,
    /// What is spoken.
    pub dialect: &'p Dialect,
    /// Where the servers come from.
    pub origin: Origin,
    /// How to play.
    pub options: Options,
    /// On how many servers at a time.
    pub jobs: usize,
    /// When the run must be over.
    pub deadline: Option<Duration>,
}

/// Why there is no report.
#[derive(Debug)]
pub enum Failure {
    /// No server.
    NoServer(StartError),
    /// It was to end before any server was there.
    Stopped,
    /// The system gives no event queue.
    NoRuntime(std::io::Error),
}

/// Plays it all.
///
/// # Errors
/// There is no server, or the run was to end before there was one.
pub fn play(plan: &Plan<'_>, sink: Sink<'_>) -> Result<Report, Failure> {
    let runtime = runtime().map_err(Failure::NoRuntime)?;
    let jobs = plan.jobs.clamp(1, plan.scenarios.len().max(1));
    sink(&Event::RunStarted {
        scenarios: plan.scenarios.len(),
    });
    let board = Mutex::new(Board {
        sink,
        reports: vec![None; jobs],
    });
    let (working, mut all_done) = mpsc::channel::<()>(1);
    let results: Vec<Result<Report, Failure>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs)
            .map(|job| {
                let (board, working) = (&board, working.clone());
                scope.spawn(move || {
                    let result = work(plan, job, jobs, board);
                    drop(working);
                    result
                })
            })
            .collect();
        drop(working);
        runtime.block_on(watch_out(plan, &mut all_done));
        let ends = workers.into_iter().map(|worker| worker.join());
        ends.map(|end| end.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    let board = board.into_inner().unwrap_or_else(PoisonError::into_inner);
    (board.sink)(&Event::RunFinished);
    let mut reports = Vec::new();
    for result in results {
        match result {
            Ok(report) => reports.push(Some(report)),
            // Whoever was stopped before it began has nothing to tell.
            Err(Failure::Stopped) => reports.push(None),
            Err(failure) => return Err(failure),
        }
    }
    let mut report = merged(reports, plan.scenarios.len()).ok_or(Failure::Stopped)?;
    if let Some(remark) = plan.options.stop.why().and_then(Why::remark) {
        (board.sink)(&Event::Remarked { remark: &remark });
        report.remarks.push(remark);
    }
    Ok(report)
}

fn runtime() -> std::io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

/// Until all is done, hears the signals and the clock.
async fn watch_out(plan: &Plan<'_>, all_done: &mut mpsc::Receiver<()>) {
    let time_is_up = async {
        match plan.deadline {
            Some(time) => {
                tokio::time::sleep(time).await;
                Why::Deadline(time)
            }
            None => std::future::pending().await,
        }
    };
    let why = tokio::select! {
        _ = all_done.recv() => return,
        signal = stop::signal() => Why::Signal(signal),
        why = time_is_up => why,
    };
    plan.options.stop.request(why);
    // Nobody sends: it ends with the last of those who work.
    let _ = all_done.recv().await;
}

/// What all who play share: who is told, and how far each is.
struct Board<'s> {
    sink: Sink<'s>,
    reports: Vec<Option<Report>>,
}

/// Plays one of every `jobs` scenarios.
fn work(
    plan: &Plan<'_>,
    job: usize,
    jobs: usize,
    board: &Mutex<Board<'_>>,
) -> Result<Report, Failure> {
    let scenarios: Vec<&Scenario> = plan
        .scenarios
        .iter()
        .skip(job)
        .step_by(jobs)
        .copied()
        .collect();
    let stop = &plan.options.stop;
    let mut told = |event: &Event<'_>| {
        let mut board = board.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            // All begin and end as one.
            Event::RunStarted { .. } | Event::RunFinished => {}
            Event::SoFar { report } if jobs > 1 => {
                board.reports[job] = Some((*report).clone());
                if let Some(report) = merged(board.reports.clone(), plan.scenarios.len()) {
                    (board.sink)(&Event::SoFar { report: &report });
                }
            }
            Event::ScenarioFinished { outcome } if plan.options.are_over_with(outcome) => {
                (board.sink)(event);
                stop.request(Why::Failure);
            }
            _ => (board.sink)(event),
        }
    };
    let runtime = runtime().map_err(Failure::NoRuntime)?;
    runtime.block_on(async {
        let mut server = tokio::select! {
            biased;
            () = stop.requested() => return Err(Failure::Stopped),
            server = plan.origin.start(plan.dialect) => server.map_err(|error| {
                // The others need not go on.
                stop.request(Why::Failure);
                Failure::NoServer(error)
            })?,
        };
        let mut report = runner::run(
            &scenarios,
            plan.dialect,
            &mut server,
            &plan.options,
            &mut told,
        )
        .await;
        report.remarks.extend(server.stop().await);
        Ok(report)
    })
}

/// One report of those of all who played, in the order of the suite. Nothing: nobody did.
fn merged(reports: Vec<Option<Report>>, scenarios: usize) -> Option<Report> {
    let jobs = reports.len();
    let mut whole: Option<Report> = None;
    let mut parts = Vec::new();
    for mut report in reports {
        let outcomes = report
            .as_mut()
            .map(|report| std::mem::take(&mut report.outcomes));
        parts.push(outcomes.unwrap_or_default().into_iter());
        match (&mut whole, report) {
            (Some(whole), Some(report)) => add(whole, report),
            (None, report) => whole = report,
            (Some(_), None) => {}
        }
    }
    let mut whole = whole?;
    whole.outcomes = (0..scenarios)
        .filter_map(|index| parts[index % jobs].next())
        .collect();
    whole.not_run = u32::try_from(scenarios - whole.outcomes.len()).unwrap_or(u32::MAX);
    Some(whole)
}

/// What concerns the whole run.
fn add(whole: &mut Report, part: Report) {
    whole.elapsed = whole.elapsed.max(part.elapsed);
    whole.began = whole.began.clone().min(part.began);
    for remark in part.remarks {
        if !whole.remarks.iter().any(|known| known.says_like(&remark)) {
            whole.remarks.push(remark);
        }
    }
}
