//! The report for Gradescope: `results.json`, one test for each scenario.
//!
//! Points are given by test only, since a total at the top would override their sum. Everything is visible: one hidden test would
//! hide the total from the student.

use protocol::lang::Lang;
use protocol::quote::visible;
use serde::Serialize;

use super::account::account;
use super::{Outcome, Report, markup, words};
use crate::verdict::Verdict;

/// The width of the texts in it.
const WIDTH: usize = 90;

#[derive(Serialize)]
struct Results {
    execution_time: u64,
    output: String,
    output_format: &'static str,
    test_output_format: &'static str,
    test_name_format: &'static str,
    visibility: &'static str,
    stdout_visibility: &'static str,
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Test {
    number: String,
    name: String,
    status: &'static str,
    score: u32,
    max_score: u32,
    output: String,
    tags: Vec<String>,
}

/// The whole report as `results.json`.
#[must_use]
pub fn render(report: &Report, lang: Lang) -> String {
    let mut tests = Vec::new();
    for (major, (topic, outcomes)) in report.by_topic().into_iter().enumerate() {
        for (minor, outcome) in outcomes.into_iter().enumerate() {
            let number = format!("{}.{}", major + 1, minor + 1);
            tests.push(test(number, topic, outcome, report.strict, lang));
        }
    }
    let results = Results {
        // Whole seconds, rounded up: a run never takes none.
        execution_time: report.elapsed.as_secs() + u64::from(report.elapsed.subsec_nanos() > 0),
        output: summary(report, lang),
        output_format: "text",
        test_output_format: "ansi",
        test_name_format: "text",
        visibility: "visible",
        stdout_visibility: "hidden",
        tests,
    };
    markup::json(&results)
}

fn summary(report: &Report, lang: Lang) -> String {
    let mut lines = vec![
        words::grade(report.grade(), lang),
        words::tally(report, lang),
    ];
    lines.extend(
        report
            .remarks
            .iter()
            .map(|remark| visible(remark.words.of(lang))),
    );
    lines.join("\n")
}

fn test(number: String, topic: &str, outcome: &Outcome, strict: bool, lang: Lang) -> Test {
    let max_score = outcome.verdict.at_stake(outcome.points);
    let score = outcome.earned(strict);
    // A status of its own, always: left out, it would be guessed from the points, and 0 of 0 passes.
    let is_good = match outcome.verdict {
        Verdict::Pass | Verdict::NotApplicable => true,
        Verdict::Warn => !strict,
        Verdict::Fail | Verdict::Blocked | Verdict::Error => false,
    };
    let mut name = format!(
        "{}: {}",
        visible(&outcome.id),
        visible(outcome.title.of(lang))
    );
    if outcome.verdict == Verdict::NotApplicable {
        name = format!("{name} ({})", lang.pick(words::verdict(outcome.verdict)));
    }
    let topic = Some(visible(topic)).filter(|topic| !topic.is_empty());
    let level = outcome.level.id().to_owned();
    Test {
        number,
        name,
        status: if is_good { "passed" } else { "failed" },
        score,
        max_score,
        output: account(outcome, lang, WIDTH).render(true),
        tags: topic.into_iter().chain([level]).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn parsed(lang: Lang) -> serde_json::Value {
        serde_json::from_str(&render(&fixture::report(), lang)).expect("it is JSON")
    }

    #[test]
    fn it_is_written_as_it_always_was() {
        for lang in Lang::ALL {
            insta::assert_snapshot!(format!("{lang}"), render(&fixture::short_report(), lang));
        }
    }

    #[test]
    fn every_test_says_its_status_and_nobody_sets_the_total() {
        let results = parsed(Lang::En);
        assert!(results.get("score").is_none());
        let tests = results["tests"].as_array().expect("there are tests");
        assert_eq!(tests.len(), fixture::report().outcomes.len());
        for test in tests {
            let status = test["status"].as_str();
            assert!(matches!(status, Some("passed" | "failed")), "{test}");
            assert!(test.get("visibility").is_none(), "{test}");
        }
    }

    #[test]
    fn no_escape_but_our_own_colours() {
        for test in parsed(Lang::PtBr)["tests"]
            .as_array()
            .expect("there are tests")
        {
            let output = test["output"].as_str().expect("it has a text");
            let plain = anstream::adapter::strip_str(output).to_string();
            assert!(!plain.chars().any(|c| c.is_control() && c != '\n'));
            assert!(!output.contains("\u{1b}[2J") && !output.contains("\u{1b}]"));
        }
    }
}
