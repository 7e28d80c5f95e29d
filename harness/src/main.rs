//! The command line of `harness`.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use harness::cli::Cli;

fn main() -> ExitCode {
    let styled = std::io::stderr().is_terminal();
    let answer = Cli::parse().answer(styled);
    // A closed pipe is no error: whoever reads has seen enough.
    let _ = anstream::stderr().write_all(answer.err.as_bytes());
    let _ = anstream::stdout().write_all(answer.out.as_bytes());
    ExitCode::from(answer.code)
}
