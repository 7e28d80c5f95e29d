//! A report's stated answers, from a file.

use std::path::Path;

use super::arguments::Arguments;
use super::failure::Failure;
use crate::analysis::Analysis;
use crate::answers::claims;
use crate::report::page::Page;
use crate::report::prose;

/// The claims of a file, each judged.
pub(super) fn page(
    arguments: &Arguments,
    analysis: &Analysis<'_>,
    path: &Path,
) -> Result<Page, Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::Claims(format!("cannot read `{name}`: {error}\n")))?;
    let claims = claims::parse(&text)
        .map_err(|error| Failure::Claims(format!("`{name}` cannot be understood\n{error}")))?;
    let checked = claims::check(analysis, &claims);
    Ok(prose::claims(analysis, &checked, arguments.language()))
}
