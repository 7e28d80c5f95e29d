//! `harness check`: are these scenarios written well? Runs nothing.

use std::path::PathBuf;

use super::{Answer, FAILED, count};
use crate::scenario;

/// Check scenario files without running them.
#[derive(clap::Args, Clone, Debug)]
pub struct Check {
    /// Scenario files, and folders to search for them
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// Take warnings for errors: exit with 1 if there is one
    #[arg(long)]
    pub strict: bool,
}

/// All errors and warnings of the files, then a count. Exits with 2 if there is an error.
pub fn check(arguments: &Check, styled: bool) -> Answer {
    let suite = match scenario::load(&arguments.paths) {
        Ok(suite) => suite,
        Err(diagnostics) => return Answer::refusal(&diagnostics, styled),
    };
    let warnings = suite.warnings.len();
    let verdict = if warnings == 0 {
        "no warnings".to_owned()
    } else {
        count(warnings, "warning")
    };
    Answer {
        out: format!("{}, {verdict}\n", count(suite.scenarios.len(), "scenario")),
        err: suite.warnings.render(styled),
        code: if arguments.strict && warnings > 0 {
            FAILED
        } else {
            0
        },
    }
}
