//! Across clients: what one says, the others hear.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeSet, VecDeque};

use protocol::Dialect;
use protocol::message::{CommandKind, Direction, NoticeKind, ReplyKind};
use rustc_hash::{FxHashMap, FxHashSet};

use super::doubt::shown_until;
use super::spans::Spans;
use super::{Finding, FindingKind, Judged, Severity, unsent, without_line_ends};
use crate::conversation::ConversationId;
use crate::dissect::{Message, MessageKind, Shape, Waiting, answers};

/// Most pairs of messages that are compared; a capture with more is not judged across clients.
const MOST: usize = 1 << 22;

/// Most bytes that are searched for texts that came twice.
const MOST_BYTES: usize = 1 << 30;

/// A server that says nothing to a client for so long, and prompts others, has forgotten this one; in nanoseconds.
const SILENCE: i64 = 5_000_000_000;

pub(super) fn judge(dialect: &Dialect, judged: &[Judged<'_>], findings: &mut Vec<Finding>) {
    never_prompted(judged, findings);
    let never_sent = unsent::judge(dialect, judged, findings);
    if !dialect.broadcasts() {
        return;
    }
    let said = spoken(judged, |kind| {
        kind == MessageKind::Request(CommandKind::Say)
    });
    let heard = spoken(judged, |kind| kind.is(NoticeKind::Delivered));
    if said.len().saturating_mul(heard.len()) > MOST {
        return;
    }
    undelivered(dialect, &said, &heard, judged, findings);
    doubled(dialect, &heard, judged, findings);
    let others: BTreeSet<_> = spoken(judged, is_no_saying)
        .into_iter()
        .map(|other| other.whole)
        .collect();
    let sources = Sources::of(&said);
    for hearing in &heard {
        if never_sent.contains(&(hearing.judged.conversation, hearing.at)) {
            continue;
        }
        if !sources.has_one_of(hearing) && !others.contains(&hearing.whole) {
            let mut finding = hearing.judged.finding(
                FindingKind::DeliveredUnsaid,
                Severity::Remark,
                &[hearing.at],
            );
            finding.rule = Some("broadcast");
            findings.push(finding);
        }
    }
}

/// What a client sends that is no text by the dialect, though a server may deliver it as one.
fn is_no_saying(kind: MessageKind) -> bool {
    matches!(
        kind,
        MessageKind::UnknownRequest | MessageKind::Malformed(_)
    )
}

/// Clients that waited and were told nothing, where others are greeted or asked for their name.
fn never_prompted(judged: &[Judged<'_>], findings: &mut Vec<Finding>) {
    let is_prompt = |message: &Message| {
        message.kind.is(NoticeKind::Prompt) || message.kind.is(NoticeKind::Greeting)
    };
    let begins_so = |one: &Judged<'_>| one.dialogue.messages.first().is_some_and(is_prompt);
    if !judged.iter().any(begins_so) {
        return;
    }
    for one in judged.iter().filter(|one| one.is_whole) {
        let waited = one.connection.lasted.is_some_and(|time| time >= SILENCE);
        let Some(ends) = one.connection.ends.filter(|_| waited) else {
            continue;
        };
        if one.dialogue.messages.is_empty() {
            let mut finding = one.finding(FindingKind::NeverPrompted, Severity::Warning, &[]);
            finding.by = Direction::ToClient;
            finding.frames = ends.to_vec();
            finding.rule = Some("prompt");
            findings.push(finding);
        }
    }
}

/// Texts that do not reach everyone who is there: who joined before, and to whom the server went on talking after it was done with the text.
fn undelivered(
    dialect: &Dialect,
    said: &[Spoken<'_>],
    heard: &[Spoken<'_>],
    judged: &[Judged<'_>],
    findings: &mut Vec<Finding>,
) {
    let missed = missed(dialect, said, heard, judged);
    for (at, saying) in said.iter().enumerate() {
        if missed.contains(&at) {
            // Where the capture lacks bytes of its sender, it may be part of a text.
            let severity = match saying.judged.has_holes {
                true => Severity::Remark,
                false => Severity::Fault,
            };
            let mut finding =
                saying
                    .judged
                    .finding(FindingKind::NotDelivered, severity, &[saying.at]);
            finding.rule = Some("broadcast");
            finding.by = Direction::ToClient;
            findings.push(finding);
        }
    }
}

/// The texts that the server took and that somebody who is there does not get, as their places.
fn missed(
    dialect: &Dialect,
    said: &[Spoken<'_>],
    heard: &[Spoken<'_>],
    judged: &[Judged<'_>],
) -> FxHashSet<usize> {
    let mut got: FxHashMap<ConversationId, Copies<'_>> = FxHashMap::default();
    for hearing in heard {
        got.entry(hearing.judged.conversation)
            .or_default()
            .add(hearing);
    }
    let mut taken: FxHashMap<ConversationId, FxHashMap<usize, u64>> = FxHashMap::default();
    let mut done = |saying: &Spoken<'_>| {
        let of_one = taken.entry(saying.judged.conversation);
        let of_one = of_one.or_insert_with(|| match dialect.echoes() {
            true => texts_copied(saying.judged),
            false => texts_taken(&saying.judged.dialogue.messages),
        });
        of_one.get(&saying.at).copied()
    };
    let sayings = said.iter().enumerate();
    let mut sayings: Vec<_> = sayings
        .filter_map(|(at, saying)| Some((at, done(saying)?)))
        .collect();
    sayings.sort_by_key(|(at, _)| said[*at].message.last_frame());
    let mut coming: Vec<_> = judged.iter().filter_map(Presence::of).collect();
    coming.sort_by_key(|one| Reverse(one.welcomed));
    let mut there: Vec<Presence> = Vec::new();
    let mut missed = FxHashSet::default();
    for (at, done) in sayings {
        let saying = &said[at];
        let frame = saying.message.last_frame();
        while let Some(one) = coming.pop_if(|one| one.welcomed < frame) {
            there.push(one);
        }
        there.retain(|one| frame < one.heard);
        let misses = |one: &Presence| {
            one.conversation != saying.judged.conversation
                && done < one.heard
                && !got
                    .get(&one.conversation)
                    .is_some_and(|copies| copies.have(saying))
        };
        if there.iter().any(misses) {
            missed.insert(at);
        }
    }
    missed
}

/// Texts that reach somebody more often than their author sent them, whatever the author's bytes are read as: told where the capture
/// shows all of the author's, in every connection under that name, and while one of these lasts. Where several may bear one name,
/// another may be out of its sight.
fn doubled(
    dialect: &Dialect,
    heard: &[Spoken<'_>],
    judged: &[Judged<'_>],
    findings: &mut Vec<Finding>,
) {
    let mut authors: FxHashMap<&[u8], Vec<&Judged<'_>>> = FxHashMap::default();
    for one in judged {
        if let Some(nick) = &one.dialogue.nick {
            authors.entry(nick).or_default().push(one);
        }
    }
    let authors: FxHashMap<&[u8], Author<'_>> = authors
        .into_iter()
        .map(|(nick, connections)| (nick, Author::of(connections)))
        .collect();
    let mut copies: FxHashMap<_, Vec<&Spoken<'_>>> = FxHashMap::default();
    for hearing in heard.iter().filter(|hearing| !hearing.text.is_empty()) {
        let frame = hearing.message.first_frame();
        let author = authors.get(hearing.who);
        if author.is_some_and(|author| author.is_there(frame)) {
            let key = (hearing.judged.conversation, hearing.who, hearing.text);
            copies.entry(key).or_default().push(hearing);
        }
    }
    let mut left = MOST_BYTES;
    let mut surplus = Vec::new();
    for ((_, who, text), copies) in copies {
        let Some(author) = authors.get(who).filter(|_| copies.len() > 1) else {
            continue;
        };
        let last = copies.last().map_or(0, |copy| copy.message.first_frame());
        if author.bytes > left || author.shown_until <= last {
            continue;
        }
        left -= author.bytes;
        let sent = author.connections.iter().map(|one| {
            let bytes = &one.streams[Direction::ToServer as usize].bytes;
            memchr::memmem::find_iter(bytes, text).count()
        });
        let sent = sent.sum::<usize>();
        // What nobody sent so was changed on its way, and nothing says how often it was sent.
        surplus.extend(copies.into_iter().skip(sent).filter(|_| sent > 0));
    }
    surplus.sort_by_key(|hearing| (hearing.judged.conversation, hearing.at));
    let severity = match dialect.names.unique {
        true => Severity::Fault,
        false => Severity::Remark,
    };
    for hearing in surplus {
        let kind = FindingKind::DeliveredTwice;
        let mut finding = hearing.judged.finding(kind, severity, &[hearing.at]);
        finding.rule = Some("broadcast");
        findings.push(finding);
    }
}

/// All that the capture shows of who bears one name.
struct Author<'a> {
    connections: Vec<&'a Judged<'a>>,
    /// From the first message of each connection until somebody closes it.
    spans: Spans,
    /// The frame up to which the capture shows all that was said under the name.
    shown_until: u64,
    /// How much that is, in bytes.
    bytes: usize,
}

impl<'a> Author<'a> {
    fn of(connections: Vec<&'a Judged<'a>>) -> Self {
        let spans = connections.iter().filter_map(|one| {
            let begin = one.dialogue.messages.first()?.first_frame();
            let closed = one.connection.closed_first;
            Some((
                one.conversation,
                begin,
                closed.map_or(u64::MAX, |(_, closed)| closed),
            ))
        });
        let bytes = connections
            .iter()
            .map(|one| one.streams[Direction::ToServer as usize].bytes.len());
        let shown_until = connections.iter().map(|one| shown_until(one));
        Self {
            spans: Spans::of(spans),
            shown_until: shown_until.min().unwrap_or_default(),
            bytes: bytes.sum(),
            connections,
        }
    }

    /// Whether one of the connections has begun when a message comes to somebody else, and nobody has closed it.
    fn is_there(&self, frame: u64) -> bool {
        self.spans.any(frame, frame.saturating_sub(1), None)
    }
}

/// How long a client is a member who hears from the server.
struct Presence {
    conversation: ConversationId,
    /// The last frame of its welcome.
    welcomed: u64,
    /// The frame of the last message that shows that its connection still worked.
    heard: u64,
}

impl Presence {
    /// From its welcome until it leaves. Whom the server shuts out may have been out since its last request.
    fn of(judged: &Judged<'_>) -> Option<Self> {
        if judged.has_holes {
            return None;
        }
        let messages = &judged.dialogue.messages;
        let welcome = messages.iter().find(|one| one.kind.is(NoticeKind::Welcome));
        let quit = messages
            .iter()
            .find(|one| one.kind == MessageKind::Request(CommandKind::Quit));
        let until = quit.map_or(u64::MAX, Message::first_frame);
        let until = match judged.connection.closed_first {
            Some((Direction::ToServer, frame)) => until.min(frame),
            Some((Direction::ToClient, frame)) => {
                until.min(last_request(messages).unwrap_or(frame))
            }
            None => until,
        };
        // What the server says before the client quits shows that the connection still worked, unless it may be half of the copy.
        let is_half =
            |one: &Message| one.kind == MessageKind::Unrecognised && judged.may_be_part(one);
        let heard = messages.iter().filter(|one| {
            one.direction == Direction::ToClient && one.first_frame() < until && !is_half(one)
        });
        Some(Self {
            conversation: judged.conversation,
            welcomed: welcome?.last_frame(),
            heard: heard.map(Message::first_frame).max()?,
        })
    }
}

/// Where the sender gets a copy, too: the places of the texts of which it got one, each with the frame in which the server was done with it.
/// That shows the copy of a later one, since a server reads one connection in order.
fn texts_copied(one: &Judged<'_>) -> FxHashMap<usize, u64> {
    let own = one.dialogue.nick.as_deref();
    let mut waiting: FxHashMap<&[u8], VecDeque<usize>> = FxHashMap::default();
    let mut copied = Vec::new();
    for (at, message) in one.dialogue.messages.iter().enumerate() {
        let text = message.fields.get("text").unwrap_or_default();
        let text = text.trim_ascii();
        if message.kind == MessageKind::Request(CommandKind::Say) {
            waiting.entry(text).or_default().push_back(at);
        } else if message.kind.is(NoticeKind::Delivered)
            && own.is_some()
            && message.fields.get("from") == own
            && let Some(said) = waiting.get_mut(text).and_then(VecDeque::pop_front)
        {
            copied.push((said, message.last_frame()));
        }
    }
    copied.sort_unstable();
    let behind = copied.iter().skip(1);
    let pairs = copied.iter().zip(behind);
    pairs
        .map(|((said, copy), (_, next))| (*said, *copy.max(next)))
        .collect()
}

/// The places of the texts of a client that the server took, each with its frame: what was refused need not be delivered.
fn texts_taken(messages: &[Message]) -> FxHashMap<usize, u64> {
    let mut waiting = Waiting::default();
    let mut taken = FxHashMap::default();
    for (at, message) in messages.iter().enumerate() {
        let MessageKind::Reply(reply) = message.kind else {
            waiting.add(at, message.kind);
            continue;
        };
        let answered = waiting.first_that(|asked| answers(asked, reply));
        let answered = answered.or_else(|| {
            let (first, _) = waiting.first()?;
            matches!(reply, ReplyKind::Refused(_)).then_some(first)
        });
        let Some(answered) = answered else {
            continue;
        };
        while waiting.remove_before(answered + 1).is_some() {}
        if message.kind.is(NoticeKind::Said) {
            taken.insert(answered, messages[answered].last_frame());
        }
    }
    taken
}

/// The frame of the last request; of one that has no end, that in which it began.
fn last_request(messages: &[Message]) -> Option<u64> {
    let requests = messages.iter().rev();
    let mut requests = requests
        .filter(|one| one.direction == Direction::ToServer)
        .peekable();
    let mut last = requests.next()?;
    while last.shape == Shape::NoTerminator
        && let Some(before) = requests.next_if(|one| one.shape == Shape::NoTerminator)
    {
        last = before;
    }
    Some(last.first_frame())
}

/// A public message, on its way to the server or from it.
struct Spoken<'a> {
    judged: &'a Judged<'a>,
    at: usize,
    message: &'a Message,
    who: &'a [u8],
    text: &'a [u8],
    /// All of its bytes but line terminators: a server may copy a text whole, whatever its client put into it.
    whole: Vec<u8>,
}

impl Spoken<'_> {
    /// Whether it has several lines, which may have been sent by themselves.
    fn has_lines(&self) -> bool {
        self.text.iter().any(|byte| matches!(byte, b'\r' | b'\n'))
    }

    /// What makes another message its copy, or it the copy of another.
    fn contents(&self) -> impl Iterator<Item = Content<'_>> {
        let text = Content::Text(Cow::Borrowed(self.text.trim_ascii()));
        [text, Content::Whole(&self.whole)].into_iter()
    }

    /// The same of what a client said, as a server may deliver it: bytes that are no UTF-8 as U+FFFD.
    fn contents_delivered(&self) -> impl Iterator<Item = Content<'_>> {
        let text = self.text.trim_ascii();
        let repaired = match String::from_utf8_lossy(text) {
            Cow::Owned(repaired) => Some(Content::Text(Cow::Owned(repaired.into_bytes()))),
            Cow::Borrowed(_) => None,
        };
        self.contents().chain(repaired)
    }

    /// Whether it may be one of the lines of another, where what was sent at once was delivered as one text.
    fn is_line_of(&self, heard: &Spoken<'_>) -> bool {
        let mut lines = heard.text.split(|byte| matches!(byte, b'\r' | b'\n'));
        let said = self.text.trim_ascii();
        !said.is_empty()
            && (self.who.is_empty() || heard.who.is_empty() || self.who == heard.who)
            && self.message.first_frame() <= heard.message.last_frame()
            && lines.any(|line| line.trim_ascii().ends_with(said))
    }
}

/// What a server hands on: a text without blanks at its ends, or all of a message.
#[derive(PartialEq, Eq, Hash)]
enum Content<'a> {
    Text(Cow<'a, [u8]>),
    Whole(&'a [u8]),
}

/// A frame for each content and who it is from, and for each content from anybody.
type ByContent<'a> = FxHashMap<(Content<'a>, Option<&'a [u8]>), u64>;

/// Where contents from somebody are found whose name may not be known: nobody's may be anybody's.
fn names(who: &[u8]) -> [Option<&[u8]>; 2] {
    match who.is_empty() {
        true => [None; 2],
        false => [Some(who), Some(&[])],
    }
}

/// What was said, each with the frame in which it was said first.
struct Sources<'a> {
    said: &'a [Spoken<'a>],
    first: ByContent<'a>,
}

impl<'a> Sources<'a> {
    fn of(said: &'a [Spoken<'a>]) -> Self {
        let mut first = ByContent::default();
        for saying in said {
            let frame = saying.message.first_frame();
            for who in [Some(saying.who), None] {
                for content in saying.contents_delivered() {
                    let known = first.entry((content, who)).or_insert(frame);
                    *known = frame.min(*known);
                }
            }
        }
        Self { said, first }
    }

    /// Whether one of them may be this message, delivered.
    fn has_one_of(&self, heard: &Spoken<'_>) -> bool {
        let frame = heard.message.last_frame();
        let is_said = |content, who| {
            let first = self.first.get(&(content, who));
            first.is_some_and(|first| *first <= frame)
        };
        let names = names(heard.who);
        let mut contents = names
            .into_iter()
            .flat_map(|who| heard.contents().map(move |content| (content, who)));
        contents.any(|(content, who)| is_said(content, who))
            || heard.has_lines() && self.said.iter().any(|saying| saying.is_line_of(heard))
    }
}

/// What somebody heard, each with the frame in which it was heard last.
#[derive(Default)]
struct Copies<'a> {
    last: ByContent<'a>,
    with_lines: Vec<&'a Spoken<'a>>,
}

impl<'a> Copies<'a> {
    fn add(&mut self, heard: &'a Spoken<'a>) {
        let frame = heard.message.last_frame();
        for who in [Some(heard.who), None] {
            for content in heard.contents() {
                let known = self.last.entry((content, who)).or_insert(frame);
                *known = frame.max(*known);
            }
        }
        self.with_lines
            .extend(Some(heard).filter(|heard| heard.has_lines()));
    }

    /// Whether one of them may be this message, delivered.
    fn have(&self, said: &Spoken<'_>) -> bool {
        let frame = said.message.first_frame();
        let is_heard = |content, who| {
            let last = self.last.get(&(content, who));
            last.is_some_and(|last| frame <= *last)
        };
        let mut contents = names(said.who)
            .into_iter()
            .flat_map(|who| said.contents_delivered().map(move |content| (content, who)));
        contents.any(|(content, who)| is_heard(content, who))
            || self.with_lines.iter().any(|heard| said.is_line_of(heard))
    }
}

fn spoken<'a>(judged: &'a [Judged<'a>], is: impl Fn(MessageKind) -> bool) -> Vec<Spoken<'a>> {
    let mut all = Vec::new();
    for one in judged {
        for (at, message) in one.dialogue.messages.iter().enumerate() {
            if !is(message.kind) {
                continue;
            }
            let own = one.dialogue.nick.as_deref().unwrap_or_default();
            let who = match message.direction {
                Direction::ToServer => own,
                Direction::ToClient => message.fields.get("from").unwrap_or_default(),
            };
            let text = message.fields.get("text").unwrap_or_default();
            all.push(Spoken {
                judged: one,
                at,
                message,
                who,
                text,
                whole: without_line_ends(one.text(message)),
            });
        }
    }
    all
}
