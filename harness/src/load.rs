//! Load: many clients at once, messages at scheduled times or as many as the server takes, and what must hold all the while:
//! nothing lost, nothing twice, each sender's order kept.
//!
//! ```text
//! crowd ──▶ lexicon ──▶ tally ◀── drive (sockets, schedule)
//! texts     bytes →     what it
//!           meanings    means         tally ──▶ outcome ──▶ report
//! ```
//!
//! With a schedule the load is open: a message is due at its time however slow the server is, and its latency counts from then,
//! so a server that stops for a second is charged with that second by every message that was due in it.

mod crowd;
mod drive;
mod ear;
mod join;
mod ledger;
mod lexicon;
mod mute;
pub mod outcome;
pub mod report;
pub mod subject;
mod tally;
pub mod timing;

use std::io;
use std::ops::RangeInclusive;
use std::time::Duration;

use protocol::Dialect;
use protocol::message::Phase;
use tokio::task::JoinSet;

use crate::runner;
use crate::stop::Stop;
use crate::target::Server;
use crowd::Crowd;
use drive::{Drive, Ended, Orders, Turned};
use join::Refusal;
use lexicon::Lexicon;
pub use outcome::Outcome;
use outcome::{Broken, Ending, Example, Pace, Violation};
use subject::{Subject, Unfit, fitting_size};
use tally::Tally;

pub use crowd::LEAST;
pub use tally::MOST_UNDER_WAY;

/// The most clients of a run.
pub const MOST_CLIENTS: usize = 5000;

/// The most messages per second that can be scheduled.
pub const MOST_RATE: f64 = 10_000_000.0;

/// What load is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// How many clients, from 1 to [`MOST_CLIENTS`].
    pub clients: usize,
    /// How messages come to be sent.
    pub pace: Pace,
    /// For how long.
    pub length: Duration,
    /// Bytes of a text; each has its own, from the seed.
    pub size: RangeInclusive<usize>,
    /// What decides names and texts.
    pub seed: u64,
    /// How long the server may be quiet while messages are under way.
    pub patience: Duration,
    /// So many clients more come in and then read nothing: nobody else may suffer from them.
    pub stalled: usize,
    /// Whether a server that answers nothing is asked if it wants messages ended otherwise, and then loaded so.
    pub attunes: bool,
}

/// Why there is no outcome.
#[derive(Debug)]
pub enum Error {
    /// The dialect cannot be loaded so.
    Unfit(Unfit),
    /// The first client could not even connect.
    Unreachable(io::Error),
    /// The system gives this process no more connections; so many it gave.
    OutOfFiles(usize),
}

impl Plan {
    /// What a dialect lets be checked under this load.
    ///
    /// # Errors
    /// It cannot be loaded, or not so.
    pub fn subject(&self, dialect: &Dialect) -> Result<Subject, Unfit> {
        let window = match self.pace {
            Pace::Open { .. } => None,
            Pace::Closed { window } => Some(window),
        };
        fitting_size(dialect, &self.size)?;
        Subject::of(dialect, self.clients, self.stalled, window)
    }
}

/// Loads a server, until it is done or `stop` wants it ended. `progress` is told how many clients have come in.
///
/// # Errors
/// The dialect cannot be loaded so, nobody listens, or the system has no sockets left. Whatever the server does beyond that is in
/// the outcome.
pub async fn run(
    plan: &Plan,
    dialect: &Dialect,
    server: &mut Server,
    stop: &Stop,
    progress: &mut dyn FnMut(usize),
) -> Result<Outcome, Error> {
    let (mut outcome, unanswered) = once(plan, dialect, server, stop, progress).await?;
    if let Some(phase) = unanswered.filter(|_| plan.attunes) {
        let door = server.door();
        let found = tokio::select! {
            () = stop.requested() => None,
            found = runner::inquire(dialect, &door, plan.seed, phase) => found,
        };
        if let Some(found) = found {
            let (adapted, remark) = (found.adapted(dialect), found.remark(dialect));
            let mut guests = JoinSet::new();
            if !server.restart().await {
                for clients in found.guests {
                    runner::keep(&mut guests, clients);
                }
            }
            let again = Plan {
                // A server that has not yet noticed who left may refuse their names.
                seed: plan.seed.wrapping_add(1),
                ..plan.clone()
            };
            (outcome, _) = once(&again, &adapted, server, stop, progress).await?;
            outcome.seed = plan.seed;
            outcome.remarks.push(remark);
        }
    }
    if !outcome.passed() {
        let is_gone = outcome.ending == Ending::AllClosed;
        let output = server.last_output(is_gone).await;
        outcome.output = output.filter(|output| !output.is_empty());
    }
    Ok(outcome)
}

/// One load, and the phase in which the server answered nothing at all, if there is one.
async fn once(
    plan: &Plan,
    dialect: &Dialect,
    server: &Server,
    stop: &Stop,
    progress: &mut dyn FnMut(usize),
) -> Result<(Outcome, Option<Phase>), Error> {
    let subject = plan.subject(dialect).map_err(Error::Unfit)?;
    let crowd = Crowd::new(plan.clients, &plan.size, plan.seed);
    let lexicon = Lexicon::new(dialect, crowd.clone());
    let tally = Tally::new(subject, plan.pace, crowd.clone(), plan.length);
    let orders = Orders {
        dialect,
        subject,
        pace: plan.pace,
        length: plan.length,
        patience: plan.patience,
        stalled: plan.stalled,
        stop: stop.clone(),
    };
    let door = server.door();
    let mut outcome = blank(plan, dialect, server, subject);
    let unanswered = match Drive::prepare(orders, lexicon, tally, &door, progress).await {
        Ok(drive) => {
            settle(&mut outcome, drive.run().await, plan.clients);
            let counts = outcome.counts;
            let is_answered = counts.heard + counts.acknowledged + counts.anonymous > 0;
            let is_silent = matches!(outcome.ending, Ending::Silent(_));
            (is_silent && !is_answered).then_some(Phase::Chatting)
        }
        Err(turned) => {
            let is_silent = matches!(turned.refusal, Refusal::Silent(_));
            let unanswered = (turned.who == 0 && is_silent).then_some(Phase::Joining);
            turn_away(&mut outcome, turned, &crowd)?;
            unanswered
        }
    };
    if outcome.ending == Ending::Interrupted {
        outcome.interrupted = stop.why();
    }
    Ok((outcome, unanswered))
}

fn blank(plan: &Plan, dialect: &Dialect, server: &Server, subject: Subject) -> Outcome {
    Outcome {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        dialect: dialect.name.clone(),
        dialect_title: dialect.title.clone(),
        target: server.target(),
        clients: plan.clients,
        pace: plan.pace,
        length: plan.length,
        size: plan.size.clone(),
        seed: plan.seed,
        stalled: plan.stalled,
        stalled_felt: false,
        subject,
        ending: Ending::NotJoined,
        sending: Duration::ZERO,
        elapsed: Duration::ZERO,
        counts: outcome::Counts::default(),
        waited: None,
        delivery: None,
        acknowledgement: None,
        every: Duration::ZERO,
        slices: Vec::new(),
        violations: Vec::new(),
        interrupted: None,
        remarks: Vec::new(),
        output: None,
    }
}

/// What came of a load for which everybody came in.
fn settle(outcome: &mut Outcome, ended: Ended, clients: usize) {
    let total = ended.tally.finish(ended.ending, ended.elapsed);
    let (every, slices) = total.course.finish();
    outcome.ending = ended.ending;
    outcome.sending = ended.sending;
    outcome.elapsed = ended.elapsed.max(ended.sending);
    outcome.stalled_felt = ended.stalled_felt;
    outcome.counts = total.counts;
    outcome.counts.joined = clients;
    outcome.waited = total.waited.latency();
    outcome.delivery = total.delivery.latency();
    outcome.acknowledgement = total.acknowledgement.latency();
    (outcome.every, outcome.slices) = (every, slices);
    outcome.violations = total.violations;
}

/// What it means that one client was not let in.
fn turn_away(outcome: &mut Outcome, turned: Turned, crowd: &Crowd) -> Result<(), Error> {
    let (found, why) = match turned.refusal {
        Refusal::NoConnection(error) if is_out_of_files(&error) => {
            return Err(Error::OutOfFiles(turned.who));
        }
        Refusal::NoConnection(error) if turned.who == 0 => return Err(Error::Unreachable(error)),
        Refusal::NoConnection(error) => (Vec::new(), Some(error.to_string())),
        Refusal::Closed(why, said) => (said, why.or(Some("closed".to_owned()))),
        Refusal::Refused(bytes) => (bytes, None),
        Refusal::Silent(said) => (said, Some("timed out".to_owned())),
        Refusal::Stopped => {
            outcome.counts.joined = turned.who;
            outcome.ending = Ending::Interrupted;
            return Ok(());
        }
    };
    let example = Example {
        hearer: Some(String::from_utf8_lossy(&crowd.nick(turned.who)).into_owned()),
        number: Some(turned.who as u64 + 1),
        found,
        why,
        ..Example::default()
    };
    outcome.counts.joined = turned.who.min(outcome.clients);
    outcome.violations = vec![Violation {
        broken: Broken::NotLetIn,
        count: (outcome.clients + outcome.stalled - turned.who) as u64,
        examples: vec![example],
    }];
    Ok(())
}

/// Whether the system's limit of open files is the cause.
fn is_out_of_files(error: &io::Error) -> bool {
    const EMFILE: i32 = 24;
    const ENFILE: i32 = 23;
    const WSAEMFILE: i32 = 10024;
    let code = error.raw_os_error();
    match cfg!(windows) {
        true => code == Some(WSAEMFILE),
        false => code == Some(EMFILE) || code == Some(ENFILE),
    }
}
