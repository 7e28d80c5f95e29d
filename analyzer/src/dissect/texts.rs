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
struct Sorted(Vec<Vec<u8>>);

impl Texts {
    /// What is said in these dialogues.
    #[must_use]
    pub fn of<'d>(dialogues: impl Iterator<Item = &'d Dialogue>) -> Self {
        let mut texts = Self::default();
        for dialogue in dialogues {
            let nick = dialogue.nick.as_deref().unwrap_or_default();
            let of_client = texts.by_name.entry(nick.to_vec()).or_default();
            for message in &dialogue.messages {
                let is_saying = matches!(
                    message.kind,
                    MessageKind::Request(CommandKind::Say | CommandKind::Tell)
                );
                let text = message.fields.get("text").filter(|_| is_saying);
                let text = text.unwrap_or_default();
                for one in [text, text.trim_ascii()] {
                    if !one.is_empty() {
                        of_client.0.push(one.to_vec());
                    }
                }
            }
        }
        let all = texts.by_name.values().flat_map(|one| one.0.iter().cloned());
        texts.all.0 = all.collect();
        let every = texts.by_name.values_mut().chain([&mut texts.all]);
        every.for_each(Sorted::sort);
        texts
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
    fn sort(&mut self) {
        self.0.sort_unstable();
        self.0.dedup();
    }

    /// The length of the longest text with which the bytes begin.
    fn longest_within(&self, mut bytes: &[u8]) -> Option<usize> {
        loop {
            let behind = self.0.partition_point(|text| text.as_slice() <= bytes);
            let before = self.0.get(behind.checked_sub(1)?)?;
            let same = before.iter().zip(bytes).take_while(|(a, b)| a == b).count();
            if same == before.len() {
                return Some(same);
            }
            // No text between this one and the bytes is a beginning of them: a longest one is no longer than what is the same.
            bytes = bytes.get(..same)?;
        }
    }

    fn goes_on(&self, bytes: &[u8]) -> bool {
        let behind = self.0.partition_point(|text| text.as_slice() <= bytes);
        self.0
            .get(behind)
            .is_some_and(|next| next.starts_with(bytes))
    }
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
            let mut sorted = Sorted(texts.iter().map(|text| text.clone().into_bytes()).collect());
            sorted.sort();
            let within = texts.iter().filter(|text| bytes.starts_with(text.as_str()));
            let longest = within.map(String::len).max();
            let begun = texts.iter().any(|text| text.len() > bytes.len() && text.starts_with(&bytes));
            prop_assert_eq!(sorted.longest_within(bytes.as_bytes()), longest);
            prop_assert_eq!(sorted.goes_on(bytes.as_bytes()), begun);
        }
    }
}
