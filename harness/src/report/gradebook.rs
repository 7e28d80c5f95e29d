//! Grades of one or many servers as a table for spreadsheets (CSV, RFC 4180): a line for each, a column for each scenario.
//!
//! ```text
//! "student","server","dialect","began","earned","possible","incomplete","basic/broadcast"
//! "ana","127.0.0.1:55555","unb","2026-11-20T19:30:00Z",83,100,"no",10
//! ```
//!
//! A text that a spreadsheet would take for a formula begins with an apostrophe.

use protocol::lang::Lang;
use protocol::quote::visible;

use super::{Report, words};
use crate::verdict::Verdict;

/// Whose server was graded, and with what result.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The student, the team or the file.
    pub student: &'a str,
    /// The run.
    pub report: &'a Report,
}

/// A table with a header and a line for each entry. A scenario that an entry lacks, or that does not apply, is an empty cell.
#[must_use]
pub fn render(entries: &[Entry<'_>], lang: Lang) -> String {
    let ids = all_ids(entries);
    let mut header: Vec<String> = HEADER.iter().map(|name| text(lang.pick(*name))).collect();
    header.extend(ids.iter().map(|id| text(id)));
    let mut table = line(&header);
    for entry in entries {
        table.push_str(&line(&cells(entry, &ids, lang)));
    }
    table
}

const HEADER: [words::Pair; 7] = [
    ["estudante", "student"],
    ["servidor", "server"],
    ["dialeto", "dialect"],
    ["início", "began"],
    ["pontos", "earned"],
    ["de", "possible"],
    ["incompleto", "incomplete"],
];

/// Every scenario of every entry, in the order in which they first appear.
fn all_ids<'a>(entries: &[Entry<'a>]) -> Vec<&'a str> {
    let mut ids: Vec<&str> = Vec::new();
    for outcome in entries.iter().flat_map(|entry| &entry.report.outcomes) {
        if !ids.contains(&outcome.id.as_str()) {
            ids.push(&outcome.id);
        }
    }
    ids
}

fn cells(entry: &Entry<'_>, ids: &[&str], lang: Lang) -> Vec<String> {
    let report = entry.report;
    let grade = report.grade();
    let incomplete = if grade.incomplete {
        ["sim", "yes"]
    } else {
        ["não", "no"]
    };
    let mut cells = vec![
        text(entry.student),
        text(&words::target(&report.target, lang)),
        text(&report.dialect),
        text(&report.began),
        grade.earned.to_string(),
        grade.possible.to_string(),
        text(lang.pick(incomplete)),
    ];
    let points = |id: &&str| {
        let found = report.outcomes.iter().find(|outcome| outcome.id == *id);
        let graded = found.filter(|outcome| outcome.verdict != Verdict::NotApplicable);
        graded.map_or_else(String::new, |outcome| {
            outcome.earned(report.strict).to_string()
        })
    };
    cells.extend(ids.iter().map(points));
    cells
}

fn line(cells: &[String]) -> String {
    format!("{}\r\n", cells.join(","))
}

/// A cell of text: quoted, on one line, and never a formula.
fn text(value: &str) -> String {
    let shown = visible(value).replace('"', "\"\"");
    // The full-width forms are formulas too, in spreadsheets set to some Asian languages.
    let is_formula = shown
        .trim_start()
        .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '|', '%']);
    let guard = if is_formula { "'" } else { "" };
    format!("\"{guard}{shown}\"")
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn a_line_for_each_and_a_column_for_each_scenario() {
        let whole = fixture::report();
        let short = fixture::short_report();
        let entries = [
            Entry {
                student: "=cmd()|'/C calc'!A0",
                report: &whole,
            },
            Entry {
                student: "Ana \"Bia\", Júnior",
                report: &short,
            },
        ];
        for lang in Lang::ALL {
            insta::assert_snapshot!(format!("{lang}"), render(&entries, lang));
        }
    }

    #[test]
    fn a_formula_becomes_text() {
        #[track_caller]
        fn check(value: &str, cell: &str) {
            assert_eq!(text(value), cell);
        }
        check("=1+1", "\"'=1+1\"");
        check("+1", "\"'+1\"");
        check("-1", "\"'-1\"");
        check(" @SUM(A1)", "\"' @SUM(A1)\"");
        check("\t=1", "\"\\t=1\"");
        check("a\r\n=1", "\"a\\r\\n=1\"");
        check("a\",=1", "\"a\"\",=1\"");
    }
}
