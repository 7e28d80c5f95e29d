//! `harness fmt`: scenarios written the one way they should be.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use protocol::diagnostic::{Diagnostic, Diagnostics, Source};
use protocol::lang::{Lang, Words};
use protocol::os_error::os_error;
use protocol::quote::visible;

use super::{Answer, FAILED, OWN_FAULT, or_detected};
use crate::scenario;

/// Format scenario files in place.
#[derive(clap::Args, Clone, Debug)]
pub struct Fmt {
    /// Scenario files, and folders to search for them; `-` formats the standard input to the standard output
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// Write nothing; name the files that would change, and exit with 1 if there are any
    #[arg(long)]
    pub check: bool,
    /// The language of the answer: pt-BR or en
    #[arg(long)]
    pub lang: Option<Lang>,
}

/// Rewrites the files, unless one of them is wrong. `input` is what the standard input held, if `-` was given.
pub fn fmt(arguments: &Fmt, input: Option<&str>, styled: bool) -> Answer {
    let lang = or_detected(arguments.lang);
    if let Some(text) = input {
        return format_text(text, lang, styled);
    }
    let mut diagnostics = Diagnostics::new();
    let files = scenario::find(&arguments.paths, &mut diagnostics);
    let changes: Vec<Change> = files
        .iter()
        .filter_map(|file| change(file, &mut diagnostics))
        .collect();
    if diagnostics.has_errors() {
        return Answer::refusal(&diagnostics, lang, styled);
    }
    if arguments.check {
        would_change(&changes, lang)
    } else {
        write(&changes, lang, styled)
    }
}

/// Whether the arguments ask for the standard input.
pub fn wants_input(arguments: &Fmt) -> bool {
    arguments.paths.iter().any(|path| path == Path::new("-"))
}

fn format_text(text: &str, lang: Lang, styled: bool) -> Answer {
    match scenario::format(&Source::new("-", text)) {
        Ok(out) => Answer {
            out,
            ..Answer::default()
        },
        Err(diagnostics) => Answer::refusal(&diagnostics, lang, styled),
    }
}

/// A file that is not written as it should be, and how it should.
struct Change {
    file: PathBuf,
    text: String,
}

fn change(file: &Path, diagnostics: &mut Diagnostics) -> Option<Change> {
    let source: Arc<Source> = scenario::read(file)
        .map_err(|why| diagnostics.push(Diagnostic::error(scenario::cannot_read(file, &why))))
        .ok()?;
    let text = scenario::format(&source)
        .map_err(|wrong| diagnostics.append(wrong))
        .ok()?;
    (text != source.text).then(|| Change {
        file: file.to_owned(),
        text,
    })
}

fn would_change(changes: &[Change], lang: Lang) -> Answer {
    let would = lang.pick(["seria formatado:", "would format"]);
    let out = changes
        .iter()
        .map(|change| format!("{would} {}\n", visible(&change.file.to_string_lossy())));
    let code = if changes.is_empty() { 0 } else { FAILED };
    Answer {
        out: out.collect(),
        code,
        ..Answer::default()
    }
}

fn write(changes: &[Change], lang: Lang, styled: bool) -> Answer {
    let done = lang.pick(["formatado:", "formatted"]);
    let mut answer = Answer::default();
    for change in changes {
        let shown = visible(&change.file.to_string_lossy());
        match replace(&change.file, &change.text) {
            Ok(()) => answer.out.push_str(&format!("{done} {shown}\n")),
            Err(error) => {
                let why = os_error(&error);
                let wrong = Diagnostic::error(Words {
                    pt: format!("`{shown}` não pode ser escrito: {}", why.pt),
                    en: format!("cannot write `{shown}`: {}", why.en),
                });
                answer.err += &(wrong.render(lang, styled) + "\n");
                answer.code = OWN_FAULT;
            }
        }
    }
    answer
}

/// Replaces a file in one step, so that an interruption leaves the old one or the new one. Its permissions stay.
fn replace(file: &Path, text: &str) -> std::io::Result<()> {
    let folder = match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let permissions = std::fs::metadata(file)?.permissions();
    let mut draft = tempfile::NamedTempFile::new_in(folder)?;
    draft.write_all(text.as_bytes())?;
    draft.as_file().set_permissions(permissions)?;
    draft.persist(file)?;
    Ok(())
}
