//! What dissecting, judging and telling cost for each message, in dialogues of many kinds that grow.
//!
//! ```text
//! cargo bench -q -p analyzer --bench dialogues -- [--messages 2000] [--dialect unb] [--kind copies] [--growth 2]
//! ```
//!
//! Each kind of dialogue is made in the words of each dialect, with 1, 2, 4 and 8 times as many messages, as a capture in memory. It is
//! read up to the findings, and then told as JSON and as text; the fastest of three rounds counts, in processor time where the system
//! tells it. Where the time for each message stays the same, the cost grows with what was said; the table is Markdown. With `--growth`,
//! only the rows that grow by more than that.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot run says where it stopped"
)]

mod file;
mod kinds;

use std::hint::black_box;
use std::io::Cursor;
use std::time::{Duration, Instant};

use analyzer::analysis::{Analysis, analyse};
use analyzer::capture;
use analyzer::choice::Wish;
use analyzer::report::{json, prose, terminal};
use analyzer::survey::Options;
use kinds::{KINDS, Kind, dialects};
use protocol::Dialect;
use protocol::lang::Lang;

/// How many times the messages of the first.
const TIMES: [usize; 4] = [1, 2, 4, 8];

/// What is measured is done again and again for at least so long, since times are told in steps; and that so often.
const SHORTEST: Duration = Duration::from_millis(40);
const ROUNDS: usize = 3;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1)
    };
    let messages = value("--messages").map_or(2000, |number| number.parse().unwrap());
    let growth = value("--growth").map_or(0.0, |number| number.parse::<f64>().unwrap());
    let is_wanted =
        |name: &str, text: &str| value(name).is_none_or(|value| text.contains(&**value));
    println!(
        "| dialogue | dialect | read and judged, ns each | 2× | 4× | 8× | 8× / 1× | told, ns each | 8× | 8× / 1× |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    );
    for kind in KINDS.iter().filter(|kind| is_wanted("--kind", kind.name)) {
        for dialect in dialects().filter(|one| is_wanted("--dialect", &one.name)) {
            let costs = TIMES.map(|times| cost(kind, &dialect, times * messages));
            let [read, told] = [0, 1].map(|which| costs.map(|cost| cost[which]));
            let [reading, telling] = [read, told].map(|cost| cost[3] / cost[0]);
            if reading.max(telling) < growth {
                continue;
            }
            let [one, two, four, eight] = read;
            println!(
                "| {} | `{}` | {one:.0} | {two:.0} | {four:.0} | {eight:.0} | {reading:.1} | {:.0} | {:.0} | {telling:.1} |",
                kind.name, dialect.name, told[0], told[3],
            );
        }
    }
}

/// What each message costs until it is judged, and then until it is told, in nanoseconds.
fn cost(kind: &Kind, dialect: &Dialect, messages: usize) -> [f64; 2] {
    let file = file::pcap(dialect.port, &kind.events(dialect, messages));
    let analysis = read(&file, dialect);
    let judged = fastest(|| read(&file, dialect));
    let told = fastest(|| told(&analysis));
    [judged, told].map(|nanos| nanos / messages as f64)
}

/// What it takes in the fastest round, in nanoseconds.
fn fastest<T>(work: impl Fn() -> T) -> f64 {
    let begin = Instant::now();
    let round = || {
        let (started, from) = (Instant::now(), spent(begin));
        let mut times = 0.0;
        while started.elapsed() < SHORTEST {
            black_box(work());
            times += 1.0;
        }
        (spent(begin) - from).as_nanos() as f64 / times
    };
    (0..ROUNDS).map(|_| round()).fold(f64::MAX, f64::min)
}

/// The time that this thread was given, where Linux tells it; else the time since the beginning.
fn spent(begin: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|told| told.split_whitespace().next()?.parse().ok());
    nanos.map_or_else(|| begin.elapsed(), Duration::from_nanos)
}

fn read<'d>(file: &[u8], dialect: &'d Dialect) -> Analysis<'d> {
    let wish = Wish {
        given: true,
        ..Wish::any(std::slice::from_ref(dialect))
    };
    let reader = capture::read(Cursor::new(file.to_vec())).expect("a capture");
    analyse(reader, None, Options::default(), wish)
}

fn told(analysis: &Analysis<'_>) -> usize {
    let screen = terminal::Options {
        width: terminal::DEFAULT_WIDTH,
        colour: false,
    };
    let page = prose::report(analysis, Lang::En);
    terminal::render(&page, screen).len() + json::render(analysis).len()
}
