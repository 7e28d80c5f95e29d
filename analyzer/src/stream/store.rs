//! Reassembled bytes that are kept, each traceable to its frame.

use std::sync::Arc;

use super::log::{ADMINISTRATION, Log, Recorded, Track};
use super::pieces::{Difference, Gap};
use super::sink::{Flow, Sink};
use crate::capture::Time;
use crate::conversation::ConversationId;

/// Differences between versions of the same bytes that are kept for one stream; more are only counted.
const DIFFERENCES: usize = 16;

/// Keeps the bytes of all conversations up to a limit for all and a limit for each direction.
#[derive(Debug, Default)]
pub struct Store {
    log: Log,
    tracks: Vec<[Track; 2]>,
    left: usize,
    each: usize,
    conversations: usize,
}

impl Store {
    /// Keeps at most `all` bytes altogether and at most `each` of one direction; each piece costs its administration
    /// too.
    pub fn new(all: usize, each: usize) -> Self {
        Self {
            left: all,
            each,
            conversations: usize::MAX,
            ..Self::default()
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

    /// What was kept of each conversation in the order of [`ConversationId`], the side that was seen first in front. What
    /// was dropped once the limit for all was reached is not counted in [`Recorded::dropped`].
    pub fn finish(mut self, conversations: usize) -> Vec<[Recorded; 2]> {
        self.tracks.resize_with(conversations, Default::default);
        let log = Arc::new(self.log);
        let recorded = |track| Recorded::new(&log, track);
        let tracks = self.tracks.into_iter();
        tracks.map(|both| both.map(recorded)).collect()
    }

    /// Whether nothing more will be kept of any stream.
    #[inline]
    fn is_full(&self) -> bool {
        self.left <= ADMINISTRATION || self.log.is_full()
    }
}

impl Sink for Store {
    #[inline]
    fn warm(&self, conversation: ConversationId) -> u32 {
        if self.is_full() || conversation.index() >= self.conversations {
            return 0;
        }
        let tracks = self.tracks.get(conversation.index()).into_iter().flatten();
        tracks.fold(0, |read, track| read ^ track.warm())
    }

    fn bytes(&mut self, flow: Flow, data: &[u8], frame: u64, time: Option<Time>) {
        if self.is_full() {
            return;
        }
        let is_of_first = flow.conversation.index() < self.conversations;
        let track = track_of(&mut self.tracks, flow);
        let room = match track.dropped {
            0 if is_of_first => self.each.saturating_sub(track.length),
            _ => 0,
        };
        let room = room.min(self.left.saturating_sub(ADMINISTRATION));
        let (kept, dropped) = data.split_at(room.min(data.len()));
        track.dropped += dropped.len() as u64;
        if !kept.is_empty() {
            self.log.add(track, kept, frame, time);
            self.left -= kept.len() + ADMINISTRATION;
        }
    }

    fn gap(&mut self, flow: Flow, length: u64) {
        let full = self.left < size_of::<Gap>();
        let track = track_of(&mut self.tracks, flow);
        let offset = track.length;
        let rare = track.rare.get_or_insert_default();
        rare.missing += length;
        match rare.gaps.last_mut() {
            Some(last) if last.offset == offset || full => last.length += length,
            _ if full => {}
            _ => {
                rare.gaps.push(Gap { offset, length });
                self.left -= size_of::<Gap>();
            }
        }
    }

    fn again(&mut self, flow: Flow, offset: u64, data: &[u8], frame: u64) {
        let track = track_of(&mut self.tracks, flow);
        let Some(at) = first_difference(&self.log, track, offset, data) else {
            return;
        };
        let rare = track.rare.get_or_insert_default();
        rare.difference_count += 1;
        if rare.differences.len() < DIFFERENCES {
            rare.differences.push(Difference { offset: at, frame });
        }
    }
}

fn track_of(tracks: &mut Vec<[Track; 2]>, flow: Flow) -> &mut Track {
    let index = flow.conversation.index();
    if tracks.len() <= index {
        tracks.resize_with(index + 1, Default::default);
    }
    &mut tracks[index][flow.side.index()]
}

/// Where `data`, which belongs at `offset` counted with gaps, differs from what is kept.
fn first_difference(log: &Log, track: &Track, offset: u64, data: &[u8]) -> Option<usize> {
    let missing = track.rare.as_ref().map_or(0, |rare| rare.missing);
    if missing > 0 {
        let last = track.rare.as_ref()?.gaps.last()?;
        let behind_gaps = last.offset as u64 + missing;
        if offset < behind_gaps {
            return None;
        }
    }
    let start = usize::try_from(offset - missing).ok()?;
    log.first_difference(track, start, data)
}
