//! Each event of TCP by itself, with the dialect `eco` as what is said.

mod closing;
mod opening;
mod transfer;

use super::script::{Capture, Link, Session, Tape};

pub(super) fn all() -> Vec<Capture> {
    [opening::all(), transfer::all(), closing::all()]
        .into_iter()
        .flatten()
        .collect()
}

/// A capture of one session on Ethernet.
fn pcap(name: &str, about: &'static str, script: impl FnOnce(&mut Session<'_>)) -> Capture {
    Capture::pcap(name, about, recorded(script))
}

/// The same, as pcapng.
fn pcapng(name: &str, about: &'static str, script: impl FnOnce(&mut Session<'_>)) -> Capture {
    Capture::pcapng(name, about, recorded(script))
}

fn recorded(script: impl FnOnce(&mut Session<'_>)) -> Tape {
    let tape = Tape::new(Link::Ethernet);
    script(&mut session(&tape, 42_020));
    tape
}

fn session(tape: &Tape, port: u16) -> Session<'_> {
    Session::new(tape, port, 8888)
}

fn echo(text: &str) -> String {
    format!("Servidor recebeu: {text}")
}
