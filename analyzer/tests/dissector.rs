//! The dissector in Lua against our own, field by field, in tshark. Skipped, and said to be, where tshark is absent.

mod support;

use std::collections::BTreeMap;
use std::process::Command;

use analyzer::analysis::{Analysis, analyse};
use analyzer::capture;
use analyzer::choice::Wish;
use analyzer::dissect::Message;
use analyzer::survey::Options;
use analyzer::wireshark::dissector;
use protocol::Dialect;

const FIELDS: [&str; 5] = ["nick", "text", "from", "to", "word"];

/// Between the values of one field: a control character that no content here has.
const BETWEEN: &str = "\u{1f}";

/// For each frame and field, the values.
type Seen = BTreeMap<(u64, &'static str), Vec<String>>;

fn ours(analysis: &Analysis<'_>) -> Seen {
    let mut seen = Seen::new();
    let chat = analysis.choice.chat.as_ref().expect("a chat");
    for (member, message) in chat.messages() {
        let stream = member
            .stream(&analysis.survey, message.direction)
            .expect("a stream");
        let frame = message.last_frame();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace('\n', "\\n");
        seen.entry((frame, "kind")).or_default().push(kind(message));
        seen.entry((frame, "content"))
            .or_default()
            .push(text(message.text(stream)));
        for name in FIELDS {
            if let Some(value) = message.fields.get(name) {
                seen.entry((frame, name)).or_default().push(text(value));
            }
        }
    }
    seen
}

fn kind(message: &Message) -> String {
    message.kind.id().to_owned()
}

fn tsharks(dialect: &Dialect, capture: &[u8]) -> Seen {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("chat.lua");
    std::fs::write(&script, dissector(dialect)).expect("a script");
    let file = folder.path().join("chat.pcap");
    std::fs::write(&file, capture).expect("a capture");
    let names: Vec<&'static str> = ["kind", "content"].into_iter().chain(FIELDS).collect();
    let mut command = Command::new("tshark");
    command
        .arg("-X")
        .arg(format!("lua_script:{}", script.display()));
    command.args(["-n", "-T", "fields", "-E", "occurrence=a", "-E"]);
    command
        .arg(format!("aggregator={BETWEEN}"))
        .args(["-e", "frame.number"]);
    for name in &names {
        command
            .arg("-e")
            .arg(format!("chat_{}.{name}", dialect.name.replace('-', "_")));
    }
    let output = command.arg("-r").arg(&file).output().expect("tshark runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && !errors.contains("Lua"),
        "{errors}"
    );
    let mut seen = Seen::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let mut columns = line.split('\t');
        let frame = columns
            .next()
            .and_then(|number| number.parse().ok())
            .expect("a number");
        for (name, column) in names
            .iter()
            .zip(columns)
            .filter(|(_, column)| !column.is_empty())
        {
            seen.insert(
                (frame, name),
                column.split(BETWEEN).map(str::to_owned).collect(),
            );
        }
    }
    seen
}

#[track_caller]
fn check(name: &str) {
    if !support::has_tshark() {
        return;
    }
    let dialect = Dialect::builtin(name).expect("a dialect");
    let bytes = support::good_capture(name, dialect.port);
    let reader = capture::read(std::io::Cursor::new(bytes.clone())).expect("a capture");
    let wish = Wish {
        given: true,
        ..Wish::any(std::slice::from_ref(dialect))
    };
    let analysis = analyse(reader, None, Options::default(), wish);
    let ours = ours(&analysis);
    assert!(ours.len() > 4);
    assert_eq!(tsharks(dialect, &bytes), ours, "{name}");
}

#[test]
fn both_dissectors_agree_on_unb() {
    check("unb");
}

#[test]
fn both_dissectors_agree_on_ifsc() {
    check("ifsc");
}

#[test]
fn both_dissectors_agree_on_redes2023() {
    check("redes2023");
}

#[test]
fn both_dissectors_agree_on_eco() {
    check("eco");
}

#[test]
fn both_dissectors_agree_on_sala() {
    check("sala");
}

#[test]
fn both_dissectors_agree_where_lines_end() {
    if !support::has_tshark() {
        return;
    }
    use support::Sender::{Client, Server};
    let dialect = Dialect::builtin("unb-lf").expect("a dialect");
    let capture = support::session(
        dialect.port,
        &[
            (Server, b"NICK\n"),
            (Client, b"an"),
            (Client, b"a\nMSG oi\nLI"),
            (Server, b"200 OK - Connected\n"),
            (Client, b"ST\n"),
        ],
    );
    let seen = tsharks(dialect, &capture);
    assert_eq!(seen[&(6, "kind")], ["join", "say"]);
    assert_eq!(seen[&(6, "nick")], ["ana"]);
    assert_eq!(seen[&(8, "kind")], ["list"]);
}
