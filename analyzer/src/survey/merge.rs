//! Both halves of the conversations as one.

use super::surveyor::Seen;
use super::{OneSide, Survey};
use crate::conversation::{Conversation, ConversationId};

/// The survey, and what the listener of each half has to say. The first surveyor counted
/// all frames; those of conversations each counted for its halves. Conversations are
/// numbered by their first frames; those that come after the first `limit` are counted with the rest.
pub(super) fn merge<T>(seen: Vec<Seen<T>>, limit: usize) -> (Survey, Vec<T>) {
    let mut survey = Survey::default();
    let mut heard = Vec::new();
    let beyond = first_beyond(&seen, limit);
    let halves = seen.iter().flat_map(|one| &one.halves);
    let count = halves.map(|half| half.conversations.len()).sum();
    let mut told: Vec<(Conversation, [OneSide; 2])> = Vec::with_capacity(count);
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
            for (one, sides) in half.conversations.into_iter().zip(half.sides) {
                if beyond.is_none_or(|beyond| one.first.frame < beyond) {
                    told.push((one, sides));
                } else {
                    survey.rest.add(&one);
                    let amounts = sides.iter().map(|side| side.amount);
                    survey.rest_amount = amounts.fold(survey.rest_amount, |sum, one| sum.and(one));
                }
            }
        }
    }
    told.sort_by_key(|(one, _)| one.first.frame);
    survey.conversations.reserve_exact(told.len());
    survey.sides.reserve_exact(told.len());
    for (number, (one, sides)) in told.into_iter().enumerate() {
        let id = ConversationId(u32::try_from(number).unwrap_or(u32::MAX));
        survey.conversations.push(Conversation { id, ..one });
        survey.sides.push(sides);
    }
    (survey, heard)
}

/// The first frame of the first conversation that is not told one by one, if there is one.
fn first_beyond<T>(seen: &[Seen<T>], limit: usize) -> Option<u64> {
    let halves = seen.iter().flat_map(|one| &one.halves);
    let conversations = halves.flat_map(|half| &half.conversations);
    let mut firsts: Vec<u64> = conversations.map(|one| one.first.frame).collect();
    firsts.sort_unstable();
    firsts.get(limit).copied()
}
