//! An explanation as lines of text of a given width: what the terminal shows, and what text formats carry inside.
//!
//! ```text
//! 3  Expected against received                    bia hears ana "Bom dia!" (line 12)
//!    expected   "[anak3f]: Bom dia!"
//!    received   "[anak3f]: Bom dia"
//!                                 ^ it ends here; bytes are missing
//! ```
//!
//! Knows no terminal: colour comes last, by role.

use protocol::lang::Lang;
use protocol::matching::Standing;
use unicode_width::UnicodeWidthStr;

use super::explain::{Comparison, Document, Explanation, Output};
use super::page::{Page, Role, cut, pad};
use super::rungs::ladder;
use super::words::{self, Pair};

/// Everything under a heading stands this far in.
pub(crate) const INDENT: usize = 3;

/// The width of `expected   ` and its like.
const LABEL: usize = 11;

/// The columns that are left for bytes in a page of this width.
pub(crate) const fn columns_for_bytes(width: usize) -> usize {
    width.saturating_sub(INDENT + LABEL)
}

/// All five parts, and the command that runs the scenario again.
pub(crate) fn whole(explanation: &Explanation<'_>, lang: Lang, width: usize) -> Page {
    let mut page = Page::default();
    page.paragraph(Role::Bad, INDENT, &explanation.what, width);
    page.blank();
    let document_says = &explanation.document;
    let right = if document_says.is_only_named() {
        ""
    } else {
        &document_says.spec
    };
    heading(&mut page, 1, words::THE_DOCUMENT_SAYS, right, lang, width);
    document(&mut page, &explanation.document, width);
    page.blank();
    heading(&mut page, 2, words::WHAT_WAS_SENT, "", lang, width);
    sent(&mut page, explanation, lang, width);
    page.blank();
    let step = step(&explanation.comparison, lang);
    heading(
        &mut page,
        3,
        words::EXPECTED_AGAINST_RECEIVED,
        &step,
        lang,
        width,
    );
    comparison(&mut page, &explanation.comparison, lang, width);
    page.blank();
    heading(&mut page, 4, words::ON_THE_WIRE, "", lang, width);
    ladder(&mut page, &explanation.ladder, lang, width);
    if let Some(printed) = &explanation.output {
        page.blank();
        output(&mut page, printed, lang, width);
    }
    page.blank();
    heading(&mut page, 5, words::WHY_USUALLY, "", lang, width);
    page.paragraph(Role::Plain, INDENT, &explanation.why, width);
    page.blank();
    advice(&mut page, explanation, lang, width);
    page
}

/// Only what is needed for something that was right, but not to the letter.
pub(crate) fn brief(explanation: &Explanation<'_>, lang: Lang, width: usize) -> Page {
    let mut page = Page::default();
    page.paragraph(Role::Doubtful, INDENT, &explanation.what, width);
    if !explanation.document.is_only_named() {
        page.paragraph(Role::Faint, INDENT, &explanation.document.spec, width);
    }
    document(&mut page, &explanation.document, width);
    comparison(&mut page, &explanation.comparison, lang, width);
    page.item(
        (Role::Strong, &format!("{}→ ", " ".repeat(INDENT))),
        (Role::Plain, &explanation.fix),
        width,
    );
    page
}

fn heading(page: &mut Page, number: u8, text: Pair, right: &str, lang: Lang, width: usize) {
    let left = format!("{number}  {}", lang.pick(text));
    let room = width.saturating_sub(left.width() + 2);
    let right = cut(right, room.max(8));
    let gap = width.saturating_sub(left.width() + right.width());
    if gap >= 2 {
        page.pieces([
            (Role::Strong, left),
            (Role::Faint, format!("{}{right}", " ".repeat(gap))),
        ]);
    } else {
        page.line(Role::Strong, left);
        page.paragraph(Role::Faint, INDENT, &right, width);
    }
}

fn document(page: &mut Page, document: &Document, width: usize) {
    if let Some(quote) = &document.quote {
        page.paragraph(Role::Plain, INDENT, &format!("«{quote}»"), width);
    }
    if document.is_only_named() {
        page.paragraph(Role::Plain, INDENT, &document.spec, width);
    }
    if !document.says.is_empty() {
        page.paragraph(Role::Plain, INDENT, &document.says, width);
    }
}

fn sent(page: &mut Page, explanation: &Explanation<'_>, lang: Lang, width: usize) {
    if explanation.sent.is_empty() {
        page.paragraph(
            Role::Plain,
            INDENT,
            lang.pick(words::NOTHING_WAS_SENT),
            width,
        );
    }
    for sending in &explanation.sent {
        let margin = " ".repeat(INDENT);
        page.pieces([
            (Role::Plain, format!("{margin}{}", sending.who)),
            (Role::Faint, format!("  {}", sending.at)),
        ]);
        page.line(Role::Plain, format!("{margin}  {}", sending.bytes));
    }
}

/// The step and its line, as one text.
fn step(comparison: &Comparison, lang: Lang) -> String {
    match comparison.line {
        Some(line) => format!("{} ({} {line})", comparison.step, lang.pick(words::LINE)),
        None => comparison.step.clone(),
    }
}

fn comparison(page: &mut Page, comparison: &Comparison, lang: Lang, width: usize) {
    if comparison.expected.is_empty() && comparison.received.is_none() {
        // Not about bytes at all.
        page.paragraph(
            Role::Bad,
            INDENT,
            &instead_of_bytes(comparison, lang),
            width,
        );
        return;
    }
    if comparison.expects_nothing {
        labelled(
            page,
            words::EXPECTED,
            Role::Good,
            lang.pick(words::NOTHING),
            lang,
        );
    }
    for (at, form) in comparison.expected.iter().enumerate() {
        let role = match (at, form.standing) {
            (0, _) => Role::Good,
            (_, Standing::Tolerated) => Role::Faint,
            _ => Role::Plain,
        };
        labelled(
            page,
            words::standing(form.standing),
            role,
            &form.bytes.text,
            lang,
        );
    }
    if comparison.more_forms > 0 {
        let more = words::left_out(comparison.more_forms as u64, words::FORMS, lang);
        page.paragraph(Role::Faint, INDENT + LABEL, &more, width);
    }
    received(page, comparison, lang, width);
}

fn received(page: &mut Page, comparison: &Comparison, lang: Lang, width: usize) {
    let Some(received) = &comparison.received else {
        let nothing = instead_of_bytes(comparison, lang);
        labelled(page, words::RECEIVED, Role::Bad, &nothing, lang);
        return;
    };
    labelled(page, words::RECEIVED, Role::Bad, &received.text, lang);
    if let (Some(column), Some(caret)) = (received.column, &comparison.caret) {
        page.line(Role::Bad, under(INDENT + LABEL + column, caret, width));
    }
    if let Some(waited) = &comparison.waited {
        page.paragraph(Role::Faint, INDENT + LABEL, waited, width);
    }
}

/// `nothing`, or what happened in its place; and after how long.
fn instead_of_bytes(comparison: &Comparison, lang: Lang) -> String {
    let what = comparison.instead.unwrap_or(lang.pick(words::NOTHING));
    match &comparison.waited {
        Some(waited) => format!("{what} ({waited})"),
        None => what.to_owned(),
    }
}

/// A caret at a column, with its words to the right of it, or to the left where there is no room.
fn under(column: usize, text: &str, width: usize) -> String {
    let to_the_right = format!("{}^ {text}", " ".repeat(column));
    match column.checked_sub(text.width() + 1) {
        Some(margin) if to_the_right.width() > width => {
            format!("{}{text} ^", " ".repeat(margin))
        }
        _ => to_the_right,
    }
}

fn labelled(page: &mut Page, label: Pair, role: Role, text: &str, lang: Lang) {
    let label = pad(lang.pick(label), LABEL);
    page.pieces([
        (Role::Plain, " ".repeat(INDENT)),
        (Role::Faint, label),
        (role, text.to_owned()),
    ]);
}

fn output(page: &mut Page, output: &Output, lang: Lang, width: usize) {
    page.line(
        Role::Strong,
        format!("{}{}", " ".repeat(INDENT), lang.pick(words::SERVER_PRINTED)),
    );
    if output.earlier > 0 {
        let earlier = words::left_out(output.earlier as u64, words::OUTPUT_LINES, lang);
        page.paragraph(Role::Faint, INDENT + 2, &earlier, width);
    }
    let margin = " ".repeat(INDENT);
    for line in &output.lines {
        let shown = cut(line, width.saturating_sub(INDENT + 2));
        page.pieces([(Role::Faint, format!("{margin}│ ")), (Role::Plain, shown)]);
    }
}

fn advice(page: &mut Page, explanation: &Explanation<'_>, lang: Lang, width: usize) {
    let margin = " ".repeat(INDENT);
    page.line(
        Role::Strong,
        format!("{margin}{}", lang.pick(words::WHAT_TO_TRY)),
    );
    page.paragraph(Role::Good, INDENT, &explanation.fix, width);
    page.blank();
    rerun(page, &explanation.rerun, lang);
}

/// The command that runs the scenario again. Never wrapped: it is to be copied.
pub(crate) fn rerun(page: &mut Page, command: &str, lang: Lang) {
    let margin = " ".repeat(INDENT);
    page.line(
        Role::Faint,
        format!("{margin}{}:", lang.pick(words::RUN_AGAIN)),
    );
    page.line(Role::Command, format!("{margin}{command}"));
}
