//! Writes a large capture of chat traffic, the same for the same arguments, to measure the analyzer and its peers on:
//!
//! ```text
//! cargo run --release -p analyzer --example make_large -- --size 1GiB --format pcapng --clients 5000 out.pcapng
//! ```
//!
//! Thousands of clients in rooms of five speak the dialect `unb`. Connections begin with a handshake and most end with
//! a teardown; some segments are lost, sent again, or overtaken. What was written is counted on standard error.

mod network;
mod room;
mod text;
mod writer;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use network::Network;
use room::Room;
use text::Dice;
use writer::CaptureWriter;

/// Write a large capture of chat traffic, from a seed.
#[derive(Parser)]
struct Arguments {
    /// Size of the file, such as `1GiB`, `200MB` or a number of bytes; the last conversation may exceed it a little
    #[arg(long, default_value = "200MiB", value_parser = parse_size)]
    size: u64,
    /// Format of the file
    #[arg(long, value_enum, default_value_t = Format::Pcapng)]
    format: Format,
    /// The same seed gives the same file
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Clients that are connected at a time
    #[arg(long, default_value_t = 5000)]
    clients: u32,
    /// The file to write, or `-` for standard output
    output: PathBuf,
}

/// What kind of file is written.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// Classic, microseconds, little-endian
    Pcap,
    /// One section, one interface, microseconds, little-endian
    Pcapng,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match write(&arguments) {
        Ok(summary) => {
            eprintln!("{summary}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!(
                "error: cannot write `{}`: {error}",
                arguments.output.display()
            );
            ExitCode::FAILURE
        }
    }
}

fn write(arguments: &Arguments) -> io::Result<String> {
    let output: Box<dyn Write> = match arguments.output.as_os_str().as_encoded_bytes() {
        b"-" => Box::new(io::stdout().lock()),
        _ => Box::new(File::create(&arguments.output)?),
    };
    let writer = CaptureWriter::new(BufWriter::with_capacity(1 << 20, output), arguments.format)?;
    let mut network = Network::new(writer, Dice::new(arguments.seed));
    let count = arguments
        .clients
        .div_ceil(room::MEMBERS)
        .clamp(1, room::MOST);
    let mut rooms: Vec<Room> = (0..count).map(Room::new).collect();
    while network.written() < arguments.size {
        let chosen = network.dice.below(count) as usize;
        if let Some(room) = rooms.get_mut(chosen) {
            room.act(&mut network)?;
        }
    }
    network.finish()
}

/// A number with a unit of bytes.
fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..).unwrap_or_default() {
        "" | "B" => 1,
        "kB" => 1000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        other => return Err(format!("unknown unit `{other}`, try MiB or GiB")),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| format!("expected a number, found `{digits}`"))?;
    number
        .checked_mul(unit)
        .ok_or_else(|| "too large".to_owned())
}
