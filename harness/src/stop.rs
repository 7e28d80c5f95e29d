//! The wish that a run end before all is played: somebody pressed Ctrl-C, the system shuts down, the time is up.
//!
//! Whoever plays asks between two steps and while it waits; what was judged so far is kept.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::report::{Remark, Words};

/// Why a run ends early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Somebody or the system ended us.
    Signal(Signal),
    /// The time of the run is up.
    Deadline(Duration),
    /// A scenario failed, and the first failure was to end the run.
    Failure,
}

/// What asks a program to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The terminal is gone.
    Hangup,
    /// Ctrl-C.
    Interrupt,
    /// Somebody's `kill`, a CI system, a shutdown.
    Terminate,
}

impl Signal {
    /// Its number, the same on every Unix.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Hangup => 1,
            Self::Interrupt => 2,
            Self::Terminate => 15,
        }
    }

    /// Its name, as `kill -l` says it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hangup => "SIGHUP",
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        }
    }
}

impl Why {
    /// What the report says of it; nothing of what the reader asked for.
    #[must_use]
    pub fn remark(self) -> Option<Remark> {
        let words = match self {
            Self::Signal(signal) => {
                let name = signal.name();
                Words {
                    pt: format!(
                        "a execução foi interrompida ({name}); o que falta não foi executado"
                    ),
                    en: format!("the run was interrupted ({name}); the rest was not run"),
                }
            }
            Self::Deadline(time) => {
                let seconds = time.as_secs_f64();
                Words {
                    pt: format!(
                        "o prazo da execução, {seconds} s, acabou; o que falta não foi executado"
                    ),
                    en: format!("the time of the run, {seconds} s, was up; the rest was not run"),
                }
            }
            Self::Failure => return None,
        };
        Some(Remark::warning(words))
    }
}

/// The wish, shared by all who play and all who may want it.
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<Option<Why>>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Stop {
    /// Wants the run to end. The first reason stays.
    pub fn request(&self, why: Why) {
        self.0.send_modify(|reason| {
            reason.get_or_insert(why);
        });
    }

    /// Why it is to end, if it is.
    #[must_use]
    pub fn why(&self) -> Option<Why> {
        *self.0.borrow()
    }

    /// Waits until it is to end.
    pub async fn requested(&self) {
        let mut wish = self.0.subscribe();
        // It fails only when nobody can wish any more, and we can.
        let _ = wish.wait_for(Option::is_some).await;
    }
}

/// Waits for a signal that asks us to end. From then on none of them ends us by itself. One that was ignored when we began stays
/// so: whoever says `nohup` means it.
#[cfg(unix)]
pub async fn signal() -> Signal {
    tokio::select! {
        () = heard(Signal::Hangup) => Signal::Hangup,
        () = heard(Signal::Interrupt) => Signal::Interrupt,
        () = heard(Signal::Terminate) => Signal::Terminate,
    }
}

#[cfg(unix)]
async fn heard(which: Signal) {
    use tokio::signal::unix::{SignalKind, signal};
    let kind = SignalKind::from_raw(which.number().into());
    let is_ignored =
        std::fs::read_to_string("/proc/self/status").is_ok_and(|status| is_ignored(which, &status));
    if is_ignored {
        return std::future::pending().await;
    }
    match signal(kind) {
        Ok(mut signal) => drop(signal.recv().await),
        // The system then does with us what it always did.
        Err(_) => std::future::pending().await,
    }
}

/// A line of `/proc/PID/status`: `SigIgn: 0000000000000001`, a bit for each signal.
#[cfg(unix)]
fn is_ignored(which: Signal, status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (which.number() - 1) & 1 == 1)
}

/// Waits for a signal that asks us to end. From then on none of them ends us by itself.
#[cfg(windows)]
pub async fn signal() -> Signal {
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
    let (Ok(mut c), Ok(mut pause), Ok(mut close), Ok(mut shutdown)) =
        (ctrl_c(), ctrl_break(), ctrl_close(), ctrl_shutdown())
    else {
        // The system then ends us as it always did.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = c.recv() => Signal::Interrupt,
        _ = pause.recv() => Signal::Interrupt,
        _ = close.recv() => Signal::Hangup,
        _ = shutdown.recv() => Signal::Terminate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn what_was_ignored_is_read_from_the_mask() {
        let status = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000001001\n";
        assert!(is_ignored(Signal::Hangup, status));
        assert!(!is_ignored(Signal::Interrupt, status));
        assert!(!is_ignored(Signal::Terminate, ""));
    }

    #[tokio::test]
    async fn the_first_reason_stays_and_everybody_learns_it() {
        let stop = Stop::default();
        assert_eq!(stop.why(), None);
        let waiter = tokio::spawn({
            let stop = stop.clone();
            async move {
                stop.requested().await;
                stop.why()
            }
        });
        let interrupt = Why::Signal(Signal::Interrupt);
        stop.request(interrupt);
        stop.request(Why::Failure);
        assert_eq!(waiter.await.expect("it ends"), Some(interrupt));
        stop.requested().await;
    }
}
