//! The dialect that a user names. Knows no files: whoever calls opens them.

use std::io::{Error, ErrorKind, Read};

use super::Dialect;
use crate::diagnostic::{Diagnostic, Diagnostics, Source};
use crate::lang::Words;
use crate::os_error::os_error;
use crate::quote::visible;
use crate::words;

impl Dialect {
    /// A built-in dialect by its name, or the one of a file by its path. `open` opens a file; of a longer one than
    /// [`Dialect::MAX_FILE`] only so much is read as shows it.
    ///
    /// # Errors
    /// Everything that is wrong with the file; that there is none, with the nearest name.
    pub fn named<R: Read>(
        name: &str,
        open: impl FnOnce(&str) -> Result<R, Error>,
    ) -> Result<Self, Diagnostics> {
        if let Some(dialect) = Self::builtin(name) {
            return Ok(dialect.clone());
        }
        let is_path = name.contains(['/', '\\', '.']);
        match open(name).and_then(beginning).map(String::from_utf8) {
            Ok(Ok(text)) => Self::parse(&Source::new(name, text)),
            Ok(Err(_)) => {
                let why = ["não é um texto em UTF-8", "it is no UTF-8 text"].into();
                Err(unreadable(name, &why)
                    .help([
                        "salve-o em UTF-8: os editores perguntam pela codificação ao salvar",
                        "save it as UTF-8: editors ask for the encoding when they save",
                    ])
                    .into())
            }
            Err(error) if error.kind() == ErrorKind::NotFound && !is_path => Err(unknown(name)),
            Err(error) => {
                let mistake = unreadable(name, &os_error(&error));
                Err(match what_to_try(error.kind()) {
                    Some(help) => mistake.help(help),
                    None => mistake,
                }
                .into())
            }
        }
    }
}

/// All bytes, or one more than a dialect may have.
fn beginning(file: impl Read) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    file.take(Dialect::MAX_FILE as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unreadable(name: &str, why: &Words) -> Diagnostic {
    let shown = visible(name);
    Diagnostic::error(Words {
        pt: format!("o dialeto `{shown}` não pode ser lido: {}", why.pt),
        en: format!("cannot read the dialect `{shown}`: {}", why.en),
    })
}

fn what_to_try(kind: ErrorKind) -> Option<[&'static str; 2]> {
    match kind {
        ErrorKind::NotFound => Some([
            "escreva um com `harness dialect new`",
            "write one with `harness dialect new`",
        ]),
        ErrorKind::IsADirectory => Some([
            "dê o arquivo do dialeto que está nesta pasta",
            "give the dialect file in this folder",
        ]),
        _ => None,
    }
}

fn unknown(name: &str) -> Diagnostics {
    let names: Vec<_> = Dialect::builtin_names().collect();
    Diagnostic::error(words!(
        "não há um dialeto `{}`",
        "no dialect `{}`",
        visible(name)
    ))
    .help(words!(
        "os embutidos são {}; um arquivo seu se dá pelo caminho: `my-course.toml`",
        "built in are {}; a file of your own is given by its path: `my-course.toml`",
        names.join(", ")
    ))
    .did_you_mean(name, names)
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(name: &str, file: Result<&[u8], Error>) -> String {
        Dialect::named(name, |_| file).unwrap_err().to_string()
    }

    #[test]
    fn a_dialect_is_named_by_its_name_or_by_its_file() {
        let never = |_: &str| -> Result<&[u8], Error> { panic!("`unb` is built in") };
        assert!(Dialect::named("unb", never).is_ok());
        let file = &b"name = \"mini\"\nport = 1\n[client]\nsay = \"{text}\"\n"[..];
        assert!(Dialect::named("mini.toml", |_| Ok(file)).is_ok());
    }

    #[test]
    fn what_is_none_is_refused_with_what_to_try() {
        let missing = || Err(ErrorKind::NotFound.into());
        assert!(refused("umb", missing()).contains("did you mean `unb`?"));
        assert!(refused("x\u{1b}", missing()).contains("built in are unb"));
        assert!(refused("my.toml", missing()).contains("harness dialect new"));
        assert!(refused("x", Err(ErrorKind::PermissionDenied.into())).contains("denied"));
        let endless = Dialect::named("x", |_| Ok(std::io::repeat(b'#')));
        assert!(endless.unwrap_err().to_string().contains("at most 262144"));
        assert!(refused("x", Ok(b"name = \"\xff\"")).contains("UTF-8"));
    }
}
