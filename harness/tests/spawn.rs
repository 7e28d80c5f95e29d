//! `harness run --spawn` with real servers that do everything wrong that a process can do.
//!
//! Each server is this very program, started again by the harness: [`the_server_of_the_other_tests`] behaves as its environment
//! says. So the tests need no other language, and no sleep: what is waited for is an event with a deadline.
#![cfg(unix)]

mod support;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use protocol::Dialect;
use reference_server::{Fault, Options, Server};
use rustix::process::{Pid, Signal, test_kill_process};
use serde_json::Value;
use support::signal::{is_ignored_here, send};

/// A slow machine needs long; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

// The servers.

#[test]
#[ignore = "it is the server of the other tests"]
fn the_server_of_the_other_tests() {
    let Ok(behaviour) = std::env::var("BEHAVIOUR") else {
        return;
    };
    if let Ok(started) = std::env::var("STARTED") {
        let mut file = std::fs::File::options()
            .create(true)
            .append(true)
            .open(started)
            .expect("a folder of the test's");
        writeln!(file, "{}", std::process::id()).expect("room on the disk");
    }
    let port: u16 = match std::env::var("FIXED_PORT").or_else(|_| std::env::var("PORT")) {
        Ok(port) => port.parse().expect("a port"),
        Err(_) => panic!("the harness says which port"),
    };
    match behaviour.as_str() {
        "serves" => serve(port, None),
        "dies-of-invalid-text" => serve(port, Some(Fault::DiesOfInvalidText)),
        "echoes" => serve(port, Some(Fault::EchoesToSender)),
        "asks" => {
            let mut line = String::new();
            println!("Qual porta?");
            std::io::stdin().read_line(&mut line).expect("an answer");
            serve(line.trim().parse().expect("a port"), None)
        }
        "exits" => {
            println!("reading the configuration\n\u{1b}[31mno configuration");
            panic!("it ends");
        }
        "listens-never" => for_ever(|| ()),
        "listens-elsewhere" => {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
            for_ever(|| drop(listener.accept()));
        }
        "eats-memory" => {
            let mut eaten = Vec::new();
            for_ever(|| eaten.push(vec![1u8; 1 << 20]));
        }
        "answers-nobody" => {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a free port");
            let mut kept = Vec::new();
            for_ever(|| kept.push(listener.accept()));
        }
        "closes-at-once" => {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a free port");
            for_ever(|| drop(listener.accept()));
        }
        "dies-of-the-first-client" => {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a free port");
            let _ = listener.accept();
            panic!("it is a client");
        }
        "greets-and-says-no-more" => {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a free port");
            let mut kept = Vec::new();
            for_ever(|| {
                let (mut client, _) = listener.accept().expect("a client");
                client.write_all(b"NICK").expect("it is connected");
                kept.push(client);
            });
        }
        "serves-when-started-for-the-third-time" => {
            let started = std::env::var("STARTED").expect("a file of the test's");
            let started = std::fs::read_to_string(started).expect("it is written");
            if started.lines().count() >= 3 {
                serve(port, None);
            }
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a free port");
            let mut kept = Vec::new();
            for_ever(|| kept.push(listener.accept()));
        }
        "burns-time" => loop {
            std::hint::spin_loop();
        },
        "prints-without-end" => {
            std::thread::spawn(|| {
                for_ever(|| drop(writeln!(std::io::stdout(), "{}", "x".repeat(4000))));
            });
            serve(port, None);
        }
        "ignores-requests" => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("an event queue");
            let _guard = runtime.enter();
            let terminate = tokio::signal::unix::SignalKind::terminate();
            let _deaf = tokio::signal::unix::signal(terminate).expect("a signal");
            serve(port, None);
        }
        "leaves-children" => {
            // Out of the group that is signalled.
            let child = Command::new("sleep").arg("1000").process_group(0).spawn();
            let mut child = child.expect("a program that every system has");
            note("CHILD", child.id());
            std::thread::spawn(move || child.wait());
            serve(port, None);
        }
        "closes-first-and-binds-plainly" => {
            // Binds like a student: without SO_REUSEADDR.
            let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)
                .expect("a socket");
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            socket
                .bind(&address.into())
                .expect("Address already in use");
            serve_on(Some(socket), port, None);
        }
        other => panic!("no behaviour `{other}`"),
    }
}

fn note(variable: &str, text: impl std::fmt::Display) {
    if let Ok(path) = std::env::var(variable) {
        let beside = format!("{path}.new");
        std::fs::write(&beside, text.to_string()).expect("a folder of the test's");
        std::fs::rename(beside, path).expect("a folder of the test's");
    }
}

fn for_ever(mut act: impl FnMut()) -> ! {
    loop {
        act();
        // What does not block must not burn the machine.
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

/// A correct server, or one with a fault, until it dies of it.
fn serve(port: u16, fault: Option<Fault>) -> ! {
    serve_on(None, port, fault)
}

fn serve_on(bound: Option<socket2::Socket>, port: u16, fault: Option<Fault>) -> ! {
    if let Some(socket) = bound {
        relay(socket)
    }
    let dialect = Dialect::builtin("unb").expect("it is built in").clone();
    let options = Options {
        fault,
        ..Options::default()
    };
    let address = (Ipv4Addr::LOCALHOST, port).into();
    let server = Server::bind(dialect, address, options).expect("a port of its own");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("an event queue");
    println!("serving on {port}");
    let _ = runtime.block_on(server.serve(std::future::pending()));
    println!("it is over");
    std::process::abort()
}

/// Passes everything on to a correct server, which closes first.
fn relay(socket: socket2::Socket) -> ! {
    let dialect = Dialect::builtin("unb").expect("it is built in").clone();
    let behind = Server::bind(dialect, (Ipv4Addr::LOCALHOST, 0).into(), Options::default())
        .and_then(Server::start)
        .expect("a free port");
    let address = behind.local_addr();
    socket.listen(64).expect("it is bound");
    let listener = TcpListener::from(socket);
    for_ever(|| {
        let (mut client, _) = listener.accept().expect("a client");
        let mut server = TcpStream::connect(address).expect("it listens");
        let (mut back, mut forth) = (
            server.try_clone().expect("a socket"),
            client.try_clone().expect("a socket"),
        );
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut back, &mut forth);
            let _ = forth.shutdown(std::net::Shutdown::Both);
        });
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut client, &mut server);
            let _ = server.shutdown(std::net::Shutdown::Write);
        });
    })
}

// The harness.

/// A run of the harness on one of the servers.
struct Run {
    folder: tempfile::TempDir,
    command: Command,
}

/// What came of it.
struct Done {
    output: Output,
    report: Option<Value>,
}

impl Run {
    /// `command` is what is started; `{program}` in it stands for this program.
    fn of(behaviour: &str, command: &str, scenarios: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder of our own");
        let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
        let ourselves = std::env::current_exe().expect("a program");
        let program = format!(
            "'{}' --ignored --exact the_server_of_the_other_tests --nocapture",
            ourselves.display()
        );
        let mut run = Command::new(env!("CARGO_BIN_EXE_harness"));
        let started = folder.path().join("started");
        run.arg("run")
            .arg(suite.join(scenarios))
            .args(["--lang", "en", "--spawn"])
            .arg(command.replace("{program}", &program))
            .args(["--format", "terminal", "--format"])
            .arg(format!(
                "json={}",
                folder.path().join("report.json").display()
            ))
            .args(["--env", &format!("BEHAVIOUR={behaviour}")])
            .args(["--env", &format!("STARTED={}", started.display())])
            .stdin(Stdio::null());
        Self {
            folder,
            command: run,
        }
    }

    fn with(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn report_file(&self) -> PathBuf {
        self.file("report.json")
    }

    #[track_caller]
    fn finish(&mut self) -> Done {
        let output = self.command.output().expect("the program under test");
        self.done(output)
    }

    fn done(&self, output: Output) -> Done {
        let report = std::fs::read(self.report_file()).ok();
        Done {
            output,
            report: report.map(|text| serde_json::from_slice(&text).expect("JSON")),
        }
    }

    fn begin(&mut self) -> Child {
        self.command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program under test")
    }

    /// The processes of the servers that were started, in order.
    fn started(&self) -> Vec<i32> {
        let text = std::fs::read_to_string(self.file("started")).unwrap_or_default();
        text.lines().filter_map(|line| line.parse().ok()).collect()
    }
}

impl Done {
    fn err(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    fn out(&self) -> String {
        String::from_utf8_lossy(&self.output.stdout).into_owned()
    }

    #[track_caller]
    fn report(&self) -> &Value {
        match &self.report {
            Some(report) => report,
            None => panic!("no report\n{}\n{}", self.out(), self.err()),
        }
    }

    fn remarks(&self) -> Vec<String> {
        let report = self.report();
        let remarks = report["remarks"].as_array().expect("remarks");
        remarks
            .iter()
            .map(|remark| remark["words"]["en"].as_str().expect("words").to_owned())
            .collect()
    }

    fn verdicts(&self) -> Vec<(String, String)> {
        let report = self.report();
        let outcomes = report["outcomes"].as_array().expect("outcomes");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        outcomes
            .iter()
            .map(|outcome| (text(&outcome["id"]), text(&outcome["verdict"])))
            .collect()
    }

    #[track_caller]
    fn ends_with(self, code: i32) -> Self {
        assert_eq!(
            self.output.status.code(),
            Some(code),
            "{}\n{}",
            self.out(),
            self.err()
        );
        self
    }

    #[track_caller]
    fn says(self, what: &str) -> Self {
        assert!(self.err().contains(what), "{}", self.err());
        self
    }

    #[track_caller]
    fn remarks_that(self, what: &str) -> Self {
        let remarks = self.remarks();
        assert!(
            remarks.iter().any(|remark| remark.contains(what)),
            "{remarks:?}"
        );
        self
    }

    #[track_caller]
    fn remarks_nothing(self) -> Self {
        assert_eq!(self.remarks(), Vec::<String>::new());
        self
    }
}

#[track_caller]
fn await_that(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < until, "{what}: not within {PATIENCE:?}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

fn is_alive(process: i32) -> bool {
    Pid::from_raw(process).is_some_and(|process| test_kill_process(process).is_ok())
}

#[track_caller]
fn all_end(processes: &[i32]) {
    for process in processes {
        await_that("the server ends", || !is_alive(*process));
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

const ONE: &str = "basic/broadcast.chat";
const SOME: &str = "basic";
/// All: seconds of work, so that several copies find some.
const MANY: &str = "";

// What is asked of it.

#[test]
fn a_server_is_started_graded_and_ended() {
    let mut run = Run::of("serves", "{program} {port}", ONE);
    run.finish().ends_with(0).remarks_nothing();
    assert_eq!(run.started().len(), 1);
    all_end(&run.started());
}

#[test]
fn one_that_ends_before_listening_says_its_last_words() {
    let done = Run::of("exits", "{program} {port}", ONE).finish();
    let done = done
        .ends_with(3)
        .says("the server exited with status 101 before listening; its last lines:")
        .says("  \\x1b[31mno configuration");
    assert!(!done.err().contains('\u{1b}'));
}

#[test]
fn one_that_does_not_exist_is_named() {
    Run::of("", "./no-such-server {port}", ONE)
        .finish()
        .ends_with(3)
        .says("the server cannot be started: `./no-such-server`");
    Run::of("", "'unclosed", ONE)
        .finish()
        .ends_with(3)
        .says("a quote in it is not closed");
}

#[test]
fn one_that_never_listens_is_given_up() {
    let mut run = Run::of("listens-never", "{program} {port}", ONE).with(&["--start-timeout", "1"]);
    run.finish()
        .ends_with(3)
        .says("the server did not listen on port")
        .says("within 1 s");
    all_end(&run.started());
}

#[cfg(target_os = "linux")]
#[test]
fn one_that_listens_elsewhere_is_told_so() {
    Run::of("listens-elsewhere", "{program} {port}", ONE)
        .with(&["--start-timeout", "10"])
        .finish()
        .ends_with(3)
        .says("help: it listens on port");
}

#[test]
fn an_address_in_use_gets_its_hint() {
    let other = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = other.local_addr().expect("an address").port();
    let fixed = format!("FIXED_PORT={port}");
    Run::of("serves", "{program} {port}", ONE)
        .with(&["--env", &fixed])
        .finish()
        .ends_with(3)
        .says("in use")
        .says("help: its port is still in use: set SO_REUSEADDR");
}

#[test]
fn a_fixed_port_that_another_program_has_is_no_obstacle_in_a_network_of_its_own() {
    let other = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = other.local_addr().expect("an address").port().to_string();
    let done = Run::of("serves", "{program}", ONE)
        .with(&["--port", &port])
        .finish();
    match isolates() {
        true => drop(done.ends_with(0).remarks_that("a network of its own")),
        false => drop(
            done.ends_with(3)
                .says("another program already listens on port"),
        ),
    }
    drop(other);
    let done = Run::of("serves", "{program}", ONE)
        .with(&["--port", &port])
        .finish();
    done.ends_with(0).remarks_nothing();
}

/// Whether this system gives servers networks of their own; it says so where it does not.
fn isolates() -> bool {
    let can = harness::target::can_isolate(Path::new(env!("CARGO_BIN_EXE_harness")));
    if !can {
        eprintln!("SKIPPED in part: this system gives servers no network of their own");
    }
    can
}

#[cfg(target_os = "linux")]
#[test]
fn one_that_eats_memory_is_ended() {
    let mut run = Run::of("eats-memory", "{program} {port}", ONE).with(&["--memory", "100M"]);
    run.finish()
        .ends_with(3)
        .says("the server was ended for using more than 100 MB of memory (--memory) before");
    all_end(&run.started());
}

#[cfg(target_os = "linux")]
#[test]
fn one_that_burns_time_is_ended() {
    Run::of("burns-time", "{program} {port}", ONE)
        .with(&["--cpu", "1", "--start-timeout", "120"])
        .finish()
        .ends_with(3)
        .says("the server was ended for using more than 1 s of processor time (--cpu) before");
}

#[test]
fn one_that_prints_without_end_is_graded_all_the_same() {
    let mut run = Run::of("prints-without-end", "{program} {port}", SOME);
    let mut harness = run.begin();
    let out = harness.stdout.take().expect("a pipe");
    // Read, so that the report never blocks.
    let reader = std::thread::spawn(move || BufReader::new(out).lines().count());
    let most = peak_memory(&mut harness);
    let lines = reader.join().expect("it ends");
    let status = harness.wait().expect("it is ours");
    assert!(status.success() && lines > 10, "{status}");
    // 0 where the system does not tell.
    assert!(most < 100_000, "{most} kB");
}

/// The most memory that a process held, in kB, as long as it can be asked.
fn peak_memory(process: &mut Child) -> u64 {
    let status = format!("/proc/{}/status", process.id());
    let mut most = 0;
    await_that("the run ends", || {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse().ok());
        most = most.max(peak.unwrap_or(0));
        process.try_wait().expect("it is ours").is_some()
    });
    most
}

#[test]
fn one_that_ignores_the_request_to_end_is_killed() {
    let mut run = Run::of("ignores-requests", "{program} {port}", ONE);
    run.finish()
        .ends_with(0)
        .remarks_that("the server did not end at SIGTERM");
    all_end(&run.started());
}

#[cfg(target_os = "linux")]
#[test]
fn children_that_are_left_behind_are_told_and_ended() {
    let mut run = Run::of("leaves-children", "{program} {port}", ONE);
    let child = run.file("child");
    run.command
        .args(["--env", &format!("CHILD={}", child.display())]);
    run.finish()
        .ends_with(0)
        .remarks_that("left 1 process alive (sleep)");
    let child = std::fs::read_to_string(child).expect("the child was started");
    all_end(&[child.parse().expect("a process")]);
}

#[cfg(target_os = "linux")]
#[test]
fn one_that_goes_into_the_background_is_graded_and_ended() {
    let mut run = Run::of("serves", "sh -c \"{program} $PORT &\" {port}", ONE);
    run.finish().ends_with(0).remarks_nothing();
    assert_eq!(run.started().len(), 1);
    all_end(&run.started());
}

#[test]
fn one_that_dies_in_mid_suite_is_blamed_once_and_started_again() {
    let mut run = Run::of("dies-of-invalid-text", "{program} {port}", "encoding");
    let done = run.finish().ends_with(0);
    let verdicts = done.verdicts();
    let of = |wanted: &str| -> Vec<&str> {
        let with = verdicts.iter().filter(|(_, verdict)| verdict == wanted);
        with.map(|(id, _)| id.as_str()).collect()
    };
    assert!(
        of("blocked").is_empty() && of("error").is_empty(),
        "{verdicts:?}"
    );
    assert!(
        !of("fail").is_empty() && of("pass").len() > of("fail").len(),
        "{verdicts:?}"
    );
    assert!(run.started().len() > 1);
    let report = done.report();
    let outcomes = report["outcomes"].as_array().expect("outcomes");
    let failed = outcomes.iter().find(|outcome| outcome["verdict"] == "fail");
    let finding = &failed.expect("one failed")["findings"][0];
    let printed = finding["server_output"].as_str().expect("its last lines");
    assert!(printed.contains("it is over"), "{printed}");
    done.remarks_that("during the run, the server was ended by signal 6 (SIGABRT)");
    all_end(&run.started());
}

/// Waits are short, and nothing is found out about line ends.
const HASTY: [&str; 4] = ["--time-scale", "0.1", "--framing", "dialect"];

#[test]
fn one_that_answers_nobody_is_started_three_times_and_then_given_up() {
    let mut run = Run::of("answers-nobody", "{program} {port}", "order").with(&HASTY);
    let done = run.finish().ends_with(1);
    let report = done.report();
    let outcomes = report["outcomes"].as_array().expect("outcomes");
    let of = |verdict: &str| -> Vec<&Value> {
        let outcomes = outcomes.iter();
        outcomes
            .filter(|outcome| outcome["verdict"] == verdict)
            .collect()
    };
    let seen: Vec<(&str, usize)> = of("fail")
        .iter()
        .map(|outcome| {
            let lesson = outcome["findings"][0]["lesson"]["id"].as_str();
            let clients = outcome["transcript"]["clients"].as_array();
            (lesson.expect("a lesson"), clients.expect("clients").len())
        })
        .collect();
    // Those of the first scenario are asked after; of the later ones, only the first that would come in.
    assert_eq!(seen, [("hang", 3), ("hang", 1), ("hang", 1)]);
    assert_eq!(run.started().len(), seen.len());
    let blocked = of("blocked");
    assert_eq!(blocked.len(), outcomes.len() - seen.len());
    for outcome in blocked {
        let because = &outcome["because"];
        assert_eq!(because["kind"], "never-heard");
        assert_eq!(
            (&because["servers"], &because["clients"]),
            (&3.into(), &5.into())
        );
    }
    assert_eq!(
        (&report["grade"]["earned"], &report["grade"]["incomplete"]),
        (&0.into(), &true.into())
    );
    let said = "started 3 times, the server never sent a single byte to anybody: 5 clients tried to join, in ";
    let out = done.out().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(out.contains(said), "{out}");
    all_end(&run.started());
}

#[test]
fn one_that_closes_on_everybody_or_dies_of_the_first_client_is_given_up_as_well() {
    for behaviour in ["closes-at-once", "dies-of-the-first-client"] {
        let mut run = Run::of(behaviour, "{program} {port}", "order").with(&HASTY);
        let done = run.finish().ends_with(1);
        let verdicts = done.verdicts();
        let failed = verdicts.iter().filter(|(_, verdict)| verdict == "fail");
        assert_eq!(
            (failed.count(), run.started().len()),
            (3, 3),
            "{behaviour}: {verdicts:?}"
        );
        all_end(&run.started());
    }
}

#[test]
fn one_of_which_somebody_ever_heard_a_byte_is_not_given_up() {
    for behaviour in [
        "greets-and-says-no-more",
        "serves-when-started-for-the-third-time",
    ] {
        let mut run = Run::of(behaviour, "{program} {port}", "order").with(&HASTY);
        let done = run.finish();
        let verdicts = done.verdicts();
        assert!(
            verdicts.iter().all(|(_, verdict)| verdict != "blocked"),
            "{behaviour}: {verdicts:?}"
        );
        let passes = verdicts.iter().filter(|(_, verdict)| verdict == "pass");
        let serves = behaviour.starts_with("serves");
        assert_eq!(passes.count(), if serves { verdicts.len() - 2 } else { 0 });
        all_end(&run.started());
    }
}

#[test]
fn each_scenario_gets_a_fresh_server_if_asked_to() {
    let mut run = Run::of("serves", "{program} {port}", SOME).with(&["--fresh"]);
    let done = run.finish().ends_with(0);
    let verdicts = done.verdicts();
    let played = verdicts
        .iter()
        .filter(|(_, verdict)| verdict != "not-applicable");
    assert_eq!(run.started().len(), played.count());
}

#[test]
fn several_copies_share_the_scenarios_and_the_report_keeps_their_order() {
    let mut alone = Run::of("serves", "{program} {port}", MANY);
    let mut several = Run::of("serves", "{program} {port}", MANY).with(&["--jobs", "3"]);
    let (alone, done) = (alone.finish().ends_with(0), several.finish().ends_with(0));
    assert_eq!(alone.verdicts(), done.verdicts());
    // A copy for which no scenario is left is not started.
    assert!((2..=3).contains(&several.started().len()));
}

#[test]
fn copies_with_a_fixed_port_get_a_network_each_or_take_turns() {
    let port = free_port().to_string();
    let mut run = Run::of("serves", "{program}", MANY).with(&["--jobs", "3", "--port", &port]);
    let done = run.finish().ends_with(0);
    match isolates() {
        true => {
            drop(done.remarks_that("a network of its own"));
            assert!((2..=3).contains(&run.started().len()));
        }
        false => {
            drop(done.remarks_that("one after another"));
            assert_eq!(run.started().len(), 1);
        }
    }
}

#[test]
fn two_runs_with_the_same_fixed_port_do_not_disturb_each_other() {
    let port = free_port().to_string();
    let begin = || {
        let mut run = Run::of("serves", "{program}", SOME).with(&["--port", &port]);
        let harness = run.begin();
        (run, harness)
    };
    for (_run, harness) in [begin(), begin()] {
        let output = harness.wait_with_output().expect("it is ours");
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{err}");
    }
}

#[test]
fn a_server_that_cannot_bind_again_at_once_is_waited_for_or_isolated() {
    if !isolates() {
        return;
    }
    let port = free_port().to_string();
    let behaviour = "closes-first-and-binds-plainly";
    let run = || {
        Run::of(behaviour, "{program}", "quit")
            .with(&["--port", &port])
            .finish()
    };
    drop(run().ends_with(0));
    // The connections that the server ended hold its port for a minute.
    run().ends_with(0).remarks_that("SO_REUSEADDR");
}

#[test]
fn a_signal_ends_the_run_with_a_report_and_the_server_with_it() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        if is_ignored_here(signal) {
            eprintln!(
                "SKIPPED: these tests were started with {signal:?} ignored, and a harness keeps that"
            );
            continue;
        }
        let mut run = Run::of("serves", "{program} {port}", "").with(&["--repeat", "50"]);
        let mut harness = run.begin();
        // It is written as soon as something was judged.
        let file = run.report_file();
        await_that("a report so far", || file.exists());
        send(&harness, signal);
        let output = finish(&mut harness);
        let done = run
            .done(output)
            .ends_with(code)
            .remarks_that("the run was interrupted");
        let report = done.report();
        let judged = report["outcomes"].as_array().expect("outcomes").len();
        assert!(
            judged > 0 && report["not_run"].as_u64() > Some(0),
            "{judged}"
        );
        assert_eq!(report["grade"]["incomplete"], Value::Bool(true));
        all_end(&run.started());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_was_ignored_stays_so() {
    let mut run = Run::of("serves", "{program} {port}", "").with(&["--repeat", "50"]);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "trap '' HUP; exec \"$0\" \"$@\""])
        .arg(run.command.get_program())
        .args(run.command.get_args())
        .stdin(Stdio::null());
    run.command = shell;
    let mut harness = run.begin();
    let file = run.report_file();
    await_that("a report so far", || file.exists());
    send(&harness, Signal::HUP);
    send(&harness, Signal::TERM);
    let output = finish(&mut harness);
    drop(run.done(output).ends_with(143));
    all_end(&run.started());
}

#[test]
fn the_first_failure_of_what_is_required_ends_the_run_of_all_copies() {
    let two_copies = ["--jobs", "2", "--fail-fast"];
    let mut run = Run::of("dies-of-invalid-text", "{program} {port}", "encoding").with(&two_copies);
    let done = run.finish().ends_with(0);
    let verdicts = done.verdicts();
    assert!(
        verdicts.iter().any(|(_, verdict)| verdict == "fail"),
        "{verdicts:?}"
    );
    assert_eq!(done.report()["not_run"], 0);
    let mut run = Run::of("echoes", "{program} {port}", "").with(&two_copies);
    let done = run.finish().ends_with(1);
    assert!(done.report()["not_run"].as_u64() > Some(0));
    all_end(&run.started());
}

#[test]
fn one_that_asks_for_its_port_is_answered() {
    let mut run = Run::of("asks", "{program}", ONE);
    let dialect = run.file("asking.toml");
    let start = "extends = \"unb\"\nname = \"asking\"\n\n[start]\nready = \"serving on\"\nanswers = [\"{port}\"]\n";
    std::fs::write(&dialect, start).expect("a folder of our own");
    run.command.arg("--dialect").arg(&dialect);
    run.finish().ends_with(0).remarks_nothing();
}

#[test]
fn a_killed_harness_takes_its_server_along() {
    let mut run = Run::of("leaves-children", "{program} {port}", "").with(&["--repeat", "50"]);
    let child = run.file("child");
    run.command
        .args(["--env", &format!("CHILD={}", child.display())]);
    let mut harness = run.begin();
    await_that("the server starts", || child.exists());
    send(&harness, Signal::KILL);
    finish(&mut harness);
    all_end(&run.started());
    if cfg!(target_os = "linux") {
        let child = std::fs::read_to_string(child).expect("the child was started");
        all_end(&[child.parse().expect("a process")]);
    }
}

/// Whether a report has its beginning and its end, and what can be parsed is parsed.
#[track_caller]
fn is_whole(format: &str, text: &str) {
    let is_json = || serde_json::from_str::<Value>(text).is_ok();
    let has = |start: &str, end: &str| text.starts_with(start) && text.trim_end().ends_with(end);
    let is_whole = match format {
        "json" | "gradescope" | "classroom50" => is_json(),
        "junit" => has("<?xml", "</testsuites>"),
        "html" => has("<!DOCTYPE html>", "</html>"),
        "tap" => has("TAP version 14\n1..", "") && text.ends_with('\n'),
        "tap13" => has("TAP version 13\n1..", "") && text.ends_with('\n'),
        "github" => text.starts_with("::") && text.ends_with('\n'),
        _ => !text.is_empty() && text.ends_with('\n'),
    };
    assert!(is_whole, "{format}:\n{text}");
}

#[test]
fn a_killed_run_leaves_whole_reports_of_every_form() {
    const FORMATS: [&str; 11] = [
        "terminal",
        "json",
        "junit",
        "tap",
        "tap13",
        "markdown",
        "github",
        "html",
        "gradescope",
        "classroom50",
        "csv",
    ];
    let mut run = Run::of("serves", "{program} {port}", "").with(&["--repeat", "50"]);
    let files = FORMATS.map(|format| (format, run.file(&format!("report.{format}"))));
    for (format, file) in &files {
        let wanted = format!("{format}={}", file.display());
        run.command.args(["--format", &wanted]);
    }
    let mut harness = run.begin();
    await_that("reports so far", || {
        files.iter().all(|(_, file)| file.exists())
    });
    send(&harness, Signal::KILL);
    finish(&mut harness);
    for (format, file) in &files {
        is_whole(format, &std::fs::read_to_string(file).expect("it exists"));
    }
    all_end(&run.started());
}

#[test]
fn what_is_printed_as_it_comes_is_printed_once() {
    let mut run = Run::of("serves", "{program} {port}", "").with(&[
        "--repeat",
        "50",
        "--deadline",
        "5",
        "--format",
        "csv=/dev/stdout",
    ]);
    let done = run.finish().ends_with(1);
    assert_eq!(
        done.out().matches("\"student\"").count(),
        1,
        "{}",
        done.out()
    );
    all_end(&run.started());
}

#[test]
fn what_is_wrong_is_said_in_the_readers_language() {
    let says = |arguments: &[&str], code: i32, what: &str| {
        let run = Run::of("serves", "{program} {port}", "basic/joining.chat");
        let done = Command::new(run.command.get_program())
            .args(["run", "--lang", "pt-BR"])
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/basic/joining.chat"))
            .args(arguments)
            .output()
            .expect("the program under test");
        drop(run.done(done).ends_with(code).says(what));
    };
    says(
        &["--filter", "none-such"],
        4,
        "nenhum cenário foi selecionado",
    );
    says(
        &["--format", "json=/dev/null/report.json"],
        5,
        "não foi possível gravar o relatório em /dev/null/report.json",
    );
}

#[test]
fn a_run_ends_at_its_deadline() {
    let mut run =
        Run::of("serves", "{program} {port}", "").with(&["--repeat", "50", "--deadline", "3"]);
    run.finish()
        .ends_with(1)
        .remarks_that("the time of the run, 3 s, was up");
    all_end(&run.started());
}

#[test]
fn it_runs_where_and_with_what_it_is_told() {
    let folder = tempfile::tempdir().expect("a folder of our own");
    let path = folder.path().canonicalize().expect("it is there");
    let script = "pwd; echo $GREETING/$SECRET; exit 7";
    let mut run = Run::of("", &format!("sh -c '{script}' {{port}}"), ONE);
    run.command
        .arg("--cwd")
        .arg(&path)
        .env("SECRET", "treasure");
    run.command.args(["--env", "GREETING=hello"]);
    run.finish()
        .ends_with(3)
        .says("exited with status 7")
        .says(&format!("  {}\n", path.display()))
        .says("  hello/\n");
    Run::of("", "sh {port}", ONE)
        .with(&["--cwd", "/no/such/folder"])
        .finish()
        .ends_with(3)
        .says("`--cwd /no/such/folder` is no folder");
}

#[test]
fn a_running_server_is_not_started_anew() {
    for flag in [["--jobs", "2"].as_slice(), &["--fresh"]] {
        let mut run = Command::new(env!("CARGO_BIN_EXE_harness"));
        run.args([
            "run",
            concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/basic"),
        ]);
        let output = run
            .args(["--target", "127.0.0.1:1"])
            .args(flag)
            .output()
            .expect("the program under test");
        assert_eq!(output.status.code(), Some(2), "{flag:?}");
    }
}

/// Reads what it says and waits for its end.
fn finish(process: &mut Child) -> Output {
    use std::io::Read as _;
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let (mut out, mut err) = (
        process.stdout.take().expect("a pipe"),
        process.stderr.take().expect("a pipe"),
    );
    let reader = std::thread::spawn(move || out.read_to_end(&mut stdout).map(|_| stdout));
    err.read_to_end(&mut stderr).expect("a pipe");
    let stdout = reader.join().expect("it ends").expect("a pipe");
    let status = process.wait().expect("it is ours");
    Output {
        status,
        stdout,
        stderr,
    }
}
