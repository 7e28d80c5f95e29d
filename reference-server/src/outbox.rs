//! What waits to be sent to one client.
//!
//! What is said in a turn of the event loop is written once, into the turn's log; an outbox remembers which parts of it are for its
//! client. The flusher writes each outbox once per turn, most often one part of the log as it stands there. What a socket did not
//! take is copied, so that the log lasts for one turn only, and nobody waits for a client that does not read.

use std::ops::Range;
use std::sync::Arc;

use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::Notify;

/// Memory that an empty outbox may keep for the next turn, in bytes.
const KEPT: usize = 64 * 1024;

/// What waits to be sent to one client. See the module's documentation.
#[derive(Debug)]
pub(crate) struct Outbox {
    /// What is left of former turns.
    bytes: Vec<u8>,
    /// What follows it: parts of the log of this turn.
    parts: Vec<Range<usize>>,
    /// `None` once the write side is closed.
    writer: Option<Arc<OwnedWriteHalf>>,
    /// Whether the write side closes when all is sent.
    closing: bool,
    /// Whether the socket takes no more for now.
    blocked: bool,
    /// Whether it is on the flusher's list.
    listed: bool,
    /// Whether one piece of it was sent, and the rest follows.
    is_split: bool,
    /// Whether a write found that the client has aborted the connection.
    was_reset: bool,
    /// Tells that the write side is closed.
    closed: Arc<Notify>,
    /// Tells that it is gone: whoever waits for its socket gives the socket up, which is closed only then.
    gone: Arc<Notify>,
}

/// An outbox's content on its way to the socket.
#[derive(Debug)]
pub(crate) struct Parcel {
    /// What goes first.
    pub(crate) bytes: Vec<u8>,
    /// The parts of the turn's log that follow.
    pub(crate) parts: Vec<Range<usize>>,
    pub(crate) writer: Arc<OwnedWriteHalf>,
    /// Whether the first piece was sent before.
    pub(crate) is_split: bool,
}

/// How far a parcel came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    /// All of it is with the system.
    All,
    /// The socket takes no more for now; what is left is in the parcel.
    Some,
    /// A part of it, as the server's pacing wants; the rest after a pause.
    Paced,
    /// The connection is broken.
    Broken,
    /// The client has aborted it. The system tells so once: who reads next meets an orderly end.
    Reset,
}

impl Parcel {
    /// Makes all of it bytes of its own.
    pub(crate) fn detach(&mut self, log: &[u8]) {
        copy_parts(&mut self.bytes, &self.parts, log);
        self.parts.clear();
    }
}

fn copy_parts(bytes: &mut Vec<u8>, parts: &[Range<usize>], log: &[u8]) {
    for part in parts {
        bytes.extend_from_slice(log.get(part.clone()).unwrap_or_default());
    }
}

impl Outbox {
    pub(crate) fn new(writer: OwnedWriteHalf) -> Self {
        Self {
            bytes: Vec::new(),
            parts: Vec::new(),
            writer: Some(Arc::new(writer)),
            closing: false,
            blocked: false,
            listed: false,
            is_split: false,
            was_reset: false,
            closed: Arc::new(Notify::new()),
            gone: Arc::new(Notify::new()),
        }
    }

    /// Whether its socket takes nothing and more waits than may.
    pub(crate) fn is_beyond(&self, most: usize) -> bool {
        self.blocked && self.bytes.len() > most
    }

    /// Adds a part of the log; whether the flusher must be told.
    pub(crate) fn push(&mut self, part: Range<usize>, log: &[u8]) -> bool {
        if self.closing || self.writer.is_none() {
            return false;
        }
        if self.blocked {
            self.bytes
                .extend_from_slice(log.get(part).unwrap_or_default());
            return false;
        }
        match self.parts.last_mut() {
            Some(last) if last.end == part.start => last.end = part.end,
            _ => self.parts.push(part),
        }
        self.list()
    }

    /// Nothing more will be added; whether the flusher must be told.
    pub(crate) fn close(&mut self) -> bool {
        self.closing = true;
        self.list()
    }

    /// Whether nothing more is sent.
    pub(crate) fn is_closed(&self) -> bool {
        self.writer.is_none()
    }

    /// Whether a write found that the client has aborted the connection.
    pub(crate) fn was_reset(&self) -> bool {
        self.was_reset
    }

    /// Whether it closes or is closed.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing
    }

    /// What tells that the write side is closed.
    pub(crate) fn closed(&self) -> Arc<Notify> {
        Arc::clone(&self.closed)
    }

    /// What tells that it is gone.
    pub(crate) fn gone(&self) -> Arc<Notify> {
        Arc::clone(&self.gone)
    }

    /// The socket takes bytes again; whether the flusher must be told.
    pub(crate) fn unblock(&mut self) -> bool {
        self.blocked = false;
        self.list()
    }

    /// Everything that waits, for the flusher.
    pub(crate) fn take(&mut self) -> Option<Parcel> {
        self.listed = false;
        let writer = Arc::clone(self.writer.as_ref()?);
        Some(Parcel {
            bytes: std::mem::take(&mut self.bytes),
            parts: std::mem::take(&mut self.parts),
            writer,
            is_split: self.is_split,
        })
    }

    /// What the flusher could not send comes back, before what was added meanwhile, which stands in `log`; whether the flusher must
    /// be told.
    pub(crate) fn give_back(&mut self, mut parcel: Parcel, sent: Sent, log: &[u8]) -> bool {
        if matches!(sent, Sent::Broken | Sent::Reset) {
            self.was_reset |= sent == Sent::Reset;
            self.writer = None;
            (self.bytes, self.parts) = (Vec::new(), Vec::new());
            self.closed.notify_one();
            return false;
        }
        parcel.bytes.append(&mut self.bytes);
        self.bytes = parcel.bytes;
        if self.bytes.is_empty() && self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        }
        self.is_split = sent == Sent::Paced && !parcel.is_split;
        self.blocked = matches!(sent, Sent::Some | Sent::Paced);
        if self.blocked {
            // It may have to wait for longer than the log lasts.
            copy_parts(&mut self.bytes, &self.parts, log);
            self.parts.clear();
        } else if self.parts.is_empty() {
            // Its memory is used again.
            parcel.parts.clear();
            self.parts = parcel.parts;
        }
        let is_empty = self.bytes.is_empty() && self.parts.is_empty();
        if is_empty && self.closing {
            self.writer = None;
            self.closed.notify_one();
        }
        !is_empty && self.list()
    }

    /// Gives up what waits: the system forgets what the client did not take.
    pub(crate) fn abandon(mut self) {
        if let Some(writer) = self.writer.take() {
            // Where that fails, the system keeps the bytes for a while.
            let _ = writer.as_ref().as_ref().set_zero_linger();
        }
    }

    /// Puts it on the flusher's list, unless it stands there or its socket takes nothing.
    fn list(&mut self) -> bool {
        let is_new = !self.listed && !self.blocked && self.writer.is_some();
        self.listed |= is_new;
        is_new
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.gone.notify_one();
    }
}
