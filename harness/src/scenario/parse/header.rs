//! The header of a scenario or of a setup: its title, and an indented line for each property.

use std::collections::BTreeSet;

use protocol::diagnostic::{Diagnostic, Diagnostics};
use protocol::dialect::Level;
use protocol::lang::Words;
use protocol::quote::{unquote, visible};
use protocol::words;

use super::super::lex::Kind;
use super::super::tree::Node;
use super::super::{Feature, Text, limits};
use super::cursor::{Cursor, Result, expected_but_found, quoted};
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
            let wrong = Diagnostic::error(["recuo inesperado", "unexpected indentation"])
                .at(&file.source, deeper.line.span());
            wrong.help([
                "as propriedades do cabeçalho são recuadas com dois espaços",
                "the properties of a header are indented by two spaces",
            ])
        }));
    }
}

fn title(cursor: &mut Cursor<'_>) -> Result<(FileKind, String)> {
    let kind = match cursor.word(["`scenario` ou `setup`", "`scenario` or `setup`"])? {
        "setup" => FileKind::Setup,
        _ => FileKind::Scenario,
    };
    let raw = cursor.quoted(["um título entre aspas", "a title between quotes"])?;
    let title = plain(cursor, raw)?;
    if title.trim().is_empty() {
        return Err(Box::new(
            cursor
                .wrong_last(
                    ["o título está vazio", "the title is empty"],
                    Words::default(),
                )
                .help([
                    "diga o que se afirma de um servidor correto",
                    "say what is claimed of a correct server",
                ]),
        ));
    }
    cursor.end()?;
    Ok((kind, title))
}

/// A quoted text for people, in which `$` means nothing.
fn plain(cursor: &Cursor<'_>, raw: &str) -> Result<String> {
    let wrong = |why: Words| {
        cursor.wrong_last(
            ["este texto não pode ser lido", "this text cannot be read"],
            why,
        )
    };
    let bytes = unquote(raw).map_err(|error| wrong(error.message))?;
    String::from_utf8(bytes).map_err(|_| wrong(["não é UTF-8", "not UTF-8"].into()))
}

fn property(
    cursor: &mut Cursor<'_>,
    header: &mut Header,
    kind: FileKind,
    seen: &mut Vec<String>,
) -> Result<()> {
    let key = cursor.word(["uma propriedade do cabeçalho", "a property of the header"])?;
    let of_scenarios_only = key != "with";
    if kind == FileKind::Setup && of_scenarios_only && PROPERTIES.contains(&key) {
        return Err(Box::new(
            cursor
                .wrong_last(
                    words!("um `setup` não tem `{key}`", "a setup has no `{key}`"),
                    Words::default(),
                )
                .help([
                    "só cenários a têm; um `setup` tem `with`",
                    "only scenarios have one; a setup has `with`",
                ]),
        ));
    }
    let may_repeat = matches!(key, "needs" | "with" | "tags");
    if !may_repeat && seen.iter().any(|known| known == key) {
        return Err(cursor.wrong_last(
            words!(
                "`{}` aparece duas vezes",
                "`{}` is given twice",
                visible(key)
            ),
            ["a segunda vez", "the second time"],
        ));
    }
    seen.push(key.to_owned());
    match key {
        "pt" => {
            let raw = cursor.quoted([
                "o título em português entre aspas",
                "the title in Portuguese between quotes",
            ])?;
            header.title_pt = Some(plain(cursor, raw)?);
        }
        "level" => header.level = Some(level(cursor)?),
        "points" => {
            header.points = Some(cursor.number(
                ["um número de pontos", "a number of points"],
                limits::POINTS,
            )?);
        }
        "spec" => {
            let raw = cursor.quoted([
                "uma passagem entre aspas, como `\"UnB, §2.2\"`",
                "a passage between quotes, like `\"UnB, §2.2\"`",
            ])?;
            header.spec = Some(plain(cursor, raw)?);
        }
        "rule" => header.rule = Some(id(cursor, ["o nome de uma regra", "the name of a rule"])?),
        "tags" => loop {
            header.tags.push(id(cursor, ["uma etiqueta", "a tag"])?);
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
                words!(
                    "propriedade desconhecida `{}`",
                    "unknown property `{}`",
                    visible(key)
                ),
                [
                    "esperava-se uma propriedade do cabeçalho",
                    "expected a property of the header",
                ],
            );
            return Err(Box::new(wrong.did_you_mean(key, PROPERTIES).note([
                "os passos começam na margem, abaixo do cabeçalho",
                "the steps begin at the margin, below the header",
            ])));
        }
    }
    Ok(())
}

fn level(cursor: &mut Cursor<'_>) -> Result<Level> {
    let word = cursor.word(["`must`, `should` ou `may`", "`must`, `should` or `may`"])?;
    let wrong = || {
        cursor.wrong_last(
            words!(
                "nível desconhecido `{}`",
                "unknown level `{}`",
                visible(word)
            ),
            [
                "esperava-se `must`, `should` ou `may`",
                "expected `must`, `should` or `may`",
            ],
        )
    };
    Level::from_id(word).ok_or_else(wrong)
}

/// Small letters, digits and `-`.
fn id<'l>(cursor: &mut Cursor<'l>, what: [&str; 2]) -> Result<String> {
    let word: &'l str = cursor.word(what)?;
    let is_id = word
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if is_id && word.len() <= 40 {
        return Ok(word.to_owned());
    }
    let wrong = cursor.wrong_last(expected_but_found(what, &quoted(word)), Words::default());
    Err(Box::new(wrong.help([
        "use letras minúsculas, algarismos e `-`",
        "use small letters, digits and `-`",
    ])))
}

fn feature(cursor: &mut Cursor<'_>) -> Result<Feature> {
    let word = cursor.word(["um recurso como `list`", "a feature like `list`"])?;
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
        words!(
            "recurso desconhecido `{}`",
            "unknown feature `{}`",
            visible(word)
        ),
        [
            "esperava-se um recurso de um dialeto",
            "expected a feature of a dialect",
        ],
    );
    Err(Box::new(wrong.did_you_mean(word, Feature::words()).note([
        "`refused` pede um motivo, `message` um tamanho, `dialect` um nome",
        "`refused` takes a reason, `message` a size, `dialect` a name",
    ])))
}

/// `text "olá"`, as a parameter of a header and as an argument of an `include`.
pub(super) fn parameter(
    cursor: &mut Cursor<'_>,
    parameters: &mut Vec<(String, Text)>,
) -> Result<()> {
    let name = cursor.word(["o nome de um parâmetro", "the name of a parameter"])?;
    let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_')
        && name.starts_with(char::is_alphabetic);
    if !is_name || name.len() > 32 {
        let wrong = cursor.wrong_last(
            words!(
                "esperava-se o nome de um parâmetro, veio `{}`",
                "expected the name of a parameter, found `{}`",
                visible(name)
            ),
            Words::default(),
        );
        return Err(Box::new(wrong.help([
            "use letras, algarismos e `_`; ele se usa como `$nome`",
            "use letters, digits and `_`; it is used as `$name`",
        ])));
    }
    if parameters.iter().any(|(known, _)| known == name) {
        return Err(cursor.wrong_last(
            words!(
                "o parâmetro `{name}` aparece duas vezes",
                "the parameter `{name}` is given twice"
            ),
            ["a segunda vez", "the second time"],
        ));
    }
    let value = text::text(cursor)?;
    parameters.push((name.to_owned(), value));
    Ok(())
}
