//! Runs of the harness whose servers listen on the same port of the same network take turns.

use std::fs::{File, TryLockError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The gap between two looks.
const TRY_AGAIN: Duration = Duration::from_millis(100);

/// It is our turn until this is dropped; the system ends it with us, however we end.
#[derive(Debug)]
pub(super) struct Turn(#[expect(dead_code, reason = "it is held, not read")] Option<File>);

impl Turn {
    /// Our turn, if no other run uses the port.
    pub(super) fn take(port: u16) -> Option<Self> {
        let path = std::env::temp_dir().join(format!("chat-harness-port-{port}.lock"));
        let opened = File::options().create(true).append(true).open(path);
        // Where the system has no place for such an agreement, nobody waits.
        let Ok(file) = opened else {
            return Some(Self(None));
        };
        match file.try_lock() {
            Ok(()) => Some(Self(Some(file))),
            Err(TryLockError::Error(_)) => Some(Self(None)),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Waits until it is our turn.
    pub(super) async fn wait_for(port: u16) -> Option<Self> {
        loop {
            let turn = Self::take(port);
            if turn.is_some() {
                return turn;
            }
            sleep_until(Instant::now() + TRY_AGAIN).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_second_waits_for_the_first() {
        // No program listens on port 1 in a test.
        let first = Turn::take(1).expect("nobody else has it");
        let second = tokio::spawn(Turn::wait_for(1));
        tokio::task::yield_now().await;
        assert!(!second.is_finished() && Turn::take(1).is_none());
        drop(first);
        assert!(second.await.expect("it ends").is_some());
    }
}
