//! The command line of `analyzer`.

use std::process::ExitCode;

fn main() -> ExitCode {
    analyzer::cli::main()
}
