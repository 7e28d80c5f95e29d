//! A live capture of a real session on the loopback, ended by Ctrl-C. Skipped, and said to be, where capturing is not permitted.

#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

use serde_json::Value;

/// One client's session with a server of the dialect `eco`; the server's port and the client's.
fn talk() -> (u16, u16) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let server = listener.local_addr().expect("an address");
    let answering = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        let mut buffer = [0; 64];
        let length = client.read(&mut buffer).expect("a text");
        let reply = [b"Servidor recebeu: ", &buffer[..length]].concat();
        client.write_all(&reply).expect("a reply");
    });
    let mut client = TcpStream::connect(server).expect("a connection");
    client.write_all(b"bom dia").expect("a text");
    let mut reply = String::new();
    client.read_to_string(&mut reply).expect("a reply");
    assert_eq!(reply, "Servidor recebeu: bom dia");
    answering.join().expect("the server ends");
    (
        server.port(),
        client.local_addr().expect("an address").port(),
    )
}

#[test]
fn a_session_on_the_loopback_is_reported_at_ctrl_c() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_analyzer"))
        .args(["live", "lo", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut words = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut first = String::new();
    words.read_line(&mut first).expect("a line");
    if !first.starts_with("capturing on lo") {
        eprintln!("SKIPPED: {first}");
        child.wait().expect("the program ends");
        return;
    }
    let (server, client) = talk();
    let interrupt = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupt.expect("kill runs").success());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(output.status.code(), Some(0));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let conversations = report["conversations"].as_array().expect("a list");
    // Others may talk on the loopback too, even from the same port to another server.
    let (client, server) = (format!("127.0.0.1:{client}"), format!("127.0.0.1:{server}"));
    let is_ours = |one: &&Value| one["client"] == client && one["server"] == server;
    let ours = conversations
        .iter()
        .find(is_ours)
        .expect("our conversation");
    assert_eq!(ours["client_to_server"]["bytes"], 7);
    assert_eq!(ours["server_to_client"]["bytes"], 25);
}
