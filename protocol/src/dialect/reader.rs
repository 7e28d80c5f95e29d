//! Walking a TOML table: each value is asked for by key and type; what is of the wrong type, missing or never asked for becomes
//! a diagnostic with its place.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Diagnostics, Source};
use crate::lang::Words;
use crate::template::Template;
use crate::words;

/// Where the mistakes of one file are collected.
pub(super) struct Problems {
    source: Arc<Source>,
    found: RefCell<Diagnostics>,
    /// Where each message stands, by its key: `server.joined`.
    places: RefCell<BTreeMap<String, Range<usize>>>,
}

impl Problems {
    pub(super) fn new(source: &Arc<Source>) -> Self {
        Self {
            source: Arc::clone(source),
            found: RefCell::default(),
            places: RefCell::default(),
        }
    }

    /// Adds a mistake at a place.
    pub(super) fn report(&self, span: Range<usize>, mistake: Diagnostic) {
        self.found.borrow_mut().push(mistake.at(&self.source, span));
    }

    /// Where a message stands, by its key; the file's start if it was not seen.
    pub(super) fn place_of(&self, key: &str) -> Range<usize> {
        self.places.borrow().get(key).cloned().unwrap_or_default()
    }

    pub(super) fn into_found(self) -> Diagnostics {
        self.found.into_inner()
    }
}

/// A value and its place in the file.
#[derive(Debug, Clone)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) span: Range<usize>,
}

/// One table of the file.
pub(super) struct Section<'a> {
    /// Its name for readers; empty for the file itself.
    path: String,
    span: Range<usize>,
    table: &'a DeTable<'a>,
    problems: &'a Problems,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Section<'a> {
    pub(super) fn new(
        path: &str,
        span: Range<usize>,
        table: &'a DeTable<'a>,
        problems: &'a Problems,
    ) -> Self {
        Self {
            path: path.to_owned(),
            span,
            table,
            problems,
            asked: RefCell::default(),
        }
    }

    /// The section's own place, for what is missing in it.
    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    pub(super) fn problems(&self) -> &'a Problems {
        self.problems
    }

    fn get(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.borrow_mut().push(key);
        self.table.get(key)
    }

    fn wrong_type(&self, key: &str, value: &Spanned<DeValue<'_>>, [pt, en]: [&str; 2]) {
        let found = kind_of(value.get_ref());
        self.problems.report(
            value.span(),
            Diagnostic::error(Words {
                pt: format!("esperava-se em `{key}` {pt}, veio {}", found.pt),
                en: format!("expected {en} for `{key}`, found {}", found.en),
            }),
        );
    }

    /// A text.
    pub(super) fn text(&self, key: &'static str) -> Option<Placed<&'a str>> {
        let value = self.get(key)?;
        match value.get_ref().as_str() {
            Some(text) => Some(Placed {
                value: text,
                span: value.span(),
            }),
            None => {
                self.wrong_type(
                    key,
                    value,
                    ["um texto entre aspas", "a text in quotation marks"],
                );
                None
            }
        }
    }

    /// A text that must be there.
    pub(super) fn required_text(
        &self,
        key: &'static str,
        example: &str,
    ) -> Option<Placed<&'a str>> {
        self.require(key, example);
        self.text(key)
    }

    /// Says that a key must be there, unless it is and was wrong.
    pub(super) fn require(&self, key: &str, example: &str) {
        if self.table.get(key).is_none() {
            self.missing(key, example);
        }
    }

    /// Says that a key must be there.
    pub(super) fn missing(&self, key: &str, example: &str) {
        let place = if self.path.is_empty() {
            Words::from(["no arquivo", "the file"])
        } else {
            words!("em `[{}]`", "`[{}]`", self.path)
        };
        let mistake = Diagnostic::error(Words {
            pt: format!("falta `{key}` {}", place.pt),
            en: format!("{} lacks `{key}`", place.en),
        })
        .help(words!(
            "acrescente, por exemplo, `{key} = {example}`",
            "add it, for example `{key} = {example}`"
        ));
        self.problems.report(self.span(), mistake);
    }

    /// A text or a list of texts.
    pub(super) fn texts(&self, key: &'static str) -> Vec<Placed<&'a str>> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let items = match value.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            _ => vec![value],
        };
        let mut texts = Vec::new();
        for item in items {
            match item.get_ref().as_str() {
                Some(text) => texts.push(Placed {
                    value: text,
                    span: item.span(),
                }),
                None => self.wrong_type(
                    key,
                    item,
                    [
                        "um texto, ou uma lista de textos",
                        "a text, or a list of texts",
                    ],
                ),
            }
        }
        texts
    }

    /// A template.
    pub(super) fn template(&self, key: &'static str) -> Option<Placed<Template>> {
        self.text(key).and_then(|text| self.parse_template(&text))
    }

    /// A template or a list of them.
    pub(super) fn templates(&self, key: &'static str) -> Vec<Placed<Template>> {
        self.texts(key)
            .iter()
            .filter_map(|text| self.parse_template(text))
            .collect()
    }

    pub(super) fn parse_template(&self, text: &Placed<&str>) -> Option<Placed<Template>> {
        match Template::parse(text.value) {
            Ok(template) => Some(Placed {
                value: template,
                span: text.span.clone(),
            }),
            Err(error) => {
                let mut mistake = Diagnostic::error(error.message);
                if let Some(help) = error.help {
                    mistake = mistake.help(help);
                }
                self.problems.report(text.span.clone(), mistake);
                None
            }
        }
    }

    /// A whole number within bounds.
    pub(super) fn number(
        &self,
        key: &'static str,
        bounds: std::ops::RangeInclusive<u32>,
    ) -> Option<u32> {
        let value = self.get(key)?;
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok());
        match number
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| bounds.contains(number))
        {
            Some(number) => Some(number),
            None => {
                let (least, most) = bounds.into_inner();
                let found = number.map_or_else(
                    || kind_of(value.get_ref()),
                    |number| Words::same(number.to_string()),
                );
                let message = Words {
                    pt: format!(
                        "esperava-se em `{key}` um número inteiro de {least} a {most}, veio {}",
                        found.pt
                    ),
                    en: format!(
                        "expected a whole number from {least} to {most} for `{key}`, found {}",
                        found.en
                    ),
                };
                self.problems
                    .report(value.span(), Diagnostic::error(message));
                None
            }
        }
    }

    /// `true` or `false`.
    pub(super) fn flag(&self, key: &'static str) -> Option<bool> {
        let value = self.get(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(key, value, ["`true` ou `false`", "`true` or `false`"]);
        }
        flag
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(
        &self,
        key: &'static str,
        all: &[T],
        id: fn(T) -> &'static str,
    ) -> Option<T> {
        let text = self.text(key)?;
        self.one_of(&text, key, all, id)
    }

    /// The value that a word stands for.
    pub(super) fn one_of<T: Copy>(
        &self,
        text: &Placed<&str>,
        what: &str,
        all: &[T],
        id: fn(T) -> &'static str,
    ) -> Option<T> {
        let found = all.iter().copied().find(|value| id(*value) == text.value);
        if found.is_none() {
            let ids: Vec<_> = all.iter().map(|value| id(*value)).collect();
            let mistake = Diagnostic::error(words!(
                "esperava-se em `{what}` um de {}, veio `{}`",
                "expected one of {} for `{what}`, found `{}`",
                listed(&ids),
                text.value
            ));
            self.problems
                .report(text.span.clone(), mistake.did_you_mean(text.value, ids));
        }
        found
    }

    /// A table in this one.
    pub(super) fn section(&self, key: &'static str) -> Option<Section<'a>> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(Section::new(
                &self.path_of(key),
                value.span(),
                table,
                self.problems,
            )),
            _ => {
                self.wrong_type(key, value, ["uma tabela", "a table"]);
                None
            }
        }
    }

    /// Either a text or a table in this one.
    pub(super) fn text_or_section(&self, key: &'static str) -> Option<TextOrSection<'a>> {
        let value = self.get(key)?;
        self.problems
            .places
            .borrow_mut()
            .insert(self.path_of(key), value.span());
        match value.get_ref() {
            DeValue::Table(_) => self.section(key).map(TextOrSection::Section),
            _ => self.text(key).map(TextOrSection::Text),
        }
    }

    /// A list of tables in this one (`[[key]]`).
    pub(super) fn sections(&self, key: &'static str) -> Vec<Section<'a>> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(key, value, ["uma lista de tabelas", "a list of tables"]);
            return Vec::new();
        };
        let path = self.path_of(key);
        let mut sections = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::Table(table) => {
                    sections.push(Section::new(&path, item.span(), table, self.problems));
                }
                _ => self.wrong_type(key, item, ["uma tabela", "a table"]),
            }
        }
        sections
    }

    /// Every key with its place, for tables whose keys are the author's own; they count as asked for.
    pub(super) fn own_sections(&self) -> Vec<(Placed<&'a str>, Section<'a>)> {
        let mut sections = Vec::new();
        for (key, value) in self.table {
            match value.get_ref() {
                DeValue::Table(table) => {
                    let section = Section::new(
                        &self.path_of(key.get_ref()),
                        value.span(),
                        table,
                        self.problems,
                    );
                    sections.push((
                        Placed {
                            value: key.get_ref().as_ref(),
                            span: key.span(),
                        },
                        section,
                    ));
                }
                _ => self.wrong_type(key.get_ref(), value, ["uma tabela", "a table"]),
            }
        }
        sections
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// Reports every key that was never asked for.
    pub(super) fn finish(self) {
        let asked = self.asked.into_inner();
        for key in self
            .table
            .keys()
            .filter(|key| !asked.contains(&key.get_ref().as_ref()))
        {
            let name = key.get_ref();
            let place = if self.path.is_empty() {
                Words::from(["um dialeto", "a dialect"])
            } else {
                Words::same(format!("`[{}]`", self.path))
            };
            let mut mistake = Diagnostic::error(Words {
                pt: format!("{} não tem a chave `{name}`", place.pt),
                en: format!("{} has no key `{name}`", place.en),
            })
            .did_you_mean(name, asked.iter().copied());
            if mistake.help.is_none() {
                mistake = mistake.help(words!(
                    "as suas chaves são {}",
                    "its keys are {}",
                    listed(&asked)
                ));
            }
            self.problems.report(key.span(), mistake);
        }
    }
}

/// What a value is.
fn kind_of(value: &DeValue<'_>) -> Words {
    let pt = match value {
        DeValue::String(_) => "um texto",
        DeValue::Integer(_) => "um número inteiro",
        DeValue::Float(_) => "um número com vírgula",
        DeValue::Boolean(_) => "`true` ou `false`",
        DeValue::Datetime(_) => "uma data",
        DeValue::Array(_) => "uma lista",
        DeValue::Table(_) => "uma tabela",
    };
    [pt, value.type_str()].into()
}

/// A value that may be short (a text) or full (a table).
pub(super) enum TextOrSection<'a> {
    Text(Placed<&'a str>),
    Section(Section<'a>),
}

/// Words as a list in prose.
pub(super) fn listed(words: &[&str]) -> String {
    let mut words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    words.dedup();
    words.join(", ")
}
