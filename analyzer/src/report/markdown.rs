//! The report as Markdown, to paste into a report of one's own.
//!
//! ```text
//! ## B. Quais são os endereços IP dos clientes e do servidor?
//!
//! **Resposta.** Servidor: **192.168.0.88**. …
//! ```
//!
//! GitHub's flavour (tables). Nothing from a capture is read as markup: it stands in code spans that it cannot close.

use std::fmt::Write as _;

use protocol::lang::Lang;

use super::hex;
use super::page::{Block, Layer, Line, Page, Span};
use crate::ladder;

/// Columns of the ladder: as wide as a page of paper in a small type.
const LADDER_WIDTH: usize = 100;

/// The page as Markdown.
#[must_use]
pub fn render(page: &Page, lang: Lang) -> String {
    let mut text = String::new();
    for block in &page.blocks {
        if !text.is_empty() {
            text.push('\n');
        }
        push(&mut text, block, lang);
    }
    text
}

fn push(text: &mut String, block: &Block, lang: Lang) {
    // Writing to a string cannot fail.
    let _ = match block {
        Block::Title(title) => writeln!(text, "# {}", escape(title)),
        Block::Heading(heading) => writeln!(text, "## {}", escape(heading)),
        Block::Paragraph(_, words) => writeln!(text, "{}", line(words)),
        Block::Labelled(label, words) => writeln!(text, "**{}** {}", escape(label), line(words)),
        Block::List(items) => items
            .iter()
            .try_for_each(|item| writeln!(text, "- {}", line(item))),
        Block::Table { head, rows } => table(text, head, rows),
        Block::Filter(label, filter) => {
            writeln!(text, "{}\n\n```text\n{filter}\n```", escape(label.trim()))
        }
        Block::Ladder(drawing) => {
            writeln!(
                text,
                "```text\n{}```",
                ladder::text(drawing, lang, LADDER_WIDTH)
            )
        }
        Block::Layers(layers) => layers.iter().try_for_each(|layer| push_layer(text, layer)),
    };
}

fn table(text: &mut String, head: &[String], rows: &[Vec<Line>]) -> std::fmt::Result {
    let cells = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    writeln!(
        text,
        "{}",
        cells(head.iter().map(|name| escape(name)).collect())
    )?;
    writeln!(text, "{}", cells(vec!["---".to_owned(); head.len()]))?;
    for row in rows {
        let row = row.iter().map(|cell| line(cell).replace('|', "\\|"));
        writeln!(text, "{}", cells(row.collect()))?;
    }
    Ok(())
}

fn push_layer(text: &mut String, layer: &Layer) -> std::fmt::Result {
    writeln!(text, "**{}**\n", escape(&layer.title))?;
    if !layer.facts.is_empty() {
        let facts = layer
            .facts
            .iter()
            .map(|(field, value)| format!("{} = {}", span(field), span(value)));
        writeln!(text, "{}\n", facts.collect::<Vec<_>>().join(", "))?;
    }
    writeln!(text, "```text")?;
    for row in hex::rows(&layer.bytes, layer.range.start) {
        // A fence ends only at a line of nothing but backticks: the offset in front prevents it.
        writeln!(text, "{}  {}  {}", row.offset, row.hex, row.ascii)?;
    }
    writeln!(text, "```\n")
}

fn line(line: &Line) -> String {
    line.iter()
        .map(|part| match part {
            Span::Text(words) => escape(words),
            Span::Strong(words) => format!("**{}**", escape(words)),
            Span::Code(literal) => span(literal),
        })
        .collect()
}

/// A code span that its content cannot close (CommonMark §6.1): fenced by one backtick more than any run in it.
fn span(literal: &str) -> String {
    let longest = literal
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    let blank = if literal.starts_with('`') || literal.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{blank}{literal}{blank}{fence}")
}

/// Words with everything escaped that Markdown or HTML would read as markup.
fn escape(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '#' | '|' => escaped.extend(['\\', c]),
            '&' => escaped.push_str("&amp;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_span_cannot_be_closed_from_within() {
        assert_eq!(span("a`b``c"), "```a`b``c```");
        assert_eq!(span("`"), "`` ` ``");
        assert_eq!(span("plain"), "`plain`");
    }

    #[test]
    fn markup_in_words_is_escaped() {
        assert_eq!(escape("<b>*x*_y_|&"), "\\<b>\\*x\\*\\_y\\_\\|&amp;");
    }
}
