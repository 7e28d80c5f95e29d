//! Texts that a server hands on under somebody's name, or echoes, and that were never sent.
//!
//! Told where the capture shows every byte of the one who is said to have sent it, in each connection under that name, and while one of
//! these lasts; and where nobody else sent the message as it stands, as a part of a text maybe. What a server may do to a text is left out
//! of account: blanks and control characters, pieces of a text, and whatever stands for bytes that are no text.

use std::cell::OnceCell;

use protocol::Dialect;
use protocol::dialect::Encoding;
use protocol::matching::Standing;
use protocol::message::{CommandKind, Direction, NoticeKind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::doubt::{is_raw, shown_until};
use super::{Finding, FindingKind, Judged, Severity};
use crate::conversation::ConversationId;
use crate::dissect::{Message, MessageKind};

/// Most bytes that are searched for texts.
const MOST_BYTES: usize = 1 << 28;

/// Tells of such texts, and which messages they are.
pub(super) fn judge(
    dialect: &Dialect,
    judged: &[Judged<'_>],
    findings: &mut Vec<Finding>,
) -> FxHashSet<(ConversationId, usize)> {
    let mut senders = Senders::of(dialect, judged);
    let mut told = FxHashSet::default();
    for one in judged.iter().filter(|one| one.began && !one.has_holes) {
        for (at, message) in one.dialogue.messages.iter().enumerate() {
            if senders.never_sent(one, message) {
                let kind = FindingKind::NeverSent;
                findings.push(one.finding(kind, Severity::Fault, &[at]));
                told.insert((one.conversation, at));
            }
        }
    }
    told
}

/// All clients, and what each sent.
struct Senders<'a> {
    dialect: &'a Dialect,
    all: Vec<Sender<'a>>,
    by_name: FxHashMap<&'a [u8], Vec<usize>>,
    by_conversation: FxHashMap<ConversationId, usize>,
    /// How many bytes may still be searched.
    left: usize,
}

/// A client.
struct Sender<'a> {
    judged: &'a Judged<'a>,
    /// The frame up to which the capture shows all of it.
    shown_until: u64,
    /// Its texts, as they count.
    texts: FxHashSet<Vec<u8>>,
    /// All of its bytes, as they count; worked out when they are needed.
    bytes: OnceCell<Option<Vec<u8>>>,
}

impl<'a> Sender<'a> {
    fn of(judged: &'a Judged<'a>) -> Self {
        let said = judged.dialogue.messages.iter();
        let texts = said
            .filter(|one| one.kind == MessageKind::Request(CommandKind::Say))
            .filter_map(|one| counted(one.fields.get("text")?))
            .filter(|text| !text.is_empty());
        Self {
            judged,
            shown_until: shown_until(judged),
            texts: texts.collect(),
            bytes: OnceCell::new(),
        }
    }

    fn stream(&self) -> &'a [u8] {
        &self.judged.streams[Direction::ToServer as usize].bytes
    }

    /// `None` if not all of them are text.
    fn bytes(&self) -> Option<&[u8]> {
        let bytes = self.bytes.get_or_init(|| counted(self.stream()));
        bytes.as_deref()
    }
}

impl<'a> Senders<'a> {
    fn of(dialect: &'a Dialect, judged: &'a [Judged<'a>]) -> Self {
        let mut by_name: FxHashMap<_, Vec<usize>> = FxHashMap::default();
        for (at, one) in judged.iter().enumerate() {
            if let Some(nick) = &one.dialogue.nick {
                by_name.entry(nick.as_slice()).or_default().push(at);
            }
        }
        let places = judged.iter().enumerate();
        Self {
            dialect,
            all: judged.iter().map(Sender::of).collect(),
            by_name,
            by_conversation: places.map(|(at, one)| (one.conversation, at)).collect(),
            left: MOST_BYTES,
        }
    }

    /// Whether it hands on a text that was never sent.
    fn never_sent(&mut self, hearer: &Judged<'_>, message: &Message) -> bool {
        if message.standing == Standing::Tolerated || hearer.may_be_part(message) {
            return false;
        }
        let said = message.fields.get("text").unwrap_or_default();
        let Some(text) = counted(said).filter(|text| !text.is_empty()) else {
            return false;
        };
        let (authors, handed_on) = match message.kind {
            kind if kind.is(NoticeKind::Delivered) && self.names_tell_who() => {
                let name = message.fields.get("from").unwrap_or_default();
                let bearers = self.by_name.get(name).cloned();
                (bearers.unwrap_or_default(), hearer.text(message))
            }
            // The text of another is not changed, but in the wrong place.
            kind if kind.is(NoticeKind::Said) && self.acknowledges_with_the_text() => {
                let own = self.by_conversation.get(&hearer.conversation);
                (own.copied().into_iter().collect(), said)
            }
            _ => return false,
        };
        let is_there = |at: &usize| {
            let one = self.all[*at].judged;
            one.conversation == hearer.conversation || lasts(one, message)
        };
        authors.iter().any(is_there)
            && authors
                .iter()
                .all(|at| self.all[*at].shown_until > message.first_frame())
            && authors.iter().all(|at| self.lacks(*at, &text))
            && (!is_raw(self.dialect) || is_one_segment(hearer, message) && self.names_nobody(said))
            && self.nobody_sent(handed_on)
    }

    /// Whether nobody but its bearer can speak under a name.
    fn names_tell_who(&self) -> bool {
        let say = self.dialect.request(CommandKind::Say);
        let writes_name = say.is_some_and(|say| say.forms().any(|form| form.has("nick")));
        self.dialect.names.unique && !writes_name
    }

    /// Whether the acknowledgement of a text is that text, in all of its forms.
    fn acknowledges_with_the_text(&self) -> bool {
        self.dialect.reply(NoticeKind::Said).is_some_and(|reply| {
            let mut forms = reply.forms.iter();
            forms.all(|form| form.template.has("text"))
        })
    }

    /// Whether a client never sent this text, nor one that it may be a part of. Where nothing parts messages, nor one that it begins with,
    /// whose rest may be another, or that may have been read in several.
    fn lacks(&mut self, at: usize, text: &[u8]) -> bool {
        let sender = &self.all[at];
        let limit = self.dialect.limits.message;
        let is_doubtful = |said: &Vec<u8>| text.starts_with(said) || said.len() > limit;
        if sender.texts.contains(text)
            || is_raw(self.dialect) && sender.texts.iter().any(is_doubtful)
            || self.dialect.encoding == Encoding::Bytes
        {
            return false;
        }
        let cost = |bytes: &[u8]| bytes.len() + sender.texts.len();
        let Some(bytes) = sender.bytes().filter(|bytes| cost(bytes) <= self.left) else {
            return false;
        };
        self.left -= cost(bytes);
        let is_plain = self.dialect.encoding != Encoding::Ascii || bytes.is_ascii();
        is_plain && memchr::memmem::find(bytes, text).is_none()
    }

    /// Whether a text holds no name of a client: where nothing parts messages, another may be glued to it.
    fn names_nobody(&mut self, text: &[u8]) -> bool {
        let cost = text.len().saturating_mul(self.by_name.len());
        let is_affordable = cost <= self.left;
        self.left -= cost.min(self.left);
        let mut names = self.by_name.keys().filter(|name| !name.is_empty());
        is_affordable && !names.any(|name| memchr::memmem::find(text, name).is_some())
    }

    /// Whether no client of the capture sent these bytes, which shows all of them: a text may hold what looks like a message.
    fn nobody_sent(&mut self, whole: &[u8]) -> bool {
        let Some(counted) = counted(whole) else {
            return false;
        };
        let Self { all, left, .. } = self;
        all.iter().all(|sender| {
            let (bytes, whole) = match sender.bytes() {
                Some(bytes) => (bytes, counted.as_slice()),
                None => (sender.stream(), whole),
            };
            let is_affordable = bytes.len() <= *left;
            *left -= bytes.len().min(*left);
            is_affordable && sender.shown_until > 0 && memchr::memmem::find(bytes, whole).is_none()
        })
    }
}

/// Whether a conversation has begun when a message comes to somebody else, and nobody has closed it.
fn lasts(judged: &Judged<'_>, message: &Message) -> bool {
    let frame = message.first_frame();
    let first = judged.dialogue.messages.first();
    let closed = judged.connection.closed_first;
    first.is_some_and(|first| first.first_frame() < frame)
        && closed.is_none_or(|(_, closed)| frame <= closed)
}

/// Whether a message of the server came in a segment of its own.
fn is_one_segment(judged: &Judged<'_>, message: &Message) -> bool {
    let stream = judged.streams[Direction::ToClient as usize];
    let pieces = stream.pieces_in(message.range.start, message.range.end);
    matches!(pieces, [one] if one.offset == message.range.start && one.length == message.range.len())
}

/// What counts of a text: all but blanks and control characters. `None` of what is no text, or may stand for what is none.
fn counted(bytes: &[u8]) -> Option<Vec<u8>> {
    const ESCAPE: char = '\u{1b}';
    let text = std::str::from_utf8(bytes).ok()?;
    let is_odd = |one: char| one == ESCAPE || one == char::REPLACEMENT_CHARACTER;
    let kept: String = text
        .chars()
        .filter(|one| !one.is_whitespace() && !one.is_control())
        .collect();
    (!text.contains(is_odd)).then(|| kept.into_bytes())
}
