//! What a simulation asks of chance beside what the floors do.

use forewarn_core::{Span, digest};

use crate::dice::Dice;

impl Dice {
    /// One of several streams of a seed, which do not disturb each other.
    pub(crate) fn stream(seed: u64, name: &str) -> Self {
        Self::new(seed.wrapping_mul(1_000_003) ^ u64::from(digest::ppm(&["stream", name])))
    }

    /// A stretch of up to `most` minutes, to the second.
    pub(crate) fn minutes(&mut self, most: u64) -> Span {
        Span::from_ms(i64::try_from(self.below(most * 60 + 1)).expect("a few weeks") * 1_000)
    }
}
