//! `harness list`: which scenarios are there?
//!
//! ```text
//! basic/broadcast  must  10  broadcast  A message reaches everyone else, once
//! ```

use std::path::PathBuf;

use protocol::lang::Lang;
use protocol::quote::visible;
use unicode_width::UnicodeWidthStr;

use super::{Answer, NOTHING_SELECTED, or_detected};
use crate::scenario::{self, Filter, Scenario};

/// List scenarios with their level, points and rule.
#[derive(clap::Args, Clone, Debug)]
pub struct List {
    /// Scenario files, and folders to search for them
    #[arg(required = true)]
    pub paths: Vec<PathBuf>,
    /// Only these: ids (with `*`), topics, tags, rules, levels; with `!` in front, all but these
    #[arg(long, value_name = "WORDS")]
    pub filter: Vec<String>,
    /// Only the ids, one on each line
    #[arg(long)]
    pub ids: bool,
    /// The language of the titles: pt-BR or en
    #[arg(long)]
    pub lang: Option<Lang>,
}

/// A line for each selected scenario. Exits with 4 if none is, with 2 if a file is wrong.
pub fn list(arguments: &List, styled: bool) -> Answer {
    let lang = or_detected(arguments.lang);
    let suite = match scenario::load(&arguments.paths) {
        Ok(suite) => suite,
        Err(diagnostics) => return Answer::refusal(&diagnostics, lang, styled),
    };
    let filter = Filter::new(arguments.filter.iter().map(String::as_str));
    let selected = suite
        .scenarios
        .iter()
        .filter(|scenario| filter.selects(scenario, scenario.level));
    let rows: Vec<[String; 5]> = selected.map(|scenario| row(scenario, lang)).collect();
    if rows.is_empty() {
        let err = format!(
            "{}\n",
            lang.pick(["nenhum cenário foi escolhido", "no scenario is selected"])
        );
        return Answer {
            err,
            code: NOTHING_SELECTED,
            ..Answer::default()
        };
    }
    let out = if arguments.ids {
        rows.iter().map(|[id, ..]| format!("{id}\n")).collect()
    } else {
        table(&rows)
    };
    Answer {
        out,
        ..Answer::default()
    }
}

fn row(scenario: &Scenario, lang: Lang) -> [String; 5] {
    let translated = scenario.title_pt.as_deref().unwrap_or(&scenario.title);
    let title = lang.pick([translated, &scenario.title]);
    [
        visible(&scenario.id),
        scenario.level.to_string(),
        scenario.points.to_string(),
        scenario.rule.clone().unwrap_or_else(|| "-".to_owned()),
        visible(title),
    ]
}

/// Columns two blanks apart; numbers to the right.
fn table(rows: &[[String; 5]]) -> String {
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.width())
            .max()
            .unwrap_or(0)
    };
    let widths: [usize; 5] = std::array::from_fn(width);
    let mut text = String::new();
    for [id, level, points, rule, title] in rows {
        let [for_id, for_level, for_points, for_rule, _] = widths;
        let cells = [
            pad(id, for_id, false),
            pad(level, for_level, false),
            pad(points, for_points, true),
            pad(rule, for_rule, false),
        ];
        text.push_str(&format!("{}  {title}\n", cells.join("  ")));
    }
    text
}

fn pad(cell: &str, width: usize, to_the_right: bool) -> String {
    let blanks = " ".repeat(width.saturating_sub(cell.width()));
    if to_the_right {
        blanks + cell
    } else {
        cell.to_owned() + &blanks
    }
}
