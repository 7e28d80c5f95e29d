//! One connection: who says what, with the numbers of TCP kept right.
//!
//! `open`, `client`, `server` and `close` do what an undisturbed connection does, acknowledgements included. What
//! disturbs it is made of four steps: [`Session::draft`] what a side would send next, change it, and then
//! [`Session::put`] it, [`Session::lose`] it, or [`Session::repeat`] it.

use std::net::{IpAddr, SocketAddr};

use super::Tape;
use super::ip::Network;
use super::segment::{ACK, FIN, PSH, RST, SYN, Segment, Side};
use super::tape::Path;
use Side::{Client, Server};

/// Maximum segment size 1460, window scale 8, SACK permitted, as Windows orders them.
const SYN_OPTIONS: [u8; 12] = [2, 4, 0x05, 0xb4, 1, 3, 3, 8, 1, 1, 4, 2];
/// The numbers of the two hosts in their network.
const CLIENT_HOST: u8 = 20;
const SERVER_HOST: u8 = 88;

/// One TCP connection on a tape.
pub(crate) struct Session<'t> {
    tape: &'t Tape,
    network: Network,
    interface: usize,
    ends: [SocketAddr; 2],
    next: [u32; 2],
    window: [u16; 2],
}

impl<'t> Session<'t> {
    /// From a port of the client to one of the server, each on its own host, over IPv4.
    pub(crate) fn new(tape: &'t Tape, client_port: u16, server_port: u16) -> Self {
        let session = Self {
            tape,
            network: Network::V4,
            interface: 0,
            ends: [
                SocketAddr::from(([0; 4], client_port)),
                SocketAddr::from(([0; 4], server_port)),
            ],
            next: [
                0x1000_0000 + u32::from(client_port),
                0x2000_0000 + u32::from(client_port),
            ],
            window: [64_240, 65_160],
        };
        session.over(Network::V4)
    }

    /// The same over another network.
    pub(crate) fn over(self, network: Network) -> Self {
        Self { network, ..self }.between(network.host(CLIENT_HOST), network.host(SERVER_HOST))
    }

    /// The same between other hosts.
    pub(crate) fn between(mut self, client: IpAddr, server: IpAddr) -> Self {
        for (end, address) in self.ends.iter_mut().zip([client, server]) {
            end.set_ip(address);
        }
        self
    }

    /// The client on another host of the network.
    pub(crate) fn client_at(self, number: u8) -> Self {
        let client = self.network.host(number);
        let server = self.ends[Server as usize].ip();
        self.between(client, server)
    }

    /// Seen on another interface.
    pub(crate) fn on(self, interface: usize) -> Self {
        Self { interface, ..self }
    }

    /// With these initial sequence numbers.
    pub(crate) fn numbered(self, client: u32, server: u32) -> Self {
        Self {
            next: [client, server],
            ..self
        }
    }

    /// The three-way handshake.
    pub(crate) fn open(&mut self) -> &mut Self {
        self.syn().syn_ack().ack(Client)
    }

    pub(crate) fn syn(&mut self) -> &mut Self {
        let syn = self.draft(Client, SYN, "");
        self.put(syn)
    }

    pub(crate) fn syn_ack(&mut self) -> &mut Self {
        let syn_ack = self.draft(Server, SYN | ACK, "");
        self.put(syn_ack)
    }

    pub(crate) fn ack(&mut self, side: Side) -> &mut Self {
        let ack = self.draft(side, ACK, "");
        self.put(ack)
    }

    /// The client says something and the server acknowledges it.
    pub(crate) fn client(&mut self, data: impl AsRef<[u8]>) -> &mut Self {
        self.say(Client, data).ack(Server)
    }

    /// The server says something and the client acknowledges it.
    pub(crate) fn server(&mut self, data: impl AsRef<[u8]>) -> &mut Self {
        self.say(Server, data).ack(Client)
    }

    /// A side says something, which is not acknowledged yet.
    pub(crate) fn say(&mut self, side: Side, data: impl AsRef<[u8]>) -> &mut Self {
        let segment = self.draft(side, PSH | ACK, data);
        self.put(segment)
    }

    /// A side sends its FIN.
    pub(crate) fn fin(&mut self, side: Side) -> &mut Self {
        let fin = self.draft(side, FIN | ACK, "");
        self.put(fin)
    }

    /// A side resets the connection.
    pub(crate) fn reset(&mut self, side: Side) -> &mut Self {
        let reset = self.draft(side, RST | ACK, "");
        self.put(reset)
    }

    /// FIN and ACK in each direction, this side first.
    pub(crate) fn close(&mut self, first: Side) -> &mut Self {
        let second = first.other();
        self.fin(first).ack(second).fin(second).ack(first)
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, milliseconds: u64) -> &mut Self {
        self.tape.wait(milliseconds);
        self
    }

    /// From now on a side announces this window.
    pub(crate) fn window(&mut self, side: Side, bytes: u16) -> &mut Self {
        self.window[side as usize] = bytes;
        self
    }

    /// What a side would send now.
    pub(crate) fn draft(&self, side: Side, flags: u8, data: impl AsRef<[u8]>) -> Segment {
        Segment {
            side,
            flags,
            seq: self.next[side as usize],
            ack: self.next[side.other() as usize],
            window: self.window[side as usize],
            options: if flags & SYN != 0 {
                SYN_OPTIONS.to_vec()
            } else {
                Vec::new()
            },
            data: data.as_ref().to_vec(),
        }
    }

    /// A segment is sent and seen.
    pub(crate) fn put(&mut self, segment: Segment) -> &mut Self {
        self.lose(&segment).repeat(&segment)
    }

    /// A segment is sent and not seen: its sequence numbers are used up all the same.
    pub(crate) fn lose(&mut self, segment: &Segment) -> &mut Self {
        self.next[segment.side as usize] = segment.end();
        self
    }

    /// A segment is seen, once more or late: the numbers of the session stay as they are.
    pub(crate) fn repeat(&mut self, segment: &Segment) -> &mut Self {
        let path = Path {
            interface: self.interface,
            network: self.network,
            from: self.ends[segment.side as usize],
            to: self.ends[segment.side.other() as usize],
        };
        self.tape.segment(path, segment);
        self
    }
}
