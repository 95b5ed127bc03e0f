//! Which rows a run has read so far.

/// A set of row numbers, in a bit each: 125 kB for a million rows.
#[derive(Debug, Clone, Default)]
pub(super) struct RowSet {
    words: Vec<u64>,
}

impl RowSet {
    /// Puts `number` in.
    pub(super) fn insert(&mut self, number: u64) {
        let (word, bit) = place(number);
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        if let Some(bits) = self.words.get_mut(word) {
            *bits |= bit;
        }
    }

    /// Whether `number` is in it.
    pub(super) fn contains(&self, number: u64) -> bool {
        let (word, bit) = place(number);
        self.words.get(word).is_some_and(|bits| bits & bit != 0)
    }
}

/// Row numbers count from one without gaps, so the words stay few.
fn place(number: u64) -> (usize, u64) {
    let word = usize::try_from(number / 64).unwrap_or(usize::MAX);
    (word, 1 << (number % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_what_was_put_in_and_nothing_else() {
        let mut set = RowSet::default();

        for number in [1, 63, 64, 1_000] {
            set.insert(number);
        }

        let held: Vec<u64> = (0..2_000).filter(|number| set.contains(*number)).collect();
        assert_eq!(held, [1, 63, 64, 1_000]);
    }
}
