//! The report for continuous integration: JUnit XML, as Jenkins, GitLab and the GitHub actions read it.
//!
//! ```text
//! <testcase name="broadcast" classname="basic" time="2.012" file="scenarios/basic/broadcast.chat" line="4">
//!     <properties><property name="points" value="0"/>…</properties>
//!     <failure message="bia got the message without its end" type="mismatch">…</failure>
//!     <system-out>…</system-out>
//! </testcase>
//! ```
//!
//! A `fail` is a failure, `blocked` and `error` are errors, and what does not apply is skipped, never left out. `file` and
//! `line` are in no schema, but GitHub actions read them.

use protocol::lang::Lang;
use protocol::quote::visible;
use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use super::account::{account, in_one_line};
use super::{Because, Outcome, Report, words};
use crate::verdict::Verdict;

/// The most notes on the whole run.
const MOST_REMARKS: usize = 20;

/// The width of the texts in it.
const WIDTH: usize = 100;

/// The whole report as XML.
#[must_use]
pub fn render(report: &Report, lang: Lang) -> String {
    let mut xml = quick_junit::Report::new("chat-harness");
    xml.timestamp = report.began.parse().ok();
    xml.set_time(report.elapsed);
    for (topic, outcomes) in report.by_topic() {
        xml.add_test_suite(suite(topic, &outcomes, report, lang));
    }
    // Writing to memory cannot fail, and quick-junit escapes whatever XML cannot hold.
    xml.to_string().unwrap_or_default()
}

fn suite(topic: &str, outcomes: &[&Outcome], report: &Report, lang: Lang) -> TestSuite {
    let mut suite = TestSuite::new(class(topic));
    suite.set_time(outcomes.iter().map(|outcome| outcome.elapsed).sum());
    for remark in report.remarks.iter().take(MOST_REMARKS) {
        suite.add_property(Property::new("note", visible(remark.words.of(lang))));
    }
    for outcome in outcomes {
        suite.add_test_case(case(topic, outcome, report, lang));
    }
    suite
}

/// Consumers want a class for every case.
fn class(topic: &str) -> String {
    match topic {
        "" => "scenarios".to_owned(),
        topic => visible(topic),
    }
}

fn case(topic: &str, outcome: &Outcome, report: &Report, lang: Lang) -> TestCase {
    let mut case = TestCase::new(
        visible(outcome.name()),
        status(outcome, report.strict, lang),
    );
    case.set_classname(class(topic));
    case.set_time(outcome.elapsed);
    case.extra
        .insert("file".into(), visible(&outcome.file).into());
    case.extra
        .insert("line".into(), outcome.line.to_string().into());
    let points = outcome.earned(report.strict).to_string();
    let possible = outcome.verdict.at_stake(outcome.points).to_string();
    for (name, value) in [
        ("title", visible(outcome.title.of(lang))),
        ("verdict", outcome.verdict.id().to_owned()),
        ("level", outcome.level.id().to_owned()),
        ("points", points),
        ("possible", possible),
        ("spec", visible(&outcome.passage.spec)),
        ("rerun", visible(&outcome.rerun)),
    ] {
        case.add_property(Property::new(name, value));
    }
    let text = account(outcome, lang, WIDTH).render(false);
    if !text.is_empty() {
        case.set_system_out(text);
    }
    case
}

fn status(outcome: &Outcome, strict: bool, lang: Lang) -> TestCaseStatus {
    let mut status = match outcome.verdict {
        Verdict::Warn if strict => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Pass | Verdict::Warn => return TestCaseStatus::success(),
        Verdict::Fail => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Blocked | Verdict::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
        Verdict::NotApplicable => TestCaseStatus::skipped(),
    };
    if let Some(message) = in_one_line(outcome, lang) {
        status.set_message(message);
    }
    if outcome.verdict != Verdict::NotApplicable {
        status.set_type(kind(outcome));
        let place = format!("{}:{}", visible(&outcome.file), outcome.line);
        let verdict = lang.pick(words::verdict(outcome.verdict));
        status.set_description(format!(
            "{place}: {verdict}: {}",
            visible(outcome.title.of(lang))
        ));
    }
    status
}

/// One of a closed set.
fn kind(outcome: &Outcome) -> &'static str {
    match (outcome.findings.first(), &outcome.because) {
        (Some(finding), _) => finding.kind.id(),
        (None, Some(Because::ServerDiedIn(id))) if id.is_empty() => "target-unreachable",
        (None, Some(Because::ServerDiedIn(_))) => "server-crashed",
        (None, Some(Because::ServesNobodySince(_) | Because::NeverHeard { .. })) => "timeout",
        (None, _) => "harness-error",
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn every_variant_in_both_languages() {
        for lang in Lang::ALL {
            insta::assert_snapshot!(format!("{lang}"), render(&fixture::report(), lang));
        }
    }

    #[test]
    fn no_byte_of_a_server_ends_an_element() {
        let xml = render(&fixture::report(), Lang::En);
        assert!(!xml.contains("<script>"));
        assert!(!xml.contains("]]>"));
        assert!(!xml.chars().any(|c| c.is_control() && c != '\n'));
    }

    #[test]
    fn counts_are_those_of_the_verdicts() {
        let xml = render(&fixture::report(), Lang::En);
        let opening = "tests=\"11\" skipped=\"3\" failures=\"4\" errors=\"2\"";
        assert!(xml.contains(opening), "{xml}");
        let mut strict = fixture::report();
        strict.strict = true;
        let opening = "tests=\"11\" skipped=\"3\" failures=\"5\" errors=\"2\"";
        assert!(render(&strict, Lang::En).contains(opening));
    }
}
