//! A diagnostic as text. Only one line of the source is ever shown, made harmless and cut to a window around the place.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Location, Severity};
use crate::lang::Lang;
use crate::quote::visible;

/// Characters shown before the place, of the place, and after it.
const BEFORE: usize = 60;
const MARKED: usize = 60;
const AFTER: usize = 40;

pub(super) fn render(diagnostic: &Diagnostic, lang: Lang, styled: bool) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR.with_name(lang.pick(["erro", "error"])),
        Severity::Warning => Level::WARNING.with_name(lang.pick(["aviso", "warning"])),
    };
    let mut group = Group::with_title(level.primary_title(visible(diagnostic.message.of(lang))));
    if let Some(location) = &diagnostic.location {
        let excerpt = Excerpt::of(location);
        group = group.elements(excerpt.origin(location));
        group = group.element(excerpt.snippet(location, lang));
    }
    let help = diagnostic.help.iter();
    let level = Level::HELP.with_name(lang.pick(["ajuda", "help"]));
    group = group.elements(help.map(|help| level.clone().message(visible(help.of(lang)))));
    let notes = diagnostic.notes.iter();
    let level = Level::NOTE.with_name(lang.pick(["nota", "note"]));
    group = group.elements(notes.map(|note| level.clone().message(visible(note.of(lang)))));
    let renderer = if styled {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    renderer.render(&[group])
}

/// The line that a diagnostic points at, as it is shown.
struct Excerpt {
    line: usize,
    column: usize,
    text: String,
    marked: Range<usize>,
}

impl Excerpt {
    fn of(location: &Location) -> Self {
        let source = &location.source;
        let text = source.text.as_str();
        let start = source.clip(location.span.start);
        let (before, rest) = text.split_at(start);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = start + rest.find('\n').unwrap_or(rest.len());
        let end = source.clip(location.span.end).clamp(start, line_end);
        let part = |range: Range<usize>| text.get(range).unwrap_or_default();

        let before = last_chars(part(line_start..start), BEFORE);
        let marked = first_chars(part(start..end), MARKED);
        let after = first_chars(part(end..line_end).trim_end(), AFTER);
        let (line, column) = source.position(start);
        let marked_end = before.len() + marked.len();
        Self {
            line,
            column,
            marked: before.len()..marked_end,
            text: [before, marked, after].concat(),
        }
    }

    /// The renderer counts columns in what is shown. If that is not what the file holds, the true place stands above it.
    fn origin<'a>(&self, location: &Location) -> Option<Origin<'a>> {
        let altered = self.shown_column() != self.column;
        let path = Origin::path(visible(&location.source.name));
        altered.then(|| path.line(self.line).char_column(self.column))
    }

    fn snippet<'a>(self, location: &Location, lang: Lang) -> Snippet<'a, Annotation<'a>> {
        let unaltered = self.shown_column() == self.column;
        let path = unaltered.then(|| visible(&location.source.name));
        let label = (!location.label.is_empty()).then(|| visible(location.label.of(lang)));
        Snippet::source(self.text)
            .path(path)
            .line_start(self.line)
            .annotation(AnnotationKind::Primary.span(self.marked).label(label))
    }

    fn shown_column(&self) -> usize {
        let before = self.text.get(..self.marked.start).unwrap_or_default();
        before.chars().count() + 1
    }
}

/// The first characters, made harmless, with a mark where the rest was cut.
fn first_chars(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((cut, _)) => visible(text.get(..cut).unwrap_or_default()) + "…",
        None => visible(text),
    }
}

/// The last characters, made harmless, with a mark where the rest was cut.
fn last_chars(text: &str, limit: usize) -> String {
    let kept: usize = text.chars().rev().take(limit).map(char::len_utf8).sum();
    let (cut, shown) = text.split_at(text.len() - kept);
    let mark = if cut.is_empty() { "" } else { "…" };
    mark.to_owned() + &visible(shown)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Diagnostic, Diagnostics, Source};
    use crate::lang::{Lang, Words};

    #[test]
    fn where_what_and_what_to_try() {
        let source = Source::new("basic/hello.chat", "ana joins\n\nana syas \"olá\"\n");
        let mut all = Diagnostics::new();
        all.push(
            Diagnostic::error(["verbo desconhecido `syas`", "unknown verb `syas`"])
                .at(&source, 15..19)
                .label(["esperava-se um verbo", "expected a verb"])
                .did_you_mean("syas", ["says", "sends"])
                .note([
                    "docs/scenarios.md lista os verbos",
                    "docs/scenarios.md lists the verbs",
                ]),
        );
        all.push(
            Diagnostic::warning(["`bia` nunca age", "`bia` never acts"]).at(&source, 9999..10_000),
        );
        all.push(Diagnostic::error([
            "`x.chat` não pode ser lido: não existe",
            "cannot read `x.chat`: no such file",
        ]));
        insta::assert_snapshot!(
            [Lang::En, Lang::PtBr]
                .map(|lang| all.render(lang, false))
                .join("\n")
        );
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let line = format!("{}HERE{}", "é".repeat(500), "b".repeat(500));
        let source = Source::new("long.chat", line);
        let diagnostic = Diagnostic::error(Words::same("too long"))
            .at(&source, 1000..1004)
            .label(Words::same("this word"));
        insta::assert_snapshot!(diagnostic.render(Lang::En, false));
    }

    #[test]
    fn controls_of_the_source_are_made_visible() {
        let source = Source::new("evil\u{1b}[2J.chat", "a \u{1b}[31m\tred\u{202e}\r\0 x\r\n");
        let diagnostic = Diagnostic::error(Words::same("bad \u{7}"))
            .at(&source, 2..7)
            .label(Words::same("\u{9b}"))
            .help(Words::same("no\nlines"));
        insta::assert_snapshot!(diagnostic.render(Lang::En, false));
    }

    proptest! {
        #[test]
        fn any_text_and_any_offsets_are_shown(
            text in "(?s).{0,400}",
            start in prop_oneof![0_usize..500, Just(usize::MAX)],
            end in prop_oneof![0_usize..500, Just(usize::MAX)],
            styled: bool,
        ) {
            let source = Source::new("a.chat", text.clone());
            let shown = Diagnostic::error(Words::same(text.clone())).at(&source, start..end).label(Words::same(text.clone())).help(Words::same(text)).render(Lang::En, styled);
            let allowed = |c: char| c == '\n' || (styled && c == '\u{1b}');
            prop_assert!(!shown.chars().any(|c| c.is_control() && !allowed(c)), "{:?}", shown);
        }
    }
}
