//! The program as it is run: a capture in, a report out, and words where there is none.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// A pcap of raw IPv4 with one refused connect: SYN, RST-ACK.
fn refused() -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 101] {
        file.extend(word.to_le_bytes());
    }
    let (client, server) = (([10, 0, 0, 2], 50_000), ([10, 0, 0, 1], 55_555));
    let packets = [
        packet(client, server, 1000, 0, 0x02),
        packet(server, client, 0, 1001, 0x14),
    ];
    for (second, packet) in (1_700_000_000_u32..).zip(packets) {
        let length = packet.len() as u32;
        for word in [second, 0, length, length] {
            file.extend(word.to_le_bytes());
        }
        file.extend(packet);
    }
    file
}

fn packet(from: ([u8; 4], u16), to: ([u8; 4], u16), seq: u32, ack: u32, flags: u8) -> Vec<u8> {
    let mut bytes = vec![0x45, 0, 0, 40, 0, 1, 0, 0, 64, 6, 0, 0];
    bytes.extend(from.0);
    bytes.extend(to.0);
    bytes.extend(from.1.to_be_bytes());
    bytes.extend(to.1.to_be_bytes());
    bytes.extend(seq.to_be_bytes());
    bytes.extend(ack.to_be_bytes());
    bytes.extend([0x50, flags, 0x20, 0, 0, 0, 0, 0]);
    bytes
}

fn analyzer(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_analyzer"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    // A program that refuses its arguments reads nothing.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().expect("the program ends")
}

#[track_caller]
fn check_refused(output: &Output) {
    assert_eq!(output.status.code(), Some(0));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let conversation = &report["conversations"][0];
    assert_eq!(conversation["client"], "10.0.0.2:50000");
    assert_eq!(conversation["opening"]["kind"], "refused");
    assert_eq!(conversation["handshake"]["syn"], 1);
    assert_eq!(conversation["handshake"]["syn_ack"], Value::Null);
    assert_eq!(report["failed_connects"][0]["tries"], 1);
}

#[test]
fn a_capture_is_read_from_a_file_and_from_standard_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let path: PathBuf = folder.path().join("refused.txt");
    std::fs::write(&path, refused()).expect("a file");
    let path = path.to_str().expect("a name in UTF-8");
    check_refused(&analyzer(&[path, "--format", "json"], &[]));
    check_refused(&analyzer(&["-", "--format", "json"], &refused()));
}

#[test]
fn a_cut_capture_gives_what_is_readable_and_why_it_stopped() {
    let mut cut = refused();
    cut.truncate(cut.len() - 1);
    let output = analyzer(&["-", "--format", "json"], &cut);
    assert_eq!(output.status.code(), Some(0));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["capture"]["frames"], 1);
    assert_eq!(report["capture"]["stopped"]["reason"], "cut");
    assert_eq!(report["conversations"][0]["opening"]["kind"], "unanswered");
}

#[test]
fn what_is_no_capture_is_refused_with_advice() {
    let output = analyzer(&["-"], b"%PDF-1.7");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(output.stdout, b"");
    let words = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(words.contains("found a PDF"), "{words}");
    assert!(words.contains("help: "), "{words}");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let output = analyzer(&["nowhere.pcap"], &[]);
    assert_eq!(output.status.code(), Some(2));
    let words = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(words.contains("cannot read `nowhere.pcap`"), "{words}");
}

#[test]
fn a_conversation_that_is_not_there_is_told_from_a_file_without_any() {
    let shown = |stream: &str| {
        let output = analyzer(&["-", "--stream", stream, "--lang", "en"], &refused());
        assert_eq!(output.status.code(), Some(0));
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let beyond = shown("7");
    assert!(beyond.contains("It has 1 TCP conversations"), "{beyond}");
    assert!(!beyond.contains("no TCP conversation at all"), "{beyond}");
    assert!(!shown("0").contains("ask for"));
}
