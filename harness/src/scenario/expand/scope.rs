//! What a name stands for where a statement is expanded: parameters, and the number of the round.

use std::rc::Rc;

use protocol::dialect::Level;

use super::super::parse::File;
use super::super::{CrowdVerb, Part, PatternPart, Round, Text, Verb, limits};

/// What holds for the statements of a block.
#[derive(Clone)]
pub(super) struct Scope {
    parameters: Rc<Vec<(String, Text)>>,
    pub(super) level: Option<Level>,
    pub(super) round: Option<Round>,
}

impl Scope {
    pub(super) fn of(file: &File) -> Self {
        Self {
            parameters: Rc::new(file.header.parameters.clone()),
            level: None,
            round: None,
        }
    }

    /// The same with a level, of two the weaker.
    pub(super) fn at_most(&self, level: Option<Level>) -> Self {
        // `May` is the greater.
        Self {
            level: self.level.max(level),
            ..self.clone()
        }
    }

    /// The same in a round of a repetition.
    pub(super) fn in_round(&self, round: Round) -> Self {
        Self {
            round: Some(round),
            ..self.clone()
        }
    }

    /// The same with other parameters: those of an included file.
    pub(super) fn with(&self, parameters: Vec<(String, Text)>) -> Self {
        Self {
            parameters: Rc::new(parameters),
            ..self.clone()
        }
    }

    /// Puts values in the place of the names that stand for one here. Stops once the text is too large for any scenario.
    pub(super) fn fill(&self, text: &mut Text) {
        let parts = std::mem::take(&mut text.parts);
        let mut weight = 0_usize;
        for part in parts {
            let value = self.value(&part).unwrap_or_else(|| vec![part]);
            weight = weight.saturating_add(weigh(value.iter()));
            text.parts.extend(value);
            if weight > limits::ALL_TEXT {
                return;
            }
        }
    }

    /// The same in all texts of a verb; returns how much they hold.
    pub(super) fn fill_verb(&self, verb: &mut Verb) -> usize {
        let mut weight = 0_usize;
        for text in verb.texts_mut() {
            self.fill(text);
            weight = weight.saturating_add(weigh(text.parts.iter()));
        }
        if let Verb::Expect { pattern, .. } | Verb::IsTold { pattern, .. } = verb {
            self.fill_pattern(&mut pattern.parts);
            let known = pattern.parts.iter().filter_map(|part| match part {
                PatternPart::Known(part) => Some(part),
                PatternPart::Hole(_) => None,
            });
            weight = weight.saturating_add(weigh(known));
        }
        weight
    }

    /// The same in what a crowd does, where `$n` is the number of the member.
    pub(super) fn fill_crowd_verb(&self, verb: &mut CrowdVerb) -> usize {
        let Some(text) = verb.texts_mut() else {
            return 0;
        };
        self.fill(text);
        for part in &mut text.parts {
            if matches!(part, Part::Captured(name) if name == "n") {
                *part = Part::Member;
            }
        }
        weigh(text.parts.iter())
    }

    fn fill_pattern(&self, pattern: &mut Vec<PatternPart>) {
        let mut filled = Vec::with_capacity(pattern.len());
        let mut weight = 0_usize;
        for part in pattern.drain(..) {
            let value = match &part {
                PatternPart::Known(known) => self.value(known),
                PatternPart::Hole(_) => None,
            };
            let Some(value) = value else {
                filled.push(part);
                continue;
            };
            weight = weight.saturating_add(weigh(value.iter()));
            filled.extend(value.into_iter().map(PatternPart::Known));
            if weight > limits::ALL_TEXT {
                break;
            }
        }
        *pattern = filled;
    }

    fn value(&self, part: &Part) -> Option<Vec<Part>> {
        let Part::Captured(name) = part else {
            return None;
        };
        if let (Some(round), "i") = (self.round, name.as_str()) {
            return Some(vec![Part::Bytes(round.number.to_string().into_bytes())]);
        }
        let parameter = self.parameters.iter().find(|(known, _)| known == name);
        parameter.map(|(_, value)| value.parts.clone())
    }
}

/// What the parts cost: their bytes, and one for each, so that nothing is free.
pub(super) fn weigh<'p>(parts: impl Iterator<Item = &'p Part>) -> usize {
    parts
        .map(|part| part.len_at_least().saturating_add(1))
        .fold(0, usize::saturating_add)
}
