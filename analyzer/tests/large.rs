//! Captures with more than is told one by one: generated as those of the benchmark, only smaller.

#[path = "../examples/make_large/network.rs"]
mod network;
#[path = "../examples/make_large/room.rs"]
mod room;
#[path = "../examples/make_large/text.rs"]
mod text;
#[path = "../examples/make_large/writer.rs"]
mod writer;

use std::io::{Cursor, Write};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use analyzer::analysis::{Analysis, analyse};
use analyzer::capture;
use analyzer::choice::Wish;
use analyzer::conversation::Direction as Way;
use analyzer::dissect::{Counter, Counts, Dissector, Message, Said};
use analyzer::report::json;
use analyzer::stream::Stream;
use analyzer::survey::Options;
use network::Network;
use protocol::Dialect;
use protocol::message::Direction;
use room::Room;
use text::Dice;
use writer::CaptureWriter;

/// What kind of file is written.
#[derive(Clone, Copy)]
enum Format {
    Pcap,
    Pcapng,
}

/// Bytes that a writer leaves behind.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .expect("no writer panicked")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Chat traffic of so many clients at a time.
fn chat(format: Format, clients: u32, size: u64) -> Vec<u8> {
    chat_from(7, format, clients, size)
}

fn chat_from(seed: u64, format: Format, clients: u32, size: u64) -> Vec<u8> {
    let shared = Shared::default();
    let writer = CaptureWriter::new(shared.clone(), format).expect("memory");
    let mut network = Network::new(writer, Dice::new(seed));
    let count = clients.div_ceil(room::MEMBERS).min(room::MOST);
    let mut rooms: Vec<Room> = (0..count).map(Room::new).collect();
    while network.written() < size {
        let chosen = network.dice.below(count) as usize;
        rooms[chosen].act(&mut network).expect("memory");
    }
    network.finish().expect("memory");
    shared.0.lock().expect("no writer panicked").clone()
}

fn analysed(bytes: &[u8], options: Options) -> Analysis<'static> {
    let reader = capture::read(Cursor::new(bytes.to_vec())).expect("a capture");
    analyse(reader, None, options, Wish::any(Dialect::builtins()))
}

/// Everything that is found, as text; nothing of it depends on how many threads read.
fn found(bytes: &[u8], options: Options) -> String {
    let analysis = analysed(bytes, options);
    let survey = &analysis.survey;
    let counts = analysis.tally.as_ref().map(|tally| &tally.counts);
    let (facts, rest, amount) = (&survey.capture, &survey.rest, survey.rest_amount);
    let json = json::render(&analysis);
    format!("{facts:?} {rest:?} {amount:?} {counts:?} {json}")
}

#[test]
fn two_threads_find_what_one_finds() {
    for (format, seed, clients) in [
        (Format::Pcap, 7, 100),
        (Format::Pcapng, 8, 100),
        (Format::Pcap, 9, 600),
        (Format::Pcapng, 10, 5),
    ] {
        let bytes = chat_from(seed, format, clients, 1500 << 10);
        for (conversations, keep) in [(usize::MAX, 32 << 20), (50, 32 << 20), (50, 100 << 10)] {
            let alone = Options {
                conversations,
                keep,
                digests: true,
                ..Options::default()
            };
            let together = Options {
                threads: 2,
                ..alone
            };
            assert!(found(&bytes, alone) == found(&bytes, together));
        }
    }
}

#[test]
fn two_threads_find_in_a_damaged_capture_what_one_finds() {
    for format in [Format::Pcap, Format::Pcapng] {
        let mut bytes = chat(format, 100, 700 << 10);
        let end = bytes.len() - 5;
        bytes.truncate(end);
        let together = Options {
            threads: 2,
            ..Options::default()
        };
        assert!(found(&bytes, Options::default()) == found(&bytes, together));
        let middle = end / 2;
        bytes[middle..middle + 200].fill(0xff);
        let damaged = found(&bytes, together);
        assert!(damaged.contains("stopped: Some("), "it cannot be read on");
        assert!(found(&bytes, Options::default()) == damaged);
    }
}

#[test]
fn the_conversations_that_are_told_are_the_first_of_all() {
    let bytes = chat(Format::Pcap, 300, 1 << 20);
    let all = analysed(&bytes, Options::default()).survey;
    let first = analysed(
        &bytes,
        Options {
            conversations: 100,
            ..Options::default()
        },
    )
    .survey;
    let told = first.conversations.iter().zip(&all.conversations);
    for (number, (one, among_all)) in told.enumerate() {
        assert_eq!(one.id.index(), number);
        assert_eq!(
            (one.id, one.first, one.last),
            (among_all.id, among_all.first, among_all.last)
        );
        let said = Way::BOTH.map(|way| first.stream(one.id, way));
        assert_eq!(said, Way::BOTH.map(|way| all.stream(one.id, way)));
    }
    assert_eq!(first.conversations.len(), 100);
    let rest = all.conversations.len() - 100;
    assert_eq!(first.rest.conversations, rest as u64);
}

#[test]
fn a_conversation_beyond_those_that_are_told_is_told_on_request() {
    let bytes = chat(Format::Pcapng, 6000, 6_500_000);
    let all = analysed(&bytes, Options::default());
    let number = 4200;
    let wanted = &all.survey.conversations[number];
    let report = program(&["-", "--lang", "en", "--stream", "4200"], &bytes);
    assert!(report.contains(&wanted.client.to_string()), "{report}");
    assert!(
        report.contains("Bem-vindo(a)"),
        "its payload is told: {report}"
    );
    let default = program(&["-", "--lang", "en"], &bytes);
    let rest = all.survey.conversations.len() - 4096;
    let sums =
        format!("The first 4096 TCP conversations are told one by one; of the other {rest} ");
    let line = default.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(line.contains(&sums), "{default}");
}

#[test]
fn payload_beyond_the_limit_is_said() {
    let bytes = chat(Format::Pcap, 40, 4 << 20);
    let said = |megabytes| {
        let report = program(&["-", "--lang", "en", "--max-payload", megabytes], &bytes);
        let line = report.split_whitespace().collect::<Vec<_>>().join(" ");
        line.contains("of payload was not kept; --max-payload MIB changes the limit")
    };
    let limits = ["0", "1", "32"];
    assert_eq!(limits.map(said), [true, true, false]);
}

fn program(arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_analyzer"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    let writing = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("the program ends");
    writing
        .join()
        .expect("no panic")
        .expect("it reads all of its input");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The counts of a large capture are those of its dialogues wherever each message came in one segment. One that was cut
/// in two may be counted otherwise: its first half may be a message by itself.
#[test]
fn messages_that_came_in_one_segment_each_are_counted_as_they_would_be_told() {
    let bytes = chat(Format::Pcapng, 40, 700 << 10);
    let all = analysed(&bytes, Options::default());
    let dialect = Dialect::builtin("unb").expect("a built-in dialect");
    let dissector = Dissector::new(dialect);
    let mut whole = 0;
    for one in &all.survey.conversations {
        let stream = |way| all.survey.stream(one.id, way).expect("kept");
        let streams = [stream(Way::ToServer), stream(Way::ToClient)];
        let dialogue = dissector.dissect(Said {
            to_server: streams[0],
            to_client: streams[1],
            from_start: true,
        });
        let is_whole = |message: &Message| message.frames.len() == 1;
        if streams.iter().all(|one| one.missing == 0) && dialogue.messages.iter().all(is_whole) {
            whole += 1;
            let mut told = Counts::default();
            for message in &dialogue.messages {
                let kinds = &mut told[message.direction as usize];
                *kinds.entry(message.kind.id()).or_default() += 1;
            }
            assert_eq!(counted(dialect, streams), told, "{}", one.client);
        }
    }
    assert!(whole >= 20, "{whole} conversations");
}

/// The messages of one conversation, counted as its segments pass.
fn counted(dialect: &Dialect, streams: [&Stream; 2]) -> Counts {
    let directions = [Direction::ToServer, Direction::ToClient];
    let pieces = directions
        .into_iter()
        .zip(streams)
        .flat_map(|(direction, stream)| {
            let pieces = stream.pieces.iter();
            pieces.map(move |piece| {
                let range = piece.offset..piece.offset + piece.length;
                (piece.frame, direction, &stream.bytes[range])
            })
        });
    let mut pieces: Vec<_> = pieces.collect();
    pieces.sort_by_key(|(frame, ..)| *frame);
    let mut counter = Counter::new(dialect);
    for (_, direction, bytes) in pieces {
        counter.segment(0, direction, bytes);
    }
    counter.finish()
}
