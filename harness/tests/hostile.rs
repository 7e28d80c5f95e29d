//! Servers that do their worst: the run ends on time, with a whole report that accuses them, and nothing else.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use harness::event::Event;
use harness::report::format::{Format, Setting};
use harness::report::{Because, Outcome, Report};
use harness::runner::{self, Options};
use harness::scenario::{self, Scenario};
use harness::target::Server;
use harness::transcript::Player;
use harness::verdict::Verdict;
use protocol::Dialect;
use protocol::diagnostic::Source;
use protocol::lang::Lang;

/// A server that does its worst gets through none of them, and each is played although those before it failed.
const SCENARIOS: &str = r#"
hello: ana, bia join | ana says "oi" | bia hears ana "oi" | ana hears nothing
answered: ana joins | ana says "oi" | ana is acknowledged | ana is still connected
listed: ana, bia join | bia lists | bia's list includes ana
goodbye: ana, bia join | ana quits | bia sees ana leave
crowd: a crowd of 4 joins | each says "oi" | everyone hears everything once
"#;

fn scenarios() -> Vec<Scenario> {
    let lines = SCENARIOS.lines().filter_map(|line| line.split_once(": "));
    let written = lines.map(|(id, steps)| {
        let steps = steps.replace(" | ", "\n");
        let text = format!("scenario \"{id}\"\n  level must\n  points 10\n\n{steps}\n");
        let source = Source::new(format!("{id}.chat"), text);
        scenario::parse_source(id, &source).unwrap_or_else(|wrong| panic!("{wrong}"))
    });
    written.collect()
}

/// A run that has not ended by then never would: a busy machine needs far longer than an idle one.
const ON_TIME: Duration = Duration::from_secs(240);

/// A server of one behaviour, ended with this value.
struct Hostile {
    address: String,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Hostile {
    /// Treats each connection in a thread of its own; what the behaviour returns early is closed.
    fn start(behave: fn(&mut TcpStream, &AtomicBool)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let over = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&over);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(mut stream) = stream else { return };
                let is_over = Arc::clone(&is_over);
                thread::spawn(move || {
                    let timeout = Some(Duration::from_millis(100));
                    stream.set_read_timeout(timeout).expect("a timeout");
                    stream.set_write_timeout(timeout).expect("a timeout");
                    behave(&mut stream, &is_over);
                });
            }
        });
        Self {
            address,
            over,
            thread: Some(thread),
        }
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // It wakes the thread that accepts.
        let _ = TcpStream::connect(&self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Keeps a connection open and reads what comes, until the client goes.
fn hold(stream: &mut TcpStream, over: &AtomicBool) {
    let mut bytes = [0; 1024];
    while !over.load(Ordering::Relaxed) {
        match stream.read(&mut bytes) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if is_timeout(error.kind()) => {}
            Err(_) => return,
        }
    }
}

/// Sends the same bytes for ever.
fn pour(stream: &mut TcpStream, over: &AtomicBool, bytes: &[u8]) {
    while !over.load(Ordering::Relaxed) {
        match stream.write(bytes) {
            Ok(_) => {}
            Err(error) if is_timeout(error.kind()) => {}
            Err(_) => return,
        }
    }
}

fn is_timeout(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn grade(hostile: &Hostile) -> Report {
    grade_with(hostile, &scenarios(), HASTY, 1)
}

/// How much shorter waits are where nothing good is waited for.
const HASTY: f64 = 0.05;

#[track_caller]
fn grade_with(hostile: &Hostile, scenarios: &[Scenario], time_scale: f64, repeat: u32) -> Report {
    let scenarios: Vec<&Scenario> = scenarios.iter().collect();
    let dialect = Dialect::builtin("unb").expect("it is built in");
    let mut server = Server::attach(&hostile.address).expect("it listens");
    let options = Options {
        time_scale,
        repeat,
        attunes: true,
        ..Options::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let sink = &mut |_: &Event<'_>| {};
    let run = runner::run(&scenarios, dialect, &mut server, &options, sink);
    let report = runtime.block_on(async { tokio::time::timeout(ON_TIME, run).await });
    report.expect("a run ends on time")
}

/// The run ends soon with a failure, which every form of the report can show.
#[track_caller]
fn is_survived(behave: fn(&mut TcpStream, &AtomicBool)) -> Report {
    let hostile = Hostile::start(behave);
    let report = grade(&hostile);
    assert_eq!(report.outcomes.len(), scenarios().len());
    assert_eq!(report.outcomes[0].verdict, Verdict::Fail);
    assert!(!report.outcomes[0].findings.is_empty());
    for outcome in &report.outcomes {
        let is_bad = matches!(outcome.verdict, Verdict::Fail | Verdict::Blocked);
        assert!(is_bad, "{}: {:?}", outcome.id, outcome.verdict);
    }
    for format in Format::ALL {
        for lang in Lang::ALL {
            is_harmless(
                format,
                &format.render(&report, &Setting::plain(lang)),
                &report,
            );
        }
    }
    report
}

/// Nothing in a report is obeyed by whoever reads it, each can be read, and all tell the same points.
#[track_caller]
fn is_harmless(format: Format, text: &str, report: &Report) {
    assert!(!text.is_empty() && text.len() < 8 * 1024 * 1024, "{format}");
    // Lines of CSV end so (RFC 4180).
    let plain = match format {
        Format::Csv => text.replace("\r\n", "\n"),
        _ => text.to_owned(),
    };
    let obeyed = plain.chars().find(|c| c.is_control() && *c != '\n');
    assert_eq!(obeyed, None, "{format}");
    let grade = report.grade();
    let points = format!("{}/{}", grade.earned, grade.possible);
    let json = || serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    let lines = |is_known: &dyn Fn(&str) -> bool| {
        let strange = text.lines().find(|line| !is_known(line));
        assert_eq!(strange, None, "{format}");
    };
    match format {
        Format::Terminal => assert!(text.contains(&points), "{text}"),
        Format::Json => assert_eq!(json()["grade"]["earned"], grade.earned),
        Format::Gradescope => {
            let tests = json()["tests"].as_array().cloned().unwrap_or_default();
            let of = |key: &str| {
                tests
                    .iter()
                    .filter_map(|test| test[key].as_f64())
                    .sum::<f64>()
            };
            assert_eq!(of("score"), f64::from(grade.earned));
            assert_eq!(of("max_score"), f64::from(grade.possible));
        }
        Format::Classroom50 => drop(json()),
        Format::Junit => is_xml(text),
        Format::Tap | Format::Tap13 => {
            assert!(text.contains(&points), "{text}");
            let starts = ["TAP version 1", "1..", "# ", "#", "  "];
            let is_point = |line: &str| line.starts_with("ok ") || line.starts_with("not ok ");
            lines(&|line| {
                let is_known = starts.iter().any(|start| line.starts_with(start));
                line.is_empty() || is_point(line) || is_known
            });
            let points = text.lines().filter(|line| is_point(line));
            assert_eq!(points.count(), report.outcomes.len(), "{text}");
        }
        Format::Github => {
            assert!(text.contains(&points), "{text}");
            let starts = ["::notice ", "::notice::", "::warning ", "::error "];
            lines(&|line| starts.iter().any(|start| line.starts_with(start)));
        }
        Format::Markdown => {
            assert!(text.contains(&points), "{text}");
            lines(&|line| !line.contains("<script") && !line.starts_with("::"));
        }
        Format::Html => {
            assert!(
                text.contains(&points) && !text.contains("<script"),
                "{text}"
            );
            assert!(text.contains("default-src 'none'"));
        }
        Format::Csv => {
            let cells = text.lines().flat_map(|line| line.split(','));
            assert!(
                cells
                    .map(|cell| cell.trim_start_matches('"'))
                    .all(|cell| { !cell.starts_with(['=', '+', '@', '-']) })
            );
        }
    }
}

/// Well formed, where there is a program that can tell.
#[track_caller]
fn is_xml(text: &str) {
    use std::process::{Command, Stdio};
    let started = Command::new("xmllint")
        .args(["--noout", "--nonet", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut lint) = started else {
        eprintln!("SKIPPED: there is no xmllint");
        return;
    };
    let mut input = lint.stdin.take().expect("a pipe");
    input.write_all(text.as_bytes()).expect("it reads");
    drop(input);
    let done = lint.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}\n{text}");
}

#[test]
fn a_flood_is_survived() {
    is_survived(|stream, over| pour(stream, over, &[b'x'; 65536]));
}

#[test]
fn a_flood_of_known_notices_is_survived() {
    is_survived(|stream, over| pour(stream, over, &b"NICK".repeat(10_000)));
}

#[test]
fn a_flood_of_lines_is_survived() {
    is_survived(|stream, over| pour(stream, over, &b"\r\n".repeat(10_000)));
}

#[test]
fn one_byte_at_a_time_for_ever_is_survived_and_not_waited_for_again_and_again() {
    let report = is_survived(|stream, over| {
        while !over.load(Ordering::Relaxed) && stream.write_all(b"2").is_ok() {
            let mut bytes = [0; 64];
            // The timeout of the read is the pause.
            if matches!(stream.read(&mut bytes), Ok(0)) {
                return;
            }
        }
    });
    let [first, later @ ..] = &report.outcomes[..] else {
        unreachable!("there are several");
    };
    assert!(
        first.transcript.clients.len() > 1,
        "somebody asked whether it lives"
    );
    for outcome in later {
        // A crowd comes as one.
        let helpers = outcome.transcript.clients.iter();
        let helpers = helpers.filter(|client| matches!(client.player, Player::Helper(_)));
        assert_eq!((outcome.verdict, helpers.count()), (Verdict::Fail, 0));
    }
    let waited = |outcome: &Outcome| outcome.findings[0].waited;
    let soonest = later.iter().map(waited).min().expect("there are several");
    assert!(soonest < waited(first) / 2, "{soonest:?}");
}

#[test]
fn notices_for_ever_in_place_of_answers_prolong_no_run() {
    const TIMES: u32 = 20;
    let hostile = Hostile::start(|stream, over| {
        let pause = Some(Duration::from_millis(10));
        stream.set_read_timeout(pause).expect("a timeout");
        while !over.load(Ordering::Relaxed) && stream.write_all(b"zeca entrou no chat!").is_ok() {
            let mut bytes = [0; 64];
            if matches!(stream.read(&mut bytes), Ok(0)) {
                return;
            }
        }
    });
    let report = grade_with(&hostile, &scenarios()[..1], HASTY, TIMES);
    assert_eq!(report.outcomes[0].verdict, Verdict::Fail);
}

#[test]
fn a_server_that_never_answers_is_survived() {
    let report = is_survived(hold);
    let [first, later @ ..] = &report.outcomes[..] else {
        unreachable!("there are several");
    };
    assert_eq!(first.findings[0].lesson.id, "hang");
    for outcome in later {
        let is_told = matches!(
            outcome.because,
            Some(Because::NeverHeard { servers: 1, .. })
        );
        assert!(is_told, "{:?}", outcome.because);
    }
}

#[test]
fn a_server_that_serves_one_client_at_a_time_is_graded_to_the_end() {
    static TURN: Mutex<()> = Mutex::new(());
    let hostile = Hostile::start(|stream, over| {
        let _turn = TURN.lock();
        let mut bytes = [0; 64];
        while !over.load(Ordering::Relaxed) {
            match stream.read(&mut bytes) {
                Err(error) if is_timeout(error.kind()) => {}
                Err(_) | Ok(0) => return,
                Ok(len) => {
                    let reply: &[u8] = match &bytes[..len] {
                        b"LIST" => b"200 OK - User List\nUsers online: ana",
                        said if said.starts_with(b"MSG ") => b"200 OK",
                        _ => b"200 OK - Connected",
                    };
                    let _ = stream.write_all(reply);
                }
            }
        }
    });
    let report = grade_with(&hostile, &scenarios()[..2], 1.0, 1);
    let verdicts: Vec<Verdict> = report
        .outcomes
        .iter()
        .map(|outcome| outcome.verdict)
        .collect();
    // Only the second has no other client.
    assert_eq!(verdicts, [Verdict::Fail, Verdict::Pass]);
    assert_eq!(report.outcomes[0].findings[0].lesson.id, "no-concurrency");
}

#[test]
fn a_server_that_closes_at_once_is_survived() {
    let report = is_survived(|stream, _| {
        let _ = stream.shutdown(Shutdown::Both);
    });
    assert_eq!(report.outcomes[0].findings[0].lesson.id, "closed-at-once");
}

#[test]
fn a_reply_that_is_cut_by_a_close_is_survived() {
    is_survived(|stream, _| {
        let _ = stream.write_all(b"200 OK - Conn");
    });
}

#[test]
fn a_reply_that_is_cut_by_a_reset_is_survived() {
    is_survived(|stream, _| {
        let _ = stream.write_all(b"200 OK - Conn");
        // Unread bytes make the close a reset.
        let mut peeked = [0];
        let _ = stream.peek(&mut peeked);
    });
}

#[test]
fn one_line_without_end_after_the_welcome_is_survived() {
    is_survived(|stream, over| {
        let _ = stream.write_all(b"200 OK - Connected");
        pour(stream, over, &[0; 65536]);
    });
}

/// What somebody who reads a report could obey: terminals, browsers, XML and TAP readers, spreadsheets, GitHub.
const OBEYED: [&[u8]; 8] = [
    b"\x1b[2J\x1b]0;title\x07\x9b31m\xe2\x80\xae\x08\r",
    b"<script>alert(1)</script></pre></details>\"'>&amp;",
    b"]]></failure></testsuite>\x00\x0b\xef\xbf\xbf",
    b"\n::set-output name=x::y\n::error::x\r\n::stop-commands::z\n##[error]x\n",
    b"\n=cmd()\n+1\n@SUM(A1)\n-1\n\"\",=1+1,\n",
    b"\nok 1 - all is well\nBail out!\n1..1\nnot ok 1\n  ---\n  ...\npragma +strict\n",
    b"\n# title\n```\n![x](http://x/)\n[x](javascript:alert(1)) @everyone #1 |a|b|\n",
    b"\xff\xfe\xc3\x28\xed\xa0\x80\xf0\x9f",
];

#[test]
fn what_readers_of_reports_would_obey_is_shown_as_text() {
    is_survived(|stream, over| {
        let _ = stream.write_all(&OBEYED.concat());
        hold(stream, over);
    });
    // As a reply to the name, and in the place of what was said.
    is_survived(|stream, over| {
        let _ = stream.write_all(b"NICK");
        let mut bytes = [0; 64];
        while !over.load(Ordering::Relaxed) {
            match stream.read(&mut bytes) {
                Ok(0) => return,
                Ok(_) => {
                    let _ =
                        stream.write_all(&[b"200 OK - Connected\n", &OBEYED.concat()[..]].concat());
                }
                Err(error) if is_timeout(error.kind()) => {}
                Err(_) => return,
            }
        }
    });
}

#[test]
fn what_terminals_and_browsers_would_obey_is_shown_as_text() {
    let report = is_survived(|stream, over| {
        let _ = stream
            .write_all(b"\x1b[2J<script>alert(1)</script>::set-output name=x::y\n=cmd()\xff\xfe");
        hold(stream, over);
    });
    let html = Format::Html.render(&report, &Setting::plain(Lang::En));
    assert!(!html.contains("<script>alert"));
}
