//! A: what the payload says about the application. No field of TCP or IP names one.

use protocol::message::{Direction, NoticeKind, ReplyKind};

use super::{Example, example};
use crate::analysis::Analysis;
use crate::choice::Chat;
use crate::dissect::MessageKind;

/// What shows the type of the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// The first thing that the server said.
    pub first: Option<Example>,
    /// Something that reads like a version, in what the server says by itself.
    pub version: Option<(String, Example)>,
}

pub(super) fn answer(analysis: &Analysis<'_>, chat: &Chat<'_>) -> Application {
    let shown = |(member, message)| example(analysis, member, message);
    let of_server = |(_, message): &(_, &crate::dissect::Message)| {
        message.direction == Direction::ToClient && speaks_for_itself(message.kind)
    };
    let version = chat
        .messages()
        .into_iter()
        .filter(of_server)
        .filter_map(shown)
        .find_map(|example| Some((version(&example.text)?, example)));
    Application {
        first: chat.first_of_server().and_then(shown),
        version,
    }
}

/// Whether a message holds the server's own words and nobody else's.
fn speaks_for_itself(kind: MessageKind) -> bool {
    use NoticeKind::{Bye, Greeting, Prompt, Welcome};
    let own = |kind| matches!(kind, Greeting | Prompt | Welcome | Bye);
    match kind {
        MessageKind::Reply(ReplyKind::Notice(kind)) => own(kind),
        MessageKind::Unrecognised => true,
        _ => false,
    }
}

/// What reads like a version: `1.2` or `v2.0.1`; neither an address nor a decimal fraction in a sentence is told apart.
#[must_use]
pub fn version(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    let words = text.split(|c: char| c.is_whitespace() || "/-(),;:".contains(c));
    let is_version = |word: &&str| {
        let number = word.trim_start_matches(['v', 'V']).trim_end_matches('.');
        let parts: Vec<_> = number.split('.').collect();
        let is_number =
            |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        (2..=3).contains(&parts.len()) && parts.iter().all(is_number)
    };
    words.map(str::trim).find(is_version).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn a_version_is_two_or_three_numbers() {
        assert_eq!(version(b"ChatServer/1.4 ready"), Some("1.4".to_owned()));
        assert_eq!(
            version(b"welcome to chat v2.0.1"),
            Some("v2.0.1".to_owned())
        );
        assert_eq!(version(b"200 OK - Connected"), None);
        assert_eq!(version(b"your address is 192.168.0.1"), None);
    }
}
