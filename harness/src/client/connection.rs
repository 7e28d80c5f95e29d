//! One connection: its socket, what waits to be sent, what arrived and is not yet claimed.

use std::collections::VecDeque;
use std::io;
use std::task::Context;
use std::time::Duration;

use protocol::decoration::Stripper;
use protocol::dialect::Decoration;
use socket2::SockRef;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::Instant;

use crate::transcript::Happening;

/// Unread bytes at which a connection is read no further: a flood then fills the server's own buffers. Where there are many
/// connections, each has its share, which is more than any message.
const MAX_UNREAD: usize = 2 * 1024 * 1024;
const MAX_UNREAD_OF_ALL: usize = 8 * 1024 * 1024;
const LEAST_SHARE: usize = 128 * 1024;

/// Bytes that one read takes.
const READ: usize = 64 * 1024;

/// The receive buffer of a client that stops reading: small, so that its server soon notices.
pub(crate) const SMALL_BUFFER: usize = 4096;

/// The largest segment that a client takes which will stop reading: the smallest that TCP supposes of anybody (RFC 9293, §3.7.1). Systems
/// make the send buffer of a connection as large as some of its segments.
#[cfg(unix)]
const SMALL_SEGMENT: u32 = 536;

/// How a connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The server closed.
    Closed,
    /// The server aborted, or what we sent could not be delivered.
    Reset,
    /// We closed or aborted.
    Ours,
}

/// Prepares the socket of a client that will stop reading: with small buffers at both ends its server soon notices.
pub(super) fn narrow(socket: &TcpSocket) {
    let socket = SockRef::from(socket);
    // Where it fails, the server only notices later.
    let _ = socket.set_recv_buffer_size(SMALL_BUFFER);
    #[cfg(unix)]
    let _ = socket.set_tcp_mss(SMALL_SEGMENT);
}

/// One connection. See the module's documentation.
pub(crate) struct Connection {
    stream: Option<TcpStream>,
    stripper: Stripper,
    /// What arrived, from `claimed` on unread: claiming costs nothing, and the front is dropped from time to time.
    arrived: Vec<u8>,
    claimed: usize,
    /// Unread bytes at which it is read no further.
    most_unread: usize,
    /// Whether it is read no further in any case.
    is_drowned: bool,
    /// When the unread bytes came: up to which count of bytes ever kept, and when.
    arrivals: VecDeque<(u64, Instant)>,
    kept: u64,
    outbox: VecDeque<u8>,
    reads: bool,
    /// Whether it is opened with small buffers.
    is_narrow: bool,
    end: Option<End>,
    last_arrival: Option<Instant>,
    last_sent: Option<Instant>,
    /// What was consumed since the checkpoint, if there is one.
    consumed: Option<Vec<u8>>,
}

impl Connection {
    pub(super) fn new(decoration: Decoration) -> Self {
        Self {
            stream: None,
            stripper: Stripper::new(decoration),
            arrived: Vec::new(),
            claimed: 0,
            most_unread: MAX_UNREAD,
            is_drowned: false,
            arrivals: VecDeque::new(),
            kept: 0,
            outbox: VecDeque::new(),
            reads: true,
            is_narrow: false,
            end: None,
            last_arrival: None,
            last_sent: None,
            consumed: None,
        }
    }

    pub(super) fn open(&mut self, stream: TcpStream) {
        self.stream = Some(stream);
        self.end = None;
    }

    /// What arrived and is not yet claimed, decoration stripped.
    pub(crate) fn unread(&self) -> &[u8] {
        &self.arrived[self.claimed..]
    }

    /// How it ended, if it did; `None` also before it was opened.
    pub(crate) const fn end(&self) -> Option<End> {
        self.end
    }

    /// Whether it was opened and has not ended.
    pub(crate) const fn is_open(&self) -> bool {
        self.stream.is_some() && self.end.is_none()
    }

    /// Whether it was ever opened.
    pub(crate) const fn was_opened(&self) -> bool {
        self.stream.is_some() || self.end.is_some()
    }

    /// Whether it is opened with small buffers.
    pub(super) const fn is_narrow(&self) -> bool {
        self.is_narrow
    }

    /// It will be opened with small buffers.
    pub(super) const fn make_narrow(&mut self) {
        self.is_narrow = true;
    }

    /// Takes its share of what may be unread, beside so many others.
    pub(super) fn share_with(&mut self, all: usize) {
        self.most_unread = (MAX_UNREAD_OF_ALL / all.max(1)).clamp(LEAST_SHARE, MAX_UNREAD);
    }

    /// Reads no further: what comes has no end and says nothing.
    pub(super) fn drown(&mut self) {
        self.is_drowned = true;
    }

    /// Whether so much came that nothing more is read.
    pub(crate) fn is_flooded(&self) -> bool {
        self.is_drowned || self.unread().len() >= self.most_unread
    }

    /// Whether it reads what arrives.
    pub(crate) const fn reads(&self) -> bool {
        self.reads
    }

    /// Bytes that ever arrived, decoration stripped.
    pub(crate) const fn kept(&self) -> u64 {
        self.kept
    }

    /// When the first unread byte arrived.
    pub(crate) fn front_arrived(&self) -> Option<Instant> {
        self.arrivals.front().map(|(_, at)| *at)
    }

    /// When the unread byte at this place arrived.
    pub(crate) fn arrived(&self, at: usize) -> Option<Instant> {
        let place = self.kept - self.unread().len() as u64 + at as u64;
        let mut arrivals = self.arrivals.iter();
        arrivals
            .find(|(up_to, _)| *up_to > place)
            .map(|(_, at)| *at)
    }

    /// When the last byte arrived.
    pub(crate) const fn last_arrival(&self) -> Option<Instant> {
        self.last_arrival
    }

    /// When it last sent something.
    pub(crate) const fn last_sent(&self) -> Option<Instant> {
        self.last_sent
    }

    pub(super) fn consume(&mut self, len: usize) {
        let len = len.min(self.unread().len());
        let end = self.claimed + len;
        if let Some(consumed) = &mut self.consumed {
            consumed.extend_from_slice(&self.arrived[self.claimed..end]);
        }
        self.claimed = end;
        // Each byte is moved less than once on average.
        if self.claimed * 2 >= self.arrived.len() {
            self.arrived.drain(..self.claimed);
            self.claimed = 0;
        }
        let claimed = self.kept - self.unread().len() as u64;
        while self
            .arrivals
            .front()
            .is_some_and(|(up_to, _)| *up_to <= claimed)
        {
            self.arrivals.pop_front();
        }
    }

    pub(super) fn checkpoint(&mut self) {
        self.consumed = Some(Vec::new());
    }

    pub(super) fn commit(&mut self) {
        self.consumed = None;
    }

    pub(super) fn restore(&mut self) {
        let consumed = self.consumed.take().unwrap_or_default();
        if consumed.is_empty() {
            return;
        }
        let at = self.last_arrival.unwrap_or_else(Instant::now);
        let front = self.kept - self.unread().len() as u64;
        self.arrivals.push_front((front, at));
        self.arrived.splice(..self.claimed, consumed);
        self.claimed = 0;
    }

    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.last_sent = Some(Instant::now());
        let Some(stream) = self.stream.as_ref().filter(|_| self.outbox.is_empty()) else {
            self.outbox.extend(bytes);
            return;
        };
        match stream.try_write(bytes) {
            Ok(sent) => self.outbox.extend(&bytes[sent..]),
            // The read side tells how it ended, after what the server sent before.
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => {}
            Err(_) => self.outbox.extend(bytes),
        }
    }

    pub(super) fn finish(&self) -> bool {
        let Some(stream) = &self.stream else {
            return false;
        };
        // It fails only where the connection has already ended.
        let _ = SockRef::from(stream).shutdown(std::net::Shutdown::Write);
        true
    }

    pub(super) fn close(&mut self) -> bool {
        let was_open = self.is_open();
        if let Some(stream) = &self.stream {
            discard_arrived(stream);
        }
        self.drop_stream();
        was_open
    }

    pub(super) fn reset(&mut self) -> bool {
        let was_open = self.is_open();
        if let Some(stream) = &self.stream {
            // It fails only where the connection has already ended.
            let _ = SockRef::from(stream).set_linger(Some(Duration::ZERO));
        }
        self.drop_stream();
        was_open
    }

    fn drop_stream(&mut self) {
        self.stream = None;
        self.end.get_or_insert(End::Ours);
        self.outbox.clear();
    }

    pub(super) fn set_reading(&mut self, reads: bool) {
        self.reads = reads;
        if let Some(stream) = self.stream.as_ref().filter(|_| !reads) {
            // A larger buffer only means that the server notices later.
            let _ = SockRef::from(stream).set_recv_buffer_size(SMALL_BUFFER);
        }
    }

    /// Sends what waits, as far as it goes.
    pub(super) fn poll_write(&mut self, context: &mut Context<'_>) {
        let Some(stream) = self.stream.as_ref().filter(|_| self.end.is_none()) else {
            return;
        };
        while !self.outbox.is_empty() {
            if stream.poll_write_ready(context).is_pending() {
                return;
            }
            match stream.try_write(self.outbox.as_slices().0) {
                Ok(sent) => drop(self.outbox.drain(..sent)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => self.outbox.clear(),
            }
        }
    }

    /// Takes in what has arrived, one read's worth, and tells it. `false`: nothing happened.
    pub(super) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        mut tell: impl FnMut(Happening),
    ) -> bool {
        let Some(stream) = self.stream.as_ref() else {
            return false;
        };
        if self.end.is_some() || !self.reads || self.is_flooded() {
            return false;
        }
        let mut bytes = [0; READ];
        loop {
            if stream.poll_read_ready(context).is_pending() {
                return false;
            }
            match stream.try_read(&mut bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(_) => {
                    self.end = Some(End::Reset);
                    tell(Happening::ServerReset);
                }
                Ok(0) => {
                    // As every program does that reads the end. Some servers are done with a client only then.
                    self.stream = None;
                    self.end = Some(End::Closed);
                    tell(Happening::ServerClosed);
                }
                Ok(len) => {
                    acknowledge(stream);
                    tell(Happening::Received(bytes[..len].to_vec()));
                    self.take_in(&bytes[..len]);
                }
            }
            return true;
        }
    }

    fn take_in(&mut self, bytes: &[u8]) {
        let before = self.arrived.len();
        self.stripper.strip(bytes, &mut self.arrived);
        let now = Instant::now();
        self.last_arrival = Some(now);
        self.kept += (self.arrived.len() - before) as u64;
        if self.arrived.len() > before {
            self.arrivals.push_back((self.kept, now));
        }
    }
}

/// Acknowledges at once what was read. A server whose messages leave in two writes waits with the second for it (RFC 896), which a
/// system delays by up to half a second (RFC 1122, §4.2.3.2).
#[cfg(target_os = "linux")]
fn acknowledge(stream: &TcpStream) {
    // It fails only where the connection has already ended.
    let _ = rustix::net::sockopt::set_tcp_quickack(stream, true);
}

#[cfg(not(target_os = "linux"))]
const fn acknowledge(_: &TcpStream) {}

/// Reads and drops what lies in the socket's buffer: closing over unread bytes would abort the connection.
fn discard_arrived(stream: &TcpStream) {
    const ROUNDS: usize = 64;
    let mut bytes = [0; READ];
    for _ in 0..ROUNDS {
        if !matches!(stream.try_read(&mut bytes), Ok(1..)) {
            return;
        }
    }
}
