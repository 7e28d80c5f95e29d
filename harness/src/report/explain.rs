//! The explanation of one finding, in five parts, as a value that every report lays out in its own way: what the document
//! says; what was sent, by whom; expected against received; all clients around it; why it usually happens and what to try.
//!
//! Every text in it is safe to show: no control character, nothing that hides or turns text around. Markup is not its
//! business: whoever writes HTML or XML escapes that.

use std::time::Duration;

use protocol::lang::Lang;
use protocol::matching::Standing;
use protocol::quote::visible;

use super::excerpt::{self, Excerpt};
use super::ladder::{self, Ladder, Window};
use super::{Outcome, Passage, page, words};
use crate::transcript::{Happening, Player};
use crate::verdict::{ExpectedForm, Finding, FindingKind};

/// How much an explanation shows. What is cut is counted and said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Caps {
    /// The widest that bytes may be shown, in columns.
    pub(crate) columns: usize,
    /// The rows of the ladder.
    pub(crate) window: Window,
    /// Forms of what was expected.
    pub(crate) forms: usize,
    /// Lines of what the server printed.
    pub(crate) output_lines: usize,
}

impl Caps {
    /// What fits into a terminal of this width.
    pub(crate) const fn for_width(columns: usize) -> Self {
        Self {
            columns,
            window: Window {
                before: 18,
                after: 6,
            },
            forms: 4,
            output_lines: 10,
        }
    }
}

/// One finding, explained.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Explanation<'a> {
    /// What happened, in a sentence.
    pub(crate) what: String,
    /// (1) What the document says.
    pub(crate) document: Document,
    /// (2) The last things that were sent before, oldest first.
    pub(crate) sent: Vec<Sending>,
    /// (3) Expected against received.
    pub(crate) comparison: Comparison,
    /// (4) All clients around it.
    pub(crate) ladder: Ladder<'a>,
    /// (5) Why this usually happens.
    pub(crate) why: String,
    /// (5) What to try.
    pub(crate) fix: String,
    /// The last lines that the server printed, if it died.
    pub(crate) output: Option<Output>,
    /// The command that runs just this scenario again.
    pub(crate) rerun: String,
}

/// What the document says, or that it is silent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    /// The document and its section; empty where it is silent.
    pub(crate) spec: String,
    /// Its own words.
    pub(crate) quote: Option<String>,
    /// What it says or leaves open.
    pub(crate) says: String,
}

impl Document {
    /// Whether there is a section to look up, and no word of it here.
    pub(crate) const fn is_only_named(&self) -> bool {
        self.quote.is_none() && self.says.is_empty()
    }
}

/// Something that a client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sending {
    /// Who, with nickname and port.
    pub(crate) who: String,
    /// When, since the scenario began.
    pub(crate) at: String,
    /// The bytes.
    pub(crate) bytes: String,
}

/// Expected against received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Comparison {
    /// The step, and its line.
    pub(crate) step: String,
    /// The line of the step.
    pub(crate) line: Option<usize>,
    /// The forms that were expected, the nearest first; empty where nothing was.
    pub(crate) expected: Vec<Form>,
    /// How many more forms there are.
    pub(crate) more_forms: usize,
    /// Whether nothing should have come.
    pub(crate) expects_nothing: bool,
    /// What came; none where nothing did.
    pub(crate) received: Option<Excerpt>,
    /// What stands beside the caret.
    pub(crate) caret: Option<String>,
    /// What kind of thing it was, where nothing came but something else happened: the server died, the connection ended.
    pub(crate) instead: Option<&'static str>,
    /// How long was waited, where waiting was the matter.
    pub(crate) waited: Option<String>,
}

/// One form of what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Form {
    /// How good it is.
    pub(crate) standing: Standing,
    /// Its bytes.
    pub(crate) bytes: Excerpt,
}

/// What the server printed at last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    /// The last lines.
    pub(crate) lines: Vec<String>,
    /// Lines before them.
    pub(crate) earlier: usize,
}

/// Explains one finding of an outcome.
pub(crate) fn explain<'a>(
    outcome: &'a Outcome,
    finding: &'a Finding,
    lang: Lang,
    caps: Caps,
) -> Explanation<'a> {
    Explanation {
        what: lesson_text(finding.lesson.what, outcome, finding, lang),
        document: document(&outcome.passage, lang),
        sent: sent_before(outcome, finding, lang, caps),
        comparison: compare(finding, lang, caps),
        ladder: ladder::around(
            &outcome.transcript,
            &outcome.findings,
            Some(finding),
            caps.window,
        ),
        why: lesson_text(finding.lesson.why, outcome, finding, lang),
        fix: lesson_text(finding.lesson.fix, outcome, finding, lang),
        output: finding
            .server_output
            .as_deref()
            .map(|text| last_lines(text, caps.output_lines)),
        rerun: visible(&outcome.rerun),
    }
}

/// What the document says of a scenario.
pub(crate) fn document(passage: &Passage, lang: Lang) -> Document {
    let says = visible(passage.says.of(lang));
    let silent = says.is_empty() && passage.quote.is_none() && passage.spec.is_empty();
    Document {
        spec: visible(&passage.spec),
        quote: passage.quote.as_deref().map(visible),
        says: if silent {
            lang.pick(words::DOCUMENT_IS_SILENT).to_owned()
        } else {
            says
        },
    }
}

/// What happened, in one line.
pub(crate) fn headline(outcome: &Outcome, finding: &Finding, lang: Lang) -> String {
    lesson_text(finding.lesson.what, outcome, finding, lang)
}

const SENDINGS_SHOWN: usize = 3;

/// The last step before the finding under which something was sent; and, if that is the finding's own step, which may have
/// asked for something only in order to prove a silence, the one before it too.
fn sent_before(outcome: &Outcome, finding: &Finding, lang: Lang, caps: Caps) -> Vec<Sending> {
    let transcript = &outcome.transcript;
    let own_line = finding.step.as_ref().map(|step| step.line);
    let mut lines = Vec::new();
    let mut sent: Vec<(Sending, usize)> = Vec::new();
    let before = transcript.entries.iter().rev();
    for entry in before.filter(|entry| entry.at <= finding.at) {
        let Happening::Sent(bytes) = &entry.what else {
            continue;
        };
        if !lines.contains(&entry.line) {
            let allowed = if lines.first() == Some(&own_line) {
                2
            } else {
                1
            };
            if lines.len() == allowed {
                break;
            }
            lines.push(entry.line);
        }
        if sent.len() == SENDINGS_SHOWN {
            break;
        }
        let client = transcript.clients.get(entry.client.0);
        let who = client.map_or_else(String::new, |client| ladder::who(client, lang));
        let bytes = excerpt::beginning(bytes, caps.columns);
        match sent.last_mut() {
            Some((later, times)) if (&later.who, &later.bytes) == (&who, &bytes) => {
                *times += 1;
                later.at = words::seconds(entry.at, lang);
            }
            _ => {
                let at = words::seconds(entry.at, lang);
                sent.push((Sending { who, at, bytes }, 1));
            }
        }
    }
    let counted = |(mut sending, times): (Sending, usize)| {
        if times > 1 {
            sending.bytes = format!("{times} × {}", sending.bytes);
        }
        sending
    };
    sent.into_iter().rev().map(counted).collect()
}

fn compare(finding: &Finding, lang: Lang, caps: Caps) -> Comparison {
    let has_both = !finding.received.is_empty() && !finding.expected.is_empty();
    let differs_at = finding.differs_at.filter(|_| has_both);
    let start = differs_at.map_or(0, |at| {
        excerpt::start_for(&finding.received, at, caps.columns)
    });
    let forms = nearest_first(finding);
    let shown = forms.iter().take(caps.forms);
    Comparison {
        step: ladder::step_text(finding, lang),
        line: finding.step.as_ref().map(|step| step.line),
        expected: shown
            .map(|form| Form {
                standing: form.standing,
                bytes: aligned(form, finding, start, caps.columns),
            })
            .collect(),
        more_forms: forms.len().saturating_sub(caps.forms),
        expects_nothing: forms.is_empty() && finding.kind == FindingKind::UnexpectedData,
        received: (!finding.received.is_empty())
            .then(|| excerpt::excerpt(&finding.received, start, differs_at, caps.columns)),
        caret: differs_at.map(|at| caret_words(at, finding.received.len(), lang)),
        instead: (finding.received.is_empty() && finding.kind != FindingKind::Timeout)
            .then(|| lang.pick(words::kind(finding.kind))),
        waited: is_worth_saying(finding).then(|| words::waited(finding.waited, lang)),
    }
}

/// A wait says something where nothing came, or where it was long.
fn is_worth_saying(finding: &Finding) -> bool {
    let least = match finding.received.is_empty() {
        true => Duration::from_nanos(1),
        false => Duration::from_millis(100),
    };
    finding.waited >= least
}

fn nearest_first(finding: &Finding) -> Vec<&ExpectedForm> {
    let nearest = finding.expected.get(finding.nearest);
    let others = finding.expected.iter().enumerate();
    let others = others.filter(|(at, _)| *at != finding.nearest);
    nearest
        .into_iter()
        .chain(others.map(|(_, form)| form))
        .collect()
}

/// An expected form cut at the same byte as what was received, if both agree up to there, so that they stand one above the other.
fn aligned(form: &ExpectedForm, finding: &Finding, start: usize, columns: usize) -> Excerpt {
    let both = form.bytes.iter().zip(&finding.received);
    let agrees = both.take_while(|(a, b)| a == b).count();
    let start = if start <= agrees { start } else { 0 };
    excerpt::excerpt(&form.bytes, start, None, columns)
}

fn caret_words(at: usize, len: usize, lang: Lang) -> String {
    if at >= len {
        return lang.pick(words::ENDS_HERE).to_owned();
    }
    match lang {
        Lang::PtBr => format!("difere aqui, no byte {at}"),
        Lang::En => format!("it differs here, at byte {at}"),
    }
}

fn last_lines(text: &str, limit: usize) -> Output {
    let lines: Vec<&str> = text.lines().collect();
    let earlier = lines.len().saturating_sub(limit);
    let last = lines.get(earlier..).unwrap_or_default();
    Output {
        lines: last.iter().map(|line| visible(line)).collect(),
        earlier,
    }
}

/// A lesson's words with the finding's values in their places.
fn lesson_text(pair: words::Pair, outcome: &Outcome, finding: &Finding, lang: Lang) -> String {
    let actor = || {
        let client = outcome.transcript.clients.get(finding.client?.0)?;
        Some(words::player(&client.player, lang))
    };
    let text = fill(lang.pick(pair), |name| {
        let known = finding.details.iter().find(|(key, _)| *key == name);
        let value = known.map(|(_, value)| words::detail(value, lang));
        value.or_else(|| actor().filter(|_| name == "actor"))
    });
    // An actor's name stays as the scenario writes it.
    let mut clients = outcome.transcript.clients.iter();
    let is_named = clients.any(|client| match &client.player {
        Player::Actor(name) => text.starts_with(name),
        Player::OfCrowd(_) | Player::Helper(_) => false,
    });
    match is_named {
        true => text,
        false => capitalised(&text),
    }
}

fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(rest).collect()
}

/// A value in a sentence that is wider is cut: the bytes themselves are shown elsewhere.
const WIDEST_VALUE: usize = 100;

/// Puts values into `{name}` places, once: a value that looks like a place stays text. A place without a value stays.
fn fill(template: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let place = after.split_once('}');
        match place.and_then(|(name, rest)| Some((value(name)?, rest))) {
            Some((value, after_place)) => {
                filled.push_str(&page::cut(&visible(&value), WIDEST_VALUE));
                rest = after_place;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(template: &str, filled: &str) {
        let value = |name: &str| match name {
            "actor" => Some("ana".to_owned()),
            "bytes" => Some("{actor}\u{1b}[2J".to_owned()),
            _ => None,
        };
        assert_eq!(fill(template, value), filled);
    }

    #[test]
    fn places_are_filled_once_and_values_are_harmless() {
        check("{actor} got {bytes}.", "ana got {actor}\\x1b[2J.");
        check("say {quit} to {actor}", "say {quit} to ana");
        check("{actor", "{actor");
        check("{{actor}}", "{ana}");
    }
}
