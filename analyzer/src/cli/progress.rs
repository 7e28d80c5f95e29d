//! How far the reading of a long file is, on standard error; silent where that is no terminal.

use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};

/// A shorter file is read before a bar could be seen, in bytes.
const LONG: u64 = 256 << 20;

/// A bar for a file; hidden for a short one, for a pipe, and where standard error is no terminal.
pub(super) fn bar(path: &Path) -> ProgressBar {
    let length = std::fs::metadata(path).map_or(0, |about| about.len());
    if length < LONG {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length);
    let style = ProgressStyle::with_template("{wide_bar} {bytes} / {total_bytes}  {eta}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
