//! The report for Classroom 50: `result.json`. Points are integers there, and fields that it does not know are kept, so
//! each test carries its verdict, the passage and the reason.

use protocol::lang::Lang;
use protocol::quote::visible;
use serde::Serialize;

use super::account::in_one_line;
use super::{Outcome, Report, markup};
use crate::verdict::Verdict;

/// Which submission this is, as the platform's environment says: `CLASSROOM`, `ASSIGNMENT`, `SUBMISSION_TAG`, `COMMIT_URL`,
/// `RELEASE_URL`, `REVIEW_URL`. A result with another identity is rejected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    /// The course.
    pub classroom: String,
    /// The assignment.
    pub assignment: String,
    /// The tag of the submission: `submit/2026-06-01T14-32-05Z-a1b2c3d`.
    pub submission: String,
    /// Where its commit is.
    pub commit: String,
    /// Where its release is.
    pub release: String,
    /// Where it is reviewed; empty: at its commit.
    pub review: String,
}

impl Identity {
    /// The identity that the environment gives. `variable` gives the value of an environment variable, as
    /// `|name| std::env::var(name).ok()` does; what is not set is empty.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let value = |name| variable(name).unwrap_or_default();
        Self {
            classroom: value("CLASSROOM"),
            assignment: value("ASSIGNMENT"),
            submission: value("SUBMISSION_TAG"),
            commit: value("COMMIT_URL"),
            release: value("RELEASE_URL"),
            review: value("REVIEW_URL"),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Wire<'a> {
    schema: &'static str,
    classroom: &'a str,
    assignment: &'a str,
    submission: &'a str,
    commit: &'a str,
    release: &'a str,
    review: &'a str,
    datetime: &'a str,
    score: u32,
    max_score: u32,
    tests: Vec<WireTest>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct WireTest {
    test_name: String,
    passed: bool,
    score: u32,
    max_score: u32,
    verdict: &'static str,
    level: &'static str,
    title: String,
    spec: String,
    reason: Option<String>,
}

/// The whole report as `result.json`.
#[must_use]
pub fn render(report: &Report, identity: &Identity, lang: Lang) -> String {
    let grade = report.grade();
    let review = match identity.review.as_str() {
        "" => &identity.commit,
        review => review,
    };
    let wire = Wire {
        schema: "classroom50/result/v1",
        classroom: &identity.classroom,
        assignment: &identity.assignment,
        submission: &identity.submission,
        commit: &identity.commit,
        release: &identity.release,
        review,
        datetime: &report.began,
        score: grade.earned,
        max_score: grade.possible,
        tests: report
            .outcomes
            .iter()
            .map(|outcome| test(outcome, report.strict, lang))
            .collect(),
    };
    markup::json(&wire)
}

fn test(outcome: &Outcome, strict: bool, lang: Lang) -> WireTest {
    let passed = match outcome.verdict {
        Verdict::Pass | Verdict::NotApplicable => true,
        Verdict::Warn => !strict,
        Verdict::Fail | Verdict::Blocked | Verdict::Error => false,
    };
    WireTest {
        test_name: visible(&outcome.id),
        passed,
        score: outcome.earned(strict),
        max_score: outcome.verdict.at_stake(outcome.points),
        verdict: outcome.verdict.id(),
        level: outcome.level.id(),
        title: visible(outcome.title.of(lang)),
        spec: visible(&outcome.passage.spec),
        reason: in_one_line(outcome, lang),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn identity() -> Identity {
        Identity::from_environment(|name| match name {
            "REVIEW_URL" => None,
            name => Some(format!("the {name}")),
        })
    }

    #[test]
    fn every_variant_in_both_languages() {
        for lang in Lang::ALL {
            insta::assert_snapshot!(
                format!("{lang}"),
                render(&fixture::report(), &identity(), lang)
            );
        }
    }

    #[test]
    fn the_sums_are_those_of_the_tests() {
        let text = render(&fixture::report(), &identity(), Lang::En);
        let value: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        let tests = value["tests"].as_array().expect("there are tests");
        let sum = |name: &str| {
            tests
                .iter()
                .filter_map(|test| test[name].as_u64())
                .sum::<u64>()
        };
        assert_eq!(value["score"], sum("score"));
        assert_eq!(value["max-score"], sum("max-score"));
        assert_eq!(value["review"], "the COMMIT_URL");
    }
}
