//! A capture that lacks frames accuses no server: what is not there may have been the reply.

use std::io::Cursor;
use std::path::Path;

use analyzer::analysis::analyse;
use analyzer::capture;
use analyzer::choice::Wish;
use analyzer::finding::Severity;
use analyzer::survey::Options;
use protocol::Dialect;

/// Most frames that are missing in a row.
const LOST: usize = 4;

#[test]
fn no_server_is_accused_of_what_the_capture_lacks() {
    let mut wrong = Vec::new();
    for name in ["unb", "ifsc", "redes2023", "eco", "sala"] {
        let dialect = Dialect::builtin(name).expect("a dialect");
        let (header, frames) = good(name);
        let copy = |frames: &[Vec<u8>]| [header.clone(), frames.concat()].concat();
        assert_eq!(faults(dialect, copy(&frames)), Vec::<String>::new());
        for count in 1..=LOST {
            for first in 0..=frames.len() - count {
                let kept = [&frames[..first], &frames[first + count..]].concat();
                let found = faults(dialect, copy(&kept));
                wrong.extend(found.iter().map(|fault| {
                    let (from, to) = (first + 1, first + count);
                    format!("{name} without the frames {from} to {to}: {fault}")
                }));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The good session of a dialect as pcap: the header of the file, and each frame with its own.
fn good(name: &str) -> (Vec<u8>, Vec<Vec<u8>>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../captures");
    let paths = ["good.pcap", "good.pcapng"].map(|file| folder.join(name).join(file));
    let path = paths.iter().find(|path| path.exists());
    let mut reader = capture::open(path.expect("a good session")).expect("a capture");
    let (mut header, mut frames) = (Vec::new(), Vec::new());
    while let Some(frame) = reader.next() {
        let link = u32::from(frame.link.0);
        header = words(&[0xa1b2_c3d4, 0x0004_0002, 0, 0, 262_144, link]);
        let microseconds = frame.time.expect("a time") / 1000;
        let [seconds, rest] = [microseconds / 1_000_000, microseconds % 1_000_000];
        let length = frame.bytes.len() as u32;
        let record = words(&[seconds as u32, rest as u32, length, length]);
        frames.push([&record, frame.bytes].concat());
    }
    (header, frames)
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// What is called a fault.
fn faults(dialect: &Dialect, bytes: Vec<u8>) -> Vec<String> {
    let reader = capture::read(Cursor::new(bytes)).expect("a capture");
    let wish = Wish {
        given: true,
        ..Wish::any(std::slice::from_ref(dialect))
    };
    let analysis = analyse(reader, None, Options::default(), wish);
    let findings = analysis.choice.chat.iter().flat_map(|chat| &chat.findings);
    findings
        .filter(|one| one.severity == Severity::Fault)
        .map(|one| format!("{:?} in {:?}", one.kind, one.frames))
        .collect()
}
