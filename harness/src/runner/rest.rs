//! The rest of a message that has no end mark: it was taken as soon as it was there in some form, and may go on.
//!
//! What follows at once belongs to it, up to where another message of the dialect begins or may be beginning.

use std::rc::Rc;

use protocol::matching::{Outcome, Standing, Supply, Taken, Variant, decide};
use protocol::message::{NoticeKind, ReplyKind};
use protocol::pattern::{Pattern, Prefix};
use tokio::time::Instant;

use super::due::DueState;
use super::judge::Want;
use super::stage::Stage;
use crate::transcript::ClientId;

/// The largest message that is remembered so that it can go on.
pub(super) const MAX_CLAIM: usize = 256 * 1024;

/// Bytes at the end of a message that may already be the next ones, of which the last has only begun.
const MAX_BEGINNING: usize = 1024;

/// How many of those are looked at.
const MOST_BEGUN: usize = 8;

/// A message that was taken while it could still go on.
#[derive(Clone)]
pub(super) struct Claim {
    pub(super) bytes: Vec<u8>,
    pub(super) kind: Option<ReplyKind>,
    pub(super) variants: Rc<[Variant]>,
    pub(super) at: Instant,
}

impl Claim {
    /// The forms of which it is no more than the beginning, in their own words, with these bytes behind it.
    fn begun(&self, rest: &[u8]) -> impl Iterator<Item = &Variant> {
        let bytes = [&self.bytes, rest].concat();
        self.variants.iter().filter(move |variant| {
            variant.pattern.first_literal().len() > bytes.len()
                && variant.pattern.matches_prefix(&bytes) == Prefix::Partial
        })
    }

    /// With these forms alone: what goes on as they do is its rest, however late that comes.
    fn only_begun(self) -> Self {
        Self {
            variants: self.begun(&[]).cloned().collect(),
            ..self
        }
    }
}

impl Stage<'_, '_> {
    /// Takes the rest of the last message. `true`: the next bytes must show whether it goes on.
    pub(super) fn amend(&mut self, id: ClientId, supply: Supply) -> bool {
        let Some(claim) = self.members[id.0].claim.take() else {
            return false;
        };
        let connection = self.clients.connection(id);
        let Some(arrived) = connection.front_arrived() else {
            self.members[id.0].claim = Some(claim);
            return false;
        };
        let is_late = arrived > claim.at + self.run.pace.settle();
        let claim = if is_late { claim.only_begun() } else { claim };
        if claim.variants.is_empty() || self.is_an_answer(id) {
            return false;
        }
        let joined = [&claim.bytes[..], connection.unread()].concat();
        let is_coming =
            |variant: &Variant| variant.pattern.matches_prefix(&joined) == Prefix::Partial;
        if supply == Supply::Open && claim.variants.iter().any(is_coming) {
            self.members[id.0].claim = Some(claim);
            return true;
        }
        let scene = self.vocabulary.bare_scene(self.member(id).phase);
        let Outcome::Take(taken) = decide(&joined, &claim.variants, &scene, Supply::Settled) else {
            return false;
        };
        let known = claim.bytes.len();
        let end = taken.content.end.max(known);
        if end == known {
            // What follows shows that a better form is whole.
            if taken.content.end == known {
                self.extend_claim(id, claim, joined[..known].to_vec(), taken.variant);
                self.members[id.0].claim = None;
            }
            return false;
        }
        if is_late {
            let pause = arrived.saturating_duration_since(claim.at);
            self.run.pace.paused(pause);
        }
        // What reads as another message here may be the end of one that begins earlier, and is not all there yet.
        let begins = match supply {
            Supply::Open => self.next_may_begin(id, &joined, known, end),
            Supply::Settled | Supply::Closed => None,
        };
        let certain = begins.unwrap_or(end);
        // With its last bytes or without them: the better form is meant until the next show it.
        let shorter = match decide(&joined[..certain], &claim.variants, &scene, Supply::Settled) {
            Outcome::Take(shorter) if shorter.content.end == certain => shorter.variant,
            _ => taken.variant,
        };
        let variant =
            match claim.variants[shorter].standing < claim.variants[taken.variant].standing {
                true => shorter,
                false => taken.variant,
            };
        self.clients.consume(id, certain - known);
        // A list is read as if nothing more came, once nothing more seems to come.
        let seen = if self.may_bring_more(id) {
            certain
        } else {
            end
        };
        if claim.kind == Some(NoticeKind::Listing.into()) && self.member(id).list.is_some() {
            self.members[id.0].list = Some(joined[..seen].to_vec());
        }
        self.extend_claim(id, claim, joined[..certain].to_vec(), variant);
        begins.is_some()
    }

    /// Whether the unread bytes came after the client's latest request, of which any text at all is an answer.
    fn is_an_answer(&self, id: ClientId) -> bool {
        let connection = self.clients.connection(id);
        let unread = connection.unread();
        let member = self.member(id);
        let came_before = connection.kept() - unread.len() as u64;
        let takes_anything = |variant: &Variant| {
            variant.pattern.is_open_ended() && variant.pattern.first_literal().is_empty()
        };
        came_before >= member.kept_at_request
            && member
                .dues
                .iter()
                .filter(|due| due.from == id && due.is_coming())
                .any(|due| due.variants.iter().any(takes_anything))
    }

    /// Replaces what was taken by its longer form.
    fn extend_claim(&mut self, id: ClientId, claim: Claim, bytes: Vec<u8>, variant: usize) {
        let variant = &claim.variants[variant];
        let member = &mut self.members[id.0];
        member.last_standing = Some(variant.standing);
        let mut dues = member.dues.iter_mut().rev();
        if let Some(due) = dues.find(|due| Some(due.kind) == claim.kind)
            && let DueState::Arrived(arrival) = &mut due.state
        {
            arrival.bytes.clone_from(&bytes);
            arrival.standing = Some(variant.standing);
        }
        let is_complete = variant.standing == Standing::Document
            && variant.pattern.is_literal()
            && variant.pattern.captures_all(&bytes).is_some();
        let at = Instant::now();
        member.claim = (!is_complete).then_some(Claim { bytes, at, ..claim });
    }

    /// Where a message that would take all there is may have ended: its last bytes may begin the next message.
    pub(super) fn may_end_earlier(
        &self,
        id: ClientId,
        want: &Want,
        taken: &Taken,
    ) -> Option<usize> {
        let pattern = &want.variants[taken.variant].pattern;
        let unread = self.clients.connection(id).unread();
        let takes_all = taken.content.end == unread.len();
        let scene = self.vocabulary.scene(self.member(id).phase, want.kind);
        // A frame has its end, whatever stands in it.
        if scene.framing.is_framed()
            || !takes_all
            || !pattern.is_open_ended()
            || !self.clients.connection(id).is_open()
        {
            return None;
        }
        let from = taken.content.start + pattern.first_literal().len().max(1);
        self.next_may_begin(id, unread, from, taken.content.end)
    }

    /// Whether the next bytes are waited for to show whose the last ones are. Not behind a list: nothing is read from it before its
    /// step, and until then what is its own is given back to it.
    pub(super) fn awaits_end(&self, id: ClientId, want: &Want, supply: Supply) -> bool {
        let is_list = want.kind == Some(NoticeKind::Listing.into()) && !want.whole;
        !is_list && supply == Supply::Open && self.may_bring_more(id)
    }

    /// Whether what is taken, by a deadline and not by quiet, may still go on.
    pub(super) fn may_go_on(&self, id: ClientId, want: &Want, taken: &Taken) -> bool {
        let scene = self.vocabulary.bare_scene(self.member(id).phase);
        let is_complete = want.variants.get(taken.variant).is_some_and(|variant| {
            variant.standing == Standing::Document && variant.pattern.is_literal()
        });
        !is_complete && !scene.framing.is_delimited() && self.may_bring_more(id)
    }

    /// Whether the last byte is so recent that more are likely.
    pub(super) fn may_bring_more(&self, id: ClientId) -> bool {
        let connection = self.clients.connection(id);
        let settle = self.run.pace.settle();
        let is_recent = |last: Instant| Instant::now() < last + settle;
        connection.is_open() && connection.last_arrival().is_some_and(is_recent)
    }

    /// Where, before `to`, the next messages may begin, of which the last has its rest still to come.
    fn next_may_begin(&self, id: ClientId, bytes: &[u8], from: usize, to: usize) -> Option<usize> {
        let known = self.vocabulary.scene(self.member(id).phase, None).known;
        let begins = |at: &usize| has_begun(&bytes[*at..], known, MOST_BEGUN);
        (from.max(bytes.len().saturating_sub(MAX_BEGINNING))..to).find(begins)
    }

    /// How good the form of the last message is, once it is over.
    pub(super) async fn final_standing(&mut self, id: ClientId) -> Option<Standing> {
        self.await_rest(id).await;
        self.member(id).last_standing
    }

    /// Waits until a message without an end mark is over.
    pub(super) async fn await_rest(&mut self, id: ClientId) {
        loop {
            self.sift(id);
            let connection = self.clients.connection(id);
            let member = self.member(id);
            let (Some(last), Some(claim)) = (connection.last_arrival(), &member.claim) else {
                return;
            };
            let is_better = |variant: &Variant| Some(variant.standing) < member.last_standing;
            let is_held_up = claim.begun(connection.unread()).any(is_better);
            let pause = match is_held_up {
                true => self.run.pace.hold_up(),
                false => self.run.pace.settle(),
            };
            let until = last + pause;
            if !connection.is_open() {
                return;
            }
            if Instant::now() >= until {
                if is_held_up {
                    self.run.pace.was_cut_short();
                }
                return;
            }
            self.clients.pump(until).await;
        }
    }
}

/// Whether these bytes may be known messages, one after the other, of which the last is not all there.
fn has_begun(bytes: &[u8], known: &[Pattern], most: usize) -> bool {
    let Some(more) = most.checked_sub(1).filter(|_| !bytes.is_empty()) else {
        return false;
    };
    let mut known_here = known
        .iter()
        .filter(|pattern| pattern.first_literal().first() == bytes.first());
    known_here.any(|pattern| match pattern.matches_prefix(bytes) {
        Prefix::Partial => true,
        Prefix::Full(found) => found.tail.is_none() && has_begun(&bytes[found.len..], known, more),
        Prefix::Differs(_) => false,
    })
}
