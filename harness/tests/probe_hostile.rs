//! `harness probe` against servers that mean ill: it ends, what it writes loads, and nothing of theirs is obeyed by the terminal.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Several times what a probe may take in all: one that takes longer does not end.
const NEVER: Duration = Duration::from_secs(240);

/// Serves every connection so, in a thread of its own.
fn serving(serve: fn(TcpStream)) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || serve(stream));
        }
    });
    address
}

/// The page of a probe that ends in time, writes a draft that loads, and shows nothing that a terminal obeys.
#[track_caller]
fn probed(serve: fn(TcpStream)) -> String {
    let folder = tempfile::tempdir().expect("a folder of our own");
    let file = folder.path().join("found.toml");
    let began = Instant::now();
    let child = Command::new(env!("CARGO_BIN_EXE_harness"))
        .args([
            "probe",
            "--lang",
            "en",
            "--target",
            &serving(serve).to_string(),
            "--write",
        ])
        .arg(&file)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program under test");
    let output = child.wait_with_output().expect("it ends");
    assert!(began.elapsed() < NEVER, "it took {:?}", began.elapsed());
    let page = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{page}");
    let is_obeyed = |c: char| c.is_control() && c != '\n';
    assert!(!page.contains(is_obeyed), "{page}");
    let draft = std::fs::read_to_string(&file).expect("a draft");
    assert!(!draft.contains(is_obeyed), "{draft}");
    let loaded = harness::cli::dialect::load(file.to_str().expect("a path in UTF-8"));
    assert!(loaded.is_ok(), "{draft}");
    page
}

/// Reads until the other side is gone.
fn read_on(mut stream: TcpStream) {
    let mut buffer = [0; 1024];
    while stream.read(&mut buffer).is_ok_and(|len| len > 0) {}
}

#[test]
fn a_server_that_says_nothing_is_called_mute() {
    let page = probed(read_on);
    assert!(page.contains("answers nothing of what was tried"), "{page}");
}

#[test]
fn a_server_that_closes_at_once_is_said_to() {
    let page = probed(drop);
    assert!(
        page.contains("closes the connection without a word"),
        "{page}"
    );
}

#[test]
fn a_gigabyte_is_not_kept() {
    probed(|mut stream| {
        let block = [b'x'; 64 * 1024];
        for _ in 0..16 * 1024 {
            if stream.write_all(&block).is_err() {
                return;
            }
        }
        read_on(stream);
    });
}

#[test]
fn a_byte_a_second_does_not_hold_it_up() {
    probed(|mut stream| {
        let (_never, clock) = mpsc::channel::<()>();
        while stream.write_all(b"x").is_ok() {
            let _ = clock.recv_timeout(Duration::from_secs(1));
        }
    });
}

/// Bytes that are no text, quotes and brackets that would end a TOML string, and escape sequences in every answer.
#[test]
fn what_it_says_is_quoted() {
    probed(|mut stream| {
        let mut buffer = [0; 1024];
        let nasty = b"\x1b]0;mine\x07\"\"\"\n[client]\nsay = \"{text\r\x9b2J\xff\xe2\x80\xae";
        while stream.write_all(nasty).is_ok() {
            match stream.read(&mut buffer) {
                Ok(len) if len > 0 => {
                    if stream.write_all(&buffer[..len]).is_err() {
                        return;
                    }
                }
                _ => return,
            }
        }
    });
}
