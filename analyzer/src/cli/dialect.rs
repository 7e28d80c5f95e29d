//! Which dialects are tried: all built-in ones, one of them, or one from a file.

use std::path::Path;

use protocol::Dialect;
use protocol::diagnostic::{Source, closest};

use super::failure::Failure;

/// The dialects to try.
pub(super) struct Dialects {
    pub(super) list: Vec<Dialect>,
    /// Whether the user named it.
    pub(super) given: bool,
}

/// The dialects that a word on the command line means.
pub(super) fn wanted(word: &str) -> Result<Dialects, Failure> {
    if word == "auto" {
        return Ok(Dialects {
            list: Dialect::builtins().to_vec(),
            given: false,
        });
    }
    Ok(Dialects {
        list: vec![one(word)?],
        given: true,
    })
}

/// The dialect of a name or a file.
pub(super) fn one(word: &str) -> Result<Dialect, Failure> {
    match Dialect::builtin(word) {
        Some(dialect) => Ok(dialect.clone()),
        None if looks_like_a_file(word) => from_file(Path::new(word)),
        None => Err(unknown(word)),
    }
}

fn looks_like_a_file(word: &str) -> bool {
    word.contains(['/', '\\', '.']) || Path::new(word).exists()
}

fn from_file(path: &Path) -> Result<Dialect, Failure> {
    let name = path.display().to_string();
    let unreadable =
        |why: String| Failure::Dialect(format!("error: cannot read the dialect `{name}`: {why}\n"));
    let bytes = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let text =
        String::from_utf8(bytes).map_err(|_| unreadable("it is not text in UTF-8".to_owned()))?;
    Dialect::parse(&Source::new(name, text))
        .map_err(|mistakes| Failure::Dialect(mistakes.render(false)))
}

fn unknown(word: &str) -> Failure {
    let names: Vec<_> = Dialect::builtin_names().collect();
    let help = match closest(word, names.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("one of `auto`, `{}`, or a file", names.join("`, `")),
    };
    let word = protocol::quote::visible(word);
    Failure::Dialect(format!(
        "error: there is no dialect `{word}`\n  help: {help}\n"
    ))
}
