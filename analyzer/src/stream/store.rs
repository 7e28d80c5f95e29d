//! Reassembled bytes that are kept, each traceable to its frame.

use super::sink::{Flow, Sink};
use crate::capture::Time;
use crate::conversation::{ConversationId, Side};

/// Differences between versions of the same bytes that are kept for one stream; more are only counted.
const DIFFERENCES: usize = 16;

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

    /// The pieces that hold any of the bytes `from..to`.
    pub fn pieces_in(&self, from: usize, to: usize) -> &[Piece] {
        let start = self
            .pieces
            .partition_point(|piece| piece.offset + piece.length <= from);
        let end = self.pieces.partition_point(|piece| piece.offset < to);
        self.pieces.get(start..end).unwrap_or_default()
    }
}

/// Keeps the bytes of all conversations up to a limit for all and a limit for each direction.
#[derive(Debug, Default)]
pub struct Store {
    streams: Vec<[Stream; 2]>,
    left: usize,
    each: usize,
    conversations: usize,
}

impl Store {
    /// Keeps at most `all` bytes altogether and at most `each` of one direction; each piece costs its administration
    /// too.
    pub fn new(all: usize, each: usize) -> Self {
        Self {
            streams: Vec::new(),
            left: all,
            each,
            conversations: usize::MAX,
        }
    }

    /// The same, but bytes of the first conversations only.
    #[must_use]
    pub fn of_first(self, conversations: usize) -> Self {
        Self {
            conversations,
            ..self
        }
    }

    /// The streams of each conversation in the order of [`ConversationId`], the side that was seen first in front. What
    /// was dropped once the limit for all was reached is not counted in [`Stream::dropped`].
    pub fn finish(mut self, conversations: usize) -> Vec<[Stream; 2]> {
        self.streams.resize_with(conversations, Default::default);
        self.streams
    }

    fn stream(&mut self, conversation: ConversationId, side: Side) -> &mut Stream {
        let index = conversation.index();
        if self.streams.len() <= index {
            self.streams.resize_with(index + 1, Default::default);
        }
        &mut self.streams[index][side.index()]
    }

    /// Whether nothing more will be kept of any stream.
    #[inline]
    fn is_full(&self) -> bool {
        self.left <= size_of::<Piece>()
    }

    fn room(&self, stream: &Stream, wanted: usize) -> usize {
        if stream.dropped > 0 {
            return 0;
        }
        let administration = size_of::<Piece>();
        wanted
            .min(self.each.saturating_sub(stream.bytes.len()))
            .min(self.left.saturating_sub(administration))
    }
}

impl Sink for Store {
    #[inline]
    fn warm(&self, conversation: ConversationId) -> u32 {
        if self.is_full() || conversation.index() >= self.conversations {
            return 0;
        }
        let streams = self.streams.get(conversation.index()).into_iter().flatten();
        streams.fold(0, |read, stream| {
            let last = stream.pieces.last().map_or(0, |piece| piece.length as u32);
            read ^ last ^ stream.bytes.last().map_or(0, |byte| u32::from(*byte))
        })
    }

    fn bytes(&mut self, flow: Flow, data: &[u8], frame: u64, time: Option<Time>) {
        if self.is_full() {
            return;
        }
        self.stream(flow.conversation, flow.side);
        let index = flow.conversation.index();
        let room = match index < self.conversations {
            true => self.room(&self.streams[index][flow.side.index()], data.len()),
            false => 0,
        };
        let (kept, dropped) = data.split_at(room);
        let stream = &mut self.streams[index][flow.side.index()];
        stream.dropped += dropped.len() as u64;
        if kept.is_empty() {
            return;
        }
        stream.pieces.push(Piece {
            offset: stream.bytes.len(),
            length: kept.len(),
            frame,
            time,
        });
        stream.bytes.extend_from_slice(kept);
        self.left -= kept.len() + size_of::<Piece>();
    }

    fn gap(&mut self, flow: Flow, length: u64) {
        let full = self.left < size_of::<Gap>();
        let stream = self.stream(flow.conversation, flow.side);
        let offset = stream.bytes.len();
        stream.missing += length;
        match stream.gaps.last_mut() {
            Some(last) if last.offset == offset || full => last.length += length,
            _ if full => {}
            _ => {
                stream.gaps.push(Gap { offset, length });
                self.left -= size_of::<Gap>();
            }
        }
    }

    fn again(&mut self, flow: Flow, offset: u64, data: &[u8], frame: u64) {
        let stream = self.stream(flow.conversation, flow.side);
        let Some(at) = first_difference(stream, offset, data) else {
            return;
        };
        stream.difference_count += 1;
        if stream.differences.len() < DIFFERENCES {
            stream.differences.push(Difference { offset: at, frame });
        }
    }
}

/// Where `data`, which belongs at `offset` counted with gaps, differs from what is kept.
fn first_difference(stream: &Stream, offset: u64, data: &[u8]) -> Option<usize> {
    let missing = stream.missing;
    if missing > 0 {
        let last = stream.gaps.last()?;
        let behind_gaps = last.offset as u64 + missing;
        if offset < behind_gaps {
            return None;
        }
    }
    let start = usize::try_from(offset - missing).ok()?;
    let kept = stream.bytes.get(start..)?;
    kept.iter()
        .zip(data)
        .position(|(kept, other)| kept != other)
        .map(|at| start + at)
}
