//! Holds the JSON report to `docs/analyzer.schema.json`: every report on every capture at hand, property by property.

#[path = "support/collection.rs"]
mod collection;

use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use analyzer::analysis::analyse;
use analyzer::capture;
use analyzer::choice::Wish;
use analyzer::report::json;
use analyzer::survey::Options;
use protocol::Dialect;
use serde_json::{Value, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn schema() -> Value {
    let text = std::fs::read_to_string(root().join("docs/analyzer.schema.json")).expect("a schema");
    serde_json::from_str(&text).expect("JSON")
}

fn report(reader: capture::Reader) -> Value {
    let options = Options {
        digests: true,
        ..Options::default()
    };
    let analysis = analyse(reader, None, options, Wish::any(Dialect::builtins()));
    serde_json::from_str(&json::render(&analysis)).expect("JSON")
}

#[test]
fn the_report_on_an_empty_file_is_valid() {
    let reader = capture::read(Cursor::new(Vec::new())).expect("an empty capture");
    let mut checker = Checker::new();
    checker.check(&report(reader));
    assert_eq!(checker.wrong, Vec::<String>::new());
}

#[test]
fn every_report_is_valid_and_every_property_is_used() {
    let mut checker = Checker::new();
    for (path, _) in collection::truths::<Value>() {
        if let Ok(reader) = capture::open(&path) {
            checker.check(&report(reader));
        }
    }
    assert_eq!(checker.wrong, Vec::<String>::new());
    let unused: Vec<_> = checker.unused().collect();
    assert_eq!(unused, Vec::<String>::new(), "promised and never written");
}

#[test]
fn the_checker_refuses_what_the_schema_does_not_allow() {
    let reader = capture::read(Cursor::new(Vec::new())).expect("an empty capture");
    let good = report(reader);
    let refused = [
        ("/version", json!(2)),
        ("/capture/frames", json!(-1)),
        ("/capture/format", json!("docx")),
        ("/conversations", json!([{}])),
        ("/capture", json!({"more": 1})),
    ];
    for (place, value) in refused {
        let mut bad = good.clone();
        *bad.pointer_mut(place).expect("a place") = value;
        let mut checker = Checker::new();
        checker.check(&bad);
        assert!(!checker.wrong.is_empty(), "{place}");
    }
}

/// As much of JSON Schema as the schema uses; a keyword that it does not know is a failure.
struct Checker {
    schema: Value,
    wrong: Vec<String>,
    used: BTreeSet<String>,
}

impl Checker {
    fn new() -> Self {
        Self {
            schema: schema(),
            wrong: Vec::new(),
            used: BTreeSet::new(),
        }
    }

    fn check(&mut self, report: &Value) {
        let schema = self.schema.clone();
        let mut wrong = Vec::new();
        self.at(&schema, report, "", &mut wrong);
        self.wrong.extend(wrong);
    }

    fn at(&mut self, schema: &Value, value: &Value, place: &str, wrong: &mut Vec<String>) {
        for (keyword, rule) in schema.as_object().expect("a schema object") {
            let fine = match keyword.as_str() {
                "$schema" | "$defs" | "title" | "description" => true,
                "$ref" => {
                    let pointer = rule.as_str().expect("a pointer").trim_start_matches('#');
                    let target = self.schema.pointer(pointer).expect("a definition").clone();
                    self.at(&target, value, place, wrong);
                    true
                }
                "type" => has_type(rule, value),
                "const" => rule == value,
                "enum" => rule.as_array().expect("a list").contains(value),
                "minimum" => value.is_null() || value.as_i64() >= rule.as_i64(),
                "pattern" => value
                    .as_str()
                    .is_none_or(|text| matches(rule.as_str().expect("a pattern"), text)),
                "anyOf" => self.any(rule, value, place),
                "required" => rule
                    .as_array()
                    .expect("a list")
                    .iter()
                    .all(|name| value.get(name.as_str().expect("a name")).is_some()),
                "items" => {
                    for one in value.as_array().into_iter().flatten() {
                        self.at(rule, one, place, wrong);
                    }
                    true
                }
                "properties" => {
                    self.properties(rule, value, place, wrong);
                    true
                }
                "additionalProperties" => self.further(schema, rule, value, place, wrong),
                "propertyNames" => {
                    for name in value
                        .as_object()
                        .into_iter()
                        .flatten()
                        .map(|(name, _)| name)
                    {
                        self.at(rule, &json!(name), place, wrong);
                    }
                    true
                }
                other => panic!("the checker does not know `{other}`"),
            };
            if !fine {
                wrong.push(format!("{place}: {keyword}: {value}"));
            }
        }
    }

    fn any(&mut self, choices: &Value, value: &Value, place: &str) -> bool {
        choices.as_array().expect("a list").iter().any(|choice| {
            let mut wrong = Vec::new();
            self.at(choice, value, place, &mut wrong);
            wrong.is_empty()
        })
    }

    fn properties(&mut self, rules: &Value, value: &Value, place: &str, wrong: &mut Vec<String>) {
        for (name, rule) in rules.as_object().expect("an object") {
            if let Some(one) = value.get(name) {
                let place = format!("{place}/{name}");
                if !one.is_null() {
                    self.used.insert(place.clone());
                }
                self.at(rule, one, &place, wrong);
            }
        }
    }

    fn further(
        &mut self,
        schema: &Value,
        rule: &Value,
        value: &Value,
        place: &str,
        wrong: &mut Vec<String>,
    ) -> bool {
        let known = schema.get("properties").and_then(Value::as_object);
        for (name, one) in value.as_object().into_iter().flatten() {
            if known.is_some_and(|known| known.contains_key(name)) {
                continue;
            }
            if rule == &json!(false) {
                return false;
            }
            self.at(rule, one, &format!("{place}/{name}"), wrong);
        }
        true
    }

    /// Properties of conversations and of the capture that no report ever filled.
    fn unused(&self) -> impl Iterator<Item = String> {
        let promised = |name: &str, place: &str| {
            let pointer = format!("/$defs/{name}/properties");
            let names = self.schema.pointer(&pointer).and_then(Value::as_object);
            let names = names.expect("properties").keys();
            names
                .map(|name| format!("{place}/{name}"))
                .collect::<Vec<_>>()
        };
        let all = [
            promised("capture", "/capture"),
            promised("conversation", "/conversations"),
            promised("payload", "/conversations/client_to_server"),
            promised("event", "/conversations/events"),
            promised("udp_conversation", "/udp_conversations"),
            promised("failed_connect", "/failed_connects"),
            promised("chat", "/chat"),
            promised("client", "/chat/clients"),
            promised("message", "/chat/clients/messages"),
            promised("text", "/chat/clients/messages/content"),
            promised("finding", "/chat/findings"),
            promised("encapsulation", "/chat/encapsulation"),
            promised("layer", "/chat/encapsulation/layers"),
        ];
        all.into_iter()
            .flatten()
            .filter(|place| !self.used.contains(place))
    }
}

fn has_type(rule: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str().expect("a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("the checker does not know type `{other}`"),
    };
    match rule {
        Value::Array(names) => names.iter().any(is),
        name => is(name),
    }
}

/// The three patterns of the schema; a fourth must be added here.
fn matches(pattern: &str, text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match pattern {
        "^[0-9a-f]{64}$" => {
            let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            text.len() == 64 && text.bytes().all(hexadecimal)
        }
        r"^-?[0-9]+\.[0-9]{9}$" => {
            let number = text.strip_prefix('-').unwrap_or(text);
            number
                .split_once('.')
                .is_some_and(|(whole, rest)| digits(whole) && rest.len() == 9 && digits(rest))
        }
        r"^(\[[0-9a-f:.]+\]|[0-9.]+):[0-9]+$" => text.parse::<std::net::SocketAddr>().is_ok(),
        other => panic!("the checker does not know pattern `{other}`"),
    }
}
