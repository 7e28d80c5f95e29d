//! Why there is no report, in words.

use std::io;

use crate::capture::{LiveError, OpenError};

/// Why there is no report.
pub(super) enum Failure {
    /// The capture cannot be read.
    Open(OpenError),
    /// Nothing can be captured.
    Live(LiveError),
    /// The dialect cannot be loaded; the words for it.
    Dialect(String),
    /// Nobody reads on: `analyzer … | head` is no error.
    Closed,
    /// A copy of the capture cannot be written; the words for it.
    Copy(String),
    /// Claims that cannot be read; the words for it.
    Claims(String),
    /// There is no chat from which a scenario could be made.
    NoChat,
    /// The report cannot be written.
    Write(io::Error),
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Write(error),
        }
    }
}

impl Failure {
    /// Says it on standard error.
    pub(super) fn tell(&self) {
        match self {
            Self::Open(error) => {
                eprintln!("error: {error}");
                if let OpenError::NotACapture(kind) = error {
                    eprintln!("  help: {}", kind.advice());
                }
            }
            Self::Dialect(words) => eprint!("{words}"),
            Self::Claims(words) => eprint!("error: {words}"),
            Self::Live(error) => {
                eprintln!("error: {error}\n  help: {}", error.advice());
            }
            Self::NoChat => eprintln!(
                "error: there is no chat in this capture; name it with --port and --dialect"
            ),
            Self::Copy(words) => eprintln!("error: {words}"),
            Self::Write(error) => eprintln!("error: cannot write the report: {error}"),
            Self::Closed => {}
        }
    }
}
