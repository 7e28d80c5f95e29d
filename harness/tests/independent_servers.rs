//! Nobody who serves a document in another way than the reference server does is accused: correct servers in three architectures,
//! and with what a correct server is free to do, play the whole suite.

mod support;

use std::path::{Path, PathBuf};

use harness::report::Report;
use harness::runner::{self, Options};
use harness::scenario::{self, Scenario};
use harness::target::Server;
use harness::verdict::Verdict;
use protocol::Dialect;
use protocol::framing::{Framing, Terminator};
use protocol::message::Phase;
use support::PythonServer;

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The dialect, its clients ending their messages with a line feed.
fn in_lines(dialect: Dialect) -> Dialect {
    let lines = || Framing::Delimited(Terminator::new(b"\n".to_vec(), Vec::new()));
    [Phase::Joining, Phase::Chatting]
        .into_iter()
        .fold(dialect, |dialect, phase| {
            dialect.with_client_framing(phase, lines())
        })
}

fn grade(dialect: &Dialect, python: &PythonServer) -> Report {
    let suite = scenario::load(&[here().join("../scenarios")])
        .unwrap_or_else(|wrong| panic!("{}", wrong.render(false)));
    let scenarios: Vec<&Scenario> = suite.scenarios.iter().collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut server = Server::attach(&python.address().to_string()).expect("it listens");
    runtime.block_on(runner::run(
        &scenarios,
        dialect,
        &mut server,
        &Options::default(),
        &mut |_| {},
    ))
}

/// Plays the whole suite against the server with these arguments behind the port; all of it passes.
#[track_caller]
fn is_never_accused(dialect: &str, manner: &[&str]) {
    let arguments = [&[dialect], manner].concat();
    let file: &Path = &here().join("tests/independent/server.py");
    let Some(python) = PythonServer::start_at(file, &arguments) else {
        return;
    };
    let dialect = Dialect::builtin(dialect).expect("a built-in dialect");
    let report = match manner.contains(&"ends=line") {
        true => grade(&in_lines(dialect.clone()), &python),
        false => grade(dialect, &python),
    };
    let bad: Vec<_> = report
        .outcomes
        .iter()
        .filter(|outcome| !matches!(outcome.verdict, Verdict::Pass | Verdict::NotApplicable))
        .map(|outcome| {
            let first = outcome.findings.first().map(|finding| {
                let received = protocol::quote::quote_capped(&finding.received, 200).to_string();
                (finding.lesson.id, received)
            });
            format!("{} {:?} {first:?}", outcome.id, outcome.verdict)
        })
        .collect();
    assert!(bad.is_empty(), "{arguments:?}: {bad:#?}");
    assert!(
        report
            .outcomes
            .iter()
            .any(|outcome| outcome.verdict == Verdict::Pass)
    );
}

macro_rules! correct {
    ($($name:ident: $dialect:literal $($word:literal)*;)*) => {
        $(
            #[test]
            fn $name() {
                is_never_accused($dialect, &[$($word),*]);
            }
        )*
    };
}

correct! {
    unb_with_tasks: "unb" "asyncio";
    ifsc_with_tasks: "ifsc" "asyncio";
    ifsc_as_the_document_words_it: "ifsc" "select" "form=document";
    redes2023_with_one_acknowledgement_for_all: "redes2023" "asyncio";
    eco_with_threads: "eco" "threads";
    sala_with_tasks: "sala" "asyncio";
    unb_that_waits_for_the_client_to_close: "unb" "threads" "farewell=half";
}

// More architectures; and servers whose every message waits or comes in several writes, which take minutes.
macro_rules! slow {
    ($($name:ident: $dialect:literal $($word:literal)*;)*) => {
        $(
            #[test]
            #[ignore = "takes minutes"]
            fn $name() {
                is_never_accused($dialect, &[$($word),*]);
            }
        )*
    };
}

slow! {
    unb_in_lines_that_come_together: "unb" "threads" "ends=line" "nagle=1" "body=0";
    ifsc_in_lines_that_come_together: "ifsc" "threads" "ends=line" "nagle=1";
    ifsc_that_waits_for_the_client_to_close: "ifsc" "threads" "farewell=half";
    sala_in_lines_that_come_together: "sala" "threads" "ends=line" "nagle=1";
    sala_that_tells_the_joiner_too: "sala" "select" "own_notice=1";
    eco_with_select: "eco" "select";
    redes2023_that_echoes: "redes2023" "select" "ack=echo";
    redes2023_with_threads: "redes2023" "threads";
    ifsc_without_the_colon: "ifsc" "asyncio" "colon=0";
    unb_with_select: "unb" "select";
    unb_byte_by_byte: "unb" "threads" "pieces=1";
    unb_in_pieces_with_pauses: "unb" "threads" "pieces=20" "gap=0.005";
    unb_after_a_delay: "unb" "threads" "delay=0.06";
    ifsc_byte_by_byte: "ifsc" "threads" "pieces=1";
    ifsc_in_pieces_with_pauses: "ifsc" "threads" "pieces=20" "gap=0.005";
    ifsc_after_a_delay: "ifsc" "threads" "delay=0.06";
    sala_byte_by_byte: "sala" "threads" "pieces=1";
    sala_after_a_delay: "sala" "threads" "delay=0.06";
}
