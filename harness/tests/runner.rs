//! The runner against servers that are right, wrong, slow and hostile.

mod support;

use std::path::Path;
use std::time::Duration;

use harness::report::{Outcome, Report};
use harness::runner::{self, Options};
use harness::scenario::{self, Filter, Scenario};
use harness::target::Server;
use harness::verdict::Verdict;
use protocol::Dialect;
use protocol::diagnostic::Source;
use support::ForeignServer;

/// Runs the built-in scenarios that `filter` selects.
fn grade(server: Server, dialect: &str, filter: &[&str], time_scale: f64) -> Report {
    let suite = scenario::load(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")])
        .unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let filter = Filter::new(filter.iter().copied());
    let selected: Vec<&Scenario> = suite
        .scenarios
        .iter()
        .filter(|scenario| filter.selects(scenario, scenario.level))
        .collect();
    play(server, dialect, &selected, time_scale)
}

fn play(server: Server, dialect: &str, scenarios: &[&Scenario], time_scale: f64) -> Report {
    let dialect = Dialect::builtin(dialect).expect("a built-in dialect");
    let options = Options {
        time_scale,
        ..Options::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut server = server;
    runtime.block_on(runner::run(
        scenarios,
        dialect,
        &mut server,
        &options,
        &mut |_| {},
    ))
}

fn embedded(dialect: &str) -> Server {
    let dialect = Dialect::builtin(dialect).expect("a built-in dialect");
    Server::embedded(dialect).expect("a socket and a thread")
}

fn attached(foreign: &ForeignServer) -> Server {
    Server::attach(&foreign.address().to_string()).expect("it listens")
}

/// What a failed outcome looks like in a message of a test.
fn told(outcome: &Outcome) -> String {
    let lessons: Vec<_> = outcome
        .findings
        .iter()
        .map(|finding| {
            let step = finding.step.as_ref().map(|step| step.text.clone());
            let received = protocol::quote::quote_capped(&finding.received, 200).to_string();
            (finding.lesson.id, step, received)
        })
        .collect();
    format!("{} {:?} {lessons:?}", outcome.id, outcome.verdict)
}

#[track_caller]
fn nobody_is_accused(report: &Report) {
    let bad: Vec<_> = report
        .outcomes
        .iter()
        .filter(|outcome| !matches!(outcome.verdict, Verdict::Pass | Verdict::NotApplicable))
        .map(told)
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
}

macro_rules! correct {
    ($($name:ident $dialect:literal)*) => {
        $(
            #[test]
            fn $name() {
                nobody_is_accused(&grade(embedded($dialect), $dialect, &[], 1.0));
            }
        )*
    };
}

correct! {
    the_reference_server_of_unb_is_never_accused "unb"
    the_reference_server_of_unb_with_lines_is_never_accused "unb-lf"
    the_reference_server_of_ifsc_is_never_accused "ifsc"
    the_reference_server_of_redes2023_is_never_accused "redes2023"
    the_reference_server_of_eco_is_never_accused "eco"
    the_reference_server_of_sala_is_never_accused "sala"
}

#[test]
fn a_server_written_from_the_document_alone_passes_all_that_is_required() {
    let Some(foreign) = ForeignServer::start("unb_document.py") else {
        return;
    };
    let report = grade(attached(&foreign), "unb", &["must"], 1.0);
    let failed: Vec<_> = report
        .outcomes
        .iter()
        .filter(|outcome| {
            !matches!(
                outcome.verdict,
                Verdict::Pass | Verdict::Warn | Verdict::NotApplicable
            )
        })
        .map(told)
        .collect();
    assert!(!report.required_failed(), "{failed:#?}");
}

#[test]
fn a_deadlock_at_a_departure_is_found_and_named() {
    let Some(foreign) = ForeignServer::start("unb_authors.py") else {
        return;
    };
    let report = grade(attached(&foreign), "unb", &["quit"], 0.3);
    let lessons: Vec<_> = report
        .outcomes
        .iter()
        .flat_map(|outcome| &outcome.findings)
        .map(|finding| finding.lesson.id)
        .collect();
    assert!(lessons.contains(&"deadlock-at-departure"), "{lessons:?}");
    assert!(report.required_failed());
    let after = report
        .outcomes
        .iter()
        .skip_while(|outcome| outcome.verdict != Verdict::Fail)
        .skip(1);
    for outcome in after {
        assert!(
            matches!(outcome.verdict, Verdict::Blocked | Verdict::NotApplicable),
            "{}",
            told(outcome)
        );
    }
}

/// The reference server of a dialect, correct but in an unusual manner.
fn unusual(dialect: &str, options: reference_server::Options) -> Server {
    let dialect = Dialect::builtin(dialect).expect("a built-in dialect");
    Server::embedded_with(dialect, options).expect("a socket and a thread")
}

#[test]
fn a_correct_server_that_sends_in_pieces_or_glued_is_never_accused() {
    use reference_server::Pacing;
    for pacing in [Pacing::Trickle, Pacing::Split, Pacing::Glue] {
        for dialect in ["unb", "unb-lf", "ifsc", "sala"] {
            let options = reference_server::Options {
                pacing,
                ..Default::default()
            };
            eprintln!("{dialect} {pacing:?}");
            let report = grade(
                unusual(dialect, options),
                dialect,
                &[
                    "basic/broadcast",
                    "basic/newcomer",
                    "basic/welcome",
                    "joining/rejoin",
                    "list/grows",
                    "private/both-ways",
                    "quit/goodbye",
                    "errors/malformed",
                ],
                1.0,
            );
            nobody_is_accused(&report);
        }
    }
}

#[test]
fn a_correct_server_that_is_slow_is_never_accused() {
    let options = reference_server::Options {
        delay: std::time::Duration::from_millis(1500),
        ..Default::default()
    };
    let report = grade(
        unusual("unb", options),
        "unb",
        &["basic/broadcast", "quit/list"],
        1.0,
    );
    nobody_is_accused(&report);
}

/// What the first of many alternatives wants comes while a later one is tried: it is taken then, not at the deadline.
#[test]
fn an_alternative_that_comes_while_another_is_tried_is_not_waited_out() {
    const MINUTES: f64 = 60.0;
    let others = (0..400).map(|other| format!("  ana expects \"never {other}\"\n"));
    let text = format!(
        "scenario \"One of many\"\n\nana tries to join\none of:\n  ana is welcomed\n{}",
        others.collect::<String>()
    );
    let source = Source::new("many.chat", text);
    let scenario = scenario::parse_source("many", &source)
        .unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let options = reference_server::Options {
        delay: Duration::from_millis(3),
        ..Default::default()
    };
    let report = play(unusual("unb", options), "unb", &[&scenario], MINUTES);
    nobody_is_accused(&report);
    let elapsed = report.elapsed;
    assert!(elapsed < Duration::from_secs(30), "{elapsed:?}");
}
