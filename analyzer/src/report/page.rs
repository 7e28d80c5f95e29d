//! A report before it has a form: headings, sentences, tables, filters and bytes, in the reader's language.
//!
//! The prose writes it; the terminal, Markdown and HTML each show it, and none of them knows what it says. What comes from a
//! capture stands in [`Span::Code`], already escaped by `protocol::quote`: each form adds only its own markup's escapes.

use std::ops::Range;

use crate::ladder::Ladder;
use crate::segment::LayerKind;
use crate::wireshark::Filter;

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Words.
    Text(String),
    /// Something literal: an address, a number, bytes, a field of Wireshark.
    Code(String),
    /// What matters most.
    Strong(String),
}

/// A sentence, a cell, an item.
pub type Line = Vec<Span>;

/// How a block of prose is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    Plain,
    /// All is well.
    Good,
    /// Look here.
    Warning,
    /// Something is wrong.
    Bad,
}

/// One layer of a frame, to be shown with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// What it is, which decides its colour.
    pub kind: LayerKind,
    /// Its name and extent: `IPv4 · bytes 4–23 (20)`.
    pub title: String,
    /// Where it lies in the frame.
    pub range: Range<usize>,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its fields: Wireshark's name, and the value.
    pub facts: Vec<(String, String)>,
}

/// A part of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// The name of it all.
    Title(String),
    /// The beginning of a part.
    Heading(String),
    /// A sentence or several.
    Paragraph(Tone, Line),
    /// A sentence behind its label: **Answer.** …
    Labelled(String, Line),
    /// Items.
    List(Vec<Line>),
    /// Rows under a head.
    Table {
        /// The names of the columns.
        head: Vec<String>,
        /// The rows, each as wide as the head.
        rows: Vec<Vec<Line>>,
    },
    /// A display filter to paste into Wireshark.
    Filter(String, Filter),
    /// The layers of one frame.
    Layers(Vec<Layer>),
    /// Who sent what to whom.
    Ladder(Ladder),
}

/// A whole report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Its parts, in order.
    pub blocks: Vec<Block>,
}

impl Page {
    pub(super) fn title(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Title(text.into()));
    }

    pub(super) fn heading(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Heading(text.into()));
    }

    pub(super) fn paragraph(&mut self, line: Line) {
        self.blocks.push(Block::Paragraph(Tone::Plain, line));
    }

    pub(super) fn toned(&mut self, tone: Tone, line: Line) {
        self.blocks.push(Block::Paragraph(tone, line));
    }

    pub(super) fn labelled(&mut self, label: &str, line: Line) {
        self.blocks.push(Block::Labelled(label.to_owned(), line));
    }

    pub(super) fn list(&mut self, items: Vec<Line>) {
        if !items.is_empty() {
            self.blocks.push(Block::List(items));
        }
    }

    pub(super) fn table(&mut self, head: &[&str], rows: Vec<Vec<Line>>) {
        if !rows.is_empty() {
            let head = head.iter().map(|name| (*name).to_owned()).collect();
            self.blocks.push(Block::Table { head, rows });
        }
    }
}

/// Literal text.
pub(super) fn code(text: impl ToString) -> Span {
    Span::Code(text.to_string())
}

/// Words.
pub(super) fn text(text: impl ToString) -> Span {
    Span::Text(text.to_string())
}

/// What matters most.
pub(super) fn strong(text: impl ToString) -> Span {
    Span::Strong(text.to_string())
}

/// A cell with literal text.
pub(super) fn cell(text: impl ToString) -> Line {
    vec![code(text)]
}

/// A sentence with each `{}` filled in turn.
pub(super) fn line(sentence: &str, spans: impl IntoIterator<Item = Span>) -> Line {
    let mut spans = spans.into_iter();
    let mut line = Vec::new();
    for (at, words) in sentence.split("{}").enumerate() {
        if at > 0 {
            line.extend(spans.next());
        }
        if !words.is_empty() {
            line.push(Span::Text(words.to_owned()));
        }
    }
    line
}

/// Several lines as one, with words in between.
pub(super) fn joined(lines: impl IntoIterator<Item = Line>, between: &str) -> Line {
    let mut all = Line::new();
    for (at, line) in lines.into_iter().enumerate() {
        if at > 0 {
            all.push(text(between));
        }
        all.extend(line);
    }
    all
}
