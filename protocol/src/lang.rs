//! The languages that readers choose from, which one their system asks for, and texts that are there in each.
//!
//! Knows no environment: whoever calls brings the variables.

use std::fmt;
use std::str::FromStr;

/// A language in which the programs speak to their readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Portuguese of Brazil.
    PtBr,
    /// English.
    En,
}

impl Lang {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::PtBr, Self::En];

    /// Its tag (BCP 47): `pt-BR` or `en`.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::PtBr => "pt-BR",
            Self::En => "en",
        }
    }

    /// The one of two texts that is in this language: Portuguese first, English second.
    pub fn pick<T>(self, [pt, en]: [T; 2]) -> T {
        match self {
            Self::PtBr => pt,
            Self::En => en,
        }
    }

    /// A number, written with a point, as this language writes it: `1,5` in Portuguese.
    #[must_use]
    pub fn decimal(self, number: &str) -> String {
        self.pick([number.replace('.', ","), number.to_owned()])
    }

    /// The language that the environment asks for: the first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set and not empty
    /// decides (POSIX.1, «Internationalization Variables»). Any Portuguese is Portuguese; everything else is English.
    ///
    /// `variable` gives the value of an environment variable, as `|name| std::env::var(name).ok()` does.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(variable)
            .find(|locale| !locale.is_empty())
            .map_or(Self::En, |locale| Self::of_locale(&locale))
    }

    /// Of `pt_BR.UTF-8@euro` only the language itself counts.
    fn of_locale(locale: &str) -> Self {
        let language = locale.split(['_', '-', '.', '@']).next();
        match language {
            Some(language) if language.eq_ignore_ascii_case("pt") => Self::PtBr,
            _ => Self::En,
        }
    }
}

/// A text in every language.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// For readers of Portuguese.
    pub pt: String,
    /// For readers of English.
    pub en: String,
}

impl Words {
    /// The text in one language.
    #[must_use]
    pub fn of(&self, lang: Lang) -> &str {
        lang.pick([&self.pt, &self.en])
    }

    /// What is the same in every language: a name, or the words of somebody else.
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            pt: text.clone(),
            en: text,
        }
    }

    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pt.is_empty() && self.en.is_empty()
    }
}

impl<T: Into<String>> From<[T; 2]> for Words {
    fn from([pt, en]: [T; 2]) -> Self {
        Self {
            pt: pt.into(),
            en: en.into(),
        }
    }
}

/// As an error, where no reader is known: in English.
impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

impl std::error::Error for Words {}

/// [`Words`](crate::lang::Words) as `format!` would make them: the text in Portuguese, in English, and what both of them show.
#[macro_export]
macro_rules! words {
    ($pt:literal, $en:literal $(, $shown:expr)* $(,)?) => {
        $crate::lang::Words::from([format!($pt $(, $shown)*), format!($en $(, $shown)*)])
    };
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Lang {
    type Err = Words;

    /// Reads what a user writes after `--lang`: `pt-BR`, `pt_br`, `pt` or `en`.
    ///
    /// # Errors
    ///
    /// What was expected and what was found, for a usage message.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().replace('_', "-").as_str() {
            "pt" | "pt-br" => Ok(Self::PtBr),
            "en" | "en-us" | "en-gb" => Ok(Self::En),
            _ => Err(words!(
                "esperava-se `pt-BR` ou `en`, veio `{}`",
                "expected `pt-BR` or `en`, found `{}`",
                crate::quote::visible(text)
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(variables: &[(&str, &str)], lang: Lang) {
        let found = Lang::detect(|name| {
            let (_, value) = variables.iter().find(|(key, _)| *key == name)?;
            Some((*value).to_owned())
        });
        assert_eq!(found, lang, "{variables:?}");
    }

    #[test]
    fn the_first_variable_that_is_set_decides() {
        check(&[], Lang::En);
        check(&[("LANG", "pt_BR.UTF-8")], Lang::PtBr);
        check(&[("LANG", "pt")], Lang::PtBr);
        check(&[("LANG", "pt-PT")], Lang::PtBr);
        check(&[("LANG", "ptx_BR")], Lang::En);
        check(&[("LANG", "C.UTF-8")], Lang::En);
        check(&[("LC_ALL", "en_US"), ("LANG", "pt_BR")], Lang::En);
        check(&[("LC_ALL", ""), ("LANG", "pt_BR")], Lang::PtBr);
        check(&[("LC_MESSAGES", "pt_BR"), ("LANG", "de_DE")], Lang::PtBr);
    }

    #[test]
    fn a_language_is_read_as_it_is_shown() {
        for lang in Lang::ALL {
            assert_eq!(lang.to_string().parse(), Ok(lang));
        }
        assert_eq!("pt_br".parse(), Ok(Lang::PtBr));
        let wrong = "fr\n".parse::<Lang>().expect_err("it is not known");
        assert_eq!(wrong.en, "expected `pt-BR` or `en`, found `fr\\n`");
    }
}
