//! Who of the two is speaking.

/// One of the two ends, by who was seen first. Unlike [`Direction`] it never changes while a capture is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The sender of the first frame of the conversation.
    First,
    /// The other.
    Second,
}

impl Side {
    /// Both, in order.
    pub const BOTH: [Self; 2] = [Self::First, Self::Second];

    /// The other one.
    #[must_use]
    #[inline]
    pub fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }

    /// 0 for the first, 1 for the second.
    #[inline]
    pub fn index(self) -> usize {
        self as usize
    }
}

/// Which way something went. Who is the client is settled by the SYN, else by the SYN-ACK, else by who spoke first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// From the client.
    ToServer,
    /// From the server.
    ToClient,
}

impl Direction {
    /// Both, in order.
    pub const BOTH: [Self; 2] = [Self::ToServer, Self::ToClient];

    /// The direction in which `sender` speaks when `client` is the client.
    #[inline]
    pub fn of(sender: Side, client: Side) -> Self {
        if sender == client {
            Self::ToServer
        } else {
            Self::ToClient
        }
    }

    /// The way back.
    #[must_use]
    #[inline]
    pub fn reverse(self) -> Self {
        match self {
            Self::ToServer => Self::ToClient,
            Self::ToClient => Self::ToServer,
        }
    }

    /// 0 to the server, 1 to the client.
    #[inline]
    pub fn index(self) -> usize {
        self as usize
    }
}
