//! The clients of one scenario: their sockets, what arrived on each and is not yet claimed, and the record of all of it.
//!
//! Nothing here waits for anything in particular: [`Clients::pump`] lets bytes flow on every connection until something
//! happened anywhere. Refuses to know what is expected, and every dialect: it records, it never judges.

mod connection;
mod recorder;

use std::future::poll_fn;
use std::io;
use std::task::Poll;

use protocol::dialect::Decoration;
use tokio::net::TcpSocket;
use tokio::time::{Instant, timeout_at};

use crate::target::Door;
use crate::transcript::{Client, ClientId, Happening, Player, Transcript};

use connection::narrow;
pub(crate) use connection::{Connection, End, SMALL_BUFFER};
use recorder::Recorder;

/// All connections of a scenario, by [`ClientId`].
pub(crate) struct Clients {
    recorder: Recorder,
    connections: Vec<Connection>,
    decoration: Decoration,
}

impl Clients {
    /// No clients yet; times count from now. `decoration` is stripped from what arrives.
    pub(crate) fn new(decoration: Decoration) -> Self {
        Self {
            recorder: Recorder::new(),
            connections: Vec::new(),
            decoration,
        }
    }

    /// A client that has not connected yet.
    pub(crate) fn add(&mut self, player: Player, nick: &[u8]) -> ClientId {
        self.connections.push(Connection::new(self.decoration));
        let all = self.connections.len();
        self.connections
            .iter_mut()
            .for_each(|connection| connection.share_with(all));
        self.recorder.add(Client {
            player,
            nick: String::from_utf8_lossy(nick).into_owned(),
            local_port: None,
        })
    }

    /// A client will stop reading: its connection is opened with small buffers.
    pub(crate) fn make_narrow(&mut self, id: ClientId) {
        self.connections[id.0].make_narrow();
    }

    /// What happens from now on happens under this line of the scenario.
    pub(crate) fn under_line(&mut self, line: Option<usize>) {
        self.recorder.line = line;
    }

    /// Corrects a nickname: the server handed it out, or the client joined under another.
    pub(crate) fn rename(&mut self, id: ClientId, nick: &[u8]) {
        self.recorder.client(id).nick = String::from_utf8_lossy(nick).into_owned();
    }

    /// One client's connection.
    pub(crate) fn connection(&self, id: ClientId) -> &Connection {
        &self.connections[id.0]
    }

    /// When the scenario began.
    pub(crate) fn began(&self) -> Instant {
        self.recorder.began
    }

    /// Opens a client's connection.
    ///
    /// # Errors
    /// What the system says: refused, timed out.
    pub(crate) async fn connect(
        &mut self,
        id: ClientId,
        door: &Door,
        until: Instant,
    ) -> io::Result<()> {
        let is_narrow = self.connections[id.0].is_narrow();
        let prepare = |socket: &TcpSocket| {
            if is_narrow {
                narrow(socket);
            }
        };
        let stream = timeout_at(until, door.connect_prepared(prepare))
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?;
        // A message must leave in the write in which it was sent.
        stream.set_nodelay(true)?;
        self.recorder.client(id).local_port = stream.local_addr().ok().map(|addr| addr.port());
        self.connections[id.0].open(stream);
        self.recorder.record(id, Happening::Connected);
        Ok(())
    }

    /// Sends bytes in one write, as far as the socket takes them; [`Clients::pump`] sends the rest.
    pub(crate) fn send(&mut self, id: ClientId, bytes: &[u8]) {
        self.recorder.record(id, Happening::Sent(bytes.to_vec()));
        self.connections[id.0].send(bytes);
    }

    /// Every client.
    pub(crate) fn ids(&self) -> impl Iterator<Item = ClientId> + use<> {
        (0..self.connections.len()).map(ClientId)
    }

    /// Removes all that is unread, on every connection.
    pub(crate) fn forget_unread(&mut self) {
        for connection in &mut self.connections {
            connection.consume(usize::MAX);
        }
    }

    /// Removes bytes from the front of what is unread.
    pub(crate) fn consume(&mut self, id: ClientId, len: usize) {
        self.connections[id.0].consume(len);
    }

    /// Reads no further from a connection: what comes has no end and says nothing.
    pub(crate) fn drown(&mut self, id: ClientId) {
        self.connections[id.0].drown();
    }

    /// Closes the sending half.
    pub(crate) fn finish(&mut self, id: ClientId) {
        if self.connections[id.0].finish() {
            self.recorder.record(id, Happening::Finished);
        }
    }

    /// Closes, so that the server reads an orderly end.
    pub(crate) fn close(&mut self, id: ClientId) {
        if self.connections[id.0].close() {
            self.recorder.record(id, Happening::Closed);
        }
    }

    /// Aborts.
    pub(crate) fn reset(&mut self, id: ClientId) {
        if self.connections[id.0].reset() {
            self.recorder.record(id, Happening::Reset);
        }
    }

    /// Leaves what arrives in the socket's buffer, made small, or reads again.
    pub(crate) fn set_reading(&mut self, id: ClientId, reads: bool) {
        let what = match reads {
            true => Happening::ReadsAgain,
            false => Happening::StoppedReading,
        };
        self.connections[id.0].set_reading(reads);
        self.recorder.record(id, what);
    }

    /// Notes that a clock, not a barrier, proved the silence of a connection.
    pub(crate) fn note_quiet(&mut self, id: ClientId, window: std::time::Duration) {
        self.recorder.record(id, Happening::QuietFor(window));
    }

    /// Lets bytes flow until something happened on any connection, or until that time: `false` if nothing did.
    pub(crate) async fn pump(&mut self, until: Instant) -> bool {
        let happened = poll_fn(|context| {
            let mut happened = false;
            for (index, connection) in self.connections.iter_mut().enumerate() {
                connection.poll_write(context);
                let recorder = &mut self.recorder;
                happened |= connection.poll_read(context, |what| {
                    recorder.record(ClientId(index), what);
                });
            }
            match happened {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        });
        timeout_at(until, happened).await.is_ok()
    }

    /// From now on what is consumed can be brought back.
    pub(crate) fn checkpoint(&mut self) {
        self.connections.iter_mut().for_each(Connection::checkpoint);
    }

    /// What was consumed since the checkpoint stays consumed.
    pub(crate) fn commit(&mut self) {
        self.connections.iter_mut().for_each(Connection::commit);
    }

    /// Brings back what was consumed since the checkpoint.
    pub(crate) fn restore(&mut self) {
        self.connections.iter_mut().for_each(Connection::restore);
    }

    /// Takes in what has already arrived, without waiting for more.
    pub(crate) async fn drain(&mut self) {
        const ROUNDS: usize = 64;
        for _ in 0..ROUNDS {
            // Gives the runtime the chance to ask the system what is there.
            tokio::task::yield_now().await;
            if !self.pump(Instant::now()).await {
                return;
            }
        }
    }

    /// How much has happened so far, on all connections.
    pub(crate) fn happenings(&self) -> u64 {
        let transcript = &self.recorder.transcript;
        transcript.entries.len() as u64 + transcript.entries_dropped
    }

    /// The record so far.
    pub(crate) fn transcript(&self) -> &Transcript {
        &self.recorder.transcript
    }

    /// The record, at the end. All connections close.
    pub(crate) fn into_transcript(self) -> Transcript {
        self.recorder.transcript
    }
}
