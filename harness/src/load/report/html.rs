//! The outcome of a load as one HTML file for a browser: the verdict, the numbers, the curves, each violation explained.
//!
//! It follows the reader's choice of dark or light, as all our pages do.

use maud::{Markup, html};
use protocol::lang::Lang;
use protocol::quote::visible;

use super::super::outcome::{Outcome, Pace, Violation};
use super::super::timing::{Latency, PERCENTILES, Slice};
use super::lesson::lesson;
use super::plot::{Axis, Curve, Mark, decades, linear, log, plot};
use super::words;
use crate::report::html::whole_page;
use crate::report::words::target;

const STYLE: &str = include_str!("style.css");

/// The whole report as an HTML page.
#[must_use]
pub fn render(outcome: &Outcome, lang: Lang) -> String {
    let (class, sign) = (outcome.verdict().id(), outcome.verdict().sign());
    let clients = words::grouped(outcome.clients as u64, lang);
    let title = format!(
        "{sign} {} · {}",
        lang.pick(words::LOAD),
        target(&outcome.target, lang)
    );
    let body = html! {
        h1 class=(class) { (sign) " " (words::verdict(outcome, lang)) }
        p {
            (clients) " " (lang.pick(words::CLIENTS)) ": " (words::pace(outcome, lang)) " · "
            (target(&outcome.target, lang)) " · " (lang.pick(words::DIALECT)) " "
            (visible(&outcome.dialect))
            @if !outcome.dialect_title.of(lang).is_empty() { " (" (visible(outcome.dialect_title.of(lang))) ")" }
        }
        p.faint { (words::checked(outcome, lang)) " · harness " (visible(&outcome.version)) }
        (numbers(outcome, lang))
        @for remark in words::remarks(outcome, lang) { p.remark { "! " (remark) } }
        (curves(outcome, lang))
        (latencies(outcome, lang))
        @for violation in &outcome.violations { (explained(outcome, violation, lang)) }
        @if let Some(output) = &outcome.output {
            h2 { (lang.pick(words::PRINTED)) }
            pre { @for line in output.lines() { (visible(line)) "\n" } }
        }
    };
    whole_page(&title, STYLE, &body, lang)
}

fn numbers(outcome: &Outcome, lang: Lang) -> Markup {
    html! {
        table {
            @for (what, count, rate) in words::numbers(outcome, lang) {
                tr { td { (what) } td.number { (count) } td.number { (rate) } }
            }
        }
    }
}

fn latencies(outcome: &Outcome, lang: Lang) -> Markup {
    let rows = [
        (words::DELIVERY, &outcome.delivery),
        (words::ACKNOWLEDGEMENT, &outcome.acknowledgement),
        (words::WAITED, &outcome.waited),
    ];
    let from = words::FROM[usize::from(matches!(outcome.pace, Pace::Closed { .. }))];
    html! {
        @if outcome.delivery.is_some() {
            div.wide { table {
                thead { tr {
                    th { (lang.pick(words::LATENCY)) }
                    @for share in PERCENTILES { th.number { (words::percentile(share, lang)) } }
                    th.number { (lang.pick(words::MEAN)) }
                } }
                @for (name, latency) in rows {
                    @if let Some(latency) = latency {
                        tr {
                            td { (lang.pick(name)) }
                            @for time in latency.percentiles { td.number { (words::time(time, lang)) } }
                            td.number { (words::time(latency.mean, lang)) }
                        }
                    }
                }
            } }
            p.faint { (lang.pick(from)) }
        }
    }
}

fn curves(outcome: &Outcome, lang: Lang) -> Markup {
    html! {
        @if outcome.slices.len() > 1 {
            (over_time(&outcome.slices, lang))
            (throughput(outcome, lang))
        }
        @if let Some(delivery) = &outcome.delivery { (by_share(delivery, lang)) }
    }
}

fn time_axis(slices: &[Slice], lang: Lang) -> Axis {
    let end = slices.last().map_or(1.0, |slice| slice.began.as_secs_f64());
    let mut axis = linear(end, 8.0, |seconds| {
        let text = format!("{} s", (seconds * 100.0).round() / 100.0);
        match lang {
            Lang::PtBr => text.replace('.', ","),
            Lang::En => text,
        }
    });
    // The last mark may stand behind the end.
    axis.to = end.max(f64::MIN_POSITIVE);
    axis.marks.retain(|mark| mark.at <= end);
    axis
}

fn over_time(slices: &[Slice], lang: Lang) -> Markup {
    let heard = || slices.iter().filter(|slice| slice.heard > 0);
    let up = decades(
        heard().flat_map(|slice| [slice.median, slice.longest]),
        words::decade,
    );
    let curve = |class, name, of: fn(&Slice) -> std::time::Duration| Curve {
        class,
        name,
        points: heard()
            .map(|slice| (slice.began.as_secs_f64(), log(of(slice))))
            .collect(),
    };
    let title = format!(
        "{}, {}",
        lang.pick(words::LATENCY),
        lang.pick(words::OVER_TIME)
    );
    let curves = [
        curve("median", "p50", |slice| slice.median),
        curve("p99", "p99", |slice| slice.p99),
        curve("longest", lang.pick(words::LONGEST), |slice| slice.longest),
    ];
    plot(&title, &time_axis(slices, lang), &up, &curves)
}

fn throughput(outcome: &Outcome, lang: Lang) -> Markup {
    let every = outcome.every.as_secs_f64();
    let rate = |slice: &Slice| slice.heard as f64 / every;
    let most = outcome.slices.iter().map(rate).fold(0.0, f64::max);
    let up = linear(most, 4.0, |rate| words::grouped(rate as u64, lang));
    let points = outcome
        .slices
        .iter()
        .map(|slice| (slice.began.as_secs_f64(), rate(slice)));
    let curve = Curve {
        class: "rate",
        name: "",
        points: points.collect(),
    };
    plot(
        lang.pick(words::PER_SECOND),
        &time_axis(&outcome.slices, lang),
        &up,
        &[curve],
    )
}

/// The rarer, the further right: each mark is ten times as rare as the one before.
fn by_share(delivery: &Latency, lang: Lang) -> Markup {
    const END: f64 = 4.6;
    let place = |share: f64| match share {
        share if share >= 100.0 => END,
        share => -(1.0 - share / 100.0).log10(),
    };
    let marks = [0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 100.0];
    let across = Axis {
        from: 0.0,
        to: END,
        marks: marks
            .map(|share| Mark {
                at: place(share),
                text: match share {
                    100.0 => lang.pick(words::LONGEST).to_owned(),
                    share => words::percentile(share, lang),
                },
            })
            .into(),
    };
    let up = decades(delivery.curve.iter().map(|(_, time)| *time), words::decade);
    let points = delivery
        .curve
        .iter()
        .map(|(share, time)| (place(*share), log(*time)));
    let curve = Curve {
        class: "p99",
        name: "",
        points: points.collect(),
    };
    plot(lang.pick(words::BY_SHARE), &across, &up, &[curve])
}

fn explained(outcome: &Outcome, violation: &Violation, lang: Lang) -> Markup {
    let broken = violation.broken;
    let lesson = lesson(broken, outcome.stalled > 0);
    html! {
        section.violation {
            h2.fail { "✗ " (words::headline(outcome, violation, lang)) }
            ul {
                @for example in &violation.examples {
                    li {
                        (visible(&words::example(broken, example, lang)))
                        @if words::shows_sent(broken) && !example.expected.is_empty() {
                            br; span.faint { (lang.pick(words::EXPECTED)) " " } code { (words::shown(&example.expected, lang)) }
                        }
                        @if !example.found.is_empty() {
                            br; span.faint { (lang.pick(words::FOUND)) " " } code { (words::shown(&example.found, lang)) }
                        }
                    }
                }
            }
            h3 { (lang.pick(words::WHY)) }
            p { (lang.pick(lesson.why)) }
            h3 { (lang.pick(words::TRY)) }
            p { (lang.pick(lesson.fix)) }
        }
    }
}
