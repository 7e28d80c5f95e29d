//! Why there is no report, in words.

use std::io;

use protocol::diagnostic::Diagnostics;
use protocol::lang::{Lang, Words};
use protocol::os_error::os_error;

use crate::capture::{LiveError, OpenError};

/// Why there is no report.
pub(super) enum Failure {
    /// The capture cannot be read.
    Open(OpenError),
    /// Nothing can be captured.
    Live(LiveError),
    /// What a person wrote cannot be used: a dialect, claims.
    Written(Diagnostics),
    /// Nobody reads on: `analyzer … | head` is no error.
    Closed,
    /// A copy of the capture cannot be written; the words for it.
    Copy(Words),
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
    pub(super) fn tell(&self, lang: Lang) {
        let (what, advice) = match self {
            Self::Closed => return,
            // Diagnostics say by themselves how bad they are, and what to try.
            Self::Written(mistakes) => return eprint!("{}", mistakes.render(lang, false)),
            Self::Open(error) => {
                let advice = match error {
                    OpenError::NotACapture(kind) => Some(kind.advice()),
                    OpenError::Unreadable { .. } => None,
                };
                (error.told(), advice)
            }
            Self::Live(error) => (error.told(), Some(error.advice())),
            Self::Copy(words) => (words.clone(), None),
            Self::NoChat => {
                let none = [
                    "não há um chat nesta captura",
                    "there is no chat in this capture",
                ];
                let advice = [
                    "se há, diga onde com --port e --dialect",
                    "if there is one, name it with --port and --dialect",
                ];
                (none.into(), Some(advice))
            }
            Self::Write(error) => (unwritten(["o relatório", "the report"].into(), error), None),
        };
        eprintln!("{}: {}", lang.pick(["erro", "error"]), what.of(lang));
        if let Some(advice) = advice {
            eprintln!("  {}: {}", lang.pick(["ajuda", "help"]), lang.pick(advice));
        }
    }
}

/// That something cannot be written, and why.
pub(super) fn unwritten(what: Words, error: &io::Error) -> Words {
    let why = os_error(error);
    Words {
        pt: format!("não foi possível escrever {}: {}", what.pt, why.pt),
        en: format!("cannot write {}: {}", what.en, why.en),
    }
}
