//! `harness probe` against servers that are known, and against one that means ill.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Output};

use protocol::Dialect;
use reference_server::{Options, Server};

mod support;

fn probe(address: SocketAddr, file: Option<&Path>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
    command.args(["probe", "--lang", "en", "--target", &address.to_string()]);
    if let Some(file) = file {
        command.arg("--write").arg(file);
    }
    command.output().expect("the program under test")
}

/// The answer, and the draft that was written and loads.
fn probed(address: SocketAddr) -> (String, Dialect) {
    let folder = tempfile::tempdir().expect("a folder of our own");
    let file = folder.path().join("found.toml");
    let output = probe(address, Some(&file));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
    let dialect = harness::cli::dialect::load(file.to_str().expect("a path in UTF-8"));
    (text, dialect.expect("a draft loads"))
}

#[track_caller]
fn fits(dialect: &str) {
    let served = Dialect::builtin(dialect).expect("built in").clone();
    let server = Server::bind(served, ([127, 0, 0, 1], 0).into(), Options::default())
        .and_then(Server::start)
        .expect("a free port");
    let (text, _) = probed(server.local_addr());
    assert!(
        text.contains(&format!("speaks           {dialect}: ")),
        "{text}"
    );
}

#[test]
fn unb_is_found() {
    fits("unb");
}

#[test]
fn ifsc_is_found() {
    fits("ifsc");
}

#[test]
fn eco_is_found() {
    fits("eco");
}

#[test]
fn sala_is_found() {
    fits("sala");
}

#[test]
fn lines_are_found_out() {
    let Some(server) = support::ForeignServer::start("unb_lf.py") else {
        return;
    };
    let (text, _) = probed(server.address());
    assert!(text.contains("speaks           unb: "), "{text}");
    assert!(text.contains("client           \"lf\""), "{text}");
    assert!(text.contains("server           \"lf\""), "{text}");
}

#[test]
fn an_unknown_protocol_becomes_a_draft() {
    let Some(server) = support::ForeignServer::start("wild_nul_end.py") else {
        return;
    };
    let (text, found) = probed(server.address());
    use protocol::message::CommandKind;
    let sends = |kind| {
        found
            .request(kind)
            .map(|request| request.template().source().to_owned())
    };
    assert_eq!(
        sends(CommandKind::Join).as_deref(),
        Some("NICK {nick}"),
        "{text}"
    );
    assert_eq!(
        sends(CommandKind::Say).as_deref(),
        Some("SAY {text}"),
        "{text}"
    );
    assert_eq!(sends(CommandKind::List).as_deref(), Some("LIST"), "{text}");
    assert_eq!(
        sends(CommandKind::Tell).as_deref(),
        Some("@{to} {text}"),
        "{text}"
    );
}

/// A draft says once that the server colours what it says, and is as plain as the text.
#[test]
fn colours_are_decoration() {
    let Some(server) = support::ForeignServer::start("wild_colours.py") else {
        return;
    };
    let (text, found) = probed(server.address());
    assert!(found.decoration.ansi, "{text}");
    let says = |kind: protocol::message::NoticeKind| {
        let reply = found.reply(kind).expect("it was heard");
        let forms = reply.forms.iter();
        let sources: Vec<_> = forms.map(|form| form.template.source()).collect();
        sources.join("|")
    };
    use protocol::message::NoticeKind::{Bye, Delivered, Joined, Left, Prompt, Welcome};
    assert_eq!(
        [Prompt, Welcome, Joined, Delivered, Bye, Left].map(says),
        [
            "SUBMITNAME",
            "NAMEACCEPTED {nick}",
            "+ {nick} has joined",
            "{from}: {text}",
            "goodbye",
            "- {nick} has left",
        ],
        "{text}"
    );
}

/// It floods whoever connects with an escape sequence, until it is left.
#[test]
fn a_flood_is_cut_off_and_escaped() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(
                move || {
                    while stream.write_all(b"\x1b[2Jprobeana \xff").is_ok() {}
                },
            );
        }
    });
    let (text, _) = probed(address);
    assert!(
        !text.contains('\x1b') && text.contains("probeana \\xff"),
        "{text}"
    );
}

#[test]
fn nobody_there_is_exit_code_3() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    drop(listener);
    assert_eq!(probe(address, None).status.code(), Some(3));
}
