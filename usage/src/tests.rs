use clap::{CommandFactory as _, ValueEnum};

use super::*;

/// Fishes for frames.
///
/// It comes back with what it caught. Exit codes: 0 something, 1 nothing.
#[derive(Debug, clap::Parser)]
#[command(name = "angler", version = "1.0")]
struct Angler {
    /// What is used
    #[arg(long, value_enum, default_value_t = Bait::Worm)]
    bait: Bait,
    /// How many rods
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=4))]
    rods: u8,
    /// Where not to
    #[arg(long, help_heading = "The sea", value_parser = shore)]
    shore: Option<String>,
    /// From where
    #[arg(long)]
    from: Option<std::net::IpAddr>,
    /// The language
    #[arg(long, conflicts_with = "rods")]
    lang: Option<Lang>,
    #[command(subcommand)]
    task: Task,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Bait {
    /// Alive
    Worm,
    /// Of metal
    Spoon,
}

#[derive(Debug, clap::Subcommand)]
enum Task {
    /// Fish
    Fish {
        /// The pond
        pond: String,
    },
}

fn shore(_: &str) -> Result<String, protocol::lang::Words> {
    Err(["a maré subiu", "the tide is in"].into())
}

const PORTUGUESE: &str = r#"
"Fishes for frames" = "Pesca quadros"
"It comes back with what it caught. Exit codes: 0 something, 1 nothing" = "Volta com o que pegou. Códigos de saída: 0 se algo, 1 se nada"
"What is used" = "O que se usa"
"Alive" = "Viva"
"Of metal" = "De metal"
"How many rods" = "Quantas varas"
"Where not to" = "Onde não"
"The sea" = "O mar"
"From where" = "De onde"
"The language" = "A língua"
"Fish" = "Pesca"
"The pond" = "A lagoa"
"#;

fn told(line: &str) -> Option<Told> {
    let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
    let command = Angler::command().term_width(80);
    in_portuguese(command, &arguments, Texts::new(PORTUGUESE))
}

#[test]
fn help_and_errors_are_told_in_portuguese() {
    let lines = [
        "angler --help",
        "angler fish --help",
        "angler --version",
        "angler",
        "angler fish",
        "angler fsh",
        "angler fish a b",
        "angler --bat worm",
        "angler --bait fly fish a",
        "angler --bait",
        "angler --rods five fish a",
        "angler --rods 9 fish a",
        "angler --rods 300 fish a",
        "angler --rods 1 --rods 2 fish a",
        "angler --rods 1 --lang pt fish a",
        "angler --shore x fish a",
        "angler --from 300.0.0.1 fish a",
        "angler --lang fr fish a",
    ];
    let shown = lines.map(|line| {
        let told = told(line).expect("it cannot be used");
        let text = anstream::adapter::strip_str(&told.text);
        format!("$ {line}\n{text}[{}, {}]\n", told.code, told.is_error)
    });
    insta::assert_snapshot!(shown.join("\n"));
    assert_eq!(told("angler --rods 2 fish lake"), None);
}

#[test]
fn what_has_no_translation_and_what_is_not_said_are_found() {
    let of = |file: &str| Texts::new(file).differences(&Angler::command());
    assert_eq!(of(PORTUGUESE), [""; 0]);
    let other = PORTUGUESE.replace("\"The pond\"", "\"The lake\"");
    assert_eq!(of(&other), ["The lake", "The pond"]);
}

#[test]
fn the_language_is_the_one_asked_for_wherever_it_stands() {
    let asked = |line: &str| asked(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
    assert_eq!(asked("x run --lang pt-BR --help"), Lang::PtBr);
    assert_eq!(asked("x --nope --lang=pt"), Lang::PtBr);
    assert_eq!(asked("x --lang pt --lang=en"), Lang::En);
}
