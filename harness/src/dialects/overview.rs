//! What `harness dialect show` says: a table of what the dialect can express, and which scenarios apply to it.

use std::fmt::Write as _;

use comfy_table::{ContentArrangement, Table, presets};
use protocol::Dialect;
use protocol::lang::Lang;
use protocol::message::{CommandKind, NoticeKind, ReplyKind};
use protocol::quote::{quote, visible};

use super::check::heading;
use super::words;
use crate::applies::{has, lacking};
use crate::scenario::{Feature, Scenario};

/// Columns of the terminal that the table may use.
const WIDTH: u16 = 80;

/// Characters of a message that are shown.
const SHOWN: usize = 19;

/// The features of a dialect, and, if there are any, the scenarios that apply to it.
#[must_use]
pub fn overview(dialect: &Dialect, scenarios: &[Scenario], lang: Lang) -> String {
    let mut text = format!("{}\n{}\n", heading(dialect, lang), features(dialect, lang));
    for deviation in &dialect.deviations {
        let _ = writeln!(
            text,
            "\n{}",
            lang.pick(["Desvio declarado", "Declared deviation"])
        );
        for (label, what) in [
            (lang.pick(["regra", "rule"]), &deviation.rule),
            (lang.pick(["documento", "document"]), &deviation.document),
            (lang.pick(["servidores", "servers"]), &deviation.servers),
        ] {
            let _ = writeln!(text, "  {label}: {}", visible(what));
        }
    }
    if !scenarios.is_empty() {
        text.push_str(&applicable(dialect, scenarios, lang));
    }
    text
}

fn features(dialect: &Dialect, lang: Lang) -> String {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(WIDTH);
    let (yes, no) = lang.pick([("sim", "não"), ("yes", "no")]);
    for feature in Feature::all() {
        let (mark, how) = match has(dialect, &feature) {
            true => (yes, evidence(dialect, &feature)),
            false => (no, String::new()),
        };
        table.add_row([
            mark.to_owned(),
            feature.to_string(),
            words::feature(&feature, lang),
            how,
        ]);
    }
    table.trim_fmt()
}

/// The words of the dialect by which it has a feature.
fn evidence(dialect: &Dialect, feature: &Feature) -> String {
    let request = |kind| dialect.request(kind).map(|request| request.template());
    let reply = |kind: ReplyKind| dialect.reply(kind).map(|reply| &reply.forms[0].template);
    let template = match feature {
        Feature::Names => request(CommandKind::Join),
        Feature::Broadcast => request(CommandKind::Say),
        Feature::Acknowledgement => reply(NoticeKind::Said.into()),
        Feature::PrivateAcknowledgement => reply(NoticeKind::Told.into()),
        Feature::Welcome => reply(NoticeKind::Welcome.into()),
        Feature::Prompt => reply(NoticeKind::Prompt.into()),
        Feature::List => request(CommandKind::List),
        Feature::Private => request(CommandKind::Tell),
        Feature::Quit => request(CommandKind::Quit),
        Feature::Goodbye => reply(NoticeKind::Bye.into()),
        Feature::JoinNotice => reply(NoticeKind::Joined.into()),
        Feature::PresentNotice => reply(NoticeKind::Present.into()),
        Feature::LeaveNotice => reply(NoticeKind::Left.into()),
        Feature::Refusal(reason) => reply((*reason).into()),
        _ => None,
    };
    template.map_or_else(String::new, |template| {
        cut(&quote(template.source().as_bytes()).to_string())
    })
}

/// The beginning of a text that is too wide for its column.
fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

fn applicable(dialect: &Dialect, scenarios: &[Scenario], lang: Lang) -> String {
    let judged: Vec<_> = scenarios
        .iter()
        .map(|scenario| (scenario, lacking(scenario, dialect)))
        .collect();
    let applying = judged.iter().filter(|(_, lacks)| lacks.is_empty()).count();
    let all = judged.len();
    let mut text = lang.pick([
        format!("\n{applying} de {all} cenários se aplicam\n"),
        format!("\n{applying} of {all} scenarios apply\n"),
    ]);
    let (yes, no) = lang.pick([("sim", "não"), ("yes", "no")]);
    for (scenario, lacks) in &judged {
        let id = visible(&scenario.id);
        let lacks: Vec<_> = lacks.iter().map(Feature::to_string).collect();
        let _ = match lacks.is_empty() {
            true => writeln!(text, "  {yes}  {id}"),
            false => writeln!(
                text,
                "  {no}  {id}: {} {}",
                lang.pick(["falta", "lacks"]),
                lacks.join(", ")
            ),
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parse_source;
    use protocol::diagnostic::Source;

    fn scenario(id: &str, steps: &str) -> Scenario {
        let text = format!("scenario \"{id}\"\n\n{steps}\n");
        parse_source(id, &Source::new(id, text)).unwrap_or_else(|mistakes| panic!("{mistakes}"))
    }

    #[test]
    fn what_a_dialect_can_express_and_what_applies() {
        let scenarios = [
            scenario(
                "basic/broadcast",
                "ana joins\nbia joins\nana says \"oi\"\nbia hears ana \"oi\"",
            ),
            scenario(
                "basic/private",
                "ana joins\nbia joins\nana tells bia \"oi\"\nbia hears ana \"oi\"",
            ),
        ];
        let unb = Dialect::builtin("unb").unwrap();
        for (lang, name) in [(Lang::PtBr, "pt"), (Lang::En, "en")] {
            let text = overview(unb, &scenarios, lang);
            for line in text.lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
            insta::assert_snapshot!(format!("unb_{name}"), text);
        }
    }

    #[test]
    fn every_feature_is_said_in_both_languages() {
        for feature in Feature::all() {
            let [pt, en] = Lang::ALL.map(|lang| words::feature(&feature, lang));
            assert!(!pt.is_empty() && !en.is_empty() && pt != en, "{feature}");
        }
    }
}
