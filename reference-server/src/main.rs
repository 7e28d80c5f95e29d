//! The command line of `reference-server`.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    match usage::parse(cli::PORTUGUESE) {
        Ok(arguments) => cli::run(&arguments),
        Err(told) => told,
    }
}
