//! The command line of `harness`.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::process::ExitCode;

use harness::cli::{Cli, OWN_FAULT, PORTUGUESE};
use protocol::lang::Lang;
use protocol::os_error::os_error;

fn main() -> ExitCode {
    let styled = std::io::stderr().is_terminal();
    let cli: Cli = match usage::parse(PORTUGUESE) {
        Ok(cli) => cli,
        Err(told) => return told,
    };
    let answer = cli.answer(styled);
    let _ = anstream::stderr().write_all(answer.err.as_bytes());
    let mut out = anstream::stdout();
    let shown = out.write_all(answer.out.as_bytes());
    match shown.and_then(|()| out.flush()) {
        // A closed pipe is no error: whoever reads has seen enough.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let lang = Lang::detect(|name| std::env::var(name).ok());
            let what = lang.pick([
                "não foi possível escrever a saída",
                "the output could not be written",
            ]);
            let told = format!("harness: {what}: {}\n", os_error(&error).of(lang));
            let _ = anstream::stderr().write_all(told.as_bytes());
            ExitCode::from(OWN_FAULT)
        }
        _ => ExitCode::from(answer.code),
    }
}
