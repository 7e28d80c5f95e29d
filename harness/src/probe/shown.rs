//! What was found, for a reader: what it is, how sure that is, where it differs; everything that came from the server is quoted.
//!
//! ```text
//!   speaks           unb: UnB: status codes in the manner of HTTP
//!   how sure         10 of 10 replies recognised
//! ```

use std::fmt::Write as _;

use protocol::lang::Lang;
use protocol::message::{CommandKind, NoticeKind, ReplyKind};
use protocol::quote::{quote, quote_capped};

use super::ends::toml;
use super::{Findings, is_of};

/// Bytes of one answer that are shown.
const SHOWN: usize = 120;
/// Columns of the labels.
const LABEL: usize = 17;
/// What it does where it could say something.
const CLOSES: [&str; 2] = [
    "fecha a conexão sem dizer nada",
    "it closes the connection without a word",
];
/// Columns of a line.
const WIDTH: usize = 80;

/// The findings as text.
#[must_use]
pub fn shown(findings: &Findings, lang: Lang) -> String {
    let mut page = Page {
        text: String::new(),
        lang,
    };
    page.what(findings);
    page.how_sure(findings);
    // Of who says nothing there is no more to say.
    if findings.is_mute {
        return page.text;
    }
    page.framing(findings);
    page.requests(findings);
    page.replies(findings);
    page.conclusions(findings);
    page.text
}

struct Page {
    text: String,
    lang: Lang,
}

impl Page {
    /// A label and its value; a value that is too long goes on below itself.
    fn line(&mut self, label: [&str; 2], value: &str) {
        let label = self.lang.pick(label);
        self.marked(" ", label, value);
    }

    fn marked(&mut self, mark: &str, label: &str, value: &str) {
        let pad = LABEL.saturating_sub(label.chars().count()).max(1);
        let _ = write!(self.text, "{mark} {label}{:pad$}", "");
        let mut column = 2 + LABEL;
        for c in value.chars() {
            if column == WIDTH {
                let _ = write!(self.text, "\n{:indent$}", "", indent = 2 + LABEL);
                column = 2 + LABEL;
            }
            self.text.push(c);
            column += unicode_width::UnicodeWidthChar::width(c).unwrap_or(0);
        }
        self.text.push('\n');
    }

    fn heading(&mut self, text: [&str; 2]) {
        let text = self.lang.pick(text);
        let _ = write!(self.text, "\n{text}\n");
    }

    fn what(&mut self, findings: &Findings) {
        let what = match (&findings.fit, findings.base()) {
            (Some(fit), Some(base)) => format!("{}: {}", fit.name, base.title.of(self.lang)),
            _ if findings.closes_at_once => self.lang.pick(CLOSES).to_owned(),
            _ if findings.is_mute => self
                .lang
                .pick([
                    "não responde a nada do que foi tentado",
                    "it answers nothing of what was tried",
                ])
                .to_owned(),
            _ if findings.words.requests.is_empty() => self
                .lang
                .pick([
                    "um servidor cujas palavras não foram encontradas",
                    "a server whose words were not found",
                ])
                .to_owned(),
            _ => self
                .lang
                .pick([
                    "nenhum dos dialetos embutidos",
                    "none of the built-in dialects",
                ])
                .to_owned(),
        };
        self.line(["fala", "speaks"], &what);
    }

    fn how_sure(&mut self, findings: &Findings) {
        let lang = self.lang;
        let sure = match &findings.fit {
            Some(fit) => lang.pick([
                format!("{} de {} respostas reconhecidas", fit.known, fit.all),
                format!("{} of {} replies recognised", fit.known, fit.all),
            ]),
            None if findings.readings.len() > 1 => {
                let same = same_twice(findings);
                let all = findings.readings[0].replies.len();
                lang.pick([
                    format!("{same} de {all} respostas vieram iguais em duas conversas"),
                    format!("{same} of {all} replies came alike in two conversations"),
                ])
            }
            None => lang
                .pick(["nada foi visto duas vezes", "nothing was seen twice"])
                .to_owned(),
        };
        self.line(["certeza", "how sure"], &sure);
        let seconds = format!("{:.1} s", findings.took.as_secs_f64());
        let took = lang.decimal(&seconds);
        let slowest = findings.slowest.map_or_else(String::new, |slowest| {
            let millis = slowest.as_millis();
            lang.pick([
                format!("; a resposta mais lenta, {millis} ms"),
                format!("; the slowest answer took {millis} ms"),
            ])
        });
        let count = findings.connections;
        let effort = lang.pick([
            format!("{count} conexões em {took}{slowest}"),
            format!("{count} connections in {took}{slowest}"),
        ]);
        self.line(["", ""], &effort);
        if findings.untried.joins > 0 {
            let joins = findings.untried.joins;
            let untried = lang.pick([
                format!("o tempo acabou: {joins} formas de entrar não foram tentadas"),
                format!("time ran out: {joins} ways to register were not tried"),
            ]);
            self.line(["", ""], &untried);
        }
    }

    fn framing(&mut self, findings: &Findings) {
        self.heading(["onde uma mensagem termina", "where a message ends"]);
        let ends = &findings.ends;
        if ends.joining != ends.chatting {
            self.line(["cliente, nome", "client, name"], &toml(&ends.joining));
        }
        self.line(["cliente", "client"], &toml(&ends.chatting));
        self.line(["servidor", "server"], &toml(&ends.server));
        if findings.is_coloured {
            let colours = self.lang.pick([
                "cores e outras sequências de escape, deixadas de lado aqui",
                "colours and other escape sequences, left aside here",
            ]);
            self.line(["enfeites", "decoration"], colours);
        }
    }

    fn requests(&mut self, findings: &Findings) {
        self.heading(["o que o cliente diz", "what a client says"]);
        for kind in CommandKind::ALL {
            let steps = findings
                .words
                .steps(*kind)
                .iter()
                .map(|step| quote(step.as_bytes()).to_string());
            let value = match steps.collect::<Vec<_>>().join(", ") {
                none if none.is_empty() => {
                    self.lang.pick(["não encontrado", "not found"]).to_owned()
                }
                steps => steps,
            };
            self.marked(" ", kind.id(), &value);
        }
    }

    fn replies(&mut self, findings: &Findings) {
        self.heading(["o que o servidor diz", "what the server says"]);
        if !findings.greeting.is_empty() && findings.readings.is_empty() {
            let greeting = quote_capped(&findings.greeting, SHOWN)
                .lang(self.lang)
                .to_string();
            self.line(["ao conectar", "at connect"], &greeting);
        }
        let replies = findings
            .first()
            .into_iter()
            .flat_map(|reading| &reading.replies);
        for (kind, bytes) in replies {
            let mark = if differs(findings, *kind, bytes) {
                "≠"
            } else {
                " "
            };
            let value = match bytes.is_empty() {
                true => self.lang.pick(CLOSES).to_owned(),
                false => quote_capped(bytes, SHOWN).lang(self.lang).to_string(),
            };
            self.marked(mark, kind.id(), &value);
        }
        if findings.greeting.is_empty()
            && findings
                .first()
                .is_none_or(|reading| reading.replies.is_empty())
        {
            self.line(["nada", "nothing"], "");
        }
    }

    fn conclusions(&mut self, findings: &Findings) {
        let has_differences = findings.first().is_some_and(|reading| {
            reading
                .replies
                .iter()
                .any(|(kind, bytes)| differs(findings, *kind, bytes))
        });
        if let (true, Some(fit)) = (has_differences, &findings.fit) {
            let _ = write!(
                self.text,
                "\n≠ {}\n",
                self.lang.pick([
                    format!("aqui ele difere do dialeto `{}`", fit.name),
                    format!("here it differs from the dialect `{}`", fit.name),
                ])
            );
        }
        let Some(reading) = findings.first() else {
            return;
        };
        let heard = |kind| reading.reply(kind).is_some();
        if !heard(NoticeKind::Delivered) && !heard(NoticeKind::Said) {
            return;
        }
        let reaches = match (
            heard(NoticeKind::Delivered),
            reading.to_everyone.contains(&NoticeKind::Delivered),
        ) {
            (true, true) => [
                "uma mensagem chega aos outros e volta a quem a enviou",
                "a message reaches the others and comes back to its sender",
            ],
            (true, false) => [
                "uma mensagem chega aos outros",
                "a message reaches the others",
            ],
            (false, _) => [
                "uma mensagem não chega aos outros",
                "a message does not reach the others",
            ],
        };
        let _ = write!(self.text, "\n{}\n", self.lang.pick(reaches));
    }
}

/// Whether the built-in dialect that fits does not know this.
fn differs(findings: &Findings, kind: ReplyKind, bytes: &[u8]) -> bool {
    findings
        .base()
        .is_some_and(|base| !is_of(base, kind, bytes))
}

/// How many replies came again as they were, but for names, texts and what is of the moment.
fn same_twice(findings: &Findings) -> usize {
    let replies = findings
        .first()
        .into_iter()
        .flat_map(|reading| &reading.replies);
    replies
        .filter(|(kind, content)| super::draft::is_sure(findings, *kind, content))
        .count()
}
