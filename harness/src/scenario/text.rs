//! Texts and patterns of a scenario: bytes, with places for what only the run knows.

use protocol::template::HoleKind;

use super::Actor;

/// Bytes to send, or to find again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The pieces in order.
    pub parts: Vec<Part>,
}

/// A piece of a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// These bytes.
    Bytes(Vec<u8>),
    /// The same bytes again and again, up to so many; the last time perhaps not in full.
    Cycle {
        /// What is repeated; never empty.
        unit: Vec<u8>,
        /// How many bytes in all.
        len: usize,
    },
    /// Printable filler in which every eight bytes say where they stand, so that a cut shows its place.
    Filler(usize),
    /// The nickname that this actor has in this run: `"$bia: oi"`.
    NickOf(Actor),
    /// What was captured under this name: `"PRIV $id oi"`.
    Captured(String),
    /// The number of the crowd's member, from 1: `"olá $n"`.
    Member,
}

impl Text {
    /// A text of these bytes alone.
    pub fn of(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        let parts = if bytes.is_empty() {
            Vec::new()
        } else {
            vec![Part::Bytes(bytes)]
        };
        Self { parts }
    }

    /// The bytes, with `value` supplying what only the run knows. `None` if it does not know one of them.
    pub fn bytes(&self, mut value: impl FnMut(&Part) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
        let mut bytes = Vec::with_capacity(self.len_at_least());
        for part in &self.parts {
            match part {
                Part::Bytes(known) => bytes.extend_from_slice(known),
                Part::Cycle { unit, len } => bytes.extend(unit.iter().cycle().take(*len)),
                Part::Filler(len) => bytes.extend(filler().take(*len)),
                unknown => bytes.extend(value(unknown)?),
            }
        }
        Some(bytes)
    }

    /// Its length in bytes, without what only the run knows.
    pub fn len_at_least(&self) -> usize {
        self.parts
            .iter()
            .map(Part::len_at_least)
            .fold(0, usize::saturating_add)
    }
}

impl Part {
    /// Its length in bytes, or 0 if only the run knows it.
    pub(super) fn len_at_least(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Cycle { len, .. } | Self::Filler(len) => *len,
            Self::NickOf(_) | Self::Captured(_) | Self::Member => 0,
        }
    }
}

/// `0000000-0000008-0000016-…`: no blank that a server might strip, no command word of any dialect.
fn filler() -> impl Iterator<Item = u8> {
    (0_usize..)
        .step_by(8)
        .flat_map(|offset| format!("{offset:07}-").into_bytes())
}

/// Bytes to expect, some of them open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The pieces in order; never two holes side by side.
    pub parts: Vec<PatternPart>,
}

/// A piece of a [`Pattern`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatternPart {
    /// Bytes that are known before they are expected.
    Known(Part),
    /// A place for anything of a kind: `{}`, `{id}`, `{id:int}`.
    Hole(Hole),
}

/// An open place of a [`Pattern`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// The name under which what was found is captured.
    pub name: Option<String>,
    /// What may stand there.
    pub kind: HoleKind,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_its_parts_in_a_row() {
        let text = Text {
            parts: vec![
                Part::Bytes(b"a".to_vec()),
                Part::Cycle {
                    unit: b"xy".to_vec(),
                    len: 5,
                },
                Part::Filler(10),
                Part::Member,
            ],
        };
        assert_eq!(
            text.bytes(|_| Some(b"7".to_vec())).as_deref(),
            Some(&b"axyxyx0000000-007"[..])
        );
        assert_eq!(text.bytes(|_| None), None);
        assert_eq!(text.len_at_least(), 16);
    }
}
