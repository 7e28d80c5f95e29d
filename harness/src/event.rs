//! What a run tells while it goes on: to a progress display, or to nobody. The runner emits, and knows no display.

use crate::report::{Outcome, Remark, Report};

/// Something that happened in a run.
#[derive(Debug)]
pub enum Event<'a> {
    /// The run begins.
    RunStarted {
        /// Scenarios to run.
        scenarios: usize,
    },
    /// A scenario begins.
    ScenarioStarted {
        /// Its identifier.
        id: &'a str,
        /// Its title.
        title: &'a str,
    },
    /// A scenario has its outcome.
    ScenarioFinished {
        /// The outcome.
        outcome: &'a Outcome,
    },
    /// The report so far, now and then: a run that is killed can leave a whole one.
    SoFar {
        /// The report as if the run ended here.
        report: &'a Report,
    },
    /// Something about the whole run.
    Remarked {
        /// What.
        remark: &'a Remark,
    },
    /// The server was started again.
    ServerRestarted,
    /// The run is over.
    RunFinished,
}

/// Who is told.
pub type Sink<'a> = &'a mut (dyn FnMut(&Event<'_>) + Send);
