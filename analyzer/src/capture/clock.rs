//! Time stamps as pcapng interfaces count them, turned into nanoseconds.

use super::Time;

const NANOSECONDS: i128 = 1_000_000_000;

/// How an interface counts time: the unit of its time stamps and when it began to count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    unit: Unit,
    /// Nanoseconds to add (`if_tsoffset`).
    offset: i128,
    /// Nanoseconds of each tick, where that is all; else 0.
    each: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// Each tick is this many nanoseconds.
    Nanoseconds(u32),
    /// Each nanosecond is this many ticks.
    TicksPerNanosecond(u64),
    /// Each second is 2 to this power ticks.
    BinaryFraction(u8),
    /// Finer than 64 bits can count for a nanosecond: every time stamp is zero.
    TooFine,
}

impl Clock {
    /// Microseconds since 1970: what an interface without options counts.
    pub(super) const MICROSECONDS: Self = Self {
        unit: Unit::Nanoseconds(1000),
        offset: 0,
        each: 1000,
    };

    /// From the option `if_tsresol`: a negative power of 10, or of 2 if the highest bit is set.
    pub(super) fn with_resolution(self, resolution: u8) -> Self {
        let power = u32::from(resolution & 0x7f);
        let unit = match resolution {
            0x80.. => Unit::BinaryFraction(resolution & 0x7f),
            0..=9 => Unit::Nanoseconds(10u32.pow(9 - power)),
            _ => 10u64
                .checked_pow(power - 9)
                .map_or(Unit::TooFine, Unit::TicksPerNanosecond),
        };
        Self { unit, ..self }.at_a_glance()
    }

    /// From the option `if_tsoffset`, in seconds.
    pub(super) fn with_offset(self, seconds: i64) -> Self {
        Self {
            offset: i128::from(seconds) * NANOSECONDS,
            ..self
        }
        .at_a_glance()
    }

    fn at_a_glance(self) -> Self {
        let each = match self.unit {
            Unit::Nanoseconds(each) if self.offset == 0 => each,
            _ => 0,
        };
        Self { each, ..self }
    }

    /// The moment that a time stamp names, if it lies within the range of [`Time`].
    #[inline]
    pub(super) fn time(&self, ticks: u64) -> Option<Time> {
        match self.each {
            0 => self.odd_time(ticks),
            each => Time::try_from(ticks.checked_mul(u64::from(each))?).ok(),
        }
    }

    #[cold]
    fn odd_time(&self, ticks: u64) -> Option<Time> {
        let since = match self.unit {
            Unit::Nanoseconds(each) => i128::from(ticks) * i128::from(each),
            Unit::TicksPerNanosecond(each) => i128::from(ticks / each),
            Unit::BinaryFraction(power) => (i128::from(ticks) * NANOSECONDS) >> power,
            Unit::TooFine => 0,
        };
        Time::try_from(since.checked_add(self.offset)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(resolution: u8, ticks: u64, expected: Option<Time>) {
        assert_eq!(
            Clock::MICROSECONDS.with_resolution(resolution).time(ticks),
            expected
        );
    }

    #[test]
    fn decimal_resolutions_scale() {
        check(6, 1_700_000_000_123_456, Some(1_700_000_000_123_456_000));
        check(
            9,
            1_700_000_000_123_456_789,
            Some(1_700_000_000_123_456_789),
        );
        check(0, 1_700_000_000, Some(1_700_000_000_000_000_000));
        check(12, 5_999, Some(5));
        check(0x7f, u64::MAX, Some(0));
    }

    #[test]
    fn binary_resolutions_divide_the_second() {
        check(0x80 | 10, 1536, Some(1_500_000_000));
        check(0xff, u64::MAX, Some(0));
    }

    #[test]
    fn a_time_beyond_every_clock_is_no_time() {
        check(6, u64::MAX, None);
        check(0, u64::MAX, None);
        assert_eq!(Clock::MICROSECONDS.with_offset(i64::MIN).time(0), None);
    }

    #[test]
    fn an_offset_is_added_in_seconds() {
        assert_eq!(
            Clock::MICROSECONDS.with_offset(-1).time(2_000_000),
            Some(1_000_000_000)
        );
    }
}
