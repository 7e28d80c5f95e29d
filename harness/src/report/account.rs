//! The account of one outcome as lines of text: a failure explained in full, a warning in brief, or why there is no verdict.
//! The terminal shows it, and formats that have room for a text carry it.

use protocol::lang::Lang;
use protocol::quote::visible;

use super::explain::{self, Caps, Explanation};
use super::page::{Page, Role};
use super::{Outcome, layout, words};
use crate::verdict::{Finding, Verdict};

/// Beyond so many findings of one scenario, nobody reads on.
const MOST_FINDINGS: usize = 6;

/// What is to be said of an outcome; nothing of one that passed.
pub(crate) fn account(outcome: &Outcome, lang: Lang, width: usize) -> Page {
    let mut page = Page::default();
    if let Some(because) = &outcome.because {
        page.paragraph(Role::Unknown, 3, &words::because(because, lang), width);
    }
    let (in_full, in_brief) = match (outcome.verdict, outcome.findings.split_first()) {
        (Verdict::Warn | Verdict::Pass, _) | (_, None) => (None, outcome.findings.as_slice()),
        (_, Some((decisive, others))) => (Some(decisive), others),
    };
    match in_full {
        Some(decisive) => {
            page.append(layout::whole(
                &explained(outcome, decisive, lang, width),
                lang,
                width,
            ));
            others(&mut page, outcome, in_brief, lang, width);
        }
        None => brief(&mut page, outcome, in_brief, lang, width),
    }
    page
}

/// Findings that do not fail: short, then the command.
fn brief(page: &mut Page, outcome: &Outcome, findings: &[Finding], lang: Lang, width: usize) {
    for finding in findings.iter().take(MOST_FINDINGS) {
        page.append(layout::brief(
            &explained(outcome, finding, lang, width),
            lang,
            width,
        ));
    }
    more(page, findings, lang, width);
    if outcome.verdict != Verdict::Pass {
        layout::rerun(page, &visible(&outcome.rerun), lang);
    }
}

/// Findings beside the decisive one: a line each.
fn others(page: &mut Page, outcome: &Outcome, findings: &[Finding], lang: Lang, width: usize) {
    if findings.is_empty() {
        return;
    }
    page.blank();
    page.line(Role::Strong, format!("   {}", lang.pick(words::ALSO_FOUND)));
    for finding in findings.iter().take(MOST_FINDINGS) {
        let role = if finding.is_warning {
            Role::Doubtful
        } else {
            Role::Bad
        };
        let text = explain::headline(outcome, finding, lang);
        page.item((role, "   · "), (Role::Plain, &text), width);
    }
    more(page, findings, lang, width);
}

fn more(page: &mut Page, findings: &[Finding], lang: Lang, width: usize) {
    if let Some(more @ 1..) = findings.len().checked_sub(MOST_FINDINGS) {
        let more = words::left_out(more as u64, words::FINDINGS, lang);
        page.paragraph(Role::Faint, 3, &more, width);
    }
}

fn explained<'a>(
    outcome: &'a Outcome,
    finding: &'a Finding,
    lang: Lang,
    width: usize,
) -> Explanation<'a> {
    let caps = Caps::for_width(layout::columns_for_bytes(width));
    explain::explain(outcome, finding, lang, caps)
}

/// The one line that says what became of an outcome: what happened, or why there is no verdict; none for one that passed.
pub(crate) fn in_one_line(outcome: &Outcome, lang: Lang) -> Option<String> {
    let finding = outcome.findings.first();
    let happened = finding.map(|finding| explain::headline(outcome, finding, lang));
    let because = outcome.because.as_ref();
    happened.or_else(|| because.map(|because| words::because(because, lang)))
}
