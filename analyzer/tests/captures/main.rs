//! The captures of `captures/`: the folder is what the code writes, tshark agrees with it, each has its reports as
//! snapshots, and no cut or damaged copy of one brings the analyzer down.

mod allocation;
#[path = "../../examples/make_captures/catalogue/mod.rs"]
mod catalogue;
mod damage;
mod damaged;
mod folder;
#[path = "../support/follow.rs"]
mod follow;
mod reports;
mod truth;
mod tshark;

use std::io::Cursor;
use std::path::PathBuf;

use analyzer::analysis::{Analysis, analyse};
use analyzer::capture::{self, OpenError, Reader};
use analyzer::choice::Wish;
use analyzer::survey::Options;
use protocol::Dialect;

/// Where the captures lie.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../captures")
}

fn read(bytes: &[u8]) -> Result<Reader, OpenError> {
    capture::read(Cursor::new(bytes.to_vec()))
}

/// As the program does it without options; nothing if it is no capture.
fn analysed(name: &str, bytes: &[u8]) -> Option<Analysis<'static>> {
    let name = name.rsplit('/').next().map(str::to_owned);
    let options = Options {
        digests: true,
        ..Options::default()
    };
    let wish = Wish::any(Dialect::builtins());
    Some(analyse(read(bytes).ok()?, name, options, wish))
}
