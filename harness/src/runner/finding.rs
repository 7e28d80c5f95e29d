//! From a failure to a finding: what kind of thing it is, and which lesson explains it.

use memchr::memmem;
use protocol::matching::Standing;
use protocol::message::{Fields, NoticeKind, Phase, ReplyKind};
use protocol::pattern::Prefix;

use super::due::DueState;
use super::judge::{How, Miss};
use super::listing::ListFault;
use super::script::{About, Failure};
use super::stage::Stage;
use crate::lesson::{Asked, Came, Observation, Sent, Server, choose};
use crate::scenario::Presence;
use crate::transcript::{ClientId, Player};
use crate::verdict::{Detail, Finding, FindingKind, StepAt};

impl Stage<'_, '_> {
    /// What a failure means, given what became of the server.
    pub(super) fn finding(&self, failure: &Failure, server: Server) -> Finding {
        let observation = self.observe(failure, server);
        let plain = choose(&Observation {
            sent: Sent::Whole,
            ..observation
        });
        let is_known = self.run.plain.contains(plain.id);
        let miss = &failure.miss;
        Finding {
            kind: kind(miss, server),
            is_warning: failure.is_warning,
            step: failure.place.as_ref().map(|place| StepAt {
                file: place.source.name.clone(),
                line: place.line(),
                text: place.text().to_owned(),
            }),
            client: failure.client,
            at: failure.at,
            expected: miss.expected.clone(),
            nearest: miss.nearest,
            received: miss.received.clone(),
            differs_at: miss.differs_at,
            waited: miss.waited,
            lesson: match is_known {
                true => plain,
                false => choose(&observation),
            },
            details: self.details(failure),
            server_output: None,
        }
    }

    /// Remembers what went wrong without the help of pieces: where it goes wrong again, they are not the cause.
    pub(super) fn note_plain(&mut self, failure: &Failure, finding: &Finding) {
        if self.how_sent(failure) == Sent::Whole && !finding.lesson.is_vague() {
            self.run.plain.insert(finding.lesson.id);
        }
    }

    fn observe(&self, failure: &Failure, server: Server) -> Observation {
        Observation {
            asked: asked(failure),
            came: self.came(failure),
            server,
            mishap: self.mishap.or_else(|| {
                let earlier = self.run.last_mishap;
                earlier.filter(|_| !self.was_anybody_served())
            }),
            own: failure.client.and_then(|id| self.member(id).mishap),
            sent: self.how_sent(failure),
            change: self.change_of(failure),
            clues: self.clues(failure),
        }
    }

    fn details(&self, failure: &Failure) -> Vec<(&'static str, Detail)> {
        let player = |id: ClientId| Detail::Player(self.member(id).player.clone());
        let miss = &failure.miss;
        let at = miss.differs_at.unwrap_or(miss.received.len());
        let mut details = vec![
            ("at", Detail::Text(at.to_string())),
            ("seconds", Detail::Seconds(miss.waited)),
            ("bytes", Detail::Bytes(miss.received.clone())),
            ("came", self.came_words(failure)),
        ];
        details.extend(failure.client.map(|id| ("actor", player(id))));
        let after = self
            .last_departure
            .map(player)
            .or_else(|| self.run.last_departure.clone());
        details.extend(after.map(|after| ("after", after)));
        match &failure.about {
            About::Heard { from, .. } => details.push(("from", player(*from))),
            About::Notice { who, .. } | About::NoNotice { who: Some(who), .. } => {
                details.push(("who", Detail::Text(who.clone())));
            }
            About::List(ListFault::Lacks(who) | ListFault::Ghost(who) | ListFault::Twice(who)) => {
                details.push(("who", Detail::Text(who.clone())));
            }
            _ => {}
        }
        details
    }

    /// What came, as a word of the dialect where it is one.
    fn came_words(&self, failure: &Failure) -> Detail {
        let received = &failure.miss.received;
        let known = failure.client.and_then(|id| self.recognised(id, received));
        known.map_or_else(|| Detail::Bytes(received.clone()), Detail::Reply)
    }

    /// What came instead.
    fn came(&self, failure: &Failure) -> Came {
        let miss = &failure.miss;
        match miss.how {
            How::OutOfTime => return Came::OutOfTime,
            How::Unreachable(_) => return Came::NoConnection,
            How::Ended(_) if miss.received.is_empty() => return Came::End,
            How::Notice if self.presents_who_has_left(&failure.about) => {
                return Came::NoticeOfTheGone;
            }
            How::Notice if names_somebody(&failure.about) => return Came::NoticeAgain,
            How::Notice => return Came::NoticeOfNobody,
            _ => {}
        }
        if matches!(failure.about, About::List(_)) {
            return Came::List;
        }
        if miss.received.is_empty() {
            return Came::Nothing;
        }
        let recognised = failure
            .client
            .and_then(|client| self.recognised(client, &miss.received));
        let short = miss.differs_at == Some(miss.received.len()) && miss.how != How::Unexpected;
        if self.lacks_only_terminator(failure) {
            return Came::AllButTheTerminator;
        }
        if short {
            return Came::OnlyTheBeginning(miss.received.len());
        }
        if looks_broken(miss) {
            return Came::BrokenText;
        }
        if let Some((client, kind)) = failure.client.zip(recognised) {
            return self.came_known(client, kind, miss);
        }
        if failure
            .client
            .is_some_and(|client| self.is_welcomed_instead(client, &miss.received))
        {
            return Came::AnotherReply;
        }
        match miss.differs_at {
            Some(at) if at >= LONG => Came::OnlyTheBeginning(at),
            Some(1..) => Came::AnotherEnding,
            _ => Came::Other,
        }
    }

    fn came_known(&self, client: ClientId, kind: ReplyKind, miss: &Miss) -> Came {
        let nick = &self.member(client).nick;
        let is_mine = !nick.is_empty() && memmem::find(&miss.received, nick).is_some();
        let came_before = self.member(client).dues.iter().any(|due| {
            due.kind == kind
                && !matches!(due.state, DueState::Coming)
                && due.variants.iter().any(|variant| {
                    matches!(
                        variant.pattern.matches_prefix(&miss.received),
                        Prefix::Full(_)
                    )
                })
        });
        let has_been_said = self.member(client).dues.iter().any(|due| {
            due.variants.iter().any(|variant| {
                matches!(
                    variant.pattern.matches_prefix(&miss.received),
                    Prefix::Full(_)
                )
            })
        });
        let is_due = self.member(client).dues.iter().any(|due| {
            due.is_coming()
                && due.variants.iter().any(|variant| {
                    matches!(
                        variant.pattern.matches_prefix(&miss.received),
                        Prefix::Full(_)
                    )
                })
        });
        let has_asked = self.member(client).dues.iter().any(|due| due.kind == kind);
        match kind {
            ReplyKind::Refused(_) => Came::Refusal,
            ReplyKind::Notice(NoticeKind::Delivered | NoticeKind::Whispered) if came_before => {
                Came::Again
            }
            ReplyKind::Notice(NoticeKind::Delivered) if is_mine => Came::OwnMessage,
            ReplyKind::Notice(NoticeKind::Delivered)
                if is_of_this_step(miss, has_been_said) && !self.is_of_a_stranger(client, miss) =>
            {
                Came::AnotherEnding
            }
            ReplyKind::Notice(NoticeKind::Delivered) => Came::MessageOfAnother,
            ReplyKind::Notice(NoticeKind::Whispered) => Came::PrivateOfAnother,
            kind if is_of_presence(kind) => Came::Other,
            ReplyKind::Notice(NoticeKind::Listing) if !has_asked => Came::ReplyOfAnother,
            _ if miss.how != How::Unexpected || is_due => Came::AnotherReply,
            _ if came_before => Came::Again,
            _ => Came::ReplyOfAnother,
        }
    }

    /// Whether one who is in, and awaits the answer to a request, was welcomed again.
    fn is_welcomed_instead(&self, client: ClientId, received: &[u8]) -> bool {
        let dialect = self.run.dialect;
        let forms = dialect.expectation(NoticeKind::Welcome, &Fields::new(), Phase::Joining);
        let mut forms = forms
            .iter()
            .filter(|form| form.standing != Standing::Tolerated);
        self.member(client).phase == Phase::Chatting
            && self.awaits_answer(client)
            && forms.any(|form| matches!(form.pattern.matches_prefix(received), Prefix::Full(_)))
    }

    /// Whether somebody was told to come, or to be there, who has left.
    fn presents_who_has_left(&self, about: &About) -> bool {
        let About::NoNotice {
            who: Some(who),
            presence: Presence::Join,
        } = about
        else {
            return false;
        };
        self.members.iter().any(|member| {
            member.player == Player::Actor(who.clone())
                && member.has_left
                && member.joined_at.is_some()
        })
    }

    /// Whether it is the message of somebody who is not in this scenario.
    fn is_of_a_stranger(&self, client: ClientId, miss: &Miss) -> bool {
        let fields = self.parsed(client, NoticeKind::Delivered, &miss.received);
        let from = fields.as_ref().and_then(|fields| fields.get("from"));
        let is_known = |from: &[u8]| self.members.iter().any(|member| member.nick == from);
        from.is_some_and(|from| !is_known(from))
    }

    /// The kind of message that these bytes begin with: the one with the most certain bytes.
    pub(super) fn recognised(&self, client: ClientId, bytes: &[u8]) -> Option<ReplyKind> {
        let phase = self.member(client).phase;
        let known = self.vocabulary.scene(phase, None).known.len();
        (0..known)
            .filter_map(|which| self.vocabulary.known_kind(phase, which))
            .filter(|(_, pattern)| matches!(pattern.matches_prefix(bytes), Prefix::Full(found) if found.len > 0))
            .max_by_key(|(_, pattern)| pattern.first_literal().len())
            .filter(|(_, pattern)| !pattern.first_literal().is_empty())
            .map(|(kind, _)| kind)
    }

    fn lacks_only_terminator(&self, failure: &Failure) -> bool {
        let Some(client) = failure.client else {
            return false;
        };
        let scene = self.vocabulary.scene(self.member(client).phase, None);
        let Some(terminator) = scene.framing.terminator() else {
            return false;
        };
        let received = &failure.miss.received;
        terminator.first_line(received).is_none()
            && failure.miss.expected.iter().any(|form| {
                // What stands before and behind it was not ended either.
                let bare = form.bytes.strip_suffix(terminator.written());
                bare.is_some_and(|bare| !bare.is_empty() && memmem::find(received, bare).is_some())
            })
    }
}

/// Whether it tells who is there, comes or goes.
const fn is_of_presence(kind: ReplyKind) -> bool {
    matches!(
        kind,
        ReplyKind::Notice(
            NoticeKind::Joined | NoticeKind::Left | NoticeKind::Lost | NoticeKind::Present,
        )
    )
}

/// So much of a long text agreed that it was cut, not misspelt.
const LONG: usize = 256;

/// Whether it is the message that was asked for, with another text: its beginning agrees, and nobody said that text.
fn is_of_this_step(miss: &Miss, has_been_said: bool) -> bool {
    miss.how != How::Unexpected && !has_been_said && miss.differs_at.is_some_and(|at| at > 1)
}

/// Whether bytes were shown in place of text, or a character beyond ASCII came out as something else.
fn looks_broken(miss: &Miss) -> bool {
    let expected = miss.expected.get(miss.nearest);
    let wanted = expected
        .zip(miss.differs_at)
        .and_then(|(form, at)| form.bytes.get(at));
    if wanted.is_some_and(|byte| !byte.is_ascii()) && miss.differs_at != Some(miss.received.len()) {
        return true;
    }
    let marks: [&[u8]; 4] = [b"b'", b"b\"", b"\\x", "\u{fffd}".as_bytes()];
    let is_new = |mark: &&[u8]| {
        memmem::find(&miss.received, mark).is_some()
            && !miss
                .expected
                .iter()
                .any(|form| memmem::find(&form.bytes, mark).is_some())
    };
    marks.iter().any(is_new)
}

fn kind(miss: &Miss, server: Server) -> FindingKind {
    match miss.how {
        How::Ended(_) | How::Unreachable(_) if server == Server::Gone => FindingKind::ServerCrashed,
        How::Different => FindingKind::Mismatch,
        How::Late => FindingKind::Timeout,
        How::Unexpected | How::Notice => FindingKind::UnexpectedData,
        How::StillOpen => FindingKind::StillConnected,
        How::Unreachable(_) => FindingKind::TargetUnreachable,
        How::OutOfTime => FindingKind::Deadline,
        How::Ended(_) => FindingKind::Disconnected,
    }
}

/// Whether the step is about a notice of somebody who has a name.
fn names_somebody(about: &About) -> bool {
    matches!(
        about,
        About::NoNotice { who: Some(_), .. } | About::NoSecondPrompt
    )
}

fn asked(failure: &Failure) -> Asked {
    match &failure.about {
        About::Connecting => Asked::Connection,
        About::Joining => Asked::Join,
        About::Prompt => Asked::Prompt,
        About::NoSecondPrompt => Asked::NoSecondPrompt,
        About::Heard { from, .. } if Some(*from) == failure.client => Asked::Echo,
        About::Heard {
            privately: true, ..
        } => Asked::PrivateMessage,
        About::Heard { .. } => Asked::Message,
        About::Silence => Asked::Silence,
        About::Notice { .. } => Asked::Notice,
        About::NoNotice { .. } => Asked::NoNotice,
        About::Refusal(_) => Asked::Refusal,
        About::Acknowledgement => Asked::Acknowledgement,
        About::Goodbye => Asked::Goodbye,
        About::Listing | About::List(ListFault::None) => Asked::List,
        About::List(ListFault::Lacks(_)) => Asked::ListWith,
        About::List(ListFault::Ghost(_)) => Asked::ListWithout,
        About::List(ListFault::Twice(_)) => Asked::ListOnce,
        About::Bytes => Asked::Bytes,
        About::Closing => Asked::End,
        About::Staying => Asked::Staying,
        About::Serving | About::Pace => Asked::Service,
        About::LeftOver => Asked::NothingLeft,
        About::Form => Asked::Form,
    }
}
