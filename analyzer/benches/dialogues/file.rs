//! A chat as a capture: a classic pcap of raw IPv4, in memory.

use etherparse::PacketBuilder;
use protocol::message::Direction;

/// What is seen of a connection at one moment.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// The handshake.
    Opened,
    /// A segment with these bytes.
    Said(Direction, Vec<u8>),
    /// One that the capture lacks.
    Lost(Direction, Vec<u8>),
    /// The FIN of one direction.
    Finished(Direction),
}

const SERVER: [u8; 4] = [10, 255, 0, 1];
const CLIENT_PORT: u16 = 50_000;

/// From one frame to the next, in microseconds.
const STEP: u64 = 200;

/// Link type: raw IPv4 or IPv6.
const RAW: u32 = 101;

/// The capture of these events, each with the number of its client.
pub(crate) fn pcap(port: u16, events: &[(usize, Event)]) -> Vec<u8> {
    let header = [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, RAW];
    let mut file = File {
        bytes: header.iter().flat_map(|word| word.to_le_bytes()).collect(),
        port,
        micros: 0,
        next: Vec::new(),
    };
    for (client, event) in events {
        file.event(*client, event);
    }
    file.bytes
}

struct File {
    bytes: Vec<u8>,
    port: u16,
    micros: u64,
    /// For each client the next sequence numbers: of what goes to the server, and to the client.
    next: Vec<[u32; 2]>,
}

impl File {
    fn event(&mut self, client: usize, event: &Event) {
        use Direction::{ToClient, ToServer};
        if self.next.len() <= client {
            self.next.resize(client + 1, [1000, 5000]);
        }
        match event {
            Event::Opened => {
                self.segment(client, ToServer, "S", &[]);
                self.segment(client, ToClient, "SA", &[]);
                self.segment(client, ToServer, "A", &[]);
            }
            Event::Said(direction, bytes) => self.segment(client, *direction, "A", bytes),
            Event::Lost(direction, bytes) => self.pass(client, *direction, bytes.len() as u32),
            Event::Finished(direction) => self.segment(client, *direction, "FA", &[]),
        }
    }

    fn pass(&mut self, client: usize, direction: Direction, length: u32) {
        self.next[client][direction as usize] += length;
    }

    fn segment(&mut self, client: usize, direction: Direction, flags: &str, bytes: &[u8]) {
        let [_, high, middle, low] = (client as u32).to_be_bytes();
        let ends = [([10, high, middle, low], CLIENT_PORT), (SERVER, self.port)];
        let [to_server, to_client] = self.next[client];
        let ((from, to), (sequence, acknowledged)) = match direction {
            Direction::ToServer => ((ends[0], ends[1]), (to_server, to_client)),
            Direction::ToClient => ((ends[1], ends[0]), (to_client, to_server)),
        };
        let ip = PacketBuilder::ipv4(from.0, to.0, 64);
        let mut tcp = ip.tcp(from.1, to.1, sequence, 64_240);
        for flag in flags.chars() {
            tcp = match flag {
                'S' => tcp.syn(),
                'F' => tcp.fin(),
                _ => tcp.ack(acknowledged),
            };
        }
        let length = tcp.size(bytes.len()) as u32;
        let (seconds, rest) = (self.micros / 1_000_000, self.micros % 1_000_000);
        for word in [1_700_000_000 + seconds as u32, rest as u32, length, length] {
            self.bytes.extend(word.to_le_bytes());
        }
        tcp.write(&mut self.bytes, bytes).expect("memory takes it");
        self.micros += STEP;
        let flags = flags.chars().filter(|flag| "SF".contains(*flag)).count();
        self.pass(client, direction, (bytes.len() + flags) as u32);
    }
}
