//! Words, quoted texts and comments of each line. Knows no word of the language.

use std::ops::Range;
use std::sync::Arc;

use protocol::diagnostic::{Diagnostic, Diagnostics, Source};

/// One line of a file.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    /// Blanks in front.
    pub(super) indent: usize,
    /// What stands on it.
    pub(super) tokens: Vec<Token<'a>>,
    /// From `#` on, without blanks at the end.
    pub(super) comment: Option<&'a str>,
    /// Whether something on it could not be read. That has been reported: what follows from it is not.
    pub(super) is_broken: bool,
}

impl Line<'_> {
    /// The bytes from the first token to the last.
    pub(super) fn span(&self) -> Range<usize> {
        let start = self.tokens.first().map_or(0, |token| token.span.start);
        let end = self.tokens.last().map_or(start, |token| token.span.end);
        start..end
    }

    /// Whether nothing stands on it, not even a comment.
    pub(super) fn is_blank(&self) -> bool {
        self.tokens.is_empty() && self.comment.is_none()
    }

    /// Whether it ends in a colon.
    pub(super) fn opens_a_block(&self) -> bool {
        self.tokens
            .last()
            .is_some_and(|token| token.kind == Kind::Colon)
    }
}

/// A word, a text or a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind<'a>,
    /// Its bytes in the file, quotes included.
    pub(super) span: Range<usize>,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    Word(&'a str),
    /// What stands between the quotes, escapes as they are written.
    Quoted(&'a str),
    Comma,
    Colon,
}

/// Splits a file into lines and tokens. What it cannot read is reported, and left out.
pub(super) fn lines<'a>(source: &'a Arc<Source>, diagnostics: &mut Diagnostics) -> Vec<Line<'a>> {
    let text = source.text.as_str();
    let mut start = if text.starts_with(BYTE_ORDER_MARK) {
        BYTE_ORDER_MARK.len_utf8()
    } else {
        0
    };
    let mut lines = Vec::new();
    for line in text.get(start..).unwrap_or_default().split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let lexer = Lexer {
            source,
            line: content,
            start,
            at: 0,
            diagnostics,
            is_broken: false,
        };
        lines.push(lexer.line());
        start += line.len();
    }
    lines
}

const BYTE_ORDER_MARK: char = '\u{feff}';

struct Lexer<'a, 'd> {
    source: &'a Arc<Source>,
    line: &'a str,
    /// Where the line begins in the file.
    start: usize,
    /// How far it has been read.
    at: usize,
    diagnostics: &'d mut Diagnostics,
    is_broken: bool,
}

impl<'a> Lexer<'a, '_> {
    fn line(mut self) -> Line<'a> {
        let indent = self.indent();
        let mut line = Line {
            indent,
            tokens: Vec::new(),
            comment: None,
            is_broken: false,
        };
        while let Some(c) = self.peek() {
            let begin = self.at;
            let kind = match c {
                ' ' | '\t' => {
                    self.at += 1;
                    continue;
                }
                '#' => {
                    line.comment = Some(self.rest().trim_end());
                    break;
                }
                ',' => self.mark(Kind::Comma),
                ':' => self.mark(Kind::Colon),
                '"' => self.quoted(),
                _ => self.word(),
            };
            if let Some(kind) = kind {
                line.tokens.push(Token {
                    kind,
                    span: self.span(begin),
                });
            }
        }
        line.is_broken = self.is_broken;
        line
    }

    fn indent(&mut self) -> usize {
        let blanks = self.line.len() - self.line.trim_start_matches([' ', '\t']).len();
        self.at = blanks;
        let is_empty = self.rest().is_empty();
        if !is_empty
            && self
                .line
                .get(..blanks)
                .is_some_and(|indent| indent.contains('\t'))
        {
            self.error(
                0,
                ["tabulação no recuo", "tab in the indentation"],
                ["recue com dois espaços", "indent with two spaces"],
            );
        }
        blanks
    }

    fn mark(&mut self, kind: Kind<'a>) -> Option<Kind<'a>> {
        self.at += 1;
        Some(kind)
    }

    fn word(&mut self) -> Option<Kind<'a>> {
        let begin = self.at;
        let rest = self.rest();
        let len = rest
            .find([' ', '\t', ',', ':', '"', '#'])
            .unwrap_or(rest.len());
        let word = rest.get(..len).unwrap_or_default();
        self.at += len;
        if word.contains(['“', '”', '„', '«', '»']) {
            self.error(
                begin,
                ["aspas tipográficas", "typographic quote"],
                [
                    "escreva um texto entre aspas retas: `\"…\"`",
                    "write a text between straight quotes: `\"…\"`",
                ],
            );
            return None;
        }
        if word.contains(char::is_control) {
            self.error(
                begin,
                [
                    "caractere de controle fora de um texto",
                    "control character outside a text",
                ],
                [
                    "retire-o; em um texto, escreva-o como `\\xNN`",
                    "remove it; in a text, write it as `\\xNN`",
                ],
            );
            return None;
        }
        Some(Kind::Word(word))
    }

    fn quoted(&mut self) -> Option<Kind<'a>> {
        let begin = self.at;
        self.at += 1;
        let inner = self.rest();
        let Some(len) = closing_quote(inner) else {
            self.at = self.line.len();
            self.error(
                begin,
                [
                    "esperava-se `\"` no fim do texto, veio o fim da linha",
                    "expected `\"` at the end of the text, found the end of the line",
                ],
                [
                    "um texto fica em uma linha só; escreva uma quebra de linha como `\\n`",
                    "a text stands on one line; write a newline as `\\n`",
                ],
            );
            return None;
        };
        let text = inner.get(..len).unwrap_or_default();
        self.at += len + 1;
        if text.contains(char::is_control) {
            self.error(
                begin,
                [
                    "caractere de controle em um texto",
                    "control character in a text",
                ],
                [
                    "escreva-o como `\\t` ou `\\xNN`, para que se veja",
                    "write it as `\\t` or `\\xNN`, so that it is seen",
                ],
            );
            return None;
        }
        Some(Kind::Quoted(text))
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn rest(&self) -> &'a str {
        self.line.get(self.at..).unwrap_or_default()
    }

    /// From `begin` to here, as bytes of the file.
    fn span(&self, begin: usize) -> Range<usize> {
        self.start + begin..self.start + self.at
    }

    fn error(&mut self, begin: usize, message: [&str; 2], help: [&str; 2]) {
        let span = self.span(begin);
        self.is_broken = true;
        self.diagnostics
            .push(Diagnostic::error(message).at(self.source, span).help(help));
    }
}

/// The offset of the first quote that no backslash escapes.
fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_words_texts_marks_and_a_comment() {
        let source = Source::new("a.chat", "  ana's says \"a \\\" # b\", x: # why  \r\n\n");
        let mut diagnostics = Diagnostics::new();
        let lines = lines(&source, &mut diagnostics);
        let kinds: Vec<_> = lines[0].tokens.iter().map(|token| token.kind).collect();
        assert_eq!(
            kinds,
            [
                Kind::Word("ana's"),
                Kind::Word("says"),
                Kind::Quoted("a \\\" # b"),
                Kind::Comma,
                Kind::Word("x"),
                Kind::Colon
            ]
        );
        assert_eq!((lines[0].indent, lines[0].comment), (2, Some("# why")));
        assert_eq!(lines[0].tokens[1].span, 8..12);
        assert!(lines[1].is_blank());
        assert!(diagnostics.is_empty());
    }
}
