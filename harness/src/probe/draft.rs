//! A draft of a dialect file from what was found: it always loads, and says where a person must look again.

use std::fmt::Write as _;

use protocol::Dialect;
use protocol::diagnostic::Source;
use protocol::lang::Lang;
use protocol::message::{CommandKind, NoticeKind, Reason, ReplyKind};

use super::{ANA, BIA, Ends, Findings, TEXT, is_of};

/// One line of the draft: its section, its key, its value as TOML.
#[derive(Clone)]
struct Entry {
    section: &'static str,
    key: String,
    value: String,
}

/// The file of a dialect of this name for that port. It loads: what would not is left out.
#[must_use]
pub fn draft(findings: &Findings, name: &str, port: u16, lang: Lang) -> String {
    let head = head(findings, name, port, lang);
    let findings = &findings.plain();
    let mut entries = requests(findings);
    let mut text = written(&head, &entries);
    for entry in replies(findings) {
        entries.push(entry);
        let longer = written(&head, &entries);
        if loads(&longer) {
            text = longer;
        } else {
            entries.pop();
        }
    }
    text
}

fn loads(text: &str) -> bool {
    Dialect::parse(&Source::new("draft", text)).is_ok()
}

fn head(findings: &Findings, name: &str, port: u16, lang: Lang) -> String {
    let allowed = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let name: String = name.chars().filter(allowed).take(40).collect();
    let name = if name.is_empty() { "my-course" } else { &name };
    let comment = lang.pick([
        "# Rascunho feito por `harness probe`, do que um servidor respondeu. Compare com o documento da disciplina: o que o\n\
         # servidor faz não é o que ele deve fazer. Depois: `harness dialect check ESTE-ARQUIVO`.\n",
        "# A draft by `harness probe`, from what one server answered. Compare it with your document: what the server does is\n\
         # not what it should do. Then: `harness dialect check THIS-FILE`.\n",
    ]);
    let mut head = format!("{comment}name = \"{name}\"\nport = {}\n", port.max(1));
    if let Some((base, ..)) = findings.fit {
        let _ = writeln!(head, "extends = \"{base}\"");
    }
    let _ = write!(
        head,
        "\n[framing]\nclient = {}\nserver = {}\n",
        findings.client.toml(),
        findings.server.toml()
    );
    if findings.is_coloured() {
        head.push_str("\n[decoration]\nansi = true\n");
    }
    head
}

fn written(head: &str, entries: &[Entry]) -> String {
    let mut text = head.to_owned();
    for section in ["client", "server", "error"] {
        let own: Vec<_> = entries
            .iter()
            .filter(|entry| entry.section == section)
            .collect();
        if !own.is_empty() {
            let _ = write!(text, "\n[{section}]\n");
        }
        for entry in own {
            let _ = writeln!(text, "{} = {}", entry.key, entry.value);
        }
    }
    text
}

/// The requests, where no built-in dialect has them already.
fn requests(findings: &Findings) -> Vec<Entry> {
    if findings.fit.is_some() {
        return Vec::new();
    }
    let requests = CommandKind::ALL.iter().filter_map(|kind| {
        Some(Entry {
            section: "client",
            key: kind.to_string(),
            value: quoted(findings.words.source(*kind)?),
        })
    });
    requests.collect()
}

/// What the server said, where the built-in dialect that fits would not know it.
fn replies(findings: &Findings) -> Vec<Entry> {
    let base = findings.fit.and_then(|(name, ..)| Dialect::builtin(name));
    let base = base.map(|base| {
        let ends = |ends: Ends| ends.framing();
        base.clone()
            .reframed(ends(findings.client), ends(findings.server))
    });
    let mut entries = Vec::new();
    let mut add = |kind: ReplyKind, bytes: &[u8]| {
        let is_known = base.as_ref().is_some_and(|base| is_of(base, kind, bytes));
        if !is_known && let Some(value) = value(findings, kind, bytes) {
            let key = kind.id().to_owned();
            let section = match kind {
                ReplyKind::Notice(_) => "server",
                ReplyKind::Refused(_) => "error",
            };
            entries.push(Entry {
                section,
                key,
                value,
            });
        }
    };
    if !findings.greeting.is_empty() {
        add(NoticeKind::Prompt.into(), &findings.greeting);
    }
    let kinds = [
        NoticeKind::Welcome,
        NoticeKind::Joined,
        NoticeKind::Delivered,
        NoticeKind::Said,
        NoticeKind::Whispered,
        NoticeKind::Told,
        NoticeKind::Listing,
        NoticeKind::Bye,
        NoticeKind::Left,
    ];
    let kinds = kinds.into_iter().map(ReplyKind::from);
    for kind in kinds.chain([Reason::UnknownCommand.into()]) {
        if let Some(bytes) = findings.seen.reply(kind) {
            add(kind, bytes);
        }
    }
    entries
}

/// The TOML value of a reply: a template where the names and the text of the probe were.
fn value(findings: &Findings, kind: ReplyKind, bytes: &[u8]) -> Option<String> {
    use NoticeKind::{Delivered, Listing, Said};
    let delivered = findings.seen.reply(Delivered).unwrap_or_default();
    let is_copy = kind == Said.into() && bytes == delivered;
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.trim_end_matches(['\r', '\n', '\0']);
    if text.is_empty() || is_copy {
        return None;
    }
    if kind == Listing.into() {
        return listing(text);
    }
    let template = text.replace('{', "{{").replace('}', "}}");
    let is_message = matches!(
        kind,
        ReplyKind::Notice(Delivered | NoticeKind::Whispered | Said | NoticeKind::Told)
    );
    let (ana, bia) = match is_message {
        true => ("{from}", "{to}"),
        false => ("{nick}", "{nick}"),
    };
    let bia = if kind == Delivered.into() || kind == Said.into() {
        "{rest}"
    } else {
        bia
    };
    let template = template
        .replace(TEXT, "{text}")
        .replace(ANA, ana)
        .replace(BIA, bia)
        .replace("XYZZY", "{command}");
    let is_for_all =
        kind == Delivered.into() && findings.seen.reply(Said).is_some_and(|own| own == bytes);
    Some(match is_for_all {
        true => format!("{{ text = {}, to = \"everyone\" }}", quoted(&template)),
        false => quoted(&template),
    })
}

/// A list: what stands around and between the two names.
fn listing(text: &str) -> Option<String> {
    let (ana, bia) = (text.find(ANA)?, text.find(BIA)?);
    let (first, second) = (ana.min(bia), ana.max(bia));
    let (one, other) = if ana < bia { (ANA, BIA) } else { (BIA, ANA) };
    let between = text.get(first + one.len()..second)?;
    let braces = |text: &str| text.replace('{', "{{").replace('}', "}}");
    let template = format!(
        "{}{{names{}}}{}",
        braces(&text[..first]),
        if between.contains('\n') { ":lines" } else { "" },
        braces(&text[second + other.len()..]),
    );
    Some(format!(
        "{{ text = {}, separator = {} }}",
        quoted(&template),
        quoted(between)
    ))
}

/// A text as a TOML basic string.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        let _ = match c {
            '"' | '\\' => write!(quoted, "\\{c}"),
            '\n' => write!(quoted, "\\n"),
            '\r' => write!(quoted, "\\r"),
            '\t' => write!(quoted, "\\t"),
            c if c.is_control() => write!(quoted, "\\u{:04X}", u32::from(c)),
            c => write!(quoted, "{c}"),
        };
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Seen;
    use crate::probe::words::Words;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_draft_loads_whatever_a_server_says(
            greeting in proptest::collection::vec(any::<u8>(), 0..20),
            said in "(probeana|probebia|ola mundo kxqzw|[{}\"\\\\\n\u{1b}] ?|, ){0,8}",
            fits in any::<bool>(),
        ) {
            let kinds = NoticeKind::ALL.iter().map(|kind| ((*kind).into(), said.clone().into_bytes()));
            let findings = Findings {
                greeting,
                client: Ends::Lf,
                server: Ends::Raw,
                fit: fits.then_some(("unb", 3, 4)),
                words: Words::generic("NICK {nick}", "{text}"),
                seen: Seen { replies: kinds.collect(), ..Seen::default() },
                connections: 1,
            };
            for lang in Lang::ALL {
                let text = draft(&findings, "a \"b", 7000, lang);
                prop_assert!(loads(&text), "{text}");
            }
        }
    }
}
