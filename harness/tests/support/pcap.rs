//! Captures of several conversations at once, made on the spot: raw IPv4 in a pcap, each write in a frame of its own.

use std::net::SocketAddrV4;

/// A capture that grows frame by frame.
pub(crate) struct Pcap {
    bytes: Vec<u8>,
    frames: u32,
}

/// One end of a connection, and how many bytes it has sent, its SYN and FIN among them.
#[derive(Clone, Copy)]
pub(crate) struct End {
    pub(crate) address: SocketAddrV4,
    sent: u32,
}

impl End {
    pub(crate) fn new(address: SocketAddrV4) -> Self {
        Self { address, sent: 0 }
    }
}

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;

impl Pcap {
    pub(crate) fn new() -> Self {
        const RAW_IPV4: u32 = 101;
        let words = [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, RAW_IPV4];
        Self {
            bytes: words.iter().flat_map(|word| word.to_le_bytes()).collect(),
            frames: 0,
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The handshake of `from`, who connects to `to`.
    pub(crate) fn open(&mut self, from: &mut End, to: &mut End) {
        self.frame(from, to, SYN, &[]);
        self.frame(to, from, SYN | ACK, &[]);
        self.frame(from, to, ACK, &[]);
    }

    pub(crate) fn data(&mut self, from: &mut End, to: &End, payload: &[u8]) {
        self.frame(from, to, PSH | ACK, payload);
    }

    /// `from` ends its direction, and the other answers in kind.
    pub(crate) fn close(&mut self, from: &mut End, to: &mut End) {
        self.frame(from, to, FIN | ACK, &[]);
        self.frame(to, from, FIN | ACK, &[]);
        self.frame(from, to, ACK, &[]);
    }

    pub(crate) fn reset(&mut self, from: &mut End, to: &End) {
        self.frame(from, to, RST | ACK, &[]);
    }

    fn frame(&mut self, from: &mut End, to: &End, flags: u8, payload: &[u8]) {
        const START: u32 = 1000;
        const HEADERS: usize = 40;
        let acknowledged = if flags & ACK == 0 { 0 } else { START + to.sent };
        let length = HEADERS + payload.len();
        let short = u16::try_from(length).expect("a packet has at most 64 KiB");
        let mut packet = vec![0x45, 0];
        packet.extend(short.to_be_bytes());
        packet.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
        packet.extend(from.address.ip().octets());
        packet.extend(to.address.ip().octets());
        packet.extend(from.address.port().to_be_bytes());
        packet.extend(to.address.port().to_be_bytes());
        packet.extend((START + from.sent).to_be_bytes());
        packet.extend(acknowledged.to_be_bytes());
        packet.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        packet.extend(payload);
        from.sent += payload.len() as u32 + u32::from(flags & (SYN | FIN) != 0);
        self.frames += 1;
        let micros = self.frames * 1500;
        let length = length as u32;
        for word in [
            1_700_000_000 + micros / 1_000_000,
            micros % 1_000_000,
            length,
            length,
        ] {
            self.bytes.extend(word.to_le_bytes());
        }
        self.bytes.extend(packet);
    }
}
