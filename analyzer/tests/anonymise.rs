//! The anonymous copy of a capture: nobody is in it, and it is analysed as before.

mod support;

use std::path::Path;
use std::process::Command;

use analyzer::analysis::{Analysis, analyse};
use analyzer::capture;
use analyzer::choice::Wish;
use analyzer::survey::Options;
use protocol::Dialect;

fn analysis(path: &Path) -> Analysis<'static> {
    let reader = capture::open(path).expect("a capture");
    analyse(
        reader,
        None,
        Options::default(),
        Wish::any(Dialect::builtins()),
    )
}

/// Frames and kinds of all messages, their lengths and times, and all findings.
fn sense(analysis: &Analysis<'_>) -> Vec<String> {
    let chat = analysis.choice.chat.as_ref().expect("a chat");
    let message = |(_, one): (_, &analyzer::dissect::Message)| {
        format!(
            "{:?} {} {:?} {:?} {:?}",
            one.frames,
            one.kind.id(),
            one.range,
            one.standing,
            one.time
        )
    };
    let findings = chat
        .findings
        .iter()
        .map(|one| format!("{:?} {:?}", one.kind, one.frames));
    chat.messages()
        .into_iter()
        .map(message)
        .chain(findings)
        .collect()
}

fn anonymise(capture: &Path, output: &Path) {
    let run = Command::new(env!("CARGO_BIN_EXE_analyzer"))
        .arg(capture)
        .arg("--anonymise")
        .arg(output)
        .output()
        .expect("the program runs");
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
}

/// For each frame, its length and whether its checksums are right, by tshark.
fn checksums(file: &Path) -> Vec<String> {
    let output = Command::new("tshark")
        .args([
            "-n",
            "-o",
            "ip.check_checksum:TRUE",
            "-o",
            "tcp.check_checksum:TRUE",
            "-T",
            "fields",
        ])
        .args([
            "-e",
            "frame.len",
            "-e",
            "ip.checksum.status",
            "-e",
            "tcp.checksum.status",
            "-r",
        ])
        .arg(file)
        .output()
        .expect("tshark runs");
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn nobody_is_left_in_it_and_it_means_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let (before, after) = (folder.path().join("a.pcap"), folder.path().join("b.pcapng"));
    for name in ["unb", "ifsc", "redes2023", "eco", "sala"] {
        let port = Dialect::builtin(name).expect("a dialect").port;
        std::fs::write(&before, support::good_capture(name, port)).expect("a capture");
        anonymise(&before, &after);
        assert_eq!(
            sense(&analysis(&after)),
            sense(&analysis(&before)),
            "{name}"
        );
        let mut reader = capture::open(&after).expect("a copy");
        let mut bytes = Vec::new();
        while let Some(frame) = reader.next() {
            bytes.extend_from_slice(frame.bytes);
        }
        let told = ["ana", "bia", "caio", "João", "bom dia", "oi, "];
        for word in told
            .map(str::as_bytes)
            .into_iter()
            .chain([&[192_u8, 0, 2, 20][..]])
        {
            let found = bytes.windows(word.len()).any(|window| window == word);
            assert!(!found, "{name}: {}", String::from_utf8_lossy(word));
        }
        if support::has_tshark() {
            assert_eq!(checksums(&after), checksums(&before), "{name}");
        }
    }
}
