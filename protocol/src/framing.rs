//! Where a message ends on the wire.
//!
//! A framing wraps a content into bytes (`encode`) and finds the next message in a stream (`decode`). Raw framing has no end mark:
//! one write is one message, so there is nothing to decode; who reads a raw stream recognises messages by their content.

use memchr::memmem;

use crate::pattern::{Captures, Found, Prefix};
use crate::search;

/// What ends a message in a delimited stream: one form is written, others may be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terminator {
    /// The written form first; never empty, no empty form.
    forms: Vec<Vec<u8>>,
}

impl Terminator {
    /// A terminator; empty forms are dropped, and without a written form it is a line feed.
    #[must_use]
    pub fn new(written: Vec<u8>, accepted: Vec<Vec<u8>>) -> Self {
        let mut forms: Vec<_> = std::iter::once(written)
            .chain(accepted)
            .filter(|form| !form.is_empty())
            .collect();
        if forms.is_empty() {
            forms.push(b"\n".to_vec());
        }
        Self { forms }
    }

    /// The same, with further accepted forms.
    #[must_use]
    pub fn accepting<'f>(mut self, forms: impl IntoIterator<Item = &'f [u8]>) -> Self {
        for form in forms {
            let is_new = !form.is_empty() && !self.forms.iter().any(|known| known == form);
            self.forms.extend(is_new.then(|| form.to_vec()));
        }
        self
    }

    /// The form that is written.
    #[must_use]
    pub fn written(&self) -> &[u8] {
        &self.forms[0]
    }

    /// Every form, the written one first.
    pub fn forms(&self) -> impl Iterator<Item = &[u8]> {
        self.forms.iter().map(Vec::as_slice)
    }

    /// The length of the terminator at the very front of `bytes`.
    fn len_at(&self, bytes: &[u8]) -> Option<usize> {
        self.forms
            .iter()
            .filter(|form| bytes.starts_with(form))
            .map(Vec::len)
            .max()
    }

    /// Where the first terminator begins.
    #[must_use]
    pub fn find(&self, bytes: &[u8]) -> Option<usize> {
        self.forms
            .iter()
            .filter_map(|form| search::find(bytes, form))
            .min()
    }

    /// The first line: its content's length and its length with the terminator.
    #[must_use]
    pub fn first_line(&self, bytes: &[u8]) -> Option<(usize, usize)> {
        let content = self.find(bytes)?;
        Some((content, content + self.len_at(&bytes[content..])?))
    }

    /// The content's length and the whole length of all complete lines together.
    pub(crate) fn last_end(&self, bytes: &[u8]) -> Option<(usize, usize)> {
        let last = self
            .forms
            .iter()
            .filter_map(|form| memmem::rfind(bytes, form).map(|at| (at + form.len(), at)));
        let (end, _) = last.max()?;
        let content = self
            .forms
            .iter()
            .filter(|form| bytes[..end].ends_with(form))
            .map(|form| end - form.len())
            .min()?;
        Some((content, end))
    }

    /// How it fares at the front of a stream.
    pub(crate) fn at_front(&self, bytes: &[u8]) -> Prefix {
        if let Some(len) = self.len_at(bytes) {
            return Prefix::Full(Found {
                len,
                start: 0,
                content: 0,
                tail: None,
                captures: Captures::default(),
            });
        }
        let begun = self.forms.iter().any(|form| form.starts_with(bytes));
        if begun {
            Prefix::Partial
        } else {
            Prefix::Differs(0)
        }
    }
}

/// On which side of a padded field its value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Value first, then padding.
    Left,
    /// Padding first, then the value.
    Right,
}

/// Where a message ends on the wire. See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Framing {
    /// No end mark: one write is one message.
    Raw,
    /// Each message ends with a terminator.
    Delimited(Terminator),
    /// The content's length in decimal ASCII, in a padded header of fixed width, before the content.
    Header {
        /// Bytes of the header.
        width: usize,
        /// What fills it up.
        pad: u8,
        /// Where the number stands in it.
        align: Align,
    },
    /// Every message has this many bytes, filled up with a padding byte.
    Fixed {
        /// Bytes of every message.
        size: usize,
        /// What fills it up.
        pad: u8,
    },
}

/// What stands at the front of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoded<'a> {
    /// A whole message.
    Message {
        /// Its content.
        content: &'a [u8],
        /// Bytes that it takes in the stream.
        len: usize,
    },
    /// Not all of the message has arrived.
    Incomplete,
    /// This can never become a message: a header that is no length, or content beyond the limit.
    Invalid(FramingError),
}

/// Why a stream cannot be read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FramingError {
    /// The header is not a decimal number.
    NotANumber,
    /// The header promises, or the stream has, more than the limit (in bytes).
    TooLong(usize),
}

impl Framing {
    /// Whether the stream itself shows where a message ends.
    #[must_use]
    pub const fn is_delimited(&self) -> bool {
        !matches!(self, Framing::Raw)
    }

    /// What ends each message, where that is how messages end.
    #[must_use]
    pub const fn terminator(&self) -> Option<&Terminator> {
        match self {
            Framing::Delimited(terminator) => Some(terminator),
            _ => None,
        }
    }

    /// Whether each message comes in a frame whose end is known before its content is read.
    #[must_use]
    pub const fn is_framed(&self) -> bool {
        matches!(self, Framing::Header { .. } | Framing::Fixed { .. })
    }

    /// Bytes of the header before each content.
    #[must_use]
    pub const fn header_len(&self) -> usize {
        match self {
            Framing::Header { width, .. } => *width,
            _ => 0,
        }
    }

    /// A content as it goes onto the wire. A content longer than a fixed frame goes in several; a header that is too narrow
    /// for the length is written wider than it should be, which a peer will refuse.
    #[must_use]
    pub fn encode(&self, content: &[u8]) -> Vec<u8> {
        match self {
            Framing::Raw => content.to_vec(),
            Framing::Delimited(terminator) => [content, terminator.written()].concat(),
            Framing::Header { width, pad, align } => {
                let number = content.len().to_string().into_bytes();
                let padding = vec![*pad; width.saturating_sub(number.len())];
                match align {
                    Align::Left => [&number, &padding, content].concat(),
                    Align::Right => [&padding, &number, content].concat(),
                }
            }
            Framing::Fixed { size, pad } => {
                let size = (*size).max(1);
                let frames = content.len().div_ceil(size).max(1);
                let mut bytes = content.to_vec();
                bytes.resize(frames * size, *pad);
                bytes
            }
        }
    }

    /// The message at the front of a stream. `limit` is the largest content, in bytes. Raw streams: all there is.
    #[must_use]
    pub fn decode<'a>(&self, bytes: &'a [u8], limit: usize) -> Decoded<'a> {
        match self {
            Framing::Raw if bytes.is_empty() => Decoded::Incomplete,
            Framing::Raw => Decoded::Message {
                content: bytes,
                len: bytes.len(),
            },
            Framing::Delimited(terminator) => match terminator.first_line(bytes) {
                Some((content, _)) if content > limit => {
                    Decoded::Invalid(FramingError::TooLong(limit))
                }
                Some((content, len)) => Decoded::Message {
                    content: &bytes[..content],
                    len,
                },
                None if bytes.len() > limit.saturating_add(terminator.written().len()) => {
                    Decoded::Invalid(FramingError::TooLong(limit))
                }
                None => Decoded::Incomplete,
            },
            Framing::Header { width, pad, .. } => decode_header(bytes, *width, *pad, limit),
            Framing::Fixed { size, pad } => match bytes.get(..(*size).max(1)) {
                None => Decoded::Incomplete,
                Some(frame) => {
                    let content = frame
                        .iter()
                        .rposition(|byte| byte != pad)
                        .map_or(0, |last| last + 1);
                    Decoded::Message {
                        content: &frame[..content],
                        len: frame.len(),
                    }
                }
            },
        }
    }
}

fn decode_header(bytes: &[u8], width: usize, pad: u8, limit: usize) -> Decoded<'_> {
    let Some(header) = bytes.get(..width) else {
        return Decoded::Incomplete;
    };
    // Padding with zeros needs no stripping: it leaves the number as it is.
    let is_blank = |byte: &u8| *byte == b' ' || (*byte == pad && pad != b'0');
    let start = header
        .iter()
        .position(|byte| !is_blank(byte))
        .unwrap_or(width);
    let end = header
        .iter()
        .rposition(|byte| !is_blank(byte))
        .map_or(start, |last| last + 1);
    let digits = &header[start..end];
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Decoded::Invalid(FramingError::NotANumber);
    }
    let length = std::str::from_utf8(digits)
        .ok()
        .and_then(|digits| digits.parse::<usize>().ok());
    match length.filter(|length| *length <= limit) {
        None => Decoded::Invalid(FramingError::TooLong(limit)),
        Some(length) => match bytes.get(width..width + length) {
            None => Decoded::Incomplete,
            Some(content) => Decoded::Message {
                content,
                len: width + length,
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn crlf_or_lf() -> Framing {
        Framing::Delimited(Terminator::new(b"\n".to_vec(), vec![b"\r\n".to_vec()]))
    }

    const HEADER: Framing = Framing::Header {
        width: 64,
        pad: b' ',
        align: Align::Left,
    };

    #[track_caller]
    fn decodes(framing: &Framing, bytes: &[u8], expected: Decoded<'_>) {
        assert_eq!(framing.decode(bytes, 1024), expected);
    }

    #[test]
    fn a_line_ends_at_its_terminator_in_any_accepted_form() {
        decodes(
            &crlf_or_lf(),
            b"LIST\nQUIT\n",
            Decoded::Message {
                content: b"LIST",
                len: 5,
            },
        );
        decodes(
            &crlf_or_lf(),
            b"LIST\r\n",
            Decoded::Message {
                content: b"LIST",
                len: 6,
            },
        );
        decodes(&crlf_or_lf(), b"LIST", Decoded::Incomplete);
    }

    #[test]
    fn hostile_headers_are_values_not_panics() {
        let header = |text: &str| format!("{text:<64}").into_bytes();
        decodes(
            &HEADER,
            &header("abc"),
            Decoded::Invalid(FramingError::NotANumber),
        );
        decodes(
            &HEADER,
            &header("-5"),
            Decoded::Invalid(FramingError::NotANumber),
        );
        decodes(
            &HEADER,
            &header(""),
            Decoded::Invalid(FramingError::NotANumber),
        );
        decodes(
            &HEADER,
            &header("99999999999999999999999"),
            Decoded::Invalid(FramingError::TooLong(1024)),
        );
        decodes(&HEADER, &header("5"), Decoded::Incomplete);
        decodes(
            &HEADER,
            &[header("2"), b"oi!".to_vec()].concat(),
            Decoded::Message {
                content: b"oi",
                len: 66,
            },
        );
    }

    #[test]
    fn a_stream_that_never_ends_a_line_is_cut_at_the_limit() {
        decodes(
            &crlf_or_lf(),
            &[b'x'; 2000],
            Decoded::Invalid(FramingError::TooLong(1024)),
        );
    }

    fn framings() -> impl Strategy<Value = Framing> {
        prop_oneof![
            Just(crlf_or_lf()),
            Just(Framing::Delimited(Terminator::new(vec![0], vec![]))),
            Just(HEADER),
            Just(Framing::Header {
                width: 10,
                pad: b'0',
                align: Align::Right
            }),
            Just(Framing::Fixed { size: 256, pad: 0 }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(framing in framings(), content in "[a-zA-Z ã]{1,60}[a-z]", next in "[a-z]{0,9}") {
            let mut stream = framing.encode(content.as_bytes());
            let whole = stream.len();
            stream.extend_from_slice(&framing.encode(next.as_bytes()));
            prop_assert_eq!(framing.decode(&stream, 1024), Decoded::Message { content: content.as_bytes(), len: whole });
        }

        #[test]
        fn any_bytes_at_all_are_decoded(framing in framings(), bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Decoded::Message { content, len } = framing.decode(&bytes, 1024) {
                prop_assert!(content.len() <= len && len <= bytes.len() && len > 0);
            }
        }
    }
}
