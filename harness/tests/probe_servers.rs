//! `harness probe` against every foreign server and every reference server: it comes to an end, what it drafts is a dialect that loads
//! and reads back what it says, and the suite in that dialect accuses nobody of what a correct server must do.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use harness::dialects::check::Checked;
use harness::probe::{Findings, draft, probe};

use harness::runner::{self, Options as Run};
use harness::scenario::{self, Scenario};
use harness::target;
use harness::verdict::Verdict;
use protocol::Dialect;
use protocol::diagnostic::Source;
use protocol::dialect::{AfterRefusal, Level};
use protocol::lang::Lang;
use protocol::message::{CommandKind, Reason};
use reference_server::{Fault, Options, Server};

#[path = "support/dialects.rs"]
#[expect(dead_code, reason = "each test uses a part of it")]
mod dialects;
mod support;

/// Several times what all that a probe may ask takes: one that takes longer never ends.
const NEVER: Duration = Duration::from_secs(600);

/// What is found of a server.
#[derive(Clone, Copy)]
enum Found {
    /// A built-in dialect, with nothing or something that differs.
    Fits(&'static str),
    /// Its own words, for these requests.
    Speaks(&'static [CommandKind]),
}

/// What a server must do that refuses a name in use, by its own words.
const OF_NAMES: [&str; 6] = [
    "names/in-use",
    "names/in-use-try-again",
    "names/in-use-twice",
    "names/refused-hears-nothing",
    "notices/refused",
    "recovery/after-refused-name",
];

use CommandKind::{Join, List, Quit, Say, Tell};
use Found::{Fits, Speaks};

/// Each foreign server: what is found, how it refuses a name in use, if it does and in the same words for whoever is there, and the
/// scenarios that it fails by what it really does.
const FOREIGN: [(&str, Found, &str, &[&str]); 26] = [
    ("eco_threads", Fits("eco"), "", &[]),
    (
        "ifsc_program",
        Fits("ifsc"),
        "Erro 01: Esse apelido já está em uso, and asks again",
        &[],
    ),
    // It answers a header or half a body that comes alone.
    (
        "redes2023_ack",
        Fits("redes2023"),
        "",
        &["framing/answered-byte", "header/"],
    ),
    // It lets nobody in while somebody has not named himself.
    ("sala_program", Fits("sala"), "", &[""]),
    // It hangs at the first departure.
    (
        "unb_authors",
        Fits("unb"),
        "400 Bad Request\nApelido em uso: {nick}",
        &[""],
    ),
    (
        "unb_document",
        Fits("unb"),
        "400 Bad Request\nApelido em uso: {nick}",
        &[],
    ),
    ("unb_lf", Fits("unb"), "400 Bad Request", &[]),
    ("wild_address", Speaks(&[Say, List]), "", &[]),
    (
        "wild_banner",
        Speaks(&[Join, Say, Tell, List, Quit]),
        "HUH",
        &[],
    ),
    ("wild_bench", Speaks(&[Join, Say, List, Quit]), "", &[]),
    (
        "wild_circuit",
        Speaks(&[Join, Say, Tell, List, Quit]),
        "433 {nick}",
        &[],
    ),
    (
        "wild_colours",
        Speaks(&[Join, Say, List, Quit]),
        "SUBMITNAME",
        &[],
    ),
    (
        "wild_fixed_frames",
        Speaks(&[Join, Say, List, Quit]),
        "Ejoin first",
        &[],
    ),
    ("wild_identity", Speaks(&[Say, Tell, List]), "", &[]),
    (
        "wild_length_both",
        Speaks(&[Join, Say, List, Quit]),
        "",
        &[],
    ),
    (
        "wild_list_lines",
        Speaks(&[Join, Say, List, Quit]),
        "ERR name in use, and closes",
        &[],
    ),
    ("wild_lobby", Speaks(&[Join, Say, List, Quit]), "", &[]),
    (
        "wild_nul_end",
        Speaks(&[Join, Say, Tell, List, Quit]),
        "433 {nick}",
        &[],
    ),
    ("wild_numbers", Speaks(&[Join, Say, Quit]), "", &[]),
    (
        "wild_patio",
        Speaks(&[Join, Say, Tell, Quit]),
        "taken, and closes",
        &[],
    ),
    (
        "wild_prompt",
        Speaks(&[Join, Say, List, Quit]),
        "Name: ",
        &[],
    ),
    ("wild_reaper", Speaks(&[Join, Say, List]), "", &[]),
    ("wild_secret", Speaks(&[Join, Say, Tell]), "", &[]),
    (
        "wild_teletype",
        Speaks(&[Join, Say, List, Quit]),
        "TAKEN {nick}",
        &[],
    ),
    (
        "wild_timestamps",
        Speaks(&[Join, Say, List, Quit]),
        "[{time}] {nick} is taken",
        &[],
    ),
    ("wild_two_steps", Speaks(&[Join, Say, Quit]), "", &[]),
];

fn runtime() -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime")
}

fn found(address: SocketAddr) -> Result<Findings, String> {
    match runtime().block_on(async { tokio::time::timeout(NEVER, probe(address)).await }) {
        Ok(findings) => findings.map_err(|error| error.to_string()),
        Err(_) => Err("the probe never ended".to_owned()),
    }
}

/// What is wrong with a server's draft.
fn wrong(
    address: SocketAddr,
    expected: Found,
    refusal: &str,
    fails: &[&str],
) -> Result<(), String> {
    let findings = found(address)?;
    let text = draft(&findings, "found", address.port(), Lang::En);
    let dialect = Dialect::parse(&Source::new("found.toml", text.clone()))
        .map_err(|mistakes| format!("{}\n{text}", mistakes))?;
    let checked = Checked::new(&dialect);
    if !checked.is_sound() {
        return Err(format!("{}\n{text}", checked.render(Lang::En)));
    }
    let fit = findings.fit.map(|fit| fit.name);
    let is_as_expected = match expected {
        Fits(name) => fit == Some(name),
        Speaks(kinds) => {
            fit.is_none()
                && dialect
                    .requests()
                    .map(|request| request.kind)
                    .eq(kinds.iter().copied())
        }
    };
    if !is_as_expected {
        return Err(format!("fits {fit:?}\n{text}"));
    }
    let refuses = in_use(&dialect);
    if refuses != refusal {
        return Err(format!("a name in use: {refuses:?}\n{text}"));
    }
    match fails {
        [""] => Ok(()),
        _ => accused(address, &dialect, fails).map_err(|why| format!("{why}\n{text}")),
    }
}

/// How a dialect refuses a name in use, and what becomes of the connection.
fn in_use(dialect: &Dialect) -> String {
    let Some(refusal) = dialect.reply(Reason::NameInUse) else {
        return String::new();
    };
    let after = match dialect.names.after_refusal {
        _ if refusal.closes => ", and closes",
        AfterRefusal::Close => ", and closes",
        AfterRefusal::Prompt => ", and asks again",
        AfterRefusal::Retry => "",
    };
    format!("{}{after}", refusal.forms[0].template.source())
}

/// The suite's `must` scenarios in this dialect, and those of names, but for those that the server fails by what it really does.
fn accused(address: SocketAddr, dialect: &Dialect, fails: &[&str]) -> Result<(), String> {
    judged(address, dialect, |scenario| {
        let is_asked = scenario.level == Level::Must || OF_NAMES.contains(&&scenario.id[..]);
        is_asked && !fails.iter().any(|fails| scenario.id.starts_with(fails))
    })
}

/// What fails of these scenarios.
fn judged(
    address: SocketAddr,
    dialect: &Dialect,
    is_asked: impl Fn(&Scenario) -> bool,
) -> Result<(), String> {
    let suite = scenario::load(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")])
        .map_err(|wrong| wrong.to_string())?;
    let asked = suite.scenarios.iter().filter(|scenario| is_asked(scenario));
    let scenarios: Vec<&Scenario> = asked.collect();
    let mut server =
        target::Server::attach(&address.to_string()).map_err(|error| error.to_string())?;
    let options = Run {
        time_scale: 2.0,
        ..Run::default()
    };
    let report = runtime().block_on(runner::run(
        &scenarios,
        dialect,
        &mut server,
        &options,
        &mut |_| {},
    ));
    let bad: Vec<_> = report
        .outcomes
        .iter()
        .filter(|outcome| {
            !matches!(
                outcome.verdict,
                Verdict::Pass | Verdict::Warn | Verdict::NotApplicable
            )
        })
        .map(|outcome| {
            format!(
                "{}: {:?}",
                outcome.id,
                outcome.findings.first().map(|finding| finding.lesson.id)
            )
        })
        .collect();
    let passed = report
        .outcomes
        .iter()
        .filter(|outcome| outcome.verdict == Verdict::Pass)
        .count();
    match (bad.is_empty(), passed) {
        (true, 1..) => Ok(()),
        (true, _) => Err("nothing applies".to_owned()),
        _ => Err(bad.join("\n")),
    }
}

fn foreign(program: &str, expected: Found, refusal: &str, fails: &[&str]) -> Result<(), String> {
    match support::ForeignServer::start(&format!("{program}.py")) {
        Some(server) => wrong(server.address(), expected, refusal, fails),
        None => Ok(()),
    }
}

fn reference(dialect: &'static Dialect, delay: Duration) -> Result<(), String> {
    let options = Options {
        delay,
        ..Options::default()
    };
    let server = Server::bind(dialect.clone(), ([127, 0, 0, 1], 0).into(), options)
        .and_then(Server::start)
        .map_err(|error| error.to_string())?;
    let name = Dialect::builtin_names().find(|name| *name == dialect.name);
    let fails: &[&str] = if delay.is_zero() { &[] } else { &[""] };
    wrong(
        server.local_addr(),
        Fits(name.unwrap_or_default()),
        &in_use(dialect),
        fails,
    )
}

/// What a server does with a client that asks for a name in use.
#[derive(Debug, Clone, Copy)]
enum Clash {
    Refuses,
    RefusesInTwoParts,
    AsksAgain,
    OnlyAsks,
    Closes,
    RefusesAndCloses,
    Renames,
    LetsIn,
    SaysNothing,
}

/// Each way, and how it is drafted.
const CLASHES: [(Clash, &str); 9] = [
    (Clash::Refuses, "{nick} is taken"),
    (Clash::RefusesInTwoParts, "sorry\n{nick} is taken"),
    (Clash::AsksAgain, "{nick} is taken, and asks again"),
    (Clash::OnlyAsks, "NAME?"),
    (Clash::Closes, ", and closes"),
    (Clash::RefusesAndCloses, "{nick} is taken, and closes"),
    (Clash::Renames, ""),
    (Clash::LetsIn, ""),
    (Clash::SaysNothing, ""),
];

/// How fast a server says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speed {
    AtOnce,
    /// 300 ms after what a client sent in one go.
    Late,
    /// In two writes.
    Split,
}

/// A server of lines: `NICK n`, `LIST`, `QUIT`, and all else is for everyone.
struct Room {
    clash: Clash,
    speed: Speed,
    people: Mutex<Vec<(String, TcpStream)>>,
    /// Held while a line is written: the halves of two never mix.
    speaking: Mutex<()>,
}

impl Room {
    fn start(clash: Clash, speed: Speed) -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let room = Arc::new(Self {
            clash,
            speed,
            people: Mutex::default(),
            speaking: Mutex::default(),
        });
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let room = Arc::clone(&room);
                std::thread::spawn(move || room.serve(stream));
            }
        });
        address
    }

    #[expect(clippy::disallowed_methods, reason = "to be slow is what it is for")]
    fn pause(&self, millis: u64) {
        std::thread::sleep(Duration::from_millis(millis));
    }

    fn put(&self, mut stream: &TcpStream, line: &str) {
        let (start, end) = line.split_at(line.len() / 2);
        let _speaking = self.speaking.lock().expect("nobody panics");
        // Who is gone hears nothing.
        let _ = match self.speed {
            Speed::Split => {
                let written = stream.write_all(start.as_bytes());
                self.pause(20);
                written.and_then(|()| stream.write_all(format!("{end}\n").as_bytes()))
            }
            _ => stream.write_all(format!("{line}\n").as_bytes()),
        };
    }

    fn tell(&self, but: &TcpStream, line: &str) {
        let own = but.peer_addr().ok();
        for (_, stream) in self.people.lock().expect("nobody panics").iter() {
            if stream.peer_addr().ok() != own {
                self.put(stream, line);
            }
        }
    }

    fn serve(&self, stream: TcpStream) {
        if self.speed == Speed::Late {
            self.pause(300);
        }
        self.put(&stream, "NAME?");
        let mut nick = None;
        let mut reader = BufReader::new(&stream);
        loop {
            let is_asked = reader.buffer().is_empty();
            let mut line = String::new();
            if !matches!(reader.read_line(&mut line), Ok(1..)) {
                break;
            }
            if is_asked && self.speed == Speed::Late {
                self.pause(300);
            }
            let line = line.trim_end();
            match &nick {
                None => match line
                    .strip_prefix("NICK ")
                    .map(|name| self.asked(name, &stream))
                {
                    None => self.put(&stream, "who are you"),
                    Some(Ok(name)) => nick = Some(name),
                    Some(Err(true)) => break,
                    Some(Err(false)) => {}
                },
                Some(_) if line == "LIST" => {
                    let people = self.people.lock().expect("nobody panics");
                    let names: Vec<_> = people.iter().map(|(name, _)| &name[..]).collect();
                    let names = names.join(" ");
                    drop(people);
                    self.put(&stream, &format!("here: {names}"));
                }
                Some(_) if line == "QUIT" => {
                    self.put(&stream, "bye");
                    break;
                }
                Some(nick) => self.tell(&stream, &format!("<{nick}> {line}")),
            }
        }
        let own = stream.peer_addr().ok();
        let mut people = self.people.lock().expect("nobody panics");
        people.retain(|(_, other)| other.peer_addr().ok() != own);
        drop(people);
        if let Some(nick) = nick {
            self.tell(&stream, &format!("- {nick}"));
        }
        let _ = stream.shutdown(Shutdown::Both);
    }

    /// The name under which a client is let in, or whether its connection is closed.
    fn asked(&self, name: &str, stream: &TcpStream) -> Result<String, bool> {
        let mut name = name.to_owned();
        let mut people = self.people.lock().expect("nobody panics");
        if people.iter().any(|(other, _)| *other == name) {
            let taken = format!("{name} is taken");
            match self.clash {
                Clash::Renames => name.push('x'),
                Clash::LetsIn => {}
                Clash::SaysNothing => return Err(false),
                Clash::Closes => return Err(true),
                Clash::OnlyAsks => {
                    self.put(stream, "NAME?");
                    return Err(false);
                }
                Clash::Refuses | Clash::AsksAgain | Clash::RefusesAndCloses => {
                    self.put(stream, &taken);
                    if matches!(self.clash, Clash::AsksAgain) {
                        self.put(stream, "NAME?");
                    }
                    return Err(matches!(self.clash, Clash::RefusesAndCloses));
                }
                Clash::RefusesInTwoParts => {
                    self.put(stream, "sorry");
                    self.pause(30);
                    self.put(stream, &taken);
                    return Err(false);
                }
            }
        }
        people.push((name.clone(), stream.try_clone().map_err(|_| true)?));
        drop(people);
        self.put(stream, &format!("welcome {name}"));
        self.tell(stream, &format!("+ {name}"));
        Ok(name)
    }
}

fn clashes(clash: Clash, speed: Speed, refusal: &str) -> Result<(), String> {
    let address = Room::start(clash, speed);
    let findings = found(address)?;
    let text = draft(&findings, "found", address.port(), Lang::En);
    let dialect = Dialect::parse(&Source::new("found.toml", text.clone()))
        .map_err(|mistakes| format!("{mistakes}\n{text}"))?;
    let refuses = in_use(&dialect);
    if refuses != refusal {
        return Err(format!("a name in use: {refuses:?}\n{text}"));
    }
    let is_asked = |scenario: &Scenario| {
        OF_NAMES.contains(&&scenario.id[..]) || scenario.id == "basic/broadcast"
    };
    judged(address, &dialect, is_asked).map_err(|why| format!("{why}\n{text}"))
}

#[test]
fn whatever_becomes_of_a_name_in_use_is_drafted_and_accused_of_nothing() {
    let speeds = [Speed::AtOnce, Speed::Late, Speed::Split];
    let rooms = CLASHES
        .into_iter()
        .flat_map(|clash| speeds.map(|speed| (clash, speed)));
    all_of_them(rooms.map(|((clash, refusal), speed)| {
        (format!("{clash:?} {speed:?}"), move || {
            clashes(clash, speed, refusal)
        })
    }));
}

#[test]
fn a_built_in_dialect_whose_server_lets_both_in_refuses_nobody() {
    all_of_them(["unb", "ifsc"].into_iter().map(|name| {
        (name.to_owned(), move || {
            let options = Options {
                fault: Some(Fault::AcceptsNameInUse),
                ..Options::default()
            };
            let dialect = Dialect::builtin(name).ok_or("not built in")?;
            let server = Server::bind(dialect.clone(), ([127, 0, 0, 1], 0).into(), options)
                .and_then(Server::start)
                .map_err(|error| error.to_string())?;
            wrong(server.local_addr(), Fits(name), "", &[])
        })
    }));
}

#[test]
fn every_server_has_its_place_in_the_table() {
    let table = FOREIGN.iter().map(|(program, ..)| (*program).to_owned());
    assert_eq!(
        table.collect::<std::collections::BTreeSet<_>>(),
        dialects::files("py")
    );
}

#[test]
fn every_foreign_server_becomes_a_dialect_that_accuses_nobody() {
    all_of_them(
        FOREIGN
            .into_iter()
            .map(|(program, expected, refusal, fails)| {
                (program.to_owned(), move || {
                    foreign(program, expected, refusal, fails)
                })
            }),
    );
}

#[test]
fn every_reference_server_is_recognised_fast_or_slow() {
    let delays = [Duration::ZERO, Duration::from_millis(1500)];
    let servers = Dialect::builtins()
        .iter()
        .flat_map(|dialect| delays.map(|delay| (dialect, delay)));
    all_of_them(servers.map(|(dialect, delay)| {
        (format!("{} after {delay:?}", dialect.name), move || {
            reference(dialect, delay)
        })
    }));
}

/// All at once: a probe hardly does anything but wait.
fn all_of_them<P: FnOnce() -> Result<(), String> + Send>(
    players: impl Iterator<Item = (String, P)>,
) {
    let wrong: Vec<_> = std::thread::scope(|scope| {
        let players: Vec<_> = players
            .map(|(name, player)| (name, scope.spawn(player)))
            .collect();
        let results = players
            .into_iter()
            .map(|(name, player)| (name, player.join()));
        results
            .filter_map(|(name, result)| match result {
                Ok(Ok(())) => None,
                Ok(Err(why)) => Some(format!("{name}: {why}")),
                Err(_) => Some(format!("{name}: panicked")),
            })
            .collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
