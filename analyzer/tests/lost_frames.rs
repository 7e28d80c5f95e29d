//! A capture that lacks frames, that begins late or ends early accuses nobody: what is not there may have been the reply.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use analyzer::analysis::analyse;
use analyzer::capture;
use analyzer::choice::Wish;
use analyzer::finding::{Finding, FindingKind, Severity};
use analyzer::survey::Options;
use proptest::prelude::*;
use protocol::Dialect;
use protocol::message::Direction;

/// Most frames that are missing in a row of a good session.
const LOST: usize = 4;

#[test]
fn nobody_is_accused_of_what_the_capture_lacks() {
    let mut wrong = Vec::new();
    for dialect in Dialect::builtins() {
        let dialects = std::slice::from_ref(dialect);
        for path in sessions(dialect) {
            let is_good = path.file_stem().is_some_and(|stem| stem == "good");
            let (header, frames) = frames_of(&path);
            let copy = |frames: &[Vec<u8>]| [header.clone(), frames.concat()].concat();
            let whole = accusations(dialects, copy(&frames), |frame| frame);
            assert!(!is_good || whole.is_empty(), "{whole:?}");
            for count in 1..=if is_good { LOST } else { 1 } {
                for first in 0..=frames.len() - count {
                    let kept = [&frames[..first], &frames[first + count..]].concat();
                    let number = |frame| match frame <= first as u64 {
                        true => frame,
                        false => frame + count as u64,
                    };
                    let found = accusations(dialects, copy(&kept), number);
                    let (from, to) = (first + 1, first + count);
                    let about = format!("{} without {from} to {to}", path.display());
                    wrong.extend(news(&found, &whole, &about));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A capture that begins late, or ends early, accuses nobody of what the whole capture does not.
#[test]
fn a_part_of_a_capture_accuses_nobody_of_more_than_the_whole() {
    let mut wrong = Vec::new();
    for dialect in Dialect::builtins() {
        for path in sessions(dialect) {
            let (header, frames) = frames_of(&path);
            let copy = |frames: &[Vec<u8>]| [header.clone(), frames.concat()].concat();
            for dialects in [std::slice::from_ref(dialect), Dialect::builtins()] {
                let whole = accusations(dialects, copy(&frames), |frame| frame);
                for cut in 1..frames.len() {
                    let (before, behind) = frames.split_at(cut);
                    let parts = [
                        ("before", accusations(dialects, copy(before), |frame| frame)),
                        (
                            "behind",
                            accusations(dialects, copy(behind), |frame| frame + cut as u64),
                        ),
                    ];
                    for (part, found) in parts {
                        let about = format!("{}, {part} the cut at {cut}", path.display());
                        wrong.extend(news(&found, &whole, &about));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Frames that are missing here and there: a SYN-ACK, and the first words of the server with it.
    #[test]
    fn frames_that_are_missing_anywhere_accuse_nobody(
        which in any::<prop::sample::Index>(),
        share in 0.02..0.4,
        dice in prop::collection::vec(0.0..1.0, 1..400),
    ) {
        let dialect = which.get(Dialect::builtins());
        let is_good = |path: &PathBuf| path.file_stem().is_some_and(|stem| stem == "good");
        let good = sessions(dialect).into_iter().find(is_good).expect("a good session");
        let (mut bytes, frames) = frames_of(&good);
        let is_kept = |at: &usize| dice[at % dice.len()] >= share;
        let kept: Vec<usize> = (0..frames.len()).filter(is_kept).collect();
        bytes.extend(kept.iter().flat_map(|at| &frames[*at]));
        let number = |frame: u64| kept[frame as usize - 1] as u64 + 1;
        let found = accusations(std::slice::from_ref(dialect), bytes, number);
        prop_assert!(found.is_empty(), "{}: {kept:?}: {found:?}", dialect.name);
    }
}

/// What the whole capture does not say.
fn news(found: &[Accusation], whole: &[Accusation], about: &str) -> Vec<String> {
    let is_new = |one: &&Accusation| !whole.iter().any(|all| one.is_in(all));
    let new = found.iter().filter(is_new);
    new.map(|one| format!("{about}: {one:?}")).collect()
}

/// What somebody is accused of, and in which frames of the whole capture.
#[derive(Debug, PartialEq)]
struct Accusation {
    kind: FindingKind,
    by: Direction,
    frames: Vec<u64>,
}

impl Accusation {
    /// Whether the other says this, too.
    fn is_in(&self, other: &Self) -> bool {
        let is_known = |frame: &u64| other.frames.contains(frame);
        self.kind == other.kind && self.by == other.by && self.frames.iter().all(is_known)
    }
}

/// What warnings and faults there are, with the numbers that their frames have in the whole capture.
fn accusations(
    dialects: &[Dialect],
    bytes: Vec<u8>,
    number: impl Fn(u64) -> u64,
) -> Vec<Accusation> {
    let reader = capture::read(Cursor::new(bytes)).expect("a capture");
    let wish = Wish {
        given: dialects.len() == 1,
        ..Wish::any(dialects)
    };
    let analysis = analyse(reader, None, Options::default(), wish);
    let findings = analysis.choice.chat.iter().flat_map(|chat| &chat.findings);
    let serious = findings.filter(|one| one.severity > Severity::Remark);
    let accusation = |one: &Finding| Accusation {
        kind: one.kind,
        by: one.by,
        frames: one.frames.iter().map(|frame| number(*frame)).collect(),
    };
    serious.map(accusation).collect()
}

/// The sessions of a dialect, good and bad.
fn sessions(dialect: &Dialect) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../captures");
    let files = std::fs::read_dir(folder.join(&dialect.name)).expect("a folder");
    let mut paths: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    paths.sort();
    paths
}

/// A capture as pcap: the header of the file, and each frame with its own.
fn frames_of(path: &Path) -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut reader = capture::open(path).expect("a capture");
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
