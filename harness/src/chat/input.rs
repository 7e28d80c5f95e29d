//! What a typed line means: text, or a command that begins with a slash.

use protocol::diagnostic::closest;
use protocol::lang::Words;
use protocol::quote::unquote;
use protocol::words;

/// What somebody typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// An empty line.
    Nothing,
    /// A message to everyone.
    Say(String),
    /// A message to one.
    Tell {
        /// To whom.
        to: String,
        /// The text.
        text: String,
    },
    /// Who is here?
    List,
    /// Leave.
    Quit,
    /// Join under this name.
    Nick(String),
    /// These bytes and nothing else.
    Raw(Vec<u8>),
    /// Show bytes, or stop showing them.
    Bytes(bool),
    /// What can be typed?
    Help,
    /// No command; why, in Portuguese and English.
    Wrong(Words),
}

/// The commands.
const COMMANDS: [&str; 7] = ["msg", "list", "quit", "nick", "raw", "bytes", "help"];

impl Input {
    /// Reads a line.
    #[must_use]
    pub fn read(line: &str) -> Self {
        let line = line.trim_end_matches(['\r', '\n']);
        let Some(command) = line.strip_prefix('/') else {
            return match line.is_empty() {
                true => Self::Nothing,
                false => Self::Say(line.to_owned()),
            };
        };
        if command.starts_with('/') {
            return Self::Say(command.to_owned());
        }
        let (word, rest) = command.split_once(' ').unwrap_or((command, ""));
        let rest = rest.trim_start();
        match (word, rest) {
            ("list", "") => Self::List,
            ("quit", "") => Self::Quit,
            ("help", _) => Self::Help,
            ("bytes", "on") => Self::Bytes(true),
            ("bytes", "off") => Self::Bytes(false),
            ("nick", name) if !name.is_empty() => Self::Nick(name.to_owned()),
            ("msg", _) => match rest.split_once(' ') {
                Some((to, text)) if !text.is_empty() => Self::Tell {
                    to: to.to_owned(),
                    text: text.to_owned(),
                },
                _ => usage("/msg bia oi"),
            },
            ("raw", _) => raw(rest),
            ("list" | "quit", _) => usage(&format!("/{word}")),
            ("bytes", _) => usage("/bytes on"),
            ("nick", _) => usage("/nick ana"),
            _ => unknown(word),
        }
    }
}

fn raw(quoted: &str) -> Input {
    match unquote(quoted) {
        Ok(bytes) if bytes.is_empty() => usage(r#"/raw "oi\n""#),
        Ok(bytes) => Input::Raw(bytes),
        Err(error) => Input::Wrong(error.message),
    }
}

fn usage(example: &str) -> Input {
    Input::Wrong(words!(
        "escreva por exemplo {example}",
        "write for example {example}"
    ))
}

fn unknown(word: &str) -> Input {
    let word = protocol::quote::visible(word);
    let near = closest(&word, COMMANDS).unwrap_or("help");
    Input::Wrong(words!(
        "não há /{word}; tente /{near} (para dizê-lo, comece com //)",
        "there is no /{word}; try /{near} (to say it, begin with //)"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(line: &str, input: &Input) {
        assert_eq!(Input::read(line), *input, "{line}");
    }

    #[test]
    fn lines_mean_what_the_help_says() {
        check("", &Input::Nothing);
        check("oi, gente \r\n", &Input::Say("oi, gente ".to_owned()));
        check("//list", &Input::Say("/list".to_owned()));
        check("/list", &Input::List);
        check("/bytes on", &Input::Bytes(true));
        check(r#"/raw "\xff""#, &Input::Raw(vec![0xff]));
        check(
            "/msg bia a b",
            &Input::Tell {
                to: "bia".to_owned(),
                text: "a b".to_owned(),
            },
        );
    }

    proptest! {
        #[test]
        fn any_line_at_all_means_something(line in "/?/?(raw |msg |bytes )?\\PC{0,40}") {
            let _ = Input::read(&line);
        }
    }
}
