//! The books: what was said, and what each hearer has of it. Nothing lost, nothing twice, each sender's order kept.
//!
//! Pure: knows no socket, no byte and no clock. What is missing while the run goes on may still come; only
//! [`Ledger::missing`] at the end says what is lost. Memory is bounded: four bytes for each pair of hearer and sender, and a
//! limited number of gaps.

use std::collections::BTreeMap;
use std::ops::Range;

use super::crowd::Mark;

/// The most gaps that are remembered for one pair, and for all of them together. What lies before a forgotten gap stays lost.
const GAPS_OF_A_PAIR: usize = 256;
const GAPS: usize = 500_000;

/// What a message's arrival means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Arrival {
    /// As it should be; the messages before it that are missing until now.
    First {
        /// Their numbers.
        skipped: Range<u32>,
    },
    /// It comes after one that was said later.
    Late,
    /// This hearer has it already.
    Again,
    /// Nobody has said that yet.
    Unsaid,
}

/// The books of one run. See the module's documentation.
#[derive(Debug)]
pub(super) struct Ledger {
    senders: usize,
    /// How many messages each sender has said.
    said: Vec<u32>,
    /// For each hearer and sender, the number of the next message.
    next: Vec<u32>,
    gaps: BTreeMap<(usize, usize), Gaps>,
    gap_count: usize,
}

/// What one hearer still lacks of one sender.
#[derive(Debug, Default)]
struct Gaps {
    ranges: Vec<Range<u32>>,
    /// Missing messages in gaps that are no longer remembered.
    forgotten: u64,
}

/// What one hearer never got of one sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) hearer: usize,
    /// The first of them.
    pub(super) first: Mark,
    pub(super) count: u64,
}

impl Ledger {
    /// So many clients, each of them a sender and a hearer.
    pub(super) fn new(clients: usize) -> Self {
        Self {
            senders: clients,
            said: vec![0; clients],
            next: vec![0; clients * clients],
            gaps: BTreeMap::new(),
            gap_count: 0,
        }
    }

    /// A sender says its next message.
    pub(super) fn say(&mut self, sender: usize) -> Mark {
        let number = self.said[sender];
        self.said[sender] += 1;
        Mark { sender, number }
    }

    /// How many messages a sender has said.
    pub(super) fn said(&self, sender: usize) -> u32 {
        self.said[sender]
    }

    /// A hearer gets a message.
    pub(super) fn hear(&mut self, hearer: usize, mark: Mark) -> Arrival {
        if mark.number >= self.said[mark.sender] {
            return Arrival::Unsaid;
        }
        let next = &mut self.next[hearer * self.senders + mark.sender];
        let expected = *next;
        if mark.number < expected {
            return match self.fill(hearer, mark) {
                true => Arrival::Late,
                false => Arrival::Again,
            };
        }
        *next = mark.number + 1;
        let skipped = expected..mark.number;
        if !skipped.is_empty() {
            self.open(hearer, mark.sender, skipped.clone());
        }
        Arrival::First { skipped }
    }

    fn open(&mut self, hearer: usize, sender: usize, skipped: Range<u32>) {
        let gaps = self.gaps.entry((hearer, sender)).or_default();
        if gaps.ranges.len() >= GAPS_OF_A_PAIR || self.gap_count >= GAPS {
            gaps.forgotten += skipped.len() as u64;
        } else {
            gaps.ranges.push(skipped);
            self.gap_count += 1;
        }
    }

    /// Whether the message was missing.
    fn fill(&mut self, hearer: usize, mark: Mark) -> bool {
        let Some(gaps) = self.gaps.get_mut(&(hearer, mark.sender)) else {
            return false;
        };
        let Some(at) = gaps
            .ranges
            .iter()
            .position(|gap| gap.contains(&mark.number))
        else {
            return false;
        };
        let gap = gaps.ranges.remove(at);
        let rest = [gap.start..mark.number, mark.number + 1..gap.end];
        let rest: Vec<_> = rest.into_iter().filter(|gap| !gap.is_empty()).collect();
        self.gap_count = self.gap_count + rest.len() - 1;
        gaps.ranges.splice(at..at, rest);
        true
    }

    /// How many messages a hearer lacks of a sender.
    pub(super) fn lacks(&self, hearer: usize, sender: usize) -> u64 {
        let next = self.next[hearer * self.senders + sender];
        let gaps = self.gaps.get(&(hearer, sender));
        let inside = gaps.map_or(0, |gaps| {
            gaps.ranges.iter().map(|gap| gap.len() as u64).sum::<u64>() + gaps.forgotten
        });
        u64::from(self.said[sender] - next) + inside
    }

    /// How many messages a hearer lacks of a sender though it got a later one.
    pub(super) fn overtaken(&self, hearer: usize, sender: usize) -> u64 {
        let next = self.next[hearer * self.senders + sender];
        self.lacks(hearer, sender) - u64::from(self.said[sender] - next)
    }

    /// The number of the message that comes next at a hearer.
    pub(super) fn next(&self, hearer: usize, sender: usize) -> u32 {
        self.next[hearer * self.senders + sender]
    }

    /// Whether a hearer lacks a message, as far as it is remembered.
    pub(super) fn lacks_message(&self, hearer: usize, mark: Mark) -> bool {
        let next = self.next[hearer * self.senders + mark.sender];
        let gaps = self.gaps.get(&(hearer, mark.sender));
        mark.number >= next
            || gaps.is_some_and(|gaps| gaps.ranges.iter().any(|gap| gap.contains(&mark.number)))
    }

    /// What one hearer never got of one sender; `None`: it has everything.
    pub(super) fn missing(&self, hearer: usize, sender: usize) -> Option<Missing> {
        let count = self.lacks(hearer, sender);
        let next = self.next[hearer * self.senders + sender];
        let gaps = self.gaps.get(&(hearer, sender));
        let first_gap = gaps.and_then(|gaps| gaps.ranges.iter().map(|gap| gap.start).min());
        (count > 0).then(|| Missing {
            hearer,
            first: Mark {
                sender,
                number: first_gap.unwrap_or(next),
            },
            count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn after(said: u32, heard: &[u32]) -> (Ledger, Vec<Arrival>) {
        let mut ledger = Ledger::new(2);
        for _ in 0..said {
            ledger.say(0);
        }
        let arrivals = heard
            .iter()
            .map(|number| {
                let mark = Mark {
                    sender: 0,
                    number: *number,
                };
                ledger.hear(1, mark)
            })
            .collect();
        (ledger, arrivals)
    }

    fn first(skipped: Range<u32>) -> Arrival {
        Arrival::First { skipped }
    }

    #[test]
    fn what_comes_in_order_is_right() {
        let (ledger, arrivals) = after(3, &[0, 1, 2]);
        assert_eq!(arrivals, [first(0..0), first(1..1), first(2..2)]);
        assert_eq!(ledger.missing(1, 0), None);
    }

    #[test]
    fn what_is_overtaken_is_late_and_not_lost() {
        let (ledger, arrivals) = after(4, &[0, 3, 1, 2]);
        assert_eq!(
            arrivals,
            [first(0..0), first(1..3), Arrival::Late, Arrival::Late]
        );
        assert_eq!(ledger.missing(1, 0), None);
    }

    #[test]
    fn what_comes_twice_is_told_from_what_comes_late() {
        let (_, arrivals) = after(3, &[0, 2, 1, 1, 0]);
        assert_eq!(
            arrivals[2..],
            [Arrival::Late, Arrival::Again, Arrival::Again]
        );
    }

    #[test]
    fn what_never_comes_is_missing_in_the_middle_and_at_the_end() {
        let (ledger, _) = after(6, &[0, 2, 3]);
        let first = Mark {
            sender: 0,
            number: 1,
        };
        let missing = Missing {
            hearer: 1,
            first,
            count: 3,
        };
        assert_eq!(ledger.missing(1, 0), Some(missing));
        assert!(ledger.lacks_message(1, first));
    }

    #[test]
    fn what_nobody_said_is_nothing() {
        let (_, arrivals) = after(1, &[5]);
        assert_eq!(arrivals, [Arrival::Unsaid]);
    }

    #[test]
    fn the_memory_of_gaps_is_bounded_and_their_count_is_right() {
        let heard: Vec<u32> = (0..4000).filter(|number| number % 2 == 1).collect();
        let (ledger, _) = after(4000, &heard);
        assert_eq!(ledger.lacks(1, 0), 2000);
        assert!(ledger.gap_count <= GAPS_OF_A_PAIR);
    }

    proptest! {
        #[test]
        fn every_message_is_accounted_for(said in 0_u32..40, heard in proptest::collection::vec(0_u32..40, 0..80)) {
            let (ledger, arrivals) = after(said, &heard);
            let distinct: std::collections::BTreeSet<_> = heard.iter().filter(|number| **number < said).collect();
            prop_assert_eq!(ledger.lacks(1, 0), u64::from(said) - distinct.len() as u64);
            let again = arrivals.iter().filter(|arrival| **arrival == Arrival::Again).count();
            let known = heard.iter().filter(|number| **number < said).count();
            prop_assert_eq!(again, known - distinct.len());
        }
    }
}
