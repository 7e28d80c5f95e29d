//! Outcomes for the tests of reports: one of a correct server, one in which everything is broken that can be.

use std::time::Duration;

use super::super::outcome::{Broken, Counts, Ending, Example, Outcome, Pace, Violation};
use super::super::subject::{Hearers, Subject};
use super::super::timing::{Latency, Slice};
use crate::report::{Remark, Target, Words};
use crate::stop::{Signal, Why};

const fn us(us: u64) -> Duration {
    Duration::from_micros(us)
}

fn latency(count: u64, scale: u64) -> Latency {
    Latency {
        count,
        percentiles: [150, 310, 1250, 9800, 23_400].map(|time| us(time * scale / 100)),
        mean: us(2 * scale),
        curve: [
            (0.0, 60),
            (50.0, 150),
            (90.0, 310),
            (99.0, 1250),
            (99.9, 9800),
            (100.0, 23_400),
        ]
        .map(|(share, time)| (share, us(time * scale / 100)))
        .into(),
    }
}

/// A correct server that did not keep up.
pub(super) fn passed() -> Outcome {
    let slice = |at: u64| Slice {
        began: us(at * 166_000),
        heard: 16_000 + at * 100,
        median: us(140 + at * 3),
        p99: us(1100 + at * 40),
        longest: us(9000 + at * 900),
    };
    Outcome {
        version: "0.1.0".to_owned(),
        dialect: "unb".to_owned(),
        dialect_title: Words {
            pt: "UnB: códigos de <status>".to_owned(),
            en: "UnB: <status> codes".to_owned(),
        },
        target: Target::Embedded,
        clients: 100,
        pace: Pace::Open { rate: 1050.0 },
        length: Duration::from_secs(10),
        size: 20..=200,
        seed: 1,
        stalled: 0,
        stalled_felt: false,
        subject: Subject {
            hearers: Hearers::Others,
            acknowledged: true,
            delimited: false,
        },
        ending: Ending::Complete,
        sending: Duration::from_secs(10),
        elapsed: Duration::from_millis(10_020),
        counts: Counts {
            joined: 100,
            sent: 10_000,
            asked: 0,
            due: 10_500,
            expected: 990_000,
            heard: 990_000,
            answered: 0,
            acknowledged: 10_000,
            anonymous: 12,
            aside: 3,
            bytes_sent: 900_000,
            bytes_heard: 80_000_000,
        },
        waited: Some(latency(10_000, 30)),
        delivery: Some(latency(990_000, 100)),
        acknowledgement: Some(latency(10_000, 90)),
        every: us(166_000),
        slices: (0..60).map(slice).collect(),
        violations: Vec::new(),
        interrupted: None,
        remarks: Vec::new(),
        output: None,
    }
}

/// Somebody ended it, while some clients read nothing.
pub(super) fn interrupted() -> Outcome {
    let remark = Remark::warning(Words {
        pt: "o servidor deixou 1 processo vivo (x\u{1b})".to_owned(),
        en: "the server left 1 process alive (x\u{1b})".to_owned(),
    });
    Outcome {
        ending: Ending::Interrupted,
        interrupted: Some(Why::Signal(Signal::Interrupt)),
        sending: Duration::from_millis(3210),
        stalled: 3,
        remarks: vec![remark],
        ..passed()
    }
}

/// Everything that can be broken is.
pub(super) fn broken() -> Outcome {
    let example = |broken: Broken| Example {
        at: us(1_234_000),
        hearer: Some("lqwaaab".to_owned()),
        sender: Some("lqwaaac".to_owned()),
        number: Some(42),
        count: Some(330),
        lacking: Some((99, 99)),
        expected: b"mzt00002.00000041 de novo uma frasx".to_vec(),
        found: match broken {
            Broken::Altered => b"[lqwaaac]: mzt00002.00000041 de n\x1b[31mo\0".to_vec(),
            Broken::Strange => b"Traceback <b>(most recent call last)\n".to_vec(),
            Broken::Refused => b"400 Bad Request".to_vec(),
            Broken::WrongSender => b"lqwaaaa".to_vec(),
            _ => Vec::new(),
        },
        why: (broken == Broken::Closed).then(|| "connection reset by peer".to_owned()),
    };
    Outcome {
        target: Target::Spawned {
            command: "python3 'server\u{1b}.py' {port}".to_owned(),
        },
        pace: Pace::Closed { window: 16 },
        ending: Ending::Complete,
        violations: Broken::ALL
            .map(|broken| Violation {
                broken,
                count: 1330,
                examples: vec![example(broken)],
            })
            .into(),
        output: Some("Traceback\n  File \"server.py\"\u{1b}[31m <script>".to_owned()),
        ..passed()
    }
}
