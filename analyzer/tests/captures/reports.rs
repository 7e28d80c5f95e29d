//! The report of each capture, as snapshots beside the captures: in both languages, and a summary of the JSON.

use analyzer::report::{json, markdown, prose, terminal};
use protocol::lang::Lang;
use serde_json::Value;

use super::catalogue::{self, Capture};
use super::{analysed, root};

/// What each capture has a snapshot of: the report in each language, and the summary.
pub(crate) const FORMS: [&str; 3] = ["pt-BR", "en", "json"];

#[test]
fn every_capture_has_its_report_in_both_languages() {
    for capture in catalogue::all() {
        let analysis = analysed(&capture.name, &capture.bytes()).expect("a capture");
        for lang in Lang::ALL {
            let options = terminal::Options {
                width: 100,
                colour: false,
            };
            let text = terminal::render(&prose::report(&analysis, lang), options);
            compare(&capture, &lang.to_string(), &text);
        }
    }
}

#[test]
fn what_is_pasted_into_a_report_is_shown_for_each_dialect() {
    for capture in catalogue::all().iter().filter(|one| is_pasted(one.stem())) {
        let analysis = analysed(&capture.name, &capture.bytes()).expect("a capture");
        for lang in Lang::ALL {
            let text = markdown::render(&prose::report(&analysis, lang), lang);
            compare(capture, &format!("{lang}.md"), &text);
        }
    }
}

/// Whether a capture has a snapshot in Markdown, too: a good session of each dialect, and a file without a chat.
pub(crate) fn is_pasted(stem: &str) -> bool {
    stem.ends_with("/good") || stem == "noise/no-chat"
}

#[test]
fn nobody_is_accused_in_a_good_session() {
    let captures = catalogue::all();
    let good: Vec<_> = captures
        .iter()
        .filter(|capture| capture.name.contains("/good.") || capture.topic() == "link")
        .collect();
    assert!(good.len() > 5, "each dialect has one, each link type too");
    for capture in good {
        let analysis = analysed(&capture.name, &capture.bytes()).expect("a capture");
        let chat = analysis.choice.chat.expect("a chat");
        assert_eq!(chat.findings, [], "{}", capture.name);
    }
}

#[test]
fn every_capture_has_its_conversations_in_json() {
    for capture in catalogue::all() {
        let analysis = analysed(&capture.name, &capture.bytes()).expect("a capture");
        let report: Value = serde_json::from_str(&json::render(&analysis)).expect("JSON");
        compare(&capture, "json", &summary(&report));
    }
}

fn compare(capture: &Capture, form: &str, text: &str) {
    let (topic, name) = capture.stem().split_once('/').expect("a topic and a name");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("reports").join(topic));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(capture.about);
    settings.bind(|| insta::assert_snapshot!(format!("{name}.{form}"), text));
}

/// What tells one conversation from another, a few lines each.
fn summary(report: &Value) -> String {
    let capture = &report["capture"];
    let mut text = format!(
        "{} frames, {} with TCP, others {}, incomplete packets {}\n",
        capture["frames"],
        capture["tcp_frames"],
        capture["other_frames"],
        capture["incomplete_packets"]
    );
    for one in report["conversations"].as_array().expect("a list") {
        text += &conversation(one);
    }
    for one in report["failed_connects"].as_array().expect("a list") {
        text += &format!("failed connects: {one}\n");
    }
    text.replace('"', "")
}

fn conversation(one: &Value) -> String {
    let handshake = &one["handshake"];
    let payload = |direction: &str| {
        let payload = &one[direction];
        format!(
            "{direction}: {} bytes, {} missing, {} undelivered, {} overlaps differ, sha256 {}\n",
            payload["bytes"],
            payload["missing"],
            payload["undelivered"],
            payload["differing_overlaps"],
            payload["sha256"]
        )
    };
    format!(
        "{} -> {}, by {}: frames {}, {} to {}\n  opening {} ({}, {}, {})\n  closing {}\n  {}  {}  events {}\n",
        one["client"],
        one["server"],
        one["client_by"],
        one["frames"],
        one["first_frame"],
        one["last_frame"],
        one["opening"]["kind"],
        handshake["syn"],
        handshake["syn_ack"],
        handshake["ack"],
        one["closing"]["kind"],
        payload("client_to_server"),
        payload("server_to_client"),
        one["counts"]
    )
}
