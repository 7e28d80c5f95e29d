//! A server's words as templates: holes where the probe's own names and texts were, and where what stands is of the moment.

use std::net::SocketAddr;
use std::ops::Range;

use protocol::message::{Fields, NoticeKind, Reason, ReplyKind};
use protocol::pattern::{Pattern, Prefix};
use protocol::template::Template;

use super::cast::{Cast, OURS};
use super::draft::quoted;
use super::holes::{addressless, generalised};

/// The template of what was heard, and the values of its holes in a session.
pub(super) struct Wording {
    /// In the form of a dialect file.
    pub(super) template: String,
    /// What else a table in the file says of it, `, separator = " "`.
    pub(super) style: String,
}

/// What a message may look like as a template, the most general first.
pub(super) fn wordings(kind: ReplyKind, content: &[u8], cast: &Cast) -> Vec<Wording> {
    let Ok(text) = std::str::from_utf8(content) else {
        return Vec::new();
    };
    if kind == NoticeKind::Listing.into() {
        return listing(text, cast).into_iter().collect();
    }
    let own = with_holes(kind, text, cast);
    let all = [
        generalised(&addressless(&own, cast)),
        generalised(&own),
        own,
    ];
    let plain = |template| Wording {
        template,
        style: String::new(),
    };
    all.into_iter().map(plain).collect()
}

/// Whether a template reads what was heard in a session, with the values that it must have had there.
pub(super) fn reads(template: &str, kind: ReplyKind, content: &[u8], cast: &Cast) -> bool {
    let Ok(template) = Template::parse(template) else {
        return false;
    };
    let nick = match about_the_second(kind) {
        true => &cast.bia,
        false => &cast.ana,
    };
    let to = match kind {
        ReplyKind::Refused(Reason::NoRecipient) => &cast.nobody,
        _ => &cast.bia,
    };
    let fields = Fields::new()
        .with("nick", nick.as_str())
        .with("from", cast.ana.as_str())
        .with("to", to.as_str())
        .with("text", cast.text.as_str())
        .with("command", cast.command.as_str());
    template.bind(&fields).matches_all(content).is_some()
}

/// The welcome of another client than the one whose welcome was heard.
pub(super) struct Welcome(Vec<Pattern>);

impl Welcome {
    /// With this name, or with any.
    pub(super) fn new(heard: &[u8], cast: &Cast, name: Option<&str>) -> Self {
        let fields = name.map_or_else(Fields::new, |name| Fields::new().with("nick", name));
        let templates = wordings(NoticeKind::Welcome.into(), heard, cast)
            .into_iter()
            .filter_map(|wording| Template::parse(&wording.template).ok());
        Self(templates.map(|template| template.bind(&fields)).collect())
    }

    /// Whether this is it.
    pub(super) fn is(&self, content: &[u8]) -> bool {
        self.0.iter().any(|pattern| pattern.is_whole(content))
    }

    /// Whether this begins with it.
    pub(super) fn begins(&self, bytes: &[u8]) -> bool {
        let is_there = |pattern: &Pattern| matches!(pattern.matches_prefix(bytes), Prefix::Full(_));
        self.0.iter().any(is_there)
    }
}

/// Whether a message is about the client who comes and goes, not about the one who stays.
fn about_the_second(kind: ReplyKind) -> bool {
    use NoticeKind::{Bye, Joined, Left, Lost};
    [Joined, Left, Lost, Bye]
        .iter()
        .any(|notice| kind == (*notice).into())
}

fn with_holes(kind: ReplyKind, text: &str, cast: &Cast) -> String {
    use NoticeKind::{Delivered, Said, Told, Whispered};
    let is = |kinds: &[NoticeKind]| kinds.iter().any(|notice| kind == (*notice).into());
    let (ana, bia) = match () {
        () if is(&[Delivered, Said]) => ("{from}", "{rest}"),
        () if is(&[Whispered, Told]) => ("{from}", "{to}"),
        () if about_the_second(kind) => ("{rest}", "{nick}"),
        () => ("{nick}", "{rest}"),
    };
    let mut template = braced(text).replace(&cast.text, "{text}");
    if matches!(kind, ReplyKind::Refused(Reason::UnknownCommand)) {
        template = template.replace(&cast.command, "{command}");
    }
    if matches!(kind, ReplyKind::Refused(Reason::NoRecipient)) {
        template = name_replaced(&template, &cast.nobody, "{to}");
    }
    [(&cast.ana, ana), (&cast.bia, bia)]
        .into_iter()
        .fold(template, |template, (name, hole)| {
            name_replaced(&template, name, hole)
        })
}

/// A text whose braces are meant.
pub(super) fn braced(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// A name that is a number is one only where it stands by itself.
fn name_replaced(text: &str, name: &str, hole: &str) -> String {
    if !name.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.replace(name, hole);
    }
    let mut replaced = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let len = rest[at..].bytes().take_while(u8::is_ascii_digit).count();
        let number = &rest[at..at + len];
        replaced.push_str(&rest[..at]);
        replaced.push_str(if number == name { hole } else { number });
        rest = &rest[at + len..];
    }
    replaced + rest
}

/// A list: what stands around the names of those who are there, between them, and before each.
fn listing(text: &str, cast: &Cast) -> Option<Wording> {
    let entries = entries(text, cast, !cast.ana.starts_with(OURS));
    let entries = run(text, &entries);
    let (first, last) = (entries.first()?, entries.last()?);
    let has = |name: &str| entries.iter().any(|entry| text[entry.clone()] == *name);
    let one = &text[first.end..entries.get(1)?.start];
    let (item, separator, start) = match one.find(|c: char| c.is_ascii_digit()) {
        None => (String::new(), one, first.start),
        Some(from) => {
            let behind = one[from..].trim_start_matches(|c: char| c.is_ascii_digit());
            let number = text[..first.start].strip_suffix(behind)?;
            let before = number.trim_end_matches(|c: char| c.is_ascii_digit());
            let item = format!(
                ", item = {}",
                quoted(&format!("{{index}}{}{{nick}}", braced(behind)))
            );
            (item, &one[..from], before.len())
        }
    };
    if !has(&cast.bia) || separator.is_empty() {
        return None;
    }
    let around = |text: &str| {
        let template = name_replaced(&braced(text), &cast.ana, "{nick}");
        generalised(&addressless(&template, cast))
    };
    let lines = if separator.contains('\n') {
        ":lines"
    } else {
        ""
    };
    let with_self = if has(&cast.ana) {
        ""
    } else {
        ", with_self = false"
    };
    Some(Wording {
        template: format!(
            "{}{{names{lines}}}{}",
            around(&text[..start]),
            around(&text[last.end..])
        ),
        style: format!("{item}, separator = {}{with_self}", quoted(separator)),
    })
}

/// The longest run of names that the same stands between, but for numbers.
fn run<'e>(text: &str, entries: &'e [Range<usize>]) -> &'e [Range<usize>] {
    let between = |two: &[Range<usize>]| {
        text[two[0].end..two[1].start].replace(|c: char| c.is_ascii_digit(), "")
    };
    let runs = (0..entries.len()).map(|start| {
        let pairs = entries[start..].windows(2).map(between);
        let first = entries[start..].windows(2).next().map(between);
        let same = pairs.take_while(|one| Some(one) == first.as_ref()).count();
        &entries[start..=start + same]
    });
    runs.rev().max_by_key(|run| run.len()).unwrap_or_default()
}

/// Where names stand in a list: the members', and those of other clients of ours.
fn entries(text: &str, cast: &Cast, is_given: bool) -> Vec<Range<usize>> {
    let is_of_name = |c: char| match is_given {
        true => c.is_ascii_digit() || c == '.' || c == ':',
        false => c.is_ascii_lowercase(),
    };
    let is_address = cast.ana.contains(':');
    let is_name = |word: &str| match is_given {
        true => word.parse::<SocketAddr>().is_ok() == is_address,
        false => word.len() == cast.ana.len() && word.starts_with(OURS),
    };
    let mut entries: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find(is_of_name) {
        let start = at + found;
        let len = text[start..]
            .find(|c| !is_of_name(c))
            .unwrap_or(text.len() - start);
        if is_name(&text[start..start + len]) {
            entries.push(start..start + len);
        }
        at = start + len;
    }
    entries
}
