//! Any bytes of a server, in two pieces: each byte is heard once, in order. The first two bytes choose the dialect and where the
//! stream is cut.

#![no_main]

use harness::hearing::Hearing;
use libfuzzer_sys::fuzz_target;
use protocol::Dialect;
use protocol::matching::Supply;
use protocol::message::Phase;

fuzz_target!(|bytes: &[u8]| {
    let Some(([which, cut], bytes)) = bytes.split_first_chunk() else {
        return;
    };
    let dialects = Dialect::builtins();
    let mut hearing = Hearing::new(&dialects[usize::from(*which) % dialects.len()]);
    let (first, second) = bytes.split_at(bytes.len().min(usize::from(*cut)));
    let mut heard = Vec::new();
    for (piece, supply) in [(first, Supply::Open), (second, Supply::Settled)] {
        hearing.receive(piece);
        while let Some(one) = hearing.next(Phase::Chatting, supply) {
            assert!(one.bytes.get(one.content).is_some());
            heard.extend(one.bytes);
        }
    }
    assert_eq!(heard, bytes);
});
