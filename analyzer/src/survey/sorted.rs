//! The frames of a batch by the half of the conversations to which they belong.

use std::ops::Range;

use crate::capture::Batch;
use crate::conversation::Ends;
use crate::segment;

/// Which frames of a batch are of which half, as far as their headers show it at once.
pub(super) struct Sorted {
    /// Between whom the plain frames went, by their places in the batch.
    ends: [Ends; Batch::MOST],
    /// The places of the plain frames of each half.
    places: [[u8; Batch::MOST]; 2],
    counts: [usize; 2],
    /// The places of frames that are not plain: of any half or none.
    odd: Vec<u8>,
}

const _: () = assert!(Batch::MOST <= 1 << u8::BITS);

impl Sorted {
    /// Of no batch.
    pub(super) fn new() -> Self {
        Self {
            ends: [Ends::NONE; Batch::MOST],
            places: [[0; Batch::MOST]; 2],
            counts: [0; 2],
            odd: Vec::new(),
        }
    }

    /// Sorts a batch; what was known of another is forgotten. Where there is but one half, it is the first.
    pub(super) fn sort(&mut self, batch: Batch<'_>, halves: usize) {
        let mut counts = [0; 2];
        self.odd.clear();
        for (place, (link, bytes)) in batch.bytes().enumerate() {
            let Some(plain) = segment::plain(link, bytes) else {
                self.odd.push(place as u8);
                continue;
            };
            let ends = Ends::of_plain(&plain);
            let half = half_of(&ends, halves);
            self.ends[place] = ends;
            // Whose frame comes next no processor can foretell, so none has to: each is written down for both halves and
            // counts for its own.
            for (which, count) in counts.iter_mut().enumerate() {
                self.places[which][*count] = place as u8;
                *count += usize::from(which == half);
            }
        }
        self.counts = counts;
    }

    /// Between whom a plain frame went.
    #[inline]
    pub(super) fn ends(&self, place: u8) -> &Ends {
        &self.ends[usize::from(place)]
    }

    /// The places of frames that are not plain.
    pub(super) fn odd(&self) -> &[u8] {
        &self.odd
    }

    /// The plain frames of a half within a part of the batch.
    #[inline]
    pub(super) fn plain(&self, half: usize, part: Range<u8>) -> &[u8] {
        let all = &self.places[half][..self.counts[half]];
        let before = |end: u8| all.partition_point(|place| *place < end);
        &all[before(part.start)..before(part.end)]
    }
}

/// The half to which a conversation belongs.
#[inline]
pub(super) fn half_of(ends: &Ends, halves: usize) -> usize {
    match halves {
        1 => 0,
        _ => ends.half(),
    }
}
