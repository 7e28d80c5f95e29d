//! What a dialect may have or lack, as far as a scenario cares.

use std::fmt;

use super::Reason;

/// Something that a scenario needs of a dialect. Lacking it, the dialect makes the scenario *not applicable*, never failed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Feature {
    /// Clients choose a name.
    Names,
    /// Names may have other characters than letters.
    AnyNames,
    /// What one says, others hear.
    Broadcast,
    /// Nobody hears what another says.
    Isolation,
    /// What one says comes back: as one's own copy, or as the reply.
    Echo,
    /// What one says does not come back.
    NoEcho,
    /// A reply to what one says.
    Acknowledgement,
    /// A reply to a join.
    Welcome,
    /// A request for a name.
    Prompt,
    /// A list on demand.
    List,
    /// Messages to one.
    Private,
    /// A reply to such a message.
    PrivateAcknowledgement,
    /// Another try for who was refused a name.
    Retry,
    /// A word for leaving.
    Quit,
    /// That word counts in capitals and in small letters.
    QuitInAnyCase,
    /// A reply to that word.
    Goodbye,
    /// A notice that somebody came.
    JoinNotice,
    /// A notice for a newcomer of who was there before.
    PresentNotice,
    /// A notice that somebody went.
    LeaveNotice,
    /// An answer to that mistake.
    Refusal(Reason),
    /// Client messages end where the bytes say so: by a terminator or a header.
    Framed,
    /// Client messages end with a terminator.
    Terminator,
    /// CR LF is one of the terminators of client messages.
    CrLf,
    /// Client messages begin with their length.
    Header,
    /// Text beyond ASCII.
    Unicode,
    /// A message of so many bytes of text is allowed.
    MessageOf(usize),
    /// A name of so many bytes is taken as it is.
    NameOf(usize),
    /// A request that the dialect can refuse for that reason: an unknown or a malformed command.
    Mistake(Reason),
    /// So many clients at a time are served.
    Clients(usize),
    /// The dialect of that name: the scenario speaks its bytes.
    Dialect(String),
}

/// The features that are a word alone.
const PLAIN: &[(&str, Feature)] = &[
    ("names", Feature::Names),
    ("any-names", Feature::AnyNames),
    ("broadcast", Feature::Broadcast),
    ("isolation", Feature::Isolation),
    ("echo", Feature::Echo),
    ("no-echo", Feature::NoEcho),
    ("acknowledgement", Feature::Acknowledgement),
    ("welcome", Feature::Welcome),
    ("prompt", Feature::Prompt),
    ("list", Feature::List),
    ("private", Feature::Private),
    ("private-acknowledgement", Feature::PrivateAcknowledgement),
    ("retry", Feature::Retry),
    ("quit", Feature::Quit),
    ("quit-in-any-case", Feature::QuitInAnyCase),
    ("goodbye", Feature::Goodbye),
    ("join-notice", Feature::JoinNotice),
    ("present-notice", Feature::PresentNotice),
    ("leave-notice", Feature::LeaveNotice),
    ("framed", Feature::Framed),
    ("terminator", Feature::Terminator),
    ("crlf", Feature::CrLf),
    ("header", Feature::Header),
    ("unicode", Feature::Unicode),
];

impl Feature {
    /// What `needs` understands: `list`, `refused name-in-use`, `message 1000`, `dialect unb`.
    pub(super) fn parse(word: &str, argument: Option<&str>) -> Option<Self> {
        match (word, argument) {
            ("refused", Some(reason)) => Reason::from_id(reason).map(Self::Refusal),
            ("message", Some(size)) => size.parse().ok().map(Self::MessageOf),
            ("name", Some(size)) => size.parse().ok().map(Self::NameOf),
            ("mistake", Some(reason)) => match Reason::from_id(reason)? {
                reason @ (Reason::UnknownCommand | Reason::Malformed) => {
                    Some(Self::Mistake(reason))
                }
                _ => None,
            },
            ("clients", Some(most)) => most.parse().ok().map(Self::Clients),
            ("dialect", Some(name)) => Some(Self::Dialect(name.to_owned())),
            (word, None) => PLAIN
                .iter()
                .find(|(name, _)| *name == word)
                .map(|(_, feature)| feature.clone()),
            _ => None,
        }
    }

    /// Every feature that a dialect has or lacks whatever the scenario: those that name a number or a dialect are left out.
    pub fn all() -> impl Iterator<Item = Self> {
        let plain = PLAIN.iter().map(|(_, feature)| feature.clone());
        plain.chain(Reason::ALL.iter().map(|reason| Self::Refusal(*reason)))
    }

    /// The words with which a feature begins.
    pub(super) fn words() -> impl Iterator<Item = &'static str> {
        PLAIN.iter().map(|(name, _)| *name).chain([
            "refused", "message", "name", "mistake", "clients", "dialect",
        ])
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refusal(reason) => write!(f, "refused {reason}"),
            Self::MessageOf(size) => write!(f, "message {size}"),
            Self::NameOf(size) => write!(f, "name {size}"),
            Self::Mistake(reason) => write!(f, "mistake {reason}"),
            Self::Clients(most) => write!(f, "clients {most}"),
            Self::Dialect(name) => write!(f, "dialect {name}"),
            plain => {
                let name = PLAIN
                    .iter()
                    .find(|(_, feature)| feature == plain)
                    .map(|(name, _)| *name);
                f.write_str(name.unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_reads_back_from_its_words() {
        let with_argument = [
            Feature::Refusal(Reason::NameInUse),
            Feature::MessageOf(1000),
            Feature::NameOf(20),
            Feature::Mistake(Reason::Malformed),
            Feature::Clients(20),
            Feature::Dialect("unb".to_owned()),
        ];
        let plain = PLAIN.iter().map(|(_, feature)| feature.clone());
        for feature in plain.chain(with_argument) {
            let text = feature.to_string();
            let (word, argument) = text
                .split_once(' ')
                .map_or((&*text, None), |(word, rest)| (word, Some(rest)));
            assert_eq!(Feature::parse(word, argument), Some(feature));
        }
    }
}
