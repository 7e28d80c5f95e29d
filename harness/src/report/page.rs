//! Lines of text with roles, and their two forms: plain, and coloured for a terminal.
//!
//! Knows no report. Text goes in safe to show, so nothing here can be an escape sequence but our own.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What a piece of text is for; a terminal gives each a style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Just text.
    Plain,
    /// A heading.
    Strong,
    /// What can be passed over.
    Faint,
    /// What is right.
    Good,
    /// What is right, but not to the letter.
    Doubtful,
    /// What is wrong.
    Bad,
    /// What could not be judged.
    Unknown,
    /// What can be typed.
    Command,
}

impl Role {
    const fn style(self) -> Style {
        let style = Style::new();
        match self {
            Self::Plain => style,
            Self::Strong => style.bold(),
            Self::Faint => style.dimmed(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Doubtful => AnsiColor::Yellow.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Unknown => AnsiColor::Magenta.on_default(),
            Self::Command => AnsiColor::Cyan.on_default(),
        }
    }
}

/// Lines, each made of pieces with roles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Page {
    lines: Vec<Vec<(Role, String)>>,
}

impl Page {
    /// Adds a line of one role.
    pub(crate) fn line(&mut self, role: Role, text: impl Into<String>) {
        self.lines.push(vec![(role, text.into())]);
    }

    /// Adds a line of several pieces.
    pub(crate) fn pieces<const N: usize>(&mut self, pieces: [(Role, String); N]) {
        self.lines.push(pieces.into());
    }

    /// Adds an empty line.
    pub(crate) fn blank(&mut self) {
        self.lines.push(Vec::new());
    }

    /// Adds a text, wrapped; every line of it begins with `indent`.
    pub(crate) fn paragraph(&mut self, role: Role, indent: usize, text: &str, width: usize) {
        let margin = " ".repeat(indent);
        for line in wrap(text, width.saturating_sub(indent)) {
            self.pieces([(Role::Plain, margin.clone()), (role, line)]);
        }
    }

    /// Adds a text, wrapped, whose first line begins with `mark` and the others with as many blanks.
    pub(crate) fn item(&mut self, mark: (Role, &str), text: (Role, &str), width: usize) {
        let (mark_role, mark) = mark;
        let (role, text) = text;
        let margin = mark.width();
        let blanks = " ".repeat(margin);
        for (at, line) in wrap(text, width.saturating_sub(margin))
            .into_iter()
            .enumerate()
        {
            let before = if at == 0 { mark } else { &blanks };
            self.pieces([(mark_role, before.to_owned()), (role, line)]);
        }
    }

    /// Adds all lines of another page.
    pub(crate) fn append(&mut self, other: Self) {
        self.lines.extend(other.lines);
    }

    /// The lines as text; with `colour`, with the styles of a terminal.
    pub(crate) fn render(&self, colour: bool) -> String {
        let mut text = String::new();
        for line in &self.lines {
            // Blanks at the end of a line are noise in files and in a terminal that is copied from.
            let last = line
                .iter()
                .rposition(|(_, piece)| !piece.trim_end().is_empty());
            for (at, (role, piece)) in line.iter().take(last.map_or(0, |at| at + 1)).enumerate() {
                let piece = if Some(at) == last {
                    piece.trim_end()
                } else {
                    piece
                };
                let style = if colour { role.style() } else { Style::new() };
                // Writing to a string cannot fail.
                let _ = write!(text, "{style}{piece}{style:#}");
            }
            text.push('\n');
        }
        text
    }
}

/// Breaks a text between words, and a word only where it is too long for a whole line. Line feeds in it stay.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    text.split('\n')
        .flat_map(|line| wrap_line(line, width))
        .collect()
}

fn wrap_line(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        for (at, part) in chunks(word, width).into_iter().enumerate() {
            let Some(line) = lines.last_mut() else {
                continue;
            };
            let is_fresh = line.is_empty();
            let needed = line.width() + usize::from(!is_fresh) + part.width();
            if at > 0 || needed > width && !is_fresh {
                lines.push(part);
            } else {
                if !is_fresh {
                    line.push(' ');
                }
                line.push_str(&part);
            }
        }
    }
    lines
}

/// A word in parts that fit; nearly always one.
fn chunks(word: &str, width: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut used = 0;
    for c in word.chars() {
        let columns = c.width().unwrap_or(0);
        if used + columns > width {
            parts.push(String::new());
            used = 0;
        }
        if let Some(part) = parts.last_mut() {
            part.push(c);
        }
        used += columns;
    }
    parts
}

/// A text cut to a width, with `…` where something is missing.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// A text followed by blanks up to a width.
pub(crate) fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(missing))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_breaks_between_words() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghijk lm", 8), ["abcdefgh", "ijk lm"]);
        assert_eq!(wrap("a\n\nb", 8), ["a", "", "b"]);
    }

    #[test]
    fn without_colour_there_is_no_escape_and_no_blank_at_the_end() {
        let mut page = Page::default();
        page.pieces([(Role::Bad, "x ".to_owned()), (Role::Plain, "  ".to_owned())]);
        assert_eq!(page.render(false), "x\n");
        assert_eq!(page.render(true), "\u{1b}[1m\u{1b}[31mx\u{1b}[0m\n");
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_allowed_and_no_letter_is_lost(text in "\\PC*", width in 8_usize..60) {
            let lines = wrap(&text, width);
            prop_assert!(lines.iter().all(|line| line.width() <= width));
            let letters = |text: &str| text.replace([' ', '\n'], "");
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
            prop_assert!(cut(&text, width).width() <= width);
        }
    }
}
