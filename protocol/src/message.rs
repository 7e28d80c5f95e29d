//! What is said in a chat, in meanings: what a client asks (`Command`), what a server says (`Notice`).
//!
//! No byte of any wire stands here. A dialect maps each kind to its words; the room of the reference server, the steps of a
//! scenario and the findings of the analyzer all speak in these kinds, so that none of them knows a dialect's words.

mod words;

use std::fmt;

/// Where a connection stands: before or after the server took the client's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Connected, not yet a member of the chat.
    Joining,
    /// A member of the chat.
    Chatting,
}

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// From a client to the server.
    ToServer,
    /// From the server to a client.
    ToClient,
}

/// Implements the identifier of an enum's variants: `id`, `from_id`, `ALL`, `Display`.
macro_rules! identified {
    ($type:ident { $($variant:ident = $id:literal),+ $(,)? }) => {
        impl $type {
            /// Every value, in the order in which a dialect file lists them.
            pub const ALL: &'static [$type] = &[$($type::$variant),+];

            /// The identifier that dialect files, scenarios and reports use.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self {
                    $($type::$variant => $id),+
                }
            }

            /// The value of an identifier, if there is one.
            #[must_use]
            pub fn from_id(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.id() == id)
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.id())
            }
        }
    };
}
pub(crate) use identified;

/// What a client can ask for; the keys of `[client]` in a dialect file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CommandKind {
    /// Become a member of the chat (`NICK` in some courses).
    Join,
    /// A message to everyone.
    Say,
    /// A message to one member.
    Tell,
    /// Who is here?
    List,
    /// Leave, saying so.
    Quit,
}

identified!(CommandKind { Join = "join", Say = "say", Tell = "tell", List = "list", Quit = "quit" });

impl CommandKind {
    /// The phase in which a client may ask for it.
    #[must_use]
    pub const fn phase(self) -> Phase {
        match self {
            CommandKind::Join => Phase::Joining,
            _ => Phase::Chatting,
        }
    }
}

/// What a server says; the keys of `[server]` in a dialect file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NoticeKind {
    /// At connect, before anything else: a banner.
    Greeting,
    /// At connect: the request for a name.
    Prompt,
    /// After each line: the sign that the server waits for the next (`> `).
    Ready,
    /// The reply to a join that succeeded.
    Welcome,
    /// To a joiner: one member who is already there.
    Present,
    /// Somebody joined.
    Joined,
    /// The acknowledgement of a public message.
    Said,
    /// A public message, delivered.
    Delivered,
    /// The acknowledgement of a private message.
    Told,
    /// A private message, delivered.
    Whispered,
    /// The reply to a request for the members.
    Listing,
    /// The reply to a quit, before the server closes.
    Bye,
    /// Somebody left.
    Left,
    /// Somebody's connection was lost, where the dialect words that differently.
    Lost,
}

identified!(NoticeKind {
    Greeting = "greeting",
    Prompt = "prompt",
    Ready = "ready",
    Welcome = "welcome",
    Present = "present",
    Joined = "joined",
    Said = "said",
    Delivered = "delivered",
    Told = "told",
    Whispered = "whispered",
    Listing = "listing",
    Bye = "bye",
    Left = "left",
    Lost = "lost",
});

impl NoticeKind {
    /// Whether it may come without anybody having asked: a step that is not about it tolerates it.
    #[must_use]
    pub const fn is_unasked(self) -> bool {
        matches!(
            self,
            NoticeKind::Greeting
                | NoticeKind::Prompt
                | NoticeKind::Ready
                | NoticeKind::Present
                | NoticeKind::Joined
                | NoticeKind::Left
                | NoticeKind::Lost
        )
    }
}

/// Why a server refuses; the keys of `[error]` in a dialect file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// Another member has that name.
    NameInUse,
    /// The name is empty or only spaces.
    NameBlank,
    /// The name breaks a rule of the dialect (characters, length).
    NameInvalid,
    /// No such command.
    UnknownCommand,
    /// A known command without what it needs.
    Malformed,
    /// A private message to nobody who is here.
    NoRecipient,
    /// A private message to oneself.
    ToSelf,
    /// A command before joining.
    NotJoined,
    /// A message beyond the dialect's limit.
    TooLong,
    /// A length header that is no length.
    BadHeader,
}

identified!(Reason {
    NameInUse = "name-in-use",
    NameBlank = "name-blank",
    NameInvalid = "name-invalid",
    UnknownCommand = "unknown-command",
    Malformed = "malformed",
    NoRecipient = "no-recipient",
    ToSelf = "to-self",
    NotJoined = "not-joined",
    TooLong = "too-long",
    BadHeader = "bad-header",
});

/// What a program shows to whoever started it, and never sends; the keys of `[console]` in a dialect file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ConsoleKind {
    /// The server's: somebody connected.
    Accepted,
    /// The server's: a connection broke.
    Broken,
    /// The server's: the address to listen on is none.
    BadAddress,
    /// The client's: the connection stands.
    Connected,
    /// The client's: no server is there.
    NoServer,
}

identified!(ConsoleKind {
    Accepted = "accepted",
    Broken = "broken",
    BadAddress = "bad-address",
    Connected = "connected",
    NoServer = "no-server",
});

/// A kind of message from the server: a notice or a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReplyKind {
    /// Something said in the ordinary course.
    Notice(NoticeKind),
    /// A refusal.
    Refused(Reason),
}

impl From<NoticeKind> for ReplyKind {
    fn from(kind: NoticeKind) -> Self {
        ReplyKind::Notice(kind)
    }
}

impl From<Reason> for ReplyKind {
    fn from(reason: Reason) -> Self {
        ReplyKind::Refused(reason)
    }
}

impl ReplyKind {
    /// The identifier that reports use; a refusal's is its reason's.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            ReplyKind::Notice(kind) => kind.id(),
            ReplyKind::Refused(reason) => reason.id(),
        }
    }

    /// Its key in a dialect file: `server.joined`, `error.malformed`.
    #[must_use]
    pub fn key(self) -> String {
        match self {
            ReplyKind::Notice(kind) => format!("server.{kind}"),
            ReplyKind::Refused(reason) => format!("error.{reason}"),
        }
    }

    /// The phase in which a client hears it. What answers a registration still belongs to joining.
    #[must_use]
    pub const fn phase(self) -> Phase {
        match self {
            ReplyKind::Notice(
                NoticeKind::Greeting
                | NoticeKind::Prompt
                | NoticeKind::Welcome
                | NoticeKind::Present,
            )
            | ReplyKind::Refused(
                Reason::NameInUse | Reason::NameBlank | Reason::NameInvalid | Reason::NotJoined,
            ) => Phase::Joining,
            _ => Phase::Chatting,
        }
    }

    /// Whether it may come without anybody having asked.
    #[must_use]
    pub const fn is_unasked(self) -> bool {
        match self {
            ReplyKind::Notice(kind) => kind.is_unasked(),
            ReplyKind::Refused(_) => false,
        }
    }
}

impl fmt::Display for ReplyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// Who gets a message from the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Recipients {
    /// Only the client whose action it answers.
    Actor,
    /// Every member but that one.
    Others,
    /// Every member, that one too.
    Everyone,
}

identified!(Recipients { Actor = "sender", Others = "others", Everyone = "everyone" });

/// What a client asked, read from its bytes; slices point into them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command<'a> {
    /// Join under a name, as it was sent.
    Join {
        /// The name, before any rule was applied to it.
        nick: &'a [u8],
    },
    /// A message to everyone.
    Say {
        /// The text.
        text: &'a [u8],
        /// The name that the client put in front, in dialects where the client does.
        from: Option<&'a [u8]>,
    },
    /// A message to one member.
    Tell {
        /// The recipient's name.
        to: &'a [u8],
        /// The text.
        text: &'a [u8],
    },
    /// Who is here?
    List,
    /// Leave.
    Quit,
    /// A known command without what it needs.
    Malformed {
        /// Which one, where the dialect lets it be known.
        of: Option<CommandKind>,
    },
    /// Nothing that the dialect knows.
    Unknown {
        /// The first word.
        word: &'a [u8],
    },
}

/// Values for the holes of a template, by name. A message has few: a list beats a map.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(Box<str>, Vec<u8>)>);

impl Fields {
    /// No values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with one more value; a value given again replaces the former one.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        self.set(name, value);
        self
    }

    /// Sets one value.
    pub fn set(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        let value = value.into();
        match self.0.iter_mut().find(|(known, _)| &**known == name) {
            Some((_, former)) => *former = value,
            None => self.0.push((name.into(), value)),
        }
    }

    /// The value of a hole.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.0
            .iter()
            .find(|(known, _)| &**known == name)
            .map(|(_, value)| &**value)
    }

    /// All values, in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_identifier_leads_back_to_its_value() {
        for kind in NoticeKind::ALL {
            assert_eq!(NoticeKind::from_id(kind.id()), Some(*kind));
        }
        for reason in Reason::ALL {
            assert_eq!(Reason::from_id(reason.id()), Some(*reason));
        }
        assert_eq!(CommandKind::from_id("shout"), None);
    }

    #[test]
    fn a_field_given_again_replaces_the_former_value() {
        let fields = Fields::new().with("nick", "ana").with("nick", "bia");
        assert_eq!(fields.get("nick"), Some(&b"bia"[..]));
        assert_eq!(fields.iter().count(), 1);
    }
}
