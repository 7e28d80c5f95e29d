//! The room alone: commands in, effects out.

use super::*;

fn id(place: usize) -> ClientId {
    ClientId {
        place,
        number: place as u64,
    }
}

fn rules() -> Rules {
    Rules {
        names: Names {
            by: NamedBy::Client,
            unique: true,
            any_case: false,
            blanks: false,
            first_word: false,
            max: 12,
            cut: false,
            letters: false,
            empty: false,
            reserved: Vec::new(),
            after_refusal: AfterRefusal::Retry,
        },
        delivered: Some(Recipients::Others),
        joined: Some(Recipients::Others),
        left: Some(Recipients::Others),
        lost: None,
        pushed: Vec::new(),
        pushed_to: Recipients::Everyone,
        early: Vec::new(),
        shows_numbers: false,
        tells_by_number: false,
        refuses_self: false,
        prompts: true,
        wordless: Vec::new(),
    }
}

/// A room in which clients 0, 1, … have joined under these names.
fn room_of(rules: Rules, names: &[&str]) -> Room {
    let mut room = Room::new(rules, None);
    for (place, name) in names.iter().enumerate() {
        obey(
            &mut room,
            place,
            Command::Join {
                nick: name.as_bytes(),
            },
        );
    }
    room
}

/// Each effect in one line: who hears what of whom.
fn shown(effects: &[Effect]) -> Vec<String> {
    let line = |effect: &Effect| match effect {
        Effect::Close(id) => format!("close {}", id.place),
        Effect::Say(speech) => {
            let to = match speech.to {
                To::One(id) => id.place.to_string(),
                To::Others(id) => format!("others than {}", id.place),
                To::Everyone => "everyone".to_owned(),
            };
            let fields: Vec<_> = speech
                .fields
                .iter()
                .map(|(name, value)| format!(" {name}={}", String::from_utf8_lossy(value)))
                .collect();
            format!("{to}: {}{}", speech.kind, fields.concat())
        }
    };
    effects.iter().map(line).collect()
}

fn obey(room: &mut Room, place: usize, command: Command<'_>) -> Vec<String> {
    let mut effects = Vec::new();
    room.obey(id(place), &command, &mut effects);
    shown(&effects)
}

fn join(nick: &str) -> Command<'_> {
    Command::Join {
        nick: nick.as_bytes(),
    }
}

#[test]
fn a_joiner_is_welcomed_and_announced() {
    let mut room = room_of(rules(), &["ana", "bia"]);
    assert_eq!(
        obey(&mut room, 2, join("caio")),
        [
            "2: welcome nick=caio",
            "2: present nick=ana",
            "2: present nick=bia",
            "others than 2: joined nick=caio",
        ]
    );
}

#[test]
fn a_public_message_goes_to_whom_the_rules_name() {
    let say = Command::Say {
        text: b"oi",
        from: None,
    };
    let mut room = room_of(rules(), &["ana", "bia"]);
    assert_eq!(
        obey(&mut room, 0, say.clone()),
        [
            "others than 0: delivered from=ana text=oi",
            "0: said from=ana text=oi nick=ana",
        ]
    );
    let echoing = Rules {
        delivered: Some(Recipients::Everyone),
        ..rules()
    };
    assert_eq!(
        obey(&mut room_of(echoing, &["ana"]), 0, say.clone())[0],
        "everyone: delivered from=ana text=oi"
    );
    let isolating = Rules {
        delivered: None,
        ..rules()
    };
    assert_eq!(
        obey(&mut room_of(isolating, &["ana"]), 0, say),
        ["0: said from=ana text=oi nick=ana"]
    );
}

#[test]
fn others_are_all_members_but_one_and_newcomers_are_none() {
    let mut room = room_of(rules(), &["ana", "bia", "caio"]);
    room.connect(id(3), "127.0.0.1:4000", &mut Vec::new());
    let hearers = |to| room.hearers(to).map(|id| id.place).collect::<Vec<_>>();
    assert_eq!(hearers(To::Others(id(1))), [0, 2]);
    assert_eq!(hearers(To::Everyone), [0, 1, 2]);
    assert_eq!(hearers(To::One(id(3))), [3]);
}

#[test]
fn a_private_message_reaches_its_recipient_alone() {
    let mut room = room_of(rules(), &["ana", "bia", "caio"]);
    let tell = |to: &'static str| Command::Tell {
        to: to.as_bytes(),
        text: b"oi",
    };
    assert_eq!(
        obey(&mut room, 0, tell("bia")),
        [
            "1: whispered from=ana nick=ana to=bia text=oi",
            "0: told from=ana nick=ana to=bia text=oi",
        ]
    );
    assert_eq!(
        obey(&mut room, 0, tell("bi")),
        ["0: no-recipient from=ana nick=ana to=bi text=oi"]
    );
}

#[test]
fn who_quits_is_gone_once() {
    let mut room = room_of(rules(), &["ana", "bia"]);
    assert_eq!(
        obey(&mut room, 0, Command::Quit),
        ["0: bye nick=ana", "close 0", "others than 0: left nick=ana",]
    );
    let mut effects = Vec::new();
    room.leave(id(0), Departure::Lost, &mut effects);
    assert_eq!(effects, []);
    assert_eq!(room.names().count(), 1);
}

#[test]
fn a_name_is_judged_by_the_rules() {
    #[track_caller]
    fn judged(rules: Rules, sent: &str, expected: Result<&str, Reason>) {
        let room = room_of(rules, &["ana"]);
        let name = room.judge_name(sent.as_bytes());
        let name = name.as_ref().map(|name| std::str::from_utf8(name).unwrap());
        assert_eq!(name.map_err(|reason| *reason), expected);
    }
    let with = |change: fn(&mut Names)| {
        let mut rules = rules();
        change(&mut rules.names);
        rules
    };
    judged(rules(), "bia", Ok("bia"));
    judged(rules(), " bia\r\n", Ok("bia"));
    judged(rules(), "ana", Err(Reason::NameInUse));
    judged(rules(), "ANA", Ok("ANA"));
    judged(rules(), " \r\n", Err(Reason::NameBlank));
    judged(rules(), "", Err(Reason::NameBlank));
    judged(rules(), "bia maria", Err(Reason::NameInvalid));
    let wordless = Rules {
        wordless: vec![Reason::NameInvalid],
        ..rules()
    };
    judged(wordless, "bia maria", Ok("bia maria"));
    judged(rules(), "bi\u{7}a", Err(Reason::NameInvalid));
    judged(rules(), "abcdefghijklm", Err(Reason::NameInvalid));
    judged(
        with(|names| names.first_word = true),
        "bia maria",
        Ok("bia"),
    );
    judged(
        with(|names| names.blanks = true),
        "bia maria",
        Ok("bia maria"),
    );
    judged(
        with(|names| names.any_case = true),
        "ANA",
        Err(Reason::NameInUse),
    );
    judged(with(|names| names.unique = false), "ana", Ok("ana"));
}

#[test]
fn after_a_refused_name_nobody_is_left_waiting() {
    #[track_caller]
    fn follows(change: fn(&mut Rules), expected: &[&str]) {
        let mut rules = rules();
        change(&mut rules);
        assert_eq!(
            obey(&mut room_of(rules, &["ana"]), 1, join("ana")),
            expected
        );
    }
    follows(|_| {}, &["1: name-in-use nick=ana"]);
    follows(
        |rules| rules.names.after_refusal = AfterRefusal::Prompt,
        &["1: name-in-use nick=ana", "1: prompt"],
    );
    follows(
        |rules| rules.names.after_refusal = AfterRefusal::Close,
        &["1: name-in-use nick=ana", "close 1"],
    );
    follows(
        |rules| rules.wordless = vec![Reason::NameInUse],
        &["1: name-in-use nick=ana", "1: prompt"],
    );
    follows(
        |rules| {
            rules.wordless = vec![Reason::NameInUse];
            rules.prompts = false;
        },
        &["1: name-in-use nick=ana", "close 1"],
    );
}

#[test]
fn a_newcomer_can_only_join() {
    let mut room = room_of(rules(), &["ana"]);
    assert_eq!(obey(&mut room, 1, Command::List), ["1: not-joined"]);
    assert_eq!(
        obey(&mut room, 1, Command::Unknown { word: b"x" }),
        ["1: not-joined command=x"]
    );
}

#[test]
fn without_names_everyone_who_connects_is_in() {
    let mut nobody = rules();
    nobody.names.by = NamedBy::Nobody;
    let mut room = Room::new(nobody, None);
    let mut effects = Vec::new();
    room.connect(id(0), "127.0.0.1:4000", &mut effects);
    assert_eq!(shown(&effects)[..2], ["0: greeting", "0: welcome nick="]);

    let mut by_server = rules();
    by_server.names.by = NamedBy::Server;
    let mut room = Room::new(by_server, None);
    room.connect(id(0), "127.0.0.1:4000", &mut Vec::new());
    effects.clear();
    room.connect(id(1), "127.0.0.1:4000", &mut effects);
    assert_eq!(shown(&effects)[1], "1: welcome nick=2");

    let mut by_address = rules();
    by_address.names.by = NamedBy::Address;
    effects.clear();
    Room::new(by_address, None).connect(id(0), "127.0.0.1:4000", &mut effects);
    assert_eq!(shown(&effects)[1], "0: welcome nick=127.0.0.1:4000");
}

#[test]
fn a_list_is_pushed_after_the_requests_that_the_dialect_names() {
    let mut rules = rules();
    rules.pushed = vec![CommandKind::Join, CommandKind::Say];
    let mut room = room_of(rules, &["ana"]);
    let pushed = "everyone: listing";
    assert_eq!(
        obey(&mut room, 1, join("bia")).last().map(String::as_str),
        Some(pushed)
    );
    let say = Command::Say {
        text: b"oi",
        from: None,
    };
    assert_eq!(
        obey(&mut room, 0, say).last().map(String::as_str),
        Some(pushed)
    );
    assert!(!obey(&mut room, 0, Command::Quit).contains(&pushed.to_owned()));
}

#[test]
fn names_are_cut_or_refused_as_the_dialect_says() {
    let mut rules = rules();
    rules.names.max = 4;
    rules.names.cut = true;
    rules.names.letters = true;
    let room = Room::new(rules, None);
    assert_eq!(room.judge_name(b"anabela"), Ok(b"anab".to_vec()));
    assert_eq!(room.judge_name(b"ana1"), Err(Reason::NameInvalid));
}

#[test]
fn a_message_to_oneself_is_refused_where_the_dialect_does() {
    let mut rules = rules();
    rules.refuses_self = true;
    let mut room = room_of(rules, &["ana"]);
    let to_self = obey(
        &mut room,
        0,
        Command::Tell {
            to: b"ana",
            text: b"oi",
        },
    );
    assert_eq!(to_self, ["0: to-self from=ana nick=ana to=ana text=oi"]);
}
