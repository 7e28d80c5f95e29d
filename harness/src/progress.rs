//! What a person sees while a run goes on: a line that says how far it is, how many failed, and which scenario is being played.
//! It vanishes when the run is over, and is never drawn where there is no terminal.
//!
//! ```text
//! ━━━━━━━━╸─────────────── 12/80 ✗ 2 basic/broadcast
//! ```

use indicatif::{ProgressBar, ProgressStyle};
use protocol::quote::visible;

use crate::event::Event;
use crate::verdict::Verdict;

/// A line on the standard error.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    failed: usize,
}

impl Progress {
    /// Nothing is drawn before a run begins.
    #[must_use]
    pub fn new() -> Self {
        // The template is a constant; were it wrong, the plain bar would do.
        let style = ProgressStyle::with_template("{bar:24.cyan/dim} {pos}/{len} {wide_msg}")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("━╸─");
        Self {
            bar: ProgressBar::no_length().with_style(style),
            failed: 0,
        }
    }

    /// Shows what an event says.
    pub fn tell(&mut self, event: &Event<'_>) {
        match event {
            Event::RunStarted { scenarios } => self.bar.set_length(*scenarios as u64),
            Event::ScenarioStarted { id, .. } => self.bar.set_message(message(self.failed, id)),
            Event::ScenarioFinished { outcome } => {
                let is_bad = matches!(outcome.verdict, Verdict::Fail | Verdict::Error);
                self.failed += usize::from(is_bad);
                self.bar.inc(1);
            }
            Event::RunFinished => self.bar.finish_and_clear(),
            _ => {}
        }
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

fn message(failed: usize, id: &str) -> String {
    let id = visible(id);
    match failed {
        0 => id,
        failed => format!("✗ {failed} {id}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_counts_and_shows_nothing_raw() {
        assert_eq!(message(0, "basic/join"), "basic/join");
        assert_eq!(message(2, "\u{1b}[2J"), "✗ 2 \\x1b[2J");

        let mut progress = Progress::new();
        progress.tell(&Event::RunStarted { scenarios: 3 });
        progress.tell(&Event::ScenarioStarted {
            id: "basic/join",
            title: "A client joins",
        });
        assert_eq!(progress.bar.length(), Some(3));
        assert_eq!(progress.bar.message(), "basic/join");
        progress.tell(&Event::RunFinished);
        assert!(progress.bar.is_finished());
    }
}
