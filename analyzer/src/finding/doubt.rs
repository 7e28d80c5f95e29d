//! What is taken back, or said less surely: a server is not to blame for what clients sent, nor for what a capture does not show.

use protocol::Dialect;
use protocol::framing::Framing;
use protocol::message::{CommandKind, Direction, NoticeKind, Phase, Reason};
use rustc_hash::FxHashMap;

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
    /// By name, whether the capture shows all that was said under it.
    is_shown: FxHashMap<&'a [u8], bool>,
}

/// Whether the capture shows all that was said in a conversation.
fn is_shown(one: &Judged<'_>) -> bool {
    one.began && !one.has_holes
}

impl<'a> Everybody<'a> {
    fn of(judged: &'a [Judged<'a>]) -> Self {
        let mut everybody = Self {
            all: judged,
            by_id: judged.iter().map(|one| (one.conversation, one)).collect(),
            is_shown: FxHashMap::default(),
        };
        for one in judged {
            let nick = one.dialogue.nick.as_deref().unwrap_or_default();
            *everybody.is_shown.entry(nick).or_insert(true) &= is_shown(one);
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
        let sent: Vec<&[u8]> = findings
            .iter()
            .filter(|one| is_odd(one) && one.by == Direction::ToServer)
            .filter_map(|one| self.about(one).next())
            .map(|(one, message)| {
                let text = message.fields.get("text");
                text.unwrap_or_else(|| one.text(message)).trim_ascii()
            })
            .filter(|text| !text.is_empty())
            .collect();
        let is_copy = |finding: &Finding| {
            let Some((one, message)) = self.about(finding).next() else {
                return false;
            };
            let text = one.text(message);
            sent.iter().any(|copied| {
                let Some(at) = memchr::memmem::find(text, copied) else {
                    return false;
                };
                let (before, behind) = (&text[..at], &text[at + copied.len()..]);
                [before, behind]
                    .iter()
                    .all(|own| std::str::from_utf8(own).is_ok())
            })
        };
        findings.retain(|one| !is_odd(one) || one.by == Direction::ToServer || !is_copy(one));
    }

    /// Nor is one that says nothing to a name that it may refuse and the dialect has no words to refuse: it closes, or asks again.
    fn take_back_refused_names(&self, dialect: &Dialect, findings: &mut Vec<Finding>) {
        let is_silence = |kind| matches!(kind, FindingKind::NoReply | FindingKind::NoReplySeen);
        let is_join = |message: &Message| message.kind == MessageKind::Request(CommandKind::Join);
        let is_refused = |finding: &Finding| {
            let about_a_name = self.about(finding).find(|(_, message)| is_join(message));
            about_a_name.is_some_and(|(one, _)| {
                let mut names = one.dialogue.messages.iter().filter(|one| is_join(one));
                names.any(|join| {
                    let refusal = self.refusal(dialect, one, join);
                    refusal.is_some_and(|reason| !dialect.refuses(reason))
                })
            })
        };
        findings.retain(|one| !is_silence(one.kind) || !is_refused(one));
    }

    /// Why a server may refuse a name.
    fn refusal(&self, dialect: &Dialect, one: &Judged<'_>, join: &Message) -> Option<Reason> {
        let names = &dialect.names;
        let name = match names.judge(join.fields.get("nick")?, false) {
            Ok(name) => name,
            Err(reason) => return Some(reason),
        };
        let has_it = |other: &&Judged<'_>| {
            let nick = other.dialogue.nick.as_deref();
            let welcomed = |said: &Message| said.kind.is(NoticeKind::Welcome);
            let welcome = other.dialogue.messages.iter().find(|said| welcomed(said));
            let left = other.connection.ends.map_or(u64::MAX, |[_, end]| end);
            other.conversation != one.conversation
                && nick.is_some_and(|nick| names.are_same(nick, name))
                && welcome.is_some_and(|said| said.first_frame() < join.last_frame())
                && join.first_frame() < left
        };
        let words_for_it = dialect.refuses(Reason::NameInUse);
        let is_in_use = !words_for_it && names.unique && self.all.iter().any(|one| has_it(&one));
        is_in_use.then_some(Reason::NameInUse)
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
        match fields.get("from").or(fields.get("nick")) {
            Some(name) => {
                let is_shown = self.is_shown.get(without_line_ends(name).as_slice());
                is_shown.is_none_or(|is_shown| !is_shown)
            }
            None if message.kind.is(NoticeKind::Listing) => {
                self.is_shown.values().any(|is_shown| !is_shown)
            }
            None => !is_shown(told),
        }
    }
}
