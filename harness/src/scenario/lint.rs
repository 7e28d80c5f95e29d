//! What is written correctly and yet cannot be meant.

mod unclaimed;

use std::collections::{BTreeMap, BTreeSet};

use protocol::diagnostic::{Diagnostic, Diagnostics, closest};
use protocol::lang::Words;
use protocol::words;

use super::{Action, Actor, CrowdVerb, Name, RULES, Scenario, Step, Text, Verb};

/// Reports what is odd about a scenario: as an error if it could not run, else as a warning.
pub(super) fn lint(scenario: &Scenario, diagnostics: &mut Diagnostics) {
    let mut story = Story::default();
    scenario.each_step(&mut |step| story.step(step));
    diagnostics.extend(story.problems);
    let mut reader = Reader {
        scenario,
        said: Said::of(scenario),
        problems: Vec::new(),
    };
    scenario.each_step(&mut |step| reader.step(step));
    diagnostics.extend(reader.problems);
    diagnostics.extend(unclaimed::unclaimed(scenario));
    diagnostics.extend(unknown_rule(scenario));
    diagnostics.extend(judges_nothing(scenario));
    diagnostics.extend(idle_actors(scenario));
}

/// Follows the connections of all actors through the steps.
#[derive(Default)]
struct Story {
    connected: BTreeSet<Actor>,
    /// Who left, and how.
    gone: BTreeMap<Actor, [&'static str; 2]>,
    listed: BTreeSet<Actor>,
    reported: BTreeSet<Actor>,
    problems: Vec<Diagnostic>,
}

impl Story {
    fn step(&mut self, step: &Step) {
        let Action::Do { actor, verb } = &step.action else {
            return;
        };
        let opens = matches!(verb, Verb::Join(_) | Verb::TryToJoin(_) | Verb::Connect);
        if opens {
            self.connected.insert(actor.clone());
            self.gone.remove(actor);
            self.listed.remove(actor);
        } else if !self.connected.contains(actor) {
            return self.report(actor, || {
                let message = words!(
                    "`{actor}` ainda não se conectou",
                    "`{actor}` has not connected yet"
                );
                error(step, message).help(words!(
                    "faça-o entrar antes: `{actor} joins`",
                    "let it join first: `{actor} joins`"
                ))
            });
        }
        if let (true, Some([pt, en])) = (verb.acts(), self.gone.get(actor).copied()) {
            return self.report(actor, || {
                warning(
                    step,
                    Words::from([
                        format!("`{actor}` age depois de {pt}"),
                        format!("`{actor}` acts after it {en}"),
                    ]),
                )
            });
        }
        match verb {
            Verb::List => {
                self.listed.insert(actor.clone());
            }
            Verb::ListIncludes(_) | Verb::ListExcludes(_) | Verb::ListIsExactly(_)
                if !self.listed.contains(actor) =>
            {
                self.report(actor, || {
                    error(
                        step,
                        words!(
                            "`{actor}` não pediu lista nenhuma",
                            "`{actor}` has asked for no list"
                        ),
                    )
                    .help(words!(
                        "escreva `{actor} lists` antes",
                        "write `{actor} lists` before"
                    ))
                });
            }
            Verb::Quit { .. } => self.leaves(actor, ["sair", "quit"]),
            Verb::Leave => self.leaves(actor, ["ir embora", "left"]),
            Verb::Close => self.leaves(actor, ["fechar a conexão", "closed"]),
            Verb::Reset => self.leaves(actor, ["abortar a conexão", "reset"]),
            Verb::Finish => self.leaves(actor, ["fechar o seu lado", "finished"]),
            Verb::Vanish => self.leaves(actor, ["sumir", "vanished"]),
            _ => {}
        }
    }

    fn leaves(&mut self, actor: &Actor, how: [&'static str; 2]) {
        self.gone.insert(actor.clone(), how);
    }

    /// One report for each actor: what follows is a consequence.
    fn report(&mut self, actor: &Actor, problem: impl FnOnce() -> Diagnostic) {
        if self.reported.insert(actor.clone()) {
            self.problems.push(problem());
        }
    }
}

impl Verb {
    /// Whether it needs a connection that can still send.
    fn acts(&self) -> bool {
        matches!(
            self,
            Self::Say { .. }
                | Self::SayTogether(_)
                | Self::Tell { .. }
                | Self::List
                | Self::Quit { .. }
                | Self::SendWrong(_)
                | Self::Send(_)
                | Self::SendInPieces { .. }
                | Self::SendTogether(_)
        )
    }

    /// Whether it can fail a server.
    fn judges(&self) -> bool {
        let only_acts = matches!(
            self,
            Self::TryToJoin(_)
                | Self::Connect
                | Self::Leave
                | Self::Finish
                | Self::Reset
                | Self::Close
                | Self::StopReading
                | Self::ReadAgain
                | Self::Vanish
                | Self::IgnoreTheRest
        );
        !(only_acts || self.acts())
    }
}

/// What each actor says, and who sends bytes that nobody can foresee.
#[derive(Default)]
struct Said {
    texts: BTreeMap<Actor, Vec<Text>>,
    freely: BTreeSet<Actor>,
    acting: BTreeSet<Actor>,
}

impl Said {
    fn of(scenario: &Scenario) -> Self {
        let mut said = Self::default();
        scenario.each_step(&mut |step| {
            let Action::Do { actor, verb } = &step.action else {
                return;
            };
            said.acting.insert(actor.clone());
            match verb {
                Verb::Say { text, .. } | Verb::Tell { text, .. } => {
                    said.add(actor, std::slice::from_ref(text));
                }
                Verb::SayTogether(texts) => said.add(actor, texts),
                Verb::Send(_) | Verb::SendInPieces { .. } | Verb::SendTogether(_) => {
                    said.freely.insert(actor.clone());
                }
                _ => {}
            }
        });
        said
    }

    fn add(&mut self, actor: &Actor, texts: &[Text]) {
        self.texts
            .entry(actor.clone())
            .or_default()
            .extend_from_slice(texts);
    }
}

/// Finds what is expected and never done.
struct Reader<'s> {
    scenario: &'s Scenario,
    said: Said,
    problems: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn step(&mut self, step: &Step) {
        match &step.action {
            Action::Do { verb, .. } => {
                for other in verb.others() {
                    self.must_act(step, other);
                }
                if let Verb::Hear { from, text } | Verb::HearPrivately { from, text } = verb {
                    self.must_say(step, from, text);
                }
            }
            Action::Crowd {
                verb: CrowdVerb::Hear { from, text },
                ..
            } => {
                self.must_act(step, from);
                self.must_say(step, from, text);
            }
            _ => {}
        }
    }

    fn must_act(&mut self, step: &Step, actor: &Actor) {
        if !self.said.acting.contains(actor) {
            let known = self
                .scenario
                .actors
                .iter()
                .filter(|known| self.said.acting.contains(known));
            let wrong = error(
                step,
                words!("`{actor}` nunca faz nada", "`{actor}` never does anything"),
            );
            self.push(wrong.did_you_mean(actor.name(), known.map(Actor::name)));
        }
    }

    fn must_say(&mut self, step: &Step, from: &Actor, text: &Text) {
        let texts = self
            .said
            .texts
            .get(from)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let is_said = texts.contains(text)
            || self.said.freely.contains(from)
            || !self.said.acting.contains(from);
        if is_said {
            return;
        }
        let said: Vec<String> = texts.iter().filter_map(plain).collect();
        let meant = plain(text)
            .and_then(|text| closest(&text, said.iter().map(String::as_str)).map(str::to_owned));
        let wrong = warning(
            step,
            words!("`{from}` nunca diz isto", "`{from}` never says that"),
        );
        self.push(match meant {
            Some(meant) => wrong.help(words!("ele diz \"{meant}\"", "it says \"{meant}\"")),
            None => wrong,
        });
    }

    /// A line that is repeated is reported once.
    fn push(&mut self, problem: Diagnostic) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }
}

fn plain(text: &Text) -> Option<String> {
    text.bytes(|_| None)
        .and_then(|bytes| String::from_utf8(bytes).ok())
}

fn unknown_rule(scenario: &Scenario) -> Option<Diagnostic> {
    let rule = scenario.rule.as_deref()?;
    if RULES.contains(&rule) {
        return None;
    }
    let start = scenario
        .source
        .text
        .find(&format!("rule {rule}"))
        .map_or(0, |at| at + "rule ".len());
    let span = if start == 0 {
        0..0
    } else {
        start..start + rule.len()
    };
    let odd = Diagnostic::warning(words!(
        "nenhuma regra embutida se chama `{rule}`",
        "no built-in rule is called `{rule}`"
    ))
    .at(&scenario.source, span);
    let help = odd.did_you_mean(rule, RULES.iter().copied());
    Some(help.note([
        "um dialeto seu pode defini-la",
        "a dialect of your own may define it",
    ]))
}

fn judges_nothing(scenario: &Scenario) -> Option<Diagnostic> {
    let mut judges = false;
    scenario.each_step(&mut |step| {
        judges |= match &step.action {
            Action::Do { verb, .. } => verb.judges(),
            Action::Crowd { .. } | Action::ServerStillServes => true,
            Action::Block { .. } => false,
        };
    });
    let odd = || {
        Diagnostic::warning([
            "nada é julgado: todo servidor passa",
            "nothing is judged: every server passes",
        ])
        .at(&scenario.source, 0..0)
    };
    (!judges).then(|| {
        odd().help([
            "diga o que deve ser recebido, ou termine com `the server still serves`",
            "say what must be received, or end with `the server still serves`",
        ])
    })
}

/// Those who join, do nothing more, and are named by nobody.
fn idle_actors(scenario: &Scenario) -> Vec<Diagnostic> {
    let mut deeds: BTreeMap<Actor, (usize, Option<Step>)> = BTreeMap::new();
    let mut named = BTreeSet::new();
    scenario.each_step(&mut |step| {
        let Action::Do { actor, verb } = &step.action else {
            return;
        };
        named.extend(verb.others().into_iter().cloned());
        let entry = deeds.entry(actor.clone()).or_default();
        entry.0 += 1;
        if *verb == Verb::Join(Name::Own) {
            entry.1 = Some(step.clone());
        }
    });
    let idle = deeds
        .into_iter()
        .filter(|(actor, (count, _))| *count == 1 && !named.contains(actor));
    let told = idle.filter_map(|(actor, (_, join))| join.map(|step| (actor, step)));
    told.map(|(actor, step)| {
        let odd = warning(
            &step,
            words!(
                "`{actor}` entra e não aparece mais",
                "`{actor}` joins and is never heard of again"
            ),
        );
        odd.help(words!(
            "diga o que ele deve receber, como em `{actor} hears nothing`, ou deixe-o de fora",
            "say what it must receive, as in `{actor} hears nothing`, or leave it out"
        ))
    })
    .collect()
}

fn error(step: &Step, message: Words) -> Diagnostic {
    Diagnostic::error(message).at(&step.place.source, step.place.span.clone())
}

fn warning(step: &Step, message: Words) -> Diagnostic {
    Diagnostic::warning(message).at(&step.place.source, step.place.span.clone())
}
