//! Each program of `tests/servers` does on the wire what the comment at its top says.
//!
//! That comment is a transcript, and this test plays it:
//!
//! ```text
//! # Wire transcript:
//! #   ana connects
//! #   ana < "NICK"          these bytes, and no others, are next for ana
//! #   ana > "ana"           one write
//! #   ana < silence         nothing comes
//! #   ana < end             the server closes
//! #   ana closes            (or: resets)
//! ```
//!
//! In quoted bytes `\n`, `\r`, `\0`, `\\` and `\xff` are escapes, `~` is any one byte when read, and `a*63` is 63 times `a`.

mod support;
#[path = "support/transcript.rs"]
mod transcript;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use support::{ForeignServer, servers};
use transcript::{bytes, transcript};

/// How long a reply may take: only a failing test waits this long.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long nothing must come for it to count as silence.
const QUIET: Duration = Duration::from_millis(150);

macro_rules! transcripts {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                check(concat!(stringify!($name), ".py"));
            }
        )*

        #[test]
        fn every_server_has_its_transcript_played() {
            let played: BTreeSet<String> = [$(concat!(stringify!($name), ".py").to_owned()),*].into();
            let there: BTreeSet<String> = fs::read_dir(servers())
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .filter(|name| name.ends_with(".py"))
                .collect();
            assert_eq!(played, there);
        }
    };
}

transcripts! {
    eco_threads
    ifsc_program
    redes2023_ack
    sala_program
    unb_authors
    unb_document
    unb_lf
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

#[track_caller]
fn check(file: &str) {
    let source = fs::read_to_string(servers().join(file)).expect("a readable program");
    let steps: Vec<&str> = transcript(&source).collect();
    assert!(steps.len() > 5, "{file} has no transcript worth the name");
    let Some(server) = ForeignServer::start(file) else {
        return;
    };
    let mut clients = BTreeMap::new();
    for step in steps {
        if let Err(why) = play(&mut clients, server.address(), step) {
            panic!("{file}: {step}\n{why}");
        }
    }
    for (name, client) in &mut clients {
        assert_eq!(
            left_over(client),
            "",
            "{file}: {name} got more than the transcript says"
        );
    }
}

fn play<'a>(
    clients: &mut BTreeMap<&'a str, TcpStream>,
    address: SocketAddr,
    step: &'a str,
) -> Result<(), String> {
    let (name, action) = step
        .split_once(' ')
        .ok_or("a step is a name and what it does")?;
    if action == "connects" {
        let client = TcpStream::connect(address).map_err(|error| error.to_string())?;
        client
            .set_nodelay(true)
            .map_err(|error| error.to_string())?;
        clients.insert(name, client);
        return Ok(());
    }
    let client = clients.get_mut(name).ok_or("not connected")?;
    match action.split_once(' ') {
        Some((">", quoted)) => client
            .write_all(&bytes(quoted)?)
            .map_err(|error| error.to_string()),
        Some(("<", "silence")) => expect_silence(client),
        Some(("<", "end")) => expect_end(client),
        Some(("<", quoted)) => expect_bytes(client, &bytes(quoted)?),
        None if action == "closes" => close(clients, name, None),
        None if action == "resets" => close(clients, name, Some(Duration::ZERO)),
        _ => Err("no such action".to_owned()),
    }
}

fn expect_bytes(client: &mut TcpStream, wanted: &[u8]) -> Result<(), String> {
    let mut got = Vec::new();
    let result = set_patience(client, PATIENCE)
        .take(wanted.len() as u64)
        .read_to_end(&mut got);
    let same = got.len() == wanted.len()
        && got
            .iter()
            .zip(wanted)
            .all(|(got, wanted)| got == wanted || *wanted == b'~');
    match same {
        true => Ok(()),
        false => Err(format!("got \"{}\" ({result:?})", got.escape_ascii())),
    }
}

fn expect_silence(client: &mut TcpStream) -> Result<(), String> {
    let mut byte = [0];
    match set_patience(client, QUIET).read(&mut byte) {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Ok(()),
        other => Err(format!("got {other:?}, {byte:?}")),
    }
}

/// A server that closes with bytes unread resets the connection; that is an end too.
fn expect_end(client: &mut TcpStream) -> Result<(), String> {
    let mut got = Vec::new();
    match set_patience(client, PATIENCE).read_to_end(&mut got) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => Err(error.to_string()),
        _ if got.is_empty() => Ok(()),
        _ => Err(format!("got \"{}\" before the end", got.escape_ascii())),
    }
}

fn close(
    clients: &mut BTreeMap<&str, TcpStream>,
    name: &str,
    linger: Option<Duration>,
) -> Result<(), String> {
    let client = clients.remove(name).ok_or("not connected")?;
    socket2::SockRef::from(&client)
        .set_linger(linger)
        .map_err(|error| error.to_string())
}

/// What has already come and no step claimed.
fn left_over(client: &mut TcpStream) -> String {
    let mut got = [0; 256];
    client
        .set_nonblocking(true)
        .expect("a mode that every system has");
    let length = client.read(&mut got).unwrap_or(0);
    got[..length].escape_ascii().to_string()
}

fn set_patience(client: &mut TcpStream, patience: Duration) -> &mut TcpStream {
    client
        .set_read_timeout(Some(patience))
        .expect("a read timeout that is not zero is accepted");
    client
}
