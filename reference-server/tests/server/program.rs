//! The program itself: what it prints, and how it ends.

#[cfg(unix)]
use std::io::Read as _;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

use crate::support::Client;

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_reference-server"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A program that serves; killed at the end of its test.
struct Serving {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Serving {
    fn start(dialect: &str) -> Self {
        let mut child = program(&["--dialect", dialect, "--listen", "127.0.0.1:0"])
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line
    }

    /// The address in its first line.
    fn address(&mut self, dialect: &str) -> std::net::SocketAddr {
        let line = self.line();
        let address = line
            .strip_prefix("listening on ")
            .and_then(|rest| rest.strip_suffix(&format!(" (dialect {dialect})\n")));
        address.unwrap_or_else(|| panic!("{line}")).parse().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_prints_where_it_listens_and_who_connects() {
    let mut server = Serving::start("ifsc");
    let mut client = Client::connect(server.address("ifsc"));
    client.expect("Digite seu apelido");
    let local = client.stream.local_addr().unwrap();
    assert_eq!(server.line(), format!("Conexão de {local}\n"));

    let mut server = Serving::start("redes2023");
    let _first = Client::connect(server.address("redes2023"));
    assert_eq!(server.line(), "Conexões ativas: 1\n");
}

#[cfg(unix)]
#[test]
fn it_ends_politely_when_interrupted() {
    let mut server = Serving::start("unb");
    let mut client = Client::connect(server.address("unb"));
    client.expect("NICK");
    let killed = Command::new("kill")
        .args(["-INT", &server.child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    client.expect_end();
    assert!(server.child.wait().unwrap().success());
    let mut rest = String::new();
    server.lines.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}

#[track_caller]
fn refuses(arguments: &[&str], code: i32, message: &str) {
    let Output {
        status,
        stdout,
        stderr,
    } = program(arguments).output().unwrap();
    let shown = String::from_utf8_lossy(&stderr).into_owned();
    assert_eq!((status.code(), &*shown), (Some(code), message));
    assert_eq!(stdout, b"");
}

#[test]
fn what_cannot_be_served_is_said_in_one_message() {
    refuses(
        &["--dialect", "ifsc", "--listen", "300.1.1.1:5001"],
        2,
        "Erro 05: Endereço IP do servidor é inválido\n",
    );
    refuses(
        &["--dialect", "ifsc", "--listen", "192.0.2.1:0"],
        3,
        "Erro 05: Endereço IP do servidor é inválido\n",
    );
    refuses(
        &["--listen", "nowhere:x"],
        2,
        "`nowhere:x` is no address\nwrite it as `127.0.0.1:55555`\n",
    );
    refuses(
        &["--dialect", "unbb"],
        2,
        "error: no dialect `unbb`\n |\n = help: did you mean `unb`?\n",
    );
    #[cfg(unix)]
    refuses(
        &["--dialect", "/"],
        2,
        "error: cannot read the dialect `/`: it is a folder\n |\n = help: give the dialect file in this folder\n",
    );
}

/// What takes no output is told, in both languages.
#[cfg(target_os = "linux")]
#[test]
fn a_list_that_cannot_be_written_is_an_error() {
    let told = [
        ("pt-BR", "a lista não pôde ser escrita: "),
        ("en", "the list could not be written: "),
    ];
    for (lang, what) in told {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = program(&["--list-faults", "--lang", lang])
            .stdout(full)
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.starts_with(what), "{error}");
        assert_eq!(output.status.code(), Some(5));
    }
}
