//! Chance, from a seed: the same seed throws the same dice on every machine.

use forewarn_core::Span;

/// A seeded source of chance. Only + − × ÷ are used, so no platform's mathematics shows.
pub(super) struct Dice(fastrand::Rng);

impl Dice {
    /// Dice for one purpose: `seed` names the run, `number` what is thrown for.
    pub(super) fn new(seed: u64, number: u64) -> Self {
        let mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(number).wrapping_mul(0xd134_2543_de82_ef95);
        Self(fastrand::Rng::with_seed(mixed ^ (mixed >> 29)))
    }

    /// True `per_mille` times in a thousand.
    pub(super) fn happens(&mut self, per_mille: u32) -> bool {
        self.0.u32(0..1_000) < per_mille
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.i64(low..=high.max(low))
    }

    /// One of `items`, each as likely; `None` when there are none.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        if items.is_empty() { None } else { items.get(self.0.usize(0..items.len())) }
    }

    /// The place of one of `weights`, each as likely as its weight; 0 when there are none.
    pub(super) fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u32 = weights.iter().sum();
        let mut left = self.0.u32(0..total.max(1));
        for (place, weight) in weights.iter().enumerate() {
            if left < *weight {
                return place;
            }
            left -= weight;
        }
        0
    }

    /// A length around `median`, half of them shorter; at the far ends `spread` (0-1) makes it up to 1 + 2 × `spread`
    /// times as long, or short. The long tail is what real waits have.
    pub(super) fn around(&mut self, median: Span, spread: f64) -> Span {
        let bell = (self.0.f64() + self.0.f64() + self.0.f64()) / 1.5 - 1.0;
        let stretch = bell * spread * 2.0;
        let factor = if stretch >= 0.0 { 1.0 + stretch } else { 1.0 / (1.0 - stretch) };
        scaled(median, factor)
    }

    /// Minutes from `low` to `high`, to the second.
    pub(super) fn minutes(&mut self, low: i64, high: i64) -> Span {
        Span::from_ms(self.between(low * 60, high * 60) * 1_000)
    }
}

/// `span` times `factor`, to the second.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "spans of weeks are far below 2^53")]
pub(super) fn scaled(span: Span, factor: f64) -> Span {
    Span::from_ms((span.ms() as f64 * factor) as i64 / 1_000 * 1_000)
}
