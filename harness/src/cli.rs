//! The command line: arguments in, text and an exit code out. Each sub-command is a function from its arguments to an
//! [`Answer`]; only `main` prints.

pub mod chat;
pub mod check;
pub mod dialect;
pub mod fmt;
pub mod list;
pub mod load;
pub mod probe;
pub mod run;
pub mod selftest;
pub mod starting;

use std::io::{IsTerminal as _, Read as _};
use std::path::PathBuf;

use protocol::diagnostic::{Diagnostic, Diagnostics};
use protocol::lang::{Lang, Words};
use protocol::os_error::os_error;
use protocol::quote::visible;
use protocol::words;

use crate::event::Event;
use crate::progress::Progress;

/// The texts of the command line, each with its translation.
pub const PORTUGUESE: &str = include_str!("cli/pt-BR.toml");

/// Grade chat servers: script their clients, judge what comes back, explain it.
#[derive(clap::Parser, Clone, Debug)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// The sub-commands.
#[derive(clap::Subcommand, Clone, Debug)]
enum Command {
    Run(run::Run),
    Check(check::Check),
    List(list::List),
    Fmt(fmt::Fmt),
    Dialect(dialect::DialectCommand),
    Selftest(selftest::Selftest),
    Load(load::Load),
    Chat(chat::ChatCommand),
    Probe(probe::ProbeCommand),
    #[cfg(unix)]
    #[command(hide = true)]
    Keep(crate::keeper::Keep),
}

impl Cli {
    /// Does what was asked. Diagnostics are coloured if `styled`.
    pub fn answer(&self, styled: bool) -> Answer {
        match &self.command {
            Command::Run(arguments) => {
                let mut progress = Progress::new();
                let mut sink = |event: &Event<'_>| progress.tell(event);
                run::run(arguments, styled, screen(), &mut sink)
            }
            Command::Check(arguments) => check::check(arguments, styled),
            Command::List(arguments) => list::list(arguments, styled),
            Command::Fmt(arguments) if fmt::wants_input(arguments) => match standard_input() {
                Ok(text) => fmt::fmt(arguments, Some(&text), styled),
                Err(error) => {
                    let why = os_error(&error);
                    let wrong = Diagnostic::error(Words {
                        pt: format!("a entrada padrão não pode ser lida: {}", why.pt),
                        en: format!("cannot read the standard input: {}", why.en),
                    });
                    Answer::refusal(&wrong.into(), or_detected(arguments.lang), styled)
                }
            },
            Command::Fmt(arguments) => fmt::fmt(arguments, None, styled),
            Command::Dialect(command) => dialect::dialect(command, styled),
            Command::Selftest(arguments) => {
                selftest::selftest(arguments, styled, &|line| anstream::eprintln!("{line}"))
            }
            Command::Load(arguments) => load::load(arguments, styled, screen()),
            Command::Chat(command) => chat::chat(command, styled),
            Command::Probe(command) => probe::run(command),
            #[cfg(unix)]
            Command::Keep(arguments) => Answer {
                code: u8::from(!crate::keeper::keep(arguments)),
                ..Answer::default()
            },
        }
    }
}

/// What the standard output is shown on.
fn screen() -> run::Screen {
    let asked = std::env::var("COLUMNS").ok();
    let terminal = terminal_size::terminal_size_of(std::io::stdout());
    run::Screen {
        width: width(asked.as_deref(), terminal.map(|(width, _)| width.0)),
        colour: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    }
}

/// The columns of the standard output: as `COLUMNS` wants it, else as the terminal has them.
fn width(asked: Option<&str>, terminal: Option<u16>) -> usize {
    let asked = asked.and_then(|columns| columns.parse().ok());
    let known = asked.or(terminal).filter(|columns| *columns > 0);
    known.map_or(crate::report::terminal::DEFAULT_WIDTH, usize::from)
}

/// All of the standard input, up to more than any scenario may have.
fn standard_input() -> std::io::Result<String> {
    const MORE_THAN_ANY_SCENARIO: u64 = 2 << 20;
    let mut text = String::new();
    std::io::stdin()
        .take(MORE_THAN_ANY_SCENARIO)
        .read_to_string(&mut text)?;
    Ok(text)
}

/// What a sub-command has to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// For the standard output.
    pub out: String,
    /// For the standard error.
    pub err: String,
    /// The exit code.
    pub code: u8,
}

/// A file or an argument is wrong.
pub const USAGE: u8 = 2;
/// Something that was asked for is not so.
pub const FAILED: u8 = 1;
/// The server is not there.
pub const UNREACHABLE: u8 = 3;
/// Nothing was selected.
pub const NOTHING_SELECTED: u8 = 4;
/// Our own fault, or something could not be written.
pub const OWN_FAULT: u8 = 5;

impl Answer {
    /// What is wrong with the files, and nothing else.
    pub fn refusal(diagnostics: &Diagnostics, lang: Lang, styled: bool) -> Self {
        Self {
            err: diagnostics.render(lang, styled),
            code: USAGE,
            ..Self::default()
        }
    }

    /// What is wrong, in a sentence, and nothing else.
    fn wrong(code: u8, message: &str) -> Self {
        Self {
            err: format!("harness: {message}\n"),
            code,
            ..Self::default()
        }
    }
}

/// A report that was asked for: the name of its form, and the file if it goes into one. `json`, `json=-`, `json=FILE`.
fn report_and_file(asked: &str) -> Result<(&str, Option<PathBuf>), Words> {
    match asked.split_once('=') {
        Some((name, "")) => Err(words!(
            "esperava-se um arquivo depois de `{}=`",
            "expected a file after `{}=`",
            visible(name)
        )),
        Some((name, "-")) => Ok((name, None)),
        Some((name, file)) => Ok((name, Some(PathBuf::from(file)))),
        None => Ok((asked, None)),
    }
}

/// Without one nothing can be waited for.
fn no_event_queue(error: &std::io::Error, lang: Lang) -> Answer {
    let what = lang.pick([
        "o sistema não dá uma fila de eventos",
        "the system gives no event queue",
    ]);
    Answer::wrong(OWN_FAULT, &format!("{what}: {}", os_error(error).of(lang)))
}

/// The language that was asked for, or the one that the environment asks for.
fn or_detected(lang: Option<Lang>) -> Lang {
    lang.unwrap_or_else(|| Lang::detect(|name| std::env::var(name).ok()))
}

/// `1 cenário`, `2 cenários`.
fn count(number: usize, one: [&str; 2], lang: Lang) -> String {
    let (one, several) = (lang.pick(one), if number == 1 { "" } else { "s" });
    format!("{number} {one}{several}")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_text_stands_beside_its_translation() {
        let texts = usage::Texts::new(PORTUGUESE);
        assert_eq!(texts.differences(&Cli::command()), [""; 0]);
    }

    #[test]
    fn a_report_may_go_into_a_file() {
        let file = |name: &str| Some(PathBuf::from(name));
        assert_eq!(report_and_file("json"), Ok(("json", None)));
        assert_eq!(report_and_file("json=-"), Ok(("json", None)));
        assert_eq!(
            report_and_file("junit=a=b.xml"),
            Ok(("junit", file("a=b.xml")))
        );
        assert!(report_and_file("json=").is_err());
    }

    #[test]
    fn the_width_is_asked_for_or_the_terminals_or_80() {
        assert_eq!(width(Some("120"), Some(100)), 120);
        assert_eq!(width(Some("wide"), Some(100)), 100);
        assert_eq!(width(None, Some(100)), 100);
        assert_eq!(width(None, Some(0)), 80);
        assert_eq!(width(None, None), 80);
    }
}
