//! What waits to be sent to one client.
//!
//! A broadcast copies its bytes into every hearer's outbox and goes on; the flusher writes each outbox once per turn of the
//! event loop. Nobody waits for a client that does not read.

use std::sync::Arc;

use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::Notify;

/// Memory that an empty outbox may keep for the next turn, in bytes.
const KEPT: usize = 64 * 1024;

/// What waits to be sent to one client. See the module's documentation.
#[derive(Debug)]
pub(crate) struct Outbox {
    bytes: Vec<u8>,
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
    /// Tells that the write side is closed.
    closed: Arc<Notify>,
}

/// An outbox's content on its way to the socket.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) bytes: Vec<u8>,
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
}

impl Outbox {
    pub(crate) fn new(writer: OwnedWriteHalf) -> Self {
        Self {
            bytes: Vec::new(),
            writer: Some(Arc::new(writer)),
            closing: false,
            blocked: false,
            listed: false,
            is_split: false,
            closed: Arc::new(Notify::new()),
        }
    }

    /// Whether its socket takes nothing and more waits than may.
    pub(crate) fn is_beyond(&self, most: usize) -> bool {
        self.blocked && self.bytes.len() > most
    }

    /// Adds a message; whether the flusher must be told.
    pub(crate) fn push(&mut self, message: &[u8]) -> bool {
        if self.closing || self.writer.is_none() {
            return false;
        }
        self.bytes.extend_from_slice(message);
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

    /// Whether it closes or is closed.
    pub(crate) fn is_closing(&self) -> bool {
        self.closing
    }

    /// What tells that the write side is closed.
    pub(crate) fn closed(&self) -> Arc<Notify> {
        Arc::clone(&self.closed)
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
        let bytes = std::mem::take(&mut self.bytes);
        Some(Parcel {
            bytes,
            writer,
            is_split: self.is_split,
        })
    }

    /// What the flusher could not send comes back, before what was added meanwhile; whether the flusher must be told.
    pub(crate) fn give_back(&mut self, mut parcel: Parcel, sent: Sent) -> bool {
        if sent == Sent::Broken {
            self.writer = None;
            self.bytes = Vec::new();
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
        if self.bytes.is_empty() && self.closing {
            self.writer = None;
            self.closed.notify_one();
        }
        !self.bytes.is_empty() && self.list()
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
