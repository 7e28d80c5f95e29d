//! The account of a load while it goes on: who may say something, what was heard and what it means.
//!
//! Pure: knows no socket and no clock; whoever calls says when something happened, counted from the start of the load.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::crowd::{Crowd, Mark};
use super::ledger::{Arrival, Ledger};
use super::lexicon::Heard;
use super::outcome::{Broken, Counts, EXAMPLES, Ending, Example, Pace, Violation};
use super::subject::{Hearers, Subject};
use super::timing::{Course, Times};

/// The most messages of one client under way, and so the largest window.
pub const MOST_UNDER_WAY: usize = 1024;

/// With a schedule, so many messages of all clients together may be under way; a client may always have some.
const UNDER_WAY: usize = 4096;
const ALWAYS: usize = 8;

/// The account. See the module's documentation.
pub(super) struct Tally {
    subject: Subject,
    pace: Pace,
    crowd: Crowd,
    ledger: Ledger,
    seats: Vec<Seat>,
    /// How many are connected.
    open: usize,
    counts: Counts,
    altered: u64,
    /// When a message or an acknowledgement last came.
    heard_at: Duration,
    /// What must still come to those who are connected.
    outstanding: u64,
    /// Whether a connection was closed since that was counted.
    is_stale: bool,
    violations: BTreeMap<Broken, (u64, Vec<Example>)>,
    /// Those who may say something again.
    ready: Vec<usize>,
    times: AllTimes,
}

struct AllTimes {
    waited: Times,
    delivery: Times,
    acknowledgement: Times,
    course: Course,
}

/// One client.
struct Seat {
    is_open: bool,
    acknowledged: u32,
    /// How many of its messages the server surely read.
    read: u32,
    /// The first of its messages that is not with all who must hear it; with a window only.
    base: u32,
    /// The number of its message that asks whether the server still answers.
    asked: Option<u32>,
    /// Its last messages: when each was sent, and how many hearers lack it; with a window only.
    recent: Vec<(Duration, u32)>,
}

/// What the account comes to.
pub(super) struct Total {
    pub(super) counts: Counts,
    pub(super) violations: Vec<Violation>,
    pub(super) waited: Times,
    pub(super) delivery: Times,
    pub(super) acknowledgement: Times,
    pub(super) course: Course,
}

impl Tally {
    pub(super) fn new(subject: Subject, pace: Pace, crowd: Crowd, length: Duration) -> Self {
        let recent = match pace {
            Pace::Open { .. } => 0,
            Pace::Closed { .. } => MOST_UNDER_WAY,
        };
        let seat = |_| Seat {
            is_open: true,
            acknowledged: 0,
            read: 0,
            base: 0,
            asked: None,
            recent: vec![(Duration::ZERO, 0); recent],
        };
        Self {
            subject,
            pace,
            ledger: Ledger::new(crowd.count()),
            seats: (0..crowd.count()).map(seat).collect(),
            open: crowd.count(),
            counts: Counts::default(),
            altered: 0,
            heard_at: Duration::ZERO,
            outstanding: 0,
            is_stale: false,
            violations: BTreeMap::new(),
            ready: Vec::new(),
            times: AllTimes {
                waited: Times::new(3),
                delivery: Times::new(3),
                acknowledgement: Times::new(3),
                course: Course::new(length),
            },
            crowd,
        }
    }

    pub(super) fn counts(&mut self) -> &mut Counts {
        &mut self.counts
    }

    /// When a message is due; it must be one of those that are under way, and one that is timed.
    fn due(&self, mark: Mark) -> Option<Duration> {
        if self.asks(mark) {
            return None;
        }
        match self.pace {
            Pace::Open { rate } => {
                let place = f64::from(mark.number) * self.seats.len() as f64 + mark.sender as f64;
                Some(Duration::from_secs_f64(place / rate))
            }
            Pace::Closed { .. } => {
                let is_recent =
                    mark.number as usize + MOST_UNDER_WAY > self.ledger.said(mark.sender) as usize;
                let recent = &self.seats[mark.sender].recent;
                is_recent.then(|| recent[mark.number as usize % MOST_UNDER_WAY].0)
            }
        }
    }

    /// Whether a client may say its next message.
    pub(super) fn may_say(&self, sender: usize) -> bool {
        let (seat, said) = (&self.seats[sender], self.ledger.said(sender));
        let unread = said - seat.read.min(said);
        let allowed = match (self.subject.delimited, self.pace) {
            (false, _) => unread == 0,
            (true, Pace::Open { .. }) => {
                (unread as usize) < ALWAYS.max(UNDER_WAY / self.seats.len())
            }
            (true, Pace::Closed { window }) => ((said - seat.base) as usize) < window,
        };
        seat.is_open && allowed && said < super::crowd::MOST_MESSAGES
    }

    /// A client says its next message.
    pub(super) fn say(&mut self, sender: usize, now: Duration) -> Mark {
        let mark = self.ledger.say(sender);
        let hearers = self.open_hearers(sender);
        self.outstanding += hearers as u64;
        self.counts.expected += hearers as u64;
        self.counts.sent += 1;
        match self.pace {
            Pace::Open { .. } => {
                if let Some(due) = self.due(mark) {
                    self.times.waited.add(now.saturating_sub(due));
                }
            }
            Pace::Closed { .. } => {
                let place = mark.number as usize % MOST_UNDER_WAY;
                self.seats[sender].recent[place] = (now, hearers as u32);
                self.counts.due += 1;
            }
        }
        mark
    }

    /// A client says one message more when nothing comes any more. What counts is whether the server answers it, not when.
    pub(super) fn ask(&mut self, sender: usize, now: Duration) -> Mark {
        self.seats[sender].asked = Some(self.ledger.said(sender));
        self.counts.asked += 1;
        if matches!(self.pace, Pace::Open { .. }) {
            self.counts.due += 1;
        }
        self.say(sender, now)
    }

    /// Whether a message asks whether the server still answers.
    fn asks(&self, mark: Mark) -> bool {
        self.seats[mark.sender].asked == Some(mark.number)
    }

    fn open_hearers(&self, sender: usize) -> usize {
        match self.subject.hearers {
            Hearers::Oneself => 1,
            Hearers::Everyone => self.open,
            Hearers::Others => self.open - usize::from(self.seats[sender].is_open),
        }
    }

    /// A client heard something.
    pub(super) fn hear(&mut self, hearer: usize, heard: &Heard<'_>, now: Duration) {
        match *heard {
            Heard::Message { mark, from } => {
                if from.is_some_and(|from| from != mark.sender) {
                    let found = from.map_or_else(Vec::new, |from| self.crowd.nick(from));
                    self.break_message(Broken::WrongSender, hearer, mark, now, &found);
                }
                self.message(hearer, mark, now);
            }
            Heard::Altered { mark, bytes } => self.altered(hearer, mark, now, bytes),
            Heard::Acknowledged if self.subject.hearers == Hearers::Oneself => {
                self.anonymous(hearer, now);
            }
            Heard::Acknowledged => self.acknowledged(hearer, now),
            Heard::Refused { bytes, .. } => self.break_at(Broken::Refused, hearer, now, bytes),
            Heard::Strange(bytes) => self.break_at(Broken::Strange, hearer, now, bytes),
            Heard::Aside => self.counts.aside += 1,
            Heard::Blank => {}
        }
    }

    fn message(&mut self, hearer: usize, mark: Mark, now: Duration) {
        if !self.subject.must_hear(hearer, mark.sender) {
            self.break_message(Broken::WrongHearer, hearer, mark, now, &[]);
            return;
        }
        match self.ledger.hear(hearer, mark) {
            Arrival::First { skipped } => {
                self.arrived(hearer, mark, skipped, Some(now));
                self.count_heard(mark, now);
            }
            Arrival::Late => {
                self.break_message(Broken::Order, hearer, mark, now, &[]);
                self.arrived_late(hearer, mark);
                self.count_heard(mark, now);
            }
            Arrival::Again => self.break_message(Broken::Twice, hearer, mark, now, &[]),
            Arrival::Unsaid => {
                let text = self.crowd.text(mark);
                self.break_at(Broken::Strange, hearer, now, &text);
            }
        }
    }

    fn count_heard(&mut self, mark: Mark, now: Duration) {
        self.counts.heard += 1;
        self.counts.answered += u64::from(self.asks(mark));
        self.came(mark, now);
    }

    /// A message or its acknowledgement came.
    fn came(&mut self, mark: Mark, now: Duration) {
        if !self.asks(mark) {
            self.heard_at = self.heard_at.max(now);
        }
    }

    /// A message that is not as it was said has come all the same: it is not lost too.
    fn altered(&mut self, hearer: usize, mark: Mark, now: Duration, bytes: &[u8]) {
        if !self.subject.must_hear(hearer, mark.sender) {
            self.break_message(Broken::WrongHearer, hearer, mark, now, bytes);
            return;
        }
        self.break_message(Broken::Altered, hearer, mark, now, bytes);
        self.altered += 1;
        self.came(mark, now);
        match self.ledger.hear(hearer, mark) {
            Arrival::First { skipped } => self.arrived(hearer, mark, skipped, None),
            Arrival::Late => self.arrived_late(hearer, mark),
            Arrival::Again | Arrival::Unsaid => {}
        }
    }

    fn arrived(&mut self, hearer: usize, mark: Mark, skipped: Range<u32>, at: Option<Duration>) {
        if let Some(time) = at.and_then(|at| Some(at.saturating_sub(self.due(mark)?))) {
            self.times.delivery.add(time);
            self.times.course.add(time);
        }
        self.arrived_late(hearer, mark);
        self.was_read(mark.sender, mark.number + 1);
        if matches!(self.pace, Pace::Closed { .. }) {
            for number in skipped.chain([mark.number]) {
                self.is_with_one_more(mark.sender, number);
            }
        }
    }

    fn arrived_late(&mut self, hearer: usize, mark: Mark) {
        if self.seats[hearer].is_open && self.seats[mark.sender].is_open {
            self.outstanding = self.outstanding.saturating_sub(1);
        }
    }

    /// One hearer more has a message of those under way, or will not get it any more.
    fn is_with_one_more(&mut self, sender: usize, number: u32) {
        let said = self.ledger.said(sender);
        let seat = &mut self.seats[sender];
        if number < seat.base {
            return;
        }
        let lacking = &mut seat.recent[number as usize % MOST_UNDER_WAY].1;
        *lacking = lacking.saturating_sub(1);
        let before = seat.base;
        while seat.base < said && seat.recent[seat.base as usize % MOST_UNDER_WAY].1 == 0 {
            seat.base += 1;
        }
        if seat.base > before {
            self.ready.push(sender);
        }
    }

    /// The server surely read so many messages of a client.
    fn was_read(&mut self, sender: usize, count: u32) {
        let seat = &mut self.seats[sender];
        if count > seat.read {
            seat.read = count;
            self.ready.push(sender);
        }
    }

    fn acknowledged(&mut self, hearer: usize, now: Duration) {
        self.counts.acknowledged += 1;
        let said = self.ledger.said(hearer);
        let number = self.seats[hearer].acknowledged;
        if number >= said {
            self.break_at(Broken::AcknowledgedTwice, hearer, now, &[]);
            return;
        }
        self.seats[hearer].acknowledged += 1;
        let mark = Mark {
            sender: hearer,
            number,
        };
        self.came(mark, now);
        if let Some(due) = self.due(mark) {
            self.times.acknowledgement.add(now.saturating_sub(due));
        }
        self.was_read(hearer, number + 1);
    }

    /// A reply that does not show its text answers the oldest message that has none.
    fn anonymous(&mut self, hearer: usize, now: Duration) {
        self.counts.anonymous += 1;
        let mark = Mark {
            sender: hearer,
            number: self.ledger.next(hearer, hearer),
        };
        match self.ledger.hear(hearer, mark) {
            Arrival::First { skipped } => {
                self.arrived(hearer, mark, skipped, Some(now));
                self.count_heard(mark, now);
            }
            _ => self.break_at(Broken::AcknowledgedTwice, hearer, now, &[]),
        }
    }

    /// The server closed a connection, or it broke.
    pub(super) fn closed(&mut self, who: usize, why: Option<String>, now: Duration) {
        if !self.seats[who].is_open {
            return;
        }
        self.seats[who].is_open = false;
        self.open -= 1;
        self.is_stale = true;
        let example = Example {
            at: now,
            hearer: Some(self.name(who)),
            why,
            ..Example::default()
        };
        self.broken(Broken::Closed, 1, example);
        if matches!(self.pace, Pace::Closed { .. }) {
            for sender in 0..self.seats.len() {
                let under_way = self.seats[sender].base..self.ledger.said(sender);
                if !self.subject.must_hear(who, sender) {
                    continue;
                }
                for number in under_way {
                    let mark = Mark { sender, number };
                    if self.ledger.lacks_message(who, mark) {
                        self.is_with_one_more(sender, number);
                    }
                }
            }
        }
        // Those who waited for it may go on.
        self.ready.extend(0..self.seats.len());
    }

    /// Nothing comes though something should: whoever waits for a sign goes on without it, so that a message that was lost is
    /// told from a server that does nothing more.
    pub(super) fn go_on_unread(&mut self) {
        for sender in 0..self.seats.len() {
            let said = self.ledger.said(sender);
            let seat = &mut self.seats[sender];
            (seat.read, seat.base) = (said, said);
        }
        self.ready.extend(0..self.seats.len());
    }

    /// Those who may say something again, since the last time that this was asked.
    pub(super) fn take_ready(&mut self, into: &mut Vec<usize>) {
        into.append(&mut self.ready);
    }

    /// Time goes on.
    pub(super) fn turn(&mut self, now: Duration) {
        self.times.course.turn(now);
    }

    /// How many messages, altered ones too, and acknowledgements have come.
    pub(super) const fn progress(&self) -> u64 {
        self.counts.heard + self.counts.acknowledged + self.counts.anonymous + self.altered
    }

    /// When a message or an acknowledgement last came, but for the answers to who asked whether the server still answers.
    pub(super) const fn heard_at(&self) -> Duration {
        self.heard_at
    }

    /// Whether nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.outstanding == 0
    }

    pub(super) fn is_open(&self, who: usize) -> bool {
        self.seats[who].is_open
    }

    /// Whether everybody is gone.
    pub(super) fn is_deserted(&self) -> bool {
        self.open == 0
    }

    /// Messages and acknowledgements that must still come.
    pub(super) fn outstanding(&mut self) -> u64 {
        if std::mem::take(&mut self.is_stale) {
            let pairs = self.pairs();
            self.outstanding = pairs
                .map(|(hearer, sender)| self.ledger.lacks(hearer, sender))
                .sum();
        }
        self.outstanding + self.unacknowledged().map(|(_, count)| count).sum::<u64>()
    }

    /// All pairs that are connected and of whom the one must hear the other.
    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let open = |who: &usize| self.seats[*who].is_open;
        let all = move || (0..self.seats.len()).filter(open);
        let subject = self.subject;
        all()
            .flat_map(move |hearer| all().map(move |sender| (hearer, sender)))
            .filter(move |(hearer, sender)| subject.must_hear(*hearer, *sender))
    }

    /// Those who lack acknowledgements, and how many.
    fn unacknowledged(&self) -> impl Iterator<Item = (usize, u64)> {
        let seats = self.seats.iter().enumerate();
        seats
            .filter(|(_, seat)| self.subject.acknowledged && seat.is_open)
            .map(|(who, seat)| (who, u64::from(self.ledger.said(who) - seat.acknowledged)))
            .filter(|(_, count)| *count > 0)
    }

    fn name(&self, who: usize) -> String {
        String::from_utf8_lossy(&self.crowd.nick(who)).into_owned()
    }

    fn break_at(&mut self, broken: Broken, hearer: usize, now: Duration, found: &[u8]) {
        let example = Example {
            at: now,
            hearer: Some(self.name(hearer)),
            found: found.to_vec(),
            ..Example::default()
        };
        self.broken(broken, 1, example);
    }

    fn break_message(
        &mut self,
        broken: Broken,
        hearer: usize,
        mark: Mark,
        now: Duration,
        found: &[u8],
    ) {
        let is_shown = self
            .violations
            .get(&broken)
            .is_none_or(|(_, all)| all.len() < EXAMPLES);
        let example = match is_shown {
            true => Example {
                at: now,
                hearer: Some(self.name(hearer)),
                found: found.to_vec(),
                ..self.of_message(mark)
            },
            false => Example::default(),
        };
        self.broken(broken, 1, example);
    }

    fn of_message(&self, mark: Mark) -> Example {
        Example {
            sender: Some(self.name(mark.sender)),
            number: Some(u64::from(mark.number) + 1),
            expected: self.crowd.text(mark),
            ..Example::default()
        }
    }

    fn broken(&mut self, broken: Broken, count: u64, example: Example) {
        let (all, examples) = self.violations.entry(broken).or_default();
        *all += count;
        if examples.len() < EXAMPLES {
            examples.push(example);
        }
    }

    /// The end: what has not come is lost, unless the server fell silent or was still at it.
    pub(super) fn finish(mut self, ending: Ending, now: Duration) -> Total {
        let waits_for_all = matches!(ending, Ending::Complete | Ending::AllClosed);
        let outstanding = self.outstanding();
        let pending = match ending {
            Ending::Silent(_) => Some(Broken::Silent),
            Ending::Deadline => Some(Broken::Unfinished),
            _ => None,
        };
        if let Some(broken) = pending {
            let example = Example {
                at: now,
                ..Example::default()
            };
            self.broken(broken, outstanding, example);
        }
        self.lost(waits_for_all, now);
        if waits_for_all {
            let lacking: Vec<_> = self.unacknowledged().collect();
            for (who, count) in lacking {
                let example = Example {
                    at: now,
                    sender: Some(self.name(who)),
                    count: Some(count),
                    ..Example::default()
                };
                self.broken(Broken::Unacknowledged, count, example);
            }
        }
        let violations = self.violations.into_iter();
        Total {
            counts: self.counts,
            violations: violations
                .map(|(broken, (count, examples))| Violation {
                    broken,
                    count,
                    examples,
                })
                .collect(),
            waited: self.times.waited,
            delivery: self.times.delivery,
            acknowledgement: self.times.acknowledgement,
            course: self.times.course,
        }
    }

    /// What never came: all that is missing, or only what was overtaken.
    fn lost(&mut self, to_the_end: bool, now: Duration) {
        let mut all = 0;
        let mut first: Vec<(Mark, usize, u64)> = Vec::new();
        for (hearer, sender) in self.pairs() {
            let lacks = match to_the_end {
                true => self.ledger.lacks(hearer, sender),
                false => self.ledger.overtaken(hearer, sender),
            };
            all += lacks;
            if let Some(missing) = self.ledger.missing(hearer, sender).filter(|_| lacks > 0) {
                // One example for each message, the earliest messages first.
                if first.iter().all(|(mark, ..)| *mark != missing.first) {
                    first.push((missing.first, missing.hearer, lacks));
                    first.sort_by_key(|(mark, ..)| (mark.number, mark.sender));
                    first.truncate(EXAMPLES);
                }
            }
        }
        if all == 0 {
            return;
        }
        for (mark, hearer, count) in first {
            let hearers = || self.pairs().filter(|(_, sender)| *sender == mark.sender);
            let lacking = hearers().filter(|(hearer, _)| self.ledger.lacks_message(*hearer, mark));
            let example = Example {
                at: now,
                hearer: Some(self.name(hearer)),
                count: Some(count),
                lacking: Some((lacking.count(), hearers().count())),
                ..self.of_message(mark)
            };
            self.broken(Broken::Lost, 0, example);
        }
        if let Some((count, _)) = self.violations.get_mut(&Broken::Lost) {
            *count = all;
        }
    }
}

#[cfg(test)]
#[path = "tally_tests.rs"]
mod tests;
