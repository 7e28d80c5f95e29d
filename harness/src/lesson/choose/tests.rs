use std::collections::BTreeSet;

use super::super::lessons;
use super::*;

const SEEN: Observation = Observation {
    asked: Asked::Message,
    came: Came::Nothing,
    server: Server::Serves,
    mishap: None,
    own: None,
    sent: Sent::Whole,
    change: None,
    clues: NO_CLUES,
};

const NO_CLUES: Clues = Clues {
    another_has_it: false,
    was_private: false,
    exit_word_said: false,
    sender_was_shut_out: false,
    in_other_case: false,
    was_refused: false,
    after_refusal: false,
    namesake_left: false,
    not_joined: false,
    apart: false,
    name_was_left: false,
    namesakes: false,
    joining_at_once: false,
    only_newest_has_it: false,
    sender_has_it: false,
    reply_went_elsewhere: false,
    unknown_was_relayed: false,
    awaits_answer: false,
    came_later: false,
    next_was_heard: false,
    next_word_was_heard: false,
    is_one_word: false,
    rest_was_read: false,
    still_present: false,
    others_were_told: false,
    someone_left: false,
    left_earlier: false,
    others_left_before: false,
    echoes: false,
    never_came: false,
};

fn asked(asked: Asked, came: Came) -> Observation {
    Observation {
        asked,
        came,
        ..SEEN
    }
}

fn server(server: Server) -> Observation {
    Observation { server, ..SEEN }
}

fn gone(mishap: Mishap) -> Observation {
    Observation {
        mishap: Some(mishap),
        ..server(Server::Gone)
    }
}

fn own(mishap: Mishap, seen: Observation) -> Observation {
    Observation {
        own: Some(mishap),
        ..seen
    }
}

fn sent(sent: Sent) -> Observation {
    Observation { sent, ..SEEN }
}

fn change(change: Change) -> Observation {
    Observation {
        change: Some(change),
        ..asked(Asked::Message, Came::AnotherEnding)
    }
}

fn with(set: impl Fn(&mut Clues), seen: Observation) -> Observation {
    let mut clues = seen.clues;
    set(&mut clues);
    Observation { clues, ..seen }
}

/// What is observed, and the lesson of it.
fn table() -> Vec<(Observation, &'static str)> {
    use Asked as A;
    use Came as C;
    vec![
        (
            with(
                |clues| clues.sender_was_shut_out = true,
                asked(A::Message, C::Nothing),
            ),
            "sender-shut-out",
        ),
        (SEEN, "not-delivered"),
        (asked(A::Form, C::Other), "not-to-the-letter"),
        (asked(A::Join, C::OutOfTime), "out-of-time"),
        (asked(A::NoSecondPrompt, C::NoticeAgain), "prompt-doubled"),
        (
            with(
                |clues| clues.awaits_answer = true,
                asked(A::NothingLeft, C::AnotherReply),
            ),
            "wrong-reply",
        ),
        // The whole server.
        (gone(Mishap::InvalidBytes), "dies-of-invalid-bytes"),
        (gone(Mishap::TooLong), "buffer-overflow"),
        (gone(Mishap::BadHeader), "bad-header"),
        (gone(Mishap::MalformedCommand), "missing-argument"),
        (server(Server::Gone), "crash"),
        (
            with(|clues| clues.someone_left = true, gone(Mishap::Departure)),
            "dies-of-a-disconnect",
        ),
        (
            with(|clues| clues.left_earlier = true, server(Server::Gone)),
            "dies-of-a-disconnect",
        ),
        (
            Observation {
                server: Server::Gone,
                ..asked(A::Join, C::NoConnection)
            },
            "nobody-listens",
        ),
        (server(Server::MuteWhileOneIsSilent), "blocking-accept"),
        (
            server(Server::MuteWhileOneDoesNotRead),
            "blocked-by-slow-reader",
        ),
        (
            Observation {
                server: Server::SlowWhileOneDoesNotRead,
                ..asked(A::Service, C::OutOfTime)
            },
            "blocked-by-slow-reader",
        ),
        (
            server(Server::MuteWhileAnotherIsConnected),
            "no-concurrency",
        ),
        (server(Server::Full), "too-few-clients"),
        (
            with(|clues| clues.someone_left = true, server(Server::Mute)),
            "deadlock-at-departure",
        ),
        (server(Server::Mute), "hang"),
        // Messages in pieces, or together.
        (
            with(|clues| clues.never_came = true, sent(Sent::InPieces)),
            "not-delivered",
        ),
        (
            Observation {
                sent: Sent::InPieces,
                ..change(Change::BytesLiteral)
            },
            "bytes-literal",
        ),
        (
            Observation {
                sent: Sent::Together,
                ..asked(A::Acknowledgement, C::OwnMessage)
            },
            "echo-to-oneself",
        ),
        (sent(Sent::InPieces), "one-recv-one-message"),
        (
            Observation {
                sent: Sent::InPieces,
                ..asked(A::Acknowledgement, C::AnotherReply)
            },
            "wrong-reply",
        ),
        (
            Observation {
                sent: Sent::InPieces,
                ..asked(A::Acknowledgement, C::Refusal)
            },
            "one-recv-one-message",
        ),
        (
            Observation {
                change: Some(Change::Merged),
                ..sent(Sent::Together)
            },
            "one-recv-one-message",
        ),
        (sent(Sent::Together), "rest-of-read-dropped"),
        (sent(Sent::WithHeaderCut), "header-in-one-recv"),
        (sent(Sent::WithCharacterCut), "decodes-each-read"),
        (
            Observation {
                change: Some(Change::CharactersLost),
                ..sent(Sent::InPieces)
            },
            "decodes-each-read",
        ),
        (sent(Sent::Interleaved), "global-buffer"),
        // Texts.
        (change(Change::OtherSender), "shared-variable"),
        (change(Change::LastByteCut), "cuts-a-missing-terminator"),
        (change(Change::CutAt(256)), "truncated"),
        (
            with(
                |clues| clues.rest_was_read = true,
                change(Change::CutAt(256)),
            ),
            "small-buffer",
        ),
        (change(Change::FirstWordOnly), "split-on-blanks"),
        (change(Change::CutAtColon), "split-on-separator"),
        (change(Change::BytesLiteral), "bytes-literal"),
        (change(Change::Encoding), "broken-text"),
        (change(Change::CommandKept), "command-word-kept"),
        (change(Change::NameAltered), "name-altered"),
        (change(Change::CommandRemoved), "command-word-removed"),
        (change(Change::BlanksMerged), "split-on-blanks"),
        (change(Change::Lowercased), "text-rewritten"),
        (change(Change::CarriageReturnKept), "carriage-return-kept"),
        (change(Change::StaleTail), "stale-buffer"),
        (change(Change::Merged), "one-recv-one-message"),
        // Ends.
        (asked(A::End, C::Nothing), "stays-open"),
        (
            own(Mishap::BadHeader, asked(A::End, C::Nothing)),
            "bad-header-kept",
        ),
        (
            own(Mishap::InvalidBytes, asked(A::End, C::Nothing)),
            "zombie-after-invalid-bytes",
        ),
        (
            own(Mishap::HalfClose, asked(A::End, C::Nothing)),
            "socket-leak",
        ),
        (
            with(
                |clues| clues.still_present = true,
                own(Mishap::HalfClose, asked(A::End, C::Nothing)),
            ),
            "empty-read-ignored",
        ),
        (
            with(
                |clues| clues.in_other_case = true,
                asked(A::End, C::Nothing),
            ),
            "case-sensitive",
        ),
        (asked(A::Goodbye, C::End), "closes-before-reply"),
        (
            with(|clues| clues.was_refused = true, asked(A::Join, C::End)),
            "refusal-closes",
        ),
        (asked(A::Join, C::End), "closed-at-once"),
        (
            own(Mishap::InvalidBytes, asked(A::List, C::End)),
            "closed-after-invalid-bytes",
        ),
        (
            own(Mishap::UnknownCommand, asked(A::Acknowledgement, C::End)),
            "error-closes",
        ),
        (asked(A::Message, C::End), "closed"),
        (
            with(
                |clues| clues.exit_word_said = true,
                asked(A::Message, C::Nothing),
            ),
            "exit-word-anywhere",
        ),
        // Too much.
        (
            asked(A::Acknowledgement, C::AllButTheTerminator),
            "no-terminator",
        ),
        (asked(A::Silence, C::OwnMessage), "echo-to-oneself"),
        (
            Observation {
                change: Some(Change::LastByteCut),
                ..asked(A::NothingLeft, C::OwnMessage)
            },
            "echo-to-oneself",
        ),
        (asked(A::Silence, C::PrivateOfAnother), "private-leak"),
        (
            with(
                |clues| clues.sender_has_it = true,
                asked(A::NothingLeft, C::PrivateOfAnother),
            ),
            "wrong-recipient",
        ),
        (asked(A::Silence, C::Again), "duplicate"),
        (asked(A::NoNotice, C::NoticeAgain), "notice-doubled"),
        (asked(A::NoNotice, C::NoticeOfNobody), "notice-of-nobody"),
        (
            asked(A::NothingLeft, C::MessageOfAnother),
            "wrong-recipient",
        ),
        (asked(A::NothingLeft, C::ReplyOfAnother), "wrong-recipient"),
        (
            with(
                |clues| clues.apart = true,
                asked(A::Silence, C::ReplyOfAnother),
            ),
            "isolation-broken",
        ),
        (
            with(
                |clues| clues.reply_went_elsewhere = true,
                asked(A::Silence, C::ReplyOfAnother),
            ),
            "shared-variable",
        ),
        (
            with(
                |clues| clues.not_joined = true,
                asked(A::Silence, C::MessageOfAnother),
            ),
            "delivers-before-join",
        ),
        (
            with(
                |clues| clues.unknown_was_relayed = true,
                asked(A::Refusal, C::AnotherReply),
            ),
            "unknown-relayed",
        ),
        (asked(A::NoNotice, C::NoticeOfTheGone), "notice-of-who-left"),
        (asked(A::ListOnce, C::List), "twice-in-list"),
        (
            own(Mishap::UnknownCommand, asked(A::Message, C::Refusal)),
            "unasked-error",
        ),
        (asked(A::Connection, C::NoConnection), "small-backlog"),
        (asked(A::Silence, C::Refusal), "unasked-error"),
        (
            Observation {
                mishap: Some(Mishap::UnknownCommand),
                ..asked(A::Silence, C::Refusal)
            },
            "wrong-recipient",
        ),
        (
            Observation {
                mishap: Some(Mishap::MalformedCommand),
                ..asked(A::Message, C::Refusal)
            },
            "wrong-recipient",
        ),
        (asked(A::Silence, C::Other), "unexpected-data"),
        // Too little.
        (asked(A::Message, C::BrokenText), "broken-text"),
        (asked(A::ListWithout, C::List), "ghost-in-list"),
        (asked(A::ListWith, C::List), "missing-in-list"),
        (asked(A::Refusal, C::Nothing), "no-refusal"),
        (
            asked(A::Refusal, C::AnotherReply),
            "accepted-instead-of-refused",
        ),
        (
            with(
                |clues| clues.name_was_left = true,
                asked(A::Join, C::Refusal),
            ),
            "name-not-freed",
        ),
        (
            with(
                |clues| clues.joining_at_once = true,
                asked(A::Join, C::Nothing),
            ),
            "shared-variable",
        ),
        (
            asked(A::Acknowledgement, C::Refusal),
            "refused-instead-of-served",
        ),
        (
            with(
                |clues| {
                    clues.namesakes = true;
                    clues.only_newest_has_it = true;
                },
                SEEN,
            ),
            "dictionary-by-name",
        ),
        (
            with(|clues| clues.only_newest_has_it = true, SEEN),
            "shared-variable",
        ),
        (
            with(
                |clues| clues.came_later = true,
                asked(A::Message, C::MessageOfAnother),
            ),
            "wrong-order-or-lost",
        ),
        (asked(A::Message, C::MessageOfAnother), "lost-message"),
        (
            with(|clues| clues.next_was_heard = true, SEEN),
            "lost-message",
        ),
        (
            with(
                |clues| {
                    clues.next_was_heard = true;
                    clues.is_one_word = true;
                },
                SEEN,
            ),
            "split-on-blanks",
        ),
        (
            with(|clues| clues.someone_left = true, SEEN),
            "broadcast-poisoned",
        ),
        (
            with(|clues| clues.others_left_before = true, SEEN),
            "broadcast-ends-early",
        ),
        (
            with(
                |clues| {
                    clues.someone_left = true;
                    clues.never_came = true;
                },
                SEEN,
            ),
            "broadcast-ends-early",
        ),
        (
            with(
                |clues| {
                    clues.after_refusal = true;
                    clues.others_left_before = true;
                },
                SEEN,
            ),
            "silenced-by-refusal",
        ),
        (
            with(
                |clues| {
                    clues.after_refusal = true;
                    clues.never_came = true;
                },
                SEEN,
            ),
            "not-delivered",
        ),
        (
            with(
                |clues| {
                    clues.namesake_left = true;
                    clues.someone_left = true;
                },
                SEEN,
            ),
            "removed-by-name",
        ),
        (
            asked(A::PrivateMessage, C::Nothing),
            "private-not-delivered",
        ),
        (asked(A::Echo, C::Nothing), "no-echo"),
        (
            with(
                |clues| clues.someone_left = true,
                asked(A::Echo, C::Nothing),
            ),
            "broadcast-poisoned",
        ),
        (
            with(
                |clues| clues.others_left_before = true,
                asked(A::Echo, C::Nothing),
            ),
            "broadcast-ends-early",
        ),
        (
            with(|clues| clues.never_came = true, asked(A::Echo, C::Nothing)),
            "not-delivered",
        ),
        (asked(A::Notice, C::Nothing), "no-notice"),
        (
            with(
                |clues| clues.others_were_told = true,
                Observation {
                    mishap: Some(Mishap::Departure),
                    ..asked(A::Notice, C::Nothing)
                },
            ),
            "no-notice",
        ),
        (
            Observation {
                mishap: Some(Mishap::Departure),
                ..asked(A::Notice, C::Nothing)
            },
            "no-notice-of-abrupt-end",
        ),
        (asked(A::Join, C::OnlyTheBeginning(3)), "only-the-beginning"),
        (
            own(Mishap::InvalidBytes, asked(A::List, C::Nothing)),
            "zombie-after-invalid-bytes",
        ),
        (asked(A::List, C::Nothing), "no-answer"),
        (asked(A::List, C::AnotherReply), "wrong-reply"),
        (asked(A::Bytes, C::AnotherEnding), "wrong-form"),
    ]
}

#[test]
fn each_observation_has_its_lesson() {
    for (seen, expected) in table() {
        assert_eq!(choose(&seen).id, expected, "{seen:?}");
    }
}

#[test]
fn every_lesson_is_chosen_for_something() {
    let chosen: BTreeSet<_> = table().iter().map(|(seen, _)| choose(seen).id).collect();
    let all: BTreeSet<_> = lessons().map(|lesson| lesson.id).collect();
    assert_eq!(chosen, all);
}
