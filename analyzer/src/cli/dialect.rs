//! Which dialects are tried: all built-in ones, one of them, or one from a file.

use std::fs::File;
use std::io::Read as _;

use protocol::Dialect;

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
    let read = |path: &str| {
        let mut bytes = Vec::new();
        let file = File::open(path)?;
        file.take(Dialect::MAX_FILE as u64 + 1)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    Dialect::named(word, read).map_err(Failure::Dialect)
}
