//! Where the points went: failures with the same lesson belong together, the dearest first.
//!
//! One bug fails many scenarios; whoever reads this knows which one to fix first.

use protocol::lang::Lang;

use super::explain::headline;
use super::{Outcome, Report};
use crate::lesson::Lesson;
use crate::verdict::{Finding, Verdict};

/// All failures with one lesson.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cause<'a> {
    /// Points that they cost.
    pub(crate) lost: u32,
    /// The lesson of their decisive finding.
    pub(crate) lesson: &'static Lesson,
    /// The failures, in the order of the run.
    pub(crate) outcomes: Vec<&'a Outcome>,
}

/// The causes of a run's failures.
pub(crate) fn causes(report: &Report) -> Vec<Cause<'_>> {
    let mut causes: Vec<Cause<'_>> = Vec::new();
    for (outcome, finding) in report.outcomes.iter().filter_map(decisive) {
        let known = causes
            .iter()
            .position(|cause| cause.lesson.id == finding.lesson.id);
        let at = known.unwrap_or(causes.len());
        if known.is_none() {
            causes.push(Cause {
                lost: 0,
                lesson: finding.lesson,
                outcomes: Vec::new(),
            });
        }
        if let Some(cause) = causes.get_mut(at) {
            cause.lost = cause.lost.saturating_add(outcome.points);
            cause.outcomes.push(outcome);
        }
    }
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.lost));
    causes
}

fn decisive(outcome: &Outcome) -> Option<(&Outcome, &Finding)> {
    let finding = outcome.findings.first()?;
    (outcome.verdict == Verdict::Fail).then_some((outcome, finding))
}

impl Cause<'_> {
    /// What happened in the first of them; safe to show.
    pub(crate) fn what(&self, lang: Lang) -> String {
        let first = self.outcomes.first().copied().and_then(decisive);
        first.map_or_else(String::new, |(outcome, finding)| {
            headline(outcome, finding, lang)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn failures_with_one_lesson_are_one_cause_and_the_dearest_is_first() {
        let mut report = fixture::report();
        let again = report.outcomes[2].clone();
        report.outcomes.extend([again.clone(), again]);
        let found: Vec<(u32, &str, usize)> = causes(&report)
            .iter()
            .map(|cause| (cause.lost, cause.lesson.id, cause.outcomes.len()))
            .collect();
        let expected = [
            (30, "truncated", 3),
            (20, "deadlock-at-departure", 1),
            (10, "echo-to-the-sender", 1),
            (10, "crash", 1),
        ];
        assert_eq!(found, expected);
    }
}
