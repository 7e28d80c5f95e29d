//! Verbs and their arguments: the grammar of a step.

use protocol::diagnostic::{Diagnostic, closest, did_you_mean};
use protocol::message::Reason;
use protocol::quote::visible;
use protocol::words;

use super::super::lex::Kind;
use super::super::{
    Actor, CrowdVerb, Framing, Name, Presence, Recipient, Split, Verb, Wrong, limits,
};
use super::cursor::{Cursor, Result};
use super::text::{bytes, is_next as is_text_next, pattern, text, variable};

/// The first word of every verb of an actor, as one actor and as several use it.
const VERBS: &[(&str, &str)] = &[
    ("joins", "join"),
    ("tries", "try"),
    ("says", "say"),
    ("tells", "tell"),
    ("lists", "list"),
    ("quits", "quit"),
    ("leaves", "leave"),
    ("hears", "hear"),
    ("ignores", "ignore"),
    ("sees", "see"),
    ("does", "do"),
    ("is", "are"),
    ("sends", "send"),
    ("expects", "expect"),
    ("connects", "connect"),
    ("finishes", "finish"),
    ("resets", "reset"),
    ("closes", "close"),
    ("stops", "stop"),
    ("reads", "read"),
    ("vanishes", "vanish"),
];

/// A verb of `actor`, who is one of several if `plural`.
pub(super) fn verb(cursor: &mut Cursor<'_>, actor: &Actor, plural: bool) -> Result<Verb> {
    let word = cursor.word(["um verbo", "a verb"])?;
    let verb = match singular(word, plural) {
        "joins" => Verb::Join(name(cursor)?),
        "tries" => {
            cursor.expect(&["to", "join"])?;
            Verb::TryToJoin(name(cursor)?)
        }
        "says" => says(cursor)?,
        "tells" => Verb::Tell {
            to: recipient(cursor, actor)?,
            text: text(cursor)?,
        },
        "lists" => Verb::List,
        "quits" => Verb::Quit {
            capitals: cursor.accept(&["in", "capitals"]),
        },
        "leaves" => Verb::Leave,
        "hears" => hears(cursor, actor)?,
        "ignores" => {
            cursor.expect(&["the", "rest"])?;
            Verb::IgnoreTheRest
        }
        "sees" => {
            let who = cursor.actor(["o nome de um ator", "the name of an actor"])?;
            let presence = presence(cursor)?;
            Verb::See { who, presence }
        }
        "does" => {
            cursor.expect(&["not", "see"])?;
            let who = match cursor.accept(&["the", "unnamed"]) {
                true => None,
                false => Some(cursor.actor(["o nome de um ator", "the name of an actor"])?),
            };
            let presence = presence(cursor)?;
            Verb::NotSee { who, presence }
        }
        "is" => is(cursor)?,
        "sends" => sends(cursor)?,
        "expects" => Verb::Expect {
            pattern: pattern(cursor)?,
            capture: capture(cursor)?,
        },
        "connects" => Verb::Connect,
        "finishes" => Verb::Finish,
        "resets" => Verb::Reset,
        "closes" => Verb::Close,
        "stops" => {
            cursor.expect(&["reading"])?;
            Verb::StopReading
        }
        "reads" => {
            cursor.expect(&["again"])?;
            Verb::ReadAgain
        }
        "vanishes" => Verb::Vanish,
        _ => return Err(unknown(cursor, word)),
    };
    Ok(verb)
}

/// `says`, where several say.
fn singular(word: &str, plural: bool) -> &str {
    let known = VERBS.iter().find(|(_, several)| plural && *several == word);
    known.map_or(word, |(one, _)| one)
}

fn unknown(cursor: &Cursor<'_>, word: &str) -> Box<Diagnostic> {
    let wrong = cursor.wrong_last(
        words!(
            "verbo desconhecido `{}`",
            "unknown verb `{}`",
            visible(word)
        ),
        ["esperava-se um verbo", "expected a verb"],
    );
    if let Some((one, _)) = VERBS.iter().find(|(_, several)| *several == word) {
        return Box::new(wrong.help(did_you_mean(one)));
    }
    Box::new(wrong.did_you_mean(word, VERBS.iter().map(|(one, _)| *one)))
}

/// `as bia`, `as bia in the other case`, `literally "…"`, or nothing.
fn name(cursor: &mut Cursor<'_>) -> Result<Name> {
    if cursor.accept(&["literally"]) {
        return Ok(Name::Literally(text(cursor)?));
    }
    if !cursor.accept(&["as"]) {
        return Ok(Name::Own);
    }
    let other = cursor.actor([
        "o ator cujo apelido ele usa",
        "the actor whose nickname it takes",
    ])?;
    Ok(if cursor.accept(&["in", "the", "other", "case"]) {
        Name::OfInOtherCase(other)
    } else {
        Name::Of(other)
    })
}

fn recipient(cursor: &mut Cursor<'_>, actor: &Actor) -> Result<Recipient> {
    if cursor.accept(&["nobody"]) {
        return Ok(Recipient::Nobody);
    }
    Ok(Recipient::Actor(who(cursor, actor)?))
}

/// The name of an actor, or `itself`.
fn who(cursor: &mut Cursor<'_>, actor: &Actor) -> Result<Actor> {
    if cursor.accept(&["itself"]) {
        Ok(actor.clone())
    } else {
        cursor.actor(["o nome de um ator", "the name of an actor"])
    }
}

fn says(cursor: &mut Cursor<'_>) -> Result<Verb> {
    let first = text(cursor)?;
    let mut texts = vec![first.clone()];
    while cursor.accept(&["and"]) || cursor.accept_kind(Kind::Comma) {
        texts.push(text(cursor)?);
    }
    if texts.len() > 1 {
        cursor.expect(&["together"])?;
        return Ok(Verb::SayTogether(texts));
    }
    Ok(Verb::Say {
        text: first,
        framing: framing(cursor)?,
    })
}

/// What follows the text of `says`, in any order.
fn framing(cursor: &mut Cursor<'_>) -> Result<Framing> {
    let mut framing = Framing::default();
    while !cursor.is_at_end() {
        let begins = cursor.span();
        let given_twice = if cursor.accept(&["pausing"]) {
            framing.pause.replace(cursor.duration()?).is_some()
        } else if cursor.accept(&["without", "terminator"]) {
            framing.terminator.replace(Default::default()).is_some()
        } else if cursor.accept(&["terminated", "by"]) {
            framing.terminator.replace(text(cursor)?).is_some()
        } else if let Some(split) = split(cursor)? {
            framing.split.replace(split).is_some()
        } else {
            return Err(Box::new(
                cursor
                    .expected([
                        "o fim da linha, ou como o texto é enviado",
                        "the end of the line, or how the text is sent",
                    ])
                    .help(HOW),
            ));
        };
        if given_twice {
            let twice = begins.start..cursor.last_span().end;
            return Err(Box::new(
                Diagnostic::error(["dito duas vezes", "said twice"])
                    .at(cursor.source, twice)
                    .label(["a segunda vez", "the second time"]),
            ));
        }
    }
    Ok(framing)
}

const HOW: [&str; 2] = [
    "pode ser `byte by byte`, `in pieces of N bytes`, `split after N bytes`, `only the first N bytes`, `pausing TIME`, \
    `without terminator`, `terminated by \"…\"`",
    "it may be `byte by byte`, `in pieces of N bytes`, `split after N bytes`, `only the first N bytes`, `pausing TIME`, \
    `without terminator`, `terminated by \"…\"`",
];

fn split(cursor: &mut Cursor<'_>) -> Result<Option<Split>> {
    let split: fn(usize) -> Split = if cursor.accept(&["byte", "by", "byte"]) {
        return Ok(Some(Split::Every(1)));
    } else if cursor.accept(&["in", "pieces", "of"]) {
        Split::Every
    } else if cursor.accept(&["split", "after"]) {
        Split::After
    } else if cursor.accept(&["only", "the", "first"]) {
        Split::Only
    } else {
        return Ok(None);
    };
    let len = cursor.number(["um número de bytes", "a number of bytes"], limits::TEXT)?;
    if len == 0 {
        return Err(cursor.wrong_last(
            ["um pedaço sem bytes", "a piece of no bytes"],
            ["esperava-se ao menos 1", "expected at least 1"],
        ));
    }
    bytes(cursor)?;
    Ok(Some(split(len)))
}

fn hears(cursor: &mut Cursor<'_>, actor: &Actor) -> Result<Verb> {
    if cursor.accept(&["nothing"]) {
        return Ok(Verb::HearNothing);
    }
    let word = cursor.peek();
    let from = who(cursor, actor)?;
    let privately = cursor.accept(&["privately"]);
    if let (Some(Kind::Word(word)), true) = (word, cursor.is_at_end())
        && closest(word, ["nothing"]).is_some()
    {
        let wrong = cursor.expected(["um texto", "a text"]);
        return Err(Box::new(wrong.help(did_you_mean("nothing"))));
    }
    let text = text(cursor)?;
    Ok(if privately {
        Verb::HearPrivately { from, text }
    } else {
        Verb::Hear { from, text }
    })
}

/// `join` or `leave`.
fn presence(cursor: &mut Cursor<'_>) -> Result<Presence> {
    if cursor.accept(&["join"]) {
        Ok(Presence::Join)
    } else if cursor.accept(&["leave"]) {
        Ok(Presence::Leave)
    } else {
        Err(cursor.expected(["`join` ou `leave`", "`join` or `leave`"]))
    }
}

/// What follows `is`.
const STATES: &[&str] = &[
    "refused",
    "acknowledged",
    "welcomed",
    "prompted",
    "told",
    "disconnected",
    "still",
];

fn is(cursor: &mut Cursor<'_>) -> Result<Verb> {
    let word = cursor.word([
        "`refused`, `acknowledged`, `told` ou outro estado",
        "`refused`, `acknowledged`, `told` or another state",
    ])?;
    match word {
        "refused" => reason(cursor),
        "acknowledged" if cursor.accept(&["privately"]) => Ok(Verb::IsAcknowledgedPrivately),
        "acknowledged" => Ok(Verb::IsAcknowledged),
        "welcomed" => Ok(Verb::IsWelcomed),
        "prompted" => Ok(Verb::IsPrompted),
        "not" => {
            cursor.expect(&["prompted", "twice"])?;
            Ok(Verb::IsNotPromptedTwice)
        }
        "told" if cursor.accept(&["goodbye"]) => Ok(Verb::IsToldGoodbye),
        "told" => Ok(Verb::IsTold {
            pattern: pattern(cursor)?,
            capture: capture(cursor)?,
        }),
        "disconnected" => Ok(Verb::IsDisconnected),
        "still" => {
            cursor.expect(&["connected"])?;
            Ok(Verb::IsStillConnected)
        }
        _ => {
            let wrong = cursor.wrong_last(
                words!(
                    "estado desconhecido `{}`",
                    "unknown state `{}`",
                    visible(word)
                ),
                [
                    "esperava-se um estado depois de `is`",
                    "expected a state after `is`",
                ],
            );
            Err(Box::new(wrong.did_you_mean(word, STATES.iter().copied())))
        }
    }
}

fn reason(cursor: &mut Cursor<'_>) -> Result<Verb> {
    let word = cursor.word([
        "um motivo como `name-in-use`",
        "a reason like `name-in-use`",
    ])?;
    if let Some(reason) = Reason::from_id(word) {
        return Ok(Verb::IsRefused(reason));
    }
    let ids = || Reason::ALL.iter().map(|reason| reason.id());
    let known = words!(
        "os motivos são `{}`",
        "the reasons are `{}`",
        ids().collect::<Vec<_>>().join("`, `")
    );
    let wrong = cursor.wrong_last(
        words!(
            "motivo desconhecido `{}`",
            "unknown reason `{}`",
            visible(word)
        ),
        ["esperava-se um motivo", "expected a reason"],
    );
    Err(Box::new(wrong.did_you_mean(word, ids()).note(known)))
}

fn sends(cursor: &mut Cursor<'_>) -> Result<Verb> {
    if cursor.accept(&["an", "unknown", "command"]) {
        Ok(Verb::SendWrong(Wrong::UnknownCommand))
    } else if cursor.accept(&["a", "malformed", "command"]) {
        Ok(Verb::SendWrong(Wrong::MalformedCommand))
    } else if cursor.accept(&["a", "header", "that", "is", "no", "number"]) {
        Ok(Verb::SendWrong(Wrong::HeaderNotANumber))
    } else if cursor.accept(&["a", "negative", "header"]) {
        Ok(Verb::SendWrong(Wrong::HeaderNegative))
    } else if cursor.accept(&["a", "header", "of"]) {
        let len = cursor.number(["um número de bytes", "a number of bytes"], u64::MAX)?;
        bytes(cursor)?;
        Ok(Verb::SendWrong(Wrong::HeaderOf(len)))
    } else if cursor.accept(&["in", "pieces"]) {
        let pieces = texts(cursor)?;
        let pause = if cursor.accept(&["pausing"]) {
            Some(cursor.duration()?)
        } else {
            None
        };
        Ok(Verb::SendInPieces { pieces, pause })
    } else if cursor.accept(&["together"]) {
        Ok(Verb::SendTogether(texts(cursor)?))
    } else {
        Ok(Verb::Send(text(cursor)?))
    }
}

/// At least two texts, side by side.
fn texts(cursor: &mut Cursor<'_>) -> Result<Vec<super::super::Text>> {
    let mut texts = vec![text(cursor)?, text(cursor)?];
    while is_text_next(cursor) {
        texts.push(text(cursor)?);
    }
    Ok(texts)
}

/// `as $name`, or nothing.
fn capture(cursor: &mut Cursor<'_>) -> Result<Option<String>> {
    if cursor.accept(&["as"]) {
        variable(cursor).map(Some)
    } else {
        Ok(None)
    }
}

/// `'s list includes bia, caio`; the possessive has been taken.
pub(super) fn list_verb(cursor: &mut Cursor<'_>) -> Result<Verb> {
    cursor.expect(&["list"])?;
    if cursor.accept(&["includes"]) {
        Ok(Verb::ListIncludes(cursor.actors()?))
    } else if cursor.accept(&["excludes"]) {
        Ok(Verb::ListExcludes(cursor.actors()?))
    } else if cursor.accept(&["is", "exactly"]) {
        Ok(Verb::ListIsExactly(cursor.actors()?))
    } else {
        Err(cursor.expected([
            "`includes`, `excludes` ou `is exactly`",
            "`includes`, `excludes` or `is exactly`",
        ]))
    }
}

/// What a crowd, or each of its members, does.
pub(super) fn crowd_verb(cursor: &mut Cursor<'_>) -> Result<CrowdVerb> {
    let word = cursor.word(["um verbo", "a verb"])?;
    match word {
        "connects" => Ok(CrowdVerb::Connect),
        "joins" => Ok(CrowdVerb::Join),
        "says" => Ok(CrowdVerb::Say(text(cursor)?)),
        "hears" => Ok(CrowdVerb::Hear {
            from: cursor.actor(["o nome de um ator", "the name of an actor"])?,
            text: text(cursor)?,
        }),
        "quits" => Ok(CrowdVerb::Quit),
        "leaves" => Ok(CrowdVerb::Leave),
        "closes" => Ok(CrowdVerb::Close),
        "resets" => Ok(CrowdVerb::Reset),
        "stops" => {
            cursor.expect(&["reading"])?;
            Ok(CrowdVerb::StopReading)
        }
        _ => {
            let wrong = cursor.wrong_last(
                words!(
                    "uma multidão não conhece o verbo `{}`",
                    "a crowd knows no verb `{}`",
                    visible(word)
                ),
                [
                    "esperava-se um verbo de multidão",
                    "expected a verb of a crowd",
                ],
            );
            Err(Box::new(wrong.did_you_mean(word, CROWD_VERBS)))
        }
    }
}

/// The verbs of a crowd.
const CROWD_VERBS: [&str; 9] = [
    "connects", "joins", "says", "hears", "quits", "leaves", "closes", "resets", "stops",
];
