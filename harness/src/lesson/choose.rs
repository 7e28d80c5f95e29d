//! The choice of a lesson: a pure function of what was observed. The first row that fits wins, the most telling first.

use super::{Change, Lesson};

/// What the step asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A connection.
    Connection,
    /// To be let in.
    Join,
    /// The request for a name.
    Prompt,
    /// No second request for a name.
    NoSecondPrompt,
    /// Another's message.
    Message,
    /// Another's private message.
    PrivateMessage,
    /// One's own message back.
    Echo,
    /// Nothing.
    Silence,
    /// A notice about somebody.
    Notice,
    /// No such notice.
    NoNotice,
    /// A refusal.
    Refusal,
    /// The reply to a message.
    Acknowledgement,
    /// The reply to a goodbye.
    Goodbye,
    /// A list.
    List,
    /// A list with somebody who is there.
    ListWith,
    /// A list without somebody who is not there.
    ListWithout,
    /// A list with nobody twice.
    ListOnce,
    /// Bytes.
    Bytes,
    /// The end of the connection.
    End,
    /// A connection that stays.
    Staying,
    /// The server, at the service of a new client.
    Service,
    /// Nothing left at the end.
    NothingLeft,
    /// The form of the document.
    Form,
}

/// What came instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// Nothing.
    Nothing,
    /// The beginning of it, so many bytes.
    OnlyTheBeginning(usize),
    /// All but its terminator.
    AllButTheTerminator,
    /// Its beginning, then other bytes.
    AnotherEnding,
    /// A message of the client's own.
    OwnMessage,
    /// A private message for another.
    PrivateOfAnother,
    /// A message that it already had.
    Again,
    /// A notice that it already had.
    NoticeAgain,
    /// A notice about somebody who never gave a name.
    NoticeOfNobody,
    /// A notice that somebody came, or is there, who has left.
    NoticeOfTheGone,
    /// A message of another.
    MessageOfAnother,
    /// Another reply of the dialect.
    AnotherReply,
    /// A reply that another client is due.
    ReplyOfAnother,
    /// A refusal of the dialect.
    Refusal,
    /// A program's own rendering of bytes: `b'…'`, `\xc3`, U+FFFD.
    BrokenText,
    /// Something else.
    Other,
    /// A list of others.
    List,
    /// The end of the connection.
    End,
    /// No connection.
    NoConnection,
    /// The end of the scenario's own time.
    OutOfTime,
}

/// What became of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Server {
    /// It serves a new client.
    Serves,
    /// Nobody listens any more.
    Gone,
    /// It answers nobody.
    Mute,
    /// It answers nobody while a client is connected that has not said its name.
    MuteWhileOneIsSilent,
    /// It answers nobody while a client is connected that does not read.
    MuteWhileOneDoesNotRead,
    /// It answers much later while a client is connected that does not read.
    SlowWhileOneDoesNotRead,
    /// It answers nobody while another client is connected.
    MuteWhileAnotherIsConnected,
    /// It serves no new client until some of the many have left.
    Full,
}

/// Something that clients do and servers stumble over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// Bytes that are no text.
    InvalidBytes,
    /// A message beyond the limit.
    TooLong,
    /// A length that is none.
    BadHeader,
    /// A message that is never finished.
    Unfinished,
    /// A command that does not exist.
    UnknownCommand,
    /// A command without what it needs.
    MalformedCommand,
    /// A goodbye.
    Goodbye,
    /// A connection that its client closed or aborted without a goodbye.
    Departure,
    /// A sending half that its client closed.
    HalfClose,
}

/// How the message in question was sent, where the dialect delimits messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sent {
    /// In one write, by itself.
    #[default]
    Whole,
    /// In several writes.
    InPieces,
    /// Its header in two writes.
    WithHeaderCut,
    /// Cut inside a character.
    WithCharacterCut,
    /// In pieces between another client's pieces.
    Interleaved,
    /// With others in one write.
    Together,
}

/// What else is known, each a fact that was observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clues {
    /// The text holds the word for leaving, and its sender was shown out.
    pub exit_word_said: bool,
    /// The server ended the connection of the message's sender, who had not left.
    pub sender_was_shut_out: bool,
    /// The client said goodbye in other letters.
    pub in_other_case: bool,
    /// The client was refused a name before.
    pub was_refused: bool,
    /// The client, or who spoke to it, was refused something before.
    pub after_refusal: bool,
    /// Somebody who was refused the name of the client, or of who spoke to it, has left.
    pub namesake_left: bool,
    /// The client has not joined.
    pub not_joined: bool,
    /// In this dialect nobody hears another.
    pub apart: bool,
    /// The name was that of somebody who has left.
    pub name_was_left: bool,
    /// Two clients are in under one name.
    pub namesakes: bool,
    /// Several clients were joining at once.
    pub joining_at_once: bool,
    /// The client that joined last has what others lack.
    pub only_newest_has_it: bool,
    /// The sender has what its recipient lacks.
    pub sender_has_it: bool,
    /// Another client has the private message that its recipient lacks.
    pub another_has_it: bool,
    /// Another client has the reply, and the one who asked lacks it.
    pub reply_went_elsewhere: bool,
    /// Others were delivered what the dialect calls unknown.
    pub unknown_was_relayed: bool,
    /// The client still awaits the answer to something that it asked for.
    pub awaits_answer: bool,
    /// The message came later.
    pub came_later: bool,
    /// What the sender said next, in several words, was heard.
    pub next_was_heard: bool,
    /// A single word that the sender said next was heard.
    pub next_word_was_heard: bool,
    /// The text is a single word.
    pub is_one_word: bool,
    /// What came as a public message was said to one alone.
    pub was_private: bool,
    /// What was cut off was treated as another message.
    pub rest_was_read: bool,
    /// Others still take the client for present.
    pub still_present: bool,
    /// The notice in question came to another.
    pub others_were_told: bool,
    /// Somebody left in this scenario.
    pub someone_left: bool,
    /// Somebody left in an earlier scenario, and nobody was served since.
    pub left_earlier: bool,
    /// Somebody left in an earlier scenario, and nobody got the message in question.
    pub others_left_before: bool,
    /// In this dialect a sender hears itself.
    pub echoes: bool,
    /// In earlier scenarios the server did not do either what the step asks for, and it never did.
    pub never_came: bool,
}

/// What was observed when a step failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation {
    /// What the step asked for.
    pub asked: Asked,
    /// What came instead.
    pub came: Came,
    /// What became of the server.
    pub server: Server,
    /// The last mishap of any client.
    pub mishap: Option<Mishap>,
    /// The last mishap of the client in question.
    pub own: Option<Mishap>,
    /// How the message in question was sent.
    pub sent: Sent,
    /// What became of its text.
    pub change: Option<Change>,
    /// What else is known.
    pub clues: Clues,
}

/// The lesson of what was observed.
#[must_use]
pub fn choose(seen: &Observation) -> &'static Lesson {
    Lesson::of(id(seen))
}

fn id(seen: &Observation) -> &'static str {
    if seen.asked == Asked::Form {
        return "not-to-the-letter";
    }
    of_server(seen)
        .or_else(|| (seen.came == Came::OutOfTime).then_some("out-of-time"))
        .or_else(|| (seen.came == Came::NoConnection).then_some("small-backlog"))
        .or_else(|| seen.clues.exit_word_said.then_some("exit-word-anywhere"))
        .or_else(|| of_framing(seen))
        .or_else(|| of_text(seen))
        .or_else(|| of_end(seen))
        .or_else(|| of_surplus(seen))
        .or_else(|| of_missing(seen))
        .unwrap_or_else(|| of_form(seen))
}

/// The whole server suffers.
fn of_server(seen: &Observation) -> Option<&'static str> {
    let someone_left = seen.clues.someone_left || seen.clues.left_earlier;
    Some(match seen.server {
        Server::Serves => return None,
        Server::Gone => match (seen.mishap, seen.asked, seen.came) {
            (Some(Mishap::BadHeader), ..) => "bad-header",
            (Some(Mishap::TooLong), ..) => "buffer-overflow",
            (Some(Mishap::InvalidBytes), ..) => "dies-of-invalid-bytes",
            (Some(Mishap::MalformedCommand), ..) => "missing-argument",
            _ if someone_left => "dies-of-a-disconnect",
            (_, Asked::Connection | Asked::Join, Came::NoConnection) => "nobody-listens",
            _ => "crash",
        },
        Server::MuteWhileOneIsSilent => "blocking-accept",
        Server::MuteWhileOneDoesNotRead | Server::SlowWhileOneDoesNotRead => {
            "blocked-by-slow-reader"
        }
        Server::MuteWhileAnotherIsConnected => "no-concurrency",
        Server::Full => "too-few-clients",
        Server::Mute if someone_left => "deadlock-at-departure",
        Server::Mute => "hang",
    })
}

/// The client got its own message, in a dialect in which it gets none.
fn is_echo(seen: &Observation) -> bool {
    seen.came == Came::OwnMessage && !seen.clues.echoes
}

/// The message was not sent in one piece, or not alone.
fn of_framing(seen: &Observation) -> Option<&'static str> {
    let is_broken = matches!(seen.change, Some(Change::Encoding | Change::CharactersLost));
    let is_whole = matches!(
        seen.change,
        Some(
            Change::BytesLiteral
                | Change::CommandKept
                | Change::Lowercased
                | Change::LastByteCut
                | Change::StaleTail
        )
    );
    // A reply that is whole, and no refusal, is that of another command.
    let is_reply = seen.came == Came::AnotherReply && seen.sent != Sent::Together;
    match seen.sent {
        // However it was sent, it came so, or never comes.
        _ if is_whole || is_reply || is_echo(seen) || seen.clues.never_came => None,
        Sent::Whole => None,
        Sent::Interleaved => Some("global-buffer"),
        Sent::WithCharacterCut => Some("decodes-each-read"),
        Sent::InPieces if is_broken => Some("decodes-each-read"),
        Sent::WithHeaderCut => Some("header-in-one-recv"),
        Sent::InPieces => Some("one-recv-one-message"),
        Sent::Together if seen.change == Some(Change::Merged) => Some("one-recv-one-message"),
        Sent::Together => Some("rest-of-read-dropped"),
    }
}

/// The text was changed on its way.
fn of_text(seen: &Observation) -> Option<&'static str> {
    Some(match seen.change? {
        // Nobody sent it to this client: which of its texts it was says nothing.
        Change::LastByteCut if is_echo(seen) => return None,
        Change::OtherSender => "shared-variable",
        Change::NameAltered => "name-altered",
        Change::LastByteCut => "cuts-a-missing-terminator",
        Change::CutAt(_) if seen.clues.rest_was_read => "small-buffer",
        Change::CutAt(_) => "truncated",
        Change::FirstWordOnly | Change::BlanksMerged => "split-on-blanks",
        Change::CutAtColon => "split-on-separator",
        Change::BytesLiteral => "bytes-literal",
        Change::Encoding | Change::CharactersLost => "broken-text",
        Change::CommandKept => "command-word-kept",
        Change::CommandRemoved => "command-word-removed",
        Change::Lowercased => "text-rewritten",
        Change::CarriageReturnKept => "carriage-return-kept",
        Change::StaleTail => "stale-buffer",
        Change::Merged => "one-recv-one-message",
    })
}

/// A connection ended that should have stayed, or the reverse.
fn of_end(seen: &Observation) -> Option<&'static str> {
    if seen.asked == Asked::End {
        return Some(match seen.own {
            Some(Mishap::InvalidBytes) => "zombie-after-invalid-bytes",
            Some(Mishap::BadHeader | Mishap::TooLong) => "bad-header-kept",
            Some(Mishap::HalfClose) if seen.clues.still_present => "empty-read-ignored",
            Some(Mishap::HalfClose) => "socket-leak",
            _ if seen.clues.in_other_case => "case-sensitive",
            _ => "stays-open",
        });
    }
    if seen.came != Came::End {
        return None;
    }
    Some(match (seen.asked, seen.own) {
        (Asked::Goodbye, _) => "closes-before-reply",
        _ if seen.clues.was_refused => "refusal-closes",
        (Asked::Join | Asked::Connection | Asked::Prompt, _) => "closed-at-once",
        (_, Some(Mishap::InvalidBytes)) => "closed-after-invalid-bytes",
        (_, Some(Mishap::UnknownCommand | Mishap::MalformedCommand)) => "error-closes",
        _ => "closed",
    })
}

const fn is_mistake(of: Option<Mishap>) -> bool {
    matches!(of, Some(Mishap::UnknownCommand | Mishap::MalformedCommand))
}

/// Another client has just asked for what is refused, and this one never did.
fn is_mistake_of_another(seen: &Observation) -> bool {
    is_mistake(seen.mishap) && !is_mistake(seen.own)
}

/// Something came that should not have come.
fn of_surplus(seen: &Observation) -> Option<&'static str> {
    let clues = &seen.clues;
    if matches!(
        seen.asked,
        Asked::ListWith | Asked::ListWithout | Asked::ListOnce
    ) {
        return None;
    }
    let is_silence = matches!(
        seen.asked,
        Asked::Silence | Asked::NothingLeft | Asked::NoNotice
    );
    match seen.came {
        Came::AllButTheTerminator => Some("no-terminator"),
        _ if clues.was_private => Some("private-leak"),
        Came::OwnMessage if seen.asked == Asked::Refusal => Some("accepted-instead-of-refused"),
        _ if is_silence && clues.reply_went_elsewhere => Some("shared-variable"),
        Came::OwnMessage if is_silence && clues.only_newest_has_it => Some("shared-variable"),
        Came::OwnMessage if seen.asked != Asked::Echo && !clues.echoes => Some("echo-to-oneself"),
        Came::Again => Some("duplicate"),
        Came::NoticeAgain if seen.asked == Asked::NoSecondPrompt => Some("prompt-doubled"),
        Came::NoticeAgain => Some("notice-doubled"),
        Came::NoticeOfNobody => Some("notice-of-nobody"),
        Came::NoticeOfTheGone => Some("notice-of-who-left"),

        Came::ReplyOfAnother if clues.apart => Some("isolation-broken"),
        Came::ReplyOfAnother => Some("wrong-recipient"),
        Came::MessageOfAnother if clues.not_joined => Some("delivers-before-join"),
        Came::MessageOfAnother if clues.unknown_was_relayed => Some("unknown-relayed"),
        Came::PrivateOfAnother if clues.sender_has_it => Some("wrong-recipient"),
        Came::PrivateOfAnother if seen.asked != Asked::PrivateMessage => Some("private-leak"),
        came if is_silence => Some(match came {
            Came::MessageOfAnother => "wrong-recipient",
            Came::Refusal if is_mistake_of_another(seen) => "wrong-recipient",
            Came::Refusal => "unasked-error",
            Came::AnotherReply if clues.awaits_answer => "wrong-reply",
            _ => "unexpected-data",
        }),
        Came::MessageOfAnother if seen.asked == Asked::Acknowledgement => Some("wrong-recipient"),
        _ => None,
    }
}

/// Something did not come.
fn of_missing(seen: &Observation) -> Option<&'static str> {
    use Asked as A;
    use Came as C;
    let clues = &seen.clues;
    let abrupt = seen.mishap == Some(Mishap::Departure) && !clues.never_came;
    Some(match (seen.asked, seen.came) {
        (_, C::BrokenText) => "broken-text",
        (A::ListWithout, _) => "ghost-in-list",
        (A::ListOnce, _) => "twice-in-list",
        (A::ListWith, _) => "missing-in-list",
        (A::Refusal, _) if clues.unknown_was_relayed => "unknown-relayed",
        (_, C::Nothing) if clues.reply_went_elsewhere => "shared-variable",
        (A::Refusal, C::Nothing) => "no-refusal",
        (A::Refusal, C::AnotherReply) => "accepted-instead-of-refused",
        (A::Join, C::Refusal) if clues.name_was_left => "name-not-freed",
        (A::Join, C::Nothing | C::AnotherReply | C::AnotherEnding | C::Other)
            if clues.joining_at_once && !clues.never_came =>
        {
            "shared-variable"
        }
        (A::Goodbye, C::Nothing | C::Refusal | C::AnotherReply) if clues.in_other_case => {
            "case-sensitive"
        }
        (A::Message | A::PrivateMessage, C::Refusal) if is_mistake_of_another(seen) => {
            "wrong-recipient"
        }
        (A::Message | A::PrivateMessage, C::Refusal) if is_mistake(seen.own) => "unasked-error",
        (A::Message | A::PrivateMessage | A::Echo | A::Acknowledgement | A::Join, C::Refusal) => {
            "refused-instead-of-served"
        }
        (A::Message | A::PrivateMessage, C::Nothing) if clues.sender_was_shut_out => {
            "sender-shut-out"
        }
        (A::Message | A::Echo, C::Nothing | C::MessageOfAnother)
            if clues.namesakes && clues.only_newest_has_it =>
        {
            "dictionary-by-name"
        }
        (A::PrivateMessage, C::Nothing) if clues.sender_has_it || clues.another_has_it => {
            "wrong-recipient"
        }
        (A::Message | A::PrivateMessage, C::MessageOfAnother) if clues.came_later => {
            "wrong-order-or-lost"
        }
        (A::Message, C::Nothing | C::MessageOfAnother) => undelivered(seen),
        (A::PrivateMessage, C::MessageOfAnother) => "wrong-order-or-lost",
        (A::PrivateMessage, C::Nothing) => "private-not-delivered",
        (A::Echo, C::Nothing)
            if clues.never_came
                || clues.next_was_heard
                || clues.next_word_was_heard
                || clues.someone_left
                || clues.others_left_before =>
        {
            undelivered(seen)
        }
        (A::Echo, C::Nothing) => "no-echo",
        (A::Notice, C::Nothing) if abrupt && !clues.others_were_told => "no-notice-of-abrupt-end",
        (A::Notice, _) => "no-notice",
        (_, C::OnlyTheBeginning(_)) => "only-the-beginning",
        (_, C::Nothing) if seen.own == Some(Mishap::InvalidBytes) => "zombie-after-invalid-bytes",
        (_, C::Nothing) => "no-answer",
        _ => return None,
    })
}

/// A public message did not reach somebody.
fn undelivered(seen: &Observation) -> &'static str {
    let clues = &seen.clues;
    match () {
        () if clues.only_newest_has_it => "shared-variable",
        () if clues.is_one_word && clues.next_was_heard && !clues.next_word_was_heard => {
            "split-on-blanks"
        }
        () if clues.next_was_heard
            || clues.next_word_was_heard
            || seen.came == Came::MessageOfAnother =>
        {
            "lost-message"
        }
        () if clues.namesake_left && !clues.never_came => "removed-by-name",
        () if clues.after_refusal && !clues.never_came => "silenced-by-refusal",
        () if clues.someone_left && !clues.never_came => "broadcast-poisoned",
        () if clues.someone_left || clues.others_left_before => "broadcast-ends-early",
        () => "not-delivered",
    }
}

/// Something else came.
fn of_form(seen: &Observation) -> &'static str {
    match (seen.asked, seen.came) {
        (_, Came::AnotherReply | Came::ReplyOfAnother | Came::Refusal) => "wrong-reply",
        _ => "wrong-form",
    }
}

#[cfg(test)]
mod tests;
