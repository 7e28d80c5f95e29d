//! Verdicts: what a scenario's outcome means for the grade. Pure values; they know no socket and no clock.

use std::fmt;
use std::time::Duration;

use protocol::matching::Standing;
use protocol::message::ReplyKind;
use protocol::quote::{Quoted, quote_capped};

use crate::transcript::{ClientId, Player};

/// Whose fault it is stands in the type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Everything asked was there.
    Pass,
    /// Right, but not to the letter; or a `should` inside the scenario was missed.
    Warn,
    /// The server did not do what was asked.
    Fail,
    /// The dialect lacks something that the scenario needs; the server has no part in it.
    NotApplicable,
    /// The server died earlier, or cannot be reached.
    Blocked,
    /// We could not do our job; it never changes a grade silently.
    Error,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 6] = [
        Self::Pass,
        Self::Warn,
        Self::Fail,
        Self::NotApplicable,
        Self::Blocked,
        Self::Error,
    ];

    /// The identifier in files: `pass`, `warn`, `fail`, `not-applicable`, `blocked`, `error`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::NotApplicable => "not-applicable",
            Self::Blocked => "blocked",
            Self::Error => "error",
        }
    }

    /// The points that it earns of those at stake. Pass and warn earn all, but a strict run gives nothing for a warn.
    #[must_use]
    pub const fn earned(self, points: u32, strict: bool) -> u32 {
        match self {
            Self::Pass => points,
            Self::Warn if !strict => points,
            _ => 0,
        }
    }

    /// The points that it puts at stake: none where the scenario does not apply.
    #[must_use]
    pub const fn at_stake(self, points: u32) -> u32 {
        match self {
            Self::NotApplicable => 0,
            _ => points,
        }
    }

    /// Whether a grade with it is incomplete: something could not be judged.
    #[must_use]
    pub const fn leaves_grade_incomplete(self) -> bool {
        matches!(self, Self::Blocked | Self::Error)
    }
}

/// What kind of thing went wrong: a closed set, which reports print as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FindingKind {
    /// Other bytes than expected.
    Mismatch,
    /// Nothing, or not all of it, came in time.
    Timeout,
    /// Something came that nothing explains.
    UnexpectedData,
    /// The server ended a connection that should have stayed.
    Disconnected,
    /// The server left a connection open that it should have ended.
    StillConnected,
    /// The server died.
    ServerCrashed,
    /// The server could not be reached.
    TargetUnreachable,
    /// The scenario's own time was up.
    Deadline,
}

impl FindingKind {
    /// The identifier in files.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Mismatch => "mismatch",
            Self::Timeout => "timeout",
            Self::UnexpectedData => "unexpected-data",
            Self::Disconnected => "disconnected",
            Self::StillConnected => "still-connected",
            Self::ServerCrashed => "server-crashed",
            Self::TargetUnreachable => "target-unreachable",
            Self::Deadline => "deadline",
        }
    }
}

/// One form of what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedForm {
    /// Its bytes, free holes as `{name}`.
    pub bytes: Vec<u8>,
    /// Whether it is the document's form, accepted as equal, or tolerated.
    pub standing: Standing,
}

/// Where a finding was made: a line of the scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepAt {
    /// The file, as the user named it.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// The step as written: `bia hears ana "Bom dia!"`.
    pub text: String,
}

/// A value for a place in a lesson's words. Reports put it into their readers' language; shown as it is, it is the same in every
/// language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// What has no language: bytes, numbers, names.
    Text(String),
    /// Bytes, of which a sentence shows the beginning.
    Bytes(Vec<u8>),
    /// A client.
    Player(Player),
    /// A client of an earlier scenario, by its identifier.
    PlayerIn(Player, String),
    /// A message of the server.
    Reply(ReplyKind),
    /// A time, in seconds to a tenth.
    Seconds(Duration),
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Bytes(bytes) => in_a_sentence(bytes).fmt(f),
            Self::Player(part) => part.fmt(f),
            Self::PlayerIn(part, scenario) => write!(f, "{part} ({scenario})"),
            Self::Reply(kind) => kind.fmt(f),
            Self::Seconds(time) => write!(f, "{:.1}", time.as_secs_f64()),
        }
    }
}

/// Bytes of a received text that stand in a sentence.
const IN_A_SENTENCE: usize = 80;

/// The beginning of bytes, as it stands in a sentence.
pub(crate) fn in_a_sentence(bytes: &[u8]) -> Quoted<'_> {
    quote_capped(bytes, IN_A_SENTENCE)
}

/// One thing that went wrong, or that was right but not to the letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing it is.
    pub kind: FindingKind,
    /// Whether it only warns.
    pub is_warning: bool,
    /// When it was found, since the scenario began.
    pub at: Duration,
    /// The step that found it; none at the end of the scenario.
    pub step: Option<StepAt>,
    /// The client on whose connection it was found.
    pub client: Option<ClientId>,
    /// What was expected, the document's form first; empty where nothing was.
    pub expected: Vec<ExpectedForm>,
    /// Which of the expected forms agreed longest.
    pub nearest: usize,
    /// The bytes in question, as they came.
    pub received: Vec<u8>,
    /// The first byte of `received` that differs.
    pub differs_at: Option<usize>,
    /// How long was waited.
    pub waited: Duration,
    /// What happened, why it usually happens and what to try: a row of the table of lessons.
    pub lesson: &'static crate::lesson::Lesson,
    /// Values for the places in the lesson's words: `actor`, `bytes`, `after`, `seconds`.
    pub details: Vec<(&'static str, Detail)>,
    /// The last lines that the server printed, if it died and we started it.
    pub server_output: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pass_and_warn_earn_and_a_strict_run_gives_nothing_for_a_warn() {
        for verdict in Verdict::ALL {
            let earns = matches!(verdict, Verdict::Pass | Verdict::Warn);
            assert_eq!(verdict.earned(10, false) == 10, earns, "{verdict:?}");
            assert_eq!(
                verdict.earned(10, true) == 10,
                verdict == Verdict::Pass,
                "{verdict:?}"
            );
            assert_eq!(
                verdict.at_stake(10) == 0,
                verdict == Verdict::NotApplicable,
                "{verdict:?}"
            );
        }
    }
}
