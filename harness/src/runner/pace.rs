//! How long to wait: generous for what must come, scaled to the measured latency of this server for what must not.

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::message::{NoticeKind, ReplyKind};

/// How long an expectation waits on a server of ordinary speed.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long the first expectation of a run waits: nothing is known yet of the server's speed.
const FIRST_PATIENCE: Duration = Duration::from_secs(10);

/// How long an expectation waits for a kind of message that this server has often let wait in vain, and never sent.
const LITTLE_PATIENCE: Duration = Duration::from_secs(1);

/// As often as that is often.
const OFTEN: u32 = 3;

/// How long one scenario may take.
const SCENARIO: Duration = Duration::from_secs(30);

/// How many times as long a scenario may take that makes progress all the time.
const LONGEST: u32 = 10;

/// How long a run waits in all, beyond its patience, for what then never came: a server that only chatters is not busy.
const IN_VAIN: Duration = Duration::from_secs(45);

/// The gap after which a message without an end mark is over, at least and at most.
const SETTLE: (Duration, Duration) = (Duration::from_millis(25), Duration::from_secs(1));

/// The window in which silence is believed without a barrier, at least and at most.
const QUIET: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(6));

/// The slowest answer that is believed to be the server's pace.
const SLOWEST: Duration = Duration::from_secs(5);

/// How long the second write of a message may be held up behind the first: until the first is acknowledged (RFC 896), which a system
/// may delay so long (RFC 1122, §4.2.3.2).
const HELD_UP: Duration = Duration::from_millis(500);

/// Latencies that are remembered.
pub(super) const SAMPLES: usize = 128;

/// What is waited for, as far as a server does it always or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Awaited {
    pub(super) kind: ReplyKind,
    /// Whether it is the welcome of somebody beside whom others are in the chat.
    pub(super) beside_others: bool,
}

/// The measured pace of a server.
pub(super) struct Pace {
    scale: f64,
    settle: Duration,
    samples: Vec<Duration>,
    next: usize,
    /// Latencies that were ever measured.
    measured: usize,
    /// The longest pause inside a message lately.
    pause: Duration,
    /// How long was waited beyond the patience since that last helped.
    in_vain: Duration,
    /// How often something was waited for in vain; none for what has once come.
    missed: BTreeMap<Awaited, Option<u32>>,
    /// How often, since a message was last heard, its sender said more after a loss and that was not heard either.
    lost_again: u32,
    /// How often the better form of a message that had begun was waited for in vain.
    cut_short: u32,
    /// Whether messages are acknowledged: known to fail once nobody got an acknowledgement in time.
    pub(super) acknowledges: bool,
    /// Whether a message to everyone arrives: a barrier on which nobody can rely fails once.
    pub(super) relays: bool,
    /// Whether a client's own request is answered.
    pub(super) replies: bool,
}

impl Pace {
    /// `scale` stretches every wait; `settle` is the dialect's own gap.
    pub(super) fn new(scale: f64, settle: Option<Duration>) -> Self {
        Self {
            scale: scale.clamp(0.01, 1000.0),
            settle: settle.unwrap_or_default(),
            samples: Vec::new(),
            next: 0,
            measured: 0,
            pause: Duration::ZERO,
            in_vain: Duration::ZERO,
            missed: BTreeMap::new(),
            lost_again: 0,
            cut_short: 0,
            acknowledges: true,
            relays: true,
            replies: true,
        }
    }

    /// By how much every wait is stretched.
    pub(super) const fn scale(&self) -> f64 {
        self.scale
    }

    /// Remembers how long the server took to answer.
    pub(super) fn measured(&mut self, latency: Duration) {
        let latency = latency.min(SLOWEST);
        self.measured += 1;
        if self.samples.len() < SAMPLES {
            self.samples.push(latency);
        } else {
            self.samples[self.next] = latency;
            self.next = (self.next + 1) % SAMPLES;
        }
    }

    /// Remembers the longest pause between two pieces of one message: the next may have as long a one.
    pub(super) fn paused(&mut self, pause: Duration) {
        const FADES: f64 = 0.98;
        self.pause = pause.max(self.pause.mul_f64(FADES));
    }

    /// Remembers that waiting beyond the patience brought what was wanted.
    pub(super) fn waited_well(&mut self) {
        self.in_vain = Duration::ZERO;
    }

    /// Remembers for how long waiting beyond the patience brought nothing.
    pub(super) fn waited_in_vain(&mut self, waited: Duration) {
        self.in_vain += waited;
    }

    /// Whether more may be waited beyond the patience, after so much.
    pub(super) fn may_wait_on(&self, waited: Duration) -> bool {
        self.in_vain + waited < IN_VAIN.mul_f64(self.scale)
    }

    /// Remembers that this came.
    pub(super) fn came(&mut self, awaited: Awaited) {
        self.missed.insert(awaited, None);
        if awaited.kind == NoticeKind::Delivered.into() {
            self.lost_again = 0;
        }
    }

    /// Remembers whether anything was heard of what a sender said after a loss.
    pub(super) const fn said_more(&mut self, was_heard: bool) {
        self.lost_again = match was_heard {
            true => 0,
            false => self.lost_again.saturating_add(1),
        };
    }

    /// Whether it is known that nothing is heard of what a sender says after a loss.
    pub(super) const fn loses_all(&self) -> bool {
        self.lost_again >= OFTEN
    }

    /// Remembers that this did not come in time.
    pub(super) fn did_not_come(&mut self, awaited: Awaited) {
        if let Some(times) = self.missed.entry(awaited).or_insert(Some(0)) {
            *times += 1;
        }
    }

    /// The kinds of message that were waited for in vain, and that never came.
    pub(super) fn never_came(&self) -> Vec<ReplyKind> {
        let has_come = |kind| {
            let mut missed = self.missed.iter();
            missed.any(|(awaited, times)| awaited.kind == kind && times.is_none())
        };
        let missed = self.missed.keys().map(|awaited| awaited.kind);
        missed.filter(|kind| !has_come(*kind)).collect()
    }

    /// What did not come may come now: the server is spoken to in another way.
    pub(super) fn hope_again(&mut self) {
        self.missed.clear();
        self.lost_again = 0;
    }

    /// The latency that 19 of 20 answers kept.
    fn latency(&self) -> Duration {
        self.latency_of(95)
    }

    /// The latency that half of the answers kept.
    pub(super) fn median(&self) -> Duration {
        self.latency_of(50)
    }

    /// The latency that so many of a hundred answers kept.
    fn latency_of(&self, percent: usize) -> Duration {
        let mut sorted = self.samples.clone();
        sorted.sort_unstable();
        let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
        sorted.get(index).copied().unwrap_or_default()
    }

    /// How many latencies were ever measured.
    pub(super) const fn times_measured(&self) -> usize {
        self.measured
    }

    /// How long an expectation waits.
    pub(super) fn patience(&self) -> Duration {
        let base = match self.samples.is_empty() {
            true => FIRST_PATIENCE,
            false => PATIENCE + self.latency() * 4,
        };
        base.mul_f64(self.scale)
    }

    /// How long an expectation waits for this: what the server never does need not be waited for as long as what it may do late.
    pub(super) fn patience_for(&self, awaited: Option<Awaited>) -> Duration {
        let missed =
            awaited.and_then(|awaited| Some((awaited.kind, (*self.missed.get(&awaited)?)?)));
        // What comes unasked has had every scenario for coming.
        let is_hopeless = missed.is_some_and(|(kind, times)| kind.is_unasked() || times >= OFTEN);
        let little = (LITTLE_PATIENCE + self.latency() * 4).mul_f64(self.scale);
        match is_hopeless {
            true => little.min(self.patience()),
            false => self.patience(),
        }
    }

    /// Remembers that a message never went on as its better form does.
    pub(super) const fn was_cut_short(&mut self) {
        self.cut_short = self.cut_short.saturating_add(1);
    }

    /// How long the rest of a message may be held up where a better form has begun: on a busy machine for as long as a message,
    /// unless this server often says no more.
    pub(super) fn hold_up(&self) -> Duration {
        match self.cut_short {
            OFTEN.. => HELD_UP.mul_f64(self.scale.max(1.0)).max(self.settle()),
            _ => self.patience(),
        }
    }

    /// How long one scenario may take.
    pub(super) fn scenario(&self) -> Duration {
        (SCENARIO + self.latency() * 60).mul_f64(self.scale)
    }

    /// How long one scenario may take that makes progress all the time.
    pub(super) fn longest_scenario(&self) -> Duration {
        self.scenario() * LONGEST
    }

    /// The gap after which a message without an end mark is over.
    pub(super) fn settle(&self) -> Duration {
        let measured = (self.latency() * 4).max(self.pause * 3);
        let measured = measured.clamp(SETTLE.0, SETTLE.1);
        measured.max(self.settle).mul_f64(self.scale.max(1.0))
    }

    /// The window in which silence is believed without a barrier.
    pub(super) fn quiet(&self) -> Duration {
        let measured = (self.latency() * 4).clamp(QUIET.0, QUIET.1);
        measured.max(self.settle).mul_f64(self.scale.max(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_server_is_waited_for_longer() {
        let mut pace = Pace::new(1.0, None);
        assert_eq!((pace.settle(), pace.quiet()), (SETTLE.0, QUIET.0));
        for _ in 0..300 {
            pace.measured(Duration::from_millis(1500));
        }
        assert_eq!(pace.patience(), Duration::from_secs(9));
        assert_eq!((pace.settle(), pace.quiet()), (SETTLE.1, QUIET.1));
    }

    #[test]
    fn what_was_waited_for_in_vain_is_not_waited_for_again_and_again() {
        let mut pace = Pace::new(2.0, None);
        assert!(pace.may_wait_on(IN_VAIN));
        pace.waited_in_vain(IN_VAIN);
        assert!(!pace.may_wait_on(IN_VAIN));
        pace.waited_in_vain(IN_VAIN);
        assert!(!pace.may_wait_on(Duration::ZERO));
        pace.waited_well();
        assert!(pace.may_wait_on(Duration::ZERO));
    }

    #[test]
    fn what_never_came_is_waited_for_less_and_what_once_came_never_is() {
        let kinds = [(NoticeKind::Welcome, false), (NoticeKind::Welcome, true)];
        let kinds = kinds.map(|(kind, beside_others)| Awaited {
            kind: kind.into(),
            beside_others,
        });
        let mut pace = Pace::new(1.0, None);
        pace.came(kinds[0]);
        for _ in 0..OFTEN {
            for kind in kinds {
                assert_eq!(pace.patience_for(Some(kind)), FIRST_PATIENCE);
                pace.did_not_come(kind);
            }
        }
        assert_eq!(pace.patience_for(Some(kinds[0])), FIRST_PATIENCE);
        assert_eq!(pace.patience_for(Some(kinds[1])), LITTLE_PATIENCE);
        pace.measured(Duration::from_secs(2));
        assert_eq!(pace.patience_for(Some(kinds[1])), Duration::from_secs(9));
        pace.came(kinds[1]);
        assert_eq!(pace.patience_for(Some(kinds[1])), pace.patience());
    }

    #[test]
    fn a_notice_that_never_came_to_anybody_is_waited_for_once() {
        let [joined, left] = [NoticeKind::Joined, NoticeKind::Left].map(|kind| {
            Some(Awaited {
                kind: kind.into(),
                beside_others: false,
            })
        });
        let mut pace = Pace::new(1.0, None);
        joined.iter().for_each(|joined| pace.came(*joined));
        for awaited in [joined, left] {
            assert_eq!(pace.patience_for(awaited), FIRST_PATIENCE);
            awaited
                .iter()
                .for_each(|awaited| pace.did_not_come(*awaited));
        }
        assert_eq!(pace.patience_for(joined), FIRST_PATIENCE);
        assert_eq!(pace.patience_for(left), LITTLE_PATIENCE);
    }

    #[test]
    fn who_often_says_no_more_is_waited_for_less() {
        let mut pace = Pace::new(1.0, None);
        for _ in 0..OFTEN {
            assert_eq!(pace.hold_up(), pace.patience());
            pace.was_cut_short();
        }
        assert_eq!(pace.hold_up(), HELD_UP);
    }

    #[test]
    fn that_all_is_lost_is_known_only_while_nothing_is_heard() {
        let mut pace = Pace::new(1.0, None);
        let heard: [fn(&mut Pace); 2] = [
            |pace| pace.said_more(true),
            |pace| {
                pace.came(Awaited {
                    kind: NoticeKind::Delivered.into(),
                    beside_others: false,
                });
            },
        ];
        for heard in heard {
            for _ in 0..OFTEN {
                assert!(!pace.loses_all());
                pace.said_more(false);
            }
            assert!(pace.loses_all());
            heard(&mut pace);
        }
    }

    #[test]
    fn a_message_that_came_in_pieces_says_how_long_the_next_may_pause() {
        let mut pace = Pace::new(1.0, None);
        pace.paused(Duration::from_millis(40));
        assert_eq!(pace.settle(), Duration::from_millis(120));
        pace.paused(Duration::from_secs(9));
        assert_eq!(pace.settle(), SETTLE.1);
        for _ in 0..400 {
            pace.paused(Duration::ZERO);
        }
        assert_eq!(pace.settle(), SETTLE.0);
    }
}
