//! The blocks of a pcapng file that say something about it: sections, interfaces, statistics
//! (draft-ietf-opsawg-pcapng §4.1, §4.2, §4.6).

use super::{Pcapng, Source, parser, section_order, too_short};
use crate::capture::clock::Clock;
use crate::capture::description::{Description, Interface, Section};
use crate::capture::link::LinkType;
use crate::capture::option;
use crate::capture::stop::StopReason;

impl Pcapng {
    pub(super) fn section_header(
        &mut self,
        body: &[u8],
        description: &mut Description,
    ) -> Result<(), StopReason> {
        const FIELDS: usize = 16;
        let order = section_order(body, 0)?;
        let version = order.u16(body, 4).zip(order.u16(body, 6));
        match version.ok_or_else(|| too_short(body))? {
            // 1.2 was written by mistake by some programs; the format is the same.
            (1, 0 | 2) => {}
            (major, minor) => return Err(StopReason::UnknownVersion(major, minor)),
        }
        self.parser = parser(order).ok_or(StopReason::BlockTooShort(body.len() as u64))?;
        self.order = order;
        self.first_interface = u32::try_from(description.interfaces.len()).unwrap_or(u32::MAX);
        self.interfaces.clear();
        let mut section = Section {
            order,
            first_interface: description.interfaces.len(),
            ..Section::default()
        };
        for one in option::walk(body.get(FIELDS..).unwrap_or_default(), order) {
            match one.code {
                option::COMMENT => section.comments.push(text(one.value)),
                2 => section.hardware = Some(text(one.value)),
                3 => section.operating_system = Some(text(one.value)),
                4 => section.application = Some(text(one.value)),
                _ => {}
            }
        }
        description.sections.push(section);
        Ok(())
    }

    pub(super) fn interface_description(
        &mut self,
        body: &[u8],
        description: &mut Description,
    ) -> Result<(), StopReason> {
        const FIELDS: usize = 8;
        let fields = self.order.u16(body, 0).zip(self.order.u32(body, 4));
        let (link, snap_length) = fields.ok_or_else(|| too_short(body))?;
        let mut interface = Interface::new(LinkType(link), snap_length);
        let mut clock = Clock::MICROSECONDS;
        for one in option::walk(body.get(FIELDS..).unwrap_or_default(), self.order) {
            match one.code {
                option::COMMENT => interface.comments.push(text(one.value)),
                2 => interface.name = Some(text(one.value)),
                3 => interface.description = Some(text(one.value)),
                9 => {
                    clock = one
                        .value
                        .first()
                        .map_or(clock, |power| clock.with_resolution(*power));
                }
                // The first byte says what kind of filter follows: 0 is text, the others are programs.
                11 => interface.filter = one.value.strip_prefix(&[0]).map(text),
                12 => interface.operating_system = Some(text(one.value)),
                14 => {
                    let seconds = self.order.u64(one.value, 0).map(u64::cast_signed);
                    clock = seconds.map_or(clock, |seconds| clock.with_offset(seconds));
                }
                _ => {}
            }
        }
        self.interfaces.push(Source {
            link: interface.link,
            snap_length,
            clock,
        });
        description.interfaces.push(interface);
        Ok(())
    }

    /// Statistics count from the beginning of the capture, so that the last replace all before.
    pub(super) fn interface_statistics(&self, body: &[u8], description: &mut Description) {
        const FIELDS: usize = 12;
        let named = self
            .order
            .u32(body, 0)
            .filter(|named| (*named as usize) < self.interfaces.len());
        let index = named.map(|named| self.first_interface as usize + named as usize);
        let Some(interface) = index.and_then(|index| description.interfaces.get_mut(index)) else {
            return;
        };
        for one in option::walk(body.get(FIELDS..).unwrap_or_default(), self.order) {
            let count = self.order.u64(one.value, 0);
            match one.code {
                4 => interface.received = count,
                5 => interface.dropped = count,
                7 => interface.dropped_by_system = count,
                _ => {}
            }
        }
    }
}

fn text(value: &[u8]) -> String {
    // Some programs count a final NUL into the length.
    let value = value.strip_suffix(&[0]).unwrap_or(value);
    String::from_utf8_lossy(value).into_owned()
}
