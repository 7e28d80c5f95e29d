//! Which dialects are tried: all built-in ones, one of them, or one from a file.

use std::fs::File;

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
    Dialect::named(word, |path| File::open(path)).map_err(Failure::Written)
}
