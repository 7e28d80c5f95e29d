//! What each fault must be caught by, and what its explanation may be.
//!
//! A scenario that is meant for a fault is about the very thing that is wrong; that others fail too proves nothing. Each dialect
//! takes the first that applies to it. A fault's own cause is what the explanation must name; where the wire shows no more than
//! that one of several causes is at work, the others are named here.

use reference_server::Fault;

/// The scenarios that are meant for a fault, the most direct first.
#[must_use]
pub fn scenarios(fault: Fault) -> &'static [&'static str] {
    use Fault as F;
    match fault {
        F::OneReadOneMessage => &["framing/in-two", "header/half-a-body"],
        F::HalfMessageCloses => &["framing/in-two", "header/body-in-two"],
        F::BodyInOneRead => &["header/half-a-body"],
        F::LosesGluedMessages => &["framing/coalesced", "header/coalesced"],
        F::KeepsCarriageReturn => &["framing/crlf"],
        F::NeedsWholeHeader => &["header/split"],
        F::DecodesEachRead => &["framing/character-in-two", "header/character-in-two"],
        F::SharesOneBuffer => &[
            "framing/two-clients-in-pieces",
            "framing/unfinished",
            "header/without-body",
        ],
        F::StaleBuffer => &["basic/short-after-long", "basic/short-after-long-answered"],
        F::SmallReads | F::Truncates => &["size/large", "size/large-answered"],
        F::CutsLastByte | F::BytesLiteral | F::Lowercases => {
            &["basic/broadcast", "basic/acknowledgement"]
        }
        F::FirstWordOnly => &["basic/inner-blanks", "basic/acknowledgement"],
        F::NoTerminator => &["basic/acknowledgement"],
        F::AsciiOnly | F::Mojibake => &["encoding/accents", "encoding/accents-answered"],
        F::NotRelayed
        | F::SwallowsFirstMessage
        | F::DuplicatesDelivery
        | F::OnlyTheLastHears
        | F::KeepsCommandWord => &["basic/broadcast"],
        F::RemovesCommandWord => &["basic/command-inside"],
        F::EchoesToSender => &["basic/no-echo"],
        F::NoEcho => &["basic/own-copy"],
        F::DropsEveryThird => &["order/one-sender"],
        F::Reorders => &["order/two-in-a-row"],
        F::WrongSender => &["basic/who-said-it"],
        F::AnswersWrongClient => &[
            "basic/several-join",
            "isolation/own-answer",
            "errors/only-the-sender",
        ],
        F::LeaksPrivate => &["private/nobody-else"],
        F::PrivateToSender => &["private/delivered"],
        F::RelaysToEveryone => &["isolation/nobody-else"],
        F::DeliversToNewcomers => &["joining/unnamed-hears-nothing"],
        F::OneWordVanishes => &["basic/one-word"],
        F::CutsAtColon => &["basic/colon"],
        F::AcceptsNameInUse => &["names/in-use"],
        F::CutsNames => &["names/kept-whole"],
        F::NamesakeReplaces => &["names/in-use-first-unharmed"],
        F::RefusalCloses => &["names/in-use-try-again"],
        F::AcceptsBlankName => &["names/blank"],
        F::NameNeverFreed => &["names/free-after-quit", "names/free-after-close"],
        F::GhostAfterQuit => &["list/after-quit"],
        F::GhostAfterClose => &["list/after-close"],
        F::ListLacksAsker => &["list/exactly"],
        F::ListLacksLast => &["list/who-is-here"],
        F::ListToEveryone => &["list/disturbs-nobody"],
        F::QuitDoesNotClose => &["quit/disconnected"],
        F::QuitWithoutReply => &["quit/goodbye"],
        F::QuitWordAnywhere => &["quit/word-inside", "quit/exit-word-inside"],
        F::QuitNeedsExactCase => &["quit/any-case"],
        F::NoJoinNotice => &["notices/join"],
        F::NoPresentNotice => &["notices/who-is-there"],
        F::NoLeaveNotice => &["notices/quit", "notices/close"],
        F::LeaveNoticeTwice => &["notices/left-once"],
        F::PromptsTwice => &["joining/prompted-once"],
        F::TellsOfTheUnnamed => &["notices/nobody"],
        F::SocketNeverClosed => &["leaving/closed-on-both-sides"],
        F::IgnoresEmptyReads => &["leaving/closed-on-both-sides"],
        F::NoAcknowledgement | F::WrongAcknowledgement => &["basic/acknowledgement"],
        F::NoWelcome => &["basic/welcome"],
        F::SilentOnUnknown | F::WrongStatus => &["errors/unknown-command"],
        F::UnknownCloses => &["errors/goes-on-unknown"],
        F::UnknownIsChat => &["errors/only-the-sender"],
        F::AcceptsEmptyMessage => &["errors/malformed"],
        F::SilentOnNoRecipient | F::AcknowledgesNobody => &["private/no-recipient"],
        F::OneClientAtATime => &["basic/everyone-answered", "basic/several-join"],
        F::NameInAcceptLoop => &["joining/silent-client"],
        F::BlocksOnSlowReader => &["robustness/never-reads"],
        F::JoinsThroughGlobal => &["joining/names-crossed"],
        F::FewClients => &["robustness/hundred-clients"],
        F::DeadlockAtDeparture => &[
            "quit/others-go-on",
            "leaving/close-others-go-on",
            "isolation/quit-of-another",
            "framing/close-in-mid-message",
        ],
        F::DiesOfClosing => &[
            "leaving/close-others-go-on",
            "leaving/closes-after-speaking",
            "joining/leaves-before-name",
            "framing/close-in-mid-message",
        ],
        F::DiesOfReset => &["leaving/reset-others-go-on", "isolation/reset-of-another"],
        F::DeadPeerSilencesOthers => &["leaving/close-others-go-on", "leaving/reset-others-go-on"],
        F::DiesBeforeName => &["joining/leaves-before-name"],
        F::DiesOfInvalidText => &["encoding/invalid", "encoding/invalid-alone"],
        F::ZombieAfterInvalidText => &[
            "encoding/invalid-no-zombie",
            "encoding/invalid-alone-no-zombie",
        ],
        F::DiesWithoutArgument => &["errors/malformed"],
        F::DiesOfBadHeader => &["header/no-number"],
        F::DiesOfLongMessage => &[
            "size/beyond",
            "size/beyond-private-room",
            "header/too-large",
        ],
    }
}

/// What may be named beside the fault's own cause, where the wire does not show which of them it is.
#[must_use]
pub const fn also(fault: Fault) -> &'static [&'static str] {
    match fault {
        // Where the server says nothing of the rest that it took for another message, it looks cut off.
        Fault::SmallReads => &["truncated"],
        _ => &[],
    }
}

/// Whether an explanation names what is wrong.
#[must_use]
pub fn is_right(fault: Fault, lesson: &str) -> bool {
    lesson == fault.cause() || also(fault).contains(&lesson)
}
