//! Messages that somebody gets and no step claims: the scenario would blame a correct server for them.

use std::collections::BTreeSet;

use protocol::diagnostic::Diagnostic;
use protocol::words;

use super::super::{Action, Actor, Feature, Framing, Scenario, Split, Step, Text, Verb};
use super::warning;

/// Follows who is there when something is said. Knows nothing of dialects in which nobody hears another.
pub(super) fn unclaimed(scenario: &Scenario) -> Vec<Diagnostic> {
    if scenario.needs.contains(&Feature::Isolation) {
        return Vec::new();
    }
    let mut room = Room::default();
    scenario.each_step(&mut |step| {
        if let Action::Do { actor, verb } = &step.action {
            room.deed(step, actor, verb);
        }
    });
    let mut reported = BTreeSet::new();
    let first_of_its_line =
        |message: &Message| reported.insert((message.step.place.span.start, message.to.clone()));
    let left = room.messages.into_iter().filter(first_of_its_line);
    left.map(|Message { to, from, step, .. }| {
        let odd = warning(
            step,
            words!(
                "`{to}` recebe isto, e nenhum passo o espera",
                "`{to}` gets this and never hears it"
            ),
        );
        odd.help(words!(
            "acrescente `{to} hears {from} …`, ou `{to} ignores the rest`",
            "add `{to} hears {from} …`, or `{to} ignores the rest`"
        ))
    })
    .collect()
}

/// Something that was said, on its way to one listener.
struct Message<'s> {
    to: &'s Actor,
    from: &'s Actor,
    text: &'s Text,
    step: &'s Step,
}

/// Beyond so many unclaimed messages nobody wants to know of more.
const ENOUGH: usize = 2_000;

#[derive(Default)]
struct Room<'s> {
    listening: BTreeSet<&'s Actor>,
    messages: Vec<Message<'s>>,
}

impl<'s> Room<'s> {
    fn deed(&mut self, step: &'s Step, actor: &'s Actor, verb: &'s Verb) {
        match verb {
            Verb::Join(_) => {
                self.listening.insert(actor);
            }
            Verb::Say { text, framing } if is_whole(framing) => self.say(step, actor, text),
            Verb::SayTogether(texts) => texts.iter().for_each(|text| self.say(step, actor, text)),
            Verb::Hear { from, text } => self.hear(actor, from, text),
            Verb::Quit { .. }
            | Verb::Leave
            | Verb::Close
            | Verb::Reset
            | Verb::Vanish
            | Verb::StopReading
            | Verb::IgnoreTheRest
            | Verb::Send(_)
            | Verb::SendInPieces { .. }
            | Verb::SendTogether(_)
            | Verb::IsDisconnected => self.forget(actor),
            _ => {}
        }
    }

    fn say(&mut self, step: &'s Step, from: &'s Actor, text: &'s Text) {
        let listeners = self.listening.iter().filter(|to| **to != from);
        let sent = listeners.map(|to| Message {
            to,
            from,
            text,
            step,
        });
        let room_left = ENOUGH.saturating_sub(self.messages.len());
        self.messages.extend(sent.take(room_left));
    }

    fn hear(&mut self, to: &Actor, from: &Actor, text: &Text) {
        let is_it = |message: &Message<'_>| {
            message.to == to && message.from == from && message.text == text
        };
        if let Some(at) = self.messages.iter().position(is_it) {
            self.messages.remove(at);
        }
    }

    /// What an actor gets is not judged any more.
    fn forget(&mut self, actor: &Actor) {
        self.listening.remove(actor);
        self.messages.retain(|message| message.to != actor);
    }
}

/// Whether a message is ever finished.
fn is_whole(framing: &Framing) -> bool {
    let is_cut = matches!(framing.split, Some(Split::Only(_)));
    let is_ended = framing
        .terminator
        .as_ref()
        .is_none_or(|terminator| !terminator.parts.is_empty());
    is_ended && !is_cut
}
