//! `harness chat` with lines from a pipe, against the reference server.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use protocol::Dialect;
use reference_server::{Options, Running, Server};

fn server(dialect: &str) -> Running {
    let dialect = Dialect::builtin(dialect)
        .expect("a built-in dialect")
        .clone();
    Server::bind(dialect, ([127, 0, 0, 1], 0).into(), Options::default())
        .and_then(Server::start)
        .expect("a free port")
}

fn chat(target: &str, dialect: &str, lines: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_harness"))
        .args(["chat", "--target", target, "--dialect", dialect])
        .args(["--nick", "ana", "--lang", "en"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program under test");
    let mut input = child.stdin.take().expect("it is piped");
    // It may be gone already, where it could not connect.
    let _ = input.write_all(lines.as_bytes());
    drop(input);
    child.wait_with_output().expect("it ends")
}

#[track_caller]
fn check(dialect: &str, lines: &str, expected: &str) {
    let server = server(dialect);
    let output = chat(&server.local_addr().to_string(), dialect, lines);
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_pipe_talks_in_turns_and_shows_bytes_on_request() {
    check(
        "unb",
        "oi\n/list\n/bytes on\n/raw \"FOO\"\n/msg bia x\n/quit\n",
        "\
prompt           NICK
welcome          200 OK - Connected
                 Bem-vindo(a), ana.
said             200 OK
                 Mensagem enviada com sucesso.
listing          200 OK - User List
                 Usuários online: ana
  -> \"FOO\"
unknown-command  404 Not Found
                 Comando desconhecido: FOO
  <- \"404 Not Found\\nComando desconhecido: FOO\"
! the dialect unb has no `tell`
  -> \"QUIT\"
bye              200 OK - Disconnecting
                 Sessão encerrada.
  <- \"200 OK - Disconnecting\\nSessão encerrada.\"
",
    );
}

#[test]
fn every_built_in_dialect_can_be_talked() {
    for (dialect, heard) in [
        ("ifsc", "delivered        ana: :oi"),
        ("redes2023", "said             oi"),
        ("eco", "said             Servidor recebeu: oi"),
        ("sala", "delivered        ana: oi"),
        ("unb-lf", "said             200 OK: mensagem"),
    ] {
        let server = server(dialect);
        let output = chat(&server.local_addr().to_string(), dialect, "oi\n");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains(heard), "{dialect}\n{text}");
    }
}

#[test]
fn nobody_there_is_said_and_is_exit_code_3() {
    let closed = server("eco");
    let target = closed.local_addr().to_string();
    closed.shut_down().expect("it stops");
    let output = chat(&target, "eco", "oi\n");
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("is the server running"), "{text}");
    let ifsc = chat(&target, "ifsc", "oi\n");
    let text = String::from_utf8_lossy(&ifsc.stderr).into_owned();
    assert!(
        text.starts_with("Servidor de destino é Inválido\n"),
        "{text}"
    );
}
