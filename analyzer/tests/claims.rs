//! A student's claims about the document's own capture.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const CLAIMS: &str = r#"
server = "192.168.0.88:55555"
transport = "TCP"
clients = 2

[[client]]
address = "192.168.0.88:50797"
handshake = [1, 2, 3]

[[client]]
address = "192.168.0.20"
handshake = [4, 5, 6]

[[frame]]
number = 10
layers = ["ethernet", "ipv4", "tcp", "fcs", "aura"]
length = 56
"#;

fn run(capture: &Path, claims: &str, lang: &str) -> Output {
    run_as(capture, claims, lang, "markdown")
}

fn run_as(capture: &Path, claims: &str, lang: &str, format: &str) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.toml");
    std::fs::write(&path, claims).expect("a file");
    Command::new(env!("CARGO_BIN_EXE_analyzer"))
        .arg(capture)
        .arg("--claims")
        .arg(path)
        .args(["--lang", lang, "--format", format])
        .output()
        .expect("the program runs")
}

fn seed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/seed/seed_loopback.pcapng")
}

#[test]
fn the_documents_claim_of_an_ethernet_header_is_false() {
    let capture = seed();
    for lang in ["pt-BR", "en"] {
        let output = run(&capture, CLAIMS, lang);
        assert_eq!(output.status.code(), Some(0));
        insta::assert_snapshot!(
            format!("claims-{lang}"),
            String::from_utf8_lossy(&output.stdout)
        );
    }
}

#[test]
fn a_claim_that_does_not_exist_is_refused_with_its_line() {
    let capture = seed();
    let output = run(
        &capture,
        "transport = \"TCP\"\ncolour = \"\u{202e}blue\"\n",
        "en",
    );
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8_lossy(&output.stderr);
    for expected in ["unknown field `colour`", "report.toml:2:1", "2 | colour"] {
        assert!(words.contains(expected), "{words}");
    }
    assert!(!words.contains('\u{202e}'), "{words}");
}

#[test]
fn the_claims_are_judged_in_json_too() {
    let judged = |lang| {
        let output = run_as(&seed(), CLAIMS, lang, "json");
        assert_eq!(output.status.code(), Some(0));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let english = judged("en");
    assert_eq!(
        english,
        judged("pt-BR"),
        "what programs read has no language"
    );
    insta::assert_snapshot!("claims-json", english);
}

#[test]
fn mistakes_in_claims_are_told_in_portuguese() {
    let capture = seed();
    let told = |claims| {
        let output = run(&capture, claims, "pt-BR");
        assert_eq!(output.status.code(), Some(2));
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        words.lines().next().unwrap_or_default().to_owned()
    };
    let shown = [
        "colour = \"blue\"",
        "clients = \"two\"",
        "[[client]]\nhandshake = [1]",
        "[[client]]\naddress = \"10.0.0.1\"\naddress = \"10.0.0.2\"",
        "server = 10.0.0.1",
        "frame = 3",
    ]
    .map(told);
    insta::assert_snapshot!(shown.join("\n"));
}
