//! What was found, for a reader; everything that came from the server is quoted.

use std::fmt::Write as _;

use protocol::lang::Lang;
use protocol::message::CommandKind;
use protocol::quote::{quote, quote_capped};

use super::{Findings, is_of};

/// Bytes of one answer that are shown.
const SHOWN: usize = 160;

/// The findings as text.
#[must_use]
pub fn shown(findings: &Findings, lang: Lang) -> String {
    let mut text = String::new();
    let mut line = |label: [&str; 2], value: &str| {
        let label = lang.pick(label);
        let pad = 24_usize.saturating_sub(label.chars().count());
        let _ = writeln!(text, "{label}{:pad$}{value}", "");
    };
    let greeting = match findings.greeting.is_empty() {
        true => lang.pick(["nada", "nothing"]).to_owned(),
        false => quote_capped(&findings.greeting, SHOWN).to_string(),
    };
    line(["ao conectar", "at connect"], &greeting);
    line(
        ["fim, dos clientes", "clients' messages end"],
        findings.client.toml(),
    );
    line(
        ["fim, do servidor", "server's messages end"],
        findings.server.toml(),
    );
    let fit = match findings.fit {
        Some((name, known, all)) => lang.pick([
            format!("{name} ({known} de {all} respostas reconhecidas)"),
            format!("{name} ({known} of {all} replies recognised)"),
        ]),
        None => lang
            .pick(["nenhum dos embutidos", "none of the built-in ones"])
            .to_owned(),
    };
    line(["dialeto que serve", "dialect that fits"], &fit);
    for kind in CommandKind::ALL {
        if let Some(source) = findings.words.source(*kind) {
            line(
                [kind.id(), kind.id()],
                &quote(source.as_bytes()).to_string(),
            );
        }
    }
    text.push_str(lang.pick(["\nrespostas\n", "\nreplies\n"]));
    let dialect = findings
        .fit
        .and_then(|(name, ..)| protocol::Dialect::builtin(name));
    for (kind, bytes) in findings
        .seen
        .replies
        .iter()
        .filter(|(_, bytes)| !bytes.is_empty())
    {
        let differs = dialect.is_some_and(|dialect| !is_of(dialect, *kind, bytes));
        let mark = if differs { "≠" } else { " " };
        let _ = writeln!(
            text,
            "{mark} {:<18}{}",
            kind.id(),
            quote_capped(bytes, SHOWN)
        );
    }
    text.push_str(&conclusions(findings, lang));
    text
}

fn conclusions(findings: &Findings, lang: Lang) -> String {
    let seen = &findings.seen;
    let reaches = match seen.is_delivered {
        true => [
            "uma mensagem chega aos outros",
            "a message reaches the others",
        ],
        false => [
            "uma mensagem não chega aos outros",
            "a message does not reach the others",
        ],
    };
    let returns = match seen.comes_back {
        true => ["e volta a quem a enviou", "and comes back to its sender"],
        false => [
            "e não volta a quem a enviou",
            "and does not come back to its sender",
        ],
    };
    let closes = match seen.closes {
        true => [
            "o servidor fecha depois da saída",
            "the server closes after the quit",
        ],
        false => ["o servidor não fecha", "the server does not close"],
    };
    let connections = lang.pick(["conexões", "connections"]);
    format!(
        "\n{}, {}; {}\n{} {connections}\n",
        lang.pick(reaches),
        lang.pick(returns),
        lang.pick(closes),
        findings.connections
    )
}
