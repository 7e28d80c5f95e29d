//! From nested lines to a header and statements. Every line is read on its own, so all errors of a file come at once.
//!
//! Opens no other file: an `include` stays a statement, and variables stay names. `expand` does the rest.

mod block;
mod cursor;
mod header;
mod simple;
mod text;
mod verb;

use std::ops::Range;
use std::sync::Arc;

use protocol::diagnostic::{Diagnostic, Diagnostics, Source};
use protocol::dialect::Level;
use protocol::lang::Words;
use protocol::quote::visible;

use super::lex::Kind;
use super::tree::{Node, nest};
use super::{Actor, Block, CrowdVerb, Text, Verb, lex, limits};
use cursor::{Cursor, Result};
pub(super) use header::Header;

/// What a file says, as it is written.
#[derive(Debug)]
pub(super) struct File {
    pub(super) source: Arc<Source>,
    pub(super) kind: FileKind,
    pub(super) header: Header,
    pub(super) steps: Vec<Statement>,
    pub(super) finally: Vec<Statement>,
}

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    /// To be run.
    Scenario,
    /// To be included.
    Setup,
}

/// One line with its block.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) span: Range<usize>,
    pub(super) level: Option<Level>,
    pub(super) kind: StatementKind,
}

/// What a line says.
#[derive(Debug)]
pub(super) enum StatementKind {
    Do(Vec<(Actor, Verb)>),
    Crowd {
        size: Option<u32>,
        verb: CrowdVerb,
    },
    ServerStillServes,
    Block(Block, Vec<Statement>),
    /// `should:`: a level for all of them.
    Group(Vec<Statement>),
    Repeat(u32, Vec<Statement>),
    Include {
        path: String,
        path_span: Range<usize>,
        arguments: Vec<(String, Text)>,
    },
}

/// Reads a file.
pub(super) fn parse(source: &Arc<Source>, diagnostics: &mut Diagnostics) -> File {
    let mut file = File {
        source: Arc::clone(source),
        kind: FileKind::Scenario,
        header: Header::default(),
        steps: Vec::new(),
        finally: Vec::new(),
    };
    let nodes = nest(lex::lines(source, diagnostics), source, diagnostics);
    let rest = match nodes.split_first() {
        None => {
            diagnostics.push(empty(source));
            return file;
        }
        Some((first, rest)) if begins_with(first, &["scenario", "setup"]) => {
            header::header(first, &mut file, diagnostics);
            rest
        }
        Some((first, rest)) => {
            diagnostics.push(no_header(source, first));
            let is_title = matches!(first.line.tokens.get(1), Some(token) if matches!(token.kind, Kind::Quoted(_)));
            if is_title { rest } else { &nodes }
        }
    };
    let mut parser = Parser {
        source,
        diagnostics,
    };
    parser.body(rest, &mut file);
    file
}

fn begins_with(node: &Node<'_>, words: &[&str]) -> bool {
    let first = node.line.tokens.first().map(|token| token.kind);
    matches!(first, Some(Kind::Word(word)) if words.contains(&word))
}

fn empty(source: &Arc<Source>) -> Diagnostic {
    let what = if source.text.trim().is_empty() {
        ["o arquivo está vazio", "the file is empty"]
    } else {
        ["o arquivo não tem cenário", "the file holds no scenario"]
    };
    Diagnostic::error(Words::from(
        what.map(|what| format!("{what}: `{}`", visible(&source.name))),
    ))
    .help([
        "comece-o com `scenario \"…\"`",
        "begin it with `scenario \"…\"`",
    ])
}

fn no_header(source: &Arc<Source>, first: &Node<'_>) -> Diagnostic {
    let span = first
        .line
        .tokens
        .first()
        .map_or(0..0, |token| token.span.clone());
    let word = source.text.get(span.clone()).unwrap_or_default();
    Diagnostic::error([
        "esperava-se `scenario \"…\"` na primeira linha",
        "expected `scenario \"…\"` on the first line",
    ])
    .at(source, span)
    .did_you_mean(word, ["scenario", "setup"])
}

struct Parser<'p> {
    source: &'p Arc<Source>,
    diagnostics: &'p mut Diagnostics,
}

impl Parser<'_> {
    /// The steps, and what follows `finally:`, which must be the last.
    fn body(&mut self, nodes: &[Node<'_>], file: &mut File) {
        let teardown = nodes
            .iter()
            .position(|node| begins_with(node, &["finally"]));
        let (steps, teardown) = nodes.split_at(teardown.unwrap_or(nodes.len()));
        file.steps = self.statements(steps);
        let Some((finally, after)) = teardown.split_first() else {
            return;
        };
        let mut cursor = Cursor::new(self.source, &finally.line);
        let colon = cursor
            .expect(&["finally"])
            .and_then(|()| block::colon(&mut cursor));
        self.report(colon);
        file.finally = self.block(finally);
        if let Some(node) = after.first() {
            self.error(
                node,
                ["um passo depois de `finally:`", "a step after `finally:`"],
                [
                    "o que sempre é feito vem por último",
                    "what always runs comes last",
                ],
            );
        }
    }

    /// Gives up on a file that is no scenario at all.
    fn statements(&mut self, nodes: &[Node<'_>]) -> Vec<Statement> {
        let mut statements = Vec::new();
        for node in nodes {
            if self.diagnostics.len() < limits::ERRORS {
                statements.extend(self.statement(node));
            }
        }
        statements
    }

    fn statement(&mut self, node: &Node<'_>) -> Option<Statement> {
        if node.line.is_broken {
            self.statements(&node.children);
            return None;
        }
        let mut cursor = Cursor::new(self.source, &node.line);
        let level = level(&mut cursor);
        let kind = if node.line.opens_a_block() {
            let block = block::opening(&mut cursor, level.is_some());
            let block = self.report(block);
            let steps = self.block(node);
            block?.holding(steps)
        } else {
            let simple = simple::simple(&mut cursor);
            let simple = self.report(simple.and_then(|kind| cursor.end().map(|()| kind)));
            if let Some(child) = node.children.first() {
                self.error(
                    child,
                    ["recuo inesperado", "unexpected indentation"],
                    [
                        "só uma linha que acaba em dois-pontos começa um bloco",
                        "only a line that ends in a colon begins a block",
                    ],
                );
                self.statements(&node.children);
            }
            simple?
        };
        Some(Statement {
            span: node.line.span(),
            level,
            kind,
        })
    }

    /// The statements below a line that ends in a colon.
    fn block(&mut self, node: &Node<'_>) -> Vec<Statement> {
        if node.children.is_empty() {
            self.error(
                node,
                ["o bloco está vazio", "the block is empty"],
                [
                    "recue os seus passos com dois espaços abaixo desta linha",
                    "indent its steps by two spaces below this line",
                ],
            );
        }
        self.statements(&node.children)
    }

    fn report<T>(&mut self, result: Result<T>) -> Option<T> {
        result.map_err(|wrong| self.diagnostics.push(*wrong)).ok()
    }

    fn error(&mut self, node: &Node<'_>, message: [&str; 2], help: [&str; 2]) {
        let wrong = Diagnostic::error(message).at(self.source, node.line.span());
        self.diagnostics.push(wrong.help(help));
    }
}

/// `should` or `may` in front of a step or of a colon.
fn level(cursor: &mut Cursor<'_>) -> Option<Level> {
    if cursor.accept(&["should"]) {
        Some(Level::Should)
    } else if cursor.accept(&["may"]) {
        Some(Level::May)
    } else {
        None
    }
}
