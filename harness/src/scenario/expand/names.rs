//! What the names that are left stand for: actors, or what was captured in a step before.

use std::collections::BTreeSet;

use protocol::diagnostic::{Diagnostic, Diagnostics};
use protocol::words;

use super::super::parse::File;
use super::super::{Action, Actor, CrowdVerb, Part, PatternPart, Place, Scenario, Step, Verb};

/// Everyone who acts or is named, in order of appearance.
pub(super) fn actors(scenario: &Scenario) -> Vec<Actor> {
    let mut actors: Vec<Actor> = Vec::new();
    let mut add = |actor: &Actor| {
        if !actors.contains(actor) {
            actors.push(actor.clone());
        }
    };
    scenario.each_step(&mut |step| match &step.action {
        Action::Do { actor, verb } => {
            add(actor);
            verb.others().into_iter().for_each(&mut add);
        }
        Action::Crowd {
            verb: CrowdVerb::Hear { from, .. },
            ..
        } => add(from),
        _ => {}
    });
    actors
}

/// Finds out for each name that is left what it is, and reports those that are nothing.
pub(super) fn resolve(scenario: &mut Scenario, file: &File, diagnostics: &mut Diagnostics) {
    let actors = scenario.actors.clone();
    let mut names = Names {
        file,
        actors: &actors,
        captured: BTreeSet::new(),
        reported: BTreeSet::new(),
        diagnostics,
    };
    names.steps(&mut scenario.steps);
    names.steps(&mut scenario.finally);
}

struct Names<'n> {
    file: &'n File,
    actors: &'n [Actor],
    captured: BTreeSet<String>,
    /// What was reported: the same line may come again in each round.
    reported: BTreeSet<(usize, String)>,
    diagnostics: &'n mut Diagnostics,
}

impl Names<'_> {
    fn steps(&mut self, steps: &mut [Step]) {
        for step in steps {
            let place = &step.place;
            match &mut step.action {
                Action::Do { verb, .. } => self.verb(verb, place),
                Action::Crowd { verb, .. } => {
                    let parts = verb
                        .texts_mut()
                        .into_iter()
                        .flat_map(|text| &mut text.parts);
                    parts.for_each(|part| self.part(part, place));
                }
                Action::Block { steps, .. } => self.steps(steps),
                Action::ServerStillServes => {}
            }
        }
    }

    fn verb(&mut self, verb: &mut Verb, place: &Place) {
        for text in verb.texts_mut() {
            text.parts
                .iter_mut()
                .for_each(|part| self.part(part, place));
        }
        let (Verb::Expect { pattern, capture } | Verb::IsTold { pattern, capture }) = verb else {
            return;
        };
        for part in &mut pattern.parts {
            match part {
                PatternPart::Known(part) => self.part(part, place),
                PatternPart::Hole(hole) => self.captured.extend(hole.name.clone()),
            }
        }
        self.captured.extend(capture.clone());
    }

    fn part(&mut self, part: &mut Part, place: &Place) {
        let Part::Captured(name) = part else { return };
        if self.captured.contains(name) {
            return;
        }
        if let Some(actor) = self.actors.iter().find(|actor| actor.name() == name) {
            *part = Part::NickOf(actor.clone());
            return;
        }
        if self.reported.insert((place.span.start, name.clone())) {
            self.diagnostics.push(self.unknown(name, place));
        }
    }

    fn unknown(&self, name: &str, place: &Place) -> Diagnostic {
        let variable = format!("${name}");
        let offset = place.text().find(&variable).unwrap_or(0);
        let start = place.span.start + offset;
        let known = self
            .actors
            .iter()
            .map(Actor::name)
            .chain(self.captured.iter().map(String::as_str))
            .chain(
                self.file
                    .header
                    .parameters
                    .iter()
                    .map(|(name, _)| name.as_str()),
            );
        Diagnostic::error(words!(
            "nada se chama `{variable}` aqui",
            "nothing is called `{variable}` here"
        ))
        .at(&place.source, start..start + variable.len())
        .did_you_mean(name, known)
        .note([
            "um cifrão que é texto se escreve duas vezes: `$$`",
            "a dollar that is meant is written twice: `$$`",
        ])
    }
}
