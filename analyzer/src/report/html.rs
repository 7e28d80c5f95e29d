//! The report as one HTML file that needs nothing else: no script, no font, no network.
//!
//! Dark or light as the reader's system asks. Everything from a capture is text that maud escapes.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use protocol::lang::Lang;

use super::hex;
use super::page::{Block, Layer, Line, Page, Span, Tone};
use crate::ladder::svg;
use crate::segment::LayerKind;

const STYLE: &str = include_str!("html/style.css");

/// The page as an HTML document.
#[must_use]
pub fn render(page: &Page, lang: Lang) -> String {
    let title = page.blocks.iter().find_map(|block| match block {
        Block::Title(title) => Some(title.as_str()),
        _ => None,
    });
    let document = html! {
        (DOCTYPE)
        html lang=(lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (title.unwrap_or("analyzer")) }
                style { (PreEscaped(STYLE)) }
            }
            body { main {
                @for block in &page.blocks { (part(block, lang)) }
            } }
        }
    };
    document.into_string()
}

fn part(block: &Block, lang: Lang) -> Markup {
    match block {
        Block::Title(title) => html! { h1 { (title) } },
        Block::Heading(heading) => html! { h2 { (heading) } },
        Block::Paragraph(tone, words) => html! { p class=(class_of_tone(*tone)) { (line(words)) } },
        Block::Labelled(label, words) => html! { p { b { (label) } " " (line(words)) } },
        Block::List(items) => html! { ul { @for item in items { li { (line(item)) } } } },
        Block::Table { head, rows } => table(head, rows),
        Block::Filter(label, filter) => html! {
            figure.filter { figcaption { (label) } code { (filter.as_str()) } }
        },
        Block::Layers(layers) => bytes(layers),
        Block::Ladder(ladder) => {
            let title = lang.pick(["Quem enviou o quê a quem", "Who sent what to whom"]);
            html! { div.scroll { (svg(ladder, title, lang)) } }
        }
    }
}

fn table(head: &[String], rows: &[Vec<Line>]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr { @for name in head { th scope="col" { (name) } } } }
            tbody {
                @for row in rows {
                    tr { @for cell in row { td { (line(cell)) } } }
                }
            }
        } }
    }
}

/// The bytes of a frame, each layer in its colour, with its fields beside it.
fn bytes(layers: &[Layer]) -> Markup {
    html! {
        div.bytes {
            @for layer in layers {
                section class=(class_of_layer(layer.kind)) {
                    h3 { (layer.title) }
                    div.sides {
                        pre {
                            @for row in hex::rows(&layer.bytes, layer.range.start) {
                                i { (row.offset) } "  " (row.hex) "  " (row.ascii) "\n"
                            }
                        }
                        @if !layer.facts.is_empty() {
                            dl {
                                @for (field, value) in &layer.facts {
                                    div { dt { (field) } dd { (value) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn line(line: &Line) -> Markup {
    html! {
        @for span in line {
            @match span {
                Span::Text(words) => (words),
                Span::Code(literal) => code { (literal) },
                Span::Strong(words) => strong { (words) },
            }
        }
    }
}

fn class_of_tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "plain",
        Tone::Good => "good",
        Tone::Warning => "warning",
        Tone::Bad => "bad",
    }
}

fn class_of_layer(kind: LayerKind) -> &'static str {
    match kind {
        LayerKind::Ipv4 | LayerKind::Ipv6 | LayerKind::Extension(_) => "network",
        LayerKind::Tcp | LayerKind::Udp => "transport",
        LayerKind::Payload => "payload",
        LayerKind::Trailer | LayerKind::Unread => "rest",
        _ => "link",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_from_a_capture_stays_text() {
        let hostile = "<script>alert(1)</script>\" onload=\"";
        let line = vec![
            Span::Code(hostile.to_owned()),
            Span::Text(hostile.to_owned()),
        ];
        let page = Page {
            blocks: vec![
                Block::Title(hostile.to_owned()),
                Block::Paragraph(Tone::Bad, line),
            ],
        };
        let html = render(&page, Lang::En);
        assert!(!html.contains("<script"), "{html}");
        assert!(html.contains("&lt;script&gt;"));
    }
}
