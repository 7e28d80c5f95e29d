//! Lines nested by their indentation. Knows no word of the language.

use std::sync::Arc;

use protocol::diagnostic::{Diagnostic, Diagnostics, Source};
use protocol::words;

use super::lex::Line;

/// How deep blocks may be nested.
const DEEPEST: usize = 12;

/// A line and the lines that belong to it.
#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) line: Line<'a>,
    pub(super) children: Vec<Node<'a>>,
}

/// Nests lines. Lines without tokens are left out; a line whose indentation fits nowhere is reported, and taken as a sibling.
pub(super) fn nest<'a>(
    lines: Vec<Line<'a>>,
    source: &Arc<Source>,
    diagnostics: &mut Diagnostics,
) -> Vec<Node<'a>> {
    let mut open = vec![Open {
        indent: 0,
        nodes: Vec::new(),
    }];
    for line in lines.into_iter().filter(|line| !line.tokens.is_empty()) {
        let closed = close_deeper_than(line.indent, &mut open);
        if let Some(problem) = place(&line, closed, &mut open) {
            diagnostics.push(problem.at(source, line.span()));
        }
        if let Some(level) = open.last_mut() {
            level.nodes.push(Node {
                line,
                children: Vec::new(),
            });
        }
    }
    close_deeper_than(0, &mut open);
    open.pop().map(|level| level.nodes).unwrap_or_default()
}

/// Siblings that may still grow; those of a later one belong to the last node of the one before.
struct Open<'a> {
    /// Of all its lines.
    indent: usize,
    nodes: Vec<Node<'a>>,
}

/// Hands the siblings of each level that this indentation ends to the node above them, and says whether there were any.
fn close_deeper_than(indent: usize, open: &mut Vec<Open<'_>>) -> bool {
    let depth = open.len();
    while open.len() > 1 && open.last().is_some_and(|level| level.indent > indent) {
        let children = open.pop().map(|level| level.nodes).unwrap_or_default();
        if let Some(parent) = open.last_mut().and_then(|level| level.nodes.last_mut()) {
            parent.children.extend(children);
        }
    }
    open.len() < depth
}

/// Opens a level where the line is deeper than its neighbours, and says what is wrong with its indentation.
fn place(line: &Line<'_>, closed: bool, open: &mut Vec<Open<'_>>) -> Option<Diagnostic> {
    let depth = open.len();
    let level = open.last()?;
    if line.indent <= level.indent {
        return None;
    }
    if level.nodes.is_empty() {
        return Some(
            Diagnostic::error([
                "a primeira linha está recuada",
                "the first line is indented",
            ])
            .help(["comece-a na margem", "begin it at the margin"]),
        );
    }
    if depth > DEEPEST {
        return Some(Diagnostic::error(words!(
            "há blocos dentro de blocos em mais de {DEEPEST} níveis",
            "blocks are nested more than {DEEPEST} deep"
        )));
    }
    open.push(Open {
        indent: line.indent,
        nodes: Vec::new(),
    });
    closed.then(|| {
        Diagnostic::error([
            "o recuo não corresponde a nenhuma linha acima",
            "the indentation matches no line above",
        ])
        .help([
            "recue cada bloco com dois espaços",
            "indent each block by two spaces",
        ])
    })
}

#[cfg(test)]
mod tests {
    use super::super::lex;
    use super::*;

    fn shape(nodes: &[Node<'_>]) -> String {
        let node = |node: &Node<'_>| {
            let lex::Kind::Word(word) = node.line.tokens[0].kind else {
                return String::new();
            };
            if node.children.is_empty() {
                word.to_owned()
            } else {
                format!("{word}({})", shape(&node.children))
            }
        };
        nodes.iter().map(node).collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn check(text: &str, expected: &str, errors: usize) {
        let source = Source::new("a.chat", text);
        let mut diagnostics = Diagnostics::new();
        let nodes = nest(
            lex::lines(&source, &mut diagnostics),
            &source,
            &mut diagnostics,
        );
        assert_eq!(shape(&nodes), expected);
        assert_eq!(diagnostics.len(), errors, "{diagnostics}");
    }

    #[test]
    fn deeper_lines_belong_to_the_line_above() {
        check("a\n  b\n\n  # x\n  c\n     d\ne\n", "a(b c(d)) e", 0);
        check("", "", 0);
    }

    #[test]
    fn an_indentation_that_fits_nowhere_is_reported_once() {
        check("a\n    b\n  c\nd\n", "a(b c) d", 1);
        check("  a\nb\n", "a b", 1);
    }
}
