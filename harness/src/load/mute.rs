//! A client that came in and reads nothing from then on, as one whose program hangs.
//!
//! Where everybody hears everything, it only has to stay: what the others say piles up in front of it. Where a server answers each
//! client alone, it keeps asking, so that its answers pile up.

use socket2::SockRef;
use tokio::net::TcpStream;

use crate::client::SMALL_BUFFER;

/// The most bytes that it sends at once.
const AT_ONCE: usize = 64 * 1024;

/// What the system keeps for one connection at most, both ends together: on Linux 4 MiB at the sender (`tcp_wmem`), and little at
/// this receiver.
const BUFFERS: u64 = 4_500_000;

/// One such client.
pub(super) struct Mute {
    stream: Option<TcpStream>,
    /// What it keeps saying; nothing: it is silent.
    says: Vec<u8>,
    /// How much of it was sent the last time.
    done: usize,
    /// Whether its socket took no more.
    is_full: bool,
}

impl Mute {
    pub(super) fn new(stream: TcpStream, says: Vec<u8>) -> Self {
        // A larger buffer only means that the server notices later.
        let _ = SockRef::from(&stream).set_recv_buffer_size(SMALL_BUFFER);
        Self {
            stream: Some(stream),
            says,
            done: 0,
            is_full: false,
        }
    }

    /// Whether the server surely felt it, where each of the others was sent so many bytes: the system's buffers on the way to it
    /// are full, or the server has closed the connection.
    pub(super) fn is_felt(&self, bytes_each: u64) -> bool {
        match self.says.is_empty() {
            true => bytes_each > BUFFERS,
            false => self.is_full || self.stream.is_none(),
        }
    }

    /// Says what it can without waiting. A server may close the connection: one that reads nothing has no right to more.
    pub(super) fn pour(&mut self) {
        let mut sent = 0;
        while !self.says.is_empty() && sent < AT_ONCE {
            let Some(stream) = &self.stream else { return };
            match stream.try_write(&self.says[self.done..]) {
                Ok(written) => {
                    sent += written;
                    self.done = (self.done + written) % self.says.len();
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    self.is_full = true;
                    return;
                }
                Err(_) => self.stream = None,
            }
        }
    }
}
