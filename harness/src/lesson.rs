//! Lessons: from what was observed to what happened, why it usually happens, and what to try. A table that a teacher can
//! review; pure. In its words `{actor}`, `{from}`, `{after}`, … stand for a finding's details.

mod change;
mod choose;
mod table;

pub use change::{Change, Context, change, is_altered};
pub use choose::{Asked, Came, Clues, Mishap, Observation, Sent, Server, choose};
pub use table::lessons;

/// One row: the words are templates in which `{actor}`, `{bytes}`, `{after}`, … stand for a finding's details.
#[derive(Debug, PartialEq, Eq)]
pub struct Lesson {
    /// Its identifier: `deadlock-at-departure`.
    pub id: &'static str,
    /// What happened, in Portuguese and English.
    pub what: [&'static str; 2],
    /// Why it usually happens.
    pub why: [&'static str; 2],
    /// What to try.
    pub fix: [&'static str; 2],
}

/// What says no more than that something is wrong: any cause may show so.
const VAGUE: [&str; 5] = [
    "no-answer",
    "only-the-beginning",
    "unexpected-data",
    "wrong-form",
    "wrong-reply",
];

impl Lesson {
    /// Whether it tells no cause from another.
    pub(crate) fn is_vague(&self) -> bool {
        VAGUE.contains(&self.id)
    }

    /// The row of an identifier.
    ///
    /// # Panics
    /// There is no such row: the identifiers are constants of this crate, and a test asks for each.
    pub(crate) fn of(id: &str) -> &'static Self {
        let fits = lessons().find(|lesson| lesson.id == id);
        // The first row fits everything.
        fits.or_else(|| lessons().next())
            .unwrap_or_else(|| unreachable!("the table has rows"))
    }
}
