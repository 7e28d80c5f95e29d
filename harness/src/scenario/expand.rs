//! From the statements of a file to a scenario: includes are put in their place, parameters get their values, repetitions
//! are written out, and names are found to be actors or captures.
//!
//! Reads no file itself: `open` does. Everything that is written out is paid from one budget, so no file can grow without bound.

mod names;
mod scope;

use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use protocol::diagnostic::{Diagnostic, Diagnostics, Source};
use protocol::dialect::Level;
use protocol::lang::Words;
use protocol::quote::visible;
use protocol::words;

use super::parse::{File, Statement, StatementKind};
use super::{Action, Actor, Block, CrowdVerb, Place, Round, Scenario, Step, Text, Verb, limits};
use scope::{Scope, weigh};

/// Finds the file that `include "path"` in a file of the given name means; on failure says why.
pub(super) type Open<'o> = dyn FnMut(&str, &str) -> Result<Rc<File>, Refusal> + 'o;

/// Why an included file cannot be had.
pub(super) enum Refusal {
    /// It cannot be read: why.
    Unreadable(Words),
    /// It has errors of its own, which have been reported.
    Wrong,
}

/// Makes a scenario of a file. Its id is still to be given.
pub(super) fn expand(file: &File, open: &mut Open<'_>, diagnostics: &mut Diagnostics) -> Scenario {
    let mut expander = Expander {
        open,
        diagnostics,
        files: vec![file.source.name.clone()],
        finally: Vec::new(),
        crowd: None,
        budget: Budget::default(),
    };
    let scope = Scope::of(file);
    let steps = expander.statements(&file.source, &file.steps, &scope);
    let mut finally = expander.statements(&file.source, &file.finally, &scope);
    finally.append(&mut expander.finally);
    let header = &file.header;
    let mut scenario = Scenario {
        id: String::new(),
        title: header.title.clone(),
        title_pt: header.title_pt.clone(),
        level: header.level.unwrap_or(Level::Must),
        points: header.points.unwrap_or(1),
        spec: header.spec.clone(),
        rule: header.rule.clone(),
        tags: header.tags.clone(),
        needs: header.needs.clone(),
        actors: Vec::new(),
        steps,
        finally,
        source: Arc::clone(&file.source),
    };
    scenario.actors = names::actors(&scenario);
    names::resolve(&mut scenario, file, diagnostics);
    scenario
}

/// What may still be written out.
#[derive(Default)]
struct Budget {
    steps: usize,
    bytes: usize,
    is_spent: bool,
}

struct Expander<'e, 'o> {
    open: &'e mut Open<'o>,
    diagnostics: &'e mut Diagnostics,
    /// The files that are being included, from the outermost.
    files: Vec<String>,
    /// The teardown of included files.
    finally: Vec<Step>,
    crowd: Option<u32>,
    budget: Budget,
}

/// A statement, where it stands.
struct Site<'s> {
    place: Place,
    scope: &'s Scope,
}

impl<'s> Site<'s> {
    fn new(source: &Arc<Source>, span: &Range<usize>, scope: &'s Scope) -> Self {
        let place = Place {
            source: Arc::clone(source),
            span: span.clone(),
        };
        Self { place, scope }
    }

    fn step(&self, action: Action) -> Step {
        Step {
            place: self.place.clone(),
            level: self.scope.level,
            round: self.scope.round,
            action,
        }
    }

    fn error(&self, message: impl Into<Words>) -> Diagnostic {
        Diagnostic::error(message).at(&self.place.source, self.place.span.clone())
    }
}

impl Expander<'_, '_> {
    fn statements(
        &mut self,
        source: &Arc<Source>,
        statements: &[Statement],
        scope: &Scope,
    ) -> Vec<Step> {
        let mut steps = Vec::new();
        for statement in statements {
            if !self.budget.is_spent {
                steps.extend(self.statement(source, statement, scope));
            }
        }
        steps
    }

    fn statement(
        &mut self,
        source: &Arc<Source>,
        statement: &Statement,
        scope: &Scope,
    ) -> Vec<Step> {
        let scope = &scope.at_most(statement.level);
        let site = Site::new(source, &statement.span, scope);
        match &statement.kind {
            StatementKind::Do(deeds) => self.deeds(deeds, &site),
            StatementKind::Crowd { size, verb } => vec![self.crowd(*size, verb, &site)],
            StatementKind::ServerStillServes => {
                self.spend(&site, 0);
                vec![site.step(Action::ServerStillServes)]
            }
            StatementKind::Block(block, statements) => {
                self.spend(&site, 0);
                let steps = self.block(*block, statements, &site);
                vec![site.step(Action::Block {
                    block: *block,
                    steps,
                })]
            }
            StatementKind::Group(statements) => self.statements(source, statements, scope),
            StatementKind::Repeat(times, statements) => self.repeat(*times, statements, &site),
            StatementKind::Include {
                path,
                path_span,
                arguments,
            } => self.include(path, arguments, &Site::new(source, path_span, scope)),
        }
    }

    fn deeds(&mut self, deeds: &[(Actor, Verb)], site: &Site<'_>) -> Vec<Step> {
        let mut steps = Vec::new();
        for (actor, verb) in deeds {
            if self.budget.is_spent {
                break;
            }
            let mut verb = verb.clone();
            let bytes = site.scope.fill_verb(&mut verb);
            self.spend(site, bytes);
            steps.push(site.step(Action::Do {
                actor: actor.clone(),
                verb,
            }));
        }
        steps
    }

    fn crowd(&mut self, size: Option<u32>, verb: &CrowdVerb, site: &Site<'_>) -> Step {
        let size = self.crowd_size(size, site);
        let mut verb = verb.clone();
        let bytes = site.scope.fill_crowd_verb(&mut verb);
        self.spend(site, bytes);
        site.step(Action::Crowd { size, verb })
    }

    fn crowd_size(&mut self, size: Option<u32>, site: &Site<'_>) -> u32 {
        match (size, self.crowd) {
            (Some(size), Some(former)) if size != former => {
                self.report(site.error(words!(
                    "um cenário tem uma só multidão, e esta já tem {former} membros",
                    "a scenario has one crowd: it has {former} members already"
                )));
                former
            }
            (Some(size), _) | (None, Some(size)) => {
                self.crowd = Some(size);
                size
            }
            (None, None) => {
                let wrong = site.error(["ainda não há multidão", "there is no crowd yet"]);
                self.report(wrong.help([
                    "comece com `a crowd of 100 joins`",
                    "begin with `a crowd of 100 joins`",
                ]));
                1
            }
        }
    }

    /// In `one of:` each statement is one alternative, however many steps it becomes.
    fn block(&mut self, block: Block, statements: &[Statement], site: &Site<'_>) -> Vec<Step> {
        let source = &site.place.source;
        if block != Block::OneOf {
            return self.statements(source, statements, site.scope);
        }
        let mut alternatives = Vec::new();
        for statement in statements {
            let steps = self.statement(source, statement, site.scope);
            if steps.len() > 1 {
                let whole = Site::new(source, &statement.span, site.scope);
                alternatives.push(whole.step(Action::Block {
                    block: Block::AllOf,
                    steps,
                }));
            } else {
                alternatives.extend(steps);
            }
        }
        alternatives
    }

    fn repeat(&mut self, times: u32, statements: &[Statement], site: &Site<'_>) -> Vec<Step> {
        let mut steps = Vec::new();
        for number in 1..=times {
            if self.budget.is_spent {
                break;
            }
            let scope = site.scope.in_round(Round { number, of: times });
            steps.extend(self.statements(&site.place.source, statements, &scope));
        }
        steps
    }

    /// Costs a step even if nothing comes of it: nothing repeated is free.
    fn include(&mut self, path: &str, arguments: &[(String, Text)], site: &Site<'_>) -> Vec<Step> {
        self.spend(site, 0);
        let Some(file) = self.included(path, site) else {
            return Vec::new();
        };
        let parameters = self.bind(&file, arguments, site);
        let scope = site.scope.with(parameters);
        self.files.push(file.source.name.clone());
        let steps = self.statements(&file.source, &file.steps, &scope);
        let finally = self.statements(&file.source, &file.finally, &scope);
        self.finally.extend(finally);
        self.files.pop();
        steps
    }

    /// The file to include, unless it cannot be read, or would include itself.
    fn included(&mut self, path: &str, site: &Site<'_>) -> Option<Rc<File>> {
        if self.files.len() > limits::INCLUDES {
            self.report(site.error(words!(
                "há arquivos incluídos em mais de {} níveis",
                "files are included more than {} deep",
                limits::INCLUDES
            )));
            return None;
        }
        match (self.open)(&site.place.source.name, path) {
            Ok(file) if self.files.contains(&file.source.name) => {
                let name = visible(&file.source.name);
                let road: Vec<String> = self
                    .files
                    .iter()
                    .map(|name| format!("`{}`", visible(name)))
                    .collect();
                let wrong = site.error(words!(
                    "`{name}` inclui a si mesmo",
                    "`{name}` includes itself"
                ));
                self.report(wrong.note(words!(
                    "pelo caminho {} → `{name}`",
                    "by way of {} → `{name}`",
                    road.join(" → ")
                )));
                None
            }
            Ok(file) => Some(file),
            Err(Refusal::Wrong) => None,
            Err(Refusal::Unreadable(why)) => {
                self.report(site.error(Words {
                    pt: format!("`{}` não pode ser incluído: {}", visible(path), why.pt),
                    en: format!("cannot include `{}`: {}", visible(path), why.en),
                }));
                None
            }
        }
    }

    /// The parameters of an included file, with the values that the `include` names.
    fn bind(
        &mut self,
        file: &File,
        arguments: &[(String, Text)],
        site: &Site<'_>,
    ) -> Vec<(String, Text)> {
        let mut parameters = file.header.parameters.clone();
        for (name, value) in arguments {
            let mut value = value.clone();
            site.scope.fill(&mut value);
            self.spend(site, weigh(value.parts.iter()));
            if let Some((_, default)) = parameters.iter_mut().find(|(known, _)| known == name) {
                *default = value;
            } else {
                let wrong = site.error(words!(
                    "`{}` não tem o parâmetro `{name}`",
                    "`{}` has no parameter `{name}`",
                    visible(&file.source.name)
                ));
                self.report(
                    wrong.did_you_mean(name, parameters.iter().map(|(name, _)| name.as_str())),
                );
            }
        }
        parameters
    }

    /// Pays for a step and what it holds, and reports once when there is too much.
    fn spend(&mut self, site: &Site<'_>, bytes: usize) {
        self.budget.steps += 1;
        self.budget.bytes = self.budget.bytes.saturating_add(bytes);
        let what = if self.budget.steps > limits::STEPS {
            words!("mais de {} passos", "more than {} steps", limits::STEPS)
        } else if self.budget.bytes > limits::ALL_TEXT {
            words!(
                "mais de {} MiB de texto",
                "more than {} MiB of text",
                limits::ALL_TEXT >> 20
            )
        } else {
            return;
        };
        if !self.budget.is_spent {
            self.budget.is_spent = true;
            let wrong = site.error(Words {
                pt: format!("o cenário tem {}", what.pt),
                en: format!("the scenario has {}", what.en),
            });
            self.report(wrong.help([
                "repita menos vezes, ou envie menos",
                "repeat less often, or send less",
            ]));
        }
    }

    /// A line that is repeated is reported once.
    fn report(&mut self, diagnostic: Diagnostic) {
        let is_known = self.diagnostics.iter().any(|known| *known == diagnostic);
        if !is_known {
            self.diagnostics.push(diagnostic);
        }
    }
}
