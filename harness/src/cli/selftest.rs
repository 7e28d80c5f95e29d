//! `harness selftest`: the tester is tested.

use std::path::{Path, PathBuf};

use protocol::Dialect;
use protocol::diagnostic::{Diagnostic, Diagnostics};
use protocol::lang::{Lang, Words};
use protocol::os_error::os_error;
use protocol::words;
use reference_server::Fault;

use super::dialect::load as load_dialect;
use super::{Answer, FAILED, or_detected};
use crate::scenario;
use crate::selftest::{self, Plan, Subject, Trial};

/// Try the suite on servers that are known: it must accuse no correct one, and catch each broken one.
///
/// Without --reference and --broken: the reference server of each dialect, and each of its deliberate faults.
#[derive(clap::Args, Clone, Debug)]
pub struct Selftest {
    /// Scenario files, and folders to search for them
    #[arg(default_value = "scenarios/")]
    pub paths: Vec<PathBuf>,
    /// Built-in dialects or dialect files [default: all built-in ones and unb-lf]
    #[arg(long, value_name = "NAME|FILE")]
    pub dialect: Vec<String>,
    /// Only these faults, by name
    #[arg(long, value_name = "NAME")]
    pub fault: Vec<String>,
    /// Look for scenarios that catch no broken server, too; takes longer
    #[arg(long)]
    pub full: bool,
    /// Only one trial in so many, chosen by --seed
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub share: u32,
    /// Which share
    #[arg(long, default_value_t = 0)]
    pub seed: u32,
    /// How often each correct server is tried
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub correct_runs: u32,
    /// Servers tried at a time [default: one for each processor]
    #[arg(long)]
    pub jobs: Option<usize>,
    /// Stretch every wait
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    pub time_scale: f64,
    /// A command that starts a correct server of yours; {port} in it stands for a free port
    #[arg(long, value_name = "COMMAND")]
    pub reference: Option<String>,
    /// A folder of broken servers of yours, each started with the port as its argument
    #[arg(long, value_name = "DIR")]
    pub broken: Option<PathBuf>,
    /// The readers' language: pt-BR or en [default: from the environment]
    #[arg(long)]
    pub lang: Option<Lang>,
}

/// Runs it; `done` is shown each line as it comes.
pub fn selftest(arguments: &Selftest, styled: bool, done: &(dyn Fn(&str) + Sync)) -> Answer {
    match arguments.run(done) {
        Ok(answer) => answer,
        Err(mistakes) => Answer::refusal(&mistakes, or_detected(arguments.lang), styled),
    }
}

impl Selftest {
    fn run(&self, done: &(dyn Fn(&str) + Sync)) -> Result<Answer, Diagnostics> {
        let lang = or_detected(self.lang);
        let suite = scenario::load(&self.paths)?;
        let dialects = self
            .dialects()
            .iter()
            .map(|name| load_dialect(name))
            .collect::<Result<Vec<_>, _>>()?;
        let trials = self
            .trials(&dialects)
            .map_err(|message| Diagnostics::from(Diagnostic::error(message)))?;
        let plan = Plan {
            full: self.full && self.share == 1,
            jobs: self
                .jobs
                .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)),
            time_scale: self.time_scale,
            correct_runs: self.correct_runs,
        };
        let matrix = selftest::run(&trials, &suite, plan, &|row| {
            done(&selftest::line(row, lang));
        });
        let code = if matrix.holds() { 0 } else { FAILED };
        Ok(Answer {
            out: selftest::summary(&matrix, lang),
            code,
            ..Answer::default()
        })
    }

    fn dialects(&self) -> Vec<String> {
        if !self.dialect.is_empty() {
            return self.dialect.clone();
        }
        if self.reference.is_some() || self.broken.is_some() {
            return vec!["unb".to_owned()];
        }
        Dialect::builtin_names()
            .chain(["unb-lf"])
            .map(str::to_owned)
            .collect()
    }

    fn trials<'d>(&self, dialects: &'d [Dialect]) -> Result<Vec<Trial<'d>>, Words> {
        if self.reference.is_some() || self.broken.is_some() {
            return self.own_trials(dialects);
        }
        for name in &self.fault {
            if Fault::from_id(name).is_none() {
                return Err(words!(
                    "não há um defeito `{name}`: `reference-server --list-faults` mostra todos",
                    "no fault `{name}`: `reference-server --list-faults` shows them all"
                ));
            }
        }
        let wanted = |fault: Fault| {
            self.fault.is_empty() || self.fault.iter().any(|name| name == fault.id())
        };
        let all = selftest::trials(&dialects.iter().collect::<Vec<_>>(), &wanted);
        let share = |index: usize| !self.is_left_out(index);
        Ok(all
            .into_iter()
            .enumerate()
            .filter(|(index, _)| share(*index))
            .map(|(_, trial)| trial)
            .collect())
    }

    /// Whether a trial is not in this share. Neighbours in the table are alike, so a share takes one in every few.
    fn is_left_out(&self, index: usize) -> bool {
        index % self.share as usize != (self.seed % self.share) as usize
    }

    fn own_trials<'d>(&self, dialects: &'d [Dialect]) -> Result<Vec<Trial<'d>>, Words> {
        let mut subjects: Vec<Subject> = self
            .reference
            .iter()
            .cloned()
            .map(Subject::Reference)
            .collect();
        if let Some(folder) = &self.broken {
            subjects.extend(broken_in(folder)?);
        }
        let of = |dialect: &'d Dialect| {
            subjects
                .clone()
                .into_iter()
                .map(move |subject| Trial { dialect, subject })
        };
        Ok(dialects.iter().flat_map(of).collect())
    }
}

/// The programs of a folder, each with the command that starts it.
fn broken_in(folder: &Path) -> Result<Vec<Subject>, Words> {
    let unreadable = |error| scenario::cannot_read(folder, &os_error(&error));
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(words!(
            "não há programas em `{}`",
            "`{}` holds no programs",
            folder.display()
        ));
    }
    let subject = |path: &PathBuf| {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Subject::Broken {
            name,
            command: command_of(path),
        }
    };
    Ok(files.iter().map(subject).collect())
}

/// How a program is started: a script by its interpreter, anything else by itself.
fn command_of(path: &Path) -> String {
    let interpreter = match path.extension().and_then(|extension| extension.to_str()) {
        Some("py") => "python3 ",
        Some("js") => "node ",
        Some("rb") => "ruby ",
        Some("sh") => "sh ",
        _ => "",
    };
    format!("{interpreter}'{}' {{port}}", path.display())
}
