use super::*;
use protocol::Dialect;
use protocol::message::Reason;

const CLIENTS: usize = 3;

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn tally(dialect: &str, pace: Pace) -> Tally {
    let window = match pace {
        Pace::Open { .. } => None,
        Pace::Closed { window } => Some(window),
    };
    let dialect = Dialect::builtin(dialect).unwrap();
    let subject = Subject::of(dialect, CLIENTS, 0, window).unwrap();
    let crowd = Crowd::new(CLIENTS, &(30..=30), 1);
    Tally::new(subject, pace, crowd, ms(1000))
}

const OPEN: Pace = Pace::Open { rate: 1000.0 };

const fn window(window: usize) -> Pace {
    Pace::Closed { window }
}

fn hears(tally: &mut Tally, hearer: usize, mark: Mark) {
    let heard = Heard::Message {
        mark,
        from: Some(mark.sender),
    };
    tally.hear(hearer, &heard, ms(10));
}

fn acknowledged(tally: &mut Tally, hearer: usize) {
    tally.hear(hearer, &Heard::Acknowledged, ms(10));
}

/// What is broken at the end, and how often.
fn broken(tally: Tally, ending: Ending) -> Vec<(Broken, u64)> {
    let total = tally.finish(ending, ms(1000));
    let violations = total.violations.iter();
    violations
        .map(|violation| (violation.broken, violation.count))
        .collect()
}

/// Every client says one thing, and everyone who must hear it does.
fn round(tally: &mut Tally) {
    for sender in 0..CLIENTS {
        let mark = tally.say(sender, ms(0));
        for hearer in 0..CLIENTS {
            if tally.subject.must_hear(hearer, sender) {
                hears(tally, hearer, mark);
            }
        }
        if tally.subject.acknowledged {
            acknowledged(tally, sender);
        }
    }
}

#[test]
fn a_correct_server_breaks_nothing_in_any_dialect() {
    for dialect in ["unb", "unb-lf", "ifsc", "sala", "eco", "redes2023"] {
        for pace in [OPEN, window(1)] {
            let mut tally = tally(dialect, pace);
            for _ in 0..5 {
                assert!(
                    (0..CLIENTS).all(|who| tally.may_say(who)),
                    "{dialect} {pace:?}"
                );
                round(&mut tally);
            }
            assert_eq!(tally.outstanding(), 0, "{dialect}");
            assert_eq!(broken(tally, Ending::Complete), [], "{dialect}");
        }
    }
}

#[test]
fn without_end_marks_a_client_waits_for_any_sign_that_its_message_was_read() {
    for (dialect, sign) in [("unb", 0), ("unb", 1), ("sala", 1)] {
        let mut tally = tally(dialect, OPEN);
        let mark = tally.say(0, ms(0));
        assert!(!tally.may_say(0) && tally.may_say(1), "{dialect}");
        match sign {
            0 => acknowledged(&mut tally, 0),
            _ => hears(&mut tally, 1, mark),
        }
        assert!(tally.may_say(0), "{dialect} {sign}");
    }
    let mut tally = tally("unb-lf", OPEN);
    tally.say(0, ms(0));
    assert!(tally.may_say(0));
}

#[test]
fn a_window_moves_when_everyone_has_a_message_or_never_will() {
    let mut tally = tally("unb-lf", window(2));
    let first = tally.say(0, ms(0));
    let second = tally.say(0, ms(0));
    assert!(!tally.may_say(0));
    hears(&mut tally, 1, first);
    assert!(!tally.may_say(0));
    hears(&mut tally, 2, second);
    assert!(
        tally.may_say(0),
        "the first was skipped by the last who lacked it"
    );
    let mut ready = Vec::new();
    tally.take_ready(&mut ready);
    assert!(ready.contains(&0));
    tally.say(0, ms(0));
    assert!(!tally.may_say(0));
    tally.closed(1, None, ms(20));
    assert!(tally.may_say(0), "whoever is gone is not waited for");
}

#[test]
fn with_a_schedule_only_so_much_may_be_under_way() {
    let mut tally = tally("unb-lf", OPEN);
    let mut said = 0;
    while tally.may_say(0) {
        tally.say(0, ms(0));
        said += 1;
    }
    assert_eq!(said, UNDER_WAY / CLIENTS);
}

#[test]
fn who_asks_whether_the_server_still_answers_is_counted_and_not_timed() {
    for pace in [OPEN, window(1)] {
        let mut tally = tally("unb", pace);
        round(&mut tally);
        tally.go_on_unread();
        let late = ms(9000);
        for sender in 0..CLIENTS {
            let mark = tally.ask(sender, late);
            for hearer in (0..CLIENTS).filter(|hearer| *hearer != sender) {
                let from = Some(sender);
                tally.hear(hearer, &Heard::Message { mark, from }, late);
            }
            tally.hear(sender, &Heard::Acknowledged, late);
        }
        assert_eq!((tally.outstanding(), tally.heard_at()), (0, ms(10)));
        let total = tally.finish(Ending::Complete, late);
        let counts = total.counts;
        assert_eq!((counts.sent, counts.asked), (6, 3));
        assert_eq!(
            (counts.heard, counts.answered, counts.acknowledged),
            (12, 6, 6)
        );
        for times in [total.delivery, total.acknowledgement, total.waited] {
            let longest = times
                .latency()
                .map_or(ms(0), |latency| latency.percentiles[4]);
            assert!(longest < ms(1000), "{longest:?}");
        }
    }
}

#[test]
fn each_wrong_is_told_as_what_it_is() {
    #[track_caller]
    fn check(dialect: &str, wrong: impl Fn(&mut Tally, Mark), expected: &[(Broken, u64)]) {
        let mut tally = tally(dialect, OPEN);
        round(&mut tally);
        let mark = tally.say(0, ms(0));
        wrong(&mut tally, mark);
        assert_eq!(broken(tally, Ending::Complete), expected);
    }
    let all = |tally: &mut Tally, mark| {
        hears(tally, 1, mark);
        hears(tally, 2, mark);
        acknowledged(tally, 0);
    };
    check("unb", all, &[]);
    check(
        "unb",
        |tally, mark| {
            hears(tally, 1, mark);
            acknowledged(tally, 0);
        },
        &[(Broken::Lost, 1)],
    );
    check(
        "unb",
        |tally, mark| {
            all(tally, mark);
            hears(tally, 2, mark);
        },
        &[(Broken::Twice, 1)],
    );
    check(
        "unb",
        |tally, mark| {
            all(tally, mark);
            acknowledged(tally, 0);
        },
        &[(Broken::AcknowledgedTwice, 1)],
    );
    check(
        "unb",
        |tally, mark| {
            hears(tally, 1, mark);
            hears(tally, 2, mark);
        },
        &[(Broken::Unacknowledged, 1)],
    );
    check(
        "unb",
        |tally, mark| {
            all(tally, mark);
            hears(tally, 0, mark);
        },
        &[(Broken::WrongHearer, 1)],
    );
    check(
        "eco",
        |tally, mark| {
            hears(tally, 0, mark);
            hears(tally, 1, mark);
        },
        &[(Broken::WrongHearer, 1)],
    );
    check(
        "unb-lf",
        |tally, mark| {
            let later = tally.say(0, ms(0));
            all(tally, later);
            all(tally, mark);
        },
        &[(Broken::Order, 2)],
    );
    check(
        "unb",
        |tally, mark| {
            all(tally, mark);
            let unsaid = Mark { number: 99, ..mark };
            hears(tally, 1, unsaid);
            tally.hear(1, &Heard::Strange(b"boo"), ms(5));
        },
        &[(Broken::Strange, 2)],
    );
    check(
        "unb",
        |tally, mark| {
            let altered = Heard::Altered {
                mark,
                bytes: b"cut",
            };
            tally.hear(1, &altered, ms(5));
            hears(tally, 2, mark);
            acknowledged(tally, 0);
        },
        &[(Broken::Altered, 1)],
    );
    check(
        "unb",
        |tally, mark| {
            tally.hear(
                1,
                &Heard::Message {
                    mark,
                    from: Some(2),
                },
                ms(5),
            );
            hears(tally, 2, mark);
            acknowledged(tally, 0);
        },
        &[(Broken::WrongSender, 1)],
    );
    check(
        "unb",
        |tally, mark| {
            all(tally, mark);
            tally.hear(
                0,
                &Heard::Refused {
                    reason: Reason::Malformed,
                    bytes: b"400",
                },
                ms(5),
            );
            tally.hear(0, &Heard::Aside, ms(5));
            tally.hear(0, &Heard::Blank, ms(5));
        },
        &[(Broken::Refused, 1)],
    );
}

#[test]
fn whoever_was_cut_off_lacks_nothing_and_is_told_of_once() {
    let mut tally = tally("unb", OPEN);
    let mark = tally.say(0, ms(0));
    hears(&mut tally, 1, mark);
    acknowledged(&mut tally, 0);
    tally.say(2, ms(0));
    assert_eq!(tally.outstanding(), 4);
    tally.closed(2, Some("reset".to_owned()), ms(30));
    tally.closed(2, None, ms(31));
    assert_eq!(tally.outstanding(), 0);
    assert_eq!(broken(tally, Ending::Complete), [(Broken::Closed, 1)]);
}

#[test]
fn a_server_that_fell_silent_is_not_accused_of_losing_what_it_still_holds() {
    for ending in [Ending::Silent(ms(5000)), Ending::Deadline] {
        let mut tally = tally("sala", OPEN);
        round(&mut tally);
        tally.say(0, ms(0));
        let expected = match ending {
            Ending::Deadline => Broken::Unfinished,
            _ => Broken::Silent,
        };
        assert_eq!(broken(tally, ending), [(expected, 3)]);
    }
}

#[test]
fn what_was_overtaken_is_lost_even_where_the_server_fell_silent() {
    let mut tally = tally("unb-lf", OPEN);
    tally.say(0, ms(0));
    let later = tally.say(0, ms(0));
    hears(&mut tally, 1, later);
    let all = broken(tally, Ending::Silent(ms(5000)));
    assert_eq!(all, [(Broken::Silent, 5), (Broken::Lost, 1)]);
}

#[test]
fn a_loss_says_how_many_lack_the_message() {
    let mut tally = tally("unb-lf", OPEN);
    let first = tally.say(0, ms(0));
    let second = tally.say(0, ms(0));
    hears(&mut tally, 1, second);
    hears(&mut tally, 2, second);
    for _ in 0..2 {
        acknowledged(&mut tally, 0);
    }
    let expected = tally.crowd.text(first);
    let total = tally.finish(Ending::Complete, ms(1000));
    let [violation] = &total.violations[..] else {
        panic!("{:?}", total.violations);
    };
    assert_eq!((violation.broken, violation.count), (Broken::Lost, 2));
    let [example] = &violation.examples[..] else {
        panic!("one message is one example: {:?}", violation.examples);
    };
    assert_eq!(example.number, Some(1));
    assert_eq!(example.lacking, Some((2, 2)));
    assert_eq!(example.expected, expected);
}

#[test]
fn latency_counts_from_the_schedule_and_not_from_the_sending() {
    let mut tally = tally("sala", OPEN);
    let mark = tally.say(0, ms(50));
    for hearer in 0..CLIENTS {
        hears(&mut tally, hearer, mark);
    }
    let total = tally.finish(Ending::Complete, ms(1000));
    let longest = |times: &Times| times.latency().unwrap().percentiles[4];
    assert!(longest(&total.waited) >= ms(49));
    assert!(longest(&total.delivery) >= ms(9) && longest(&total.delivery) < ms(11));
}

#[test]
fn a_reply_without_its_text_answers_the_oldest_message() {
    let mut tally = tally("redes2023", OPEN);
    tally.say(0, ms(0));
    tally.say(0, ms(0));
    acknowledged(&mut tally, 0);
    assert_eq!(tally.outstanding(), 1);
    acknowledged(&mut tally, 0);
    assert_eq!(tally.counts.anonymous, 2);
    acknowledged(&mut tally, 0);
    assert_eq!(
        broken(tally, Ending::Complete),
        [(Broken::AcknowledgedTwice, 1)]
    );
}
