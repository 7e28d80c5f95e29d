//! Each dialect file beside the foreign servers says everything that its server says: it loads, reads back what it says itself,
//! knows every byte of what the server sends in its wire transcript, and is all that `harness run` needs to grade that server.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use harness::dialects::check::Checked;
use harness::hearing::Hearing;
use protocol::Dialect;
use protocol::decoration::Stripper;
use protocol::diagnostic::Source;
use protocol::lang::Lang;
use protocol::matching::Supply;
use protocol::message::{NoticeKind, Phase, ReplyKind};
use reference_server::{Options, Pacing, Server};

#[path = "support/dialects.rs"]
mod dialects;
mod support;
#[path = "support/transcript.rs"]
mod transcript;

use dialects::{dialect, files};
use support::servers;
use transcript::{bytes, transcript};

#[test]
fn every_dialect_reads_back_what_it_says() {
    for program in files("toml") {
        let dialect = dialect(&program);
        let checked = Checked::new(&dialect);
        assert!(checked.is_sound(), "{}", checked.render(Lang::En));
    }
}

#[test]
fn every_byte_of_every_server_is_known_to_its_dialect() {
    for program in files("py") {
        check(&program);
    }
}

#[track_caller]
fn check(program: &str) {
    let dialect = dialect(program);
    let source = fs::read_to_string(servers().join(format!("{program}.py"))).expect("readable");
    let mut clients = BTreeMap::new();
    for line in transcript(&source) {
        let (name, action) = line.split_once(' ').expect("a name and what it does");
        let result = match action.split_once(' ') {
            None if action == "connects" => {
                clients.insert(name, Client::new(&dialect));
                Ok(())
            }
            Some(("<", quoted)) if quoted.starts_with('"') => {
                let client = clients.get_mut(name).expect("it connected");
                // Any byte will do where the transcript leaves it open; it does so for the digits of times.
                client.receive(&bytes(&quoted.replace('~', "1")).expect("quoted bytes"))
            }
            _ => Ok(()),
        };
        assert_eq!(result, Ok(()), "{program}: {line}");
    }
}

/// One client's side of the transcript.
struct Client<'d> {
    dialect: &'d Dialect,
    hearing: Hearing<'d>,
    phase: Phase,
}

impl<'d> Client<'d> {
    fn new(dialect: &'d Dialect) -> Self {
        let joins = dialect
            .request(protocol::message::CommandKind::Join)
            .is_some();
        let welcomes = dialect.reply(NoticeKind::Welcome).is_some();
        Self {
            dialect,
            hearing: Hearing::new(dialect),
            phase: if joins || welcomes {
                Phase::Joining
            } else {
                Phase::Chatting
            },
        }
    }

    /// Everything that came is a message that the dialect knows, of the phase in which the client is.
    fn receive(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.hearing.receive(&stripped(self.dialect, bytes));
        while let Some(heard) = self.hearing.next(self.phase, Supply::Settled) {
            let shown = protocol::quote::quote(&heard.bytes).to_string();
            if !heard.is_known {
                return Err(format!("nobody knows {shown}"));
            }
            let welcome = ReplyKind::Notice(NoticeKind::Welcome);
            if self.phase == Phase::Joining && heard.kind == Some(welcome) {
                self.phase = Phase::Chatting;
            }
        }
        Ok(())
    }
}

/// Without what decorates, where the dialect says that something does; no sequence of these is cut in two.
fn stripped(dialect: &Dialect, bytes: &[u8]) -> Vec<u8> {
    let mut bare = Vec::new();
    Stripper::new(dialect.decoration).strip(bytes, &mut bare);
    bare
}

/// What these programs do as their dialects say; the rest of the suite asks for more than they were written for.
const GRADED: [&str; 6] = ["basic", "errors", "joining", "list", "private", "quit"];

/// The server is graded with nothing but its dialect file, and loses no point in what these folders ask.
#[track_caller]
fn graded(program: &str, folders: &[&str]) {
    let Some(server) = support::ForeignServer::start(&format!("{program}.py")) else {
        return;
    };
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let folders = folders.iter().map(|folder| scenarios.join(folder));
    let output = Command::new(env!("CARGO_BIN_EXE_harness"))
        .arg("run")
        .args(folders)
        .args(["--lang", "en", "--target", &server.address().to_string()])
        // A machine with much else to do is slow.
        .args(["--time-scale", "4"])
        .arg("--dialect")
        .arg(servers().join(format!("{program}.toml")))
        .output()
        .expect("the program under test");
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && !report.contains("✗ fail"),
        "{program}\n{report}"
    );
}

#[test]
fn who_is_told_late_of_an_odd_name_accuses_nobody() {
    graded("wild_reaper", &["names", "notices"]);
}

/// Who says nothing for as long as the dialect's `idle` is closed: by the bench, and by the reference server of its dialect.
#[test]
fn who_falls_asleep_on_the_bench_is_closed() {
    let text = fs::read_to_string(servers().join("wild_bench.toml")).expect("readable");
    assert!(text.contains("idle = 30"), "{text}");
    let source = Source::new("wild_bench.toml", text.replace("idle = 30", "idle = 1"));
    let dialect = Dialect::parse(&source).unwrap_or_else(|wrong| panic!("{wrong}"));
    let reference = Server::bind(dialect, ([127, 0, 0, 1], 0).into(), Options::default())
        .and_then(Server::start)
        .expect("a free port");
    closes_the_silent(reference.local_addr());
    let bench = servers().join("wild_bench.py");
    if let Some(bench) = support::ForeignServer::start_at(&bench, &["1"]) {
        closes_the_silent(bench.address());
    }
}

#[track_caller]
fn closes_the_silent(address: SocketAddr) {
    const NEVER: Duration = Duration::from_secs(60);
    let mut ana = TcpStream::connect(address).expect("it listens");
    ana.set_read_timeout(Some(NEVER)).expect("a socket");
    ana.write_all(b"hello ana\n").expect("it is there");
    let mut heard = Vec::new();
    ana.read_to_end(&mut heard).expect("it closes in time");
    assert_eq!(heard, b"sit down, ana\n");
}

/// The same file serves and judges: of the reference server of a dialect nothing that applies fails.
fn serves_itself(program: &str, pacing: Pacing) -> Result<(), String> {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let asked = match (program, pacing) {
        // Hardly anything that is asked of it has a reply, and no reply has an end: each step is a wait.
        ("wild_address", _) | (_, Pacing::Split) => {
            GRADED.map(|folder| scenarios.join(folder)).to_vec()
        }
        _ => vec![scenarios],
    };
    let options = Options {
        pacing,
        ..Options::default()
    };
    let server = Server::bind(dialect(program), ([127, 0, 0, 1], 0).into(), options)
        .and_then(Server::start)
        .expect("a free port");
    let output = Command::new(env!("CARGO_BIN_EXE_harness"))
        .arg("run")
        .args(asked)
        .args(["--lang", "en", "--strict", "--seed", "7", "--format", "tap"])
        .args(["--target", &server.local_addr().to_string()])
        // A machine with much else to do is slow.
        .args(["--time-scale", "4"])
        .arg("--dialect")
        .arg(servers().join(format!("{program}.toml")))
        .output()
        .expect("the program under test");
    let report = String::from_utf8_lossy(&output.stdout);
    let bad: Vec<_> = report
        .lines()
        .filter(|line| line.starts_with("not ok"))
        .collect();
    match output.status.success() && bad.is_empty() && report.contains("\nok ") {
        true => Ok(()),
        false => Err(format!("{program}\n{bad:#?}\n{report}")),
    }
}

#[test]
fn every_wild_dialect_passes_against_its_own_reference_server() {
    all_serve_themselves(Pacing::AtOnce);
}

#[test]
fn what_comes_in_two_writes_accuses_no_wild_dialect() {
    all_serve_themselves(Pacing::Split);
}

#[track_caller]
fn all_serve_themselves(pacing: Pacing) {
    let programs = files("toml");
    let next = std::sync::Mutex::new(programs.into_iter());
    let play = || {
        loop {
            let program = next.lock().expect("nobody panics").next();
            match program {
                Some(program) => serves_itself(&program, pacing)?,
                None => return Ok(()),
            }
        }
    };
    // Most of the time is waiting.
    std::thread::scope(|scope| {
        let players: Vec<_> = (0..4).map(|_| scope.spawn(play)).collect();
        for player in players {
            let result: Result<(), String> = player.join().expect("nobody panics");
            if let Err(why) = result {
                panic!("{why}");
            }
        }
    });
}

macro_rules! graded {
    ($($name:ident)*) => {
        mod is_graded {
            $(
                #[test]
                fn $name() {
                    super::graded(stringify!($name), &super::GRADED);
                }
            )*
        }

        #[test]
        fn every_wild_server_is_graded() {
            let graded: BTreeSet<String> = [$(stringify!($name).to_owned()),*].into();
            let wild = files("py").into_iter().filter(|name| name.starts_with("wild_"));
            assert_eq!(wild.collect::<BTreeSet<_>>(), graded);
        }
    };
}

graded! {
    wild_address
    wild_banner
    wild_bench
    wild_circuit
    wild_colours
    wild_fixed_frames
    wild_identity
    wild_length_both
    wild_list_lines
    wild_lobby
    wild_nul_end
    wild_numbers
    wild_patio
    wild_prompt
    wild_reaper
    wild_secret
    wild_teletype
    wild_timestamps
    wild_two_steps
}
