//! Hand-written segments for tests: a session as a list of short lines.

use crate::capture::Time;
use crate::conversation::{Conversation, Conversations};
use crate::segment::{Endpoint, Flags, Segment, TcpOptions};

/// One segment that owns its bytes.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) from_client: bool,
    pub(crate) flags: Flags,
    pub(crate) seq: u32,
    pub(crate) ack: u32,
    pub(crate) data: Vec<u8>,
    pub(crate) missing: u32,
    pub(crate) window: u16,
    pub(crate) ip_id: u16,
    pub(crate) time: Option<Time>,
    pub(crate) interface: u32,
    pub(crate) client_port: u16,
}

/// A segment from the client; `flags` are the first letters of their names.
pub(crate) fn c(flags: &str, seq: u32, ack: u32, data: &str) -> Line {
    Line {
        from_client: true,
        flags: flags_of(flags),
        seq,
        ack,
        data: data.as_bytes().to_vec(),
        missing: 0,
        window: 1000,
        ip_id: 0,
        time: None,
        interface: 0,
        client_port: 50_000,
    }
}

/// A segment from the server.
pub(crate) fn s(flags: &str, seq: u32, ack: u32, data: &str) -> Line {
    Line {
        from_client: false,
        ..c(flags, seq, ack, data)
    }
}

impl Line {
    pub(crate) fn window(self, window: u16) -> Self {
        Self { window, ..self }
    }

    pub(crate) fn ip_id(self, ip_id: u16) -> Self {
        Self { ip_id, ..self }
    }

    /// In microseconds.
    pub(crate) fn at(self, microseconds: i64) -> Self {
        Self {
            time: Some(microseconds * 1000),
            ..self
        }
    }

    pub(crate) fn on(self, interface: u32) -> Self {
        Self { interface, ..self }
    }

    pub(crate) fn missing(self, missing: u32) -> Self {
        Self { missing, ..self }
    }

    pub(crate) fn segment(&self, frame: u64) -> Segment<'_> {
        let client = Endpoint::v4([10, 0, 0, 2], self.client_port);
        let server = Endpoint::v4([10, 0, 0, 1], 55_555);
        let (source, destination) = if self.from_client {
            (client, server)
        } else {
            (server, client)
        };
        Segment {
            frame,
            time: self.time.or(Some(frame as i64 * 10_000_000)),
            source,
            destination,
            seq: self.seq,
            ack: self.ack,
            interface: self.interface,
            missing: self.missing,
            window: self.window,
            flags: self.flags,
            ip_id: self.ip_id,
            ttl: 64,
            options: TcpOptions(&[]),
            payload: &self.data,
        }
    }
}

fn flags_of(letters: &str) -> Flags {
    letters.chars().fold(Flags::default(), |flags, letter| {
        flags
            | match letter {
                'S' => Flags::SYN,
                'A' => Flags::ACK,
                'F' => Flags::FIN,
                'R' => Flags::RST,
                'P' => Flags::PSH,
                other => panic!("no flag begins with {other}"),
            }
    })
}

/// All conversations of `lines`, whose frames are numbered from 1.
pub(crate) fn conversations(lines: &[Line]) -> Vec<Conversation> {
    let mut all = Conversations::new(64);
    for (frame, line) in (1..).zip(lines) {
        all.segment(&line.segment(frame));
    }
    all.finish().0
}

/// SYN, SYN-ACK, ACK with the initial sequence numbers 1000 and 9000, then `rest`.
pub(crate) fn after_handshake(rest: impl IntoIterator<Item = Line>) -> Vec<Line> {
    let mut lines = vec![
        c("S", 1000, 0, ""),
        s("SA", 9000, 1001, ""),
        c("A", 1001, 9001, ""),
    ];
    lines.extend(rest);
    lines
}
