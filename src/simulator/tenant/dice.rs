//! Repeatable chance.
//!
//! Why not `rand`? Its generators may change with its version, and the same
//! seed must give the same ids for years.

use crate::simulator::guid::Guid;

/// A stream of numbers that only depends on what it was made from.
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// Returns the dice of `purpose` in the world of `seed`.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        let mut dice = Self(seed);
        Self(dice.roll() ^ purpose.wrapping_mul(0xd6e8_feb8_6659_fd93))
    }

    /// Returns the next number (splitmix64).
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number from 0 to 1, without 1.
    pub(crate) fn share(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let [drawn, all] = [self.roll() >> 11, 1 << 53].map(|bits: u64| bits as f64);
        drawn / all
    }

    /// Returns a version 4 GUID.
    pub(crate) fn guid(&mut self) -> Guid {
        let number = (u128::from(self.roll()) << 64) | u128::from(self.roll());
        Guid((number & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62))
    }

    /// Returns one of `choices`, or the default of its type if there are none.
    pub(crate) fn pick<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        let count = u64::try_from(choices.len()).unwrap_or(u64::MAX).max(1);
        let index = usize::try_from(self.roll() % count).unwrap_or_default();
        choices.get(index).copied().unwrap_or_default()
    }
}

/// Returns the id of what has this name, in any case of its letters.
pub(crate) fn id_of(seed: u64, name: &str) -> Guid {
    let fold = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let sum = name
        .to_lowercase()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, fold);
    Dice::new(seed, sum).guid()
}

/// Which of `count` people belong to a share, exactly and in no visible order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Draw {
    step: u64,
    offset: u64,
    count: u64,
    chosen: u64,
}

impl Draw {
    /// Draws `share` of `count` people.
    pub(crate) fn new(dice: &mut Dice, count: usize, share: f64) -> Self {
        let count = u64::try_from(count).unwrap_or(u64::MAX).max(1);
        let mut step = 1 + dice.roll() % count;
        while common_divisor(step, count) != 1 {
            step += 1;
        }
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of fewer than 2^53 people, between none and all of them"
        )]
        let chosen = (count as f64 * share.clamp(0.0, 1.0)).round() as u64;
        Self {
            step: step % count,
            offset: dice.roll() % count,
            count,
            chosen,
        }
    }

    /// Whether the person at `index` was drawn.
    pub(crate) fn has(self, index: usize) -> bool {
        let index = u128::try_from(index).unwrap_or_default();
        let place =
            (index * u128::from(self.step) + u128::from(self.offset)) % u128::from(self.count);
        place < u128::from(self.chosen)
    }
}

fn common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_exact() {
        for (count, share, expected) in [(1000, 0.3, 300), (7, 0.5, 4), (1, 1.0, 1), (10, 0.0, 0)] {
            let draw = Draw::new(&mut Dice::new(7, 1), count, share);

            assert_eq!(
                expected,
                (0..count).filter(|&index| draw.has(index)).count()
            );
        }
    }

    #[test]
    fn dice_of_one_seed_roll_the_same() {
        assert_eq!(Dice::new(7, 1).guid(), Dice::new(7, 1).guid());
        assert_ne!(Dice::new(7, 1).guid(), Dice::new(7, 2).guid());
        assert_ne!(Dice::new(7, 1).guid(), Dice::new(8, 1).guid());
    }
}
