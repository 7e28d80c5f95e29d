//! The ladder as SVG, to stand inside an HTML page: its colours are the page's.

use maud::{Markup, html};
use protocol::lang::Lang;
use protocol::quote::quote_capped;

use super::{Label, Ladder, Rung};

/// Pixels between two lifelines.
const PITCH: usize = 300;

/// Pixels from the left edge to the first lifeline: the frame's number and its time stand there.
const LEFT: usize = 190;

/// Pixels from the last lifeline to the right edge.
const RIGHT: usize = 100;

/// Pixels from the top to the first arrow.
const TOP: usize = 64;

/// Pixels between two arrows.
const STEP: usize = 30;

/// About so many pixels a letter of a label takes.
const LETTER: usize = 8;

/// Bytes of a message that are considered for a label.
const SHOWN: usize = 160;

/// The drawing; `title` is what a screen reader says of it.
pub(crate) fn svg(ladder: &Ladder, title: &str, lang: Lang) -> Markup {
    let columns = ladder.columns.len().max(1);
    let width = LEFT + (columns - 1) * PITCH + RIGHT;
    let height = TOP + ladder.rungs.len() * STEP + STEP / 2;
    html! {
        svg.ladder role="img" aria-label=(title) viewBox=(format!("0 0 {width} {height}")) style=(format!("max-width:{width}px")) {
            @for (column, endpoint) in ladder.columns.iter().enumerate() {
                text.end x=(at(column)) y="20" { (endpoint.ip()) }
                text.end x=(at(column)) y="38" { ":" (endpoint.port()) }
                line.life x1=(at(column)) x2=(at(column)) y1="46" y2=(height) {}
            }
            @for (place, rung) in ladder.rungs.iter().enumerate() {
                (arrow(rung, TOP + place * STEP, lang))
            }
        }
    }
}

fn at(column: usize) -> usize {
    LEFT + column * PITCH
}

fn arrow(rung: &Rung, y: usize, lang: Lang) -> Markup {
    let (from, to) = (at(rung.from), at(rung.to));
    let head = if to > from {
        format!("{to},{y} {},{} {},{}", to - 9, y - 5, to - 9, y + 5)
    } else {
        format!("{to},{y} {},{} {},{}", to + 9, y - 5, to + 9, y + 5)
    };
    let (class, label, whole) = match &rung.label {
        Label::Control(name) => ("control", (*name).to_owned(), (*name).to_owned()),
        Label::Message(bytes) => {
            let whole = quote_capped(bytes, SHOWN).lang(lang).to_string();
            let room = from.abs_diff(to).saturating_sub(30) / LETTER;
            ("message", short(&whole, room), whole)
        }
    };
    let time = rung.time.map_or_else(String::new, |nanoseconds| {
        format!("{:.6}", nanoseconds as f64 / 1e9)
    });
    html! {
        g class=(class) {
            title { (rung.frame) ": " (whole) }
            text.frame x="52" y=(y + 4) { (rung.frame) }
            text.time x="140" y=(y + 4) { (time) }
            line x1=(from) x2=(to) y1=(y) y2=(y) {}
            polygon points=(head) {}
            text.label x=((from + to) / 2) y=(y - 5) { (label) }
        }
    }
}

fn short(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(room.saturating_sub(1)).collect();
    short.push('…');
    short
}
