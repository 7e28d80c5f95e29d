//! A dialect played against itself: each message is rendered with sample contents, put on the wire, and read back as its
//! receiver would, in its phase and direction.
//!
//! What does not come back as it was sent would be misread by a program too; [`Play::misread`] says how.

use protocol::Dialect;
use protocol::dialect::{Encoding, Form, Reply, Request, Step};
use protocol::framing::{Decoded, Framing};
use protocol::matching::{Outcome, Scene, Supply, Variant, decide};
use protocol::message::{Command, CommandKind, Direction, Fields, Phase, ReplyKind};
use protocol::template::{HoleKind, Template};

/// One message of the dialect, as it fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Play {
    /// Its key in the file: `client.say`, `server.welcome`, `error.malformed`.
    pub key: String,
    /// Who sends it.
    pub direction: Direction,
    /// When.
    pub phase: Phase,
    /// Its first form on the wire, with the first sample's contents.
    pub example: Vec<u8>,
    /// What was not read back, if anything.
    pub misread: Option<Misread>,
}

/// Bytes that do not come back as they were sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misread {
    /// The bytes on the wire.
    pub bytes: Vec<u8>,
    /// What came of them.
    pub how: How,
}

/// What becomes of a message that is misread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum How {
    /// The framing never gives it: it cannot be sent so.
    NotFramed,
    /// Nothing in the dialect reads it.
    Unread,
    /// It is taken for another message.
    TakenFor(String),
    /// A value comes back changed; the hole's name and what came.
    Changed(String, Vec<u8>),
}

/// Plays every message; clients' first, each in the order of the file format's keys.
#[must_use]
pub fn play(dialect: &Dialect) -> Vec<Play> {
    let requests = dialect
        .requests()
        .flat_map(|request| play_request(dialect, request));
    let replies = dialect.replies().map(|reply| play_reply(dialect, reply));
    requests.chain(replies).collect()
}

/// The contents that every message is tried with.
const SAMPLES: [Sample; 4] = [
    Sample {
        nick: "ana",
        text: "Bom dia!",
        rest: "x",
    },
    Sample {
        nick: "B2",
        text: "a: b, c",
        rest: "1 2",
    },
    Sample {
        nick: "x-y",
        text: "7",
        rest: "(…)",
    },
    Sample {
        nick: "z",
        text: "olá, São João",
        rest: "é",
    },
];

struct Sample {
    nick: &'static str,
    text: &'static str,
    rest: &'static str,
}

fn samples(dialect: &Dialect) -> impl Iterator<Item = &'static Sample> {
    let ascii = dialect.encoding == Encoding::Ascii;
    SAMPLES
        .iter()
        .filter(move |sample| !ascii || sample.text.is_ascii())
}

/// Values for every hole of a form.
fn fields(dialect: &Dialect, kind: Option<ReplyKind>, form: &Template, sample: &Sample) -> Fields {
    let mut fields = Fields::new();
    for (name, hole) in form.holes() {
        let listed = || {
            kind.map(|kind| {
                dialect.render_names(kind, [sample.nick, "bia"].map(str::as_bytes).into_iter())
            })
        };
        match name {
            "names" => fields.set(name, listed().unwrap_or_default()),
            _ => fields.set(name, value(hole, sample)),
        }
    }
    fields
}

fn value(hole: HoleKind, sample: &Sample) -> &'static str {
    match hole {
        HoleKind::Nick => sample.nick,
        HoleKind::Word => "xyzzy",
        HoleKind::Upper => "XYZZY",
        HoleKind::Text => sample.text,
        HoleKind::Any | HoleKind::Lines => sample.rest,
        HoleKind::Integer => "2",
        HoleKind::Time => "20:39",
        HoleKind::Address => "127.0.0.1:55412",
    }
}

/// A registration in steps is several messages; all but the last have a key of their own.
fn play_request(dialect: &Dialect, request: &Request) -> Vec<Play> {
    let phase = request.kind.phase();
    let key = format!("client.{}", request.kind);
    let last = request.steps.len().saturating_sub(1);
    let mut plays = Vec::new();
    for (i, step) in request.steps.iter().enumerate() {
        let key = match i {
            _ if i == last => key.clone(),
            _ => format!("{key}.{}", i + 1),
        };
        let forms: Vec<&Template> = match i {
            _ if i == last => request.forms().collect(),
            _ => vec![&step.send],
        };
        let is_read = i == last;
        let mut misread = None;
        for (form, sample) in forms
            .iter()
            .flat_map(|form| samples(dialect).map(move |sample| (form, sample)))
        {
            let fields = fields(dialect, None, form, sample);
            let bytes = dialect.frame(Direction::ToServer, phase, &form.render(&fields));
            let how = read_request(dialect, request.kind, &bytes, &fields, is_read);
            misread = misread.or(how.map(|how| Misread { bytes, how }));
        }
        plays.push(Play {
            key: key.clone(),
            direction: Direction::ToServer,
            phase,
            example: example(dialect, None, forms[0], |content| {
                dialect.frame(Direction::ToServer, phase, content)
            }),
            misread,
        });
        plays.extend(play_step_reply(dialect, &key, step, phase));
    }
    plays
}

fn play_step_reply(dialect: &Dialect, key: &str, step: &Step, phase: Phase) -> Option<Play> {
    let framing = dialect.framing(Direction::ToClient, phase);
    let known = |fields: &Fields| dialect.step_expectation(step, fields, phase);
    let first = step.reply.first()?;
    Some(Play {
        key: format!("{key}.reply"),
        direction: Direction::ToClient,
        phase,
        example: example(dialect, None, &first.template, |content| {
            framing.encode(content)
        }),
        misread: misread_reply(dialect, None, &step.reply, framing, &known),
    })
}

fn example(
    dialect: &Dialect,
    kind: Option<ReplyKind>,
    form: &Template,
    framed: impl Fn(&[u8]) -> Vec<u8>,
) -> Vec<u8> {
    framed(&form.render(&fields(dialect, kind, form, &SAMPLES[0])))
}

/// Reads a request as the dialect's server would; a step before the last has nobody but its framing.
fn read_request(
    dialect: &Dialect,
    kind: CommandKind,
    bytes: &[u8],
    sent: &Fields,
    is_last: bool,
) -> Option<How> {
    let framing = dialect.framing(Direction::ToServer, kind.phase());
    let Decoded::Message { content, len } = framing.decode(bytes, dialect.limits.message) else {
        return Some(How::NotFramed);
    };
    if len != bytes.len() {
        return Some(How::NotFramed);
    }
    if !is_last {
        return None;
    }
    match dialect.read_request(kind.phase(), content) {
        Command::Join { nick } if kind == CommandKind::Join => changed(sent, &[("nick", nick)]),
        Command::Say { text, from } if kind == CommandKind::Say => {
            changed(sent, &[("text", text), ("nick", from.unwrap_or_default())])
        }
        Command::Tell { to, text } if kind == CommandKind::Tell => {
            changed(sent, &[("to", to), ("text", text)])
        }
        Command::List if kind == CommandKind::List => None,
        Command::Quit if kind == CommandKind::Quit => None,
        other => Some(taken_for(&other)),
    }
}

fn taken_for(command: &Command<'_>) -> How {
    let kind = match command {
        Command::Join { .. } => CommandKind::Join,
        Command::Say { .. } => CommandKind::Say,
        Command::Tell { .. } => CommandKind::Tell,
        Command::List => CommandKind::List,
        Command::Quit => CommandKind::Quit,
        Command::Malformed { .. } | Command::Unknown { .. } => return How::Unread,
    };
    How::TakenFor(format!("client.{kind}"))
}

/// The first value that came back other than it was sent.
fn changed(sent: &Fields, came: &[(&str, &[u8])]) -> Option<How> {
    let differs = |(name, value): &&(&str, &[u8])| {
        sent.get(name)
            .is_some_and(|sent| !sent.eq_ignore_ascii_case(value))
    };
    let (name, value) = came.iter().find(differs)?;
    Some(How::Changed((*name).to_owned(), value.to_vec()))
}

fn play_reply(dialect: &Dialect, reply: &Reply) -> Play {
    let phase = reply.kind.phase();
    let framing = dialect.reply_framing(reply.kind, phase);
    let known = |fields: &Fields| dialect.expectation(reply.kind, fields, phase);
    Play {
        key: reply.kind.key(),
        direction: Direction::ToClient,
        phase,
        example: example(
            dialect,
            Some(reply.kind),
            &reply.forms[0].template,
            |content| framing.encode(content),
        ),
        misread: misread_reply(dialect, Some(reply.kind), &reply.forms, framing, &known),
    }
}

/// The first sample of any form that is not taken whole by the form that rendered it.
fn misread_reply(
    dialect: &Dialect,
    kind: Option<ReplyKind>,
    forms: &[Form],
    framing: &Framing,
    expectation: &dyn Fn(&Fields) -> Vec<Variant>,
) -> Option<Misread> {
    let scene = Scene {
        framing,
        limit: dialect.limits.message,
        aside: &[],
        known: &[],
    };
    let variants = expectation(&Fields::new());
    for (form, variant) in forms.iter().zip(variants) {
        for sample in samples(dialect) {
            let sent = fields(dialect, kind, &form.template, sample);
            let bytes = framing.encode(&form.template.render(&sent));
            if let Some(how) = read_reply(&variant, &bytes, &sent, &scene) {
                return Some(Misread { bytes, how });
            }
        }
    }
    None
}

fn read_reply(variant: &Variant, bytes: &[u8], sent: &Fields, scene: &Scene<'_>) -> Option<How> {
    let wanted = std::slice::from_ref(variant);
    match decide(bytes, wanted, scene, Supply::Settled) {
        Outcome::Take(taken) if taken.len == bytes.len() => {
            let came: Vec<_> = taken.fields.iter().collect();
            changed(sent, &came)
        }
        Outcome::Take(_) | Outcome::Wait => Some(How::NotFramed),
        Outcome::Different(_) => Some(How::Unread),
    }
}
