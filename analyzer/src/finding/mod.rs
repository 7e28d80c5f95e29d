//! What was not as the dialect says: for each message by itself, for the dialogue of each client, and across clients.
//!
//! Each finding names its frames and the passage of the document that it is about. Knows no language and no layout.

mod across;
mod dialogue;
mod doubt;
mod single;
mod spans;
mod unsent;

use std::collections::BTreeSet;

pub use doubt::is_raw;
use protocol::Dialect;
use protocol::framing::Framing;
use protocol::message::{CommandKind, Direction, NoticeKind, Reason, ReplyKind};

use crate::capture::Time;
use crate::conversation::ConversationId;
use crate::dissect::{Dialogue, Message, MessageKind, ONE_WRITE};
use crate::stream::Stream;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; not against the protocol, or not decidable from this capture.
    Remark,
    /// Right, but not to the letter; or against good practice.
    Warning,
    /// Against the protocol.
    Fault,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FindingKind {
    /// Bytes that are no message of the dialect.
    Unrecognised,
    /// A form that is tolerated: the document writes it otherwise.
    Tolerated,
    /// A line terminator where the dialect has none.
    SurplusTerminator,
    /// No line terminator where the dialect demands one.
    MissingTerminator,
    /// A header that is no length, or a message that was cut short.
    BrokenFrame,
    /// Text that is not in the dialect's encoding.
    WrongEncoding,
    /// Text beyond ASCII in a dialect whose document speaks of ASCII.
    BeyondAscii,
    /// A content longer than the dialect's limit.
    TooLong,
    /// A command of members, sent before joining.
    BeforeJoining,
    /// A request after the client had said that it leaves.
    AfterQuit,
    /// A request that nothing answered.
    NoReply,
    /// A request that nothing answered as far as this capture goes.
    NoReplySeen,
    /// A reply to nothing.
    UnaskedReply,
    /// A reply of another kind than the request asks for.
    WrongReply,
    /// A message that was delivered to its own sender, where the document says otherwise.
    Echoed,
    /// A list that lacks the name of the one who asked for it.
    ListLacksSelf,
    /// A delivered text that nobody sent in this capture.
    DeliveredUnsaid,
    /// A text that its author never sent, nor the client that it is echoed to.
    NeverSent,
    /// A text that reaches a member more often than it was sent.
    DeliveredTwice,
    /// A text that does not reach a member who is there.
    NotDelivered,
    /// What a client sends behind its own FIN: nobody reads it, so that it may be in no message.
    AfterClosing,
    /// A request without its reply, sent before the one in front of it was answered, where nothing parts messages: the
    /// server may have read both as one.
    Hasty,
    /// A client that connected and waited, and to whom the server never said what it says first to others.
    NeverPrompted,
}

/// One finding. See the module's documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// How much it weighs.
    pub severity: Severity,
    /// In which conversation.
    pub conversation: ConversationId,
    /// Whose doing it is.
    pub by: Direction,
    /// The messages that it is about, as places in the dialogue. Of a habit, each is a case of it; of a pair, the last is
    /// the one to blame.
    pub messages: Vec<usize>,
    /// The frames of those messages, each once, in order.
    pub frames: Vec<u64>,
    /// The rule of the dialect that it is about, if there is one.
    pub rule: Option<&'static str>,
}

/// One client's conversation, as it is judged.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// Which one.
    pub conversation: ConversationId,
    /// What was said in it.
    pub dialogue: &'a Dialogue,
    /// The bytes of each direction: to the server, to the client.
    pub streams: [&'a Stream; 2],
    /// Whether the capture holds all bytes from the beginning of the connection to its end.
    pub is_whole: bool,
    /// Whether the capture holds the beginning of the connection.
    pub began: bool,
    /// Whether the capture holds the end of each direction: to the server, to the client.
    pub ended: [bool; 2],
    /// The latest time of any frame in the capture.
    pub latest: Option<Time>,
    /// Whether the capture lacks bytes among those that it holds: any message may be among them.
    pub has_holes: bool,
    /// What its connection tells.
    pub connection: &'a Connection,
}

/// What TCP tells about a conversation, as far as it bears on what was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// Frames with data of the client behind its own FIN.
    pub late: BTreeSet<u64>,
    /// The client reset it: what the server still had to say has no way.
    pub reset_by_client: bool,
    /// Who was the first to close it, as the direction that it closed, and in which frame.
    pub closed_first: Option<(Direction, u64)>,
    /// The frame that opened it and the first that closed it, both seen and in order.
    pub ends: Option<[u64; 2]>,
    /// The time between those two frames, in nanoseconds.
    pub lasted: Option<i64>,
}

impl Judged<'_> {
    /// Whether the capture may hold a message only in part: it lacks bytes in it or beside it, and nothing is known before
    /// the first bytes, or behind the last.
    fn may_be_part(&self, message: &Message) -> bool {
        let stream = self.streams[message.direction as usize];
        if stream.has_gap(message.range.start..=message.range.end) {
            return true;
        }
        let is_first = message.range.start == 0;
        let is_last = message.range.end == stream.bytes.len();
        let just_now = match (message.time, self.latest) {
            (Some(then), Some(now)) => now.saturating_sub(then) < ONE_WRITE,
            _ => true,
        };
        (is_first && !self.began)
            || (is_last && !self.ended[message.direction as usize] && just_now)
    }

    fn text(&self, message: &Message) -> &[u8] {
        message.text(self.streams[message.direction as usize])
    }

    /// The last message of each direction in front of each message.
    fn fronts(&self) -> impl Iterator<Item = [Option<&Message>; 2]> {
        let mut last = [None; 2];
        let messages = self.dialogue.messages.iter();
        messages.map(move |message| {
            let front = last;
            last[message.direction as usize] = Some(message);
            front
        })
    }

    fn finding(&self, kind: FindingKind, severity: Severity, messages: &[usize]) -> Finding {
        let all = &self.dialogue.messages;
        let named = || messages.iter().filter_map(|at| all.get(*at));
        let mut frames: Vec<u64> = named().flat_map(|message| message.frames.clone()).collect();
        frames.sort_unstable();
        frames.dedup();
        let last = named().next_back();
        Finding {
            kind,
            severity,
            conversation: self.conversation,
            by: last.map_or(Direction::ToServer, |message| message.direction),
            messages: messages.to_vec(),
            frames,
            rule: last.and_then(|message| rule_of(message.kind)),
        }
    }
}

/// Whether a message that nothing explains may be the rest of the one in front of it, of the same direction: where all frames have
/// one size, what is longer goes on in the next.
fn is_rest_of_a_frame(dialect: &Dialect, front: Option<&Message>, rest: &Message) -> bool {
    let Framing::Fixed { size, .. } = *dialect.framing(rest.direction, rest.phase) else {
        return false;
    };
    let goes_on = |one: &Message| one.range.end == rest.range.start && one.content.len() == size;
    rest.kind == MessageKind::Unrecognised && front.is_some_and(goes_on)
}

/// All findings, in the order of their frames.
#[must_use]
pub fn findings(dialect: &Dialect, judged: &[Judged<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for one in judged {
        single::judge(dialect, one, &mut findings);
        dialogue::judge(dialect, one, &mut findings);
    }
    across::judge(dialect, judged, &mut findings);
    doubt::weigh(dialect, judged, &mut findings);
    for finding in &mut findings {
        finding.rule = finding.rule.filter(|id| dialect.rule(id).is_some());
    }
    let mut findings = gathered(findings);
    findings.sort_by(|a, b| a.frames.cmp(&b.frames));
    findings
}

/// Bytes without their line terminators, and without blanks at their ends.
fn without_line_ends(bytes: &[u8]) -> Vec<u8> {
    let is_terminator = |byte: &u8| matches!(byte, b'\r' | b'\n' | 0);
    let kept: Vec<u8> = bytes
        .iter()
        .copied()
        .filter(|byte| !is_terminator(byte))
        .collect();
    kept.trim_ascii().to_vec()
}

/// A habit is one finding, however often it shows.
fn gathered(findings: Vec<Finding>) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    let mut places = rustc_hash::FxHashMap::default();
    for finding in findings {
        if !finding.kind.is_habit() {
            all.push(finding);
            continue;
        }
        let key = (
            finding.kind,
            finding.severity,
            finding.conversation,
            finding.by,
            finding.rule,
        );
        let place = *places.entry(key).or_insert(all.len());
        match all.get_mut(place) {
            Some(known) => {
                known.messages.extend(finding.messages);
                known.frames.extend(finding.frames);
            }
            None => all.push(finding),
        }
    }
    for finding in &mut all {
        finding.frames.sort_unstable();
        finding.frames.dedup();
    }
    all
}

impl FindingKind {
    /// Whether each of its cases is about one message, so that many of them are told as one.
    #[must_use]
    pub fn is_habit(self) -> bool {
        !matches!(
            self,
            FindingKind::AfterQuit
                | FindingKind::WrongReply
                | FindingKind::Unrecognised
                | FindingKind::NeverPrompted
        )
    }
}

/// Whether a client gives a name of several words, which the dialect's messages have no room for.
fn has_blank_name(dialect: &Dialect, message: &Message) -> bool {
    let name = message.fields.get("nick").unwrap_or_default();
    message.kind == MessageKind::Request(CommandKind::Join)
        && !dialect.names.blanks
        && name.trim_ascii().contains(&b' ')
}

/// The rule that a message is about; of a request, the rule about its reply.
#[must_use]
pub fn rule_of(kind: MessageKind) -> Option<&'static str> {
    Some(match kind {
        MessageKind::Request(command) => rule_of_command(command),
        MessageKind::Malformed(_) => "malformed",
        MessageKind::UnknownRequest => "unknown-command",
        MessageKind::Reply(ReplyKind::Notice(notice)) => rule_of_notice(notice)?,
        MessageKind::Reply(ReplyKind::Refused(reason)) => rule_of_refusal(reason)?,
        MessageKind::Unrecognised => return None,
    })
}

/// The rule about the reply to a request.
fn rule_of_command(kind: CommandKind) -> &'static str {
    match kind {
        CommandKind::Join => "welcome",
        CommandKind::Say => "acknowledgement",
        CommandKind::Tell => "private",
        CommandKind::List => "list",
        CommandKind::Quit => "quit",
    }
}

fn rule_of_notice(kind: NoticeKind) -> Option<&'static str> {
    Some(match kind {
        NoticeKind::Prompt => "prompt",
        NoticeKind::Greeting => "joining",
        NoticeKind::Welcome => "welcome",
        NoticeKind::Joined | NoticeKind::Left | NoticeKind::Lost | NoticeKind::Present => "notices",
        NoticeKind::Said => "acknowledgement",
        NoticeKind::Delivered => "broadcast",
        NoticeKind::Told | NoticeKind::Whispered => "private",
        NoticeKind::Listing => "list",
        NoticeKind::Bye => "quit",
        NoticeKind::Ready => return None,
    })
}

fn rule_of_refusal(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::NameInUse => "name-in-use",
        Reason::NameBlank => "name-blank",
        Reason::NameInvalid => "name-rules",
        Reason::UnknownCommand => "unknown-command",
        Reason::Malformed => "malformed",
        Reason::NoRecipient => "no-recipient",
        Reason::ToSelf => "private",
        Reason::TooLong => "size",
        Reason::BadHeader => "header",
        Reason::NotJoined => return None,
    })
}

#[cfg(test)]
mod tests;
