//! `harness load`: what holds while a server is busy, and how fast it is.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use protocol::Dialect;
use protocol::lang::Lang;
use protocol::os_error::os_error;
use protocol::quote::visible;
use protocol::words;

use super::dialect::load as load_dialect;
use super::run::{Framing, Screen};
use super::starting::Starting;
use super::{
    Answer, FAILED, OWN_FAULT, UNREACHABLE, USAGE, no_event_queue, or_detected, report_and_file,
};
use crate::load::outcome::Pace;
use crate::load::report::{html, json, terminal};
use crate::load::{self, MOST_CLIENTS, MOST_RATE, MOST_UNDER_WAY, Outcome, Plan};
use crate::report::{Remark, Words};
use crate::save::write_atomically;
use crate::stop::{self, Stop, Why};
use crate::target::Origin;

/// Load a server with many clients, and check that nothing is lost, doubled or out of order.
///
/// Messages are sent at scheduled times (--rate), and their latency counts from then, or as fast as the server delivers
/// (--window). Without --target or --spawn the load goes to the dialect's embedded reference server. Exit codes: 0 everything
/// held, 1 something did not, 2 usage or dialect, 3 target not reachable or not started, 5 our own fault; 129, 130 and 143 after
/// SIGHUP, SIGINT and SIGTERM, with a report of what was measured.
#[derive(clap::Args, Clone, Debug)]
pub struct Load {
    /// How many clients; each of them sends
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clients)]
    pub clients: usize,
    /// Messages per second, all clients together [default: 200]
    #[arg(long, value_name = "R", value_parser = rate, conflicts_with = "window")]
    pub rate: Option<f64>,
    /// Instead of a rate: each client keeps so many messages under way. Where the protocol does not mark where messages end, only
    /// 1 is possible
    #[arg(long, value_name = "W", value_parser = window)]
    pub window: Option<usize>,
    /// For how long messages are sent: 10s, 500ms, 2m
    #[arg(long = "for", value_name = "TIME", default_value = "10s", value_parser = duration)]
    pub length: Duration,
    /// Bytes of a text: a number, or the least and the most (20-200), from which each message gets its own
    #[arg(long, value_name = "BYTES", default_value = "64", value_parser = size)]
    pub size: RangeInclusive<usize>,
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
    /// How to report, and into which file: terminal, json, html; can be given several times
    #[arg(long, value_name = "FORMAT[=FILE]")]
    pub format: Vec<String>,
    /// The readers' language: pt-BR or en [default: from the environment]
    #[arg(long)]
    pub lang: Option<Lang>,
    /// How long the server may send nothing while messages are under way
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub patience: Duration,
    /// So many clients more come in and then read nothing: the others must not suffer from them
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = stalled)]
    pub stalled: usize,
    /// What decides nicknames and texts [default: chance]
    #[arg(long)]
    pub seed: Option<u64>,
    /// Exit with 0 although something did not hold
    #[arg(long)]
    pub exit_zero: bool,
    /// How the server is started.
    #[command(flatten)]
    pub starting: Starting,
}

/// The rate where neither a rate nor a window is given.
const DEFAULT_RATE: f64 = 200.0;

/// The longest time that can be asked for.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A form of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Terminal,
    Json,
    Html,
}

/// A form, and where it goes: to the standard output, or into a file.
type Wanted = (Format, Option<PathBuf>);

/// Loads a server.
pub fn load(arguments: &Load, styled: bool, screen: Screen) -> Answer {
    let lang = or_detected(arguments.lang);
    let formats = match formats(&arguments.format) {
        Ok(formats) => formats,
        Err(error) => return Answer::wrong(USAGE, error.of(lang)),
    };
    let dialect = match load_dialect(&arguments.dialect) {
        Ok(dialect) => arguments.framing.of(dialect),
        Err(mistakes) => return Answer::refusal(&mistakes, lang, styled),
    };
    let plan = plan(arguments);
    if let Err(unfit) = plan.subject(&dialect) {
        return Answer::wrong(USAGE, &unfit.told(&visible(&dialect.name), lang));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return no_event_queue(&error, lang),
    };
    let stop = Stop::default();
    let mut answer = runtime.block_on(async {
        let asked = stop.clone();
        tokio::spawn(async move { asked.request(Why::Signal(stop::signal().await)) });
        let measured = measure(arguments, &plan, &dialect, &stop, lang).await;
        measured.map_or_else(
            |answer| answer,
            |outcome| show(arguments, &outcome, &formats, lang, screen),
        )
    });
    if let Some(Why::Signal(signal)) = stop.why() {
        // As a shell says it of a program that a signal ended.
        answer.code = 128 + signal.number();
    }
    answer
}

/// Starts the server, loads it, and ends it.
async fn measure(
    arguments: &Load,
    plan: &Plan,
    dialect: &Dialect,
    stop: &Stop,
    lang: Lang,
) -> Result<Outcome, Answer> {
    let (origin, remark) = origin(arguments, dialect);
    let started = tokio::select! {
        biased;
        () = stop.requested() => {
            let ended = [
                "a carga foi encerrada antes que o servidor tivesse começado",
                "the load was ended before the server had started",
            ];
            return Err(Answer::wrong(FAILED, lang.pick(ended)));
        }
        started = origin.start(dialect) => started,
    };
    let mut server = started.map_err(|error| Answer::wrong(UNREACHABLE, &error.text(lang)))?;
    let bar = progress(plan);
    let outcome = load::run(plan, dialect, &mut server, stop, &mut |joined| {
        bar.set_position(joined as u64);
        if joined == plan.clients {
            bar.set_style(ProgressStyle::default_spinner());
            bar.enable_steady_tick(Duration::from_millis(200));
        }
    })
    .await;
    bar.finish_and_clear();
    let last = server.stop().await;
    let mut outcome = outcome.map_err(|error| refused(&error, &visible(&dialect.name), lang))?;
    outcome.remarks.extend(remark.into_iter().chain(last));
    Ok(outcome)
}

fn plan(arguments: &Load) -> Plan {
    let pace = match arguments.window {
        Some(window) => Pace::Closed { window },
        None => Pace::Open {
            rate: arguments.rate.unwrap_or(DEFAULT_RATE),
        },
    };
    Plan {
        clients: arguments.clients,
        pace,
        length: arguments.length,
        size: arguments.size.clone(),
        seed: arguments
            .seed
            .unwrap_or_else(|| RandomState::new().build_hasher().finish()),
        patience: arguments.patience,
        stalled: arguments.stalled,
        attunes: arguments.framing == Framing::Auto,
    }
}

/// Where the server comes from, and what is to be said of it.
fn origin(arguments: &Load, dialect: &Dialect) -> (Origin, Option<Remark>) {
    match (&arguments.target, &arguments.spawn) {
        (Some(target), _) => (Origin::Attached(target.clone()), None),
        (None, Some(command)) => {
            let (spawn, is_refused) = arguments.starting.spawn(command, dialect, false);
            let remark = is_refused.then(no_network);
            (Origin::Spawned(Box::new(spawn)), remark)
        }
        (None, None) => (Origin::Embedded, None),
    }
}

fn no_network() -> Remark {
    Remark::warning(Words {
        pt: "o sistema não dá ao servidor uma rede só dele: ele roda na rede da máquina".to_owned(),
        en: "the system gives the server no network of its own: it runs in the machine's"
            .to_owned(),
    })
}

/// Shown only on a terminal.
fn progress(plan: &Plan) -> ProgressBar {
    ProgressBar::new(plan.clients as u64)
}

fn refused(error: &load::Error, dialect: &str, lang: Lang) -> Answer {
    match error {
        load::Error::Unfit(unfit) => Answer::wrong(USAGE, &unfit.told(dialect, lang)),
        load::Error::Unreachable(error) => {
            let what = lang.pick([
                "o servidor não pode ser alcançado",
                "the server cannot be reached",
            ]);
            Answer::wrong(
                UNREACHABLE,
                &format!("{what}: {}", os_error(error).of(lang)),
            )
        }
        load::Error::OutOfFiles(count) => {
            let why = lang.pick([
                format!("o sistema não permite a este processo mais que {count} conexões\najuda: permita-lhe mais arquivos abertos (`ulimit -n 16384`), ou use menos clientes"),
                format!("the system allows this process no more than {count} connections\nhelp: allow it more open files (`ulimit -n 16384`), or use fewer clients"),
            ]);
            Answer::wrong(OWN_FAULT, &why)
        }
    }
}

fn show(
    arguments: &Load,
    outcome: &Outcome,
    formats: &[Wanted],
    lang: Lang,
    screen: Screen,
) -> Answer {
    let mut answer = Answer {
        code: match outcome.passed() || arguments.exit_zero {
            true => 0,
            false => FAILED,
        },
        ..Answer::default()
    };
    for (format, file) in formats {
        let options = terminal::Options {
            lang,
            width: screen.width,
            colour: screen.colour && file.is_none(),
        };
        let text = match format {
            Format::Terminal => terminal::render(outcome, options),
            Format::Json => json::render(outcome),
            Format::Html => html::render(outcome, lang),
        };
        let Some(file) = file else {
            answer.out.push_str(&text);
            continue;
        };
        if let Err(error) = write_atomically(file, text.as_bytes()) {
            let why = os_error(&error);
            let why = why.of(lang);
            answer
                .err
                .push_str(&format!("harness: {}: {why}\n", file.display()));
            answer.code = OWN_FAULT;
        }
    }
    answer
}

/// The reports that were asked for; the terminal's where none was.
fn formats(asked: &[String]) -> Result<Vec<Wanted>, Words> {
    if asked.is_empty() {
        return Ok(vec![(Format::Terminal, None)]);
    }
    let format = |asked: &String| {
        let (name, file) = report_and_file(asked)?;
        let format = match name {
            "terminal" => Format::Terminal,
            "json" => Format::Json,
            "html" => Format::Html,
            _ => {
                let found = visible(name);
                return Err(words!(
                    "esperava-se um de terminal, json, html, veio `{found}`",
                    "expected one of terminal, json, html, found `{found}`"
                ));
            }
        };
        Ok((format, file))
    };
    asked.iter().map(format).collect()
}

fn clients(text: &str) -> Result<usize, Words> {
    in_range(text, 1..=MOST_CLIENTS)
}

fn stalled(text: &str) -> Result<usize, Words> {
    in_range(text, 0..=MOST_CLIENTS)
}

fn window(text: &str) -> Result<usize, Words> {
    in_range(text, 1..=MOST_UNDER_WAY)
}

fn in_range(text: &str, range: RangeInclusive<usize>) -> Result<usize, Words> {
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| {
        words!(
            "esperava-se um número de {} a {}",
            "expected a number from {} to {}",
            range.start(),
            range.end()
        )
    })
}

fn rate(text: &str) -> Result<f64, Words> {
    match text.parse::<f64>() {
        Ok(rate) if (0.01..=MOST_RATE).contains(&rate) => Ok(rate),
        _ => Err(words!(
            "esperavam-se mensagens por segundo, de 0.01 a {MOST_RATE}",
            "expected messages per second, from 0.01 to {MOST_RATE}"
        )),
    }
}

/// `10s`, `500ms`, `2m`, `1.5s`.
fn duration(text: &str) -> Result<Duration, Words> {
    let wrong = || {
        Words::from([
            "esperava-se um tempo como 10s, 500ms ou 2m, até 24 horas",
            "expected a time such as 10s, 500ms or 2m, up to 24 hours",
        ])
    };
    let split = text
        .find(|c: char| c.is_ascii_alphabetic())
        .ok_or_else(wrong)?;
    let (number, unit) = text.split_at(split);
    let factor = match unit {
        "ms" => 1e-3,
        "s" => 1.0,
        "m" | "min" => 60.0,
        _ => return Err(wrong()),
    };
    let seconds = number.parse::<f64>().map_err(|_| wrong())? * factor;
    let fits = seconds >= 1e-3 && seconds <= LONGEST.as_secs_f64();
    fits.then(|| Duration::from_secs_f64(seconds))
        .ok_or_else(wrong)
}

/// `64`, `20-200`.
fn size(text: &str) -> Result<RangeInclusive<usize>, Words> {
    let (least, most) = text.split_once('-').unwrap_or((text, text));
    match (least.parse(), most.parse()) {
        (Ok(least), Ok(most)) if least <= most => Ok(least..=most),
        _ => Err([
            "esperava-se um número de bytes, ou o menor e o maior, como 20-200",
            "expected a number of bytes, or the least and the most such as 20-200",
        ]
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_sizes_are_read_as_people_write_them() {
        let ms = |ms| Ok(Duration::from_millis(ms));
        assert_eq!(duration("10s"), ms(10_000));
        assert_eq!(duration("500ms"), ms(500));
        assert_eq!(duration("1.5m"), ms(90_000));
        for wrong in ["10", "s", "-1s", "0s", "25h", "1e9s", "NaNs", "infs"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        assert_eq!(size("64"), Ok(64..=64));
        assert_eq!(size("20-200"), Ok(20..=200));
        assert!(size("200-20").is_err() && size("x").is_err());
        assert!(rate("0").is_err() && rate("1e9").is_err() && rate("NaN").is_err());
        assert!(clients("0").is_err() && clients("5001").is_err());
    }

    #[test]
    fn a_report_may_go_into_a_file() {
        let asked = |text: &str| formats(&[text.to_owned()]);
        assert_eq!(asked("json"), Ok(vec![(Format::Json, None)]));
        let file = Some(PathBuf::from("a.html"));
        assert_eq!(asked("html=a.html"), Ok(vec![(Format::Html, file)]));
        assert!(asked("html=").is_err() && asked("junit").is_err());
    }
}
