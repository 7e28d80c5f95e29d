//! What is wrong with a file that a person wrote: where, what, and what to try.
//!
//! A [`Diagnostic`] is a value; [`Diagnostics`] holds all of a file at once. Rendered, they look like this:
//!
//! ```text
//! error: unknown verb `syas`
//!  --> scenarios/basic/hello.chat:5:5
//!   |
//! 5 | ana syas "olá"
//!   |     ^^^^ expected a verb
//!   |
//!   = help: did you mean `says`?
//! ```
//!
//! Messages are lower case, without a full stop, with names in backticks: «expected …, found …». What to try stands in `help`.
//! Each is there in both languages. Knows nothing of any file format, reads no file, and prints nothing. Offsets may be anything: they are clipped.

mod render;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::lang::{Lang, Words};
use crate::words;

/// A text that diagnostics point into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// What a reader calls it, usually its path.
    pub name: String,
    /// All of it.
    pub text: String,
}

impl Source {
    /// A text with its name, ready to be shared by its diagnostics.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            text: text.into(),
        })
    }

    /// Line and column, both from 1, of a byte offset; columns count characters.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..self.clip(offset)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
        (line, column)
    }

    /// The nearest offset, not above the given one, where a character begins or the text ends.
    fn clip(&self, offset: usize) -> usize {
        self.text.floor_char_boundary(offset)
    }
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The file works, but probably does not do what its author meant.
    Warning,
    /// The file cannot be used.
    Error,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: Words,
    /// Where, unless it is about no place in a text (a file that is missing).
    pub location: Option<Location>,
    /// What to try.
    pub help: Option<Words>,
    /// Facts worth knowing, one line each.
    pub notes: Vec<Words>,
}

/// The place that a diagnostic is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The text.
    pub source: Arc<Source>,
    /// The bytes to blame. Out of range is allowed, and clipped when shown.
    pub span: Range<usize>,
    /// What to write beside the carets; may be empty.
    pub label: Words,
}

impl Diagnostic {
    /// An error, not placed yet.
    pub fn error(message: impl Into<Words>) -> Self {
        Self::new(Severity::Error, message.into())
    }

    /// A warning, not placed yet.
    pub fn warning(message: impl Into<Words>) -> Self {
        Self::new(Severity::Warning, message.into())
    }

    fn new(severity: Severity, message: Words) -> Self {
        Self {
            severity,
            message,
            location: None,
            help: None,
            notes: Vec::new(),
        }
    }

    /// Points at the bytes to blame.
    #[must_use]
    pub fn at(mut self, source: &Arc<Source>, span: Range<usize>) -> Self {
        self.location = Some(Location {
            source: Arc::clone(source),
            span,
            label: Words::default(),
        });
        self
    }

    /// Writes something beside the carets. Without a place there are no carets, and this does nothing.
    #[must_use]
    pub fn label(mut self, label: impl Into<Words>) -> Self {
        if let Some(location) = &mut self.location {
            location.label = label.into();
        }
        self
    }

    /// Says what to try.
    #[must_use]
    pub fn help(mut self, help: impl Into<Words>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says «did you mean», if one of the candidates is close enough to `word`.
    #[must_use]
    pub fn did_you_mean<'a>(
        self,
        word: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        match closest(word, candidates) {
            Some(candidate) => self.help(did_you_mean(candidate)),
            None => self,
        }
    }

    /// Adds a fact worth knowing.
    #[must_use]
    pub fn note(mut self, note: impl Into<Words>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The diagnostic as people read it, with ANSI colours if `styled`. Ends without a newline.
    pub fn render(&self, lang: Lang, styled: bool) -> String {
        render::render(self, lang, styled)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Lang::En, false))
    }
}

/// Everything that is wrong, in the order found. Keeps the first [`Diagnostics::CAP`] and counts the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    kept: Vec<Diagnostic>,
    dropped: usize,
    dropped_errors: bool,
}

impl Diagnostics {
    /// How many are kept: a binary file must not fill the screen.
    pub const CAP: usize = 50;

    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.kept.len() < Self::CAP {
            self.kept.push(diagnostic);
        } else {
            self.dropped += 1;
            self.dropped_errors |= diagnostic.severity == Severity::Error;
        }
    }

    /// Adds all of another collection.
    pub fn append(&mut self, other: Self) {
        self.extend(other.kept);
        self.dropped += other.dropped;
        self.dropped_errors |= other.dropped_errors;
    }

    /// Puts those that are kept in the order of their places: by file, then from top to bottom.
    pub fn sort(&mut self) {
        let place = |diagnostic: &Diagnostic| {
            let location = diagnostic.location.as_ref();
            location.map(|location| (location.source.name.clone(), location.span.start))
        };
        self.kept.sort_by_key(place);
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// How many there are, the dropped ones included.
    pub fn len(&self) -> usize {
        self.kept.len() + self.dropped
    }

    /// Whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.dropped_errors
            || self
                .iter()
                .any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Those that were kept.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.kept.iter()
    }

    /// All of them as people read them, with ANSI colours if `styled`: a blank line between two, a newline at the end.
    pub fn render(&self, lang: Lang, styled: bool) -> String {
        let mut text = self
            .iter()
            .map(|diagnostic| diagnostic.render(lang, styled) + "\n")
            .collect::<Vec<_>>()
            .join("\n");
        match self.dropped {
            0 => {}
            n => text.push_str(words!("\n… e mais {n}\n", "\n… and {n} more\n").of(lang)),
        }
        text
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        diagnostics
            .into_iter()
            .for_each(|diagnostic| self.push(diagnostic));
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        let mut diagnostics = Self::new();
        diagnostics.push(diagnostic);
        diagnostics
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Lang::En, false))
    }
}

impl std::error::Error for Diagnostics {}

/// «Did you mean», of one candidate.
pub fn did_you_mean(candidate: &str) -> Words {
    words!("não seria `{candidate}`?", "did you mean `{candidate}`?")
}

/// The candidate that `word` was probably meant to be, if one is close enough.
///
/// Close enough is one edit for three characters (a swap of neighbours is one), at least one, and case does not count.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().take(LONGEST_WORD + 1).count();
    if length > LONGEST_WORD {
        return None;
    }
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::damerau_levenshtein(&word, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= (length / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Comparing takes time that grows with the square; no name is longer.
const LONGEST_WORD: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_counts_characters_and_never_fails() {
        let source = Source::new("a.chat", "olá\n\tx");
        let at = |offset| source.position(offset);
        assert_eq!(
            [at(0), at(2), at(3), at(4)],
            [(1, 1), (1, 3), (1, 3), (1, 4)]
        );
        assert_eq!([at(5), at(6), at(99)], [(2, 1), (2, 2), (2, 3)]);
    }

    #[test]
    fn only_a_near_word_is_suggested() {
        let verbs = ["says", "sends", "joins", "quits"];
        assert_eq!(closest("syas", verbs), Some("says"));
        assert_eq!(closest("Joins", verbs), Some("joins"));
        assert_eq!(closest("join", verbs), Some("joins"));
        assert_eq!(closest("explodes", verbs), None);
        assert_eq!(closest("", verbs), None);
        assert_eq!(closest(&"s".repeat(10_000), verbs), None);
    }

    #[test]
    fn beyond_the_cap_they_are_counted() {
        let mut all = Diagnostics::new();
        all.extend(
            (0..Diagnostics::CAP).map(|n| Diagnostic::warning(words!("aviso {n}", "warning {n}"))),
        );
        assert!(!all.has_errors());
        all.push(Diagnostic::error(["a gota d'água", "the last straw"]));
        assert!(all.has_errors());
        assert_eq!(all.len(), Diagnostics::CAP + 1);
        assert!(
            all.render(Lang::En, false)
                .ends_with("warning: warning 49\n\n… and 1 more\n")
        );
    }
}
