//! What must hold in every report alike.

use proptest::prelude::*;
use protocol::lang::Lang;
use serde_json::Value;

use super::format::{Format, Setting};
use super::*;
use crate::transcript::Player;
use crate::verdict::Detail;

/// A scenario's points: its id, what it earned, what was at stake.
type Points = (String, u64, u64);

fn points(report: &Report) -> Vec<Points> {
    let of = |outcome: &Outcome| {
        let at_stake = outcome.verdict.at_stake(outcome.points);
        let earned = outcome.earned(report.strict);
        (outcome.id.clone(), earned.into(), at_stake.into())
    };
    report.outcomes.iter().map(of).collect()
}

fn in_json(text: &str, list: &str, [name, earned, at_stake]: [&str; 3]) -> Vec<Points> {
    let value: Value = serde_json::from_str(text).expect("it is JSON");
    let number = |of: &Value, key: &str| of[key].as_u64().expect("points are integers");
    let of = |item: &Value| {
        let name = item[name].as_str().expect("it has a name");
        (
            name.to_owned(),
            number(item, earned),
            number(item, at_stake),
        )
    };
    value[list]
        .as_array()
        .expect("a list")
        .iter()
        .map(of)
        .collect()
}

/// The numbers after each of two marks, in order.
fn pairs(text: &str, earned: &str, at_stake: &str) -> Vec<(u64, u64)> {
    let numbers = |mark: &str| {
        let after = text.split(mark).skip(1);
        let number = |rest: &str| {
            let digits = rest.chars().take_while(char::is_ascii_digit);
            digits.collect::<String>().parse().expect("a number")
        };
        after.map(number).collect::<Vec<u64>>()
    };
    numbers(earned).into_iter().zip(numbers(at_stake)).collect()
}

#[track_caller]
fn check_points(report: &Report) {
    let wanted = points(report);
    let json = json::render(report);
    assert_eq!(
        in_json(&json, "outcomes", ["id", "earned", "at_stake"]),
        wanted
    );
    let classroom = classroom50::render(report, &classroom50::Identity::default(), Lang::En);
    assert_eq!(
        in_json(&classroom, "tests", ["test-name", "score", "max-score"]),
        wanted
    );

    // These order by topic or leave out the points of what does not apply.
    let mut by_topic: Vec<(u64, u64)> = Vec::new();
    for (_, outcomes) in report.by_topic() {
        let of = |outcome: &&Outcome| wanted.iter().find(|(id, ..)| *id == outcome.id).cloned();
        by_topic.extend(
            outcomes
                .iter()
                .filter_map(of)
                .map(|(_, earned, stake)| (earned, stake)),
        );
    }
    let scope = gradescope::render(report, Lang::En);
    let scope = in_json(&scope, "tests", ["name", "score", "max_score"]);
    let scope: Vec<(u64, u64)> = scope
        .into_iter()
        .map(|(_, earned, stake)| (earned, stake))
        .collect();
    assert_eq!(scope, by_topic);
    let xml = junit::render(report, Lang::En);
    let marks = ["points", "possible"].map(|name| format!("<property name=\"{name}\" value=\""));
    assert_eq!(pairs(&xml, &marks[0], &marks[1]), by_topic);

    let applicable = |outcome: &&Outcome| outcome.verdict != Verdict::NotApplicable;
    let applicable: Vec<&str> = report
        .outcomes
        .iter()
        .filter(applicable)
        .map(|outcome| outcome.id.as_str())
        .collect();
    let in_order: Vec<(u64, u64)> = wanted
        .iter()
        .filter(|(id, ..)| applicable.contains(&id.as_str()))
        .map(|(_, earned, stake)| (*earned, *stake))
        .collect();
    let tap = tap::render(report, tap::Version::V14, Lang::En);
    assert_eq!(pairs(&tap, "\n  points: ", "\n  possible: "), in_order);
    let entry = gradebook::Entry {
        student: "ana",
        report,
    };
    let table = gradebook::render(&[entry], Lang::En);
    let line = table.lines().nth(1).expect("a line for the entry");
    let earned: Vec<u64> = line
        .split(',')
        .skip(7)
        .filter_map(|cell| cell.parse().ok())
        .collect();
    assert_eq!(
        earned,
        in_order
            .iter()
            .map(|(earned, _)| *earned)
            .collect::<Vec<_>>()
    );
}

#[test]
fn the_same_points_in_every_report() {
    let mut report = fixture::report();
    check_points(&report);
    report.strict = true;
    check_points(&report);
}

#[test]
fn the_same_grade_in_every_report() {
    for strict in [false, true] {
        let mut report = fixture::report();
        report.strict = strict;
        let grade = report.grade();
        let shown = format!("{}/{}", grade.earned, grade.possible);
        for (format, text) in all(&report, Lang::PtBr) {
            let is_sum_of_parts = matches!(format, Format::Junit | Format::Gradescope);
            let parted = matches!(format, Format::Json | Format::Classroom50 | Format::Csv);
            let has = text.contains(&shown)
                || parted
                    && text.contains(&grade.earned.to_string())
                    && text.contains(&grade.possible.to_string());
            assert!(is_sum_of_parts || has, "{format} without {shown}");
        }
    }
}

/// Every report, as its file or its text on a terminal without colour.
fn all(report: &Report, lang: Lang) -> Vec<(Format, String)> {
    let setting = Setting {
        student: report.dialect.clone(),
        ..Setting::plain(lang)
    };
    let forms = Format::ALL.into_iter();
    forms
        .map(|format| (format, format.render(report, &setting)))
        .collect()
}

#[test]
fn helpers_are_named_in_the_readers_language() {
    let report = fixture::report();
    for (format, text) in all(&report, Lang::PtBr) {
        // Programs read the same in every language.
        let is_neutral = format == Format::Json;
        for name in ["alive?", "crowd 3 ("] {
            assert_eq!(text.contains(name), is_neutral, "{format}: {name}");
        }
    }
    let page = html::render(&report, Lang::PtBr);
    assert!(page.contains("vivo?") && page.contains("cliente 3 da multidão"));
}

#[test]
fn a_run_of_nothing_is_reported_too() {
    let mut report = fixture::report();
    report.outcomes.clear();
    report.remarks.clear();
    for lang in Lang::ALL {
        for (format, text) in all(&report, lang) {
            assert!(!text.is_empty(), "{format}");
        }
    }
}

/// A run in which everything that comes from outside is `text` or `bytes`.
fn of(text: &str, bytes: &[u8]) -> Report {
    use crate::transcript::Happening;

    let words = || Words {
        pt: text.to_owned(),
        en: text.to_owned(),
    };
    let mut report = fixture::report();
    report.dialect = text.to_owned();
    report.dialect_title = words();
    report.began = text.to_owned();
    report.target = Target::Spawned {
        command: text.to_owned(),
    };
    for remark in &mut report.remarks {
        remark.words = words();
    }
    for outcome in &mut report.outcomes {
        for field in [
            &mut outcome.id,
            &mut outcome.title.pt,
            &mut outcome.title.en,
            &mut outcome.file,
            &mut outcome.rerun,
        ] {
            *field = text.to_owned();
        }
        outcome.passage = Passage {
            spec: text.to_owned(),
            quote: Some(text.to_owned()),
            says: words(),
        };
        if let Some(because) = &mut outcome.because {
            *because = match because {
                Because::DialectLacks(_) => Because::DialectLacks(words()),
                Because::ServerDiedIn(_) => Because::ServerDiedIn(text.to_owned()),
                Because::ServesNobodySince(_) => Because::ServesNobodySince(text.to_owned()),
                Because::NeverHeard { .. } => because.clone(),
                Because::OurFault(_) => Because::OurFault(text.to_owned()),
            };
        }
        for client in &mut outcome.transcript.clients {
            client.player = Player::Actor(text.to_owned());
            client.nick = text.to_owned();
        }
        outcome.transcript.entries.truncate(30);
        for entry in &mut outcome.transcript.entries {
            if let Happening::Received(content) = &mut entry.what {
                *content = bytes.to_vec();
            }
        }
        for finding in &mut outcome.findings {
            finding.received = bytes.to_vec();
            finding.differs_at = Some(bytes.len() / 2);
            finding.server_output = Some(text.to_owned());
            for (_, value) in &mut finding.details {
                *value = Detail::Text(text.to_owned());
            }
            if let Some(step) = &mut finding.step {
                step.text = text.to_owned();
            }
            for form in &mut finding.expected {
                form.bytes = bytes.to_vec();
            }
        }
    }
    report
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_comes_from_outside_no_report_holds_a_control(
        text in "(\\PC|[\u{0}-\u{1f}]|[\u{7f}-\u{9f}]|[\u{202a}-\u{202e}]|<script>|\\]\\]>|%|::|\\{actor\\}|\r\n){0,30}",
        bytes in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let report = of(&text, &bytes);
        for (format, text) in all(&report, Lang::En) {
            let lines = text.replace("\r\n", "\n");
            prop_assert!(!lines.chars().any(|c| c.is_control() && c != '\n'), "{}", format);
            prop_assert!(!lines.contains('\u{202e}'), "{}", format);
            prop_assert!(!matches!(format, Format::Html | Format::Junit | Format::Markdown) || !lines.contains("<script>"), "{}", format);
        }
    }
}
