//! Nobody who serves a document in another way than the reference server does is accused: correct servers in several languages and
//! architectures, and with what a correct server is free to do, play the whole suite.

mod support;

use std::path::PathBuf;
use std::process::Command;

use harness::report::Report;
use harness::runner::{self, Options};
use harness::scenario::{self, Filter, Scenario};
use harness::target::Server;
use harness::verdict::Verdict;
use protocol::Dialect;
use protocol::framing::{Framing, Terminator};
use protocol::message::Phase;
use support::ForeignServer;

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

/// Plays the scenarios that these words select; none: all of them.
fn grade(dialect: &Dialect, foreign: &ForeignServer, words: &[&str]) -> Report {
    let suite =
        scenario::load(&[here().join("../scenarios")]).unwrap_or_else(|wrong| panic!("{wrong}"));
    let filter = Filter::new(words.iter().copied());
    let selected = |scenario: &&Scenario| filter.selects(scenario, scenario.level);
    let scenarios: Vec<&Scenario> = suite.scenarios.iter().filter(selected).collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut server = Server::attach(&foreign.address().to_string()).expect("it listens");
    runtime.block_on(runner::run(
        &scenarios,
        dialect,
        &mut server,
        &Options::default(),
        &mut |_| {},
    ))
}

fn program(file: &str) -> PathBuf {
    here().join("tests/independent").join(file)
}

/// Plays the whole suite against the server with these arguments behind the port; all of it passes.
#[track_caller]
fn is_never_accused(dialect: &str, manner: &[&str]) {
    let arguments = [&[dialect], manner].concat();
    let Some(foreign) = ForeignServer::start_at(&program("server.py"), &arguments) else {
        return;
    };
    let dialect = Dialect::builtin(dialect).expect("a built-in dialect");
    let report = match manner.contains(&"ends=line") {
        true => grade(&in_lines(dialect.clone()), &foreign, &[]),
        false => grade(dialect, &foreign, &[]),
    };
    accuses_nobody(&report, &arguments);
}

/// The same for a server that sends each message in two parts; the scenarios that `ids` select.
#[track_caller]
fn is_never_accused_for_two_parts(arguments: &[&str], ids: &[&str]) {
    let Some(foreign) = ForeignServer::start_at(&program("two_parts.py"), arguments) else {
        return;
    };
    let dialect = Dialect::builtin(arguments[0]).expect("a built-in dialect");
    accuses_nobody(&grade(dialect, &foreign, ids), arguments);
}

/// The same for a server that this interpreter runs from one file.
#[track_caller]
fn is_never_accused_when_run_by(interpreter: &str, file: &str, dialect: &str) {
    if !is_there(interpreter, file) {
        return;
    }
    let mut command = Command::new(interpreter);
    command.arg(program(file)).args(["0", dialect]);
    let server = ForeignServer::start_command(command);
    let builtin = Dialect::builtin(dialect).expect("a built-in dialect");
    accuses_nobody(&grade(builtin, &server, &[]), &[file, dialect]);
}

fn is_there(tool: &str, file: &str) -> bool {
    let is_there = Command::new(tool).arg("--version").output().is_ok();
    if !is_there {
        eprintln!("SKIPPED: {file} needs `{tool}`");
    }
    is_there
}

#[track_caller]
fn accuses_nobody(report: &Report, arguments: &[&str]) {
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

#[test]
fn sala_in_two_parts() {
    is_never_accused_for_two_parts(&["sala"], &[]);
}

/// What stands before the pause is a welcome that is tolerated; with the rest it is the document's.
#[test]
fn sala_with_a_pause_in_each_message() {
    let ids = ["basic/welcome", "basic/five-in-the-room", "names/at-once"];
    is_never_accused_for_two_parts(&["sala", "0.06"], &ids);
}

#[test]
fn unb_in_javascript() {
    is_never_accused_when_run_by("node", "server.js", "unb");
}

#[test]
fn ifsc_in_java() {
    is_never_accused_when_run_by("java", "Server.java", "ifsc");
}

#[test]
#[cfg(unix)]
fn unb_in_c() {
    if !is_there("cc", "server.c") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let binary = folder.path().join("server");
    let compiled = Command::new("cc")
        .args(["-O1", "-o"])
        .args([&binary, &program("server.c")])
        .status();
    assert!(compiled.is_ok_and(|status| status.success()));
    let mut command = Command::new(&binary);
    command.arg("0");
    let server = ForeignServer::start_command(command);
    let unb = Dialect::builtin("unb").expect("a built-in dialect");
    accuses_nobody(&grade(unb, &server, &[]), &["server.c"]);
}

#[test]
#[ignore = "takes minutes"]
fn unb_in_two_parts() {
    is_never_accused_for_two_parts(&["unb"], &[]);
}

#[test]
#[ignore = "takes minutes"]
fn the_others_in_javascript() {
    for dialect in ["ifsc", "redes2023", "sala"] {
        is_never_accused_when_run_by("node", "server.js", dialect);
    }
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
    unb_that_takes_its_time_to_say_goodbye: "unb" "threads" "bye=0.7";
    sala_byte_by_byte: "sala" "threads" "pieces=1";
    sala_in_pieces_with_pauses: "sala" "threads" "pieces=20" "gap=0.005";
    sala_after_a_delay: "sala" "threads" "delay=0.06";
}
