//! A report's stated answers, from a file.

use std::path::Path;

use super::failure::Failure;
use crate::analysis::Analysis;
use crate::answers::claims::{self, Checked};

/// The claims of a file, each judged.
pub(super) fn checked(analysis: &Analysis<'_>, path: &Path) -> Result<Vec<Checked>, Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Claims(format!("cannot read `{name}`: {error}\n")))?;
    let claims = claims::parse(&text)
        .map_err(|error| Failure::Claims(format!("`{name}` cannot be understood\n{error}")))?;
    Ok(claims::check(analysis, &claims))
}
