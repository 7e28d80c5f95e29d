//! Texts and their translations.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Arg, Command};

/// What clap adds by itself.
const COMMON: &str = include_str!("common.pt-BR.toml");

/// A program's texts as clap has them, each with its translation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts(BTreeMap<String, String>);

impl Texts {
    /// Those of a TOML file: `"English" = "Português"`, a paragraph each. Of a file that is none nothing is translated.
    #[must_use]
    pub fn new(file: &str) -> Self {
        Self(toml::from_str(file).unwrap_or_default())
    }

    pub(crate) fn with_common(mut self) -> Self {
        self.0.extend(Self::new(COMMON).0);
        self
    }

    /// A text in Portuguese, paragraph by paragraph; what has no translation stays.
    pub(crate) fn of(&self, english: &str) -> String {
        let paragraphs = english
            .split("\n\n")
            .map(|paragraph| self.paragraph(paragraph));
        paragraphs.collect::<Vec<_>>().join("\n\n")
    }

    fn paragraph(&self, english: &str) -> String {
        // Clap takes the full stop away where it shows a paragraph alone.
        let (text, stop) = match english.strip_suffix('.') {
            Some(text) => (text, "."),
            None => (english, ""),
        };
        match self.0.get(text) {
            Some(portuguese) => format!("{portuguese}{stop}"),
            None => english.to_owned(),
        }
    }

    /// What a command says that stands not here, and what stands here that it does not say.
    #[must_use]
    pub fn differences(&self, command: &Command) -> Vec<String> {
        let mut said = BTreeSet::new();
        collect(command, &mut said);
        let said: BTreeSet<_> = said
            .iter()
            .flat_map(|text| text.split("\n\n"))
            .map(|text| text.strip_suffix('.').unwrap_or(text).to_owned())
            .collect();
        let known: BTreeSet<_> = self.0.keys().cloned().collect();
        said.symmetric_difference(&known).cloned().collect()
    }
}

/// All texts that a command shows for itself, its arguments and its sub-commands.
fn collect(command: &Command, said: &mut BTreeSet<String>) {
    if command.is_hide_set() {
        return;
    }
    let abouts = [command.get_about(), command.get_long_about()].into_iter();
    said.extend(abouts.flatten().map(ToString::to_string));
    for argument in command.get_arguments() {
        said.extend(texts_of(argument));
    }
    for command in command.get_subcommands() {
        collect(command, said);
    }
}

fn texts_of(argument: &Arg) -> Vec<String> {
    let helps = [argument.get_help(), argument.get_long_help()].into_iter();
    let mut texts: Vec<_> = helps.flatten().map(ToString::to_string).collect();
    texts.extend(argument.get_help_heading().map(str::to_owned));
    let values = argument.get_possible_values();
    texts.extend(
        values
            .iter()
            .filter_map(|value| value.get_help())
            .map(ToString::to_string),
    );
    texts
}
