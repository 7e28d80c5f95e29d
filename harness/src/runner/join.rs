//! Coming in: connecting, asking for a name as the dialect does, being let in.

use std::rc::Rc;

use protocol::Dialect;
use protocol::dialect::NamedBy;
use protocol::matching::Variant;
use protocol::message::{CommandKind, Direction, Fields, NoticeKind, Phase, Reason, ReplyKind};
use tokio::time::Instant;

use super::due::{Arrival, Due, DueState};
use super::judge::{How, Miss, Want, message_fields};
use super::stage::Stage;
use crate::transcript::ClientId;

impl Stage<'_, '_> {
    /// Opens a connection, if none is open. A client whose connection has ended becomes a new one.
    pub(super) async fn connect(&mut self, id: ClientId) -> Result<(), Miss> {
        if self.clients.connection(id).is_open() {
            return Ok(());
        }
        let until = self.patience();
        let began = Instant::now();
        let door = self.run.door.clone();
        self.last_action = began;
        let connected = self.clients.connect(id, &door, until).await;
        connected.map_err(|error| Miss {
            how: How::Unreachable(error.kind()),
            expected: Vec::new(),
            nearest: 0,
            received: Vec::new(),
            differs_at: None,
            waited: began.elapsed(),
        })?;
        if self.run.dialect.names.by == NamedBy::Address
            && let Some(port) = self.clients.transcript().clients[id.0].local_port
        {
            self.take_name(id, format!("127.0.0.1:{port}").into_bytes());
        }
        if self.run.dialect.request(CommandKind::Join).is_none()
            && self.run.dialect.names.by != NamedBy::Server
        {
            self.let_in(id);
            if !self.at_once {
                self.await_greeting(id).await;
            }
        }
        Ok(())
    }

    /// Where to connect is to be in, the greeting shows that the server has noticed.
    async fn await_greeting(&mut self, id: ClientId) {
        let dialect = self.run.dialect;
        let is_greeted = [NoticeKind::Greeting, NoticeKind::Prompt]
            .into_iter()
            .any(|kind| dialect.reply(kind).is_some());
        if !is_greeted || dialect.request(CommandKind::Join).is_some() {
            return;
        }
        let until = self.patience();
        let is_silent = |stage: &Self| {
            let connection = stage.clients.connection(id);
            connection.is_open() && connection.kept() == 0
        };
        while is_silent(self) && Instant::now() < until {
            self.clients.pump(until).await;
        }
    }

    pub(super) fn let_in(&mut self, id: ClientId) {
        let at = self.actions;
        let member = self.member_mut(id);
        member.phase = Phase::Chatting;
        member.is_in = true;
        member.was_refused = false;
        member.joined_at = Some(at);
    }

    pub(super) fn take_name(&mut self, id: ClientId, nick: Vec<u8>) {
        self.vocabulary.know(&nick);
        self.clients.rename(id, &nick);
        self.member_mut(id).nick = nick;
    }

    /// Connects and asks for a name, as far as nothing must be answered in between; the last step is sent.
    pub(super) async fn ask_to_join(&mut self, id: ClientId, nick: &[u8]) -> Result<(), Miss> {
        self.register(id, nick, false).await
    }

    /// The same, where the server may refuse: what it says instead of the reply to a step is left for the next step of the scenario.
    pub(super) async fn try_to_join(&mut self, id: ClientId, nick: &[u8]) -> Result<(), Miss> {
        self.register(id, nick, true).await
    }

    async fn register(&mut self, id: ClientId, nick: &[u8], may_fail: bool) -> Result<(), Miss> {
        self.before_move().await;
        self.connect(id).await?;
        let dialect: &Dialect = self.run.dialect;
        let Some(request) = dialect.request(CommandKind::Join) else {
            return Ok(());
        };
        if !self.at_once && self.member(id).asked_as.is_empty() && refuses_by_prompting(dialect) {
            self.hear_prompt(id).await;
        }
        self.member_mut(id).asked_as = nick.to_vec();
        // Whatever becomes of it: others may be told of it, and no hole for a name need fit a name such as `Ana Maria`.
        self.vocabulary.know(nick);
        self.run.nicks.was_asked(nick);
        let fields = message_fields(nick, b"");
        for (index, step) in request.steps.iter().enumerate() {
            let content = step.send.render(&fields);
            self.write(
                id,
                &dialect.frame(Direction::ToServer, Phase::Joining, &content),
            );
            if index + 1 < request.steps.len() {
                let variants = dialect.step_expectation(step, &fields, Phase::Joining);
                if may_fail && !variants.is_empty() {
                    if !self.step_is_accepted(id, variants).await? {
                        return Ok(());
                    }
                } else {
                    self.step_reply(id, variants).await?;
                }
            }
        }
        Ok(())
    }

    /// Takes the first request for a name: what comes after the name is an answer, even if it is the same again.
    async fn hear_prompt(&mut self, id: ClientId) {
        let phase = Phase::Joining;
        let variants = self
            .run
            .dialect
            .expectation(NoticeKind::Prompt, &Fields::new(), phase);
        let until = self.until(self.run.pace.patience());
        let prompt = Want::of(NoticeKind::Prompt, variants);
        // Who does not ask is judged by what it answers.
        if let Ok(arrival) = self.expect(id, &prompt, until).await {
            self.members[id.0].note(NoticeKind::Prompt.into(), arrival.fields);
        }
    }

    /// Waits for the reply to a step of a registration; `false`: something else came, or the server asks again for a name.
    async fn step_is_accepted(
        &mut self,
        id: ClientId,
        variants: Vec<Variant>,
    ) -> Result<bool, Miss> {
        let want = Want {
            kind: None,
            ..Want::of(NoticeKind::Welcome, variants)
        };
        let until = self.patience();
        loop {
            let look_up = self.until(self.run.pace.quiet()).min(until);
            match self.expect(id, &want, look_up).await {
                Ok(_) => {
                    self.members[id.0].pending = None;
                    return Ok(true);
                }
                Err(Miss {
                    how: How::Different | How::Ended(_),
                    ..
                }) => return Ok(false),
                Err(Miss { how: How::Late, .. }) if self.is_asked_again(id) => return Ok(false),
                Err(miss) if miss.how != How::Late || Instant::now() >= until => return Err(miss),
                Err(_) => {}
            }
        }
    }

    fn is_asked_again(&self, id: ClientId) -> bool {
        let notices = self.member(id).notices.iter();
        notices
            .filter(|(kind, _)| *kind == NoticeKind::Prompt.into())
            .count()
            > 1
    }

    pub(super) async fn step_reply(
        &mut self,
        id: ClientId,
        variants: Vec<Variant>,
    ) -> Result<(), Miss> {
        if variants.is_empty() {
            self.await_read(id).await;
            return Ok(());
        }
        let want = Want {
            kind: None,
            variants: variants.into(),
            cause: None,
            strict: false,
            whole: false,
        };
        let until = self.patience();
        self.expect(id, &want, until).await?;
        self.members[id.0].pending = None;
        Ok(())
    }

    /// Waits until the server lets a client in that asked to.
    pub(super) async fn be_let_in(&mut self, id: ClientId, nick: &[u8]) -> Result<Arrival, Miss> {
        let dialect = self.run.dialect;
        let Some(welcome) = dialect.reply(NoticeKind::Welcome) else {
            self.await_read(id).await;
            self.await_greeting(id).await;
            self.let_in(id);
            return Ok(Arrival::default());
        };
        let nick = match dialect.names.first_word {
            true => nick
                .split(u8::is_ascii_whitespace)
                .find(|word| !word.is_empty())
                .unwrap_or_default(),
            false => nick,
        };
        let is_named = dialect.names.by == NamedBy::Server;
        let mut fields = Fields::new();
        if !is_named {
            fields = message_fields(nick, b"");
        }
        let want = Want::of(
            NoticeKind::Welcome,
            dialect.expectation(NoticeKind::Welcome, &fields, Phase::Joining),
        );
        let until = match welcome.optional {
            true => self.until(self.run.pace.quiet()),
            false => self.patience(),
        };
        let arrival = match self.expect(id, &want, until).await {
            Err(miss) if welcome.optional && miss.received.is_empty() && miss.how == How::Late => {
                Arrival::default()
            }
            result => result?,
        };
        self.members[id.0].pending = None;
        if let Some(number) = arrival.fields.get("id") {
            self.members[id.0].number = number.to_vec();
        }
        let given = arrival
            .fields
            .get("nick")
            .or_else(|| arrival.fields.get("id"));
        if let Some(given) = given.filter(|_| is_named) {
            self.take_name(id, given.to_vec());
        } else if !nick.is_empty() {
            self.take_name(id, nick.to_vec());
        }
        self.let_in(id);
        self.members[id.0].dues.push(Due {
            action: self.actions,
            from: id,
            kind: NoticeKind::Welcome.into(),
            fields,
            variants: Rc::clone(&want.variants),
            is_own: false,
            is_barrier: false,
            state: DueState::Arrived(arrival.clone()),
        });
        Ok(arrival)
    }

    /// Joins under a name; where its former owner has just left, again until the server has noticed.
    pub(super) async fn join(
        &mut self,
        id: ClientId,
        nick: &[u8],
        was_left: bool,
    ) -> Result<Arrival, Miss> {
        let until = self.patience();
        loop {
            self.ask_to_join(id, nick).await?;
            match self.be_let_in(id, nick).await {
                Err(miss) if was_left && Instant::now() < until && miss.how == How::Different => {
                    self.forget_answer(id, until).await;
                }
                result => return result,
            }
        }
    }

    /// Throws away an answer with all that still comes of it, before the client asks again: its rest would be taken for the next.
    pub(super) async fn forget_answer(&mut self, id: ClientId, until: Instant) {
        let mut pause = Instant::now() + self.run.pace.quiet();
        loop {
            let len = self.clients.connection(id).unread().len();
            self.clients.consume(id, len);
            if !self.clients.pump(pause.min(until)).await {
                return;
            }
            if !self.clients.connection(id).unread().is_empty() {
                pause = Instant::now() + self.run.pace.quiet();
            }
        }
    }
}

/// Whether a name is refused in the same words in which one is asked for.
fn refuses_by_prompting(dialect: &Dialect) -> bool {
    let forms = |kind: ReplyKind| dialect.reply(kind).map_or(&[][..], |reply| &reply.forms);
    let prompts = forms(NoticeKind::Prompt.into());
    let refusals = [Reason::NameInUse, Reason::NameBlank, Reason::NameInvalid];
    let mut refusals = refusals.into_iter().flat_map(|reason| forms(reason.into()));
    refusals.any(|refusal| {
        let mut prompts = prompts.iter();
        prompts.any(|prompt| prompt.template.source() == refusal.template.source())
    })
}
