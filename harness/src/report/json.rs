//! The report for programs: everything that a grader needs, in both languages, versioned. `docs/report.schema.json` describes it.
//!
//! Private structs, so that the model can change without changing the file. Bytes are given twice: as text with escapes, to
//! read, and in hexadecimal, to compute with. Whatever has a cap says what it cut.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use protocol::matching::Standing;
use protocol::quote::quote;
use serde::Serialize;

use super::{Because, Outcome, Remark, Report, Target, Watched, Words, markup};
use crate::lesson::Lesson;
use crate::transcript::{Entry, Happening, Transcript};
use crate::verdict::{Finding, Verdict};

/// The number in `schema`: it grows when a reader of the old form would go wrong.
const SCHEMA: &str = "chat-harness/report/v1";

/// Of the bytes of a finding, so many are given.
const MOST_BYTES: usize = 16 * 1024;

/// Of each scenario, so many happenings are given: the first and the last.
const FIRST_ENTRIES: usize = 100;
const LAST_ENTRIES: usize = 400;

/// Of the bytes of all of them together about so many, the same for each; between these of one.
const BYTES_OF_ENTRIES: usize = 64 * 1024;
const FEWEST_BYTES_OF_ENTRY: usize = 64;
const MOST_BYTES_OF_ENTRY: usize = 1024;

/// The whole report as JSON, indented, with a line feed at the end.
#[must_use]
pub fn render(report: &Report) -> String {
    markup::json(&wire(report))
}

#[derive(Serialize)]
struct WireReport<'a> {
    schema: &'static str,
    harness: &'a str,
    began: &'a str,
    elapsed_ms: f64,
    target: WireTarget<'a>,
    dialect: WireDialect<'a>,
    strict: bool,
    grade: WireGrade,
    counts: BTreeMap<&'static str, usize>,
    not_run: u32,
    remarks: Vec<WireRemark<'a>>,
    outcomes: Vec<WireOutcome<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum WireTarget<'a> {
    Embedded,
    Attached { address: &'a str },
    Spawned { command: &'a str },
}

#[derive(Serialize)]
struct WireDialect<'a> {
    name: &'a str,
    title: &'a str,
    title_pt: &'a str,
}

#[derive(Serialize)]
struct WireGrade {
    earned: u32,
    possible: u32,
    incomplete: bool,
    required_failed: bool,
}

#[derive(Serialize)]
pub(crate) struct WireRemark<'a> {
    warning: bool,
    words: WireWords<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    watched: Option<WireWatched>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum WireWatched {
    Kept {
        what: &'static str,
        before: u32,
        after: u32,
        clients: u32,
    },
    Busy {
        busy_ms: f64,
        watched_ms: f64,
    },
}

#[derive(Serialize)]
struct WireWords<'a> {
    #[serde(rename = "pt-BR")]
    pt: &'a str,
    en: &'a str,
}

#[derive(Serialize)]
struct WireOutcome<'a> {
    id: &'a str,
    topic: &'a str,
    title: &'a str,
    title_pt: &'a str,
    file: &'a str,
    line: usize,
    level: &'static str,
    verdict: &'static str,
    points: u32,
    earned: u32,
    at_stake: u32,
    because: Option<WireBecause<'a>>,
    rule: Option<&'a str>,
    passage: WirePassage<'a>,
    started_ms: f64,
    elapsed_ms: f64,
    repeated: Option<WireRepeated>,
    rerun: &'a str,
    findings: Vec<WireFinding<'a>>,
    transcript: WireTranscript<'a>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum WireBecause<'a> {
    DialectLacks {
        words: WireWords<'a>,
    },
    ServerDied {
        scenario: Option<&'a str>,
    },
    ServesNobody {
        scenario: &'a str,
    },
    NeverHeard {
        servers: u32,
        clients: usize,
        waited_ms: f64,
    },
    OurFault {
        what: &'a str,
    },
}

#[derive(Serialize)]
struct WirePassage<'a> {
    spec: &'a str,
    quote: Option<&'a str>,
    says: WireWords<'a>,
}

#[derive(Serialize)]
struct WireRepeated {
    passed: u32,
    of: u32,
}

#[derive(Serialize)]
struct WireFinding<'a> {
    kind: &'static str,
    warning: bool,
    at_ms: f64,
    step: Option<WireStep<'a>>,
    client: Option<usize>,
    expected: Vec<WireForm>,
    nearest: usize,
    received: WireBytes,
    differs_at: Option<usize>,
    waited_ms: f64,
    lesson: WireLesson,
    details: BTreeMap<&'static str, String>,
    server_output: Option<&'a str>,
}

#[derive(Serialize)]
struct WireStep<'a> {
    file: &'a str,
    line: usize,
    text: &'a str,
}

#[derive(Serialize)]
struct WireForm {
    standing: &'static str,
    #[serde(flatten)]
    bytes: WireBytes,
}

#[derive(Serialize)]
struct WireBytes {
    text: String,
    hex: String,
    length: usize,
}

#[derive(Serialize)]
struct WireLesson {
    id: &'static str,
    what: WireWords<'static>,
    why: WireWords<'static>,
    fix: WireWords<'static>,
}

#[derive(Serialize)]
struct WireTranscript<'a> {
    clients: Vec<WireClient<'a>>,
    entries: Vec<WireEntry>,
    entries_cut: u64,
    bytes_cut: u64,
}

#[derive(Serialize)]
struct WireClient<'a> {
    actor: String,
    nick: &'a str,
    local_port: Option<u16>,
}

#[derive(Serialize)]
struct WireEntry {
    at_ms: f64,
    client: usize,
    line: Option<usize>,
    what: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<WireBytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quiet_ms: Option<f64>,
}

fn wire(report: &Report) -> WireReport<'_> {
    let grade = report.grade();
    let counts = report.counts();
    let count = |verdict: &Verdict| counts.get(verdict).copied().unwrap_or_default();
    WireReport {
        schema: SCHEMA,
        harness: &report.version,
        began: &report.began,
        elapsed_ms: ms(report.elapsed),
        target: match &report.target {
            Target::Embedded => WireTarget::Embedded,
            Target::Attached { address } => WireTarget::Attached { address },
            Target::Spawned { command } => WireTarget::Spawned { command },
        },
        dialect: WireDialect {
            name: &report.dialect,
            title: &report.dialect_title.en,
            title_pt: &report.dialect_title.pt,
        },
        strict: report.strict,
        grade: WireGrade {
            earned: grade.earned,
            possible: grade.possible,
            incomplete: grade.incomplete,
            required_failed: report.required_failed(),
        },
        counts: Verdict::ALL
            .iter()
            .map(|verdict| (verdict.id(), count(verdict)))
            .collect(),
        not_run: report.not_run,
        remarks: report.remarks.iter().map(WireRemark::of).collect(),
        outcomes: report
            .outcomes
            .iter()
            .map(|outcome| wire_outcome(outcome, report.strict))
            .collect(),
    }
}

impl<'a> WireRemark<'a> {
    pub(crate) fn of(remark: &'a Remark) -> Self {
        Self {
            warning: remark.is_warning,
            words: words(&remark.words),
            watched: remark.watched.map(watched),
        }
    }
}

fn watched(watched: Watched) -> WireWatched {
    match watched {
        Watched::Kept {
            what,
            before,
            after,
            clients,
        } => WireWatched::Kept {
            what: what.id(),
            before,
            after,
            clients,
        },
        Watched::Busy { busy, watched } => WireWatched::Busy {
            busy_ms: ms(busy),
            watched_ms: ms(watched),
        },
    }
}

fn wire_outcome(outcome: &Outcome, strict: bool) -> WireOutcome<'_> {
    WireOutcome {
        id: &outcome.id,
        topic: outcome.topic(),
        title: &outcome.title.en,
        title_pt: &outcome.title.pt,
        file: &outcome.file,
        line: outcome.line,
        level: outcome.level.id(),
        verdict: outcome.verdict.id(),
        points: outcome.points,
        earned: outcome.earned(strict),
        at_stake: outcome.verdict.at_stake(outcome.points),
        because: outcome.because.as_ref().map(because),
        rule: outcome.rule.as_deref(),
        passage: WirePassage {
            spec: &outcome.passage.spec,
            quote: outcome.passage.quote.as_deref(),
            says: words(&outcome.passage.says),
        },
        started_ms: ms(outcome.started),
        elapsed_ms: ms(outcome.elapsed),
        repeated: outcome
            .repeated
            .map(|(passed, of)| WireRepeated { passed, of }),
        rerun: &outcome.rerun,
        findings: outcome.findings.iter().map(wire_finding).collect(),
        transcript: wire_transcript(&outcome.transcript),
    }
}

fn because(because: &Because) -> WireBecause<'_> {
    match because {
        Because::DialectLacks(lacks) => WireBecause::DialectLacks {
            words: words(lacks),
        },
        Because::ServerDiedIn(id) => WireBecause::ServerDied {
            scenario: Some(id.as_str()).filter(|id| !id.is_empty()),
        },
        Because::ServesNobodySince(scenario) => WireBecause::ServesNobody { scenario },
        Because::NeverHeard {
            servers,
            clients,
            waited,
        } => WireBecause::NeverHeard {
            servers: *servers,
            clients: *clients,
            waited_ms: ms(*waited),
        },
        Because::OurFault(what) => WireBecause::OurFault { what },
    }
}

fn wire_finding(finding: &Finding) -> WireFinding<'_> {
    let form = |form: &crate::verdict::ExpectedForm| WireForm {
        standing: match form.standing {
            Standing::Document => "document",
            Standing::Accepted => "accepted",
            Standing::Tolerated => "tolerated",
        },
        bytes: bytes(&form.bytes, MOST_BYTES),
    };
    WireFinding {
        kind: finding.kind.id(),
        warning: finding.is_warning,
        at_ms: ms(finding.at),
        step: finding.step.as_ref().map(|step| WireStep {
            file: &step.file,
            line: step.line,
            text: &step.text,
        }),
        client: finding.client.map(|client| client.0),
        expected: finding.expected.iter().map(form).collect(),
        nearest: finding.nearest,
        received: bytes(&finding.received, MOST_BYTES),
        differs_at: finding.differs_at,
        waited_ms: ms(finding.waited),
        lesson: lesson(finding.lesson),
        details: finding
            .details
            .iter()
            .map(|(name, value)| (*name, value.to_string()))
            .collect(),
        server_output: finding.server_output.as_deref(),
    }
}

const fn lesson(lesson: &'static Lesson) -> WireLesson {
    const fn pair([pt, en]: [&'static str; 2]) -> WireWords<'static> {
        WireWords { pt, en }
    }
    WireLesson {
        id: lesson.id,
        what: pair(lesson.what),
        why: pair(lesson.why),
        fix: pair(lesson.fix),
    }
}

fn wire_transcript(transcript: &Transcript) -> WireTranscript<'_> {
    let all = &transcript.entries;
    let (first, last) = match all.len() > FIRST_ENTRIES + LAST_ENTRIES {
        true => (&all[..FIRST_ENTRIES], &all[all.len() - LAST_ENTRIES..]),
        false => (all.as_slice(), [].as_slice()),
    };
    let shown = first.len() + last.len();
    let cut = (all.len() - shown) as u64;
    let most = (BYTES_OF_ENTRIES / shown.max(1)).clamp(FEWEST_BYTES_OF_ENTRY, MOST_BYTES_OF_ENTRY);
    WireTranscript {
        clients: transcript
            .clients
            .iter()
            .map(|client| WireClient {
                actor: client.player.to_string(),
                nick: &client.nick,
                local_port: client.local_port,
            })
            .collect(),
        entries: first
            .iter()
            .chain(last)
            .map(|entry| wire_entry(entry, most))
            .collect(),
        entries_cut: transcript.entries_dropped.saturating_add(cut),
        bytes_cut: transcript.bytes_dropped,
    }
}

fn wire_entry(entry: &Entry, most: usize) -> WireEntry {
    let (what, content, quiet) = match &entry.what {
        Happening::Connected => ("connected", None, None),
        Happening::Sent(content) => ("sent", Some(content), None),
        Happening::Received(content) => ("received", Some(content), None),
        Happening::Finished => ("finished", None, None),
        Happening::Closed => ("closed", None, None),
        Happening::Reset => ("reset", None, None),
        Happening::ServerClosed => ("server-closed", None, None),
        Happening::ServerReset => ("server-reset", None, None),
        Happening::StoppedReading => ("stopped-reading", None, None),
        Happening::ReadsAgain => ("reads-again", None, None),
        Happening::QuietFor(time) => ("quiet", None, Some(*time)),
    };
    WireEntry {
        at_ms: ms(entry.at),
        client: entry.client.0,
        line: entry.line,
        what,
        bytes: content.map(|content| bytes(content, most)),
        quiet_ms: quiet.map(ms),
    }
}

fn bytes(all: &[u8], most: usize) -> WireBytes {
    let kept = all.get(..most).unwrap_or(all);
    let mut hex = String::with_capacity(kept.len() * 2);
    for byte in kept {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    WireBytes {
        text: quote(kept).to_string(),
        hex,
        length: all.len(),
    }
}

fn words(words: &Words) -> WireWords<'_> {
    WireWords {
        pt: &words.pt,
        en: &words.en,
    }
}

/// Milliseconds, to the microsecond: what lies beyond is noise.
fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests;
