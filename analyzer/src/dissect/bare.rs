//! A server's stream without its decoration, and the way back: each message to the bytes that were sent. Its
//! frames are those that brought something besides decoration.

use std::ops::Range;

use protocol::decoration::Stripper;
use protocol::dialect::Decoration;
use protocol::message::Direction;

use super::{Dialogue, Message};
use crate::stream::{Gap, Piece, Stream};

/// What is left of a stream, and where each byte of it stood.
pub(super) struct Bare {
    pub(super) stream: Stream,
    places: Vec<usize>,
}

impl Bare {
    pub(super) fn new(decoration: Decoration, decorated: &Stream) -> Self {
        let mut bare = Self {
            stream: Stream::default(),
            places: Vec::new(),
        };
        let mut stripper = Stripper::new(decoration);
        let mut gaps = decorated.gaps.iter().peekable();
        for piece in &decorated.pieces {
            while let Some(gap) = gaps.next_if(|gap| gap.offset <= piece.offset) {
                // What a sequence began in front of a hole, nobody knows behind it.
                stripper = Stripper::new(decoration);
                bare.gap(*gap);
            }
            bare.piece(*piece, &decorated.bytes, &mut stripper);
        }
        gaps.for_each(|gap| bare.gap(*gap));
        bare.stream.missing = decorated.missing;
        bare.stream.dropped = decorated.dropped;
        bare
    }

    fn gap(&mut self, gap: Gap) {
        let offset = self.places.len();
        self.stream.gaps.push(Gap { offset, ..gap });
    }

    fn piece(&mut self, piece: Piece, bytes: &[u8], stripper: &mut Stripper) {
        let offset = self.places.len();
        for at in piece.offset..piece.offset + piece.length {
            let Some(byte) = bytes.get(at).filter(|byte| stripper.keeps(**byte)) else {
                continue;
            };
            self.stream.bytes.push(*byte);
            self.places.push(at);
        }
        let length = self.places.len() - offset;
        if length > 0 {
            self.stream.pieces.push(Piece {
                offset,
                length,
                ..piece
            });
        }
    }

    /// Lets the messages of the server stand in its decorated stream.
    pub(super) fn restore(&self, decorated: &Stream, dialogue: &mut Dialogue) {
        let to_client = |message: &&mut Message| message.direction == Direction::ToClient;
        for message in dialogue.messages.iter_mut().filter(to_client) {
            let range = self.range(decorated, &message.range);
            message.content = self
                .content(&message.content)
                .unwrap_or(range.start..range.start);
            message.range = range;
        }
    }

    /// Decoration in front of a message, and behind the last, belongs to it.
    fn range(&self, decorated: &Stream, bare: &Range<usize>) -> Range<usize> {
        self.boundary(decorated, bare.start)..self.boundary(decorated, bare.end)
    }

    /// Where the message ends, and the next begins: behind the decoration that came with its last byte in the same frame, if
    /// nothing else came with it.
    fn boundary(&self, decorated: &Stream, at: usize) -> usize {
        let Some(last) = at.checked_sub(1).and_then(|last| self.places.get(last)) else {
            return 0;
        };
        let Some(next) = self.places.get(at) else {
            return decorated.bytes.len();
        };
        let frame_ends = decorated
            .piece_at(*last)
            .map_or(last + 1, |piece| piece.offset + piece.length);
        if frame_ends <= *next {
            frame_ends
        } else {
            last + 1
        }
    }

    fn content(&self, bare: &Range<usize>) -> Option<Range<usize>> {
        let start = *self.places.get(bare.start)?;
        let last = *self.places.get(bare.end.checked_sub(1)?)?;
        Some(start..(last + 1).max(start))
    }
}
