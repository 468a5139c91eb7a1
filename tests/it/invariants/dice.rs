//! Chance from a seed.

/// SplitMix64 (Steele, Lea, Flood): small, and the same everywhere.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number below `n`.
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// True in `percent` of a hundred cases.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of `all`, each as likely as the others.
    pub(crate) fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.up_to(all.len()) - 1].clone()
    }

    /// From 1 to `most`.
    pub(crate) fn up_to(&mut self, most: usize) -> usize {
        1 + usize::try_from(self.below(most as u64)).expect("a short list")
    }

    /// Puts `all` into random order.
    pub(crate) fn shuffle<T>(&mut self, all: &mut [T]) {
        for i in (1..all.len()).rev() {
            all.swap(i, usize::try_from(self.below(i as u64 + 1)).expect("a short list"));
        }
    }
}
