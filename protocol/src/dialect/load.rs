//! Reading a dialect from its TOML file: every mistake with its place, all of them at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::de::DeTable;

use super::extend::extended;
use super::overlap::{OverlapKind, among};
use super::reader::{Placed, Problems, Section, TextOrSection, listed};
use super::{
    AfterRefusal, Barrier, Beyond, Decoration, Deviation, Dialect, Encoding, Form, Framings,
    Invalid, Level, Limits, ListStyle, NamedBy, Names, Reply, Request, Requests, Rule, Start, Step,
};
use crate::diagnostic::{Diagnostic, Diagnostics, Source};
use crate::framing::{Align, Framing, Terminator};
use crate::lang::Words;
use crate::matching::Standing;
use crate::message::{CommandKind, ConsoleKind, NoticeKind, Reason, Recipients, ReplyKind};
use crate::pattern::MAX_HOLES;
use crate::template::Template;
use crate::toml_words::toml_words;
use crate::words;

/// The largest message that a dialect may allow, in bytes.
const MAX_MESSAGE: u32 = 16 * 1024 * 1024;

impl Dialect {
    /// The largest dialect file, in bytes.
    pub const MAX_FILE: usize = 256 * 1024;

    /// Reads a dialect.
    ///
    /// # Errors
    /// Everything that is wrong with the file, each with its place and what to try.
    pub fn parse(source: &Arc<Source>) -> Result<Self, Diagnostics> {
        let problems = Problems::new(source);
        if let Some(mistake) = unreadable(&source.text) {
            problems.report(0..0, mistake);
            return Err(problems.into_found());
        }
        let (root, errors) = DeTable::parse_recoverable(&source.text);
        for error in &errors {
            problems.report(
                error.span().unwrap_or_default(),
                Diagnostic::error(toml_words(error.message())),
            );
        }
        let dialect = match errors.is_empty() {
            true => dialect(Section::new(
                "",
                0..0,
                &extended(root.into_inner(), &problems),
                &problems,
            )),
            false => None,
        };
        let found = problems.into_found();
        match dialect {
            Some(dialect) if !found.has_errors() => Ok(dialect),
            _ => Err(found),
        }
    }
}

fn unreadable(text: &str) -> Option<Diagnostic> {
    if text.trim().is_empty() {
        return Some(
            Diagnostic::error(["o arquivo está vazio", "the file is empty"]).help([
                "comece por um modelo: `harness dialect new`",
                "start from a template: `harness dialect new`",
            ]),
        );
    }
    if text.len() > Dialect::MAX_FILE {
        return Some(Diagnostic::error(words!(
            "o arquivo tem {} bytes, e o limite é {}",
            "the file has {} bytes, expected at most {}",
            text.len(),
            Dialect::MAX_FILE
        )));
    }
    text.contains('\0').then(|| {
        Diagnostic::error([
            "o arquivo é binário, e devia ser um texto TOML",
            "the file is binary, expected a TOML text",
        ])
    })
}

fn dialect(root: Section<'_>) -> Option<Dialect> {
    let name = root.required_text("name", "\"my-course\"");
    let title = title(&root);
    let document = root.text("document").map(|text| text.value.to_owned());
    let port = root
        .number("port", 1..=65_535)
        .and_then(|port| u16::try_from(port).ok());
    root.require("port", "55555");
    let encoding = root
        .choice("encoding", Encoding::ALL, Encoding::id)
        .unwrap_or(Encoding::Utf8);
    let limits = limits(&root);
    let framings = framings(&root);
    let requests = requests(&root);
    let requests_by_kind = client(&root);
    let replies = replies(&root);
    let names = names(&root, &requests_by_kind, &replies);
    let barrier = root.choice("barrier", Barrier::ALL, Barrier::id);
    let decoration = decoration(&root);
    let start = start(&root);
    let console = console(&root);
    let rules = rules(&root);
    let deviations = deviations(&root);
    let problems = root.problems();
    root.finish();

    let name = name?.value.to_owned();
    let dialect = Dialect {
        document: document.unwrap_or_else(|| name.clone()),
        name,
        title,
        port: port?,
        encoding,
        limits,
        names,
        requests,
        barrier: barrier.unwrap_or(Barrier::Quiet),
        decoration,
        start,
        console,
        deviations,
        framings,
        requests_by_kind,
        replies,
        rules,
    };
    refuse_same_messages(&dialect, problems);
    Some(Dialect {
        barrier: barrier.unwrap_or_else(|| strongest_barrier(&dialect)),
        ..dialect
    })
}

/// The barrier that a dialect's own messages allow.
fn strongest_barrier(dialect: &Dialect) -> Barrier {
    let has =
        |command, notice| dialect.request(command).is_some() && dialect.reply(notice).is_some();
    if has(CommandKind::List, NoticeKind::Listing) {
        Barrier::List
    } else if dialect.refuses(Reason::UnknownCommand) || dialect.refuses(Reason::Malformed) {
        Barrier::Unknown
    } else if dialect.request(CommandKind::Say).is_some()
        && (dialect.reply(NoticeKind::Said).is_some() || dialect.echoes())
    {
        Barrier::Say
    } else {
        Barrier::Quiet
    }
}

fn refuse_same_messages(dialect: &Dialect, problems: &Problems) {
    for group in dialect.groups() {
        for overlap in among(&group) {
            let before = |id: &str, other: &str| {
                group
                    .iter()
                    .any(|m| m.id == id && m.before.iter().any(|name| name == other))
            };
            let is_answer = |id: &str| group.iter().any(|m| m.id == id && m.is_answer);
            let is_declared =
                before(&overlap.first, &overlap.second) || before(&overlap.second, &overlap.first);
            let is_asked_for = is_answer(&overlap.first) && is_answer(&overlap.second);
            if overlap.kind == OverlapKind::Same && !is_declared && !is_asked_for {
                let (first, second) = (&overlap.first, &overlap.second);
                let other = second.split('.').next_back().unwrap_or_default();
                problems.report(
                    problems.place_of(first),
                    Diagnostic::error(words!("`{first}` e `{second}` casam com os mesmos bytes, seja qual for o conteúdo", "`{first}` and `{second}` match the same bytes, whatever their content"
                    ))
                    .help(words!("faça os textos diferirem, ou escreva `before = \"{other}\"` em `[{first}]`", "make their texts differ, or write `before = \"{other}\"` in `[{first}]`"
                    )),
                );
            }
        }
    }
}

fn limits(root: &Section<'_>) -> Limits {
    let mut limits = Limits {
        message: 1024,
        clients: None,
        idle: None,
        beyond: Beyond::Close,
        invalid: Invalid::Pass,
    };
    if let Some(section) = root.section("limits") {
        limits.message = section
            .number("message", 1..=MAX_MESSAGE)
            .map_or(limits.message, |bytes| bytes as usize);
        limits.clients = section.number("clients", 1..=1_000_000);
        limits.idle = section.number("idle", 1..=86_400);
        limits.beyond = section
            .choice("beyond", Beyond::ALL, Beyond::id)
            .unwrap_or(limits.beyond);
        limits.invalid = section
            .choice("invalid", Invalid::ALL, Invalid::id)
            .unwrap_or(limits.invalid);
        section.finish();
    }
    limits
}

fn framings(root: &Section<'_>) -> Framings {
    let mut framings = Framings {
        to_server: [Framing::Raw, Framing::Raw],
        to_client: [Framing::Raw, Framing::Raw],
    };
    let Some(section) = root.section("framing") else {
        return framings;
    };
    if let Some(framing) = framing(&section, "client") {
        framings.to_server = [framing.clone(), framing];
    }
    if let Some(framing) = framing(&section, "server") {
        framings.to_client = [framing.clone(), framing];
    }
    if let Some(joining) = section.section("joining") {
        if let Some(framing) = framing(&joining, "client") {
            framings.to_server[0] = framing;
        }
        if let Some(framing) = framing(&joining, "server") {
            framings.to_client[0] = framing;
        }
        joining.finish();
    }
    section.finish();
    framings
}

/// The framings that have a name of their own.
const NAMED_FRAMINGS: [(&str, &str); 5] = [
    ("lf", "\n"),
    ("crlf", "\r\n"),
    ("nul", "\0"),
    ("lf+nul", "\n\0"),
    ("cr", "\r"),
];

fn framing(section: &Section<'_>, key: &'static str) -> Option<Framing> {
    match section.text_or_section(key)? {
        TextOrSection::Text(text) if text.value == "raw" => Some(Framing::Raw),
        TextOrSection::Text(text) => {
            let named = NAMED_FRAMINGS.iter().find(|(name, _)| *name == text.value);
            if named.is_none() {
                let names: Vec<_> = std::iter::once("raw")
                    .chain(NAMED_FRAMINGS.iter().map(|(name, _)| *name))
                    .collect();
                let mistake = Diagnostic::error(words!("esperava-se um de {}, ou uma tabela; veio `{}`", "expected one of {}, or a table, found `{}`", listed(&names), text.value))
                    .help(["um terminador próprio se escreve `{ end = \"--\" }`, um cabeçalho com o tamanho, `{ header = 64 }`", "a terminator of your own is written `{ end = \"--\" }`, a length header `{ header = 64 }`"]);
                section.problems().report(text.span, mistake);
            }
            named.map(|(_, end)| {
                Framing::Delimited(Terminator::new(end.as_bytes().to_vec(), Vec::new()))
            })
        }
        TextOrSection::Section(table) => framing_table(table),
    }
}

fn framing_table(table: Section<'_>) -> Option<Framing> {
    let end = table.text("end").map(|end| named_or_literal(end.value));
    let accept: Vec<_> = table
        .texts("accept")
        .iter()
        .map(|text| named_or_literal(text.value))
        .collect();
    let header = table.number("header", 1..=1024);
    let fixed = table.number("fixed", 1..=65_536);
    let pad = table.text("pad");
    let align = table.choice("align", &[Align::Left, Align::Right], |align| match align {
        Align::Left => "left",
        Align::Right => "right",
    });
    let (span, problems) = (table.span(), table.problems());
    table.finish();
    let pad_or = |default: u8| match &pad {
        Some(Placed { value, .. }) if value.len() == 1 => value.as_bytes()[0],
        Some(Placed { value, span }) => {
            problems.report(
                span.clone(),
                Diagnostic::error(words!(
                    "esperava-se um byte de preenchimento, veio `{value}`",
                    "expected one byte of padding, found `{value}`"
                )),
            );
            default
        }
        None => default,
    };
    match (end, header, fixed) {
        (Some(end), None, None) if !end.is_empty() => {
            Some(Framing::Delimited(Terminator::new(end, accept)))
        }
        (None, Some(width), None) => Some(Framing::Header {
            width: width as usize,
            pad: pad_or(b' '),
            align: align.unwrap_or(Align::Left),
        }),
        (None, None, Some(size)) => Some(Framing::Fixed {
            size: size as usize,
            pad: pad_or(0),
        }),
        _ => {
            let mistake = Diagnostic::error(["esperava-se exatamente um de `end`, `header` e `fixed` em um enquadramento", "expected exactly one of `end`, `header` and `fixed` in a framing"])
                .help(["por exemplo `{ end = \"\\n\", accept = [\"\\r\\n\"] }`, `{ header = 64 }` ou `{ fixed = 256 }`", "for example `{ end = \"\\n\", accept = [\"\\r\\n\"] }`, `{ header = 64 }` or `{ fixed = 256 }`"]);
            problems.report(span, mistake);
            None
        }
    }
}

/// A terminator by its name, or as it stands.
fn named_or_literal(text: &str) -> Vec<u8> {
    let named = NAMED_FRAMINGS.iter().find(|(name, _)| *name == text);
    named.map_or(text, |(_, end)| end).as_bytes().to_vec()
}

fn requests(root: &Section<'_>) -> Requests {
    let mut requests = Requests {
        strip: false,
        any_case: false,
        blank_runs: false,
        before_joining: Vec::new(),
    };
    if let Some(section) = root.section("requests") {
        requests.strip = section.flag("strip").unwrap_or(false);
        requests.any_case = section.flag("any_case").unwrap_or(false);
        requests.blank_runs = section.flag("blank_runs").unwrap_or(false);
        let early = [CommandKind::List, CommandKind::Quit];
        requests.before_joining = section
            .texts("before_joining")
            .iter()
            .filter_map(|text| section.one_of(text, "before_joining", &early, CommandKind::id))
            .collect();
        section.finish();
    }
    requests
}

fn client(root: &Section<'_>) -> BTreeMap<CommandKind, Request> {
    let Some(section) = root.section("client") else {
        root.missing("client", "{ say = \"{text}\" }");
        return BTreeMap::new();
    };
    let mut requests = BTreeMap::new();
    for kind in CommandKind::ALL {
        let request = match section.text_or_section(kind.id()) {
            None => None,
            Some(TextOrSection::Text(text)) => section.parse_template(&text).map(|template| {
                check_holes(&section, &template, request_fields(*kind));
                let steps = vec![Step {
                    send: template.value,
                    reply: Vec::new(),
                }];
                Request {
                    kind: *kind,
                    steps,
                    fallback: Vec::new(),
                    before: Vec::new(),
                }
            }),
            Some(TextOrSection::Section(table)) => request_table(table, *kind),
        };
        if let Some(request) = request {
            requests.insert(*kind, request);
        }
    }
    section.finish();
    requests
}

fn request_table(table: Section<'_>, kind: CommandKind) -> Option<Request> {
    let mut steps: Vec<Step> = Vec::new();
    for step in table.sections("steps") {
        let send = step.template("send");
        if send.is_none() {
            step.missing("send", "\"/nick {nick}\"");
        }
        let reply = forms(&step, "reply", Standing::Document);
        let accept = forms(&step, "accept", Standing::Accepted);
        step.finish();
        steps.extend(send.map(|send| Step {
            send: send.value,
            reply: [reply, accept].concat(),
        }));
    }
    if let Some(send) = table.template("send") {
        steps.push(Step {
            send: send.value,
            reply: Vec::new(),
        });
    }
    let fallback = table
        .templates("fallback")
        .into_iter()
        .map(|template| template.value)
        .collect();
    let before = table.texts("before");
    let before = before
        .iter()
        .filter_map(|text| table.one_of(text, "before", CommandKind::ALL, CommandKind::id))
        .collect();
    if steps.is_empty() {
        table.missing("send", "\"MSG {text}\"");
    }
    if steps.len() > 1 && !matches!(kind, CommandKind::Join | CommandKind::Quit) {
        let mistake = Diagnostic::error(words!(
            "`{kind}` não pode ter vários passos",
            "`{kind}` cannot have several steps"
        ))
        .help([
            "só `join` e `quit` podem; escreva o que se envia como `send`",
            "only `join` and `quit` can; write what is sent as `send`",
        ]);
        table.problems().report(table.span(), mistake);
    }
    for step in &steps {
        let placed = Placed {
            value: step.send.clone(),
            span: table.span(),
        };
        check_holes(&table, &placed, request_fields(kind));
    }
    table.finish();
    (!steps.is_empty()).then_some(Request {
        kind,
        steps,
        fallback,
        before,
    })
}

/// What a client knows when it sends a request.
fn request_fields(kind: CommandKind) -> &'static [&'static str] {
    match kind {
        CommandKind::Join | CommandKind::List | CommandKind::Quit => &["nick"],
        CommandKind::Say => &["text", "nick"],
        CommandKind::Tell => &["to", "id", "text", "nick"],
    }
}

/// What the server knows when it sends a message.
fn reply_fields(kind: ReplyKind) -> &'static [&'static str] {
    match kind {
        ReplyKind::Notice(kind) => match kind {
            NoticeKind::Greeting | NoticeKind::Prompt | NoticeKind::Ready => {
                &["time", "address", "count", "rest"]
            }
            NoticeKind::Welcome => &["nick", "names", "count", "time", "address", "id", "rest"],
            NoticeKind::Present
            | NoticeKind::Joined
            | NoticeKind::Left
            | NoticeKind::Lost
            | NoticeKind::Bye => &["nick", "time", "address", "names", "count", "id", "rest"],
            NoticeKind::Said => &["nick", "from", "text", "time", "names", "count", "rest"],
            NoticeKind::Delivered => &[
                "from", "text", "time", "address", "names", "count", "id", "rest",
            ],
            NoticeKind::Told | NoticeKind::Whispered => {
                &["from", "to", "text", "time", "id", "rest"]
            }
            NoticeKind::Listing => &["names", "count", "nick", "time", "rest"],
        },
        ReplyKind::Refused(_) => &[
            "nick", "text", "to", "command", "time", "names", "count", "rest",
        ],
    }
}

fn check_holes(section: &Section<'_>, template: &Placed<Template>, known: &[&'static str]) {
    if template.value.holes().count() > MAX_HOLES {
        let mistake = Diagnostic::error(words!(
            "esta mensagem tem mais de {MAX_HOLES} lacunas",
            "this message has more than {MAX_HOLES} holes"
        ));
        section.problems().report(template.span.clone(), mistake);
    }
    for (name, _) in template
        .value
        .holes()
        .filter(|(name, _)| !known.contains(name))
    {
        let mistake = Diagnostic::error(words!(
            "ninguém pode preencher a lacuna `{{{name}}}` aqui",
            "nobody can fill the hole `{{{name}}}` here"
        ))
        .did_you_mean(name, known.iter().copied())
        .note(words!(
            "quem envia esta mensagem conhece {}",
            "the sender of this message knows {}",
            listed(known)
        ));
        section.problems().report(template.span.clone(), mistake);
    }
}

fn replies(root: &Section<'_>) -> BTreeMap<ReplyKind, Reply> {
    let mut replies = BTreeMap::new();
    if let Some(section) = root.section("server") {
        for kind in NoticeKind::ALL {
            if let Some(reply) = reply(&section, kind.id(), (*kind).into()) {
                replies.insert(reply.kind, reply);
            }
        }
        section.finish();
    }
    if let Some(section) = root.section("error") {
        for reason in Reason::ALL {
            if let Some(reply) = reply(&section, reason.id(), (*reason).into()) {
                replies.insert(reply.kind, reply);
            }
        }
        section.finish();
    }
    replies
}

fn reply(section: &Section<'_>, key: &'static str, kind: ReplyKind) -> Option<Reply> {
    match section.text_or_section(key)? {
        TextOrSection::Text(text) => {
            let template = section.parse_template(&text)?;
            check_holes(section, &template, reply_fields(kind));
            let list = template.value.has("names").then(ListStyle::default);
            let forms = vec![Form {
                template: template.value,
                standing: Standing::Document,
            }];
            let to = usual_recipients(kind);
            Some(Reply {
                kind,
                forms,
                optional: kind.is_unasked(),
                to,
                closes: false,
                framing: None,
                list,
                before: Vec::new(),
                after: Vec::new(),
                newcomers: false,
                late: false,
            })
        }
        TextOrSection::Section(table) => reply_table(table, kind),
    }
}

fn reply_table(table: Section<'_>, kind: ReplyKind) -> Option<Reply> {
    let document = table.template("text");
    match &document {
        Some(template) => check_holes(&table, template, reply_fields(kind)),
        None => table.missing("text", "\"200 OK\""),
    }
    let mut all: Vec<Form> = document
        .map(|t| Form {
            template: t.value,
            standing: Standing::Document,
        })
        .into_iter()
        .collect();
    all.extend(forms(&table, "accept", Standing::Accepted));
    all.extend(forms(&table, "tolerate", Standing::Tolerated));
    let before = table.texts("before");
    let after = table.texts("after");
    let kinds: Vec<ReplyKind> = NoticeKind::ALL
        .iter()
        .map(|kind| (*kind).into())
        .chain(Reason::ALL.iter().map(|reason| (*reason).into()))
        .collect();
    let reply = Reply {
        kind,
        optional: table.flag("optional").unwrap_or(kind.is_unasked()),
        to: table
            .choice("to", Recipients::ALL, Recipients::id)
            .unwrap_or(usual_recipients(kind)),
        closes: table
            .flag("closes")
            .unwrap_or(kind == NoticeKind::Bye.into()),
        framing: framing(&table, "framing"),
        list: list_style(&table, &all),
        before: before
            .iter()
            .filter_map(|text| table.one_of(text, "before", &kinds, ReplyKind::id))
            .collect(),
        after: after
            .iter()
            .filter_map(|text| table.one_of(text, "after", CommandKind::ALL, CommandKind::id))
            .collect(),
        newcomers: table.flag("newcomers").unwrap_or(false),
        late: table.flag("late").unwrap_or(false),
        forms: all,
    };
    table.finish();
    (!reply.forms.is_empty()).then_some(reply)
}

fn forms(table: &Section<'_>, key: &'static str, standing: Standing) -> Vec<Form> {
    table
        .templates(key)
        .into_iter()
        .map(|template| Form {
            template: template.value,
            standing,
        })
        .collect()
}

fn list_style(table: &Section<'_>, forms: &[Form]) -> Option<ListStyle> {
    let default = ListStyle::default();
    let item = table.template("item");
    if let Some(item) = item.as_ref().filter(|item| !item.value.has("nick")) {
        let mistake = Diagnostic::error([
            "falta `{nick}` no item de uma lista",
            "an entry of a list lacks `{nick}`",
        ])
        .help([
            "escreva por exemplo `item = \"- {nick}\"`",
            "write for example `item = \"- {nick}\"`",
        ]);
        table.problems().report(item.span.clone(), mistake);
    }
    let style = ListStyle {
        item: item.map_or(default.item, |item| item.value),
        separator: table
            .text("separator")
            .map_or(default.separator, |text| text.value.to_owned()),
        with_self: table.flag("with_self").unwrap_or(default.with_self),
        sorted: table.flag("sorted").unwrap_or(default.sorted),
    };
    forms
        .iter()
        .any(|form| form.template.has("names"))
        .then_some(style)
}

impl Default for ListStyle {
    fn default() -> Self {
        // The template is a constant that parses.
        let item = Template::parse("{nick}").unwrap_or_else(|_| Template::empty());
        Self {
            item,
            separator: ", ".to_owned(),
            with_self: true,
            sorted: false,
        }
    }
}

/// Who gets a message where the file does not say.
fn usual_recipients(kind: ReplyKind) -> Recipients {
    match kind {
        ReplyKind::Notice(
            NoticeKind::Joined | NoticeKind::Left | NoticeKind::Lost | NoticeKind::Delivered,
        ) => Recipients::Others,
        _ => Recipients::Actor,
    }
}

fn names(
    root: &Section<'_>,
    requests: &BTreeMap<CommandKind, Request>,
    replies: &BTreeMap<ReplyKind, Reply>,
) -> Names {
    let by = match requests.contains_key(&CommandKind::Join) {
        true => NamedBy::Client,
        false => NamedBy::Nobody,
    };
    let mut names = Names {
        by,
        unique: replies.contains_key(&Reason::NameInUse.into()),
        any_case: false,
        blanks: false,
        first_word: false,
        max: 64,
        cut: false,
        letters: false,
        empty: false,
        reserved: Vec::new(),
        after_refusal: AfterRefusal::Retry,
    };
    let Some(section) = root.section("names") else {
        return names;
    };
    names.by = section
        .choice("by", NamedBy::ALL, NamedBy::id)
        .unwrap_or(names.by);
    names.unique = section.flag("unique").unwrap_or(names.unique);
    names.any_case = section.flag("any_case").unwrap_or(names.any_case);
    names.blanks = section.flag("blanks").unwrap_or(names.blanks);
    names.first_word = section.flag("first_word").unwrap_or(names.first_word);
    names.max = section
        .number("max", 1..=1024)
        .map_or(names.max, |max| max as usize);
    names.cut = section.flag("cut").unwrap_or(names.cut);
    names.letters = section.flag("letters").unwrap_or(names.letters);
    names.empty = section.flag("empty").unwrap_or(names.empty);
    let reserved = section.texts("reserved").into_iter();
    names.reserved = reserved.map(|name| name.value.to_owned()).collect();
    names.after_refusal = section
        .choice("after_refusal", AfterRefusal::ALL, AfterRefusal::id)
        .unwrap_or(names.after_refusal);
    section.finish();
    names
}

fn decoration(root: &Section<'_>) -> Decoration {
    let mut decoration = Decoration::default();
    if let Some(section) = root.section("decoration") {
        decoration.ansi = section.flag("ansi").unwrap_or(false);
        decoration.cr = section.flag("cr").unwrap_or(false);
        section.finish();
    }
    decoration
}

fn console(root: &Section<'_>) -> BTreeMap<ConsoleKind, Template> {
    let Some(section) = root.section("console") else {
        return BTreeMap::new();
    };
    let mut lines = BTreeMap::new();
    for kind in ConsoleKind::ALL {
        if let Some(line) = section.template(kind.id()) {
            check_holes(&section, &line, &["address", "count"]);
            lines.insert(*kind, line.value);
        }
    }
    section.finish();
    lines
}

fn start(root: &Section<'_>) -> Start {
    let Some(section) = root.section("start") else {
        return Start::default();
    };
    let start = Start {
        ready: section.text("ready").map(|line| line.value.to_owned()),
        answers: section
            .texts("answers")
            .iter()
            .map(|line| line.value.to_owned())
            .collect(),
        settle: section.number("settle", 1..=60_000),
    };
    section.finish();
    start
}

fn rules(root: &Section<'_>) -> BTreeMap<String, Rule> {
    let Some(section) = root.section("rule") else {
        return BTreeMap::new();
    };
    let mut rules = BTreeMap::new();
    for (id, table) in section.own_sections() {
        let text = |key| {
            table
                .text(key)
                .map_or_else(String::new, |text| text.value.to_owned())
        };
        let quote = table.text("quote");
        if let Some(quote) = quote
            .as_ref()
            .filter(|quote| quote.value.split_whitespace().count() >= MAX_QUOTE)
        {
            let mistake = Diagnostic::error(words!(
                "uma citação tem no máximo {} palavras",
                "a quotation has at most {} words",
                MAX_QUOTE - 1
            ))
            .help([
                "diga o resto com as suas palavras, em `pt` e `en`",
                "say the rest in your own words, in `pt` and `en`",
            ]);
            table.problems().report(quote.span.clone(), mistake);
        }
        let rule = Rule {
            level: table.choice("level", Level::ALL, Level::id),
            section: text("section"),
            quote: quote.map(|quote| quote.value.to_owned()),
            pt: text("pt"),
            en: text("en"),
        };
        table.finish();
        rules.insert(id.value.to_owned(), rule);
    }
    rules
}

fn title(root: &Section<'_>) -> Words {
    let owned =
        |text: Option<Placed<&str>>| text.map_or_else(String::new, |text| text.value.to_owned());
    match root.text_or_section("title") {
        None => Words::default(),
        Some(TextOrSection::Text(text)) => Words {
            pt: text.value.to_owned(),
            en: text.value.to_owned(),
        },
        Some(TextOrSection::Section(table)) => {
            let title = Words {
                pt: owned(table.required_text("pt", "\"Redes I, 2026\"")),
                en: owned(table.required_text("en", "\"Networks I, 2026\"")),
            };
            table.finish();
            title
        }
    }
}

/// Words from which on a quotation is too long.
const MAX_QUOTE: usize = 15;

fn deviations(root: &Section<'_>) -> Vec<Deviation> {
    let mut deviations = Vec::new();
    for table in root.sections("deviation") {
        let text = |key, example: &str| {
            table
                .required_text(key, example)
                .map(|text| text.value.to_owned())
        };
        let deviation = (
            text("rule", "\"private\""),
            text("document", "\"…\""),
            text("servers", "\"…\""),
        );
        table.finish();
        if let (Some(rule), Some(document), Some(servers)) = deviation {
            deviations.push(Deviation {
                rule,
                document,
                servers,
            });
        }
    }
    deviations
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
