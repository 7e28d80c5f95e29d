//! A report's stated answers, from a file.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use protocol::diagnostic::{Diagnostic, Source};
use protocol::lang::Words;
use protocol::os_error::os_error;
use protocol::quote::visible;

use super::failure::Failure;
use crate::analysis::Analysis;
use crate::answers::claims::{self, Checked};

/// The longest file of claims, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// The claims of a file, each judged.
pub(super) fn checked(analysis: &Analysis<'_>, path: &Path) -> Result<Vec<Checked>, Failure> {
    let name = path.to_string_lossy();
    let text = read(path).map_err(|error| {
        let shown = visible(&name);
        let why = match error.kind() {
            io::ErrorKind::InvalidData => ["não é um texto em UTF-8", "it is no UTF-8 text"].into(),
            _ => os_error(&error),
        };
        let mistake = Diagnostic::error(Words {
            pt: format!("não foi possível ler `{shown}`: {}", why.pt),
            en: format!("cannot read `{shown}`: {}", why.en),
        });
        Failure::Written(mistake.into())
    })?;
    let claims = claims::parse(&Source::new(name, text)).map_err(Failure::Written)?;
    Ok(claims::check(analysis, &claims))
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let file = File::open(path)?;
    match file.take(MAX_FILE + 1).read_to_string(&mut text)? as u64 {
        0..=MAX_FILE => Ok(text),
        _ => Err(io::ErrorKind::FileTooLarge.into()),
    }
}
