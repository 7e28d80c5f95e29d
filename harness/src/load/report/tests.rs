use protocol::lang::Lang;

use serde_json::Value;

use super::{fixture, html, json, terminal};
use crate::report::schema;

fn terminal(outcome: &super::super::Outcome, lang: Lang) -> String {
    let options = terminal::Options {
        lang,
        width: 80,
        colour: false,
    };
    terminal::render(outcome, options)
}

#[test]
fn what_people_read_at_a_terminal() {
    for lang in Lang::ALL {
        let all = [fixture::passed(), fixture::interrupted(), fixture::broken()];
        let text = all
            .map(|outcome| terminal(&outcome, lang))
            .join("\n====\n\n");
        insta::assert_snapshot!(format!("terminal-{lang}"), text);
    }
}

#[test]
fn what_people_read_in_a_browser() {
    for lang in Lang::ALL {
        let page = html::render(&fixture::broken(), lang);
        insta::assert_snapshot!(format!("html-{lang}"), page.replace("><", ">\n<"));
    }
}

#[test]
fn what_programs_read() {
    insta::assert_snapshot!("json", json::render(&fixture::broken()));
}

const SCHEMA_FILE: &str = include_str!("../../../../docs/load.schema.json");

#[track_caller]
fn mistakes(outcome: &super::super::Outcome, change: impl Fn(&mut Value)) -> Vec<String> {
    let mut value = serde_json::from_str(&json::render(outcome)).unwrap();
    change(&mut value);
    schema::mistakes(&value, SCHEMA_FILE)
}

#[test]
fn the_schema_holds() {
    let mut unusual = fixture::interrupted();
    unusual.delivery = None;
    unusual.slices.clear();
    for outcome in [
        fixture::passed(),
        fixture::broken(),
        fixture::interrupted(),
        unusual,
    ] {
        assert_eq!(mistakes(&outcome, |_| {}), Vec::<String>::new());
    }
}

#[test]
fn the_schema_refuses_what_is_not_of_this_form() {
    #[track_caller]
    fn refuses(change: impl Fn(&mut Value)) {
        assert_ne!(mistakes(&fixture::broken(), change), Vec::<String>::new());
    }
    refuses(|value| value["schema"] = "chat-harness/load/v2".into());
    refuses(|value| value["surprise"] = 1.into());
    refuses(|value| value["verdict"] = "passed".into());
    refuses(|value| value["counts"]["sent"] = (-1).into());
    refuses(|value| value["pace"]["rate"] = 5.into());
    refuses(|value| value["violations"][0]["kind"] = "late".into());
    refuses(|value| value["violations"][0]["examples"][0]["at"] = "soon".into());
    refuses(|value| drop(value.as_object_mut().unwrap().remove("remarks")));
}

#[test]
fn what_a_server_says_is_never_obeyed() {
    for lang in Lang::ALL {
        let outcome = fixture::broken();
        for text in [
            terminal(&outcome, lang),
            html::render(&outcome, lang),
            json::render(&outcome),
        ] {
            assert!(!text.contains('\u{1b}') && !text.contains('\0'));
        }
        let page = html::render(&outcome, lang);
        assert!(!page.contains("<script") && !page.contains("<b>(most"));
    }
}

#[test]
fn an_outcome_without_any_message_is_shown_too() {
    let mut outcome = fixture::passed();
    (outcome.delivery, outcome.waited, outcome.acknowledgement) = (None, None, None);
    outcome.slices.clear();
    outcome.counts = Default::default();
    (outcome.sending, outcome.elapsed) = Default::default();
    for lang in Lang::ALL {
        assert!(!terminal(&outcome, lang).contains("NaN"));
        assert!(!html::render(&outcome, lang).contains("NaN"));
    }
    assert!(json::render(&outcome).contains("\"delivery\": null"));
}
