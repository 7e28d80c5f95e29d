//! Reassembled bytes equal what was sent, however it travelled.

use proptest::prelude::*;

use super::*;
use crate::conversation::{Conversations, Direction, Side};
use crate::testing::{Line, after_handshake, c, s};

/// What became of the bytes from the first side.
#[derive(Debug)]
struct Outcome {
    text: String,
    amount: Amount,
    stream: Stream,
}

fn run(lines: &[Line]) -> Vec<[Stream; 2]> {
    run_with(lines).0
}

fn run_with(lines: &[Line]) -> (Vec<[Stream; 2]>, Reassembly) {
    let mut conversations = Conversations::new(64);
    let mut reassembly = Reassembly::default();
    let mut store = Store::new(1 << 20, 1 << 20);
    for (frame, line) in (1..).zip(lines) {
        let segment = line.segment(frame);
        let step = conversations.segment(&segment);
        if !step.copy {
            reassembly.segment(step, &segment, &mut store);
        }
    }
    reassembly.finish(&mut store);
    let kept = store.finish(conversations.len()).into_iter();
    let streams = kept.map(|both| both.map(|one| one.stream().clone()));
    (streams.collect(), reassembly)
}

fn first_side(lines: &[Line]) -> Outcome {
    let (mut streams, reassembly) = run_with(lines);
    let stream = std::mem::take(&mut streams[0][0]);
    Outcome {
        text: String::from_utf8_lossy(&stream.bytes).into_owned(),
        amount: reassembly.amount(crate::conversation::ConversationId(0), Side::First),
        stream,
    }
}

#[track_caller]
fn check(rest: Vec<Line>, text: &str, missing: u64, undelivered: u64) {
    let outcome = first_side(&after_handshake(rest));
    assert_eq!(outcome.text, text);
    let expected = Amount {
        bytes: text.len() as u64,
        missing,
        undelivered,
    };
    assert_eq!(outcome.amount, expected);
}

#[test]
fn the_byte_of_a_keep_alive_is_no_other_version() {
    let outcome = first_side(&after_handshake(vec![
        c("PA", 1001, 9001, "oi"),
        s("A", 9001, 1003, ""),
        c("A", 1002, 9001, "\0"),
    ]));
    assert_eq!(outcome.text, "oi");
    assert_eq!(outcome.stream.difference_count, 0);
}

#[test]
fn order_is_restored_and_repetition_ignored() {
    check(
        vec![
            c("PA", 1004, 9001, "def"),
            c("PA", 1001, 9001, "abc"),
            c("PA", 1001, 9001, "abc"),
            c("PA", 1003, 9001, "cdefgh"),
        ],
        "abcdefgh",
        0,
        0,
    );
}

#[test]
fn a_gap_is_skipped_when_the_receiver_had_the_bytes() {
    let sent = || vec![c("PA", 1001, 9001, "abc"), c("PA", 1010, 9001, "XYZ")];
    check(sent(), "abc", 0, 3);
    let with_ack = |ack| [sent(), vec![s("A", 9001, ack, "")]].concat();
    check(with_ack(1010), "abc", 0, 3);
    check(with_ack(1011), "abcXYZ", 6, 0);
}

#[test]
fn a_gap_in_one_captured_direction_is_skipped_at_the_end() {
    let lines = [
        c("S", 1000, 0, ""),
        c("PA", 1001, 9001, "abc"),
        c("PA", 1010, 9001, "XYZ"),
    ];
    let outcome = first_side(&lines);
    assert_eq!(
        (outcome.text.as_str(), outcome.amount.missing),
        ("abcXYZ", 6)
    );
}

#[test]
fn before_any_data_the_last_syn_says_where_the_stream_begins() {
    let lines = [
        s("SA", 9000, 1001, ""),
        s("SA", 5000, 1001, ""),
        s("PA", 5001, 1001, "abc"),
    ];
    assert_eq!(first_side(&lines).text, "abc");
}

#[test]
fn a_keep_alive_seen_first_lacks_no_byte() {
    let lines = [
        c("A", 1001, 9001, ""),
        s("A", 9000, 1001, ""),
        s("PA", 9001, 1001, "oi"),
        c("A", 1001, 9003, ""),
    ];
    let server = &run(&lines)[0][1];
    assert_eq!((server.bytes.as_slice(), server.missing), (&b"oi"[..], 0));
}

#[test]
fn a_huge_gap_costs_nothing() {
    check(
        vec![
            c("PA", 1001, 9001, "abc"),
            c("PA", 1004 + 556_691_677, 9001, "def"),
            s("A", 9001, 1007 + 556_691_677, ""),
        ],
        "abcdef",
        556_691_677,
        0,
    );
}

#[test]
fn what_the_snap_length_cut_is_missing() {
    check(
        vec![
            c("PA", 1001, 9001, "abc").missing(4),
            c("PA", 1008, 9001, "def"),
        ],
        "abcdef",
        4,
        0,
    );
}

#[test]
fn a_fin_is_no_missing_byte() {
    check(
        vec![
            c("FA", 1001, 9001, "abc"),
            s("A", 9001, 1005, ""),
            c("PA", 1005, 9001, "def"),
            s("A", 9001, 1008, ""),
        ],
        "abcdef",
        0,
        0,
    );
}

#[test]
fn what_comes_behind_a_fin_waits_until_somebody_takes_it() {
    check(
        vec![
            c("FA", 1001, 9001, "abc"),
            s("A", 9001, 1005, ""),
            c("PA", 1005, 9001, "def"),
            s("A", 9001, 1005, ""),
        ],
        "abc",
        0,
        3,
    );
}

#[test]
fn data_in_the_syn_is_the_first_of_the_stream() {
    let lines = [c("S", 1000, 0, "abc"), c("PA", 1004, 9001, "def")];
    assert_eq!(first_side(&lines).text, "abcdef");
}

#[test]
fn the_first_bytes_received_stand_and_the_difference_is_told() {
    let outcome = first_side(&after_handshake([
        c("PA", 1001, 9001, "abcdef"),
        c("PA", 1003, 9001, "cXefgh"),
        c("PA", 1001, 9001, "abcdef"),
    ]));
    assert_eq!(outcome.text, "abcdefgh");
    assert_eq!(
        outcome.stream.differences,
        [Difference {
            offset: 3,
            frame: 5
        }]
    );
}

#[test]
fn every_byte_is_traceable_to_its_frame() {
    let stream = first_side(&after_handshake([
        c("PA", 1004, 9001, "def"),
        c("PA", 1001, 9001, "abc"),
        c("PA", 1003, 9001, "cdefgh"),
    ]))
    .stream;
    let frames: Vec<_> = (0..9).map(|offset| stream.frame_of(offset)).collect();
    let expected = [5, 5, 5, 4, 4, 4, 6, 6].map(Some);
    assert_eq!(frames[..8], expected);
    assert_eq!(frames[8], None);
    assert_eq!(stream.pieces_in(2, 4).len(), 2);
}

#[test]
fn what_is_kept_has_a_limit_and_the_rest_is_counted() {
    let mut store = Store::new(1000, 10);
    let flow = Flow {
        conversation: crate::conversation::ConversationId(0),
        side: Side::First,
        direction: Direction::ToServer,
    };
    store.bytes(flow, b"0123456", 1, None);
    store.bytes(flow, b"789abc", 2, None);
    store.bytes(flow, b"d", 3, None);
    let kept = store.finish(1);
    let stream = kept[0][0].stream();
    assert_eq!(stream.bytes, b"0123456789");
    assert_eq!(stream.dropped, 4);
}

#[test]
fn what_waits_for_a_gap_has_a_limit() {
    let mut reassembly = Reassembly::default();
    let mut conversations = Conversations::new(0);
    let mut sink = Largest::default();
    let step = |conversations: &mut Conversations, line: &Line, frame| {
        conversations.segment(&line.segment(frame))
    };
    for (frame, line) in (1..).zip(after_handshake([])) {
        let step = step(&mut conversations, &line, frame);
        reassembly.segment(step, &line.segment(frame), &mut sink);
    }
    let mut line = c("PA", 2000, 9001, "");
    line.data = vec![b'x'; 60_000];
    for frame in 4..204 {
        let step = step(&mut conversations, &line, frame);
        reassembly.segment(step, &line.segment(frame), &mut sink);
        let amount = reassembly.amount(step.conversation, Side::First);
        assert!(amount.undelivered <= 4 << 20);
        line.seq += 60_000;
    }
    assert!(sink.0 > 0, "it stopped waiting");
}

#[test]
fn tiny_segments_in_reverse_order_are_not_kept_for_ever() {
    let backwards = (0..10_000).map(|at| c("A", 20_000 - at, 9001, "x"));
    let lines = after_handshake(backwards);
    let outcome = first_side(&lines);
    assert!(outcome.amount.undelivered <= 4096);
    assert!(outcome.amount.missing > 0, "it stopped waiting");
}

#[derive(Default)]
struct Largest(u64);

impl Sink for Largest {
    fn bytes(&mut self, _: Flow, data: &[u8], _: u64, _: Option<i64>) {
        self.0 += data.len() as u64;
    }

    fn gap(&mut self, _: Flow, _: u64) {}
}

/// One way to send `text`: cuts, an order, repetitions and overlaps.
#[derive(Debug)]
struct Journey {
    text: Vec<u8>,
    isn: u32,
    pieces: Vec<(usize, usize)>,
}

fn journeys() -> impl Strategy<Value = Journey> {
    let isn = prop_oneof![any::<u32>(), (u32::MAX - 300)..=u32::MAX];
    let text = prop::collection::vec(any::<u8>(), 1..200);
    (text, isn).prop_flat_map(|(text, isn)| {
        let length = text.len();
        let cuts = prop::collection::vec(0..length, 0..12);
        let extra = prop::collection::vec((0..length, 1..40usize), 0..8);
        (Just(text), Just(isn), cuts, extra)
            .prop_flat_map(move |(text, isn, mut cuts, extra)| {
                cuts.extend([0, length]);
                cuts.sort_unstable();
                cuts.dedup();
                let mut pieces: Vec<_> = cuts.windows(2).map(|cut| (cut[0], cut[1])).collect();
                let more = extra.iter().map(|(at, size)| (*at, length.min(at + size)));
                pieces.extend(more);
                (Just(text), Just(isn), Just(pieces).prop_shuffle())
            })
            .prop_map(|(text, isn, pieces)| Journey { text, isn, pieces })
    })
}

proptest! {
    #[test]
    fn however_it_travelled_the_text_is_the_same(journey in journeys()) {
        let Journey { text, isn, pieces } = journey;
        let mut lines = vec![c("S", isn, 0, "")];
        for (from, to) in pieces {
            let mut line = c("PA", isn.wrapping_add(1 + from as u32), 1, "");
            line.data = text[from..to].to_vec();
            lines.push(line);
        }
        let stream = &run(&lines)[0][0];
        prop_assert_eq!(&stream.bytes, &text);
        prop_assert_eq!(stream.missing, 0);
        prop_assert!(stream.differences.is_empty());
        let mut at = 0;
        for piece in &stream.pieces {
            prop_assert_eq!(piece.offset, at);
            at += piece.length;
            let line = &lines[piece.frame as usize - 1];
            let from = line.seq.wrapping_sub(isn.wrapping_add(1)) as usize;
            let part = &line.data[piece.offset - from..][..piece.length];
            prop_assert_eq!(&stream.bytes[piece.offset..at], part);
        }
    }

    #[test]
    fn any_segments_at_all_are_bounded(lines in prop::collection::vec(any_line(), 0..60)) {
        let (streams, reassembly) = run_with(&lines);
        let captured: usize = lines.iter().map(|line| line.data.len()).sum();
        let kept: usize = streams.iter().flatten().map(|stream| stream.bytes.len()).sum();
        prop_assert!(kept <= captured);
        for id in 0..streams.len() as u32 {
            for side in Side::BOTH {
                let amount = reassembly.amount(crate::conversation::ConversationId(id), side);
                let stream = &streams[id as usize][side.index()];
                prop_assert_eq!(amount.bytes, stream.bytes.len() as u64);
                prop_assert_eq!(amount.missing, stream.missing);
            }
        }
    }
}

proptest! {
    #[test]
    fn a_stream_is_the_same_wherever_its_pieces_lie_in_the_log(
        pieces in prop::collection::vec((0..3u32, prop::collection::vec(b'a'..b'd', 1..6)), 1..20),
        repeated in prop::collection::vec((0..3u32, 0..40usize, prop::collection::vec(b'a'..b'd', 1..9)), 0..10),
        most in 0..40usize,
    ) {
        let flow = |which| Flow {
            conversation: crate::conversation::ConversationId(which),
            side: Side::First,
            direction: Direction::ToServer,
        };
        let mut store = Store::new(1 << 20, 1 << 20);
        let mut said = vec![Vec::new(); 3];
        for (frame, (which, data)) in (1..).zip(&pieces) {
            store.bytes(flow(*which), data, frame, None);
            said[*which as usize].extend_from_slice(data);
        }
        let mut differences = vec![Vec::new(); 3];
        for (which, offset, data) in &repeated {
            store.again(flow(*which), *offset as u64, data, 99);
            let known = said[*which as usize].get(*offset..).unwrap_or_default();
            let differs = known.iter().zip(data).position(|(one, other)| one != other);
            let differs = differs.map(|at| Difference { offset: offset + at, frame: 99 });
            differences[*which as usize].extend(differs);
        }
        for ((kept, said), differences) in store.finish(3).iter().zip(said).zip(differences) {
            let (kept, stream) = (&kept[0], kept[0].stream());
            prop_assert_eq!((&stream.bytes, &stream.differences), (&said, &differences));
            prop_assert_eq!(kept.length(), said.len());
            prop_assert_eq!(kept.difference_count(), differences.len() as u64);
            let head = kept.head(most);
            let pieces = if said.len() > most { stream.pieces_in(0, most) } else { &stream.pieces };
            prop_assert_eq!(&head.pieces, pieces);
            prop_assert!(said.starts_with(&head.bytes) && head.bytes.len() >= most.min(said.len()));
            let start = kept.start(most);
            prop_assert!(said.starts_with(&start) && start.len() >= most.min(said.len()));
        }
    }

    #[test]
    fn the_start_of_a_stream_holds_its_first_line(
        pieces in prop::collection::vec(prop::collection::vec(prop_oneof![Just(b'x'), Just(b'\n')], 1..6), 0..9),
    ) {
        let mut store = Store::new(1 << 20, 1 << 20);
        let flow = Flow {
            conversation: crate::conversation::ConversationId(0),
            side: Side::First,
            direction: Direction::ToServer,
        };
        for piece in &pieces {
            store.bytes(flow, piece, 1, None);
        }
        let all = pieces.concat();
        let line = |bytes: &[u8]| bytes.split(|byte| *byte == b'\n').next().unwrap_or_default().to_vec();
        prop_assert_eq!(line(&store.finish(1)[0][0].start(0)), line(&all));
    }
}

fn any_line() -> impl Strategy<Value = Line> {
    let numbers = prop_oneof![any::<u32>(), 0..40u32, (u32::MAX - 20)..=u32::MAX];
    (
        any::<bool>(),
        0..64u16,
        numbers.clone(),
        numbers,
        prop::collection::vec(any::<u8>(), 0..20),
        prop_oneof![Just(0u32), 0..50u32, any::<u32>()],
    )
        .prop_map(|(from_client, flags, seq, ack, data, missing)| Line {
            from_client,
            flags: crate::segment::Flags(flags),
            data,
            missing,
            ..c("", seq, ack, "")
        })
}
