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

    const fn name(self) -> &'static str {
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
        Some(Remark {
            is_warning: true,
            words,
        })
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

/// Waits for a signal that asks us to end. From then on none of them ends us by itself.
#[cfg(unix)]
pub async fn signal() -> Signal {
    use tokio::signal::unix::{SignalKind, signal};
    let of = |kind| signal(kind);
    let signals = (
        of(SignalKind::hangup()),
        of(SignalKind::interrupt()),
        of(SignalKind::terminate()),
    );
    let (Ok(mut hangup), Ok(mut interrupt), Ok(mut terminate)) = signals else {
        // The system then ends us as it always did.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = hangup.recv() => Signal::Hangup,
        _ = interrupt.recv() => Signal::Interrupt,
        _ = terminate.recv() => Signal::Terminate,
    }
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
