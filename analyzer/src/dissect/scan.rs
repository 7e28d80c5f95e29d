//! The walk through both directions at once, segment by segment in the order of the capture.

use std::ops::Range;

use protocol::Dialect;
use protocol::framing::{Decoded, Framing};
use protocol::matching::Standing;
use protocol::message::{CommandKind, Direction, Fields, NoticeKind, Phase, Reason, ReplyKind};

use super::lexicon::Lexicon;
use super::message::{Message, MessageKind, Shape};
use super::{Dialogue, Said, Texts, Waiting};
use crate::capture::Time;
use crate::stream::{Piece, Stream};

/// The largest framed message that is looked for, in bytes: beyond any dialect's limit, which is judged elsewhere.
pub(crate) const LARGEST: usize = 1 << 20;

/// A segment at least this long may be full, and its message go on in the next; the smallest default MSS (RFC 9293 §3.7.1).
pub(super) const FULL_SEGMENT: usize = 536;

/// One write that TCP cut in two arrives within this time, retransmissions included, in nanoseconds; what comes later was
/// sent later.
pub(crate) const ONE_WRITE: i64 = 1_000_000_000;

/// A message as it was recognised, before its frames are looked up.
pub(super) struct Found {
    pub(super) kind: MessageKind,
    pub(super) fields: Fields,
    pub(super) range: Range<usize>,
    pub(super) content: Range<usize>,
    pub(super) standing: Standing,
    pub(super) shape: Shape,
}

/// The state of a dissection under way.
pub(super) struct Scan<'a> {
    pub(super) dialect: &'a Dialect,
    pub(super) lexicon: &'a Lexicon<'a>,
    pub(super) texts: &'a Texts,
    said: Said<'a>,
    pub(super) phase: Phase,
    /// Where the next message of each direction begins.
    cursor: [usize; 2],
    /// Requests that nothing has answered yet, numbered one by one.
    pub(super) pending: Waiting<MessageKind>,
    /// Whether the server has asked for a name, or may have where nobody saw it.
    pub(super) prompted: bool,
    messages: Vec<Message>,
    /// The place of the last message of each direction.
    latest: [Option<usize>; 2],
    /// Of the messages behind which none began in an earlier frame: that frame, and how many requests there are up to there.
    begun: Vec<(u64, usize)>,
    /// How many requests there are.
    requests: usize,
    nick: Option<Vec<u8>>,
}

/// Bytes of one direction that may be cut into messages now.
#[derive(Clone, Copy)]
pub(super) struct Window<'a> {
    pub(super) direction: Direction,
    pub(super) stream: &'a Stream,
    /// Where the bytes end that were seen so far.
    pub(super) end: usize,
    /// Whether the same side goes on at once, with nothing missing in between.
    pub(super) goes_on: bool,
    /// The same, though the other side may say something meanwhile.
    pub(super) more_comes: bool,
    /// Length of the last segment in it.
    pub(super) last_segment: usize,
    /// When that segment was seen.
    pub(super) time: Option<Time>,
}

impl<'a> Window<'a> {
    pub(super) fn from(&self, start: usize) -> &'a [u8] {
        self.stream.bytes.get(start..self.end).unwrap_or_default()
    }

    /// Whether the last segment was so long that its message may go on in the next.
    pub(super) fn may_be_cut(&self) -> bool {
        self.goes_on && self.last_segment >= FULL_SEGMENT
    }

    /// Whether what this segment brings may be the rest of the same write as an earlier message.
    pub(super) fn may_belong_to(&self, earlier: &Message) -> bool {
        match (earlier.time, self.time) {
            (Some(then), Some(now)) => now.saturating_sub(then) < ONE_WRITE,
            _ => true,
        }
    }
}

impl<'a> Scan<'a> {
    pub(super) fn new(
        lexicon: &'a Lexicon<'a>,
        texts: &'a Texts,
        said: Said<'a>,
        phase: Phase,
    ) -> Self {
        Self {
            dialect: lexicon.dialect(),
            lexicon,
            texts,
            said,
            phase,
            cursor: [0; 2],
            pending: Waiting::default(),
            prompted: !said.from_start || !said.to_client.gaps.is_empty(),
            messages: Vec::new(),
            latest: [None; 2],
            begun: Vec::new(),
            requests: 0,
            nick: None,
        }
    }

    pub(super) fn run(mut self) -> Dialogue {
        let turns = turns(self.said);
        let next_of_same = next_of_same(&turns);
        for (at, (direction, piece)) in turns.iter().enumerate() {
            let stream = self.said.stream(*direction);
            let end = piece.offset + piece.length;
            let is_soon = |next: &Piece| match (piece.time, next.time) {
                (Some(now), Some(then)) => then.saturating_sub(now) < ONE_WRITE,
                _ => true,
            };
            let more_comes = next_of_same[at].is_some_and(|next| is_soon(&turns[next].1))
                && !stream.has_gap(end..=end);
            let goes_on = more_comes && next_of_same[at] == Some(at + 1);
            self.advance(Window {
                direction: *direction,
                stream,
                end,
                goes_on,
                more_comes,
                last_segment: piece.length,
                time: piece.time,
            });
        }
        for direction in [Direction::ToServer, Direction::ToClient] {
            self.finish(direction);
        }
        Dialogue {
            messages: in_order(self.messages),
            nick: self.nick,
        }
    }

    pub(super) fn stream(&self, direction: Direction) -> &'a Stream {
        self.said.stream(direction)
    }

    pub(super) fn start(&self, direction: Direction) -> usize {
        self.cursor[direction as usize]
    }

    fn advance(&mut self, window: Window<'a>) {
        match (
            self.dialect.framing(window.direction, self.phase),
            window.direction,
        ) {
            (Framing::Raw, Direction::ToServer) => self.raw_request(window),
            (Framing::Raw, Direction::ToClient) => self.raw_replies(window),
            (_, Direction::ToClient) if self.lexicon.by_content() => self.raw_replies(window),
            (framing, _) => self.framed(framing, window),
        }
    }

    /// Takes every whole message that a framing finds.
    fn framed(&mut self, framing: &Framing, window: Window<'a>) {
        loop {
            let start = self.start(window.direction);
            let bytes = window.from(start);
            match framing.decode(bytes, LARGEST) {
                _ if bytes.is_empty() => return,
                Decoded::Incomplete => return,
                Decoded::Message { content, len } => {
                    let header = framing.header_len().min(len);
                    let content = start + header..start + header + content.len();
                    self.take(window, start..start + len, content, Shape::Framed);
                }
                Decoded::Invalid(_) => {
                    self.take_unrecognised(window, start..window.end, Shape::Broken);
                    return;
                }
            }
            // A message may change the phase, and with it the framing.
            if self.dialect.framing(window.direction, self.phase) != framing {
                return self.advance(window);
            }
        }
    }

    /// Reads what a framing found as a message of its direction.
    fn take(
        &mut self,
        window: Window<'a>,
        range: Range<usize>,
        content: Range<usize>,
        shape: Shape,
    ) {
        let text = window.stream.bytes.get(content.clone()).unwrap_or_default();
        let found = match window.direction {
            Direction::ToServer => self.request(text, range, content, shape),
            Direction::ToClient => self.whole_reply(text, range, content, shape),
        };
        self.push(window.direction, found);
    }

    /// What is left when no more comes: messages without the end that their framing demands.
    fn finish(&mut self, direction: Direction) {
        let stream = self.said.stream(direction);
        let start = self.start(direction);
        let framing = self.dialect.framing(direction, self.phase);
        let shape = match framing {
            Framing::Raw => Shape::Framed,
            Framing::Delimited(_) => Shape::NoTerminator,
            _ => Shape::Broken,
        };
        let whole = start..stream.bytes.len();
        let pieces = stream.pieces_in(start, whole.end);
        let window = |piece: &Piece| Window {
            direction,
            stream,
            end: piece.offset + piece.length,
            goes_on: false,
            more_comes: false,
            last_segment: piece.length,
            time: piece.time,
        };
        // A length that was announced holds all that came, however many segments that took.
        if let (Shape::Broken, Some(last)) = (shape, pieces.last()) {
            return self.take_unrecognised(window(last), whole, shape);
        }
        for piece in pieces {
            let range = piece.offset.max(start)..piece.offset + piece.length;
            match shape {
                Shape::NoTerminator => self.take(window(piece), range.clone(), range, shape),
                _ => self.take_unrecognised(window(piece), range, shape),
            }
        }
    }

    pub(super) fn take_unrecognised(
        &mut self,
        window: Window<'a>,
        range: Range<usize>,
        shape: Shape,
    ) {
        let content = range.clone();
        let found = Found {
            kind: MessageKind::Unrecognised,
            fields: Fields::new(),
            range,
            content,
            standing: Standing::Document,
            shape,
        };
        self.push(window.direction, found);
    }

    /// Adds a message and lets the session move on.
    pub(super) fn push(&mut self, direction: Direction, found: Found) {
        self.cursor[direction as usize] = found.range.end;
        let stream = self.said.stream(direction);
        let (frames, time) = origin(stream, &found.range);
        let message = Message {
            direction,
            kind: found.kind,
            fields: found.fields,
            range: found.range,
            content: found.content,
            phase: self.phase,
            standing: found.standing,
            shape: found.shape,
            frames,
            time,
        };
        self.follow(&message);
        self.count(&message);
        self.messages.push(message);
    }

    /// Remembers where it stands among all messages.
    fn count(&mut self, message: &Message) {
        self.latest[message.direction as usize] = Some(self.messages.len());
        self.requests += usize::from(message.direction == Direction::ToServer);
        let frame = message.first_frame();
        while self.begun.pop_if(|(begun, _)| *begun >= frame).is_some() {}
        self.begun.push((frame, self.requests));
    }

    /// The last message seen, if it went this way.
    pub(super) fn last(&self, direction: Direction) -> Option<&Message> {
        self.messages
            .last()
            .filter(|message| message.direction == direction)
    }

    /// Whether the capture lacks what a direction says next.
    pub(super) fn lacks_next(&self, direction: Direction) -> bool {
        let start = self.start(direction);
        self.stream(direction).has_gap(start..=start)
    }

    /// How many requests were made since the server began to say what it has not ended yet.
    pub(super) fn asked_since(&self) -> usize {
        let stream = self.stream(Direction::ToClient);
        let Some(begun) = stream.piece_at(self.start(Direction::ToClient)) else {
            return 0;
        };
        let before = self
            .begun
            .partition_point(|(frame, _)| *frame <= begun.frame);
        let asked = before.checked_sub(1).map_or(0, |last| self.begun[last].1);
        self.requests - asked
    }

    /// The place of the last message of a direction.
    pub(super) fn last_of(&self, direction: Direction) -> Option<usize> {
        self.latest[direction as usize]
    }

    pub(super) fn message(&self, at: usize) -> Option<&Message> {
        self.messages.get(at)
    }

    /// A message goes on, and is what it was: whom it answers does not change.
    pub(super) fn lengthen(&mut self, at: usize, found: Found) {
        let Some(message) = self.messages.get_mut(at) else {
            return;
        };
        self.cursor[message.direction as usize] = found.range.end;
        (message.frames, message.time) = origin(self.said.stream(message.direction), &found.range);
        message.fields = found.fields;
        message.range = found.range;
        message.content = found.content;
        message.standing = found.standing;
        message.shape = found.shape;
        if message.kind == MessageKind::Reply(NoticeKind::Welcome.into())
            && let Some(nick) = message.fields.get("nick")
        {
            self.nick = Some(nick.to_vec());
        }
    }

    /// Takes back the last message, a request, to read it again with the bytes that followed it. The next that is added begins
    /// where it did.
    pub(super) fn take_back_request(&mut self) {
        if self.last(Direction::ToServer).is_some()
            && let Some(message) = self.messages.pop()
        {
            self.cursor[Direction::ToServer as usize] = message.range.start;
            self.requests -= 1;
            if let Some((last, _)) = self.pending.last() {
                self.pending.remove(last);
            }
        }
    }

    /// Puts surplus terminators at the end of the last message of a direction.
    pub(super) fn lengthen_last(&mut self, window: Window<'a>, end: usize) {
        let direction = window.direction;
        self.cursor[direction as usize] = end;
        let last = self.last_of(direction);
        match last.and_then(|at| self.messages.get_mut(at)) {
            Some(last) => {
                let (frames, time) = origin(window.stream, &(last.range.end..end));
                let is_known = frames.first() == last.frames.last();
                last.frames
                    .extend(frames.iter().skip(usize::from(is_known)));
                last.range.end = end;
                last.shape = Shape::SurplusTerminator;
                last.time = time;
            }
            None => self.take_unrecognised(window, 0..end, Shape::SurplusTerminator),
        }
    }

    /// What a message changes: the phase, the name, and which requests wait for a reply.
    fn follow(&mut self, message: &Message) {
        match message.kind {
            MessageKind::Request(CommandKind::Join) => {
                if let Some(nick) = message.fields.get("nick") {
                    self.nick = Some(self.dialect_name(nick));
                }
                self.wait_for_reply(message.kind);
            }
            MessageKind::Request(CommandKind::Quit) => self.wait_for_reply(message.kind),
            MessageKind::Request(_) | MessageKind::Malformed(_) | MessageKind::UnknownRequest => {
                self.wait(message.kind);
            }
            MessageKind::Reply(kind) => self.follow_reply(kind, message),
            MessageKind::Unrecognised => {}
        }
    }

    /// Where a request has several steps, the next takes the place of the one before: one reply answers all.
    fn wait_for_reply(&mut self, kind: MessageKind) {
        let is_next_step = self.pending.last().is_some_and(|(_, last)| last == kind);
        if !is_next_step || !self.has_steps(kind) {
            self.wait(kind);
        }
    }

    fn wait(&mut self, kind: MessageKind) {
        let next = self.pending.last().map_or(0, |(last, _)| last + 1);
        self.pending.add(next, kind);
    }

    fn has_steps(&self, kind: MessageKind) -> bool {
        let MessageKind::Request(command) = kind else {
            return false;
        };
        let request = self.dialect.request(command);
        request.is_some_and(|request| request.steps.len() > 1)
    }

    fn follow_reply(&mut self, kind: ReplyKind, message: &Message) {
        self.prompted |= kind == NoticeKind::Prompt.into();
        if kind == ReplyKind::Notice(NoticeKind::Welcome) {
            self.phase = Phase::Chatting;
            if let Some(nick) = message.fields.get("nick") {
                self.nick = Some(nick.to_vec());
            }
        }
        if is_refused_name(kind) && self.phase == Phase::Joining {
            self.nick = None;
        }
        if let Some(at) = self.pending.first_that(|asked| answers(asked, kind)) {
            while self.pending.remove_before(at + 1).is_some() {}
        }
    }

    /// The name that a server makes of what was sent.
    fn dialect_name(&self, sent: &[u8]) -> Vec<u8> {
        let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0;
        let mut words = sent.split(is_blank).filter(|word| !word.is_empty());
        let first = words.next().unwrap_or_default();
        if self.dialect.names.first_word || !self.dialect.names.blanks {
            first.to_vec()
        } else {
            sent.trim_ascii().to_vec()
        }
    }
}

/// The messages by the frame in which each begins; within a direction the order of the stream stays, though its segments
/// may have overtaken each other.
fn in_order(messages: Vec<Message>) -> Vec<Message> {
    let mut reached = [0; 2];
    let mut by_direction = messages;
    by_direction.sort_by_key(|message| (message.direction, message.range.start));
    let mut keyed: Vec<_> = by_direction
        .into_iter()
        .map(|message| {
            let reached = &mut reached[message.direction as usize];
            *reached = message.first_frame().max(*reached);
            (*reached, message)
        })
        .collect();
    keyed.sort_by_key(|(reached, _)| *reached);
    keyed.into_iter().map(|(_, message)| message).collect()
}

/// Whether a message of the server is a reply to what was asked.
#[must_use]
pub(crate) fn answers(asked: MessageKind, reply: ReplyKind) -> bool {
    use CommandKind as C;
    use NoticeKind as N;
    match (asked, reply) {
        (MessageKind::Request(C::Join), ReplyKind::Notice(N::Welcome)) => true,
        (MessageKind::Request(C::Join), reply) => is_refused_name(reply),
        (MessageKind::Request(C::Say), ReplyKind::Notice(N::Said)) => true,
        (MessageKind::Request(C::Tell), ReplyKind::Notice(N::Told)) => true,
        (
            MessageKind::Request(C::Tell),
            ReplyKind::Refused(Reason::NoRecipient | Reason::ToSelf),
        ) => true,
        (MessageKind::Request(C::List), ReplyKind::Notice(N::Listing)) => true,
        (MessageKind::Request(C::Quit), ReplyKind::Notice(N::Bye)) => true,
        (MessageKind::Request(_), ReplyKind::Refused(reason)) => {
            matches!(
                reason,
                Reason::NotJoined | Reason::TooLong | Reason::BadHeader
            )
        }
        (MessageKind::Malformed(None), ReplyKind::Refused(_)) => true,
        (MessageKind::Malformed(_), ReplyKind::Refused(reason)) => reason == Reason::Malformed,
        (MessageKind::UnknownRequest, ReplyKind::Refused(reason)) => {
            reason == Reason::UnknownCommand
        }
        _ => false,
    }
}

/// Whether a server refuses a name with it.
fn is_refused_name(kind: ReplyKind) -> bool {
    matches!(
        kind,
        ReplyKind::Refused(Reason::NameInUse | Reason::NameBlank | Reason::NameInvalid)
    )
}

/// The frames that brought these bytes, each once, and when the last of them was seen.
fn origin(stream: &Stream, range: &Range<usize>) -> (Vec<u64>, Option<Time>) {
    let pieces = stream.pieces_in(range.start, range.end);
    let mut frames: Vec<u64> = pieces.iter().map(|piece| piece.frame).collect();
    frames.dedup();
    (frames, pieces.last().and_then(|piece| piece.time))
}

/// For each turn, the next of the same direction.
fn next_of_same(turns: &[(Direction, Piece)]) -> Vec<Option<usize>> {
    let mut next = [None; 2];
    let mut found: Vec<_> = turns
        .iter()
        .enumerate()
        .rev()
        .map(|(at, (direction, _))| next[*direction as usize].replace(at))
        .collect();
    found.reverse();
    found
}

/// The segments of both directions in the order in which their bytes were complete.
fn turns(said: Said<'_>) -> Vec<(Direction, Piece)> {
    let mut turns = Vec::new();
    for direction in [Direction::ToServer, Direction::ToClient] {
        let mut ready = 0;
        for piece in &said.stream(direction).pieces {
            ready = ready.max(piece.frame);
            turns.push((ready, direction, *piece));
        }
    }
    // Stable: within a direction the order of the stream stays.
    turns.sort_by_key(|(ready, ..)| *ready);
    turns
        .into_iter()
        .map(|(_, direction, piece)| (direction, piece))
        .collect()
}
