//! The command line in the reader's language. Clap, which reads it, speaks English alone: help and usage errors are made again in
//! Portuguese, from a file in which every text of a program stands beside its translation.
//!
//! Knows no program: each brings its arguments and its file.

mod error;
mod help;
mod texts;

use std::env;
use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::error::{Error, ErrorFormatter};
use clap::{Command, Parser};
use protocol::lang::Lang;

pub use texts::Texts;

/// The arguments of this process.
///
/// # Errors
/// The exit code, where they cannot be used or ask for help; it is said already, in the language that `--lang` or the environment
/// asks for. `portuguese` is the file of the program's texts: see [`Texts::new`].
pub fn parse<P: Parser>(portuguese: &str) -> Result<P, ExitCode> {
    let arguments: Vec<OsString> = env::args_os().collect();
    P::try_parse_from(&arguments).map_err(|error| {
        let told = match asked(&arguments) {
            Lang::En => None,
            Lang::PtBr => in_portuguese(P::command(), &arguments, Texts::new(portuguese)),
        };
        told.unwrap_or_else(|| Told::of(&error)).tell()
    })
}

/// What clap says to arguments that cannot be used, or ask for help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The words, with ANSI styles.
    pub text: String,
    /// Whether they are an error.
    pub is_error: bool,
    /// The exit code.
    pub code: u8,
}

impl Told {
    fn of<F: ErrorFormatter>(error: &Error<F>) -> Self {
        Self {
            text: error.render().ansi().to_string(),
            is_error: error.use_stderr(),
            code: u8::try_from(error.exit_code()).unwrap_or(u8::MAX),
        }
    }

    fn tell(&self) -> ExitCode {
        // Where nobody reads there is nobody to be told so.
        let _ = match self.is_error {
            true => anstream::stderr().write_all(self.text.as_bytes()),
            false => anstream::stdout().write_all(self.text.as_bytes()),
        };
        self.code.into()
    }
}

/// What is said to these arguments, of which the first is the program, in Portuguese; nothing to those that can be used.
#[must_use]
pub fn in_portuguese(command: Command, arguments: &[OsString], portuguese: Texts) -> Option<Told> {
    let mut command = help::in_portuguese(command, &portuguese.with_common());
    let error = command.try_get_matches_from_mut(arguments).err()?;
    let told = Told::of(&error.apply::<error::Portuguese>());
    Some(Told {
        text: told.text.replace("[OPTIONS]", "[OPÇÕES]"),
        ..told
    })
}

/// The language of `--lang`, wherever it stands; else the environment's.
fn asked(arguments: &[OsString]) -> Lang {
    let mut words = arguments.iter().filter_map(|word| word.to_str());
    let mut given = None;
    while let Some(word) = words.next() {
        match word.strip_prefix("--lang") {
            Some("") => given = words.next(),
            Some(rest) => given = rest.strip_prefix('=').or(given),
            None => {}
        }
    }
    given
        .and_then(|lang| lang.parse().ok())
        .unwrap_or_else(|| Lang::detect(|name| env::var(name).ok()))
}

#[cfg(test)]
mod tests;
