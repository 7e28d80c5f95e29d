//! The report in the Test Anything Protocol, version 14 or 13: the body is valid in both, only the first line differs.
//!
//! ```text
//! not ok 3 - basic/broadcast A message reaches everyone else, once
//!   ---
//!   message: "bia got the message without its end"
//!   ...
//! ```
//!
//! What is no `must` and failed is a `TODO`, which does not fail the run; what does not apply is skipped. Scenarios that were
//! not begun are planned and missing, so a run that was cut short is no success.

use std::fmt::Write as _;

use protocol::dialect::Level;
use protocol::lang::Lang;
use protocol::quote::{quote_capped, visible};

use super::account::in_one_line;
use super::{Outcome, Report, words};
use crate::verdict::{Finding, Verdict};

/// The most notes on the whole run.
const MOST_REMARKS: usize = 20;

/// The version that the first line declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// As `prove` reads it.
    V13,
    /// The current one.
    V14,
}

/// The whole report as TAP.
#[must_use]
pub fn render(report: &Report, version: Version, lang: Lang) -> String {
    let number = match version {
        Version::V13 => 13,
        Version::V14 => 14,
    };
    let planned = report.outcomes.len() as u64 + u64::from(report.not_run);
    let mut tap = Tap(String::new());
    tap.line(0, &format!("TAP version {number}"));
    tap.line(
        0,
        &match planned {
            0 => format!(
                "1..0 # SKIP {}",
                lang.pick(["nenhum cenário", "no scenario"])
            ),
            planned => format!("1..{planned}"),
        },
    );
    tap.line(
        0,
        &format!("# {}", escaped(&words::grade(report.grade(), lang))),
    );
    for remark in report.remarks.iter().take(MOST_REMARKS) {
        // One line each, whatever a server made it say.
        let words = visible(remark.words.of(lang));
        tap.line(0, &format!("# {}", escaped(&words)));
    }
    for (at, outcome) in report.outcomes.iter().enumerate() {
        point(&mut tap, at + 1, outcome, report.strict, lang);
    }
    tap.0
}

struct Tap(String);

impl Tap {
    fn line(&mut self, indent: usize, text: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "{:indent$}{text}", "");
    }

    /// A field of the YAML block. A JSON string is a YAML string too.
    fn field(&mut self, indent: usize, name: &str, text: &str) {
        let text = serde_json::to_string(text).unwrap_or_default();
        self.line(indent, &format!("{name}: {text}"));
    }
}

fn point(tap: &mut Tap, number: usize, outcome: &Outcome, strict: bool, lang: Lang) {
    let is_bad = match outcome.verdict {
        Verdict::Pass | Verdict::NotApplicable => false,
        Verdict::Warn => strict,
        Verdict::Fail | Verdict::Blocked | Verdict::Error => true,
    };
    let reason = in_one_line(outcome, lang).unwrap_or_default();
    let directive = match outcome.verdict {
        Verdict::NotApplicable => format!(" # SKIP {}", escaped(&reason)),
        _ if is_bad && outcome.level != Level::Must => {
            format!(" # TODO {}", lang.pick(words::level(outcome.level)))
        }
        _ => String::new(),
    };
    let ok = if is_bad { "not ok" } else { "ok" };
    let description = format!(
        "{} {}",
        visible(&outcome.id),
        visible(outcome.title.of(lang))
    );
    tap.line(
        0,
        &format!("{ok} {number} - {}{directive}", escaped(&description)),
    );
    if outcome.verdict != Verdict::NotApplicable {
        diagnostics(tap, outcome, &reason, strict);
    }
}

fn diagnostics(tap: &mut Tap, outcome: &Outcome, reason: &str, strict: bool) {
    tap.line(2, "---");
    if !reason.is_empty() {
        tap.field(2, "message", reason);
    }
    tap.field(2, "severity", outcome.verdict.id());
    tap.field(2, "level", outcome.level.id());
    tap.line(2, &format!("points: {}", outcome.earned(strict)));
    tap.line(
        2,
        &format!("possible: {}", outcome.verdict.at_stake(outcome.points)),
    );
    tap.line(2, "at:");
    tap.field(4, "file", &visible(&outcome.file));
    tap.line(4, &format!("line: {}", outcome.line));
    if let Some(finding) = outcome.findings.first() {
        found(tap, finding);
    }
    if outcome.verdict != Verdict::Pass {
        tap.field(2, "spec", &visible(&outcome.passage.spec));
        tap.field(2, "rerun", &visible(&outcome.rerun));
    }
    tap.line(2, "...");
}

/// Of each value, so many bytes are shown.
const MOST_BYTES: usize = 1024;

fn found(tap: &mut Tap, finding: &Finding) {
    tap.field(2, "kind", finding.kind.id());
    let shown = |bytes: &[u8]| quote_capped(bytes, MOST_BYTES).to_string();
    if let Some(wanted) = finding.expected.get(finding.nearest) {
        tap.field(2, "wanted", &shown(&wanted.bytes));
    }
    tap.field(2, "found", &shown(&finding.received));
}

/// Keeps `#` and `\` from being read as a directive or an escape.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('#', "\\#")
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn every_variant_in_both_languages() {
        for lang in Lang::ALL {
            insta::assert_snapshot!(
                format!("{lang}"),
                render(&fixture::report(), Version::V14, lang)
            );
        }
    }

    #[test]
    fn only_the_first_line_tells_the_versions_apart() {
        let render = |version| render(&fixture::report(), version, Lang::En);
        let rest = |text: String| text.split_once('\n').map(|(_, rest)| rest.to_owned());
        assert!(render(Version::V13).starts_with("TAP version 13\n"));
        assert_eq!(rest(render(Version::V13)), rest(render(Version::V14)));
    }

    #[test]
    fn nothing_selected_is_a_plan_of_nothing() {
        let mut report = fixture::report();
        report.outcomes.clear();
        report.not_run = 0;
        let tap = render(&report, Version::V14, Lang::En);
        assert!(tap.contains("\n1..0 # SKIP no scenario\n"), "{tap}");
    }

    #[test]
    fn no_line_of_it_comes_from_a_server() {
        let tap = render(&fixture::report(), Version::V14, Lang::En);
        assert!(!tap.chars().any(|c| c.is_control() && c != '\n'));
        let points = tap
            .lines()
            .filter(|line| line.starts_with("ok ") || line.starts_with("not ok "));
        assert_eq!(points.count(), fixture::report().outcomes.len());
    }
}
