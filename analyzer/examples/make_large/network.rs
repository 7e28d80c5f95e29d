//! TCP between the clients and their servers, as a mirror port sees it: with losses, repeats and overtaking.

use std::io::{self, Write};

use crate::text::Dice;
use crate::writer::CaptureWriter;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;

const ETHERNET_HEADER: usize = 14;
const IP_HEADER: usize = 20;
const TCP_HEADER: usize = 20;
/// Maximum segment size 1460, SACK permitted, no operation, window scale 7, and padding.
const SYN_OPTIONS: [u8; 12] = [2, 4, 0x05, 0xb4, 4, 2, 1, 3, 3, 7, 1, 1];

/// One connection.
pub(crate) struct Connection {
    pub(crate) client: [u8; 4],
    pub(crate) server: [u8; 4],
    pub(crate) port: u16,
    /// Next sequence number of the client and of the server.
    next: [u32; 2],
}

/// Who sends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum From {
    Client,
    Server,
}

/// The wire and the capture of it.
pub(crate) struct Network<W> {
    writer: CaptureWriter<W>,
    pub(crate) dice: Dice,
    microseconds: u64,
    identification: u16,
    frame: Vec<u8>,
    connections: u64,
    retransmitted: u64,
    reordered: u64,
    never_captured: u64,
}

impl<W: Write> Network<W> {
    pub(crate) fn new(writer: CaptureWriter<W>, dice: Dice) -> Self {
        Self {
            writer,
            dice,
            microseconds: 1_760_000_000_000_000,
            identification: 0,
            frame: Vec::with_capacity(2048),
            connections: 0,
            retransmitted: 0,
            reordered: 0,
            never_captured: 0,
        }
    }

    /// Bytes of the file so far.
    pub(crate) fn written(&self) -> u64 {
        self.writer.bytes
    }

    /// Ends the file and says what is in it.
    pub(crate) fn finish(self) -> io::Result<String> {
        let Self {
            connections,
            retransmitted,
            reordered,
            never_captured,
            ..
        } = self;
        let (bytes, frames) = (self.writer.bytes, self.writer.frames);
        self.writer.finish()?;
        Ok(format!(
            "{bytes} bytes, {frames} frames, {connections} connections, {retransmitted} segments retransmitted, \
             {reordered} overtaken, {never_captured} never captured"
        ))
    }

    /// The three-way handshake.
    pub(crate) fn connect(
        &mut self,
        client: [u8; 4],
        server: [u8; 4],
        port: u16,
    ) -> io::Result<Connection> {
        let next = [self.dice.next() as u32, self.dice.next() as u32];
        let mut connection = Connection {
            client,
            server,
            port,
            next,
        };
        self.connections += 1;
        self.segment(&connection, From::Client, SYN, &[])?;
        connection.advance(From::Client, 1);
        self.segment(&connection, From::Server, SYN | ACK, &[])?;
        connection.advance(From::Server, 1);
        self.segment(&connection, From::Client, ACK, &[])?;
        Ok(connection)
    }

    /// Says something and has it acknowledged.
    pub(crate) fn say(
        &mut self,
        connection: &mut Connection,
        from: From,
        text: &[u8],
    ) -> io::Result<()> {
        match self.dice.below(1000) {
            0..4 => self.say_twice(connection, from, text)?,
            4..8 => self.say_out_of_order(connection, from, text)?,
            8 => self.never_captured += 1,
            _ => self.segment(connection, from, PSH | ACK, text)?,
        }
        connection.advance(from, text.len());
        self.segment(connection, from.peer(), ACK, &[])
    }

    /// Lost after the capture saw it, and sent again.
    fn say_twice(&mut self, connection: &Connection, from: From, text: &[u8]) -> io::Result<()> {
        self.segment(connection, from, PSH | ACK, text)?;
        self.microseconds += 200_000;
        self.retransmitted += 1;
        self.segment(connection, from, PSH | ACK, text)
    }

    /// In two segments, of which the second is seen first.
    fn say_out_of_order(
        &mut self,
        connection: &Connection,
        from: From,
        text: &[u8],
    ) -> io::Result<()> {
        let (first, second) = text.split_at(text.len() / 2);
        let mut ahead = Connection { ..*connection };
        ahead.advance(from, first.len());
        self.reordered += 1;
        self.segment(&ahead, from, PSH | ACK, second)?;
        self.segment(connection, from, ACK, first)
    }

    /// Four segments, beginning with the server; now and then a reset instead.
    pub(crate) fn close(&mut self, mut connection: Connection) -> io::Result<()> {
        if self.dice.in_a_thousand(20) {
            return self.segment(&connection, From::Client, RST | ACK, &[]);
        }
        for from in [From::Server, From::Client] {
            self.segment(&connection, from, FIN | ACK, &[])?;
            connection.advance(from, 1);
            self.segment(&connection, from.peer(), ACK, &[])?;
        }
        Ok(())
    }

    fn segment(
        &mut self,
        connection: &Connection,
        from: From,
        flags: u8,
        payload: &[u8],
    ) -> io::Result<()> {
        self.microseconds += 1 + u64::from(self.dice.below(40));
        self.identification = self.identification.wrapping_add(1);
        let mut frame = std::mem::take(&mut self.frame);
        build(
            &mut frame,
            connection,
            from,
            flags,
            self.identification,
            payload,
        );
        let written = self.writer.frame(self.microseconds, &frame);
        self.frame = frame;
        written
    }
}

impl From {
    fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

impl Connection {
    const SERVER_PORT: u16 = 55_555;

    fn advance(&mut self, from: From, bytes: usize) {
        let next = &mut self.next[from as usize];
        *next = next.wrapping_add(bytes as u32);
    }
}

/// One whole Ethernet frame, with its lengths and checksums.
fn build(
    frame: &mut Vec<u8>,
    connection: &Connection,
    from: From,
    flags: u8,
    identification: u16,
    payload: &[u8],
) {
    let options: &[u8] = if flags & SYN != 0 { &SYN_OPTIONS } else { &[] };
    let tcp_length = TCP_HEADER + options.len() + payload.len();
    let (source, destination) = connection.addresses(from);
    frame.clear();
    ethernet(frame, source, destination);
    ip(frame, source, destination, identification, tcp_length);
    tcp(frame, connection, from, flags, options);
    frame.extend_from_slice(payload);
    let sum = checksum(
        &frame[ETHERNET_HEADER + IP_HEADER..],
        pseudo_header(source, destination, tcp_length),
    );
    let at = ETHERNET_HEADER + IP_HEADER + 16;
    frame[at..at + 2].copy_from_slice(&sum.to_be_bytes());
}

impl Connection {
    fn addresses(&self, from: From) -> ([u8; 4], [u8; 4]) {
        match from {
            From::Client => (self.client, self.server),
            From::Server => (self.server, self.client),
        }
    }
}

/// Locally administered addresses, made from those of IP.
fn ethernet(frame: &mut Vec<u8>, source: [u8; 4], destination: [u8; 4]) {
    for address in [destination, source] {
        frame.extend_from_slice(&[0x02, 0x00]);
        frame.extend_from_slice(&address);
    }
    frame.extend_from_slice(&[0x08, 0x00]);
}

fn ip(
    frame: &mut Vec<u8>,
    source: [u8; 4],
    destination: [u8; 4],
    identification: u16,
    tcp_length: usize,
) {
    let total = (IP_HEADER + tcp_length) as u16;
    frame.extend_from_slice(&[0x45, 0]);
    frame.extend_from_slice(&total.to_be_bytes());
    frame.extend_from_slice(&identification.to_be_bytes());
    frame.extend_from_slice(&[0x40, 0, 64, 6, 0, 0]);
    frame.extend_from_slice(&source);
    frame.extend_from_slice(&destination);
    let sum = checksum(&frame[ETHERNET_HEADER..], 0);
    let at = ETHERNET_HEADER + 10;
    frame[at..at + 2].copy_from_slice(&sum.to_be_bytes());
}

fn tcp(frame: &mut Vec<u8>, connection: &Connection, from: From, flags: u8, options: &[u8]) {
    let (source, destination) = match from {
        From::Client => (connection.port, Connection::SERVER_PORT),
        From::Server => (Connection::SERVER_PORT, connection.port),
    };
    let acknowledged = if flags & ACK != 0 {
        connection.next[from.peer() as usize]
    } else {
        0
    };
    frame.extend_from_slice(&source.to_be_bytes());
    frame.extend_from_slice(&destination.to_be_bytes());
    frame.extend_from_slice(&connection.next[from as usize].to_be_bytes());
    frame.extend_from_slice(&acknowledged.to_be_bytes());
    frame.push(((TCP_HEADER + options.len()) as u8) << 2);
    frame.extend_from_slice(&[flags, 0xfa, 0xf0, 0, 0, 0, 0]);
    frame.extend_from_slice(options);
}

/// What the checksum of TCP covers beside the segment (RFC 9293 §3.1), summed up.
fn pseudo_header(source: [u8; 4], destination: [u8; 4], tcp_length: usize) -> u64 {
    const TCP: u64 = 6;
    u64::from(u32::from_be_bytes(source))
        + u64::from(u32::from_be_bytes(destination))
        + TCP
        + tcp_length as u64
}

/// The Internet checksum (RFC 1071) of `bytes` and of what was summed before.
fn checksum(bytes: &[u8], before: u64) -> u16 {
    let (words, rest) = bytes.as_chunks::<4>();
    let mut sum = words.iter().fold(before, |sum, word| {
        sum + u64::from(u32::from_be_bytes(*word))
    });
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    sum += u64::from(u32::from_be_bytes(last));
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
