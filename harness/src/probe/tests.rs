//! From what was heard to the draft and the page, without a server.

use proptest::prelude::*;
use protocol::Dialect;
use protocol::diagnostic::Source;
use protocol::framing::Framing;
use protocol::lang::Lang;
use protocol::message::CommandKind;

use super::cast::{Cast, Names};
use super::session::{Act, Heard, Session};
use super::*;

const ACTS: [Act; 15] = [
    Act::AnaConnects,
    Act::AnaJoins,
    Act::BiaConnects,
    Act::BiaJoins,
    Act::CaioJoins,
    Act::Says,
    Act::SaysAgain,
    Act::Tells,
    Act::TellsNobody,
    Act::Lists,
    Act::Strange,
    Act::Quits,
    Act::Closes,
    Act::AsksForTaken,
    Act::AsksForFree,
];

fn words() -> Words {
    let requests = [
        (CommandKind::Join, "NICK {nick}"),
        (CommandKind::Say, "{text}"),
        (CommandKind::List, "LIST"),
        (CommandKind::Quit, "QUIT"),
    ];
    requests
        .into_iter()
        .fold(Words::default(), |words, (kind, source)| {
            words.with(kind, &[source])
        })
}

fn findings(sessions: Vec<Session>, fit: Option<Fit>) -> Findings {
    let (server, readings) = read(&sessions, &[], &ends::delimited(b"\n"));
    Findings {
        greeting: Vec::new(),
        is_mute: false,
        closes_at_once: false,
        ends: Ends {
            joining: ends::delimited(b"\n"),
            chatting: ends::delimited(b"\n"),
            server,
        },
        fit,
        words: words(),
        sessions,
        readings,
        is_coloured: false,
        has_returns: false,
        untried: Untried::default(),
        connections: 9,
        took: Duration::from_millis(1400),
        slowest: Some(Duration::from_millis(3)),
    }
}

/// A session in which this came; `{ana}`, `{bia}`, `{caio}`, `{nobody}` and `{text}` stand for those of the session.
fn session(at: usize, names: &mut Names, heard: &[(Act, &str, &str)]) -> Session {
    let [text, command] = SAID[at];
    let cast = Cast::new(names, text, command);
    let filled = |text: &str| {
        let values = [
            ("{ana}", &cast.ana),
            ("{bia}", &cast.bia),
            ("{caio}", &cast.caio),
            ("{nobody}", &cast.nobody),
            ("{eva}", &cast.eva),
            ("{text}", &cast.text),
        ];
        let filled = values.iter().fold(text.to_owned(), |text, (hole, value)| {
            text.replace(hole, value)
        });
        filled.replace("{command}", &cast.command).into_bytes()
    };
    let heard = heard.iter().map(|(act, ana, bia)| Heard {
        act: *act,
        ana: filled(ana),
        bia: filled(bia),
    });
    Session {
        heard: heard.collect(),
        cast,
        closes: true,
        is_given: false,
        shuts_out: false,
    }
}

/// What a server says whose notices tell the time, and whose acknowledgement counts.
fn clock(minute: u32, count: u32) -> Vec<(Act, String, String)> {
    let at = format!("[2026-11-21 14:{minute}:01]");
    let all = [
        (
            Act::AnaJoins,
            format!("{at} {{ana}} entered\n"),
            String::new(),
        ),
        (
            Act::BiaJoins,
            format!("{at} {{bia}} entered\n"),
            format!("{at} {{bia}} entered\n"),
        ),
        (
            Act::Says,
            format!("OK {count}\n"),
            "<{ana}> {text}\n".to_owned(),
        ),
        (
            Act::SaysAgain,
            format!("OK {count}\n"),
            "<{ana}> {text}\n".to_owned(),
        ),
        (
            Act::Lists,
            "probezz, {ana}, {bia}, {caio} are 4\n".to_owned(),
            String::new(),
        ),
        (Act::Strange, "ERR {command}\n".to_owned(), String::new()),
        (
            Act::Quits,
            format!("{at} {{bia}} left\n"),
            format!("{at} {{bia}} left\n"),
        ),
    ];
    all.into()
}

fn borrowed(heard: &[(Act, String, String)]) -> Vec<(Act, &str, &str)> {
    heard
        .iter()
        .map(|(act, ana, bia)| (*act, &ana[..], &bia[..]))
        .collect()
}

/// What is of the moment becomes a hole; who leaves and is told so may hear the same.
#[test]
fn a_draft_is_of_no_moment() {
    let mut names = Names::default();
    let sessions = [clock(21, 1), clock(22, 2)];
    let sessions = sessions
        .iter()
        .enumerate()
        .map(|(at, heard)| session(at, &mut names, &borrowed(heard)));
    let findings = findings(sessions.collect(), None);
    insta::assert_snapshot!(draft(&findings, "mine", 7000, Lang::En));
    for lang in Lang::ALL {
        insta::assert_snapshot!(format!("page_{lang}"), shown(&findings, lang));
    }
}

/// What comes otherwise the second time is no rule: it is shown, and the request that it answers is left out with it.
#[test]
fn what_differs_the_second_time_is_left_out() {
    let mut names = Names::default();
    let mut second = clock(22, 2);
    second[2].1 = "fine\n".to_owned();
    second[3].1 = "fine\n".to_owned();
    let sessions = [clock(21, 1), second];
    let sessions = sessions
        .iter()
        .enumerate()
        .map(|(at, heard)| session(at, &mut names, &borrowed(heard)));
    let text = draft(&findings(sessions.collect(), None), "mine", 7000, Lang::En);
    assert!(
        text.contains("\n# say = \"{text}\"") && !text.contains("\nsaid = "),
        "{text}"
    );
    assert!(text.contains("\njoin = \"NICK {nick}\""), "{text}");
}

/// The draft for a server that answers a message to nobody so.
fn told_nobody(answer: &str) -> String {
    let mut names = Names::default();
    let heard = [
        (Act::AnaJoins, "hi {ana}\n", ""),
        (Act::BiaJoins, "", "hi {bia}\n"),
        (Act::Says, "", "{ana}: {text}\n"),
        (Act::SaysAgain, "", "{ana}: {text}\n"),
        (Act::Tells, "told {bia}\n", "*{ana}* {text}\n"),
        (Act::TellsNobody, answer, ""),
    ];
    let sessions = [0, 1].map(|at| session(at, &mut names, &heard));
    let findings = Findings {
        words: words().with(CommandKind::Tell, &["@{to} {text}"]),
        ..findings(sessions.into(), None)
    };
    draft(&findings, "mine", 7000, Lang::En)
}

#[test]
fn only_what_refuses_a_message_to_nobody_is_a_refusal() {
    let refused = told_nobody("no {nobody} here\n");
    assert!(
        refused.contains("\nno-recipient = \"no {to} here\"\n"),
        "{refused}"
    );
    for answer in ["told {nobody}\n", ""] {
        let text = told_nobody(answer);
        assert!(text.contains("\ntold = \"told {to}\"\n"), "{text}");
        assert!(!text.contains("no-recipient"), "{text}");
    }
}

fn pieces() -> impl Strategy<Value = Vec<(Vec<u8>, Vec<u8>)>> {
    let text = "(probe[ab]{2}|ola mundo kxqzw|bom dia a quem veio wqzkx|[{}\"\\\\\n\r\u{1b}\u{0}] ?|, |127\\.0\\.0\\.1:[0-9]{1,5}|[0-9]{1,3}:?){0,8}";
    let piece = prop_oneof![
        text.prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..20)
    ];
    proptest::collection::vec((piece.clone(), piece), ACTS.len() * 2)
}

proptest! {
    #[test]
    fn a_draft_loads_whatever_a_server_says(pieces in pieces(), fits in any::<bool>(), same in any::<bool>()) {
        let mut names = Names::default();
        let sessions = [0, 1].map(|at| {
            let mut session = session(at, &mut names, &[]);
            let from = if same { 0 } else { at * ACTS.len() };
            session.heard = ACTS.into_iter().zip(&pieces[from..]).map(|(act, (ana, bia))| Heard {
                act,
                ana: ana.clone(),
                bia: bia.clone(),
            }).collect();
            session
        });
        let fit = fits.then_some(Fit { name: "unb", known: 3, all: 4 });
        let findings = findings(sessions.into(), fit);
        for lang in Lang::ALL {
            let text = draft(&findings, "a \"b", 7000, lang);
            prop_assert!(Dialect::parse(&Source::new("draft", text.clone())).is_ok(), "{text}");
            let page = shown(&findings, lang);
            prop_assert!(!page.contains(['\u{1b}', '\0']), "{page}");
        }
        prop_assert!(matches!(findings.ends.server, Framing::Raw) || findings.ends.server.is_delimited());
    }
}
