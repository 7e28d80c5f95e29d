//! Damages a file in one place, by a seed.

/// A small generator (Marsaglia's xorshift64*), the same on every machine.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }
}

/// A damaged copy.
pub(crate) struct Damaged {
    pub(crate) bytes: Vec<u8>,
    /// Everything before this is as it was.
    pub(crate) sound: usize,
}

/// Bits flipped, bytes replaced, numbers made extreme, or a piece removed, repeated or moved.
pub(crate) fn damaged(file: &[u8], dice: &mut Dice) -> Damaged {
    let mut bytes = file.to_vec();
    let at = dice.below(bytes.len());
    let length = 1 + dice.below(64.min(bytes.len() - at));
    let piece = at..at + length;
    match dice.below(7) {
        0 => bytes[at] ^= 1 << dice.below(8),
        1 => bytes[at] = dice.next() as u8,
        2 => extreme(&mut bytes[at..], dice),
        3 => bytes[piece].fill_with(|| dice.next() as u8),
        4 => drop(bytes.drain(piece)),
        5 => {
            let copy = bytes[piece].to_vec();
            bytes.splice(at..at, copy);
        }
        _ => {
            let other = dice.below(bytes.len() - length + 1);
            bytes.copy_within(piece, other);
            return Damaged {
                bytes,
                sound: other,
            };
        }
    }
    Damaged { bytes, sound: at }
}

/// Lengths and counts at their limits.
fn extreme(bytes: &mut [u8], dice: &mut Dice) {
    const VALUES: [u32; 6] = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff];
    let value = VALUES[dice.below(VALUES.len())].to_le_bytes();
    let width = [1, 2, 4][dice.below(3)];
    for (byte, new) in bytes.iter_mut().zip(value.into_iter().take(width)) {
        *byte = new;
    }
}
