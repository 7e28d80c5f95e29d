//! Bytes as visible text, and back: `"200 OK\nBem-vindo(a), ana."`.
//!
//! Whatever a server sends is shown in this form, so nothing of it can move a cursor, turn text around or hide.
//! Printable Unicode stays as it is. Everything else is an escape: `\n` `\r` `\t` `\0` `\\` `\"`, and `\xNN` for each byte
//! of a control, an invisible or combining character, or of invalid UTF-8. What takes no column of its own is escaped
//! too, so two texts that look equal are equal.
//!
//! Knows nothing of terminals, colours or who said it.

use std::fmt;
use std::fmt::Write as _;
use std::ops::Range;

use unicode_width::UnicodeWidthChar;

use crate::lang::{Lang, Words};
use crate::words;

/// Shows all of `bytes`, between double quotes.
pub fn quote(bytes: &[u8]) -> Quoted<'_> {
    Quoted {
        bytes,
        hidden: 0,
        lang: Lang::En,
    }
}

/// Shows at most the first `limit` bytes, then how many are left: `"MSG aaaa"… 1234 more bytes`.
///
/// The cut never falls inside a character.
pub fn quote_capped(bytes: &[u8], limit: usize) -> Quoted<'_> {
    let cut = pieces(bytes)
        .map(|piece| piece.range.end)
        .take_while(|end| *end <= limit)
        .last()
        .unwrap_or(0);
    let (shown, hidden) = bytes.split_at(cut);
    Quoted {
        bytes: shown,
        hidden: hidden.len(),
        lang: Lang::En,
    }
}

/// Bytes that show themselves as visible text: see [`quote`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted<'a> {
    bytes: &'a [u8],
    hidden: usize,
    lang: Lang,
}

impl Quoted<'_> {
    /// The same; how many bytes are left is said in this language, else in English.
    #[must_use]
    pub fn lang(self, lang: Lang) -> Self {
        Self { lang, ..self }
    }
}

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for piece in pieces(self.bytes) {
            piece.form.fmt(f)?;
        }
        f.write_char('"')?;
        match self.hidden {
            0 => Ok(()),
            1 => f.write_str(self.lang.pick(["… mais 1 byte", "… 1 more byte"])),
            n => match self.lang {
                Lang::PtBr => write!(f, "… mais {n} bytes"),
                Lang::En => write!(f, "… {n} more bytes"),
            },
        }
    }
}

/// The display column, counted from 0 at the opening quote, of the byte at `offset` in `quote(bytes)`.
///
/// A caret put there stands under that byte: under its character, or under its own `\xNN`. An offset at or past the end gives
/// the column of the closing quote.
pub fn column_of(bytes: &[u8], offset: usize) -> usize {
    let opening_quote = 1;
    let before: usize = pieces(bytes)
        .take_while(|piece| piece.range.start < offset)
        .map(|piece| piece.columns_before(offset))
        .sum();
    opening_quote + before
}

/// Text for one line of a terminal: as [`quote`] shows it, but without the quotes and with `"` and `\` left alone.
///
/// For names and messages that come from outside. It cannot be read back.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            shown.push(c);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(shown, "{}", Form::of(c));
        }
    }
    shown
}

/// Reads back what [`quote`] wrote. The surrounding quotes are optional.
///
/// `\u{…}` is understood as well, for people who write a character by its number.
///
/// # Errors
///
/// The byte range of `text` that is wrong, and why: an unknown escape, an unfinished one, or a quote that is not escaped.
pub fn unquote(text: &str) -> Result<Vec<u8>, UnquoteError> {
    let inner = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(inner) => unescape(inner, 1),
        None => unescape(text, 0),
    }
}

/// Where a quoted text is wrong, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnquoteError {
    /// The bytes of the quoted text that are to blame.
    pub range: Range<usize>,
    /// Why, for a diagnostic: lower case, no full stop.
    pub message: Words,
}

impl fmt::Display for UnquoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message.en)
    }
}

impl std::error::Error for UnquoteError {}

/// One character or one invalid byte run, and where it stands in the bytes.
struct Piece {
    range: Range<usize>,
    form: Form,
}

impl Piece {
    /// Columns of this piece that stand before the byte at `offset`, which lies behind the piece's start.
    fn columns_before(&self, offset: usize) -> usize {
        if offset >= self.range.end {
            return self.form.width();
        }
        match self.form {
            Form::Hex(..) => (offset - self.range.start) * HEX_WIDTH,
            Form::Kept(_) | Form::Short(_) => 0,
        }
    }
}

/// Columns of one `\xNN`.
const HEX_WIDTH: usize = 4;

/// How a character is shown.
enum Form {
    Kept(char),
    /// A backslash and one letter.
    Short(char),
    /// `\xNN` for each of the first bytes of the array.
    Hex([u8; 4], usize),
}

impl Form {
    fn of(c: char) -> Self {
        match c {
            '\n' => Self::Short('n'),
            '\r' => Self::Short('r'),
            '\t' => Self::Short('t'),
            '\0' => Self::Short('0'),
            '\\' | '"' => Self::Short(c),
            c if is_printable(c) => Self::Kept(c),
            c => {
                let mut bytes = [0; 4];
                let len = c.encode_utf8(&mut bytes).len();
                Self::Hex(bytes, len)
            }
        }
    }

    fn byte(byte: u8) -> Self {
        Self::Hex([byte, 0, 0, 0], 1)
    }

    fn width(&self) -> usize {
        match self {
            Self::Kept(c) => c.width().unwrap_or(0),
            Self::Short(_) => 2,
            Self::Hex(_, len) => len * HEX_WIDTH,
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept(c) => f.write_char(*c),
            Self::Short(c) => write!(f, "\\{c}"),
            Self::Hex(bytes, len) => bytes
                .iter()
                .take(*len)
                .try_for_each(|byte| write!(f, "\\x{byte:02x}")),
        }
    }
}

/// Whether a character can be shown as it is: it takes a column, and it is no control, format or private character, no
/// separator but the space, and no combining mark. The standard library's `escape_debug` holds that table.
pub fn is_printable(c: char) -> bool {
    let takes_a_column = c.width().is_some_and(|width| width > 0);
    takes_a_column && (matches!(c, '\'' | '"' | '\\') || c.escape_debug().len() == 1)
}

fn pieces(bytes: &[u8]) -> impl Iterator<Item = Piece> {
    let forms = bytes.utf8_chunks().flat_map(|chunk| {
        let valid = chunk.valid().chars().map(|c| (c.len_utf8(), Form::of(c)));
        let invalid = chunk.invalid().iter().map(|byte| (1, Form::byte(*byte)));
        valid.chain(invalid)
    });
    forms.scan(0, |start, (len, form)| {
        let range = *start..*start + len;
        *start = range.end;
        Some(Piece { range, form })
    })
}

/// Reads escapes; `shift` is where `text` begins in what the caller knows.
fn unescape(text: &str, shift: usize) -> Result<Vec<u8>, UnquoteError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let at = shift + (text.len() - rest.len());
        let len = match c {
            '\\' => read_escape(rest, &mut bytes).map_err(|(len, message)| UnquoteError {
                range: at..at + len,
                message,
            })?,
            '"' => {
                return Err(UnquoteError {
                    range: at..at + 1,
                    message: Words::from([
                        "aspas dentro de um texto se escrevem `\\\"`",
                        "a quote inside a text is written `\\\"`",
                    ]),
                });
            }
            c => {
                let mut utf8 = [0; 4];
                bytes.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
                c.len_utf8()
            }
        };
        rest = rest.get(len..).unwrap_or_default();
    }
    Ok(bytes)
}

/// Reads the escape at the start of `text` and returns its length; on error, how many bytes are to blame, and why.
fn read_escape(text: &str, bytes: &mut Vec<u8>) -> Result<usize, (usize, Words)> {
    let plain = match text.chars().nth(1) {
        Some('n') => b'\n',
        Some('r') => b'\r',
        Some('t') => b'\t',
        Some('0') => b'\0',
        Some('\\') => b'\\',
        Some('"') => b'"',
        Some('x') => return read_hex(text, bytes),
        Some('u') => return read_code_point(text, bytes),
        Some(other) => {
            let known = "`\\n \\r \\t \\0 \\\\ \\\" \\xNN \\u{…}`";
            let message = words!(
                "escape desconhecido `\\{}`: há {known}",
                "unknown escape `\\{}`: known are {known}",
                visible(&other.to_string())
            );
            return Err((1 + other.len_utf8(), message));
        }
        None => {
            return Err((
                1,
                [
                    "esperava-se um escape depois de `\\`, veio o fim",
                    "expected an escape after `\\`, found the end",
                ]
                .into(),
            ));
        }
    };
    bytes.push(plain);
    Ok(2)
}

fn read_hex(text: &str, bytes: &mut Vec<u8>) -> Result<usize, (usize, Words)> {
    let digits = text.get(2..4).filter(|digits| is_hex(digits));
    match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
        Some(byte) => {
            bytes.push(byte);
            Ok(4)
        }
        None => Err((
            2,
            [
                "esperavam-se dois dígitos hexadecimais depois de `\\x`",
                "expected two hexadecimal digits after `\\x`",
            ]
            .into(),
        )),
    }
}

fn read_code_point(text: &str, bytes: &mut Vec<u8>) -> Result<usize, (usize, Words)> {
    let wrong = || {
        (
            2,
            [
                "esperava-se `\\u{…}` com o número de um caractere em hexadecimal",
                "expected `\\u{…}` with the number of a character in hexadecimal",
            ]
            .into(),
        )
    };
    let (digits, _) = text
        .get(2..)
        .and_then(|rest| rest.strip_prefix('{'))
        .and_then(|rest| rest.split_once('}'))
        .filter(|(digits, _)| is_hex(digits))
        .ok_or_else(wrong)?;
    let c = u32::from_str_radix(digits, 16)
        .ok()
        .and_then(char::from_u32)
        .ok_or_else(wrong)?;
    let mut utf8 = [0; 4];
    bytes.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
    Ok("\\u{}".len() + digits.len())
}

/// `from_str_radix` alone would take a sign.
fn is_hex(digits: &str) -> bool {
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], shown: &str) {
        assert_eq!(quote(bytes).to_string(), shown);
        assert_eq!(unquote(shown).as_deref(), Ok(bytes));
    }

    #[test]
    fn printable_text_stays_and_the_rest_is_escaped() {
        check(b"", r#""""#);
        check(
            "200 OK\nBem-vindo(a), João.".as_bytes(),
            r#""200 OK\nBem-vindo(a), João.""#,
        );
        check(b"\r\n\t\0\\\"'", r#""\r\n\t\0\\\"'""#);
        check(b"\x1b[31m\x7f", r#""\x1b[31m\x7f""#);
        check("漢字 😀".as_bytes(), "\"漢字 😀\"");
    }

    #[test]
    fn what_hides_or_turns_text_around_is_escaped() {
        check("a\u{202e}b".as_bytes(), r#""a\xe2\x80\xaeb""#);
        check(
            "a\u{200b}b\u{feff}".as_bytes(),
            r#""a\xe2\x80\x8bb\xef\xbb\xbf""#,
        );
        check("\u{5d0}\u{5d1}".as_bytes(), "\"\u{5d0}\u{5d1}\"");
        check("e\u{301}".as_bytes(), r#""e\xcc\x81""#);
        check(
            "\u{2028}\u{85}\u{a0}".as_bytes(),
            r#""\xe2\x80\xa8\xc2\x85\xc2\xa0""#,
        );
    }

    #[test]
    fn invalid_utf8_is_escaped_byte_by_byte() {
        check(b"a\xffb\xc3", r#""a\xffb\xc3""#);
        check(b"\xed\xa0\x80", r#""\xed\xa0\x80""#);
    }

    #[test]
    fn a_cap_counts_what_is_left_and_keeps_characters_whole() {
        assert_eq!(
            quote_capped(b"abcdef", 4).to_string(),
            "\"abcd\"… 2 more bytes"
        );
        assert_eq!(
            quote_capped(b"abcdef", 5).to_string(),
            "\"abcde\"… 1 more byte"
        );
        assert_eq!(quote_capped(b"abcdef", 6).to_string(), "\"abcdef\"");
        assert_eq!(
            quote_capped("aé".as_bytes(), 2).to_string(),
            "\"a\"… 2 more bytes"
        );
        assert_eq!(quote_capped(b"a", 0).to_string(), "\"\"… 1 more byte");
    }

    #[test]
    fn a_caret_finds_its_column() {
        let bytes = "é\n漢\u{200b}b".as_bytes(); // "é\n漢\xe2\x80\x8bb"
        let columns: Vec<usize> = (0..=bytes.len()).map(|at| column_of(bytes, at)).collect();
        assert_eq!(columns, [1, 1, 2, 4, 4, 4, 6, 10, 14, 18, 19]);
        assert_eq!(column_of(bytes, usize::MAX), 19);
    }

    #[test]
    fn a_wrong_escape_says_where_and_why() {
        #[track_caller]
        fn check(text: &str, range: Range<usize>, why: &str) {
            let error = unquote(text).expect_err("the text is wrong");
            assert_eq!(error.range, range);
            assert!(error.message.en.contains(why), "{}", error.message.en);
        }
        check(r#""ab\q""#, 3..5, "unknown escape `\\q`");
        check(r"ab\", 2..3, "found the end");
        check(r#"a"b"#, 1..2, "a quote inside a text");
        check(r"\x+1", 0..2, "two hexadecimal digits");
        check(r"\xé", 0..2, "two hexadecimal digits");
        check(r"\u{d800}", 0..2, "number of a character");
        check(r"\u{+41}", 0..2, "number of a character");
        assert_eq!(unquote(r"\u{e9}"), Ok("é".as_bytes().to_vec()));
    }

    #[test]
    fn visible_text_is_one_harmless_line() {
        assert_eq!(visible("a\u{1b}[2J\n\"é\" \\"), r#"a\x1b[2J\n"é" \"#);
    }

    /// Characters that are invisible, or that change the order in which others are shown (Unicode, UAX #9).
    fn hidden() -> impl Strategy<Value = char> {
        prop_oneof![
            proptest::char::range('\u{80}', '\u{a0}'),
            proptest::char::range('\u{200b}', '\u{200f}'),
            proptest::char::range('\u{2028}', '\u{202e}'),
            proptest::char::range('\u{2060}', '\u{206f}'),
            proptest::char::range('\u{e0000}', '\u{e007f}'),
            Just('\u{ad}'),
            Just('\u{61c}'),
            Just('\u{feff}'),
        ]
    }

    proptest! {
        #[test]
        fn nothing_hidden_stands_in_a_quote(before: String, hidden in hidden(), after: String) {
            let text = format!("{before}{hidden}{after}");
            let capped = quote_capped(text.as_bytes(), text.len());
            for shown in [quote(text.as_bytes()).to_string(), capped.to_string(), visible(&text)] {
                prop_assert!(!shown.contains(hidden), "{shown:?}");
                prop_assert!(shown.chars().all(is_printable), "{shown:?}");
            }
        }

        #[test]
        fn what_is_quoted_reads_back(bytes: Vec<u8>) {
            prop_assert_eq!(unquote(&quote(&bytes).to_string()), Ok(bytes));
        }

        #[test]
        fn any_text_is_unquoted_or_refused_inside_itself(text: String) {
            if let Err(error) = unquote(&text) {
                prop_assert!(error.range.end <= text.len() && text.get(error.range).is_some());
            }
        }

        #[test]
        fn the_closing_quote_stands_at_the_end(bytes: Vec<u8>) {
            let shown = quote(&bytes).to_string();
            prop_assert_eq!(column_of(&bytes, bytes.len()) + 1, shown.width());
        }

        #[test]
        fn nothing_quoted_moves_the_cursor(text: String) {
            prop_assert!(!quote(text.as_bytes()).to_string().chars().any(char::is_control));
            prop_assert!(!visible(&text).chars().any(char::is_control));
        }
    }
}
