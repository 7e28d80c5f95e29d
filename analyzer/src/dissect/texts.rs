//! What clients said, for what a server hands on: in a raw stream nothing but the text itself shows where its copy ends.

use protocol::message::CommandKind;
use rustc_hash::FxHashMap;

use super::{Dialogue, MessageKind};

/// The texts of all clients, by who said them.
#[derive(Debug, Default)]
pub struct Texts {
    by_name: FxHashMap<Vec<u8>, Sorted>,
    /// For copies that do not say whose they are.
    all: Sorted,
}

/// In order, each once.
#[derive(Debug, Default)]
struct Sorted {
    texts: Vec<Vec<u8>>,
    /// For each text, the lengths of all texts with which it begins, in order; its own is the last.
    beginnings: Vec<Vec<usize>>,
}

impl Texts {
    /// What is said in these dialogues.
    #[must_use]
    pub fn of<'d>(dialogues: impl Iterator<Item = &'d Dialogue>) -> Self {
        let mut said = FxHashMap::<_, Vec<Vec<u8>>>::default();
        for dialogue in dialogues {
            let nick = dialogue.nick.as_deref().unwrap_or_default();
            let of_client = said.entry(nick.to_vec()).or_default();
            for message in &dialogue.messages {
                let is_saying = matches!(
                    message.kind,
                    MessageKind::Request(CommandKind::Say | CommandKind::Tell)
                );
                let text = message.fields.get("text").filter(|_| is_saying);
                let text = text.unwrap_or_default();
                let copies = [text, text.trim_ascii()].into_iter();
                of_client.extend(copies.filter(|one| !one.is_empty()).map(<[u8]>::to_vec));
            }
        }
        let all = said.values().flatten().cloned().collect();
        let by_name = said.into_iter();
        Self {
            by_name: by_name
                .map(|(name, texts)| (name, Sorted::new(texts)))
                .collect(),
            all: Sorted::new(all),
        }
    }

    /// How long the copy of a text is that begins here; the longest, if it may be of several.
    pub(super) fn length(&self, from: Option<&[u8]>, bytes: &[u8]) -> Option<usize> {
        self.by(from)?.longest_within(bytes)
    }

    /// Whether all these bytes are the beginning of the copy of a text, which goes on.
    pub(super) fn is_begun(&self, from: Option<&[u8]>, bytes: &[u8]) -> bool {
        self.by(from).is_some_and(|texts| texts.goes_on(bytes))
    }

    /// None of somebody who is named and not known.
    fn by(&self, from: Option<&[u8]>) -> Option<&Sorted> {
        match from {
            Some(name) => self.by_name.get(name),
            None => Some(&self.all),
        }
    }
}

impl Sorted {
    fn new(mut texts: Vec<Vec<u8>>) -> Self {
        texts.sort_unstable();
        texts.dedup();
        let mut beginnings: Vec<Vec<usize>> = Vec::with_capacity(texts.len());
        for (at, text) in texts.iter().enumerate() {
            // What this text begins with stands before it in order; the one directly before it then begins with the same.
            let before = at.checked_sub(1).map(|at| (&texts[at], &beginnings[at]));
            let shared = before.map(|(before, lengths)| {
                let same = common(before, text);
                lengths.iter().copied().take_while(move |one| *one <= same)
            });
            let lengths = shared.into_iter().flatten().chain([text.len()]);
            beginnings.push(lengths.collect());
        }
        Self { texts, beginnings }
    }

    /// The place of the first text that is behind these bytes in order.
    fn behind(&self, bytes: &[u8]) -> usize {
        self.texts.partition_point(|text| text.as_slice() <= bytes)
    }

    /// The length of the longest text with which the bytes begin.
    fn longest_within(&self, bytes: &[u8]) -> Option<usize> {
        // Whatever they begin with, the text directly before them in order begins with it too.
        let before = self.behind(bytes).checked_sub(1)?;
        let same = common(&self.texts[before], bytes);
        let lengths = &self.beginnings[before];
        let within = lengths.partition_point(|one| *one <= same);
        lengths[..within].last().copied()
    }

    fn goes_on(&self, bytes: &[u8]) -> bool {
        let next = self.texts.get(self.behind(bytes));
        next.is_some_and(|next| next.starts_with(bytes))
    }
}

/// How many bytes both begin with.
fn common(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn texts_are_found_as_by_trying_each(
            texts in prop::collection::vec("[ab]{1,4}", 0..12),
            bytes in "[ab]{0,6}",
        ) {
            let sorted = Sorted::new(texts.iter().map(|text| text.clone().into_bytes()).collect());
            let within = texts.iter().filter(|text| bytes.starts_with(text.as_str()));
            let longest = within.map(String::len).max();
            let begun = texts.iter().any(|text| text.len() > bytes.len() && text.starts_with(&bytes));
            prop_assert_eq!(sorted.longest_within(bytes.as_bytes()), longest);
            prop_assert_eq!(sorted.goes_on(bytes.as_bytes()), begun);
        }
    }
}
