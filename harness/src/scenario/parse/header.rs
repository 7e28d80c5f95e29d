//! The header of a scenario or of a setup: its title, and an indented line for each property.

use std::collections::BTreeSet;

use protocol::diagnostic::{Diagnostic, Diagnostics};
use protocol::dialect::Level;
use protocol::quote::{unquote, visible};

use super::super::lex::Kind;
use super::super::tree::Node;
use super::super::{Feature, Text, limits};
use super::cursor::{Cursor, Result};
use super::text;
use super::{File, FileKind};

/// The properties of a scenario.
const PROPERTIES: [&str; 8] = [
    "pt", "level", "points", "spec", "rule", "tags", "needs", "with",
];

/// What stands in a header, as far as it could be read.
#[derive(Debug, Default)]
pub(in super::super) struct Header {
    pub(in super::super) title: String,
    /// The title for readers of Portuguese.
    pub(in super::super) title_pt: Option<String>,
    pub(in super::super) level: Option<Level>,
    pub(in super::super) points: Option<u32>,
    pub(in super::super) spec: Option<String>,
    pub(in super::super) rule: Option<String>,
    pub(in super::super) tags: Vec<String>,
    pub(in super::super) needs: BTreeSet<Feature>,
    /// Parameters and what they stand for, unless an `include` says otherwise.
    pub(in super::super) parameters: Vec<(String, Text)>,
}

/// Reads `scenario "title"` or `setup "title"` and the lines below it.
pub(super) fn header(node: &Node<'_>, file: &mut File, diagnostics: &mut Diagnostics) {
    let mut cursor = Cursor::new(&file.source, &node.line);
    let title = title(&mut cursor);
    match title {
        Ok((kind, title)) => {
            file.kind = kind;
            file.header.title = title;
        }
        Err(wrong) => diagnostics.push(*wrong),
    }
    let mut seen = Vec::new();
    for child in &node.children {
        let mut cursor = Cursor::new(&file.source, &child.line);
        let read = property(&mut cursor, &mut file.header, file.kind, &mut seen);
        if let Err(wrong) = read.and_then(|()| cursor.end()) {
            diagnostics.push(*wrong);
        }
        diagnostics.extend(child.children.iter().map(|deeper| {
            let wrong =
                Diagnostic::error("unexpected indentation").at(&file.source, deeper.line.span());
            wrong.help("the properties of a header are indented by two spaces")
        }));
    }
}

fn title(cursor: &mut Cursor<'_>) -> Result<(FileKind, String)> {
    let kind = match cursor.word("`scenario` or `setup`")? {
        "setup" => FileKind::Setup,
        _ => FileKind::Scenario,
    };
    let raw = cursor.quoted("a title between quotes")?;
    let title = plain(cursor, raw)?;
    if title.trim().is_empty() {
        return Err(Box::new(
            cursor
                .wrong_last("the title is empty", "")
                .help("say what is claimed of a correct server"),
        ));
    }
    cursor.end()?;
    Ok((kind, title))
}

/// A quoted text for people, in which `$` means nothing.
fn plain(cursor: &Cursor<'_>, raw: &str) -> Result<String> {
    let wrong = |why: &str| cursor.wrong_last("this text cannot be read", why);
    let bytes = unquote(raw).map_err(|error| wrong(&error.message))?;
    String::from_utf8(bytes).map_err(|_| wrong("not UTF-8"))
}

fn property(
    cursor: &mut Cursor<'_>,
    header: &mut Header,
    kind: FileKind,
    seen: &mut Vec<String>,
) -> Result<()> {
    let key = cursor.word("a property of the header")?;
    let of_scenarios_only = key != "with";
    if kind == FileKind::Setup && of_scenarios_only && PROPERTIES.contains(&key) {
        return Err(Box::new(
            cursor
                .wrong_last(format!("a setup has no `{key}`"), "")
                .help("only scenarios have one; a setup has `with`"),
        ));
    }
    let may_repeat = matches!(key, "needs" | "with" | "tags");
    if !may_repeat && seen.iter().any(|known| known == key) {
        return Err(cursor.wrong_last(
            format!("`{}` is given twice", visible(key)),
            "the second time",
        ));
    }
    seen.push(key.to_owned());
    match key {
        "pt" => {
            let raw = cursor.quoted("the title in Portuguese between quotes")?;
            header.title_pt = Some(plain(cursor, raw)?);
        }
        "level" => header.level = Some(level(cursor)?),
        "points" => header.points = Some(cursor.number("a number of points", limits::POINTS)?),
        "spec" => {
            let raw = cursor.quoted("a passage between quotes, like `\"UnB, §2.2\"`")?;
            header.spec = Some(plain(cursor, raw)?);
        }
        "rule" => header.rule = Some(id(cursor, "the name of a rule")?),
        "tags" => loop {
            header.tags.push(id(cursor, "a tag")?);
            if !cursor.accept_kind(Kind::Comma) {
                break;
            }
        },
        "needs" => loop {
            header.needs.insert(feature(cursor)?);
            if !cursor.accept_kind(Kind::Comma) {
                break;
            }
        },
        "with" => parameter(cursor, &mut header.parameters)?,
        _ => {
            let wrong = cursor.wrong_last(
                format!("unknown property `{}`", visible(key)),
                "expected a property of the header",
            );
            return Err(Box::new(
                wrong
                    .did_you_mean(key, PROPERTIES)
                    .note("the steps begin at the margin, below the header"),
            ));
        }
    }
    Ok(())
}

fn level(cursor: &mut Cursor<'_>) -> Result<Level> {
    let word = cursor.word("`must`, `should` or `may`")?;
    let wrong = || {
        cursor.wrong_last(
            format!("unknown level `{}`", visible(word)),
            "expected `must`, `should` or `may`",
        )
    };
    Level::from_id(word).ok_or_else(wrong)
}

/// Small letters, digits and `-`.
fn id<'l>(cursor: &mut Cursor<'l>, what: &str) -> Result<String> {
    let word: &'l str = cursor.word(what)?;
    let is_id = word
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if is_id && word.len() <= 40 {
        return Ok(word.to_owned());
    }
    let wrong = cursor.wrong_last(format!("expected {what}, found `{}`", visible(word)), "");
    Err(Box::new(wrong.help("use small letters, digits and `-`")))
}

fn feature(cursor: &mut Cursor<'_>) -> Result<Feature> {
    let word = cursor.word("a feature like `list`")?;
    let argument = match cursor.peek() {
        Some(Kind::Word(argument)) => Some(argument),
        _ => None,
    };
    if let Some(feature) = Feature::parse(word, argument) {
        if argument.is_some() {
            cursor.advance();
        }
        return Ok(feature);
    }
    let wrong = cursor.wrong_last(
        format!("unknown feature `{}`", visible(word)),
        "expected a feature of a dialect",
    );
    Err(Box::new(wrong.did_you_mean(word, Feature::words()).note(
        "`refused` takes a reason, `message` a size, `dialect` a name",
    )))
}

/// `text "olá"`, as a parameter of a header and as an argument of an `include`.
pub(super) fn parameter(
    cursor: &mut Cursor<'_>,
    parameters: &mut Vec<(String, Text)>,
) -> Result<()> {
    let name = cursor.word("the name of a parameter")?;
    let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && name.starts_with(char::is_alphabetic);
    if !is_name || name.len() > 32 {
        let wrong = cursor.wrong_last(
            format!(
                "expected the name of a parameter, found `{}`",
                visible(name)
            ),
            "",
        );
        return Err(Box::new(
            wrong.help("use letters, digits and `_`; it is used as `$name`"),
        ));
    }
    if parameters.iter().any(|(known, _)| known == name) {
        return Err(cursor.wrong_last(
            format!("the parameter `{name}` is given twice"),
            "the second time",
        ));
    }
    let value = text::text(cursor)?;
    parameters.push((name.to_owned(), value));
    Ok(())
}
