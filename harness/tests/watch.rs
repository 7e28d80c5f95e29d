//! The watch on a spawned server: what careless servers keep or do when their clients have left is said, and costs nothing;
//! correct ones, whatever they are written in, are told nothing.
#![cfg(target_os = "linux")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn independent(file: &str) -> String {
    here()
        .join("tests/independent")
        .join(file)
        .display()
        .to_string()
}

/// The report of a run.
fn report(scenarios: &str, arguments: &[&str], server: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_harness"))
        .arg("run")
        .arg(here().join("../scenarios").join(scenarios))
        .args(["--format", "json", "--spawn", server])
        .args(arguments)
        .output()
        .expect("the program under test");
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// What was seen, in the words of the file: `connections`, `busy`.
fn watched(report: &Value) -> Vec<&str> {
    let remarks = report["remarks"].as_array().expect("remarks").iter();
    let watched = remarks
        .map(|remark| &remark["watched"])
        .filter(|watched| !watched.is_null());
    watched
        .map(|watched| {
            watched["what"]
                .as_str()
                .or(watched["kind"].as_str())
                .expect("a name")
        })
        .collect()
}

/// Three clients come and leave so many times; exactly this is seen, and no point is lost for it.
#[track_caller]
fn is_seen(carelessness: &str, times: u32, expected: &[&str]) {
    let Some(python) = support::python() else {
        eprintln!("SKIPPED: careless.py needs Python 3");
        return;
    };
    let program = independent("careless.py");
    let server = format!("{python} '{program}' {{port}} unb {carelessness}");
    let times = times.to_string();
    let report = report("basic/broadcast.chat", &["--repeat", &times], &server);
    assert_eq!(watched(&report), expected, "{:#}", report["remarks"]);
    assert_eq!(report["counts"]["pass"], 1, "{:#}", report["outcomes"]);
}

#[test]
fn connections_that_are_never_closed_are_seen() {
    is_seen("keeps-connections", 10, &["connections"]);
}

#[test]
fn threads_that_never_end_are_seen() {
    is_seen("keeps-threads", 100, &["threads"]);
}

#[test]
fn children_that_nobody_waits_for_are_seen() {
    is_seen("leaves-zombies", 10, &["zombies"]);
}

#[test]
fn a_loop_that_never_waits_is_seen() {
    is_seen("never-waits", 1, &["busy"]);
}

#[test]
fn a_loop_that_reads_what_has_ended_is_seen() {
    is_seen("reads-for-ever", 10, &["connections", "busy"]);
}

#[test]
fn the_same_server_without_carelessness_is_told_nothing() {
    is_seen("nothing", 100, &[]);
}

/// Crowds, resets, clients that say nothing or do not read come and leave: nothing is seen.
#[track_caller]
fn is_told_nothing(tool: &str, server: &str, dialect: &str, scenarios: &str) {
    if !Command::new(tool)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
    {
        eprintln!("SKIPPED: {server} needs `{tool}`");
        return;
    }
    let report = report(scenarios, &["--dialect", dialect], server);
    assert_eq!(
        watched(&report),
        Vec::<&str>::new(),
        "{:#}",
        report["remarks"]
    );
    assert_ne!(report["counts"]["pass"], 0);
}

fn is_told_nothing_in_python(manner: &str) {
    let python = support::python().unwrap_or("python3");
    let server = format!(
        "{python} '{}' {{port}} unb {manner}",
        independent("server.py")
    );
    is_told_nothing(python, &server, "unb", "robustness");
}

#[test]
fn threads_for_each_client_are_no_carelessness() {
    is_told_nothing_in_python("threads");
}

#[test]
fn tasks_are_no_carelessness() {
    is_told_nothing_in_python("asyncio");
}

#[test]
fn a_loop_around_select_is_no_carelessness() {
    is_told_nothing_in_python("select");
}

#[test]
fn node_is_not_accused() {
    let server = format!("node '{}' {{port}} unb", independent("server.js"));
    is_told_nothing("node", &server, "unb", "robustness");
}

/// Behind a shell, as behind `make`.
#[test]
fn java_is_not_accused() {
    let server = format!(
        "sh -c \"java '{}' {{port}} ifsc; true\"",
        independent("Server.java")
    );
    is_told_nothing("java", &server, "ifsc", "leaving");
}

#[test]
fn a_program_in_c_is_not_accused() {
    let folder = tempfile::tempdir().expect("a folder");
    let binary = folder.path().join("server");
    let compiled = Command::new("cc")
        .args(["-O1", "-o"])
        .args([&binary, Path::new(&independent("server.c"))])
        .status();
    if !compiled.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: server.c needs `cc`");
        return;
    }
    let server = format!("'{}' {{port}}", binary.display());
    is_told_nothing("cc", &server, "unb", "robustness");
}
