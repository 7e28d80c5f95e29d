//! What becomes of sessions written down segment by segment.

use proptest::prelude::*;

use super::*;
use crate::segment::{Endpoint, Segment};
use crate::testing::{Line, after_handshake, c, conversations, s};

#[track_caller]
fn one(lines: &[Line]) -> Conversation {
    let mut all = conversations(lines);
    assert_eq!(all.len(), 1, "one conversation expected");
    all.remove(0)
}

/// Kind and frame of each event.
fn events(conversation: &Conversation) -> Vec<(EventKind, u64)> {
    let list = conversation.events.list();
    list.iter().map(|event| (event.kind, event.frame)).collect()
}

#[track_caller]
fn check_events(rest: Vec<Line>, expected: &[(EventKind, u64)]) {
    assert_eq!(events(&one(&after_handshake(rest))), expected);
}

#[track_caller]
fn check_opening(lines: Vec<Line>, opening: Opening, steps: [Option<u64>; 3]) {
    let conversation = one(&lines);
    let handshake = conversation.handshake;
    assert_eq!(conversation.opening, opening);
    assert_eq!(
        [
            handshake.syn.map(|syn| syn.frame),
            handshake.syn_ack.map(|syn| syn.frame),
            handshake.ack.map(|mark| mark.frame),
        ],
        steps
    );
    assert_eq!(conversation.server.port(), 55_555, "the server's port");
}

#[test]
fn three_segments_open_a_connection() {
    check_opening(
        after_handshake([]),
        Opening::Complete,
        [Some(1), Some(2), Some(3)],
    );
    let handshake = one(&after_handshake([])).handshake;
    assert_eq!(handshake.server_rtt(), Some(10_000_000));
    assert_eq!(handshake.rtt(), Some(20_000_000));
}

#[test]
fn data_in_the_third_segment_completes_the_handshake() {
    let lines = vec![
        c("S", 1000, 0, ""),
        s("SA", 9000, 1001, ""),
        c("PA", 1001, 9001, "oi"),
    ];
    check_opening(lines, Opening::Complete, [Some(1), Some(2), Some(3)]);
}

#[test]
fn a_repeated_syn_leaves_the_first_in_place() {
    let lines = vec![
        c("S", 1000, 0, ""),
        c("S", 1000, 0, ""),
        s("SA", 9000, 1001, ""),
        s("SA", 9000, 1001, ""),
        c("A", 1001, 9001, ""),
    ];
    assert_eq!(
        events(&one(&lines)),
        [(EventKind::SynRepeated, 2), (EventKind::SynAckRepeated, 4)]
    );
    check_opening(lines, Opening::Complete, [Some(1), Some(3), Some(5)]);
}

#[test]
fn openings_that_fail_are_told_apart() {
    check_opening(
        vec![c("S", 1000, 0, ""), s("RA", 0, 1001, "")],
        Opening::Refused,
        [Some(1), None, None],
    );
    check_opening(
        vec![c("S", 1000, 0, ""), c("S", 1000, 0, "")],
        Opening::Unanswered,
        [Some(1), None, None],
    );
    check_opening(
        vec![c("S", 1000, 0, ""), s("SA", 9000, 1001, "")],
        Opening::HalfOpen,
        [Some(1), Some(2), None],
    );
    check_opening(
        vec![
            c("S", 1000, 0, ""),
            s("SA", 9000, 1001, ""),
            c("R", 1001, 0, ""),
        ],
        Opening::Abandoned,
        [Some(1), Some(2), None],
    );
}

#[test]
fn both_may_open_at_once() {
    let lines = vec![
        c("S", 1000, 0, ""),
        s("S", 9000, 0, ""),
        c("SA", 1000, 9001, ""),
        s("SA", 9000, 1001, ""),
        c("PA", 1001, 9001, "oi"),
    ];
    check_opening(lines, Opening::Simultaneous, [Some(1), Some(4), Some(5)]);
}

#[test]
fn a_handshake_may_be_split_in_four() {
    let split = |acknowledged_first: bool| {
        let mut lines = vec![c("S", 1000, 0, "")];
        lines.extend(acknowledged_first.then(|| s("A", 9000, 1001, "")));
        lines.extend([
            s("S", 9000, 0, ""),
            c("SA", 1000, 9001, ""),
            s("A", 9001, 1001, ""),
        ]);
        lines
    };
    check_opening(split(false), Opening::Split, [Some(1), None, None]);
    check_opening(split(true), Opening::Split, [Some(1), None, None]);
}

#[test]
fn without_a_syn_the_receiver_of_the_syn_ack_is_the_client() {
    let lines = vec![s("SA", 9000, 1001, ""), c("A", 1001, 9001, "")];
    assert_eq!(one(&lines).basis, Basis::SynAck);
    check_opening(lines, Opening::FromSynAck, [None, Some(1), None]);
}

#[test]
fn a_syn_recorded_after_its_answer_still_makes_the_client() {
    let lines = vec![
        s("SA", 9000, 1001, ""),
        c("S", 1000, 0, ""),
        c("A", 1001, 9001, ""),
    ];
    assert_eq!(one(&lines).basis, Basis::Syn);
    check_opening(lines, Opening::AckNotCaptured, [Some(2), Some(1), None]);
}

#[test]
fn without_any_syn_who_speaks_first_is_assumed_to_be_the_client() {
    let conversation = one(&[s("PA", 5000, 1, "oi"), c("A", 1, 5002, "")]);
    assert_eq!(conversation.opening, Opening::Underway);
    assert_eq!(conversation.basis, Basis::SpokeFirst);
    assert_eq!(conversation.client.port(), 55_555);
}

#[test]
fn a_syn_with_another_number_is_another_connection() {
    let mut lines = after_handshake([]);
    lines.extend([c("S", 7000, 0, ""), s("RA", 0, 7001, "")]);
    let all = conversations(&lines);
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].opening, Opening::Refused);
    assert_eq!(all[1].first.frame, 4);
}

#[test]
fn a_socket_that_meets_its_own_syn_shakes_hands_with_itself() {
    let lines = [
        c("S", 1000, 0, ""),
        c("SA", 1000, 1001, ""),
        c("A", 1001, 1001, ""),
        c("PA", 1001, 1001, "eco"),
        c("A", 1004, 1004, ""),
    ];
    let mut all = Conversations::new(64);
    for (frame, line) in (1..).zip(&lines) {
        let segment = line.segment(frame);
        all.segment(&Segment {
            destination: segment.source,
            ..segment
        });
    }
    let (all, _) = all.finish();
    let [conversation] = all.as_slice() else {
        panic!("one conversation expected, not {}", all.len())
    };
    let handshake = conversation.handshake;
    assert_eq!(conversation.opening, Opening::Complete);
    assert_eq!(handshake.syn_ack.map(|syn| syn.frame), Some(2));
    assert_eq!(handshake.ack.map(|mark| mark.frame), Some(3));
}

#[test]
fn two_hosts_may_each_be_the_server_of_the_other() {
    let [one, other] = [[10, 0, 0, 1], [10, 0, 0, 2]];
    let mut all = Conversations::new(64);
    for (number, (from, to)) in [(1, (one, other)), (4, (other, one))] {
        for (frame, line) in (number..).zip(&after_handshake([])) {
            let [client, server] = [Endpoint::v4(from, 50_000), Endpoint::v4(to, 55_555)];
            let (source, destination) = match line.from_client {
                true => (client, server),
                false => (server, client),
            };
            all.segment(&Segment {
                source,
                destination,
                ..line.segment(frame)
            });
        }
    }
    let (all, _) = all.finish();
    let ends: Vec<_> = all.iter().map(|one| (one.client, one.server)).collect();
    let expected = [(one, other), (other, one)]
        .map(|(from, to)| (Endpoint::v4(from, 50_000), Endpoint::v4(to, 55_555)));
    assert_eq!(ends, expected);
}

#[test]
fn the_syn_of_a_closed_connection_opens_no_other() {
    let mut lines = after_handshake([
        c("FA", 1001, 9001, ""),
        s("FA", 9001, 1002, ""),
        c("A", 1002, 9002, ""),
    ]);
    lines.extend([c("S", 1000, 0, ""), s("SA", 70_000, 1001, "")]);
    assert_eq!(conversations(&lines).len(), 1);
}

#[test]
fn a_syn_ack_after_the_end_opens_another_whose_syn_was_not_captured() {
    let end = s("RA", 9001, 1001, "");
    let other = s("SA", 70_000, 2001, "");
    let all = conversations(&after_handshake([end, other]));
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].opening, Opening::FromSynAck);
    let one_way = [s("FA", 500, 1001, ""), s("SA", 70_000, 2001, "")];
    assert_eq!(conversations(&one_way).len(), 2);
    let injected = [
        c("S", 1000, 0, ""),
        s("R", 5, 0, ""),
        s("SA", 70_000, 1001, ""),
        c("A", 1001, 70_001, ""),
    ];
    assert_eq!(one(&injected).opening, Opening::Complete);
    let forged = s("SA", 70_000, 1001, "");
    assert_eq!(
        events(&one(&after_handshake([forged])))[0],
        (EventKind::SynAckDiffers, 4)
    );
}

#[test]
fn a_refused_connect_tried_four_times_is_one_finding() {
    let lines = [c("S", 1000, 0, ""), s("RA", 0, 1001, "")];
    let mut all: Vec<Line> = lines.iter().cycle().take(6).cloned().collect();
    all.extend([c("S", 2000, 0, ""), s("RA", 0, 2001, "")]);
    let all = conversations(&all);
    assert_eq!(all[0].refusals, 3);
    let found = attempts(&all);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].tries, 4);
    assert_eq!(found[0].outcome, Opening::Refused);
    assert_eq!((found[0].first_frame, found[0].last_frame), (1, 8));
}

#[test]
fn troubles_with_data_are_named() {
    use EventKind::*;
    check_events(
        vec![c("PA", 1001, 9001, "abc"), c("PA", 1001, 9001, "abc")],
        &[(Retransmission, 5)],
    );
    check_events(
        vec![
            c("PA", 1004, 9001, "def").at(50_000),
            c("PA", 1001, 9001, "abc").at(50_100),
        ],
        &[(Gap, 4), (OutOfOrder, 5)],
    );
    check_events(
        vec![
            c("PA", 1004, 9001, "def").at(50_000),
            c("PA", 1001, 9001, "abc").at(300_000),
        ],
        &[(Gap, 4), (GapFilled, 5)],
    );
    check_events(
        vec![c("PA", 1004, 9001, "def"), s("A", 9001, 1007, "")],
        &[(Gap, 4), (LostAcknowledged, 5)],
    );
    check_events(
        vec![s("A", 9001, 1007, ""), c("PA", 1001, 9001, "abcdef")],
        &[(AckOfUnseen, 4), (OutOfOrder, 5)],
    );
    check_events(
        vec![c("PA", 1001, 9001, "abc"), c("PA", 1002, 9001, "bcde")],
        &[(Overlap, 5)],
    );
    check_events(
        vec![
            c("PA", 1001, 9001, "abc"),
            c("PA", 1004, 9001, "def"),
            s("A", 9001, 1004, ""),
            s("A", 9001, 1004, ""),
        ],
        &[(DuplicateAck, 7)],
    );
}

#[test]
fn a_gap_that_nobody_acknowledges_stays_open() {
    let conversation = one(&after_handshake([c("PA", 1004, 9001, "def")]));
    assert_eq!(conversation.never_came, [3, 0]);
}

#[test]
fn keep_alives_and_closed_windows_are_no_retransmissions() {
    use EventKind::*;
    check_events(
        vec![
            c("PA", 1001, 9001, "abc"),
            s("A", 9001, 1004, ""),
            c("A", 1003, 9001, "x"),
            s("A", 9001, 1004, ""),
            c("A", 1003, 9001, ""),
            s("A", 9001, 1004, ""),
        ],
        &[
            (KeepAlive, 6),
            (KeepAliveAck, 7),
            (KeepAlive, 8),
            (KeepAliveAck, 9),
        ],
    );
    check_events(
        vec![
            c("PA", 1001, 9001, "abc"),
            s("A", 9001, 1004, "").window(0),
            c("A", 1003, 9001, ""),
            s("A", 9001, 1004, "").window(0),
            s("A", 9001, 1004, "").window(500),
        ],
        &[(ZeroWindow, 5), (ZeroWindowProbe, 6), (WindowOpened, 8)],
    );
    check_events(
        vec![
            s("A", 9001, 1001, "").window(0),
            c("A", 1001, 9001, "a"),
            s("A", 9001, 1001, "").window(0),
            c("A", 1001, 9001, "a"),
            s("A", 9001, 1002, "").window(500),
            c("A", 1002, 9001, "bc"),
        ],
        &[
            (ZeroWindow, 4),
            (ZeroWindowProbe, 5),
            (ZeroWindowProbe, 7),
            (WindowOpened, 8),
        ],
    );
}

#[test]
fn a_packet_recorded_twice_is_not_sent_twice() {
    let twice = |line: Line, id: u16, time: i64| {
        let line = line.ip_id(id);
        [line.clone().at(time), line.at(time + 20)]
    };
    let lines: Vec<Line> = [
        twice(c("S", 1000, 0, ""), 1, 0),
        twice(s("SA", 9000, 1001, ""), 1, 1000),
        twice(c("A", 1001, 9001, ""), 2, 2000),
        twice(c("PA", 1001, 9001, "oi"), 3, 3000),
        twice(c("FA", 1003, 9001, ""), 4, 4000),
    ]
    .concat();
    let conversation = one(&lines);
    assert_eq!(conversation.events.total(EventKind::CapturedTwice), 5);
    assert_eq!(conversation.events.list().len(), 5, "and nothing else");
}

#[test]
fn a_retransmission_has_a_number_or_a_time_of_its_own() {
    use EventKind::*;
    let first = c("PA", 1001, 9001, "oi").ip_id(7).at(100);
    let again = |id: u16, time: i64| c("PA", 1001, 9001, "oi").ip_id(id).at(time);
    check_events(vec![first.clone(), again(8, 200)], &[(Retransmission, 5)]);
    check_events(vec![first.clone(), again(7, 2000)], &[(Retransmission, 5)]);
    check_events(vec![first, again(7, 2000).on(1)], &[(CapturedTwice, 5)]);
}

#[test]
fn sequence_numbers_wrap() {
    let lines = [
        c("S", u32::MAX - 1, 0, ""),
        s("SA", 9000, u32::MAX, ""),
        c("A", u32::MAX, 9001, ""),
        c("PA", u32::MAX, 9001, "abc"),
        s("A", 9001, 2, ""),
        c("PA", 2, 9001, "def"),
    ];
    assert_eq!(events(&one(&lines)), [(EventKind::Wrapped, 4)]);
}

#[track_caller]
fn check_closing(rest: Vec<Line>, expected: Closing) {
    assert_eq!(one(&after_handshake(rest)).teardown.closing(), expected);
}

#[test]
fn ends_are_told_apart() {
    // The client sent the SYN, so it is the first side.
    let (client, server) = (Side::First, Side::Second);
    check_closing(vec![], Closing::Open);
    check_closing(vec![c("FA", 1001, 9001, "")], Closing::HalfClosed(client));
    check_closing(
        vec![
            s("FA", 9001, 1001, ""),
            c("A", 1001, 9002, ""),
            c("FA", 1001, 9002, ""),
            s("A", 9002, 1002, ""),
        ],
        Closing::Fin(server),
    );
    check_closing(
        vec![
            c("FA", 1001, 9001, ""),
            s("FA", 9001, 1002, ""),
            c("A", 1002, 9002, ""),
        ],
        Closing::ThreeSegments(client),
    );
    check_closing(
        vec![
            c("FA", 1001, 9001, ""),
            s("FA", 9001, 1001, ""),
            c("A", 1002, 9002, ""),
            s("A", 9002, 1002, ""),
        ],
        Closing::Simultaneous,
    );
    check_closing(vec![s("RA", 9001, 1001, "")], Closing::Reset(server));
    check_closing(
        vec![c("FA", 1001, 9001, ""), s("RA", 9001, 1002, "")],
        Closing::ResetAfterFin(server),
    );
}

#[test]
fn a_server_that_goes_on_talking_after_the_fin_half_closes() {
    let conversation = one(&after_handshake([
        c("FA", 1001, 9001, ""),
        s("PA", 9001, 1002, "tchau"),
        s("FA", 9006, 1002, ""),
    ]));
    assert_eq!(conversation.teardown.half_close, [false, true]);
}

#[test]
fn data_behind_a_fin_is_seen() {
    check_events(
        vec![c("FA", 1001, 9001, "abc"), c("PA", 1005, 9001, "def")],
        &[(EventKind::DataAfterFin, 5)],
    );
}

#[test]
fn the_list_of_events_is_cut_and_the_counts_are_not() {
    let again = std::iter::repeat_n(c("PA", 1001, 9001, "abc"), 100);
    let conversation = one(&after_handshake(again));
    assert_eq!(conversation.events.total(EventKind::Retransmission), 99);
    assert_eq!(conversation.events.list().len(), 64);
    assert!(conversation.events.cut());
}

#[test]
fn conversations_beyond_the_limit_are_counted_and_forgotten() {
    let connection = |port: u16| {
        let mut lines = after_handshake([c("PA", 1001, 9001, "oi"), s("RA", 9001, 1003, "")]);
        lines.iter_mut().for_each(|line| line.client_port = port);
        lines
    };
    let mut all = Conversations::new(64).remembering(10);
    let lines: Vec<Line> = (1000..6000).flat_map(connection).collect();
    for (line, frame) in lines.iter().zip(1..) {
        let step = all.segment(&line.segment(frame));
        assert_eq!(step.begins, frame % 5 == 1);
    }
    assert!(all.len() < 1100, "places are used again");
    let (told, rest) = all.finish();
    assert_eq!(told.len(), 10);
    assert_eq!(
        (rest.conversations, rest.complete, rest.reset),
        (4990, 4990, 4990)
    );
    assert_eq!(rest.frames, 4990 * 5);
}

#[test]
fn a_scan_of_ports_takes_no_more_room_than_many_open_conversations() {
    const SYNS: u64 = 60_000;
    let mut all = Conversations::new(64).remembering(10);
    let talk = c("A", 1, 1, "x").segment(1).source;
    for frame in 1..=SYNS {
        let mut syn = c("S", 0, 0, "");
        syn.client_port = frame as u16;
        let mut syn = syn.segment(frame);
        // Another host for each 65 536 ports, and a conversation that goes on all the time.
        syn.destination = syn.destination.with_port((frame >> 16) as u16);
        all.segment(&syn);
        if frame % 100 == 0 {
            let line = c("A", frame as u32, 1, "x");
            let mut segment = line.segment(frame);
            segment.source = talk.with_port(1);
            segment.destination = segment.destination.with_port(7);
            let step = all.segment(&segment);
            assert_eq!(step.begins, frame == 100, "what goes on is not forgotten");
        }
    }
    assert!(all.len() < 20_000, "{} places", all.len());
    let (told, rest) = all.finish();
    assert_eq!(told.len(), 10);
    assert_eq!(told.len() as u64 + rest.conversations, SYNS + 1);
    assert_eq!(rest.failed, SYNS - 10);
    assert!(rest.left_open > 40_000);
}

fn any_line() -> impl Strategy<Value = Line> {
    let numbers = prop_oneof![any::<u32>(), 0..40u32, (u32::MAX - 20)..=u32::MAX];
    (
        any::<bool>(),
        0..64u16,
        numbers.clone(),
        numbers,
        0..20usize,
        prop_oneof![Just(0u32), 0..50u32, any::<u32>()],
        0..3u16,
    )
        .prop_map(
            |(from_client, flags, seq, ack, length, missing, window)| Line {
                from_client,
                flags: crate::segment::Flags(flags),
                data: vec![b'x'; length],
                missing,
                window,
                ip_id: window,
                ..c("", seq, ack, "")
            },
        )
}

proptest! {
    #[test]
    fn any_segments_at_all_belong_somewhere(lines in prop::collection::vec(any_line(), 0..60)) {
        let all = conversations(&lines);
        let frames: u64 = all.iter().map(Conversation::frame_count).sum();
        prop_assert_eq!(frames, lines.len() as u64);
        attempts(&all);
        for conversation in &all {
            conversation.teardown.closing();
        }
    }
}
