//! Cut and damaged copies of every capture: no panic, no hang, everything before the damage is read, a cut file says
//! why it stopped, and memory stays within a constant times the size of the file.
//!
//! The damaged copies that are read with the other tests are a seeded share; 100 000 of each capture:
//!
//! ```text
//! cargo test --release -p analyzer --test captures -- --ignored
//! ```

use std::ops::Range;
use std::sync::mpsc;
use std::time::Duration;

use analyzer::analysis::Analysis;
use analyzer::report::{html, json, markdown, prose, terminal};
use analyzer::survey::{Options, Survey, survey};
use protocol::lang::Lang;

use super::allocation::measured;
use super::catalogue::{self, Capture};
use super::damage::{Dice, damaged};
use super::{analysed, read};

/// What reading may hold at a time: the reader's buffer and the tables' first capacity …
const AT_REST: usize = 512 * 1024;
/// … and this many bytes for each byte of the file.
const FOR_EACH_BYTE: usize = 64;
/// All forms of a report in both languages take more: each frame of the file is shown with its layers.
const REPORTS_AT_REST: usize = 2 * 1024 * 1024;
const REPORTS_FOR_EACH_BYTE: usize = 1024;

/// Longer than this for all copies of one capture is a hang, on the slowest of machines.
const PATIENCE: Duration = Duration::from_secs(600);

/// A capture, and where each of its frames ends in the file.
struct Original {
    name: String,
    bytes: Vec<u8>,
    header: usize,
    ends: Vec<usize>,
}

impl Original {
    fn of(capture: &Capture) -> Self {
        let parts = capture.parts();
        let sum = |at: &mut usize, part: &Vec<u8>| {
            *at += part.len();
            Some(*at)
        };
        let mut ends: Vec<usize> = parts.iter().scan(0, sum).collect();
        if !capture.is_whole() {
            ends.pop();
        }
        Self {
            name: capture.name.clone(),
            bytes: parts.concat(),
            header: ends.remove(0),
            ends,
        }
    }

    /// How many frames lie wholly before a place in the file.
    fn frames_before(&self, place: usize) -> u64 {
        self.ends.iter().filter(|end| **end <= place).count() as u64
    }

    #[track_caller]
    fn check_prefix(&self, length: usize) {
        let prefix = &self.bytes[..length];
        let Some(survey) = self.surveyed(prefix) else {
            assert!(
                length < self.header,
                "{}: no capture at {length}",
                self.name
            );
            return;
        };
        let facts = &survey.capture;
        assert_eq!(
            facts.frames,
            self.frames_before(length),
            "{} at {length}",
            self.name
        );
        let whole = length == self.header || self.ends.contains(&length);
        if length >= self.header {
            assert_eq!(facts.stopped.is_none(), whole, "{} at {length}", self.name);
        }
    }

    #[track_caller]
    fn check_damaged(&self, seed: u64) {
        let copy = damaged(&self.bytes, &mut Dice::new(seed));
        if let Some(survey) = self.surveyed(&copy.bytes)
            && copy.sound >= self.header
        {
            let (read, sound) = (survey.capture.frames, self.frames_before(copy.sound));
            assert!(
                read >= sound,
                "{}, seed {seed}: {read} of {sound}",
                self.name
            );
        }
    }

    /// Nothing if it is no longer a capture.
    #[track_caller]
    fn surveyed(&self, bytes: &[u8]) -> Option<Survey> {
        let options = Options {
            digests: true,
            ..Options::default()
        };
        let (survey, peak) = measured(|| Some(survey(read(bytes).ok()?, options)));
        let limit = AT_REST + FOR_EACH_BYTE * bytes.len();
        assert!(
            peak <= limit,
            "{}: {peak} bytes held for {}",
            self.name,
            bytes.len()
        );
        survey
    }

    #[track_caller]
    fn check_reports(&self, seed: u64) {
        let copy = damaged(&self.bytes, &mut Dice::new(seed));
        let (_, peak) =
            measured(|| analysed(&self.name, &copy.bytes).map(|analysis| render(&analysis)));
        let limit = REPORTS_AT_REST + REPORTS_FOR_EACH_BYTE * copy.bytes.len();
        assert!(
            peak <= limit,
            "{}, seed {seed}: {peak} bytes held",
            self.name
        );
    }
}

/// Every form in both languages; none may hand a control character to the terminal.
fn render(analysis: &Analysis<'_>) -> [Vec<String>; 2] {
    Lang::ALL.map(|lang| {
        let page = prose::report(analysis, lang);
        let options = terminal::Options {
            width: terminal::DEFAULT_WIDTH,
            colour: false,
        };
        let screen = terminal::render(&page, options);
        let harmless = |letter: char| letter == '\n' || !letter.is_control();
        assert!(screen.chars().all(harmless), "{screen:?}");
        vec![
            screen,
            markdown::render(&page, lang),
            html::render(&page, lang),
            json::render(analysis),
        ]
    })
}

/// Checks every capture on a thread of its own, one after the other, so that a hang has a name.
fn for_each(check: fn(&Original)) {
    for capture in catalogue::all() {
        let original = Original::of(&capture);
        let (done, finished) = mpsc::channel();
        let worker = std::thread::spawn(move || {
            check(&original);
            let _ = done.send(());
        });
        let waited = finished.recv_timeout(PATIENCE);
        assert_ne!(
            waited,
            Err(mpsc::RecvTimeoutError::Timeout),
            "{} hangs",
            capture.name
        );
        worker.join().expect("no panic");
    }
}

/// The seeds of a share; each test has its own.
fn damage(original: &Original, seeds: Range<u64>) {
    for seed in seeds {
        original.check_damaged(seed);
    }
}

fn reports(original: &Original, seeds: Range<u64>) {
    for seed in seeds {
        original.check_reports(seed);
    }
}

#[test]
fn every_prefix_is_read_to_where_it_ends() {
    for_each(|original| {
        for length in 0..=original.bytes.len() {
            original.check_prefix(length);
        }
    });
}

#[test]
fn damaged_copies_are_read_to_the_damage() {
    for_each(|original| damage(original, 0..60));
}

#[test]
#[ignore = "ten minutes; the share above runs always"]
fn a_hundred_thousand_damaged_copies_are_read_to_the_damage() {
    for_each(|original| damage(original, 0..100_000));
}

#[test]
fn damaged_copies_have_reports() {
    for_each(|original| reports(original, 1000..1002));
}

#[test]
#[ignore = "minutes; the share above runs always"]
fn a_thousand_damaged_copies_have_reports() {
    for_each(|original| reports(original, 1000..2000));
}
