//! What stands before what is wanted: harmless notices, other effects of what was done, messages that are ignored.

use std::collections::BTreeSet;

use memchr::memmem;
use protocol::framing::Framing;
use protocol::matching::{
    Aside, Difference, MAX_MESSAGES, Outcome, Standing, Supply, Taken, Variant, decide,
};
use protocol::message::ReplyKind;
use protocol::pattern::Prefix;
use tokio::time::Instant;

use super::due::{Due, DueState};
use super::judge::{Seen, Want, look};
use super::stage::Stage;
use crate::transcript::ClientId;

/// Messages that are set aside while one thing is waited for; a server that sends more says them for ever.
const MOST_SET_ASIDE: usize = 64 * MAX_MESSAGES;

/// Where a message of one of these forms may begin, behind the front.
fn beginnings(unread: &[u8], forms: &[Variant], framing: &Framing) -> Vec<usize> {
    let mut places = BTreeSet::new();
    for form in forms {
        match form.pattern.first_literal() {
            // A header stands before the words.
            _ if framing.is_framed() => return (1..unread.len()).collect(),
            b"" => return (1..unread.len()).collect(),
            literal => places.extend(memmem::find_iter(unread, literal).filter(|at| *at > 0)),
        }
    }
    places.into_iter().collect()
}

/// Something due that stands in front.
struct Standby {
    /// Its length, then how much it says in its own words: of two that would do, the larger is meant.
    worth: (usize, Option<usize>),
    /// Its place among the dues.
    index: usize,
    taken: Taken,
    goes_on: bool,
}

impl Stage<'_, '_> {
    /// Takes what is wanted wherever it stands, on a connection whose other messages are ignored.
    pub(super) fn skip_to(&mut self, id: ClientId, want: &Want, supply: Supply) -> Seen {
        let scene = self.vocabulary.bare_scene(self.member(id).phase);
        let unread = self.clients.connection(id).unread();
        let found = beginnings(unread, &want.variants, scene.framing)
            .into_iter()
            .find_map(
                |at| match decide(&unread[at..], &want.variants, &scene, Supply::Settled) {
                    Outcome::Take(taken) => Some((at, taken)),
                    _ => None,
                },
            );
        match found {
            Some((at, taken)) => {
                self.clients.consume(id, at);
                Seen::Take(self.take(id, want, &taken, false))
            }
            None if supply == Supply::Open => Seen::Wait,
            None => Seen::Different(self.late(id, want, Instant::now())),
        }
    }

    /// Remembers what came unasked.
    pub(super) fn note_unasked(&mut self, id: ClientId, unasked: &[Aside]) {
        let phase = self.member(id).phase;
        for aside in unasked {
            let kind = self.vocabulary.unasked_kind(phase, aside.which);
            self.run.pace.came(self.awaited(id, kind));
            self.members[id.0].note(kind, aside.fields.clone());
        }
    }

    pub(super) fn set_aside(&mut self, id: ClientId, difference: &Difference) {
        self.note_unasked(id, &difference.aside);
        self.members[id.0].set_aside += difference.aside.len();
        if self.members[id.0].set_aside > MOST_SET_ASIDE {
            self.clients.drown(id);
        }
        if difference.start > 0 {
            self.clients.consume(id, difference.start);
            self.members[id.0].claim = None;
        }
    }

    /// Takes another thing that is due from the front. `Some(false)`: one may be coming; `None`: none is there.
    pub(super) fn take_due(&mut self, id: ClientId, want: &Want, supply: Supply) -> Option<bool> {
        let unread = self.clients.connection(id).unread();
        if unread.is_empty() {
            return None;
        }
        let scene = self.vocabulary.bare_scene(self.member(id).phase);
        let mut is_coming = false;
        // The effects of one sender come in order: only the first of each kind can be next.
        let mut seen: Vec<(ClientId, ReplyKind)> = Vec::new();
        let mut best: Option<Standby> = None;
        for (index, due) in self.member(id).dues.iter().enumerate() {
            if !due.is_coming() {
                continue;
            }
            let is_next = self.any_order || !seen.contains(&(due.from, due.kind));
            if is_next && !self.any_order {
                seen.push((due.from, due.kind));
            }
            if !is_next || !self.may_precede(due, want) {
                continue;
            }
            match look(unread, &due.variants, &scene, supply, true) {
                // Another message of the dialect is not what is due, however loosely that may be written.
                (Outcome::Take(taken), _) if self.is_wrong_reply(id, &Want::due(due), &taken) => {}
                (Outcome::Take(taken), goes_on) => {
                    let words = due
                        .variants
                        .get(taken.variant)
                        .map(|v| v.pattern.literal_len());
                    let worth = (taken.len, words);
                    if best.as_ref().is_none_or(|former| former.worth < worth) {
                        best = Some(Standby {
                            worth,
                            index,
                            taken,
                            goes_on,
                        });
                    }
                }
                (Outcome::Wait, _) => is_coming = true,
                (Outcome::Different(_), _) => {}
            }
        }
        let Some(Standby {
            index,
            mut taken,
            mut goes_on,
            ..
        }) = best
        else {
            return is_coming.then_some(false);
        };
        let due = Want::due(&self.member(id).dues[index]);
        if let Some(end) = self.may_end_earlier(id, &due, &taken) {
            if self.awaits_end(id, &due, supply) {
                return Some(false);
            }
            taken.content.end = end;
            taken.len = end;
            goes_on = true;
        }
        let arrival = self.take(id, &due, &taken, goes_on);
        self.members[id.0].dues[index].state = DueState::Arrived(arrival);
        Some(true)
    }

    /// Whether something due may stand before what is wanted.
    pub(super) fn may_precede(&self, due: &Due, want: &Want) -> bool {
        if want.strict {
            return due.is_no_surprise();
        }
        match want.cause {
            Some((from, action)) => self.any_order || due.from != from || due.action <= action,
            None => true,
        }
    }

    /// A form with free holes would read another thing that is due too (a list that is `{names}` and nothing else reads a message):
    /// what says more of it in its own words is meant; and replies come in the order of their requests, so what answers an earlier
    /// one to the letter is no loose answer to a later one. What stood before it is set aside.
    pub(super) fn step_back_to_due(
        &mut self,
        id: ClientId,
        want: &Want,
        taken: &Taken,
    ) -> Option<usize> {
        let variant = want.variants.get(taken.variant)?;
        if variant.pattern.is_literal() {
            return None;
        }
        let scene = self.vocabulary.bare_scene(self.member(id).phase);
        let start = taken
            .content
            .start
            .saturating_sub(scene.framing.header_len());
        let unread = self.clients.connection(id).unread();
        let rest = unread.get(start..)?;
        let words = variant.pattern.literal_len();
        let standing = variant.standing;
        let is_earlier = |due: &Due| {
            want.cause
                .is_some_and(|(from, action)| due.from == from && from == id && due.action < action)
        };
        let is_there = |due: &Due| {
            let is_earlier = is_earlier(due);
            let mut closer = due.variants.iter().filter(|variant| {
                variant.pattern.literal_len() > words || (is_earlier && variant.standing < standing)
            });
            closer.any(|variant| {
                let variant = std::slice::from_ref(variant);
                matches!(
                    look(rest, variant, &scene, Supply::Settled, true).0,
                    Outcome::Take(_)
                )
            })
        };
        let mut dues = self.member(id).dues.iter();
        let is_due = dues.any(|due| {
            due.is_coming()
                && Some(due.kind) != want.kind
                && self.may_precede(due, want)
                && is_there(due)
        });
        if is_due {
            self.set_aside(
                id,
                &Difference {
                    variant: 0,
                    start,
                    at: start,
                    short: false,
                    aside: taken.aside.clone(),
                },
            );
        }
        is_due.then_some(start)
    }

    /// A form that leaves its end free must not hide that another message of the dialect came.
    pub(super) fn is_wrong_reply(&self, id: ClientId, want: &Want, taken: &Taken) -> bool {
        let variant = &want.variants[taken.variant];
        let is_loose = variant.standing == Standing::Tolerated
            || (variant.standing == Standing::Accepted && !variant.pattern.is_literal());
        let Some(kind) = want.kind.filter(|_| is_loose) else {
            return false;
        };
        let phase = self.member(id).phase;
        let unread = self.clients.connection(id).unread();
        let bytes = unread.get(taken.content.start..).unwrap_or_default();
        let known = self.vocabulary.scene(phase, None).known.len();
        let mut others = (0..known).filter_map(|which| self.vocabulary.known_kind(phase, which));
        others.any(|(other, pattern)| {
            other != kind
                && !other.is_unasked()
                && pattern.first_literal().len() > variant.pattern.first_literal().len()
                && matches!(pattern.matches_prefix(bytes), Prefix::Full(_))
        })
    }
}
