//! Whether one client that does not read slows the server down for all others: its answers are compared with its own before.
//!
//! A server that is slow by itself was so before; one on a machine that became busy stays slow when that client has left.

use std::time::Duration;

use tokio::time::Instant;

use super::pace::SAMPLES;
use super::stage::Stage;
use crate::transcript::{ClientId, Helper};

/// How many times as long an answer takes for which the server waits at somebody who does not read.
const TIMES: u32 = 10;

/// How much longer it takes at least.
const LONGER: Duration = Duration::from_millis(100);

/// After how many answers it is compared again.
const EVERY: usize = 32;

/// How fast a server answered before a client stopped reading.
#[derive(Clone, Copy)]
pub(super) struct OwnPace {
    latency: Duration,
    /// The number of answers at which it is compared next.
    next: usize,
}

impl Stage<'_, '_> {
    /// A client reads no further. From here on the server is held to the pace that it has had.
    pub(super) fn stop_reading(&mut self, id: ClientId) {
        self.clients.set_reading(id, false);
        let pace = &self.run.pace;
        self.own_pace.get_or_insert(OwnPace {
            latency: pace.median(),
            next: pace.times_measured() + SAMPLES,
        });
        let longest = self.clients.began() + pace.longest_scenario();
        self.last_deadline = self.last_deadline.max(longest);
    }

    /// Looks from time to time whether a client that does not read holds the others up, and for how long. It is shown out for that.
    pub(super) async fn is_held_up(&mut self) -> Option<Duration> {
        let own = self.own_pace.as_mut()?;
        let measured = self.run.pace.times_measured();
        if measured < own.next {
            return None;
        }
        own.next = measured + EVERY;
        let now = self.run.pace.median();
        if now <= own.latency * TIMES + LONGER {
            return None;
        }
        self.own_pace = None;
        let without = self.pace_without_them().await?;
        (now > without * (TIMES / 2) + LONGER / 2).then_some(now)
    }

    /// The pace of two new clients once those are gone that do not read. None: they were not served.
    async fn pace_without_them(&mut self) -> Option<Duration> {
        const ROUNDS: usize = 9;
        let (_, do_not_read): (Vec<_>, Vec<_>) = self.clients.ids().partition(|id| {
            let connection = self.clients.connection(*id);
            connection.reads() || !connection.is_open()
        });
        for id in do_not_read {
            self.clients.reset(id);
        }
        let [first, second] = [Helper::OneOfTwo, Helper::Alive].map(|one| self.newcomer(one));
        for id in [first, second] {
            self.greet(id).await.ok()?;
        }
        let mut rounds = [Duration::ZERO; ROUNDS];
        for round in &mut rounds {
            let began = Instant::now();
            self.relay(first, second).await.ok()?;
            *round = began.elapsed();
        }
        for id in [first, second] {
            self.clients.close(id);
        }
        rounds.sort_unstable();
        Some(rounds[ROUNDS / 2])
    }
}
