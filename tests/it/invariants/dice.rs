//! Chance from a seed.

use forewarn_core::{Span, digest};

/// SplitMix64 (Steele, Lea, Flood): small, and the same everywhere.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// One of several streams of a seed, which do not disturb each other.
    pub(crate) fn stream(seed: u64, name: &str) -> Self {
        Self(seed.wrapping_mul(1_000_003) ^ u64::from(digest::ppm(&["stream", name])))
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

    /// A stretch of up to `most` minutes, to the second.
    pub(crate) fn minutes(&mut self, most: u64) -> Span {
        Span::from_ms(i64::try_from(self.below(most * 60 + 1)).expect("a few weeks") * 1_000)
    }

    /// Puts `all` into random order.
    pub(crate) fn shuffle<T>(&mut self, all: &mut [T]) {
        for i in (1..all.len()).rev() {
            all.swap(i, usize::try_from(self.below(i as u64 + 1)).expect("a short list"));
        }
    }
}
