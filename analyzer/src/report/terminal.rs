//! The report at a terminal.
//!
//! Pure: it is told the width and whether to colour. Whatever came from the capture is escaped already, so only our own
//! colours reach the terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::hex;
use super::page::{Block, Layer, Line, Page, Span, Tone};
use crate::segment::LayerKind;

/// How to show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The columns of the terminal.
    pub width: usize,
    /// Whether to colour.
    pub colour: bool,
}

/// The width for files and pipes.
pub const DEFAULT_WIDTH: usize = 80;

/// Narrower than this, the terminal breaks the lines.
const NARROWEST: usize = 60;

/// Wider than this, lines are hard to read.
const WIDEST: usize = 110;

/// The page as text.
#[must_use]
pub fn render(page: &Page, options: Options) -> String {
    let mut screen = Screen {
        width: options.width.clamp(NARROWEST, WIDEST),
        colour: options.colour,
        text: String::new(),
    };
    for block in &page.blocks {
        screen.block(block);
    }
    screen.text
}

struct Screen {
    width: usize,
    colour: bool,
    text: String,
}

const STRONG: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const CODE: Style = AnsiColor::Cyan.on_default();
const GOOD: Style = AnsiColor::Green.on_default();
const WARNING: Style = AnsiColor::Yellow.on_default();
const BAD: Style = AnsiColor::Red.on_default();
const HEADING: Style = AnsiColor::Blue.on_default().bold();

impl Screen {
    fn block(&mut self, block: &Block) {
        match block {
            Block::Title(title) => self.headed(title, '═', STRONG),
            Block::Heading(heading) => self.headed(heading, '─', HEADING),
            Block::Paragraph(tone, words) => self.flow(&toned(*tone, words), 0, tone_width(*tone)),
            Block::Labelled(label, words) => {
                let mut pieces = vec![(STRONG, format!("{label} "))];
                pieces.extend(pieces_of(words, Style::new()));
                self.flow(&pieces, 0, 0);
            }
            Block::List(items) => items.iter().for_each(|item| self.item(item)),
            Block::Table { head, rows } => self.table(head, rows),
            Block::Filter(label, filter) => {
                self.flow(&[(FAINT, label.clone())], 2, 4);
                // In one line, however long: it is there to be copied.
                self.text.push_str("    ");
                self.styled(CODE, filter.as_str());
                self.text.push('\n');
            }
            // It has a form of its own there.
            Block::Ladder(_) => return,
            Block::Layers(layers) => layers.iter().for_each(|layer| self.layer(layer)),
        }
        self.text.push('\n');
    }

    fn headed(&mut self, title: &str, rule: char, style: Style) {
        self.flow(&[(style, title.to_owned())], 0, 0);
        let rule: String = std::iter::repeat_n(rule, self.width).collect();
        self.styled(FAINT, &rule);
        self.text.push('\n');
    }

    fn item(&mut self, item: &Line) {
        let mut pieces = vec![(FAINT, "• ".to_owned())];
        pieces.extend(pieces_of(item, Style::new()));
        self.flow(&pieces, 2, 4);
    }

    /// Words broken at blanks into lines of the screen's width; all lines but the first are indented by `hanging`.
    fn flow(&mut self, pieces: &[(Style, String)], indent: usize, hanging: usize) {
        self.text.push_str(&" ".repeat(indent));
        let mut column = indent;
        for (at, word) in words(pieces).iter().enumerate() {
            let width: usize = word.iter().map(|(_, part)| part.width()).sum();
            if at > 0 && column + 1 + width > self.width {
                column = self.new_line(hanging);
            } else if at > 0 {
                self.text.push(' ');
                column += 1;
            }
            for (style, part) in word {
                column = self.part(*style, part, column, hanging);
            }
        }
        self.text.push('\n');
    }

    fn new_line(&mut self, indent: usize) -> usize {
        self.text.push('\n');
        self.text.push_str(&" ".repeat(indent));
        indent
    }

    /// A part of a word, broken anywhere if it is longer than a line.
    fn part(&mut self, style: Style, part: &str, mut column: usize, hanging: usize) -> usize {
        let mut fits = String::new();
        for c in part.chars() {
            let width = c.width().unwrap_or(0);
            if column + width > self.width && column > hanging {
                self.styled(style, &std::mem::take(&mut fits));
                column = self.new_line(hanging);
            }
            fits.push(c);
            column += width;
        }
        self.styled(style, &fits);
        column
    }

    fn styled(&mut self, style: Style, text: &str) {
        // Writing to a string cannot fail.
        let _ = if self.colour && !text.is_empty() && style != Style::new() {
            write!(self.text, "{style}{text}{style:#}")
        } else {
            write!(self.text, "{text}")
        };
    }

    fn table(&mut self, head: &[String], rows: &[Vec<Line>]) {
        let mut cells: Vec<Vec<String>> = vec![head.to_vec()];
        cells.extend(rows.iter().map(|row| row.iter().map(plain).collect()));
        let widest = |cells: &[Vec<String>], parts: fn(&str) -> usize| -> Vec<usize> {
            let widest = |at: usize| {
                let of_column = cells.iter().filter_map(|row| row.get(at));
                of_column.map(|cell| parts(cell)).max().unwrap_or_default() + PADDING
            };
            (0..head.len()).map(widest).collect()
        };
        let is_narrow = widest(&cells, UnicodeWidthStr::width).iter().sum::<usize>() > self.width;
        let broken: usize = match is_narrow {
            true => cells.iter_mut().flatten().map(break_before_port).sum(),
            false => 0,
        };
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(self.width).unwrap_or(u16::MAX))
            .set_header(head);
        for row in cells.iter().skip(1) {
            table.add_row(row);
        }
        let words = widest(&cells, longest_word);
        if broken > 0 && words.iter().sum::<usize>() <= self.width {
            let least = |word: &usize| Width::Fixed(u16::try_from(*word).unwrap_or(u16::MAX));
            table.set_constraints(words.iter().map(least).map(ColumnConstraint::LowerBoundary));
        }
        for line in table.lines() {
            self.text.push_str(line.trim_end());
            self.text.push('\n');
        }
    }

    fn layer(&mut self, layer: &Layer) {
        let colour = colour_of(layer.kind);
        self.flow(&[(colour.bold(), layer.title.clone())], 2, 4);
        let facts: Vec<_> = layer
            .facts
            .iter()
            .map(|(field, value)| format!("{field} = {value}"))
            .collect();
        if !facts.is_empty() {
            self.flow(&[(Style::new(), facts.join(", "))], 4, 4);
        }
        for row in hex::rows(&layer.bytes, layer.range.start) {
            self.text.push_str("    ");
            self.styled(FAINT, &row.offset);
            self.text.push_str("  ");
            self.styled(colour, &row.hex);
            self.text.push_str("  ");
            self.styled(colour, &row.ascii);
            self.text.push('\n');
        }
    }
}

/// Blanks beside the content of a cell.
const PADDING: usize = 2;

fn longest_word(cell: &str) -> usize {
    let words = cell.split_whitespace().map(UnicodeWidthStr::width);
    words.max().unwrap_or_default()
}

/// Where there is little room, an address and its port stand in two lines. How many it found.
fn break_before_port(cell: &mut String) -> usize {
    let is_address = cell.parse::<std::net::SocketAddr>().is_ok();
    let port = cell.rfind(':').filter(|_| is_address);
    port.inspect(|at| cell.insert(*at, '\n')).iter().count()
}

/// The parts between blanks; one word may be in several styles.
fn words(pieces: &[(Style, String)]) -> Vec<Vec<(Style, &str)>> {
    let mut words = vec![Vec::new()];
    for (style, text) in pieces {
        let mut parts = text.split(' ').enumerate().peekable();
        while let Some((at, part)) = parts.next() {
            let is_inside = at > 0 && part.is_empty() && parts.peek().is_some();
            let more_blanks = is_inside && words.last().is_some_and(|word| !word.is_empty());
            match words.last_mut() {
                // Of several blanks the first parts two words; the others stay where they are.
                Some(word) if more_blanks => word.push((*style, " ")),
                _ if at > 0 => words.push(Vec::new()),
                _ => {}
            }
            if let Some(word) = words.last_mut().filter(|_| !part.is_empty()) {
                word.push((*style, part));
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// How wide the mark in front of a paragraph is.
fn tone_width(tone: Tone) -> usize {
    match tone {
        Tone::Plain => 0,
        Tone::Good | Tone::Warning | Tone::Bad => 2,
    }
}

fn toned(tone: Tone, words: &Line) -> Vec<(Style, String)> {
    let (mark, style) = match tone {
        Tone::Plain => return pieces_of(words, Style::new()),
        Tone::Good => ("✓ ", GOOD),
        Tone::Warning => ("! ", WARNING),
        Tone::Bad => ("✗ ", BAD),
    };
    let mut pieces = vec![(style.bold(), mark.to_owned())];
    pieces.extend(pieces_of(words, style));
    pieces
}

fn pieces_of(line: &Line, plain: Style) -> Vec<(Style, String)> {
    line.iter()
        .map(|span| match span {
            Span::Text(words) => (plain, words.clone()),
            Span::Code(literal) => (CODE, literal.clone()),
            Span::Strong(words) => (STRONG, words.clone()),
        })
        .collect()
}

fn plain(line: &Line) -> String {
    line.iter()
        .map(|span| match span {
            Span::Text(words) | Span::Code(words) | Span::Strong(words) => words.as_str(),
        })
        .collect()
}

fn colour_of(kind: LayerKind) -> Style {
    let colour = match kind {
        LayerKind::Ipv4 | LayerKind::Ipv6 | LayerKind::Extension(_) => AnsiColor::Green,
        LayerKind::Tcp | LayerKind::Udp => AnsiColor::Magenta,
        LayerKind::Payload => AnsiColor::Yellow,
        LayerKind::Trailer | LayerKind::Unread => AnsiColor::BrightBlack,
        _ => AnsiColor::Blue,
    };
    colour.on_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::page::cell;

    #[test]
    fn where_there_is_little_room_a_port_stands_below_its_address() {
        let mut page = Page::default();
        let ends = [cell("192.168.0.20:50001"), cell("[fd00::1]:55555")];
        page.table(
            &["client", "server", "what else there is to say of it"],
            vec![[ends.to_vec(), vec![cell("complete")]].concat()],
        );
        let narrow = Options {
            width: 60,
            colour: false,
        };
        let expected = " client        server     what else there is to say of it
 192.168.0.20  [fd00::1]  complete
 :50001        :55555
";
        assert_eq!(
            render(&page, narrow).trim_matches('\n'),
            expected.trim_end()
        );
    }
}
