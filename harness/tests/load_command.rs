//! `harness load` against real servers: a correct one is never accused, a wrong one is told for what it does wrong, and whatever a
//! server does, there is an outcome.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stopped"
)]

mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use clap::Parser as _;
use harness::cli::{Answer, Cli};
use harness::load::outcome::{Broken, Ending, Pace};
use harness::load::{Error, Outcome, Plan, run};
use harness::stop::Stop;
use harness::target::Server;
use protocol::Dialect;
use protocol::diagnostic::Source;
use reference_server::{Fault, Options, Pacing};

/// Longer than any busy machine is quiet.
const PATIENT: Duration = Duration::from_secs(30);

/// Long enough where a server is wrong anyway.
const IMPATIENT: Duration = Duration::from_secs(5);

const OPEN: Pace = Pace::Open { rate: 300.0 };

const fn window(window: usize) -> Pace {
    Pace::Closed { window }
}

fn plan(clients: usize, pace: Pace) -> Plan {
    Plan {
        clients,
        pace,
        length: Duration::from_millis(400),
        size: 20..=120,
        seed: 7,
        patience: PATIENT,
        stalled: 0,
        attunes: false,
    }
}

fn builtin(name: &str) -> &'static Dialect {
    Dialect::builtin(name).unwrap()
}

#[track_caller]
fn loaded(plan: &Plan, dialect: &Dialect, server: &mut Server) -> Result<Outcome, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(run(plan, dialect, server, &Stop::default(), &mut |_| {}))
}

#[track_caller]
fn load_reference(plan: &Plan, dialect: &Dialect, options: Options) -> Outcome {
    let mut server = Server::embedded_with(dialect, options).unwrap();
    loaded(plan, dialect, &mut server).unwrap()
}

#[track_caller]
fn passes(plan: &Plan, dialect: &Dialect, options: Options) {
    let outcome = load_reference(plan, dialect, options);
    let counts = outcome.counts;
    assert_eq!(outcome.violations, [], "{} {:?}", dialect.name, plan.pace);
    assert_eq!(outcome.ending, Ending::Complete);
    assert!(counts.sent > 0 && counts.heard == counts.expected && counts.heard > 0);
    assert_eq!(counts.heard, outcome.delivery.unwrap().count);
    assert_eq!(
        counts.acknowledged,
        if outcome.subject.acknowledged {
            counts.sent
        } else {
            0
        }
    );
}

#[test]
fn a_correct_server_of_every_dialect_passes() {
    for name in ["unb", "unb-lf", "ifsc", "sala", "eco", "redes2023"] {
        for pace in [OPEN, window(1)] {
            passes(&plan(5, pace), builtin(name), Options::default());
        }
    }
    passes(&plan(5, window(64)), builtin("unb-lf"), Options::default());
    passes(
        &plan(1, window(64)),
        builtin("redes2023"),
        Options::default(),
    );
}

#[test]
fn a_correct_server_that_is_slow_or_sends_in_pieces_passes() {
    for name in ["eco", "unb-lf", "sala"] {
        for pacing in [Pacing::Trickle, Pacing::Split, Pacing::Glue] {
            let options = Options {
                pacing,
                ..Options::default()
            };
            let gentle = Plan {
                size: 20..=30,
                ..plan(3, Pace::Open { rate: 40.0 })
            };
            passes(&gentle, builtin(name), options);
        }
        let slow = Options {
            delay: Duration::from_millis(30),
            ..Options::default()
        };
        passes(&plan(3, OPEN), builtin(name), slow);
    }
}

#[test]
fn a_dialect_with_times_frames_and_steps_is_loaded_too() {
    let timed = "[client]\nsay = \"SAY {text}\"\nquit = \"BYE\"\n\
        join = { steps = [{ send = \"HELLO\", reply = \"WHO?\" }, { send = \"I AM {nick}\" }] }\n\
        [server]\nwelcome = \"HI {nick}\"\n[server.delivered]\ntext = \"({time}) {from}: {text}\"\nto = \"everyone\"\n";
    for framing in ["\"lf\"", "{ header = 10 }", "{ fixed = 256 }"] {
        let file = format!(
            "name = \"x\"\nport = 1\nframing = {{ client = {framing}, server = {framing} }}\n{timed}"
        );
        let dialect = match Dialect::parse(&Source::new("x", file)) {
            Ok(dialect) => dialect,
            Err(mistakes) => panic!("{mistakes}"),
        };
        passes(&plan(4, window(8)), &dialect, Options::default());
    }
}

/// A server with this fault, under this load, is told for this.
#[track_caller]
fn caught(fault: Fault, dialect: &str, plan: &Plan, expected: Broken) {
    let options = Options {
        fault: Some(fault),
        ..Options::default()
    };
    let plan = Plan {
        patience: IMPATIENT,
        ..plan.clone()
    };
    let outcome = load_reference(&plan, builtin(dialect), options);
    let all = outcome.violations.iter();
    let found: Vec<_> = all.map(|found| (found.broken, found.count)).collect();
    let shown = outcome
        .violations
        .iter()
        .find(|found| found.broken == expected);
    assert!(
        shown.is_some_and(|shown| shown.count > 0 && !shown.examples.is_empty()),
        "{} in {dialect}: {found:?}",
        fault.id()
    );
    assert!(!outcome.passed());
}

/// Each of these servers is told for what it does wrong. They are loaded all at once: most of the time is patience.
fn all_caught(cases: &[(Fault, &str, Plan, Broken)]) {
    thread::scope(|scope| {
        for (fault, dialect, plan, expected) in cases {
            scope.spawn(move || caught(*fault, dialect, plan, *expected));
        }
    });
}

#[test]
fn what_is_lost_is_told() {
    let some = || plan(3, OPEN);
    all_caught(&[
        (Fault::DropsEveryThird, "unb", some(), Broken::Lost),
        (Fault::DropsEveryThird, "unb-lf", some(), Broken::Lost),
        (Fault::DropsEveryThird, "sala", some(), Broken::Lost),
        (
            Fault::DropsEveryThird,
            "unb-lf",
            plan(3, window(16)),
            Broken::Lost,
        ),
        (Fault::SwallowsFirstMessage, "ifsc", some(), Broken::Lost),
        (Fault::OnlyTheLastHears, "unb", some(), Broken::Lost),
        (Fault::NotRelayed, "unb", some(), Broken::Lost),
        (Fault::NoEcho, "sala", some(), Broken::Lost),
        (
            Fault::LosesGluedMessages,
            "unb-lf",
            plan(3, window(64)),
            Broken::Lost,
        ),
    ]);
}

#[test]
fn what_comes_twice_or_out_of_order_is_told() {
    let twice = |dialect| {
        (
            Fault::DuplicatesDelivery,
            dialect,
            plan(3, OPEN),
            Broken::Twice,
        )
    };
    all_caught(&[
        twice("unb"),
        twice("unb-lf"),
        twice("ifsc"),
        twice("sala"),
        (
            Fault::Reorders,
            "unb-lf",
            plan(3, window(16)),
            Broken::Order,
        ),
    ]);
}

#[test]
fn what_is_altered_misdirected_or_unanswered_is_told() {
    let some = || plan(3, OPEN);
    let long = || Plan {
        size: 300..=400,
        ..some()
    };
    all_caught(&[
        (Fault::Truncates, "unb", long(), Broken::Altered),
        (Fault::Truncates, "unb-lf", long(), Broken::Altered),
        (Fault::Truncates, "sala", long(), Broken::Altered),
        (Fault::BytesLiteral, "unb", some(), Broken::Altered),
        (Fault::BytesLiteral, "unb-lf", some(), Broken::Altered),
        (Fault::FirstWordOnly, "ifsc", some(), Broken::Altered),
        (
            Fault::StaleBuffer,
            "unb-lf",
            plan(3, window(16)),
            Broken::Altered,
        ),
        (Fault::WrongSender, "unb", some(), Broken::WrongSender),
        (Fault::EchoesToSender, "unb", some(), Broken::WrongHearer),
        (Fault::RelaysToEveryone, "eco", some(), Broken::WrongHearer),
        (
            Fault::NoAcknowledgement,
            "unb",
            some(),
            Broken::Unacknowledged,
        ),
    ]);
}

#[test]
fn who_is_not_let_in_is_told() {
    all_caught(&[
        (Fault::FewClients, "unb", plan(12, OPEN), Broken::NotLetIn),
        (
            Fault::OneClientAtATime,
            "sala",
            plan(3, OPEN),
            Broken::NotLetIn,
        ),
        (Fault::NoWelcome, "unb", plan(3, OPEN), Broken::NotLetIn),
    ]);
}

/// What an echo server does once it has answered so many messages.
#[derive(Clone, Copy)]
enum Then {
    Close,
    Hang,
}

/// A server of `eco` that fails after some messages: it closes all its connections, or reads nothing more.
fn failing_echo(after: usize, then: Then) -> SocketAddr {
    counting_echo(after, then).0
}

/// The same, and how many it has answered.
fn counting_echo(after: usize, then: Then) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let answered = Arc::new(AtomicUsize::new(0));
    let all_answered = Arc::clone(&answered);
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let answered = Arc::clone(&all_answered);
            thread::spawn(move || {
                let mut bytes = [0; 1024];
                while let Ok(len @ 1..) = stream.read(&mut bytes) {
                    if answered.fetch_add(1, Ordering::SeqCst) >= after {
                        match then {
                            Then::Close => return,
                            Then::Hang => loop {
                                thread::park();
                            },
                        }
                    }
                    let reply = [b"Servidor recebeu: ", &bytes[..len]].concat();
                    if stream.write_all(&reply).is_err() {
                        return;
                    }
                }
            });
        }
    });
    (address, answered)
}

#[track_caller]
fn load_failing_echo(then: Then) -> Outcome {
    let mut server = Server::attach(&failing_echo(20, then).to_string()).unwrap();
    let plan = Plan {
        patience: IMPATIENT,
        // It ends long before.
        length: Duration::from_secs(120),
        ..plan(4, OPEN)
    };
    loaded(&plan, builtin("eco"), &mut server).unwrap()
}

#[test]
fn a_server_that_dies_ends_the_run_with_a_verdict() {
    let outcome = load_failing_echo(Then::Close);
    assert_eq!(outcome.ending, Ending::AllClosed);
    let found: Vec<_> = outcome
        .violations
        .iter()
        .map(|found| (found.broken, found.count))
        .collect();
    assert_eq!(found, [(Broken::Closed, 4)]);
    assert_eq!(outcome.counts.heard, 20);
}

#[test]
fn a_server_that_hangs_ends_the_run_with_a_verdict() {
    let outcome = load_failing_echo(Then::Hang);
    assert!(
        matches!(outcome.ending, Ending::Silent(_)),
        "{:?}",
        outcome.ending
    );
    let found: Vec<_> = outcome
        .violations
        .iter()
        .map(|found| found.broken)
        .collect();
    assert_eq!(found, [Broken::Silent]);
}

#[test]
fn a_server_that_reads_nothing_is_given_up_and_memory_stays_bounded() {
    // Nobody accepts: connections stand in the queue, and what is sent is never read.
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let mut server = Server::attach(&listener.local_addr().unwrap().to_string()).unwrap();
    let flood = Plan {
        patience: IMPATIENT,
        size: 900..=1000,
        ..plan(2, Pace::Open { rate: 1e6 })
    };
    let outcome = loaded(&flood, builtin("redes2023"), &mut server).unwrap();
    assert!(
        matches!(outcome.ending, Ending::Silent(_)),
        "{:?}",
        outcome.ending
    );
    assert!(!outcome.kept_up());
    assert!(outcome.counts.sent < 10_000, "{}", outcome.counts.sent);
}

#[test]
fn a_server_that_floods_ends_the_run_with_a_verdict() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || while stream.write_all(&[b'z'; 4096]).is_ok() {});
        }
    });
    let mut server = Server::attach(&address.to_string()).unwrap();
    let short = Plan {
        patience: Duration::from_millis(300),
        ..plan(2, OPEN)
    };
    for dialect in ["unb", "eco", "redes2023"] {
        let outcome = loaded(&short, builtin(dialect), &mut server).unwrap();
        assert!(!outcome.passed(), "{dialect}");
    }
}

#[test]
fn where_nobody_listens_there_is_no_outcome() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let mut server = Server::attach(&listener.local_addr().unwrap().to_string()).unwrap();
    drop(listener);
    let outcome = loaded(&plan(2, OPEN), builtin("unb"), &mut server);
    assert!(matches!(outcome, Err(Error::Unreachable(_))), "{outcome:?}");
}

#[test]
fn a_server_slower_than_the_schedule_is_charged_with_all_that_waited() {
    let slow = Options {
        delay: Duration::from_millis(50),
        ..Options::default()
    };
    let steep = Plan {
        length: Duration::from_secs(1),
        ..plan(1, Pace::Open { rate: 1000.0 })
    };
    let outcome = load_reference(&steep, builtin("eco"), slow);
    assert!(outcome.passed() && !outcome.kept_up(), "{outcome:?}");
    // Each reply takes 50 ms, but the tenth message waited for nine others though it was due 9 ms after the start.
    let delivery = outcome.delivery.unwrap();
    assert!(outcome.counts.sent <= 21);
    assert!(
        delivery.percentiles[4] >= Duration::from_millis(50) * (outcome.counts.sent as u32 / 2)
    );
}

/// Lines, and texts so long that little fills all buffers.
fn long_lines() -> Dialect {
    let file = "name = \"x\"\nport = 1\nframing = { client = \"lf\", server = \"lf\" }\nlimits = { message = 40000 }\n\
        [client]\nsay = \"{text}\"\njoin = \"{nick}\"\n[server]\nwelcome = \"hi\"\n\
        [server.delivered]\ntext = \"{from}: {text}\"\nto = \"everyone\"\n";
    Dialect::parse(&Source::new("x", file.to_owned())).unwrap()
}

#[test]
fn clients_that_read_nothing_are_no_burden_to_a_correct_server() {
    let stalled = |clients, size| Plan {
        stalled: 3,
        size,
        length: Duration::from_secs(2),
        ..plan(clients, window(4))
    };
    passes(
        &stalled(2, 30_000..=30_000),
        &long_lines(),
        Options::default(),
    );
    passes(
        &stalled(2, 300..=400),
        builtin("redes2023"),
        Options::default(),
    );
    let raw = Plan {
        stalled: 3,
        ..plan(2, OPEN)
    };
    for name in ["unb", "sala", "eco"] {
        passes(&raw, builtin(name), Options::default());
    }
}

#[test]
fn who_stops_for_clients_that_read_nothing_is_told_so() {
    let options = Options {
        fault: Some(Fault::BlocksOnSlowReader),
        ..Options::default()
    };
    let stalled = Plan {
        stalled: 1,
        size: 30_000..=30_000,
        // It ends long before.
        length: Duration::from_secs(120),
        patience: IMPATIENT,
        ..plan(2, window(4))
    };
    let outcome = load_reference(&stalled, &long_lines(), options);
    assert!(
        matches!(outcome.ending, Ending::Silent(_)),
        "{:?}",
        outcome.ending
    );
    assert_eq!(outcome.violations[0].broken, Broken::Silent);
}

#[test]
fn a_server_that_wants_lines_is_loaded_with_lines_if_that_may_be_found_out() {
    // Its replies end with a line feed too, which the dialect does not say either.
    let file = "extends = \"unb\"\nname = \"x\"\nport = 1\nframing = { client = \"lf\", server = \"lf\" }\n";
    let wants_lines = Dialect::parse(&Source::new("x", file.to_owned())).unwrap();
    let lines = Server::embedded(&wants_lines).unwrap();
    let mut server = Server::attach(&lines.door().address.to_string()).unwrap();
    let strict = Plan {
        patience: Duration::from_secs(2),
        ..plan(3, OPEN)
    };
    let outcome = loaded(&strict, builtin("unb"), &mut server).unwrap();
    assert_eq!(outcome.ending, Ending::NotJoined);
    let auto = Plan {
        attunes: true,
        ..strict
    };
    let outcome = loaded(&auto, builtin("unb"), &mut server).unwrap();
    assert_eq!(outcome.violations, []);
    assert!(outcome.counts.heard > 0 && outcome.subject.delimited);
    assert!(
        outcome.remarks[0].words.en.contains("LF"),
        "{:?}",
        outcome.remarks
    );
    drop(lines);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_load_with_a_report_of_what_was_measured() {
    use rustix::process::Signal;
    use support::signal::{is_ignored_here, send};
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        if is_ignored_here(signal) {
            eprintln!("SKIPPED: these tests were started with {signal:?} ignored");
            continue;
        }
        let (address, answered) = counting_echo(usize::MAX, Then::Close);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("load.json");
        let mut load = std::process::Command::new(env!("CARGO_BIN_EXE_harness"))
            .args(["load", "--dialect", "eco", "--clients", "2", "--for", "10m"])
            .args(["--target", &address.to_string(), "--format"])
            .arg(format!("json={}", file.display()))
            .spawn()
            .unwrap();
        while answered.load(Ordering::SeqCst) < 20 {
            assert!(load.try_wait().unwrap().is_none(), "it ended by itself");
            thread::yield_now();
        }
        send(&load, signal);
        assert_eq!(load.wait().unwrap().code(), Some(code));
        let report = std::fs::read(&file).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
        assert_eq!(report["verdict"], "interrupted");
        assert_eq!(report["ending"], "interrupted");
        assert!(report["counts"]["checked"].as_u64() >= Some(10));
    }
}

#[track_caller]
fn harness(arguments: &[&str]) -> Answer {
    let arguments = ["harness", "load", "--lang", "en"].iter().chain(arguments);
    Cli::try_parse_from(arguments).unwrap().answer(false)
}

#[test]
fn the_command_reports_and_exits_as_documented() {
    let folder = tempfile::tempdir().unwrap();
    let html = folder.path().join("load.html");
    let format = format!("html={}", html.display());
    let quick = [
        "--clients",
        "3",
        "--rate",
        "100",
        "--for",
        "200ms",
        "--patience",
        "30s",
    ];
    let answer = harness(&[&quick[..], &["--format", "json", "--format", &format]].concat());
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    let json: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    assert_eq!(json["verdict"], "pass");
    assert_eq!(json["counts"]["checked"], json["counts"]["expected"]);
    let page = std::fs::read_to_string(html).unwrap();
    assert!(page.contains("<svg") && !page.contains("<script"));

    let refused = harness(&["--dialect", "unb", "--window", "2"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("`--window 1`"), "{}", refused.err);
    let refused = harness(&["--clients", "1"]);
    assert!(
        refused.code == 2 && refused.err.contains("`--clients 2`"),
        "{}",
        refused.err
    );
    let refused = harness(&["--size", "5000"]);
    assert!(
        refused.code == 2 && refused.err.contains("1020"),
        "{}",
        refused.err
    );

    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let unreachable = harness(&["--target", &address]);
    assert_eq!(unreachable.code, 3);
    assert!(
        unreachable.err.contains("nobody listens"),
        "{}",
        unreachable.err
    );
}
