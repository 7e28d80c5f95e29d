//! The result of a load: the frontier between measuring and showing. Every report is a pure function of it.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::subject::Subject;
use super::timing::{Latency, Slice};
use crate::report::{Remark, Target, Words};
use crate::stop::Why;

/// The most examples that are kept of each kind of violation.
pub const EXAMPLES: usize = 3;

/// How the messages came to be sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// So many messages per second, at scheduled times, however fast the server is.
    Open {
        /// Messages per second, all clients together.
        rate: f64,
    },
    /// Each client keeps so many messages under way, as fast as the server delivers them.
    Closed {
        /// Messages of one client under way.
        window: usize,
    },
}

/// What must never happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Broken {
    /// A client was not let in.
    NotLetIn,
    /// The server closed a connection.
    Closed,
    /// The server stopped delivering while messages were under way.
    Silent,
    /// The server was still sending when the run's time was over.
    Unfinished,
    /// A message never came.
    Lost,
    /// A message came twice.
    Twice,
    /// A message came after one that its sender sent later.
    Order,
    /// A message came changed.
    Altered,
    /// A message came under another's name.
    WrongSender,
    /// A message came to a client that should not have it.
    WrongHearer,
    /// An acknowledgement is missing.
    Unacknowledged,
    /// There are more acknowledgements than messages.
    AcknowledgedTwice,
    /// A correct message was refused.
    Refused,
    /// Bytes came that the dialect does not know.
    Strange,
}

impl Broken {
    /// Every one, gravest first.
    pub const ALL: [Self; 14] = [
        Self::NotLetIn,
        Self::Closed,
        Self::Silent,
        Self::Unfinished,
        Self::Lost,
        Self::Twice,
        Self::Order,
        Self::Altered,
        Self::WrongSender,
        Self::WrongHearer,
        Self::Unacknowledged,
        Self::AcknowledgedTwice,
        Self::Refused,
        Self::Strange,
    ];

    /// Its name in files.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::NotLetIn => "not-let-in",
            Self::Closed => "closed",
            Self::Silent => "silent",
            Self::Unfinished => "unfinished",
            Self::Lost => "lost",
            Self::Twice => "twice",
            Self::Order => "order",
            Self::Altered => "altered",
            Self::WrongSender => "wrong-sender",
            Self::WrongHearer => "wrong-hearer",
            Self::Unacknowledged => "unacknowledged",
            Self::AcknowledgedTwice => "acknowledged-twice",
            Self::Refused => "refused",
            Self::Strange => "strange",
        }
    }
}

/// One case of a violation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Example {
    /// When it showed, from the start of the load.
    pub at: Duration,
    /// Who got it, or did not.
    pub hearer: Option<String>,
    /// Whose message it is.
    pub sender: Option<String>,
    /// Which of its sender's messages, from 1.
    pub number: Option<u64>,
    /// How many messages in all are like it, for the same hearer and sender.
    pub count: Option<u64>,
    /// How many of those who must hear it lack it, and how many there are.
    pub lacking: Option<(usize, usize)>,
    /// The bytes that should have come.
    pub expected: Vec<u8>,
    /// The bytes that came.
    pub found: Vec<u8>,
    /// What the system said of the connection.
    pub why: Option<String>,
}

/// What must never happen, and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What it is.
    pub broken: Broken,
    /// How often.
    pub count: u64,
    /// The first cases.
    pub examples: Vec<Example>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Everything was sent, and all that must come came, or did not come in all the time it had.
    Complete,
    /// No client could be let in, or not all.
    NotJoined,
    /// The server delivered nothing for so long, while messages were under way.
    Silent(Duration),
    /// The server closed every connection.
    AllClosed,
    /// The server was still sending when the run's time was over.
    Deadline,
    /// Somebody ended the load before its time.
    Interrupted,
}

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Clients that were let in.
    pub joined: usize,
    /// Messages that clients sent.
    pub sent: u64,
    /// Those of them that were sent when nothing came any more, to ask whether the server still answers. They are not timed.
    pub asked: u64,
    /// Messages that were due by the schedule, and those that asked; with a window, those that were sent.
    pub due: u64,
    /// Messages that had to come, each counted once for each client that must get it.
    pub expected: u64,
    /// Those that came, each compared byte by byte.
    pub heard: u64,
    /// Those of them that were messages that asked.
    pub answered: u64,
    /// Acknowledgements.
    pub acknowledged: u64,
    /// Replies that do not show which message they answer.
    pub anonymous: u64,
    /// Notices, and messages of clients that are not ours.
    pub aside: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Bytes received.
    pub bytes_heard: u64,
}

/// What a load comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing happened that must never happen.
    Pass,
    /// Something did.
    Fail,
    /// Nothing did until somebody ended it.
    Interrupted,
}

impl Verdict {
    /// Its name in files.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Interrupted => "interrupted",
        }
    }

    /// The sign in front of it.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Pass => "✓",
            Self::Fail => "✗",
            Self::Interrupted => "!",
        }
    }
}

/// The result of a load. See the module's documentation.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The version of the harness.
    pub version: String,
    /// The dialect's name.
    pub dialect: String,
    /// What it is.
    pub dialect_title: Words,
    /// The server.
    pub target: Target,
    /// How many clients there were meant to be.
    pub clients: usize,
    /// How messages came to be sent.
    pub pace: Pace,
    /// For how long messages were meant to be sent.
    pub length: Duration,
    /// Bytes of a text.
    pub size: RangeInclusive<usize>,
    /// What decided names and texts.
    pub seed: u64,
    /// Clients beside these that came in and read nothing.
    pub stalled: usize,
    /// Whether so much was left unread that the server had to deal with it.
    pub stalled_felt: bool,
    /// What was checked.
    pub subject: Subject,
    /// How it ended.
    pub ending: Ending,
    /// From the first message sent to the last.
    pub sending: Duration,
    /// From the first message sent to the last one heard, but for those that asked whether the server still answers.
    pub elapsed: Duration,
    /// What was counted.
    pub counts: Counts,
    /// From when a message should be sent until it was: what the load itself waited.
    pub waited: Option<Latency>,
    /// From when a message should be sent until a client had it.
    pub delivery: Option<Latency>,
    /// From when a message should be sent until its sender had the acknowledgement.
    pub acknowledgement: Option<Latency>,
    /// How it went over time: the length of a slice, and the slices.
    pub every: Duration,
    /// The slices.
    pub slices: Vec<Slice>,
    /// What must never happen and did, gravest first.
    pub violations: Vec<Violation>,
    /// Who ended it, where somebody did.
    pub interrupted: Option<Why>,
    /// What is to be said of the server beside: how its messages end, what it left behind.
    pub remarks: Vec<Remark>,
    /// The last lines that the server printed, where we started it and something is wrong.
    pub output: Option<String>,
}

impl Outcome {
    /// Whether nothing happened that must never happen.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.violations.is_empty()
    }

    /// Whether it is said to have passed: nothing broke, and nobody ended it before its time.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match (self.passed(), self.ending) {
            (false, _) => Verdict::Fail,
            (true, Ending::Interrupted) => Verdict::Interrupted,
            (true, _) => Verdict::Pass,
        }
    }

    /// Whether the server took the messages as fast as they were scheduled: all but one in a hundred were sent.
    #[must_use]
    pub fn kept_up(&self) -> bool {
        self.counts.sent * 100 >= self.counts.due * 99
    }

    /// Messages sent per second.
    #[must_use]
    pub fn sent_rate(&self) -> f64 {
        per_second(self.counts.sent - self.counts.asked, self.sending)
    }

    /// Deliveries checked per second.
    #[must_use]
    pub fn heard_rate(&self) -> f64 {
        per_second(self.counts.heard - self.counts.answered, self.elapsed)
    }
}

fn per_second(count: u64, time: Duration) -> f64 {
    match time.is_zero() {
        true => 0.0,
        false => count as f64 / time.as_secs_f64(),
    }
}
