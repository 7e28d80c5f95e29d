//! What a capture holds of one connection, known to whoever made it: byte by byte, in positions that do not wrap.
//!
//! It is told what was shown in terms of what the programs wrote, so that nothing that happens on the wire (differing
//! retransmissions, keep-alive bytes) can lead it astray.

use std::fmt;

use super::script::Side;

/// What a reader of the capture must find of one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) client: String,
    pub(crate) server: String,
    /// Frames of SYN, SYN-ACK and ACK.
    pub(crate) handshake: [Option<u64>; 3],
    /// To the server, to the client.
    pub(crate) said: [Said; 2],
}

/// One direction.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Said {
    pub(crate) bytes: Vec<u8>,
    pub(crate) missing: u64,
}

/// Enough to see whether two differ, and at which end.
impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, missing } = self;
        let (first, last) = (
            &bytes[..bytes.len().min(8)],
            &bytes[bytes.len().saturating_sub(8)..],
        );
        write!(
            f,
            "{} bytes {first:02x?}..{last:02x?}, {missing} missing",
            bytes.len()
        )
    }
}

/// What the capture holds of one byte.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Held {
    /// Never seen.
    Nothing,
    /// A packet had it, and the snap length cut it off.
    CutOff,
    /// The byte.
    Byte(u8),
}

/// One direction while the capture is made.
#[derive(Default)]
pub(crate) struct Heard {
    held: Vec<Held>,
    /// The first position that is not told yet; nothing was seen of this side as long as there is none.
    next: Option<u64>,
    /// The last position that the other side acknowledged.
    acknowledged: Option<u64>,
    said: Said,
}

impl Heard {
    /// A segment of this side was recorded. It begins at `position` (of its SYN, if it has one).
    pub(crate) fn segment(&mut self, position: u64, syn: bool, data: &[u8], recorded: usize) {
        let first = position + u64::from(syn);
        let untold = self.said == Said::default();
        if self.next.is_none() || syn && untold {
            let asks = !syn && data.is_empty() && self.acknowledged == Some(first + 1);
            self.next = Some(first + u64::from(asks));
        }
        let next = self.next.unwrap_or(first);
        for (index, byte) in data.iter().enumerate() {
            let at = first + index as u64;
            if at < next {
                continue;
            }
            let held = match index < recorded {
                true => Held::Byte(*byte),
                false => Held::CutOff,
            };
            self.hold(at as usize, held);
        }
        self.advance();
    }

    /// The other side has everything before `position`, or says so: what lies before it and was never seen lacks.
    pub(crate) fn acknowledged(&mut self, position: u64) {
        self.acknowledged = Some(position);
        while let Some(lowest) = self.lowest().filter(|lowest| *lowest < position) {
            self.skip_to(lowest);
        }
    }

    /// Nobody is left to acknowledge anything.
    pub(crate) fn all(&mut self) {
        self.acknowledged(u64::MAX);
    }

    pub(crate) fn is_heard(&self) -> bool {
        self.next.is_some()
    }

    pub(crate) fn said(&self) -> &Said {
        &self.said
    }

    fn hold(&mut self, at: usize, held: Held) {
        if self.held.len() <= at {
            self.held.resize(at + 1, Held::Nothing);
        }
        if self.held[at] == Held::Nothing {
            self.held[at] = held;
        }
    }

    /// The first position behind a gap of which something is held.
    fn lowest(&self) -> Option<u64> {
        let next = self.next? as usize;
        let behind = self.held.get(next..)?;
        let place = behind.iter().position(|held| *held != Held::Nothing)?;
        Some((next + place) as u64)
    }

    fn skip_to(&mut self, position: u64) {
        let next = self.next.replace(position).unwrap_or(position);
        self.said.missing += position - next;
        self.advance();
    }

    fn advance(&mut self) {
        let Some(next) = &mut self.next else { return };
        while let Some(held) = self.held.get(*next as usize) {
            match held {
                Held::Nothing => return,
                Held::CutOff => self.said.missing += 1,
                Held::Byte(byte) => self.said.bytes.push(*byte),
            }
            *next += 1;
        }
    }
}

/// Both directions, the client's first.
#[derive(Default)]
pub(crate) struct Conversation {
    pub(crate) heard: [Heard; 2],
    /// Frames of SYN, SYN-ACK and ACK.
    handshake: [Option<u64>; 3],
    /// Who was seen first.
    first: Option<Side>,
}

/// What the truth needs to know of one recorded segment.
pub(crate) struct Recorded<'a> {
    pub(crate) side: Side,
    pub(crate) frame: u64,
    pub(crate) position: u64,
    pub(crate) syn: bool,
    pub(crate) rst: bool,
    /// The position of the other side that it acknowledges.
    pub(crate) ack: Option<u64>,
    /// What its sender's program wrote there; of a keep-alive, nothing.
    pub(crate) data: &'a [u8],
    /// How much of it was recorded.
    pub(crate) kept: usize,
}

impl Conversation {
    pub(crate) fn recorded(&mut self, one: &Recorded<'_>) {
        self.first.get_or_insert(one.side);
        self.shake(one);
        if let Some(ack) = one.ack {
            self.heard[one.side.other() as usize].acknowledged(ack);
        }
        self.heard[one.side as usize].segment(one.position, one.syn, one.data, one.kept);
    }

    /// The first SYN, the first SYN-ACK, and the client's first segment that acknowledges just that.
    fn shake(&mut self, one: &Recorded<'_>) {
        let [syn, syn_ack, ack] = &mut self.handshake;
        match (one.side, one.syn, one.ack) {
            (Side::Client, true, None) => drop(syn.get_or_insert(one.frame)),
            (Side::Server, true, Some(_)) => drop(syn_ack.get_or_insert(one.frame)),
            (Side::Client, false, Some(1)) if syn.is_some() && syn_ack.is_some() && !one.rst => {
                ack.get_or_insert(one.frame);
            }
            _ => {}
        }
    }

    /// What a reader must find, if the capture shows anything of the connection.
    pub(crate) fn told(&self, client: String, server: String) -> Option<Told> {
        let [syn, syn_ack, _] = self.handshake;
        let is_known = syn.is_some() || syn_ack.is_some();
        let said =
            [Side::Client, Side::Server].map(|side| self.heard[side as usize].said().clone());
        let told = Told {
            client,
            server,
            handshake: self.handshake,
            said,
        };
        Some(match self.first? {
            Side::Server if !is_known => told.turned(),
            _ => told,
        })
    }
}

impl Told {
    /// Who was seen first is called the client where nothing tells.
    fn turned(self) -> Self {
        let [to_server, to_client] = self.said;
        Self {
            client: self.server,
            server: self.client,
            handshake: self.handshake,
            said: [to_client, to_server],
        }
    }
}
