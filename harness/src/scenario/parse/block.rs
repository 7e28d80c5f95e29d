//! Lines that end in a colon.

use std::time::Duration;

use protocol::diagnostic::Diagnostic;
use protocol::lang::Words;
use protocol::quote::visible;
use protocol::words;

use super::super::lex::Kind;
use super::super::{Block, limits};
use super::cursor::{Cursor, Result};
use super::{Statement, StatementKind};

/// What a block will be, once its steps are known.
pub(super) enum Opening {
    Block(Block),
    Group,
    Repeat(u32),
}

impl Opening {
    pub(super) fn holding(self, steps: Vec<Statement>) -> StatementKind {
        match self {
            Self::Block(block) => StatementKind::Block(block, steps),
            Self::Group => StatementKind::Group(steps),
            Self::Repeat(times) => StatementKind::Repeat(times, steps),
        }
    }
}

/// A line that ends in a colon.
pub(super) fn opening(cursor: &mut Cursor<'_>, has_level: bool) -> Result<Opening> {
    let opening = if has_level && cursor.peek() == Some(Kind::Colon) {
        Opening::Group
    } else if cursor.accept(&["together"]) {
        Opening::Block(Block::Together)
    } else if cursor.accept(&["in", "any", "order"]) {
        Opening::Block(Block::InAnyOrder)
    } else if cursor.accept(&["one", "of"]) {
        Opening::Block(Block::OneOf)
    } else if cursor.accept(&["all", "of"]) {
        Opening::Block(Block::AllOf)
    } else if cursor.accept(&["within"]) {
        Opening::Block(Block::Within(within(cursor)?))
    } else if cursor.accept(&["repeat"]) {
        Opening::Repeat(rounds(cursor)?)
    } else if cursor.accept(&["finally"]) {
        return Err(Box::new(
            cursor
                .wrong_last(
                    ["`finally:` dentro de um bloco", "`finally:` inside a block"],
                    Words::default(),
                )
                .help([
                    "escreva-o na margem, depois de todos os passos",
                    "write it at the margin, after all steps",
                ]),
        ));
    } else {
        return Err(unknown_block(cursor));
    };
    colon(cursor)?;
    Ok(opening)
}

/// How a block may begin.
pub(super) const BLOCKS: [&str; 9] = [
    "together", "in", "one", "all", "within", "repeat", "should", "may", "finally",
];

fn unknown_block(cursor: &Cursor<'_>) -> Box<Diagnostic> {
    let word = match cursor.peek() {
        Some(Kind::Word(word)) => word,
        _ => "",
    };
    let wrong = Diagnostic::error(words!(
        "bloco desconhecido `{}`",
        "unknown block `{}`",
        visible(word)
    ))
    .at(cursor.source, cursor.span());
    let blocks = [
        "os blocos são `together:`, `in any order:`, `one of:`, `all of:`, `within TIME:`, `repeat N times:`, `should:`, `may:`, `finally:`",
        "blocks are `together:`, `in any order:`, `one of:`, `all of:`, `within TIME:`, `repeat N times:`, `should:`, `may:`, `finally:`",
    ];
    Box::new(wrong.did_you_mean(word, BLOCKS).note(blocks))
}

fn within(cursor: &mut Cursor<'_>) -> Result<Duration> {
    let time = cursor.duration()?;
    if time.is_zero() {
        return Err(cursor.wrong_last(
            ["tempo nenhum", "no time at all"],
            ["esperava-se mais que zero", "expected more than zero"],
        ));
    }
    Ok(time)
}

fn rounds(cursor: &mut Cursor<'_>) -> Result<u32> {
    let times = positive(cursor, ["quantas vezes", "how often"], limits::ROUNDS)?;
    if !cursor.accept(&["time"]) {
        cursor.expect(&["times"])?;
    }
    Ok(times)
}

pub(super) fn positive(cursor: &mut Cursor<'_>, what: [&str; 2], most: u32) -> Result<u32> {
    match cursor.number(what, most)? {
        0 => Err(cursor.wrong_last(
            [
                "esperava-se ao menos 1, veio `0`",
                "expected at least 1, found `0`",
            ],
            Words::default(),
        )),
        number => Ok(number),
    }
}

pub(super) fn colon(cursor: &mut Cursor<'_>) -> Result<()> {
    if cursor.accept_kind(Kind::Colon) {
        cursor.end()
    } else {
        Err(cursor.expected(["dois-pontos", "a colon"]))
    }
}
