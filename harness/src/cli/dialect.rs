//! `harness dialect`: write a dialect, check it, see what it can express.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use protocol::Dialect;
use protocol::diagnostic::Diagnostics;
use protocol::lang::Lang;
use protocol::os_error::os_error;
use protocol::quote::visible;

use super::{Answer, OWN_FAULT, USAGE, or_detected};
use crate::dialects::check::Checked;
use crate::dialects::overview::overview;
use crate::dialects::template::template;
use crate::scenario;

/// Write a dialect, check it, see what it can express.
#[derive(clap::Args, Clone, Debug)]
pub struct DialectCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand, Clone, Debug)]
enum What {
    New(New),
    Check(Check),
    Show(Show),
}

/// Write a commented template to start from; a file that exists is left alone.
#[derive(clap::Args, Clone, Debug)]
pub struct New {
    /// The file to write
    #[arg(default_value = "my-course.toml")]
    pub file: PathBuf,
    /// The language of its comments: pt-BR or en
    #[arg(long)]
    pub lang: Option<Lang>,
}

/// Show every mistake in a dialect, then play it against itself.
#[derive(clap::Args, Clone, Debug)]
pub struct Check {
    /// A dialect file, or the name of a built-in dialect
    pub dialect: String,
    /// The language of the answer: pt-BR or en
    #[arg(long)]
    pub lang: Option<Lang>,
}

/// Show what a dialect can and cannot express, and which scenarios apply to it.
#[derive(clap::Args, Clone, Debug)]
pub struct Show {
    /// A dialect file, or the name of a built-in dialect
    pub dialect: String,
    /// Scenario files, and folders to search for them [default: `scenarios`, where there is such a folder]
    pub scenarios: Vec<PathBuf>,
    /// The language of the answer: pt-BR or en
    #[arg(long)]
    pub lang: Option<Lang>,
}

/// Does what was asked of dialects.
pub fn dialect(command: &DialectCommand, styled: bool) -> Answer {
    match &command.what {
        What::New(arguments) => new(arguments),
        What::Check(arguments) => check(arguments, styled),
        What::Show(arguments) => show(arguments, styled),
    }
}

/// Writes the template. Exits with 2 if the file exists, with 5 if it cannot be written.
pub fn new(arguments: &New) -> Answer {
    let lang = or_detected(arguments.lang);
    let stem = arguments.file.file_stem().unwrap_or_default();
    let text = template(&stem.to_string_lossy(), lang);
    let shown = visible(&arguments.file.to_string_lossy());
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&arguments.file);
    match file.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => Answer {
            out: written(&shown, lang),
            ..Answer::default()
        },
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Answer {
            err: lang.pick([
                format!("`{shown}` já existe, e fica como está; dê outro nome\n"),
                format!("`{shown}` exists already and is left alone; give another name\n"),
            ]),
            code: USAGE,
            ..Answer::default()
        },
        Err(error) => Answer {
            err: cannot_write(&shown, &error, lang) + "\n",
            code: OWN_FAULT,
            ..Answer::default()
        },
    }
}

/// That a file cannot be written, and why.
pub(super) fn cannot_write(shown: &str, error: &std::io::Error, lang: Lang) -> String {
    let why = os_error(error);
    lang.pick([
        format!("`{shown}` não pode ser escrito: {}", why.pt),
        format!("cannot write `{shown}`: {}", why.en),
    ])
}

fn written(file: &str, lang: Lang) -> String {
    lang.pick([
        format!(
            "`{file}` escrito. Troque os textos pelos do seu documento, e então:\n  harness dialect check {file}\n  \
             harness dialect show {file}\n"
        ),
        format!(
            "`{file}` written. Change its texts to those of your document, then:\n  harness dialect check {file}\n  \
             harness dialect show {file}\n"
        ),
    ])
}

/// All mistakes; or how the dialect fared against itself. Exits with 2 for a mistake or a message that is misread.
pub fn check(arguments: &Check, styled: bool) -> Answer {
    let lang = or_detected(arguments.lang);
    let loaded = match load(&arguments.dialect) {
        Ok(loaded) => loaded,
        Err(mistakes) => return Answer::refusal(&mistakes, lang, styled),
    };
    let checked = Checked::new(&loaded);
    Answer {
        out: checked.render(lang),
        code: if checked.is_sound() { 0 } else { USAGE },
        ..Answer::default()
    }
}

/// The features of a dialect and the scenarios that apply. Exits with 2 if the dialect or a scenario is wrong.
pub fn show(arguments: &Show, styled: bool) -> Answer {
    let lang = or_detected(arguments.lang);
    let loaded = match load(&arguments.dialect) {
        Ok(loaded) => loaded,
        Err(mistakes) => return Answer::refusal(&mistakes, lang, styled),
    };
    let usual = PathBuf::from("scenarios");
    let paths = match arguments.scenarios.is_empty() {
        true if usual.is_dir() => vec![usual],
        _ => arguments.scenarios.clone(),
    };
    let scenarios = match paths.is_empty() {
        true => Vec::new(),
        false => match scenario::load(&paths) {
            Ok(suite) => suite.scenarios,
            Err(mistakes) => return Answer::refusal(&mistakes, lang, styled),
        },
    };
    Answer {
        out: overview(&loaded, &scenarios, lang),
        ..Answer::default()
    }
}

/// The dialect of a file, or a built-in one by its name.
///
/// # Errors
/// Everything that is wrong with the file; that it is none, with the nearest name.
pub fn load(name: &str) -> Result<Dialect, Diagnostics> {
    Dialect::named(name, |path| File::open(path))
}
