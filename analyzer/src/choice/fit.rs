//! How well a dialect explains a dialogue.

use protocol::Dialect;
use protocol::matching::Standing;
use protocol::message::{CommandKind, NoticeKind};

use crate::dissect::{Dialogue, Message, MessageKind, Shape};

/// A form needs this many bytes of its own to prove a dialect: `: ` is anybody's.
const PROOF: usize = 3;

/// What one message counts at most.
const WHOLE: u32 = 100;

/// How well a dialect explains what was said. See [`Fit::is_enough`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fit {
    /// Messages that only this dialect has, or nearly.
    pub strong: u32,
    /// Messages of any kind.
    pub messages: u32,
    /// Messages that the dialect cannot explain.
    pub unexplained: u32,
    explained: u32,
    total: u32,
}

impl Fit {
    pub(super) fn of(dialect: &Dialect, dialogue: &Dialogue) -> Self {
        dialogue
            .messages
            .iter()
            .map(|message| Self::of_message(dialect, message))
            .fold(Self::default(), Self::and)
    }

    fn of_message(dialect: &Dialect, message: &Message) -> Self {
        let (explained, total) = weigh(dialect, message);
        Self {
            strong: u32::from(explained >= WHOLE / 2),
            messages: 1,
            unexplained: u32::from(message.kind == MessageKind::Unrecognised),
            explained,
            total,
        }
    }

    /// Both together.
    #[must_use]
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            strong: self.strong.saturating_add(other.strong),
            messages: self.messages.saturating_add(other.messages),
            unexplained: self.unexplained.saturating_add(other.unexplained),
            explained: self.explained.saturating_add(other.explained),
            total: self.total.saturating_add(other.total),
        }
    }

    /// How much of what can prove a dialect proves this one, in thousandths.
    #[must_use]
    pub fn per_mille(self) -> u32 {
        let share = u64::from(self.explained) * 1000 / u64::from(self.total.max(1));
        u32::try_from(share).unwrap_or(1000)
    }

    /// Whether all that can prove a dialect does.
    pub(super) fn is_all(self) -> bool {
        self.explained == self.total
    }

    /// Whether this may be called the dialect: at least one message is its own, and most of what was said fits.
    #[must_use]
    pub fn is_enough(self) -> bool {
        self.strong > 0 && self.per_mille() >= 550
    }
}

/// What a message counts for a dialect, and what it could count.
fn weigh(dialect: &Dialect, message: &Message) -> (u32, u32) {
    let has_header = dialect
        .framing(message.direction, message.phase)
        .header_len()
        > 0;
    if message.shape == Shape::Broken || message.kind == MessageKind::Unrecognised {
        return (0, WHOLE);
    }
    if has_header {
        return (WHOLE, WHOLE);
    }
    let values: usize = message.fields.iter().map(|(_, value)| value.len()).sum();
    let own = message.content.len().saturating_sub(values);
    match message.kind {
        // A name, or any text: no dialect is proved by it.
        MessageKind::Request(CommandKind::Join) if own < PROOF => (0, 0),
        MessageKind::Request(_) if own < PROOF => (0, 0),
        MessageKind::Request(_) => (WHOLE, WHOLE),
        MessageKind::Malformed(Some(_)) => (WHOLE / 4, WHOLE / 4),
        MessageKind::Malformed(None) | MessageKind::UnknownRequest => (0, WHOLE / 4),
        MessageKind::Reply(_) if own < PROOF => (WHOLE / 10, WHOLE / 5),
        MessageKind::Reply(_) if message.standing == Standing::Tolerated => (WHOLE / 3, WHOLE),
        MessageKind::Reply(_) => (WHOLE, WHOLE),
        MessageKind::Unrecognised => (0, WHOLE),
    }
}

/// What a server answers only to who has joined.
const ANSWERS: [NoticeKind; 3] = [NoticeKind::Said, NoticeKind::Told, NoticeKind::Bye];

/// What it says of others only to who has joined.
const MESSAGES: [NoticeKind; 2] = [NoticeKind::Delivered, NoticeKind::Whispered];

/// Whether a dialogue that was read as from the beginning of a connection shows that it is: the server welcomes the client
/// before it answers it as a member, or asks for its name and says nothing yet that is for members.
pub(super) fn shows_the_beginning(dialogue: &Dialogue) -> bool {
    let first = |kinds: &[NoticeKind]| {
        let is_one = |message: &Message| {
            message.standing != Standing::Tolerated
                && kinds.iter().any(|kind| message.kind.is(*kind))
        };
        dialogue.messages.iter().position(is_one)
    };
    match first(&[NoticeKind::Welcome]) {
        Some(welcome) => first(&ANSWERS).is_none_or(|answer| welcome < answer),
        None => {
            first(&[NoticeKind::Prompt, NoticeKind::Greeting]).is_some()
                && first(&ANSWERS).is_none()
                && first(&MESSAGES).is_none()
        }
    }
}
