//! What a dialect must have for a fault to be wrong in it.

use protocol::Dialect;
use protocol::dialect::{AfterRefusal, Encoding, NamedBy};
use protocol::framing::{Decoded, Framing};
use protocol::message::{CommandKind, Direction, NoticeKind, Phase, Reason, Recipients};
use protocol::template::Part;

pub(super) fn anything(_: &Dialect) -> bool {
    true
}

fn asks(dialect: &Dialect, kind: CommandKind) -> bool {
    dialect.request(kind).is_some()
}

fn says(dialect: &Dialect, kind: NoticeKind) -> bool {
    dialect.reply(kind).is_some()
}

fn to_server(dialect: &Dialect) -> &Framing {
    dialect.framing(Direction::ToServer, Phase::Chatting)
}

pub(super) fn framed(dialect: &Dialect) -> bool {
    to_server(dialect).is_delimited()
}

pub(super) fn unframed(dialect: &Dialect) -> bool {
    !framed(dialect)
}

pub(super) fn lines(dialect: &Dialect) -> bool {
    to_server(dialect).terminator().is_some()
}

pub(super) fn header(dialect: &Dialect) -> bool {
    matches!(to_server(dialect), Framing::Header { .. })
}

/// Lines that may end with CR LF although LF is written.
pub(super) fn carriage_returns(dialect: &Dialect) -> bool {
    let line = to_server(dialect).decode(b"x\r\n", 8);
    lines(dialect) && matches!(line, Decoded::Message { content: b"x", .. })
}

/// Who connects is asked for a name.
pub(super) fn prompt(dialect: &Dialect) -> bool {
    asks(dialect, CommandKind::Join) && says(dialect, NoticeKind::Prompt)
}

pub(super) fn replies_in_lines(dialect: &Dialect) -> bool {
    dialect
        .framing(Direction::ToClient, Phase::Chatting)
        .terminator()
        .is_some()
}

pub(super) fn broadcast(dialect: &Dialect) -> bool {
    asks(dialect, CommandKind::Say) && dialect.broadcasts()
}

/// A client may send a second message before the first is delivered.
pub(super) fn broadcast_acknowledged(dialect: &Dialect) -> bool {
    broadcast(dialect) && (says(dialect, NoticeKind::Said) || framed(dialect))
}

pub(super) fn no_echo(dialect: &Dialect) -> bool {
    let to = dialect.reply(NoticeKind::Delivered).map(|reply| reply.to);
    broadcast(dialect) && to == Some(Recipients::Others)
}

pub(super) fn echo(dialect: &Dialect) -> bool {
    broadcast(dialect) && dialect.echoes()
}

/// A text that a client sends comes back, to it or to others, and must be the same.
pub(super) fn text(dialect: &Dialect) -> bool {
    broadcast(dialect) || (text_in_acknowledgement(dialect) && !any_reply(dialect))
}

fn text_in_acknowledgement(dialect: &Dialect) -> bool {
    dialect
        .reply(NoticeKind::Said)
        .is_some_and(|said| said.forms.iter().any(|form| form.template.has("text")))
}

/// Whatever a server answers counts as the acknowledgement.
fn any_reply(dialect: &Dialect) -> bool {
    dialect.reply(NoticeKind::Said).is_some_and(|said| {
        said.forms.iter().any(
            |form| matches!(form.template.parts(), [Part::Hole { name, .. }] if &**name != "text"),
        )
    })
}

pub(super) fn unicode_text(dialect: &Dialect) -> bool {
    text(dialect) && dialect.encoding == Encoding::Utf8
}

pub(super) fn framed_unicode(dialect: &Dialect) -> bool {
    framed(dialect) && dialect.encoding == Encoding::Utf8 && (text(dialect) || header(dialect))
}

/// A public message begins with a word that is not part of its text.
pub(super) fn command_word(dialect: &Dialect) -> bool {
    let word = dialect
        .request(CommandKind::Say)
        .map(|say| say.template().pattern().first_literal().to_vec());
    broadcast(dialect) && word.is_some_and(|word| word.iter().any(u8::is_ascii_alphanumeric))
}

/// A colon stands between the parts of a message.
pub(super) fn colon(dialect: &Dialect) -> bool {
    let has_colon = |kind| {
        dialect.request(kind).is_some_and(|request| {
            request
                .template()
                .parts()
                .iter()
                .any(|part| matches!(part, Part::Literal(literal) if literal.contains(&b':')))
        })
    };
    broadcast(dialect) && (has_colon(CommandKind::Say) || has_colon(CommandKind::Tell))
}

/// The server, not the client, writes the sender's name.
pub(super) fn server_names_sender(dialect: &Dialect) -> bool {
    let client_does = dialect
        .request(CommandKind::Say)
        .is_some_and(|say| say.template().has("nick"));
    broadcast(dialect) && names(dialect) && !client_does
}

pub(super) fn isolation(dialect: &Dialect) -> bool {
    asks(dialect, CommandKind::Say) && !dialect.broadcasts() && !any_reply(dialect)
}

pub(super) fn private(dialect: &Dialect) -> bool {
    asks(dialect, CommandKind::Tell) && says(dialect, NoticeKind::Whispered)
}

pub(super) fn names(dialect: &Dialect) -> bool {
    dialect.names.by == NamedBy::Client
}

/// Others hear a name, and it may be long.
pub(super) fn long_names(dialect: &Dialect) -> bool {
    const LONG: usize = 12;
    let names = &dialect.names;
    self::names(dialect) && server_names_sender(dialect) && !names.cut && names.max >= LONG
}

pub(super) fn unique_names(dialect: &Dialect) -> bool {
    names(dialect) && dialect.names.unique && dialect.refuses(Reason::NameInUse)
}

pub(super) fn another_try(dialect: &Dialect) -> bool {
    unique_names(dialect) && dialect.names.after_refusal != AfterRefusal::Close
}

pub(super) fn blank_names(dialect: &Dialect) -> bool {
    names(dialect) && dialect.refuses(Reason::NameBlank)
}

pub(super) fn newcomers_hear_nothing(dialect: &Dialect) -> bool {
    names(dialect) && broadcast(dialect)
}

pub(super) fn list(dialect: &Dialect) -> bool {
    let listing = dialect.reply(NoticeKind::Listing);
    asks(dialect, CommandKind::List) && listing.is_some_and(|listing| listing.list.is_some())
}

pub(super) fn list_with_self(dialect: &Dialect) -> bool {
    let style = dialect
        .reply(NoticeKind::Listing)
        .and_then(|listing| listing.list.as_ref());
    list(dialect) && style.is_some_and(|style| style.with_self)
}

pub(super) fn quit(dialect: &Dialect) -> bool {
    asks(dialect, CommandKind::Quit)
}

pub(super) fn goodbye(dialect: &Dialect) -> bool {
    let bye = dialect.reply(NoticeKind::Bye);
    quit(dialect) && bye.is_some_and(|bye| !bye.optional)
}

pub(super) fn quit_in_any_case(dialect: &Dialect) -> bool {
    quit(dialect) && dialect.requests.any_case
}

pub(super) fn joined(dialect: &Dialect) -> bool {
    says(dialect, NoticeKind::Joined)
}

pub(super) fn present(dialect: &Dialect) -> bool {
    says(dialect, NoticeKind::Present)
}

pub(super) fn left(dialect: &Dialect) -> bool {
    says(dialect, NoticeKind::Left)
}

/// Clients give names, and a notice tells who has left.
pub(super) fn left_with_name(dialect: &Dialect) -> bool {
    let notice = dialect.reply(NoticeKind::Left);
    let says_who =
        notice.is_some_and(|notice| notice.forms.iter().any(|form| form.template.has("nick")));
    names(dialect) && left(dialect) && says_who
}

/// That somebody is gone shows: in the list, by a notice, by a name that is free again.
pub(super) fn departures_show(dialect: &Dialect) -> bool {
    list(dialect) || left(dialect) || unique_names(dialect)
}

pub(super) fn welcome(dialect: &Dialect) -> bool {
    names(dialect) && says(dialect, NoticeKind::Welcome)
}

pub(super) fn said(dialect: &Dialect) -> bool {
    asks(dialect, CommandKind::Say) && says(dialect, NoticeKind::Said)
}

pub(super) fn said_and_welcome(dialect: &Dialect) -> bool {
    said(dialect) && welcome(dialect)
}

/// A client gets replies of its own.
pub(super) fn replies(dialect: &Dialect) -> bool {
    said(dialect) || list(dialect) || says(dialect, NoticeKind::Told)
}

pub(super) fn unknown(dialect: &Dialect) -> bool {
    dialect.refuses(Reason::UnknownCommand)
}

pub(super) fn unknown_and_broadcast(dialect: &Dialect) -> bool {
    unknown(dialect) && broadcast(dialect)
}

pub(super) fn malformed(dialect: &Dialect) -> bool {
    dialect.refuses(Reason::Malformed)
}

pub(super) fn empty_message_refused(dialect: &Dialect) -> bool {
    malformed(dialect) && command_word(dialect)
}

pub(super) fn two_statuses(dialect: &Dialect) -> bool {
    unknown(dialect) && malformed(dialect)
}

pub(super) fn no_recipient(dialect: &Dialect) -> bool {
    private(dialect) && dialect.refuses(Reason::NoRecipient)
}
