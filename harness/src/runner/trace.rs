//! What a text leaves in the bytes that came, though it came otherwise than it was sent: pure comparisons.

use memchr::memmem;

use crate::lesson::{Change, Context, change};

/// Whether bytes begin with the end of a text, long enough to be no chance.
pub(super) fn begins_with_end(bytes: &[u8], text: &[u8]) -> bool {
    const ENOUGH: usize = 6;
    (1..text.len().saturating_sub(ENOUGH)).any(|at| bytes.starts_with(&text[at..]))
}

/// What came, from where the expected form begins: before it may stand what no step claimed.
pub(super) fn from_the_form<'b>(received: &'b [u8], form: &[u8]) -> &'b [u8] {
    const ENOUGH: usize = 8;
    let beginning = &form[..form.len().min(ENOUGH)];
    let at = memmem::find(received, beginning).unwrap_or(0);
    &received[at..]
}

/// What became of a text, where the change alone shows that it is this one.
pub(super) fn surplus_change(text: &[u8], came: &[u8]) -> Option<Change> {
    const ENOUGH: usize = 8;
    let changed = change(text, came, &Context::default())?;
    let (_, most) = text.split_last()?;
    let is_certain = match changed {
        Change::LastByteCut => most.len() >= ENOUGH,
        Change::FirstWordOnly => came.len() >= ENOUGH / 2,
        Change::BytesLiteral => memmem::find(came, text).is_some(),
        Change::Lowercased => true,
        _ => false,
    };
    is_certain.then_some(changed)
}

/// The last word of a request, in small letters, with what a longer one before it left in the buffer.
pub(super) fn with_tail(request: &[u8], earlier: &[u8]) -> Option<Vec<u8>> {
    let is_blank = |byte: &u8| byte.is_ascii_whitespace();
    let tail = earlier.get(request.len()..)?.split(is_blank).next()?;
    let word = request.rsplit(is_blank).next()?;
    let seen = [word, tail].concat();
    let seen = String::from_utf8_lossy(&seen).to_lowercase().into_bytes();
    (!word.is_empty() && !tail.is_empty()).then_some(seen)
}

/// What stands behind each message in a buffer that takes all of them and is never cleared.
pub(super) fn stale_tails<'s>(
    sent: impl Iterator<Item = &'s [u8]>,
) -> impl Iterator<Item = Vec<u8>> {
    let mut buffer: Vec<u8> = Vec::new();
    sent.filter_map(move |message| {
        let tail = buffer.get(message.len()..).unwrap_or_default().to_vec();
        buffer = [message, &tail].concat();
        (!tail.is_empty()).then_some(tail)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_seen_with_what_a_longer_one_left_behind() {
        #[track_caller]
        fn check(request: &str, earlier: &str, seen: Option<&str>) {
            let found = with_tail(request.as_bytes(), earlier.as_bytes());
            assert_eq!(found.as_deref(), seen.map(str::as_bytes));
        }
        check("LIST", "MSG e isto?", Some("liste"));
        check("teste xy", "MSG abacaxi verde", Some("xyaxi"));
        check("LIST", "MSG  dois", None);
        check("LIST", "ana", None);
    }

    #[test]
    fn a_buffer_that_is_never_cleared_keeps_the_ends_of_all_that_was_longer() {
        let sent = ["ana5p1dg", "MSG oi", "MSG x", "MSG comprida"];
        let tails: Vec<_> = stale_tails(sent.iter().map(|sent| sent.as_bytes())).collect();
        assert_eq!(tails, [b"dg".to_vec(), b"idg".to_vec()]);
    }

    #[test]
    fn a_form_is_looked_for_behind_what_nobody_claimed() {
        let form = b"[bia12345]: oi";
        assert_eq!(from_the_form(b"resto[bia12345]: o", form), b"[bia12345]: o");
        assert_eq!(from_the_form(b"outra coisa", form), b"outra coisa");
    }

    #[test]
    fn an_unasked_text_is_known_by_its_change_only_where_that_is_certain() {
        #[track_caller]
        fn check(text: &str, came: &str, seen: Option<Change>) {
            assert_eq!(surplus_change(text.as_bytes(), came.as_bytes()), seen);
        }
        check("barrier k0ab", "barrier k0a", Some(Change::LastByteCut));
        check("oi", "o", None);
        check(
            "barrier k0ab",
            "b'barrier k0ab'",
            Some(Change::BytesLiteral),
        );
        check("barrier k0ab", "b'outra'", None);
        check("barrier k0ab", "barrier", Some(Change::FirstWordOnly));
        check("bom dia a todos", "bom", None);
    }

    #[test]
    fn the_end_of_a_text_is_no_chance_where_it_is_long() {
        assert!(begins_with_end(b"comprida[bia]: oi", b"uma bem comprida"));
        assert!(!begins_with_end(b"da[bia]: oi", b"uma bem comprida"));
    }
}
