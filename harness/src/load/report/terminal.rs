//! The outcome of a load for people at a terminal.
//!
//! ```text
//! pass  nothing was lost, nothing came twice, each sender's order was kept
//!
//! messages sent                       10,000     1,000/s
//! deliveries checked, byte by byte   990,000    99,000/s
//!
//! latency                       p50      p90      p99 …
//! until each client had it   150 µs   310 µs   1.2 ms …
//! ```

use comfy_table::{Cell, CellAlignment, Table};
use protocol::lang::Lang;
use protocol::quote::visible;

use super::super::outcome::{Outcome, Verdict, Violation};
use super::super::timing::PERCENTILES;
use super::lesson::lesson;
use super::words;
use crate::report::page::{Page, Role};
use crate::report::words::target;

/// How to render.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The reader's language.
    pub lang: Lang,
    /// The columns of the terminal.
    pub width: usize,
    /// Whether it shows colours.
    pub colour: bool,
}

/// The least and the most columns that are used.
const NARROWEST: usize = 60;
const WIDEST: usize = 120;

/// The most lines of the server's own output that are shown.
const OUTPUT_LINES: usize = 20;

/// The whole report as text.
#[must_use]
pub fn render(outcome: &Outcome, options: Options) -> String {
    let lang = options.lang;
    let width = options.width.clamp(NARROWEST, WIDEST);
    let mut page = Page::default();
    page.pieces([
        (
            Role::Strong,
            format!("harness {} ", visible(&outcome.version)),
        ),
        (
            Role::Faint,
            format!(
                "{} · {} · {} {}",
                lang.pick(words::LOAD),
                target(&outcome.target, lang),
                lang.pick(words::DIALECT),
                visible(&outcome.dialect)
            ),
        ),
    ]);
    let clients = words::grouped(outcome.clients as u64, lang);
    let what = format!(
        "{clients} {}: {}",
        lang.pick(words::CLIENTS),
        words::pace(outcome, lang)
    );
    page.paragraph(Role::Plain, 0, &what, width);
    page.paragraph(Role::Faint, 0, &words::checked(outcome, lang), width);
    page.blank();
    table(&mut page, numbers(outcome, lang));
    if outcome.delivery.is_some() {
        page.blank();
        table(&mut page, latencies(outcome, lang));
        let from = words::FROM[usize::from(matches!(
            outcome.pace,
            super::super::outcome::Pace::Closed { .. }
        ))];
        page.paragraph(Role::Faint, 0, lang.pick(from), width);
    }
    for remark in words::remarks(outcome, lang) {
        page.blank();
        page.item((Role::Doubtful, "! "), (Role::Plain, &remark), width);
    }
    for violation in &outcome.violations {
        page.blank();
        explain(&mut page, outcome, violation, lang, width);
    }
    output(&mut page, outcome, lang);
    page.blank();
    let verdict = outcome.verdict();
    let role = match verdict {
        Verdict::Pass => Role::Good,
        Verdict::Fail => Role::Bad,
        Verdict::Interrupted => Role::Doubtful,
    };
    let sign = format!("{} ", verdict.sign());
    page.item((role, &sign), (role, &words::verdict(outcome, lang)), width);
    page.render(options.colour)
}

fn numbers(outcome: &Outcome, lang: Lang) -> Vec<Vec<String>> {
    let rows = words::numbers(outcome, lang).into_iter();
    rows.map(|(what, count, rate)| vec![what.to_owned(), count, rate])
        .collect()
}

fn latencies(outcome: &Outcome, lang: Lang) -> Vec<Vec<String>> {
    let mut header = vec![lang.pick(words::LATENCY).to_owned()];
    header.extend(PERCENTILES.map(|share| words::percentile(share, lang)));
    header.push(lang.pick(words::MEAN).to_owned());
    let mut rows = vec![header];
    for (name, latency) in [
        (words::DELIVERY, &outcome.delivery),
        (words::ACKNOWLEDGEMENT, &outcome.acknowledgement),
        (words::WAITED, &outcome.waited),
    ] {
        let Some(latency) = latency else { continue };
        let mut row = vec![lang.pick(name).to_owned()];
        row.extend(latency.percentiles.map(|time| words::time(time, lang)));
        row.push(words::time(latency.mean, lang));
        rows.push(row);
    }
    rows
}

/// Rows whose first column is text and whose others are numbers.
fn table(page: &mut Page, rows: Vec<Vec<String>>) {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    for row in rows {
        let cell = |(at, text): (usize, String)| match at {
            0 => Cell::new(text),
            _ => Cell::new(text).set_alignment(CellAlignment::Right),
        };
        table.add_row(row.into_iter().enumerate().map(cell));
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if at == 0 { 0 } else { 2 }, 0));
    }
    for line in table.to_string().lines() {
        page.line(Role::Plain, line);
    }
}

fn explain(page: &mut Page, outcome: &Outcome, violation: &Violation, lang: Lang, width: usize) {
    let headline = words::headline(outcome, violation, lang);
    page.item((Role::Bad, "✗ "), (Role::Bad, &headline), width);
    for example in &violation.examples {
        let told = visible(&words::example(violation.broken, example, lang));
        page.item((Role::Faint, "  · "), (Role::Plain, &told), width);
        let sent = words::shows_sent(violation.broken).then_some(&example.expected);
        for (name, bytes) in [
            (words::EXPECTED, sent),
            (words::FOUND, Some(&example.found)),
        ] {
            if let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) {
                let mark = format!("      {}  ", lang.pick(name));
                page.item(
                    (Role::Faint, &mark),
                    (Role::Plain, &words::shown(bytes, lang)),
                    width,
                );
            }
        }
    }
    let lesson = lesson(violation.broken, outcome.stalled > 0);
    for (name, text) in [(words::WHY, lesson.why), (words::TRY, lesson.fix)] {
        page.pieces([
            (Role::Plain, "  ".to_owned()),
            (Role::Strong, lang.pick(name).to_owned()),
        ]);
        page.paragraph(Role::Plain, 4, lang.pick(text), width);
    }
}

fn output(page: &mut Page, outcome: &Outcome, lang: Lang) {
    let Some(output) = &outcome.output else {
        return;
    };
    page.blank();
    page.line(Role::Strong, lang.pick(words::PRINTED));
    let lines: Vec<&str> = output.lines().collect();
    for line in lines.iter().skip(lines.len().saturating_sub(OUTPUT_LINES)) {
        page.line(Role::Plain, format!("  {}", visible(line)));
    }
}
