//! The server that is graded: embedded, already running, or started by us.

mod spawn;

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use protocol::Dialect;
use reference_server::{Options, Running, Server as Reference};

use crate::report::Target;
pub use spawn::{SpawnError, Spawned};

/// How long a server that is already running has to accept its first connection.
const FIRST_CONNECTION: Duration = Duration::from_secs(5);

/// A server to grade.
#[derive(Debug)]
pub enum Server {
    /// The dialect's reference server, on a thread of its own.
    Embedded {
        /// Its dialect.
        dialect: Arc<Dialect>,
        /// The running server.
        running: Option<Running>,
        /// Where it listens.
        address: SocketAddr,
        /// How it serves.
        serving: Options,
    },
    /// One that was already running.
    Attached {
        /// Where it listens.
        address: SocketAddr,
        /// The address as the user gave it.
        given: String,
    },
    /// One that we started.
    Spawned(Box<Spawned>),
}

impl Server {
    /// Serves the dialect from this process, on a free port.
    ///
    /// # Errors
    /// The system gives no socket or no thread.
    pub fn embedded(dialect: &Dialect) -> io::Result<Self> {
        Self::embedded_with(dialect, Options::default())
    }

    /// The same, slower, sending in other pieces, or with a deliberate fault.
    ///
    /// # Errors
    /// The system gives no socket or no thread.
    pub fn embedded_with(dialect: &Dialect, serving: Options) -> io::Result<Self> {
        let dialect = Arc::new(dialect.clone());
        let (running, address) = start_embedded(&dialect, &serving)?;
        Ok(Self::Embedded {
            dialect,
            running: Some(running),
            address,
            serving,
        })
    }

    /// A server that is already running.
    ///
    /// # Errors
    /// The address is none, or nobody listens there.
    pub fn attach(given: &str) -> io::Result<Self> {
        let mut last = io::Error::new(io::ErrorKind::InvalidInput, "the address has no host");
        for address in given.to_socket_addrs()? {
            match std::net::TcpStream::connect_timeout(&address, FIRST_CONNECTION) {
                Ok(_) => {
                    return Ok(Self::Attached {
                        address,
                        given: given.to_owned(),
                    });
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        match self {
            Self::Embedded { address, .. } | Self::Attached { address, .. } => *address,
            Self::Spawned(spawned) => spawned.address(),
        }
    }

    /// Whether nobody else talks to it.
    #[must_use]
    pub const fn is_ours(&self) -> bool {
        !matches!(self, Self::Attached { .. })
    }

    /// What reports call it.
    #[must_use]
    pub fn target(&self) -> Target {
        match self {
            Self::Embedded { .. } => Target::Embedded,
            Self::Attached { given, .. } => Target::Attached {
                address: given.clone(),
            },
            Self::Spawned(spawned) => Target::Spawned {
                command: spawned.command().to_owned(),
            },
        }
    }

    /// Ends it and starts it again, if it is ours. `false`: it cannot be.
    pub async fn restart(&mut self) -> bool {
        match self {
            Self::Attached { .. } => false,
            Self::Embedded {
                dialect,
                running,
                address,
                serving,
            } => {
                *running = None;
                let Ok((again, new_address)) = start_embedded(dialect, serving) else {
                    return false;
                };
                *running = Some(again);
                *address = new_address;
                true
            }
            Self::Spawned(spawned) => spawned.restart().await.is_ok(),
        }
    }

    /// The last lines that it printed, if we started it.
    #[must_use]
    pub fn last_output(&self) -> Option<String> {
        match self {
            Self::Spawned(spawned) => Some(spawned.last_output()),
            _ => None,
        }
    }

    /// Ends it, if it is ours.
    pub async fn stop(self) {
        if let Self::Spawned(mut spawned) = self {
            spawned.stop().await;
        }
    }
}

fn start_embedded(dialect: &Arc<Dialect>, serving: &Options) -> io::Result<(Running, SocketAddr)> {
    let server = Reference::bind(
        Arc::clone(dialect),
        ([127, 0, 0, 1], 0).into(),
        serving.clone(),
    )?;
    let address = server.local_addr();
    Ok((server.start()?, address))
}
