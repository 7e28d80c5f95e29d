//! A message's form: text with typed holes, which both renders and recognises.
//!
//! `"[{from}]: {text}"` is a literal `[`, a hole `from` of type nickname, a literal `]: ` and a hole `text`. A brace that is
//! meant is written twice: `"{{quit}}"` is the text `{quit}`. A hole's type comes from its name or is given: `{n:int}`.

use crate::diagnostic::{closest, did_you_mean};
use crate::lang::Words;
use crate::message::Fields;
use crate::pattern::Pattern;
use crate::words;

/// What may stand in a hole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HoleKind {
    /// A nickname: no blanks or control characters, unless the dialect's names may have blanks.
    Nick,
    /// A word: no blanks or control characters.
    Word,
    /// A word that is rendered in capitals.
    Upper,
    /// At least one byte.
    Text,
    /// Anything, nothing too; in a delimited stream, within the line.
    Any,
    /// Anything, further lines too.
    Lines,
    /// A decimal number.
    Integer,
    /// A time of day, with or without its date.
    Time,
    /// A network address and port.
    Address,
}

crate::message::identified!(HoleKind {
    Nick = "nick",
    Word = "word",
    Upper = "upper",
    Text = "text",
    Any = "any",
    Lines = "lines",
    Integer = "int",
    Time = "time",
    Address = "address",
});

impl HoleKind {
    /// The type that a hole's name implies.
    fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "nick" | "from" | "to" => HoleKind::Nick,
            "text" | "body" => HoleKind::Text,
            "rest" | "names" => HoleKind::Any,
            "command" | "word" | "id" => HoleKind::Word,
            "count" | "index" => HoleKind::Integer,
            "time" => HoleKind::Time,
            "address" => HoleKind::Address,
            _ => return None,
        })
    }
}

/// The names that imply a type.
const KNOWN_NAMES: [&str; 14] = [
    "nick", "from", "to", "text", "body", "rest", "names", "command", "word", "id", "count",
    "index", "time", "address",
];

/// One piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Bytes as they are.
    Literal(Vec<u8>),
    /// A place for a value.
    Hole {
        /// The value's name.
        name: Box<str>,
        /// What may stand there.
        kind: HoleKind,
    },
}

/// A message's form. See the module's documentation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    source: String,
    parts: Vec<Part>,
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError {
    /// Byte offset in the text.
    pub at: usize,
    /// What is wrong.
    pub message: Words,
    /// What to try.
    pub help: Option<Words>,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// A brace that is not closed, a hole without a known type, two holes side by side.
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        let mut parts: Vec<Part> = Vec::new();
        let mut rest = source;
        while !rest.is_empty() {
            let at = source.len() - rest.len();
            rest = match () {
                () if rest.starts_with("{{") || rest.starts_with("}}") => {
                    push_literal(&mut parts, &rest[..1]);
                    &rest[2..]
                }
                () if rest.starts_with('{') => {
                    let end = rest.find('}').ok_or_else(|| unclosed(at))?;
                    parts.push(hole(&rest[1..end], at, &parts)?);
                    &rest[end + 1..]
                }
                () if rest.starts_with('}') => return Err(stray(at)),
                () => {
                    let end = rest.find(['{', '}']).unwrap_or(rest.len());
                    push_literal(&mut parts, &rest[..end]);
                    &rest[end..]
                }
            };
        }
        Ok(Self {
            source: source.to_owned(),
            parts,
        })
    }

    /// The template of the empty message.
    #[must_use]
    pub const fn empty() -> Self {
        Self {
            source: String::new(),
            parts: Vec::new(),
        }
    }

    /// The text from which it was read.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The pieces in their order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The names of its holes.
    pub fn holes(&self) -> impl Iterator<Item = (&str, HoleKind)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Hole { name, kind } => Some((&**name, *kind)),
            Part::Literal(_) => None,
        })
    }

    /// Whether it has a hole of that name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.holes().any(|(hole, _)| hole == name)
    }

    /// The bytes with every hole filled; a hole without a value is left out (the loader made sure that the sender of a
    /// message knows what its form needs).
    #[must_use]
    pub fn render(&self, fields: &Fields) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.source.len() + 16);
        for part in &self.parts {
            match part {
                Part::Literal(literal) => bytes.extend_from_slice(literal),
                Part::Hole { name, kind } => {
                    extend_with(&mut bytes, *kind, fields.get(name).unwrap_or_default());
                }
            }
        }
        bytes
    }

    /// What recognises its renderings with the given values filled in; the other holes stay free.
    #[must_use]
    pub fn bind(&self, fields: &Fields) -> Pattern {
        let mut parts: Vec<Part> = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let value = match part {
                Part::Literal(literal) => Some((HoleKind::Any, &literal[..])),
                Part::Hole { name, kind } => fields.get(name).map(|value| (*kind, value)),
            };
            match (value, parts.last_mut()) {
                (Some((kind, value)), Some(Part::Literal(literal))) => {
                    extend_with(literal, kind, value);
                }
                (Some((kind, value)), _) => {
                    let mut literal = Vec::with_capacity(value.len());
                    extend_with(&mut literal, kind, value);
                    parts.push(Part::Literal(literal));
                }
                (None, _) => parts.push(part.clone()),
            }
        }
        Pattern::new(parts)
    }

    /// What recognises any of its renderings.
    #[must_use]
    pub fn pattern(&self) -> Pattern {
        Pattern::new(self.parts.clone())
    }
}

/// Appends a value as its hole renders it.
fn extend_with(bytes: &mut Vec<u8>, kind: HoleKind, value: &[u8]) {
    match (kind, std::str::from_utf8(value)) {
        (HoleKind::Upper, Ok(text)) => bytes.extend_from_slice(text.to_uppercase().as_bytes()),
        (HoleKind::Upper, Err(_)) => bytes.extend(value.to_ascii_uppercase()),
        _ => bytes.extend_from_slice(value),
    }
}

fn push_literal(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Literal(literal)) => literal.extend_from_slice(text.as_bytes()),
        _ => parts.push(Part::Literal(text.as_bytes().to_vec())),
    }
}

/// One hole, from what stands between its braces.
fn hole(inside: &str, at: usize, before: &[Part]) -> Result<Part, TemplateError> {
    let (name, kind) = match inside.split_once(':') {
        None => (inside, HoleKind::of_name(inside)),
        Some((name, kind)) => (name, HoleKind::from_id(kind)),
    };
    let fail = |message: Words, help: Words| {
        Err(TemplateError {
            at,
            message,
            help: Some(help),
        })
    };
    let is_name = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if !is_name {
        return fail(
            words!(
                "`{{{inside}}}` não é o nome de uma lacuna",
                "`{{{inside}}}` is not the name of a hole"
            ),
            [
                "escreva uma lacuna como `{nick}`, e uma chave que é texto, duas vezes: `{{`",
                "write a hole as `{nick}`, and a brace that is meant twice: `{{`",
            ]
            .into(),
        );
    }
    let Some(kind) = kind else {
        let kinds: Vec<_> = HoleKind::ALL.iter().map(|kind| kind.id()).collect();
        let kinds = kinds.join(", ");
        let meant = usual_name(name).or_else(|| closest(name, KNOWN_NAMES));
        let help = match meant {
            _ if inside.contains(':') => words!("os tipos são {kinds}", "the types are {kinds}"),
            Some(known) => did_you_mean(&format!("{{{known}}}")),
            None => words!(
                "dê um tipo a ela, como em `{{{name}:text}}`; os tipos são {kinds}",
                "give it one, as in `{{{name}:text}}`; the types are {kinds}"
            ),
        };
        return fail(
            words!(
                "a lacuna `{{{inside}}}` não tem um tipo conhecido",
                "the hole `{{{inside}}}` has no known type"
            ),
            help,
        );
    };
    if matches!(before.last(), Some(Part::Hole { .. })) {
        return fail(
            words!("não há nada entre `{{{inside}}}` e a lacuna anterior", "nothing stands between `{{{inside}}}` and the hole before it"),
            ["ponha algum texto entre duas lacunas: sem ele ninguém sabe onde a primeira acaba", "put some text between two holes: without it nobody can tell where the first one ends"].into(),
        );
    }
    Ok(Part::Hole {
        name: name.into(),
        kind,
    })
}

/// What the hole is called here that others call so.
fn usual_name(name: &str) -> Option<&'static str> {
    Some(match name {
        "name" | "user" | "username" | "nickname" | "apelido" | "nome" => "nick",
        "msg" | "message" | "mensagem" => "text",
        "sender" | "remetente" => "from",
        "recipient" | "destinatario" => "to",
        _ => return None,
    })
}

fn unclosed(at: usize) -> TemplateError {
    TemplateError {
        at,
        message: ["esta `{` não é fechada", "this `{` is not closed"].into(),
        help: Some(
            [
                "feche a lacuna com `}`, ou escreva `{{` para uma chave que é texto",
                "close the hole with `}`, or write `{{` for a brace that is meant",
            ]
            .into(),
        ),
    }
}

fn stray(at: usize) -> TemplateError {
    TemplateError {
        at,
        message: ["esta `}` não fecha nada", "this `}` closes nothing"].into(),
        help: Some(
            [
                "escreva `}}` para uma chave que é texto",
                "write `}}` for a brace that is meant",
            ]
            .into(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn renders(template: &str, fields: &Fields, expected: &str) {
        let rendered = Template::parse(template).unwrap().render(fields);
        assert_eq!(String::from_utf8_lossy(&rendered), expected);
    }

    #[test]
    fn holes_are_filled_and_doubled_braces_are_braces() {
        let fields = Fields::new()
            .with("from", "ana")
            .with("text", "Olá!")
            .with("command", "teste");
        renders("[{from}]: {text}", &fields, "[ana]: Olá!");
        renders("{{quit}}", &fields, "{quit}");
        renders(
            "Comando desconhecido: {command:upper}",
            &fields,
            "Comando desconhecido: TESTE",
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        #[track_caller]
        fn refused(template: &str, at: usize, message: &str) {
            let error = Template::parse(template).unwrap_err();
            assert_eq!((error.at, error.message.en.as_str()), (at, message));
        }
        refused("oi {nick", 3, "this `{` is not closed");
        refused("oi }", 3, "this `}` closes nothing");
        refused(
            "{nick}{text}",
            6,
            "nothing stands between `{text}` and the hole before it",
        );
        refused("{who}", 0, "the hole `{who}` has no known type");
        refused("{a b}", 0, "`{a b}` is not the name of a hole");
    }

    #[test]
    fn a_hole_by_another_name_is_told_its_own() {
        #[track_caller]
        fn helped(template: &str, help: &str) {
            let error = Template::parse(template).unwrap_err();
            assert!(error.help.unwrap().en.starts_with(help), "{template}");
        }
        helped("{name}", "did you mean `{nick}`?");
        helped("{txet}", "did you mean `{text}`?");
        helped("{text:string}", "the types are nick, ");
        helped("{xyzzy}", "give it one, as in `{xyzzy:text}`");
    }

    proptest! {
        #[test]
        fn any_text_at_all_is_a_template_or_an_error(source in ".{0,60}") {
            if let Err(error) = Template::parse(&source) {
                prop_assert!(error.at <= source.len());
            }
        }

        #[test]
        fn what_is_rendered_is_recognised(nick in "[a-z]{1,9}", text in "[^\\x00]{1,40}") {
            let template = Template::parse("[{from}]: {text}").unwrap();
            let fields = Fields::new().with("from", nick.as_str()).with("text", text.as_str());
            let found = template.pattern().matches_all(&template.render(&fields)).unwrap();
            prop_assert_eq!(found.get("from"), Some(nick.as_bytes()));
            prop_assert_eq!(found.get("text"), Some(text.as_bytes()));
        }
    }
}
