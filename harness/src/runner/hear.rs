//! What must have reached a client: messages, replies, notices, lists, bytes, the end of its connection.

use std::rc::Rc;
use std::time::Duration;

use protocol::matching::{Standing, Supply, Variant, recognise};
use protocol::message::{CommandKind, Fields, NoticeKind, Phase, Reason, ReplyKind};
use protocol::pattern::{Pattern as Bytes, Prefix};
use protocol::template::Part as TemplatePart;
use tokio::time::Instant;

use super::due::{Arrival, DueState};
use super::judge::{How, Miss, Want, forms};
use super::stage::Stage;
use crate::client::End;
use crate::scenario::{Pattern, PatternPart, Presence};
use crate::transcript::ClientId;
use crate::verdict::ExpectedForm;

/// Bytes after a told text that are searched for the next message.
const LOOK_AHEAD: usize = 4096;

impl Stage<'_, '_> {
    /// Claims a message that is due, or waits for one of this kind with these values.
    pub(super) async fn claim(
        &mut self,
        id: ClientId,
        kind: ReplyKind,
        fields: &Fields,
    ) -> Result<Arrival, Miss> {
        let fits = |due: &super::due::Due| {
            due.kind == kind
                && !matches!(due.state, DueState::Claimed)
                && fields
                    .iter()
                    .all(|(name, value)| due.fields.get(name).is_none_or(|known| known == value))
        };
        let is_reply = fields.is_empty();
        let dues = &mut self.members[id.0].dues;
        let index = match is_reply {
            // Of the replies to several requests, the last is asked for.
            true => dues.iter().rposition(fits),
            false => dues.iter().position(fits),
        };
        let Some(index) = index else {
            let until = self.patience();
            let member = self.member(id);
            let nick = match member.phase {
                Phase::Joining => &member.asked_as,
                Phase::Chatting => &member.nick,
            };
            let fields = super::judge::message_fields(nick, b"");
            let phase = self.member(id).phase;
            let variants = self.run.dialect.expectation(kind, &fields, phase);
            return self.expect(id, &Want::of(kind, variants), until).await;
        };
        self.claim_due(id, index).await
    }

    /// Claims one thing that is due, once it is there.
    pub(super) async fn claim_due(&mut self, id: ClientId, index: usize) -> Result<Arrival, Miss> {
        if let Some(arrival) = self.members[id.0].dues[index].claim() {
            return Ok(arrival);
        }
        let until = self.patience();
        let want = Want::due(&self.members[id.0].dues[index]);
        let arrival = self.expect(id, &want, until).await?;
        self.members[id.0].dues[index].state = DueState::Claimed;
        Ok(arrival)
    }

    /// A message from another, or one's own copy.
    pub(super) async fn hear(
        &mut self,
        id: ClientId,
        kind: NoticeKind,
        from: &[u8],
        text: &[u8],
    ) -> Result<Arrival, Miss> {
        let fields = super::judge::message_fields(from, text);
        let is_due = self.member(id).dues.iter().any(|due| {
            due.kind == kind.into()
                && due.fields.get("text") == Some(text)
                && due.fields.get("from") == Some(from)
        });
        if is_due {
            return self.claim(id, kind.into(), &fields).await;
        }
        let phase = self.member(id).phase;
        let fields = fields.with("to", &self.member(id).nick[..]);
        let variants = self.run.dialect.expectation(kind, &fields, phase);
        let until = self.patience();
        self.expect(id, &Want::of(kind, variants), until).await
    }

    /// A refusal. Where it is of a message to somebody who has just left, the message is sent again until the server has noticed.
    pub(super) async fn be_refused(
        &mut self,
        id: ClientId,
        reason: Reason,
    ) -> Result<Arrival, Miss> {
        let until = self.patience();
        let arrival = loop {
            match self.claim(id, reason.into(), &Fields::new()).await {
                Err(miss) if miss.how == How::Different && Instant::now() < until => {
                    let Some((to, text)) = self.told_to_one_who_left(id, reason) else {
                        return Err(miss);
                    };
                    self.forget_answer(id, until).await;
                    let fields = self.own_fields(id).with("to", to).with("text", text);
                    self.request(id, CommandKind::Tell, &fields).await;
                }
                result => break result?,
            }
        };
        let member = &mut self.members[id.0];
        member.pending = None;
        member.met_refusal = true;
        member.was_refused = matches!(
            reason,
            Reason::NameInUse | Reason::NameBlank | Reason::NameInvalid
        );
        Ok(arrival)
    }

    /// The last message of a client that must be refused because its recipient has left, and what it says.
    fn told_to_one_who_left(&self, id: ClientId, reason: Reason) -> Option<(Vec<u8>, Vec<u8>)> {
        let mut dues = self.member(id).dues.iter().rev();
        let due = dues
            .find(|due| due.kind == reason.into())
            .filter(|_| reason == Reason::NoRecipient)?;
        let (to, text) = (due.fields.get("to")?, due.fields.get("text")?);
        let mut members = self.members.iter();
        let has_left = members.any(|member| member.has_left && member.nick == to);
        has_left.then(|| (to.to_vec(), text.to_vec()))
    }

    /// A notice about another's coming or going.
    pub(super) async fn see(
        &mut self,
        id: ClientId,
        nick: &[u8],
        presence: Presence,
    ) -> Result<Arrival, Miss> {
        self.sift(id);
        if self.take_notice(id, presence, about(nick)).is_some() {
            return Ok(Arrival::default());
        }
        let phase = self.member(id).phase;
        let fields = Fields::new().with("nick", nick).with("from", nick);
        let kinds = notice_kinds(presence);
        let variants: Vec<Variant> = kinds
            .iter()
            .flat_map(|kind| self.run.dialect.expectation(*kind, &fields, phase))
            .collect();
        let until = self.patience();
        self.expect(id, &Want::of(kinds[0], variants), until).await
    }

    /// A notice with such a name (if it says one) that has come; it is then gone.
    pub(super) fn take_notice(
        &mut self,
        id: ClientId,
        presence: Presence,
        is_about: impl Fn(Option<&[u8]>) -> bool,
    ) -> Option<Fields> {
        let kinds = notice_kinds(presence);
        let notices = &mut self.members[id.0].notices;
        let place = notices.iter().position(|(kind, fields)| {
            kinds.iter().any(|wanted| *kind == ReplyKind::from(*wanted))
                && is_about(fields.get("nick"))
        })?;
        Some(notices.remove(place).1)
    }

    /// The request for a name.
    pub(super) async fn be_prompted(&mut self, id: ClientId) -> Result<Arrival, Miss> {
        self.sift(id);
        let prompt: ReplyKind = NoticeKind::Prompt.into();
        let notices = &mut self.members[id.0].notices;
        if let Some(place) = notices.iter().position(|(kind, _)| *kind == prompt) {
            notices.remove(place);
            return Ok(Arrival::default());
        }
        self.claim(id, prompt, &Fields::new()).await
    }

    /// The server asks for no name again before the client has given one. It need not ask at all.
    pub(super) async fn be_prompted_once_at_most(&mut self, id: ClientId) -> Result<(), Miss> {
        if self.be_prompted(id).await.is_err() {
            return Ok(());
        }
        let window = self.run.pace.quiet();
        let until = self.until(window);
        while Instant::now() < until {
            self.clients.pump(until).await;
        }
        let anything = Want {
            strict: false,
            ..Want::nothing()
        };
        self.attempt(id, &anything, Supply::Settled);
        self.clients.note_quiet(id, window);
        let prompt: ReplyKind = NoticeKind::Prompt.into();
        let mut notices = self.member(id).notices.iter();
        if !notices.any(|(kind, _)| *kind == prompt) {
            return Ok(());
        }
        let phase = self.member(id).phase;
        let forms = self.run.dialect.expectation(prompt, &Fields::new(), phase);
        let shown = forms.first().map(|form| form.pattern.shown());
        Err(Miss::notice(&shown.unwrap_or_default()))
    }

    /// These bytes are next.
    pub(super) async fn expect_bytes(
        &mut self,
        id: ClientId,
        pattern: &Pattern,
    ) -> Result<Arrival, Miss> {
        let pattern = self.bytes_pattern(pattern, None);
        let arrived = self.members[id.0]
            .dues
            .iter_mut()
            .find(|due| match &due.state {
                DueState::Arrived(arrival) => pattern.matches_all(&arrival.bytes).is_some(),
                _ => false,
            });
        if let Some(mut arrival) = arrived.and_then(super::due::Due::claim) {
            arrival.fields = pattern.matches_all(&arrival.bytes).unwrap_or_default();
            return Ok(arrival);
        }
        let is_open_ended = pattern.is_open_ended();
        let want = Want {
            kind: None,
            variants: Rc::from([Variant {
                pattern,
                standing: Standing::Document,
            }]),
            cause: None,
            strict: false,
            whole: is_open_ended,
        };
        let until = self.patience();
        let arrival = self.expect(id, &want, until).await?;
        self.members[id.0].pending = None;
        Ok(arrival)
    }

    /// These words are somewhere in what has not been claimed.
    pub(super) async fn be_told(
        &mut self,
        id: ClientId,
        pattern: &Pattern,
    ) -> Result<Arrival, Miss> {
        let pattern = self.bytes_pattern(pattern, None);
        let began = Instant::now();
        let until = self.patience();
        loop {
            let dues = self.members[id.0].dues.iter_mut();
            for due in dues.filter(|due| due.has_arrived()) {
                if let DueState::Arrived(arrival) = &due.state
                    && let Some((_, fields, _)) = find(&pattern, &arrival.bytes)
                {
                    let bytes = arrival.bytes.clone();
                    due.state = DueState::Claimed;
                    return Ok(Arrival {
                        bytes,
                        fields,
                        ..Arrival::default()
                    });
                }
            }
            if let Some((bytes, fields, end)) = find(&pattern, self.clients.connection(id).unread())
            {
                let end = self.message_end(id, end);
                self.clients.consume(id, end);
                self.members[id.0].pending = None;
                return Ok(Arrival {
                    bytes,
                    fields,
                    ..Arrival::default()
                });
            }
            let ended = self.clients.connection(id).end();
            if ended.is_some()
                || Instant::now() >= until
                || self.clients.connection(id).is_flooded()
            {
                let received = self.shown(id, 0);
                return Err(Miss {
                    how: ended.map_or(How::Late, How::Ended),
                    expected: vec![ExpectedForm {
                        bytes: pattern.shown(),
                        standing: Standing::Document,
                    }],
                    nearest: 0,
                    differs_at: None,
                    received,
                    waited: began.elapsed(),
                });
            }
            self.clients.pump(until).await;
        }
    }

    /// Where the message ends in which a told text ends here.
    fn message_end(&self, id: ClientId, end: usize) -> usize {
        let unread = self.clients.connection(id).unread();
        let scene = self.vocabulary.scene(self.member(id).phase, None);
        let last = unread.len().min(end + LOOK_AHEAD);
        let next =
            (end..last).find(|at| recognise(&unread[*at..], &scene, Supply::Settled).is_some());
        next.unwrap_or(unread.len())
    }

    /// What recognises a scenario's pattern.
    pub(super) fn bytes_pattern(&self, pattern: &Pattern, member: Option<usize>) -> Bytes {
        let mut parts: Vec<TemplatePart> = Vec::new();
        for part in &pattern.parts {
            let next = match part {
                PatternPart::Known(part) => {
                    let text = crate::scenario::Text {
                        parts: vec![part.clone()],
                    };
                    TemplatePart::Literal(self.text(&text, member))
                }
                PatternPart::Hole(hole) => TemplatePart::Hole {
                    name: hole.name.clone().unwrap_or_default().into(),
                    kind: hole.kind,
                },
            };
            match (parts.last_mut(), next) {
                (Some(TemplatePart::Literal(former)), TemplatePart::Literal(more)) => {
                    former.extend(more);
                }
                (_, next) => parts.push(next),
            }
        }
        Bytes::new(parts)
    }

    /// The server ends the connection.
    pub(super) async fn be_disconnected(&mut self, id: ClientId) -> Result<(), Miss> {
        let began = Instant::now();
        let until = self.patience();
        loop {
            self.sift(id);
            if self.closes_itself(id) {
                self.clients.close(id);
                return Ok(());
            }
            let connection = self.clients.connection(id);
            match connection.end() {
                Some(End::Closed | End::Reset | End::Ours) => return Ok(()),
                None if !connection.was_opened() => return Ok(()),
                None => {}
            }
            if connection.is_flooded() || Instant::now() >= until {
                return Err(Miss {
                    how: How::StillOpen,
                    expected: Vec::new(),
                    nearest: 0,
                    received: self.shown(id, 0),
                    differs_at: None,
                    waited: began.elapsed(),
                });
            }
            self.clients.pump(until).await;
        }
    }

    /// What a client whose connection has ended misses.
    pub(super) fn ended(&self, end: End) -> Miss {
        Miss {
            how: How::Ended(end),
            expected: forms(&[]),
            nearest: 0,
            received: Vec::new(),
            differs_at: None,
            waited: Duration::ZERO,
        }
    }
}

/// The first match in these bytes: what matched, the values, where it ends.
fn find(pattern: &Bytes, bytes: &[u8]) -> Option<(Vec<u8>, Fields, usize)> {
    (0..=bytes.len()).find_map(|at| match pattern.matches_prefix(&bytes[at..]) {
        Prefix::Full(found) => {
            let matched = &bytes[at..at + found.content];
            Some((
                matched.to_vec(),
                found.captures.fields(pattern, matched),
                at + found.len,
            ))
        }
        _ => None,
    })
}

/// Whether a notice may be about somebody, by the name in it: one without a name may be about anybody.
pub(super) fn about(nick: &[u8]) -> impl Fn(Option<&[u8]>) -> bool {
    move |name| name.is_none_or(|name| name == nick)
}

/// The notices that say so.
fn notice_kinds(presence: Presence) -> &'static [NoticeKind] {
    match presence {
        Presence::Join => &[NoticeKind::Joined, NoticeKind::Present],
        Presence::Leave => &[NoticeKind::Left, NoticeKind::Lost],
    }
}
