//! What happened on the wire: every client's bytes and events, in the order in which we saw them. It records, it never judges.

use std::fmt;
use std::time::Duration;

/// A client in a transcript: its place in [`Transcript::clients`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientId(pub usize);

/// Whom a client plays. Reports name it in their readers' language; shown as it is, it is the same in every language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Player {
    /// An actor of the scenario, by its name there: `ana`.
    Actor(String),
    /// One of the crowd, from 1.
    OfCrowd(usize),
    /// A client of the harness's own.
    Helper(Helper),
}

/// What a client of the harness's own is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Helper {
    /// It asks whether the server still serves.
    Alive,
    /// It stays while [`Helper::Alive`] asks.
    OneOfTwo,
    /// It does the dialect's whole round.
    Newcomer,
    /// It hears what the newcomer says.
    SecondNewcomer,
    /// It finds out where messages must end.
    Attuning,
}

impl fmt::Display for Player {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Actor(name) => f.write_str(name),
            Self::OfCrowd(number) => write!(f, "crowd {number}"),
            Self::Helper(helper) => f.write_str(match helper {
                Helper::Alive => "alive?",
                Helper::OneOfTwo => "one of two",
                Helper::Newcomer => "newcomer",
                Helper::SecondNewcomer => "second newcomer",
                Helper::Attuning => "attuning",
            }),
        }
    }
}

/// Who a client is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Whom it plays.
    pub player: Player,
    /// Its fresh nickname in this run; empty where there are no names.
    pub nick: String,
    /// The port of its end, once connected.
    pub local_port: Option<u16>,
}

/// One thing that happened on one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Happening {
    /// It connected.
    Connected,
    /// It wrote these bytes, in one write.
    Sent(Vec<u8>),
    /// These bytes arrived, in one read.
    Received(Vec<u8>),
    /// It closed its sending half.
    Finished,
    /// It closed.
    Closed,
    /// It aborted the connection.
    Reset,
    /// The server ended the connection.
    ServerClosed,
    /// The server aborted the connection.
    ServerReset,
    /// It stopped reading.
    StoppedReading,
    /// It reads again.
    ReadsAgain,
    /// A quiet window passed without a byte: a clock, not a barrier, proved the silence.
    QuietFor(Duration),
}

/// A happening with its time and client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Since the scenario began.
    pub at: Duration,
    /// Whose connection.
    pub client: ClientId,
    /// What.
    pub what: Happening,
    /// The line of the step under which it happened.
    pub line: Option<usize>,
}

/// The record of one scenario; capped, and it says so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Transcript {
    /// Who took part.
    pub clients: Vec<Client>,
    /// What happened, in order.
    pub entries: Vec<Entry>,
    /// Bytes that arrived beyond what is kept.
    pub bytes_dropped: u64,
    /// Happenings beyond what is kept.
    pub entries_dropped: u64,
}

impl Transcript {
    /// How many clients have been connected.
    #[must_use]
    pub fn connected(&self) -> u32 {
        let connected = self
            .clients
            .iter()
            .filter(|client| client.local_port.is_some());
        u32::try_from(connected.count()).unwrap_or(u32::MAX)
    }

    /// Appends the attempt that found out what became of the server. Returns the place of its first client, and when it began.
    pub(crate) fn append(&mut self, attempt: Self) -> (usize, Duration) {
        let offset = self.clients.len();
        let began = self.entries.last().map_or(Duration::ZERO, |last| last.at);
        self.clients
            .extend(attempt.clients.into_iter().map(|client| Client {
                player: Player::Helper(Helper::Alive),
                ..client
            }));
        self.entries
            .extend(attempt.entries.into_iter().map(|entry| Entry {
                at: entry.at + began,
                client: ClientId(entry.client.0 + offset),
                line: None,
                ..entry
            }));
        self.bytes_dropped += attempt.bytes_dropped;
        self.entries_dropped += attempt.entries_dropped;
        (offset, began)
    }
}
