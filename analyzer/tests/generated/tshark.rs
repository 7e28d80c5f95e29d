//! What tshark says of a capture: its streams, who opened them, their handshakes, and the bytes that it follows.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use super::follow::{Follow, followed};
use super::truth::{Said, Told};

const FIELDS: [&str; 11] = [
    "frame.number",
    "tcp.stream",
    "ip.src",
    "ipv6.src",
    "tcp.srcport",
    "ip.dst",
    "ipv6.dst",
    "tcp.dstport",
    "tcp.flags",
    "tcp.seq_raw",
    "tcp.ack_raw",
];

const SYN: u16 = 2;
const RST: u16 = 4;
const ACK: u16 = 16;

/// One segment.
struct Row {
    frame: u64,
    source: String,
    destination: String,
    flags: u16,
    seq: u32,
    ack: u32,
}

/// What it says of all its streams; nothing, and that aloud, where it is not installed.
pub(crate) fn told(capture: &[u8], streams: usize) -> Result<Option<Vec<Told>>, String> {
    if Command::new("tshark").arg("-v").output().is_err() {
        eprintln!("SKIPPED: tshark is not installed");
        return Ok(None);
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let path = folder.path().join("capture");
    std::fs::write(&path, capture).map_err(|error| error.to_string())?;
    printed(&path, streams).map(|text| Some(read(&text)))
}

fn printed(path: &Path, streams: usize) -> Result<String, String> {
    let mut command = Command::new("tshark");
    command.arg("-nr").arg(path).args(["-T", "fields"]);
    for field in FIELDS {
        command.args(["-e", field]);
    }
    for stream in 0..streams {
        command.args(["-z", &format!("follow,tcp,raw,{stream}")]);
    }
    let output = command.output().map_err(|error| error.to_string())?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

fn read(text: &str) -> Vec<Told> {
    let (rows, follows) = text.split_once("====").unwrap_or((text, ""));
    let mut streams: BTreeMap<usize, Vec<Row>> = BTreeMap::new();
    for (stream, row) in rows.lines().filter_map(Row::parse) {
        streams.entry(stream).or_default().push(row);
    }
    let followed = followed(follows);
    let told = streams.into_iter().map(|(number, rows)| {
        let follow = followed.get(&number).cloned().unwrap_or_default();
        of_stream(&rows, follow)
    });
    told.collect()
}

impl Row {
    /// Of tunnelled packets the innermost addresses count, which tshark writes last.
    fn parse(line: &str) -> Option<(usize, Self)> {
        let columns: Vec<&str> = line.split('\t').collect();
        let last = |at: usize| columns.get(at).and_then(|text| text.rsplit(',').next());
        let end = |v4: &str, v6: &str, port: &str| match v6 {
            "" => format!("{v4}:{port}"),
            v6 => format!("[{v6}]:{port}"),
        };
        let row = Self {
            frame: last(0)?.parse().ok()?,
            source: end(last(2)?, last(3)?, last(4)?),
            destination: end(last(5)?, last(6)?, last(7)?),
            flags: u16::from_str_radix(last(8)?.strip_prefix("0x")?, 16).ok()?,
            seq: last(9)?.parse().ok()?,
            ack: last(10)?.parse().ok()?,
        };
        Some((last(1)?.parse().ok()?, row))
    }

    fn is(&self, set: u16, clear: u16) -> bool {
        self.flags & set == set && self.flags & clear == 0
    }
}

fn of_stream(rows: &[Row], follow: Follow) -> Told {
    let syn = rows.iter().find(|row| row.is(SYN, ACK));
    let any_syn_ack = rows.iter().find(|row| row.is(SYN | ACK, 0));
    let (client, server) = match (syn, any_syn_ack) {
        (Some(row), _) => (&row.source, &row.destination),
        (None, Some(row)) => (&row.destination, &row.source),
        (None, None) => (&rows[0].source, &rows[0].destination),
    };
    let syn_ack = rows
        .iter()
        .find(|row| row.is(SYN | ACK, 0) && row.source == *server);
    let ack = syn.zip(syn_ack).and_then(|(syn, syn_ack)| {
        let answers = |row: &&Row| {
            row.frame > syn_ack.frame
                && syn.frame < syn_ack.frame
                && row.source == *client
                && row.is(ACK, SYN | RST)
                && row.ack == syn_ack.seq.wrapping_add(1)
        };
        rows.iter().find(answers)
    });
    let [first, second] = [0, 1].map(|side| Said {
        bytes: follow.said[side].clone(),
        missing: follow.missing[side],
    });
    Told {
        client: client.clone(),
        server: server.clone(),
        handshake: [syn, syn_ack, ack].map(|row| row.map(|row| row.frame)),
        said: match follow.first == *client {
            true => [first, second],
            false => [second, first],
        },
    }
}
