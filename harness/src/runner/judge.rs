//! Judging one connection's unread bytes: take what is wanted, set aside what is due or harmless, or say how they differ.
//!
//! Messages without an end mark are taken as soon as they are there in some form; what follows at once and is no other message is
//! taken as their rest (`amend`). So nothing waits where nothing is in doubt.

use std::rc::Rc;
use std::time::Duration;

use protocol::matching::{
    Difference, MAX_MESSAGES, Outcome, Scene, Standing, Supply, Taken, Variant, decide,
};
use protocol::message::{Fields, NoticeKind, ReplyKind};
use tokio::time::Instant;

use super::due::{Arrival, Due};
use super::pace::Awaited;
use super::rest::{Claim, MAX_CLAIM};
use super::stage::Stage;
use crate::client::End;
use crate::lesson::Mishap;
use crate::transcript::ClientId;
use crate::verdict::ExpectedForm;

/// Bytes in question that a finding keeps.
const MAX_SHOWN: usize = 4096;

/// Messages that are set aside in one attempt.
const MAX_ASIDE: usize = 4096;

/// How often in one attempt as many notices are set aside as one decision allows: a client that was not listened to for long has
/// many prompts, and a server that pours them out is left to the deadline.
const MAX_FLOODS: usize = 16;

/// What is wanted of a connection.
#[derive(Clone)]
pub(super) struct Want {
    /// Its kind, where the dialect knows it.
    pub(super) kind: Option<ReplyKind>,
    /// Its forms; none: nothing is wanted.
    pub(super) variants: Rc<[Variant]>,
    /// The action that causes it, and who acted: later effects of the same sender may not stand before it.
    pub(super) cause: Option<(ClientId, u64)>,
    /// Whether nothing may stand before it but what is no surprise.
    pub(super) strict: bool,
    /// Whether its end must be certain before it is taken.
    pub(super) whole: bool,
}

impl Want {
    pub(super) fn of(kind: impl Into<ReplyKind>, variants: Vec<Variant>) -> Self {
        Self {
            kind: Some(kind.into()),
            variants: variants.into(),
            cause: None,
            strict: false,
            whole: false,
        }
    }

    pub(super) fn due(due: &Due) -> Self {
        Self {
            kind: Some(due.kind),
            variants: Rc::clone(&due.variants),
            cause: Some((due.from, due.action)),
            strict: false,
            whole: false,
        }
    }

    pub(super) fn nothing() -> Self {
        Self {
            kind: None,
            variants: Rc::from([]),
            cause: None,
            strict: true,
            whole: false,
        }
    }

    pub(super) fn strictly(self) -> Self {
        Self {
            strict: true,
            ..self
        }
    }
}

/// How an expectation was missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Miss {
    pub(super) how: How,
    pub(super) expected: Vec<ExpectedForm>,
    pub(super) nearest: usize,
    pub(super) received: Vec<u8>,
    pub(super) differs_at: Option<usize>,
    pub(super) waited: Duration,
}

impl Miss {
    /// A notice with this name came.
    pub(super) fn notice(name: &[u8]) -> Self {
        Self {
            how: How::Notice,
            expected: Vec::new(),
            nearest: 0,
            received: name.to_vec(),
            differs_at: None,
            waited: Duration::ZERO,
        }
    }

    /// What was wanted came, but much later than such things do.
    pub(super) const fn slow(received: Vec<u8>, waited: Duration) -> Self {
        Self {
            how: How::Late,
            expected: Vec::new(),
            nearest: 0,
            received,
            differs_at: None,
            waited,
        }
    }
}

/// The ways of missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Other bytes came.
    Different,
    /// Nothing, or not all, came in time.
    Late,
    /// Something came that nobody asked for.
    Unexpected,
    /// A notice came that must not come; of it only the name is kept.
    Notice,
    /// The server left a connection open.
    StillOpen,
    /// The scenario's own time was up.
    OutOfTime,
    /// No connection came about.
    Unreachable(std::io::ErrorKind),
    /// The server ended the connection first.
    Ended(End),
}

/// What the unread bytes say.
pub(super) enum Seen {
    Take(Arrival),
    Wait,
    /// So much was set aside that the clock must be looked at before more is.
    Busy,
    Different(Miss),
}

impl Stage<'_, '_> {
    /// Waits for what is wanted.
    pub(super) async fn expect(
        &mut self,
        id: ClientId,
        want: &Want,
        until: Instant,
    ) -> Result<Arrival, Miss> {
        let mut prolonged = None;
        let awaited = want.kind.map(|kind| self.awaited(id, kind));
        let patience = self.run.pace.patience_for(awaited);
        let until = until.min(Instant::now() + patience);
        let result = self.wait_for(id, want, until, &mut prolonged).await;
        match (awaited, &result) {
            (Some(awaited), Ok(_)) => self.run.pace.came(awaited),
            (Some(awaited), Err(miss)) if miss.how == How::Late && miss.waited > patience / 2 => {
                self.run.pace.did_not_come(awaited);
            }
            _ => {}
        }
        match (prolonged, &result) {
            (Some(_), Ok(_)) => self.run.pace.waited_well(),
            (Some(since), Err(_)) => self.run.pace.waited_in_vain(since.elapsed()),
            (None, _) => {}
        }
        result
    }

    /// What a client waits for. A server may let in who comes alone, and nobody beside somebody else.
    pub(super) fn awaited(&self, id: ClientId, kind: ReplyKind) -> Awaited {
        let is_welcome = kind == NoticeKind::Welcome.into();
        Awaited {
            kind,
            beside_others: is_welcome && !self.others_in(id).is_empty(),
        }
    }

    /// Waits for what is wanted; `prolonged` tells since when beyond the time that it was given.
    async fn wait_for(
        &mut self,
        id: ClientId,
        want: &Want,
        until: Instant,
        prolonged: &mut Option<Instant>,
    ) -> Result<Arrival, Miss> {
        let began = Instant::now();
        let patience = until.saturating_duration_since(began);
        let mut until = until;
        let mut settled = false;
        let mut was_last_read = false;
        let mut gap = Duration::ZERO;
        loop {
            let ended = self.clients.connection(id).end();
            let supply = match (ended, settled) {
                (Some(_), _) => Supply::Closed,
                (None, true) => Supply::Settled,
                (None, false) => Supply::Open,
            };
            match self.attempt(id, want, supply) {
                Seen::Take(arrival) => {
                    self.measure(id);
                    self.run.pace.paused(gap);
                    self.made_progress();
                    return Ok(arrival);
                }
                Seen::Different(miss) => {
                    let how = match ended {
                        Some(end)
                            if miss.received.is_empty()
                                || miss.differs_at == Some(miss.received.len()) =>
                        {
                            How::Ended(end)
                        }
                        _ if settled => How::Late,
                        _ => miss.how,
                    };
                    return Err(Miss {
                        how,
                        waited: began.elapsed(),
                        ..miss
                    });
                }
                Seen::Busy if Instant::now() < until => continue,
                Seen::Wait | Seen::Busy if settled => return Err(self.late(id, want, began)),
                Seen::Wait | Seen::Busy => {}
            }
            // What could be the whole is no piece.
            let piece = self.last_piece(id);
            let piece = piece.filter(|at| *at >= began && !self.is_there(id, want));
            settled = self.wait_on(id, want, until).await;
            if settled && !was_last_read && Instant::now() >= until {
                was_last_read = true;
                settled = !self.read_last(id).await;
            }
            if settled && Instant::now() >= until && self.is_busy(patience, *prolonged) {
                let now = Instant::now();
                prolonged.get_or_insert(now);
                until = (now + patience).min(self.deadline);
                was_last_read = false;
                settled = false;
            }
            if let Some((former, next)) = piece.zip(self.last_piece(id)) {
                gap = gap.max(next.saturating_duration_since(former));
            }
        }
    }

    /// Whether messages of the dialect still come for anybody: the server has much to tell, and gets to all in its turn. Other bytes
    /// prolong nothing, and nothing is prolonged where the scenario names the time, or where it has often been in vain.
    fn is_busy(&mut self, patience: Duration, prolonged: Option<Instant>) -> bool {
        let now = Instant::now();
        let is_recent = |last: Instant| now < last + patience / 3;
        let waited = prolonged.map_or(Duration::ZERO, |since| now - since);
        if self.within.is_some() || !self.run.pace.may_wait_on(waited) {
            return false;
        }
        let mut ids = self.clients.ids();
        let is_told = ids.any(|id| {
            let last = match self.is_flooded_by_another(id) {
                true => self.clients.connection(id).last_arrival(),
                false => self.last_told(id),
            };
            last.is_some_and(is_recent)
        });
        if is_told {
            self.made_progress();
        }
        is_told && now < self.deadline
    }

    /// Whether what comes to a client may be a message far beyond the limit that a server hands on as it is, a long one at its own pace.
    fn is_flooded_by_another(&self, id: ClientId) -> bool {
        self.member(id).ignores && self.mishap == Some(Mishap::TooLong)
    }

    /// When the last whole message of the dialect came to a client, as far as what is unread is such messages.
    fn last_told(&self, id: ClientId) -> Option<Instant> {
        let connection = self.clients.connection(id);
        let unread = connection.unread();
        let scene = self.vocabulary.scene(self.member(id).phase, None);
        let anything = Scene {
            aside: scene.known,
            ..scene
        };
        let mut end = 0;
        for _ in 0..MAX_FLOODS {
            match decide(&unread[end..], &[], &anything, Supply::Settled) {
                Outcome::Different(difference) if difference.start > 0 => end += difference.start,
                _ => break,
            }
            if end >= unread.len() {
                break;
            }
        }
        match end {
            0 if unread.is_empty() => connection.last_arrival(),
            0 => None,
            _ => connection.arrived(end - 1),
        }
    }

    /// When the last bytes came, where some are unread.
    fn last_piece(&self, id: ClientId) -> Option<Instant> {
        let connection = self.clients.connection(id);
        connection
            .last_arrival()
            .filter(|_| !connection.unread().is_empty())
    }

    /// Takes in what has arrived until now: it came in time, however long we took to look at it. `false`: nothing has.
    async fn read_last(&mut self, id: ClientId) -> bool {
        const READS: usize = 8;
        let kept = self.clients.connection(id).kept();
        for _ in 0..READS {
            // The runtime asks the system what is there only between two turns.
            tokio::task::yield_now().await;
            if !self.clients.pump(Instant::now()).await {
                break;
            }
        }
        self.clients.connection(id).kept() > kept
    }

    /// Waits for the next event. `true`: no more is waited for.
    async fn wait_on(&mut self, id: ClientId, want: &Want, until: Instant) -> bool {
        let connection = self.clients.connection(id);
        let now = Instant::now();
        if !connection.was_opened() || connection.is_flooded() || now >= until {
            return true;
        }
        let settles = connection
            .last_arrival()
            .filter(|_| !connection.unread().is_empty())
            .map(|last| last + self.run.pace.settle());
        let wake = match settles {
            Some(settles) if want.whole || settles > now => settles.min(until),
            _ => until,
        };
        while Instant::now() < wake {
            if self.clients.pump(wake).await {
                return false;
            }
        }
        wake == until || (want.whole && self.is_there(id, want))
    }

    /// Whether what is wanted is there, if nothing more belongs to it.
    fn is_there(&self, id: ClientId, want: &Want) -> bool {
        let scene = self.vocabulary.scene(self.member(id).phase, want.kind);
        let unread = self.clients.connection(id).unread();
        matches!(
            decide(unread, &want.variants, &scene, Supply::Settled),
            Outcome::Take(_)
        )
    }

    pub(super) fn late(&self, id: ClientId, want: &Want, began: Instant) -> Miss {
        let received = self.shown(id, 0);
        Miss {
            how: How::Late,
            expected: forms(&want.variants),
            nearest: 0,
            differs_at: Some(received.len()),
            received,
            waited: began.elapsed(),
        }
    }

    /// Remembers how long the server took since the last action.
    fn measure(&mut self, id: ClientId) {
        if let Some(arrived) = self.clients.connection(id).last_arrival()
            && arrived > self.last_action
        {
            self.run.pace.measured(arrived - self.last_action);
        }
    }

    /// What the unread bytes say now. What stands in front and is known is set aside for good.
    pub(super) fn attempt(&mut self, id: ClientId, want: &Want, supply: Supply) -> Seen {
        if self.amend(id, supply) {
            return Seen::Wait;
        }
        let mut floods = 0;
        for _ in 0..MAX_ASIDE {
            let member = self.member(id);
            let scene = self.vocabulary.scene(member.phase, want.kind);
            let unread = self.clients.connection(id).unread();
            match look(unread, &want.variants, &scene, supply, !want.whole) {
                (Outcome::Take(mut taken), mut goes_on) => {
                    if let Some(set_aside) = self.step_back_to_due(id, want, &taken) {
                        match self.take_due(id, want, supply) {
                            Some(true) => continue,
                            Some(false) if supply == Supply::Open => return Seen::Wait,
                            // What was taken is told in offsets of bytes that are gone.
                            _ if set_aside > 0 => continue,
                            _ => {}
                        }
                    }
                    if let Some(end) = self.may_end_earlier(id, want, &taken) {
                        if self.awaits_end(id, want, supply) {
                            return Seen::Wait;
                        }
                        taken.content.end = end;
                        taken.len = end;
                        // The next bytes show whose the last ones are.
                        goes_on = true;
                    }
                    if self.is_wrong_reply(id, want, &taken) {
                        let start = taken.content.start - scene_header(self, id);
                        let difference = Difference {
                            variant: 0,
                            start,
                            at: start,
                            short: false,
                            aside: taken.aside,
                        };
                        self.set_aside(id, &difference);
                        if self.take_due(id, want, supply) == Some(true) {
                            continue;
                        }
                        return Seen::Different(self.differs(id, want, &difference));
                    }
                    return Seen::Take(self.take(id, want, &taken, goes_on));
                }
                (Outcome::Wait, _) => return Seen::Wait,
                (Outcome::Different(difference), _) => {
                    let may_be_more = difference.aside.len() >= MAX_MESSAGES;
                    self.set_aside(id, &difference);
                    if may_be_more {
                        floods += 1;
                        match floods < MAX_FLOODS {
                            true => continue,
                            false => return Seen::Wait,
                        }
                    }
                    match self.take_due(id, want, supply) {
                        Some(true) => {}
                        Some(false) if supply == Supply::Open => return Seen::Wait,
                        None if self.member(id).ignores && !want.variants.is_empty() => {
                            return self.skip_to(id, want, supply);
                        }
                        _ => return Seen::Different(self.differs(id, want, &difference)),
                    }
                }
            }
        }
        Seen::Busy
    }

    pub(super) fn take(
        &mut self,
        id: ClientId,
        want: &Want,
        taken: &Taken,
        goes_on: bool,
    ) -> Arrival {
        let goes_on = goes_on || self.may_go_on(id, want, taken);
        let connection = self.clients.connection(id);
        let bytes = connection.unread()[taken.content.clone()].to_vec();
        self.note_unasked(id, &taken.aside);
        self.run.surplus_terminators |= taken.surplus_terminator;
        self.members[id.0].was_served = true;
        self.members[id.0].set_aside = 0;
        self.clients.consume(id, taken.len);
        let standing = want
            .variants
            .get(taken.variant)
            .map(|variant| variant.standing);
        self.members[id.0].last_standing = standing;
        self.members[id.0].claim = (goes_on && bytes.len() <= MAX_CLAIM).then(|| Claim {
            bytes: bytes.clone(),
            kind: want.kind,
            variants: Rc::clone(&want.variants),
            at: Instant::now(),
        });
        let expected = match standing {
            Some(Standing::Tolerated) => forms(&want.variants),
            _ => Vec::new(),
        };
        Arrival {
            bytes,
            fields: taken.fields.clone(),
            standing,
            expected,
        }
    }

    /// How the front of the unread bytes differs; what was set aside is already gone.
    pub(super) fn differs(&self, id: ClientId, want: &Want, difference: &Difference) -> Miss {
        let received = self.shown(id, 0);
        Miss {
            how: How::Different,
            expected: forms(&want.variants),
            nearest: difference.variant,
            differs_at: Some((difference.at.saturating_sub(difference.start)).min(received.len())),
            received,
            waited: Duration::ZERO,
        }
    }

    /// Unread bytes for a finding.
    pub(super) fn shown(&self, id: ClientId, from: usize) -> Vec<u8> {
        let unread = self.clients.connection(id).unread();
        let rest = unread.get(from..).unwrap_or_default();
        rest[..rest.len().min(MAX_SHOWN)].to_vec()
    }
}

/// What is there, and whether it may go on. With `eager`, a message that takes all there is counts as there.
pub(super) fn look(
    unread: &[u8],
    variants: &[Variant],
    scene: &Scene<'_>,
    supply: Supply,
    eager: bool,
) -> (Outcome, bool) {
    let outcome = decide(unread, variants, scene, supply);
    if outcome != Outcome::Wait || !eager || unread.is_empty() {
        return (outcome, false);
    }
    match decide(unread, variants, scene, Supply::Settled) {
        Outcome::Take(taken) if taken.len == unread.len() => {
            let variant = &variants[taken.variant];
            let is_complete =
                variant.standing == Standing::Document && variant.pattern.is_literal();
            (Outcome::Take(taken), !is_complete)
        }
        _ => (Outcome::Wait, false),
    }
}

/// Bytes of the header before each message to a client.
fn scene_header(stage: &Stage<'_, '_>, id: ClientId) -> usize {
    let phase = stage.member(id).phase;
    stage.vocabulary.scene(phase, None).framing.header_len()
}

/// The forms as a finding keeps them.
pub(super) fn forms(variants: &[Variant]) -> Vec<ExpectedForm> {
    let form = |variant: &Variant| ExpectedForm {
        bytes: variant.pattern.shown(),
        standing: variant.standing,
    };
    variants.iter().map(form).collect()
}

/// What a message to everyone or to one says of its sender.
pub(super) fn message_fields(from: &[u8], text: &[u8]) -> Fields {
    Fields::new()
        .with("from", from)
        .with("nick", from)
        .with("text", text)
}
