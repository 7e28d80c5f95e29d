//! What became of the server when a scenario has failed: whether it still serves, and if not, which client holds it up.

use tokio::time::Instant;

use super::probe::Life;
use super::script::{About, Failure};
use super::stage::Stage;
use crate::lesson::Server as Became;
use crate::transcript::ClientId;

/// What became of servers that left a client waiting who asked to join, the same so many times in a row.
#[derive(Clone, Copy)]
pub(super) struct ShutOut {
    life: Life,
    became: Became,
    times: u32,
}

impl ShutOut {
    /// It came to this, after what came before.
    pub(super) fn again(before: Option<Self>, life: Life, became: Became) -> Self {
        let alike = before.filter(|before| (before.life, before.became) == (life, became));
        Self {
            life,
            became,
            times: alike.map_or(0, |before| before.times) + 1,
        }
    }

    /// What it comes to each time, if that is known: at once where nobody was ever served; otherwise only that it is mute, since
    /// the next scenario then gets a server that is started or asked anew.
    pub(super) fn when(self, serves_nobody: bool) -> Option<(Life, Became)> {
        const OFTEN: u32 = 3;
        let is_known = serves_nobody || (self.life == Life::Mute && self.times >= OFTEN);
        is_known.then_some((self.life, self.became))
    }
}

impl Stage<'_, '_> {
    /// What became of the server, asked by new clients.
    pub(super) async fn post_mortem(&mut self, failure: &Failure) -> (Life, Became) {
        self.clients.under_line(None);
        self.within = None;
        self.is_post_mortem = true;
        if failure.about == About::Pace {
            return (Life::Serves, Became::SlowWhileOneDoesNotRead);
        }
        self.deadline = Instant::now() + self.run.pace.scenario();
        // Before anybody new comes: whom a server forgets may depend on who came last.
        self.retry(failure).await;
        let life = self.life().await;
        let became = match life {
            Life::Refuses => Became::Gone,
            Life::Serves => Became::Serves,
            Life::Closes => match self.is_full().await {
                true => Became::Full,
                false => Became::Serves,
            },
            Life::Mute => self.what_blocks().await,
        };
        (life, became)
    }

    /// The clients that are connected.
    fn connected(&self) -> Vec<ClientId> {
        let ids = (0..self.members.len()).map(ClientId);
        ids.filter(|id| self.clients.connection(*id).is_open())
            .collect()
    }

    /// No new client is served: is one served once most of many have left?
    async fn is_full(&mut self) -> bool {
        const MANY: usize = 5;
        let connected = self.connected();
        if connected.len() < MANY {
            return false;
        }
        // One that says nothing stays: where it alone keeps the others out, there is room enough.
        let is_silent = |id: &ClientId| self.clients.connection(*id).last_sent().is_none();
        let silent = connected.iter().copied().find(is_silent);
        for id in connected.into_iter().skip(1) {
            if Some(id) != silent {
                self.clients.close(id);
            }
        }
        // The server needs a moment to notice.
        let until = self.patience();
        while !self.serves().await {
            if Instant::now() >= until {
                return false;
            }
        }
        true
    }

    /// The server answers nobody: is it a client that does not read, one that says nothing, or any client?
    async fn what_blocks(&mut self) -> Became {
        let suspects = [
            Became::MuteWhileOneDoesNotRead,
            Became::MuteWhileOneIsSilent,
            Became::MuteWhileAnotherIsConnected,
        ];
        if self.is_full().await {
            return Became::Full;
        }
        for became in suspects {
            let mut ids = self.connected();
            ids.retain(|id| {
                let connection = self.clients.connection(*id);
                match became {
                    Became::MuteWhileOneDoesNotRead => !connection.reads(),
                    Became::MuteWhileOneIsSilent => connection.last_sent().is_none(),
                    _ => true,
                }
            });
            if ids.is_empty() {
                continue;
            }
            for id in ids {
                match became {
                    // A server that waits for room to write hears of an orderly end only when it probes for it next.
                    Became::MuteWhileOneDoesNotRead => self.clients.reset(id),
                    _ => self.clients.close(id),
                }
            }
            if self.serves().await {
                return match became {
                    Became::MuteWhileOneIsSilent if !self.serves_two().await => {
                        Became::MuteWhileAnotherIsConnected
                    }
                    became => became,
                };
            }
        }
        Became::Mute
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_a_server_is_taken_as_known_only_where_that_hides_nothing() {
        let after = |life, times| {
            let found = (1..times).fold(ShutOut::again(None, life, Became::Mute), |before, _| {
                ShutOut::again(Some(before), life, Became::Mute)
            });
            [true, false].map(|serves_nobody| found.when(serves_nobody).is_some())
        };
        assert_eq!(after(Life::Mute, 1), [true, false]);
        assert_eq!(after(Life::Mute, 2), [true, false]);
        assert_eq!(after(Life::Mute, 3), [true, true]);
        // A server that hangs from now on must be found out.
        assert_eq!(after(Life::Serves, 9), [true, false]);
        let other = ShutOut::again(None, Life::Mute, Became::MuteWhileOneIsSilent);
        let changed = (0..2).fold(other, |before, _| {
            ShutOut::again(Some(before), Life::Mute, Became::Mute)
        });
        assert!(changed.when(false).is_none());
    }
}
