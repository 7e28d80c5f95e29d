//! The report as one HTML file for a browser: the grade, a table of all scenarios, each failure explained, and for each scenario
//! the ladder of all clients' messages with the failing step marked.
//!
//! It holds everything it needs, runs no script (and forbids any), and follows the reader's choice of dark or light. maud escapes
//! whatever is put into it.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use protocol::lang::Lang;
use protocol::quote::visible;

use super::causes::causes;
use super::explain::{self, Caps, Comparison, Explanation};
use super::ladder::{self, Ladder, Row, What, Window};
use super::{Outcome, Report, excerpt, words};
use crate::transcript::Happening;
use crate::verdict::{Finding, Verdict};

/// What all our pages share.
const BASE: &str = include_str!("html/base.css");
const STYLE: &str = include_str!("html/style.css");

/// Columns of bytes, in comparisons and in the ladder.
const COLUMNS: usize = 96;
const LADDER_COLUMNS: usize = 240;

/// Rows of a ladder around a finding, and of one that nothing went wrong in.
const AROUND: Window = Window {
    before: 150,
    after: 50,
};
const FROM_THE_START: Window = Window {
    before: 0,
    after: 60,
};

/// More lanes than this are drawn narrow, and many more not at all.
const WIDE_LANES: usize = 6;
const MOST_LANES: usize = 12;

/// So many notes.
const MOST_REMARKS: usize = 20;

/// Of each scenario, so many findings are explained.
const MOST_FINDINGS: usize = 10;

/// The whole report as an HTML page.
#[must_use]
pub fn render(report: &Report, lang: Lang) -> String {
    let (grade, target) = (
        words::grade(report.grade(), lang),
        words::target(&report.target, lang),
    );
    let body = html! {
        (header(report, lang))
        (remarks(report, lang))
        (table(report, lang))
        (points_lost(report, lang))
        (accounts(report, lang))
    };
    whole_page(&format!("{grade} · {target}"), STYLE, &body, lang)
}

/// A page that holds everything it needs, and forbids all scripts.
pub(crate) fn whole_page(title: &str, style: &str, body: &Markup, lang: Lang) -> String {
    let page = html! {
        (DOCTYPE)
        html lang=(lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(BASE)) (PreEscaped(style)) }
            }
            body { (body) }
        }
    };
    page.into_string() + "\n"
}

/// Our own words, in which names and commands stand between backticks: these as code.
fn prose(text: &str) -> Markup {
    let is_paired = text.matches('`').count().is_multiple_of(2);
    html! {
        @if is_paired {
            @for (at, part) in text.split('`').enumerate() {
                @if at % 2 == 1 { code { (part) } } @else { (part) }
            }
        } @else { (text) }
    }
}

fn header(report: &Report, lang: Lang) -> Markup {
    let verdict = if report.required_failed() {
        "fail"
    } else {
        "pass"
    };
    let counts = report.counts();
    html! {
        h1 class=(verdict) { (words::grade(report.grade(), lang)) }
        div.bar aria-hidden="true" {
            @for (verdict, count) in &counts {
                span class=(verdict.id()) style=(format!("flex: {count}")) {}
            }
        }
        p { (words::tally(report, lang)) " · " (words::seconds(report.elapsed, lang)) }
        p.faint {
            (words::target(&report.target, lang)) " · "
            (lang.pick(words::DIALECT)) " " (visible(&report.dialect))
            @if !report.dialect_title.of(lang).is_empty() { " (" (visible(report.dialect_title.of(lang))) ")" } " · "
            (visible(&report.began)) " · harness " (visible(&report.version))
        }
    }
}

fn remarks(report: &Report, lang: Lang) -> Markup {
    html! {
        @if !report.remarks.is_empty() {
            h2 { (lang.pick(words::NOTES)) }
            ul {
                @for remark in report.remarks.iter().take(MOST_REMARKS) {
                    li class=[remark.is_warning.then_some("warn")] { (visible(remark.words.of(lang))) }
                }
                @if let Some(more @ 1..) = report.remarks.len().checked_sub(MOST_REMARKS) {
                    li { (words::left_out(more as u64, words::REMARKS, lang)) }
                }
            }
        }
    }
}

/// The account of a scenario is linked to by its place in the run: identifiers are anybody's text.
fn place(report: &Report, outcome: &Outcome) -> usize {
    let all = report.outcomes.iter();
    all.take_while(|other| !std::ptr::eq(*other, outcome))
        .count()
}

/// What to fix first: the causes, with what they cost and where they were seen.
fn points_lost(report: &Report, lang: Lang) -> Markup {
    let causes = causes(report);
    html! {
        @if !causes.is_empty() {
            h2 { (lang.pick(words::WHERE_POINTS_WENT)) }
            ul.causes {
                @for cause in &causes {
                    li {
                        b.fail { "−" (cause.lost) } " " (cause.what(lang)) br;
                        @for outcome in &cause.outcomes {
                            a.faint href=(format!("#s{}", place(report, outcome))) { code { (visible(&outcome.id)) } } " "
                        }
                    }
                }
            }
        }
    }
}

fn table(report: &Report, lang: Lang) -> Markup {
    html! {
        table {
            thead { tr {
                th { (lang.pick(words::VERDICT)) }
                th { (lang.pick(words::SCENARIO)) }
                th.level { (lang.pick(words::LEVEL)) }
                th.number { (lang.pick(words::POINTS)) }
            } }
            @for (topic, outcomes) in report.by_topic() {
                tbody {
                    tr.topic { th colspan="4" { (topic_name(topic, lang)) } }
                    @for outcome in outcomes { (row(outcome, place(report, outcome), report.strict, lang)) }
                }
            }
        }
    }
}

fn topic_name(topic: &str, lang: Lang) -> String {
    match topic {
        "" => lang.pick(words::NO_TOPIC).to_owned(),
        topic => visible(topic),
    }
}

fn row(outcome: &Outcome, place: usize, strict: bool, lang: Lang) -> Markup {
    let verdict = outcome.verdict;
    html! {
        tr {
            td class=(verdict.id()) { (words::sign(verdict)) " " (lang.pick(words::verdict(verdict))) }
            td {
                a href=(format!("#s{place}")) { (visible(outcome.title.of(lang))) }
                @if let Some(because) = &outcome.because {
                    br; span.faint { (prose(&words::because(because, lang))) }
                }
                @if let Some(repeated) = outcome.repeated {
                    br; span.faint { (words::repeated(repeated, lang)) }
                }
            }
            td.level { (lang.pick(words::level(outcome.level))) }
            td.number { (words::points(outcome, strict)) }
        }
    }
}

fn accounts(report: &Report, lang: Lang) -> Markup {
    html! {
        h2 { (lang.pick(words::EACH_SCENARIO)) }
        @for (place, outcome) in report.outcomes.iter().enumerate() {
            (account(outcome, place, report.strict, lang))
        }
    }
}

/// Open where something is to be read.
fn account(outcome: &Outcome, place: usize, strict: bool, lang: Lang) -> Markup {
    let verdict = outcome.verdict;
    let is_open = matches!(verdict, Verdict::Fail | Verdict::Error);
    html! {
        details.outcome.(verdict.id()) id=(format!("s{place}")) open[is_open] {
            summary {
                b { (words::sign(verdict)) } " " (visible(outcome.title.of(lang))) " "
                span.faint { code { (visible(&outcome.id)) } " · " (words::points(outcome, strict)) }
            }
            @if let Some(because) = &outcome.because { p { (prose(&words::because(because, lang))) } }
            @for (at, finding) in outcome.findings.iter().take(MOST_FINDINGS).enumerate() {
                (explanation(outcome, finding, at == 0, lang))
            }
            @if let Some(more @ 1..) = outcome.findings.len().checked_sub(MOST_FINDINGS) {
                p.faint { (words::left_out(more as u64, words::FINDINGS, lang)) }
            }
            @if outcome.findings.is_empty() {
                (ladder(&ladder::around(&outcome.transcript, &[], None, FROM_THE_START), lang))
            }
            h3 { (lang.pick(words::RUN_AGAIN)) }
            pre { (visible(&outcome.rerun)) }
            p.faint { (visible(&outcome.file)) ":" (outcome.line) " · " (words::seconds(outcome.elapsed, lang)) }
        }
    }
}

/// All five parts for the decisive finding; for the others, what differs between them.
fn explanation(outcome: &Outcome, finding: &Finding, is_decisive: bool, lang: Lang) -> Markup {
    let caps = Caps {
        window: AROUND,
        forms: 8,
        output_lines: 40,
        ..Caps::for_width(COLUMNS)
    };
    let explained = explain::explain(outcome, finding, lang, caps);
    html! {
        p.what { (explained.what) }
        @if is_decisive {
            (document(&explained, lang))
            (sent(&explained, lang))
        }
        h3 { (lang.pick(words::EXPECTED_AGAINST_RECEIVED)) }
        (comparison(&explained.comparison, lang))
        @if is_decisive {
            h3 { (lang.pick(words::ON_THE_WIRE)) }
            (ladder(&explained.ladder, lang))
        }
        @if let Some(output) = &explained.output {
            h3 { (lang.pick(words::SERVER_PRINTED)) }
            @if output.earlier > 0 {
                p.faint { (words::left_out(output.earlier as u64, words::OUTPUT_LINES, lang)) }
            }
            pre { (output.lines.join("\n")) }
        }
        h3 { (lang.pick(words::WHY_USUALLY)) }
        p { (prose(&explained.why)) }
        h3 { (lang.pick(words::WHAT_TO_TRY)) }
        p { (prose(&explained.fix)) }
    }
}

fn document(explained: &Explanation<'_>, lang: Lang) -> Markup {
    let document = &explained.document;
    html! {
        h3 {
            (lang.pick(words::THE_DOCUMENT_SAYS))
            @if !document.spec.is_empty() { " " span.faint { "(" (document.spec) ")" } }
        }
        @if let Some(quote) = &document.quote { blockquote { "«" (quote) "»" } }
        p { (document.says) }
    }
}

fn sent(explained: &Explanation<'_>, lang: Lang) -> Markup {
    html! {
        h3 { (lang.pick(words::WHAT_WAS_SENT)) }
        @if explained.sent.is_empty() { p { (lang.pick(words::NOTHING_WAS_SENT)) } }
        @for sending in &explained.sent {
            p { (sending.who) ", " span.faint { (sending.at) } ": " code { (sending.bytes) } }
        }
    }
}

/// The width of the labels before the bytes.
const LABEL: usize = 11;

fn comparison(comparison: &Comparison, lang: Lang) -> Markup {
    let label = |pair: words::Pair| super::page::pad(lang.pick(pair), LABEL);
    let instead = comparison.instead.unwrap_or(lang.pick(words::NOTHING));
    html! {
        p.faint {
            code { (comparison.step) }
            @if let Some(line) = comparison.line { " (" (lang.pick(words::LINE)) " " (line) ")" }
            @if let Some(waited) = &comparison.waited { " · " (waited) }
        }
        pre {
            @for (at, form) in comparison.expected.iter().enumerate() {
                span.faint { (label(words::standing(form.standing))) }
                span class=[(at == 0).then_some("ok")] { (form.bytes.text) } "\n"
            }
            @if comparison.expects_nothing && comparison.received.is_some() {
                span.faint { (label(words::EXPECTED)) } span.ok { (lang.pick(words::NOTHING)) } "\n"
            }
            @if comparison.more_forms > 0 {
                (words::left_out(comparison.more_forms as u64, words::FORMS, lang)) "\n"
            }
            span.faint { (label(words::RECEIVED)) }
            @match &comparison.received {
                Some(received) => {
                    span.not { (received.text) } "\n"
                    @if let (Some(column), Some(caret)) = (received.column, &comparison.caret) {
                        span.not { (" ".repeat(LABEL + column)) "^ " (caret) }
                    }
                }
                None => span.not { (instead) },
            }
        }
    }
}

fn ladder(ladder: &Ladder<'_>, lang: Lang) -> Markup {
    let lanes = ladder.lanes.len();
    let has_lanes = lanes <= MOST_LANES;
    html! {
        @if ladder.rows.is_empty() { p.faint { (lang.pick(words::NOTHING_HAPPENED)) } }
        @else {
            ol.ladder.many[lanes > WIDE_LANES] style=(format!("--lanes: {lanes}")) {
                @if has_lanes { (lane_names(ladder, lang)) }
                @for row in &ladder.rows { (rung(row, ladder, has_lanes, lang)) }
            }
        }
        @for (count, what) in [
            (ladder.earlier as u64, words::EARLIER_EVENTS),
            (ladder.later as u64, words::LATER_EVENTS),
            (ladder.entries_dropped, words::EVENTS_NOT_KEPT),
            (ladder.bytes_dropped, words::BYTES_NOT_KEPT),
        ] {
            @if count > 0 { p.faint { (words::left_out(count, what, lang)) } }
        }
    }
}

fn lane_names(ladder: &Ladder<'_>, lang: Lang) -> Markup {
    html! {
        li.head {
            span.time { "ms" }
            span.line { (lang.pick(words::LINE)) }
            span.lanes {
                @for (lane, client) in ladder.lanes.iter().enumerate() {
                    span.at style=(format!("--lane: {lane}")) {
                        b { (words::lane(&client.player, lang)) }
                        br; (visible(&client.nick))
                        @if let Some(port) = client.local_port { br; ":" (port) }
                    }
                }
                span.at style=(format!("--lane: {}", ladder.lanes.len())) { b { (lang.pick(words::SERVER)) } }
            }
            span.text {}
        }
    }
}

fn rung(row: &Row<'_>, ladder: &Ladder<'_>, has_lanes: bool, lang: Lang) -> Markup {
    let text = match row.bytes() {
        Some(bytes) => excerpt::beginning(bytes, LADDER_COLUMNS),
        None => row.words(lang),
    };
    let client = row.lane.and_then(|lane| ladder.lanes.get(lane));
    let actor = client.map_or_else(String::new, |client| words::lane(&client.player, lang));
    html! {
        li class=(class(row)) {
            span.time { (words::millis(row.at, lang)) }
            span.line { @if let Some(line) = row.line { (line) } }
            @if has_lanes {
                span.lanes {
                    @if let Some(lane) = row.lane { (sign(row, lane)) }
                    // For those who hear the page instead of seeing it.
                    span.hidden { (actor) " " @if row.bytes().is_some() { (row.words(lang)) } }
                }
            } @else {
                span.name { (row.sign()) " " (actor) }
            }
            span.text { (text) }
        }
    }
}

fn sign(row: &Row<'_>, lane: usize) -> Markup {
    let style = format!("--lane: {lane}");
    html! {
        @if row.bytes().is_some() { span.arrow style=(style) {} }
        @else { span.at style=(style) aria-hidden="true" { (row.sign()) } }
    }
}

const fn class(row: &Row<'_>) -> &'static str {
    match row.what {
        What::Found(finding) if finding.is_warning => "found doubt",
        What::Found(_) => "found",
        What::Happened(Happening::Sent(_)) => "sent",
        What::Happened(Happening::Received(_)) => "received",
        What::Happened(_) | What::Repeated(_) => "event",
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn what_stands_between_backticks_is_code() {
        assert_eq!(prose("use `a<b`.").0, "use <code>a&lt;b</code>.");
        assert_eq!(prose("a ` b").0, "a ` b");
    }

    #[test]
    fn it_is_written_as_it_always_was() {
        for lang in Lang::ALL {
            let page = render(&fixture::short_report(), lang);
            let body = page.replace(STYLE, "…").replace("><", ">\n<");
            insta::assert_snapshot!(format!("{lang}"), body);
        }
    }

    #[test]
    fn nothing_of_a_server_becomes_markup() {
        let page = render(&fixture::report(), Lang::En);
        assert!(!page.contains("<script") && !page.contains("<b>\""));
        assert!(!page.chars().any(|c| c.is_control() && c != '\n'));
        assert!(!page.contains('\u{202e}'));
        assert!(page.contains("&lt;script&gt;"));
    }

    #[test]
    fn no_element_has_an_attribute_twice() {
        let page = render(&fixture::report(), Lang::En);
        for element in page.split('<') {
            let attributes = element.split('>').next().unwrap_or_default();
            assert!(attributes.matches(" class=").count() <= 1, "{attributes}");
        }
    }

    #[test]
    fn a_flood_is_cut_and_counted() {
        let page = render(&fixture::report(), Lang::En);
        assert!(page.len() < 300_000, "{}", page.len());
        assert!(page.contains("later events not shown: "));
        assert!(page.contains("bytes beyond the limit of what is kept: 1048576"));
    }

    #[test]
    fn every_link_leads_somewhere() {
        let report = fixture::report();
        let page = render(&report, Lang::En);
        for place in 0..report.outcomes.len() {
            assert!(page.contains(&format!("href=\"#s{place}\"")));
            assert!(page.contains(&format!("id=\"s{place}\"")));
        }
    }
}
