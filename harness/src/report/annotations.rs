//! The worst failures as annotations of a GitHub workflow, beside the scenario that found them.
//!
//! ```text
//! ::error title=83/100 points::7 of 24 scenarios failed, 6 are shown
//! ::error file=scenarios/basic/broadcast.chat,line=4,title=basic/broadcast (0/10)::bia got the message without its end
//! ```
//!
//! GitHub shows ten errors and ten warnings of a step and drops the rest without a word, so the total comes first and the
//! dearest follow.

use protocol::dialect::Level;
use protocol::lang::Lang;
use protocol::quote::visible;

use super::account::in_one_line;
use super::{Outcome, Report, words};
use crate::verdict::Verdict;

/// What GitHub shows of each kind; the total is one of the errors.
const MOST_OF_A_KIND: usize = 10;

/// Workflow commands, a line each.
#[must_use]
pub fn render(report: &Report, lang: Lang) -> String {
    let errors = dearest(report, is_error);
    let warnings = dearest(report, is_warning);
    let shown = errors.len().min(MOST_OF_A_KIND - 1);
    let mut text = total(report, errors.len(), shown, lang);
    for outcome in errors.iter().take(shown) {
        text.push_str(&annotation("error", outcome, report.strict, lang));
    }
    for outcome in warnings.iter().take(MOST_OF_A_KIND) {
        text.push_str(&annotation("warning", outcome, report.strict, lang));
    }
    for remark in report.remarks.iter().take(MOST_OF_A_KIND) {
        let words = data(&visible(remark.words.of(lang)));
        text.push_str(&format!("::notice::{words}\n"));
    }
    text
}

/// Text in which a workflow obeys no command, for everything else that a step prints. `token` must be a word that nobody can
/// foresee.
#[must_use]
pub fn guarded(text: &str, token: &str) -> String {
    let newline = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    format!("::stop-commands::{token}\n{text}{newline}::{token}::\n")
}

/// What decides the run.
fn is_error(outcome: &Outcome, strict: bool) -> bool {
    outcome.level == Level::Must && is_bad(outcome, strict)
}

/// What is only to be known.
fn is_warning(outcome: &Outcome, strict: bool) -> bool {
    let is_bad = is_bad(outcome, strict);
    (outcome.verdict == Verdict::Warn || is_bad) && !is_error(outcome, strict)
}

fn is_bad(outcome: &Outcome, strict: bool) -> bool {
    match outcome.verdict {
        Verdict::Fail | Verdict::Blocked | Verdict::Error => true,
        Verdict::Warn => strict,
        Verdict::Pass | Verdict::NotApplicable => false,
    }
}

fn dearest(report: &Report, wanted: impl Fn(&Outcome, bool) -> bool) -> Vec<&Outcome> {
    let all = report.outcomes.iter();
    let mut chosen: Vec<&Outcome> = all
        .filter(|outcome| wanted(outcome, report.strict))
        .collect();
    chosen.sort_by_key(|outcome| std::cmp::Reverse(outcome.points));
    chosen
}

fn total(report: &Report, failed: usize, shown: usize, lang: Lang) -> String {
    let kind = if failed > 0 { "error" } else { "notice" };
    let all = report.outcomes.len();
    let message = match lang {
        Lang::PtBr => format!(
            "cenários obrigatórios que falharam: {failed} de {all} cenários; mostrados: {shown}"
        ),
        Lang::En => {
            format!("required scenarios that failed: {failed} of {all} scenarios; shown: {shown}")
        }
    };
    let title = property(&words::grade(report.grade(), lang));
    format!("::{kind} title={title}::{}\n", data(&message))
}

fn annotation(kind: &str, outcome: &Outcome, strict: bool, lang: Lang) -> String {
    let file = property(&visible(&outcome.file));
    let id = visible(&outcome.id);
    let title = property(&format!("{id} ({})", words::points(outcome, strict)));
    let what = in_one_line(outcome, lang).unwrap_or_default();
    let message = format!(
        "{}\n{what}\n{}",
        visible(outcome.title.of(lang)),
        visible(&outcome.rerun)
    );
    let line = outcome.line;
    format!(
        "::{kind} file={file},line={line},title={title}::{}\n",
        data(&message)
    )
}

/// Text for the message of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Text for a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
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
    fn never_more_than_github_shows() {
        let mut report = fixture::report();
        let outcomes = report.outcomes.clone();
        report.outcomes = std::iter::repeat_n(outcomes, 20).flatten().collect();
        let text = render(&report, Lang::En);
        let of_kind = |kind: &str| text.lines().filter(|line| line.starts_with(kind)).count();
        assert_eq!(of_kind("::error "), 10);
        assert_eq!(of_kind("::warning "), 10);
        assert_eq!(of_kind("::notice"), report.remarks.len());
        assert_eq!(text.lines().count(), 20 + report.remarks.len());
        assert!(
            text.starts_with("::error ") && text.contains("shown: 9"),
            "{text}"
        );
    }

    #[test]
    fn a_text_can_neither_end_a_command_nor_begin_one() {
        assert_eq!(property("a:b,c%\r\n"), "a%3Ab%2Cc%25%0D%0A");
        assert_eq!(
            guarded("::error::x", "t0k"),
            "::stop-commands::t0k\n::error::x\n::t0k::\n"
        );
    }
}
