//! Payload that is kept, of all conversations in the order in which it came, and what of it belongs to one direction.
//!
//! Thousands of streams that grow by turns would each be somewhere else in memory, and move as they grow; a log is written
//! at its end. A stream is put together when somebody asks for it, and of most nobody ever does.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::pieces::{Difference, Gap, Piece, Stream};
use crate::capture::Time;

/// What was kept of all streams.
#[derive(Debug, Default)]
pub(super) struct Log {
    entries: Vec<Entry>,
    bytes: Vec<u8>,
}

/// A piece of some stream.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Where its bytes begin in the log; they end where those of the next begin.
    start: usize,
    /// Where they begin in their stream.
    offset: usize,
    frame: u64,
    time: Option<Time>,
}

/// What a piece costs besides its bytes.
pub(super) const ADMINISTRATION: usize = size_of::<Entry>();

/// What belongs to one direction.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    /// Its entries in the log, in the order of its bytes.
    entries: Vec<u32>,
    /// How many bytes they hold.
    pub(super) length: usize,
    /// Bytes that were not kept, because of the limit.
    pub(super) dropped: u64,
    pub(super) rare: Option<Box<Rare>>,
}

/// What most directions never have: see [`Stream`].
#[derive(Clone, Debug, Default)]
pub(super) struct Rare {
    pub(super) gaps: Vec<Gap>,
    pub(super) missing: u64,
    pub(super) differences: Vec<Difference>,
    pub(super) difference_count: u64,
}

/// One direction of one conversation, as far as it was kept.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    log: Arc<Log>,
    track: Track,
    stream: OnceLock<Box<Stream>>,
}

impl Log {
    /// Whether there is no number for another entry.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.entries.len() >= u32::MAX as usize
    }

    /// Adds the next bytes of a track.
    pub(super) fn add(&mut self, track: &mut Track, data: &[u8], frame: u64, time: Option<Time>) {
        track.entries.push(self.entries.len() as u32);
        self.entries.push(Entry {
            start: self.bytes.len(),
            offset: track.length,
            frame,
            time,
        });
        self.bytes.extend_from_slice(data);
        track.length += data.len();
    }

    /// Where some of the bytes of a track differ from others that belong at `start`.
    pub(super) fn first_difference(
        &self,
        track: &Track,
        start: usize,
        other: &[u8],
    ) -> Option<usize> {
        if start >= track.length {
            return None;
        }
        let behind = |number: &u32| self.offset_of(*number) <= start;
        let first = track.entries.partition_point(behind).checked_sub(1)?;
        let mut at = start;
        for number in track.entries.get(first..)? {
            let (entry, kept) = self.entry(*number)?;
            let kept = kept.get(at - entry.offset..)?;
            let other = other.get(at - start..).filter(|rest| !rest.is_empty())?;
            let mut pairs = kept.iter().zip(other);
            if let Some(differs) = pairs.position(|(kept, other)| kept != other) {
                return Some(at + differs);
            }
            at += kept.len();
        }
        None
    }

    fn offset_of(&self, number: u32) -> usize {
        let entry = self.entries.get(number as usize);
        entry.map_or(usize::MAX, |entry| entry.offset)
    }

    fn entry(&self, number: u32) -> Option<(&Entry, &[u8])> {
        let entry = self.entries.get(number as usize)?;
        let next = self.entries.get(number as usize + 1);
        let end = next.map_or(self.bytes.len(), |next| next.start);
        Some((entry, self.bytes.get(entry.start..end)?))
    }

    /// The pieces of a track, each with its place in the stream.
    fn pieces(&self, track: &Track) -> impl Iterator<Item = (Piece, &[u8])> {
        let entries = track.entries.iter();
        entries
            .filter_map(|number| self.entry(*number))
            .map(|(entry, bytes)| {
                let piece = Piece {
                    offset: entry.offset,
                    length: bytes.len(),
                    frame: entry.frame,
                    time: entry.time,
                };
                (piece, bytes)
            })
    }

    /// The pieces of a track that hold any of its first `most` bytes, together.
    fn together(&self, track: &Track, most: usize) -> Stream {
        let mut stream = Stream::default();
        if track.length <= most {
            stream.bytes.reserve_exact(track.length);
            stream.pieces.reserve_exact(track.entries.len());
        }
        for (piece, bytes) in self.pieces(track) {
            if piece.offset >= most {
                break;
            }
            stream.pieces.push(piece);
            stream.bytes.extend_from_slice(bytes);
        }
        stream
    }
}

impl Track {
    /// Reads where the next bytes will be noted. What is returned means nothing.
    #[inline]
    pub(super) fn warm(&self) -> u32 {
        self.entries.last().copied().unwrap_or_default()
    }
}

impl Recorded {
    pub(super) fn new(log: &Arc<Log>, track: Track) -> Self {
        Self {
            log: Arc::clone(log),
            track,
            stream: OnceLock::new(),
        }
    }

    /// The same, of which so many bytes were not kept.
    pub(crate) fn without(mut self, dropped: u64) -> Self {
        self.track.dropped = dropped;
        Self::new(&self.log, self.track)
    }

    /// How many bytes were kept.
    pub fn length(&self) -> usize {
        self.track.length
    }

    /// How many bytes were not, because of a limit.
    pub fn dropped(&self) -> u64 {
        self.track.dropped
    }

    /// How often bytes came again with another content.
    pub fn difference_count(&self) -> u64 {
        let rare = self.track.rare.as_ref();
        rare.map_or(0, |rare| rare.difference_count)
    }

    /// The bytes and where they are from.
    pub fn stream(&self) -> &Stream {
        self.stream.get_or_init(|| {
            let rare = self.track.rare.as_deref().cloned().unwrap_or_default();
            Box::new(Stream {
                gaps: rare.gaps,
                missing: rare.missing,
                differences: rare.differences,
                difference_count: rare.difference_count,
                dropped: self.track.dropped,
                ..self.log.together(&self.track, usize::MAX)
            })
        })
    }

    /// The beginning of the stream: all of it, or the pieces that hold its first `most` bytes.
    pub fn head(&self, most: usize) -> Cow<'_, Stream> {
        if self.track.length <= most {
            return Cow::Borrowed(self.stream());
        }
        let mut head = self.log.together(&self.track, most);
        let gaps = self.track.rare.iter().flat_map(|rare| &rare.gaps);
        let gaps = gaps.filter(|gap| gap.offset < head.bytes.len());
        head.gaps = gaps.copied().collect();
        Cow::Owned(head)
    }

    /// The first bytes: `least` of them and the first line, as far as there are any.
    pub fn start(&self, least: usize) -> Vec<u8> {
        let mut start = Vec::with_capacity(2 * least);
        let mut has_line = false;
        for (_, bytes) in self.log.pieces(&self.track) {
            has_line |= memchr::memchr(b'\n', bytes).is_some();
            start.extend_from_slice(bytes);
            if has_line && start.len() >= least {
                break;
            }
        }
        start
    }
}
