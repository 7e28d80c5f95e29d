//! The matrix for a reader: a line for each server, and what it means.

use protocol::lang::Lang;
use protocol::quote::quote;

use super::{Matrix, Row, Subject};

/// The matrix as text, in lines of at most 80 columns or so.
#[must_use]
pub fn render(matrix: &Matrix, lang: Lang) -> String {
    let mut text: String = matrix
        .rows
        .iter()
        .map(|row| line(row, lang) + "\n")
        .collect();
    text.push('\n');
    text.push_str(&summary(matrix, lang));
    text
}

/// One line: `✓ unb       echoes-to-the-sender        basic/no-echo (+4)`.
#[must_use]
pub fn line(row: &Row, lang: Lang) -> String {
    let mark = if row.holds() { '✓' } else { '✗' };
    let name = match (&row.subject, lang) {
        (Subject::Correct, Lang::PtBr) => "servidor correto",
        (subject, _) => subject.name(),
    };
    format!(
        "{mark} {:<10} {:<32} {}",
        row.dialect,
        escaped(name),
        what(row, lang)
    )
}

fn what(row: &Row, lang: Lang) -> String {
    if let Some(error) = &row.error {
        return escaped(error);
    }
    let names: Vec<&str> = row
        .caught_by
        .iter()
        .map(|catch| catch.scenario.as_str())
        .collect();
    match (names.as_slice(), row.subject.is_broken(), lang) {
        ([], true, Lang::PtBr) => "nenhum cenário o pega".to_owned(),
        ([], true, Lang::En) => "no scenario catches it".to_owned(),
        ([], false, Lang::PtBr) => format!("{} cenários, nenhuma acusação", row.played),
        ([], false, Lang::En) => format!("{} scenarios, no accusation", row.played),
        ([first, ..], true, _) => caught(row, first, lang),
        (accused, false, Lang::PtBr) => format!("acusado por engano: {}", accused.join(", ")),
        (accused, false, Lang::En) => format!("accused wrongly: {}", accused.join(", ")),
    }
}

/// `basic/no-echo                 echo-to-oneself`, and what is wrong with it.
fn caught(row: &Row, scenario: &str, lang: Lang) -> String {
    let mut text = format!("{scenario:<34} {}", row.caught_by[0].lesson);
    if let (Subject::Faulty(fault), false) = (&row.subject, row.is_explained()) {
        text.push_str(&match lang {
            Lang::PtBr => format!(" (a causa é {})", fault.cause()),
            Lang::En => format!(" (the cause is {})", fault.cause()),
        });
    }
    if !row.is_meant() {
        text.push_str(match lang {
            Lang::PtBr => " (este cenário não é o que devia pegá-lo)",
            Lang::En => " (this scenario is not the one that should catch it)",
        });
    }
    text
}

/// What the matrix comes to.
#[must_use]
pub fn summary(matrix: &Matrix, lang: Lang) -> String {
    let broken: Vec<&Row> = matrix
        .rows
        .iter()
        .filter(|row| row.subject.is_broken())
        .collect();
    let correct: Vec<&Row> = matrix
        .rows
        .iter()
        .filter(|row| !row.subject.is_broken())
        .collect();
    let holding = |rows: &[&Row]| rows.iter().filter(|row| row.holds()).count();
    let mut text = match lang {
        Lang::PtBr => format!(
            "{} de {} servidores errados foram pegos; {} de {} corretos passaram em tudo.\n",
            holding(&broken),
            broken.len(),
            holding(&correct),
            correct.len()
        ),
        Lang::En => format!(
            "{} of {} broken servers were caught; {} of {} correct ones passed everything.\n",
            holding(&broken),
            broken.len(),
            holding(&correct),
            correct.len()
        ),
    };
    if !matrix.idle.is_empty() {
        let idle = matrix.idle.join("\n  ");
        text.push_str(&match lang {
            Lang::PtBr => format!("Cenários que não pegaram ninguém:\n  {idle}\n"),
            Lang::En => format!("Scenarios that caught nobody:\n  {idle}\n"),
        });
    }
    text
}

/// A name that may come from a user's command, without anything that a terminal would obey.
fn escaped(name: &str) -> String {
    let quoted = quote(name.as_bytes()).to_string();
    quoted.trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reference_server::Fault;

    use super::super::Catch;
    use super::*;
    use crate::verdict::Verdict;

    fn row(subject: Subject, scenarios: &[&str], error: Option<&str>) -> Row {
        let caught_by = scenarios
            .iter()
            .map(|id| Catch {
                scenario: (*id).to_owned(),
                verdict: Verdict::Fail,
                lesson: "echo-to-oneself",
            })
            .collect();
        Row {
            dialect: "unb".to_owned(),
            subject,
            caught_by,
            played: 120,
            error: error.map(str::to_owned),
            elapsed: Duration::ZERO,
        }
    }

    #[test]
    fn the_matrix_says_who_was_caught_by_what_and_who_was_accused() {
        let broken = |name: &str| Subject::Broken {
            name: name.to_owned(),
            command: String::new(),
        };
        let matrix = Matrix {
            rows: vec![
                row(Subject::Correct, &[], None),
                row(Subject::Correct, &["list/exactly"], None),
                row(
                    Subject::Faulty(Fault::EchoesToSender),
                    &["basic/no-echo", "basic/broadcast"],
                    None,
                ),
                row(broken("evil\x1b[2J.py"), &[], None),
                row(
                    broken("absent.py"),
                    &[],
                    Some("it exited with status 1 before listening"),
                ),
            ],
            idle: vec!["size/half".to_owned()],
        };
        assert!(!matrix.holds());
        insta::assert_snapshot!(format!(
            "{}\n{}",
            render(&matrix, Lang::PtBr),
            render(&matrix, Lang::En)
        ));
    }
}
