//! The way to a server: its address, and where it has a network of its own, the sockets of that network.

use std::io;
use std::net::SocketAddr;
#[cfg(unix)]
use std::sync::Arc;

use tokio::net::{TcpSocket, TcpStream};

/// The way to a server. Clones lead to the same one.
#[derive(Debug, Clone)]
pub struct Door {
    /// Where it listens.
    pub address: SocketAddr,
    /// Who gives sockets for the network in which it listens; nobody: it is our own.
    #[cfg(unix)]
    pub(super) through: Option<Arc<Sockets>>,
}

/// Sockets from the keeper of a server, which stands in the server's network.
#[cfg(unix)]
#[derive(Debug)]
pub(super) struct Sockets {
    pub(super) line: Arc<tokio::net::UnixStream>,
    pub(super) answers:
        tokio::sync::Mutex<tokio::sync::mpsc::UnboundedReceiver<io::Result<std::os::fd::OwnedFd>>>,
}

impl Door {
    /// To an address in our own network.
    #[must_use]
    pub const fn at(address: SocketAddr) -> Self {
        Self {
            address,
            #[cfg(unix)]
            through: None,
        }
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// What the system says: refused, timed out.
    pub async fn connect(&self) -> io::Result<TcpStream> {
        self.socket().await?.connect(self.address).await
    }

    /// The same, through a socket that was prepared before.
    pub(crate) async fn connect_prepared(
        &self,
        prepare: impl FnOnce(&TcpSocket),
    ) -> io::Result<TcpStream> {
        let socket = self.socket().await?;
        prepare(&socket);
        socket.connect(self.address).await
    }

    async fn socket(&self) -> io::Result<TcpSocket> {
        #[cfg(unix)]
        if let Some(sockets) = &self.through {
            let socket = sockets.socket(self.address.is_ipv6()).await?;
            return Ok(TcpSocket::from_std_stream(socket.into()));
        }
        match self.address.is_ipv6() {
            true => TcpSocket::new_v6(),
            false => TcpSocket::new_v4(),
        }
    }
}
