//! The words of the report, in both languages: from the answers, which are values, to a page.
//!
//! ```text
//! B. What are the IP addresses of the clients and of the server?
//! Answer. The server is 192.168.0.88; client igor is 192.168.0.88, on the server's own host.
//! Justification. …
//! ```
//!
//! Knows no form: neither widths nor colours nor markup.

mod addresses;
mod application;
mod capture;
mod chat;
mod claims;
mod comments;
mod connects;
mod encapsulation;
mod finding;
mod messages;
mod name;
mod payload;
mod summary;
mod transport;

pub use claims::claims;
pub use comments::comments;
pub use summary::summary;

use protocol::lang::Lang;

use super::page::{Line, Page, Span, line, text};
use crate::analysis::Analysis;
use crate::answers::{Evidence, answers};

/// The whole report: the file, the chat, the six answers.
#[must_use]
pub fn report(analysis: &Analysis<'_>, lang: Lang) -> Page {
    let mut page = Page::default();
    let words = Words { lang, analysis };
    words.title(&mut page);
    words.capture(&mut page);
    words.choice(&mut page);
    words.connects(&mut page);
    if let Some(chat) = &analysis.choice.chat {
        let answers = answers(analysis, chat);
        words.application(&mut page, chat, &answers);
        words.addresses(&mut page, &answers);
        words.transport(&mut page, &answers);
        words.ports(&mut page, &answers);
        words.payload(&mut page, chat, &answers);
        words.encapsulation(&mut page, &answers);
    }
    page
}

/// Who finds the words.
#[derive(Clone, Copy)]
struct Words<'a> {
    lang: Lang,
    analysis: &'a Analysis<'a>,
}

impl Words<'_> {
    /// One of two sentences, filled in.
    fn say(&self, sentence: [&str; 2], spans: impl IntoIterator<Item = Span>) -> Line {
        line(self.lang.pick(sentence), spans)
    }

    fn pick<'t>(&self, words: [&'t str; 2]) -> &'t str {
        self.lang.pick(words)
    }

    fn title(&self, page: &mut Page) {
        let name = self.analysis.file.as_deref().unwrap_or("-");
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let name = match name {
            "-" => self.pick(["entrada padrão", "standard input"]).to_owned(),
            name => protocol::quote::visible(name),
        };
        page.title(format!(
            "{} {name}",
            self.pick(["Análise da captura", "Analysis of the capture"])
        ));
    }

    fn answer(&self, page: &mut Page, line: Line) {
        page.labelled(self.pick(["Resposta.", "Answer."]), line);
    }

    fn justification(&self, page: &mut Page, line: Line) {
        page.labelled(self.pick(["Justificativa.", "Justification."]), line);
    }

    /// What the capture cannot show, and what to capture instead.
    fn limit(&self, page: &mut Page, line: Line) {
        page.labelled(
            self.pick(["Limite da captura.", "Limit of the capture."]),
            line,
        );
    }

    fn evidence(&self, page: &mut Page, what: [&str; 2], evidence: &Evidence) {
        let frames = self.frames(&evidence.frames);
        let what = self.pick(what);
        let blank = if what.is_empty() { "" } else { " " };
        let label = format!(
            "{}: {what}{blank}{frames}",
            self.pick(["Evidência", "Evidence"])
        );
        page.blocks
            .push(super::page::Block::Filter(label, evidence.filter.clone()));
    }

    /// `frame 4`, `frames 1, 2 and 3`.
    fn frames(&self, frames: &[u64]) -> String {
        const MOST: usize = 12;
        let word = match frames.len() {
            1 => self.pick(["quadro", "frame"]),
            _ => self.pick(["quadros", "frames"]),
        };
        let and = self.pick([" e ", " and "]);
        let numbers: Vec<String> = frames.iter().take(MOST).map(u64::to_string).collect();
        let numbers = match numbers.as_slice() {
            [first @ .., last] if !first.is_empty() && frames.len() <= MOST => {
                format!("{}{and}{last}", first.join(", "))
            }
            _ if frames.len() > MOST => format!("{}, …", numbers.join(", ")),
            numbers => numbers.join(", "),
        };
        format!("{word} {numbers}")
    }

    /// Seconds since the first frame of the capture, as Wireshark's time column shows them.
    fn since_start(&self, time: Option<crate::capture::Time>) -> Line {
        let start = self.analysis.survey.capture.earliest;
        match time
            .zip(start)
            .and_then(|(time, start)| time.checked_sub(start))
        {
            Some(nanoseconds) => vec![text(seconds(nanoseconds))],
            None => vec![text("–")],
        }
    }
}

/// Nanoseconds as seconds with six decimals.
fn seconds(nanoseconds: i64) -> String {
    let micros = nanoseconds / 1_000;
    let sign = if micros < 0 { "-" } else { "" };
    let micros = micros.unsigned_abs();
    format!("{sign}{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// How many, with the word in its number.
fn count(number: u64, [one, many]: [&str; 2]) -> String {
    if number == 1 {
        format!("{number} {one}")
    } else {
        format!("{number} {many}")
    }
}
