//! Which of its variants a pcap file is: some programs put more into the header of each record without saying so at the
//! beginning of the file.
//!
//! It is found by trying: with a header of the wrong length already the second record has a length or a time that cannot
//! be.

use super::Pcap;
use crate::capture::description::Format;
use crate::capture::record::longest_frame;

/// How many records are tried.
const TRIED: usize = 8;

/// How many sound records speak for a variant that is not the usual one.
const CONVINCING: usize = 2;

/// What may stand behind the beginning of a file.
#[derive(Clone, Copy)]
pub(super) struct Variant {
    pub(super) format: Format,
    /// Bytes before each frame.
    pub(super) record_header: usize,
}

const fn variant(format: Format, record_header: usize) -> Variant {
    Variant {
        format,
        record_header,
    }
}

/// The usual one first. The patch of Red Hat adds an interface, a protocol and a packet type; Nokia's programs add four
/// bytes.
pub(super) const MICROSECONDS: &[Variant] = &[
    variant(Format::PcapMicroseconds, 16),
    variant(Format::PcapRedHat, 24),
    variant(Format::PcapNokia, 20),
];
pub(super) const NANOSECONDS: &[Variant] = &[variant(Format::PcapNanoseconds, 16)];
/// That of SuSE adds two processors to what Red Hat's adds.
pub(super) const MODIFIED: &[Variant] = &[
    variant(Format::PcapModified, 24),
    variant(Format::PcapSuse, 28),
];

impl Pcap {
    /// The usual one of `variants`, unless its first records are not sound and those of another are.
    pub(super) fn variant(&self, variants: &[Variant], records: &[u8]) -> Option<Variant> {
        let (usual, others) = variants.split_first()?;
        let sound = |one: &Variant| self.sound(one.record_header, records);
        let best = others.iter().max_by_key(|one| sound(one));
        let found = best.filter(|best| sound(usual) == 0 && sound(best) >= CONVINCING);
        Some(*found.unwrap_or(usual))
    }

    /// How many of the first records are sound; none if one is not. The last may be cut.
    fn sound(&self, record_header: usize, mut records: &[u8]) -> usize {
        for count in 0..TRIED {
            let header = records
                .get(..record_header)
                .and_then(|header| self.order.words(header));
            let Some([_, fraction, one_length, other_length]) = header else {
                return count;
            };
            let (length, original_length) = self.lengths.sort(one_length, other_length);
            let is_sound = length > 0
                && length <= original_length
                && length <= longest_frame(self.link)
                && i64::from(fraction) * self.unit < 1_000_000_000;
            if !is_sound {
                return 0;
            }
            let whole = record_header + length as usize;
            records = records.get(whole..).unwrap_or_default();
        }
        TRIED
    }
}
