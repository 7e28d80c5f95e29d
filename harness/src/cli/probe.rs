//! `harness probe`: what does this server speak?

use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use protocol::lang::Lang;
use protocol::quote::visible;

use super::dialect::cannot_write;
use super::or_detected;
use super::{Answer, OWN_FAULT, UNREACHABLE, USAGE};
use crate::probe::{Findings, Fit, draft, probe, shown};
use crate::target::{StartError, resolved};

/// Talk to an unknown server, politely and bounded, and say which dialect fits.
#[derive(clap::Args, Clone, Debug)]
pub struct ProbeCommand {
    /// The server
    #[arg(long, value_name = "HOST:PORT")]
    pub target: String,
    /// Write a commented draft of a dialect to this file; a file that exists is left alone
    #[arg(long, value_name = "FILE")]
    pub write: Option<PathBuf>,
    /// The language of the answer: pt-BR or en
    #[arg(long)]
    pub lang: Option<Lang>,
}

/// What was found. Exits with 3 if nobody listens, with 2 if the file exists or the target is none.
pub fn run(command: &ProbeCommand) -> Answer {
    let lang = or_detected(command.lang);
    let refused = |error| {
        let given = visible(&command.target);
        StartError::Attached { given, error }.text(lang)
    };
    let addresses = match resolved(&command.target) {
        Ok(addresses) => addresses,
        Err(error) => return answer(USAGE, &refused(error)),
    };
    let findings = match find(&addresses) {
        Ok(findings) => findings,
        Err(error) => return answer(UNREACHABLE, &refused(error)),
    };
    let mut out = shown(&findings, lang);
    let port = addresses.first().map_or(1, SocketAddr::port);
    let target = visible(&command.target);
    let Some(file) = &command.write else {
        out.push_str(&next(&findings, &target, lang));
        return Answer {
            out,
            ..Answer::default()
        };
    };
    let written = write(file, &findings, port, lang);
    let file = visible(&file.to_string_lossy());
    if let Err(error) = written {
        let code = match error.kind() {
            std::io::ErrorKind::AlreadyExists => USAGE,
            _ => OWN_FAULT,
        };
        return Answer {
            out,
            ..answer(code, &cannot_write(&file, &error, lang))
        };
    }
    let then = lang.pick([
        "escrito. Leia-o, complete-o, e então:",
        "written. Read it, complete it, and then:",
    ]);
    out.push_str(&format!(
        "\n`{file}` {then}\n  harness dialect check {file}\n  harness run scenarios/ --dialect {file} --target {target}\n"
    ));
    Answer {
        out,
        ..Answer::default()
    }
}

/// The command that goes on from here.
fn next(findings: &Findings, target: &str, lang: Lang) -> String {
    let is_known = |fit: &Fit| fit.known == fit.all;
    let command = match findings.fit.filter(is_known) {
        Some(fit) => format!(
            "harness run scenarios/ --dialect {} --target {target}",
            fit.name
        ),
        None if findings.words.requests.is_empty() => format!("harness chat --target {target}"),
        None => format!("harness probe --target {target} --write my.toml"),
    };
    format!("\n{}\n  {command}\n", lang.pick(["A seguir:", "Next:"]))
}

fn answer(code: u8, why: &str) -> Answer {
    Answer {
        err: format!("{why}\n"),
        code,
        ..Answer::default()
    }
}

/// Probes the first address that answers.
fn find(addresses: &[SocketAddr]) -> std::io::Result<Findings> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut why = std::io::ErrorKind::AddrNotAvailable.into();
    for address in addresses {
        match runtime.block_on(probe(*address)) {
            Ok(findings) => return Ok(findings),
            Err(error) => why = error,
        }
    }
    Err(why)
}

fn write(file: &Path, findings: &Findings, port: u16, lang: Lang) -> std::io::Result<()> {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let text = draft(findings, &name, port, lang);
    let mut file = OpenOptions::new().write(true).create_new(true).open(file)?;
    file.write_all(text.as_bytes())
}
