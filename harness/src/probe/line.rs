//! One connection to the server that is probed: bounded in time, in bytes, and in how many there are.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// Connections in all.
const MOST_CONNECTIONS: usize = 40;
/// How long a connection may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_millis(400);
/// The same where there is probably none.
const BRIEF: Duration = Duration::from_millis(120);
/// Quiet after which an answer is over.
const QUIET: Duration = Duration::from_millis(60);
/// However a server trickles, one answer takes no longer.
const LONGEST: Duration = Duration::from_secs(2);
/// Bytes of one answer.
const MOST_BYTES: usize = 16 * 1024;

/// Makes connections, one after the other.
pub(super) struct Caller {
    address: SocketAddr,
    made: usize,
    until: Instant,
}

impl Caller {
    pub(super) fn new(address: SocketAddr) -> Self {
        /// The whole conversation.
        const WHOLE: Duration = Duration::from_secs(90);
        Self {
            address,
            made: 0,
            until: Instant::now() + WHOLE,
        }
    }

    pub(super) const fn connections(&self) -> usize {
        self.made
    }

    /// Another connection, if there may be one.
    pub(super) async fn call(&mut self) -> std::io::Result<Line> {
        if self.made >= MOST_CONNECTIONS || Instant::now() >= self.until {
            return Err(std::io::ErrorKind::TimedOut.into());
        }
        let attempt = timeout(PATIENCE, TcpStream::connect(self.address)).await;
        let stream = attempt.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))?;
        self.made += 1;
        stream.set_nodelay(true)?;
        Ok(Line {
            stream,
            is_closed: false,
        })
    }
}

/// One connection.
pub(super) struct Line {
    stream: TcpStream,
    is_closed: bool,
}

impl Line {
    pub(super) const fn is_closed(&self) -> bool {
        self.is_closed
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) {
        let sent = timeout(PATIENCE, self.stream.write_all(bytes)).await;
        self.is_closed |= !matches!(sent, Ok(Ok(())));
    }

    /// What comes until it is quiet.
    pub(super) async fn hear(&mut self) -> Vec<u8> {
        self.hear_for(ANSWER).await
    }

    /// The same where probably nothing comes.
    pub(super) async fn hear_briefly(&mut self) -> Vec<u8> {
        self.hear_for(BRIEF).await
    }

    async fn hear_for(&mut self, patience: Duration) -> Vec<u8> {
        let mut heard = Vec::new();
        let mut buffer = [0; 4096];
        let end = Instant::now() + LONGEST;
        let mut until = Instant::now() + patience;
        while !self.is_closed && heard.len() < MOST_BYTES {
            let read = tokio::time::timeout_at(until.min(end), self.stream.read(&mut buffer)).await;
            match read {
                Err(_) => break,
                Ok(Ok(len)) if len > 0 => {
                    heard.extend_from_slice(&buffer[..len]);
                    until = Instant::now() + QUIET;
                }
                Ok(_) => self.is_closed = true,
            }
        }
        heard.truncate(MOST_BYTES);
        heard
    }
}
