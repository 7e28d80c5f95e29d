//! Fresh nicknames: all of one length, ASCII letters and digits, none used twice in a run, so none is another's beginning.

use std::collections::{BTreeSet, VecDeque};

use protocol::dialect::Names;

/// Bytes of a nickname, where the dialect allows so many.
const LENGTH: usize = 8;

/// Letters that are taken of an actor's own name.
const LETTERS: usize = 4;

/// The source of nicknames of one run.
pub(super) struct Nicks {
    digits: &'static [u8],
    length: usize,
    next: u64,
    given: BTreeSet<Vec<u8>>,
    /// Names of the scenarios' own, the latest last.
    literal: VecDeque<Vec<u8>>,
}

/// The most names of the scenarios' own that are remembered.
const MAX_LITERAL: usize = 8;

impl Nicks {
    /// Nicknames as these rules allow them; `seed` decides which.
    pub(super) fn new(seed: u64, names: &Names) -> Self {
        Self {
            digits: match names.letters {
                true => &DIGITS[..LETTERS_OF_DIGITS],
                false => DIGITS,
            },
            length: LENGTH.min(names.max).max(1),
            next: seed,
            given: BTreeSet::new(),
            literal: VecDeque::new(),
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
                let base = self.digits.len() as u64;
                nick.push(self.digits[(number % base) as usize]);
                number /= base;
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

    /// Remembers a name under which somebody asked to join, where a scenario chose it.
    pub(super) fn was_asked(&mut self, nick: &[u8]) {
        if self.knows(nick) || self.literal.iter().any(|known| known == nick) {
            return;
        }
        if self.literal.len() == MAX_LITERAL {
            self.literal.pop_front();
        }
        self.literal.push_back(nick.to_vec());
    }

    /// The names that scenarios chose lately: a slow server may tell of `Ana Maria` when the next scenario is under way.
    pub(super) fn literal(&self) -> impl Iterator<Item = &[u8]> {
        self.literal.iter().map(Vec::as_slice)
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

const DIGITS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// How many of them are letters.
const LETTERS_OF_DIGITS: usize = 26;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nicknames_are_distinct_short_and_show_their_actor() {
        let names = |max, letters| {
            let unb = protocol::Dialect::builtin("unb").unwrap();
            Names {
                max,
                letters,
                ..unb.names.clone()
            }
        };
        let mut nicks = Nicks::new(7, &names(9, false));
        let all: Vec<_> = (0..500).map(|_| nicks.fresh("Ana-Maria")).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 500);
        for nick in &all {
            assert_eq!(nick.len(), LENGTH);
            assert!(nick.starts_with(b"anam") && nick.iter().all(u8::is_ascii_alphanumeric));
            assert!(nicks.knows(nick));
        }
        assert!(nicks.fresh("é1").starts_with(b"u"));
        assert_eq!(Nicks::new(7, &names(3, false)).fresh("bia").len(), 3);
        let mut letters = Nicks::new(7, &names(9, true));
        let all: Vec<_> = (0..500).map(|_| letters.fresh("ana")).collect();
        assert!(all.iter().flatten().all(u8::is_ascii_alphabetic));
    }
}
