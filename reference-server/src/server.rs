//! The server as a whole: binds an address, accepts clients, ends.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::pin::pin;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use protocol::Dialect;
use protocol::message::ConsoleKind;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::fault::Fault;
use crate::shared::Shared;
use crate::{connection, flusher};

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;

/// How long the server waits where the system has no descriptor left for another connection.
const BREATH: Duration = Duration::from_millis(20);

/// How a server serves, beyond its dialect.
#[derive(Debug, Clone)]
pub struct Options {
    /// The most clients at a time, where the dialect names no number; one more is closed at once.
    pub clients: usize,
    /// The most bytes that may wait for a client that does not read; beyond it, the client is cut off.
    pub queue: usize,
    /// What shows the lines of the dialect's `[console]`; `None`: they are not shown.
    pub console: Option<fn(&str)>,
    /// A deliberate bug.
    pub fault: Option<Fault>,
    /// How long the server thinks before it reacts to a client; it is correct all the same.
    pub delay: Duration,
    /// In what pieces it sends; it is correct all the same.
    pub pacing: Pacing,
}

/// In what pieces a server sends what it has to say. Each is correct: TCP carries bytes, not messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pacing {
    /// All that waits for a client, at once.
    #[default]
    AtOnce,
    /// Byte by byte.
    Trickle,
    /// In two pieces.
    Split,
    /// Together with what comes soon after.
    Glue,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clients: 10_000,
            queue: 1024 * 1024,
            console: None,
            fault: None,
            delay: Duration::ZERO,
            pacing: Pacing::AtOnce,
        }
    }
}

/// A server that is bound to its address and serves when told to.
///
/// ```
/// use protocol::Dialect;
/// use reference_server::{Options, Server};
///
/// let dialect = Dialect::builtin("unb").expect("it comes with the crate").clone();
/// let server = Server::bind(dialect, ([127, 0, 0, 1], 0).into(), Options::default())?;
/// let running = server.start()?;
/// println!("talk to {}", running.local_addr());
/// running.shut_down()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Server {
    dialect: Arc<Dialect>,
    listener: StdListener,
    local_addr: SocketAddr,
    options: Options,
}

impl Server {
    /// Takes an address; port 0 takes any free one. Clients may connect from now on and are served once the server serves.
    ///
    /// # Errors
    /// The address is in use, not of this machine, or not permitted.
    pub fn bind(
        dialect: impl Into<Arc<Dialect>>,
        address: SocketAddr,
        options: Options,
    ) -> io::Result<Self> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        // On Windows it would let two servers have one port.
        #[cfg(not(windows))]
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        let listener = StdListener::from(socket);
        Ok(Self {
            dialect: dialect.into(),
            local_addr: listener.local_addr()?,
            listener,
            options,
        })
    }

    /// Where clients connect.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Serves until `shutdown` is ready, in the runtime of the caller. What waits is sent before the connections close.
    ///
    /// # Errors
    /// The runtime cannot take the socket.
    pub async fn serve(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let listener = TcpListener::from_std(self.listener)?;
        let shared = Arc::new(Shared::new(self.dialect, &self.options));
        let most = most_clients(&shared.dialect, &self.options);
        let mut flusher = JoinSet::new();
        flusher.spawn(flusher::run(Arc::clone(&shared)));
        let mut clients = JoinSet::new();
        let mut shutdown = pin!(shutdown);
        loop {
            let accepts = shared.fault.is_none() || shared.hub().accepts();
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                Some(_) = clients.join_next() => {}
                accepted = listener.accept(), if accepts => match accepted {
                    Ok((stream, address)) => admit(&shared, &mut clients, most, stream, address),
                    Err(_) => tokio::time::sleep(BREATH).await,
                },
                () = shared.trouble.notified() => {
                    if shared.hub().is_dead() {
                        return Err(io::Error::other("the server died of its fault"));
                    }
                }
            }
        }
        shared.with(|hub| hub.clients().close_all());
        flusher::flush(&shared);
        Ok(())
    }

    /// Serves on a thread of its own, until it is told to end or the returned value is dropped.
    ///
    /// # Errors
    /// The system gives no thread or no event queue.
    pub fn start(self) -> io::Result<Running> {
        let local_addr = self.local_addr;
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let thread = std::thread::Builder::new()
            .name("reference-server".to_owned())
            .spawn(move || {
                runtime.block_on(self.serve(async {
                    // A dropped sender stops the server too.
                    let _ = stopped.await;
                }))
            })?;
        Ok(Running {
            local_addr,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

/// The most clients at a time.
fn most_clients(dialect: &Dialect, options: &Options) -> usize {
    let most = dialect
        .limits
        .clients
        .map_or(options.clients, |clients| clients as usize);
    match options.fault {
        Some(Fault::FewClients) => most.min(10),
        _ => most,
    }
}

/// Takes a connection in, unless the house is full.
fn admit(
    shared: &Arc<Shared>,
    clients: &mut JoinSet<()>,
    most: usize,
    stream: TcpStream,
    address: SocketAddr,
) {
    if shared.hub().clients().count() >= most {
        return;
    }
    // Without it small messages wait for the acknowledgement of the last.
    let _ = stream.set_nodelay(true);
    let (reader, writer) = stream.into_split();
    let id = shared.hub().clients().add(address, writer);
    shared.show(ConsoleKind::Accepted, address);
    let task = clients.spawn(connection::serve(Arc::clone(shared), id, reader, address));
    if let Some(client) = shared.hub().clients().get_mut(id) {
        client.reader = Some(task);
    }
}

/// A server that serves on a thread of its own. Dropped, it ends.
#[derive(Debug)]
pub struct Running {
    local_addr: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Running {
    /// Where clients connect.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Ends the server and waits until all its connections are closed.
    ///
    /// # Errors
    /// What `Server::serve` returned.
    pub fn shut_down(mut self) -> io::Result<()> {
        self.end()
    }

    fn end(&mut self) -> io::Result<()> {
        drop(self.stop.take());
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(_)) => Err(io::Error::other("the server panicked")),
            None => Ok(()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Who wants to know calls `shut_down`.
        let _ = self.end();
    }
}
