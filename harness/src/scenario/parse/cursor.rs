//! The tokens of one line, read from left to right.

use std::ops::Range;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use protocol::diagnostic::{Diagnostic, Source};
use protocol::lang::Words;
use protocol::quote::visible;
use protocol::words;

use super::super::lex::{Kind, Line, Token};
use super::super::{Actor, limits};

/// Why a line cannot be read.
pub(super) type Result<T> = std::result::Result<T, Box<Diagnostic>>;

/// Reads the tokens of one line.
#[derive(Clone)]
pub(super) struct Cursor<'l> {
    pub(super) source: &'l Arc<Source>,
    tokens: &'l [Token<'l>],
    line: Range<usize>,
    at: usize,
}

impl<'l> Cursor<'l> {
    pub(super) fn new(source: &'l Arc<Source>, line: &'l Line<'l>) -> Self {
        Self {
            source,
            tokens: &line.tokens,
            line: line.span(),
            at: 0,
        }
    }

    /// The whole line.
    pub(super) fn line(&self) -> Range<usize> {
        self.line.clone()
    }

    pub(super) fn peek(&self) -> Option<Kind<'l>> {
        self.peek_nth(0)
    }

    pub(super) fn peek_nth(&self, n: usize) -> Option<Kind<'l>> {
        self.tokens.get(self.at + n).map(|token| token.kind)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.peek().is_none()
    }

    /// Where the next token stands; at the end, the place behind the last one.
    pub(super) fn span(&self) -> Range<usize> {
        let next = self.tokens.get(self.at).map(|token| token.span.clone());
        next.unwrap_or(self.line.end..self.line.end)
    }

    /// Where the token before stands.
    pub(super) fn last_span(&self) -> Range<usize> {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        last.map_or_else(|| self.line.clone(), |token| token.span.clone())
    }

    pub(super) fn advance(&mut self) {
        self.at += 1;
    }

    /// Takes these words if all of them come next.
    pub(super) fn accept(&mut self, words: &[&str]) -> bool {
        let there = words
            .iter()
            .enumerate()
            .all(|(n, word)| self.peek_nth(n) == Some(Kind::Word(word)));
        if there {
            self.at += words.len();
        }
        there
    }

    pub(super) fn accept_kind(&mut self, kind: Kind<'_>) -> bool {
        let there = self.peek() == Some(kind);
        if there {
            self.advance();
        }
        there
    }

    /// Takes these words, or says that the first that differs was expected.
    pub(super) fn expect(&mut self, words: &[&str]) -> Result<()> {
        for word in words {
            if !self.accept(&[word]) {
                return Err(self.expected([&format!("`{word}`"), &format!("`{word}`")]));
            }
        }
        Ok(())
    }

    pub(super) fn word(&mut self, what: [&str; 2]) -> Result<&'l str> {
        match self.peek() {
            Some(Kind::Word(word)) => {
                self.advance();
                Ok(word)
            }
            _ => Err(self.expected(what)),
        }
    }

    pub(super) fn quoted(&mut self, what: [&str; 2]) -> Result<&'l str> {
        match self.peek() {
            Some(Kind::Quoted(text)) => {
                self.advance();
                Ok(text)
            }
            _ => Err(self.expected(what)),
        }
    }

    /// A number up to a limit.
    pub(super) fn number<T: FromStr + PartialOrd + std::fmt::Display>(
        &mut self,
        what: [&str; 2],
        most: T,
    ) -> Result<T> {
        let word = self.word(what)?;
        let is_decimal = word.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_decimal.then(|| word.parse().ok()).flatten();
        match number {
            Some(number) if number <= most => Ok(number),
            _ if is_decimal => Err(self.wrong_last(
                words!("`{}` é grande demais", "`{}` is too large", visible(word)),
                words!("no máximo {most}", "at most {most}"),
            )),
            _ => Err(self.wrong_last(
                expected_but_found(what, &quoted(word)),
                ["esperava-se um número", "expected a number"],
            )),
        }
    }

    /// `500ms` or `2s`.
    pub(super) fn duration(&mut self) -> Result<Duration> {
        let word = self.word([
            "um tempo como `500ms` ou `2s`",
            "a time like `500ms` or `2s`",
        ])?;
        let digits = word.trim_end_matches(char::is_alphabetic);
        let unit = word.get(digits.len()..).unwrap_or_default();
        let number = digits.parse::<u32>().ok().map(u64::from);
        let time = match (number, unit) {
            (Some(n), "ms") => Duration::from_millis(n),
            (Some(n), "s") => Duration::from_secs(n),
            _ => {
                let found = expected_but_found(["um tempo", "a time"], &quoted(word));
                return Err(Box::new(
                    self.wrong_last(found, ["esperava-se um tempo", "expected a time"])
                        .help(["escreva `500ms` ou `2s`", "write `500ms` or `2s`"]),
                ));
            }
        };
        if time > limits::TIME {
            let most = words!("no máximo {}s", "at most {}s", limits::TIME.as_secs());
            return Err(self.wrong_last(
                words!("`{word}` é longo demais", "`{word}` is too long"),
                most,
            ));
        }
        Ok(time)
    }

    pub(super) fn actor(&mut self, what: [&str; 2]) -> Result<Actor> {
        let word = self.word(what)?;
        match actor(word) {
            Some(actor) => Ok(actor),
            None => {
                let wrong =
                    self.wrong_last(expected_but_found(what, &quoted(word)), Words::default());
                let help: [&str; 2] = if RESERVED.contains(&word) {
                    [
                        "esta palavra é da linguagem, e não um nome",
                        "this word is part of the language, and no name",
                    ]
                } else {
                    [
                        "o nome de um ator tem letras, algarismos, `-` e `_`, e começa com minúscula",
                        "the name of an actor is letters, digits, `-` and `_`, and begins with a small letter",
                    ]
                };
                Err(Box::new(wrong.help(help)))
            }
        }
    }

    /// `ana, bia and caio`.
    pub(super) fn actors(&mut self) -> Result<Vec<Actor>> {
        let mut actors = vec![self.actor(["o nome de um ator", "the name of an actor"])?];
        while self.accept_kind(Kind::Comma) || self.accept(&["and"]) {
            actors.push(self.actor(["o nome de um ator", "the name of an actor"])?);
            if actors.len() > limits::ACTORS {
                return Err(self.wrong_last(
                    words!("mais de {} atores", "more than {} actors", limits::ACTORS),
                    ["demais para um passo", "too many for one step"],
                ));
            }
        }
        Ok(actors)
    }

    /// Nothing more may come.
    pub(super) fn end(&self) -> Result<()> {
        if self.is_at_end() {
            return Ok(());
        }
        let rest = self.span().start..self.line.end;
        let what = ["o fim da linha", "the end of the line"];
        let found = expected_but_found(what, &self.found());
        Err(Box::new(
            Diagnostic::error(found)
                .at(self.source, rest)
                .label(["não entendido", "not understood"]),
        ))
    }

    pub(super) fn expected(&self, what: [&str; 2]) -> Box<Diagnostic> {
        let message = expected_but_found(what, &self.found());
        Box::new(Diagnostic::error(message).at(self.source, self.span()))
    }

    /// An error about the token that was taken last.
    pub(super) fn wrong_last(
        &self,
        message: impl Into<Words>,
        label: impl Into<Words>,
    ) -> Box<Diagnostic> {
        Box::new(
            Diagnostic::error(message)
                .at(self.source, self.last_span())
                .label(label),
        )
    }

    fn found(&self) -> Words {
        match self.peek() {
            None => ["o fim da linha", "the end of the line"].into(),
            Some(Kind::Word(word)) => quoted(word),
            Some(Kind::Quoted(_)) => ["um texto", "a text"].into(),
            Some(Kind::Comma) => ["uma vírgula", "a comma"].into(),
            Some(Kind::Colon) => ["dois-pontos", "a colon"].into(),
        }
    }
}

/// «Expected …, found …».
pub(super) fn expected_but_found([pt, en]: [&str; 2], found: &Words) -> Words {
    Words::from([
        format!("esperava-se {pt}, veio {}", found.pt),
        format!("expected {en}, found {}", found.en),
    ])
}

/// A word of the file, as diagnostics show it.
pub(super) fn quoted(word: &str) -> Words {
    Words::same(format!("`{}`", visible(word)))
}

/// Words that begin something else than a name.
pub(super) const RESERVED: &[&str] = &[
    "a",
    "all",
    "and",
    "any",
    "as",
    "each",
    "either",
    "everyone",
    "finally",
    "in",
    "include",
    "itself",
    "literally",
    "may",
    "must",
    "nobody",
    "nothing",
    "of",
    "one",
    "repeat",
    "scenario",
    "setup",
    "should",
    "the",
    "together",
    "with",
    "within",
];

/// The actor of that name, if it can be a name.
pub(super) fn actor(word: &str) -> Option<Actor> {
    let begins_well = word
        .chars()
        .next()
        .is_some_and(|c| c.is_alphabetic() && !c.is_uppercase());
    let goes_on_well = word
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    let is_short = word.len() <= 32;
    (begins_well && goes_on_well && is_short && !RESERVED.contains(&word)).then(|| Actor::new(word))
}
