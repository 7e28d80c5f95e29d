//! The report for people at a terminal: a table of all scenarios by topic, the total, then each failure explained.
//!
//! ```text
//! verdict           level    points  scenario
//! ──────────────────────────────────────────────────────────────────
//! basic                       10/20
//! ✓ pass            must      10/10  A message reaches everyone else, once
//! ✗ fail            must       0/10  The sender does not hear its own message
//! ```
//!
//! Pure: it gets the width and whether to colour, and asks nobody. Whatever a server sent is shown as escapes, so only our
//! own colours ever reach the terminal.

use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width};
use protocol::lang::Lang;
use protocol::quote::visible;
use unicode_width::UnicodeWidthStr;

use super::account::account;
use super::causes::causes;
use super::page::{Page, Role, cut};
use super::{Outcome, Report, words};
use crate::verdict::Verdict;

/// How to show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The reader's language.
    pub lang: Lang,
    /// The columns of the terminal; [`DEFAULT_WIDTH`] where there is none.
    pub width: usize,
    /// Whether to colour.
    pub colour: bool,
}

/// The width for files and pipes.
pub const DEFAULT_WIDTH: usize = 80;

/// Narrower than this, lines are cut by the terminal rather than by us.
const NARROWEST: usize = 60;
const WIDEST: usize = 120;

/// So many notes.
const MOST_REMARKS: usize = 8;

/// Beyond so many, nobody reads on: the others are named.
const MOST_EXPLAINED: usize = 25;

/// The whole report as text.
#[must_use]
pub fn render(report: &Report, options: Options) -> String {
    let lang = options.lang;
    let width = options.width.clamp(NARROWEST, WIDEST);
    let mut page = Page::default();
    title(&mut page, report, lang, width);
    table(&mut page, report, lang, width);
    total(&mut page, report, lang, width);
    remarks(&mut page, report, lang, width);
    warnings(&mut page, report, lang, width);
    if failures(&mut page, report, lang, width) {
        points_lost(&mut page, report, lang, width);
        total(&mut page, report, lang, width);
    }
    page.render(options.colour)
}

fn title(page: &mut Page, report: &Report, lang: Lang, width: usize) {
    let target = words::target(&report.target, lang);
    let dialect = format!("{} {}", lang.pick(words::DIALECT), visible(&report.dialect));
    let about = format!("{target} · {dialect} · {}", visible(&report.began));
    let name = format!("harness {} ", visible(&report.version));
    if name.width() + about.width() <= width {
        page.pieces([(Role::Strong, name), (Role::Faint, about)]);
    } else {
        page.line(Role::Strong, name.trim_end());
        page.paragraph(Role::Faint, 0, &cut(&about, width * 2), width);
    }
    page.blank();
}

/// The columns of verdict, level and points, blanks between them included; the title has the rest.
const VERDICT: usize = 17;
const LEVEL: usize = 12;
const POINTS: usize = 9;

fn table(page: &mut Page, report: &Report, lang: Lang, width: usize) {
    if report.outcomes.is_empty() {
        return;
    }
    let header = vec![
        Cell::new(lang.pick(words::VERDICT)),
        Cell::new(lang.pick(words::LEVEL)),
        Cell::new(lang.pick(words::POINTS)).set_alignment(CellAlignment::Right),
        Cell::new(lang.pick(words::SCENARIO)),
    ];
    copy_lines(page, &table_of(vec![header], width), lang);
    page.line(Role::Faint, "─".repeat(width));
    for (topic, outcomes) in report.by_topic() {
        topic_line(page, topic, &outcomes, report.strict, lang);
        let rows = rows(&outcomes, report.strict, lang);
        copy_lines(page, &table_of(rows, width), lang);
    }
    page.line(Role::Faint, "─".repeat(width));
}

fn table_of(rows: Vec<Vec<Cell>>, width: usize) -> Table {
    let mut table = Table::new();
    let title = width.saturating_sub(VERDICT + LEVEL + POINTS);
    let widths = [VERDICT, LEVEL, POINTS, title];
    let columns = |width: usize| u16::try_from(width).unwrap_or(u16::MAX);
    let fixed = |width| ColumnConstraint::Absolute(Width::Fixed(columns(width)));
    table.add_rows(rows);
    // Constraints go to columns, which exist only once there are rows.
    table.set_constraints(widths.map(fixed));
    for (column, gap) in table.column_iter_mut().zip([1, 1, 2, 0]) {
        column.set_padding((0, gap));
    }
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(columns(width));
    table
}

/// A row for each outcome that counts; those that do not apply are one row for each reason, last.
fn rows(outcomes: &[&Outcome], strict: bool, lang: Lang) -> Vec<Vec<Cell>> {
    let applies = |outcome: &&&Outcome| outcome.verdict != Verdict::NotApplicable;
    let counting = outcomes.iter().filter(applies);
    let mut rows: Vec<Vec<Cell>> = counting.map(|outcome| row(outcome, strict, lang)).collect();
    for same in by_reason(outcomes) {
        rows.push(match same.as_slice() {
            [one] => row(one, strict, lang),
            several => not_applicable(several, lang),
        });
    }
    rows
}

fn by_reason<'a>(outcomes: &[&'a Outcome]) -> Vec<Vec<&'a Outcome>> {
    let mut reasons: Vec<Vec<&Outcome>> = Vec::new();
    for outcome in outcomes
        .iter()
        .filter(|outcome| outcome.verdict == Verdict::NotApplicable)
    {
        let has_same = |others: &&mut Vec<&Outcome>| {
            others
                .first()
                .is_some_and(|other| other.because == outcome.because)
        };
        match reasons.iter_mut().find(has_same) {
            Some(others) => others.push(outcome),
            None => reasons.push(vec![outcome]),
        }
    }
    reasons
}

fn not_applicable(outcomes: &[&Outcome], lang: Lang) -> Vec<Cell> {
    let because = outcomes
        .first()
        .and_then(|outcome| outcome.because.as_ref());
    let because = because.map_or_else(String::new, |because| words::because(because, lang));
    let scenarios = words::scenarios(outcomes.len(), lang);
    vec![
        Cell::new(verdict_cell(Verdict::NotApplicable, lang)),
        Cell::new(""),
        Cell::new("–").set_alignment(CellAlignment::Right),
        Cell::new(format!("{scenarios}: {because}")),
    ]
}

fn row(outcome: &Outcome, strict: bool, lang: Lang) -> Vec<Cell> {
    let verdict = outcome.verdict;
    let mut title = visible(outcome.title.of(lang));
    if let Some(because) = &outcome.because {
        title = format!("{title}\n({})", words::because(because, lang));
    }
    if let Some(repeated) = outcome.repeated {
        title = format!("{title}\n({})", words::repeated(repeated, lang));
    }
    vec![
        Cell::new(verdict_cell(verdict, lang)),
        Cell::new(lang.pick(words::level(outcome.level))),
        Cell::new(words::points(outcome, strict)).set_alignment(CellAlignment::Right),
        Cell::new(title),
    ]
}

fn verdict_cell(verdict: Verdict, lang: Lang) -> String {
    format!(
        "{} {}",
        words::sign(verdict),
        lang.pick(words::verdict(verdict))
    )
}

fn topic_line(page: &mut Page, topic: &str, outcomes: &[&Outcome], strict: bool, lang: Lang) {
    let earned: u32 = outcomes.iter().map(|outcome| outcome.earned(strict)).sum();
    let possible: u32 = outcomes
        .iter()
        .map(|outcome| outcome.verdict.at_stake(outcome.points))
        .sum();
    let name = match topic {
        "" => lang.pick(words::NO_TOPIC).to_owned(),
        topic => visible(topic),
    };
    let room = VERDICT + LEVEL;
    let name = super::page::pad(&cut(&name, room), room);
    let sum = match possible {
        0 => "–".to_owned(),
        possible => format!("{earned}/{possible}"),
    };
    page.pieces([
        (Role::Strong, name),
        (Role::Faint, format!("{sum:>width$}", width = POINTS - 2)),
    ]);
}

/// Takes over the lines of a table, each in the style of the verdict that it begins with.
fn copy_lines(page: &mut Page, table: &Table, lang: Lang) {
    for line in table.lines() {
        let verdict = Verdict::ALL
            .into_iter()
            .find(|verdict| line.starts_with(&verdict_cell(*verdict, lang)));
        let Some(verdict) = verdict else {
            page.line(Role::Faint, line);
            continue;
        };
        let role = role_of(verdict);
        let sign = verdict_cell(verdict, lang);
        let rest = line.strip_prefix(&sign).unwrap_or_default().to_owned();
        let rest_role = match verdict {
            Verdict::NotApplicable => Role::Faint,
            _ => Role::Plain,
        };
        page.pieces([(role, sign), (rest_role, rest)]);
    }
}

const fn role_of(verdict: Verdict) -> Role {
    match verdict {
        Verdict::Pass => Role::Good,
        Verdict::Warn => Role::Doubtful,
        Verdict::Fail => Role::Bad,
        Verdict::NotApplicable => Role::Faint,
        Verdict::Blocked | Verdict::Error => Role::Unknown,
    }
}

fn total(page: &mut Page, report: &Report, lang: Lang, width: usize) {
    let role = if report.required_failed() {
        Role::Bad
    } else {
        Role::Good
    };
    page.line(role, words::grade(report.grade(), lang));
    let tally = format!(
        "{} · {}",
        words::tally(report, lang),
        words::seconds(report.elapsed, lang)
    );
    page.paragraph(Role::Plain, 0, &tally, width);
}

fn remarks(page: &mut Page, report: &Report, lang: Lang, width: usize) {
    if report.remarks.is_empty() {
        return;
    }
    page.blank();
    page.line(Role::Strong, lang.pick(words::NOTES));
    for remark in report.remarks.iter().take(MOST_REMARKS) {
        let (role, mark) = if remark.is_warning {
            (Role::Doubtful, " ! ")
        } else {
            (Role::Faint, " · ")
        };
        let text = visible(remark.words.of(lang));
        page.item((role, mark), (Role::Plain, &text), width);
    }
    if let Some(more @ 1..) = report.remarks.len().checked_sub(MOST_REMARKS) {
        let more = words::left_out(more as u64, words::REMARKS, lang);
        page.paragraph(Role::Faint, 3, &more, width);
    }
}

fn warnings(page: &mut Page, report: &Report, lang: Lang, width: usize) {
    let warned: Vec<&Outcome> = with_verdict(report, |verdict| verdict == Verdict::Warn);
    if warned.is_empty() {
        return;
    }
    page.blank();
    page.line(Role::Strong, lang.pick(words::WARNINGS));
    for outcome in warned.iter().take(MOST_EXPLAINED) {
        page.blank();
        ruler(page, outcome, report.strict, lang, width);
        page.append(account(outcome, lang, width));
    }
    not_explained(page, &warned, words::WARNED, lang, width);
}

/// Whether there were any.
fn failures(page: &mut Page, report: &Report, lang: Lang, width: usize) -> bool {
    let failed = with_verdict(report, |verdict| {
        matches!(verdict, Verdict::Fail | Verdict::Error)
    });
    if failed.is_empty() {
        return false;
    }
    page.blank();
    page.line(Role::Strong, lang.pick(words::FAILURES));
    for outcome in failed.iter().take(MOST_EXPLAINED) {
        page.blank();
        ruler(page, outcome, report.strict, lang, width);
        page.blank();
        page.append(account(outcome, lang, width));
    }
    not_explained(page, &failed, words::EXPLANATIONS, lang, width);
    page.blank();
    true
}

/// What to fix first: the causes, with what they cost and where they were seen.
fn points_lost(page: &mut Page, report: &Report, lang: Lang, width: usize) {
    let causes = causes(report);
    if causes.is_empty() {
        return;
    }
    page.line(Role::Strong, lang.pick(words::WHERE_POINTS_WENT));
    for cause in causes.iter().take(MOST_EXPLAINED) {
        let lost = format!("{:>5}  ", format!("−{}", cause.lost));
        page.item((Role::Bad, &lost), (Role::Plain, &cause.what(lang)), width);
        let ids: Vec<String> = cause
            .outcomes
            .iter()
            .map(|outcome| visible(&outcome.id))
            .collect();
        let ids = cut(&ids.join(", "), width * 3);
        page.paragraph(Role::Faint, lost.width(), &ids, width);
    }
    page.blank();
}

fn with_verdict(report: &Report, wanted: impl Fn(Verdict) -> bool) -> Vec<&Outcome> {
    let all = report.outcomes.iter();
    all.filter(|outcome| wanted(outcome.verdict)).collect()
}

/// `━━ ✗ basic/no-echo ━━━━━━ 0/10 ━━`, then the title.
fn ruler(page: &mut Page, outcome: &Outcome, strict: bool, lang: Lang, width: usize) {
    let sign = words::sign(outcome.verdict);
    let right = format!(
        " {} · {} ━━",
        lang.pick(words::level(outcome.level)),
        words::points(outcome, strict)
    );
    let room = width.saturating_sub(right.width() + 8);
    let left = format!("━━ {sign} {} ", cut(&visible(&outcome.id), room));
    let bar = "━".repeat(width.saturating_sub(left.width() + right.width()));
    page.line(role_of(outcome.verdict), format!("{left}{bar}{right}"));
    page.paragraph(Role::Strong, 3, &visible(outcome.title.of(lang)), width);
    page.line(
        Role::Faint,
        format!("   {}:{}", visible(&outcome.file), outcome.line),
    );
}

fn not_explained(
    page: &mut Page,
    outcomes: &[&Outcome],
    what: words::Pair,
    lang: Lang,
    width: usize,
) {
    let Some(rest) = outcomes
        .get(MOST_EXPLAINED..)
        .filter(|rest| !rest.is_empty())
    else {
        return;
    };
    page.blank();
    let ids: Vec<String> = rest.iter().map(|outcome| visible(&outcome.id)).collect();
    let count = words::left_out(rest.len() as u64, what, lang);
    page.paragraph(
        Role::Faint,
        3,
        &format!("{count}: {}", ids.join(", ")),
        width,
    );
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn rendered(lang: Lang, width: usize, colour: bool) -> String {
        let options = Options {
            lang,
            width,
            colour,
        };
        render(&fixture::report(), options)
    }

    #[test]
    fn every_variant_in_both_languages() {
        for lang in Lang::ALL {
            insta::assert_snapshot!(format!("{lang}"), rendered(lang, DEFAULT_WIDTH, false));
        }
    }

    #[test]
    fn colour_is_all_that_differs_and_nothing_else_escapes() {
        for lang in Lang::ALL {
            let plain = rendered(lang, DEFAULT_WIDTH, false);
            assert!(!plain.chars().any(|c| c.is_control() && c != '\n'));
            assert!(!plain.contains('\u{202e}'));
            let coloured = rendered(lang, DEFAULT_WIDTH, true);
            assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
        }
    }

    #[test]
    fn lines_fit_except_commands() {
        for width in [60, 80, 100, 120] {
            for line in rendered(Lang::PtBr, width, false).lines() {
                let is_command = line.trim_start().starts_with("harness run");
                assert!(is_command || line.width() <= width, "{width}: {line}");
            }
        }
    }
}
