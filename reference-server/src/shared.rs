//! What all tasks of a server share: its state behind a lock that is held only for a moment, and what wakes them.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protocol::Dialect;
use protocol::message::{ConsoleKind, Fields};
use tokio::sync::Notify;

use crate::fault::{Fault, mischief};
use crate::hub::Hub;
use crate::server::{Options, Pacing};

/// How much too late a faulty server says something.
const LATE: Duration = Duration::from_millis(200);

/// What all tasks of a server share.
#[derive(Debug)]
pub(crate) struct Shared {
    hub: Mutex<Hub>,
    /// Tells the flusher that it has work.
    pub(crate) work: Notify,
    pub(crate) dialect: Arc<Dialect>,
    pub(crate) fault: Option<Fault>,
    pub(crate) pacing: Pacing,
    delay: Duration,
    console: Option<fn(&str)>,
    /// Tells a faulty server that it may accept again, or that it is dead.
    pub(crate) trouble: Notify,
    /// Tells that a faulty server serves again.
    thaw: Notify,
}

impl Shared {
    pub(crate) fn new(dialect: Arc<Dialect>, options: &Options) -> Self {
        let dialect = match options.fault {
            Some(fault) => mischief::dialect(fault, dialect),
            None => dialect,
        };
        Self {
            hub: Mutex::new(Hub::new(Arc::clone(&dialect), options.queue, options.fault)),
            work: Notify::new(),
            dialect,
            fault: options.fault,
            pacing: options.pacing,
            delay: options.delay,
            console: options.console,
            trouble: Notify::new(),
            thaw: Notify::new(),
        }
    }

    /// Waits as long as the server takes to react.
    pub(crate) async fn until_ready(&self) {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        if self.fault.is_some() {
            let mut thaw = pin!(self.thaw.notified());
            thaw.as_mut().enable();
            while self.hub().is_frozen() {
                thaw.as_mut().await;
                thaw.set(self.thaw.notified());
                thaw.as_mut().enable();
            }
        }
    }

    /// The state, for a moment. A task that panicked with it leaves it usable: each change is complete in itself.
    pub(crate) fn hub(&self) -> MutexGuard<'_, Hub> {
        self.hub.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows a line to whoever started the server, where the dialect has one.
    pub(crate) fn show(&self, kind: ConsoleKind, address: SocketAddr) {
        let Some(console) = self.console else {
            return;
        };
        let fields = Fields::new()
            .with("address", address.to_string())
            .with("count", self.hub().clients().count().to_string());
        if let Some(line) = self.dialect.console(kind, &fields) {
            console(&line);
        }
    }

    /// Changes the state, and tells the flusher if that gave it work.
    pub(crate) fn with<T>(self: &Arc<Self>, change: impl FnOnce(&mut Hub) -> T) -> T {
        let mut hub = self.hub();
        let result = change(&mut hub);
        hub.settle();
        let has_work = hub.clients().has_work();
        drop(hub);
        if has_work {
            self.work.notify_one();
        }
        if self.fault.is_some() {
            self.after_mischief();
        }
        result
    }

    /// What a fault may have changed beyond the state itself.
    fn after_mischief(self: &Arc<Self>) {
        let mut hub = self.hub();
        let (is_frozen, late) = (hub.is_frozen(), hub.take_late());
        drop(hub);
        self.trouble.notify_one();
        if !is_frozen {
            self.thaw.notify_waiters();
        }
        if !late.is_empty() {
            let shared = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(LATE).await;
                shared.with(|hub| late.iter().for_each(|speech| hub.say(speech)));
            });
        }
    }
}
