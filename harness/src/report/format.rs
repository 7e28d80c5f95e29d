//! Every form that a report can take, by the name that people give it: the one place that knows them all.

use std::fmt;
use std::str::FromStr;

use protocol::lang::{Lang, Words};
use protocol::quote::visible;
use protocol::words;

use super::classroom50::Identity;
use super::{
    Report, annotations, classroom50, gradebook, gradescope, html, json, junit, markdown, tap,
    terminal,
};

/// A form of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people at a terminal.
    Terminal,
    /// For programs.
    Json,
    /// For continuous integration.
    Junit,
    /// The Test Anything Protocol, version 14.
    Tap,
    /// The same, version 13, as `prove` reads it.
    Tap13,
    /// For the summary of a GitHub job.
    Markdown,
    /// For the log of a GitHub job.
    Github,
    /// For a browser.
    Html,
    /// For Gradescope.
    Gradescope,
    /// For Classroom 50.
    Classroom50,
    /// For a spreadsheet.
    Csv,
}

/// What the forms need to know beside the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The reader's language.
    pub lang: Lang,
    /// The columns of the terminal.
    pub width: usize,
    /// Whether the terminal shows colours.
    pub colour: bool,
    /// Whose server it is, for a gradebook.
    pub student: String,
    /// Which submission it is, for Classroom 50.
    pub identity: Identity,
}

impl Setting {
    /// For files and pipes: no colour, [`terminal::DEFAULT_WIDTH`] columns, nobody's server.
    #[must_use]
    pub fn plain(lang: Lang) -> Self {
        Self {
            lang,
            width: terminal::DEFAULT_WIDTH,
            colour: false,
            student: String::new(),
            identity: Identity::default(),
        }
    }
}

impl Format {
    /// Every form.
    pub const ALL: [Self; 11] = [
        Self::Terminal,
        Self::Json,
        Self::Junit,
        Self::Tap,
        Self::Tap13,
        Self::Markdown,
        Self::Github,
        Self::Html,
        Self::Gradescope,
        Self::Classroom50,
        Self::Csv,
    ];

    /// The name that people give it.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Tap => "tap",
            Self::Tap13 => "tap13",
            Self::Markdown => "markdown",
            Self::Github => "github",
            Self::Html => "html",
            Self::Gradescope => "gradescope",
            Self::Classroom50 => "classroom50",
            Self::Csv => "csv",
        }
    }

    /// The report in this form.
    #[must_use]
    pub fn render(self, report: &Report, setting: &Setting) -> String {
        let lang = setting.lang;
        match self {
            Self::Terminal => {
                let options = terminal::Options {
                    lang,
                    width: setting.width,
                    colour: setting.colour,
                };
                terminal::render(report, options)
            }
            Self::Json => json::render(report),
            Self::Junit => junit::render(report, lang),
            Self::Tap => tap::render(report, tap::Version::V14, lang),
            Self::Tap13 => tap::render(report, tap::Version::V13, lang),
            Self::Markdown => markdown::render(report, lang),
            Self::Github => annotations::render(report, lang),
            Self::Html => html::render(report, lang),
            Self::Gradescope => gradescope::render(report, lang),
            Self::Classroom50 => classroom50::render(report, &setting.identity, lang),
            Self::Csv => {
                let student = &setting.student;
                gradebook::render(&[gradebook::Entry { student, report }], lang)
            }
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for Format {
    type Err = Words;

    /// Reads a form's name.
    ///
    /// # Errors
    ///
    /// Which names there are, for a usage message.
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|format| format.id() == name);
        found.ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.into_iter().map(Self::id).collect();
            words!(
                "esperava-se um de {}, veio `{}`",
                "expected one of {}, found `{}`",
                known.join(", "),
                visible(name)
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_by_its_name() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        let error = "xml\u{1b}".parse::<Format>().expect_err("it is unknown");
        assert!(
            error.en.contains("terminal, json, junit") && error.en.ends_with("`xml\\x1b`"),
            "{error:?}"
        );
    }
}
