//! How long things took, counted as HDR histograms, and how that went over time.
//!
//! Knows no clock: whoever measures brings the times.

use std::time::Duration;

use hdrhistogram::Histogram;

/// The longest time that is told apart; a longer one counts as this.
const LONGEST: Duration = Duration::from_secs(3600);

/// The share of messages that the rows of a table are about, in percent.
pub const PERCENTILES: [f64; 5] = [50.0, 90.0, 99.0, 99.9, 100.0];

/// Times of one kind.
#[derive(Debug, Clone)]
pub(super) struct Times(Histogram<u64>);

impl Times {
    /// None yet; to so many significant digits.
    pub(super) fn new(digits: u8) -> Self {
        let longest = LONGEST.as_nanos() as u64;
        // The bounds are constants that it takes.
        let histogram = Histogram::new_with_bounds(1_000, longest, digits)
            .or_else(|_| Histogram::new(digits.min(3)))
            .unwrap_or_else(|_| unreachable!("three digits are allowed"));
        Self(histogram)
    }

    pub(super) fn add(&mut self, time: Duration) {
        self.0.saturating_record(time.as_nanos() as u64);
    }

    /// The times as a report shows them; `None` where nothing was timed.
    pub(super) fn latency(&self) -> Option<Latency> {
        if self.0.is_empty() {
            return None;
        }
        let at = |share| Duration::from_nanos(self.0.value_at_percentile(share));
        Some(Latency {
            count: self.0.len(),
            percentiles: PERCENTILES.map(at),
            mean: Duration::from_nanos(self.0.mean() as u64),
            curve: CURVE.iter().map(|share| (*share, at(*share))).collect(),
        })
    }

    fn slice(&mut self, began: Duration) -> Slice {
        let at = |share| Duration::from_nanos(self.0.value_at_percentile(share));
        let slice = Slice {
            began,
            heard: self.0.len(),
            median: at(50.0),
            p99: at(99.0),
            longest: at(100.0),
        };
        self.0.reset();
        slice
    }
}

/// The shares of which a curve is drawn, in percent.
const CURVE: [f64; 19] = [
    0.0, 25.0, 50.0, 60.0, 70.0, 75.0, 80.0, 85.0, 90.0, 92.5, 95.0, 97.5, 99.0, 99.5, 99.75, 99.9,
    99.95, 99.99, 100.0,
];

/// How long something took.
#[derive(Debug, Clone, PartialEq)]
pub struct Latency {
    /// How many were timed.
    pub count: u64,
    /// The time within which so many were done, for each of [`PERCENTILES`].
    pub percentiles: [Duration; 5],
    /// The mean.
    pub mean: Duration,
    /// Shares in percent, and the time within which so many were done.
    pub curve: Vec<(f64, Duration)>,
}

/// A short while of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// When it began, from the start of the load.
    pub began: Duration,
    /// Messages heard in it.
    pub heard: u64,
    /// The median of their latencies.
    pub median: Duration,
    /// The time within which 99 of 100 were heard.
    pub p99: Duration,
    /// The longest.
    pub longest: Duration,
}

/// Slices of equal length, one after the other; never more than a fixed number.
#[derive(Debug)]
pub(super) struct Course {
    every: Duration,
    now: Times,
    began: Duration,
    slices: Vec<Slice>,
}

/// The most slices of a run.
const MOST_SLICES: usize = 2000;

impl Course {
    /// For a run of so long.
    pub(super) fn new(length: Duration) -> Self {
        Self {
            every: (length / 60).max(Duration::from_millis(100)),
            now: Times::new(2),
            began: Duration::ZERO,
            slices: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, time: Duration) {
        self.now.add(time);
    }

    /// Time goes on.
    pub(super) fn turn(&mut self, now: Duration) {
        while now >= self.began + self.every && self.slices.len() < MOST_SLICES {
            self.close();
        }
    }

    fn close(&mut self) {
        self.slices.push(self.now.slice(self.began));
        self.began += self.every;
    }

    /// All of it.
    pub(super) fn finish(mut self) -> (Duration, Vec<Slice>) {
        if !self.now.0.is_empty() {
            self.close();
        }
        while self.slices.last().is_some_and(|slice| slice.heard == 0) {
            self.slices.pop();
        }
        (self.every, self.slices)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn percentiles_are_those_of_what_was_added() {
        let mut times = Times::new(3);
        assert_eq!(times.latency(), None);
        for time in 1..=1000 {
            times.add(ms(time));
        }
        let latency = times.latency().unwrap();
        assert_eq!(latency.count, 1000);
        for (found, expected) in latency.percentiles.iter().zip([500, 900, 990, 999, 1000]) {
            let off = found.as_secs_f64() / ms(expected).as_secs_f64() - 1.0;
            assert!(off.abs() < 0.002, "{found:?} {expected}");
        }
        times.add(Duration::from_secs(10_000));
        assert!(times.latency().unwrap().percentiles[4] >= LONGEST);
    }

    #[test]
    fn a_course_has_a_slice_for_each_while_even_where_nothing_was_heard() {
        let mut course = Course::new(Duration::from_secs(6));
        course.add(ms(5));
        course.turn(ms(350));
        course.add(ms(7));
        let (every, slices) = course.finish();
        assert_eq!(every, ms(100));
        let heard: Vec<_> = slices
            .iter()
            .map(|slice| (slice.began, slice.heard))
            .collect();
        assert_eq!(
            heard,
            [(ms(0), 1), (ms(100), 0), (ms(200), 0), (ms(300), 1)]
        );
    }

    #[test]
    fn a_course_never_grows_without_bound() {
        let mut course = Course::new(Duration::from_secs(1));
        course.turn(Duration::from_secs(1_000_000));
        assert_eq!(course.slices.len(), MOST_SLICES);
    }
}
