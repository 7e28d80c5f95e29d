//! The ladder as lines of text: a lane for each client where there is room, else with their names.
//!
//! ```text
//!       ms  line  ana  bia
//!      0.4     9  ─▶   │    "MSG Bom dia!"
//!   2000.9    10  │    ✗    bia hears ana "Bom dia!"
//! ```

use protocol::lang::Lang;
use unicode_width::UnicodeWidthStr;

use super::excerpt;
use super::ladder::{Ladder, Row, What, who};
use super::layout::INDENT;
use super::page::{Page, Role, cut, pad};
use super::words;

/// The columns of time and line: `  1234.5    12  `.
const TIME: usize = 9;
const LINE: usize = 6;
const GAP: &str = "  ";

/// The narrowest and the widest lane.
const NARROW_LANE: usize = 5;
const WIDE_LANE: usize = 9;

/// What is wished for texts beside the lanes, and what they need.
const GOOD_TEXT: usize = 44;
const SOME_TEXT: usize = 30;

/// Bytes take so many lines at most.
const LINES: usize = 2;

/// The ladder, with a lane for each client where there is room, else with their names.
pub(crate) fn ladder(page: &mut Page, ladder: &Ladder<'_>, lang: Lang, width: usize) {
    if ladder.rows.is_empty() {
        page.paragraph(
            Role::Faint,
            INDENT,
            lang.pick(words::NOTHING_HAPPENED),
            width,
        );
        return;
    }
    let lanes = lane_widths(ladder, lang, width);
    legend(page, ladder, lang, width);
    if ladder.earlier > 0 {
        let earlier = words::left_out(ladder.earlier as u64, words::EARLIER_EVENTS, lang);
        page.paragraph(Role::Faint, INDENT, &earlier, width);
    }
    page.line(Role::Faint, header(ladder, &lanes, lang));
    for row in &ladder.rows {
        rung(page, row, ladder, &lanes, lang, width);
    }
    let left_out = [
        (ladder.later as u64, words::LATER_EVENTS),
        (ladder.entries_dropped, words::EVENTS_NOT_KEPT),
        (ladder.bytes_dropped, words::BYTES_NOT_KEPT),
    ];
    for (count, what) in left_out {
        if count > 0 {
            page.paragraph(
                Role::Faint,
                INDENT,
                &words::left_out(count, what, lang),
                width,
            );
        }
    }
}

/// `ana (anak3f, port 50797) · bia (…)`, broken between clients only.
fn legend(page: &mut Page, ladder: &Ladder<'_>, lang: Lang, width: usize) {
    let room = width.saturating_sub(INDENT);
    let mut line = String::new();
    for client in ladder.lanes.iter().take(MOST_NAMED) {
        let name = cut(&who(client, lang), room);
        if !line.is_empty() && line.width() + " · ".width() + name.width() > room {
            page.paragraph(Role::Faint, INDENT, &line, width);
            line.clear();
        }
        if !line.is_empty() {
            line.push_str(" · ");
        }
        line.push_str(&name);
    }
    page.paragraph(Role::Faint, INDENT, &line, width);
    if let Some(more @ 1..) = ladder.lanes.len().checked_sub(MOST_NAMED) {
        let more = words::left_out(more as u64, words::CLIENTS, lang);
        page.paragraph(Role::Faint, INDENT, &more, width);
    }
}

/// Of a crowd, so many are introduced.
const MOST_NAMED: usize = 12;

/// The width of each lane; none where lanes would leave no room for the texts.
fn lane_widths(ladder: &Ladder<'_>, lang: Lang, width: usize) -> Vec<usize> {
    let rest = width.saturating_sub(TIME + LINE + GAP.len());
    let lanes = |widest: usize| -> Vec<usize> {
        let of_name = |name: &str| (name.width() + 2).clamp(NARROW_LANE, widest);
        let clients = ladder.lanes.iter();
        clients
            .map(|client| of_name(&words::lane(&client.player, lang)))
            .collect()
    };
    let leaves = |lanes: &Vec<usize>, text: usize| lanes.iter().sum::<usize>() + text <= rest;
    let widths = (NARROW_LANE..=WIDE_LANE).rev().map(lanes);
    let narrow = Some(lanes(NARROW_LANE)).filter(|lanes| leaves(lanes, SOME_TEXT));
    let mut widths = widths.filter(|lanes| leaves(lanes, GOOD_TEXT));
    widths.next().or(narrow).unwrap_or_default()
}

fn header(ladder: &Ladder<'_>, lanes: &[usize], lang: Lang) -> String {
    let mut text = format!("{:>TIME$}{:>LINE$}{GAP}", "ms", lang.pick(words::LINE));
    for (client, width) in ladder.lanes.iter().zip(lanes) {
        let actor = words::lane(&client.player, lang);
        text.push_str(&pad(&cut(&actor, width.saturating_sub(1)), *width));
    }
    if lanes.is_empty() {
        text.push_str(lang.pick(words::CLIENT));
    }
    text
}

fn rung(
    page: &mut Page,
    row: &Row<'_>,
    ladder: &Ladder<'_>,
    lanes: &[usize],
    lang: Lang,
    width: usize,
) {
    let line = row.line.map_or_else(String::new, |line| line.to_string());
    let time = words::millis(row.at, lang);
    let time = format!("{time:>TIME$}{line:>LINE$}{GAP}");
    let signs = if lanes.is_empty() {
        named(row, ladder, lang)
    } else {
        lane_signs(row, lanes)
    };
    let room = width.saturating_sub(time.width() + signs.width());
    let lines = match row.bytes() {
        // What the cuts between lines may cost is kept free.
        Some(bytes) => fold(&excerpt::beginning(bytes, room * LINES - LINES * CUT), room),
        None => vec![cut(&row.words(lang), room)],
    };
    let role = match row.what {
        What::Found(finding) if finding.is_warning => Role::Doubtful,
        What::Found(_) => Role::Bad,
        What::Happened(_) if row.bytes().is_some() => Role::Plain,
        What::Happened(_) | What::Repeated(_) => Role::Faint,
    };
    let mut before = [(Role::Faint, time), (role, signs)];
    for text in lines {
        let [time, signs] = before;
        page.pieces([time, signs, (role, text)]);
        before = [
            (Role::Plain, String::new()),
            (Role::Faint, beneath(ladder, lanes)),
        ];
    }
}

/// What stands before the second line of a text.
fn beneath(ladder: &Ladder<'_>, lanes: &[usize]) -> String {
    let margin = " ".repeat(TIME + LINE + GAP.len());
    let bars: String = lanes.iter().map(|width| pad("│", *width)).collect();
    match ladder.lanes.len() {
        0 => margin,
        _ if lanes.is_empty() => format!("{margin}{}", " ".repeat(NAMED)),
        _ => format!("{margin}{bars}"),
    }
}

/// A line is cut up to so many columns early, so as not to cut an escape (`\\xNN`) in two.
const CUT: usize = 3;

/// Breaks what [`excerpt`] gave into lines, without touching a blank.
fn fold(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for piece in escapes(text) {
        if used + piece.width() > width && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        line.push_str(piece);
        used += piece.width();
    }
    lines.push(line);
    lines
}

/// The characters of a text, an escape as a whole.
fn escapes(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let len = match (first, rest.chars().nth(1)) {
            ('\\', Some('x')) => 4,
            ('\\', Some(_)) => 2,
            _ => first.len_utf8(),
        };
        let (piece, after) = rest.split_at_checked(len).unwrap_or((rest, ""));
        rest = after;
        Some(piece)
    })
}

/// One sign in the lane of the row, and a bar in the others.
fn lane_signs(row: &Row<'_>, lanes: &[usize]) -> String {
    let mut signs = String::new();
    for (lane, width) in lanes.iter().enumerate() {
        let sign = if Some(lane) == row.lane {
            row.sign()
        } else {
            "│"
        };
        signs.push_str(&pad(sign, *width));
    }
    signs
}

/// The width of a sign and a name.
const NAMED: usize = 16;

/// For crowds: the sign and the client's name.
fn named(row: &Row<'_>, ladder: &Ladder<'_>, lang: Lang) -> String {
    let client = row.lane.and_then(|lane| ladder.lanes.get(lane));
    let actor = client.map_or_else(String::new, |client| words::lane(&client.player, lang));
    pad(
        &format!("{} {}", pad(row.sign(), 2), cut(&actor, 12)),
        NAMED,
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_escape_is_not_cut_in_two() {
        assert_eq!(fold(r#""ab\x1bc\n""#, 6), [r#""ab"#, r#"\x1bc"#, r#"\n""#]);
    }

    proptest! {
        #[test]
        fn bytes_take_two_lines_at_most_and_none_is_lost(bytes: Vec<u8>, room in 30_usize..80) {
            let text = excerpt::beginning(&bytes, room * LINES - LINES * CUT);
            let lines = fold(&text, room);
            prop_assert!(lines.len() <= LINES, "{:?}", lines);
            prop_assert!(lines.iter().all(|line| line.width() <= room));
            prop_assert_eq!(lines.concat(), text);
        }
    }
}
