//! Bytes as a hex dump.

/// Bytes in a row.
pub(super) const ROW: usize = 16;

/// One row: the offset in the frame, the bytes in hex, the bytes as ASCII.
pub(super) struct Row {
    /// `0004`.
    pub(super) offset: String,
    /// `45 00 00 34 …`, as wide for a short row as for a full one.
    pub(super) hex: String,
    /// `E..4`.
    pub(super) ascii: String,
}

/// The rows of some bytes that begin at an offset.
pub(super) fn rows(bytes: &[u8], offset: usize) -> impl Iterator<Item = Row> {
    bytes.chunks(ROW).enumerate().map(move |(at, row)| {
        let hex: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        Row {
            offset: format!("{:04x}", offset + at * ROW),
            hex: format!("{:<width$}", hex.join(" "), width = ROW * 3 - 1),
            ascii: row.iter().map(|byte| ascii(*byte)).collect(),
        }
    })
}

fn ascii(byte: u8) -> char {
    match byte {
        0x20..=0x7e => char::from(byte),
        _ => '.',
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_short_row_is_as_wide_as_a_full_one() {
        let rows: Vec<_> = super::rows(&[b'A'; 17], 4).collect();
        assert_eq!(rows[0].offset, "0004");
        assert_eq!(rows[1].offset, "0014");
        assert_eq!(rows[0].hex.len(), rows[1].hex.len());
        assert_eq!(rows[1].ascii, "A");
    }
}
