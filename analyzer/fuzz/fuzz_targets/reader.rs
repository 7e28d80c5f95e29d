//! Any bytes as a capture file: container, headers, fragments and layers. Nothing may panic, hang, or hold more memory
//! than a constant times the input.

#![no_main]

use std::io::Cursor;

use analyzer::capture;
use analyzer::segment::{self, Fragments};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut reader) = capture::read(Cursor::new(bytes.to_vec())) else {
        return;
    };
    let mut fragments = Fragments::new();
    while let Some(frame) = reader.next() {
        let _ = (frame.comments().count(), frame.dropped_before());
        segment::read(&frame);
        fragments.packet(&frame);
        let covered = segment::layers(&frame).layers.iter().fold(0, |end, layer| {
            assert_eq!(layer.range.start, end, "layers leave no gap");
            layer.range.end
        });
        assert_eq!(covered, frame.bytes.len());
    }
});
