//! The dialogue of one client: each request with its reply, each in its phase.

use std::collections::{BTreeSet, VecDeque};

use protocol::Dialect;
use protocol::framing::Framing;
use protocol::message::{CommandKind, Direction, NoticeKind, Phase, Reason, ReplyKind};

use super::{Finding, FindingKind, Judged, Severity, rule_of};
use crate::dissect::{Message, MessageKind, answers};

pub(super) fn judge(dialect: &Dialect, judged: &Judged<'_>, findings: &mut Vec<Finding>) {
    let mut pairing = Pairing {
        dialect,
        judged,
        pending: VecDeque::new(),
        quit: None,
        untimely: BTreeSet::new(),
        named: false,
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
    /// Commands before joining and after leaving: a server may refuse them, or ignore them.
    untimely: BTreeSet<usize>,
    /// Whether the client has given a name; that it was taken may not be in the capture.
    named: bool,
    findings: &'a mut Vec<Finding>,
}

impl Pairing<'_, '_> {
    fn request(&mut self, at: usize, message: &Message) {
        let is_command =
            matches!(message.kind, MessageKind::Request(kind) if kind != CommandKind::Join);
        if message.kind == MessageKind::Request(CommandKind::Join) {
            self.named = true;
        }
        if message.phase == Phase::Joining && is_command && !self.named {
            self.untimely.insert(at);
            self.add(
                FindingKind::BeforeJoining,
                Severity::Warning,
                &[at],
                Some("joining"),
            );
        }
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
            None if message.kind == MessageKind::Request(CommandKind::Quit) => self.quit = Some(at),
            None => {}
        }
        if answered(self.dialect, message.kind) != Answered::Never {
            self.pending.push_back(at);
        }
    }

    fn reply(&mut self, at: usize, message: &Message) {
        let MessageKind::Reply(kind) = message.kind else {
            return self.unrecognised();
        };
        match kind {
            ReplyKind::Notice(NoticeKind::Delivered) => self.delivered(at, message),
            ReplyKind::Notice(NoticeKind::Whispered) => {}
            kind if kind.is_unasked() => {}
            kind => self.answer(at, kind),
        }
    }

    /// Bytes of the server that are no known reply: they stand for the reply to what was asked first.
    fn unrecognised(&mut self) {
        self.pending.pop_front();
    }

    fn answer(&mut self, at: usize, kind: ReplyKind) {
        if matches!(kind, ReplyKind::Refused(_)) && self.refuses_untimely() {
            return;
        }
        let asked = |at: &usize| self.judged.dialogue.messages[*at].kind;
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
                    self.no_reply(request, FindingKind::NoReply, Severity::Fault);
                }
                self.pending.drain(..together.min(self.pending.len()));
                if kind == NoticeKind::Listing.into() {
                    self.listing(at);
                }
            }
            (None, Some(place)) => {
                let Some(request) = self.pending.remove(place) else {
                    return;
                };
                if self.is_refused_rightly(request, kind) {
                    return;
                }
                let rule = rule_of(self.judged.dialogue.messages[request].kind);
                self.add(
                    FindingKind::WrongReply,
                    Severity::Fault,
                    &[request, at],
                    rule,
                );
            }
            (None, None) => {
                // What was asked may lie in front of the capture, or in a hole of it.
                let severity = if self.judged.is_whole {
                    Severity::Fault
                } else {
                    Severity::Remark
                };
                self.add(FindingKind::UnaskedReply, severity, &[at], None);
            }
        }
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
        let Some(echo) = messages[reply].fields.get("text").map(<[u8]>::trim_ascii) else {
            return 1;
        };
        let is_raw = |phase| *self.dialect.framing(Direction::ToServer, phase) == Framing::Raw;
        let mut joined = Vec::new();
        for (count, request) in (1..).zip(self.pending.iter().skip(place)) {
            let request = &messages[*request];
            let text = request.fields.get("text").unwrap_or_default();
            joined.extend_from_slice(text);
            if !is_raw(request.phase) || joined.len() > echo.len() + text.len() {
                break;
            }
            if joined.trim_ascii() == echo {
                return count;
            }
        }
        1
    }

    /// What is no text, or too long, may be refused whatever it asks.
    fn is_refused_rightly(&self, request: usize, kind: ReplyKind) -> bool {
        let text = self.judged.text(&self.judged.dialogue.messages[request]);
        let is_odd = std::str::from_utf8(text).is_err() || text.len() > self.dialect.limits.message;
        is_odd
            && matches!(
                kind,
                ReplyKind::Refused(Reason::Malformed | Reason::TooLong)
            )
    }

    /// A copy of one's own message is the acknowledgement in some dialects, and a fault in others.
    fn delivered(&mut self, at: usize, message: &Message) {
        let own = self.judged.dialogue.nick.as_deref();
        let is_own = own.is_some() && message.fields.get("from") == own;
        if !is_own {
            return;
        }
        let asked = |at: &usize| self.judged.dialogue.messages[*at].kind;
        let said = self
            .pending
            .iter()
            .position(|one| asked(one) == MessageKind::Request(CommandKind::Say));
        if !self.dialect.echoes() {
            self.add(FindingKind::Echoed, Severity::Fault, &[at], Some("no-echo"));
        } else if let Some(place) = said.filter(|_| self.dialect.reply(NoticeKind::Said).is_none())
        {
            self.pending.remove(place);
        }
    }

    fn listing(&mut self, at: usize) {
        let message = &self.judged.dialogue.messages[at];
        let with_self = self
            .dialect
            .reply(NoticeKind::Listing)
            .and_then(|reply| reply.list.as_ref())
            .is_none_or(|style| style.with_self);
        let Some(nick) = self.judged.dialogue.nick.as_deref() else {
            return;
        };
        let holds_name = memchr::memmem::find(self.judged.text(message), nick).is_some();
        if with_self && !holds_name {
            self.add(
                FindingKind::ListLacksSelf,
                Severity::Warning,
                &[at],
                Some("list"),
            );
        }
    }

    /// Requests that were never answered: a fault, unless the capture may have missed the reply.
    fn finish(mut self) {
        for request in std::mem::take(&mut self.pending) {
            if self.judged.is_whole {
                self.no_reply(request, FindingKind::NoReply, Severity::Fault);
            } else {
                self.no_reply(request, FindingKind::NoReplySeen, Severity::Remark);
            }
        }
    }

    fn must_answer(&self, request: usize) -> bool {
        let kind = self.judged.dialogue.messages[request].kind;
        answered(self.dialect, kind) == Answered::Must && !self.untimely.contains(&request)
    }

    fn no_reply(&mut self, request: usize, kind: FindingKind, severity: Severity) {
        if !self.must_answer(request) {
            return;
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
