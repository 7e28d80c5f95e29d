//! One message, and where its bytes were seen.

use std::ops::Range;

use protocol::matching::Standing;
use protocol::message::{CommandKind, Direction, Fields, NoticeKind, Phase, Reason, ReplyKind};

use crate::capture::Time;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// A request that the dialect knows.
    Request(CommandKind),
    /// A known command without what it needs; which one, where that can be told.
    Malformed(Option<CommandKind>),
    /// A request that the dialect does not know.
    UnknownRequest,
    /// A message of the server that the dialect knows.
    Reply(ReplyKind),
    /// Bytes that the dialect cannot explain.
    Unrecognised,
}

impl MessageKind {
    /// The identifier that reports use.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            MessageKind::Request(kind) => kind.id(),
            MessageKind::Malformed(_) => "malformed-request",
            MessageKind::UnknownRequest => "unknown-request",
            MessageKind::Reply(kind) => kind.id(),
            MessageKind::Unrecognised => "unrecognised",
        }
    }

    /// Every kind, in the order of [`Self::index`].
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let requests = CommandKind::ALL.iter();
        let malformed = CommandKind::ALL
            .iter()
            .map(|kind| Self::Malformed(Some(*kind)));
        let notices = NoticeKind::ALL.iter().map(|kind| ReplyKind::Notice(*kind));
        let refusals = Reason::ALL.iter().map(|reason| ReplyKind::Refused(*reason));
        [
            Self::Unrecognised,
            Self::UnknownRequest,
            Self::Malformed(None),
        ]
        .into_iter()
        .chain(requests.map(|kind| Self::Request(*kind)))
        .chain(malformed)
        .chain(notices.chain(refusals).map(Self::Reply))
    }

    /// Its place among all kinds.
    #[inline]
    pub(super) const fn index(self) -> usize {
        const REQUESTS: usize = 3;
        const MALFORMED: usize = REQUESTS + CommandKind::ALL.len();
        const NOTICES: usize = MALFORMED + CommandKind::ALL.len();
        const REFUSALS: usize = NOTICES + NoticeKind::ALL.len();
        match self {
            MessageKind::Unrecognised => 0,
            MessageKind::UnknownRequest => 1,
            MessageKind::Malformed(None) => 2,
            MessageKind::Request(kind) => REQUESTS + kind as usize,
            MessageKind::Malformed(Some(kind)) => MALFORMED + kind as usize,
            MessageKind::Reply(ReplyKind::Notice(kind)) => NOTICES + kind as usize,
            MessageKind::Reply(ReplyKind::Refused(reason)) => REFUSALS + reason as usize,
        }
    }

    /// How many kinds there are.
    pub(super) const COUNT: usize = Self::Reply(ReplyKind::Refused(Reason::BadHeader)).index() + 1;

    /// Whether it is this message of the server.
    #[must_use]
    pub fn is(self, kind: NoticeKind) -> bool {
        self == MessageKind::Reply(ReplyKind::Notice(kind))
    }
}

/// How a message stands in its stream: whether its end is where the dialect puts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// As the dialect frames it.
    Framed,
    /// A line terminator follows it where the dialect has none.
    SurplusTerminator,
    /// The terminator that the dialect demands is not there.
    NoTerminator,
    /// A header that is no length, or a message that the connection's end or a hole in the capture cut short.
    Broken,
}

/// One message. See the module's documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Which way it went.
    pub direction: Direction,
    /// What it is.
    pub kind: MessageKind,
    /// The values of its form's holes.
    pub fields: Fields,
    /// Its bytes in the stream of its direction, header and terminator included.
    pub range: Range<usize>,
    /// The bytes of it that are its content.
    pub content: Range<usize>,
    /// Whether the client was a member of the chat when it was sent.
    pub phase: Phase,
    /// How good its form is.
    pub standing: Standing,
    /// How it is framed.
    pub shape: Shape,
    /// The frames that brought it, in the order of its bytes, each once.
    pub frames: Vec<u64>,
    /// When its last frame was seen.
    pub time: Option<Time>,
}

impl Message {
    /// The frame in which it begins; 0 if it has none.
    #[must_use]
    pub fn first_frame(&self) -> u64 {
        self.frames.first().copied().unwrap_or_default()
    }

    /// The frame in which it ends; 0 if it has none.
    #[must_use]
    pub fn last_frame(&self) -> u64 {
        self.frames.last().copied().unwrap_or_default()
    }

    /// Its bytes, header and terminator included.
    #[must_use]
    pub fn bytes<'a>(&self, stream: &'a crate::stream::Stream) -> &'a [u8] {
        stream.bytes.get(self.range.clone()).unwrap_or_default()
    }

    /// Its content.
    #[must_use]
    pub fn text<'a>(&self, stream: &'a crate::stream::Stream) -> &'a [u8] {
        stream.bytes.get(self.content.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_place_of_its_own() {
        let places: Vec<usize> = MessageKind::all().map(MessageKind::index).collect();
        assert_eq!(places, (0..MessageKind::COUNT).collect::<Vec<_>>());
    }
}
