//! From capture to scenario: the good sessions of `captures/`, written as scenarios by the analyzer, are accepted by `harness
//! check` and pass against the reference server.

use std::path::{Path, PathBuf};
use std::process::Command;

use analyzer::analysis::analyse;
use analyzer::capture;
use analyzer::choice::Wish;
use analyzer::survey::Options;
use protocol::Dialect;
use protocol::lang::Lang;

fn good_capture(dialect: &str) -> PathBuf {
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../captures");
    captures.join(dialect).join("good.pcapng")
}

fn scenario(dialect: &str) -> String {
    let path = good_capture(dialect);
    let reader = capture::open(&path).expect("a capture");
    let wish = Wish::any(Dialect::builtins());
    let name = Some(format!("{dialect}.pcapng"));
    let analysis = analyse(reader, name, Options::default(), wish);
    let chat = analysis.choice.chat.as_ref().expect("a chat");
    assert_eq!(chat.dialect.name, dialect);
    analyzer::scenario::scenario(&analysis, chat, Lang::PtBr)
}

#[track_caller]
fn harness(arguments: &[&str], script: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_harness"))
        .args(arguments)
        .output()
        .expect("harness runs");
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    assert!(
        output.status.success(),
        "{arguments:?}\n{script}\n{out}\n{err}"
    );
}

#[track_caller]
fn check(dialect: &str) {
    let script = scenario(dialect);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("observed.chat");
    std::fs::write(&file, &script).expect("a file");
    let file = file.to_str().expect("a name in UTF-8");
    harness(&["check", file], &script);
    harness(&["run", file, "--dialect", dialect], &script);
}

#[test]
fn observed_in_unb() {
    check("unb");
}

#[test]
fn observed_in_ifsc() {
    check("ifsc");
}

#[test]
fn observed_in_redes2023() {
    check("redes2023");
}

#[test]
fn observed_in_eco() {
    check("eco");
}

#[test]
fn observed_in_sala() {
    check("sala");
}
