//! What is known about an order at one moment, as the few numbers the chance to miss is weighed from.

use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::record::Record;
use super::regression::Vector;
use crate::instant::{Instant, Span};

/// Number of traits, the constant one included.
pub const TRAITS: usize = 12;

/// Traits in thousandths: the same on every machine, and short where they are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Traits([i32; TRAITS]);

/// What each trait is, in the order in which they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trait {
    /// Always one.
    Constant,
    /// The chance to miss by counted waits alone.
    Waits,
    /// How often the shop missed when it was this late.
    MissedWhenOpen,
    /// How often the shop misses at all.
    Missed,
    /// Shipping time left by the shop's own hours.
    OwnTimeLeft,
    /// Shipping time left by everybody's hours.
    TimeLeft,
    /// Share of the promised shipping time that is left.
    ShareLeft,
    /// Plain time left.
    HoursLeft,
    /// Time promised from payment on.
    Promised,
    /// Orders of the shop that are past their limit now.
    Overdue,
    /// Limits the shop has passed.
    Experience,
    /// How long it waits against what the shop usually takes.
    Pace,
}

/// Every trait, as they stand in [`Traits`].
pub(super) const ALL: [Trait; TRAITS] = [
    Trait::Constant,
    Trait::Waits,
    Trait::MissedWhenOpen,
    Trait::Missed,
    Trait::OwnTimeLeft,
    Trait::TimeLeft,
    Trait::ShareLeft,
    Trait::HoursLeft,
    Trait::Promised,
    Trait::Overdue,
    Trait::Experience,
    Trait::Pace,
];

/// What the traits are read from.
pub(super) struct Scene<'a> {
    /// When the order was paid.
    pub(super) paid_at: Instant,
    /// The promised ship time, after `now`.
    pub(super) ship_by: Instant,
    /// When the question is asked.
    pub(super) now: Instant,
    /// The chance to miss by counted waits alone (0-1).
    pub(super) by_waits: f64,
    /// What the shop did before, and everybody.
    pub(super) shop: &'a Record,
    pub(super) all: &'a Record,
    /// The shop's hours, and everybody's.
    pub(super) own: &'a Clock,
    pub(super) common: &'a Clock,
}

impl Traits {
    /// `numbers` to the nearest thousandth, within a thousand.
    pub(super) fn of(numbers: Vector) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "clamped to a million thousandths")]
        let thousandths = |n: f64| libm::round(n.clamp(-1e3, 1e3) * 1e3) as i32;
        Self(numbers.map(thousandths))
    }

    /// As numbers.
    pub(super) fn numbers(self) -> Vector {
        self.0.map(|thousandths| f64::from(thousandths) / 1e3)
    }

    /// Reads them from `scene`. Logarithms keep a factor of two the same step everywhere; the constants in them put
    /// the usual order near zero and keep nothing from becoming minus infinity.
    pub(super) fn read(scene: &Scene<'_>) -> Self {
        let hours = |from: Instant, to: Instant| plain_hours((to - from).max(Span::ZERO));
        let left = hours(scene.now, scene.ship_by);
        let own_left = scene.own.hours(scene.now, scene.ship_by).max(0.0);
        let common_left = scene.common.hours(scene.now, scene.ship_by).max(0.0);
        let common_past = scene.common.hours(scene.paid_at, scene.now).max(0.0);
        let share_left = common_left / (common_left + common_past).max(1e-3);
        let waited = libm::log1p(hours(scene.paid_at, scene.now));
        let mut numbers = [0.0; TRAITS];
        for (number, which) in numbers.iter_mut().zip(ALL) {
            *number = match which {
                Trait::Constant => 1.0,
                Trait::Waits => log_odds(scene.by_waits),
                Trait::MissedWhenOpen => scene.shop.missed_when_open_against(scene.all),
                Trait::Missed => scene.shop.missed_against(scene.all),
                Trait::OwnTimeLeft => libm::log((own_left + 2.0) / 26.0),
                Trait::TimeLeft => libm::log((common_left + 2.0) / 26.0),
                Trait::ShareLeft => libm::log(share_left + 0.02),
                Trait::HoursLeft => libm::log(left / 24.0 + 0.05),
                Trait::Promised => libm::log(hours(scene.paid_at, scene.ship_by) / 140.0 + 0.05),
                Trait::Overdue => libm::log1p(count(scene.shop.overdue())),
                Trait::Experience => libm::log1p(count(scene.shop.limits_passed())) / 2.0 - 1.5,
                Trait::Pace => waited - scene.shop.usual_log_hours(scene.all),
            };
        }
        Self::of(numbers)
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn count(n: u64) -> f64 {
    n as f64
}

/// The logarithm of the odds of `chance`, which is taken to lie within 0.0001-0.9999.
pub(super) fn log_odds(chance: f64) -> f64 {
    let chance = chance.clamp(1e-4, 1.0 - 1e-4);
    libm::log(chance / (1.0 - chance))
}

#[expect(clippy::cast_precision_loss, reason = "spans of less than a century are exact in a double")]
pub(super) fn plain_hours(span: Span) -> f64 {
    span.ms() as f64 / 3_600_000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::regression::logistic;

    #[test]
    fn odds_and_chances_are_each_others_inverse() {
        for chance in [0.001, 0.2, 0.5, 0.97] {
            assert!((logistic(log_odds(chance)) - chance).abs() < 1e-12);
        }
        assert!(log_odds(0.0).is_finite() && log_odds(1.0).is_finite());
    }

    #[test]
    fn numbers_are_kept_to_the_thousandth() {
        let mut numbers = [0.0; TRAITS];
        (numbers[3], numbers[4], numbers[5]) = (-1.234_56, f64::INFINITY, 0.000_4);
        let kept = Traits::of(numbers).numbers();
        assert!((kept[3] + 1.235).abs() < 1e-12 && kept[4] <= 1e3 && kept[5] == 0.0);
    }
}
