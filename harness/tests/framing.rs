//! `--framing auto`: where a server answers only messages that end with a line end, its clients end them so, and the report says
//! it. What keeps to the dialect, what is slow, dead or wrong, never sees another byte than the dialect's, or is at least judged as
//! if it had not.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use harness::event::Event;
use harness::report::Report;
use harness::runner::{self, Options};
use harness::scenario::{self, Filter, Scenario};
use harness::target::Server;
use harness::verdict::Verdict;
use protocol::Dialect;
use protocol::framing::{Framing, Terminator};
use protocol::message::{Direction, Phase};

/// Some of each kind: what is answered, what is delivered, what only delimited streams can be asked.
const SCENARIOS: [&str; 7] = [
    "basic/acknowledgement",
    "basic/broadcast",
    "basic/welcome",
    "errors/unknown-command",
    "framing/coalesced",
    "list/grows",
    "quit/goodbye",
];

/// Runs some built-in scenarios against whoever listens there.
fn grade(address: SocketAddr, dialect: &Dialect) -> Report {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let suite = scenario::load(&[folder]).unwrap_or_else(|wrong| panic!("{wrong}"));
    let filter = Filter::new(SCENARIOS);
    let selected: Vec<&Scenario> = suite
        .scenarios
        .iter()
        .filter(|scenario| filter.selects(scenario, scenario.level))
        .collect();
    let options = Options {
        attunes: true,
        ..Options::default()
    };
    let mut server = Server::attach(&address.to_string()).expect("it listens");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(runner::run(
        &selected,
        dialect,
        &mut server,
        &options,
        &mut |_| {},
    ))
}

fn unb() -> Dialect {
    Dialect::builtin("unb").expect("built in").clone()
}

fn lines(end: &[u8]) -> Framing {
    Framing::Delimited(Terminator::new(end.to_vec(), Vec::new()))
}

fn served(dialect: Dialect, options: reference_server::Options) -> reference_server::Running {
    reference_server::Server::bind(dialect, ([127, 0, 0, 1], 0).into(), options)
        .and_then(reference_server::Server::start)
        .expect("a free port")
}

/// What the report says of the framing.
fn adapted(report: &Report) -> Vec<&str> {
    let words = report.remarks.iter().map(|remark| &remark.words.en[..]);
    words
        .filter(|words| words.contains("answers only"))
        .collect()
}

#[track_caller]
fn all_pass(report: &Report) {
    let bad: Vec<_> = report
        .outcomes
        .iter()
        .filter(|outcome| !matches!(outcome.verdict, Verdict::Pass | Verdict::NotApplicable))
        .map(|outcome| (&outcome.id, outcome.verdict))
        .collect();
    assert!(bad.is_empty(), "{bad:#?}\n{:#?}", report.remarks);
}

/// The reference server of `unb`, but that its clients must end their messages so in these phases.
#[track_caller]
fn is_found(phases: &[Phase], end: &[u8], words: &str) {
    let wants = phases.iter().fold(unb(), |dialect, phase| {
        dialect.with_client_framing(*phase, lines(end))
    });
    let server = served(wants, reference_server::Options::default());
    let report = grade(server.local_addr(), &unb());
    all_pass(&report);
    let adapted = adapted(&report);
    assert!(
        adapted.len() == 1 && adapted[0].starts_with(words),
        "{adapted:?}"
    );
    // What applies is a matter of the dialect, never of the server.
    let coalesced = report
        .outcomes
        .iter()
        .find(|outcome| outcome.id == "framing/coalesced");
    assert_eq!(
        coalesced.map(|outcome| outcome.verdict),
        Some(Verdict::NotApplicable)
    );
}

/// One test, so that their waits overlap.
#[test]
fn a_server_gets_the_line_ends_that_it_needs_and_where_it_needs_them() {
    const BOTH: &[Phase] = &[Phase::Joining, Phase::Chatting];
    type Case = (&'static [Phase], &'static [u8], &'static str);
    const CASES: [Case; 4] = [
        (
            BOTH,
            b"\n",
            "the server answers only messages that end with \\n (LF)",
        ),
        (
            BOTH,
            b"\r\n",
            "the server answers only messages that end with \\r\\n (CR LF)",
        ),
        (
            &[Phase::Chatting],
            b"\n",
            "the server, after the registration, answers only messages that end with \\n (LF)",
        ),
        (
            &[Phase::Joining],
            b"\n",
            "the server, in a registration, answers only messages that end with \\n (LF)",
        ),
    ];
    thread::scope(|scope| {
        for (phases, end, words) in CASES {
            scope.spawn(move || is_found(phases, end, words));
        }
        scope.spawn(another_line_end_than_the_dialects_is_found_too);
    });
}

fn another_line_end_than_the_dialects_is_found_too() {
    let with = |end: &[u8]| {
        let dialect = Dialect::builtin("unb-lf").expect("built in").clone();
        dialect.reframed(lines(end), lines(end))
    };
    let server = served(with(b"\r\n"), reference_server::Options::default());
    let report = grade(server.local_addr(), &with(b"\n"));
    all_pass(&report);
    assert_eq!(adapted(&report).len(), 1);
}

/// A correct server, and all that it ever read.
fn recorded() -> (SocketAddr, Arc<Mutex<Vec<u8>>>) {
    let server = served(unb(), reference_server::Options::default());
    let behind = server.local_addr();
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("bound");
    let read = Arc::new(Mutex::new(Vec::new()));
    let all = Arc::clone(&read);
    thread::spawn(move || {
        let _server = server;
        for client in listener.incoming().flatten() {
            let all = Arc::clone(&all);
            thread::spawn(move || relay(&client, behind, &all));
        }
    });
    (address, read)
}

/// Passes on what either side says, as it was cut.
fn relay(client: &TcpStream, behind: SocketAddr, all: &Mutex<Vec<u8>>) {
    let Ok(server) = TcpStream::connect(behind) else {
        return;
    };
    let copy = |mut from: &TcpStream, mut to: &TcpStream, note: &dyn Fn(&[u8])| {
        let mut bytes = [0; 4096];
        while let Ok(len @ 1..) = from.read(&mut bytes) {
            note(&bytes[..len]);
            if to.write_all(&bytes[..len]).is_err() {
                break;
            }
        }
        // It fails only where the connection has already ended.
        let _ = to.shutdown(std::net::Shutdown::Write);
    };
    thread::scope(|scope| {
        scope.spawn(|| copy(&server, client, &|_| {}));
        copy(client, &server, &|bytes| {
            all.lock().expect("nobody panics").extend_from_slice(bytes);
        });
    });
}

#[test]
fn where_raw_is_answered_no_line_end_is_ever_sent() {
    let (address, read) = recorded();
    let report = grade(address, &unb());
    all_pass(&report);
    assert_eq!(adapted(&report), [""; 0]);
    let read = read.lock().expect("nobody panics");
    assert!(read.starts_with(b"ana") || read.len() > 100);
    assert!(!read.iter().any(|byte| b"\r\n".contains(byte)));
}

/// Its first answer comes after the first scenario has given up.
#[test]
fn a_slow_server_is_not_mistaken_for_one_that_reads_lines() {
    let graded = |millis| {
        let options = reference_server::Options {
            delay: Duration::from_millis(millis),
            ..Default::default()
        };
        let server = served(unb(), options);
        let folder = tempfile::tempdir().expect("a folder of our own");
        let report = only_the_first(server.local_addr(), folder.path());
        assert_eq!(adapted(&report), [""; 0], "{millis}");
    };
    thread::scope(|scope| {
        for millis in [2700, 3000, 4500] {
            scope.spawn(move || graded(millis));
        }
    });
}

/// One scenario, with waits so short that the server misses them all.
fn only_the_first(address: SocketAddr, folder: &Path) -> Report {
    let file = folder.join("hello.chat");
    let text = "scenario \"Hello\"\n  level must\n  points 1\n\nana, bia join\nana says \"oi\"\nbia hears ana \"oi\"\n";
    std::fs::write(&file, text).expect("a file of our own");
    let suite = scenario::load(&[file]).unwrap_or_else(|wrong| panic!("{wrong}"));
    let scenarios: Vec<&Scenario> = suite.scenarios.iter().collect();
    let options = Options {
        attunes: true,
        time_scale: 0.25,
        ..Options::default()
    };
    let mut server = Server::attach(&address.to_string()).expect("it listens");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let dialect = unb();
    let sink = &mut |_: &Event<'_>| {};
    let run = runner::run(&scenarios, &dialect, &mut server, &options, sink);
    let report = runtime.block_on(async { tokio::time::timeout(ON_TIME, run).await });
    report.expect("a run ends on time")
}

/// A run that has not ended by then never would.
const ON_TIME: Duration = Duration::from_secs(150);

/// Whatever it does, it is judged as it always was: it fails, and nobody says that it wants line ends.
#[track_caller]
fn is_not_adapted_to(behave: fn(TcpStream)) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("bound");
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            thread::spawn(move || behave(client));
        }
    });
    let folder = tempfile::tempdir().expect("a folder of our own");
    let report = only_the_first(address, folder.path());
    assert_eq!(adapted(&report), [""; 0]);
    assert_eq!(report.outcomes[0].verdict, Verdict::Fail);
}

fn read_until_closed(mut client: &TcpStream, mut tell: impl FnMut(&[u8])) {
    let mut bytes = [0; 1024];
    while let Ok(len @ 1..) = client.read(&mut bytes) {
        tell(&bytes[..len]);
    }
}

fn answers_nobody(client: TcpStream) {
    read_until_closed(&client, |_| {});
}

fn floods(mut client: TcpStream) {
    while client.write_all(&[b'x'; 4096]).is_ok() {}
}

/// Nothing of it answers anybody, and it never pauses.
fn prompts_for_ever(mut client: TcpStream) {
    let prompts = b"NICK".repeat(1024);
    while client.write_all(&prompts).is_ok() {}
}

/// The same, so slowly that it never fills anything, and never quiet for long.
fn prompts_again_and_again(mut client: TcpStream) {
    // The timeout of the read is the pause.
    let pause = Some(Duration::from_millis(20));
    client.set_read_timeout(pause).expect("a timeout");
    let mut bytes = [0; 1024];
    while client.write_all(b"NICK").is_ok() && !matches!(client.read(&mut bytes), Ok(0)) {}
}

/// What it answers to one read it sends at the next: a line end alone would be answered too.
fn lags_behind(client: TcpStream) {
    let mut is_first = true;
    read_until_closed(&client, |_| {
        if !std::mem::take(&mut is_first) {
            // The client may be gone.
            let _ = (&client).write_all(b"200 OK - Connected");
        }
    });
}

/// It welcomes who sends a bare name, and hears nothing of a message, though it calls a line end an unknown command.
fn ignores_messages(client: TcpStream) {
    let mut is_first = true;
    read_until_closed(&client, |bytes| {
        let answer: &[u8] = match bytes {
            _ if std::mem::take(&mut is_first) => b"200 OK - Connected",
            b"\n" | b"\r\n" => b"404 Not Found",
            _ => b"",
        };
        // The client may be gone.
        let _ = (&client).write_all(answer);
    });
}

#[test]
fn a_server_that_is_dead_or_wrong_is_not_adapted_to() {
    let behaviours: [fn(TcpStream); 7] = [
        drop,
        answers_nobody,
        floods,
        prompts_for_ever,
        prompts_again_and_again,
        lags_behind,
        ignores_messages,
    ];
    thread::scope(|scope| {
        for behave in behaviours {
            scope.spawn(move || is_not_adapted_to(behave));
        }
    });
}

/// The reference server of the dialect wants its header, and nothing else is tried.
#[test]
fn a_dialect_with_a_header_is_left_alone() {
    let redes = Dialect::builtin("redes2023").expect("built in");
    assert!(
        redes
            .framing(Direction::ToServer, Phase::Chatting)
            .is_framed()
    );
    let server = served(redes.clone(), reference_server::Options::default());
    all_pass(&grade(server.local_addr(), redes));
}
