//! The end of a scenario: what nobody has claimed, and how the clients go.

use std::time::Duration;

use tokio::time::Instant;

use super::script::{About, Failure, failure};
use super::stage::Stage;
use crate::transcript::ClientId;

impl Stage<'_, '_> {
    /// What nobody has claimed, on any connection.
    pub(super) async fn left_overs(&mut self) -> Result<(), Failure> {
        self.clients.under_line(None);
        self.before_act().await;
        self.clients.drain().await;
        for id in (0..self.members.len()).map(ClientId) {
            let at = self.clients.began().elapsed();
            self.left_over(id).map_err(|miss| Failure {
                at,
                ..failure(About::LeftOver, id, miss)
            })?;
        }
        Ok(())
    }

    fn is_ending(&self, id: ClientId) -> bool {
        let connection = self.clients.connection(id);
        connection.is_open() && !connection.is_flooded()
    }

    /// Ends all connections in order, so that the server meets no abort that the scenario does not ask for.
    pub(super) async fn farewell(&mut self) {
        const GRACE: Duration = Duration::from_millis(50);
        const MANY: usize = 8;
        let ids: Vec<ClientId> = (0..self.members.len()).map(ClientId).collect();
        let reading = |id: &&ClientId| {
            self.clients.connection(**id).is_open() && self.clients.connection(**id).reads()
        };
        let open: Vec<ClientId> = ids.iter().filter(reading).copied().collect();
        for id in &open {
            self.clients.finish(*id);
        }
        // A server that tells each of many of every other's end is done only when nothing comes any more.
        let last = Instant::now() + self.run.pace.scenario();
        let grace = GRACE.max(self.run.pace.quiet());
        let mut until = Instant::now() + grace;
        while open.iter().any(|id| self.is_ending(*id)) && Instant::now() < until {
            if self.clients.pump(until).await && open.len() > MANY {
                until = (Instant::now() + grace).min(last);
            }
        }
        for id in ids {
            self.clients.close(id);
        }
    }
}
