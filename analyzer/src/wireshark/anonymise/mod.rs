//! The capture once more, without what tells who spoke: names, texts and addresses are replaced, each always by the same.
//! Lengths and times stay; a checksum that was right is right again, and one that was not stays wrong.
//!
//! What is neither read nor known is blanked: it might hold an address or a word. Comments and the names of interfaces are
//! left out.

mod address;
mod packet;
mod speech;

use std::io::{self, Write};

use super::pcapng::Writer;
use crate::analysis::Analysis;
use crate::capture::{Frame, Interface, Reader};
use address::Addresses;
use speech::Speech;

/// Writes an anonymous copy. The number of frames that were written.
///
/// # Errors
/// If writing fails.
pub fn anonymise(
    mut reader: Reader,
    analysis: &Analysis<'_>,
    output: impl Write,
) -> io::Result<u64> {
    let interfaces = &analysis.survey.capture.description.interfaces;
    let nameless: Vec<_> = interfaces
        .iter()
        .map(|one| Interface::new(one.link, one.snap_length))
        .collect();
    let mut writer = Writer::new(output, &nameless)?;
    let mut addresses = Addresses::default();
    let mut speech = Speech::of(analysis);
    let mut written = 0;
    while let Some(batch) = reader.next_batch() {
        for frame in batch.iter() {
            let bytes = packet::anonymous(&frame, &mut addresses, &mut speech);
            let mut bare = Frame::new(frame.number, frame.time, frame.link, frame.bytes);
            bare.interface = frame.interface;
            bare.original_length = frame.original_length;
            writer.frame(&bare, &bytes, &[])?;
            written += 1;
        }
    }
    writer.finish()?;
    Ok(written)
}
