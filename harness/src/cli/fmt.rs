//! `harness fmt`: scenarios written the one way they should be.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use protocol::diagnostic::{Diagnostic, Diagnostics, Source};
use protocol::quote::visible;

use super::{Answer, FAILED, OWN_FAULT};
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
}

/// Rewrites the files, unless one of them is wrong. `input` is what the standard input held, if `-` was given.
pub fn fmt(arguments: &Fmt, input: Option<&str>, styled: bool) -> Answer {
    if let Some(text) = input {
        return format_text(text, styled);
    }
    let mut diagnostics = Diagnostics::new();
    let files = scenario::find(&arguments.paths, &mut diagnostics);
    let changes: Vec<Change> = files
        .iter()
        .filter_map(|file| change(file, &mut diagnostics))
        .collect();
    if diagnostics.has_errors() {
        return Answer::refusal(&diagnostics, styled);
    }
    if arguments.check {
        would_change(&changes)
    } else {
        write(&changes)
    }
}

/// Whether the arguments ask for the standard input.
pub fn wants_input(arguments: &Fmt) -> bool {
    arguments.paths.iter().any(|path| path == Path::new("-"))
}

fn format_text(text: &str, styled: bool) -> Answer {
    match scenario::format(&Source::new("-", text)) {
        Ok(out) => Answer {
            out,
            ..Answer::default()
        },
        Err(diagnostics) => Answer::refusal(&diagnostics, styled),
    }
}

/// A file that is not written as it should be, and how it should.
struct Change {
    file: PathBuf,
    text: String,
}

fn change(file: &Path, diagnostics: &mut Diagnostics) -> Option<Change> {
    let shown = visible(&file.to_string_lossy());
    let source: Arc<Source> = scenario::read(file)
        .map_err(|why| diagnostics.push(Diagnostic::error(format!("cannot read `{shown}`: {why}"))))
        .ok()?;
    let text = scenario::format(&source)
        .map_err(|wrong| diagnostics.append(wrong))
        .ok()?;
    (text != source.text).then(|| Change {
        file: file.to_owned(),
        text,
    })
}

fn would_change(changes: &[Change]) -> Answer {
    let out = changes
        .iter()
        .map(|change| format!("would format {}\n", visible(&change.file.to_string_lossy())));
    let code = if changes.is_empty() { 0 } else { FAILED };
    Answer {
        out: out.collect(),
        code,
        ..Answer::default()
    }
}

fn write(changes: &[Change]) -> Answer {
    let mut answer = Answer::default();
    for change in changes {
        let shown = visible(&change.file.to_string_lossy());
        match replace(&change.file, &change.text) {
            Ok(()) => answer.out.push_str(&format!("formatted {shown}\n")),
            Err(error) => {
                let wrong = Diagnostic::error(format!("cannot write `{shown}`: {error}"));
                answer.err.push_str(&format!("{wrong}\n"));
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
