//! One end of a connection: what its program wrote, what TCP sent of that, and what it got from the other end.
//!
//! Positions are counted from the SYN, which is 0, without wrapping; the first byte of a stream is at 1, the FIN behind the last.

/// One end.
pub(crate) struct Peer {
    /// Initial sequence number.
    pub(crate) isn: u32,
    /// What its program wrote so far.
    pub(crate) wrote: Vec<u8>,
    /// Everything before this position was sent at least once.
    pub(crate) sent: u64,
    /// Where its FIN stands, once it has closed.
    pub(crate) fin: Option<u64>,
    /// Which positions of the other end's stream have arrived.
    arrived: Vec<bool>,
    /// The window that it announces.
    pub(crate) window: u16,
}

impl Peer {
    pub(crate) fn new(isn: u32) -> Self {
        Self {
            isn,
            wrote: Vec::new(),
            sent: 0,
            fin: None,
            arrived: Vec::new(),
            window: 64_240,
        }
    }

    /// The sequence number of a position.
    pub(crate) fn number(&self, position: u64) -> u32 {
        self.isn.wrapping_add(position as u32)
    }

    /// The bytes from one position to another.
    pub(crate) fn bytes(&self, from: u64, to: u64) -> &[u8] {
        &self.wrote[from as usize - 1..to as usize - 1]
    }

    /// Positions of the other end's stream have arrived.
    pub(crate) fn take(&mut self, from: u64, to: u64) {
        if self.arrived.len() < to as usize {
            self.arrived.resize(to as usize, false);
        }
        self.arrived[from as usize..to as usize].fill(true);
    }

    /// The first position of the other end's stream that has not arrived: what it acknowledges.
    pub(crate) fn wants(&self) -> u64 {
        let first = self.arrived.iter().position(|arrived| !arrived);
        first.unwrap_or(self.arrived.len()) as u64
    }
}
