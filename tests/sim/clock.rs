//! The machine's clock, which need not tell the truth.

use forewarn_core::{Instant, Span};

use crate::dice::Dice;

/// How far a clock may be stepped: from a second to ten years.
const STEPS: [Span; 8] = [
    Span::from_ms(1_000),
    Span::minutes(1),
    Span::hours(1),
    Span::hours(24),
    Span::hours(30 * 24),
    Span::hours(365 * 24),
    Span::hours(4 * 365 * 24),
    Span::hours(10 * 365 * 24),
];

/// True time, and what the machine takes for it. Business and leases read the same clock, as they do in `serve`.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    /// The time it really is.
    pub(crate) truth: Instant,
    skew: Span,
}

impl Clock {
    pub(crate) fn at(truth: Instant) -> Self {
        Self { truth, skew: Span::ZERO }
    }

    /// The time the machine tells.
    pub(crate) fn now(&self) -> Instant {
        self.truth + self.skew
    }

    /// When it will really be what the machine calls `told`; at once if that has passed.
    pub(crate) fn truth_of(&self, told: Instant) -> Instant {
        (told - self.skew).max(self.truth)
    }

    /// Somebody sets the machine's clock wrong.
    pub(crate) fn step(&mut self, dice: &mut Dice) {
        let step = dice.of(&STEPS);
        self.skew = if dice.chance(50) { step } else { Span::ZERO - step };
    }

    /// Somebody sets it right again.
    pub(crate) fn set_right(&mut self) {
        self.skew = Span::ZERO;
    }

    /// Whether it tells the truth.
    pub(crate) fn is_right(&self) -> bool {
        self.skew == Span::ZERO
    }
}
