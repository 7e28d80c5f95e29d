//! What is taken back, or said less surely: a server is not to blame for what clients sent, nor for what a capture does not show.

use protocol::Dialect;
use protocol::framing::Framing;
use protocol::message::{CommandKind, Direction, NoticeKind, Phase, Reason};
use rustc_hash::{FxHashMap, FxHashSet};

use super::spans::Spans;
use super::{Finding, FindingKind, Judged, Severity, without_line_ends};
use crate::conversation::ConversationId;
use crate::dissect::{Message, MessageKind};

/// A server that sends no message at once sends less than this at a time, on average, in bytes.
const PIECE: usize = 8;

/// And so many pieces or more for each message.
const PIECES: usize = 3;

/// Takes back and weakens what the dialogues do not prove.
pub(super) fn weigh(dialect: &Dialect, judged: &[Judged<'_>], findings: &mut Vec<Finding>) {
    let everybody = Everybody::of(judged);
    everybody.take_back_copied_terminators(findings);
    everybody.take_back_copied_encodings(findings);
    everybody.doubt_copies(findings);
    everybody.take_back_refused_names(dialect, findings);
    if is_raw(dialect) {
        everybody.doubt_rests(findings);
        if is_piecemeal(judged) {
            doubt_server(findings);
        }
    }
}

/// Whether nothing parts the messages of the server in the chat but what they say and when they come.
#[must_use]
pub fn is_raw(dialect: &Dialect) -> bool {
    let framing = dialect.framing(Direction::ToClient, Phase::Chatting);
    *framing == Framing::Raw
}

/// Whether a server sends its messages in small pieces. Whatever a client says meanwhile then stands in the middle of a message.
fn is_piecemeal(judged: &[Judged<'_>]) -> bool {
    let [mut bytes, mut pieces, mut messages] = [0, 0, 0];
    for one in judged {
        let stream = one.streams[Direction::ToClient as usize];
        bytes += stream.bytes.len();
        pieces += stream.pieces.len();
        let of_server = |message: &&Message| message.direction == Direction::ToClient;
        messages += one.dialogue.messages.iter().filter(of_server).count();
    }
    bytes > 0 && bytes < PIECE * pieces && pieces >= PIECES * messages
}

/// Where messages cannot be told from each other, nothing that a server seems to do wrong is certain.
fn doubt_server(findings: &mut [Finding]) {
    let by_server = findings
        .iter_mut()
        .filter(|one| one.by == Direction::ToClient);
    by_server.for_each(|one| one.severity = Severity::Remark);
}

/// All conversations of a chat.
struct Everybody<'a> {
    all: &'a [Judged<'a>],
    by_id: FxHashMap<ConversationId, &'a Judged<'a>>,
    /// By name, the frame up to which the capture shows all that was said under it.
    shown_until: FxHashMap<&'a [u8], u64>,
}

/// Most texts that are looked for inside of messages, altogether.
const MOST: usize = 1 << 22;

/// Whether a text is the other but for bytes that are UTF-8.
fn holds_nothing_odd_but(text: &[u8], copied: &[u8]) -> bool {
    let Some(at) = memchr::memmem::find(text, copied) else {
        return false;
    };
    let (before, behind) = (&text[..at], &text[at + copied.len()..]);
    [before, behind]
        .iter()
        .all(|own| std::str::from_utf8(own).is_ok())
}

/// Why a server may refuse a name, which others bear or not.
fn refusal(
    dialect: &Dialect,
    bearers: &FxHashMap<Vec<u8>, Spans>,
    one: &Judged<'_>,
    join: &Message,
) -> Option<Reason> {
    let names = &dialect.names;
    let name = match names.judge(join.fields.get("nick")?, false) {
        Ok(name) => name,
        Err(reason) => return Some(reason),
    };
    let (first, last) = (join.first_frame(), join.last_frame());
    let of_name = bearers.get(&*names.folded(name))?;
    of_name
        .any(last, first, Some(one.conversation))
        .then_some(Reason::NameInUse)
}

/// The frame up to which the capture shows all that a client said; 0 if it may lack any. Behind its last request there may be more, unless
/// the end is there, too.
pub(super) fn shown_until(one: &Judged<'_>) -> u64 {
    if !one.began || one.has_holes {
        return 0;
    }
    if one.ended[Direction::ToServer as usize] {
        return u64::MAX;
    }
    let mut messages = one.dialogue.messages.iter().rev();
    let last = messages.find(|message| message.direction == Direction::ToServer);
    last.map_or(0, Message::first_frame)
}

impl<'a> Everybody<'a> {
    fn of(judged: &'a [Judged<'a>]) -> Self {
        let mut everybody = Self {
            all: judged,
            by_id: judged.iter().map(|one| (one.conversation, one)).collect(),
            shown_until: FxHashMap::default(),
        };
        for one in judged {
            let nick = one.dialogue.nick.as_deref().unwrap_or_default();
            let until = everybody.shown_until.entry(nick).or_insert(u64::MAX);
            *until = shown_until(one).min(*until);
        }
        everybody
    }

    /// The messages that a finding is about.
    fn about(&self, finding: &Finding) -> impl Iterator<Item = (&'a Judged<'a>, &'a Message)> {
        let one = self.by_id.get(&finding.conversation).copied();
        one.into_iter().flat_map(|one| {
            let messages = finding.messages.iter();
            messages.filter_map(move |at| Some((one, one.dialogue.messages.get(*at)?)))
        })
    }

    /// Where clients end their texts and names with terminators, a server that takes them over as they are is not to blame.
    fn take_back_copied_terminators(&self, findings: &mut Vec<Finding>) {
        let is_surplus = |finding: &Finding| finding.kind == FindingKind::SurplusTerminator;
        let by_client =
            |finding: &Finding| is_surplus(finding) && finding.by == Direction::ToServer;
        if !findings.iter().any(by_client) {
            return;
        }
        let is_copy = |finding: &Finding| {
            let mut about = self.about(finding);
            about.all(|(_, message)| !message.fields.is_empty())
        };
        findings.retain(|one| !is_surplus(one) || one.by == Direction::ToServer || !is_copy(one));
    }

    /// Nor is a server that hands on what a client sent, be it no text at all.
    fn take_back_copied_encodings(&self, findings: &mut Vec<Finding>) {
        let is_odd = |finding: &Finding| finding.kind == FindingKind::WrongEncoding;
        let handed_on = |one: &'a Judged<'a>, message: &'a Message| {
            let text = message.fields.get("text");
            text.unwrap_or_else(|| one.text(message)).trim_ascii()
        };
        let sent: FxHashSet<&[u8]> = findings
            .iter()
            .filter(|one| is_odd(one) && one.by == Direction::ToServer)
            .filter_map(|one| self.about(one).next())
            .map(|(one, message)| handed_on(one, message))
            .filter(|text| !text.is_empty())
            .collect();
        let mut left = MOST;
        let mut is_copy = |finding: &Finding| {
            let Some((one, message)) = self.about(finding).next() else {
                return false;
            };
            let text = one.text(message);
            // Most copies stand by themselves. Only where none does, all that was sent is looked for inside of the message.
            if let Some(copied) = sent.get(handed_on(one, message))
                && holds_nothing_odd_but(text, copied)
            {
                return true;
            }
            let mut tried = sent.iter().take(left);
            left = left.saturating_sub(sent.len());
            tried.any(|copied| holds_nothing_odd_but(text, copied))
        };
        findings.retain(|one| !is_odd(one) || one.by == Direction::ToServer || !is_copy(one));
    }

    /// Nor is one that says nothing to a name that it may refuse and the dialect has no words to refuse: it closes, or asks again.
    fn take_back_refused_names(&self, dialect: &Dialect, findings: &mut Vec<Finding>) {
        let is_silence = |kind| matches!(kind, FindingKind::NoReply | FindingKind::NoReplySeen);
        let is_join = |message: &Message| message.kind == MessageKind::Request(CommandKind::Join);
        let bearers = self.bearers(dialect);
        let may_be_refused = |one: &Judged<'_>| {
            let mut names = one.dialogue.messages.iter().filter(|one| is_join(one));
            names.any(|join| {
                let refusal = refusal(dialect, &bearers, one, join);
                refusal.is_some_and(|reason| !dialect.refuses(reason))
            })
        };
        let mut known: FxHashMap<ConversationId, bool> = FxHashMap::default();
        let mut is_refused = |finding: &Finding| {
            let about_a_name = self.about(finding).find(|(_, message)| is_join(message));
            about_a_name.is_some_and(|(one, _)| {
                let known = known.entry(one.conversation);
                *known.or_insert_with(|| may_be_refused(one))
            })
        };
        findings.retain(|one| !is_silence(one.kind) || !is_refused(one));
    }

    /// By name, when somebody was in the chat who bore it, where nobody else may and no words say so.
    fn bearers(&self, dialect: &Dialect) -> FxHashMap<Vec<u8>, Spans> {
        let mut bearers: FxHashMap<Vec<u8>, Vec<_>> = FxHashMap::default();
        if dialect.refuses(Reason::NameInUse) || !dialect.names.unique {
            return FxHashMap::default();
        }
        for one in self.all {
            let mut messages = one.dialogue.messages.iter();
            let welcome = messages.find(|said| said.kind.is(NoticeKind::Welcome));
            let left = one.connection.ends.map_or(u64::MAX, |[_, end]| end);
            if let (Some(nick), Some(welcome)) = (&one.dialogue.nick, welcome) {
                let of_name = bearers.entry(dialect.names.folded(nick).into_owned());
                let span = (one.conversation, welcome.first_frame(), left);
                of_name.or_default().push(span);
            }
        }
        let bearers = bearers.into_iter();
        bearers
            .map(|(name, spans)| (name, Spans::of(spans.into_iter())))
            .collect()
    }

    /// What a server hands on from who said it where the capture does not show it may be as it came.
    fn doubt_copies(&self, findings: &mut [Finding]) {
        let is_form = |kind| {
            matches!(
                kind,
                FindingKind::SurplusTerminator | FindingKind::WrongEncoding
            )
        };
        let by_server = |one: &&mut Finding| is_form(one.kind) && one.by == Direction::ToClient;
        for finding in findings.iter_mut().filter(by_server) {
            let is_copy = |(one, message)| self.may_be_a_copy(one, message);
            if self.about(finding).any(is_copy) {
                finding.severity = Severity::Remark;
            }
        }
    }

    /// Nor can be said of bytes that nothing explains that they are not the rest of such a text, where nothing parts messages.
    fn doubt_rests(&self, findings: &mut [Finding]) {
        let is_odd = |one: &&mut Finding| {
            one.kind == FindingKind::Unrecognised && one.by == Direction::ToClient
        };
        for finding in findings.iter_mut().filter(is_odd) {
            let Some((one, odd)) = self.about(finding).next() else {
                continue;
            };
            let before = finding.messages.first().copied().unwrap_or_default();
            let mut before = one.dialogue.messages[..before].iter().rev();
            let front = before.find(|message| message.direction == Direction::ToClient);
            let is_text = |message: &&Message| {
                message.range.end == odd.range.start && message.fields.get("text").is_some()
            };
            let front = front.filter(is_text);
            if front.is_some_and(|message| self.may_be_a_copy(one, message)) {
                finding.severity = Severity::Remark;
            }
        }
    }

    /// Whether somebody may have said what stands in the holes of a server's message, and the capture does not show all that they
    /// said.
    fn may_be_a_copy(&self, told: &Judged<'_>, message: &Message) -> bool {
        let fields = &message.fields;
        if fields.is_empty() {
            return false;
        }
        let shown = &self.shown_until;
        let until = match fields.get("from").or(fields.get("nick")) {
            Some(name) => shown.get(without_line_ends(name).as_slice()).copied(),
            None if message.kind.is(NoticeKind::Listing) => shown.values().min().copied(),
            None => Some(shown_until(told)),
        };
        until.is_none_or(|until| until < message.first_frame())
    }
}
