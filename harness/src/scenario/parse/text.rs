//! Texts and patterns of a line.
//!
//! Variables are left as [`Part::Captured`] here: only the expansion knows which are parameters, actors or captures.

use std::ops::Range;

use protocol::diagnostic::Diagnostic;
use protocol::lang::Words;
use protocol::quote::unquote;
use protocol::template::HoleKind;
use protocol::words;

use super::super::lex::Kind;
use super::super::{Hole, Part, Pattern, PatternPart, Text, limits};
use super::cursor::{Cursor, Result, expected_but_found, quoted as shown};

/// A text in any of its forms: `"olá, $name"`, `a text of 1000 bytes`, `70000 bytes of "x"`, `$name`.
pub(super) fn text(cursor: &mut Cursor<'_>) -> Result<Text> {
    match cursor.peek() {
        Some(Kind::Quoted(raw)) => {
            cursor.advance();
            quoted(cursor, raw)
        }
        Some(Kind::Word(word)) if word.starts_with('$') => {
            let name = variable(cursor)?;
            Ok(Text {
                parts: vec![Part::Captured(name)],
            })
        }
        Some(Kind::Word("a")) if cursor.accept(&["a", "text", "of"]) => {
            let len = cursor.number(["um número de bytes", "a number of bytes"], limits::TEXT)?;
            bytes(cursor)?;
            Ok(Text {
                parts: vec![Part::Filler(len)],
            })
        }
        Some(Kind::Word(word)) if word.starts_with(|c: char| c.is_ascii_digit()) => cycle(cursor),
        _ => Err(Box::new(cursor.expected(["um texto", "a text"]).help([
            "escreva-o entre aspas: `\"olá\"`",
            "write it between quotes: `\"olá\"`",
        ]))),
    }
}

/// `bytes`, or `byte` where it is one.
pub(super) fn bytes(cursor: &mut Cursor<'_>) -> Result<()> {
    if cursor.accept(&["byte"]) {
        Ok(())
    } else {
        cursor.expect(&["bytes"])
    }
}

/// Whether a text can begin here.
pub(super) fn is_next(cursor: &Cursor<'_>) -> bool {
    match cursor.peek() {
        Some(Kind::Quoted(_)) => true,
        Some(Kind::Word("a")) => cursor.peek_nth(1) == Some(Kind::Word("text")),
        Some(Kind::Word(word)) => word.starts_with(|c: char| c == '$' || c.is_ascii_digit()),
        _ => false,
    }
}

/// `$name`, as one word.
pub(super) fn variable(cursor: &mut Cursor<'_>) -> Result<String> {
    let word = cursor.word(["um nome como `$id`", "a name like `$id`"])?;
    let name = word.strip_prefix('$').filter(|name| is_variable(name));
    let wrong = || {
        cursor.wrong_last(
            expected_but_found(["um nome como `$id`", "a name like `$id`"], &shown(word)),
            Words::default(),
        )
    };
    name.map(str::to_owned).ok_or_else(wrong)
}

/// `"200 OK{rest}"`: a text in which braces are open places.
pub(super) fn pattern(cursor: &mut Cursor<'_>) -> Result<Pattern> {
    let raw = cursor.quoted(["um texto entre aspas", "a text between quotes"])?;
    let mut parts = Vec::new();
    for piece in pieces(cursor, raw, true)? {
        let follows_hole = matches!(parts.last(), Some(PatternPart::Hole(_)));
        if follows_hole && matches!(piece, PatternPart::Hole(_)) {
            let wrong = cursor.wrong_last(
                ["duas lacunas lado a lado", "two holes side by side"],
                [
                    "nada diz onde a primeira acaba",
                    "nothing says where the first one ends",
                ],
            );
            return Err(wrong);
        }
        parts.push(piece);
    }
    if parts.is_empty() {
        return Err(cursor.wrong_last(
            ["nada é esperado", "nothing is expected"],
            ["este texto está vazio", "this text is empty"],
        ));
    }
    Ok(Pattern { parts })
}

fn quoted(cursor: &Cursor<'_>, raw: &str) -> Result<Text> {
    let known = pieces(cursor, raw, false)?
        .into_iter()
        .filter_map(|piece| match piece {
            PatternPart::Known(part) => Some(part),
            PatternPart::Hole(_) => None,
        });
    Ok(Text {
        parts: known.collect(),
    })
}

/// `70000 bytes of "x"`.
fn cycle(cursor: &mut Cursor<'_>) -> Result<Text> {
    let len = cursor.number(["um número de bytes", "a number of bytes"], limits::TEXT)?;
    bytes(cursor)?;
    cursor.expect(&["of"])?;
    let raw = cursor.quoted([
        "o texto a repetir, entre aspas",
        "the text to repeat, between quotes",
    ])?;
    match <[Part; 1]>::try_from(quoted(cursor, raw)?.parts) {
        Ok([Part::Bytes(unit)]) => Ok(Text {
            parts: vec![Part::Cycle { unit, len }],
        }),
        _ => Err(cursor.wrong_last(
            [
                "o que se repete deve ser conhecido de antemão",
                "what is repeated must be known beforehand",
            ],
            [
                "esperava-se ao menos um byte, e nenhum `$`",
                "expected at least one byte, and no `$`",
            ],
        )),
    }
}

/// Splits the inside of a quoted text, which is the token taken last, into its parts.
fn pieces(cursor: &Cursor<'_>, raw: &str, with_holes: bool) -> Result<Vec<PatternPart>> {
    let mut reader = Reader {
        cursor,
        raw,
        at: 0,
        literal: Vec::new(),
        parts: Vec::new(),
    };
    while let Some(c) = reader.rest().chars().next() {
        match c {
            '$' => reader.dollar(),
            '{' | '}' if with_holes => reader.brace(c)?,
            _ => reader.literal(with_holes)?,
        }
    }
    reader.flush();
    Ok(reader.parts)
}

struct Reader<'c, 'l> {
    cursor: &'c Cursor<'l>,
    raw: &'c str,
    at: usize,
    literal: Vec<u8>,
    parts: Vec<PatternPart>,
}

impl Reader<'_, '_> {
    fn rest(&self) -> &str {
        self.raw.get(self.at..).unwrap_or_default()
    }

    /// `$name`, `$$`, or a dollar as it is: `R$ 10`.
    fn dollar(&mut self) {
        let after = self.rest().get(1..).unwrap_or_default();
        let len = after
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(after.len());
        let name = after.get(..len).unwrap_or_default().to_owned();
        if is_variable(&name) {
            self.at += 1 + len;
            self.push(PatternPart::Known(Part::Captured(name)));
        } else {
            self.at += if after.starts_with('$') { 2 } else { 1 };
            self.literal.push(b'$');
        }
    }

    /// `{}`, `{name}`, `{name:kind}`, or a doubled brace, which is meant.
    fn brace(&mut self, brace: char) -> Result<()> {
        if self
            .rest()
            .get(1..)
            .is_some_and(|rest| rest.starts_with(brace))
        {
            self.at += 2;
            self.literal.push(brace as u8);
            return Ok(());
        }
        let end = self.rest().find('}').filter(|_| brace == '{');
        let Some(end) = end else {
            let message = words!("`{brace}` sem par", "unmatched `{brace}`");
            return Err(self.wrong(
                0..1,
                message,
                words!(
                    "uma chave que é texto se escreve duas vezes: `{brace}{brace}`",
                    "a brace that is meant is written twice: `{brace}{brace}`"
                ),
            ));
        };
        let inside = self.rest().get(1..end).unwrap_or_default().to_owned();
        let hole = hole(&inside).ok_or_else(|| {
            let kinds = HoleKind::ALL
                .iter()
                .map(|kind| kind.id())
                .collect::<Vec<_>>()
                .join("`, `");
            self.wrong(
                0..end + 1,
                [
                    "esperava-se `{}`, `{nome}` ou `{nome:tipo}`",
                    "expected `{}`, `{name}` or `{name:kind}`",
                ],
                words!("os tipos são `{kinds}`", "the kinds are `{kinds}`"),
            )
        })?;
        self.at += end + 1;
        self.push(PatternPart::Hole(hole));
        Ok(())
    }

    /// Up to the next character that may mean something.
    fn literal(&mut self, with_holes: bool) -> Result<()> {
        let len = literal_len(self.rest(), with_holes);
        // Every quote inside a token is escaped, so `unquote` takes none for the surrounding ones.
        match unquote(self.rest().get(..len).unwrap_or_default()) {
            Ok(bytes) => {
                self.literal.extend(bytes);
                self.at += len;
                Ok(())
            }
            Err(error) => Err(self.wrong(error.range, error.message, Words::default())),
        }
    }

    fn push(&mut self, part: PatternPart) {
        self.flush();
        self.parts.push(part);
    }

    fn flush(&mut self) {
        if !self.literal.is_empty() {
            let bytes = std::mem::take(&mut self.literal);
            self.parts.push(PatternPart::Known(Part::Bytes(bytes)));
        }
    }

    /// An error at a range counted from here.
    fn wrong(
        &self,
        range: Range<usize>,
        message: impl Into<Words>,
        help: Words,
    ) -> Box<Diagnostic> {
        let inside = self.cursor.last_span().start + 1 + self.at;
        let diagnostic = Diagnostic::error(message)
            .at(self.cursor.source, inside + range.start..inside + range.end);
        Box::new(if help.is_empty() {
            diagnostic
        } else {
            diagnostic.help(help)
        })
    }
}

/// The bytes up to a dollar or a brace that no backslash escapes.
fn literal_len(text: &str, with_holes: bool) -> usize {
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let c = rest.chars().next().unwrap_or_default();
        at += match c {
            '$' => return at,
            '{' | '}' if with_holes => return at,
            '\\' if rest.starts_with("\\u{") => {
                rest.find('}').map_or(rest.len(), |close| close + 1)
            }
            '\\' => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            c => c.len_utf8(),
        };
    }
    at
}

fn hole(inside: &str) -> Option<Hole> {
    let (name, kind) = inside
        .split_once(':')
        .map_or((inside, None), |(name, kind)| (name, Some(kind)));
    let kind = kind.map_or(Some(HoleKind::Any), HoleKind::from_id)?;
    let name = match name {
        "" => None,
        name if is_variable(name) => Some(name.to_owned()),
        _ => return None,
    };
    Some(Hole { name, kind })
}

/// Letters, digits and `_`; not a digit in front.
fn is_variable(name: &str) -> bool {
    let begins_well = name.chars().next().is_some_and(char::is_alphabetic);
    begins_well && name.len() <= 32 && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}
