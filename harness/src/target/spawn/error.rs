//! Why a server could not be started, in the readers' words.
//!
//! ```text
//! the server exited with status 1 before listening; its last lines:
//!   OSError: [Errno 98] Address already in use
//! help: its port is still in use: set SO_REUSEADDR before bind, …
//! ```

use std::fmt;
use std::io;
use std::time::Duration;

use protocol::lang::Lang;
use protocol::os_error::os_error;
use protocol::quote::visible;

use crate::report::Words;

/// How a server ended before it was asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It used more than so many bytes of memory, and was ended for it.
    Memory(u64),
    /// It used more than so many seconds of processor time, and was ended for it.
    Time(u64),
    /// With this status.
    Status(i32),
    /// By this signal.
    Signal(i32),
    /// In a way that the system does not tell.
    Unknown,
}

/// Why a program could not be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpawnError {
    /// The command is empty, or its quotes are not closed.
    BadCommand,
    /// The system could not start it.
    NotStarted(Words),
    /// The directory in which it is to run is none.
    NoDirectory(String),
    /// Somebody else listens on its port.
    PortTaken {
        /// The port.
        port: u16,
    },
    /// It ended before it listened.
    Exited {
        /// How.
        ended: Ended,
        /// The last lines that it printed.
        output: String,
    },
    /// It runs and does not listen.
    NeverListened {
        /// The port on which it should.
        port: u16,
        /// The ports on which it does.
        elsewhere: Vec<u16>,
        /// How long was waited.
        waited: Duration,
        /// The last lines that it printed.
        output: String,
    },
}

/// Why nobody listens where a server should.
#[derive(Debug)]
pub(super) enum Silence {
    /// It ended.
    Ended(Ended),
    /// It runs, and listens nowhere or elsewhere.
    Never {
        /// Where it should.
        port: u16,
        /// Where it does.
        elsewhere: Vec<u16>,
    },
}

impl Silence {
    pub(super) fn with_output(self, output: String, waited: Duration) -> SpawnError {
        match self {
            Self::Ended(ended) => SpawnError::Exited { ended, output },
            Self::Never { port, elsewhere } => SpawnError::NeverListened {
                port,
                elsewhere,
                waited,
                output,
            },
        }
    }
}

impl SpawnError {
    /// What happened and what to try, in one of the readers' languages. What the server printed is shown as text.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let what = self.what();
        let mut text = what.of(lang).to_owned();
        if let Some(output) = self.output() {
            text.push_str(&last_lines(output, lang));
        }
        for help in self.help() {
            text.push_str(lang.pick(["\najuda: ", "\nhelp: "]));
            text.push_str(help.of(lang));
        }
        text
    }

    /// Whether the program says that its port is in use.
    pub(super) fn says_in_use(&self) -> bool {
        matches!(self, Self::PortTaken { .. }) || self.output().is_some_and(says_in_use)
    }

    /// The system does not start this program.
    pub(super) fn no_program(program: &str, why: &io::Error) -> Self {
        let why = os_error(why);
        Self::NotStarted(Words {
            pt: format!("`{program}`: {}", why.pt),
            en: format!("`{program}`: {}", why.en),
        })
    }

    fn what(&self) -> Words {
        match self {
            Self::BadCommand => words(
                "o comando está vazio, ou uma aspa nele não foi fechada",
                "the command is empty, or a quote in it is not closed",
            ),
            Self::NotStarted(why) => {
                let [pt, en] = [&why.pt, &why.en].map(|why| visible(why));
                words(
                    format!("o servidor não pôde ser iniciado: {pt}"),
                    format!("the server cannot be started: {en}"),
                )
            }
            Self::NoDirectory(path) => {
                let path = visible(path);
                words(
                    format!("`--cwd {path}` não é uma pasta"),
                    format!("`--cwd {path}` is no folder"),
                )
            }
            Self::PortTaken { port } => words(
                format!("outro programa já escuta na porta {port}"),
                format!("another program already listens on port {port}"),
            ),
            Self::Exited { ended, .. } => {
                let ended = ended.words();
                words(
                    format!("o servidor {} antes de escutar", ended.pt),
                    format!("the server {} before listening", ended.en),
                )
            }
            Self::NeverListened { port, waited, .. } => {
                let seconds = waited.as_secs_f64();
                words(
                    format!("o servidor não escutou na porta {port} em {seconds} s"),
                    format!("the server did not listen on port {port} within {seconds} s"),
                )
            }
        }
    }

    fn output(&self) -> Option<&str> {
        match self {
            Self::Exited { output, .. } | Self::NeverListened { output, .. } => Some(output),
            _ => None,
        }
    }

    fn help(&self) -> Vec<Words> {
        let mut help = Vec::new();
        if let Self::PortTaken { port } = self {
            help.push(words(
                format!("encerre-o, ou faça o servidor receber a porta: --spawn '… {{port}}'; com --isolate, a porta {port} é só dele"),
                format!("stop it, or let the server take its port: --spawn '… {{port}}'; with --isolate, port {port} is the server's alone"),
            ));
        }
        if self.output().is_some_and(says_in_use) {
            help.push(words(
                "a porta ainda está em uso: chame setsockopt com SO_REUSEADDR antes de bind, ou receba a porta na linha de comando",
                "its port is still in use: set SO_REUSEADDR with setsockopt before bind, or take the port from the command line",
            ));
        }
        if let Self::NeverListened { elsewhere, .. } = self
            && let Some(other) = elsewhere.first()
        {
            let all: Vec<_> = elsewhere.iter().map(u16::to_string).collect();
            let all = all.join(", ");
            help.push(words(
                format!("ele escuta na porta {all}: se ela está fixa no programa, use --port {other} e nenhum {{port}}"),
                format!("it listens on port {all}: if that is fixed in the program, use --port {other} and no {{port}}"),
            ));
        }
        help
    }
}

/// What systems and languages say when a port is in use: `strerror` in both languages, Node, Java.
fn says_in_use(output: &str) -> bool {
    const SAID: [&str; 4] = [
        "ddress already in use",
        "EADDRINUSE",
        "ndereço já em uso",
        "ndereço já está em uso",
    ];
    SAID.iter().any(|said| output.contains(said))
}

fn last_lines(output: &str, lang: Lang) -> String {
    if output.is_empty() {
        return lang
            .pick(["; não imprimiu nada", "; it printed nothing"])
            .to_owned();
    }
    let head = lang.pick(["; suas últimas linhas:", "; its last lines:"]);
    let lines = output.lines().map(|line| format!("\n  {}", visible(line)));
    std::iter::once(head.to_owned()).chain(lines).collect()
}

fn words(pt: impl Into<String>, en: impl Into<String>) -> Words {
    Words {
        pt: pt.into(),
        en: en.into(),
    }
}

impl Ended {
    /// `exited with status 1`, `was ended by signal 11 (SIGSEGV)`.
    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Status(status) => words(
                format!("terminou com status {status}"),
                format!("exited with status {status}"),
            ),
            Self::Signal(signal) => {
                let name =
                    signal_name(signal).map_or_else(String::new, |name| format!(" ({name})"));
                words(
                    format!("foi encerrado pelo sinal {signal}{name}"),
                    format!("was ended by signal {signal}{name}"),
                )
            }
            Self::Memory(limit) => {
                let limit = limit / 1_000_000;
                words(
                    format!("foi encerrado por usar mais de {limit} MB de memória (--memory)"),
                    format!("was ended for using more than {limit} MB of memory (--memory)"),
                )
            }
            Self::Time(limit) => words(
                format!("foi encerrado por usar mais de {limit} s de processador (--cpu)"),
                format!("was ended for using more than {limit} s of processor time (--cpu)"),
            ),
            Self::Unknown => words("terminou", "ended"),
        }
    }
}

/// The names of the signals that end programs; their numbers are the same on every system, except for one.
const fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        _ => return None,
    })
}

impl fmt::Display for SpawnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Lang::En))
    }
}

impl std::error::Error for SpawnError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_says_what_and_what_to_try() {
        let never = |elsewhere: &[u16], output: &str| SpawnError::NeverListened {
            port: 5000,
            elsewhere: elsewhere.to_vec(),
            waited: Duration::from_secs(15),
            output: output.to_owned(),
        };
        let exited = |ended, output: &str| SpawnError::Exited {
            ended,
            output: output.to_owned(),
        };
        let errors = [
            SpawnError::BadCommand,
            SpawnError::no_program("pyton", &io::ErrorKind::NotFound.into()),
            SpawnError::NoDirectory("nowhere".to_owned()),
            SpawnError::PortTaken { port: 5000 },
            exited(Ended::Status(1), ""),
            exited(Ended::Signal(11), "before\n\u{1b}[2Jit"),
            exited(Ended::Memory(1_000_000_000), "loading"),
            exited(Ended::Time(600), ""),
            exited(
                Ended::Status(1),
                "Traceback (most recent call last):\nOSError: [Errno 98] Address already in use",
            ),
            never(&[], "waiting\n"),
            never(&[8080, 9090], ""),
        ];
        let texts = Lang::ALL.map(|lang| {
            let texts: Vec<_> = errors.iter().map(|error| error.text(lang)).collect();
            texts.join("\n\n")
        });
        insta::assert_snapshot!(texts.join("\n\n\n"));
    }
}
