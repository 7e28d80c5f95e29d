//! The dialogue of one client: each request with its reply, each in its phase.

use std::collections::{BTreeSet, VecDeque};

use memchr::memmem;
use protocol::Dialect;
use protocol::dialect::Reply;
use protocol::framing::Framing;
use protocol::message::{CommandKind, Direction, NoticeKind, Phase, Reason, ReplyKind};

use rustc_hash::FxHashMap;

use super::{
    Finding, FindingKind, Judged, Severity, has_blank_name, is_rest_of_a_frame, rule_of,
    without_line_ends,
};
use crate::dissect::{Message, MessageKind, Shape, Waiting, answers, earlier_step};

/// Messages among which what a copy is of is looked for, and the copy of what was said.
const LATELY: usize = 4096;

pub(super) fn judge(dialect: &Dialect, judged: &Judged<'_>, findings: &mut Vec<Finding>) {
    let mut pairing = Pairing {
        dialect,
        judged,
        fronts: [None; 2],
        pending: Waiting::default(),
        texts: FxHashMap::default(),
        said: ByText::default(),
        firsts: FxHashMap::default(),
        to_itself: to_itself(dialect, judged),
        quit: None,
        steps: 0,
        hasty: BTreeSet::new(),
        named: false,
        prompts: 0,
        asked_again: false,
        confusing: false,
        findings,
    };
    let messages = &judged.dialogue.messages;
    for (at, (message, fronts)) in messages.iter().zip(judged.fronts()).enumerate() {
        pairing.fronts = fronts;
        match message.direction {
            Direction::ToServer => pairing.request(at, message),
            Direction::ToClient => pairing.reply(at, message),
        }
    }
    pairing.finish();
}

/// Requests and replies being brought together.
struct Pairing<'a, 'j> {
    dialect: &'a Dialect,
    judged: &'a Judged<'j>,
    /// The last message of each direction in front of the present one.
    fronts: [Option<&'a Message>; 2],
    /// Requests that wait for their reply.
    pending: Waiting<Asked>,
    /// The same by their texts, of each kind.
    texts: FxHashMap<MessageKind, ByText>,
    /// What waits for its copy, by its text without line ends.
    said: ByText,
    /// The first message of the server of each kind.
    firsts: FxHashMap<MessageKind, &'a Message>,
    /// What the server sends that has the client's own name in it, where copies of its texts are expected.
    to_itself: Vec<Named<'a>>,
    quit: Option<usize>,
    /// Steps of a request in several, before its last: each may be refused, and its reply asks for the next.
    steps: usize,
    /// Requests that a server may have read together with the one in front, because nothing parts them.
    hasty: BTreeSet<usize>,
    /// Whether the client has given a name; that it was taken may not be in the capture.
    named: bool,
    /// How often the server has asked for a name.
    prompts: usize,
    /// Whether the server asked once more after a name, which is a refusal.
    asked_again: bool,
    /// Whether the client sent what may be read as several messages, so that more replies than requests are no fault: more
    /// than one read may hold, where nothing parts messages, or a name of several words.
    confusing: bool,
    findings: &'a mut Vec<Finding>,
}

/// What decides whether a reply answers a request that waits, and whether one must come.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Asked {
    kind: MessageKind,
    /// A command before joining, or after leaving: a server may refuse it, or ignore it.
    is_untimely: bool,
    /// A server must answer it.
    is_due: bool,
}

/// A message of the server with the name of its client.
struct Named<'a> {
    message: &'a Message,
    /// The latest frame of it and of all such in front of it.
    reached: u64,
    /// Its text from the name on.
    text: &'a [u8],
}

/// Requests by their texts, in the order in which they were made.
#[derive(Default)]
struct ByText {
    places: FxHashMap<Vec<u8>, VecDeque<usize>>,
    lengths: BTreeSet<usize>,
}

impl ByText {
    fn add(&mut self, text: Vec<u8>, at: usize) {
        self.lengths.insert(text.len());
        self.places.entry(text).or_default().push_back(at);
    }

    /// The first with this text that still waits.
    fn first(&mut self, text: &[u8], pending: &Waiting<Asked>) -> Option<usize> {
        let places = self.places.get_mut(text)?;
        while places.pop_front_if(|at| !pending.has(*at)).is_some() {}
        places.front().copied()
    }

    /// The first that still waits and with which this text begins.
    fn first_within(&mut self, text: &[u8], pending: &Waiting<Asked>) -> Option<usize> {
        let lengths: Vec<usize> = self.lengths.range(..=text.len()).copied().collect();
        let lengths = lengths.into_iter();
        lengths
            .filter_map(|length| self.first(&text[..length], pending))
            .min()
    }
}

/// A client that has waited so long for a reply will not have its next text read together with the last, in nanoseconds.
const PATIENCE: i64 = 1_000_000_000;

impl<'a> Pairing<'a, '_> {
    fn request(&mut self, at: usize, message: &'a Message) {
        if self.is_late(message) {
            // No server reads it, and none can be expected to answer.
            return self.add(
                FindingKind::AfterClosing,
                Severity::Warning,
                &[at],
                Some("leave"),
            );
        }
        let is_command =
            matches!(message.kind, MessageKind::Request(kind) if kind != CommandKind::Join);
        if message.kind == MessageKind::Request(CommandKind::Join) {
            self.named = true;
        }
        let is_early = message.phase == Phase::Joining
            && is_command
            && !self.named
            && !self.judged.has_holes
            && !self.is_obeyed_early(message);
        if is_early {
            // The name may have been given in front of the capture.
            let severity = match self.judged.began {
                true => Severity::Warning,
                false => Severity::Remark,
            };
            self.add(FindingKind::BeforeJoining, severity, &[at], Some("joining"));
        }
        let length = self.judged.text(message).len();
        self.confusing |= length > self.dialect.limits.message && self.is_raw(message.phase)
            || has_blank_name(self.dialect, message);
        let is_untimely = is_early || self.quit.is_some();
        match self.quit {
            Some(quit) => {
                self.add(
                    FindingKind::AfterQuit,
                    Severity::Warning,
                    &[quit, at],
                    Some("quit"),
                );
            }
            None if message.kind == MessageKind::Request(CommandKind::Quit) => {
                self.quit = (!self.is_earlier_step(message)).then_some(at);
            }
            None => {}
        }
        if self.is_earlier_step(message) {
            self.steps += 1;
        } else if answered(self.dialect, message.kind) != Answered::Never {
            if self.is_hasty(message) {
                self.hasty.insert(at);
            }
            self.wait(at, message, is_untimely);
        }
    }

    /// From now on a request waits for its reply.
    fn wait(&mut self, at: usize, message: &Message, is_untimely: bool) {
        let kind = message.kind;
        let asked = Asked {
            kind,
            is_untimely,
            is_due: !is_untimely && self.must_answer(message),
        };
        self.pending.add(at, asked);
        let text = message.fields.get("text");
        if let Some(text) = text {
            self.texts.entry(kind).or_default().add(text.to_vec(), at);
        }
        if kind == MessageKind::Request(CommandKind::Say) {
            let text = without_line_ends(text.unwrap_or_default());
            self.said.add(text, at);
        }
    }

    /// Whether the dialect lets who has no name yet ask this: all, where nobody gives a name.
    fn is_obeyed_early(&self, message: &Message) -> bool {
        let MessageKind::Request(kind) = message.kind else {
            return false;
        };
        self.dialect.request(CommandKind::Join).is_none()
            || self.dialect.requests.before_joining.contains(&kind)
    }

    /// Whether more steps must follow until the request is made.
    fn is_earlier_step(&self, message: &Message) -> bool {
        let MessageKind::Request(kind) = message.kind else {
            return false;
        };
        earlier_step(self.dialect, kind, self.judged.text(message)).is_some()
    }

    fn joins_in_steps(&self) -> bool {
        let join = self.dialect.request(CommandKind::Join);
        join.is_some_and(|join| join.steps.len() > 1)
    }

    /// Whether it came behind its sender's own FIN.
    fn is_late(&self, message: &Message) -> bool {
        let late = &self.judged.connection.late;
        message.frames.iter().any(|frame| late.contains(frame))
    }

    /// Whether it was sent while the request in front still waited, where nothing parts one from the other.
    fn is_hasty(&self, message: &Message) -> bool {
        let Some((before, _)) = self.pending.last() else {
            return false;
        };
        let before = &self.judged.dialogue.messages[before];
        let at_once = match (before.time, message.time) {
            (Some(then), Some(now)) => now.saturating_sub(then) < PATIENCE,
            _ => true,
        };
        at_once && self.is_raw(before.phase)
    }

    fn is_raw(&self, phase: Phase) -> bool {
        *self.dialect.framing(Direction::ToServer, phase) == Framing::Raw
    }

    fn reply(&mut self, at: usize, message: &'a Message) {
        self.firsts.entry(message.kind).or_insert(message);
        let MessageKind::Reply(kind) = message.kind else {
            return self.unrecognised(message);
        };
        match kind {
            ReplyKind::Notice(NoticeKind::Delivered) => self.delivered(at, message),
            ReplyKind::Notice(NoticeKind::Whispered) => {}
            ReplyKind::Notice(NoticeKind::Prompt) => self.prompted(),
            kind if kind.is_unasked() => {}
            kind => self.answer(at, message, kind),
        }
    }

    /// Asked for a name once more, a client knows that the one it gave was refused.
    fn prompted(&mut self) {
        self.prompts += 1;
        let is_join = |asked: Asked| asked.kind == MessageKind::Request(CommandKind::Join);
        if self.prompts > 1 {
            let refused = self.pending.first_that(is_join);
            self.asked_again |= refused.and_then(|at| self.pending.remove(at)).is_some();
        }
    }

    /// Bytes of the server that are no known reply: they stand for the reply to what was asked first.
    fn unrecognised(&mut self, message: &Message) {
        let front = self.fronts[Direction::ToClient as usize];
        let first = self.pending.first();
        if let Some((first, _)) = first
            && !is_rest_of_a_frame(self.dialect, front, message)
        {
            self.pending.remove(first);
        }
    }

    fn answer(&mut self, at: usize, message: &Message, kind: ReplyKind) {
        if matches!(kind, ReplyKind::Refused(_)) && self.refuses_untimely() {
            return;
        }
        if let Some(place) = self.echoed(message, kind) {
            self.pending.remove(place);
            return;
        }
        let place = self.pending.first_that(|asked| answers(asked.kind, kind));
        let waiting = self.pending.first_that(|asked| asked.is_due);
        match (place, waiting) {
            (Some(place), _) => {
                let together = self.answered_together(place, message);
                while let Some((request, asked)) = self.pending.remove_before(place) {
                    self.unanswered(request, asked, self.has_all_replies());
                }
                self.answered(&together);
                if kind == NoticeKind::Listing.into() {
                    self.listing(at);
                }
            }
            _ if self.is_unasked(kind) => {}
            _ if self.steps > 0 && is_for_a_step(kind) => self.steps -= 1,
            (None, Some(request)) => {
                self.pending.remove(request);
                self.wrong_reply(request, at, kind);
            }
            // The name was taken after all.
            (None, None) if self.asked_again && kind == NoticeKind::Welcome.into() => {}
            (None, None) if self.refuses_the_last(kind) => {}
            (None, None) => {
                // What was asked may lie in front of the capture, or in a hole of it.
                let is_certain = self.judged.is_whole
                    && !self.confusing
                    && !has_no_end(message)
                    && !self.follows_the_unknown();
                let severity = match is_certain {
                    true => Severity::Fault,
                    false => Severity::Remark,
                };
                self.add(FindingKind::UnaskedReply, severity, &[at], None);
            }
        }
    }

    /// Whether the last request is one of which the dialect knows nothing, its answer neither.
    fn follows_the_unknown(&self) -> bool {
        self.fronts[Direction::ToServer as usize].is_some_and(|last| {
            !matches!(last.kind, MessageKind::Request(_))
                && answered(self.dialect, last.kind) == Answered::Never
        })
    }

    /// Whether it refuses the last request, of which the dialect answers nothing but a refusal.
    fn refuses_the_last(&self, kind: ReplyKind) -> bool {
        let ReplyKind::Refused(reason) = kind else {
            return false;
        };
        self.fronts[Direction::ToServer as usize].is_some_and(|message| {
            answers(message.kind, kind)
                || has_no_end(message)
                || (reason == Reason::NotJoined && message.phase == Phase::Joining)
                || self.is_refused_rightly(message, kind)
        })
    }

    /// Whether it comes without a request too: a list that is pushed, the welcome where nobody gives a name.
    fn is_unasked(&self, kind: ReplyKind) -> bool {
        let is_pushed = |reply: &Reply| !reply.after.is_empty();
        let is_first = kind == NoticeKind::Welcome.into();
        self.dialect.reply(kind).is_some_and(is_pushed)
            || (is_first && self.dialect.request(CommandKind::Join).is_none())
    }

    /// Which request behind the first a reply echoes, where it is not the first: that one may still be answered.
    fn echoed(&mut self, reply: &Message, kind: ReplyKind) -> Option<usize> {
        let echo = reply.fields.get("text")?;
        let asked = self.texts.iter_mut();
        let asked = asked.filter(|(asked, _)| answers(**asked, kind));
        let place = asked
            .filter_map(|(_, texts)| texts.first(echo, &self.pending))
            .min();
        let (first, _) = self.pending.first()?;
        place.filter(|place| *place != first)
    }

    fn wrong_reply(&mut self, request: usize, at: usize, kind: ReplyKind) {
        let asked = &self.judged.dialogue.messages[request];
        if self.is_refused_rightly(asked, kind) {
            return;
        }
        let severity = match asked.shape {
            // Where the protocol has no terminator, one that is sent makes another word of the request, or may.
            Shape::SurplusTerminator => Severity::Remark,
            // No message shows that such a name was taken.
            _ if has_blank_name(self.dialect, asked) => Severity::Remark,
            // The right reply may be what the capture lacks, and this the reply to a request that it lacks, too.
            _ if self.judged.has_holes || !self.judged.began => Severity::Remark,
            _ => Severity::Fault,
        };
        let rule = rule_of(asked.kind);
        self.add(FindingKind::WrongReply, severity, &[request, at], rule);
    }

    /// Whether a refusal is that of an untimely command, which then waits no longer.
    fn refuses_untimely(&mut self) -> bool {
        let place = self.pending.first_that(|asked| asked.is_untimely);
        place.is_some_and(|place| self.pending.remove(place).is_some())
    }

    /// These wait no longer.
    fn answered(&mut self, requests: &[usize]) {
        for request in requests {
            self.pending.remove(*request);
        }
    }

    /// The waiting requests that one reply answers, from the first that it does. Where nothing delimits, sends in quick succession
    /// reach a server as one text, and its echo shows it: a weakness of the protocol, never of the server.
    fn answered_together(&self, first: usize, reply: &Message) -> Vec<usize> {
        let together = self.count_together(first, reply);
        self.pending.from(first).take(together).collect()
    }

    fn count_together(&self, first: usize, reply: &Message) -> usize {
        let messages = &self.judged.dialogue.messages;
        let Some(text) = reply.fields.get("text") else {
            return 1;
        };
        let echoes = [
            without_line_ends(text),
            without_line_ends(self.judged.text(reply)),
        ];
        let longest = echoes.iter().map(Vec::len).max().unwrap_or_default();
        let [mut texts, mut wholes] = [Vec::new(), Vec::new()];
        for (count, request) in (1..).zip(self.pending.from(first)) {
            let request = &messages[request];
            texts.extend_from_slice(request.fields.get("text").unwrap_or_default());
            wholes.extend_from_slice(self.judged.text(request));
            let is_parted = !self.is_raw(request.phase) && !self.is_reply_raw(reply);
            if is_parted || texts.len() > 2 * longest + SLACK {
                break;
            }
            let joined = [&texts, &wholes].map(|joined| without_line_ends(joined));
            if joined.iter().any(|joined| echoes.contains(joined)) {
                return count;
            }
            let begins = |joined: &Vec<u8>| echoes.iter().any(|echo| echo.starts_with(joined));
            if !joined.iter().any(begins) {
                break;
            }
        }
        self.repeats(reply)
    }

    /// How often a reply says what the first of its kind said: the same acknowledgements may come glued together.
    fn repeats(&self, reply: &Message) -> usize {
        let text = |one: &Message| {
            one.fields
                .get("text")
                .map(<[u8]>::to_vec)
                .unwrap_or_default()
        };
        let first = self.firsts.get(&reply.kind).map(|one| text(one));
        let Some(first) = first.filter(|first| !first.is_empty() && self.is_reply_raw(reply))
        else {
            return 1;
        };
        let glued = text(reply);
        let mut parts = glued.chunks(first.len());
        match parts.all(|part| part == first) {
            true => (glued.len() / first.len()).max(1),
            false => 1,
        }
    }

    fn is_reply_raw(&self, reply: &Message) -> bool {
        *self.dialect.framing(Direction::ToClient, reply.phase) == Framing::Raw
    }

    /// What is no text, or too long, may be refused whatever it asks; so may what is no step of joining, or follows upon one that
    /// was refused, by who has not joined.
    fn is_refused_rightly(&self, message: &Message, kind: ReplyKind) -> bool {
        let is_outside = message.phase == Phase::Joining
            && match message.kind {
                MessageKind::Request(CommandKind::Join) => self.joins_in_steps(),
                kind => kind == MessageKind::UnknownRequest,
            };
        if is_outside && kind == Reason::NotJoined.into() {
            return true;
        }
        let text = self.judged.text(message);
        let is_odd = std::str::from_utf8(text).is_err() || text.len() > self.dialect.limits.message;
        is_odd
            && matches!(
                kind,
                ReplyKind::Refused(Reason::Malformed | Reason::TooLong)
            )
    }

    /// A copy of one's own message is the acknowledgement in some dialects, and a fault in others. What this client never said is
    /// no copy: somebody else may have the same name.
    fn delivered(&mut self, at: usize, message: &Message) {
        let own = self.judged.dialogue.nick.as_deref();
        let is_own = own.is_some() && message.fields.get("from") == own;
        if !is_own {
            return;
        }
        if !self.dialect.echoes() {
            if self.has_sent(at, message) {
                self.add(FindingKind::Echoed, Severity::Fault, &[at], Some("no-echo"));
            }
        } else if self.dialect.reply(NoticeKind::Said).is_none()
            && let Some(first) = self.said(message)
        {
            self.answered(&self.answered_together(first, message));
        }
    }

    /// Whether the text of a copy, or part of it, is in what the client sent lately.
    fn has_sent(&self, at: usize, copy: &Message) -> bool {
        let copied = copy.fields.get("text").unwrap_or_default().trim_ascii();
        let before = self.judged.dialogue.messages[..at].iter().rev();
        let mut sent = before
            .take(LATELY)
            .filter(|one| one.direction == Direction::ToServer);
        sent.any(|one| {
            let text = one.fields.get("text").unwrap_or_default().trim_ascii();
            memmem::find(self.judged.text(one), copied).is_some()
                || !text.is_empty() && memmem::find(copied, text).is_some()
        })
    }

    /// Which waiting text a copy is of: of what reached the client glued together, it is the first.
    fn said(&mut self, copy: &Message) -> Option<usize> {
        let copied = without_line_ends(copy.fields.get("text").unwrap_or_default());
        let is_say = |asked: Asked| asked.kind == MessageKind::Request(CommandKind::Say);
        let equal = self.said.first(&copied, &self.pending);
        equal
            .or_else(|| self.said.first_within(&copied, &self.pending))
            .or_else(|| self.pending.first_that(is_say))
    }

    /// Whether the bytes of its copy reached the client after it, inside what was read as something else: where nothing
    /// parts messages, the copy may be glued to the free text of another.
    fn is_copied(&self, request: usize) -> bool {
        let messages = &self.judged.dialogue.messages;
        let asked = &messages[request];
        let text = asked.fields.get("text").unwrap_or_default().trim_ascii();
        let is_say = asked.kind == MessageKind::Request(CommandKind::Say);
        let begun = asked.first_frame();
        let later = self.to_itself.partition_point(|one| one.reached < begun);
        let later = self.to_itself[later..].iter().take(LATELY);
        let mut later = later.filter(|one| one.message.last_frame() >= begun);
        let wanted = memmem::Finder::new(text);
        is_say && !text.is_empty() && later.any(|one| wanted.find(one.text).is_some())
    }

    fn listing(&mut self, at: usize) {
        let message = &self.judged.dialogue.messages[at];
        let with_self = self
            .dialect
            .reply(NoticeKind::Listing)
            .and_then(|reply| reply.list.as_ref())
            .is_some_and(|style| style.with_self);
        let named = self.judged.dialogue.nick.as_deref();
        let Some(nick) = named.filter(|_| message.phase == Phase::Chatting) else {
            return;
        };
        let holds_name = memmem::find(self.judged.text(message), nick).is_some();
        if with_self && !holds_name {
            // The welcome that tells the name may be another's, where the capture lacks bytes.
            let severity = match self.judged.has_holes {
                true => Severity::Remark,
                false => Severity::Warning,
            };
            self.add(FindingKind::ListLacksSelf, severity, &[at], Some("list"));
        }
    }

    /// Requests that were never answered: a fault, unless the capture may have missed the reply, or the client left no
    /// way for it.
    fn finish(mut self) {
        let messages = &self.judged.dialogue.messages;
        let of_server = |one: &Message| one.direction == Direction::ToClient;
        let last_reply = messages.iter().rposition(of_server).unwrap_or_default();
        let cut_off = self.judged.connection.reset_by_client;
        self.late_and_untaken();
        while let Some((request, asked)) = self.pending.remove_before(usize::MAX) {
            let had_its_time = !cut_off || request < last_reply;
            self.unanswered(request, asked, self.judged.is_whole && had_its_time);
        }
    }

    /// Data behind its sender's FIN that is in no message: the other side never took it.
    fn late_and_untaken(&mut self) {
        let mut untaken = self.judged.connection.late.clone();
        let messages = self.judged.dialogue.messages.iter();
        for frame in messages.flat_map(|message| &message.frames) {
            untaken.remove(frame);
        }
        if untaken.is_empty() {
            return;
        }
        self.add(
            FindingKind::AfterClosing,
            Severity::Warning,
            &[],
            Some("leave"),
        );
        if let Some(finding) = self.findings.last_mut() {
            finding.frames = untaken.into_iter().collect();
        }
    }

    fn must_answer(&self, message: &Message) -> bool {
        let kind = message.kind;
        let is_blank = kind == MessageKind::UnknownRequest
            && self.judged.text(message).trim_ascii().is_empty();
        answered(self.dialect, kind) == Answered::Must && !is_blank && !has_no_end(message)
    }

    /// Whether the request in front may have taken this one in. An echo of that one alone shows that it did not.
    fn may_be_read_with_the_one_before(&self, request: usize) -> bool {
        let echoes = |kind: NoticeKind| {
            let forms = self.dialect.reply(kind).into_iter();
            let mut holes = forms
                .flat_map(|reply| &reply.forms)
                .flat_map(|form| form.template.holes());
            holes.any(|(name, _)| name == "text")
        };
        let shows_text = self.dialect.echoes() || echoes(NoticeKind::Said);
        self.hasty.contains(&request) && !shows_text
    }

    /// Whether a reply would have been seen, and known: of a client whose name nobody saw, nor is its own copy.
    fn has_all_replies(&self) -> bool {
        !self.judged.has_holes && (self.judged.began || !self.dialect.echoes())
    }

    /// A request without its reply: a fault only where it is certain that the capture missed none, and would be known for one.
    fn unanswered(&mut self, request: usize, asked: Asked, is_certain: bool) {
        if !asked.is_due || self.dialect.echoes() && self.is_copied(request) {
            return;
        }
        let asked = &self.judged.dialogue.messages[request];
        let is_certain =
            is_certain && !has_blank_name(self.dialect, asked) && !self.judged.may_be_part(asked);
        let (kind, severity) = match is_certain {
            true => (FindingKind::NoReply, Severity::Fault),
            false => (FindingKind::NoReplySeen, Severity::Remark),
        };
        if kind == FindingKind::NoReply && self.may_be_read_with_the_one_before(request) {
            let rule = Some("framing");
            return self.add(FindingKind::Hasty, Severity::Remark, &[request], rule);
        }
        self.add(kind, severity, &[request], None);
        if let Some(finding) = self.findings.last_mut() {
            finding.by = Direction::ToClient;
        }
    }

    fn add(
        &mut self,
        kind: FindingKind,
        severity: Severity,
        messages: &[usize],
        rule: Option<&'static str>,
    ) {
        let mut finding = self.judged.finding(kind, severity, messages);
        finding.rule = rule.or(finding.rule);
        self.findings.push(finding);
    }
}

/// What the server sends with its client's name in it, where the copy of a text is its reply.
fn to_itself<'a>(dialect: &Dialect, judged: &'a Judged<'_>) -> Vec<Named<'a>> {
    let nick = judged.dialogue.nick.as_deref().unwrap_or_default();
    let mut reached = 0;
    let named = |message: &'a Message| {
        let text = judged.text(message);
        let place = memmem::find(text, nick)?;
        reached = message.last_frame().max(reached);
        Some(Named {
            message,
            reached,
            text: &text[place..],
        })
    };
    let messages = judged.dialogue.messages.iter();
    messages
        .filter(|one| dialect.echoes() && one.direction == Direction::ToClient)
        .filter_map(named)
        .collect()
}

/// Whether a server that waits for the end of a request never had all of it.
fn has_no_end(message: &Message) -> bool {
    matches!(message.shape, Shape::NoTerminator | Shape::Broken)
}

/// How much longer than an echo the texts may be that are tried against it, in bytes: for terminators.
const SLACK: usize = 64;

/// Whether it may answer a step of a request that is not yet made: a refusal, or what says how a goodbye goes on.
fn is_for_a_step(kind: ReplyKind) -> bool {
    matches!(
        kind,
        ReplyKind::Refused(_) | ReplyKind::Notice(NoticeKind::Bye)
    )
}

/// Whether a request has a reply.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answered {
    /// A server must answer.
    Must,
    /// A server may answer.
    May,
    /// The dialect has no reply to it.
    Never,
}

fn answered(dialect: &Dialect, kind: MessageKind) -> Answered {
    let by = |kind: NoticeKind| match dialect.reply(kind) {
        Some(reply) if reply.optional => Answered::May,
        Some(_) => Answered::Must,
        None => Answered::Never,
    };
    let must = |is_foreseen| match is_foreseen {
        true => Answered::Must,
        false => Answered::Never,
    };
    match kind {
        MessageKind::Request(CommandKind::Join) => by(NoticeKind::Welcome),
        MessageKind::Request(CommandKind::Say) if dialect.echoes() => Answered::Must,
        MessageKind::Request(CommandKind::Say) => by(NoticeKind::Said),
        MessageKind::Request(CommandKind::Tell) => by(NoticeKind::Told),
        MessageKind::Request(CommandKind::List) => by(NoticeKind::Listing),
        MessageKind::Request(CommandKind::Quit) => by(NoticeKind::Bye),
        MessageKind::Malformed(_) => must(dialect.refuses(Reason::Malformed)),
        MessageKind::UnknownRequest => must(dialect.refuses(Reason::UnknownCommand)),
        MessageKind::Reply(_) | MessageKind::Unrecognised => Answered::Never,
    }
}
