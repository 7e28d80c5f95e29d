//! What a dialect's rules make of a name.

use std::borrow::Cow;

use super::Names;
use crate::message::Reason;

impl Names {
    /// The name that somebody gets who sent this, or why none; whether it is in use is for others to say. `with_blanks`: a name of several
    /// words is taken although the rules know none, since there are no words to refuse it.
    ///
    /// # Errors
    /// [`Reason::NameBlank`] or [`Reason::NameInvalid`].
    pub fn judge<'n>(&self, sent: &'n [u8], with_blanks: bool) -> Result<&'n [u8], Reason> {
        let mut name = trimmed(sent);
        if self.first_word {
            name = name
                .split(u8::is_ascii_whitespace)
                .next()
                .unwrap_or_default();
        }
        if self.cut {
            name = cut(name, self.max);
        }
        let is_forbidden = |byte: &u8| {
            let is_blank = *byte == b' ' && !self.blanks && !with_blanks;
            byte.is_ascii_control() || is_blank || (self.letters && !byte.is_ascii_alphabetic())
        };
        let is_reserved = |reserved: &String| self.are_same(reserved.as_bytes(), name);
        if name.is_empty() && !self.empty {
            Err(Reason::NameBlank)
        } else if name.len() > self.max
            || name.iter().any(is_forbidden)
            || self.reserved.iter().any(is_reserved)
        {
            Err(Reason::NameInvalid)
        } else {
            Ok(name)
        }
    }

    /// Whether two names are the same by these rules.
    #[must_use]
    pub fn are_same(&self, a: &[u8], b: &[u8]) -> bool {
        self.folded(a) == self.folded(b)
    }

    /// The bytes that all names have in common which are the same.
    #[must_use]
    pub fn folded<'n>(&self, name: &'n [u8]) -> Cow<'n, [u8]> {
        match std::str::from_utf8(name) {
            _ if !self.any_case => Cow::Borrowed(name),
            Ok(text) => Cow::Owned(text.to_lowercase().into_bytes()),
            Err(_) => Cow::Owned(name.to_ascii_lowercase()),
        }
    }
}

/// The first bytes of a name; whole letters, where it is text.
fn cut(name: &[u8], max: usize) -> &[u8] {
    match std::str::from_utf8(name) {
        Ok(text) => text.get(..text.floor_char_boundary(max)),
        Err(_) => None,
    }
    .map_or(name.get(..max).unwrap_or(name), str::as_bytes)
}

/// The bytes without blanks, line terminators and NUL around them.
#[must_use]
pub fn trimmed(bytes: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == 0;
    let start = bytes.iter().position(|byte| !is_blank(byte));
    let end = bytes.iter().rposition(|byte| !is_blank(byte));
    match (start, end) {
        (Some(start), Some(end)) => bytes.get(start..=end).unwrap_or_default(),
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_at_a_whole_letter() {
        assert_eq!(cut("anaé".as_bytes(), 4), b"ana");
    }
}
