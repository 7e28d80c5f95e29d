//! A draft of a dialect file from what was found: it always loads, and says where a person must look again.
//!
//! What stands in it was seen twice, with other names and texts the second time, and the whole of it reads both sessions. What was
//! not is left out, with a comment that shows what came and how the key is written.

use std::fmt::Write as _;

use protocol::Dialect;
use protocol::diagnostic::Source;
use protocol::dialect::AfterRefusal;
use protocol::framing::Framing;
use protocol::lang::Lang;
use protocol::message::{CommandKind, NoticeKind, Reason, ReplyKind};
use protocol::quote::is_printable;

use super::cast::Cast;
use super::ends::toml;
use super::proof::unproved;
use super::session::DIGITS;
use super::wording::{Wording, braced, reads, wordings};
use super::{Findings, Namesake, is_of};

/// One line of the draft: its section, its key, its value as TOML, or why there is none.
#[derive(Clone)]
struct Entry {
    section: &'static str,
    key: String,
    value: Result<String, String>,
}

/// The file of a dialect of this name for that port. It loads: what would not is left out.
#[must_use]
pub fn draft(findings: &Findings, name: &str, port: u16, lang: Lang) -> String {
    let head = head(findings, name, port, lang);
    let mut doubted: Vec<CommandKind> = Vec::new();
    // Each turn doubts one request more.
    loop {
        let text = attempt(findings, &head, &doubted, lang);
        let Some(dialect) = parsed(&text) else {
            return written(&head, &[]);
        };
        match unproved(findings, &dialect)
            .into_iter()
            .find(|kind| !doubted.contains(kind))
        {
            Some(kind) if findings.fit.is_none() => doubted.push(kind),
            _ => return text,
        }
    }
}

/// The file without what is doubted.
fn attempt(findings: &Findings, head: &str, doubted: &[CommandKind], lang: Lang) -> String {
    let mut entries = requests(findings, doubted, lang);
    for (kind, content) in replies(findings) {
        let answers = asked_by(*kind);
        if is_known(findings, *kind, content) || answers.is_some_and(|kind| doubted.contains(&kind))
        {
            continue;
        }
        // A connection that broke is usually told like one that ended.
        let so_far = || parsed(&written(head, &entries));
        let framed = findings.ends.server.encode(content);
        let is_left = |dialect: Dialect| is_of(&dialect, NoticeKind::Left.into(), &framed);
        if *kind == NoticeKind::Lost.into() && so_far().is_some_and(is_left) {
            continue;
        }
        let section = match kind {
            ReplyKind::Notice(_) => "server",
            ReplyKind::Refused(_) => "error",
        };
        let entry = |value| Entry {
            section,
            key: kind.id().to_owned(),
            value,
        };
        let good = candidates(findings, *kind, content)
            .into_iter()
            .find_map(|value| {
                let longer = [&entries[..], &[entry(Ok(value.clone()))]].concat();
                parsed(&written(head, &longer)).map(|_| value)
            });
        entries.push(entry(good.ok_or_else(|| unsure(content, lang))));
    }
    let is_refused = findings
        .base()
        .is_some_and(|base| base.refuses(Reason::NameInUse));
    if is_refused && namesake(findings) == Namesake::LetIn {
        entries.push(Entry {
            section: "error",
            key: Reason::NameInUse.id().to_owned(),
            value: Ok("false".to_owned()),
        });
    }
    written(head, &entries)
}

/// What was heard in the first session, and, of the second, how a connection that broke is told.
fn replies(findings: &Findings) -> impl Iterator<Item = &(ReplyKind, Vec<u8>)> {
    let first = findings
        .first()
        .into_iter()
        .flat_map(|reading| &reading.replies);
    let again = findings
        .readings
        .get(1)
        .into_iter()
        .flat_map(|reading| &reading.replies);
    first.chain(again.filter(|(kind, _)| *kind == NoticeKind::Lost.into()))
}

/// The request without which nobody hears this.
fn asked_by(kind: ReplyKind) -> Option<CommandKind> {
    use NoticeKind::{Bye, Delivered, Listing, Said, Told, Welcome, Whispered};
    match kind {
        ReplyKind::Notice(Welcome) => Some(CommandKind::Join),
        ReplyKind::Notice(Delivered | Said) => Some(CommandKind::Say),
        ReplyKind::Notice(Whispered | Told) | ReplyKind::Refused(Reason::NoRecipient) => {
            Some(CommandKind::Tell)
        }
        ReplyKind::Notice(Listing) => Some(CommandKind::List),
        ReplyKind::Notice(Bye) => Some(CommandKind::Quit),
        _ => None,
    }
}

/// Whether the built-in dialect that fits says it already.
fn is_known(findings: &Findings, kind: ReplyKind, content: &[u8]) -> bool {
    let base = findings.base();
    let is_treated_so =
        |base: &Dialect| kind != Reason::NameInUse.into() || treats(base) == namesake(findings);
    // Its words for a raw stream may span lines, where this server's end with each.
    base.is_some_and(|base| {
        is_of(base, kind, content) && is_treated_so(base) && !findings.ends.server.is_delimited()
    })
}

/// What becomes of who asks for a name that is taken, if it was the same in both sessions, or nothing else was seen at all.
fn namesake(findings: &Findings) -> Namesake {
    let mut seen = findings.readings.iter().map(|reading| reading.namesake);
    let first = seen.next().unwrap_or_default();
    match seen.all(|again| again == first) {
        true => first,
        false => Namesake::Unknown,
    }
}

/// The same, as a dialect has it.
fn treats(dialect: &Dialect) -> Namesake {
    let Some(refusal) = dialect.reply(Reason::NameInUse) else {
        return Namesake::LetIn;
    };
    match dialect.names.after_refusal {
        _ if refusal.closes => Namesake::IsShutOut,
        AfterRefusal::Close => Namesake::IsShutOut,
        AfterRefusal::Prompt => Namesake::IsAskedAgain,
        AfterRefusal::Retry => Namesake::MayRetry,
    }
}

/// The TOML values that a reply may have: those whose template reads it in both sessions.
fn candidates(findings: &Findings, kind: ReplyKind, content: &[u8]) -> Vec<String> {
    let is_lost = kind == NoticeKind::Lost.into();
    let Some(cast) = findings
        .sessions
        .get(usize::from(is_lost))
        .map(|session| &session.cast)
    else {
        return Vec::new();
    };
    let mut wordings = wordings(kind, content, cast);
    wordings.retain(|wording| is_seen_again(findings, kind, &wording.template));
    if kind == Reason::NameInUse.into() {
        return refusals(findings, &wordings);
    }
    wordings
        .iter()
        .map(|wording| value(findings, kind, wording))
        .collect()
}

/// The TOML values of the refusal of a name that is taken. It may be the request for a name again.
fn refusals(findings: &Findings, wordings: &[Wording]) -> Vec<String> {
    let mut more = match namesake(findings) {
        Namesake::Unknown | Namesake::LetIn => return Vec::new(),
        Namesake::IsShutOut => ", closes = true",
        Namesake::MayRetry | Namesake::IsAskedAgain => "",
    }
    .to_owned();
    let refusal = findings
        .first()
        .and_then(|reading| reading.reply(Reason::NameInUse));
    let is_prompt = findings
        .first()
        .and_then(|reading| reading.reply(NoticeKind::Prompt))
        == refusal;
    let is_unended = is_prompt && findings.asks_without_end();
    if refusal.is_none_or(<[u8]>::is_empty) || is_unended && findings.ends.server.is_delimited() {
        more.push_str(", framing = \"raw\"");
    }
    if findings.fit.is_some() {
        more.push_str(", accept = [], tolerate = []");
    }
    let before = ["", ", before = \"prompt\""];
    let values = wordings.iter().flat_map(|wording| {
        let text = quoted(&wording.template);
        before.map(|before| match [&more, before].concat() {
            none if none.is_empty() => text.clone(),
            more => format!("{{ text = {text}{more} }}"),
        })
    });
    values.collect()
}

/// Whether a reply came twice, as one template reads it.
pub(super) fn is_sure(findings: &Findings, kind: ReplyKind, content: &[u8]) -> bool {
    !candidates(findings, kind, content).is_empty()
}

/// Whether the second session says the same with its own names and texts. Once is enough for how a connection that broke is told.
fn is_seen_again(findings: &Findings, kind: ReplyKind, template: &str) -> bool {
    let (Some(session), Some(reading)) = (findings.sessions.get(1), findings.readings.get(1))
    else {
        return false;
    };
    let again = reading.reply(kind);
    again.is_some_and(|again| reads(template, kind, again, &session.cast))
}

/// A reply as TOML: its text, or a table where there is more to say.
fn value(findings: &Findings, kind: ReplyKind, wording: &Wording) -> String {
    let mut more = wording.style.clone();
    let cast = findings.sessions.first().map(|session| &session.cast);
    let Some(reading) = findings.first() else {
        return quoted(&wording.template);
    };
    if let ReplyKind::Notice(notice) = kind {
        if reading.to_everyone.contains(&notice) {
            more.push_str(", to = \"everyone\"");
        }
        if reading.late.contains(&notice) {
            more.push_str(", late = true");
        }
    }
    let alone = reading
        .alone
        .as_deref()
        .filter(|alone| kind == NoticeKind::Listing.into() && !alone.is_empty());
    if let (Some(alone), Some(cast)) = (alone, cast)
        && !reads(&wording.template, kind, alone, cast)
        && let Ok(alone) = std::str::from_utf8(alone)
    {
        let _ = write!(more, ", accept = [{}]", quoted(&braced(alone)));
    }
    if kind == NoticeKind::Listing.into() && !reading.pushes.is_empty() {
        let _ = write!(
            more,
            ", after = [\"{}\"], to = \"everyone\"",
            reading.pushes.join("\", \"")
        );
    }
    if let (true, Some(closed), Some(cast)) =
        (kind == NoticeKind::Left.into(), &reading.closed, cast)
        && let Some(other) = wordings(kind, closed, cast).first()
        && other.template != wording.template
    {
        let _ = write!(more, ", accept = [{}]", quoted(&other.template));
    }
    let is_unended = kind == NoticeKind::Ready.into()
        || kind == NoticeKind::Prompt.into() && findings.asks_without_end();
    if is_unended && findings.ends.server.is_delimited() {
        more.push_str(", framing = \"raw\"");
    }
    // What the base accepts as well may be the beginning of what came.
    if findings.fit.is_some() {
        if !more.contains(", accept = ") {
            more.push_str(", accept = []");
        }
        more.push_str(", tolerate = []");
    }
    match more.is_empty() {
        true => quoted(&wording.template),
        false => format!("{{ text = {}{more} }}", quoted(&wording.template)),
    }
}

/// Why a reply is left out, and what came.
fn unsure(content: &[u8], lang: Lang) -> String {
    let shown = String::from_utf8_lossy(content);
    let shown: String = shown.chars().take(120).collect();
    let why = lang.pick([
        "veio uma vez, ou de outro jeito na segunda; complete pelo documento",
        "came once, or otherwise the second time; fill it in from your document",
    ]);
    format!("{}  # {why}", quoted(&shown))
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
         # servidor faz não é o que ele deve fazer. O que não foi visto com certeza está comentado.\n\
         # Depois: `harness dialect check ESTE-ARQUIVO`.\n",
        "# A draft by `harness probe`, from what one server answered. Compare it with your document: what the server does is\n\
         # not what it should do. What was not seen for certain is commented out.\n\
         # Then: `harness dialect check THIS-FILE`.\n",
    ]);
    let mut head = format!("{comment}name = \"{name}\"\nport = {}\n", port.max(1));
    if let Some(fit) = &findings.fit {
        let _ = writeln!(head, "extends = \"{}\"", fit.name);
    }
    let [accents, whole] = findings.takes_more();
    if !accents {
        let why = lang.pick(["os acentos não chegaram", "accents did not arrive"]);
        let _ = writeln!(head, "encoding = \"ascii\"  # {why}");
    }
    let ends = &findings.ends;
    let _ = write!(
        head,
        "\n[framing]\nclient = {}\nserver = {}\n",
        toml(&ends.chatting),
        toml(&ends.server)
    );
    if ends.joining != ends.chatting {
        let _ = write!(
            head,
            "\n[framing.joining]\nclient = {}\n",
            toml(&ends.joining)
        );
    }
    if let Framing::Fixed { size, .. } = ends.chatting {
        let _ = write!(head, "\n[limits]\nmessage = {size}\n");
    } else if !whole {
        let why = lang.pick([
            "um texto mais longo não chegou inteiro",
            "a longer text did not arrive whole",
        ]);
        let _ = write!(head, "\n[limits]\nmessage = 100  # {why}\n");
    }
    head.push_str(&names(findings, lang));
    let has_list = !findings.words.steps(CommandKind::List).is_empty();
    if has_list && ends.server == Framing::Raw && findings.fit.is_none() {
        let why = lang.pick([
            "milissegundos de silêncio que encerram uma lista sem marca de fim",
            "milliseconds of quiet that end a list without an end mark",
        ]);
        let slowest = findings.slowest.unwrap_or_default().as_millis().min(1000);
        let _ = write!(head, "\n[start]\nsettle = {}  # {why}\n", 50 + slowest);
    }
    let flags = [("ansi", findings.is_coloured), ("cr", findings.has_returns)];
    if flags.iter().any(|(_, is_set)| *is_set) {
        head.push_str("\n[decoration]\n");
    }
    for (flag, _) in flags.iter().filter(|(_, is_set)| *is_set) {
        let _ = writeln!(head, "{flag} = true");
    }
    head
}

/// What the draft says of names.
fn names(findings: &Findings, lang: Lang) -> String {
    let mut names = String::new();
    if let Some(by) = findings.names_by() {
        let _ = writeln!(names, "by = \"{by}\"");
    } else if refuses_digits(findings) {
        let why = lang.pick([
            "um nome com algarismos não foi aceito",
            "a name with digits was not taken",
        ]);
        let _ = writeln!(names, "letters = true  # {why}");
    }
    let usual = findings.base().map_or(Namesake::MayRetry, treats);
    let after = match namesake(findings) {
        // Where a base refuses and this server does not, the draft says so elsewhere.
        Namesake::Unknown | Namesake::LetIn => None,
        same if same == usual => None,
        Namesake::MayRetry => Some("retry"),
        Namesake::IsAskedAgain => Some("prompt"),
        Namesake::IsShutOut => Some("close"),
    };
    if let Some(after) = after {
        let _ = writeln!(names, "after_refusal = \"{after}\"");
    }
    match names.is_empty() {
        true => names,
        false => format!("\n[names]\n{names}"),
    }
}

/// Whether a name with digits got another answer than names of letters.
fn refuses_digits(findings: &Findings) -> bool {
    let cast = findings.sessions.first().map(|session| &session.cast);
    let kind = NoticeKind::Welcome.into();
    let welcome = findings.first().and_then(|reading| reading.reply(kind));
    let answered = findings
        .readings
        .get(1)
        .and_then(|reading| reading.digits.as_deref());
    let (Some(cast), Some(welcome), Some(answered)) = (cast, welcome, answered) else {
        return false;
    };
    let digits = Cast {
        ana: DIGITS.to_owned(),
        ..cast.clone()
    };
    let mut wordings = wordings(kind, welcome, cast).into_iter();
    !wordings.any(|wording| reads(&wording.template, kind, answered, &digits))
}

/// The entries in their sections; each section is there once, what is left out as a comment.
fn written(head: &str, entries: &[Entry]) -> String {
    let mut text = head.to_owned();
    for section in ["client", "server", "error"] {
        let own: Vec<_> = entries
            .iter()
            .filter(|entry| entry.section == section)
            .collect();
        if own.is_empty() && (section != "client" || head.contains("\nextends = ")) {
            continue;
        }
        let _ = write!(text, "\n[{section}]\n");
        for entry in own {
            let _ = match &entry.value {
                Ok(value) => writeln!(text, "{} = {value}", entry.key),
                Err(why) => writeln!(text, "# {} = {why}", entry.key),
            };
        }
    }
    text
}

/// The requests, where no built-in dialect has them already; an example for each that was not found.
fn requests(findings: &Findings, doubted: &[CommandKind], lang: Lang) -> Vec<Entry> {
    if findings.fit.is_some() {
        return Vec::new();
    }
    let example = |kind| match kind {
        CommandKind::Join => "\"NICK {nick}\"",
        CommandKind::Say => "\"MSG {text}\"",
        CommandKind::Tell => "\"/msg {to} {text}\"",
        CommandKind::List => "\"LIST\"",
        CommandKind::Quit => "\"QUIT\"",
    };
    let requests = CommandKind::ALL.iter().map(|kind| {
        let value = match &findings.words.steps(*kind) {
            [] => Err(format!(
                "{}  # {}",
                example(*kind),
                lang.pick(["não encontrado: um exemplo", "not found: an example"])
            )),
            steps => Ok(steps_value(steps, *kind, findings)),
        };
        let value = match value {
            Ok(value) if doubted.contains(kind) => {
                let why = lang.pick([
                    "entendido, mas nem tudo o que veio depois se repetiu",
                    "understood, but not all that came after it was the same twice",
                ]);
                Err(format!("{value}  # {why}"))
            }
            value => value,
        };
        Entry {
            section: "client",
            key: kind.to_string(),
            value,
        }
    });
    requests.collect()
}

/// A request as TOML, with the replies to the steps that are not the last.
fn steps_value(steps: &[String], kind: CommandKind, findings: &Findings) -> String {
    let Some((last, earlier)) = steps.split_last() else {
        return quoted("");
    };
    if earlier.is_empty() {
        return quoted(last);
    }
    let cast = findings.sessions.first().map(|session| &session.cast);
    let replies = findings
        .first()
        .filter(|_| kind == CommandKind::Join)
        .map_or(&[][..], |reading| &reading.steps);
    let earlier = earlier.iter().enumerate().map(|(at, send)| {
        let heard = replies.get(at).filter(|heard| !heard.is_empty()).zip(cast);
        let reply = heard.and_then(|(heard, cast)| {
            wordings(NoticeKind::Welcome.into(), heard, cast)
                .into_iter()
                .next()
        });
        let reply = reply.map_or_else(String::new, |reply| {
            format!(", reply = {}", quoted(&reply.template))
        });
        format!("{{ send = {}{reply} }}", quoted(send))
    });
    let earlier: Vec<_> = earlier.collect();
    format!(
        "{{ steps = [{}], send = {} }}",
        earlier.join(", "),
        quoted(last)
    )
}

/// A text as a TOML basic string, in which a person sees every character.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        let _ = match c {
            '"' | '\\' => write!(quoted, "\\{c}"),
            '\n' => write!(quoted, "\\n"),
            '\r' => write!(quoted, "\\r"),
            '\t' => write!(quoted, "\\t"),
            c if is_printable(c) => write!(quoted, "{c}"),
            c => write!(quoted, "\\U{:08X}", u32::from(c)),
        };
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use toml::Table;

    use super::*;

    fn read_back(text: &str) -> Option<String> {
        let table: Table = format!("text = {}", quoted(text)).parse().ok()?;
        table["text"].as_str().map(str::to_owned)
    }

    #[test]
    fn what_turns_text_around_or_hides_is_escaped() {
        let hidden = "\u{202e}\u{200b}\u{301}\u{9b}\u{feff}\u{e0001}\u{a0}\u{1b}";
        assert!(quoted(hidden).is_ascii(), "{}", quoted(hidden));
        assert_eq!(quoted("olá \"x\" \\ \n 😀"), r#""olá \"x\" \\ \n 😀""#);
        assert_eq!(read_back(hidden).as_deref(), Some(hidden));
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(text in any::<String>()) {
            prop_assert_eq!(read_back(&text), Some(text));
        }
    }
}
