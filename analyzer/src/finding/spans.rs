//! How long many things lasted, in frames: whether any was there at a moment.

use crate::conversation::ConversationId;

/// When conversations began and ended, by the frame of the beginning.
#[derive(Debug, Default)]
pub(super) struct Spans {
    begins: Vec<u64>,
    /// Of each beginning and all before it, the two that end last, each of another conversation: the end, and whose it is.
    ends: Vec<[Option<(u64, ConversationId)>; 2]>,
}

impl Spans {
    /// Of conversations with the frames in which they begin and end.
    pub(super) fn of(spans: impl Iterator<Item = (ConversationId, u64, u64)>) -> Self {
        let mut spans: Vec<_> = spans.collect();
        spans.sort_by_key(|(_, begin, _)| *begin);
        let mut latest: [Option<(u64, ConversationId)>; 2] = [None; 2];
        let mut all = Self::default();
        for (whose, begin, end) in spans {
            let mut known = latest.into_iter().flatten().collect::<Vec<_>>();
            known.push((end, whose));
            known.sort_by_key(|(end, _)| std::cmp::Reverse(*end));
            let first = known[0];
            let other = known.into_iter().find(|(_, one)| *one != first.1);
            latest = [Some(first), other];
            all.begins.push(begin);
            all.ends.push(latest);
        }
        all
    }

    /// Whether one began before a frame and ended behind another; of other conversations than this, if one is named.
    pub(super) fn any(&self, before: u64, behind: u64, but: Option<ConversationId>) -> bool {
        let begun = self.begins.partition_point(|begin| *begin < before);
        let latest = begun.checked_sub(1).and_then(|last| self.ends.get(last));
        let mut latest = latest.into_iter().flatten().flatten();
        latest.any(|(end, whose)| *end > behind && Some(*whose) != but)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn one_is_found_as_by_trying_each(
            spans in prop::collection::vec((0u32..4, 0u64..9, 0u64..9), 0..9),
            before in 0u64..9,
            behind in 0u64..9,
            but in prop::option::of(0u32..4),
        ) {
            let spans = spans.into_iter().map(|(whose, begin, end)| (ConversationId(whose), begin, end));
            let but = but.map(ConversationId);
            let slowly = spans.clone().any(|(whose, begin, end)| begin < before && end > behind && Some(whose) != but);
            prop_assert_eq!(Spans::of(spans).any(before, behind, but), slowly);
        }
    }
}
