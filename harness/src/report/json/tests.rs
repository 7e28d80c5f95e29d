use serde_json::Value;

use super::super::fixture;
use super::*;

const SCHEMA_FILE: &str = include_str!("../../../../docs/report.schema.json");

fn parsed() -> Value {
    serde_json::from_str(&render(&fixture::report())).expect("the report is JSON")
}

fn schema() -> Value {
    serde_json::from_str(SCHEMA_FILE).expect("the schema is JSON")
}

/// What of JSON Schema the file uses; anything else in it fails the test.
fn check(value: &Value, rule: &Value, root: &Value, path: &str, wrong: &mut Vec<String>) {
    let Value::Object(keywords) = rule else {
        wrong.push(format!("{path}: the schema has no object here"));
        return;
    };
    for (keyword, wanted) in keywords {
        match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => {}
            "$ref" => {
                let pointer = wanted.as_str().and_then(|target| target.strip_prefix('#'));
                let target = pointer.and_then(|pointer| root.pointer(pointer));
                let target = target.unwrap_or_else(|| panic!("{path}: no {wanted}"));
                check(value, target, root, path, wrong);
            }
            "type" => {
                let types = match wanted {
                    Value::Array(types) => types.clone(),
                    one => vec![one.clone()],
                };
                if !types.iter().any(|name| is_of_type(value, name)) {
                    wrong.push(format!("{path}: {value} is not {wanted}"));
                }
            }
            "const" if value != wanted => wrong.push(format!("{path}: {value} is not {wanted}")),
            "enum" if !wanted.as_array().is_some_and(|all| all.contains(value)) => {
                wrong.push(format!("{path}: {value} is not one of {wanted}"));
            }
            "const" | "enum" => {}
            "minimum" => {
                if value.is_number() && value.as_f64() < wanted.as_f64() {
                    wrong.push(format!("{path}: {value} is less than {wanted}"));
                }
            }
            "oneOf" => {
                let fitting = wanted.as_array().into_iter().flatten().filter(|one| {
                    let mut wrong = Vec::new();
                    check(value, one, root, path, &mut wrong);
                    wrong.is_empty()
                });
                if fitting.count() != 1 {
                    wrong.push(format!("{path}: {value} is not exactly one of {wanted}"));
                }
            }
            "items" => {
                for (at, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(item, wanted, root, &format!("{path}/{at}"), wrong);
                }
            }
            "required" => {
                for name in wanted.as_array().into_iter().flatten() {
                    let name = name.as_str().unwrap_or_default();
                    if value.is_object() && value.get(name).is_none() {
                        wrong.push(format!("{path}: `{name}` is missing"));
                    }
                }
            }
            "properties" => {
                for (name, rule) in wanted.as_object().into_iter().flatten() {
                    if let Some(value) = value.get(name) {
                        check(value, rule, root, &format!("{path}/{name}"), wrong);
                    }
                }
            }
            "additionalProperties" => {
                let known = keywords.get("properties").and_then(Value::as_object);
                for (name, value) in value.as_object().into_iter().flatten() {
                    if known.is_some_and(|known| known.contains_key(name)) {
                        continue;
                    }
                    match wanted {
                        Value::Bool(false) => wrong.push(format!("{path}: `{name}` is unknown")),
                        rule => check(value, rule, root, &format!("{path}/{name}"), wrong),
                    }
                }
            }
            other => wrong.push(format!("{path}: the checker does not know `{other}`")),
        }
    }
}

fn is_of_type(value: &Value, name: &Value) -> bool {
    match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("number") => value.is_number(),
        Some("integer") => value.is_u64(),
        Some("null") => value.is_null(),
        _ => false,
    }
}

fn mistakes(value: &Value) -> Vec<String> {
    let schema = schema();
    let mut wrong = Vec::new();
    check(value, &schema, &schema, "", &mut wrong);
    wrong
}

#[test]
fn the_schema_holds() {
    assert_eq!(mistakes(&parsed()), Vec::<String>::new());
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
    report.dialect_title = "\u{9b}2J\u{202e}é\u{301}\u{e0001}😀\u{7f}\u{1b}".to_owned();
    let text = render(&report);
    assert!(
        !text
            .chars()
            .any(|c| c.is_control() && c != '\n' || c == '\u{202e}')
    );
    let value: Value = serde_json::from_str(&text).expect("the report is JSON");
    assert_eq!(value["dialect"]["title"], report.dialect_title);
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
