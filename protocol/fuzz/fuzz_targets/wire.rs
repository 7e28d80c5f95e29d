//! Any bytes on the wire of a built-in dialect: requests are read, frames decoded, and every reply is looked for. The first
//! byte chooses the dialect.

#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::Dialect;
use protocol::framing::Decoded;
use protocol::matching::{Outcome, Scene, Supply, decide};
use protocol::message::{Direction, Fields, Phase};
use protocol::pattern::Pattern;

fuzz_target!(|bytes: &[u8]| {
    let Some((which, bytes)) = bytes.split_first() else {
        return;
    };
    let dialects = Dialect::builtins();
    let dialect = &dialects[usize::from(*which) % dialects.len()];
    let fields = Fields::new().with("nick", &b"ana"[..]);
    for phase in [Phase::Joining, Phase::Chatting] {
        let framing = dialect.framing(Direction::ToServer, phase);
        match framing.decode(bytes, dialect.limits.message) {
            Decoded::Message { content, len } => {
                assert!(len <= bytes.len());
                let _ = dialect.read_request(phase, content);
            }
            Decoded::Incomplete | Decoded::Invalid(_) => {}
        }
        let forms: Vec<_> = dialect
            .replies()
            .map(|reply| dialect.expectation(reply.kind, &fields, phase))
            .collect();
        let known: Vec<Pattern> = forms
            .iter()
            .flatten()
            .map(|form| form.pattern.clone())
            .collect();
        let scene = Scene {
            framing: dialect.framing(Direction::ToClient, phase),
            limit: dialect.limits.message,
            aside: &known[..known.len() / 2],
            known: &known,
        };
        for (wanted, supply) in forms.iter().flat_map(|wanted| {
            [Supply::Open, Supply::Settled, Supply::Closed].map(|supply| (wanted, supply))
        }) {
            match decide(bytes, wanted, &scene, supply) {
                Outcome::Take(taken) => assert!(taken.len <= bytes.len()),
                Outcome::Different(found) => {
                    assert!(found.start <= found.at && found.at <= bytes.len())
                }
                Outcome::Wait => {}
            }
        }
    }
});
