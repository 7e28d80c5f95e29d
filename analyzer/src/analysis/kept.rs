//! The bytes of frames, kept while a capture is read, so that a report can show them: a pipe cannot be read twice.

use crate::capture::{Batch, Frame, LinkType, Time};

/// Most bytes that are kept; of a larger capture the first frames.
const MOST: usize = 16 << 20;

/// What one frame costs besides its bytes.
const ADMINISTRATION: usize = size_of::<Place>();

/// Frames by number. Without a gap from the first on, until the limit.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    places: Vec<Place>,
    bytes: Vec<u8>,
    full: bool,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    start: usize,
    length: usize,
    time: Option<Time>,
    interface: u32,
    link: LinkType,
    original_length: u32,
}

/// One frame that was kept.
#[derive(Clone, Copy, Debug)]
pub struct KeptFrame<'a> {
    /// The frame as it was read, but for what the record said beside its bytes.
    pub frame: Frame<'a>,
}

impl Kept {
    /// Keeps as many of the next frames as there is room for.
    pub(super) fn keep(&mut self, batch: Batch<'_>) {
        if !self.full {
            batch.iter().for_each(|frame| self.keep_one(&frame));
        }
    }

    fn keep_one(&mut self, frame: &Frame<'_>) {
        let cost = frame.bytes.len() + ADMINISTRATION;
        let used = self.bytes.len() + self.places.len() * ADMINISTRATION;
        if self.full || used.saturating_add(cost) > MOST {
            self.full = true;
            return;
        }
        self.places.push(Place {
            start: self.bytes.len(),
            length: frame.bytes.len(),
            time: frame.time,
            interface: frame.interface,
            link: frame.link,
            original_length: frame.original_length,
        });
        self.bytes.extend_from_slice(frame.bytes);
    }

    /// A frame by its number, if it was kept.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<KeptFrame<'_>> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        let place = self.places.get(index)?;
        let bytes = self.bytes.get(place.start..place.start + place.length)?;
        let mut frame = Frame::new(number, place.time, place.link, bytes);
        frame.interface = place.interface;
        frame.original_length = place.original_length;
        Some(KeptFrame { frame })
    }
}
