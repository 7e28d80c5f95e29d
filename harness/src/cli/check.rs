//! `harness check`: are these scenarios written well? Runs nothing.

use std::path::PathBuf;

use protocol::lang::Lang;

use super::{Answer, FAILED, count, or_detected};
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
    /// The language of the answer: pt-BR or en
    #[arg(long)]
    pub lang: Option<Lang>,
}

/// All errors and warnings of the files, then a count. Exits with 2 if there is an error.
pub fn check(arguments: &Check, styled: bool) -> Answer {
    let lang = or_detected(arguments.lang);
    let suite = match scenario::load(&arguments.paths) {
        Ok(suite) => suite,
        Err(diagnostics) => return Answer::refusal(&diagnostics, lang, styled),
    };
    let warnings = suite.warnings.len();
    let verdict = if warnings == 0 {
        lang.pick(["nenhum aviso", "no warnings"]).to_owned()
    } else {
        count(warnings, ["aviso", "warning"], lang)
    };
    Answer {
        out: format!(
            "{}, {verdict}\n",
            count(suite.scenarios.len(), ["cenário", "scenario"], lang)
        ),
        err: suite.warnings.render(lang, styled),
        code: if arguments.strict && warnings > 0 {
            FAILED
        } else {
            0
        },
    }
}
