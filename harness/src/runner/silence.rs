//! Proving that a client did not get something: by a barrier where there is one, by the clock only last.
//!
//! The strongest barrier is a marked message of the sender whose effect is doubted, which the listener must get and before which
//! nothing may stand; next comes a request of the listener's own. Their traffic is claimed in every stream.

use protocol::dialect::Barrier;
use protocol::matching::Supply;
use protocol::message::{CommandKind, NoticeKind, Reason, ReplyKind};
use tokio::time::Instant;

use super::due::DueState;
use super::hear::about;
use super::judge::{How, Miss, Seen, Want};
use super::stage::Stage;
use crate::applies::wrong_content;
use crate::client::End;
use crate::scenario::{Presence, Wrong};
use crate::transcript::ClientId;

/// What programs write for a name that they never got: in Python, Java and C#, JavaScript, Ruby and Go, C.
const NO_NAMES: [&[u8]; 5] = [b"None", b"null", b"undefined", b"nil", b"(null)"];

/// What a barrier showed.
enum Passed {
    /// Nothing stood before it.
    Yes,
    /// It never came: it proves nothing.
    Unknown,
    /// There is none.
    None,
}

impl Stage<'_, '_> {
    /// Nothing that nobody claims has come to a client, and nothing comes.
    pub(super) async fn hear_nothing(&mut self, id: ClientId) -> Result<(), Miss> {
        self.before_act().await;
        self.sift(id);
        self.no_unclaimed(id)?;
        if self.member(id).ignores {
            return Ok(());
        }
        if let Some(end) = self.clients.connection(id).end() {
            return self.nothing_after_the_end(id, end);
        }
        let mut proved = false;
        let doubted = self.last_speaker;
        if doubted == Some(id) || doubted.is_none() {
            proved |= self.by_own_request(id).await?;
        }
        let speaker = doubted
            .filter(|speaker| *speaker != id && self.can_mark(*speaker))
            .or_else(|| {
                self.others_in(id)
                    .into_iter()
                    .find(|other| self.can_mark(*other))
            });
        if let Some(speaker) = speaker {
            proved |= self.by_marked_message(id, speaker).await?;
        }
        if !proved {
            proved = self.by_own_request(id).await?;
        }
        if !proved {
            self.by_the_clock(id).await?;
        }
        self.no_unclaimed(id)
    }

    /// A client whose connection has ended hears nothing more; what it had not claimed is still a finding.
    fn nothing_after_the_end(&mut self, id: ClientId, end: End) -> Result<(), Miss> {
        let member = self.member(id);
        if !member.has_left && !member.is_wild && end != End::Ours {
            return Err(self.ended(end));
        }
        match self.attempt(id, &Want::nothing(), Supply::Closed) {
            Seen::Different(miss) if !miss.received.is_empty() => Err(unexpected(miss)),
            _ => Ok(()),
        }
    }

    /// Messages that came before anybody asked for them, and that nobody has claimed.
    fn no_unclaimed(&self, id: ClientId) -> Result<(), Miss> {
        let mut dues = self.member(id).dues.iter();
        let unclaimed = dues.find_map(|due| match &due.state {
            DueState::Arrived(arrival) if !due.is_no_surprise() => Some(arrival.bytes.clone()),
            _ => None,
        });
        match unclaimed {
            None => Ok(()),
            Some(received) => Err(Miss {
                how: How::Unexpected,
                expected: Vec::new(),
                nearest: 0,
                differs_at: Some(0),
                received,
                waited: std::time::Duration::ZERO,
            }),
        }
    }

    fn can_mark(&self, id: ClientId) -> bool {
        let connection = self.clients.connection(id);
        let member = self.member(id);
        self.run.dialect.broadcasts()
            && self.run.pace.relays
            && member.is_in
            && !member.is_broken
            && connection.is_open()
            && connection.reads()
    }

    /// A marked message of another. `false`: it proved nothing.
    async fn by_marked_message(&mut self, id: ClientId, speaker: ClientId) -> Result<bool, Miss> {
        if !self.member(id).is_in || !self.clients.connection(id).reads() {
            return Ok(false);
        }
        let action = match self.last_mark {
            // Nobody has acted since the last mark of the same speaker: it proves this silence too.
            Some((by, action)) if by == speaker && action == self.actions => action,
            _ => self.mark(speaker).await,
        };
        let passed = self
            .barrier(id, NoticeKind::Delivered.into(), action)
            .await?;
        self.run.pace.relays &= !matches!(passed, Passed::Unknown);
        Ok(matches!(passed, Passed::Yes))
    }

    /// Has somebody say a marked message.
    async fn mark(&mut self, speaker: ClientId) -> u64 {
        self.before_act().await;
        let doubted = self.last_speaker;
        let text = format!("barrier {}", self.run.nicks.word_text());
        let content = self.say_content(speaker, text.as_bytes());
        let action = self.request_bytes(speaker, &content);
        self.last_speaker = doubted;
        self.last_mark = Some((speaker, action));
        self.flag_barrier(action);
        action
    }

    fn flag_barrier(&mut self, action: u64) {
        let dues = self.members.iter_mut().flat_map(|member| &mut member.dues);
        for due in dues.filter(|due| due.action == action) {
            due.is_barrier = true;
        }
    }

    /// A request of its own. `false`: it proved nothing.
    async fn by_own_request(&mut self, id: ClientId) -> Result<bool, Miss> {
        let connection = self.clients.connection(id);
        let member = self.member(id);
        if !self.run.pace.replies
            || !member.is_in
            || member.is_broken
            || member.has_left
            || !connection.reads()
        {
            return Ok(false);
        }
        self.before_act().await;
        let dialect = self.run.dialect;
        let (content, kind): (Option<Vec<u8>>, ReplyKind) = match dialect.barrier {
            Barrier::List => {
                let content = dialect.render_request(CommandKind::List, &self.own_fields(id));
                (content, NoticeKind::Listing.into())
            }
            Barrier::Unknown if dialect.refuses(Reason::UnknownCommand) => (
                wrong_content(dialect, Wrong::UnknownCommand),
                Reason::UnknownCommand.into(),
            ),
            Barrier::Unknown => (
                wrong_content(dialect, Wrong::MalformedCommand),
                Reason::Malformed.into(),
            ),
            Barrier::Say => {
                let text = format!("barrier {}", self.run.nicks.word_text());
                let kind = match dialect.echoes() {
                    true => NoticeKind::Delivered,
                    false => NoticeKind::Said,
                };
                (Some(self.say_content(id, text.as_bytes())), kind.into())
            }
            Barrier::Quiet => (None, NoticeKind::Said.into()),
        };
        let Some(content) = content else {
            return Ok(false);
        };
        let is_past_it = self.is_past_its_mishap();
        let before = (self.last_speaker, self.mishap, self.member(id).mishap);
        let mishap_at = self.mishap_at;
        let action = self.request_bytes(id, &content);
        if before.1.is_some() && !is_past_it {
            self.mishap = before.1;
            self.mishap_at = mishap_at;
        }
        self.last_speaker = before.0;
        let member = self.member_mut(id);
        member.mishap = before.2.or(member.mishap);
        self.flag_barrier(action);
        let passed = self.barrier(id, kind, action).await?;
        self.run.pace.replies &= !matches!(passed, Passed::Unknown);
        Ok(matches!(passed, Passed::Yes))
    }

    /// Waits for a barrier, before which nothing may stand.
    async fn barrier(
        &mut self,
        id: ClientId,
        kind: ReplyKind,
        action: u64,
    ) -> Result<Passed, Miss> {
        let find = |due: &super::due::Due| due.action == action && due.kind == kind;
        let Some(index) = self.member(id).dues.iter().position(find) else {
            return Ok(Passed::None);
        };
        if self.members[id.0].dues[index].claim().is_none()
            && self.members[id.0].dues[index].is_coming()
        {
            let want = Want::due(&self.members[id.0].dues[index]).strictly();
            let until = self.patience();
            match self.expect(id, &want, until).await {
                Ok(_) => self.members[id.0].dues[index].state = DueState::Claimed,
                Err(miss) if miss.how == How::Late && miss.received.is_empty() => {
                    return Ok(Passed::Unknown);
                }
                Err(miss) => return Err(unexpected(miss)),
            }
        }
        if self.members[id.0]
            .pending
            .is_some_and(|pending| pending.action == action)
        {
            self.members[id.0].pending = None;
        }
        Ok(Passed::Yes)
    }

    /// A quiet window since the last action of anybody.
    async fn by_the_clock(&mut self, id: ClientId) -> Result<(), Miss> {
        let window = self.run.pace.quiet();
        let until = (self.last_action + window).min(self.deadline);
        loop {
            if let Seen::Different(miss) = self.attempt(id, &Want::nothing(), Supply::Open) {
                return Err(unexpected(miss));
            }
            if let Some(end) = self.clients.connection(id).end() {
                return self.nothing_after_the_end(id, end);
            }
            if Instant::now() >= until {
                break;
            }
            self.clients.pump(until).await;
        }
        match self.attempt(id, &Want::nothing(), Supply::Settled) {
            Seen::Different(miss) if !is_blank(&miss.received) => return Err(unexpected(miss)),
            _ => {}
        }
        self.clients.note_quiet(id, window);
        Ok(())
    }

    /// No notice about somebody comes.
    pub(super) async fn see_nothing(
        &mut self,
        id: ClientId,
        nick: &[u8],
        presence: Presence,
    ) -> Result<(), Miss> {
        self.hear_all_until_now(id).await?;
        match self.take_notice(id, presence, about(nick)) {
            None => Ok(()),
            Some(_) => Err(Miss::notice(nick)),
        }
    }

    /// No notice comes about somebody who never gave a name.
    pub(super) async fn see_no_unnamed(
        &mut self,
        id: ClientId,
        presence: Presence,
    ) -> Result<(), Miss> {
        self.hear_all_until_now(id).await?;
        let is_unnamed = |name: Option<&[u8]>| {
            name.is_some_and(|name| name.trim_ascii().is_empty() || NO_NAMES.contains(&name))
        };
        match self.take_notice(id, presence, is_unnamed) {
            None => Ok(()),
            Some(fields) => Err(Miss::notice(fields.get("nick").unwrap_or_default())),
        }
    }

    /// Waits until what others have caused by now has come to a client, if it ever does.
    async fn hear_all_until_now(&mut self, id: ClientId) -> Result<(), Miss> {
        let proved = match self
            .others_in(id)
            .into_iter()
            .find(|other| self.can_mark(*other))
        {
            Some(speaker) => self.by_marked_message(id, speaker).await?,
            None => false,
        };
        if !proved && !self.by_own_request(id).await? {
            self.by_the_clock(id).await?;
        }
        Ok(())
    }

    /// The server has not ended the connection.
    pub(super) async fn be_still_connected(&mut self, id: ClientId) -> Result<(), Miss> {
        self.clients.drain().await;
        if self.clients.connection(id).is_open() && !self.any_request(id).await {
            let until = self.until(self.run.pace.quiet());
            while self.clients.connection(id).is_open() && Instant::now() < until {
                self.clients.pump(until).await;
            }
        }
        match self.clients.connection(id).end() {
            None => Ok(()),
            Some(end) => Err(self.ended(end)),
        }
    }

    /// Whether a request of its own is answered, whatever stands before the answer.
    async fn any_request(&mut self, id: ClientId) -> bool {
        matches!(self.by_own_request(id).await, Ok(true))
    }

    /// What nobody has claimed, at the end of the scenario.
    pub(super) fn left_over(&mut self, id: ClientId) -> Result<(), Miss> {
        if self.member(id).is_wild || !self.clients.connection(id).reads() {
            return Ok(());
        }
        self.sift(id);
        self.no_unclaimed(id)?;
        if self.member(id).ignores || self.clients.connection(id).end() == Some(End::Ours) {
            return Ok(());
        }
        let phase = self.member(id).phase;
        let harmless = Want {
            variants: [].into(),
            ..Want::nothing()
        };
        match self.attempt(id, &harmless, Supply::Open) {
            Seen::Different(miss)
                if !is_blank(&miss.received) && phase == protocol::message::Phase::Chatting =>
            {
                Err(unexpected(miss))
            }
            _ => Ok(()),
        }
    }
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n' | 0))
}

fn unexpected(miss: Miss) -> Miss {
    match miss.how {
        How::Different | How::Late if !miss.received.is_empty() => Miss {
            how: How::Unexpected,
            expected: Vec::new(),
            ..miss
        },
        _ => miss,
    }
}
