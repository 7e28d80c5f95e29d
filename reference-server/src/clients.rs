//! The connections of a server, and what waits to be sent to each.
//!
//! It knows who must be flushed, who must wait, and who has let too much pile up. It does not know what is said, nor why.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;

use protocol::message::Phase;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::outbox::{Outbox, Parcel, Sent};
use crate::room::ClientId;

/// Memory that the log may keep for the next turn, in bytes.
const KEPT: usize = 1024 * 1024;

/// The most bytes that many clients hear before they are in the outboxes: a client that does not read is not noticed sooner.
const MOST_COMMON: usize = 64 * 1024;

/// The connections of a server. See the module's documentation.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    places: Vec<Option<Client>>,
    /// Connections so far.
    connections: u64,
    /// The most bytes that may wait for one client.
    queue: usize,
    /// Clients whose outbox waits for the flusher.
    listed: Vec<ClientId>,
    /// Clients whose outbox must wait before it is flushed again.
    blocked: Vec<Blocked>,
    /// Clients whose outbox exceeds its cap.
    overflowed: Vec<ClientId>,
    /// Everything that was said since the last flush, once.
    log: Vec<u8>,
    /// The end of it that many clients hear, if it is not in their outboxes yet.
    common: Option<Common>,
}

/// Consecutive messages to the same clients: in each outbox they are one.
#[derive(Debug)]
struct Common {
    hearers: Arc<[ClientId]>,
    messages: Range<usize>,
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Client {
    number: u64,
    pub(crate) address: SocketAddr,
    pub(crate) phase: Phase,
    pub(crate) outbox: Outbox,
    /// Ends the task that reads from it.
    pub(crate) reader: Option<AbortHandle>,
}

/// A client whose outbox must wait.
#[derive(Debug)]
pub(crate) struct Blocked {
    pub(crate) id: ClientId,
    /// The socket that must become writable; `None`: it is only a pause.
    pub(crate) writer: Option<Arc<OwnedWriteHalf>>,
    /// What tells that nobody wants to write to it any more.
    pub(crate) gone: Arc<Notify>,
}

impl Clients {
    /// No connection yet; `queue` is the most bytes that may wait for one.
    pub(crate) fn new(queue: usize) -> Self {
        Self {
            queue,
            ..Self::default()
        }
    }

    /// A place for a connection.
    pub(crate) fn add(&mut self, address: SocketAddr, writer: OwnedWriteHalf) -> ClientId {
        let number = self.connections;
        self.connections += 1;
        let client = Some(Client {
            number,
            address,
            phase: Phase::Joining,
            outbox: Outbox::new(writer),
            reader: None,
        });
        let free = self.places.iter().position(Option::is_none);
        let place = free.unwrap_or(self.places.len());
        match self.places.get_mut(place) {
            Some(free) => *free = client,
            None => self.places.push(client),
        }
        ClientId { place, number }
    }

    /// Frees a place; its client, if it was still there.
    pub(crate) fn remove(&mut self, id: ClientId) -> Option<Client> {
        self.get(id)?;
        self.places.get_mut(id.place)?.take()
    }

    pub(crate) fn get(&self, id: ClientId) -> Option<&Client> {
        let client = self.places.get(id.place)?.as_ref();
        client.filter(|client| client.number == id.number)
    }

    pub(crate) fn get_mut(&mut self, id: ClientId) -> Option<&mut Client> {
        let client = self.places.get_mut(id.place)?.as_mut();
        client.filter(|client| client.number == id.number)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.places.iter().flatten().count()
    }

    /// Those who are in a phase.
    pub(crate) fn in_phase(&self, phase: Phase) -> impl Iterator<Item = ClientId> {
        let ids = self.iter().filter(move |(_, client)| client.phase == phase);
        ids.map(|(id, _)| id)
    }

    fn iter(&self) -> impl Iterator<Item = (ClientId, &Client)> {
        self.places
            .iter()
            .enumerate()
            .filter_map(|(place, client)| {
                let client = client.as_ref()?;
                let number = client.number;
                Some((ClientId { place, number }, client))
            })
    }

    /// Whether nothing more can be said to a client.
    pub(crate) fn is_closing(&self, id: ClientId) -> bool {
        self.get(id).is_none_or(|client| client.outbox.is_closing())
    }

    /// Writes a message down, to be pushed to whoever hears it.
    pub(crate) fn write(&mut self, message: &[u8]) -> Range<usize> {
        let start = self.log.len();
        self.log.extend_from_slice(message);
        start..self.log.len()
    }

    /// Adds a message that was written down to a client's outbox.
    pub(crate) fn push(&mut self, id: ClientId, message: Range<usize>) {
        self.settle();
        self.append(id, message);
    }

    /// Adds a message that was written down to the outboxes of many, together with those that follow to the same clients:
    /// `settle` ends that.
    pub(crate) fn push_all(&mut self, hearers: Arc<[ClientId]>, message: Range<usize>) {
        match &mut self.common {
            Some(common)
                if Arc::ptr_eq(&common.hearers, &hearers)
                    && common.messages.end == message.start
                    && common.messages.len() < MOST_COMMON =>
            {
                common.messages.end = message.end;
            }
            _ => {
                self.settle();
                self.common = Some(Common {
                    hearers,
                    messages: message,
                });
            }
        }
    }

    /// Has everything that was pushed in the outboxes; whether some was not yet.
    pub(crate) fn settle(&mut self) -> bool {
        let Some(common) = self.common.take() else {
            return false;
        };
        for id in common.hearers.iter() {
            self.append(*id, common.messages.clone());
        }
        true
    }

    fn append(&mut self, id: ClientId, message: Range<usize>) {
        let queue = self.queue;
        let client = self.places.get_mut(id.place).and_then(Option::as_mut);
        let Some(client) = client.filter(|client| client.number == id.number) else {
            return;
        };
        let must_list = client.outbox.push(message, &self.log);
        let is_beyond = client.outbox.is_beyond(queue);
        if must_list {
            self.listed.push(id);
        }
        if is_beyond {
            self.overflowed.push(id);
        }
    }

    /// Closes a connection once all that waits is sent.
    pub(crate) fn close(&mut self, id: ClientId) {
        self.settle();
        if self.get_mut(id).is_some_and(|client| client.outbox.close()) {
            self.listed.push(id);
        }
    }

    /// Closes every connection once all that waits is sent.
    pub(crate) fn close_all(&mut self) {
        let ids: Vec<_> = self.iter().map(|(id, _)| id).collect();
        for id in ids {
            self.close(id);
        }
    }

    /// Whether the flusher has work.
    pub(crate) fn has_work(&self) -> bool {
        !self.listed.is_empty() || !self.blocked.is_empty()
    }

    /// Bytes that were said since the last flush.
    pub(crate) fn unsent(&self) -> usize {
        self.log.len()
    }

    /// What waits to be sent, and the log of which it may be a part.
    pub(crate) fn take_parcels(&mut self) -> (Vec<(ClientId, Parcel)>, Vec<u8>) {
        let mut parcels = Vec::with_capacity(self.listed.len());
        for id in std::mem::take(&mut self.listed) {
            let parcel = self.get_mut(id).and_then(|client| client.outbox.take());
            parcels.extend(parcel.map(|parcel| (id, parcel)));
        }
        (parcels, std::mem::take(&mut self.log))
    }

    /// The log that was taken, to be written again.
    pub(crate) fn give_back_log(&mut self, mut log: Vec<u8>) {
        if self.log.is_empty() && log.capacity() <= KEPT {
            log.clear();
            self.log = log;
        }
    }

    /// What the flusher brings back.
    pub(crate) fn give_back(&mut self, id: ClientId, parcel: Parcel, sent: Sent) {
        let queue = self.queue;
        let client = self.places.get_mut(id.place).and_then(Option::as_mut);
        let Some(client) = client.filter(|client| client.number == id.number) else {
            return;
        };
        let writer = (sent == Sent::Some).then(|| Arc::clone(&parcel.writer));
        let must_list = client.outbox.give_back(parcel, sent, &self.log);
        let is_beyond = client.outbox.is_beyond(queue);
        let gone = client.outbox.gone();
        if must_list {
            self.listed.push(id);
        }
        if matches!(sent, Sent::Some | Sent::Paced) {
            self.blocked.push(Blocked { id, writer, gone });
        }
        if is_beyond {
            self.overflowed.push(id);
        }
    }

    /// An outbox may be flushed again.
    pub(crate) fn unblock(&mut self, id: ClientId) {
        let client = self.get_mut(id);
        if client.is_some_and(|client| client.outbox.unblock()) {
            self.listed.push(id);
        }
    }

    /// The clients whose outbox must newly wait.
    pub(crate) fn take_blocked(&mut self) -> Vec<Blocked> {
        std::mem::take(&mut self.blocked)
    }

    /// Cuts off one client that does not read what is sent to it.
    pub(crate) fn cut_off_next(&mut self) -> Option<ClientId> {
        loop {
            let id = self.overflowed.pop()?;
            if let Some(client) = self.remove(id) {
                client.outbox.abandon();
                if let Some(reader) = client.reader {
                    reader.abort();
                }
                return Some(id);
            }
        }
    }
}
