//! The dialects that come with the programs.

use std::sync::OnceLock;

use super::Dialect;
use crate::diagnostic::Source;

/// Each built-in dialect's name and file.
const FILES: [(&str, &str); 5] = [
    ("unb", include_str!("../../dialects/unb.toml")),
    ("ifsc", include_str!("../../dialects/ifsc.toml")),
    ("redes2023", include_str!("../../dialects/redes2023.toml")),
    ("eco", include_str!("../../dialects/eco.toml")),
    ("sala", include_str!("../../dialects/sala.toml")),
];

/// Variants of built-in dialects, for the tests of servers that delimit. They are found by name, and listed nowhere.
const VARIANTS: [(&str, &str); 1] = [(
    "unb-lf",
    include_str!("../../dialects/variants/unb-lf.toml"),
)];

impl Dialect {
    /// The names of the built-in dialects, the default first.
    pub fn builtin_names() -> impl Iterator<Item = &'static str> {
        FILES.iter().map(|(name, _)| *name)
    }

    /// The file of a built-in dialect, as an example to write one's own from.
    #[must_use]
    pub fn builtin_file(name: &str) -> Option<&'static str> {
        FILES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, file)| *file)
    }

    /// A built-in dialect or a variant of one, by its name.
    #[must_use]
    pub fn builtin(name: &str) -> Option<&'static Dialect> {
        static VARIANT: OnceLock<Vec<Dialect>> = OnceLock::new();
        let variants = VARIANT.get_or_init(|| load(&VARIANTS));
        Self::builtins()
            .iter()
            .chain(variants)
            .find(|dialect| dialect.name == name)
    }

    /// All built-in dialects, the default first.
    #[must_use]
    pub fn builtins() -> &'static [Dialect] {
        static LOADED: OnceLock<Vec<Dialect>> = OnceLock::new();
        LOADED.get_or_init(|| load(&FILES))
    }
}

/// The dialects of these files; a test loads each of them, so that none is left out.
fn load(files: &[(&str, &str)]) -> Vec<Dialect> {
    files
        .iter()
        .filter_map(|(name, file)| Dialect::parse(&Source::new(*name, *file)).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_dialect_loads() {
        for (name, file) in FILES.into_iter().chain(VARIANTS) {
            match Dialect::parse(&Source::new(format!("{name}.toml"), file)) {
                Ok(dialect) => assert_eq!(dialect.name, name),
                Err(diagnostics) => panic!("{diagnostics}"),
            }
        }
        assert_eq!(Dialect::builtins().len(), FILES.len());
    }
}
