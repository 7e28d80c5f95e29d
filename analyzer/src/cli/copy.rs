//! Captures that are written: beside the old one, never over it.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use protocol::lang::Words;
use protocol::quote::visible;
use protocol::words;

use super::arguments::Arguments;
use super::failure::{self, Failure};
use crate::analysis::Analysis;
use crate::capture;
use crate::report::prose;
use crate::wireshark;

/// Writes the capture again with what was found as comments.
pub(super) fn annotated(
    arguments: &Arguments,
    analysis: &Analysis<'_>,
    path: &Path,
) -> Result<(), Failure> {
    let reader = again(arguments.capture(), path)?;
    let comments = prose::comments(analysis, arguments.language());
    let interfaces = &analysis.survey.capture.description.interfaces;
    let output = BufWriter::new(create(path)?);
    let written = wireshark::annotate(reader, interfaces, &comments, output);
    let written = written.map_err(|error| unwritten(path, &error))?;
    let told = words!(
        "{}: {written} quadros, {} com comentários",
        "{}: {written} frames, {} with comments",
        shown(path),
        comments.len()
    );
    eprintln!("{}", told.of(arguments.language()));
    Ok(())
}

/// Writes the capture again without what tells who spoke.
pub(super) fn anonymised(
    arguments: &Arguments,
    analysis: &Analysis<'_>,
    path: &Path,
) -> Result<(), Failure> {
    let reader = again(arguments.capture(), path)?;
    let output = BufWriter::new(create(path)?);
    let written = wireshark::anonymise(reader, analysis, output);
    let written = written.map_err(|error| unwritten(path, &error))?;
    let told = words!("{}: {written} quadros", "{}: {written} frames", shown(path));
    eprintln!("{}", told.of(arguments.language()));
    Ok(())
}

/// The capture, to be read once more.
fn again(capture: &Path, output: &Path) -> Result<capture::Reader, Failure> {
    if capture == Path::new("-") {
        let words = [
            "a entrada padrão não pode ser lida duas vezes: salve antes a captura em um arquivo",
            "standard input cannot be read twice: save the capture in a file first",
        ];
        return Err(Failure::Copy(words.into()));
    }
    let same = |path: &Path| std::fs::canonicalize(path).ok();
    if same(output).is_some_and(|output| Some(output) == same(capture)) {
        return Err(Failure::Copy(words!(
            "`{}` é a própria captura",
            "`{}` is the capture itself",
            shown(output)
        )));
    }
    Ok(capture::open(capture)?)
}

/// A path as it may stand on a terminal.
fn shown(path: &Path) -> String {
    visible(&path.to_string_lossy())
}

fn create(path: &Path) -> Result<File, Failure> {
    File::create(path).map_err(|error| unwritten(path, &error))
}

fn unwritten(path: &Path, error: &std::io::Error) -> Failure {
    let what = Words::same(format!("`{}`", shown(path)));
    Failure::Copy(failure::unwritten(what, error))
}
