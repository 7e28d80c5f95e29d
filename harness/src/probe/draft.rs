//! A draft of a dialect file from what was found: it always loads, and says where a person must look again.

use std::fmt::Write as _;

use protocol::Dialect;
use protocol::diagnostic::Source;
use protocol::lang::Lang;
use protocol::message::{CommandKind, NoticeKind, Reason, ReplyKind};

use super::holes::generalised;
use super::{ANA, BIA, Ends, FIRST, Findings, TEXT, is_of};

/// One line of the draft: its section, its key, its value as TOML.
#[derive(Clone)]
struct Entry {
    section: &'static str,
    key: String,
    value: String,
}

/// One reply of the draft: what was heard, and its value with holes for what is of the moment, and without.
struct Reply<'f> {
    kind: ReplyKind,
    bytes: &'f [u8],
    section: &'static str,
    general: String,
    literal: String,
}

/// The file of a dialect of this name for that port. It loads: what would not is left out.
#[must_use]
pub fn draft(findings: &Findings, name: &str, port: u16, lang: Lang) -> String {
    let head = head(findings, name, port, lang);
    let findings = &findings.plain();
    let mut entries = requests(findings);
    let mut text = written(&head, &entries);
    for reply in replies(findings) {
        for (value, must_know) in [(reply.general, true), (reply.literal, false)] {
            entries.push(Entry {
                section: reply.section,
                key: reply.kind.id().to_owned(),
                value,
            });
            let longer = written(&head, &entries);
            let is_good = parsed(&longer)
                .is_some_and(|dialect| !must_know || reads(&dialect, reply.kind, reply.bytes));
            if is_good {
                text = longer;
                break;
            }
            entries.pop();
        }
    }
    text
}

/// Whether the dialect's own words for this read what was heard.
fn reads(dialect: &Dialect, kind: ReplyKind, bytes: &[u8]) -> bool {
    let forms = dialect
        .reply(kind)
        .into_iter()
        .flat_map(|reply| &reply.forms);
    let content = without_end(bytes);
    forms
        .into_iter()
        .any(|form| form.template.pattern().matches_all(content).is_some())
}

/// Without the line ends and NULs behind it.
fn without_end(bytes: &[u8]) -> &[u8] {
    let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n' | 0);
    let ends = bytes.iter().rev().take_while(|byte| is_end(byte)).count();
    &bytes[..bytes.len() - ends]
}

fn parsed(text: &str) -> Option<Dialect> {
    Dialect::parse(&Source::new("draft", text)).ok()
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
fn replies(findings: &Findings) -> Vec<Reply<'_>> {
    let base = findings.fit.and_then(|(name, ..)| Dialect::builtin(name));
    let base = base.map(|base| {
        let ends = |ends: Ends| ends.framing();
        base.clone()
            .reframed(ends(findings.client), ends(findings.server))
    });
    let mut replies = Vec::new();
    let mut add = |kind: ReplyKind, bytes| {
        let is_known = base.as_ref().is_some_and(|base| is_of(base, kind, bytes));
        if is_known {
            return;
        }
        let section = match kind {
            ReplyKind::Notice(_) => "server",
            ReplyKind::Refused(_) => "error",
        };
        let general = value(findings, kind, bytes, generalised);
        let literal = value(findings, kind, bytes, str::to_owned);
        if let (Some(general), Some(literal)) = (general, literal) {
            replies.push(Reply {
                kind,
                bytes,
                section,
                general,
                literal,
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
    replies
}

/// The TOML value of a reply: a template where the names and the text of the probe were, with further holes as `general` makes them.
fn value(
    findings: &Findings,
    kind: ReplyKind,
    bytes: &[u8],
    general: fn(&str) -> String,
) -> Option<String> {
    use NoticeKind::{Bye, Delivered, Left, Listing, Said};
    let delivered = findings.seen.reply(Delivered).unwrap_or_default();
    let is_copy = kind == Said.into() && bytes == delivered;
    let text = std::str::from_utf8(without_end(bytes)).ok()?;
    let is_told_as_all_are = kind == Bye.into() && all_hear_who_leaves(findings);
    if text.is_empty() || is_copy || is_told_as_all_are {
        return None;
    }
    if kind == Listing.into() {
        return listing(text, general);
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
    let template = general(&template);
    let is_for_all = match kind {
        ReplyKind::Notice(Delivered) => findings.seen.reply(Said).is_some_and(|own| own == bytes),
        ReplyKind::Notice(Left) => all_hear_who_leaves(findings),
        _ => false,
    };
    Some(match is_for_all {
        true => format!("{{ text = {}, to = \"everyone\" }}", quoted(&template)),
        false => quoted(&template),
    })
}

/// Whether who leaves is told what the others are.
fn all_hear_who_leaves(findings: &Findings) -> bool {
    let said = |kind: NoticeKind| {
        let text = std::str::from_utf8(without_end(findings.seen.reply(kind)?)).ok()?;
        Some(generalised(text))
    };
    let bye = said(NoticeKind::Bye);
    bye.is_some() && bye == said(NoticeKind::Left)
}

/// A list: what stands around and between the names; the first client may be in it, before them or behind.
fn listing(text: &str, general: fn(&str) -> String) -> Option<String> {
    let (ana, bia) = (text.find(ANA)?, text.find(BIA)?);
    let (first, second) = (ana.min(bia), ana.max(bia));
    let (one, other) = if ana < bia { (ANA, BIA) } else { (BIA, ANA) };
    let between = text.get(first + one.len()..second)?;
    let braces = |text: &str| text.replace('{', "{{").replace('}', "}}");
    let (before, behind) = (&text[..first], &text[second + other.len()..]);
    let without = before.strip_suffix(between);
    let before = without
        .and_then(|text| text.strip_suffix(FIRST))
        .unwrap_or(before);
    let without = behind.strip_prefix(between);
    let behind = without
        .and_then(|text| text.strip_prefix(FIRST))
        .unwrap_or(behind);
    let template = general(&format!(
        "{}{{names{}}}{}",
        braces(before),
        if between.contains('\n') { ":lines" } else { "" },
        braces(behind),
    ));
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

    /// What is of the moment becomes a hole; who leaves and who is told so may hear the same.
    #[test]
    fn a_draft_is_of_no_moment() {
        let heard: [(ReplyKind, &str); 6] = [
            (
                NoticeKind::Welcome.into(),
                "[2026-11-21 14:21:01] probeana entered\n",
            ),
            (NoticeKind::Said.into(), "OK 1\n"),
            (
                NoticeKind::Listing.into(),
                "probex, probeana, probebia are 3\n",
            ),
            (NoticeKind::Bye.into(), "14:21 probebia left\n"),
            (NoticeKind::Left.into(), "14:21 probebia left\n"),
            (Reason::UnknownCommand.into(), "ERR XYZZY\n"),
        ];
        let replies = heard.map(|(kind, bytes)| (kind, bytes.as_bytes().to_vec()));
        let findings = Findings {
            greeting: Vec::new(),
            client: Ends::Lf,
            server: Ends::Lf,
            fit: None,
            words: Words::generic("NICK {nick}", "{text}"),
            seen: Seen {
                replies: replies.into(),
                ..Seen::default()
            },
            connections: 1,
        };
        let text = draft(&findings, "mine", 7000, Lang::En);
        let (_, server) = text.split_once("\n[server]\n").expect("replies");
        assert_eq!(
            server,
            r#"welcome = "{time} {nick} entered"
said = "OK {count}"
listing = { text = "{names} are {count}", separator = ", " }
left = { text = "{time} {nick} left", to = "everyone" }

[error]
unknown-command = "ERR {command}"
"#
        );
    }

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
                prop_assert!(parsed(&text).is_some(), "{text}");
            }
        }
    }
}
