//! Lines that are a step of their own.

use protocol::diagnostic::Diagnostic;
use protocol::lang::Words;
use protocol::quote::unquote;

use super::super::lex::Kind;
use super::super::{Actor, CrowdVerb, limits};
use super::block::{BLOCKS, positive};
use super::cursor::{Cursor, Result, actor};
use super::{StatementKind, header, verb};

/// A line that is a step of its own.
pub(super) fn simple(cursor: &mut Cursor<'_>) -> Result<StatementKind> {
    if cursor.accept(&["include"]) {
        include(cursor)
    } else if cursor.accept(&["a", "crowd", "of"]) {
        let size = positive(
            cursor,
            ["o tamanho da multidão", "the size of the crowd"],
            limits::CROWD,
        )?;
        Ok(StatementKind::Crowd {
            size: Some(size),
            verb: verb::crowd_verb(cursor)?,
        })
    } else if cursor.accept(&["the", "crowd"]) || cursor.accept(&["each"]) {
        Ok(StatementKind::Crowd {
            size: None,
            verb: verb::crowd_verb(cursor)?,
        })
    } else if cursor.accept(&["everyone"]) {
        cursor.expect(&["hears", "everything", "once"])?;
        Ok(StatementKind::Crowd {
            size: None,
            verb: CrowdVerb::HearEverythingOnce,
        })
    } else if cursor.accept(&["the", "server"]) {
        cursor.expect(&["still", "serves"])?;
        Ok(StatementKind::ServerStillServes)
    } else if let Some(owner) = possessive(cursor) {
        Ok(StatementKind::Do(vec![(owner, verb::list_verb(cursor)?)]))
    } else {
        actors_do(cursor)
    }
}

/// `ana's`.
fn possessive(cursor: &mut Cursor<'_>) -> Option<Actor> {
    let Some(Kind::Word(word)) = cursor.peek() else {
        return None;
    };
    let owner = word
        .strip_suffix("'s")
        .or_else(|| word.strip_suffix("’s"))
        .and_then(actor)?;
    cursor.advance();
    Some(owner)
}

/// `ana joins`, `ana, bia and caio join`.
fn actors_do(cursor: &mut Cursor<'_>) -> Result<StatementKind> {
    let actors = cursor
        .actors()
        .map_err(|wrong| help_for_keyword(cursor, wrong))?;
    let plural = actors.len() > 1;
    let begin = cursor.clone();
    let mut done = Vec::new();
    for actor in actors {
        *cursor = begin.clone();
        let verb = verb::verb(cursor, &actor, plural)?;
        done.push((actor, verb));
    }
    Ok(StatementKind::Do(done))
}

/// `repeat 3 times` without its colon is no wrong name.
fn help_for_keyword(cursor: &Cursor<'_>, wrong: Box<Diagnostic>) -> Box<Diagnostic> {
    let word = cursor
        .source
        .text
        .get(cursor.last_span())
        .unwrap_or_default();
    if BLOCKS.contains(&word) {
        Box::new(wrong.help([
            "uma linha que começa um bloco acaba em dois-pontos",
            "a line that begins a block ends in a colon",
        ]))
    } else {
        wrong
    }
}

fn include(cursor: &mut Cursor<'_>) -> Result<StatementKind> {
    let raw = cursor.quoted([
        "o caminho de um arquivo, entre aspas",
        "the path of a file, between quotes",
    ])?;
    let path_span = cursor.last_span();
    let path = unquote(raw)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let path = path.filter(|path| !path.is_empty() && !path.contains('\0'));
    let path = path.ok_or_else(|| {
        cursor.wrong_last(
            [
                "isto não é o caminho de um arquivo",
                "this is no path of a file",
            ],
            Words::default(),
        )
    })?;
    let mut arguments = Vec::new();
    if cursor.accept(&["with"]) {
        header::parameter(cursor, &mut arguments)?;
        while cursor.accept_kind(Kind::Comma) {
            header::parameter(cursor, &mut arguments)?;
        }
    }
    Ok(StatementKind::Include {
        path,
        path_span,
        arguments,
    })
}
