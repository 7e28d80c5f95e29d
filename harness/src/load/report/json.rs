//! The outcome of a load for programs. `docs/load.schema.json` describes it.

use std::time::Duration;

use protocol::quote::quote;
use serde::Serialize;

use super::super::outcome::{Ending, Example, Outcome, Pace};
use super::super::subject::Hearers;
use super::super::timing::Latency;
use crate::report::Target;
use crate::report::json::WireRemark;
use crate::report::markup;

/// The number in `schema`: it grows when a reader of the old form would go wrong.
const SCHEMA: &str = "chat-harness/load/v1";

/// The whole outcome as JSON, with a line feed at the end.
#[must_use]
pub fn render(outcome: &Outcome) -> String {
    markup::json(&Load::of(outcome))
}

#[derive(Serialize)]
struct Load<'a> {
    schema: &'static str,
    harness: &'a str,
    verdict: &'static str,
    kept_up: bool,
    target: String,
    dialect: &'a str,
    clients: usize,
    stalled: usize,
    stalled_felt: bool,
    pace: PaceOf,
    seconds: f64,
    size: [usize; 2],
    seed: String,
    checked: &'static str,
    acknowledged: bool,
    one_under_way: bool,
    ending: &'static str,
    sending_seconds: f64,
    elapsed_seconds: f64,
    counts: Counts,
    latency: LatencyOf,
    slices: Slices,
    violations: Vec<ViolationOf>,
    remarks: Vec<WireRemark<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum PaceOf {
    Rate(f64),
    Window(usize),
}

#[derive(Serialize)]
struct Counts {
    joined: usize,
    due: u64,
    sent: u64,
    asked: u64,
    sent_per_second: f64,
    expected: u64,
    checked: u64,
    checked_per_second: f64,
    acknowledged: u64,
    anonymous: u64,
    aside: u64,
    bytes_sent: u64,
    bytes_received: u64,
}

#[derive(Serialize)]
struct LatencyOf {
    delivery: Option<Times>,
    acknowledgement: Option<Times>,
    waited: Option<Times>,
}

#[derive(Serialize)]
struct Times {
    count: u64,
    mean: f64,
    p50: f64,
    p90: f64,
    p99: f64,
    #[serde(rename = "p99.9")]
    p999: f64,
    max: f64,
}

#[derive(Serialize)]
struct Slices {
    every: f64,
    began: Vec<f64>,
    heard: Vec<u64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    max: Vec<f64>,
}

#[derive(Serialize)]
struct ViolationOf {
    kind: &'static str,
    count: u64,
    examples: Vec<ExampleOf>,
}

#[derive(Serialize)]
struct ExampleOf {
    at: f64,
    hearer: Option<String>,
    sender: Option<String>,
    number: Option<u64>,
    count: Option<u64>,
    lacking: Option<[usize; 2]>,
    expected: Option<String>,
    found: Option<String>,
    why: Option<String>,
}

fn micros(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e9).round() / 1e3
}

fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e3).round() / 1e3
}

impl<'a> Load<'a> {
    fn of(outcome: &'a Outcome) -> Self {
        let (counts, slices) = (&outcome.counts, &outcome.slices);
        Self {
            schema: SCHEMA,
            harness: &outcome.version,
            verdict: outcome.verdict().id(),
            kept_up: outcome.kept_up(),
            target: match &outcome.target {
                Target::Embedded => "embedded".to_owned(),
                Target::Attached { address } => address.clone(),
                Target::Spawned { command } => command.clone(),
            },
            dialect: &outcome.dialect,
            clients: outcome.clients,
            stalled: outcome.stalled,
            stalled_felt: outcome.stalled_felt,
            pace: match outcome.pace {
                Pace::Open { rate } => PaceOf::Rate(rate),
                Pace::Closed { window } => PaceOf::Window(window),
            },
            seconds: seconds(outcome.length),
            size: [*outcome.size.start(), *outcome.size.end()],
            seed: outcome.seed.to_string(),
            checked: match outcome.subject.hearers {
                Hearers::Others => "others",
                Hearers::Everyone => "everyone",
                Hearers::Oneself => "oneself",
            },
            acknowledged: outcome.subject.acknowledged,
            one_under_way: !outcome.subject.delimited,
            ending: match outcome.ending {
                Ending::Complete => "complete",
                Ending::NotJoined => "not-joined",
                Ending::Silent(_) => "silent",
                Ending::AllClosed => "all-closed",
                Ending::Deadline => "deadline",
                Ending::Interrupted => "interrupted",
            },
            sending_seconds: seconds(outcome.sending),
            elapsed_seconds: seconds(outcome.elapsed),
            counts: Counts {
                joined: counts.joined,
                due: counts.due,
                sent: counts.sent,
                asked: counts.asked,
                sent_per_second: outcome.sent_rate().round(),
                expected: counts.expected,
                checked: counts.heard,
                checked_per_second: outcome.heard_rate().round(),
                acknowledged: counts.acknowledged,
                anonymous: counts.anonymous,
                aside: counts.aside,
                bytes_sent: counts.bytes_sent,
                bytes_received: counts.bytes_heard,
            },
            latency: LatencyOf {
                delivery: outcome.delivery.as_ref().map(Times::of),
                acknowledgement: outcome.acknowledgement.as_ref().map(Times::of),
                waited: outcome.waited.as_ref().map(Times::of),
            },
            slices: Slices {
                every: seconds(outcome.every),
                began: slices.iter().map(|slice| seconds(slice.began)).collect(),
                heard: slices.iter().map(|slice| slice.heard).collect(),
                p50: slices.iter().map(|slice| micros(slice.median)).collect(),
                p99: slices.iter().map(|slice| micros(slice.p99)).collect(),
                max: slices.iter().map(|slice| micros(slice.longest)).collect(),
            },
            violations: outcome
                .violations
                .iter()
                .map(|violation| ViolationOf {
                    kind: violation.broken.id(),
                    count: violation.count,
                    examples: violation.examples.iter().map(ExampleOf::of).collect(),
                })
                .collect(),
            remarks: outcome.remarks.iter().map(WireRemark::of).collect(),
        }
    }
}

impl Times {
    fn of(latency: &Latency) -> Self {
        let [p50, p90, p99, p999, max] = latency.percentiles.map(micros);
        Self {
            count: latency.count,
            mean: micros(latency.mean),
            p50,
            p90,
            p99,
            p999,
            max,
        }
    }
}

impl ExampleOf {
    fn of(example: &Example) -> Self {
        let shown = |bytes: &[u8]| (!bytes.is_empty()).then(|| quote(bytes).to_string());
        Self {
            at: seconds(example.at),
            hearer: example.hearer.clone(),
            sender: example.sender.clone(),
            number: example.number,
            count: example.count,
            lacking: example.lacking.map(|(lacking, all)| [lacking, all]),
            expected: shown(&example.expected),
            found: shown(&example.found),
            why: example.why.clone(),
        }
    }
}
