//! The runner against servers that are right, wrong, slow and hostile.

mod support;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use harness::report::{Outcome, Report};
use harness::runner::{self, Options};
use harness::scenario::{self, Filter, Scenario};
use harness::target::Server;
use harness::verdict::Verdict;
use protocol::Dialect;
use protocol::diagnostic::Source;
use support::ForeignServer;

/// Runs the built-in scenarios that `filter` selects.
fn grade(server: Server, dialect: &str, filter: &[&str], time_scale: f64) -> Report {
    let suite = scenario::load(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")])
        .unwrap_or_else(|wrong| panic!("{wrong}"));
    let filter = Filter::new(filter.iter().copied());
    let selected: Vec<&Scenario> = suite
        .scenarios
        .iter()
        .filter(|scenario| filter.selects(scenario, scenario.level))
        .collect();
    play(server, dialect, &selected, time_scale)
}

fn play(server: Server, dialect: &str, scenarios: &[&Scenario], time_scale: f64) -> Report {
    let dialect = Dialect::builtin(dialect).expect("a built-in dialect");
    let options = Options {
        time_scale,
        ..Options::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut server = server;
    runtime.block_on(runner::run(
        scenarios,
        dialect,
        &mut server,
        &options,
        &mut |_| {},
    ))
}

fn embedded(dialect: &str) -> Server {
    let dialect = Dialect::builtin(dialect).expect("a built-in dialect");
    Server::embedded(dialect).expect("a socket and a thread")
}

fn attached(foreign: &ForeignServer) -> Server {
    Server::attach(&foreign.address().to_string()).expect("it listens")
}

/// What a failed outcome looks like in a message of a test.
fn told(outcome: &Outcome) -> String {
    let lessons: Vec<_> = outcome
        .findings
        .iter()
        .map(|finding| {
            let step = finding.step.as_ref().map(|step| step.text.clone());
            let received = protocol::quote::quote_capped(&finding.received, 200).to_string();
            (finding.lesson.id, step, received)
        })
        .collect();
    format!("{} {:?} {lessons:?}", outcome.id, outcome.verdict)
}

#[track_caller]
fn nobody_is_accused(report: &Report) {
    let bad: Vec<_> = report
        .outcomes
        .iter()
        .filter(|outcome| !matches!(outcome.verdict, Verdict::Pass | Verdict::NotApplicable))
        .map(told)
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
}

macro_rules! correct {
    ($($name:ident $dialect:literal)*) => {
        $(
            #[test]
            fn $name() {
                nobody_is_accused(&grade(embedded($dialect), $dialect, &[], 1.0));
            }
        )*
    };
}

correct! {
    the_reference_server_of_unb_is_never_accused "unb"
    the_reference_server_of_unb_with_lines_is_never_accused "unb-lf"
    the_reference_server_of_ifsc_is_never_accused "ifsc"
    the_reference_server_of_redes2023_is_never_accused "redes2023"
    the_reference_server_of_eco_is_never_accused "eco"
    the_reference_server_of_sala_is_never_accused "sala"
}

#[test]
fn a_server_written_from_the_document_alone_passes_all_that_is_required() {
    let Some(foreign) = ForeignServer::start("unb_document.py") else {
        return;
    };
    let report = grade(attached(&foreign), "unb", &["must"], 1.0);
    let failed: Vec<_> = report
        .outcomes
        .iter()
        .filter(|outcome| {
            !matches!(
                outcome.verdict,
                Verdict::Pass | Verdict::Warn | Verdict::NotApplicable
            )
        })
        .map(told)
        .collect();
    assert!(!report.required_failed(), "{failed:#?}");
}

#[test]
fn a_deadlock_at_a_departure_is_found_and_named() {
    let Some(foreign) = ForeignServer::start("unb_authors.py") else {
        return;
    };
    let report = grade(attached(&foreign), "unb", &["quit"], 0.3);
    let lessons: Vec<_> = report
        .outcomes
        .iter()
        .flat_map(|outcome| &outcome.findings)
        .map(|finding| finding.lesson.id)
        .collect();
    assert!(lessons.contains(&"deadlock-at-departure"), "{lessons:?}");
    assert!(report.required_failed());
    let after = report
        .outcomes
        .iter()
        .skip_while(|outcome| outcome.verdict != Verdict::Fail)
        .skip(1);
    for outcome in after {
        assert!(
            matches!(outcome.verdict, Verdict::Blocked | Verdict::NotApplicable),
            "{}",
            told(outcome)
        );
    }
}

/// The reference server of a dialect, correct but in an unusual manner.
fn unusual(dialect: &str, options: reference_server::Options) -> Server {
    let dialect = Dialect::builtin(dialect).expect("a built-in dialect");
    Server::embedded_with(dialect, options).expect("a socket and a thread")
}

/// What proves the silence of a client, in `ifsc` a mistake that is answered, is not what the server died of.
#[test]
fn a_server_that_dies_as_clients_leave_is_told_so_though_a_mistake_was_answered_before() {
    let options = reference_server::Options {
        fault: Some(reference_server::Fault::DiesOfClosing),
        ..Default::default()
    };
    let report = grade(unusual("ifsc", options), "ifsc", &["basic/joining"], 1.0);
    let findings = report.outcomes.iter().flat_map(|outcome| &outcome.findings);
    let lessons: Vec<_> = findings.map(|finding| finding.lesson.id).collect();
    assert_eq!(lessons, ["dies-of-a-disconnect"]);
}

#[test]
fn a_correct_server_that_sends_in_pieces_or_glued_is_never_accused() {
    use reference_server::Pacing;
    for pacing in [Pacing::Trickle, Pacing::Split, Pacing::Glue] {
        for dialect in ["unb", "unb-lf", "ifsc", "sala"] {
            let options = reference_server::Options {
                pacing,
                ..Default::default()
            };
            eprintln!("{dialect} {pacing:?}");
            let report = grade(
                unusual(dialect, options),
                dialect,
                &[
                    "basic/broadcast",
                    "basic/newcomer",
                    "basic/welcome",
                    "joining/rejoin",
                    "list/grows",
                    "private/both-ways",
                    "quit/goodbye",
                    "errors/malformed",
                ],
                1.0,
            );
            nobody_is_accused(&report);
        }
    }
}

#[test]
fn a_correct_server_that_is_slow_is_never_accused() {
    let options = reference_server::Options {
        delay: std::time::Duration::from_millis(1500),
        ..Default::default()
    };
    let report = grade(
        unusual("unb", options),
        "unb",
        &["basic/broadcast", "quit/list"],
        1.0,
    );
    nobody_is_accused(&report);
}

/// What the first of many alternatives wants comes while a later one is tried: it is taken then, not at the deadline.
#[test]
fn an_alternative_that_comes_while_another_is_tried_is_not_waited_out() {
    const MINUTES: f64 = 60.0;
    let others = (0..400).map(|other| format!("  ana expects \"never {other}\"\n"));
    let text = format!(
        "scenario \"One of many\"\n\nana tries to join\none of:\n  ana is welcomed\n{}",
        others.collect::<String>()
    );
    let source = Source::new("many.chat", text);
    let scenario =
        scenario::parse_source("many", &source).unwrap_or_else(|wrong| panic!("{wrong}"));
    let options = reference_server::Options {
        delay: Duration::from_millis(3),
        ..Default::default()
    };
    let report = play(unusual("unb", options), "unb", &[&scenario], MINUTES);
    nobody_is_accused(&report);
    let elapsed = report.elapsed;
    assert!(elapsed < Duration::from_secs(30), "{elapsed:?}");
}

/// What a server writes when it is asked who is there, each part in a write of its own, some time apart.
type ListParts = fn(ana: &str, bia: &str) -> Vec<String>;

/// A server of `unb` that knows how to let two clients in and to list them.
fn lister(parts: ListParts) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound").to_string();
    let names = Arc::new(Mutex::new(Vec::<String>::new()));
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let names = Arc::clone(&names);
            thread::spawn(move || {
                let mut bytes = [0; 64];
                stream
                    .set_nodelay(true)
                    .expect("an option that every socket has");
                while let Ok(len @ 1..) = stream.read(&mut bytes) {
                    let said = String::from_utf8_lossy(&bytes[..len]).into_owned();
                    let mut names = names.lock().expect("nobody panics");
                    let replies = match (&said[..], &names[..]) {
                        ("LIST", [ana, bia]) => parts(ana, bia),
                        _ => {
                            names.push(said);
                            vec!["200 OK - Connected".to_owned()]
                        }
                    };
                    // Its timeout is the pause.
                    let pause = Some(Duration::from_millis(10));
                    stream.set_read_timeout(pause).expect("a timeout");
                    for reply in replies {
                        // The client may be gone.
                        let _ = stream.write_all(reply.as_bytes());
                        let _ = stream.peek(&mut [0]);
                    }
                    stream.set_read_timeout(None).expect("a timeout");
                }
            });
        }
    });
    Server::attach(&address).expect("it listens")
}

/// What becomes of a list that must have both, and only both.
fn lists_both(parts: ListParts, time_scale: f64) -> [Verdict; 2] {
    ["includes", "is exactly"].map(|must| {
        let text = format!(
            "scenario \"s\"\n  level must\n  points 1\n\nana, bia join\nbia lists\nbia's list {must} ana, bia\n"
        );
        let source = Source::new("s.chat", text);
        let scenario = scenario::parse_source("s", &source)
            .unwrap_or_else(|wrong| panic!("{wrong}"));
        play(lister(parts), "unb", &[&scenario], time_scale).outcomes[0].verdict
    })
}

const ONLINE: &str = "200 OK - User List\nUsuários online: ";

#[test]
fn a_name_that_comes_late_belongs_to_the_list() {
    let lists: [ListParts; 5] = [
        |ana, bia| vec![format!("{ONLINE}{ana}, {bia}")],
        |ana, bia| vec![format!("{ONLINE}{ana}"), format!(", {bia}")],
        |ana, bia| {
            vec![
                "200 OK - User List".to_owned(),
                format!("\n{ana}"),
                format!("\n{bia}"),
            ]
        },
        |ana, bia| {
            let (begin, end) = bia.split_at(2);
            vec![format!("{ONLINE}{ana}, {begin}"), end.to_owned()]
        },
        |ana, bia| {
            vec![
                format!("{ONLINE}{ana}, {bia}"),
                format!("{ana} entrou no chat!"),
            ]
        },
    ];
    for (index, list) in lists.into_iter().enumerate() {
        assert_eq!(lists_both(list, 1.0), [Verdict::Pass; 2], "list {index}");
    }
}

#[test]
fn a_name_that_is_not_in_the_list_is_missed_whatever_follows() {
    let lists: [ListParts; 4] = [
        |ana, _| vec![format!("{ONLINE}{ana}")],
        |ana, bia| vec![format!("{ONLINE}{ana}{bia} entrou no chat!")],
        |ana, bia| vec![format!("{ONLINE}{ana}"), format!("{bia} entrou no chat!")],
        |ana, bia| {
            vec![
                format!("{ONLINE}{ana}"),
                bia.to_owned(),
                " entrou no chat!".to_owned(),
            ]
        },
    ];
    for (index, list) in lists.into_iter().enumerate() {
        assert_eq!(lists_both(list, 0.1), [Verdict::Fail; 2], "list {index}");
    }
}

/// The next client to come that says something, and what it says.
fn next_client(listener: &TcpListener) -> (TcpStream, String) {
    let mut clients = listener.incoming().flatten().map(|mut stream| {
        stream
            .set_nodelay(true)
            .expect("an option that every socket has");
        let said = read_from(&mut stream);
        (stream, said)
    });
    let next = clients.find(|(_, said)| !said.is_empty());
    next.expect("somebody comes")
}

fn read_from(stream: &mut TcpStream) -> String {
    let mut bytes = [0; 64];
    let len = stream.read(&mut bytes).unwrap_or(0);
    String::from_utf8_lossy(&bytes[..len]).into_owned()
}

/// How long a server waits between two parts of what it says.
const PAUSE: Duration = Duration::from_millis(50);

fn write_and_wait(mut stream: &TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).expect("it is connected");
    stream.set_read_timeout(Some(PAUSE)).expect("a timeout");
    // Its timeout is the pause.
    let _ = stream.peek(&mut [0]);
    stream.set_read_timeout(None).expect("a timeout");
}

/// Plays a scenario against a server that serves its clients so, and welcomes one that then asks for a sign of life.
#[track_caller]
fn is_not_accused(
    dialect: &str,
    scenario: &str,
    serve: fn(&TcpListener),
    welcome: fn(&str) -> String,
) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound").to_string();
    thread::spawn(move || {
        serve(&listener);
        let (last, name) = next_client(&listener);
        write_and_wait(&last, &welcome(&name));
    });
    let server = Server::attach(&address).expect("it listens");
    nobody_is_accused(&grade(server, dialect, &[scenario], 1.0));
}

fn in_ifsc(name: &str) -> String {
    format!("Bem Vindo {name}!")
}

/// The rest of a welcome whose end is free, who is there and a private message come together, as far as the name in the message: from
/// there on it would read as a public one.
#[test]
fn a_message_that_has_begun_is_not_torn_apart_by_one_that_its_end_could_be() {
    is_not_accused(
        "ifsc",
        "private/acknowledged",
        |listener| {
            let (mut first, ana) = next_client(listener);
            write_and_wait(&first, &format!("Bem Vindo {ana}!"));
            let (second, bia) = next_client(listener);
            write_and_wait(&second, &format!("Bem Vindo {bia}!"));
            let told = read_from(&mut first);
            let (_, text) = told.split_once(':').expect("a private message");
            let rest =
                format!(" Sinta-se em casa.{ana} Está online \nMensagem recebida de {ana}: ");
            write_and_wait(&second, &rest);
            write_and_wait(&first, "Mensagem Enviada");
            for letter in text.chars() {
                write_and_wait(&second, &letter.to_string());
            }
        },
        in_ifsc,
    );
}

/// Only what follows the beginning of the next message shows where the former ends, and so that it is as the document words it.
#[test]
fn a_message_to_the_letter_is_known_as_such_before_all_of_the_next_is_there() {
    is_not_accused(
        "ifsc",
        "names/in-use",
        |listener| {
            let (first, ana) = next_client(listener);
            write_and_wait(&first, &format!("Bem Vindo {ana}!"));
            let (second, _) = next_client(listener);
            write_and_wait(&second, "Erro 01: Esse");
            write_and_wait(&second, " apelido já está em usoDig");
            write_and_wait(&second, "ite seu apelido");
        },
        in_ifsc,
    );
}

/// The rest of a refusal comes while the name is asked for again: it is no answer to that.
#[test]
fn a_refusal_in_two_parts_is_heard_to_its_end_before_the_name_is_asked_for_again() {
    const WELCOME: &str = "200 OK - Connected";
    let serve = |listener: &TcpListener| {
        let (mut first, ana) = next_client(listener);
        write_and_wait(&first, WELCOME);
        let (mut third, caio) = next_client(listener);
        write_and_wait(&third, WELCOME);
        read_from(&mut first);
        write_and_wait(&first, "200 OK - Disconnecting");
        drop(first);
        let (mut second, _) = next_client(listener);
        write_and_wait(&second, "400 Bad Request");
        write_and_wait(&second, "\nApelido em uso");
        read_from(&mut second);
        write_and_wait(&second, WELCOME);
        let relay = |from: &mut TcpStream, nick: &str, to: &TcpStream| {
            let said = read_from(from);
            let text = said.strip_prefix("MSG ").unwrap_or(&said);
            write_and_wait(from, "200 OK");
            write_and_wait(to, &format!("[{nick}]: {text}"));
        };
        relay(&mut second, &ana, &third);
        relay(&mut third, &caio, &second);
    };
    is_not_accused("unb", "names/free-after-quit", serve, |_| {
        WELCOME.to_owned()
    });
}
