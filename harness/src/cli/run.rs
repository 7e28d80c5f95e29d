//! `harness run`: grade a server.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use protocol::Dialect;
use protocol::diagnostic::Diagnostics;
use protocol::dialect::Level;
use protocol::framing as wire;
use protocol::lang::Lang;
use protocol::message::Phase;
use protocol::os_error::os_error;
use protocol::words;

use super::starting::{HEADING as STARTING, Starting};
use super::{
    Answer, FAILED, NOTHING_SELECTED, OWN_FAULT, USAGE, no_event_queue, or_detected,
    report_and_file,
};
use crate::crew::{self, Plan};
use crate::event::{Event, Sink};
use crate::report::classroom50::Identity;
use crate::report::format::{Format, Setting};
use crate::report::{Remark, Report, Words, annotations};
use crate::runner::Options;
use crate::save::{is_a_stream, write_atomically};
use crate::scenario::{self, Filter, Scenario};
use crate::stop::{Stop, Why};
use crate::target::Origin;

/// The target cannot be reached, or did not start.
pub const NO_TARGET: u8 = 3;

/// Run scenarios against a server and grade it.
///
/// Without --target or --spawn it serves itself the dialect's reference server. Exit codes: 0 all required passed, 1 some
/// failed or --deadline was over, 2 usage, dialect or scenario file, 3 target not reachable or not started, 4 nothing
/// selected, 5 our own fault; 129, 130 and 143 after SIGHUP, SIGINT and SIGTERM, with a report of what was judged.
#[derive(clap::Args, Clone, Debug)]
pub struct Run {
    /// Scenario files, and folders to search for them
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// A server that is already running
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "spawn")]
    pub target: Option<String>,
    /// A command that starts the server; {port} in it stands for a free port
    #[arg(long, value_name = "COMMAND")]
    pub spawn: Option<String>,
    /// A built-in dialect, or a dialect file
    #[arg(long, value_name = "NAME|FILE", default_value = "unb")]
    pub dialect: String,
    /// Where clients end their messages: as the dialect says (dialect); so at first, and otherwise where the server answers only
    /// to that (auto); nowhere (raw); at a line feed (lf); at CR LF (crlf)
    #[arg(long, value_enum, value_name = "HOW", default_value_t = Framing::Auto, hide_possible_values = true)]
    pub framing: Framing,
    /// How to report, and into which file: terminal, json, junit, tap, tap13, markdown, github (annotations), html, gradescope,
    /// classroom50, csv; can be given several times
    #[arg(long, value_name = "FORMAT[=FILE]")]
    pub format: Vec<String>,
    /// Whose server it is, for a line of the gradebook (csv)
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    pub student: String,
    /// The readers' language: pt-BR or en [default: from the environment]
    #[arg(long)]
    pub lang: Option<Lang>,
    /// Only these: ids (with `*`), topics, tags, rules, levels; with `!` in front, all but these
    #[arg(long, value_name = "WORDS")]
    pub filter: Vec<String>,
    /// Stop at the first failure of what is required
    #[arg(long)]
    pub fail_fast: bool,
    /// Run each scenario so many times: a server that passes only sometimes fails
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub repeat: u32,
    /// End the run after so long, with a report of what was judged until then
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub deadline: Option<u64>,
    /// Stretch every wait, for a slow server or a slow machine
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = factor)]
    pub time_scale: f64,
    /// Warnings earn no points, and fail the run where the scenario is required
    #[arg(long)]
    pub strict: bool,
    /// Exit with 0 although something failed
    #[arg(long)]
    pub exit_zero: bool,
    /// What decides the nicknames [default: chance]
    #[arg(long)]
    pub seed: Option<u64>,
    /// Start the server anew for each scenario
    #[arg(long, help_heading = STARTING)]
    pub fresh: bool,
    /// Copies of the server that run at a time and share the scenarios
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=64), help_heading = STARTING)]
    pub jobs: u8,
    /// How the server is started.
    #[command(flatten)]
    pub starting: Starting,
}

/// Where clients end their messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Framing {
    /// As the dialect says, and, where the server answers only to another line end, at that.
    Auto,
    /// As the dialect says.
    Dialect,
    /// Nowhere.
    Raw,
    /// At a line feed.
    Lf,
    /// At CR LF.
    Crlf,
}

impl Framing {
    /// The framing that replaces the dialect's.
    fn forced(self) -> Option<wire::Framing> {
        let end =
            |end: &[u8]| wire::Framing::Delimited(wire::Terminator::new(end.to_vec(), Vec::new()));
        match self {
            Self::Auto | Self::Dialect => None,
            Self::Raw => Some(wire::Framing::Raw),
            Self::Lf => Some(end(b"\n")),
            Self::Crlf => Some(end(b"\r\n")),
        }
    }

    /// What the report says of it.
    fn remark(self, dialect: &Dialect) -> Option<Remark> {
        let ended = |end| {
            [
                format!("terminam suas mensagens com {end}"),
                format!("end their messages with {end}"),
            ]
        };
        let how = match self {
            Self::Auto | Self::Dialect => return None,
            Self::Raw => {
                ["não terminam suas mensagens", "do not end their messages"].map(str::to_owned)
            }
            Self::Lf => ended("\\n (LF)"),
            Self::Crlf => ended("\\r\\n (CR LF)"),
        };
        let name = &dialect.name;
        let [pt, en] = how;
        Some(Remark::note(Words {
            pt: format!("por `--framing`, os clientes {pt}, diga o dialeto `{name}` o que disser"),
            en: format!("by `--framing`, clients {en}, whatever the dialect `{name}` says"),
        }))
    }

    /// The dialect with this framing.
    pub(super) fn of(self, dialect: Dialect) -> Dialect {
        let Some(framing) = self.forced() else {
            return dialect;
        };
        let phases = [Phase::Joining, Phase::Chatting].into_iter();
        phases.fold(dialect, |dialect, phase| {
            dialect.with_client_framing(phase, framing.clone())
        })
    }
}

/// How wide and colourful the terminal is.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    /// Its columns.
    pub width: usize,
    /// Whether it shows colours.
    pub colour: bool,
}

/// A form of the report, and where it goes: to the standard output, or into a file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    format: Format,
    file: Option<PathBuf>,
}

/// Grades a server. Progress goes to `sink`.
pub fn run(arguments: &Run, styled: bool, screen: Screen, sink: Sink<'_>) -> Answer {
    match prepare(arguments, styled) {
        Ok(prepared) => grade(arguments, &prepared, screen, sink),
        Err(answer) => answer,
    }
}

struct Prepared {
    scenarios: Vec<Scenario>,
    dialect: Dialect,
    formats: Vec<Wanted>,
}

fn prepare(arguments: &Run, styled: bool) -> Result<Prepared, Answer> {
    let refuse = |diagnostics: Diagnostics| {
        Answer::refusal(&diagnostics, or_detected(arguments.lang), styled)
    };
    let lang = lang(arguments);
    let formats =
        formats(&arguments.format).map_err(|error| Answer::wrong(USAGE, error.of(lang)))?;
    let dialect = super::dialect::load(&arguments.dialect).map_err(refuse)?;
    let dialect = arguments.framing.of(dialect);
    let suite = scenario::load(&arguments.paths).map_err(refuse)?;
    let filter = Filter::new(arguments.filter.iter().map(String::as_str));
    let level = |scenario: &Scenario| match &scenario.rule {
        Some(rule) => dialect.level(rule, scenario.level),
        None => scenario.level,
    };
    let scenarios: Vec<_> = suite
        .scenarios
        .into_iter()
        .filter(|scenario| filter.selects(scenario, level(scenario)))
        .collect();
    if scenarios.is_empty() {
        let message = lang.pick([
            "nenhum cenário foi selecionado\n  `harness list` mostra os nomes, os tópicos e os níveis que --filter conhece",
            "no scenario is selected\n  `harness list` shows the names, topics and levels that --filter knows",
        ]);
        return Err(Answer::wrong(NOTHING_SELECTED, message));
    }
    Ok(Prepared {
        scenarios,
        dialect,
        formats,
    })
}

fn grade(arguments: &Run, prepared: &Prepared, screen: Screen, sink: Sink<'_>) -> Answer {
    let (origin, jobs, remark) = match origin(arguments, &prepared.dialect) {
        Ok(origin) => origin,
        Err(error) => return Answer::wrong(USAGE, error.of(lang(arguments))),
    };
    let plan = Plan {
        scenarios: prepared.scenarios.iter().collect(),
        dialect: &prepared.dialect,
        origin,
        options: options(arguments, &prepared.dialect, remark),
        jobs,
        deadline: arguments.deadline.map(Duration::from_secs),
    };
    let mut told = |event: &Event<'_>| {
        sink(event);
        // A run that is killed leaves whole reports of what was judged. What cannot be written is told at the end.
        if let Event::SoFar { report } = event {
            save(arguments, prepared, report, screen, |file| {
                !is_a_stream(file)
            });
        }
    };
    let played = crew::play(&plan, &mut told);
    let stopped = plan.options.stop.why();
    let mut answer = match played {
        Ok(report) => show(arguments, prepared, &report, screen),
        Err(crew::Failure::NoServer(error)) => {
            Answer::wrong(NO_TARGET, &error.text(lang(arguments)))
        }
        Err(crew::Failure::Stopped) => {
            let ended = [
                "a execução foi encerrada antes que o servidor tivesse começado",
                "the run was ended before the server had started",
            ];
            Answer::wrong(FAILED, lang(arguments).pick(ended))
        }
        Err(crew::Failure::NoRuntime(error)) => no_event_queue(&error, lang(arguments)),
    };
    match stopped {
        // As a shell says it of a program that a signal ended.
        Some(Why::Signal(signal)) => answer.code = 128 + signal.number(),
        Some(Why::Deadline(_)) if answer.code == 0 && !arguments.exit_zero => answer.code = FAILED,
        _ => {}
    }
    answer
}

/// Where the servers come from, how many at a time, and what is to be said of it.
fn origin(arguments: &Run, dialect: &Dialect) -> Result<(Origin, usize, Option<Remark>), Words> {
    let starting = &arguments.starting;
    let jobs = usize::from(arguments.jobs);
    if let Some(target) = &arguments.target {
        if jobs > 1 || arguments.fresh {
            let flag = if jobs > 1 { "--jobs" } else { "--fresh" };
            return Err(words!(
                "{flag} inicia servidores: precisa de --spawn, e não se usa com --target",
                "{flag} starts servers: it needs --spawn, and cannot be used with --target"
            ));
        }
        return Ok((Origin::Attached(target.clone()), 1, None));
    }
    let Some(command) = &arguments.spawn else {
        return Ok((Origin::Embedded, jobs, None));
    };
    let many = jobs > 1 || arguments.fresh;
    let (spawn, is_refused) = starting.spawn(command, dialect, many);
    let jobs = if is_refused && !spawn.has_port_of_its_own() {
        1
    } else {
        jobs
    };
    Ok((
        Origin::Spawned(Box::new(spawn)),
        jobs,
        is_refused.then(no_network),
    ))
}

fn no_network() -> Remark {
    Remark::warning(Words {
            pt: "o sistema não dá aos servidores uma rede só deles: os de porta fixa rodam um depois do outro".to_owned(),
            en: "the system gives servers no network of their own: those with a fixed port run one after another".to_owned(),
        })
}

fn options(arguments: &Run, dialect: &Dialect, remark: Option<Remark>) -> Options {
    let mut rerun = String::new();
    if arguments.dialect != "unb" {
        rerun.push_str(&format!(" --dialect {}", shell_word(&arguments.dialect)));
    }
    if let Some(target) = &arguments.target {
        rerun.push_str(&format!(" --target {}", shell_word(target)));
    }
    if let Some(command) = &arguments.spawn {
        rerun.push_str(&format!(" --spawn {}", shell_word(command)));
        rerun.push_str(&arguments.starting.rerun());
    }
    if arguments.framing.forced().is_some() {
        let framing = clap::ValueEnum::to_possible_value(&arguments.framing);
        let name = framing.as_ref().map_or("auto", |value| value.get_name());
        rerun.push_str(&format!(" --framing {name}"));
    }
    Options {
        fresh: arguments.fresh,
        stop: Stop::default(),
        time_scale: arguments.time_scale,
        strict: arguments.strict,
        fail_fast: arguments.fail_fast.then_some(Level::Must),
        repeat: arguments.repeat,
        remarks: arguments
            .framing
            .remark(dialect)
            .into_iter()
            .chain(remark)
            .collect(),
        attunes: arguments.framing == Framing::Auto,
        seed: arguments
            .seed
            .unwrap_or_else(|| RandomState::new().build_hasher().finish()),
        rerun,
    }
}

/// A word as a shell takes it.
pub(super) fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// Prints and saves every report that was asked for.
fn show(arguments: &Run, prepared: &Prepared, report: &Report, screen: Screen) -> Answer {
    let mut answer = Answer {
        code: if report.required_failed() && !arguments.exit_zero {
            FAILED
        } else {
            0
        },
        ..Answer::default()
    };
    for wanted in prepared
        .formats
        .iter()
        .filter(|wanted| wanted.file.is_none())
    {
        let text = render(arguments, report, wanted, screen);
        answer.out.push_str(&text);
    }
    for error in save(arguments, prepared, report, screen, |_| true) {
        answer.err.push_str(&error);
        answer.code = OWN_FAULT;
    }
    answer
}

/// Saves every report that goes into a file that is wanted now: what could not be written.
fn save(
    arguments: &Run,
    prepared: &Prepared,
    report: &Report,
    screen: Screen,
    is_wanted: fn(&Path) -> bool,
) -> Vec<String> {
    let failed = |wanted: &Wanted| {
        let file = wanted.file.as_ref().filter(|file| is_wanted(file))?;
        let text = render(arguments, report, wanted, screen);
        let error = write_atomically(file, text.as_bytes()).err()?;
        let what = lang(arguments).pick([
            "não foi possível gravar o relatório em",
            "the report could not be written to",
        ]);
        let why = os_error(&error);
        let why = why.of(lang(arguments));
        Some(format!("harness: {what} {}: {why}\n", file.display()))
    };
    prepared.formats.iter().filter_map(failed).collect()
}

fn render(arguments: &Run, report: &Report, wanted: &Wanted, screen: Screen) -> String {
    let variable = |name: &str| std::env::var(name).ok();
    let plain = Setting {
        student: arguments.student.clone(),
        identity: Identity::from_environment(variable),
        ..Setting::plain(lang(arguments))
    };
    if wanted.file.is_some() {
        return wanted.format.render(report, &plain);
    }
    let setting = Setting {
        width: screen.width,
        colour: screen.colour,
        ..plain
    };
    let text = wanted.format.render(report, &setting);
    let is_workflow = variable("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    match wanted.format {
        Format::Github => text,
        // What a server sent must not become a command of the workflow whose log this is.
        _ if is_workflow => annotations::guarded(&text, &unforeseeable_word()),
        _ => text,
    }
}

fn lang(arguments: &Run) -> Lang {
    or_detected(arguments.lang)
}

fn unforeseeable_word() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

/// The reports that were asked for; the terminal's where none was.
fn formats(asked: &[String]) -> Result<Vec<Wanted>, Words> {
    if asked.is_empty() {
        return Ok(vec![Wanted {
            format: Format::Terminal,
            file: None,
        }]);
    }
    asked.iter().map(|asked| format_of(asked)).collect()
}

fn format_of(asked: &str) -> Result<Wanted, Words> {
    let (name, file) = report_and_file(asked)?;
    let format = name.parse()?;
    Ok(Wanted { format, file })
}

fn factor(text: &str) -> Result<f64, Words> {
    match text.parse::<f64>() {
        Ok(factor) if (0.01..=1000.0).contains(&factor) => Ok(factor),
        _ => Err([
            "esperava-se um número de 0.01 a 1000",
            "expected a number from 0.01 to 1000",
        ]
        .into()),
    }
}

/// A sink that nobody listens to.
pub fn nobody(_: &Event<'_>) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_is_none_is_refused_with_those_that_are() {
        assert!(format_of("json").is_ok() && format_of("json=").is_err());
        assert!(format_of("jsn").is_err_and(|error| error.en.contains("terminal, json")));
    }

    #[test]
    fn a_word_survives_the_shell() {
        assert_eq!(shell_word("127.0.0.1:5000"), "127.0.0.1:5000");
        assert_eq!(shell_word("python3 it's.py"), "'python3 it'\\''s.py'");
    }
}
