use protocol::lang::Lang;

use super::{fixture, html, json, terminal};

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
        let both = [fixture::passed(), fixture::broken()];
        let text = both
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
