//! What the user may say, and what the environment says where the user does not.

use std::io::IsTerminal;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand, ValueEnum};
use protocol::lang::Lang;

use crate::conversation::ConversationId;
use crate::report::terminal;
use crate::survey::Options;

/// The texts of the command line, each with its translation.
pub(super) const PORTUGUESE: &str = include_str!("pt-BR.toml");

/// Answers the questions of a chat capture: application, addresses, transport, ports, payload, encapsulation.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) task: Option<Task>,
    /// A pcap or pcapng file, also compressed; `-` reads standard input
    #[arg(required = true)]
    capture: Option<PathBuf>,
    /// What is written
    #[arg(long, global = true, value_enum, default_value_t = Format::Terminal)]
    pub(super) format: Format,
    /// The language of the report: `pt-BR` or `en`; else the environment's
    #[arg(long, global = true)]
    lang: Option<Lang>,
    /// What is spoken: `auto`, a built-in dialect, or a dialect file
    #[arg(long, global = true, default_value = "auto", value_name = "NAME|FILE")]
    pub(super) dialect: String,
    /// Only servers at this port
    #[arg(long, global = true)]
    pub(super) port: Option<u16>,
    /// Only clients at this address
    #[arg(long, global = true, value_name = "IP")]
    pub(super) client: Option<IpAddr>,
    /// Only this TCP conversation, counted from 0 in the order of first frames
    #[arg(long, value_name = "N")]
    pub(super) stream: Option<usize>,
    /// Only a line for each conversation, for captures with many
    #[arg(long, global = true)]
    pub(super) summary: bool,
    /// Draw only the ladder: who sent what to whom
    #[arg(long, global = true)]
    pub(super) ladder: bool,
    /// Write the observed session as a scenario for `harness`
    #[arg(long)]
    pub(super) as_scenario: bool,
    /// Hold a report's stated answers to the capture: true, false or not decidable
    #[arg(long, value_name = "REPORT.toml")]
    pub(super) claims: Option<PathBuf>,
    /// Also write the capture again, with what was found as comments on its frames
    #[arg(long, value_name = "OUT.pcapng")]
    pub(super) annotate: Option<PathBuf>,
    /// Most payload that is kept, in MiB; the report says when there was more
    #[arg(long, value_name = "MIB", default_value_t = 32)]
    max_payload: usize,
    /// Most threads that read; the report does not depend on it [default: 2, or 1 for a short file]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
    threads: Option<u8>,
    /// Also write the capture again without names, texts and addresses, to share it
    #[arg(long, value_name = "OUT.pcapng")]
    pub(super) anonymise: Option<PathBuf>,
    /// Whether the terminal report is coloured
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto)]
    color: Colour,
}

/// What else it can do.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Task {
    /// Write a dissector for Wireshark, in Lua: `analyzer dissector unb > chat.lua`
    Dissector {
        /// A built-in dialect, or a dialect file
        #[arg(value_name = "NAME|FILE")]
        dialect: String,
    },
    /// Capture from an interface of this machine (Linux), with a report at Ctrl-C: `analyzer live lo`
    Live {
        /// The interface's name; a chat on one machine passes through `lo`
        interface: String,
    },
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people at a terminal
    Terminal,
    /// To paste into a report
    Markdown,
    /// One file for a browser, with the ladder drawn
    Html,
    /// For programs
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Colour {
    /// At a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Conversations that a report for people tells one by one; of more it gives the sums.
const TOLD: usize = 4096;

/// A shorter file is read before a second thread would help, in bytes.
const SHORT: u64 = 16 << 20;

impl Arguments {
    /// What is remembered of the capture: all of it for programs, else what the report tells.
    pub(super) fn survey(&self) -> Options {
        let is_data = self.format == Format::Json;
        let narrows = self.port.is_some() || self.client.is_some() || self.summary;
        let number = |stream| u32::try_from(stream).unwrap_or(u32::MAX);
        Options {
            keep: self.max_payload.saturating_mul(1 << 20),
            digests: is_data,
            only: self
                .stream
                .filter(|_| !is_data)
                .map(|stream| ConversationId(number(stream))),
            conversations: match self.stream {
                _ if is_data || narrows => usize::MAX,
                Some(stream) => stream.saturating_add(1).max(TOLD),
                None => TOLD,
            },
            threads: self.threads(),
            ..Options::default()
        }
    }

    /// As many as were asked for, else as many as help.
    fn threads(&self) -> usize {
        let length = std::fs::metadata(self.capture()).map(|about| about.len());
        let is_short = length.is_ok_and(|length| length < SHORT);
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        match self.threads {
            Some(threads) => usize::from(threads),
            None if is_short => 1,
            None => cores(),
        }
    }

    /// The capture; a task that needs none is not asked for it.
    pub(super) fn capture(&self) -> &Path {
        self.capture.as_deref().unwrap_or(Path::new("-"))
    }

    pub(super) fn language(&self) -> Lang {
        self.lang
            .unwrap_or_else(|| Lang::detect(|name| std::env::var(name).ok()))
    }

    pub(super) fn screen(&self) -> terminal::Options {
        let asked = std::env::var("COLUMNS").ok();
        let terminal = terminal_size::terminal_size_of(std::io::stdout());
        terminal::Options {
            width: width(asked.as_deref(), terminal.map(|(width, _)| width.0)),
            colour: match self.color {
                Colour::Always => true,
                Colour::Never => false,
                Colour::Auto => {
                    let refused =
                        std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                    std::io::stdout().is_terminal() && !refused
                }
            },
        }
    }
}

/// The columns of the standard output: as `COLUMNS` wants it, else as the terminal has them.
fn width(asked: Option<&str>, terminal: Option<u16>) -> usize {
    let asked = asked.and_then(|columns| columns.parse().ok());
    let known = asked.or(terminal).filter(|columns| *columns > 0);
    known.map_or(terminal::DEFAULT_WIDTH, usize::from)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_text_stands_beside_its_translation() {
        let texts = usage::Texts::new(PORTUGUESE);
        assert_eq!(texts.differences(&Arguments::command()), [""; 0]);
    }

    #[test]
    fn columns_are_asked_for_or_the_terminals() {
        assert_eq!(width(Some("60"), Some(80)), 60);
        assert_eq!(width(Some("wide"), Some(80)), 80);
        assert_eq!(width(None, Some(0)), terminal::DEFAULT_WIDTH);
        assert_eq!(width(None, None), terminal::DEFAULT_WIDTH);
    }
}
