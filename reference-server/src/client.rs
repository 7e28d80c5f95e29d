//! A chat client for any dialect: the programming interface that document 001 (IFSC) sketches.
//!
//! It connects, joins, sends a text to one or to all, receives and disconnects. It shows nothing and judges nothing: what
//! arrives is given as it came, message by message where the dialect marks their ends, read by read where it does not.

use std::fmt;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use protocol::Dialect;
use protocol::framing::Decoded;
use protocol::message::{CommandKind, ConsoleKind, Direction, Fields, NoticeKind, Phase};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);

/// How long a client waits for a prompt or for the reply to a step; a server may leave them out.
const PROMPT: Duration = Duration::from_secs(1);

/// Who is meant to get a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To<'a> {
    /// Everyone in the room.
    Everyone,
    /// One member, by name.
    One(&'a str),
}

/// A connection to a chat server.
///
/// ```no_run
/// use std::time::Duration;
///
/// use protocol::Dialect;
/// use reference_server::client::{Client, To};
///
/// let dialect = Dialect::builtin("ifsc").expect("it comes with the crate").clone();
/// let mut ana = Client::connect(dialect, "127.0.0.1", 5001)?;
/// ana.join("ana")?;
/// ana.send(To::Everyone, "Olá!")?;
/// ana.send(To::One("bia"), "só para você")?;
/// while let Some(message) = ana.receive(Duration::from_secs(1))? {
///     println!("{}", String::from_utf8_lossy(&message));
/// }
/// ana.disconnect()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Client {
    dialect: Arc<Dialect>,
    stream: TcpStream,
    nick: String,
    phase: Phase,
    /// What arrived and is no whole message yet.
    inbox: Vec<u8>,
}

/// No connection came about.
#[derive(Debug)]
pub struct ConnectError {
    /// What the dialect's client says then; in IFSC, error 04: `Servidor de destino é Inválido`.
    pub line: String,
    /// What the system said.
    pub source: io::Error,
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl std::error::Error for ConnectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl Client {
    /// Connects to a server; a blank address means 127.0.0.1.
    ///
    /// # Errors
    /// The address is none, or no server is there.
    pub fn connect(
        dialect: impl Into<Arc<Dialect>>,
        address: &str,
        port: u16,
    ) -> Result<Self, ConnectError> {
        let dialect = dialect.into();
        let phase = match dialect.request(CommandKind::Join) {
            Some(_) => Phase::Joining,
            None => Phase::Chatting,
        };
        match open(address, port) {
            Ok(stream) => Ok(Self {
                dialect,
                stream,
                nick: String::new(),
                phase,
                inbox: Vec::new(),
            }),
            Err(source) => {
                let target = Fields::new().with("address", format!("{address}:{port}"));
                let line = dialect
                    .console(ConsoleKind::NoServer, &target)
                    .unwrap_or_else(|| format!("no server at {address}:{port}: {source}"));
                Err(ConnectError { line, source })
            }
        }
    }

    /// What the dialect's client shows once the connection stands, if it shows something.
    #[must_use]
    pub fn connected_line(&self) -> Option<String> {
        let address = self.stream.peer_addr().ok()?.to_string();
        let fields = Fields::new().with("address", address);
        self.dialect.console(ConsoleKind::Connected, &fields)
    }

    /// Registers under a name. The server's answer is received like everything else.
    ///
    /// # Errors
    /// The dialect has no registration, or the connection broke.
    pub fn join(&mut self, nick: &str) -> io::Result<()> {
        let dialect = Arc::clone(&self.dialect);
        let Some(join) = dialect.request(CommandKind::Join) else {
            return Err(lacks(CommandKind::Join));
        };
        self.nick = nick.to_owned();
        if dialect.reply(NoticeKind::Prompt).is_some() {
            // Without delimiters, what is sent before the prompt may be read together with what follows it.
            self.receive(PROMPT)?;
        }
        let fields = Fields::new().with("nick", nick);
        for (place, step) in join.steps.iter().enumerate() {
            self.write(&step.send.render(&fields))?;
            if place + 1 < join.steps.len() && !step.reply.is_empty() {
                self.receive(PROMPT)?;
            }
        }
        self.phase = Phase::Chatting;
        Ok(())
    }

    /// Sends a text to everyone or to one member.
    ///
    /// # Errors
    /// The dialect has no such message, or the connection broke.
    pub fn send(&mut self, to: To<'_>, text: &str) -> io::Result<()> {
        let fields = Fields::new()
            .with("nick", self.nick.as_str())
            .with("text", text);
        match to {
            To::Everyone => self.request(CommandKind::Say, &fields),
            To::One(name) => {
                let fields = fields.with("to", name).with("id", name);
                self.request(CommandKind::Tell, &fields)
            }
        }
    }

    /// Asks who is in the room.
    ///
    /// # Errors
    /// The dialect has no such request, or the connection broke.
    pub fn list(&mut self) -> io::Result<()> {
        self.request(CommandKind::List, &Fields::new())
    }

    /// The next message, or what one read gives where the dialect marks no ends. `None`: nothing came within `patience`.
    ///
    /// # Errors
    /// The server closed ([`ErrorKind::UnexpectedEof`]), the connection broke, or what arrived is no message.
    pub fn receive(&mut self, patience: Duration) -> io::Result<Option<Vec<u8>>> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(message) = self.next_message()? {
                return Ok(Some(message));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || !self.read(left)? {
                return Ok(None);
            }
        }
    }

    /// Leaves: says so, where the dialect has a word for it, and closes.
    ///
    /// # Errors
    /// The connection broke before.
    pub fn disconnect(mut self) -> io::Result<()> {
        if self.dialect.request(CommandKind::Quit).is_some() {
            let fields = Fields::new().with("nick", self.nick.as_str());
            self.request(CommandKind::Quit, &fields)?;
        }
        self.stream.shutdown(Shutdown::Write)
    }

    fn request(&mut self, kind: CommandKind, fields: &Fields) -> io::Result<()> {
        match self.dialect.render_request(kind, fields) {
            Some(content) => self.write(&content),
            None => Err(lacks(kind)),
        }
    }

    fn write(&mut self, content: &[u8]) -> io::Result<()> {
        let bytes = self.dialect.frame(Direction::ToServer, self.phase, content);
        self.stream.write_all(&bytes)
    }

    /// A whole message from the inbox.
    fn next_message(&mut self) -> io::Result<Option<Vec<u8>>> {
        let framing = self.dialect.framing(Direction::ToClient, self.phase);
        match framing.decode(&self.inbox, MOST_RECEIVED) {
            Decoded::Incomplete => Ok(None),
            Decoded::Invalid(_) => Err(ErrorKind::InvalidData.into()),
            Decoded::Message { content, len } => {
                let content = content.to_vec();
                self.inbox.drain(..len);
                Ok(Some(content))
            }
        }
    }

    /// Reads once; `false`: nothing came in time.
    fn read(&mut self, patience: Duration) -> io::Result<bool> {
        self.stream.set_read_timeout(Some(patience))?;
        let mut part = [0; 4096];
        match self.stream.read(&mut part) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                self.inbox.extend(part.iter().take(read));
                Ok(true)
            }
            Err(error) => match error.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => Ok(false),
                ErrorKind::Interrupted => Ok(true),
                _ => Err(error),
            },
        }
    }
}

/// The largest message that is received, in bytes: a list of many members may exceed what clients may send.
const MOST_RECEIVED: usize = 1024 * 1024;

fn open(address: &str, port: u16) -> io::Result<TcpStream> {
    let addresses: Vec<SocketAddr> = match address.trim() {
        "" => vec![(IpAddr::V4(Ipv4Addr::LOCALHOST), port).into()],
        address => (address, port).to_socket_addrs()?.collect(),
    };
    let mut last = ErrorKind::AddrNotAvailable.into();
    for address in addresses {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn lacks(kind: CommandKind) -> io::Error {
    io::Error::new(
        ErrorKind::Unsupported,
        format!("the dialect has no request `{kind}`"),
    )
}
