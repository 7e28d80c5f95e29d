//! Any bytes as a dialect file: it loads, or its mistakes are said in words. What loads can be spoken.

#![no_main]

use libfuzzer_sys::fuzz_target;
use protocol::Dialect;
use protocol::diagnostic::Source;
use protocol::message::{CommandKind, Fields, Phase};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let dialect = match Dialect::parse(&Source::new("fuzz.toml", text)) {
        Ok(dialect) => dialect,
        Err(mistakes) => {
            assert!(!mistakes.is_empty());
            return;
        }
    };
    let fields = Fields::new()
        .with("nick", &b"ana"[..])
        .with("text", &b"oi"[..]);
    for phase in [Phase::Joining, Phase::Chatting] {
        for kind in CommandKind::ALL {
            if let Some(content) = dialect.render_request(*kind, &fields) {
                let _ = dialect.read_request(phase, &content);
            }
        }
        for reply in dialect.replies() {
            let _ = dialect.expectation(reply.kind, &fields, phase);
        }
        let _ = dialect.read_request(phase, bytes);
    }
});
