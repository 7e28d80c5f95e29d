//! Lists of who is there. A server may need a moment to notice who came and went, so it is asked again before it is blamed.

use std::time::Duration;

use protocol::message::{CommandKind, Fields, NoticeKind};
use tokio::time::Instant;

use super::judge::Miss;
use super::stage::Stage;
use crate::scenario::Actor;
use crate::transcript::ClientId;

/// The gap between two requests for a list that is not yet right.
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// What a list must have and must not have.
#[derive(Clone, Copy)]
pub(super) enum Listed<'a> {
    Includes(&'a [Actor]),
    Excludes(&'a [Actor]),
    Exactly(&'a [Actor]),
}

/// Why a list is not right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ListFault {
    /// There is none.
    None,
    /// Somebody is missing.
    Lacks(String),
    /// Somebody is in it who has left, or was never there.
    Ghost(String),
    /// Somebody is in it twice.
    Twice(String),
}

impl Stage<'_, '_> {
    /// Asks for the list and keeps it.
    pub(super) async fn ask_for_list(&mut self, id: ClientId) -> Result<(), Miss> {
        let fields = self.own_fields(id);
        self.request(id, CommandKind::List, &fields).await;
        self.await_list(id).await
    }

    /// Keeps the list that was asked for.
    pub(super) async fn await_list(&mut self, id: ClientId) -> Result<(), Miss> {
        let listing = NoticeKind::Listing.into();
        let arrival = self.claim(id, listing, &Fields::new()).await?;
        self.members[id.0].pending = None;
        self.members[id.0].list = Some(arrival.bytes);
        Ok(())
    }

    /// Whether the last list is right; a server may need a moment to notice who came and went, so it is asked again.
    pub(super) async fn check_list(
        &mut self,
        id: ClientId,
        listed: Listed<'_>,
    ) -> Result<(), ListFault> {
        let until = self.patience();
        loop {
            // Who must not be in it may be the last: only a list that is over is without somebody.
            if !matches!(listed, Listed::Includes(_)) {
                self.await_rest(id).await;
            }
            self.sift(id);
            match self.list_fault(id, listed) {
                None => return Ok(()),
                Some(ListFault::None) => return Err(ListFault::None),
                Some(_) => {}
            }
            // Its end may still come, and the fault be another.
            self.await_rest(id).await;
            let Some(fault) = self.list_fault(id, listed) else {
                return Ok(());
            };
            if Instant::now() >= until {
                return Err(fault);
            }
            let pause = self.until(ASK_AGAIN);
            while self.clients.pump(pause).await {}
            if !self.clients.connection(id).is_open() || self.ask_for_list(id).await.is_err() {
                return Err(fault);
            }
        }
    }

    pub(super) fn list_fault(&self, id: ClientId, listed: Listed<'_>) -> Option<ListFault> {
        let Some(list) = &self.member(id).list else {
            return Some(ListFault::None);
        };
        let lacks = |actors: &[Actor]| {
            let mut missing = actors
                .iter()
                .filter(|actor| self.is_listed_for(id, actor))
                .filter(|actor| occurrences(list, &self.nick_of(actor)) == 0);
            missing
                .next()
                .map(|actor| ListFault::Lacks(actor.name().to_owned()))
        };
        let ghost = |actors: &mut dyn Iterator<Item = &Actor>| {
            let mut ghosts = actors.filter(|actor| occurrences(list, &self.nick_of(actor)) > 0);
            ghosts
                .next()
                .map(|actor| ListFault::Ghost(actor.name().to_owned()))
        };
        match listed {
            Listed::Includes(actors) => lacks(actors),
            Listed::Excludes(actors) => ghost(&mut actors.iter()),
            Listed::Exactly(actors) if !self.run.is_ours_alone => lacks(actors),
            Listed::Exactly(actors) => {
                let named: Vec<_> = actors.iter().map(|actor| self.nick_of(actor)).collect();
                // Who has left may have passed its name on.
                let mut others = self
                    .nicks
                    .keys()
                    .filter(|actor| !named.contains(&self.nick_of(actor)));
                let twice = || {
                    let names = self.names_in(list);
                    let times = |nick: &[u8]| match &names {
                        // A reply may name the one who asked beside the list, too.
                        Some(names) => names.iter().filter(|name| *name == nick).count(),
                        None => occurrences(list, nick),
                    };
                    let mut twice = actors
                        .iter()
                        .filter(|actor| times(&self.nick_of(actor)) > 1);
                    twice
                        .next()
                        .map(|actor| ListFault::Twice(actor.name().to_owned()))
                };
                lacks(actors)
                    .or_else(|| ghost(&mut others))
                    .or_else(twice)
                    .or_else(|| self.stranger(list))
            }
        }
    }

    /// Whether the list that a client gets must have an actor: some leave out the one who asks.
    pub(super) fn is_listed_for(&self, id: ClientId, actor: &Actor) -> bool {
        let listing = self.run.dialect.reply(NoticeKind::Listing);
        let style = listing.and_then(|listing| listing.list.as_ref());
        style.is_none_or(|style| style.with_self) || self.nick_of(actor) != self.member(id).nick
    }

    /// The names that a reply lists, where the dialect can tell them from its other words.
    fn names_in(&self, list: &[u8]) -> Option<Vec<Vec<u8>>> {
        let variants = self.run.dialect.expectation(
            NoticeKind::Listing,
            &Fields::new(),
            protocol::message::Phase::Chatting,
        );
        let fields = variants
            .iter()
            .find_map(|variant| variant.pattern.matches_all(list))?;
        let dialect = self.run.dialect;
        dialect.read_names(NoticeKind::Listing, fields.get("names")?)
    }

    /// A name in a list that nobody in this run ever had, nor is such a name part of it: `ana (you)`, `ana@127.0.0.1:50312`.
    pub(super) fn stranger(&self, list: &[u8]) -> Option<ListFault> {
        let names = self.names_in(list)?;
        let stranger = names.into_iter().find(|name| {
            let is_of = |nick: &[u8]| occurrences(name, nick) > 0;
            !self.run.nicks.knows(name) && !self.members.iter().any(|member| is_of(&member.nick))
        })?;
        Some(ListFault::Ghost(
            String::from_utf8_lossy(&stranger).into_owned(),
        ))
    }
}

/// How often a nickname stands in a list as a word of its own.
fn occurrences(list: &[u8], nick: &[u8]) -> usize {
    if nick.is_empty() {
        return 0;
    }
    let is_word = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| list.get(before));
        let after = list.get(at + nick.len());
        let ends = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
        ends(before) && ends(after)
    };
    memchr::memmem::find_iter(list, nick)
        .filter(|at| is_word(*at))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_a_list_is_a_word_of_its_own() {
        assert_eq!(occurrences(b"ana1, bia1", b"ana1"), 1);
        assert_eq!(occurrences(b"ana12, xana1", b"ana1"), 0);
        assert_eq!(occurrences(b"1 ana1 0 ana1", b"ana1"), 2);
        assert_eq!(occurrences(b"ana1", b""), 0);
    }
}
