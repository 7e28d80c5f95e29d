//! Who talks under load, and what is said: nicknames and texts that tell by themselves whose they are and which.
//!
//! ```text
//! lqwaaab                                        the second client
//! mzt00001.00000041 de novo uma frase comum px   its 42nd message (they are counted from 0)
//! ```
//!
//! Whoever hears such a text knows every byte that it must have. Knows no dialect and no socket.

use std::ops::RangeInclusive;

use memchr::memmem;

/// The fewest bytes of a text: what numbers it.
pub const LEAST: usize = MARK;

/// Bytes of a nickname.
pub(super) const NICK: usize = 7;

/// Bytes that number a text: three letters, the sender, a dot, the message.
const MARK: usize = 3 + SENDER + 1 + NUMBER;
const SENDER: usize = 5;
const NUMBER: usize = 8;

/// The most messages of one sender.
pub(super) const MOST_MESSAGES: u32 = 99_999_999;

/// Bytes from which the texts are filled up.
const POOL: usize = 1 << 16;

/// What the filling is made of: no word that a protocol could obey.
const WORDS: [&str; 12] = [
    "de", "novo", "uma", "frase", "comum", "sobre", "nada", "mais", "longe", "rio", "verde", "azul",
];

/// One message: who said it, and which of its messages it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Mark {
    /// The number of its sender among the clients.
    pub(super) sender: usize,
    /// Its number among the sender's messages, from 0.
    pub(super) number: u32,
}

/// How a text fares at the front of some bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// It is there, and has so many bytes.
    Whole(Mark, usize),
    /// All bytes agree so far.
    Coming,
    /// It is not there, or is not as it was said.
    No,
}

/// The clients of one run and their texts; the seed decides both. See the module's documentation.
#[derive(Debug, Clone)]
pub(super) struct Crowd {
    count: usize,
    name_tag: [u8; 3],
    text_tag: [u8; 3],
    size: RangeInclusive<usize>,
    pool: Vec<u8>,
    seed: u64,
}

impl Crowd {
    /// So many clients, whose texts have so many bytes.
    pub(super) fn new(count: usize, size: &RangeInclusive<usize>, seed: u64) -> Self {
        let mut random = Random(seed);
        let mut letter = || b'a' + (random.next() % 26) as u8;
        let (name_tag, text_tag) = ([b'l', letter(), letter()], [b'm', letter(), letter()]);
        let mut pool = Vec::with_capacity(POOL + 16);
        while pool.len() < POOL {
            pool.push(b' ');
            pool.extend(WORDS[(random.next() % WORDS.len() as u64) as usize].bytes());
        }
        Self {
            count,
            name_tag,
            text_tag,
            size: (*size.start()).max(LEAST)..=(*size.end()).clamp(LEAST, POOL / 2),
            pool,
            seed,
        }
    }

    /// How many there are.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// The nickname of a client: letters only, all of one length.
    pub(super) fn nick(&self, who: usize) -> Vec<u8> {
        let mut nick = self.name_tag.to_vec();
        let mut divisor = 26_usize.pow((NICK - 3) as u32 - 1);
        while divisor > 0 {
            nick.push(b'a' + (who / divisor % 26) as u8);
            divisor /= 26;
        }
        nick
    }

    /// What every nickname begins with.
    pub(super) const fn name_tag(&self) -> &[u8] {
        &self.name_tag
    }

    /// What every text begins with.
    pub(super) const fn text_tag(&self) -> &[u8] {
        &self.text_tag
    }

    /// Whose nickname stands at the front; `Err(true)`: it may become one.
    pub(super) fn read_nick(&self, bytes: &[u8]) -> Result<usize, bool> {
        let known = bytes.len().min(3);
        if bytes[..known] != self.name_tag[..known] {
            return Err(false);
        }
        let Some(letters) = bytes.get(3..NICK) else {
            return Err(bytes[known..].iter().all(u8::is_ascii_lowercase));
        };
        let who = letters.iter().try_fold(0, |who, letter| {
            let is_letter = letter.is_ascii_lowercase();
            is_letter.then(|| who * 26 + usize::from(letter - b'a'))
        });
        who.filter(|who| *who < self.count).ok_or(false)
    }

    /// Appends a text.
    pub(super) fn write(&self, mark: Mark, text: &mut Vec<u8>) {
        text.extend_from_slice(&self.text_tag);
        digits(mark.sender as u64, SENDER, text);
        text.push(b'.');
        digits(mark.number.into(), NUMBER, text);
        let filling = self.filling(mark);
        text.extend_from_slice(filling);
        if let (Some(last), false) = (text.last_mut(), filling.is_empty()) {
            // No text ends with a blank: many servers strip it.
            *last = b'x';
        }
    }

    /// A text by itself.
    pub(super) fn text(&self, mark: Mark) -> Vec<u8> {
        let mut text = Vec::new();
        self.write(mark, &mut text);
        text
    }

    /// The text at the front of some bytes, if it is one of ours, unchanged.
    pub(super) fn read(&self, bytes: &[u8]) -> Told {
        let Some(mark) = self.mark_at(bytes) else {
            return match bytes.len() < MARK && self.may_become_mark(bytes) {
                true => Told::Coming,
                false => Told::No,
            };
        };
        let filling = self.filling(mark);
        let (rest, len) = (&bytes[MARK..], filling.len());
        let Some((_, body)) = filling.split_last() else {
            return Told::Whole(mark, MARK);
        };
        let same = rest.len().min(len - 1);
        if rest[..same] != body[..same] {
            return Told::No;
        }
        match rest.get(len - 1) {
            None => Told::Coming,
            Some(b'x') => Told::Whole(mark, MARK + len),
            Some(_) => Told::No,
        }
    }

    /// Every mark in some bytes, with its place; letters may be in another case, as where a text was changed.
    pub(super) fn marks(&self, bytes: &[u8]) -> Vec<(usize, Mark)> {
        let lower = bytes.to_ascii_lowercase();
        memmem::find_iter(&lower, &self.text_tag)
            .filter_map(|at| Some((at, self.mark_at(&lower[at..])?)))
            .collect()
    }

    fn mark_at(&self, bytes: &[u8]) -> Option<Mark> {
        let mark = bytes.get(..MARK)?;
        if mark[..3] != self.text_tag || mark[3 + SENDER] != b'.' {
            return None;
        }
        let sender = number(&mark[3..3 + SENDER])? as usize;
        let number = number(&mark[3 + SENDER + 1..])?;
        (sender < self.count).then_some(Mark { sender, number })
    }

    fn may_become_mark(&self, bytes: &[u8]) -> bool {
        bytes.iter().enumerate().all(|(at, byte)| match at {
            0..3 => *byte == self.text_tag[at],
            at if at == 3 + SENDER => *byte == b'.',
            _ => byte.is_ascii_digit(),
        })
    }

    /// What follows the mark; its last byte is written as `x`.
    fn filling(&self, mark: Mark) -> &[u8] {
        let mut random =
            Random(self.seed ^ (mark.sender as u64) << 32 ^ u64::from(mark.number) << 1);
        let chance = random.next();
        let choices = (self.size.end() - self.size.start() + 1) as u64;
        let len = self.size.start() + (chance % choices) as usize - MARK;
        if len == 0 {
            return &[];
        }
        // It begins with a blank, so that the text has several words.
        let start = (chance >> 32) as usize % (POOL / 2);
        let start = start + memchr::memchr(b' ', &self.pool[start..]).unwrap_or(0);
        self.pool.get(start..start + len).unwrap_or_default()
    }
}

/// A number in so many digits.
fn digits(number: u64, width: usize, text: &mut Vec<u8>) {
    let end = text.len() + width;
    text.resize(end, b'0');
    let mut rest = number;
    for digit in text[end - width..].iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |number: u32, digit| {
        let is_digit = digit.is_ascii_digit();
        is_digit.then(|| number * 10 + u32::from(digit - b'0'))
    })
}

/// Numbers that a seed decides (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_cut_anywhere_may_still_come_and_a_changed_one_is_none() {
        let crowd = Crowd::new(3, &(40..=40), 7);
        let mark = Mark {
            sender: 2,
            number: 41,
        };
        let text = crowd.text(mark);
        assert_eq!(text.len(), 40);
        assert_eq!(crowd.read(&text), Told::Whole(mark, 40));
        for end in 0..text.len() {
            assert_eq!(crowd.read(&text[..end]), Told::Coming, "{end}");
            let mut changed = text.clone();
            changed[end] ^= 0x40;
            assert_eq!(crowd.read(&changed), Told::No, "{end}");
        }
        assert_eq!(crowd.marks(&text.to_ascii_uppercase()), [(0, mark)]);
        let stranger = Crowd::new(2, &(40..=40), 7);
        assert_eq!(stranger.read(&text), Told::No);
    }

    #[test]
    fn nicknames_are_letters_of_one_length_and_lead_back() {
        let crowd = Crowd::new(1000, &(20..=60), 1);
        for who in [0, 1, 25, 26, 999] {
            let nick = crowd.nick(who);
            assert!(nick.len() == NICK && nick.iter().all(u8::is_ascii_lowercase));
            assert_eq!(crowd.read_nick(&nick), Ok(who));
            assert_eq!(crowd.read_nick(&nick[..NICK - 1]), Err(true));
        }
        assert_eq!(
            crowd.read_nick(&Crowd::new(2000, &(20..=60), 1).nick(1500)),
            Err(false)
        );
        assert_eq!(crowd.read_nick(b"ana"), Err(false));
    }

    proptest! {
        #[test]
        fn every_text_is_read_back(seed: u64, sender in 0_usize..50, number in 0..=MOST_MESSAGES, least in 0_usize..80, more in 0_usize..900) {
            let crowd = Crowd::new(50, &(least..=least + more), seed);
            let mark = Mark { sender, number };
            let mut text = crowd.text(mark);
            prop_assert!(text.len() >= LEAST && text.len() <= (least + more).max(LEAST));
            prop_assert!(!text.ends_with(b" "));
            let len = text.len();
            text.extend_from_slice(b" and more");
            prop_assert_eq!(crowd.read(&text), Told::Whole(mark, len));
        }

        #[test]
        fn any_bytes_at_all_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let crowd = Crowd::new(5, &(20..=30), 3);
            crowd.read(&bytes);
            crowd.marks(&bytes);
            let _ = crowd.read_nick(&bytes);
        }
    }
}
