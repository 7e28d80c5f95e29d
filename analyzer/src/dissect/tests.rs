use proptest::prelude::*;
use protocol::Dialect;
use protocol::message::Direction::{self, ToClient, ToServer};

use super::{Dialogue, Said, dissect};
use crate::stream::{Piece, Stream};

/// Segments in the order of the capture, numbered from 1.
fn streams(segments: &[(Direction, &[u8])]) -> [Stream; 2] {
    let mut streams = [Stream::default(), Stream::default()];
    for (at, (direction, bytes)) in segments.iter().enumerate() {
        let stream = &mut streams[*direction as usize];
        stream.pieces.push(Piece {
            offset: stream.bytes.len(),
            length: bytes.len(),
            frame: at as u64 + 1,
            time: None,
        });
        stream.bytes.extend_from_slice(bytes);
    }
    streams
}

fn dialogue(dialect: &str, segments: &[(Direction, &[u8])]) -> (Dialogue, [Stream; 2]) {
    dialogue_of(Dialect::builtin(dialect).unwrap(), segments)
}

fn dialogue_of(dialect: &Dialect, segments: &[(Direction, &[u8])]) -> (Dialogue, [Stream; 2]) {
    let streams = streams(segments);
    let said = Said {
        to_server: &streams[0],
        to_client: &streams[1],
        from_start: true,
    };
    (dissect(dialect, said), streams)
}

/// `frames direction kind "content"`, with what stands out.
fn shown(dialect: &str, segments: &[(Direction, &[u8])]) -> Vec<String> {
    let (dialogue, streams) = dialogue(dialect, segments);
    let line = |message: &super::Message| {
        let arrow = if message.direction == ToServer {
            ">"
        } else {
            "<"
        };
        let frames: Vec<_> = message.frames.iter().map(u64::to_string).collect();
        let text = message.text(&streams[message.direction as usize]);
        let shape = match message.shape {
            super::Shape::Framed => String::new(),
            shape => format!(" {shape:?}"),
        };
        format!(
            "{} {arrow} {} {}{shape}",
            frames.join("+"),
            message.kind.id(),
            protocol::quote::quote(text)
        )
    };
    dialogue.messages.iter().map(line).collect()
}

#[track_caller]
fn check(dialect: &str, segments: &[(Direction, &[u8])], expected: &[&str]) {
    assert_eq!(shown(dialect, segments), expected);
}

#[test]
fn the_session_of_the_document_is_read() {
    check(
        "unb",
        &[
            (ToClient, b"NICK"),
            (ToServer, b"igor"),
            (ToClient, b"200 OK - Connected\nBem-vindo(a), igor."),
            (ToServer, b"MSG Bom dia!"),
            (ToClient, b"200 OK\nMensagem enviada com sucesso."),
            (ToClient, b"joao entrou no chat!"),
            (ToServer, b"LIST"),
            (
                ToClient,
                "200 OK - User List\nUsuários online: igor, joao".as_bytes(),
            ),
            (ToServer, b"TESTE"),
            (ToClient, b"404 Not Found\nComando desconhecido: TESTE"),
            (ToServer, b"MSG"),
            (ToClient, b"400 Bad Request\nFormato: MSG <mensagem>"),
            (ToServer, b"QUIT"),
            (
                ToClient,
                "200 OK - Disconnecting\nSessão encerrada.".as_bytes(),
            ),
        ],
        &[
            r#"1 < prompt "NICK""#,
            r#"2 > join "igor""#,
            r#"3 < welcome "200 OK - Connected\nBem-vindo(a), igor.""#,
            r#"4 > say "MSG Bom dia!""#,
            r#"5 < said "200 OK\nMensagem enviada com sucesso.""#,
            r#"6 < joined "joao entrou no chat!""#,
            r#"7 > list "LIST""#,
            r#"8 < listing "200 OK - User List\nUsuários online: igor, joao""#,
            r#"9 > unknown-request "TESTE""#,
            r#"10 < unknown-command "404 Not Found\nComando desconhecido: TESTE""#,
            r#"11 > malformed-request "MSG""#,
            r#"12 < malformed "400 Bad Request\nFormato: MSG <mensagem>""#,
            r#"13 > quit "QUIT""#,
            r#"14 < bye "200 OK - Disconnecting\nSessão encerrada.""#,
        ],
    );
}

#[test]
fn a_bare_status_line_is_what_was_asked_for() {
    check(
        "unb",
        &[
            (ToServer, b"ana"),
            (ToClient, b"200 OK - Connected"),
            (ToServer, b"MSG oi"),
            (ToClient, b"200 OK"),
            (ToServer, b"LIST"),
            (ToClient, b"200 OK\nana"),
            (ToServer, b"QUIT"),
            (ToClient, b"200 OK"),
        ],
        &[
            r#"1 > join "ana""#,
            r#"2 < welcome "200 OK - Connected""#,
            r#"3 > say "MSG oi""#,
            r#"4 < said "200 OK""#,
            r#"5 > list "LIST""#,
            r#"6 < listing "200 OK\nana""#,
            r#"7 > quit "QUIT""#,
            r#"8 < bye "200 OK""#,
        ],
    );
}

#[test]
fn messages_glued_into_one_segment_are_parted() {
    check(
        "unb",
        &[
            (ToClient, b"NICK"),
            (ToServer, b"ana"),
            (
                ToClient,
                b"bia entrou no chat!200 OK - Connected\nBem-vindo(a), ana.",
            ),
            (ToServer, b"MSG oi"),
            (
                ToClient,
                b"[bia]: tudo bem?200 OK\nMensagem enviada com sucesso.",
            ),
        ],
        &[
            r#"1 < prompt "NICK""#,
            r#"2 > join "ana""#,
            r#"3 < joined "bia entrou no chat!""#,
            r#"3 < welcome "200 OK - Connected\nBem-vindo(a), ana.""#,
            r#"4 > say "MSG oi""#,
            r#"5 < delivered "[bia]: tudo bem?""#,
            r#"5 < said "200 OK\nMensagem enviada com sucesso.""#,
        ],
    );
}

#[test]
fn a_letter_or_a_reply_cut_by_a_segment_is_made_whole() {
    check(
        "unb",
        &[
            (ToServer, b"ana"),
            (ToClient, b"200 OK - Conn"),
            (ToClient, b"ected"),
            (ToServer, b"MSG S\xc3"),
            (ToServer, b"\xa3o"),
            (ToClient, b"200 OK"),
            (ToClient, b"\nMensagem enviada com sucesso."),
            (ToClient, b"[bia]: S\xc3"),
            (ToClient, b"\xa3o Paulo"),
        ],
        &[
            r#"1 > join "ana""#,
            r#"2+3 < welcome "200 OK - Connected""#,
            r#"4+5 > say "MSG São""#,
            r#"6+7 < said "200 OK\nMensagem enviada com sucesso.""#,
            r#"8+9 < delivered "[bia]: São Paulo""#,
        ],
    );
}

#[test]
fn a_text_cut_anywhere_is_made_whole_if_the_server_took_it_so() {
    check(
        "unb",
        &[
            (ToServer, b"ana"),
            (ToClient, b"200 OK - Connected\nBem-vindo(a), ana."),
            (ToServer, b"MSG ol"),
            (ToServer, b", turma!"),
            (ToClient, b"200 OK"),
            (ToServer, b"MSG oi"),
            (ToServer, b"teste"),
            (ToClient, b"200 OK404 Not Found"),
            (ToClient, b"[bi"),
            (ToClient, b"a]: oi"),
        ],
        &[
            r#"1 > join "ana""#,
            r#"2 < welcome "200 OK - Connected\nBem-vindo(a), ana.""#,
            r#"3+4 > say "MSG ol, turma!""#,
            r#"5 < said "200 OK""#,
            r#"6 > say "MSG oi""#,
            r#"7 > unknown-request "teste""#,
            r#"8 < said "200 OK""#,
            r#"8 < unknown-command "404 Not Found""#,
            r#"9+10 < delivered "[bia]: oi""#,
        ],
    );
}

#[test]
fn long_texts_sent_at_once_are_told_apart_by_their_commands() {
    let long = [b"MSG ".as_slice(), &[b'x'; 600]].concat();
    let joined: &[(Direction, &[u8])] = &[
        (ToServer, b"ana"),
        (ToClient, b"200 OK - Connected\nBem-vindo(a), ana."),
        (ToServer, &long),
    ];
    let frames = |rest: &[u8]| {
        let (dialogue, _) = dialogue("unb", &[joined, &[(ToServer, rest)]].concat());
        let said = dialogue.messages.into_iter().skip(2);
        said.map(|message| message.frames).collect::<Vec<_>>()
    };
    assert_eq!(frames(b"MSG oi"), [[3], [4]]);
    assert_eq!(frames(b"o resto"), [[3, 4]]);
}

#[test]
fn a_long_text_without_a_command_of_its_own_is_one_even_where_other_texts_have_one() {
    let bare = variant(
        "[client]\njoin = \"NICK {nick}\"\n[client.say]\nsend = \"{text}\"\nfallback = [\"MSG {text}\"]\n",
    );
    let frames = |first: &[u8], second: &[u8]| {
        let segments = [
            (ToServer, b"NICK ana".as_slice()),
            (ToClient, b"200 OK - Connected"),
            (ToServer, first),
            (ToServer, second),
        ];
        let (dialogue, _) = dialogue_of(&bare, &segments);
        let said = dialogue.messages.into_iter().skip(2);
        said.map(|message| message.frames).collect::<Vec<_>>()
    };
    let worded = [b"MSG ".as_slice(), &[b'x'; 600]].concat();
    assert_eq!(frames(&worded, b"MSG oi"), [[3], [4]]);
    assert_eq!(frames(&[b'x'; 600], b"o resto"), [[3, 4]]);
}

#[test]
fn terminators_in_a_raw_stream_are_told() {
    check(
        "unb",
        &[
            (ToClient, b"NICK\n"),
            (ToServer, b"ana\r\n"),
            (ToClient, b"200 OK - Connected\n"),
            (ToServer, b"MSG oi\nLIST\n"),
        ],
        &[
            r#"1 < prompt "NICK" SurplusTerminator"#,
            r#"2 > join "ana" SurplusTerminator"#,
            r#"3 < welcome "200 OK - Connected" SurplusTerminator"#,
            r#"4 > say "MSG oi" SurplusTerminator"#,
            r#"4 > list "LIST" SurplusTerminator"#,
        ],
    );
}

#[test]
fn a_notice_that_ends_its_line_adds_no_terminator_to_the_text_in_front_of_it() {
    let welcome = b"Bem Vindo bia! Caso queira sair digite {quit}. \nDigite a mensagem no formato Origem:mensagem ou :Mensagem \
        para enviar a todosAna Maria Est\xc3\xa1 online \n";
    let shapes = |welcome: &[u8]| {
        let segments = [(ToServer, b"bia".as_slice()), (ToClient, welcome)];
        let (dialogue, _) = dialogue("ifsc", &segments);
        let shapes = dialogue.messages.iter().map(|message| message.shape);
        shapes.collect::<Vec<_>>()
    };
    use super::Shape::{Framed, SurplusTerminator};
    assert_eq!(shapes(welcome), [Framed, Framed]);
    assert_eq!(shapes(b"Bem Vindo bia! Oi\n"), [Framed, SurplusTerminator]);
}

#[test]
fn what_nobody_knows_is_kept_up_to_the_next_known_message() {
    check(
        "unb",
        &[
            (ToServer, b"ana"),
            (ToClient, b"\x00\xffgarbage! 200 OK - Connected"),
        ],
        &[
            r#"1 > join "ana""#,
            r#"2 < unrecognised "\0\xffgarbage! ""#,
            r#"2 < welcome "200 OK - Connected""#,
        ],
    );
}

#[test]
fn framed_messages_may_be_glued_and_cut() {
    let header = |n: usize| format!("{n:<64}");
    let first = [header(2).as_bytes(), b"oi", header(5).as_bytes()].concat();
    check(
        "redes2023",
        &[
            (ToServer, &first),
            (ToServer, b"mundo"),
            (ToClient, b"Msg received"),
            (ToServer, header(2).as_bytes()),
            (ToServer, b":D"),
        ],
        &[
            r#"1 > say "oi""#,
            r#"1+2 > say "mundo""#,
            r#"3 < said "Msg received""#,
            r#"4+5 > quit ":D""#,
        ],
    );
}

#[test]
fn a_header_that_is_no_length_is_shown_as_it_is() {
    check(
        "redes2023",
        &[(ToServer, &[b'x'; 70])],
        &[&format!("1 > unrecognised \"{}\" Broken", "x".repeat(70))],
    );
}

#[test]
fn each_dialect_reads_its_own_session() {
    check(
        "sala",
        &[
            (ToClient, b"alias?"),
            (ToServer, b"ana"),
            (ToClient, b"ana esta conectado ao chat"),
            (ToClient, b"Voce esta conectado ao servidor!"),
            (ToServer, b"ana: oi"),
            (ToClient, b"ana: oi"),
        ],
        &[
            r#"1 < prompt "alias?""#,
            r#"2 > join "ana""#,
            r#"3 < joined "ana esta conectado ao chat""#,
            r#"4 < welcome "Voce esta conectado ao servidor!""#,
            r#"5 > say "ana: oi""#,
            r#"6 < delivered "ana: oi""#,
        ],
    );
    check(
        "eco",
        &[
            (ToServer, b"oi"),
            (ToClient, b"Servidor recebeu: oi"),
            (ToServer, b"SAIR"),
            (ToClient, "Conexão encerrada.".as_bytes()),
        ],
        &[
            r#"1 > say "oi""#,
            r#"2 < said "Servidor recebeu: oi""#,
            r#"3 > quit "SAIR""#,
            r#"4 < bye "Conexão encerrada.""#,
        ],
    );
    check(
        "ifsc",
        &[
            (ToClient, b"Digite seu apelido"),
            (ToServer, b"ana"),
            (ToClient, "Erro 01: Esse apelido já está em uso".as_bytes()),
            (ToClient, b"Digite seu apelido"),
            (ToServer, b"bia"),
            (ToClient, b"Bem Vindo bia! Caso queira sair digite {quit}. \nDigite a mensagem no formato Origem:mensagem ou :Mensagem para enviar a todos"),
            (ToServer, b"ana:oi"),
            (ToClient, b"Mensagem Enviada"),
            (ToServer, b"{quit}"),
            (ToClient, b"{quit}"),
        ],
        &[
            r#"1 < prompt "Digite seu apelido""#,
            r#"2 > join "ana""#,
            r#"3 < name-in-use "Erro 01: Esse apelido já está em uso""#,
            r#"4 < prompt "Digite seu apelido""#,
            r#"5 > join "bia""#,
            r#"6 < welcome "Bem Vindo bia! Caso queira sair digite {quit}. \nDigite a mensagem no formato Origem:mensagem ou :Mensagem para enviar a todos""#,
            r#"7 > tell "ana:oi""#,
            r#"8 < told "Mensagem Enviada""#,
            r#"9 > quit "{quit}""#,
            r#"10 < bye "{quit}""#,
        ],
    );
}

/// Pieces of sessions, and noise.
fn segment() -> impl Strategy<Value = (bool, Vec<u8>)> {
    let words = prop::sample::select(vec![
        "NICK",
        "ana",
        "200 OK",
        " - Connected",
        "\n",
        "MSG oi",
        "LIST",
        "[bia]: ",
        "404 ",
        "{quit}",
        "Servidor recebeu: ",
        "alias?",
        "12  ",
        "ana entrou no chat!",
        "\r\n",
        "\u{e3}",
    ]);
    let spoken = prop::collection::vec(words, 1..5).prop_map(|words| words.concat().into_bytes());
    let noise = prop::collection::vec(any::<u8>(), 1..80);
    (any::<bool>(), prop_oneof![3 => spoken, 1 => noise])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever was sent: no byte is lost, none is in two messages, in any dialect.
    #[test]
    fn every_byte_is_in_exactly_one_message(segments in prop::collection::vec(segment(), 0..12)) {
        let segments: Vec<(Direction, &[u8])> = segments
            .iter()
            .map(|(to_server, bytes)| (if *to_server { ToServer } else { ToClient }, &**bytes))
            .collect();
        for name in Dialect::builtin_names() {
            let (dialogue, streams) = dialogue(name, &segments);
            for direction in [ToServer, ToClient] {
                let mut messages: Vec<_> = dialogue.messages.iter().filter(|message| message.direction == direction).collect();
                messages.sort_by_key(|message| message.range.start);
                let mut at = 0;
                for message in messages {
                    prop_assert_eq!(message.range.start, at, "{} {:?}", name, direction);
                    prop_assert!(message.range.end > at);
                    prop_assert!(!message.frames.is_empty());
                    at = message.range.end;
                }
                prop_assert_eq!(at, streams[direction as usize].bytes.len(), "{} {:?}", name, direction);
            }
        }
    }
}

/// A dialect as a teacher writes one: `unb`, with tables of its own.
fn variant(tables: &str) -> Dialect {
    let text = format!("name = \"turma\"\nextends = \"unb\"\n{tables}");
    let source = protocol::diagnostic::Source::new("turma.toml", &text);
    Dialect::parse(&source).expect("a dialect")
}

/// `unb`, whose servers colour what they say.
fn coloured() -> Dialect {
    variant("[decoration]\nansi = true\ncr = true\n")
}

#[test]
fn decoration_is_no_part_of_what_is_said_and_keeps_its_frames() {
    let segments: [(Direction, &[u8]); 6] = [
        (ToServer, b"ana"),
        (
            ToClient,
            b"\x1b[32m200 OK - Connected\x1b[0m\r\nBem-vindo(a), ana.\x1b",
        ),
        (ToClient, b"[0m\x1b[1m[bia]: \x1b[31moi\x1b[0m"),
        (ToClient, b"\x1b[2K"),
        (ToServer, b"MSG \x1b[1moi"),
        (
            ToClient,
            b"\x1b[32m200 OK\r\nMensagem enviada com sucesso.\x1b[0m",
        ),
    ];
    let streams = streams(&segments);
    let said = Said {
        to_server: &streams[0],
        to_client: &streams[1],
        from_start: true,
    };
    let dialogue = dissect(&coloured(), said);
    let shown: Vec<_> = dialogue
        .messages
        .iter()
        .map(|one| {
            let stream = &streams[one.direction as usize];
            let text = |name| String::from_utf8_lossy(one.fields.get(name).unwrap_or_default());
            let fields = format!("{}{}", text("from"), text("text"));
            (one.kind.id(), one.frames.clone(), fields, one.text(stream))
        })
        .collect();
    let expected: [(&str, Vec<u64>, &str, &[u8]); 5] = [
        ("join", vec![1], "", b"ana"),
        (
            "welcome",
            vec![2],
            "",
            b"200 OK - Connected\x1b[0m\r\nBem-vindo(a), ana.",
        ),
        ("delivered", vec![3], "biaoi", b"[bia]: \x1b[31moi"),
        ("say", vec![5], "\x1b[1moi", b"MSG \x1b[1moi"),
        (
            "said",
            vec![6],
            "",
            b"200 OK\r\nMensagem enviada com sucesso.",
        ),
    ];
    for (found, expected) in shown.iter().zip(&expected) {
        let (kind, frames, fields, text) = expected;
        assert_eq!(found, &(*kind, frames.clone(), (*fields).to_owned(), *text));
    }
    assert_eq!(shown.len(), expected.len());
    let of_server = dialogue
        .messages
        .iter()
        .filter(|one| one.direction == ToClient);
    let end = of_server.fold(0, |at, message| {
        assert_eq!(message.range.start, at);
        message.range.end
    });
    assert_eq!(end, streams[1].bytes.len());
}

#[test]
fn a_glued_message_is_told_from_a_reply_that_goes_on() {
    check(
        "sala",
        &[
            (ToClient, b"alias?"),
            (ToServer, b"ana"),
            (ToClient, b"Voce esta conectado ao servidor!bia: oi"),
            (ToClient, b"Voce esta conectado ao servidor!"),
        ],
        &[
            r#"1 < prompt "alias?""#,
            r#"2 > join "ana""#,
            r#"3 < welcome "Voce esta conectado ao servidor!""#,
            r#"3 < delivered "bia: oi""#,
            r#"4 < welcome "Voce esta conectado ao servidor!""#,
        ],
    );
}

#[test]
fn what_comes_seconds_later_is_no_part_of_the_same_write() {
    let mut streams = streams(&[
        (ToServer, b"oi"),
        (ToClient, b"Servidor recebeu: o"),
        (ToClient, b"i"),
        (ToServer, b"tchau"),
        (ToClient, b"Servidor recebeu: tchau"),
        (ToClient, b"???"),
    ]);
    let times = [0, 2_000_000, 3_000_000_000, 6_000_000_000];
    for (piece, time) in streams[1].pieces.iter_mut().zip(times) {
        piece.time = Some(time);
    }
    let said = Said {
        to_server: &streams[0],
        to_client: &streams[1],
        from_start: true,
    };
    let dialogue = dissect(Dialect::builtin("eco").unwrap(), said);
    let frames: Vec<_> = dialogue
        .messages
        .iter()
        .map(|one| one.frames.clone())
        .collect();
    assert_eq!(frames, [vec![1], vec![2, 3], vec![4], vec![5], vec![6]]);
    assert_eq!(dialogue.messages[4].kind.id(), "unrecognised");
}

#[test]
fn the_halves_of_a_reply_belong_together_though_the_client_speaks_between_them() {
    check(
        "unb",
        &[
            (ToClient, b"NICK"),
            (ToServer, b"ana"),
            (ToClient, b"200 OK - Connected\nBem-vindo(a), ana."),
            (ToServer, b"xyzzy 1"),
            (ToClient, b"404 Not Found\nComando"),
            (ToServer, b"MSG oi"),
            (
                ToClient,
                b" desconhecido: XYZZY200 OK\nMensagem enviada com sucesso.",
            ),
        ],
        &[
            r#"1 < prompt "NICK""#,
            r#"2 > join "ana""#,
            r#"3 < welcome "200 OK - Connected\nBem-vindo(a), ana.""#,
            r#"4 > unknown-request "xyzzy 1""#,
            r#"5+7 < unknown-command "404 Not Found\nComando desconhecido: XYZZY""#,
            r#"6 > say "MSG oi""#,
            r#"7 < said "200 OK\nMensagem enviada com sucesso.""#,
        ],
    );
    let header = |length: &str| format!("{length:64}");
    check(
        "redes2023",
        &[
            (ToServer, format!("{}hello", header("5")).as_bytes()),
            (ToClient, b"hel"),
            (ToServer, format!("{}:D", header("2")).as_bytes()),
            (ToClient, b"lo"),
        ],
        &[
            r#"1 > say "hello""#,
            r#"2+4 < said "hello""#,
            r#"3 > quit ":D""#,
        ],
    );
}

#[test]
fn a_text_goes_on_where_it_has_no_words_of_another_message() {
    check(
        "sala",
        &[
            (ToClient, b"alias?"),
            (ToServer, b"ana"),
            (ToClient, b"Voce esta conectado ao servidor!"),
            (ToServer, b"ana: 0000-0008-0016"),
            (ToClient, b"ana: 0000-0"),
            (ToClient, b"008-0016"),
            (ToServer, b"ana: 0000-0008-0024"),
            (ToClient, b"ana: 0000-0"),
            (ToClient, b"008-0024"),
        ],
        &[
            r#"1 < prompt "alias?""#,
            r#"2 > join "ana""#,
            r#"3 < welcome "Voce esta conectado ao servidor!""#,
            r#"4 > say "ana: 0000-0008-0016""#,
            r#"5+6 < delivered "ana: 0000-0008-0016""#,
            r#"7 > say "ana: 0000-0008-0024""#,
            r#"8+9 < delivered "ana: 0000-0008-0024""#,
        ],
    );
}

/// As `shown`, once more, with what clients said known: who, and what.
fn shown_again(
    dialect: &str,
    said: &[(&str, &str)],
    segments: &[(Direction, &[u8])],
) -> Vec<String> {
    let others = said.iter().map(|(nick, text)| Dialogue {
        nick: Some(nick.as_bytes().to_vec()),
        messages: dialogue(
            dialect,
            &[(ToServer, nick.as_bytes()), (ToServer, text.as_bytes())],
        )
        .0
        .messages,
    });
    let others: Vec<_> = others.collect();
    let dialect = Dialect::builtin(dialect).unwrap();
    let dissector = super::Dissector::new(dialect).with_texts(super::Texts::of(others.iter()));
    let streams = streams(segments);
    let dialogue = dissector.dissect(Said {
        to_server: &streams[0],
        to_client: &streams[1],
        from_start: true,
    });
    let heard = dialogue
        .messages
        .iter()
        .filter(|one| one.direction == ToClient);
    heard
        .map(|one| {
            let text = protocol::quote::quote(one.text(&streams[1]));
            format!("{:?} {} {text}", one.frames, one.kind.id())
        })
        .collect()
}

#[test]
fn the_copy_of_a_text_ends_where_the_text_does() {
    let said = [
        ("ana", "ana: um"),
        ("ana", "ana: barreira"),
        ("bia", "bia: dois 1"),
    ];
    let joined: [(Direction, &[u8]); 3] = [
        (ToClient, b"alias?"),
        (ToServer, b"bia"),
        (ToClient, b"Voce esta conectado ao servidor!"),
    ];
    let check = |rest: &[(Direction, &[u8])], expected: &[&str]| {
        let heard = shown_again("sala", &said, &[&joined, rest].concat());
        assert_eq!(heard[2..], *expected);
    };
    // Cut within a text, while the client speaks.
    check(
        &[
            (ToClient, b"ana: barr"),
            (ToServer, b"bia: dois 1"),
            (ToClient, b"eirabia: dois 1"),
        ],
        &[
            r#"[4, 6] delivered "ana: barreira""#,
            r#"[6] delivered "bia: dois 1""#,
        ],
    );
    // Cut within a name that stands behind a text.
    check(
        &[
            (ToServer, b"bia: dois 1"),
            (ToClient, b"ana: umb"),
            (ToClient, b"ia: dois 1"),
        ],
        &[
            r#"[5] delivered "ana: um""#,
            r#"[5, 6] delivered "bia: dois 1""#,
        ],
    );
    // What nobody said ends with its segment.
    check(
        &[
            (ToClient, b"ana: tres"),
            (ToServer, b"bia: dois 1"),
            (ToClient, b"bia: dois 1"),
        ],
        &[
            r#"[4] delivered "ana: tres""#,
            r#"[6] delivered "bia: dois 1""#,
        ],
    );
}

/// As the document of `ifsc` has it.
fn welcome(nick: &str) -> String {
    let form = "Digite a mensagem no formato Origem:mensagem ou :Mensagem para enviar a todos";
    format!("Bem Vindo {nick}! Caso queira sair digite {{quit}}. \n{form}")
}

#[test]
fn a_text_that_holds_the_beginning_of_an_error_is_whole_where_it_is_known() {
    let said = [("ana", ":0000000-0000008-0248-0256")];
    let heard = shown_again(
        "ifsc",
        &said,
        &[
            (ToClient, b"Digite seu apelido"),
            (ToServer, b"bia"),
            (ToClient, welcome("bia").as_bytes()),
            (ToClient, b"ana: :0000000-0000008-"),
            (ToServer, b":oi"),
            (ToClient, b"0248-0256bia: :oi"),
        ],
    );
    let expected = [
        r#"[4, 6] delivered "ana: :0000000-0000008-0248-0256""#,
        r#"[6] delivered "bia: :oi""#,
    ];
    assert_eq!(heard[2..], expected);
}

#[test]
fn a_message_that_was_whole_does_not_take_the_first_half_of_the_next() {
    check(
        "sala",
        &[
            (ToClient, b"alias?"),
            (ToServer, b"ana"),
            (
                ToClient,
                b"Voce esta conectado ao servidor!bia esta conectado ao c",
            ),
            (ToClient, b"hatcaio esta conectado ao chat"),
        ],
        &[
            r#"1 < prompt "alias?""#,
            r#"2 > join "ana""#,
            r#"3 < welcome "Voce esta conectado ao servidor!""#,
            r#"3+4 < joined "bia esta conectado ao chat""#,
            r#"4 < joined "caio esta conectado ao chat""#,
        ],
    );
    check(
        "ifsc",
        &[
            (ToClient, b"Digite seu apelido"),
            (ToServer, b"ana"),
            (ToClient, welcome("ana").as_bytes()),
            (ToClient, "bia Está online".as_bytes()),
            (ToClient, " \ncaio Está online \n".as_bytes()),
        ],
        &[
            r#"1 < prompt "Digite seu apelido""#,
            r#"2 > join "ana""#,
            &format!(
                "3 < welcome {}",
                protocol::quote::quote(welcome("ana").as_bytes())
            ),
            r#"4+5 < present "bia Está online \n""#,
            r#"5 < present "caio Está online \n""#,
        ],
    );
}

/// By lines; a list has no words of its own, and a refused name is asked for again in the same words.
const BARE_LIST: &str = r#"
name = "turma"
title = "Turma"
document = "Turma"
port = 9
[framing]
client = "lf"
server = "lf"
[client]
join = "{nick}"
say = "say {text}"
list = "who"
[server]
prompt = "name?"
welcome = "hi {nick}"
joined = "{nick} came"
left = "{nick} left"
delivered = "{from}: {text}"
listing = { text = "{names}", separator = " " }
[error.name-in-use]
text = "name?"
before = "prompt"
"#;

fn kinds(file: &str, segments: &[(Direction, &[u8])]) -> Vec<&'static str> {
    let source = protocol::diagnostic::Source::new("turma.toml", file);
    let dialect = Dialect::parse(&source).expect("a dialect");
    let (dialogue, _) = dialogue_of(&dialect, segments);
    let messages = dialogue.messages.iter();
    messages.map(|message| message.kind.id()).collect()
}

#[test]
fn a_list_without_words_is_what_nothing_else_is() {
    let segments: [(Direction, &[u8]); 5] = [
        (ToClient, b"name?\n"),
        (ToServer, b"ana\n"),
        (ToClient, b"hi ana\n"),
        (ToServer, b"who\n"),
        (ToClient, b"bia left\ncaio: oi\nana caio\n"),
    ];
    let expected = [
        "prompt",
        "join",
        "welcome",
        "list",
        "left",
        "delivered",
        "listing",
    ];
    assert_eq!(kinds(BARE_LIST, &segments), expected);
    // Told by content, where a prompt has no line end.
    let by_content = BARE_LIST
        .replace(
            "\"name?\"\nwelcome",
            "{ text = \"name?\", framing = \"raw\" }\nwelcome",
        )
        .replace("\nbefore", "\nframing = \"raw\"\nbefore");
    let segments = segments.map(|(direction, text)| match text {
        b"name?\n" => (direction, &b"name?"[..]),
        text => (direction, text),
    });
    assert_eq!(kinds(&by_content, &segments), expected);
}

#[test]
fn the_first_question_is_no_refusal_of_a_client_that_spoke_first() {
    let segments: [(Direction, &[u8]); 5] = [
        (ToServer, b"ana\n"),
        (ToClient, b"name?\n"),
        (ToClient, b"name?\n"),
        (ToServer, b"bia\n"),
        (ToClient, b"hi bia\n"),
    ];
    let expected = ["join", "prompt", "name-in-use", "join", "welcome"];
    assert_eq!(kinds(BARE_LIST, &segments), expected);
}

#[test]
fn what_a_server_began_to_say_answers_nothing_that_was_asked_meanwhile() {
    let segments: [(Direction, &[u8]); 8] = [
        (ToClient, b"name?\n"),
        (ToServer, b"ana\n"),
        (ToClient, b"hi ana\n"),
        (ToClient, b"* bia "),
        (ToServer, b"who\n"),
        (ToClient, b"left\n"),
        (ToClient, b"* ana"),
        (ToClient, b" caio\n"),
    ];
    let starred = BARE_LIST
        .replace("{nick} left", "* {nick} left")
        .replace("text = \"{names}\"", "text = \"* {names}\"");
    let expected = ["prompt", "join", "welcome", "left", "list", "listing"];
    assert_eq!(kinds(&starred, &segments), expected);
}

#[test]
fn half_a_message_is_no_list_without_words() {
    let file = BARE_LIST
        .replace("\"{nick} came\"", "\"\\n-- {nick} came\"")
        .replace(
            "\"name?\"\nwelcome",
            "{ text = \"name?\", framing = \"raw\" }\nwelcome",
        )
        .replace("\nbefore", "\nframing = \"raw\"\nbefore");
    let segments: [(Direction, &[u8]); 7] = [
        (ToClient, b"name?"),
        (ToServer, b"ana\n"),
        (ToClient, b"hi ana\n"),
        (ToClient, b"\n-- bi"),
        (ToServer, b"say oi\n"),
        (ToClient, b"a came\n"),
        (ToServer, b"who\n"),
    ];
    let expected = ["prompt", "join", "welcome", "joined", "say", "list"];
    assert_eq!(kinds(&file, &segments), expected);
    // Nor where the rest never comes.
    let expected = ["prompt", "join", "welcome", "unrecognised"];
    assert_eq!(kinds(&file, &segments[..4]), expected);
}

#[test]
fn a_notice_that_says_more_in_its_own_words_is_no_answer() {
    let file = BARE_LIST.replace("{nick} left", "* {nick} left").replace(
        "text = \"{names}\"",
        "text = \"* {names}\", accept = [\"* {rest}\"]",
    );
    let segments: [(Direction, &[u8]); 5] = [
        (ToClient, b"name?\n"),
        (ToServer, b"ana\n"),
        (ToClient, b"hi ana\n"),
        (ToServer, b"who\n"),
        (ToClient, b"* bia left\n* ana caio\n"),
    ];
    let expected = ["prompt", "join", "welcome", "list", "left", "listing"];
    assert_eq!(kinds(&file, &segments), expected);
}
