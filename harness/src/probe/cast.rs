//! Who takes part in a probe, and what they say.

use std::net::SocketAddr;

/// How the names of the probe begin.
pub(super) const OURS: &str = "probe";

/// Gives out names that nobody else has: seven letters, none the beginning of another.
#[derive(Debug, Default)]
pub(super) struct Names(u32);

impl Names {
    pub(super) fn next(&mut self) -> String {
        let letter = |at| char::from(b"abcdefghijklmnopqrstuvwxyz"[at as usize % 26]);
        self.0 += 1;
        format!("{OURS}{}{}", letter(self.0 / 26), letter(self.0))
    }
}

/// The clients of a session, by the names that the server knows them by, and their texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cast {
    /// Who does most of it.
    pub ana: String,
    /// Who hears it, and then leaves.
    pub bia: String,
    /// Who is there, too, and then breaks off.
    pub caio: String,
    /// Who is never there.
    pub nobody: String,
    /// Who comes when the others have left.
    pub dora: String,
    /// The name that is asked for after one that is taken.
    pub eva: String,
    /// The text of a public and of a private message.
    pub text: String,
    /// What is no command.
    pub command: String,
}

impl Cast {
    pub(super) fn new(names: &mut Names, text: &str, command: &str) -> Self {
        Self {
            ana: names.next(),
            bia: names.next(),
            caio: names.next(),
            nobody: names.next(),
            dora: names.next(),
            eva: names.next(),
            text: text.to_owned(),
            command: command.to_owned(),
        }
    }
}

/// The names that a server gives by itself to clients who connect one after the other: the address of each, or the one number in its
/// greetings that grows.
pub(super) fn given(greetings: &[Vec<u8>], own: &[SocketAddr]) -> Option<Vec<String>> {
    let texts: Vec<_> = greetings
        .iter()
        .map(|greeting| String::from_utf8_lossy(greeting))
        .collect();
    let shows_port = |(text, own): (&_, &SocketAddr)| -> bool {
        let text: &std::borrow::Cow<'_, str> = text;
        numbers(text).any(|(_, number)| number == own.port().to_string())
    };
    if !own.is_empty() && texts.iter().zip(own).all(shows_port) {
        return Some(own.iter().map(SocketAddr::to_string).collect());
    }
    let columns: Vec<Vec<_>> = texts.iter().map(|text| numbers(text).collect()).collect();
    let least = columns.iter().map(Vec::len).min()?;
    let growing = (0..least).find(|at| {
        let values = columns
            .iter()
            .map(|column| column[*at].1.parse::<u64>().ok());
        let values: Option<Vec<u64>> = values.collect();
        values.is_some_and(|values| {
            values.len() > 1 && values.windows(2).all(|two| two[1] == two[0] + 1)
        })
    })?;
    let given = columns.iter().map(|column| column[growing].1.to_owned());
    Some(given.collect())
}

/// The numbers in a text, each with its place.
fn numbers(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let parts = text.split(|c: char| !c.is_ascii_digit());
    let base = text.as_ptr() as usize;
    parts
        .filter(|part| !part.is_empty())
        .map(move |part| (part.as_ptr() as usize - base, part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(greetings: [&str; 2], expected: Option<[&str; 2]>) {
        let own = [40_001, 40_002].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        let greetings = greetings.map(|text| text.as_bytes().to_vec());
        let expected = expected.map(|names| names.map(str::to_owned).to_vec());
        assert_eq!(given(&greetings, &own), expected);
    }

    #[test]
    fn a_server_may_give_names_by_itself() {
        check(
            ["you are client 0\n", "you are client 1\n"],
            Some(["0", "1"]),
        );
        check(
            [
                "you are ('127.0.0.1', 40001)",
                "you are ('127.0.0.1', 40002)",
            ],
            Some(["127.0.0.1:40001", "127.0.0.1:40002"]),
        );
        check(["NICK", "NICK"], None);
        check(["room 3", "room 3"], None);
        check(["", ""], None);
    }
}
