//! The server that is graded: embedded, already running, or started by us.

mod door;
mod spawn;

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use protocol::Dialect;
use protocol::lang::Lang;
use protocol::os_error::os_error;
use reference_server::{Options, Running, Server as Reference};

use crate::report::{Remark, Target};
pub use door::Door;
#[cfg(unix)]
use door::Sockets;
pub(crate) use spawn::is_taken;
pub use spawn::{CPU, INHERITED, MEMORY, START, Spawn, SpawnError, Spawned, can_isolate};

/// How long a server that is already running has to accept its first connection.
const FIRST_CONNECTION: Duration = Duration::from_secs(5);

/// Where a server to grade comes from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// The dialect's reference server.
    Embedded,
    /// A running one, at this `host:port`.
    Attached(String),
    /// We start it.
    Spawned(Box<Spawn>),
}

/// Why there is no server.
#[derive(Debug)]
pub enum StartError {
    /// The system gives no socket or no thread.
    Embedded(io::Error),
    /// Nobody can be reached there.
    Attached {
        /// The address as it was given.
        given: String,
        /// What the system says.
        error: io::Error,
    },
    /// It could not be started.
    Spawned(SpawnError),
}

impl StartError {
    /// What happened and what to try, in one of the readers' languages.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Self::Embedded(error) => {
                let what = lang.pick([
                    "o servidor embutido não pôde ser iniciado",
                    "the embedded server cannot start",
                ]);
                format!("{what}: {}", os_error(error).of(lang))
            }
            Self::Attached { given, error } if error.kind() == io::ErrorKind::ConnectionRefused => {
                let (what, hint) = lang.pick([
                    (
                        "ninguém escuta em",
                        "inicie antes o servidor e confira se ele escuta nessa porta",
                    ),
                    (
                        "nobody listens at",
                        "start the server first, and check that it listens on that port",
                    ),
                ]);
                format!("{what} {given}\n  {hint}")
            }
            Self::Attached { given, error } if error.kind() == io::ErrorKind::InvalidInput => lang
                .pick([
                    format!("`{given}` não é um endereço; escreva-o como `127.0.0.1:5000`"),
                    format!("`{given}` is no address; write it as `127.0.0.1:5000`"),
                ]),
            Self::Attached { given, error } if error.kind() == io::ErrorKind::NotFound => lang
                .pick([
                    format!("nenhuma máquina se chama como em `{given}`"),
                    format!("no machine is named as in `{given}`"),
                ]),
            Self::Attached { given, error } => {
                let what = lang.pick(["não foi possível chegar a", "cannot reach"]);
                format!("{what} {given}: {}", os_error(error).of(lang))
            }
            Self::Spawned(error) => error.text(lang),
        }
    }
}

/// The addresses of `host:port`. A name that nobody knows is an error of the kind `NotFound`: the system has none for it.
pub(crate) fn resolved(given: &str) -> io::Result<Vec<SocketAddr>> {
    match given.to_socket_addrs() {
        Ok(addresses) => Ok(addresses.collect()),
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Err(error),
        Err(error) => Err(io::Error::new(io::ErrorKind::NotFound, error)),
    }
}

impl Origin {
    /// A server from there.
    ///
    /// # Errors
    /// There is none.
    pub async fn start(&self, dialect: &Dialect) -> Result<Server, StartError> {
        match self {
            Self::Embedded => Server::embedded(dialect).map_err(StartError::Embedded),
            Self::Attached(given) => Server::attach(given).map_err(|error| StartError::Attached {
                given: given.clone(),
                error,
            }),
            Self::Spawned(spawn) => match Spawned::start(Spawn::clone(spawn)).await {
                Ok(spawned) => Ok(Server::Spawned(Box::new(spawned))),
                Err(error) => Err(StartError::Spawned(error)),
            },
        }
    }
}

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
        for address in resolved(given)? {
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
    pub fn door(&self) -> Door {
        match self {
            Self::Embedded { address, .. } | Self::Attached { address, .. } => Door::at(*address),
            Self::Spawned(spawned) => spawned.door(),
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

    /// The last lines that it printed, if we started it; if it is gone, with its last words.
    pub async fn last_output(&mut self, is_gone: bool) -> Option<String> {
        match self {
            Self::Spawned(spawned) => Some(spawned.last_output(is_gone).await),
            _ => None,
        }
    }

    /// Looks at what it has while nobody is connected, after so many clients in all, if we started it.
    pub fn look(&mut self, clients: u32) {
        if let Self::Spawned(spawned) = self {
            spawned.look(clients);
        }
    }

    /// Looks for the last time, while nobody is connected, if we started it.
    pub async fn look_at_rest(&mut self) {
        if let Self::Spawned(spawned) = self {
            spawned.look_at_rest().await;
        }
    }

    /// Ends it, if it is ours: what is to be said of how it started, ran and ended.
    pub async fn stop(self) -> Vec<Remark> {
        match self {
            Self::Spawned(mut spawned) => {
                spawned.stop().await;
                spawned.remarks()
            }
            _ => Vec::new(),
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
