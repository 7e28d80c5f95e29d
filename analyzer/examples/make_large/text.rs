//! Chance that repeats itself, and things that people say.

/// A generator of pseudo-random numbers (splitmix64): the same seed gives the same numbers on every machine.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below `limit`, which is not 0.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        (((self.next() >> 32) * u64::from(limit)) >> 32) as u32
    }

    /// Whether something happens that happens `times` in a thousand.
    pub(crate) fn in_a_thousand(&mut self, times: u32) -> bool {
        self.below(1000) < times
    }
}

const WORDS: [&str; 32] = [
    "bom",
    "dia",
    "pessoal",
    "alguém",
    "conseguiu",
    "rodar",
    "o",
    "servidor",
    "não",
    "ainda",
    "está",
    "em",
    "loop",
    "amanhã",
    "entrega",
    "da",
    "prova",
    "de",
    "redes",
    "segunda-feira",
    "você",
    "viu",
    "a",
    "captura",
    "do",
    "cliente",
    "sim",
    "já",
    "é",
    "porta",
    "errada",
    "obrigado",
];

/// Appends a sentence of 2 to 9 words.
pub(crate) fn say(dice: &mut Dice, out: &mut Vec<u8>) {
    for index in 0..2 + dice.below(8) {
        if index > 0 {
            out.push(b' ');
        }
        let word = WORDS[dice.below(WORDS.len() as u32) as usize];
        out.extend_from_slice(word.as_bytes());
    }
}

/// A nickname that nobody else has, of at most 9 letters and digits.
pub(crate) fn nickname(number: u32) -> String {
    const NAMES: [&str; 8] = ["ana", "bia", "caio", "davi", "eva", "fabi", "gil", "hugo"];
    format!("{}{number:x}", NAMES[number as usize % NAMES.len()])
}
