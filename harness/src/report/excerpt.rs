//! Bytes cut to a width, so that the byte in question stays in sight: `… "MSG Bom dia!"… +1234 bytes`, and where a caret goes.
//!
//! Knows nothing of what the bytes mean. Whatever a server sent is safe to show once it went through here.

use protocol::quote::{column_of, quote};

use super::words;

/// Some of the bytes, as visible text, and where each byte stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Excerpt {
    /// The visible text; never wider than was allowed, except for a width too small for anything.
    pub(crate) text: String,
    /// The column of the byte that was asked about.
    pub(crate) column: Option<usize>,
}

/// The narrowest excerpt that still shows something.
const NARROWEST: usize = 24;

/// Where an excerpt should begin, so that the byte at `offset` is in sight within `columns`.
pub(crate) fn start_for(bytes: &[u8], offset: usize, columns: usize) -> usize {
    let columns = columns.max(NARROWEST);
    let offset = offset.min(bytes.len());
    if column_of(bytes, offset) <= columns * 2 / 3 {
        return 0;
    }
    // Each step back adds a column at most every fourth byte, so this ends soon.
    let mut start = offset;
    while let Some(earlier) = start.checked_sub(1).map(|at| boundary(bytes, at)) {
        let between = bytes.get(earlier..offset).unwrap_or_default();
        if column_of(between, between.len()) > columns / 3 {
            break;
        }
        start = earlier;
    }
    start
}

/// The bytes from `start` on, within `columns`, and the column of the byte at `mark`.
pub(crate) fn excerpt(bytes: &[u8], start: usize, mark: Option<usize>, columns: usize) -> Excerpt {
    let columns = columns.max(NARROWEST);
    let start = boundary(bytes, start.min(bytes.len()));
    let lead = if start > 0 { "… " } else { "" };
    let lead_columns = lead.chars().count();
    let shown = bytes.get(start..).unwrap_or_default();
    let available = columns.saturating_sub(lead_columns);
    let end = end_within(shown, available);
    let (kept, hidden) = shown.split_at(end);
    let text = format!("{lead}{}{}", quote(kept), tail(hidden.len()));
    let column = mark
        .and_then(|mark| mark.checked_sub(start))
        .map(|mark| lead_columns + column_of(kept, mark));
    Excerpt { text, column }
}

/// The bytes from the first on, within `columns`.
pub(crate) fn beginning(bytes: &[u8], columns: usize) -> String {
    excerpt(bytes, 0, None, columns).text
}

fn tail(hidden: usize) -> String {
    match hidden {
        0 => String::new(),
        count => format!("… +{}", words::bytes(count)),
    }
}

/// How many bytes fit, with the quotes and with what says how many are left.
fn end_within(bytes: &[u8], columns: usize) -> usize {
    // No byte takes less than a quarter of a column, so the rest need not be looked at.
    let most = bytes.len().min(columns.saturating_mul(4));
    let seen = bytes.get(..most).unwrap_or(bytes);
    let both_quotes = |end: usize| column_of(seen, end) + 1;
    if most == bytes.len() && both_quotes(most) <= columns {
        return most;
    }
    let room = columns.saturating_sub(tail(bytes.len()).chars().count());
    let (mut fits, mut is_too_much) = (0, most + 1);
    while is_too_much - fits > 1 {
        let middle = usize::midpoint(fits, is_too_much);
        if both_quotes(middle) <= room {
            fits = middle;
        } else {
            is_too_much = middle;
        }
    }
    boundary(bytes, fits)
}

/// The nearest place at or before `at` that is not inside a character.
fn boundary(bytes: &[u8], at: usize) -> usize {
    let is_inside = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    (at.saturating_sub(3)..=at)
        .rev()
        .find(|at| !is_inside(*at))
        .unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn a_cut_says_how_much_it_hides() {
        assert_eq!(beginning(b"abc", 30), "\"abc\"");
        assert_eq!(
            beginning(b"abcdefghijklmnopqrstuvwxyz", 24),
            "\"abcdefghijk\"… +15 bytes"
        );
    }

    #[test]
    fn the_byte_in_question_stays_in_sight() {
        let mut bytes = vec![b'a'; 500];
        bytes.extend_from_slice("çX".as_bytes());
        bytes.extend_from_slice(&[b'b'; 500]);
        let start = start_for(&bytes, 502, 40);
        let shown = excerpt(&bytes, start, Some(502), 40);
        let column = shown.column.expect("the byte is shown");
        assert_eq!(shown.text.chars().nth(column), Some('X'), "{}", shown.text);
        assert!(shown.text.width() <= 40, "{}", shown.text);
    }

    proptest! {
        #[test]
        fn any_bytes_fit(bytes: Vec<u8>, offset: usize, columns in 0_usize..200) {
            let start = start_for(&bytes, offset, columns);
            let shown = excerpt(&bytes, start, Some(offset), columns);
            prop_assert!(shown.text.width() <= columns.max(NARROWEST), "{}", shown.text);
            prop_assert!(!shown.text.chars().any(char::is_control));
        }
    }
}
