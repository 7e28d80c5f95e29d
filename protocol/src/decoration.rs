//! What decorates a server's stream and says nothing: ANSI escape sequences, carriage returns.

use crate::dialect::Decoration;

/// Where the stripper stands between two bytes.
#[derive(Clone, Copy, Debug)]
enum At {
    Text,
    /// After ESC.
    Escape,
    /// In a control sequence (`ESC [ …`), until its final byte.
    Control,
}

/// Strips one stream, piece by piece as it arrives.
#[derive(Clone, Copy, Debug)]
pub struct Stripper {
    decoration: Decoration,
    at: At,
}

impl Stripper {
    /// For a stream from its beginning.
    #[must_use]
    pub const fn new(decoration: Decoration) -> Self {
        Self {
            decoration,
            at: At::Text,
        }
    }

    /// Appends what is left of `bytes` to `kept`.
    pub fn strip(&mut self, bytes: &[u8], kept: &mut Vec<u8>) {
        if self.decoration.is_none() {
            kept.extend_from_slice(bytes);
            return;
        }
        kept.extend(bytes.iter().copied().filter(|byte| self.keeps(*byte)));
    }

    /// Whether the next byte of the stream says something.
    pub fn keeps(&mut self, byte: u8) -> bool {
        match (self.at, byte) {
            (At::Text, 0x1b) if self.decoration.ansi => self.at = At::Escape,
            (At::Text, b'\r') if self.decoration.cr => {}
            (At::Text, _) => return true,
            (At::Escape, b'[') => self.at = At::Control,
            (At::Escape, _) | (At::Control, 0x40..=0x7e) => self.at = At::Text,
            (At::Control, _) => {}
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ansi: bool, cr: bool, pieces: &[&str], expected: &str) {
        let mut stripper = Stripper::new(Decoration { ansi, cr });
        let mut kept = Vec::new();
        for piece in pieces {
            stripper.strip(piece.as_bytes(), &mut kept);
        }
        assert_eq!(String::from_utf8_lossy(&kept), expected);
    }

    #[test]
    fn colours_and_returns_go_even_when_cut_in_two() {
        check(true, true, &["\x1b[1;3", "2moi\x1b[0m\r\n"], "oi\n");
        check(true, true, &["\x1b", "[0mé\x1bcx"], "éx");
        check(false, false, &["\x1b[0moi\r\n"], "\x1b[0moi\r\n");
        check(false, true, &["a\rb"], "ab");
    }
}
