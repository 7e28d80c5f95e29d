//! Usage errors in Portuguese.

use std::error::Error as _;
use std::fmt::Write as _;
use std::net::AddrParseError;
use std::num::{IntErrorKind, ParseIntError};

use clap::builder::{StyledStr, Styles};
use clap::error::{ContextKind, ContextValue, Error, ErrorFormatter, ErrorKind};
use protocol::lang::Words;

/// Writes errors in Portuguese.
pub(crate) struct Portuguese;

impl ErrorFormatter for Portuguese {
    fn format_error(error: &Error<Self>) -> StyledStr {
        let styles = Styles::styled();
        let (wrong, valid) = (styles.get_error(), styles.get_valid());
        let mut text = format!("{wrong}erro:{wrong:#} {}", what(error));
        let meant = [
            ContextKind::SuggestedSubcommand,
            ContextKind::SuggestedArg,
            ContextKind::SuggestedValue,
        ];
        // Writing to a string cannot fail.
        for meant in meant.into_iter().flat_map(|kind| values(error, kind)) {
            let _ = write!(text, "\n  {valid}ajuda:{valid:#} não seria `{meant}`?");
        }
        if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
            let usage = usage.ansi().to_string().replacen("Usage:", "Uso:", 1);
            let _ = write!(text, "\n\n{usage}");
        }
        text.push_str("\n\nMais em `--help`.\n");
        text.into()
    }
}

/// What is wrong.
fn what(error: &Error<Portuguese>) -> String {
    let of = |kind| values(error, kind).join("`, `");
    let argument = of(ContextKind::InvalidArg);
    let value = of(ContextKind::InvalidValue);
    let command = of(ContextKind::InvalidSubcommand);
    let one_of = |kind| match values(error, kind) {
        known if known.is_empty() => String::new(),
        known => format!("; valem: {}", known.join(", ")),
    };
    match error.kind() {
        ErrorKind::UnknownArgument => format!("argumento inesperado: `{argument}`"),
        ErrorKind::InvalidSubcommand => format!("não há o subcomando `{command}`"),
        ErrorKind::MissingSubcommand => {
            format!(
                "falta o subcomando de `{command}`{}",
                one_of(ContextKind::ValidSubcommand)
            )
        }
        ErrorKind::MissingRequiredArgument => format!("falta `{argument}`"),
        ErrorKind::InvalidValue if value.is_empty() => {
            format!(
                "falta o valor de `{argument}`{}",
                one_of(ContextKind::ValidValue)
            )
        }
        ErrorKind::InvalidValue => {
            format!(
                "`{value}` não serve para `{argument}`{}",
                one_of(ContextKind::ValidValue)
            )
        }
        ErrorKind::ValueValidation => {
            format!("`{value}` não serve para `{argument}`: {}", why(error))
        }
        ErrorKind::TooManyValues => format!("`{value}` é demais para `{argument}`"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            format!("`{argument}` quer outro número de valores")
        }
        ErrorKind::NoEquals => format!("o valor de `{argument}` vem depois de um `=`"),
        ErrorKind::InvalidUtf8 => "um dos argumentos não é um texto em UTF-8".to_owned(),
        ErrorKind::ArgumentConflict => {
            let argument = if argument.is_empty() {
                command
            } else {
                argument
            };
            match of(ContextKind::PriorArg) {
                prior if prior == argument => format!("`{argument}` só pode vir uma vez"),
                prior if prior.is_empty() => {
                    format!("`{argument}` não combina com os outros argumentos")
                }
                prior => format!("`{argument}` não combina com `{prior}`"),
            }
        }
        _ => error.source().map_or_else(String::new, ToString::to_string),
    }
}

/// Why a value will not do.
fn why(error: &Error<Portuguese>) -> String {
    let Some(source) = error.source() else {
        return "o valor não serve".to_owned();
    };
    if let Some(words) = source.downcast_ref::<Words>() {
        return words.pt.clone();
    }
    if let Some(number) = source.downcast_ref::<ParseIntError>() {
        let why = match number.kind() {
            IntErrorKind::Empty => "falta o número",
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => "o número é grande demais",
            _ => "não é um número inteiro",
        };
        return why.to_owned();
    }
    if source.is::<AddrParseError>() {
        return "não é um endereço IP".to_owned();
    }
    // The words of clap's numbers.
    let why = source.to_string();
    let why = why.replace(" is not in ", " não está entre ");
    let why = why.replace("..=", " e ");
    why.replace("invalid digit found in string", "não é um número inteiro")
}

fn values(error: &Error<Portuguese>, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(value)) => vec![value.clone()],
        Some(ContextValue::Strings(values)) => values.clone(),
        _ => Vec::new(),
    }
}
