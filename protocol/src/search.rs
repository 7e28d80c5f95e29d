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
    }
}
