//! The capture once more, with what was found as comments on its frames, which Wireshark shows and filters (`frame.comment`).

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::pcapng::Writer;
use crate::capture::{Interface, Reader};

/// What to say of each frame, by its number.
pub type Comments = BTreeMap<u64, Vec<String>>;

/// Copies a capture into a pcapng file with these comments. Interfaces that the file describes late must be known
/// beforehand. The number of frames that were written.
///
/// # Errors
/// If writing fails.
pub fn annotate(
    mut reader: Reader,
    interfaces: &[Interface],
    comments: &Comments,
    output: impl Write,
) -> io::Result<u64> {
    let mut writer = Writer::new(output, interfaces)?;
    let mut written = 0;
    while let Some(batch) = reader.next_batch() {
        for frame in batch.iter() {
            let of_frame = comments.get(&frame.number).map_or(&[][..], Vec::as_slice);
            writer.frame(&frame, frame.bytes, of_frame)?;
            written += 1;
        }
    }
    writer.finish()?;
    Ok(written)
}
