use protocol::Dialect;
use protocol::message::Direction::{self, ToClient, ToServer};

use super::{Connection, Judged, findings};
use crate::conversation::ConversationId;
use crate::dissect::{Said, dissect};
use crate::stream::{Piece, Stream};

type Session<'a> = &'a [(u64, Direction, &'a str)];

fn streams(session: Session<'_>) -> [Stream; 2] {
    let mut streams = [Stream::default(), Stream::default()];
    for (frame, direction, text) in session {
        let stream = &mut streams[*direction as usize];
        stream.pieces.push(Piece {
            offset: stream.bytes.len(),
            length: text.len(),
            frame: *frame,
            time: None,
        });
        stream.bytes.extend_from_slice(text.as_bytes());
    }
    streams
}

/// Findings as `severity kind [frames] rule`, for each session as a client of one server.
fn found(dialect: &str, sessions: &[Session<'_>], is_whole: bool) -> Vec<String> {
    found_with(&Connection::default(), dialect, sessions, is_whole)
}

fn found_with(
    connection: &Connection,
    dialect: &str,
    sessions: &[Session<'_>],
    is_whole: bool,
) -> Vec<String> {
    found_of(connection, dialect, sessions, [is_whole, true])
}

/// The same, of captures that hold all of the sessions or not, and their beginnings or not.
fn found_of(
    connection: &Connection,
    dialect: &str,
    sessions: &[Session<'_>],
    [is_whole, began]: [bool; 2],
) -> Vec<String> {
    found_in(
        Dialect::builtin(dialect).unwrap(),
        connection,
        sessions,
        [is_whole, began],
    )
}

fn found_in(
    dialect: &Dialect,
    connection: &Connection,
    sessions: &[Session<'_>],
    [is_whole, began]: [bool; 2],
) -> Vec<String> {
    let streams: Vec<_> = sessions.iter().map(|one| streams(one)).collect();
    let dialogues: Vec<_> = streams
        .iter()
        .map(|[to_server, to_client]| {
            dissect(
                dialect,
                Said {
                    to_server,
                    to_client,
                    from_start: began,
                },
            )
        })
        .collect();
    let judged: Vec<_> = dialogues
        .iter()
        .zip(&streams)
        .enumerate()
        .map(|(at, (dialogue, streams))| Judged {
            conversation: ConversationId(at as u32),
            dialogue,
            streams: [&streams[0], &streams[1]],
            is_whole,
            ended: [is_whole; 2],
            latest: None,
            began,
            has_holes: false,
            connection,
        })
        .collect();
    findings(dialect, &judged)
        .iter()
        .map(|one| {
            let rule = one.rule.unwrap_or("-");
            format!("{:?} {:?} {:?} {rule}", one.severity, one.kind, one.frames)
        })
        .collect()
}

#[track_caller]
fn check(session: Session<'_>, expected: &[&str]) {
    assert_eq!(found("unb", &[session], true), expected);
}

const JOINED: [(u64, Direction, &str); 3] = [
    (1, ToClient, "NICK"),
    (2, ToServer, "ana"),
    (3, ToClient, "200 OK - Connected\nBem-vindo(a), ana."),
];

fn after_joining<'a>(rest: &[(u64, Direction, &'a str)]) -> Vec<(u64, Direction, &'a str)> {
    JOINED.iter().chain(rest).copied().collect()
}

#[test]
fn sends_that_a_server_read_as_one_are_answered_as_one() {
    let glued = [
        (4, ToServer, "um "),
        (5, ToServer, "dois"),
        (6, ToClient, "Servidor recebeu: um dois"),
    ];
    assert_eq!(found("eco", &[&glued], true), Vec::<String>::new());
    let forgotten = [
        (4, ToServer, "um"),
        (5, ToServer, "dois"),
        (6, ToClient, "Servidor recebeu: um"),
    ];
    let expected = ["Fault NoReply [5] acknowledgement"];
    assert_eq!(found("eco", &[&forgotten], true), expected);
}

#[test]
fn a_command_before_joining_may_be_refused() {
    check(
        &[
            (1, ToClient, "NICK"),
            (2, ToServer, "MSG oi"),
            (3, ToClient, "400 Bad Request\nInforme o apelido."),
            (4, ToServer, "ana"),
            (5, ToClient, "200 OK - Connected\nBem-vindo(a), ana."),
        ],
        &["Warning BeforeJoining [2] joining"],
    );
}

#[test]
fn a_reply_that_may_be_left_out_is_no_surplus() {
    let greeted = [
        (4, ToClient, "Digite seu apelido"),
        (6, ToServer, "ana"),
        (8, ToClient, "Bem Vindo ana!"),
        (10, ToServer, "{quit}"),
    ];
    let answered = [&greeted[..], &[(12, ToClient, "{quit}")]].concat();
    assert_eq!(found("ifsc", &[&greeted], true), Vec::<String>::new());
    assert_eq!(found("ifsc", &[&answered], true), Vec::<String>::new());
}

#[test]
fn a_session_by_the_document_has_no_findings() {
    check(
        &after_joining(&[
            (4, ToServer, "MSG oi"),
            (5, ToClient, "200 OK"),
            (6, ToServer, "TESTE"),
            (7, ToClient, "404 Not Found"),
            (8, ToServer, "QUIT"),
            (9, ToClient, "200 OK - Disconnecting"),
        ]),
        &[],
    );
}

#[test]
fn a_request_without_its_reply_is_a_fault_if_the_capture_is_whole() {
    let session = after_joining(&[
        (4, ToServer, "MSG oi"),
        (5, ToServer, "LIST"),
        (6, ToClient, "200 OK - User List\nana"),
        (7, ToServer, "QUIT"),
    ]);
    check(
        &session,
        &[
            "Fault NoReply [4] acknowledgement",
            "Fault NoReply [7] quit",
        ],
    );
    assert_eq!(
        found("unb", &[&session], false),
        [
            "Fault NoReply [4] acknowledgement",
            "Remark NoReplySeen [7] quit"
        ]
    );
}

#[test]
fn replies_to_nothing_and_replies_of_another_kind_are_told_apart() {
    check(
        &after_joining(&[
            (4, ToClient, "404 Not Found"),
            (5, ToServer, "TESTE"),
            (6, ToClient, "400 Bad Request"),
        ]),
        &[
            "Fault UnaskedReply [4] unknown-command",
            "Fault WrongReply [5, 6] unknown-command",
        ],
    );
}

#[test]
fn commands_before_joining_and_after_quitting_are_told() {
    check(
        &[
            (1, ToClient, "NICK"),
            (2, ToServer, "LIST"),
            (3, ToClient, "404 Not Found"),
            (4, ToServer, "ana"),
            (5, ToClient, "200 OK - Connected"),
            (6, ToServer, "QUIT"),
            (7, ToClient, "200 OK - Disconnecting"),
            (8, ToServer, "MSG oi"),
        ],
        &[
            "Warning BeforeJoining [2] joining",
            "Warning AfterQuit [6, 8] quit",
        ],
    );
}

#[test]
fn form_framing_and_unknown_bytes_are_judged_for_each_message() {
    check(
        &after_joining(&[
            (4, ToServer, "MSG oi\n"),
            (5, ToClient, "200 OK - tudo certo"),
            (6, ToServer, "MSG tchau"),
            (7, ToClient, "OK, recebido"),
        ]),
        &[
            "Warning SurplusTerminator [4] -",
            "Warning Tolerated [5] acknowledgement",
            "Fault Unrecognised [7] -",
        ],
    );
}

#[test]
fn an_echo_and_a_text_that_nobody_sent_are_found() {
    let ana = after_joining(&[
        (4, ToServer, "MSG oi"),
        (5, ToClient, "200 OK"),
        (6, ToClient, "[ana]: oi"),
    ]);
    let bia = [
        (11, ToServer, "bia"),
        (12, ToClient, "200 OK - Connected"),
        (13, ToClient, "[ana]: oi"),
        (14, ToClient, "[ana]: tudo bem?"),
    ];
    assert_eq!(
        found("unb", &[&ana, &bia], true),
        ["Fault Echoed [6] no-echo", "Fault NeverSent [14] broadcast"]
    );
}

#[test]
fn a_text_that_does_not_reach_a_member_is_a_fault() {
    let ana = after_joining(&[(14, ToServer, "MSG oi"), (15, ToClient, "200 OK")]);
    let bia = [
        (11, ToServer, "bia"),
        (12, ToClient, "200 OK - Connected"),
        (16, ToServer, "LIST"),
        (17, ToClient, "200 OK - User List\nana, bia"),
    ];
    assert_eq!(
        found("unb", &[&ana, &bia], true),
        ["Fault NotDelivered [14] broadcast"]
    );
    assert_eq!(found("unb", &[&ana, &bia[..2]], true), [""; 0]);
}

#[test]
fn text_that_is_not_in_the_encoding_is_a_fault() {
    let mut session = streams(&after_joining(&[
        (4, ToServer, "MSG S?o"),
        (5, ToClient, "200 OK"),
    ]));
    let mark = session[0]
        .bytes
        .iter()
        .position(|byte| *byte == b'?')
        .unwrap();
    session[0].bytes[mark] = 0xe3;
    let dialect = Dialect::builtin("unb").unwrap();
    let [to_server, to_client] = &session;
    let dialogue = dissect(
        dialect,
        Said {
            to_server,
            to_client,
            from_start: true,
        },
    );
    let judged = Judged {
        conversation: ConversationId(0),
        dialogue: &dialogue,
        streams: [to_server, to_client],
        is_whole: true,
        ended: [true; 2],
        latest: None,
        began: true,
        has_holes: false,
        connection: &Connection::default(),
    };
    let found = findings(dialect, &[judged]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].kind, super::FindingKind::WrongEncoding);
    assert_eq!(found[0].frames, [4]);
}

/// The same, with what the connection tells.
fn found_on(connection: &Connection, dialect: &str, session: Session<'_>) -> Vec<String> {
    found_with(connection, dialect, &[session], true)
}

#[test]
fn nobody_must_answer_what_comes_behind_its_own_fin() {
    let session = [
        (1, ToServer, "oi"),
        (2, ToClient, "Servidor recebeu: oi"),
        (4, ToServer, "tarde demais"),
    ];
    let connection = Connection {
        late: [4].into(),
        ..Connection::default()
    };
    assert_eq!(
        found_on(&connection, "eco", &session),
        ["Warning AfterClosing [4] -"]
    );
}

#[test]
fn a_client_that_resets_leaves_no_way_for_the_last_reply() {
    let connection = Connection {
        reset_by_client: true,
        ..Connection::default()
    };
    let session = [
        (1, ToServer, "um"),
        (2, ToServer, "dois"),
        (3, ToClient, "Servidor recebeu: dois"),
        (4, ToServer, "tres"),
    ];
    let expected = [
        "Fault NoReply [1] acknowledgement",
        "Remark NoReplySeen [4] acknowledgement",
    ];
    assert_eq!(found_on(&connection, "eco", &session), expected);
}

#[test]
fn a_server_that_speaks_first_and_does_not_is_told_only_of_a_client_that_waited() {
    let silent = |seconds: i64| Connection {
        ends: Some([3, 9]),
        lasted: Some(seconds * 1_000_000_000),
        ..Connection::default()
    };
    let ana = [
        (1, ToClient, "alias?"),
        (2, ToServer, "ana"),
        (3, ToClient, "Voce esta conectado ao servidor!"),
    ];
    let prompted = |seconds| found_with(&silent(seconds), "sala", &[&ana, &[]], true);
    assert_eq!(prompted(20), ["Warning NeverPrompted [3, 9] prompt"]);
    assert_eq!(prompted(1), [""; 0]);
    // Where nobody is prompted, silence is no difference.
    assert_eq!(
        found_with(&silent(20), "sala", &[&ana[1..], &[]], true),
        [""; 0]
    );
}

#[test]
fn without_a_delimiter_requests_in_a_row_may_reach_a_server_as_one() {
    check(
        &after_joining(&[
            (4, ToServer, "MSG um"),
            (5, ToServer, "MSG dois"),
            (6, ToClient, "200 OK"),
        ]),
        &["Remark Hasty [5] -"],
    );
    check(
        &after_joining(&[
            (4, ToServer, "MSG um\nLIST\n"),
            (5, ToClient, "200 OK"),
            (6, ToServer, "QUIT"),
            (7, ToClient, "200 OK - Disconnecting"),
        ]),
        &["Warning SurplusTerminator [4] -", "Remark Hasty [4] -"],
    );
}

#[test]
fn lines_of_one_write_are_answered_as_one_text() {
    let eco = [
        (1, ToServer, "um\ndois\n"),
        (2, ToClient, "Servidor recebeu: um\ndois\n"),
    ];
    let surplus = ["Warning SurplusTerminator [1] -"];
    assert_eq!(found("eco", &[&eco], true), surplus);
    let ana = [
        (1, ToClient, "alias?"),
        (2, ToServer, "ana"),
        (3, ToClient, "Voce esta conectado ao servidor!"),
        (4, ToServer, "ana: um\nana: dois\n"),
        (5, ToClient, "ana: um\nana: dois\n"),
    ];
    let bia = [
        (11, ToClient, "alias?"),
        (12, ToServer, "bia"),
        (13, ToClient, "Voce esta conectado ao servidor!"),
        (14, ToClient, "ana: um\nana: dois\n"),
    ];
    let surplus = ["Warning SurplusTerminator [4] -"];
    assert_eq!(found("sala", &[&ana, &bia], true), surplus);
}

#[test]
fn a_server_that_copies_line_ends_is_not_to_blame_for_them() {
    let named_with_an_end = [
        (1, ToClient, "alias?"),
        (2, ToServer, "ana\n"),
        (3, ToClient, "Voce esta conectado ao servidor!"),
        (4, ToServer, "ana\n: oi\n"),
        (5, ToClient, "ana\n: oi\n"),
    ];
    let surplus = ["Warning SurplusTerminator [2, 4] -"];
    assert_eq!(found("sala", &[&named_with_an_end], true), surplus);
    let never_sent = [(1, ToServer, "oi"), (2, ToClient, "Servidor recebeu: oi\n")];
    let own = ["Warning SurplusTerminator [2] -"];
    assert_eq!(found("eco", &[&never_sent], true), own);
}

#[test]
fn a_write_in_two_segments_is_one_message_whatever_the_client_says_meanwhile() {
    check(
        &[
            (1, ToClient, "NI"),
            (2, ToServer, "ana"),
            (3, ToClient, "CK200 OK - Connected"),
            (4, ToServer, "LIST"),
            (
                5,
                ToClient,
                "\nBem-vindo(a), ana.200 OK - User List\nUsuários onli",
            ),
            (6, ToServer, "QUIT"),
            (7, ToClient, "ne: ana200 OK - Disconnect"),
            (8, ToClient, "ing"),
        ],
        &[],
    );
    let begun: Session<'_> = &[(1, ToClient, "NI")];
    assert_eq!(found("unb", &[begun], true), ["Remark Unrecognised [1] -"]);
}

#[test]
fn a_text_that_looks_like_another_message_in_a_tolerated_form_is_a_text() {
    let ana = after_joining(&[
        (4, ToServer, "MSG fim [x] {y}; a=b?"),
        (6, ToClient, "200 OK"),
    ]);
    let bia = [
        (11, ToClient, "NICK"),
        (12, ToServer, "bia"),
        (13, ToClient, "200 OK - Connected"),
        (15, ToClient, "[ana]: fim [x] {y}; a=b?"),
    ];
    assert_eq!(found("unb", &[&ana, &bia], true), Vec::<String>::new());
}

#[test]
fn copies_that_reach_a_client_glued_together_are_copies() {
    let session: Session<'_> = &[
        (1, ToClient, "alias?"),
        (2, ToServer, "bia"),
        (3, ToClient, "Voce esta conectado ao servidor!"),
        (4, ToServer, "bia: um"),
        (5, ToClient, "ana: oibia: umcaio: e eu"),
        (6, ToServer, "bia: dois"),
        (7, ToClient, "bia: doisana: ah"),
        (8, ToServer, "bia: três"),
        (9, ToClient, "bia: três"),
    ];
    // Of the others, whose conversations are not here, only that can be said.
    let expected = ["Remark DeliveredUnsaid [5, 7] broadcast"];
    assert_eq!(found("sala", &[session], true), expected);
}

#[test]
fn the_text_that_was_not_copied_is_the_one_that_is_told() {
    let session: Session<'_> = &[
        (1, ToClient, "alias?"),
        (2, ToServer, "bia"),
        (3, ToClient, "Voce esta conectado ao servidor!"),
        (4, ToServer, "bia: um"),
        (6, ToServer, "bia: dois"),
        (7, ToClient, "bia: dois"),
    ];
    assert_eq!(found("sala", &[session], true), ["Fault NoReply [4] -"]);
}

#[test]
fn a_name_after_which_the_server_asks_again_was_refused() {
    let session: Session<'_> = &[
        (1, ToClient, "alias?"),
        (2, ToServer, "um nome longo demais"),
        (3, ToClient, "alias?"),
        (4, ToServer, "bia"),
        (5, ToClient, "Voce esta conectado ao servidor!"),
    ];
    assert_eq!(found("sala", &[session], true), [""; 0]);
    let early: Session<'_> = &[(1, ToServer, "bia"), (2, ToClient, "alias?")];
    assert_eq!(found("sala", &[early], true), ["Fault NoReply [1] welcome"]);
}

#[test]
fn a_number_inside_a_text_is_no_error_code() {
    let session: Session<'_> = &[
        (1, ToClient, "Digite seu apelido"),
        (2, ToServer, "ana"),
        (
            3,
            ToClient,
            "Bem Vindo ana! Caso queira sair digite {quit}. \nDigite a mensagem no formato Origem:mensagem ou :Mensagem para enviar a todos",
        ),
        (4, ToServer, ":a prova é dia 02 de dezembro"),
        (5, ToClient, "ana: :a prova é dia 02 de dezembro"),
    ];
    assert_eq!(
        found("ifsc", &[session], true),
        ["Remark BeyondAscii [4] encoding"]
    );
}

#[test]
fn acknowledgements_that_come_glued_together_answer_each_request() {
    let header = |body: &str| format!("{:<64}{body}", body.len());
    let [one, two, bye] = ["um", "dois", ":D"].map(header);
    let answered = |acknowledgements: &str| {
        let session: Session<'_> = &[
            (1, ToServer, &one),
            (2, ToClient, "Msg received"),
            (3, ToServer, &one),
            (4, ToServer, &two),
            (5, ToClient, acknowledgements),
            (6, ToServer, &bye),
        ];
        found("redes2023", &[session], true)
    };
    assert_eq!(answered("Msg receivedMsg received"), [""; 0]);
    assert_eq!(answered("umdois"), [""; 0]);
    let expected = ["Fault NoReply [4] acknowledgement"];
    assert_eq!(answered("Msg received"), expected);
}

#[test]
fn what_a_server_says_piece_by_piece_accuses_nobody_where_nothing_parts_messages() {
    let pieces = ["20", "0 O", "K\n", "Men", "sag", "em "];
    let more = ["env", "iad", "a c", "om ", "suc", "ess", "o.2", "00 ", "OK"];
    let mut session = JOINED.to_vec();
    session.push((4, ToServer, "MSG oi"));
    session.extend(
        (5..)
            .zip(pieces)
            .map(|(frame, piece)| (frame, ToClient, piece)),
    );
    session.push((20, ToServer, "MSG tudo bem?"));
    session.extend(
        (21..)
            .zip(more)
            .map(|(frame, piece)| (frame, ToClient, piece)),
    );
    let severe = |session: Session<'_>| {
        let found = found("unb", &[session], true);
        found
            .into_iter()
            .filter(|one| !one.starts_with("Remark"))
            .collect::<Vec<_>>()
    };
    assert_eq!(severe(&session), Vec::<String>::new());
    // A short reply in one piece is no part of one.
    let wrong = after_joining(&[
        (4, ToServer, "MSG oi"),
        (5, ToClient, "ok"),
        (6, ToServer, "LIST"),
        (7, ToClient, "k"),
    ]);
    assert!(!severe(&wrong).is_empty());
}

#[test]
fn what_follows_a_text_of_somebody_unseen_may_be_its_rest() {
    let session: [(u64, Direction, &str); 7] = [
        (1, ToClient, "alias?"),
        (2, ToServer, "bia"),
        (3, ToClient, "Voce esta conectado ao servidor!"),
        (4, ToClient, "ana: 0000-"),
        (5, ToServer, "bia: oi"),
        (6, ToClient, "8888 !"),
        (7, ToClient, "caio esta conectado ao chat"),
    ];
    let own = session.map(|(frame, direction, text)| {
        (
            frame,
            direction,
            match text {
                "ana: 0000-" => "bia: 0000-",
                text => text,
            },
        )
    });
    let odd = |session: Session<'_>| {
        let found = found("sala", &[session], true);
        found.into_iter().find(|one| one.contains("Unrecognised"))
    };
    assert_eq!(odd(&session).as_deref(), Some("Remark Unrecognised [6] -"));
    assert_eq!(odd(&own).as_deref(), Some("Fault Unrecognised [6] -"));
}

#[test]
fn what_answers_a_name_in_front_of_the_capture_accuses_nobody() {
    let refused: [(u64, Direction, &str); 3] = [
        (1, ToClient, "Digite seu apelidoErro 01: Esse apeli"),
        (2, ToClient, "do já está em uso"),
        (3, ToClient, "Digite seu apelido"),
    ];
    let severe = |began| {
        let connection = Connection::default();
        let found = found_of(&connection, "ifsc", &[&refused], [false, began]);
        found
            .into_iter()
            .filter(|one| !one.starts_with("Remark"))
            .count()
    };
    assert_eq!(severe(false), 0);
    assert_eq!(severe(true), 2);
}

#[test]
fn what_began_in_front_of_the_capture_may_have_been_another_request() {
    let late = |first: &'static str, reply: &'static str| {
        let session = [
            (1, ToServer, first),
            (2, ToClient, reply),
            (3, ToServer, "evagar se vai\n"),
            (4, ToServer, "MSG oi\n"),
            (5, ToClient, "200 OK\n"),
        ];
        let of_it = &session[if first.is_empty() { 2 } else { 0 }..];
        found_of(&Connection::default(), "unb-lf", &[of_it], [false; 2])
    };
    assert_eq!(late("", ""), ["Remark NoReplySeen [3] unknown-command"]);
    let known = late("LIST\n", "200 OK - User List\n");
    assert_eq!(known, ["Fault NoReply [3] unknown-command"]);
}

#[test]
fn nothing_shows_how_far_a_client_has_come_before_its_server_says_what_is_known() {
    let retries = [
        (1, ToServer, "ana\n"),
        (2, ToClient, "em uso\n"),
        (3, ToServer, "bia\n"),
        (4, ToClient, "em uso\n"),
        (5, ToServer, "MSG oi\n"),
        (6, ToClient, "200 OK\n"),
        (7, ToClient, "em uso\n"),
        (8, ToServer, "LIST\n"),
        (9, ToClient, "200 OK - User List\n"),
    ];
    let severe = |began| {
        let found = found_of(
            &Connection::default(),
            "unb-lf",
            &[&retries],
            [false, began],
        );
        let unknown = found
            .into_iter()
            .filter(|one| one.starts_with("Fault Unrecognised"));
        unknown.collect::<Vec<_>>()
    };
    assert_eq!(severe(false), ["Fault Unrecognised [7] -"]);
    assert_eq!(severe(true).len(), 3);
}

/// A course's own dialect, by lines; whole sessions.
fn found_by_lines(tables: &str, sessions: &[Session<'_>]) -> Vec<String> {
    found_by_lines_on(&Connection::default(), tables, sessions)
}

fn found_by_lines_on(
    connection: &Connection,
    tables: &str,
    sessions: &[Session<'_>],
) -> Vec<String> {
    let file = format!(
        r#"
name = "turma"
title = "Turma"
document = "Turma"
port = 9
[framing]
client = "lf"
server = "lf"
[client]
join = "hello {{nick}}"
say = "{{text}}"
quit = "bye"
[server]
welcome = "welcome {{nick}}"
delivered = "{{from}}: {{text}}"
bye = "bye"
{tables}"#
    );
    let source = protocol::diagnostic::Source::new("turma.toml", &file);
    let dialect = Dialect::parse(&source).expect("a dialect");
    found_in(&dialect, connection, sessions, [true; 2])
}

#[test]
fn nobody_must_answer_a_request_that_never_ended() {
    let session: Session<'_> = &[(1, ToServer, "hello ana")];
    let expected = ["Fault MissingTerminator [1] -"];
    assert_eq!(found_by_lines("", &[session]), expected);
    let ended: Session<'_> = &[(1, ToServer, "hello ana\n")];
    assert_eq!(found_by_lines("", &[ended]), ["Fault NoReply [1] -"]);
    // What it answers nevertheless is an answer to that.
    let refused: Session<'_> = &[
        (1, ToServer, "hello ana\n"),
        (2, ToClient, "welcome ana\n"),
        (3, ToServer, "by"),
        (4, ToClient, "what?\n"),
    ];
    let tables = "[error]\nmalformed = \"what?\"";
    let expected = ["Fault MissingTerminator [3] -"];
    assert_eq!(found_by_lines(tables, &[refused]), expected);
}

#[test]
fn a_name_that_no_words_refuse_may_be_met_with_silence() {
    let long = format!("hello {}\n", "a".repeat(600));
    let session: Session<'_> = &[(1, ToServer, &long)];
    let silence = ["Fault NoReply [1] -"];
    let limited = "[names]\nmax = 20";
    assert_eq!(found_by_lines(limited, &[session]), [""; 0]);
    let worded = "[names]\nmax = 20\n[error]\nname-invalid = \"no\"";
    assert_eq!(found_by_lines(worded, &[session]), silence);
    let short: Session<'_> = &[(1, ToServer, "hello ana\n")];
    assert_eq!(found_by_lines(limited, &[short]), silence);
    // Nor may it be in use, by somebody who is there.
    let first: Session<'_> = &[(1, ToServer, "hello ana\n"), (2, ToClient, "welcome ana\n")];
    let second: Session<'_> = &[(3, ToServer, "hello ana\n")];
    let unique = "[names]\nunique = true";
    assert_eq!(found_by_lines(unique, &[first, second]), [""; 0]);
    let other: Session<'_> = &[(3, ToServer, "hello bia\n")];
    assert_eq!(
        found_by_lines(unique, &[first, other]),
        ["Fault NoReply [3] -"]
    );
}

#[test]
fn what_a_namesake_said_is_no_echo() {
    let ana = after_joining(&[(16, ToClient, "[ana]: oi")]);
    let namesake = [
        (11, ToClient, "NICK"),
        (12, ToServer, "ana"),
        (13, ToClient, "200 OK - Connected"),
        (14, ToServer, "MSG oi"),
        (15, ToClient, "200 OK"),
    ];
    assert_eq!(found("unb", &[&ana, &namesake], true), [""; 0]);
}

#[test]
fn what_is_longer_than_a_frame_goes_on_in_the_next() {
    let frames =
        "[framing]\nclient = { fixed = 16, pad = \"_\" }\nserver = { fixed = 16, pad = \"_\" }";
    let file = format!(
        "name = \"turma\"\ntitle = \"Turma\"\ndocument = \"Turma\"\nport = 9\n{frames}\n[client]\njoin = \"J{{nick}}\"\nsay = \"M{{text}}\"\n\
         [server]\nwelcome = \"J{{nick}}\"\ndelivered = \"M{{from}}\"\n[error]\nunknown-command = \"E{{rest}}\""
    );
    let source = protocol::diagnostic::Source::new("turma.toml", &file);
    let dialect = Dialect::parse(&source).expect("a dialect");
    let odd = |answer: &str| {
        let session: Session<'_> = &[
            (1, ToServer, "Jana____________"),
            (2, ToClient, "Jana____________"),
            (3, ToServer, "xxxxxxxxxxxxxxxx"),
            (4, ToClient, answer),
        ];
        found_in(&dialect, &Connection::default(), &[session], [true; 2])
    };
    let longer = "Exxxxxxxxxxxxxxxx_______________";
    assert_eq!(odd(longer), ["Remark Unrecognised [4] -"]);
    let another = "Exxxxxxxxxxxxxx_x_______________";
    assert_eq!(odd(another), ["Fault Unrecognised [4] -"]);
}

#[test]
fn who_has_not_joined_may_be_told_so_whatever_it_sends() {
    let tables = "[client.join]\nsteps = [{ send = \"NICK {nick}\" }]\nsend = \"USER {nick}\"\n[error]\nnot-joined = \"451\"\nunknown-command = \"421\"";
    let file = format!(
        "name = \"turma\"\ntitle = \"Turma\"\ndocument = \"Turma\"\nport = 9\n[framing]\nclient = \"lf\"\nserver = \"lf\"\n[client]\nsay = \"SAY {{text}}\"\n\
         [server]\nwelcome = \"001 {{nick}}\"\ndelivered = \"{{from}}: {{text}}\"\n{tables}"
    );
    let source = protocol::diagnostic::Source::new("turma.toml", &file);
    let dialect = Dialect::parse(&source).expect("a dialect");
    let session: Session<'_> = &[
        (1, ToServer, "NICK Ana Maria\n"),
        (2, ToClient, "451\n"),
        (3, ToServer, "USER ana\n"),
        (4, ToClient, "451\n"),
    ];
    let found = found_in(&dialect, &Connection::default(), &[session], [true; 2]);
    assert_eq!(found, [""; 0]);
}

#[test]
fn what_a_server_was_saying_when_its_client_left_lacks_its_end() {
    let tables = "greeting = \"one\\ntwo\\nthree\"";
    let odd = |session: Session<'_>, client_left_first: bool| {
        let connection = Connection {
            closed_first: client_left_first.then_some((ToServer, 9)),
            ..Connection::default()
        };
        let found = found_by_lines_on(&connection, tables, &[session]);
        found.into_iter().find(|one| !one.starts_with("Remark"))
    };
    let greeted = (1, ToClient, "one\ntwo\nthree\n");
    let text: Session<'_> = &[
        greeted,
        (2, ToServer, "hello ana\n"),
        (3, ToClient, "welcome ana\nbia: o"),
    ];
    assert_eq!(odd(text, true), None);
    let fault = "Fault MissingTerminator [3] -";
    assert_eq!(odd(text, false).as_deref(), Some(fault));
    let greeting: Session<'_> = &[(1, ToClient, "one\ntwo\nthr")];
    assert_eq!(odd(greeting, true), None);
    let other: Session<'_> = &[(1, ToClient, "one\n2\nthr")];
    assert_eq!(
        odd(other, true).as_deref(),
        Some("Fault Unrecognised [1] -")
    );
}

#[test]
fn nothing_must_reach_who_has_closed_or_was_shut_out() {
    let ana: Session<'_> = &[
        (1, ToServer, "hello ana\n"),
        (2, ToClient, "welcome ana\n"),
        (9, ToServer, "oi\n"),
        (10, ToClient, "ok\n"),
    ];
    let bia: Session<'_> = &[
        (3, ToServer, "hello bia\n"),
        (4, ToClient, "welcome bia\n"),
        (11, ToClient, "ana: hm\n"),
    ];
    let told = |closed_first| {
        let connection = Connection {
            closed_first,
            ..Connection::default()
        };
        let found = found_by_lines_on(&connection, "said = \"ok\"", &[ana, bia]);
        found.iter().any(|one| one.contains("NotDelivered"))
    };
    assert!(told(None));
    assert!(told(Some((ToServer, 12))));
    assert!(!told(Some((ToServer, 10))));
    assert!(!told(Some((ToClient, 12))));
}

#[test]
fn a_list_of_nobody_has_a_line_for_nobody() {
    let tables = "[server.listing]\ntext = \"users:\\n{names:lines}\"\naccept = [\"users:\"]\nseparator = \"\\n\"\n\
                  with_self = false\n[client.list]\nsend = \"who\"";
    let session: Session<'_> = &[
        (1, ToServer, "hello ana\n"),
        (2, ToClient, "welcome ana\n"),
        (3, ToServer, "who\n"),
        (4, ToClient, "users:\n\n"),
    ];
    let expected = ["Remark SurplusTerminator [4] -"];
    assert_eq!(found_by_lines(tables, &[session]), expected);
}

#[test]
fn a_text_that_comes_more_often_than_it_was_sent_is_a_fault() {
    let told = |said: &'static str, heard: &'static str, began, closed| {
        let ana = after_joining(&[
            (14, ToServer, said),
            (15, ToClient, "200 OK"),
            (16, ToServer, "MSG tchau"),
            (17, ToClient, "200 OK"),
        ]);
        let bia = [
            (11, ToServer, "bia"),
            (12, ToClient, "200 OK - Connected"),
            (18, ToClient, "[ana]: oi"),
            (19, ToClient, heard),
            (20, ToClient, "[ana]: tchau"),
        ];
        let connection = Connection {
            closed_first: closed,
            ..Connection::default()
        };
        let found = found_of(&connection, "unb", &[&ana, &bia], [true, began]);
        let mut found = found.into_iter();
        found.find(|one| one.contains("DeliveredTwice"))
    };
    let fault = "Fault DeliveredTwice [19] broadcast";
    let twice = |closed| told("MSG oi", "[ana]: oi", true, closed);
    assert_eq!(twice(None).as_deref(), Some(fault));
    assert_eq!(twice(Some((ToServer, 19))).as_deref(), Some(fault));
    // She may be back where the capture does not see her.
    assert_eq!(twice(Some((ToServer, 18))), None);
    // The text of two messages that one write brought, and one said before the capture began.
    assert_eq!(told("MSG oi\nMSG oi", "[ana]: oi", true, None), None);
    assert_eq!(told("MSG oi", "[ana]: oi", false, None), None);
    assert_eq!(told("MSG oi", "[ana]: ah", true, None), None);
}

#[test]
fn a_text_that_its_author_never_sent_is_a_fault() {
    let told = |said: &'static str, heard: &'static str, began, closed| {
        let ana = after_joining(&[
            (14, ToServer, said),
            (15, ToClient, "200 OK"),
            (19, ToServer, "MSG tchau"),
            (20, ToClient, "200 OK"),
        ]);
        let bia = [
            (11, ToServer, "bia"),
            (12, ToClient, "200 OK - Connected"),
            (16, ToServer, "MSG b'oi' [ana]: sou eu"),
            (17, ToClient, "200 OK"),
            (18, ToClient, heard),
            (21, ToClient, "[ana]: tchau"),
        ];
        let connection = Connection {
            closed_first: closed,
            ..Connection::default()
        };
        let found = found_of(&connection, "unb", &[&ana, &bia], [true, began]);
        let mut found = found.into_iter();
        found.find(|one| one.contains("NeverSent") || one.contains("DeliveredUnsaid"))
    };
    let fault = Some("Fault NeverSent [18] broadcast");
    let remark = Some("Remark DeliveredUnsaid [18] broadcast");
    let whole = |said, heard| told(said, heard, true, None);
    assert_eq!(whole("MSG Olá", "[ana]: olá").as_deref(), fault);
    assert_eq!(whole("MSG Olá", "[ana]: Ol?").as_deref(), fault);
    // Bia said so, not Ana.
    assert_eq!(whole("MSG oi", "[ana]: b'oi'").as_deref(), fault);
    // A text may look like a message, or hold what a server must not show.
    assert_eq!(whole("MSG oi", "[ana]: sou eu").as_deref(), remark);
    assert_eq!(whole("MSG oi", "[ana]: o\u{fffd}i").as_deref(), remark);
    // A piece of a text, one without its blanks, and one with something behind it that nothing parts from it.
    assert_eq!(whole("MSG bom dia", "[ana]: dia").as_deref(), remark);
    assert_eq!(whole("MSG bom\tdia", "[ana]: bom dia").as_deref(), remark);
    assert_eq!(whole("MSG oi", "[ana]: oi?").as_deref(), remark);
    // Somebody else under the name, or she herself before the capture.
    assert_eq!(whole("MSG oi", "[caio]: ah").as_deref(), remark);
    assert_eq!(told("MSG oi", "[ana]: ah", false, None).as_deref(), remark);
    let left = Some((ToServer, 17));
    assert_eq!(told("MSG oi", "[ana]: ah", true, left).as_deref(), remark);
}

#[test]
fn what_a_client_sends_behind_its_last_request_may_not_be_in_the_capture() {
    let told = |is_whole, heard: &[(u64, Direction, &'static str)]| {
        let ana = after_joining(&[(14, ToServer, "MSG oi"), (15, ToClient, "200 OK")]);
        let bia = [
            (11, ToServer, "bia"),
            (12, ToClient, "200 OK - Connected"),
            (16, ToClient, "[ana]: oi"),
        ];
        let bia = [&bia, heard, &[(19, ToClient, "caio entrou no chat!")]].concat();
        let found = found_of(
            &Connection::default(),
            "unb",
            &[&ana, &bia],
            [is_whole, true],
        );
        found.into_iter().next()
    };
    let [other, again] = ["[ana]: ah", "[ana]: oi"].map(|heard| [(17, ToClient, heard)]);
    assert_eq!(
        told(true, &other).as_deref(),
        Some("Fault NeverSent [17] broadcast")
    );
    assert_eq!(
        told(false, &other).as_deref(),
        Some("Remark DeliveredUnsaid [17] broadcast")
    );
    assert_eq!(
        told(true, &again).as_deref(),
        Some("Fault DeliveredTwice [17] broadcast")
    );
    assert_eq!(told(false, &again), None);
}

#[test]
fn an_echo_of_what_was_never_sent_is_a_fault() {
    let echoed = |reply: &'static str| {
        let session: Session<'_> = &[
            (1, ToServer, "Bom dia"),
            (2, ToClient, reply),
            (3, ToServer, "sair"),
            (4, ToClient, "Conexão encerrada."),
        ];
        found("eco", &[session], true)
    };
    assert_eq!(echoed("Servidor recebeu: Bom dia"), [""; 0]);
    let fault = ["Fault NeverSent [2] acknowledgement"];
    assert_eq!(echoed("Servidor recebeu: bom dia"), fault);
    assert_eq!(echoed("Servidor recebeu: b'Bom dia'"), fault);
}

#[test]
fn a_text_that_its_sender_gets_and_another_does_not_is_a_fault() {
    let told = |last: &'static str, left: u64| {
        let ana = [
            (1, ToClient, "alias?"),
            (2, ToServer, "ana"),
            (3, ToClient, "Voce esta conectado ao servidor!"),
            (14, ToServer, "ana: oi"),
            (15, ToClient, "ana: oi"),
            (16, ToServer, "ana: tchau"),
            (17, ToClient, last),
        ];
        let bia = [
            (11, ToClient, "alias?"),
            (12, ToServer, "bia"),
            (13, ToClient, "Voce esta conectado ao servidor!"),
            (left, ToClient, "caio esta conectado ao chat"),
        ];
        found("sala", &[&ana, &bia], false)
    };
    let fault = "Fault NotDelivered [14] broadcast".to_owned();
    assert!(told("ana: tchau", 18).contains(&fault));
    // Nothing shows that the server has gone on when Bia hears no more.
    assert_eq!(told("ana: tchau", 16), [""; 0]);
    assert_eq!(told("zoe esta conectado ao chat", 18).len(), 1);
}

#[test]
fn what_answers_a_request_that_nobody_knows_is_not_unasked() {
    let tables = "[client.list]\nsend = \"/who\"\n[server.listing]\ntext = \"* {names}\"";
    let file = format!(
        "name = \"turma\"\ntitle = \"Turma\"\ndocument = \"Turma\"\nport = 9\n[framing]\nclient = \"lf\"\nserver = \"lf\"\n\
         [client]\njoin = \"/nick {{nick}}\"\nsay = \"/say {{text}}\"\n[server]\nwelcome = \"hi {{nick}}\"\n\
         delivered = \"{{from}}: {{text}}\"\n{tables}"
    );
    let source = protocol::diagnostic::Source::new("turma.toml", &file);
    let dialect = Dialect::parse(&source).expect("a dialect");
    let told = |asked: &'static str| {
        let session: Session<'_> = &[
            (1, ToServer, "/nick ana\n"),
            (2, ToClient, "hi ana\n"),
            (3, ToServer, asked),
            (4, ToClient, "* ana bia\n"),
        ];
        found_in(&dialect, &Connection::default(), &[session], [true; 2])
    };
    assert_eq!(told("/room outra\n"), ["Remark UnaskedReply [4] -"]);
    assert_eq!(told("/say oi\n"), ["Fault UnaskedReply [4] -"]);
}

#[test]
fn where_names_are_not_unique_another_may_have_said_it_unseen() {
    let ana: Session<'_> = &[
        (1, ToServer, "hello ana\n"),
        (2, ToClient, "welcome ana\n"),
        (5, ToServer, "oi\n"),
    ];
    let bia: Session<'_> = &[
        (3, ToServer, "hello bia\n"),
        (4, ToClient, "welcome bia\n"),
        (6, ToClient, "ana: oi\n"),
        (7, ToClient, "ana: oi\n"),
    ];
    let told = |tables: &str| {
        let mut found = found_by_lines(tables, &[ana, bia]).into_iter();
        found.find(|one| one.contains("DeliveredTwice"))
    };
    assert_eq!(told("").as_deref(), Some("Remark DeliveredTwice [7] -"));
    let unique = "[names]\nunique = true";
    assert_eq!(told(unique).as_deref(), Some("Fault DeliveredTwice [7] -"));
}
