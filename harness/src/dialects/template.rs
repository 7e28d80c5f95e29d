//! The commented file from which a teacher starts: the protocol of the walk-through in `docs/dialects.md`, every key explained.

use protocol::lang::Lang;

/// Each language's file, with `my-course` as its name.
const FILES: [&str; 2] = [
    include_str!("template.pt-BR.toml"),
    include_str!("template.en.toml"),
];

/// The name in the files, which is replaced.
const NAME: &str = "my-course";

/// A template for a dialect of this name; letters, digits, `-` and `_` of the name are kept.
#[must_use]
pub fn template(name: &str, lang: Lang) -> String {
    let allowed = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let kept: String = name.chars().filter(allowed).take(40).collect();
    let name = if kept.is_empty() { NAME } else { &kept };
    let file = lang.pick(FILES);
    file.replacen(&format!("\"{NAME}\""), &format!("\"{name}\""), 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::Dialect;
    use protocol::diagnostic::Source;

    #[track_caller]
    fn loaded(name: &str, lang: Lang) -> Dialect {
        match Dialect::parse(&Source::new("new.toml", template(name, lang))) {
            Ok(dialect) => dialect,
            Err(mistakes) => panic!("{mistakes}"),
        }
    }

    #[test]
    fn the_template_loads_and_is_the_same_dialect_in_both_languages() {
        let [mut pt, mut en] = Lang::ALL.map(|lang| loaded("redes", lang));
        assert_eq!(pt.name, "redes");
        for dialect in [&mut pt, &mut en] {
            dialect.title = protocol::lang::Words::default();
            dialect.document.clear();
        }
        assert_eq!(pt, en);
    }

    #[test]
    fn a_name_that_would_break_the_file_is_cleaned() {
        assert_eq!(loaded("a\"b\nc d", Lang::En).name, "abcd");
        assert_eq!(loaded("\"\"", Lang::En).name, "my-course");
    }

    #[test]
    fn lines_that_are_commented_out_load_too() {
        for lang in Lang::ALL {
            let all: Vec<_> = template("x", lang)
                .lines()
                .map(|line| line.strip_prefix("#: ").unwrap_or(line).to_owned())
                .collect();
            let text = all.join("\n");
            assert!(text.contains("\ntell ="), "nothing was commented out");
            if let Err(mistakes) = Dialect::parse(&Source::new("all.toml", text)) {
                panic!("{mistakes}");
            }
        }
    }
}
