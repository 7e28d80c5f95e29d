//! Carries out the steps of a scenario, one after the other, and says which of them the server did not keep up with.

use std::pin::Pin;
use std::time::Duration;

use protocol::matching::Standing;
use protocol::message::{CommandKind, Fields, NoticeKind, Reason};

use super::Departure;
use super::due::Arrival;
use super::judge::{How, Miss, message_fields};
use super::listing::{ListFault, Listed};
use super::stage::Stage;
use crate::client::End;
use crate::scenario::{Action, Actor, Level, Name, Place, Presence, Recipient, Step, Verb};
use crate::transcript::ClientId;

/// What a step is about, for the choice of its lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum About {
    Connecting,
    Joining,
    Prompt,
    NoSecondPrompt,
    Heard {
        from: ClientId,
        privately: bool,
    },
    Silence,
    Notice {
        who: String,
        presence: Presence,
    },
    NoNotice {
        who: Option<String>,
        presence: Presence,
    },
    Refusal(Reason),
    Acknowledgement,
    Goodbye,
    Listing,
    List(ListFault),
    Bytes,
    Closing,
    Staying,
    Serving,
    /// The pace that the server had before a client stopped reading.
    Pace,
    LeftOver,
    /// Right, but not to the letter.
    Form,
}

/// Something that the server did not do, or did in another form.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) about: About,
    pub(super) client: Option<ClientId>,
    pub(super) miss: Miss,
    pub(super) place: Option<Place>,
    /// Since the scenario began.
    pub(super) at: Duration,
    pub(super) is_warning: bool,
}

pub(super) type Boxed<'f> = Pin<Box<dyn Future<Output = Result<(), Failure>> + 'f>>;

impl Stage<'_, '_> {
    /// Carries out steps until one fails.
    pub(super) async fn steps(
        &mut self,
        steps: &[Step],
        warnings: &mut Vec<Failure>,
    ) -> Result<(), Failure> {
        for step in steps {
            self.step(step, warnings).await?;
        }
        Ok(())
    }

    pub(super) fn step<'f>(
        &'f mut self,
        step: &'f Step,
        warnings: &'f mut Vec<Failure>,
    ) -> Boxed<'f> {
        Box::pin(async move {
            if step.level.is_some() && !super::applicability::can_express(self.run.declared, step) {
                return Ok(());
            }
            self.clients.under_line(Some(step.place.line()));
            if self.is_over() {
                return Err(self.out_of_time(step));
            }
            let result = match &step.action {
                Action::Do { actor, verb } => self.verb(actor, verb, warnings).await,
                Action::Crowd { size, verb } => self.crowd_verb(*size, verb).await,
                Action::Block { block, steps } => self.block(*block, steps, warnings).await,
                Action::ServerStillServes => self.still_serves().await,
            };
            for warning in warnings
                .iter_mut()
                .filter(|warning| warning.place.is_none())
            {
                warning.place = Some(step.place.clone());
                warning.at = self.clients.began().elapsed();
            }
            let Err(mut failure) = result else {
                return Ok(());
            };
            if failure.place.is_none() {
                failure.place = Some(step.place.clone());
                failure.at = self.clients.began().elapsed();
            }
            match step.level {
                None | Some(Level::Must) => Err(failure),
                Some(_) => {
                    failure.is_warning = true;
                    warnings.push(failure);
                    Ok(())
                }
            }
        })
    }

    fn out_of_time(&self, step: &Step) -> Failure {
        Failure {
            about: About::Serving,
            client: None,
            miss: Miss {
                how: How::OutOfTime,
                expected: Vec::new(),
                nearest: 0,
                received: Vec::new(),
                differs_at: None,
                waited: self.clients.began().elapsed(),
            },
            place: Some(step.place.clone()),
            at: self.clients.began().elapsed(),
            is_warning: false,
        }
    }

    /// The client with which an actor joins: a new one, where its last connection has ended.
    pub(super) fn client_to_join(&mut self, actor: &Actor) -> ClientId {
        let id = self.client(actor);
        let connection = self.clients.connection(id);
        if !connection.was_opened() || (connection.is_open() && !self.member(id).has_left) {
            return id;
        }
        self.clients.close(id);
        self.actors.remove(actor);
        self.client(actor)
    }

    pub(super) fn name(&self, actor: &Actor, name: &Name) -> Vec<u8> {
        match name {
            Name::Own => self.nicks.get(actor).cloned().unwrap_or_default(),
            Name::Of(other) => self.nick_of(other),
            Name::OfInOtherCase(other) => self
                .nick_of(other)
                .iter()
                .map(|byte| byte ^ case_bit(*byte))
                .collect(),
            Name::Literally(text) => self.text(text, None),
        }
    }

    /// Whether somebody had that name and has left.
    fn was_left(&self, nick: &[u8]) -> bool {
        let mut members = self.members.iter();
        members.any(|member| member.nick == nick && member.has_left)
    }

    async fn verb(
        &mut self,
        actor: &Actor,
        verb: &Verb,
        warnings: &mut Vec<Failure>,
    ) -> Result<(), Failure> {
        let id = match verb {
            Verb::Join(_) | Verb::TryToJoin(_) | Verb::Connect => self.client_to_join(actor),
            _ => self.client(actor),
        };
        let (about, result) = self.judged(id, actor, verb).await;
        match result {
            Ok(Some(arrival)) => {
                let came = self.own_pace.map(|_| arrival.bytes.clone());
                self.note_form(id, arrival, verb, warnings).await;
                match (self.is_held_up().await, came) {
                    (Some(waited), Some(received)) => {
                        Err(failure(About::Pace, id, Miss::slow(received, waited)))
                    }
                    _ => Ok(()),
                }
            }
            Ok(None) => Ok(()),
            Err(miss) => Err(failure(about, id, miss)),
        }
    }

    /// A form that is only tolerated is worth a warning, where the step is about it.
    async fn note_form(
        &mut self,
        id: ClientId,
        arrival: Arrival,
        verb: &Verb,
        warnings: &mut Vec<Failure>,
    ) {
        if arrival.standing != Some(Standing::Tolerated) || matches!(verb, Verb::Join(_)) {
            return;
        }
        if self
            .final_standing(id)
            .await
            .is_some_and(|standing| standing != Standing::Tolerated)
        {
            return;
        }
        let miss = Miss {
            how: How::Different,
            expected: arrival.expected,
            nearest: 0,
            received: arrival.bytes,
            differs_at: None,
            waited: Duration::ZERO,
        };
        warnings.push(Failure {
            is_warning: true,
            ..failure(About::Form, id, miss)
        });
    }

    /// One verb: what it is about, and what came of it.
    async fn judged(
        &mut self,
        id: ClientId,
        actor: &Actor,
        verb: &Verb,
    ) -> (About, Result<Option<Arrival>, Miss>) {
        let some = |result: Result<Arrival, Miss>| result.map(Some);
        let none = |result: Result<(), Miss>| result.map(|()| None);
        match verb {
            Verb::Join(name) => {
                let nick = self.name(actor, name);
                let was_left = self.was_left(&nick);
                (About::Joining, some(self.join(id, &nick, was_left).await))
            }
            Verb::TryToJoin(name) => {
                let nick = self.name(actor, name);
                (About::Joining, none(self.try_to_join(id, &nick).await))
            }
            Verb::Connect => {
                self.before_move().await;
                (About::Connecting, none(self.connect(id).await))
            }
            Verb::Hear { from, text } | Verb::HearPrivately { from, text } => {
                let privately = matches!(verb, Verb::HearPrivately { .. });
                let kind = if privately {
                    NoticeKind::Whispered
                } else {
                    NoticeKind::Delivered
                };
                let text = self.text(text, None);
                let nick = self.nick_of(from);
                let about = About::Heard {
                    from: self.client(from),
                    privately,
                };
                let echo_is_reply = from == actor && !self.run.dialect.echoes() && !privately;
                let kind = if echo_is_reply {
                    NoticeKind::Said
                } else {
                    kind
                };
                (about, some(self.hear(id, kind, &nick, &text).await))
            }
            Verb::HearNothing => (About::Silence, none(self.hear_nothing(id).await)),
            Verb::See { who, presence } => {
                let nick = self.nick_of(who);
                let about = About::Notice {
                    who: who.name().to_owned(),
                    presence: *presence,
                };
                (about, some(self.see(id, &nick, *presence).await))
            }
            Verb::NotSee { who, presence } => {
                let about = About::NoNotice {
                    who: who.as_ref().map(|who| who.name().to_owned()),
                    presence: *presence,
                };
                let seen = match who {
                    Some(who) => {
                        let nick = self.nick_of(who);
                        self.see_nothing(id, &nick, *presence).await
                    }
                    None => self.see_no_unnamed(id, *presence).await,
                };
                (about, none(seen))
            }
            Verb::IsWelcomed => (About::Joining, some(self.be_welcomed(id).await)),
            Verb::IsPrompted => (About::Prompt, some(self.be_prompted(id).await)),
            Verb::IsNotPromptedTwice => (
                About::NoSecondPrompt,
                none(self.be_prompted_once_at_most(id).await),
            ),
            Verb::IsRefused(reason) => (
                About::Refusal(*reason),
                some(self.be_refused(id, *reason).await),
            ),
            Verb::IsAcknowledged => (
                About::Acknowledgement,
                some(self.be_acknowledged(id, NoticeKind::Said).await),
            ),
            Verb::IsAcknowledgedPrivately => (
                About::Acknowledgement,
                some(self.be_acknowledged(id, NoticeKind::Told).await),
            ),
            Verb::IsToldGoodbye => (About::Goodbye, some(self.be_told_goodbye(id).await)),
            Verb::IsTold { pattern, capture } => {
                let arrival = self.be_told(id, pattern).await;
                (About::Bytes, some(self.captured(arrival, capture.as_ref())))
            }
            Verb::Expect { pattern, capture } => {
                let arrival = self.expect_bytes(id, pattern).await;
                (About::Bytes, some(self.captured(arrival, capture.as_ref())))
            }
            Verb::ListIncludes(actors) => self.listed(id, Listed::Includes(actors)).await,
            Verb::ListExcludes(actors) => self.listed(id, Listed::Excludes(actors)).await,
            Verb::ListIsExactly(actors) => self.listed(id, Listed::Exactly(actors)).await,
            Verb::List if self.at_once => {
                let fields = self.own_fields(id);
                self.request(id, CommandKind::List, &fields).await;
                (About::Listing, Ok(None))
            }
            Verb::List => (About::Listing, none(self.ask_for_list(id).await)),
            Verb::IsDisconnected => (About::Closing, none(self.be_disconnected(id).await)),
            Verb::IsStillConnected => (About::Staying, none(self.be_still_connected(id).await)),
            Verb::Say { .. } | Verb::SayTogether(_) | Verb::Tell { .. } if self.was_ended(id) => {
                let end = self.clients.connection(id).end();
                let miss = self.ended(end.unwrap_or(End::Closed));
                (About::Staying, Err(miss))
            }
            _ => {
                self.act(id, verb).await;
                (About::Serving, Ok(None))
            }
        }
    }

    /// Whether the server ended the connection of a client that has done nothing to deserve it.
    fn was_ended(&self, id: ClientId) -> bool {
        let member = self.member(id);
        let end = self.clients.connection(id).end();
        !self.at_once
            && member.is_in
            && !(member.has_left || member.is_wild || member.is_broken)
            && matches!(end, Some(End::Closed | End::Reset))
    }

    /// A verb that nothing can contradict.
    async fn act(&mut self, id: ClientId, verb: &Verb) {
        match verb {
            Verb::Say { text, framing } => {
                let text = self.text(text, None);
                let terminator = framing
                    .terminator
                    .as_ref()
                    .map(|text| self.text(text, None));
                self.say(id, &text, framing, terminator.as_deref()).await;
            }
            Verb::SayTogether(texts) => {
                let texts: Vec<_> = texts.iter().map(|text| self.text(text, None)).collect();
                self.say_in_one_write(id, &texts).await;
            }
            Verb::Tell { to, text } => {
                let (to, number) = match to {
                    Recipient::Actor(actor) => (self.nick_of(actor), self.number_of(actor)),
                    Recipient::Nobody => (self.run.nicks.fresh("x"), Vec::new()),
                };
                let text = self.text(text, None);
                let number = if number.is_empty() {
                    to.clone()
                } else {
                    number
                };
                let fields = message_fields(&self.member(id).nick, &text);
                let fields = fields.with("to", to).with("id", number);
                self.request(id, CommandKind::Tell, &fields).await;
            }
            Verb::Quit { capitals } => self.quit(id, *capitals).await,
            Verb::Leave => self.leave(id).await,
            Verb::SendWrong(wrong) => self.send_wrong(id, *wrong).await,
            Verb::Send(text) => {
                let bytes = self.text(text, None);
                self.send_raw(id, &[bytes], None).await;
            }
            Verb::SendInPieces { pieces, pause } => {
                let pieces: Vec<_> = pieces.iter().map(|text| self.text(text, None)).collect();
                self.send_raw(id, &pieces, *pause).await;
            }
            Verb::SendTogether(texts) => {
                let bytes: Vec<u8> = texts
                    .iter()
                    .flat_map(|text| self.text(text, None))
                    .collect();
                self.send_raw(id, &[bytes], None).await;
                self.member_mut(id).sent = crate::lesson::Sent::Together;
            }
            Verb::Finish => self.go(id, Departure::Finish).await,
            Verb::Reset => self.go(id, Departure::Reset).await,
            Verb::Close => self.go(id, Departure::Close).await,
            Verb::StopReading => self.stop_reading(id),
            Verb::Vanish => self.clients.set_reading(id, false),
            Verb::ReadAgain => self.clients.set_reading(id, true),
            Verb::IgnoreTheRest => {
                let member = self.member_mut(id);
                member.ignores = true;
                member.is_wild = true;
            }
            _ => {}
        }
    }

    async fn listed(
        &mut self,
        id: ClientId,
        listed: Listed<'_>,
    ) -> (About, Result<Option<Arrival>, Miss>) {
        match self.check_list(id, listed).await {
            Ok(()) => (About::Listing, Ok(None)),
            Err(fault) => {
                let miss = Miss {
                    how: How::Different,
                    expected: Vec::new(),
                    nearest: 0,
                    received: self.member(id).list.clone().unwrap_or_default(),
                    differs_at: None,
                    waited: Duration::ZERO,
                };
                (About::List(fault), Err(miss))
            }
        }
    }

    async fn be_welcomed(&mut self, id: ClientId) -> Result<Arrival, Miss> {
        let kind = NoticeKind::Welcome.into();
        if let Some(due) = self.members[id.0]
            .dues
            .iter_mut()
            .find(|due| due.kind == kind)
        {
            return Ok(due.claim().unwrap_or_default());
        }
        let nick = self.member(id).asked_as.clone();
        let arrival = self.be_let_in(id, &nick).await?;
        if let Some(due) = self.members[id.0]
            .dues
            .iter_mut()
            .find(|due| due.kind == kind)
        {
            due.claim();
        }
        Ok(arrival)
    }

    async fn be_acknowledged(&mut self, id: ClientId, kind: NoticeKind) -> Result<Arrival, Miss> {
        self.claim(id, kind.into(), &Fields::new()).await
    }

    async fn be_told_goodbye(&mut self, id: ClientId) -> Result<Arrival, Miss> {
        let is_optional = self
            .run
            .dialect
            .reply(NoticeKind::Bye)
            .is_some_and(|reply| reply.optional);
        match self.claim(id, NoticeKind::Bye.into(), &Fields::new()).await {
            Err(Miss {
                how: How::Ended(_), ..
            }) if is_optional => Ok(Arrival::default()),
            result => result,
        }
    }

    fn captured(
        &mut self,
        arrival: Result<Arrival, Miss>,
        name: Option<&String>,
    ) -> Result<Arrival, Miss> {
        let arrival = arrival?;
        for (hole, value) in arrival.fields.iter().filter(|(hole, _)| !hole.is_empty()) {
            self.captured.insert(hole.to_owned(), value.to_vec());
        }
        if let Some(name) = name {
            self.captured.insert(name.clone(), arrival.bytes.clone());
        }
        Ok(arrival)
    }
}

pub(super) fn failure(about: About, client: ClientId, miss: Miss) -> Failure {
    Failure {
        about,
        client: Some(client),
        miss,
        place: None,
        at: Duration::ZERO,
        is_warning: false,
    }
}

const fn case_bit(byte: u8) -> u8 {
    if byte.is_ascii_alphabetic() { 0x20 } else { 0 }
}
