//! The report as Markdown, for the summary of a GitHub job and for a student's release page.
//!
//! ```text
//! ## ✗ 83/100 points
//! | | scenario | level | points |
//! |---|---|---|---:|
//! | ✗ fail | The sender does not hear its own message<br>basic/no-echo | must | 0/10 |
//! ```
//!
//! GitHub drops a summary of more than 1 MiB altogether, so this one ends earlier and says what was cut.

use protocol::lang::Lang;
use protocol::quote::visible;

use super::account::account;
use super::causes::causes;
use super::markup::{html, markdown};
use super::page::cut;
use super::{Outcome, Report, words};
use crate::verdict::Verdict;

/// Bytes of the whole: well under GitHub's 1 MiB, since other steps write into the same summary.
const MOST_BYTES: usize = 900 * 1000;

/// Bytes kept free for saying what was cut.
const RESERVE: usize = 1000;

/// So many notes, and so many columns of identifiers for each cause.
const MOST_REMARKS: usize = 20;
const MOST_IDS: usize = 400;

/// The width of the texts in it.
const WIDTH: usize = 90;

/// The whole report as Markdown.
#[must_use]
pub fn render(report: &Report, lang: Lang) -> String {
    render_within(report, lang, MOST_BYTES)
}

fn render_within(report: &Report, lang: Lang, limit: usize) -> String {
    let mut text = Capped {
        text: String::new(),
        limit: limit.saturating_sub(RESERVE),
    };
    head(&mut text, report, lang);
    table(&mut text, report, lang);
    points_lost(&mut text, report, lang);
    let failed = |verdict| matches!(verdict, Verdict::Fail | Verdict::Error);
    accounts(
        &mut text,
        report,
        words::FAILURES,
        words::EXPLANATIONS,
        failed,
        lang,
    );
    let warned = |verdict| verdict == Verdict::Warn;
    accounts(
        &mut text,
        report,
        words::WARNINGS,
        words::WARNED,
        warned,
        lang,
    );
    text.text
}

/// A text that takes whole pieces as long as they fit.
struct Capped {
    text: String,
    limit: usize,
}

impl Capped {
    /// Whether the piece fitted.
    fn push(&mut self, piece: &str) -> bool {
        let fits = self.text.len() + piece.len() <= self.limit;
        if fits {
            self.text.push_str(piece);
        }
        fits
    }

    /// For the few words that the reserve is for.
    fn push_always(&mut self, piece: &str) {
        self.text.push_str(piece);
    }
}

fn head(text: &mut Capped, report: &Report, lang: Lang) {
    let sign = if report.required_failed() {
        '✗'
    } else {
        '✓'
    };
    let grade = markdown(&words::grade(report.grade(), lang));
    let target = markdown(&words::target(&report.target, lang));
    let dialect = markdown(&visible(&report.dialect));
    let tally = markdown(&words::tally(report, lang));
    let began = markdown(&visible(&report.began));
    let dialect_word = lang.pick(words::DIALECT);
    text.push(&format!(
        "## {sign} {grade}\n\n{tally}\n\n{target} · {dialect_word} {dialect} · {began}\n\n"
    ));
    for remark in report.remarks.iter().take(MOST_REMARKS) {
        let sign = if remark.is_warning { "**!** " } else { "" };
        text.push(&format!(
            "- {sign}{}\n",
            markdown(&visible(remark.words.of(lang)))
        ));
    }
    if let Some(more @ 1..) = report.remarks.len().checked_sub(MOST_REMARKS) {
        let more = words::left_out(more as u64, words::REMARKS, lang);
        text.push(&format!("- {more}\n"));
    }
    text.push("\n");
}

fn table(text: &mut Capped, report: &Report, lang: Lang) {
    if report.outcomes.is_empty() {
        return;
    }
    text.push(&format!(
        "| {} | {} | {} | {} |\n|---|---|---|---:|\n",
        lang.pick(words::VERDICT),
        lang.pick(words::SCENARIO),
        lang.pick(words::LEVEL),
        lang.pick(words::POINTS),
    ));
    let mut left_out = 0;
    for outcome in &report.outcomes {
        let fitted = left_out == 0 && text.push(&row(outcome, report.strict, lang));
        left_out += u64::from(!fitted);
    }
    text.push("\n");
    if left_out > 0 {
        text.push_always(&format!(
            "\n{}\n",
            words::left_out(left_out, words::SCENARIOS, lang)
        ));
    }
}

fn row(outcome: &Outcome, strict: bool, lang: Lang) -> String {
    let mut title = format!(
        "{}<br>{}",
        markdown(&visible(outcome.title.of(lang))),
        markdown(&visible(&outcome.id))
    );
    if let Some(because) = &outcome.because {
        title = format!("{title}<br>({})", markdown(&words::because(because, lang)));
    }
    if let Some(repeated) = outcome.repeated {
        title = format!("{title}<br>({})", words::repeated(repeated, lang));
    }
    format!(
        "| {} {} | {title} | {} | {} |\n",
        words::sign(outcome.verdict),
        lang.pick(words::verdict(outcome.verdict)),
        lang.pick(words::level(outcome.level)),
        words::points(outcome, strict),
    )
}

/// What to fix first: the causes, with what they cost and where they were seen.
fn points_lost(text: &mut Capped, report: &Report, lang: Lang) {
    let causes = causes(report);
    if causes.is_empty() {
        return;
    }
    text.push(&format!("### {}\n\n", lang.pick(words::WHERE_POINTS_WENT)));
    for cause in causes {
        let what = markdown(&cause.what(lang));
        let ids: Vec<String> = cause
            .outcomes
            .iter()
            .map(|outcome| visible(&outcome.id))
            .collect();
        let ids = markdown(&cut(&ids.join(", "), MOST_IDS));
        text.push(&format!("- **−{}** {what}<br>{ids}\n", cause.lost));
    }
    text.push("\n");
}

/// The accounts of some outcomes, the dearest first, as long as they fit.
fn accounts(
    text: &mut Capped,
    report: &Report,
    heading: words::Pair,
    not_explained: words::Pair,
    wanted: impl Fn(Verdict) -> bool,
    lang: Lang,
) {
    let all = report.outcomes.iter();
    let mut outcomes: Vec<&Outcome> = all.filter(|outcome| wanted(outcome.verdict)).collect();
    if outcomes.is_empty() {
        return;
    }
    outcomes.sort_by_key(|outcome| std::cmp::Reverse(outcome.points));
    text.push(&format!("### {}\n\n", lang.pick(heading)));
    let mut left_out = 0;
    for outcome in outcomes {
        let fitted = left_out == 0 && text.push(&details(outcome, report.strict, lang));
        left_out += u64::from(!fitted);
    }
    if left_out > 0 {
        text.push_always(&format!(
            "{}\n\n",
            words::left_out(left_out, not_explained, lang)
        ));
    }
}

/// HTML inside the Markdown, where nothing but `<` and `&` means anything.
fn details(outcome: &Outcome, strict: bool, lang: Lang) -> String {
    let account = account(outcome, lang, WIDTH).render(false);
    format!(
        "<details><summary>{} <code>{}</code> {} ({})</summary>\n\n<pre>\n{}</pre>\n\n</details>\n\n",
        words::sign(outcome.verdict),
        html(&visible(&outcome.id)),
        html(&visible(outcome.title.of(lang))),
        words::points(outcome, strict),
        html(&account),
    )
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
    fn a_summary_stays_under_its_limit_and_says_what_it_cut() {
        let mut report = fixture::report();
        let failed = report.outcomes[2].clone();
        report.outcomes.extend(std::iter::repeat_n(failed, 400));
        let text = render(&report, Lang::En);
        assert!(text.len() <= MOST_BYTES, "{}", text.len());
        assert!(
            text.contains("failed scenarios not explained here: "),
            "nothing was cut"
        );

        let text = render_within(&report, Lang::En, 9000);
        assert!(text.len() <= 9000, "{}", text.len());
        assert!(text.contains("scenarios not shown: "), "{text}");
    }

    #[test]
    fn no_markup_of_a_server_is_left() {
        let text = render(&fixture::report(), Lang::En);
        assert!(!text.contains("<script") && !text.contains("<b>") && !text.contains("```"));
        assert_eq!(
            text.matches("<pre>").count(),
            text.matches("</pre>").count()
        );
        let rows = text
            .lines()
            .filter(|line| line.starts_with("| ") && line.ends_with(" |"));
        for row in rows {
            assert_eq!(row.matches('|').count(), 5, "{row}");
        }
    }
}
