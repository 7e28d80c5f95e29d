//! Runs of the harness whose servers listen on the same port of the same network take turns.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The gap between two looks.
const TRY_AGAIN: Duration = Duration::from_millis(100);

/// It is our turn until this is dropped; the system ends it with us, however we end.
#[derive(Debug)]
pub(super) struct Turn(Option<Lock>);

/// A locked file, and where it stands.
#[derive(Debug)]
struct Lock {
    file: File,
    path: PathBuf,
}

impl Turn {
    /// Our turn, if no other run uses the port.
    pub(super) fn take(port: u16) -> Option<Self> {
        let path = std::env::temp_dir().join(format!("chat-harness-port-{port}.lock"));
        let opened = File::options().create(true).append(true).open(&path);
        // Where the system has no place for such an agreement, nobody waits.
        let Ok(file) = opened else {
            return Some(Self(None));
        };
        let lock = Lock { file, path };
        match lock.file.try_lock() {
            // Whoever had the turn before has taken the file away: the next has another.
            Ok(()) if !lock.stands() => None,
            Ok(()) => Some(Self(Some(lock))),
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

impl Lock {
    /// Whether the file is the one that stands there.
    #[cfg(unix)]
    fn stands(&self) -> bool {
        use std::os::unix::fs::MetadataExt as _;
        let id = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
        let ours = self.file.metadata().map(id).ok();
        ours.is_some() && std::fs::metadata(&self.path).map(id).ok() == ours
    }

    /// Elsewhere nobody takes it away.
    #[cfg(not(unix))]
    const fn stands(&self) -> bool {
        true
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // While it is locked: nobody else can take away what is ours.
        if let Some(lock) = self.0.as_ref().filter(|_| cfg!(unix)) {
            let _ = std::fs::remove_file(&lock.path);
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
        let second = second.await.expect("it ends").expect("its turn");
        drop(second);
        let path = std::env::temp_dir().join("chat-harness-port-1.lock");
        assert!(!cfg!(unix) || !path.exists());
    }
}
