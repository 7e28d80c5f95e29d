//! A command as the user writes it.

/// What stands for the port.
pub(super) const PORT: &str = "{port}";

/// The text with the port in it.
pub(super) fn with_port(text: &str, port: u16) -> String {
    text.replace(PORT, &port.to_string())
}

/// The words of a command, as a shell would split them: blanks separate, quotes hold together, a backslash escapes. Nothing
/// else is special. `None`: a quote is not closed.
pub(super) fn words(command: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = command.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') if cfg!(unix) => {
                word.get_or_insert_default().push(chars.next()?);
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_split_like_in_a_shell() {
        #[track_caller]
        fn check(command: &str, expected: Option<&[&str]>) {
            let expected =
                expected.map(|words| words.iter().map(|word| (*word).to_owned()).collect());
            assert_eq!(words(command), expected, "{command}");
        }
        check(
            "python3 server.py 5000",
            Some(&["python3", "server.py", "5000"]),
        );
        check("'my server' \"a b\" ''", Some(&["my server", "a b", ""]));
        check("a'b c'd", Some(&["ab cd"]));
        check("  ", Some(&[]));
        check("python3 'x", None);
    }
}
