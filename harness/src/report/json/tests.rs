use serde_json::Value;

use super::super::{fixture, schema};
use super::*;

const SCHEMA_FILE: &str = include_str!("../../../../docs/report.schema.json");

fn parsed() -> Value {
    serde_json::from_str(&render(&fixture::report())).expect("the report is JSON")
}

fn mistakes(value: &Value) -> Vec<String> {
    schema::mistakes(value, SCHEMA_FILE)
}

#[test]
fn the_schema_holds() {
    assert_eq!(mistakes(&parsed()), Vec::<String>::new());
}

#[test]
fn the_schema_knows_every_reason() {
    let mut report = fixture::report();
    let outcome = report.outcomes[0].clone();
    let reasons = [
        Because::ServerDiedIn(String::new()),
        Because::ServesNobodySince("basic/joining".to_owned()),
        Because::NeverHeard {
            servers: 3,
            clients: 5,
            waited: Duration::from_millis(46_700),
        },
    ];
    report.outcomes.extend(reasons.map(|because| Outcome {
        because: Some(because),
        ..outcome.clone()
    }));
    let value: Value = serde_json::from_str(&render(&report)).expect("the report is JSON");
    assert_eq!(mistakes(&value), Vec::<String>::new());
}

#[test]
fn the_schema_refuses_what_is_not_of_this_form() {
    #[track_caller]
    fn refuses(change: impl Fn(&mut Value)) {
        let mut value = parsed();
        change(&mut value);
        assert_ne!(mistakes(&value), Vec::<String>::new());
    }
    refuses(|value| value["schema"] = "chat-harness/report/v2".into());
    refuses(|value| value["surprise"] = 1.into());
    refuses(|value| value["grade"]["earned"] = (-1).into());
    refuses(|value| value["outcomes"][0]["verdict"] = "passed".into());
    refuses(|value| value["outcomes"][0]["transcript"]["entries"][1]["bytes"] = "NICK".into());
    refuses(|value| drop(value.as_object_mut().map(|report| report.remove("strict"))));
}

#[test]
fn what_was_watched_is_given_in_numbers() {
    use super::super::Belonging;
    let kept = Belonging::ALL.map(|what| Watched::Kept {
        what,
        before: 1,
        after: 660,
        clients: 659,
    });
    let busy = Watched::Busy {
        busy: Duration::from_millis(4900),
        watched: Duration::from_millis(5000),
    };
    let report = Report {
        remarks: kept
            .into_iter()
            .chain([busy])
            .map(|watched| Remark {
                watched: Some(watched),
                ..Remark::warning(Words::default())
            })
            .collect(),
        ..fixture::report()
    };
    let value: Value = serde_json::from_str(&render(&report)).expect("the report is JSON");
    assert_eq!(mistakes(&value), Vec::<String>::new());
    assert_eq!(value["remarks"][0]["watched"]["what"], "connections");
    assert_eq!(value["remarks"][0]["watched"]["after"], 660);
    assert_eq!(value["remarks"][3]["watched"]["busy_ms"], 4900.0);
}

#[test]
fn it_is_written_as_it_always_was() {
    insta::assert_snapshot!("report", render(&fixture::short_report()));
}

#[test]
fn the_grade_and_the_bytes_are_there() {
    let report = fixture::report();
    let value = parsed();
    assert_eq!(value["grade"]["earned"], report.grade().earned);
    assert_eq!(value["grade"]["possible"], report.grade().possible);
    let received = &value["outcomes"][3]["findings"][0]["received"];
    assert_eq!(received["length"], fixture::HOSTILE.len());
    assert!(
        received["hex"]
            .as_str()
            .is_some_and(|hex| hex.starts_with("1b5b324a"))
    );
}

#[test]
fn nothing_in_it_moves_a_terminal_and_no_text_is_changed() {
    let mut report = fixture::report();
    report.dialect_title.en = "\u{9b}2J\u{202e}é\u{301}\u{e0001}😀\u{7f}\u{1b}".to_owned();
    let text = render(&report);
    assert!(
        !text
            .chars()
            .any(|c| c.is_control() && c != '\n' || c == '\u{202e}')
    );
    let value: Value = serde_json::from_str(&text).expect("the report is JSON");
    assert_eq!(value["dialect"]["title"], report.dialect_title.en);
}

#[test]
fn what_is_cut_is_counted() {
    let all = vec![b'a'; MOST_BYTES + 5];
    let shown = bytes(&all, MOST_BYTES);
    assert_eq!(
        (shown.hex.len(), shown.length),
        (MOST_BYTES * 2, MOST_BYTES + 5)
    );

    let mut transcript = fixture::report().outcomes[3].transcript.clone();
    let entry = transcript.entries[0].clone();
    let most = FIRST_ENTRIES + LAST_ENTRIES;
    transcript.entries.resize(most + 3, entry.clone());
    transcript.entries.push(Entry {
        what: Happening::Received(all),
        ..entry
    });
    let shown = wire_transcript(&transcript);
    assert_eq!(shown.entries.len(), most);
    assert_eq!(shown.entries_cut, transcript.entries_dropped + 4);
    let last = shown.entries.last().and_then(|entry| entry.bytes.as_ref());
    let last = last.expect("the last is always given");
    assert_eq!(last.length, MOST_BYTES + 5);
    assert!(last.hex.len() / 2 * most <= BYTES_OF_ENTRIES);
}
