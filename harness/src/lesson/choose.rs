//! The choice of a lesson: a pure function of what was observed. The first row that fits wins, the most telling first.

use super::Lesson;

/// What the step asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A connection.
    Connection,
    /// To be let in.
    Join,
    /// The request for a name.
    Prompt,
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
    /// A message of another.
    MessageOfAnother,
    /// Another reply of the dialect.
    AnotherReply,
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
    /// Whether somebody left before.
    pub after_departure: bool,
    /// Whether bytes that are no text were sent before.
    pub after_invalid_bytes: bool,
    /// Whether somebody's connection was reset or closed without a goodbye before.
    pub after_abrupt_end: bool,
}

/// The lesson of what was observed.
#[must_use]
pub fn choose(seen: &Observation) -> &'static Lesson {
    Lesson::of(id(seen))
}

fn id(seen: &Observation) -> &'static str {
    use Asked as A;
    use Came as C;
    match (seen.server, seen.asked, seen.came) {
        (_, A::Form, _) => "not-to-the-letter",
        (_, _, C::OutOfTime) => "out-of-time",
        (Server::Gone, _, _) if seen.after_invalid_bytes => "dies-of-invalid-bytes",
        (Server::Gone, _, _) if seen.after_abrupt_end => "dies-of-a-disconnect",
        (Server::Gone, A::Connection | A::Join, C::NoConnection) => "nobody-listens",
        (Server::Gone, _, _) => "crash",
        (Server::MuteWhileOneIsSilent, _, _) => "blocking-accept",
        (Server::MuteWhileOneDoesNotRead, _, _) => "blocked-by-slow-reader",
        (Server::Mute, _, _) if seen.after_departure => "deadlock-at-departure",
        (Server::Mute, _, _) => "hang",
        (_, A::Staying, C::End) | (_, _, C::End) => closed_id(seen),
        (_, A::End, _) => "stays-open",
        (_, _, C::AllButTheTerminator) => "no-terminator",
        (
            _,
            A::Silence | A::NothingLeft | A::Acknowledgement | A::Message | A::List | A::Service,
            C::OwnMessage,
        ) => "echo-to-oneself",
        (_, A::Silence | A::NothingLeft, C::PrivateOfAnother) => "private-leak",
        (_, _, C::Again) => "duplicate",
        (_, A::Acknowledgement, C::MessageOfAnother) => "wrong-recipient",
        (_, A::Silence | A::NothingLeft, C::MessageOfAnother) => "wrong-recipient",
        (_, A::Silence | A::NothingLeft, C::Refusal) => "unasked-error",
        (_, A::Silence | A::NothingLeft | A::NoNotice, _) => "unexpected-data",
        (_, _, C::BrokenText) => "broken-text",
        (_, A::ListWithout, _) => "ghost-in-list",
        (_, A::ListWith, _) => "missing-in-list",
        (_, A::Refusal, C::Nothing) => "no-refusal",
        (_, A::Refusal, C::AnotherReply) => "accepted-instead-of-refused",
        (
            _,
            A::Message | A::PrivateMessage | A::Echo | A::Acknowledgement | A::Join,
            C::Refusal,
        ) => "refused-instead-of-served",
        (_, A::Message | A::PrivateMessage, C::MessageOfAnother) => "wrong-order-or-lost",
        (_, A::Message | A::PrivateMessage | A::Echo | A::Bytes, C::OnlyTheBeginning(len))
            if len >= 256 =>
        {
            "truncated"
        }
        (_, _, C::OnlyTheBeginning(_)) => "only-the-beginning",
        (_, A::Message, C::Nothing) if seen.after_abrupt_end => "broadcast-poisoned",
        (_, A::Message, C::Nothing) => "not-delivered",
        (_, A::PrivateMessage, C::Nothing) => "private-not-delivered",
        (_, A::Echo, C::Nothing) => "no-echo",
        (_, A::Notice, C::Nothing) if seen.after_abrupt_end => "no-notice-of-abrupt-end",
        (_, A::Notice, _) => "no-notice",
        (_, _, C::Nothing) if seen.after_invalid_bytes => "zombie-after-invalid-bytes",
        (_, _, C::Nothing) => "no-answer",
        (_, _, C::AnotherReply | C::Refusal) => "wrong-reply",
        _ => "wrong-form",
    }
}

fn closed_id(seen: &Observation) -> &'static str {
    match seen.asked {
        Asked::Join | Asked::Connection | Asked::Prompt => "closed-at-once",
        _ if seen.after_invalid_bytes => "closed-after-invalid-bytes",
        _ => "closed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEN: Observation = Observation {
        asked: Asked::Message,
        came: Came::Nothing,
        server: Server::Serves,
        after_departure: false,
        after_invalid_bytes: false,
        after_abrupt_end: false,
    };

    #[track_caller]
    fn check(seen: Observation, expected: &str) {
        assert_eq!(choose(&seen).id, expected, "{seen:?}");
    }

    #[test]
    fn each_observation_has_its_lesson() {
        let asked = |asked, came| Observation {
            asked,
            came,
            ..SEEN
        };
        let server = |server| Observation { server, ..SEEN };
        check(SEEN, "not-delivered");
        check(
            Observation {
                after_abrupt_end: true,
                ..SEEN
            },
            "broadcast-poisoned",
        );
        check(asked(Asked::Form, Came::Other), "not-to-the-letter");
        check(asked(Asked::Join, Came::OutOfTime), "out-of-time");
        check(
            Observation {
                after_invalid_bytes: true,
                ..server(Server::Gone)
            },
            "dies-of-invalid-bytes",
        );
        check(
            Observation {
                after_abrupt_end: true,
                ..server(Server::Gone)
            },
            "dies-of-a-disconnect",
        );
        check(
            Observation {
                server: Server::Gone,
                ..asked(Asked::Join, Came::NoConnection)
            },
            "nobody-listens",
        );
        check(server(Server::Gone), "crash");
        check(server(Server::MuteWhileOneIsSilent), "blocking-accept");
        check(
            server(Server::MuteWhileOneDoesNotRead),
            "blocked-by-slow-reader",
        );
        check(
            Observation {
                after_departure: true,
                ..server(Server::Mute)
            },
            "deadlock-at-departure",
        );
        check(server(Server::Mute), "hang");
        check(asked(Asked::Join, Came::End), "closed-at-once");
        check(asked(Asked::Message, Came::End), "closed");
        check(
            Observation {
                after_invalid_bytes: true,
                ..asked(Asked::List, Came::End)
            },
            "closed-after-invalid-bytes",
        );
        check(asked(Asked::End, Came::Nothing), "stays-open");
        check(
            asked(Asked::Acknowledgement, Came::AllButTheTerminator),
            "no-terminator",
        );
        check(asked(Asked::Silence, Came::OwnMessage), "echo-to-oneself");
        check(
            asked(Asked::Silence, Came::PrivateOfAnother),
            "private-leak",
        );
        check(asked(Asked::Silence, Came::Again), "duplicate");
        check(
            asked(Asked::NothingLeft, Came::MessageOfAnother),
            "wrong-recipient",
        );
        check(asked(Asked::Silence, Came::Refusal), "unasked-error");
        check(asked(Asked::Silence, Came::Other), "unexpected-data");
        check(asked(Asked::Message, Came::BrokenText), "broken-text");
        check(asked(Asked::ListWithout, Came::List), "ghost-in-list");
        check(asked(Asked::ListWith, Came::List), "missing-in-list");
        check(asked(Asked::Refusal, Came::Nothing), "no-refusal");
        check(
            asked(Asked::Refusal, Came::AnotherReply),
            "accepted-instead-of-refused",
        );
        check(
            asked(Asked::Acknowledgement, Came::Refusal),
            "refused-instead-of-served",
        );
        check(
            asked(Asked::Message, Came::MessageOfAnother),
            "wrong-order-or-lost",
        );
        check(
            asked(Asked::Message, Came::OnlyTheBeginning(1000)),
            "truncated",
        );
        check(
            asked(Asked::Join, Came::OnlyTheBeginning(3)),
            "only-the-beginning",
        );
        check(
            asked(Asked::PrivateMessage, Came::Nothing),
            "private-not-delivered",
        );
        check(asked(Asked::Echo, Came::Nothing), "no-echo");
        check(asked(Asked::Notice, Came::Nothing), "no-notice");
        check(
            Observation {
                after_abrupt_end: true,
                ..asked(Asked::Notice, Came::Nothing)
            },
            "no-notice-of-abrupt-end",
        );
        check(
            Observation {
                after_invalid_bytes: true,
                ..asked(Asked::List, Came::Nothing)
            },
            "zombie-after-invalid-bytes",
        );
        check(asked(Asked::List, Came::Nothing), "no-answer");
        check(asked(Asked::List, Came::AnotherReply), "wrong-reply");
        check(asked(Asked::Bytes, Came::AnotherEnding), "wrong-form");
    }
}
