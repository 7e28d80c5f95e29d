//! How the server speaks: what the room says, as bytes of the dialect.
//!
//! The voice knows the dialect's words and framing. It does not know who hears it, nor any socket.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use protocol::Dialect;
use protocol::dialect::Reply;
use protocol::framing::Terminator;
use protocol::message::{CommandKind, Fields, NoticeKind, Phase, Reason, Recipients, ReplyKind};

use crate::room::{ClientId, Room, Rules, Speech};

/// The room's rules as a dialect gives them.
pub(crate) fn rules(dialect: &Dialect) -> Rules {
    let to = |kind: NoticeKind| dialect.reply(kind).map(|reply| reply.to);
    Rules {
        names: dialect.names.clone(),
        delivered: to(NoticeKind::Delivered),
        joined: to(NoticeKind::Joined),
        left: to(NoticeKind::Left),
        lost: to(NoticeKind::Lost),
        pushed: dialect
            .reply(NoticeKind::Listing)
            .map_or_else(Vec::new, |listing| listing.after.clone()),
        pushed_to: to(NoticeKind::Listing).unwrap_or(Recipients::Actor),
        early: dialect.requests.before_joining.clone(),
        shows_numbers: dialect
            .replies()
            .any(|reply| reply.forms.iter().any(|form| form.template.has("id"))),
        tells_by_number: dialect
            .request(CommandKind::Tell)
            .is_some_and(|tell| tell.template().has("id")),
        refuses_self: dialect.refuses(Reason::ToSelf),
        prompts: dialect.reply(NoticeKind::Prompt).is_some(),
        wordless: [Reason::NameInUse, Reason::NameBlank, Reason::NameInvalid]
            .into_iter()
            .filter(|reason| words(dialect, (*reason).into()).is_none())
            .collect(),
    }
}

/// A message of the server on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spoken<'a> {
    /// Its bytes, framed.
    pub(crate) bytes: Vec<u8>,
    /// What ends it, where something does.
    pub(crate) terminator: Option<&'a [u8]>,
    /// Whether the connection closes after it.
    pub(crate) closes: bool,
}

/// What was said, as bytes; `None` where the dialect has no words for it. `address` is that of the client whose action it is,
/// `hearer` the phase of the one who hears it, if it is only one.
pub(crate) fn speak<'a>(
    dialect: &'a Dialect,
    room: &Room,
    speech: &Speech,
    address: Option<SocketAddr>,
    hearer: Option<Phase>,
) -> Option<Spoken<'a>> {
    let reply = words(dialect, speech.kind)?;
    let fields = completed(dialect, room, speech, reply, address);
    let content = reply.forms.first()?.template.render(&fields);
    let phase = match hearer {
        Some(Phase::Joining) => Phase::Joining,
        Some(Phase::Chatting) => speech.kind.phase(),
        None => Phase::Chatting,
    };
    let framing = dialect.reply_framing(reply.kind, phase);
    Some(Spoken {
        bytes: framing.encode(&content),
        terminator: framing.terminator().map(Terminator::written),
        closes: reply.closes,
    })
}

/// The dialect's words for a meaning, or for the nearest one that it has words for.
fn words(dialect: &Dialect, kind: ReplyKind) -> Option<&Reply> {
    dialect.reply(kind).or_else(|| {
        let ReplyKind::Refused(reason) = kind else {
            return None;
        };
        let nearest: &[Reason] = match reason {
            Reason::NameBlank => &[Reason::NameInvalid],
            Reason::NameInvalid => &[Reason::NameBlank],
            Reason::NotJoined => &[Reason::UnknownCommand, Reason::Malformed],
            Reason::TooLong => &[Reason::Malformed],
            Reason::Malformed => &[Reason::UnknownCommand],
            _ => &[],
        };
        nearest.iter().find_map(|reason| dialect.reply(*reason))
    })
}

/// What was said with what only the server knows: the list of members, how many, the time, the address.
fn completed<'s>(
    dialect: &Dialect,
    room: &Room,
    speech: &'s Speech,
    reply: &Reply,
    address: Option<SocketAddr>,
) -> Cow<'s, Fields> {
    let mut fields = Cow::Borrowed(&speech.fields);
    let Some(form) = reply.forms.first() else {
        return fields;
    };
    for (name, _) in form.template.holes() {
        let value = match name {
            "names" => names(dialect, room, speech.about, reply),
            "count" => room.names().count().to_string().into_bytes(),
            "time" => time_of_day(SystemTime::now()).into_bytes(),
            "address" => address
                .map_or_else(String::new, |a| a.to_string())
                .into_bytes(),
            _ => continue,
        };
        fields.to_mut().set(name, value);
    }
    fields
}

fn names(dialect: &Dialect, room: &Room, asker: ClientId, reply: &Reply) -> Vec<u8> {
    let Some(style) = &reply.list else {
        return Vec::new();
    };
    let mut names = room.listed(asker, style.with_self);
    if style.sorted {
        names.sort_unstable();
    }
    dialect.render_names(reply.kind, names.into_iter())
}

/// The time of day, UTC, as `20:57:20`.
fn time_of_day(now: SystemTime) -> String {
    let seconds = now
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs() % 86_400);
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}
