//! Any segments at all: no panic, and the stored streams hold what was counted, each byte from a segment that carried it.
//! Run with `cargo +nightly fuzz run reassembly` in `analyzer/`.

#![no_main]

use analyzer::conversation::{ConversationId, Conversations, Side};
use analyzer::segment::{Endpoint, Flags, Segment, TcpOptions};
use analyzer::stream::{Reassembly, Store, Stream};
use libfuzzer_sys::fuzz_target;

/// Bytes of input that describe one segment, its payload besides.
const RECORD: usize = 8;

fuzz_target!(|bytes: &[u8]| {
    let segments = segments(bytes);
    let mut conversations = Conversations::new(16);
    let mut reassembly = Reassembly::default();
    let mut store = Store::new(1 << 20, 1 << 20);
    for segment in &segments {
        let step = conversations.segment(segment);
        if !step.copy {
            reassembly.segment(step, segment, &mut store);
        }
    }
    reassembly.finish(&mut store);
    let streams = store.finish(conversations.len());
    for (index, sides) in streams.iter().enumerate() {
        for side in Side::BOTH {
            let stream = sides[side.index()].stream();
            let amount = reassembly.amount(ConversationId(index as u32), side);
            assert_eq!(amount.bytes, stream.bytes.len() as u64);
            assert_eq!(amount.missing, stream.missing);
            check_pieces(stream, &segments);
        }
    }
});

fn check_pieces(stream: &Stream, segments: &[Segment<'_>]) {
    let mut at = 0;
    for piece in &stream.pieces {
        assert_eq!(piece.offset, at);
        at += piece.length;
        let part = &stream.bytes[piece.offset..at];
        let carrier = segments[piece.frame as usize - 1].payload;
        assert!(carrier.windows(part.len()).any(|window| window == part));
    }
    assert_eq!(at, stream.bytes.len());
}

/// Who and which flags, sequence number, acknowledgement, missing bytes, payload length; then the payload.
fn segments(mut bytes: &[u8]) -> Vec<Segment<'_>> {
    let mut segments = Vec::new();
    while let Some((record, rest)) = bytes.split_first_chunk::<RECORD>() {
        let [who, flags, seq, seq_high, ack, ack_high, missing, length] = *record;
        let (payload, rest) = rest.split_at(rest.len().min(usize::from(length)));
        bytes = rest;
        segments.push(Segment {
            frame: segments.len() as u64 + 1,
            time: Some(i64::from(segments.len() as u32)),
            source: end(who & 1),
            destination: end(!who & 1),
            seq: number(seq, seq_high),
            ack: number(ack, ack_high),
            interface: u32::from(who >> 1 & 1),
            missing: u32::from(missing),
            window: u16::from(who >> 2),
            flags: Flags(u16::from(flags)),
            ip_id: u16::from(who >> 3),
            ttl: 64,
            options: TcpOptions(&[]),
            payload,
        });
    }
    segments
}

/// Close together, or anywhere.
fn number(low: u8, high: u8) -> u32 {
    u32::from(low).wrapping_sub(u32::from(high & 1) << 7) | u32::from(high >> 1) << 25
}

fn end(which: u8) -> Endpoint {
    Endpoint::v4([10, 0, 0, which], 1000)
}
