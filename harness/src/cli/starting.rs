//! The options of `harness run` and `harness load` that say how a server is started.

use std::path::PathBuf;

use protocol::Dialect;
use protocol::lang::Words;
use protocol::words;

use super::run::shell_word;
use crate::target::{CPU, MEMORY, START, Spawn, can_isolate};

/// Above these options in a help text.
pub(super) const HEADING: &str = "A server that is started (--spawn)";

/// How the server is started.
#[derive(clap::Args, Clone, Debug)]
#[command(next_help_heading = HEADING)]
pub struct Starting {
    /// The directory in which it runs [default: this one]
    #[arg(long, value_name = "DIR", requires = "spawn")]
    pub cwd: Option<PathBuf>,
    /// A variable for it, beside the few that it inherits (docs/starting.md); without =VALUE, as it is here
    #[arg(long, value_name = "NAME[=VALUE]", requires = "spawn", value_parser = variable)]
    pub env: Vec<(String, String)>,
    /// Its port: for {port}, or fixed in the program [default: a free one for {port}, else the dialect's]
    #[arg(long, value_name = "N", requires = "spawn", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// The most memory for it and all that it starts: 512M, 2G, or none [default: 1G]
    #[arg(long, value_name = "SIZE", requires = "spawn", value_parser = size)]
    pub memory: Option<Limit>,
    /// The most processor time for each process: seconds, or none [default: 600]
    #[arg(long, value_name = "SECONDS", requires = "spawn", value_parser = seconds)]
    pub cpu: Option<Limit>,
    /// How long it may take until it listens
    #[arg(long, value_name = "SECONDS", requires = "spawn", default_value_t = START.as_secs(), value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub start_timeout: u64,
    /// Give it a network of its own, where every port is free and nothing leaves (Linux)
    #[arg(long, requires = "spawn")]
    pub isolate: bool,
}

/// A limit, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(Option<u64>);

impl Starting {
    /// What is to be started, and whether the system refuses it the network of its own that it should have: because it was
    /// asked for, or because there are `many` and all would want the same port.
    pub(super) fn spawn(&self, command: &str, dialect: &Dialect, many: bool) -> (Spawn, bool) {
        let mut spawn = Spawn {
            port: self.port,
            cwd: self.cwd.clone(),
            env: self.env.clone(),
            memory: self.memory.map_or(Some(MEMORY), |limit| limit.0),
            cpu: self.cpu.map_or(Some(CPU), |limit| limit.0),
            patience: std::time::Duration::from_secs(self.start_timeout),
            ..Spawn::new(command, dialect)
        };
        let wants_network = self.isolate || many && !spawn.has_port_of_its_own();
        spawn.isolate = wants_network && can_isolate(&spawn.keeper);
        let is_refused = wants_network && !spawn.isolate;
        (spawn, is_refused)
    }

    /// What of it a command needs that runs a scenario again.
    pub(super) fn rerun(&self) -> String {
        let mut text = String::new();
        let mut add = |name: &str, value: &str| {
            text.push_str(&format!(" {name} {}", shell_word(value)));
        };
        if let Some(cwd) = &self.cwd {
            add("--cwd", &cwd.display().to_string());
        }
        for (name, value) in &self.env {
            add("--env", &format!("{name}={value}"));
        }
        if let Some(port) = self.port {
            add("--port", &port.to_string());
        }
        for (name, limit) in [("--memory", self.memory), ("--cpu", self.cpu)] {
            match limit {
                Some(Limit(Some(limit))) => add(name, &limit.to_string()),
                Some(Limit(None)) => add(name, "none"),
                None => {}
            }
        }
        if self.start_timeout != START.as_secs() {
            add("--start-timeout", &self.start_timeout.to_string());
        }
        if self.isolate {
            text.push_str(" --isolate");
        }
        text
    }
}

fn variable(text: &str) -> Result<(String, String), Words> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, value.to_owned()),
        None => match std::env::var(text) {
            Ok(value) => (text, value),
            Err(_) => {
                return Err(words!(
                    "não há aqui uma variável `{text}`: {text}=VALOR a define",
                    "there is no variable `{text}` here: {text}=VALUE sets one"
                ));
            }
        },
    };
    match name.is_empty() || text.contains('\0') {
        true => Err(["esperava-se NOME=VALOR", "expected NAME=VALUE"].into()),
        false => Ok((name.to_owned(), value)),
    }
}

fn size(text: &str) -> Result<Limit, Words> {
    const LEAST: u64 = 1_000_000;
    const WANTED: [&str; 2] = [
        "esperava-se um tamanho de 1M ou mais, como 512M ou 2G, ou none",
        "expected a size of 1M or more, such as 512M or 2G, or none",
    ];
    if text == "none" {
        return Ok(Limit(None));
    }
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match &text[digits.len()..] {
        "" => 1,
        "K" | "k" | "KB" | "kB" => 1_000,
        "KiB" => 1 << 10,
        "M" | "m" | "MB" => 1_000_000,
        "MiB" => 1 << 20,
        "G" | "g" | "GB" => 1_000_000_000,
        "GiB" => 1 << 30,
        _ => return Err(WANTED.into()),
    };
    let bytes = digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit));
    match bytes {
        Some(bytes) if bytes >= LEAST => Ok(Limit(Some(bytes))),
        _ => Err(WANTED.into()),
    }
}

fn seconds(text: &str) -> Result<Limit, Words> {
    match (text, text.parse::<u64>()) {
        ("none", _) => Ok(Limit(None)),
        (_, Ok(seconds @ 1..=1_000_000)) => Ok(Limit(Some(seconds))),
        _ => Err([
            "esperavam-se segundos, de 1 a 1000000, ou none",
            "expected seconds from 1 to 1000000, or none",
        ]
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        let of = |text| size(text).ok().map(|limit| limit.0);
        assert_eq!(of("512M"), Some(Some(512_000_000)));
        assert_eq!(of("2G"), Some(Some(2_000_000_000)));
        assert_eq!(of("64MiB"), Some(Some(64 << 20)));
        assert_eq!(of("1500000"), Some(Some(1_500_000)));
        assert_eq!(of("none"), Some(None));
        for wrong in ["", "M", "1", "12X", "-1G", "99999999999999999999G"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_variable_may_come_from_here() {
        assert_eq!(variable("A=b=c"), Ok(("A".to_owned(), "b=c".to_owned())));
        assert!(variable("=b").is_err());
        assert!(variable("NOT_SET_ANYWHERE").is_err_and(|error| error.en.contains("=VALUE")));
        assert!(variable("PATH").is_ok());
    }
}
