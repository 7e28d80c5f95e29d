//! What the harness costs beyond the server: time for each scenario and each step, and time and memory of whole runs.
//!
//! ```text
//! cargo bench -p harness --bench overhead -- [--plays 200]
//! cargo bench -p harness --bench overhead -- --suite
//! cargo bench -p harness --bench overhead -- --grow
//! ```
//!
//! Each prints one table in Markdown. The first plays short scenarios against the embedded reference server, and then repeats what
//! was just said over bare sockets: the same connections, the same bytes, in the same order, nothing judged. What a scenario took
//! longer than that is the harness's own; the two are played in turns, and medians count. `--suite` runs the whole suite of each
//! dialect with every report that goes into a file. `--grow` runs the suite of one dialect once, twice, four and eight times
//! over: the cost grows with the number of scenarios. Each run is a process of its own, which tells the most memory that it had.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run says where it stopped"
)]

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use clap::Parser as _;
use harness::cli::Cli;
use harness::runner::{self, Options};
use harness::scenario::{self, Scenario};
use harness::target::Server;
use harness::transcript::{ClientId, Happening, Transcript};
use protocol::Dialect;
use protocol::diagnostic::Source;

/// How many messages the scenarios of the first table have, each with the step that waits for it.
const LENGTHS: [usize; 4] = [0, 1, 10, 100];

/// In a process of its own: run the arguments that follow, and tell the memory.
const CHILD: &str = "--in-a-process-of-its-own";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let place = |name: &str| arguments.iter().position(|argument| argument == name);
    if let Some(at) = place(CHILD) {
        return run_here(&arguments[at + 1..]);
    }
    let plays = place("--plays").and_then(|at| arguments.get(at + 1));
    let plays = plays.map_or(200, |plays| plays.parse().unwrap());
    match (place("--suite"), place("--grow")) {
        (Some(_), _) => suite(),
        (_, Some(_)) => grow(),
        _ => steps(plays),
    }
}

/// Ana says so many things, and Bia hears each.
fn dialogue(messages: usize) -> Scenario {
    let mut text = "scenario \"Dialogue\"\n  level must\n  points 1\n\nana, bia join\n".to_owned();
    for number in 0..messages {
        text += &format!("ana says \"number {number}\"\nbia hears ana \"number {number}\"\n");
    }
    scenario::parse_source("dialogue", &Source::new("dialogue.chat", text)).unwrap()
}

/// The harness against bare sockets.
fn steps(plays: usize) {
    let dialect = Dialect::builtin("unb").unwrap();
    println!(
        "| messages | steps | played by the harness | the same bytes over bare sockets | the harness's own | for each step |\n\
         |--:|--:|--:|--:|--:|--:|"
    );
    for messages in LENGTHS {
        let scenario = dialogue(messages);
        let mut server = Server::embedded(dialect).unwrap();
        let bare = Server::embedded(dialect).unwrap();
        let address = bare.door().address;
        let (mut played, mut repeated, mut own) = (Vec::new(), Vec::new(), Vec::new());
        for seed in 0..plays as u64 {
            let (took, transcript) = play(&scenario, dialect, &mut server, seed);
            let again = repeat(&transcript, address);
            played.push(took);
            repeated.push(again);
            own.push(took.saturating_sub(again));
        }
        let steps = 1 + 2 * messages;
        let own = median(own);
        println!(
            "| {messages} | {steps} | {} | {} | {} | {} |",
            ms(median(played)),
            ms(median(repeated)),
            ms(own),
            ms(own / steps as u32)
        );
    }
}

fn play(
    scenario: &Scenario,
    dialect: &Dialect,
    server: &mut Server,
    seed: u64,
) -> (Duration, Transcript) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let options = Options {
        seed,
        ..Options::default()
    };
    let began = Instant::now();
    let report = runtime.block_on(runner::run(
        &[scenario],
        dialect,
        server,
        &options,
        &mut |_| {},
    ));
    let took = began.elapsed();
    let outcome = &report.outcomes[0];
    assert!(!report.required_failed(), "{:?}", outcome.findings);
    (took, outcome.transcript.clone())
}

/// Says and hears all of it again: how long that took.
fn repeat(transcript: &Transcript, address: SocketAddr) -> Duration {
    assert_eq!(transcript.entries_dropped, 0, "a part of it is not there");
    let mut sockets: HashMap<ClientId, TcpStream> = HashMap::new();
    let mut scratch = vec![0; 64 * 1024];
    let began = Instant::now();
    for entry in &transcript.entries {
        if entry.what == Happening::Connected {
            let socket = TcpStream::connect(address).unwrap();
            socket.set_nodelay(true).unwrap();
            sockets.insert(entry.client, socket);
            continue;
        }
        let socket = sockets.get_mut(&entry.client).unwrap();
        match &entry.what {
            Happening::Sent(bytes) => socket.write_all(bytes).unwrap(),
            Happening::Received(bytes) => socket.read_exact(&mut scratch[..bytes.len()]).unwrap(),
            Happening::Finished => socket.shutdown(Shutdown::Write).unwrap(),
            Happening::ServerClosed => while socket.read(&mut scratch).unwrap() > 0 {},
            Happening::Closed => drop(sockets.remove(&entry.client)),
            other => panic!("nothing of the kind was asked for: {other:?}"),
        }
    }
    began.elapsed()
}

/// The suite of each dialect.
fn suite() {
    let folder = tempfile::tempdir().unwrap();
    println!(
        "| dialect | scenarios | time | processor time | most memory |\n|---|--:|--:|--:|--:|"
    );
    for dialect in Dialect::builtin_names() {
        let run = run_apart(&suite_folder(), dialect, folder.path());
        println!("| `{dialect}` | {run}");
    }
}

/// The same suite several times over.
fn grow() {
    println!("| times | scenarios | time | processor time | most memory |\n|--:|--:|--:|--:|--:|");
    for times in [1, 2, 4, 8] {
        let folder = tempfile::tempdir().unwrap();
        let copies = folder.path().join("copies");
        for topic in std::fs::read_dir(suite_folder()).unwrap() {
            let topic = topic.unwrap();
            let name = topic.file_name().into_string().unwrap();
            for copy in 0..times {
                // An id is the name of the folder and of the file.
                copy_tree(&topic.path(), &copies.join(format!("{name}-{copy}")));
            }
        }
        let run = run_apart(&copies, "unb", folder.path());
        println!("| {times} | {run}");
    }
}

fn suite_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")
}

fn copy_tree(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy_tree(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// Runs a suite in a process of its own, every report into a file: the rest of a row.
fn run_apart(scenarios: &Path, dialect: &str, folder: &Path) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([CHILD, "harness", "run", "--dialect", dialect])
        .arg(scenarios);
    for format in ["json", "junit", "tap", "markdown", "html", "gradescope"] {
        let file = folder.join(format);
        command.args(["--format", &format!("{format}={}", file.display())]);
    }
    let began = Instant::now();
    let output = command.output().unwrap();
    let took = began.elapsed();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let last = said.lines().last().unwrap();
    let report = std::fs::read(folder.join("json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    let scenarios = report["outcomes"].as_array().unwrap().len();
    format!("{scenarios} | {:.1} s | {last} |", took.as_secs_f64())
}

/// A run of the harness, and what it needed on the last line of the standard error.
fn run_here(arguments: &[String]) {
    let answer = Cli::try_parse_from(arguments).unwrap().answer(false);
    assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
    let time = processor_time().map_or("?".to_owned(), |time| format!("{time:.1} s"));
    let memory = peak_memory().map_or("?".to_owned(), |bytes| {
        format!("{:.0} MB", bytes as f64 / 1e6)
    });
    eprintln!("\n{time} | {memory}");
}

/// The processor time of this process, in seconds; only Linux tells.
fn processor_time() -> Option<f64> {
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS_PER_SECOND)
}

/// The most memory that this process had, in bytes; only Linux tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn ms(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1e3)
}
