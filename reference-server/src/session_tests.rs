//! The session alone: bytes in, commands out.

use proptest::prelude::*;
use protocol::diagnostic::Source;

use super::*;

fn dialect(keys: &str) -> Dialect {
    let file = format!("name = \"test\"\nport = 1\n{keys}");
    Dialect::parse(&Source::new("test.toml", file)).unwrap()
}

/// Each thing heard in one line.
fn heard(session: &mut Session, dialect: &Dialect, phase: Phase, bytes: &[u8]) -> Vec<String> {
    session.receive(bytes, usize::MAX);
    let requests = dialect.request_reader();
    let mut lines = Vec::new();
    while let Some(heard) = session.next(dialect, &requests, phase) {
        lines.push(match heard {
            Heard::Command(Command::Join { nick }) => {
                format!("join {}", String::from_utf8_lossy(nick))
            }
            Heard::Command(command) => format!("{command:?}"),
            Heard::Step { nick, reply } => {
                format!("step {} {}", String::from_utf8_lossy(nick), reply.len())
            }
            Heard::Fatal => "fatal".to_owned(),
            Heard::Refused(reason) => format!("refused {reason}"),
            Heard::Broken(reason) => {
                lines.push(format!("broken {reason}"));
                break;
            }
        });
    }
    lines
}

#[test]
fn a_registration_in_steps_keeps_the_name_of_its_first() {
    let dialect = dialect(
        r#"
[framing]
client = "crlf"
server = "crlf"

[client]
say = "PRIVMSG #sala :{text}"

[client.join]
steps = [{ send = "NICK {nick}" }, { send = "USER {nick} 0", reply = "001" }]
send = "JOIN #sala"

[server]
welcome = "332"
"#,
    );
    let mut session = Session::default();
    let mut joining = |bytes: &str| heard(&mut session, &dialect, Phase::Joining, bytes.as_bytes());
    assert_eq!(joining("LIST\r\n"), ["refused not-joined"]);
    assert_eq!(
        joining("NICK ana\r\nUSER ana 0\r\n"),
        ["step ana 0", "step ana 1"]
    );
    assert_eq!(joining("JOIN #sala\r\n"), ["join ana"]);
}

#[test]
fn a_registration_without_its_name_is_a_blank_name() {
    let dialect = dialect(
        "framing = { client = \"lf\" }\nclient = { join = \"NICK {nick}\", say = \"{text}\" }",
    );
    let mut session = Session::default();
    assert_eq!(
        heard(&mut session, &dialect, Phase::Joining, b"NICK\nNICK ana\n"),
        ["join ", "join ana"]
    );
}

proptest! {
    #[test]
    fn any_bytes_at_all_in_any_pieces_are_heard(
        name in prop::sample::select(vec!["unb", "ifsc", "redes2023", "eco", "sala", "unb-lf"]),
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..8),
        chatting in any::<bool>(),
    ) {
        let dialect = Dialect::builtin(name).unwrap();
        let phase = if chatting { Phase::Chatting } else { Phase::Joining };
        let mut session = Session::default();
        for piece in &pieces {
            heard(&mut session, dialect, phase, piece);
        }
    }

    #[test]
    fn a_line_in_any_pieces_is_one_request(text in "[a-zã]{1,40}", cut in 0_usize..40) {
        let dialect = Dialect::builtin("unb-lf").unwrap();
        let line = format!("MSG {text}\n").into_bytes();
        let cut = cut.min(line.len());
        let mut whole = Session::default();
        let expected = heard(&mut whole, dialect, Phase::Chatting, &line);
        let mut session = Session::default();
        let mut lines = heard(&mut session, dialect, Phase::Chatting, &line[..cut]);
        lines.extend(heard(&mut session, dialect, Phase::Chatting, &line[cut..]));
        prop_assert_eq!(lines, expected);
    }
}
