//! The dialogue of one client: each request with its reply, each in its phase.

use std::collections::{BTreeSet, VecDeque};

use protocol::Dialect;
use protocol::dialect::Reply;
use protocol::framing::Framing;
use protocol::message::{CommandKind, Direction, NoticeKind, Phase, Reason, ReplyKind};

use super::{Finding, FindingKind, Judged, Severity, has_blank_name, rule_of, without_line_ends};
use crate::dissect::{Message, MessageKind, Shape, answers, earlier_step};

/// Messages among which what a copy is of is looked for.
const LATELY: usize = 4096;

pub(super) fn judge(dialect: &Dialect, judged: &Judged<'_>, findings: &mut Vec<Finding>) {
    let mut pairing = Pairing {
        dialect,
        judged,
        pending: VecDeque::new(),
        quit: None,
        steps: 0,
        untimely: BTreeSet::new(),
        hasty: BTreeSet::new(),
        named: false,
        prompts: 0,
        asked_again: false,
        confusing: false,
        findings,
    };
    for (at, message) in judged.dialogue.messages.iter().enumerate() {
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
    /// Requests that wait for their reply.
    pending: VecDeque<usize>,
    quit: Option<usize>,
    /// Steps of a request in several, before its last: each may be refused, and its reply asks for the next.
    steps: usize,
    /// Commands before joining and after leaving: a server may refuse them, or ignore them.
    untimely: BTreeSet<usize>,
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

/// A client that has waited so long for a reply will not have its next text read together with the last, in nanoseconds.
const PATIENCE: i64 = 1_000_000_000;

impl Pairing<'_, '_> {
    fn request(&mut self, at: usize, message: &Message) {
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
        if message.phase == Phase::Joining
            && is_command
            && !self.named
            && !self.judged.has_holes
            && !self.is_obeyed_early(message)
        {
            self.untimely.insert(at);
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
        match self.quit {
            Some(quit) => {
                self.untimely.insert(at);
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
            self.pending.push_back(at);
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
        let Some(before) = self.pending.back() else {
            return false;
        };
        let before = &self.judged.dialogue.messages[*before];
        let at_once = match (before.time, message.time) {
            (Some(then), Some(now)) => now.saturating_sub(then) < PATIENCE,
            _ => true,
        };
        at_once && self.is_raw(before.phase)
    }

    fn is_raw(&self, phase: Phase) -> bool {
        *self.dialect.framing(Direction::ToServer, phase) == Framing::Raw
    }

    fn reply(&mut self, at: usize, message: &Message) {
        let MessageKind::Reply(kind) = message.kind else {
            return self.unrecognised(at);
        };
        match kind {
            ReplyKind::Notice(NoticeKind::Delivered) => self.delivered(at, message),
            ReplyKind::Notice(NoticeKind::Whispered) => {}
            ReplyKind::Notice(NoticeKind::Prompt) => self.prompted(),
            kind if kind.is_unasked() => {}
            kind => self.answer(at, kind),
        }
    }

    /// Asked for a name once more, a client knows that the one it gave was refused.
    fn prompted(&mut self) {
        self.prompts += 1;
        let messages = &self.judged.dialogue.messages;
        let is_join = |one: &usize| messages[*one].kind == MessageKind::Request(CommandKind::Join);
        if self.prompts > 1 {
            let refused = self.pending.iter().position(is_join);
            self.asked_again |= refused.and_then(|at| self.pending.remove(at)).is_some();
        }
    }

    /// Bytes of the server that are no known reply: they stand for the reply to what was asked first.
    fn unrecognised(&mut self, at: usize) {
        if !self.judged.is_rest_of_a_frame(self.dialect, at) {
            self.pending.pop_front();
        }
    }

    fn answer(&mut self, at: usize, kind: ReplyKind) {
        let message = &self.judged.dialogue.messages[at];
        if matches!(kind, ReplyKind::Refused(_)) && self.refuses_untimely() {
            return;
        }
        let asked = |at: &usize| self.judged.dialogue.messages[*at].kind;
        if let Some(place) = self.echoed(message) {
            self.pending.remove(place);
            return;
        }
        let place = self
            .pending
            .iter()
            .position(|one| answers(asked(one), kind));
        let waiting = self.pending.iter().position(|one| self.must_answer(*one));
        match (place, waiting) {
            (Some(place), _) => {
                let together = self.answered_together(place, at);
                let unanswered: Vec<_> = self.pending.drain(..place).collect();
                for request in unanswered {
                    self.unanswered(request, self.has_all_replies());
                }
                self.pending.drain(..together.min(self.pending.len()));
                if kind == NoticeKind::Listing.into() {
                    self.listing(at);
                }
            }
            _ if self.is_unasked(kind) => {}
            _ if self.steps > 0 && is_for_a_step(kind) => self.steps -= 1,
            (None, Some(place)) => {
                let Some(request) = self.pending.remove(place) else {
                    return;
                };
                self.wrong_reply(request, at, kind);
            }
            // The name was taken after all.
            (None, None) if self.asked_again && kind == NoticeKind::Welcome.into() => {}
            (None, None) if self.refuses_the_last(at, kind) => {}
            (None, None) => {
                // What was asked may lie in front of the capture, or in a hole of it.
                let is_certain = self.judged.is_whole
                    && !self.confusing
                    && !has_no_end(message)
                    && !self.follows_the_unknown(at);
                let severity = match is_certain {
                    true => Severity::Fault,
                    false => Severity::Remark,
                };
                self.add(FindingKind::UnaskedReply, severity, &[at], None);
            }
        }
    }

    /// Whether the last request is one of which the dialect knows nothing, its answer neither.
    fn follows_the_unknown(&self, at: usize) -> bool {
        let mut before = self.judged.dialogue.messages[..at].iter().rev();
        let last = before.find(|message| message.direction == Direction::ToServer);
        last.is_some_and(|last| {
            !matches!(last.kind, MessageKind::Request(_))
                && answered(self.dialect, last.kind) == Answered::Never
        })
    }

    /// Whether it refuses the last request, of which the dialect answers nothing but a refusal.
    fn refuses_the_last(&self, at: usize, kind: ReplyKind) -> bool {
        let ReplyKind::Refused(reason) = kind else {
            return false;
        };
        let messages = self.judged.dialogue.messages.iter().enumerate();
        let mut before = messages.take(at).rev();
        let last = before.find(|(_, message)| message.direction == Direction::ToServer);
        last.is_some_and(|(last, message)| {
            answers(message.kind, kind)
                || has_no_end(message)
                || (reason == Reason::NotJoined && message.phase == Phase::Joining)
                || self.is_refused_rightly(last, kind)
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
    fn echoed(&self, reply: &Message) -> Option<usize> {
        let MessageKind::Reply(kind) = reply.kind else {
            return None;
        };
        let echo = reply.fields.get("text")?;
        let messages = &self.judged.dialogue.messages;
        let is_echoed = |one: &usize| {
            answers(messages[*one].kind, kind) && messages[*one].fields.get("text") == Some(echo)
        };
        let place = self.pending.iter().position(is_echoed)?;
        (place > 0).then_some(place)
    }

    fn wrong_reply(&mut self, request: usize, at: usize, kind: ReplyKind) {
        if self.is_refused_rightly(request, kind) {
            return;
        }
        let asked = &self.judged.dialogue.messages[request];
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
        let is_untimely = |one: &usize| self.untimely.contains(one);
        let place = self.pending.iter().position(is_untimely);
        place.is_some_and(|place| self.pending.remove(place).is_some())
    }

    /// How many waiting requests one reply answers. Where nothing delimits, sends in quick succession reach a server
    /// as one text, and its echo shows it: a weakness of the protocol, never of the server.
    fn answered_together(&self, place: usize, reply: usize) -> usize {
        let messages = &self.judged.dialogue.messages;
        let reply = &messages[reply];
        let Some(text) = reply.fields.get("text") else {
            return 1;
        };
        let echoes = [
            without_line_ends(text),
            without_line_ends(self.judged.text(reply)),
        ];
        let longest = echoes.iter().map(Vec::len).max().unwrap_or_default();
        let [mut texts, mut wholes] = [Vec::new(), Vec::new()];
        for (count, request) in (1..).zip(self.pending.iter().skip(place)) {
            let request = &messages[*request];
            texts.extend_from_slice(request.fields.get("text").unwrap_or_default());
            wholes.extend_from_slice(self.judged.text(request));
            let is_parted = !self.is_raw(request.phase) && !self.is_reply_raw(reply);
            if is_parted || texts.len() > 2 * longest + SLACK {
                break;
            }
            let is_echo =
                |joined: &[u8]| echoes.iter().any(|echo| *echo == without_line_ends(joined));
            if is_echo(&texts) || is_echo(&wholes) {
                return count;
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
        let mut messages = self.judged.dialogue.messages.iter();
        let first = messages.find(|one| one.kind == reply.kind).map(text);
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
    fn is_refused_rightly(&self, request: usize, kind: ReplyKind) -> bool {
        let message = &self.judged.dialogue.messages[request];
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
        let said = self.said(message);
        if !self.dialect.echoes() && !self.has_sent(at, message) {
            return;
        }
        if !self.dialect.echoes() {
            self.add(FindingKind::Echoed, Severity::Fault, &[at], Some("no-echo"));
        } else if let Some(place) = said.filter(|_| self.dialect.reply(NoticeKind::Said).is_none())
        {
            for _ in 0..self.answered_together(place, at) {
                self.pending.remove(place);
            }
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
            memchr::memmem::find(self.judged.text(one), copied).is_some()
                || !text.is_empty() && memchr::memmem::find(copied, text).is_some()
        })
    }

    /// Which waiting text a copy is of: of what reached the client glued together, it is the first.
    fn said(&self, copy: &Message) -> Option<usize> {
        let messages = &self.judged.dialogue.messages;
        let copied = without_line_ends(copy.fields.get("text").unwrap_or_default());
        let text =
            |one: usize| without_line_ends(messages[one].fields.get("text").unwrap_or_default());
        let mut said: Vec<usize> = (0..self.pending.len()).collect();
        said.retain(|at| {
            messages[self.pending[*at]].kind == MessageKind::Request(CommandKind::Say)
        });
        let equal = said.iter().find(|at| text(self.pending[**at]) == copied);
        let glued = || {
            said.iter()
                .find(|at| copied.starts_with(&text(self.pending[**at])))
        };
        equal.or_else(glued).or(said.first()).copied()
    }

    /// Whether the bytes of its copy reached the client after it, inside what was read as something else: where nothing
    /// parts messages, the copy may be glued to the free text of another.
    fn is_copied(&self, request: usize) -> bool {
        let messages = &self.judged.dialogue.messages;
        let asked = &messages[request];
        let text = asked.fields.get("text").unwrap_or_default().trim_ascii();
        let is_say = asked.kind == MessageKind::Request(CommandKind::Say);
        let nick = self.judged.dialogue.nick.as_deref().unwrap_or_default();
        let holds = |one: &Message| {
            let bytes = self.judged.text(one);
            let place = memchr::memmem::find(bytes, nick);
            place.is_some_and(|at| memchr::memmem::find(&bytes[at..], text).is_some())
        };
        let is_later = |one: &&Message| {
            one.direction == Direction::ToClient && one.last_frame() >= asked.first_frame()
        };
        is_say && !text.is_empty() && messages.iter().filter(is_later).any(holds)
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
        let holds_name = memchr::memmem::find(self.judged.text(message), nick).is_some();
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
        for request in std::mem::take(&mut self.pending) {
            let had_its_time = !cut_off || request < last_reply;
            self.unanswered(request, self.judged.is_whole && had_its_time);
        }
    }

    /// Data behind its sender's FIN that is in no message: the other side never took it.
    fn late_and_untaken(&mut self) {
        let in_a_message = |frame: &u64| {
            let mut messages = self.judged.dialogue.messages.iter();
            messages.any(|message| message.frames.contains(frame))
        };
        let late = &self.judged.connection.late;
        let frames: Vec<u64> = late
            .iter()
            .copied()
            .filter(|one| !in_a_message(one))
            .collect();
        if frames.is_empty() {
            return;
        }
        self.add(
            FindingKind::AfterClosing,
            Severity::Warning,
            &[],
            Some("leave"),
        );
        if let Some(finding) = self.findings.last_mut() {
            finding.frames = frames;
        }
    }

    fn must_answer(&self, request: usize) -> bool {
        let message = &self.judged.dialogue.messages[request];
        let kind = message.kind;
        let is_blank = kind == MessageKind::UnknownRequest
            && self.judged.text(message).trim_ascii().is_empty();
        answered(self.dialect, kind) == Answered::Must
            && !self.untimely.contains(&request)
            && !is_blank
            && !has_no_end(message)
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
    fn unanswered(&mut self, request: usize, is_certain: bool) {
        let asked = &self.judged.dialogue.messages[request];
        let is_certain =
            is_certain && !has_blank_name(self.dialect, asked) && !self.judged.may_be_part(asked);
        let (kind, severity) = match is_certain {
            true => (FindingKind::NoReply, Severity::Fault),
            false => (FindingKind::NoReplySeen, Severity::Remark),
        };
        self.no_reply(request, kind, severity);
    }

    fn no_reply(&mut self, request: usize, kind: FindingKind, severity: Severity) {
        if !self.must_answer(request) || self.dialect.echoes() && self.is_copied(request) {
            return;
        }
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
