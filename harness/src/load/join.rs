//! Coming in under load: connecting and registering one client, as the dialect does.
//!
//! Whatever the server says meanwhile is read again from the start each time, so nothing is lost when a welcome comes in pieces or
//! glued to something else. Knows nothing of the load that follows.

use std::io;
use std::time::Duration;

use protocol::Dialect;
use protocol::dialect::Step;
use protocol::matching::Supply;
use protocol::message::{CommandKind, Direction, NoticeKind, Phase, ReplyKind};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::subject::message_fields;
use crate::hearing::{Heard, Hearing};

/// The most bytes that a server may say before it lets a client in.
const MOST_SAID: usize = 16 * 1024;

/// Why a client is not in.
#[derive(Debug)]
pub(super) enum Refusal {
    /// No connection.
    NoConnection(io::Error),
    /// The server closed, or the connection broke; what it had said.
    Closed(Option<String>, Vec<u8>),
    /// It refused; the words.
    Refused(Vec<u8>),
    /// It did not let the client in within the time; what it had said.
    Silent(Vec<u8>),
    /// The load was ended while it waited.
    Stopped,
}

/// Connects and registers a client.
///
/// # Errors
/// The server does not let it in.
pub(super) async fn join(
    dialect: &Dialect,
    way: &crate::target::Door,
    nick: &[u8],
    patience: Duration,
) -> Result<TcpStream, Refusal> {
    let until = Instant::now() + patience;
    let stream = timeout_at(until, way.connect())
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        .map_err(Refusal::NoConnection)?;
    // A message must leave in the write in which it was sent.
    stream.set_nodelay(true).map_err(Refusal::NoConnection)?;
    let mut door = Door {
        dialect,
        stream,
        said: Vec::new(),
        until,
    };
    let fields = message_fields(nick, b"");
    if let Some(request) = dialect.request(CommandKind::Join) {
        for (index, step) in request.steps.iter().enumerate() {
            let content = step.send.render(&fields);
            let bytes = dialect.frame(Direction::ToServer, Phase::Joining, &content);
            door.send(&bytes).await?;
            if index + 1 < request.steps.len() {
                door.step(step).await?;
            }
        }
    }
    match dialect.reply(NoticeKind::Welcome) {
        Some(welcome) if !welcome.optional => door.welcome().await?,
        _ => {}
    }
    Ok(door.stream)
}

/// A client at the door.
struct Door<'d> {
    dialect: &'d Dialect,
    stream: TcpStream,
    said: Vec<u8>,
    until: Instant,
}

/// How long a step without a reply of its own is given to be read by itself, where messages have no end mark.
const STEP: Duration = Duration::from_millis(50);

impl Door<'_> {
    async fn send(&self, bytes: &[u8]) -> Result<(), Refusal> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match timeout_at(self.until, self.stream.writable()).await {
                Err(_) => return Err(Refusal::Silent(self.said.clone())),
                Ok(Err(error)) => return Err(self.closed(Some(&error))),
                Ok(Ok(())) => {}
            }
            match self.stream.try_write(rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(self.closed(Some(&error))),
            }
        }
        Ok(())
    }

    /// Waits for the reply to one step.
    async fn step(&mut self, step: &Step) -> Result<(), Refusal> {
        if !step.reply.is_empty() {
            return self.hear(|kind| kind.is_none()).await;
        }
        let until = (Instant::now() + STEP).min(self.until);
        while let Ok(read) = timeout_at(until, self.stream.readable()).await {
            read.map_err(|error| self.closed(Some(&error)))?;
            self.read()?;
        }
        Ok(())
    }

    async fn welcome(&mut self) -> Result<(), Refusal> {
        self.hear(|kind| kind == Some(NoticeKind::Welcome.into()))
            .await
    }

    /// Reads until the server says something of a kind, or refuses.
    async fn hear(&mut self, is_wanted: impl Fn(Option<ReplyKind>) -> bool) -> Result<(), Refusal> {
        loop {
            for ends_are_words in [true, false] {
                if let Some(heard) = self.heard(&is_wanted, ends_are_words) {
                    return match heard.kind {
                        Some(ReplyKind::Refused(_)) => Err(Refusal::Refused(heard.bytes)),
                        _ => Ok(()),
                    };
                }
            }
            match timeout_at(self.until, self.stream.readable()).await {
                Err(_) => return Err(Refusal::Silent(self.said.clone())),
                Ok(Err(error)) => return Err(self.closed(Some(&error))),
                Ok(Ok(())) => self.read()?,
            }
        }
    }

    /// The first that is wanted, or refuses. A registration in steps has several replies: each is looked for in all that was said.
    fn heard(
        &self,
        is_wanted: impl Fn(Option<ReplyKind>) -> bool,
        ends_are_words: bool,
    ) -> Option<Heard> {
        let mut hearing = Hearing::new(self.dialect);
        hearing.receive(&self.said);
        loop {
            if !ends_are_words {
                hearing.skip_line_ends();
            }
            let heard = hearing.next(Phase::Joining, Supply::Settled)?;
            let is_refusal = matches!(heard.kind, Some(ReplyKind::Refused(_)));
            if is_refusal || heard.is_known && is_wanted(heard.kind) {
                return Some(heard);
            }
        }
    }

    fn read(&mut self) -> Result<(), Refusal> {
        let mut bytes = [0; 4096];
        match self.stream.try_read(&mut bytes) {
            Ok(0) => Err(self.closed(None)),
            Ok(read) => {
                self.said.extend_from_slice(&bytes[..read]);
                match self.said.len() > MOST_SAID {
                    true => Err(Refusal::Silent(self.said.clone())),
                    false => Ok(()),
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(self.closed(Some(&error))),
        }
    }

    fn closed(&self, error: Option<&io::Error>) -> Refusal {
        Refusal::Closed(error.map(ToString::to_string), self.said.clone())
    }
}
