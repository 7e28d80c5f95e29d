//! What the harness and the keeper of a server say to each other: a line of JSON each, and once in a while a socket beside it.

use std::io;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt as _;

/// What the harness wants of a keeper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Order {
    /// This is for the server's standard input.
    Answer(String),
    /// A socket in the server's network.
    Socket {
        /// Of the sixth version of the protocol.
        v6: bool,
    },
    /// End the server: it may take so long to end by itself.
    Stop {
        /// In milliseconds.
        grace_ms: u64,
    },
}

/// What a keeper tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Told {
    /// The server runs.
    Started {
        /// Its process, which is also its process group.
        pid: i32,
    },
    /// It does not, and the keeper has ended.
    NotStarted(Trouble),
    /// It listens where it is expected.
    Listening {
        /// There.
        address: SocketAddr,
    },
    /// It listens, but elsewhere.
    Elsewhere {
        /// On these ports.
        ports: Vec<u16>,
    },
    /// It used more memory than it may, and is being ended for it.
    TooMuchMemory,
    /// It has ended.
    Ended(End),
    /// A socket comes with this.
    Socket,
    /// There is none.
    NoSocket {
        /// What the system says.
        why: String,
    },
    /// All is over, and the keeper has ended.
    Stopped(Stopped),
}

/// How it was when a server was to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stopped {
    /// How it ended.
    pub(crate) how: How,
    /// The names of the processes that were alive when it had ended.
    pub(crate) left: Vec<String>,
}

/// How a server ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum How {
    /// Before it was asked to.
    ByItself,
    /// When it was asked to.
    AsAsked,
    /// It had to be killed.
    Killed,
}

/// Why a server could not be started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Trouble {
    /// There is no network for it alone.
    NoNamespace(String),
    /// Somebody listens on its port.
    PortTaken,
    /// There is nothing to start.
    NoCommand,
    /// The system does not start the program: its number of the error.
    NoProgram(i32),
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum End {
    /// By itself, with this status.
    Status(i32),
    /// By this signal.
    Signal(i32),
}

/// Sends a line.
pub(crate) async fn send(
    to: &mut (impl tokio::io::AsyncWrite + Unpin),
    said: &impl Serialize,
) -> io::Result<()> {
    to.write_all(&line(said)?).await
}

fn line(said: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(said)?;
    line.push(b'\n');
    Ok(line)
}

/// Sends a line with a socket beside it.
#[cfg(target_os = "linux")]
pub(crate) async fn send_with(
    to: &tokio::net::UnixStream,
    said: &impl Serialize,
    socket: &impl std::os::fd::AsFd,
) -> io::Result<()> {
    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
    let line = line(said)?;
    let sent = to
        .async_io(tokio::io::Interest::WRITABLE, || {
            let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
            let mut beside = SendAncillaryBuffer::new(&mut space);
            let sockets = [socket.as_fd()];
            beside.push(SendAncillaryMessage::ScmRights(&sockets));
            let bytes = [io::IoSlice::new(&line)];
            Ok(sendmsg(to, &bytes, &mut beside, SendFlags::NOSIGNAL)?)
        })
        .await?;
    match sent == line.len() {
        true => Ok(()),
        false => Err(io::ErrorKind::WriteZero.into()),
    }
}

/// Reads what has come, with the sockets beside it. Nothing: the other side is gone.
#[cfg(target_os = "linux")]
pub(crate) async fn receive(
    from: &tokio::net::UnixStream,
    sockets: &mut Vec<std::os::fd::OwnedFd>,
) -> io::Result<Vec<u8>> {
    use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};
    const AT_A_TIME: usize = 16;
    from.async_io(tokio::io::Interest::READABLE, || {
        let mut space =
            [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(AT_A_TIME))];
        let mut beside = RecvAncillaryBuffer::new(&mut space);
        let mut bytes = vec![0; 4096];
        let mut pieces = [io::IoSliceMut::new(&mut bytes)];
        let received = recvmsg(from, &mut pieces, &mut beside, RecvFlags::CMSG_CLOEXEC)?;
        for message in beside.drain() {
            if let RecvAncillaryMessage::ScmRights(received) = message {
                sockets.extend(received);
            }
        }
        bytes.truncate(received.bytes);
        Ok(bytes)
    })
    .await
}

/// Reads what has come. Nothing: the other side is gone.
#[cfg(not(target_os = "linux"))]
pub(crate) async fn receive(
    from: &tokio::net::UnixStream,
    _: &mut Vec<std::os::fd::OwnedFd>,
) -> io::Result<Vec<u8>> {
    from.async_io(tokio::io::Interest::READABLE, || {
        let mut bytes = vec![0; 4096];
        let len = from.try_read(&mut bytes)?;
        bytes.truncate(len);
        Ok(bytes)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_one_line() {
        let said = Order::Answer("a\nb\n".to_owned());
        let line = line(&said).expect("it can be written");
        assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        let heard: Order = serde_json::from_slice(&line).expect("it can be read");
        assert_eq!(heard, said);
    }
}
