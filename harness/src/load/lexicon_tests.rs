use super::*;
use proptest::prelude::*;
use protocol::diagnostic::Source;
use protocol::message::{CommandKind, Direction};

fn crowd() -> Crowd {
    Crowd::new(3, &(30..=30), 5)
}

fn mark(sender: usize, number: u32) -> Mark {
    Mark { sender, number }
}

/// What is heard, in words, and how many bytes are left.
fn heard(dialect: &Dialect, bytes: &[u8], supply: Supply) -> (Vec<String>, usize) {
    let mut lexicon = Lexicon::new(dialect, crowd());
    let mut all = Vec::new();
    let done = lexicon.read(bytes, supply, &mut |heard| {
        all.push(match heard {
            Heard::Message { mark, from } => {
                let from = from.map_or("?".to_owned(), |from| from.to_string());
                format!("{}.{} from {from}", mark.sender, mark.number)
            }
            Heard::Altered { mark, .. } => format!("altered {}.{}", mark.sender, mark.number),
            Heard::Acknowledged => "ack".to_owned(),
            Heard::Refused { reason, .. } => format!("refused {reason}"),
            Heard::Aside => "aside".to_owned(),
            Heard::Blank => "blank".to_owned(),
            Heard::Strange(bytes) => format!("strange {}", String::from_utf8_lossy(bytes)),
        });
    });
    (all, bytes.len() - done)
}

#[track_caller]
fn hears(dialect: &Dialect, bytes: &str, supply: Supply, expected: &[&str], left: usize) {
    let filled = fill(bytes);
    let (all, rest) = heard(dialect, filled.as_bytes(), supply);
    assert_eq!(
        (all.as_slice(), rest),
        (
            &expected.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()[..],
            left
        ),
        "{filled}"
    );
}

/// `<1>` is the second client's nickname, `<1.7>` its eighth text.
fn fill(bytes: &str) -> String {
    let mut bytes = bytes.to_owned();
    for who in 0..3 {
        let nick = crowd().nick(who);
        bytes = bytes.replace(&format!("<{who}>"), &String::from_utf8_lossy(&nick));
        for number in 0..9 {
            let text = crowd().text(mark(who, number));
            bytes = bytes.replace(
                &format!("<{who}.{number}>"),
                &String::from_utf8_lossy(&text),
            );
        }
    }
    bytes
}

fn builtin(name: &str) -> &'static Dialect {
    Dialect::builtin(name).unwrap()
}

fn dialect(file: &str) -> Dialect {
    let source = format!("name = \"x\"\nport = 1\n{file}");
    Dialect::parse(&Source::new("x", source)).unwrap()
}

#[test]
fn glued_messages_of_a_raw_stream_are_told_apart() {
    let ack = "200 OK\nMensagem enviada com sucesso.";
    let stream = format!("[<1>]: <1.0>{ack}[<2>]: <2.3>[<1>]: <1.1>");
    hears(
        builtin("unb"),
        &stream,
        Supply::Open,
        &["1.0 from 1", "ack", "2.3 from 2", "1.1 from 1"],
        0,
    );
    hears(
        builtin("sala"),
        "<1>: <1.0><2>: <2.3>",
        Supply::Open,
        &["1.0 from 1", "2.3 from 2"],
        0,
    );
    hears(
        builtin("ifsc"),
        "<1>: :<1.0><2>: <2.3>",
        Supply::Open,
        &["1.0 from 1", "2.3 from 2"],
        0,
    );
    hears(
        builtin("eco"),
        "Servidor recebeu: <1.0>Servidor recebeu: <1.1>",
        Supply::Open,
        &["1.0 from ?", "1.1 from ?"],
        0,
    );
    hears(
        builtin("redes2023"),
        "<1.0><1.1>",
        Supply::Open,
        &["1.0 from ?", "1.1 from ?"],
        0,
    );
}

#[test]
fn lines_are_read_by_their_end() {
    let ack = "200 OK\nMensagem enviada com sucesso.";
    let lf = builtin("unb-lf");
    let line = fill("[<1>]: <1.0>\n");
    let (all, left) = heard(lf, line.as_bytes(), Supply::Open);
    assert_eq!((all, left), (vec!["1.0 from 1".to_owned()], 0));
    let _ = ack;
}

#[test]
fn an_acknowledgement_may_be_the_bare_status_or_have_its_own_words() {
    let unb = builtin("unb");
    hears(
        unb,
        "200 OK[<1>]: <1.0>",
        Supply::Open,
        &["ack", "1.0 from 1"],
        0,
    );
    hears(unb, "200 OK", Supply::Open, &[], 6);
    hears(unb, "200 OK", Supply::Settled, &["ack"], 0);
    hears(unb, "200 OK\nEnviado a 3.", Supply::Open, &[], 19);
    hears(unb, "200 OK\nEnviado a 3.", Supply::Settled, &["ack"], 0);
    hears(
        unb,
        "200 OK\nEnviado a 3.[<1>]: <1.0>",
        Supply::Open,
        &["ack", "1.0 from 1"],
        0,
    );
    hears(
        builtin("redes2023"),
        "Msg received",
        Supply::Settled,
        &["ack"],
        0,
    );
}

#[test]
fn a_split_message_waits_for_its_rest_however_long_it_takes() {
    let unb = builtin("unb");
    let stream = fill("[<1>]: <1.0>");
    for end in 1..stream.len() {
        for supply in [Supply::Open, Supply::Settled] {
            let (all, left) = heard(unb, &stream.as_bytes()[..end], supply);
            assert_eq!((all, left), (vec![], end), "{end} {supply:?}");
        }
    }
}

#[test]
fn what_is_altered_is_told_with_whose_message_it_is() {
    let unb = builtin("unb");
    hears(
        unb,
        "[<1>]: MSG <1.0>[<2>]: <2.0>",
        Supply::Open,
        &["altered 1.0", "2.0 from 2"],
        0,
    );
    hears(unb, "[<1>]: MSG <1.0>", Supply::Closed, &["altered 1.0"], 0);
    let cut = fill("[<1>]: <1.0>");
    let cut = format!("{}[<2>]: <2.0>", &cut[..cut.len() - 1]);
    hears(unb, &cut, Supply::Open, &["altered 1.0", "2.0 from 2"], 0);
    hears(
        builtin("unb-lf"),
        "[<1>]: b'<1.0>'\n[<2>]: <2.0>\n",
        Supply::Open,
        &["altered 1.0", "2.0 from 2"],
        0,
    );
    hears(
        builtin("sala"),
        "<1>: <2.0><2>: <2.1>",
        Supply::Open,
        &["2.0 from 1", "2.1 from 2"],
        0,
    );
}

#[test]
fn notices_refusals_and_blanks_are_what_they_are() {
    let unb = builtin("unb");
    hears(
        unb,
        "<1> entrou no chat![<1>]: <1.0>",
        Supply::Open,
        &["aside", "1.0 from 1"],
        0,
    );
    hears(
        unb,
        "zoe entrou no chat![<1>]: <1.0>",
        Supply::Open,
        &["aside", "1.0 from 1"],
        0,
    );
    hears(
        unb,
        "[<1>]: <1.0>\n[<1>]: <1.1>",
        Supply::Open,
        &["1.0 from 1", "blank", "1.1 from 1"],
        0,
    );
    hears(
        unb,
        "400 Bad Request\nFormato: MSG <mensagem>[<1>]: <1.1>",
        Supply::Open,
        &["refused malformed", "1.1 from 1"],
        0,
    );
    hears(
        unb,
        "[zoe]: oi[<1>]: <1.1>",
        Supply::Open,
        &["aside", "1.1 from 1"],
        0,
    );
    hears(
        unb,
        "Traceback (most[<1>]: <1.1>",
        Supply::Open,
        &["strange Traceback (most", "1.1 from 1"],
        0,
    );
}

#[test]
fn a_form_with_a_time_or_an_address_is_read_too() {
    let timed = "[client]\nsay = \"{text}\"\n[server.delivered]\ntext = \"({time}) {from}: {text}\"\nto = \"everyone\"";
    let raw = dialect(timed);
    hears(
        &raw,
        "(20:57) <1>: <1.0>(20:58) <2>: <2.0>",
        Supply::Open,
        &["1.0 from 1", "2.0 from 2"],
        0,
    );
    hears(&raw, "(20:57) <1>: <1", Supply::Open, &[], 19);
    let lines = dialect(&format!(
        "framing = {{ client = \"lf\", server = \"lf\" }}\n{timed}"
    ));
    hears(
        &lines,
        "(20:57) <1>: <1.0>\nboo\n(20:58) <2>: <2.0>\n",
        Supply::Open,
        &["1.0 from 1", "strange boo\n", "2.0 from 2"],
        0,
    );
}

#[test]
fn frames_are_read_by_their_length() {
    let framed = dialect(
        "framing = { client = { header = 10 }, server = { header = 10 } }\n[client]\nsay = \"{text}\"\n[server.delivered]\ntext = \"{from}: {text}\"\nto = \"everyone\"",
    );
    let one = framed.frame(
        Direction::ToClient,
        Phase::Chatting,
        fill("<1>: <1.0>").as_bytes(),
    );
    let two = framed.frame(
        Direction::ToClient,
        Phase::Chatting,
        fill("<1>: MSG <1.1>").as_bytes(),
    );
    let stream = [&one[..], &two, &one].concat();
    let (all, left) = heard(&framed, &stream, Supply::Open);
    assert_eq!(all, ["1.0 from 1", "altered 1.1", "1.0 from 1"]);
    assert_eq!(left, 0);
}

#[test]
fn a_request_is_written_as_the_dialect_frames_it() {
    for (name, expected) in [
        ("unb", "MSG <1.0>"),
        ("unb-lf", "MSG <1.0>\n"),
        ("sala", "<1>: <1.0>"),
        ("ifsc", ":<1.0>"),
    ] {
        let dialect = builtin(name);
        let say = dialect.request(CommandKind::Say).unwrap();
        let framing = dialect.framing(Direction::ToServer, Phase::Chatting);
        let mut bytes = Vec::new();
        Request::new(say.template(), &crowd().nick(1), framing).write(
            &crowd(),
            mark(1, 0),
            &mut bytes,
        );
        assert_eq!(String::from_utf8_lossy(&bytes), fill(expected));
    }
    let redes = builtin("redes2023");
    let say = redes.request(CommandKind::Say).unwrap();
    let framing = redes.framing(Direction::ToServer, Phase::Chatting);
    let mut bytes = Vec::new();
    Request::new(say.template(), b"", framing).write(&crowd(), mark(1, 0), &mut bytes);
    assert_eq!(bytes, framing.encode(&crowd().text(mark(1, 0))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes_at_all_are_done_with_in_the_end(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        for dialect in Dialect::builtins() {
            let (_, left) = heard(dialect, &bytes, Supply::Closed);
            prop_assert_eq!(left, 0);
        }
    }

    #[test]
    fn however_the_stream_is_cut_the_same_is_heard(cuts in proptest::collection::vec(1_usize..40, 1..20)) {
        let stream = fill("<2> entrou no chat![<1>]: <1.0>200 OK\nMensagem enviada com sucesso.[<2>]: <2.3>[<1>]: <1.1>200 OK\nMensagem enviada com sucesso.[<2>]: <2.4>");
        let unb = builtin("unb");
        let (whole, _) = heard(unb, stream.as_bytes(), Supply::Open);
        let mut lexicon = Lexicon::new(unb, crowd());
        let (mut unread, mut count, mut rest) = (Vec::new(), 0, stream.as_bytes());
        for cut in cuts.iter().cycle() {
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            unread.extend_from_slice(now);
            let done = lexicon.read(&unread, Supply::Open, &mut |_| count += 1);
            unread.drain(..done);
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!((count, unread.len()), (whole.len(), 0));
    }
}
