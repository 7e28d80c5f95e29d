//! The annotated capture, as tshark reads it: the same frames, and our words as their comments.

mod support;

use std::path::Path;
use std::process::{Command, Output};

use support::Sender::{Client, Server};

fn analyzer(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_analyzer"))
        .args(arguments)
        .output()
        .expect("the program runs")
}

fn fields(file: &Path, names: &[&str]) -> Vec<String> {
    let mut command = Command::new("tshark");
    command.args(["-n", "-T", "fields", "-r"]).arg(file);
    for name in names {
        command.args(["-e", name]);
    }
    let output = command.output().expect("tshark runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn wireshark_shows_what_was_found_beside_unchanged_frames() {
    if !support::has_tshark() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let (capture, out) = (
        folder.path().join("chat.pcap"),
        folder.path().join("out.pcapng"),
    );
    let session = support::session(
        55_555,
        &[
            (Server, b"NICK"),
            (Client, b"ana"),
            (Server, b"200 OK - Connected"),
            (Client, b"MSG oi"),
        ],
    );
    std::fs::write(&capture, session).expect("a capture");
    let [from, to] = [&capture, &out].map(|path| path.to_str().expect("a name"));
    let output = analyzer(&[from, "--annotate", to, "--lang", "en"]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let same = [
        "frame.number",
        "frame.time_epoch",
        "frame.len",
        "ip.src",
        "tcp.payload",
    ];
    assert_eq!(fields(&out, &same), fields(&capture, &same));
    let comments = fields(&out, &["frame.comment"]);
    assert_eq!(comments[0], "SYN: the client asks for the connection");
    assert!(
        comments[6].contains("unb: public message"),
        "{}",
        comments[6]
    );
    assert!(
        comments[6].contains("\"MSG oi\" is never answered"),
        "{}",
        comments[6]
    );
    assert_eq!(
        comments[8], "",
        "an acknowledgement of a FIN has nothing to tell"
    );
}

#[test]
fn the_capture_itself_is_never_written_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let capture = folder.path().join("chat.pcap");
    let bytes = support::good_capture("unb", 55_555);
    std::fs::write(&capture, &bytes).expect("a capture");
    let path = capture.to_str().expect("a name");
    let output = analyzer(&[path, "--annotate", path]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(std::fs::read(&capture).expect("still there"), bytes);
}
