//! One TCP segment with its checksum (RFC 9293 §3.1).

use std::net::{IpAddr, SocketAddr};

use etherparse::TcpHeader;

pub(crate) const FIN: u8 = 0x01;
pub(crate) const SYN: u8 = 0x02;
pub(crate) const RST: u8 = 0x04;
pub(crate) const PSH: u8 = 0x08;
pub(crate) const ACK: u8 = 0x10;

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Client,
    Server,
}

impl Side {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// What one side sends at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Segment {
    pub(crate) side: Side,
    pub(crate) flags: u8,
    pub(crate) seq: u32,
    pub(crate) ack: u32,
    pub(crate) window: u16,
    pub(crate) options: Vec<u8>,
    pub(crate) data: Vec<u8>,
}

impl Segment {
    /// The sequence number behind it; SYN and FIN count as a byte each.
    pub(crate) fn end(&self) -> u32 {
        let flags = u32::from(self.flags & SYN != 0) + u32::from(self.flags & FIN != 0);
        self.seq
            .wrapping_add(self.data.len() as u32)
            .wrapping_add(flags)
    }

    /// Header and data.
    pub(super) fn bytes(&self, from: SocketAddr, to: SocketAddr) -> Vec<u8> {
        let has = |flag| self.flags & flag != 0;
        let mut header = TcpHeader::new(from.port(), to.port(), self.seq, self.window);
        header.acknowledgment_number = if has(ACK) { self.ack } else { 0 };
        header.fin = has(FIN);
        header.syn = has(SYN);
        header.rst = has(RST);
        header.psh = has(PSH);
        header.ack = has(ACK);
        header
            .set_options_raw(&self.options)
            .expect("at most 40 bytes of options");
        header.checksum = self.checksum(&header, from.ip(), to.ip());
        let mut bytes = header.to_bytes().to_vec();
        bytes.extend_from_slice(&self.data);
        bytes
    }

    fn checksum(&self, header: &TcpHeader, from: IpAddr, to: IpAddr) -> u16 {
        match (from, to) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                header.calc_checksum_ipv4_raw(from.octets(), to.octets(), &self.data)
            }
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                header.calc_checksum_ipv6_raw(from.octets(), to.octets(), &self.data)
            }
            _ => unreachable!("both ends of a session are of one family"),
        }
        .expect("a segment shorter than 64 KiB")
    }
}
