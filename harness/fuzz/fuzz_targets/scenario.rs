//! Any text as a scenario file: it is understood, or its mistakes are said in words. What can be written the one way it should
//! be written means the same, and stays as it is when that is done again.

#![no_main]

use harness::scenario::{format, parse_source};
use libfuzzer_sys::fuzz_target;
use protocol::diagnostic::Source;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let source = Source::new("fuzz.chat", text);
    let understood = parse_source("fuzz/fuzz", &source);
    if let Err(mistakes) = &understood {
        assert!(!mistakes.is_empty());
    }
    let Ok(once) = format(&source) else {
        return;
    };
    let again = Source::new("fuzz.chat", once.as_str());
    assert_eq!(
        parse_source("fuzz/fuzz", &again).is_ok(),
        understood.is_ok()
    );
    assert_eq!(format(&again).ok(), Some(once));
});
