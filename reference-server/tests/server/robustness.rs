//! What hostile and unlucky clients do, and that nobody else suffers.

use std::io::ErrorKind;
use std::net::SocketAddr;

use protocol::Dialect;
use protocol::diagnostic::Source;
use reference_server::{Options, Server};

use crate::support::{Client, extended, serve, serve_dialect};

const SAID: &str = "200 OK: mensagem enviada com sucesso.\n";

/// A client of the line-delimited `unb` that has joined.
fn join(address: SocketAddr, nick: &str) -> Client {
    let mut client = Client::connect(address);
    client.expect("NICK\n");
    client.ask(
        format!("{nick}\n"),
        format!("200 OK - Connected: bem-vindo(a), {nick}.\n"),
    );
    client
}

#[test]
fn lines_may_come_together_or_in_pieces() {
    let server = serve("unb-lf");
    let mut ana = Client::connect(server.local_addr());
    ana.expect("NICK\n");
    ana.ask(
        "ana\nMSG um\nLIST\nMSG d",
        [
            "200 OK - Connected: bem-vindo(a), ana.\n",
            SAID,
            "200 OK - User List: ana\n",
        ]
        .concat(),
    );
    for byte in "ois ção\n".bytes() {
        ana.send([byte]);
    }
    ana.expect(SAID);
}

/// `unb` in lines with the shortest replies, and limits of its own.
fn terse(limits: &str) -> Dialect {
    let keys = r#"
[framing]
client = "lf"
server = "lf"

[server]
welcome = "200 OK - Connected"
said = "200 OK"

[error]
unknown-command = "404 {command}"
malformed = "400"

[limits]
"#;
    extended("unb", &format!("{keys}{limits}"))
}

/// A member of such a server.
fn join_terse(address: SocketAddr, nick: &str) -> Client {
    let mut client = Client::connect(address);
    client.expect("NICK\n");
    client.ask(format!("{nick}\n"), "200 OK - Connected\n");
    client
}

/// Two members of a server that treats too long a line in some way; the first is about to send one.
fn two_with(beyond: &str) -> (reference_server::Running, Client, Client) {
    let server = serve_dialect(terse(&format!("beyond = \"{beyond}\"")));
    let mut ana = join_terse(server.local_addr(), "ana");
    let bia = join_terse(server.local_addr(), "bia");
    ana.expect("bia entrou no chat!\n");
    (server, ana, bia)
}

const MALFORMED: &str = "400\n";

#[test]
fn a_line_that_never_ends_closes_that_connection_alone() {
    let (_server, mut ana, mut bia) = two_with("close");
    // The server may close before it has read all of it.
    let _ = std::io::Write::write_all(&mut ana.stream, &vec![b'x'; 3 * 1024 * 1024]);
    ana.expect_gone();
    bia.expect("[ana] saiu do chat.\n");
    bia.ask("MSG oi\n", "200 OK\n");
}

#[test]
fn a_line_beyond_the_limit_is_refused_and_the_next_one_understood() {
    let (_server, mut ana, mut bia) = two_with("error");
    ana.send(vec![b'x'; 3 * 1024 * 1024]);
    ana.expect(MALFORMED);
    bia.ask("MSG oi\n", "200 OK\n");
    ana.expect("[bia]: oi\n");
    ana.ask("\nMSG olá\n", "200 OK\n");
    bia.expect("[ana]: olá\n");
}

#[test]
fn a_line_beyond_the_limit_is_cut_where_the_dialect_says_so() {
    let long = format!("MSG {}\nMSG oi\n", "x".repeat(5000));
    let (_server, mut ana, mut bia) = two_with("truncate");
    ana.ask(&long, "200 OK\n200 OK\n");
    bia.expect(format!("[ana]: {}\n[ana]: oi\n", "x".repeat(1020)));

    let (_server, mut ana, mut bia) = two_with("pieces");
    ana.send(&long);
    bia.expect(format!("[ana]: {}\n[ana]: oi\n", "x".repeat(1020)));
}

#[test]
fn bytes_that_are_no_text_fare_as_the_dialect_says() {
    let with = |invalid: &str| {
        let server = serve_dialect(terse(&format!("invalid = \"{invalid}\"")));
        let mut ana = join_terse(server.local_addr(), "ana");
        ana.send(b"\xff\n");
        (server, ana)
    };
    with("pass").1.expect(b"404 \xff\n");
    with("replace").1.expect("404 \u{fffd}\n");
    with("refuse").1.expect(MALFORMED);
    let (_server, mut ana) = with("close");
    ana.expect(MALFORMED);
    ana.expect_end();
}

#[test]
fn a_hostile_header_closes_that_connection_alone() {
    let server = serve("redes2023");
    let mut ana = Client::connect(server.local_addr());
    let header = |text: &str| format!("{text:<64}");
    for hostile in [
        "abc",
        "-5",
        "",
        "1e3",
        "99999999999999999999999",
        "2000",
        "0x10",
    ] {
        let mut bia = Client::connect(server.local_addr());
        bia.send(header(hostile) + "oi");
        bia.expect_gone();
        ana.ask(header("4") + "olá", "olá");
    }
    ana.ask(header("2") + ":D", "");
    ana.expect_end();
}

#[test]
fn whoever_resets_is_gone_and_the_others_go_on() {
    let server = serve("unb-lf");
    let mut ana = join(server.local_addr(), "ana");
    let before_joining = Client::connect(server.local_addr());
    let bia = join(server.local_addr(), "bia");
    ana.expect("bia entrou no chat!\n");
    for client in [before_joining, bia] {
        socket2::SockRef::from(&client.stream)
            .set_linger(Some(std::time::Duration::ZERO))
            .unwrap();
    }
    ana.expect("[bia] saiu do chat.\n");
    ana.ask("LIST\n", "200 OK - User List: ana\n");
}

#[test]
fn a_client_that_does_not_read_slows_nobody_and_is_cut_off() {
    let dialect = terse("message = 65536");
    let options = Options {
        queue: 256 * 1024,
        ..Options::default()
    };
    let server = Server::bind(dialect, ([127, 0, 0, 1], 0).into(), options);
    let server = server.unwrap().start().unwrap();
    let mut ana = join_terse(server.local_addr(), "ana");
    let mut bia = join_terse(server.local_addr(), "bia");
    ana.expect("bia entrou no chat!\n");
    let mut stalled = join_terse(server.local_addr(), "caio");
    ana.expect("caio entrou no chat!\n");
    bia.expect("caio entrou no chat!\n");

    let text = "x".repeat(60_000);
    let delivered = format!("[ana]: {text}");
    let mut is_cut_off = false;
    for _ in 0..2_000 {
        ana.send(format!("MSG {text}\n"));
        for (client, expected) in [(&mut ana, "200 OK"), (&mut bia, &delivered)] {
            loop {
                match &*client.line() {
                    "[caio] saiu do chat." => is_cut_off = true,
                    line => break assert_eq!(line, expected),
                }
            }
        }
        if is_cut_off {
            break;
        }
    }
    assert!(is_cut_off, "120 MB wait for a client that does not read");
    // Its socket is closed although it still takes nothing. How soon the other end shows that, each system decides.
    if cfg!(target_os = "linux") {
        let end = (0..10_000).find_map(|_| {
            ana.ask("MSG oi\n", "200 OK\n");
            stalled.stream.take_error().unwrap()
        });
        assert_eq!(
            end.map(|error| error.kind()),
            Some(ErrorKind::ConnectionReset)
        );
    }
    stalled.expect_gone();
}

/// A dialect in which everybody hears everything, the sender too, and nothing is acknowledged.
fn loud() -> Dialect {
    let file = r#"
name = "loud"
port = 7000

[framing]
client = "lf"
server = "lf"

[client]
join = "{nick}"
say = "say {text}"
list = "list"
quit = "quit"

[server]
welcome = "welcome"
joined = "{nick} is here"
bye = "bye"
left = "{nick} is gone"

[server.listing]
text = "here: {names}"

[server.delivered]
text = "{from}: {text}"
to = "everyone"
"#;
    Dialect::parse(&Source::new("loud.toml", file)).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn what_comes_at_once_is_heard_in_its_order_by_those_who_are_there() {
    let server = serve_dialect(loud());
    let mut ana = Client::connect(server.local_addr());
    ana.ask("ana\n", "welcome\n");
    let mut bia = Client::connect(server.local_addr());
    bia.ask("bia\n", "welcome\n");
    ana.expect("bia is here\n");
    ana.ask(
        "say 1\nsay 2\nlist\nsay 3\nsay 4\nquit\nsay 5\n",
        "ana: 1\nana: 2\nhere: ana, bia\nana: 3\nana: 4\nbye\n",
    );
    ana.finish();
    ana.expect_end();
    bia.expect("ana: 1\nana: 2\nana: 3\nana: 4\nana is gone\n");
    let mut caio = Client::connect(server.local_addr());
    caio.ask("caio\nsay 6\nsay 7\n", "welcome\ncaio: 6\ncaio: 7\n");
    bia.ask("say 8\n", "caio is here\ncaio: 6\ncaio: 7\nbia: 8\n");
}

#[test]
fn many_messages_at_once_reach_everybody_but_who_does_not_read() {
    const TOGETHER: usize = 10_000;
    let server = serve_dialect(loud());
    let mut ana = Client::connect(server.local_addr());
    ana.ask("ana\n", "welcome\n");
    let mut bia = Client::connect(server.local_addr());
    bia.ask("bia\n", "welcome\n");
    ana.expect("bia is here\n");
    let mut stalled = Client::connect(server.local_addr());
    stalled.ask("caio\n", "welcome\n");
    for client in [&mut ana, &mut bia] {
        client.expect("caio is here\n");
    }
    let mut is_cut_off = false;
    for _ in 0..200 {
        ana.send("say olá\n".repeat(TOGETHER));
        for client in [&mut ana, &mut bia] {
            let mut heard = 0;
            while heard < TOGETHER {
                match &*client.line() {
                    "caio is gone" => is_cut_off = true,
                    line => {
                        assert_eq!(line, "ana: olá");
                        heard += 1;
                    }
                }
            }
        }
        if is_cut_off {
            break;
        }
    }
    assert!(is_cut_off, "20 MB wait for a client that does not read");
    stalled.expect_gone();
}

#[test]
fn two_hundred_clients_hear_everything_once() {
    const CLIENTS: usize = 200;
    let server = serve_dialect(terse("message = 1024"));
    let mut clients: Vec<_> = (0..CLIENTS)
        .map(|i| {
            let mut client = Client::connect(server.local_addr());
            client.expect("NICK\n");
            client.send(format!("c{i:03}\n"));
            client
        })
        .collect();
    // Joins arrive in any order: each hears its welcome, and who joined after it.
    for client in &mut clients {
        while client.line() != "200 OK - Connected" {}
    }
    for (i, client) in clients.iter_mut().enumerate() {
        client.send(format!("MSG de {i}\n"));
    }
    for (i, client) in clients.iter_mut().enumerate() {
        let mut heard: Vec<String> = Vec::new();
        while heard.len() < CLIENTS {
            let line = client.line();
            if !line.ends_with(" entrou no chat!") {
                heard.push(line);
            }
        }
        let mut expected: Vec<String> = (0..CLIENTS)
            .filter(|other| *other != i)
            .map(|other| format!("[c{other:03}]: de {other}"))
            .collect();
        expected.push("200 OK".to_owned());
        heard.sort();
        expected.sort();
        assert_eq!(heard, expected);
    }
}

#[test]
fn one_client_too_many_is_closed_and_a_place_is_free_again() {
    let server = serve_dialect(terse("clients = 2"));
    let _ana = join_terse(server.local_addr(), "ana");
    let mut bia = join_terse(server.local_addr(), "bia");
    Client::connect(server.local_addr()).expect_gone();
    bia.ask("QUIT\n", "200 OK - Disconnecting\nSessão encerrada.\n");
    bia.expect_end();
    drop(bia);
    // The place is free once the server has seen the end too: until then it closes.
    for _ in 0..1_000 {
        let mut caio = Client::connect(server.local_addr());
        if caio.try_byte() == Some(b'N') {
            caio.expect("ICK\n");
            return;
        }
    }
    panic!("no place is free");
}

#[test]
fn a_silent_client_is_closed_where_the_dialect_has_an_idle_limit() {
    let server = serve_dialect(terse("idle = 1"));
    let mut ana = join_terse(server.local_addr(), "ana");
    ana.expect_end();
}

#[test]
fn a_server_that_ends_sends_what_waits_and_closes() {
    let server = serve_dialect(terse("message = 1024"));
    let mut ana = join_terse(server.local_addr(), "ana");
    let mut newcomer = Client::connect(server.local_addr());
    newcomer.expect("NICK\n");
    ana.ask("MSG oi\n", "200 OK\n");
    server.shut_down().unwrap();
    ana.expect_end();
    newcomer.expect_end();
}
