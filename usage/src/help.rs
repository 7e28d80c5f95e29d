//! Help in Portuguese: the same command with its texts translated.

use clap::builder::Styles;
use clap::{Arg, ArgAction, Command};

use super::texts::Texts;

const OPTIONS: &str = "Opções";

/// The command with all its texts in Portuguese.
pub(crate) fn in_portuguese(command: Command, texts: &Texts) -> Command {
    let mut command = translated(command, texts);
    command.build();
    with_help_translated(command, texts)
}

fn translated(command: Command, texts: &Texts) -> Command {
    let about = command.get_about().map(ToString::to_string);
    let long_about = command.get_long_about().map(ToString::to_string);
    let version = command.get_version().map(|_| {
        let flag = Arg::new("version").short('V').long("version");
        flag.action(ArgAction::Version)
            .help("Print version")
            .help_heading(OPTIONS)
    });
    let help = Arg::new("help").short('h').long("help");
    let help = help
        .action(ArgAction::Help)
        .help("Print help")
        .help_heading(OPTIONS);
    let styles = Styles::styled();
    let usage = styles.get_usage();
    let mut command = command
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(help)
        .args(version)
        .mut_args(|argument| translated_argument(argument, texts))
        .mut_subcommands(|command| translated(command, texts))
        .subcommand_help_heading("Comandos")
        .subcommand_value_name("COMANDO")
        .help_template(format!(
            "{{before-help}}{{about-with-newline}}\n{usage}Uso:{usage:#} {{usage}}\n\n{{all-args}}{{after-help}}"
        ));
    if let Some(about) = about {
        command = command.about(texts.of(&about));
    }
    if let Some(about) = long_about {
        command = command.long_about(texts.of(&about));
    }
    command
}

fn translated_argument(argument: Arg, texts: &Texts) -> Arg {
    let heading = match argument.get_help_heading() {
        Some(heading) => texts.of(heading),
        None if argument.is_positional() => "Argumentos".to_owned(),
        None => OPTIONS.to_owned(),
    };
    let is_long = argument.get_long_help().is_some();
    let help = argument.get_long_help().or(argument.get_help());
    let mut help = texts.of(&help.map(ToString::to_string).unwrap_or_default());
    let mut argument = argument.help_heading(heading);
    if argument.get_action().takes_values() {
        let values = values(&argument, texts);
        let default = default(&argument);
        let between = if values.is_some() { "\n" } else { " " };
        help.extend(values);
        help.extend(default.map(|default| format!("{between}{default}")));
        argument = argument.hide_possible_values(true).hide_default_value(true);
    }
    match is_long {
        true => argument.help(help.clone()).long_help(help),
        false => argument.help(help),
    }
}

/// The values that are possible, each with what it means.
fn values(argument: &Arg, texts: &Texts) -> Option<String> {
    let values = argument.get_possible_values();
    let shown = values.iter().map(|value| match value.get_help() {
        Some(help) => format!("\n- {}: {}", value.get_name(), texts.of(&help.to_string())),
        None => format!("\n- {}", value.get_name()),
    });
    let is_shown = !argument.is_hide_possible_values_set() && !values.is_empty();
    is_shown.then(|| format!(":{}", shown.collect::<String>()))
}

/// What holds where nothing is given.
fn default(argument: &Arg) -> Option<String> {
    let values = argument.get_default_values().iter();
    let values: Vec<_> = values.map(|value| value.to_string_lossy()).collect();
    let is_shown = !argument.is_hide_default_value_set() && !values.is_empty();
    is_shown.then(|| format!("[padrão: {}]", values.join(" ")))
}

/// Clap adds a sub-command for help when it builds.
fn with_help_translated(command: Command, texts: &Texts) -> Command {
    command.mut_subcommands(|one| match one.get_name() {
        "help" => {
            let about = one.get_about().map(ToString::to_string);
            one.about(texts.of(&about.unwrap_or_default()))
        }
        _ => with_help_translated(one, texts),
    })
}
