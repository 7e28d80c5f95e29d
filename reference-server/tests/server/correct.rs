//! Slow servers, and servers that send in pieces or glue, are correct all the same.

use std::time::Duration;

use protocol::Dialect;
use reference_server::{Options, Pacing, Running, Server};

use crate::support::Client;

fn serve_with(options: Options) -> Running {
    let dialect = Dialect::builtin("unb").unwrap().clone();
    let server = Server::bind(dialect, ([127, 0, 0, 1], 0).into(), options);
    server.unwrap().start().unwrap()
}

#[track_caller]
fn serves(options: Options) {
    let server = serve_with(options);
    let join = |nick: &str| {
        let mut client = Client::connect(server.local_addr());
        client.expect("NICK");
        client.ask(nick, format!("200 OK - Connected\nBem-vindo(a), {nick}."));
        client
    };
    let mut ana = join("ana");
    let mut bia = join("bia");
    ana.expect("bia entrou no chat!");
    for text in ["um", "dois", "três"] {
        ana.ask(
            format!("MSG {text}"),
            "200 OK\nMensagem enviada com sucesso.",
        );
        bia.expect(format!("[ana]: {text}"));
    }
    bia.ask("QUIT", "200 OK - Disconnecting\nSessão encerrada.");
    bia.expect_end();
    ana.expect("[bia] saiu do chat.");
}

#[test]
fn a_slow_server_says_the_same() {
    serves(Options {
        delay: Duration::from_millis(20),
        ..Options::default()
    });
}

#[test]
fn a_server_that_sends_otherwise_says_the_same() {
    for pacing in [Pacing::Trickle, Pacing::Split, Pacing::Glue] {
        serves(Options {
            pacing,
            ..Options::default()
        });
    }
}
