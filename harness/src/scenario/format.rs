//! The one way to write a scenario: two spaces for each level of indentation, one blank line at most, and the verbs of a
//! paragraph under each other.
//!
//! Works on the tokens of lines, so it keeps every word, text and comment as it is written.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::diagnostic::{Diagnostics, Source};

use super::lex::{Kind, Line, lines};
use super::tree::{Node, nest};
use super::{limits, parse::parse};

/// A subject that is longer does not push the verbs of its neighbours to the right.
const WIDEST_SUBJECT: usize = 12;

/// The file as it should be written.
///
/// # Errors
///
/// All errors of the file: what cannot be read is not rewritten.
pub fn format(source: &Arc<Source>) -> Result<String, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    if source.text.len() > limits::FILE {
        return Err(super::load::too_large_error(&source.name).into());
    }
    parse(source, &mut diagnostics);
    if diagnostics.has_errors() {
        return Err(diagnostics);
    }
    let lines = lines(source, &mut diagnostics);
    let depths = depths(&lines, source);
    let rows: Vec<Row<'_>> = lines
        .iter()
        .zip(&depths)
        .map(|(line, depth)| Row::new(line, *depth))
        .collect();
    Ok(assemble(&rows))
}

/// How deep each line is; a comment is as deep as the next line that is none.
fn depths(lines: &[Line<'_>], source: &Arc<Source>) -> Vec<usize> {
    let mut by_start = BTreeMap::new();
    collect(
        &nest(lines.to_vec(), source, &mut Diagnostics::new()),
        0,
        &mut by_start,
    );
    let mut depths = vec![0; lines.len()];
    let mut next: Option<(usize, usize)> = None;
    for (at, line) in lines.iter().enumerate().rev() {
        let depth = by_start
            .get(&line.span().start)
            .copied()
            .filter(|_| !line.tokens.is_empty());
        if let Some(depth) = depth {
            next = Some((line.indent, depth));
        }
        if let Some(slot) = depths.get_mut(at) {
            *slot = depth.unwrap_or_else(|| comment_depth(line, next));
        }
    }
    depths
}

/// A comment at the margin stays there; any other goes with the line below it.
fn comment_depth(line: &Line<'_>, next: Option<(usize, usize)>) -> usize {
    match next {
        Some((indent, depth)) if line.indent >= indent => depth,
        _ if line.indent == 0 => 0,
        Some((_, depth)) => depth,
        None => 0,
    }
}

fn collect(nodes: &[Node<'_>], depth: usize, by_start: &mut BTreeMap<usize, usize>) {
    for node in nodes {
        by_start.insert(node.line.span().start, depth);
        collect(&node.children, depth + 1, by_start);
    }
}

/// A line on its way to the page.
struct Row<'a> {
    depth: usize,
    /// What the rest is lined up behind: the actor of a step, the key of a property.
    subject: Option<&'a str>,
    rest: String,
    comment: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn new(line: &Line<'a>, depth: usize) -> Self {
        let words: Vec<Kind<'a>> = line.tokens.iter().map(|token| token.kind).collect();
        let subject = match words.as_slice() {
            [Kind::Word(word), Kind::Word(_) | Kind::Quoted(_), ..]
                if !line.opens_a_block() && lines_up(word) =>
            {
                Some(*word)
            }
            _ => None,
        };
        let rest = words
            .get(usize::from(subject.is_some())..)
            .unwrap_or_default();
        Self {
            depth,
            subject,
            rest: join(rest),
            comment: line.comment,
        }
    }

    fn is_blank(&self) -> bool {
        self.subject.is_none() && self.rest.is_empty() && self.comment.is_none()
    }

    /// Whether the row belongs to the same columns as another.
    fn lines_up_with(&self, other: &Self) -> bool {
        self.depth == other.depth && self.subject.is_some() && other.subject.is_some()
    }
}

/// Whether the word is one behind which the rest of the line is lined up.
fn lines_up(word: &str) -> bool {
    let keywords = [
        "scenario", "setup", "include", "should", "may", "a", "the", "each", "everyone",
    ];
    word.chars().count() <= WIDEST_SUBJECT
        && !keywords.contains(&word)
        && !word.ends_with("'s")
        && !word.ends_with("’s")
}

/// Tokens with a blank between them, but none in front of a mark.
fn join(tokens: &[Kind<'_>]) -> String {
    let mut text = String::new();
    for token in tokens {
        let is_mark = matches!(token, Kind::Comma | Kind::Colon);
        if !is_mark && !text.is_empty() {
            text.push(' ');
        }
        match token {
            Kind::Word(word) => text.push_str(word),
            Kind::Quoted(inner) => text.extend(["\"", inner, "\""]),
            Kind::Comma => text.push(','),
            Kind::Colon => text.push(':'),
        }
    }
    text
}

fn assemble(rows: &[Row<'_>]) -> String {
    let mut text = String::new();
    let mut blank_before = false;
    for block in rows.chunk_by(Row::lines_up_with) {
        let subjects = block.iter().filter_map(|row| row.subject);
        let column = subjects.map(|subject| subject.chars().count()).max();
        for row in block {
            if !row.is_blank() {
                let separate = blank_before && !text.is_empty();
                text.push_str(if separate { "\n" } else { "" });
                text.push_str(&written(row, column.unwrap_or(0)));
                text.push('\n');
            }
            blank_before = row.is_blank();
        }
    }
    text
}

fn written(row: &Row<'_>, column: usize) -> String {
    let mut text = "  ".repeat(row.depth);
    if let Some(subject) = row.subject {
        let missing = column.saturating_sub(subject.chars().count());
        text.extend([subject, &" ".repeat(missing + 1)]);
    }
    text.push_str(&row.rest);
    if let Some(comment) = row.comment {
        if !row.rest.is_empty() {
            text.push_str("  ");
        }
        text.push_str(comment);
    }
    text
}
