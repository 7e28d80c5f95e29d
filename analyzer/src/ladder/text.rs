//! The ladder for a terminal.
//!
//! ```text
//!  frame    time (s)    192.168.0.88                        192.168.0.88
//!                          :50797                              :55555
//!      1    0.000000          ├──────────────── SYN ─────────────▶│
//! ```

use protocol::lang::Lang;
use protocol::quote::quote_capped;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Label, Ladder, Rung};

/// Columns in front of the first line: the frame's number and its time.
const GUTTER: usize = 20;

/// Columns between two lifelines at least.
const NARROWEST: usize = 16;

/// Columns to the left of the first lifeline and to the right of the last: half of an address.
const MARGIN: usize = 8;

/// Bytes of a message that are considered for a label.
const SHOWN: usize = 120;

/// How many lifelines a terminal of this width has room for.
#[must_use]
pub(crate) fn room(width: usize) -> usize {
    (width.saturating_sub(GUTTER + 2 * MARGIN) / NARROWEST + 1).max(2)
}

/// The ladder as text, for a terminal of this width.
#[must_use]
pub fn render(ladder: &Ladder, lang: Lang, width: usize) -> String {
    let gaps = ladder.columns.len().saturating_sub(1).max(1);
    let room = width.saturating_sub(GUTTER + 2 * MARGIN);
    let lines = Lines {
        count: ladder.columns.len(),
        pitch: (room / gaps).max(NARROWEST),
    };
    let mut text = lines.head(ladder, lang);
    for rung in &ladder.rungs {
        text.push_str(&lines.rung(rung, lang));
        text.push('\n');
    }
    if ladder.left_out > 0 {
        let words = lang.pick([
            "Clientes que não couberam (use --client)",
            "Clients without room (use --client)",
        ]);
        text.push_str(&format!("{words}: {}\n", ladder.left_out));
    }
    text
}

/// Where the lifelines stand.
struct Lines {
    count: usize,
    pitch: usize,
}

impl Lines {
    fn at(&self, column: usize) -> usize {
        MARGIN + column * self.pitch
    }

    fn canvas(&self) -> Vec<char> {
        vec![' '; self.at(self.count.saturating_sub(1)) + MARGIN]
    }

    /// Addresses, and the ports under them.
    fn head(&self, ladder: &Ladder, lang: Lang) -> String {
        let [frame, time] = lang.pick([["quadro", "tempo (s)"], ["frame", "time (s)"]]);
        let [mut addresses, mut ports] = [self.canvas(), self.canvas()];
        for (column, endpoint) in ladder.columns.iter().enumerate() {
            let address = cut(&endpoint.ip().to_string(), self.pitch - 1);
            centre(&mut addresses, self.at(column), &address);
            centre(
                &mut ports,
                self.at(column),
                &format!(":{}", endpoint.port()),
            );
        }
        let [addresses, ports] =
            [addresses, ports].map(|line| line.into_iter().collect::<String>());
        let gutter = format!("{frame:>6}  {time:>10}  ");
        let blank = " ".repeat(GUTTER);
        format!(
            "{gutter}{}\n{blank}{}\n",
            addresses.trim_end(),
            ports.trim_end()
        )
    }

    fn rung(&self, rung: &Rung, lang: Lang) -> String {
        let mut canvas = self.canvas();
        for column in 0..self.count {
            put(&mut canvas, self.at(column), '│');
        }
        let left = self.at(rung.from.min(rung.to));
        let right = self.at(rung.from.max(rung.to));
        for place in left + 1..right {
            let crossed = canvas.get(place) == Some(&'│');
            put(&mut canvas, place, if crossed { '┼' } else { '─' });
        }
        if rung.from < rung.to {
            put(&mut canvas, left, '├');
            put(&mut canvas, right.saturating_sub(1), '▶');
        } else {
            put(&mut canvas, right, '┤');
            put(&mut canvas, left + 1, '◀');
        }
        let drawn = with_label(
            &canvas,
            left + 3,
            right.saturating_sub(2),
            &label(&rung.label, lang),
        );
        let time = rung.time.map_or_else(|| "–".to_owned(), seconds);
        format!("{:>6}  {time:>10}  {}", rung.frame, drawn.trim_end())
    }
}

fn seconds(nanoseconds: i64) -> String {
    let micros = nanoseconds / 1_000;
    format!("{}.{:06}", micros / 1_000_000, (micros % 1_000_000).abs())
}

/// Writes a text around a place.
fn centre(canvas: &mut [char], place: usize, text: &str) {
    let start = place.saturating_sub(text.chars().count() / 2);
    for (at, c) in text.chars().enumerate() {
        put(canvas, start + at, c);
    }
}

fn put(canvas: &mut [char], place: usize, c: char) {
    if let Some(cell) = canvas.get_mut(place) {
        *cell = c;
    }
}

/// The canvas as text with a label in the middle of `from..to`, cut if it is wider.
fn with_label(canvas: &[char], from: usize, to: usize, label: &str) -> String {
    let room = to.saturating_sub(from);
    let label = format!(" {} ", cut(label, room.saturating_sub(2)));
    let width = label.width();
    let start = from + room.saturating_sub(width) / 2;
    let before: String = canvas.iter().take(start).collect();
    let after: String = canvas.iter().skip(start + width).collect();
    format!("{before}{label}{after}")
}

fn label(label: &Label, lang: Lang) -> String {
    match label {
        Label::Control(name) => (*name).to_owned(),
        Label::Message(bytes) => quote_capped(bytes, SHOWN).lang(lang).to_string(),
    }
}

/// The text in so many columns, with a mark where it was cut.
fn cut(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut width = 0;
    let fits = |c: &char| {
        width += c.width().unwrap_or(0);
        width < room
    };
    let mut short: String = text.chars().take_while(fits).collect();
    short.push('…');
    short
}
