//! A report's stated answers, from a file.

use std::path::Path;

use protocol::lang::Words;
use protocol::os_error::os_error;
use protocol::words;

use super::failure::Failure;
use crate::analysis::Analysis;
use crate::answers::claims::{self, Checked};

/// The claims of a file, each judged.
pub(super) fn checked(analysis: &Analysis<'_>, path: &Path) -> Result<Vec<Checked>, Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        let why = os_error(&error);
        Failure::Claims(Words {
            pt: format!("não foi possível ler `{name}`: {}", why.pt),
            en: format!("cannot read `{name}`: {}", why.en),
        })
    })?;
    let claims = claims::parse(&text).map_err(|error| {
        // The parser speaks English alone.
        let error = error.to_string();
        let error = error.trim_end();
        Failure::Claims(words!(
            "`{name}` não se entende\n{error}",
            "`{name}` cannot be understood\n{error}"
        ))
    })?;
    Ok(claims::check(analysis, &claims))
}
