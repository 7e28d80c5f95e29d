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
        let text = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            text.replace('\n', "\\n")
                .replace('\r', "\\r")
                .replace('\0', "\\0")
        };
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
    // A column of tshark does not tell an empty value from none.
    seen.retain(|_, values| *values != [""]);
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
    let [ours, theirs] = both(dialect, &bytes);
    assert!(ours.len() > 4);
    assert_eq!(theirs, ours, "{name}");
}

/// What we see in a capture, and what tshark does with our script.
fn both(dialect: &Dialect, bytes: &[u8]) -> [Seen; 2] {
    let reader = capture::read(std::io::Cursor::new(bytes.to_vec())).expect("a capture");
    let wish = Wish {
        given: true,
        ..Wish::any(std::slice::from_ref(dialect))
    };
    let analysis = analyse(reader, None, Options::default(), wish);
    [ours(&analysis), tsharks(dialect, bytes)]
}

/// The captures of a dialect in which most can go wrong.
const TELLING: [&str; 5] = [
    "good",
    "glued",
    "line-ends",
    "split",
    "reply-without-request",
];

/// Where the script must differ, and why.
const DIFFERENT: [(&str, &str); 5] = [
    ("unb/split", TWO_WRITES),
    ("ifsc/split", TWO_WRITES),
    ("sala/split", TWO_WRITES),
    ("ifsc/glued", COPIES),
    ("sala/glued", COPIES),
];

const TWO_WRITES: &str = "that the next segment goes on with a text shows only there";

const COPIES: &str = "where a copy ends shows in what another client said";

#[test]
fn both_dissectors_agree_on_the_captures_of_each_dialect() {
    if !support::has_tshark() {
        return;
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../captures");
    let mut wrong = Vec::new();
    for name in ["unb", "ifsc", "redes2023", "eco", "sala"] {
        let dialect = Dialect::builtin(name).expect("a dialect");
        let folder = std::fs::read_dir(root.join(name)).expect("a folder");
        for entry in folder {
            let path = entry.expect("an entry").path();
            let stem = path.file_stem().expect("a name").to_string_lossy();
            if !TELLING.contains(&&*stem) {
                continue;
            }
            let stem = format!("{name}/{stem}");
            let [ours, theirs] = both(dialect, &std::fs::read(&path).expect("a capture"));
            let is_known = DIFFERENT.iter().any(|(known, _)| *known == stem);
            if (ours == theirs) == is_known {
                wrong.push(format!("{stem}\n  ours   {ours:?}\n  theirs {theirs:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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

#[test]
fn what_tcp_cut_is_put_together() {
    if !support::has_tshark() {
        return;
    }
    use support::Sender::{Client, Server};
    let dialect = Dialect::builtin("eco").expect("a dialect");
    let text = "palavra ".repeat(150);
    let reply = format!("Servidor recebeu: {text}");
    let capture = support::session_with_flags(
        dialect.port,
        &[
            (Client, "A", &text.as_bytes()[..600]),
            (Client, "PA", &text.as_bytes()[600..]),
            (Server, "A", &reply.as_bytes()[..1000]),
            (Server, "PA", &reply.as_bytes()[1000..]),
        ],
    );
    let [ours, theirs] = both(dialect, &capture);
    assert_eq!(theirs, ours);
    assert_eq!(ours[&(5, "kind")], ["say"]);
    assert_eq!(ours[&(7, "kind")], ["said"]);
}

#[test]
fn both_dissectors_leave_a_notice_its_own_line_end() {
    if !support::has_tshark() {
        return;
    }
    use support::Sender::{Client, Server};
    let dialect = Dialect::builtin("ifsc").expect("a dialect");
    let welcome = "Bem Vindo bia! Oi!Ana Maria Está online \n";
    let capture = support::session(
        dialect.port,
        &[
            (Server, b"Digite seu apelido"),
            (Client, b"bia"),
            (Server, welcome.as_bytes()),
        ],
    );
    let [ours, theirs] = both(dialect, &capture);
    assert_eq!(theirs, ours);
    let texts: Vec<_> = ours
        .iter()
        .filter(|((_, field), _)| *field == "content")
        .flat_map(|(_, texts)| texts)
        .collect();
    assert!(
        texts.iter().any(|text| text.ends_with("Está online \\n")),
        "{texts:?}"
    );
}

/// A session of a dialect of the harness's foreign servers, in which every message is known: both must see the same.
#[track_caller]
fn check_wild(name: &str, said: &[(support::Sender, &str)]) {
    let Some(kinds) = kinds_in_both(name, said) else {
        return;
    };
    assert!(kinds.len() >= said.len(), "{kinds:?}");
    assert!(
        !kinds.iter().any(|kind| *kind == "unrecognised"),
        "{kinds:?}"
    );
}

/// The messages' kinds in a session of such a dialect, which both must see alike; `None` without tshark.
#[track_caller]
fn kinds_in_both(name: &str, said: &[(support::Sender, &str)]) -> Option<Vec<String>> {
    if !support::has_tshark() {
        return None;
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("../harness/tests/servers/wild_{name}.toml"));
    let toml = std::fs::read_to_string(&path).expect("a dialect's file");
    let source = protocol::diagnostic::Source::new(name, toml);
    let dialect = Dialect::parse(&source).expect("a dialect");
    let segments: Vec<_> = said
        .iter()
        .map(|(sender, text)| (*sender, text.as_bytes()))
        .collect();
    let [ours, theirs] = both(&dialect, &support::session(dialect.port, &segments));
    assert_eq!(theirs, ours, "{name}");
    let kinds = ours.into_iter().filter(|((_, field), _)| *field == "kind");
    Some(kinds.flat_map(|(_, kinds)| kinds).collect())
}

#[test]
fn both_dissectors_follow_a_registration_in_steps() {
    use support::Sender::{Client, Server};
    check_wild(
        "banner",
        &[
            (
                Server,
                "   ___ _         _   \r\n  / __| |_  __ _| |_ \r\n | (__| ' \\/ _` |  _|\r\n  \\___|_||_\\__,_|\\__|\r\nREADY\r\n",
            ),
            (Client, "USER ana\r\n"),
            (Server, "PASS?\r\n"),
            (Client, "PASS x\r\n"),
            (Server, "WELCOME ana\r\n"),
            (Client, "NAMES\r\n"),
            (
                Server,
                "BEGIN NAMES\r\nana\r\nbia\r\nEND NAMES\r\nJOIN caio\r\n",
            ),
        ],
    );
    check_wild(
        "circuit",
        &[
            (Client, "NICK ana\r\nUSER ana 0 * :ana\r\n"),
            (Server, "001 ana :welcome\r\n376 ana :end of greeting\r\n"),
            (Client, "PRIVMSG #sala :oi\r\n"),
            (Server, ":ana PRIVMSG #sala :oi\r\n250 PRIVMSG\r\n"),
        ],
    );
    check_wild(
        "two_steps",
        &[
            (Server, "* choose a name with /nick\n"),
            (Client, "/nick ana\n"),
            (Server, "* ana, choose a room with /join\n"),
            (Client, "/join redes\n"),
            (Server, "* ana joined redes\n"),
            (Client, "oi\n"),
            (Server, "<ana> oi\n"),
        ],
    );
}

#[test]
fn both_dissectors_follow_a_goodbye_in_steps() {
    use support::Sender::{Client, Server};
    check_wild(
        "lobby",
        &[
            (Client, "/name ana\n"),
            (Server, "welcome ana\r\nsay something\n"),
            (Client, "/who\n"),
            (Server, "here:\r\nana\r\nbia\r\n.\n"),
            (Client, "/part\n"),
            (Server, "parted\n"),
            (Client, "/quit\n"),
            (Server, "bye\n"),
        ],
    );
}

#[test]
fn both_dissectors_change_the_framing_with_the_phase() {
    use support::Sender::{Client, Server};
    check_wild(
        "patio",
        &[
            (Server, "*** Patio ***\n\0who?"),
            (Client, "ana"),
            (
                Server,
                "welcome, ana\n\0ana is in the patio\n\0here: 1 ana\n\0",
            ),
            (Client, "oi\nbia$psiu\n"),
            (
                Server,
                "bia says oi\n\0here: 1 ana 2 bia\n\0(private) psiu\n\0",
            ),
        ],
    );
    check_wild(
        "prompt",
        &[
            (Server, "Name: "),
            (Client, "ana\n"),
            (Server, "Hi ana, type help.\n> "),
            (Server, "\n-- bia came in\n> "),
            (Client, "say oi\n"),
            (Server, "> \nbia> oi\n> "),
        ],
    );
}

#[test]
fn both_dissectors_read_lengths_filled_up_with_zeros() {
    use support::Sender::{Client, Server};
    check_wild(
        "length_both",
        &[
            (Server, "0000000010your name?"),
            (Client, "0000000003ana"),
            (Server, "0000000010hello, ana0000000011bia is here"),
            (Client, "0000000002oi0000000005!list"),
            (Server, "0000000007ana bia"),
        ],
    );
}

#[test]
fn both_dissectors_wait_for_no_length_beyond_reason() {
    use support::Sender::{Client, Server};
    let kinds = kinds_in_both(
        "length_both",
        &[
            (Server, "0000000010your name?"),
            (Client, "9999999999ana"),
            (Server, "9999999999hello, ana"),
        ],
    );
    if let Some(kinds) = kinds {
        assert_eq!(kinds, ["prompt", "unrecognised", "unrecognised"]);
    }
}

#[test]
fn both_dissectors_know_clients_that_give_no_name() {
    use support::Sender::{Client, Server};
    check_wild(
        "identity",
        &[
            (Server, "you are client 1\n"),
            (Server, "client 2 connected\n"),
            (Client, "who\n"),
            (Server, "1 2\n"),
            (Client, "to 2 oi\n"),
        ],
    );
    check_wild(
        "address",
        &[
            (Server, "you are 127.0.0.1:38322"),
            (Server, "127.0.0.1:38324 is here"),
            (Client, "oi"),
            (Server, "ok"),
            (Server, "[16:39:46] 127.0.0.1:38324: oi"),
        ],
    );
}

#[test]
fn both_dissectors_read_a_list_by_lines() {
    use support::Sender::{Client, Server};
    check_wild(
        "list_lines",
        &[
            (Client, "LOGIN ana\n"),
            (Server, "OK ana\n"),
            (Client, "USERS\n"),
            (Server, "Users online:\n  bia\n  caio\n"),
        ],
    );
}

/// A capture without its first packets.
fn without_packets(capture: &[u8], count: usize) -> Vec<u8> {
    let (header, mut packets) = capture.split_at(24);
    for _ in 0..count {
        let length = packets[8..12].try_into().expect("four bytes");
        packets = &packets[16 + u32::from_le_bytes(length) as usize..];
    }
    [header, packets].concat()
}

#[test]
fn both_dissectors_agree_where_the_handshake_was_not_captured() {
    if !support::has_tshark() {
        return;
    }
    use support::Sender::{Client, Server};
    let dialect = Dialect::builtin("unb").expect("a dialect");
    let whole = support::good_capture("unb", dialect.port);
    let member = support::session(
        dialect.port,
        &[
            (Client, b"MSG oi"),
            (Server, b"200 OK\nMensagem enviada com sucesso."),
            (Server, b"[bia]: oi, ana"),
            (Client, b"LIST"),
            (
                Server,
                "200 OK - User List\nUsuários online: ana, bia".as_bytes(),
            ),
        ],
    );
    let firsts = [
        (&whole, 3, "prompt"),
        (&whole, 4, "join"),
        (&whole, 5, "welcome"),
        (&member, 3, "say"),
        (&member, 5, "delivered"),
    ];
    for (capture, missing, first) in firsts {
        let [ours, theirs] = both(dialect, &without_packets(capture, missing));
        assert_eq!(theirs, ours, "{missing} packets are missing");
        let mut kinds = ours.iter().filter(|((_, field), _)| *field == "kind");
        assert_eq!(kinds.next().expect("a message").1[0], first);
    }
}

#[test]
fn a_text_that_begins_like_another_message_stays_whole() {
    if !support::has_tshark() {
        return;
    }
    use support::Sender::{Client, Server};
    let dialect = Dialect::builtin("unb").expect("a dialect");
    let capture = support::session(
        dialect.port,
        &[
            (Server, b"NICK"),
            (Client, b"ana"),
            (Server, b"200 OK - Connected\nBem-vindo(a), ana."),
            (Server, b"[bia]: 100% 'pronto' \\ fim [x] {y}; a=b?"),
        ],
    );
    let [ours, theirs] = both(dialect, &capture);
    assert_eq!(theirs, ours);
    assert_eq!(ours[&(7, "kind")], ["delivered"]);
}

#[test]
fn both_dissectors_see_through_decoration() {
    if !support::has_tshark() {
        return;
    }
    use support::Sender::{Client, Server};
    let toml = "name = \"cores\"\nextends = \"unb\"\n[decoration]\nansi = true\ncr = true\n";
    let source = protocol::diagnostic::Source::new("cores.toml", toml);
    let dialect = Dialect::parse(&source).expect("a dialect");
    let capture = support::session(
        dialect.port,
        &[
            (Server, b"\x1b[1mNICK\x1b[0m"),
            (Client, b"ana"),
            (Server, b"\x1b[32m200 OK - Connected\r\nBem-vindo(a), ana."),
            (Client, b"MSG oi"),
            (Server, b"200 OK"),
            (Server, b"\x1b[31m[bia]:\x1b[0m ol\xc3\xa1\x1b[0m"),
        ],
    );
    let [mut ours, mut theirs] = both(&dialect, &capture);
    // The content keeps its decoration with us: it is what was sent.
    ours.retain(|(_, field), _| *field != "content");
    theirs.retain(|(_, field), _| *field != "content");
    assert_eq!(theirs, ours);
    assert_eq!(ours[&(9, "text")], ["olá"]);
}
