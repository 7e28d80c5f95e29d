//! What an actor or a crowd can do, and what can be judged of its stream.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Actor, Feature, Pattern, Reason, Text};

/// What one actor does, or what must have reached it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    // Meanings: what a client does.
    /// Connects if it has not, asks for its name as the dialect does, and must be let in: `ana joins`.
    Join(Name),
    /// The same, but nothing is expected yet: `bia tries to join as ana`.
    TryToJoin(Name),
    /// A public message. Its acknowledgement is awaited before this client's next request, and judged by
    /// [`Verb::IsAcknowledged`] alone.
    Say {
        /// What.
        text: Text,
        /// How its bytes are cut and ended.
        framing: Framing,
    },
    /// Several public messages in one write: `ana says "a" and "b" together`.
    SayTogether(Vec<Text>),
    /// A private message: `ana tells bia "olá"`.
    Tell {
        /// To whom.
        to: Recipient,
        /// What.
        text: Text,
    },
    /// Asks who is there; the reply is awaited, and claimed by the `'s list` verbs that follow.
    List,
    /// Says goodbye as the dialect does.
    Quit {
        /// The word in the other case: `ana quits in capitals`.
        capitals: bool,
    },
    /// Leaves as the dialect does: quitting where there is a word for it, else closing.
    Leave,
    /// Sends something that the dialect calls an error: `ana sends an unknown command`.
    SendWrong(Wrong),

    // Meanings: what must have reached it.
    /// A public message: `bia hears ana "olá"`. From itself: its own copy, or the echo.
    Hear {
        /// Who said it.
        from: Actor,
        /// What.
        text: Text,
    },
    /// A private message: `bia hears ana privately "olá"`.
    HearPrivately {
        /// Who said it.
        from: Actor,
        /// What.
        text: Text,
    },
    /// Nothing unclaimed is left, and nothing more comes: `caio hears nothing`. What the dialect sends unasked is tolerated.
    HearNothing,
    /// From here on, what no step claims is skipped on this connection, and is no finding: `bia ignores the rest`. For those
    /// who may receive what nobody can foresee.
    IgnoreTheRest,
    /// A notice about another: `ana sees bia join`.
    See {
        /// About whom.
        who: Actor,
        /// That it came or went.
        presence: Presence,
    },
    /// No such notice comes: `ana does not see bia join`.
    NotSee {
        /// About whom; without one, about `the unnamed`: who never gave a name.
        who: Option<Actor>,
        /// That it came or went.
        presence: Presence,
    },
    /// The reply to the join: `ana is welcomed`.
    IsWelcomed,
    /// The request for a name: `ana is prompted`.
    IsPrompted,
    /// No second request for a name comes before the first is answered: `ana is not prompted twice`.
    IsNotPromptedTwice,
    /// The dialect's refusal for that reason: `bia is refused name-in-use`.
    IsRefused(Reason),
    /// The reply to what it said: `ana is acknowledged`.
    IsAcknowledged,
    /// The reply to what it told somebody: `ana is acknowledged privately`.
    IsAcknowledgedPrivately,
    /// The reply to its quitting: `ana is told goodbye`.
    IsToldGoodbye,
    /// These words are somewhere in what has not been claimed: `ana is told "Formato:"`.
    IsTold {
        /// The words.
        pattern: Pattern,
        /// A name for the words that were found.
        capture: Option<String>,
    },
    /// The last list has these: `ana's list includes bia, caio`.
    ListIncludes(Vec<Actor>),
    /// The last list has none of these.
    ListExcludes(Vec<Actor>),
    /// The last list has these and no others; judged only where the server is ours alone, else as [`Verb::ListIncludes`].
    ListIsExactly(Vec<Actor>),

    // Bytes.
    /// Exactly these bytes in one write, nothing added: `ana sends "…"`. What is left over on the connection of an actor who
    /// has done so is not judged: nobody can foresee it.
    Send(Text),
    /// The pieces in a write each: `ana sends in pieces "MS" "G a" pausing 50ms`.
    SendInPieces {
        /// The pieces.
        pieces: Vec<Text>,
        /// What lies between two; without it, only a flush.
        pause: Option<Duration>,
    },
    /// All in one write: `ana sends together "…" "…"`.
    SendTogether(Vec<Text>),
    /// The next unclaimed bytes are these: `ana expects "200 OK{rest}"`.
    Expect {
        /// The bytes.
        pattern: Pattern,
        /// A name for all that was matched.
        capture: Option<String>,
    },

    // Connections.
    /// Opens a connection and says nothing.
    Connect,
    /// Closes its sending half (FIN) and goes on receiving.
    Finish,
    /// Aborts (RST).
    Reset,
    /// Closes both halves.
    Close,
    /// Leaves what arrives in the socket's buffer.
    StopReading,
    /// Reads what has gathered, and goes on.
    ReadAgain,
    /// Neither reads, writes nor closes any more, until the scenario ends.
    Vanish,
    /// The server has ended the connection.
    IsDisconnected,
    /// The server has not.
    IsStillConnected,
}

/// Under which name a client joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// Its own fresh nickname.
    Own,
    /// Another's nickname: `joins as ana`.
    Of(Actor),
    /// Another's nickname with every letter in the other case: `joins as ana in the other case`.
    OfInOtherCase(Actor),
    /// These bytes: `joins literally "Ana Maria"`.
    Literally(Text),
}

/// To whom a private message goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// An actor, under its nickname.
    Actor(Actor),
    /// A nickname that nobody has: `tells nobody "…"`.
    Nobody,
}

/// How the bytes of a message are cut and ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Framing {
    /// How it is cut into writes, its terminator or header included.
    pub split: Option<Split>,
    /// What lies between two writes; without it, only a flush.
    pub pause: Option<Duration>,
    /// The terminator instead of the dialect's: empty for `without terminator`.
    pub terminator: Option<Text>,
}

/// How a message is cut into writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// A write for each so many bytes: `in pieces of 3 bytes`; `byte by byte` is 1.
    Every(usize),
    /// Two writes, the first of so many bytes: `split after 5 bytes`.
    After(usize),
    /// Only so many bytes are ever sent: `only the first 5 bytes`.
    Only(usize),
}

/// What a dialect itself calls an error. The dialect supplies the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// A command that it does not know.
    UnknownCommand,
    /// A known command without what it needs.
    MalformedCommand,
    /// A length header that is not a number.
    HeaderNotANumber,
    /// A length header below zero.
    HeaderNegative,
    /// A length header that announces so many bytes, without them.
    HeaderOf(u64),
}

/// What a notice about somebody says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presence {
    /// It came.
    Join,
    /// It went.
    Leave,
}

/// What all members of a crowd do at once, or what must have reached each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CrowdVerb {
    /// Each connects and says nothing: `a crowd of 100 connects`.
    Connect,
    /// Each joins under a fresh nickname: `a crowd of 100 joins`.
    Join,
    /// Each says a text, in which `$n` is its number from 1: `each says "olá $n"`.
    Say(Text),
    /// All that the crowd said has reached each member exactly once, but for its own where the dialect sends no copy:
    /// `everyone hears everything once`.
    HearEverythingOnce,
    /// Each has received a text that an actor said: `each hears ana "olá"`.
    Hear {
        /// Who said it.
        from: Actor,
        /// What.
        text: Text,
    },
    /// Each says goodbye as the dialect does.
    Quit,
    /// Each leaves as the dialect does.
    Leave,
    /// Each closes.
    Close,
    /// Each aborts (RST).
    Reset,
    /// None reads any more.
    StopReading,
}

impl Verb {
    /// What a dialect must have for `actor` to do this.
    pub fn requires(&self, actor: &Actor) -> BTreeSet<Feature> {
        let mut features = BTreeSet::new();
        features.extend(self.own_feature(actor));
        let largest = self.messages().map(Text::len_at_least).max().unwrap_or(0);
        if largest > SMALL_MESSAGE {
            features.insert(Feature::MessageOf(largest));
        }
        if let Self::Join(Name::Literally(name)) = self {
            features.insert(Feature::NameOf(name.len_at_least()));
        }
        features
    }

    /// Whether it may open a connection.
    pub(super) const fn brings_a_client(&self) -> bool {
        matches!(self, Self::Connect | Self::Join(_) | Self::TryToJoin(_))
    }

    fn own_feature(&self, actor: &Actor) -> Option<Feature> {
        Some(match self {
            Self::Join(name) | Self::TryToJoin(name) if *name != Name::Own => Feature::Names,
            Self::Say { framing, .. } => framing.requires()?,
            Self::SayTogether(_) => Feature::Framed,
            Self::SendWrong(wrong) => wrong.requires(),
            Self::Tell { .. } | Self::HearPrivately { .. } => Feature::Private,
            Self::List | Self::ListIncludes(_) | Self::ListExcludes(_) | Self::ListIsExactly(_) => {
                Feature::List
            }
            Self::Quit { capitals: false } => Feature::Quit,
            Self::Quit { capitals: true } => Feature::QuitInAnyCase,
            Self::Hear { from, .. } if from == actor => Feature::Echo,
            Self::Hear { .. } => Feature::Broadcast,
            Self::See { presence, .. } | Self::NotSee { presence, .. } => presence.requires(),
            Self::IsWelcomed => Feature::Welcome,
            Self::IsPrompted | Self::IsNotPromptedTwice => Feature::Prompt,
            Self::IsRefused(reason) => Feature::Refusal(*reason),
            Self::IsAcknowledged => Feature::Acknowledgement,
            Self::IsAcknowledgedPrivately => Feature::PrivateAcknowledgement,
            Self::IsToldGoodbye => Feature::Goodbye,
            _ => return None,
        })
    }

    /// The texts that go out as messages of the dialect, so that its limit holds for them.
    fn messages(&self) -> impl Iterator<Item = &Text> {
        let texts = match self {
            Self::Say { text, .. } | Self::Tell { text, .. } => std::slice::from_ref(text),
            Self::SayTogether(texts) => texts,
            _ => &[],
        };
        texts.iter()
    }

    /// All texts that it holds, for the expansion of parameters.
    pub(super) fn texts_mut(&mut self) -> Vec<&mut Text> {
        match self {
            Self::Join(Name::Literally(text))
            | Self::TryToJoin(Name::Literally(text))
            | Self::Send(text) => vec![text],
            Self::Say { text, framing } => std::iter::once(text)
                .chain(framing.terminator.as_mut())
                .collect(),
            Self::Tell { text, .. }
            | Self::Hear { text, .. }
            | Self::HearPrivately { text, .. } => vec![text],
            Self::SayTogether(texts)
            | Self::SendTogether(texts)
            | Self::SendInPieces { pieces: texts, .. } => texts.iter_mut().collect(),
            _ => Vec::new(),
        }
    }

    /// The actors that it names, other than the one who acts.
    pub(super) fn others(&self) -> Vec<&Actor> {
        match self {
            Self::Join(name) | Self::TryToJoin(name) => match name {
                Name::Of(actor) | Name::OfInOtherCase(actor) => vec![actor],
                Name::Own | Name::Literally(_) => Vec::new(),
            },
            Self::Tell {
                to: Recipient::Actor(actor),
                ..
            } => vec![actor],
            Self::Hear { from, .. } | Self::HearPrivately { from, .. } => vec![from],
            Self::See { who, .. } => vec![who],
            Self::NotSee { who, .. } => who.iter().collect(),
            Self::ListIncludes(actors)
            | Self::ListExcludes(actors)
            | Self::ListIsExactly(actors) => actors.iter().collect(),
            _ => Vec::new(),
        }
    }
}

/// Every dialect takes a message of so many bytes.
const SMALL_MESSAGE: usize = 256;

impl Framing {
    /// The dialect's own framing, in one write.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    fn requires(&self) -> Option<Feature> {
        match self {
            Self {
                terminator: Some(_),
                ..
            } => Some(match &self.terminator {
                Some(text) if text.bytes(|_| None).as_deref() == Some(b"\r\n") => Feature::CrLf,
                _ => Feature::Terminator,
            }),
            Self { split: Some(_), .. } => Some(Feature::Framed),
            _ => None,
        }
    }
}

impl Wrong {
    fn requires(self) -> Feature {
        match self {
            Self::UnknownCommand => Feature::Mistake(Reason::UnknownCommand),
            Self::MalformedCommand => Feature::Mistake(Reason::Malformed),
            Self::HeaderNotANumber | Self::HeaderNegative | Self::HeaderOf(_) => Feature::Header,
        }
    }
}

impl Presence {
    fn requires(self) -> Feature {
        match self {
            Self::Join => Feature::JoinNotice,
            Self::Leave => Feature::LeaveNotice,
        }
    }
}

impl CrowdVerb {
    /// Whether it opens connections.
    pub(super) const fn brings_clients(&self) -> bool {
        matches!(self, Self::Connect | Self::Join)
    }

    /// What a dialect must have for a crowd to do this.
    pub fn requires(&self) -> BTreeSet<Feature> {
        let feature = match self {
            Self::HearEverythingOnce | Self::Hear { .. } => Some(Feature::Broadcast),
            Self::Quit => Some(Feature::Quit),
            _ => None,
        };
        feature.into_iter().collect()
    }

    pub(super) fn texts_mut(&mut self) -> Option<&mut Text> {
        match self {
            Self::Say(text) | Self::Hear { text, .. } => Some(text),
            _ => None,
        }
    }
}
