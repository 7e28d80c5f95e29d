//! Searching for a literal in a message: most messages are short, and a search that prepares itself pays only in long texts.

use memchr::{memchr_iter, memmem};

/// Longer texts are worth the preparation, in bytes.
const LONG: usize = 512;

/// Where a literal first stands.
pub(crate) fn find(bytes: &[u8], literal: &[u8]) -> Option<usize> {
    let Some(first) = literal.first().filter(|_| bytes.len() <= LONG) else {
        return memmem::find(bytes, literal);
    };
    memchr_iter(*first, bytes).find(|at| bytes[*at..].starts_with(literal))
}

/// All places where a literal stands, none overlapping the one before.
pub(crate) fn places<'a>(bytes: &'a [u8], literal: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let mut from = 0;
    std::iter::from_fn(move || {
        let at = from + find(bytes.get(from..)?, literal)?;
        from = at + literal.len().max(1);
        Some(at)
    })
}

/// Which bytes occur in a short text: a glance shows that most literals are not in it.
pub(crate) struct Letters([u64; 4]);

impl Letters {
    /// Those of a text; of a long one any, without a look.
    pub(crate) fn of(text: &[u8]) -> Self {
        let mut letters = [if text.len() > LONG { u64::MAX } else { 0 }; 4];
        for byte in text.iter().take(LONG) {
            letters[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
        Self(letters)
    }

    /// Whether a literal may stand in the text; an empty one is none.
    pub(crate) fn may_hold(&self, literal: &[u8]) -> bool {
        let mut first = literal.iter().take(1);
        first.any(|first| self.0[usize::from(first >> 6)] & 1 << (first & 63) != 0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_finds_what_the_library_finds(text in "[ab]{0,40}", times in 1usize..40, literal in "[ab]{0,3}") {
            let text = text.repeat(times).into_bytes();
            prop_assert_eq!(find(&text, literal.as_bytes()), memmem::find(&text, literal.as_bytes()));
            let all: Vec<_> = memmem::find_iter(&text, literal.as_bytes()).collect();
            prop_assert_eq!(places(&text, literal.as_bytes()).collect::<Vec<_>>(), all);
        }

        #[test]
        fn what_a_glance_rules_out_is_not_there(text: Vec<u8>, times in 1usize..9, literal: Vec<u8>) {
            let text = text.repeat(times);
            let may_hold = Letters::of(&text).may_hold(&literal);
            prop_assert!(may_hold || literal.is_empty() || memmem::find(&text, &literal).is_none());
            for byte in &text {
                prop_assert!(Letters::of(&text).may_hold(&[*byte]));
            }
        }
    }
}
