//! Each dialect file beside the foreign servers says everything that its server says: it loads, reads back what it says itself,
//! knows every byte of what the server sends in its wire transcript, and is all that `harness run` needs to grade that server.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use harness::dialects::check::Checked;
use harness::hearing::Hearing;
use protocol::Dialect;
use protocol::diagnostic::Source;
use protocol::lang::Lang;
use protocol::matching::Supply;
use protocol::message::{NoticeKind, Phase, ReplyKind};

mod support;
#[path = "support/transcript.rs"]
mod transcript;

use support::servers;
use transcript::{bytes, transcript};

/// The programs that speak a built-in dialect.
const BUILT_IN: [(&str, &str); 6] = [
    ("eco_threads", "eco"),
    ("ifsc_program", "ifsc"),
    ("redes2023_ack", "redes2023"),
    ("sala_program", "sala"),
    ("unb_authors", "unb"),
    ("unb_document", "unb"),
];

fn files(extension: &str) -> BTreeSet<String> {
    fs::read_dir(servers())
        .expect("readable")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| {
            path.file_stem()
                .and_then(|stem| stem.to_str())
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

#[track_caller]
fn dialect(program: &str) -> Dialect {
    if let Some((_, name)) = BUILT_IN.iter().find(|(known, _)| *known == program) {
        return Dialect::builtin(name).expect("a built-in dialect").clone();
    }
    let path = servers().join(format!("{program}.toml"));
    let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{program} has no dialect"));
    match Dialect::parse(&Source::new(format!("{program}.toml"), text)) {
        Ok(dialect) => dialect,
        Err(mistakes) => panic!("{}", mistakes.render(false)),
    }
}

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

/// Without the colours, where the dialect says that there are some; none of these is cut in two.
fn stripped(dialect: &Dialect, bytes: &[u8]) -> Vec<u8> {
    if !dialect.decoration.ansi {
        return bytes.to_vec();
    }
    let mut pieces = bytes.split(|byte| *byte == 0x1b);
    let mut text = pieces.next().unwrap_or_default().to_vec();
    for piece in pieces {
        let end = piece
            .iter()
            .position(|byte| *byte == b'm')
            .expect("a colour");
        text.extend_from_slice(&piece[end + 1..]);
    }
    text
}

/// The server is graded with nothing but its dialect file, and loses no point in what these folders ask.
#[track_caller]
fn graded(program: &str) {
    let Some(server) = support::PythonServer::start(&format!("{program}.py")) else {
        return;
    };
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let folders = ["basic", "list", "private", "quit"].map(|folder| scenarios.join(folder));
    let output = Command::new(env!("CARGO_BIN_EXE_harness"))
        .arg("run")
        .args(folders)
        .args(["--lang", "en", "--target", &server.address().to_string()])
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

/// The same file serves and judges: of the reference server of a dialect nothing that applies fails.
fn serves_itself(program: &str) -> Result<(), String> {
    let output = Command::new(env!("CARGO_BIN_EXE_harness"))
        .arg("run")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios"))
        .args(["--lang", "en", "--strict", "--seed", "7", "--format", "tap"])
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
    let programs = files("toml");
    let next = std::sync::Mutex::new(programs.into_iter());
    let play = || {
        loop {
            let program = next.lock().expect("nobody panics").next();
            match program {
                Some(program) => serves_itself(&program)?,
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
                    super::graded(stringify!($name));
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
    wild_banner
    wild_colours
    wild_fixed_frames
    wild_identity
    wild_length_both
    wild_list_lines
    wild_nul_end
    wild_numbers
    wild_patio
    wild_prompt
    wild_timestamps
    wild_two_steps
}
