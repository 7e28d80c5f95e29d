//! Servers from which nobody ever heard anything, and when a run gives up on them.
//!
//! To wait in each scenario again for a server that has never said a word would cost minutes and teach nothing. So the rest of a
//! run is not played once several servers in a row, each started afresh, have sent nobody a single byte although clients came
//! that did nothing but join. A server that has ever said anything to anybody, or let any scenario pass, is never given up.

use std::time::Duration;

use super::stage::{Member, Stage};
use crate::client::Connection;
use crate::report::Because;

/// Servers in a row after which no other is tried.
const ENOUGH: u32 = 3;

/// The last servers in a row from which nobody heard anything, and what was tried with them.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Unheard {
    servers: u32,
    clients: usize,
    waited: Duration,
}

impl Unheard {
    /// After a scenario in which somebody could not join, and nobody ever had before. `is_another`: it was the first on a server
    /// started afresh, and began with somebody who joins.
    pub(super) fn after(self, stage: &Stage<'_, '_>, is_another: bool) -> Self {
        if !stage.is_unheard() {
            return Self::default();
        }
        if !is_another || !stage.is_in_order() {
            return self;
        }
        Self {
            servers: self.servers + 1,
            clients: self.clients + stage.opened().count(),
            waited: self.waited + stage.clients.began().elapsed(),
        }
    }

    /// Whether no other need be tried.
    pub(super) const fn is_enough(self) -> bool {
        self.servers >= ENOUGH
    }

    /// Why nothing is played any more; nothing: somebody was heard.
    pub(super) fn because(self) -> Option<Because> {
        (self.servers > 0).then_some(Because::NeverHeard {
            servers: self.servers,
            clients: self.clients,
            waited: self.waited,
        })
    }
}

impl Stage<'_, '_> {
    /// The clients that came to the server.
    fn opened(&self) -> impl Iterator<Item = (&Member, &Connection)> {
        let came = self
            .clients
            .transcript()
            .clients
            .iter()
            .map(|client| client.local_port);
        let connections = self.clients.ids().map(|id| self.clients.connection(id));
        let pairs = self.members.iter().zip(connections).zip(came);
        pairs.filter_map(|(pair, came)| came.map(|_| pair))
    }

    /// Whether no client ever heard a single byte.
    fn is_unheard(&self) -> bool {
        let mut opened = self.opened();
        !self.run.attuning.has_heard
            && opened.all(|(_, connection)| connection.last_arrival().is_none())
    }

    /// Whether every client that came asked for something, and did nothing else over which a server may stumble.
    pub(super) fn is_in_order(&self) -> bool {
        self.opened().all(|(member, connection)| {
            let is_orderly = !member.is_wild && !member.is_broken && member.mishap.is_none();
            is_orderly && connection.reads() && connection.last_sent().is_some()
        })
    }
}
