//! Whether a scenario applies to a dialect: each feature that it needs, and whether the dialect has it.
//!
//! The one place that answers this, for the runner, for `harness list` and for `harness dialect show`. It looks at what the
//! dialect can say, never at how a server behaves: what is not applicable is known before a byte is sent.

use protocol::Dialect;
use protocol::dialect::{AfterRefusal, Encoding, NamedBy, Reply};
use protocol::framing::Framing;
use protocol::message::{Command, CommandKind, Direction, Fields, NoticeKind, Phase, Reason};

use crate::scenario::{Feature, Scenario, Wrong};

/// What a scenario needs and a dialect lacks, in a fixed order; nothing: the scenario applies.
#[must_use]
pub fn lacking(scenario: &Scenario, dialect: &Dialect) -> Vec<Feature> {
    let needs = scenario.requires().into_iter();
    needs.filter(|feature| !has(dialect, feature)).collect()
}

/// Whether a dialect has a feature.
#[must_use]
pub fn has(dialect: &Dialect, feature: &Feature) -> bool {
    let asks = |kind| dialect.request(kind).is_some();
    let says = |kind: NoticeKind| dialect.reply(kind).is_some();
    let quits = asks(CommandKind::Quit);
    match feature {
        Feature::Names => asks(CommandKind::Join) && dialect.names.by == NamedBy::Client,
        Feature::AnyNames => has(dialect, &Feature::Names) && !dialect.names.letters,
        Feature::Broadcast => asks(CommandKind::Say) && dialect.broadcasts(),
        Feature::Isolation => asks(CommandKind::Say) && !dialect.broadcasts(),
        Feature::Echo => dialect.echoes() || acknowledges_with_the_text(dialect),
        Feature::NoEcho => {
            dialect.broadcasts() && !dialect.echoes() && !acknowledges_with_the_text(dialect)
        }
        Feature::Acknowledgement => says(NoticeKind::Said),
        Feature::Welcome => says(NoticeKind::Welcome),
        Feature::Prompt => says(NoticeKind::Prompt),
        Feature::List => asks(CommandKind::List) && lists_names(dialect),
        Feature::Private => asks(CommandKind::Tell) && says(NoticeKind::Whispered),
        Feature::PrivateAcknowledgement => asks(CommandKind::Tell) && says(NoticeKind::Told),
        Feature::Quit => quits,
        Feature::QuitInAnyCase => quits && dialect.requests.any_case,
        Feature::Goodbye => quits && says(NoticeKind::Bye),
        Feature::JoinNotice => comes_in_time(dialect, NoticeKind::Joined),
        Feature::PresentNotice => comes_in_time(dialect, NoticeKind::Present),
        Feature::LeaveNotice => comes_in_time(dialect, NoticeKind::Left),
        Feature::Refusal(reason) => dialect.refuses(*reason),
        Feature::Framed => dialect.is_delimited(Direction::ToServer),
        Feature::Terminator => matches!(client_framing(dialect), Framing::Delimited(_)),
        Feature::CrLf => client_framing(dialect)
            .terminator()
            .is_some_and(|terminator| terminator.forms().any(|form| form == b"\r\n")),
        Feature::Retry => {
            let closes = |reply: &Reply| reply.closes;
            let names = &dialect.names;
            names.after_refusal != AfterRefusal::Close
                && !dialect.reply(Reason::NameInUse).is_some_and(closes)
        }
        Feature::Header => matches!(client_framing(dialect), Framing::Header { .. }),
        Feature::Unicode => dialect.encoding != Encoding::Ascii,
        Feature::MessageOf(bytes) => largest_text(dialect).is_some_and(|most| *bytes <= most),
        Feature::NameOf(bytes) => has(dialect, &Feature::Names) && *bytes <= dialect.names.max,
        Feature::Mistake(reason) => {
            let wrong = match reason {
                Reason::UnknownCommand => Wrong::UnknownCommand,
                _ => Wrong::MalformedCommand,
            };
            dialect.refuses(*reason) && wrong_content(dialect, wrong).is_some()
        }
        Feature::Clients(most) => dialect
            .limits
            .clients
            .is_none_or(|limit| *most <= limit as usize),
        Feature::Dialect(name) => dialect.name == *name,
    }
}

fn client_framing(dialect: &Dialect) -> &Framing {
    dialect.framing(Direction::ToServer, Phase::Chatting)
}

/// Whether the acknowledgement of a public message repeats its text in every form that is not merely tolerated.
fn acknowledges_with_the_text(dialect: &Dialect) -> bool {
    use protocol::matching::Standing;
    dialect.reply(NoticeKind::Said).is_some_and(|said| {
        let mut binding = said
            .forms
            .iter()
            .filter(|form| form.standing != Standing::Tolerated);
        binding.all(|form| form.template.has("text"))
    })
}

/// Whether a notice comes when what it is about happens, not with the next traffic.
fn comes_in_time(dialect: &Dialect, kind: NoticeKind) -> bool {
    dialect.reply(kind).is_some_and(|notice| !notice.late)
}

/// A list that gives only a number is no list for a scenario, which asks who is in it.
fn lists_names(dialect: &Dialect) -> bool {
    let listing = dialect.reply(NoticeKind::Listing);
    listing.is_some_and(|listing| listing.list.is_some())
}

/// The longest text of a public message, in bytes: the largest message without its other words.
fn largest_text(dialect: &Dialect) -> Option<usize> {
    /// As long as the nicknames that scenarios use.
    const NICK: &str = "nnnnnnnnn";
    let around = dialect.render_request(CommandKind::Say, &Fields::new().with("nick", NICK))?;
    dialect.limits.message.checked_sub(around.len())
}

/// The content of something wrong, as the dialect itself reads it.
pub(crate) fn wrong_content(dialect: &Dialect, wrong: Wrong) -> Option<Vec<u8>> {
    let nonsense = [b"xyzzy 1".to_vec(), b"xyzzy".to_vec(), b"/xyzzy".to_vec()];
    let bare_words = [CommandKind::Say, CommandKind::Tell]
        .into_iter()
        .filter_map(|kind| {
            let literal = dialect
                .request(kind)?
                .template()
                .pattern()
                .first_literal()
                .to_vec();
            let end = literal.iter().position(|byte| byte.is_ascii_whitespace());
            Some(literal[..end.unwrap_or(literal.len())].to_vec())
        });
    // A bare `:` may also be read as an empty text, so what has no form of the dialect at all comes first.
    let candidates = nonsense.into_iter().chain(bare_words);
    candidates
        .filter(|content| !content.is_empty())
        .find(|content| {
            let read = dialect.read_request(Phase::Chatting, content);
            match wrong {
                Wrong::UnknownCommand => matches!(read, Command::Unknown { .. }),
                _ => matches!(read, Command::Malformed { .. }),
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(dialect: &str, has_them: &[&str], lacks_them: &[&str]) {
        let dialect = Dialect::builtin(dialect).unwrap();
        let feature = |word: &str| {
            Feature::all()
                .find(|feature| feature.to_string() == word)
                .unwrap_or_else(|| panic!("no feature {word}"))
        };
        for word in has_them {
            assert!(has(dialect, &feature(word)), "{} has {word}", dialect.name);
        }
        for word in lacks_them {
            assert!(
                !has(dialect, &feature(word)),
                "{} lacks {word}",
                dialect.name
            );
        }
    }

    #[test]
    fn each_built_in_dialect_has_what_its_document_has() {
        check(
            "unb",
            &[
                "names",
                "broadcast",
                "no-echo",
                "list",
                "quit-in-any-case",
                "unicode",
            ],
            &["isolation", "echo", "private", "framed"],
        );
        check(
            "ifsc",
            &[
                "private",
                "echo",
                "prompt",
                "refused no-recipient",
                "goodbye",
            ],
            &["list", "unicode", "acknowledgement", "no-echo"],
        );
        check(
            "eco",
            &["isolation", "echo", "acknowledgement", "quit-in-any-case"],
            &["names", "broadcast", "welcome", "list"],
        );
        check(
            "redes2023",
            &["header", "framed", "isolation", "acknowledgement"],
            &["echo", "goodbye", "terminator"],
        );
        check(
            "sala",
            &["echo", "join-notice", "leave-notice", "prompt"],
            &["quit", "list", "acknowledgement", "no-echo"],
        );
        check("unb-lf", &["terminator", "framed"], &["header"]);
    }

    fn course(rest: &str) -> Dialect {
        let text = format!("name = \"course\"\nport = 1\n{rest}");
        let source = protocol::diagnostic::Source::new("course.toml", &text);
        Dialect::parse(&source).unwrap_or_else(|wrong| panic!("{wrong}"))
    }

    #[test]
    fn a_crowd_applies_only_where_it_may_come_in() {
        let bench = course("limits.clients = 12\nclient.say = \"{text}\"\nserver.said = \"ok\"");
        assert!(has(&bench, &Feature::Clients(12)));
        assert!(!has(&bench, &Feature::Clients(13)));
        let unb = Dialect::builtin("unb").unwrap();
        assert!(has(unb, &Feature::Clients(500)));
    }

    #[test]
    fn where_any_line_is_a_message_no_command_can_be_wrong() {
        let bare = course("client.say = \"{text}\"\nserver.said = \"ok\"\nerror.malformed = \"?\"");
        assert!(has(&bare, &Feature::Refusal(Reason::Malformed)));
        assert!(!has(&bare, &Feature::Mistake(Reason::Malformed)));
        let unb = Dialect::builtin("unb").unwrap();
        assert!(has(unb, &Feature::Mistake(Reason::Malformed)));
    }

    #[test]
    fn a_message_fits_with_the_words_around_it() {
        let unb = Dialect::builtin("unb").unwrap();
        assert!(has(unb, &Feature::MessageOf(1020)));
        assert!(!has(unb, &Feature::MessageOf(1021)));
        assert!(has(unb, &Feature::Refusal(Reason::Malformed)));
        assert!(has(unb, &Feature::Dialect("unb".to_owned())));
        assert!(!has(unb, &Feature::Dialect("eco".to_owned())));
    }
}
