//! IP packets that arrive in fragments, put together again (RFC 791 §3.2, RFC 8200 §4.5).

use super::walk::{End, Network, Next, Piece, Walk};
use super::{Packet, Unread};
use crate::capture::Frame;

/// Fragments are counted in units of 8 bytes.
const UNIT: usize = 8;
/// No IP packet carries more.
const LARGEST: usize = 65_535;
const UNITS: usize = LARGEST / UNIT + 1;
/// Packets kept while fragments of them lack; the oldest gives way. At most 8 MiB.
const MOST_PENDING: usize = 128;

/// Gathers fragments until their packets are whole. Bounded: the oldest unfinished packets are given up.
#[derive(Default)]
pub struct Fragments {
    pending: Vec<Pending>,
    whole: Vec<u8>,
    frames: Vec<u64>,
    abandoned: u64,
}

/// One packet of which some fragments lack.
struct Pending {
    key: Key,
    data: Vec<u8>,
    /// A bit for each unit that arrived.
    present: [u64; UNITS.div_ceil(64)],
    units: usize,
    /// Known once the last fragment arrives.
    length: Option<usize>,
    frames: Vec<u64>,
}

/// What fragments of one packet have in common.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    source: super::Endpoint,
    destination: super::Endpoint,
    protocol: u8,
    id: u32,
}

impl Fragments {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// As [`super::read`], but a fragment is kept, and the one that completes a packet gives what the whole packet
    /// carries. [`Self::frames`] then says where it came from.
    pub fn packet<'b, 'a: 'b>(&'b mut self, frame: &Frame<'a>) -> Packet<'b> {
        match Walk::new(frame, &mut ()).run(Next::Link(frame.link)) {
            End::Packet(packet) => packet,
            End::Fragment(piece) => self
                .gather(frame, piece)
                .unwrap_or(Packet::Unread(Unread::Fragment)),
        }
    }

    /// The frames whose fragments made the packet that was given last, in the order of their arrival.
    pub fn frames(&self) -> &[u64] {
        &self.frames
    }

    /// Packets that never became whole: given up for others, or still waiting.
    pub fn incomplete(&self) -> u64 {
        self.abandoned + self.pending.len() as u64
    }

    /// Packets that wait for fragments now.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.pending.len()
    }

    fn gather<'b>(&'b mut self, frame: &Frame<'_>, piece: Piece<'_>) -> Option<Packet<'b>> {
        let index = self.pending_index(&piece);
        let pending = self.pending.get_mut(index)?;
        pending.add(&piece, frame.number);
        if !pending.is_whole() {
            return None;
        }
        let done = self.pending.remove(index);
        self.whole = done.data;
        self.frames = done.frames;
        Some(inside(frame, piece.network, &self.whole, piece.protocol))
    }

    fn pending_index(&mut self, piece: &Piece<'_>) -> usize {
        let key = Key {
            source: piece.network.source,
            destination: piece.network.destination,
            protocol: piece.protocol,
            id: piece.id,
        };
        if let Some(index) = self.pending.iter().position(|one| one.key == key) {
            return index;
        }
        if self.pending.len() == MOST_PENDING {
            self.pending.remove(0);
            self.abandoned += 1;
        }
        self.pending.push(Pending::new(key));
        self.pending.len() - 1
    }
}

/// What a whole packet carries; a fragment within it is one too many.
fn inside<'b>(frame: &Frame<'_>, network: Network, bytes: &'b [u8], protocol: u8) -> Packet<'b> {
    match Walk::inside(frame, network, bytes, &mut ()).run(Next::Protocol(protocol)) {
        End::Packet(packet) => packet,
        End::Fragment(_) => Packet::Unread(Unread::Fragment),
    }
}

impl Pending {
    fn new(key: Key) -> Self {
        let present = [0; UNITS.div_ceil(64)];
        Self {
            key,
            data: Vec::new(),
            present,
            units: 0,
            length: None,
            frames: Vec::new(),
        }
    }

    /// Takes the bytes of a fragment that are not there yet: what came first stays. A fragment that was cut by the
    /// capture, is too long, or does not end on a unit is ignored.
    fn add(&mut self, piece: &Piece<'_>, frame: u64) {
        let Some(bytes) = piece.bytes else { return };
        let end = piece.offset + bytes.len();
        if bytes.is_empty() || end > LARGEST || (piece.more && bytes.len() % UNIT != 0) {
            return;
        }
        if !piece.more {
            self.length = self.length.or(Some(end));
        }
        if self.data.len() < end {
            self.data.resize(end, 0);
        }
        let before = self.units;
        for (index, unit) in bytes.chunks(UNIT).enumerate() {
            self.add_unit(piece.offset / UNIT + index, unit);
        }
        if self.units > before {
            self.frames.push(frame);
        }
    }

    fn add_unit(&mut self, index: usize, unit: &[u8]) {
        let Some(word) = self.present.get_mut(index / 64) else {
            return;
        };
        let bit = 1 << (index % 64);
        if *word & bit != 0 {
            return;
        }
        *word |= bit;
        self.units += 1;
        let start = index * UNIT;
        if let Some(place) = self.data.get_mut(start..start + unit.len()) {
            place.copy_from_slice(unit);
        }
    }

    /// Whether every unit up to the last is there; units beyond it make the packet one that never will be.
    fn is_whole(&self) -> bool {
        self.length
            .is_some_and(|length| self.data.len() == length && self.units == length.div_ceil(UNIT))
    }
}
