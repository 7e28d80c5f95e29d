//! The chat client, against the server of each kind of dialect.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use protocol::Dialect;
use reference_server::client::{Client, To};

use crate::support::{DEADLINE, serve};

fn connect(dialect: &str, address: SocketAddr) -> Client {
    let dialect = Dialect::builtin(dialect).unwrap().clone();
    Client::connect(dialect, "127.0.0.1", address.port()).unwrap()
}

/// Receives until this has come; what servers send in several writes may come in one read.
#[track_caller]
fn hears(client: &mut Client, expected: &str) {
    let mut heard = String::new();
    while !heard.contains(expected) {
        let message = client.receive(DEADLINE).unwrap();
        heard += &String::from_utf8_lossy(&message.unwrap_or_else(|| panic!("only: {heard}")));
    }
}

#[test]
fn two_clients_talk_in_a_raw_dialect() {
    let server = serve("ifsc");
    let mut ana = connect("ifsc", server.local_addr());
    assert_eq!(
        ana.connected_line(),
        Some(format!("Conectado a {}", server.local_addr()))
    );
    ana.join("ana").unwrap();
    hears(&mut ana, "para enviar a todos");
    let mut bia = connect("ifsc", server.local_addr());
    bia.join("bia").unwrap();
    hears(&mut bia, "ana Está online \n");
    ana.send(To::Everyone, "Olá!").unwrap();
    hears(&mut bia, "ana: :Olá!");
    bia.send(To::One("ana"), "só para você").unwrap();
    hears(&mut ana, "Mensagem recebida de bia: só para você");
    bia.disconnect().unwrap();
    hears(&mut ana, "bia Saiu do chat.");
    assert_eq!(
        ana.list().unwrap_err().kind(),
        ErrorKind::Unsupported,
        "IFSC has no list"
    );
}

#[test]
fn messages_come_one_by_one_where_they_have_an_end() {
    let server = serve("unb-lf");
    let mut ana = connect("unb-lf", server.local_addr());
    ana.join("ana").unwrap();
    let next = |client: &mut Client| {
        let message = client.receive(DEADLINE).unwrap().unwrap();
        String::from_utf8(message).unwrap()
    };
    assert_eq!(next(&mut ana), "200 OK - Connected: bem-vindo(a), ana.");
    ana.send(To::Everyone, "um").unwrap();
    ana.list().unwrap();
    assert_eq!(next(&mut ana), "200 OK: mensagem enviada com sucesso.");
    assert_eq!(next(&mut ana), "200 OK - User List: ana");
    assert_eq!(ana.receive(Duration::from_millis(1)).unwrap(), None);
    server.shut_down().unwrap();
    assert_eq!(
        ana.receive(DEADLINE).unwrap_err().kind(),
        ErrorKind::UnexpectedEof
    );
}

#[test]
fn a_header_goes_before_each_message() {
    let server = serve("redes2023");
    let mut ana = connect("redes2023", server.local_addr());
    ana.send(To::Everyone, "olá").unwrap();
    hears(&mut ana, "olá");
    assert_eq!(ana.join("ana").unwrap_err().kind(), ErrorKind::Unsupported);
    ana.disconnect().unwrap();
}

#[test]
fn where_no_server_is_the_dialect_says_so() {
    // Port 1 needs privileges, and nobody has wanted it for decades.
    let port = 1;
    let refused = |dialect: &str, address: &str| {
        let dialect = Dialect::builtin(dialect).unwrap().clone();
        let error = Client::connect(dialect, address, port).unwrap_err();
        error.to_string()
    };
    assert_eq!(refused("ifsc", ""), "Servidor de destino é Inválido");
    assert_eq!(
        refused("ifsc", "300.1.1.1"),
        "Servidor de destino é Inválido"
    );
    assert_eq!(refused("eco", "127.0.0.1"), "Servidor não encontrado");
    assert!(refused("unb", "127.0.0.1").starts_with(&format!("no server at 127.0.0.1:{port}: ")));
}
