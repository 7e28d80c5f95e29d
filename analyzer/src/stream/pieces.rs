//! The bytes of one direction in order, and which frame brought which of them.

use std::ops::RangeInclusive;

use crate::capture::Time;

/// Consecutive bytes of a stream that one frame brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it begins in [`Stream::bytes`].
    pub offset: usize,
    /// How many bytes.
    pub length: usize,
    /// The frame.
    pub frame: u64,
    /// When that frame was seen.
    pub time: Option<Time>,
}

/// Bytes that the capture lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// They belong in front of this place in [`Stream::bytes`].
    pub offset: usize,
    /// How many are missing.
    pub length: u64,
}

/// Bytes that were sent again with another content. The first received stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The first differing byte in [`Stream::bytes`].
    pub offset: usize,
    /// The frame that brought the other version.
    pub frame: u64,
}

/// The bytes of one direction of one conversation, in order.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Stream {
    /// The bytes that were captured, gaps closed up.
    pub bytes: Vec<u8>,
    /// Which frame brought which of them; in order, without holes.
    pub pieces: Vec<Piece>,
    /// Where bytes are missing, in order.
    pub gaps: Vec<Gap>,
    /// How many bytes are missing altogether.
    pub missing: u64,
    /// Where bytes came again with another content.
    pub differences: Vec<Difference>,
    /// How often they did.
    pub difference_count: u64,
    /// Bytes that were reassembled and not kept, because of the limit.
    pub dropped: u64,
}

impl Stream {
    /// The frame that brought the byte at `offset`.
    pub fn frame_of(&self, offset: usize) -> Option<u64> {
        self.piece_at(offset).map(|piece| piece.frame)
    }

    /// The piece that holds the byte at `offset`.
    pub fn piece_at(&self, offset: usize) -> Option<Piece> {
        let behind = self.pieces.partition_point(|piece| piece.offset <= offset);
        let piece = *self.pieces.get(behind.checked_sub(1)?)?;
        (offset < piece.offset + piece.length).then_some(piece)
    }

    /// Whether bytes are missing in front of one of these places.
    pub fn has_gap(&self, places: RangeInclusive<usize>) -> bool {
        let next = self
            .gaps
            .partition_point(|gap| gap.offset < *places.start());
        self.gaps
            .get(next)
            .is_some_and(|gap| places.contains(&gap.offset))
    }

    /// The pieces that hold any of the bytes `from..to`.
    pub fn pieces_in(&self, from: usize, to: usize) -> &[Piece] {
        let start = self
            .pieces
            .partition_point(|piece| piece.offset + piece.length <= from);
        let end = self.pieces.partition_point(|piece| piece.offset < to);
        self.pieces.get(start..end).unwrap_or_default()
    }
}
