//! What a scenario brings to its outcome before it is played: its words, its level, and what it rests on in this dialect.

use std::time::Duration;

use protocol::Dialect;

use super::Options;
use crate::report::{Outcome, Passage, Words};
use crate::scenario::Scenario;
use crate::transcript::Transcript;
use crate::verdict::Verdict;

/// The outcome of a scenario that nothing was found out about yet.
pub(super) fn blank(scenario: &Scenario, dialect: &Dialect, options: &Options) -> Outcome {
    let rule = scenario.rule.as_deref().and_then(|rule| dialect.rule(rule));
    let header = scenario
        .source
        .text
        .lines()
        .position(|line| line.trim_start().starts_with("scenario"));
    let passage = match rule {
        Some(rule) => Passage {
            spec: match rule.section.is_empty() {
                true => String::new(),
                false => format!("{}, {}", dialect.document, rule.section),
            },
            quote: rule.quote.clone(),
            says: Words {
                pt: rule.pt.clone(),
                en: rule.en.clone(),
            },
        },
        None => Passage {
            spec: scenario.spec.clone().unwrap_or_default(),
            ..Passage::default()
        },
    };
    Outcome {
        id: scenario.id.clone(),
        title: Words {
            pt: scenario
                .title_pt
                .as_ref()
                .unwrap_or(&scenario.title)
                .clone(),
            en: scenario.title.clone(),
        },
        file: scenario.source.name.clone(),
        line: header.map_or(1, |line| line + 1),
        level: rule.and_then(|rule| rule.level).unwrap_or(scenario.level),
        points: scenario.points,
        verdict: Verdict::Pass,
        because: None,
        rule: scenario.rule.clone(),
        passage,
        findings: Vec::new(),
        transcript: Transcript::default(),
        started: Duration::ZERO,
        elapsed: Duration::ZERO,
        repeated: None,
        rerun: format!("harness run {}{}", scenario.source.name, options.rerun),
    }
}
