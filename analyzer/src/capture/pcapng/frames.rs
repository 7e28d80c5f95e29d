//! The blocks of a pcapng file that hold frames (draft-ietf-opsawg-pcapng §4.3, §4.4, appendix A).

use super::{Pcapng, Source, too_short};
use crate::capture::description::Description;
use crate::capture::link::LinkType;
use crate::capture::record::{LONGEST_FRAME, Record, Records, longest_frame};
use crate::capture::stop::StopReason;

/// Block type of an enhanced packet block.
pub(super) const ENHANCED_PACKET: u32 = 6;

/// Where a frame block says that its frame lies.
struct Place {
    fields: usize,
    length: u32,
    original_length: u32,
    interface: u32,
}

impl Pcapng {
    /// The hot path: a whole enhanced packet block without options, on a known interface. Anything else is none of its
    /// business.
    #[inline]
    pub(super) fn plain_frame(
        &self,
        window: &[u8],
        at: usize,
        records: &mut Records,
    ) -> Option<usize> {
        const HEADER: usize = 28;
        let rest = window.get(at..)?;
        let [
            kind,
            length,
            interface,
            high,
            low,
            captured,
            original_length,
        ] = self.order.words(rest)?;
        if kind != ENHANCED_PACKET || captured > LONGEST_FRAME {
            return None;
        }
        let whole = HEADER + ((captured as usize + 3) & !3) + 4;
        let first = rest.get(4..8)?;
        let last = rest.get(whole - 4..whole)?;
        if length as usize != whole || first != last {
            return None;
        }
        let source = self.interfaces.get(interface as usize)?;
        records.push(Record {
            time: source.clock.time(u64::from(high) << 32 | u64::from(low)),
            start: at + HEADER,
            length: captured,
            original_length,
            interface: self.first_interface.saturating_add(interface),
            options_length: 0,
            options_distance: 0,
            link: source.link,
            order: self.order,
        });
        Some(whole)
    }

    #[inline]
    pub(super) fn enhanced_packet(
        &self,
        body: &[u8],
        start: usize,
        records: &mut Records,
        description: &mut Description,
    ) -> Result<(), StopReason> {
        const FIELDS: usize = 20;
        let fields = self.order.words(body).ok_or_else(|| too_short(body))?;
        let [interface, high, low, length, original_length] = fields;
        let source = self.source(interface)?;
        let ticks = u64::from(high) << 32 | u64::from(low);
        let place = Place {
            fields: FIELDS,
            length,
            original_length,
            interface,
        };
        let record = self.place(place, body, start, source)?;
        if record.options_length > 0 {
            note_drops(&record, body, start, description);
        }
        records.push(Record {
            time: source.clock.time(ticks),
            ..record
        });
        Ok(())
    }

    pub(super) fn simple_packet(
        &self,
        body: &[u8],
        start: usize,
        records: &mut Records,
    ) -> Result<(), StopReason> {
        let original_length = self.order.u32(body, 0).ok_or_else(|| too_short(body))?;
        let source = self.source(0)?;
        let held = u32::try_from(body.len() - 4).unwrap_or(u32::MAX);
        let limit = if source.snap_length == 0 {
            u32::MAX
        } else {
            source.snap_length
        };
        let length = original_length.min(limit).min(held);
        let place = Place {
            fields: 4,
            length,
            original_length,
            interface: 0,
        };
        let record = self.place(place, body, start, source)?;
        records.push(Record {
            options_length: 0,
            ..record
        });
        Ok(())
    }

    pub(super) fn obsolete_packet(
        &self,
        body: &[u8],
        start: usize,
        records: &mut Records,
        description: &mut Description,
    ) -> Result<(), StopReason> {
        const FIELDS: usize = 20;
        let fields = self.order.words(body).ok_or_else(|| too_short(body))?;
        let [_, high, low, length, original_length] = fields;
        let interface = u32::from(self.order.u16(body, 0).unwrap_or(0));
        let drops = self
            .order
            .u16(body, 2)
            .filter(|drops| *drops != u16::MAX)
            .unwrap_or(0);
        description.dropped_between_frames = description
            .dropped_between_frames
            .saturating_add(u64::from(drops));
        let source = self.source(interface)?;
        let place = Place {
            fields: FIELDS,
            length,
            original_length,
            interface,
        };
        let record = self.place(place, body, start, source)?;
        let time = source.clock.time(u64::from(high) << 32 | u64::from(low));
        records.push(Record { time, ..record });
        Ok(())
    }

    pub(super) fn numbered_block(&self, body: &[u8], start: usize) -> Record {
        Record {
            time: None,
            start,
            length: body.len() as u32,
            original_length: body.len() as u32,
            interface: u32::MAX,
            options_length: 0,
            options_distance: 0,
            link: LinkType::NO_FRAME,
            order: self.order,
        }
    }

    /// Where frame and options lie, checked against the block that holds them.
    #[inline]
    fn place(
        &self,
        place: Place,
        body: &[u8],
        start: usize,
        source: Source,
    ) -> Result<Record, StopReason> {
        let Place {
            fields,
            length,
            original_length,
            interface,
        } = place;
        if length > longest_frame(source.link) {
            return Err(StopReason::FrameTooLong(u64::from(length)));
        }
        if body.len() < fields + length as usize {
            return Err(StopReason::FrameExceedsBlock(u64::from(length)));
        }
        let options_distance = length.next_multiple_of(4);
        let options_length = body
            .len()
            .saturating_sub(fields + options_distance as usize);
        Ok(Record {
            time: None,
            start: start + fields,
            length,
            original_length,
            interface: self.first_interface.saturating_add(interface),
            options_length: options_length as u32,
            options_distance,
            link: source.link,
            order: self.order,
        })
    }

    #[inline]
    fn source(&self, named: u32) -> Result<Source, StopReason> {
        let known = || StopReason::UnknownInterface {
            named,
            known: self.interfaces.len() as u32,
        };
        self.interfaces
            .get(named as usize)
            .copied()
            .ok_or_else(known)
    }
}

/// Adds what a frame says about losses before it.
#[cold]
fn note_drops(record: &Record, body: &[u8], start: usize, description: &mut Description) {
    let local = Record {
        start: record.start - start,
        ..*record
    };
    let drops = local.frame(body, 0).dropped_before();
    description.dropped_between_frames = description.dropped_between_frames.saturating_add(drops);
}
