//! Fresh nicknames: all of one length, ASCII letters and digits, none used twice in a run, so none is another's beginning.

use std::collections::BTreeSet;

/// Bytes of a nickname, where the dialect allows so many.
const LENGTH: usize = 8;

/// Letters that are taken of an actor's own name.
const LETTERS: usize = 4;

/// The source of nicknames of one run.
pub(super) struct Nicks {
    length: usize,
    next: u64,
    given: BTreeSet<Vec<u8>>,
}

impl Nicks {
    /// Nicknames of at most `max` bytes; `seed` decides which.
    pub(super) fn new(seed: u64, max: usize) -> Self {
        Self {
            length: LENGTH.min(max).max(1),
            next: seed,
            given: BTreeSet::new(),
        }
    }

    /// A nickname that shows whose it is: `ana4k2xq`.
    pub(super) fn fresh(&mut self, actor: &str) -> Vec<u8> {
        let letters = actor.bytes().filter(u8::is_ascii_alphabetic);
        let mut start: Vec<u8> = letters
            .map(|letter| letter.to_ascii_lowercase())
            .take(LETTERS.min(self.length / 2))
            .collect();
        if start.is_empty() {
            start.push(b'u');
        }
        loop {
            let mut nick = start.clone();
            let mut number = self.word();
            while nick.len() < self.length {
                nick.push(DIGITS[(number % 36) as usize]);
                number /= 36;
            }
            if self.given.insert(nick.clone()) {
                return nick;
            }
        }
    }

    /// A word that nobody has said yet in this run: `k3x9q2`.
    pub(super) fn word_text(&mut self) -> String {
        let mut number = self.word();
        let mut word = String::from("k");
        for _ in 0..6 {
            word.push(char::from(DIGITS[(number % 36) as usize]));
            number /= 36;
        }
        word
    }

    /// Whether it was given out in this run.
    pub(super) fn knows(&self, nick: &[u8]) -> bool {
        self.given.contains(nick)
    }

    /// The next number of a sequence that visits every number once (SplitMix64).
    fn word(&mut self) -> u64 {
        self.next = self.next.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.next;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

const DIGITS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nicknames_are_distinct_short_and_show_their_actor() {
        let mut nicks = Nicks::new(7, 9);
        let all: Vec<_> = (0..500).map(|_| nicks.fresh("Ana-Maria")).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 500);
        for nick in &all {
            assert_eq!(nick.len(), LENGTH);
            assert!(nick.starts_with(b"anam") && nick.iter().all(u8::is_ascii_alphanumeric));
            assert!(nicks.knows(nick));
        }
        assert!(nicks.fresh("é1").starts_with(b"u"));
        assert_eq!(Nicks::new(7, 3).fresh("bia").len(), 3);
    }
}
