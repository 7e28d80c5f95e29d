//! Both halves of the conversations as one.

use std::vec::IntoIter;

use super::surveyor::Seen;
use super::{OneSide, Survey};
use crate::conversation::{Conversation, ConversationId};

/// The conversations of one half that are not yet among those of both, in the order of their first frames.
type Half = (IntoIter<Conversation>, IntoIter<[OneSide; 2]>);

/// The survey, and what the listener of each half has to say. The first surveyor counted
/// all frames; those of conversations each counted for its halves. Conversations are
/// numbered by their first frames; those that come after the first `limit` are counted with the rest.
pub(super) fn merge<T>(seen: Vec<Seen<T>>, limit: usize) -> (Survey, Vec<T>) {
    let mut survey = Survey::default();
    let (mut heard, mut halves) = (Vec::new(), Vec::new());
    for (which, one) in seen.into_iter().enumerate() {
        if which == 0 {
            survey.capture = one.facts;
            survey.udp = one.udp;
        } else {
            survey.capture.tcp += one.facts.tcp;
            for (reason, count) in one.facts.unread {
                *survey.capture.unread.entry(reason).or_default() += count;
            }
        }
        for half in one.halves {
            survey.rest.join(&half.rest);
            survey.rest_amount = survey.rest_amount.and(half.rest_amount);
            heard.push(half.heard);
            halves.push((half.conversations.into_iter(), half.sides.into_iter()));
        }
    }
    let count: usize = halves.iter().map(|half| half.0.len()).sum();
    survey.conversations.reserve_exact(count.min(limit));
    survey.sides.reserve_exact(count.min(limit));
    while let Some((one, sides)) = next(&mut halves) {
        let number = survey.conversations.len();
        if number < limit {
            let id = ConversationId(u32::try_from(number).unwrap_or(u32::MAX));
            survey.conversations.push(Conversation { id, ..one });
            survey.sides.push(sides);
        } else {
            survey.rest.add(&one);
            let amounts = sides.iter().map(|side| side.amount);
            survey.rest_amount = amounts.fold(survey.rest_amount, |sum, one| sum.and(one));
        }
    }
    (survey, heard)
}

/// The next of all, with what was said in it.
fn next(halves: &mut [Half]) -> Option<(Conversation, [OneSide; 2])> {
    let next = halves.iter_mut().min_by_key(|(conversations, _)| {
        let next = conversations.as_slice().first();
        next.map_or(u64::MAX, |one| one.first.frame)
    });
    let (conversations, sides) = next?;
    conversations.next().zip(sides.next())
}
