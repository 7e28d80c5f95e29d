//! How thoroughly the chat is looked for: all that can be tried of a few conversations, a sample of thousands.

use std::cmp::Reverse;

use rustc_hash::FxHashSet;

use super::{Groups, Wish};
use crate::conversation::{Basis, Direction};
use crate::dissect::Dissector;
use crate::segment::Endpoint;
use crate::survey::Survey;

/// How much of each direction is looked at to find the dialect, in bytes.
const HEAD: usize = 16 << 10;

/// The least that is looked at, however many conversations there are.
const SHORTEST_HEAD: usize = 512;

/// With more conversations than this, less is looked at of each.
const MANY_CONVERSATIONS: usize = 256;

/// Of more servers than this, those with the most payload are tried.
const MANY_SERVERS: usize = 64;

/// What the search works with.
pub(super) struct Effort<'s, 'd> {
    pub(super) survey: &'s Survey,
    pub(super) wish: Wish<'d>,
    pub(super) dissectors: Vec<Dissector<'d>>,
    /// How much of each direction is looked at, in bytes.
    pub(super) head: usize,
    /// The servers of all conversations of which somebody saw who opened them.
    pub(super) known_servers: FxHashSet<Endpoint>,
}

impl<'s, 'd> Effort<'s, 'd> {
    pub(super) fn new(survey: &'s Survey, wish: Wish<'d>) -> Self {
        let opened = survey
            .conversations
            .iter()
            .filter(|one| one.basis != Basis::SpokeFirst);
        let share = MANY_CONVERSATIONS * HEAD / survey.conversations.len().max(1);
        Self {
            survey,
            wish,
            dissectors: wish.dialects.iter().map(Dissector::new).collect(),
            head: share.clamp(SHORTEST_HEAD, HEAD),
            known_servers: opened.map(|one| one.server).collect(),
        }
    }

    /// The servers whose payload is tried against the dialects: all, or those with a usual port and the most payload.
    pub(super) fn worth_trying(&self, groups: &Groups) -> FxHashSet<Endpoint> {
        let mut servers: Vec<_> = groups
            .iter()
            .map(|(server, members)| (self.promise(*server, members), *server))
            .collect();
        servers.sort_by_key(|(promise, server)| (Reverse(*promise), *server));
        servers.truncate(MANY_SERVERS);
        servers.into_iter().map(|(_, server)| server).collect()
    }

    /// Whether a dialect names the server's port, and how much payload went to it and from it, in bytes.
    fn promise(&self, server: Endpoint, members: &[(usize, bool)]) -> (bool, u64) {
        let is_usual = |dialect: &protocol::Dialect| dialect.port == server.port();
        let amount = |(at, _): &(usize, bool)| {
            let id = self.survey.conversations.get(*at).map(|one| one.id);
            let both = id.into_iter().flat_map(|id| {
                Direction::BOTH.map(|direction| self.survey.amount(id, direction).bytes)
            });
            both.sum::<u64>()
        };
        (
            self.wish.dialects.iter().any(is_usual),
            members.iter().map(amount).sum(),
        )
    }
}
