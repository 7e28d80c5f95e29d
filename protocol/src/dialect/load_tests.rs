use proptest::prelude::*;

use super::*;
use crate::lang::Lang;
use crate::message::{Command, Direction, Fields, Phase, Reason};

const SMALL: &str = r#"
name = "mini"
port = 5000
[client]
join = "{nick}"
say = "{text}"
quit = "/bye"
[server]
delivered = "<{from}> {text}"
"#;

fn parse(text: &str) -> Result<Dialect, Diagnostics> {
    Dialect::parse(&Source::new("mini.toml", text))
}

/// What is wrong, in both languages.
fn told(found: &Diagnostics) -> String {
    Lang::ALL.map(|lang| found.render(lang, false)).join("\n")
}

/// The diagnostics of a file with one line changed.
#[track_caller]
fn refused(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from));
    match parse(&SMALL.replace(from, to)) {
        Ok(_) => panic!("accepted:\n{}", SMALL.replace(from, to)),
        Err(found) => told(&found),
    }
}

#[test]
fn a_dialect_of_ten_lines_is_enough() {
    let dialect = parse(SMALL).unwrap();
    assert_eq!(
        (
            dialect.name.as_str(),
            dialect.port,
            dialect.document.as_str()
        ),
        ("mini", 5000, "mini")
    );
    assert!(dialect.broadcasts() && !dialect.echoes() && dialect.has_names());
    assert_eq!(dialect.barrier, Barrier::Quiet);
}

#[test]
fn what_is_wrong_is_shown_with_its_place_and_what_to_try() {
    let all = [
        refused("port = 5000", "prot = 5000"),
        refused("port = 5000", "port = 99999"),
        refused("say = \"{text}\"", "say = \"{txet}\""),
        refused("say = \"{text}\"", "say = \"{text\""),
        refused("say = \"{text}\"", "shout = \"{text}\""),
        refused("[client]", "[framing]\nserver = \"LF\"\n[client]"),
        refused(
            "[client]",
            "[framing]\nserver = { header = 64, fixed = 3 }\n[client]",
        ),
        refused("[client]", "[client"),
        refused(
            "delivered = \"<{from}> {text}\"",
            "delivered = { accept = [\"{from}\"] }",
        ),
        refused(
            "delivered = \"<{from}> {text}\"",
            "joined = \"{nick} moved\"\nleft = \"{nick} moved\"",
        ),
    ];
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn a_dialect_may_be_another_but_for_some_keys() {
    let lf = parse("name = \"unb-lf\"\nextends = \"unb\"\n[framing]\nclient = \"lf\"\nserver = \"lf\"\n[server]\nprompt = \"NICK?\"").unwrap();
    let unb = Dialect::builtin("unb").unwrap();
    assert!(lf.is_delimited(Direction::ToClient) && !unb.is_delimited(Direction::ToClient));
    assert_eq!(lf.reply(NoticeKind::Said), unb.reply(NoticeKind::Said));
    assert_eq!(
        lf.render(NoticeKind::Prompt, &Fields::new()).unwrap(),
        b"NICK?"
    );
    assert_eq!(
        (lf.name.as_str(), lf.document.as_str(), lf.port),
        ("unb-lf", "UnB", 55555)
    );
    let lax = parse("name = \"x\"\nextends = \"unb\"\n[error]\nname-in-use = false").unwrap();
    assert!(!lax.refuses(Reason::NameInUse) && !lax.names.unique);
    assert!(lax.refuses(Reason::NameBlank) && unb.refuses(Reason::NameInUse));
    let unknown =
        parse("name = \"x\"\nextends = \"umb\"\nport = 1\n[client]\nsay = \"{text}\"").unwrap_err();
    insta::assert_snapshot!(told(&unknown));
    let misspelt =
        parse("name = \"x\"\nextends = \"unb\"\n[error]\nname-in-us = false").unwrap_err();
    insta::assert_snapshot!(told(&misspelt));
}

#[test]
fn an_empty_or_binary_file_is_one_clear_error() {
    for text in ["", "  \n", "name = \0"] {
        assert_eq!(parse(text).unwrap_err().len(), 1, "{text:?}");
    }
}

#[test]
fn messages_that_are_the_same_on_the_wire_need_an_order() {
    let with_order = SMALL.replace(
        "delivered = \"<{from}> {text}\"",
        "joined = { text = \"{nick} moved\", before = \"left\" }\nleft = \"{nick} moved\"",
    );
    assert!(parse(&with_order).is_ok());
}

#[test]
fn requests_are_read_as_the_dialect_says() {
    #[track_caller]
    fn reads(dialect: &str, content: &str, expected: &Command<'_>) {
        let dialect = Dialect::builtin(dialect).unwrap();
        assert_eq!(
            dialect.read_request(Phase::Chatting, content.as_bytes()),
            *expected,
            "{content:?}"
        );
    }
    let say = |text: &'static str| Command::Say {
        text: text.as_bytes(),
        from: None,
    };
    reads("unb", "MSG Bom dia!", &say("Bom dia!"));
    reads("unb", "msg Bom dia!\r\n", &say("Bom dia!"));
    reads("unb", "LIST\n", &Command::List);
    reads("unb", "quit", &Command::Quit);
    reads(
        "unb",
        "MSG",
        &Command::Malformed {
            of: Some(CommandKind::Say),
        },
    );
    reads(
        "unb",
        "MSG ",
        &Command::Malformed {
            of: Some(CommandKind::Say),
        },
    );
    reads("unb", "teste x", &Command::Unknown { word: b"teste" });
    reads("unb", "", &Command::Unknown { word: b"" });
    reads("ifsc", ":oi", &say("oi"));
    reads(
        "ifsc",
        "bia:oi: tudo",
        &Command::Tell {
            to: b"bia",
            text: b"oi: tudo",
        },
    );
    reads("ifsc", "{quit}", &Command::Quit);
    reads("ifsc", "quit", &Command::Quit);
    reads("ifsc", "oi", &Command::Malformed { of: None });
    reads("eco", "SaIr", &Command::Quit);
    reads("eco", "sair daqui", &say("sair daqui"));
    reads("redes2023", ":D", &Command::Quit);
    reads(
        "sala",
        "ana: oi",
        &Command::Say {
            text: b"oi",
            from: Some(b"ana"),
        },
    );
}

#[test]
fn a_nickname_is_taken_as_it_was_sent() {
    let unb = Dialect::builtin("unb").unwrap();
    assert_eq!(
        unb.read_request(Phase::Joining, b"ana\n"),
        Command::Join { nick: b"ana\n" }
    );
}

#[test]
fn lists_are_written_and_read_back() {
    let unb = Dialect::builtin("unb").unwrap();
    let names = [&b"ana"[..], b"bia"];
    let written = unb.render_names(NoticeKind::Listing, names.into_iter());
    assert_eq!(written, b"ana, bia");
    assert_eq!(
        unb.read_names(NoticeKind::Listing, b"ana,bia\n"),
        Some(vec![b"ana".to_vec(), b"bia".to_vec()])
    );
}

#[test]
fn the_overlaps_of_the_built_in_dialects_are_known() {
    let all: Vec<_> = Dialect::builtins()
        .iter()
        .flat_map(|dialect| {
            dialect
                .overlaps()
                .into_iter()
                .map(|o| format!("{}: {} ~ {}: {:?}", dialect.name, o.first, o.second, o.kind))
        })
        .collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn every_built_in_message_is_recognised_by_its_own_forms() {
    for dialect in Dialect::builtins() {
        for reply in dialect.replies() {
            let mut fields = Fields::new();
            for name in ["nick", "from", "to"] {
                fields.set(name, "ana");
            }
            let fields = fields
                .with("text", "Olá!")
                .with("names", "ana, bia")
                .with("command", "teste")
                .with("count", "2");
            let content = dialect.render(reply.kind, &fields).unwrap();
            let known = dialect.expectation(reply.kind, &fields, Phase::Chatting);
            assert!(
                known[0].pattern.matches_all(&content).is_some(),
                "{}: {}",
                dialect.name,
                reply.kind
            );
        }
    }
}

#[test]
fn an_entry_of_a_list_may_hold_the_separator() {
    let dialect = parse(
        r#"
        name = "x"
        port = 1
        [client]
        say = "{text}"
        [server.listing]
        text = "online: {names}"
        item = "{index} {nick}"
        separator = " "
        after = ["join", "say"]
        "#,
    )
    .unwrap();
    let read = |text: &[u8]| dialect.read_names(NoticeKind::Listing, text);
    let names = |names: &[&str]| Some(names.iter().map(|n| n.as_bytes().to_vec()).collect());
    assert_eq!(read(b"1 ana 0 bob"), names(&["ana", "bob"]));
    assert_eq!(read(b" 7 zoe \n"), names(&["zoe"]));
    assert_eq!(read(b""), names(&[]));
    assert_eq!(read(b"ana bob"), None);
    assert!(dialect.reply(NoticeKind::Listing).unwrap().is_unasked());
}

#[test]
fn answers_may_be_the_same_and_the_more_literal_request_is_read_first() {
    let dialect = parse(
        r#"
        name = "x"
        port = 1
        [client]
        say = "{text}"
        tell = "{to}: {text}"
        list = "who"
        [server]
        said = "OK"
        told = "OK"
        [error]
        malformed = "ERR"
        unknown-command = "ERR"
        "#,
    )
    .unwrap();
    let reads = |content| dialect.read_request(Phase::Chatting, content);
    assert_eq!(
        reads(b"bia: oi"),
        Command::Tell {
            to: b"bia",
            text: b"oi"
        }
    );
    assert_eq!(reads(b"who"), Command::List);
    assert!(matches!(reads(b"who?"), Command::Say { .. }));
}

proptest! {
    #[test]
    fn a_reader_of_many_requests_reads_each_as_the_dialect_does(
        content in prop_oneof!["(MSG |:|bia:|LIST|QUIT|sair|[{]quit[}]|ana: )?[a-zA-Z :]{0,12}", "\\PC{0,20}"],
    ) {
        for dialect in Dialect::builtins() {
            let reader = dialect.request_reader();
            for phase in [Phase::Joining, Phase::Chatting] {
                prop_assert_eq!(
                    reader.read(dialect, phase, content.as_bytes()),
                    dialect.read_request(phase, content.as_bytes())
                );
            }
        }
    }

    #[test]
    fn any_text_at_all_is_a_dialect_or_a_list_of_mistakes(text in "\\PC{0,200}") {
        let _ = parse(&text);
    }

    #[test]
    fn a_damaged_dialect_is_refused_in_words(at in 0usize..2000, with in "[\\[\\]{}\"=#a\n]{0,3}") {
        let file = Dialect::builtin_file("unb").unwrap();
        let at = file.floor_char_boundary(at.min(file.len()));
        let damaged = format!("{}{with}{}", &file[..at], &file[file.ceil_char_boundary((at + 5).min(file.len()))..]);
        if let Err(found) = parse(&damaged) {
            prop_assert!(!told(&found).is_empty());
        }
    }

    #[test]
    fn any_bytes_at_all_are_a_request(content in proptest::collection::vec(any::<u8>(), 0..64)) {
        for dialect in Dialect::builtins() {
            for phase in [Phase::Joining, Phase::Chatting] {
                let _ = dialect.read_request(phase, &content);
            }
        }
    }
}
