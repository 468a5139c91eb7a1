//! The shop's own clock: it runs while the shop usually ships and stands still while it does not.
//!
//! A wait is counted in shipping time, so a weekend in which nobody ships is no waiting, and a quantile never falls
//! into one. The hours are learned per four hours of the week in UTC; no zone has to be known for that.

use serde::{Deserialize, Serialize};

use crate::instant::{Instant, Span};

/// Parts of a week that are told apart: six a day. Our choice: narrow enough to part night from day in any zone,
/// wide enough that a shop with fifty handovers has a habit.
pub const PARTS: usize = 42;
/// Length of a part in milliseconds.
const PART_MS: i64 = 4 * 3_600_000;
/// Length of a week in milliseconds.
const WEEK_MS: i64 = 7 * 24 * 3_600_000;
/// How many handovers as expected are imagined in each part before anything was seen. Measured: anything from 1 to
/// 30 forecasts alike once there is data; four keep a day's coincidence from looking like a habit, and let a shop
/// of a few hundred orders have one.
const IMAGINED: f64 = 4.0;
/// A part of the week in which less than a tenth of an even share of a group's handovers fell is one in which it does
/// not ship, once so many handovers were seen. Our choice: fewer may be missing by chance.
const CLOSED_BELOW: u64 = 10;
const CLOSED_MIN: u64 = 100;

/// When a group ships: handovers in each part of the week against those expected, had it shipped round the clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Habit {
    ended: Vec<u64>,
    expected: Vec<f64>,
}

impl Default for Habit {
    fn default() -> Self {
        Self { ended: vec![0; PARTS], expected: vec![0.0; PARTS] }
    }
}

impl Habit {
    /// Counts `expected` handovers (a sum of rate times length, at least 0) in a part of the week.
    pub(super) fn expect(&mut self, part: usize, expected: f64) {
        if let Some(sum) = self.expected.get_mut(part) {
            *sum += expected;
        }
    }

    /// Counts a handover at `at`.
    pub(super) fn end(&mut self, at: Instant) {
        if let Some(ended) = self.ended.get_mut(part_of(at)) {
            *ended += 1;
        }
    }

    /// In which parts of the week the group does not ship; `None` before enough was seen to say.
    fn closed(&self) -> Option<[bool; PARTS]> {
        let all: u64 = self.ended.iter().sum();
        let even_share = |ended: u64| ended * PARTS_U * CLOSED_BELOW;
        (all >= CLOSED_MIN)
            .then(|| std::array::from_fn(|part| self.ended.get(part).is_none_or(|e| even_share(*e) < all)))
    }

    /// How often the group ships in a part of the week against the group around it; 1 is as often.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub(super) fn against(&self, part: usize) -> f64 {
        let ended = self.ended.get(part).copied().unwrap_or(0) as f64;
        (ended + IMAGINED) / (self.expected.get(part).copied().unwrap_or(0.0) + IMAGINED)
    }
}

/// The part of the week `at` lies in.
pub(super) fn part_of(at: Instant) -> usize {
    usize::try_from(at.ms().rem_euclid(WEEK_MS) / PART_MS).unwrap_or(0)
}

/// When the part of the week that `at` lies in ends.
pub(super) fn part_end(at: Instant) -> Instant {
    at.floor_to(Span::from_ms(PART_MS)) + Span::from_ms(PART_MS)
}

/// Shipping time against plain time. A week of one is a week of the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Clock {
    /// How fast it runs in each part of the week; 1 on the mean, above 0.
    pace: [f64; PARTS],
    /// Milliseconds it shows at the end of each part of its first week.
    shown: [f64; PARTS],
    /// In which parts of the week nothing is shipped.
    closed: [bool; PARTS],
}

impl Clock {
    /// The clock of the narrowest group of `habits`, which begin with the widest.
    pub(super) fn of<'a>(habits: impl Iterator<Item = &'a Habit>) -> Self {
        let (mut pace, mut closed) = ([1.0; PARTS], [false; PARTS]);
        for habit in habits {
            closed = habit.closed().unwrap_or(closed);
            for (part, pace) in pace.iter_mut().enumerate() {
                *pace *= habit.against(part);
            }
        }
        let mut sum = 0.0;
        for pace in pace {
            sum += pace;
        }
        let mean = sum / float(PARTS_I);
        let mut shown = [0.0; PARTS];
        let mut so_far = 0.0;
        for (pace, shown) in pace.iter_mut().zip(&mut shown) {
            *pace /= mean;
            so_far += *pace * float(PART_MS);
            *shown = so_far;
        }
        Self { pace, shown, closed }
    }

    /// What the clock shows at `at`.
    pub(super) fn shipping(&self, at: Instant) -> Instant {
        let week = at.ms().div_euclid(WEEK_MS);
        let part = part_of(at);
        let before = part.checked_sub(1).and_then(|p| self.shown.get(p)).copied().unwrap_or(0.0);
        let into = float(at.ms().rem_euclid(PART_MS));
        let pace = self.pace.get(part).copied().unwrap_or(1.0);
        #[expect(clippy::cast_possible_truncation, reason = "within a week and its rounding")]
        let shown = libm::round(before + pace * into) as i64;
        Instant::from_ms(week.saturating_mul(WEEK_MS).saturating_add(shown))
    }

    /// The earliest plain time at which the clock shows `shipping`, to the next millisecond.
    pub(super) fn plain(&self, shipping: Instant) -> Instant {
        let week = shipping.ms().div_euclid(WEEK_MS);
        let within = float(shipping.ms().rem_euclid(WEEK_MS));
        let part = self.shown.iter().position(|shown| within <= *shown).unwrap_or(PARTS - 1);
        let before = part.checked_sub(1).and_then(|p| self.shown.get(p)).copied().unwrap_or(0.0);
        let pace = self.pace.get(part).copied().unwrap_or(1.0);
        #[expect(clippy::cast_possible_truncation, reason = "within a part of the week")]
        let into = (libm::ceil((within - before) / pace) as i64).clamp(0, PART_MS);
        let parts = i64::try_from(part).unwrap_or(0).saturating_mul(PART_MS);
        Instant::from_ms(week.saturating_mul(WEEK_MS).saturating_add(parts + into))
    }

    /// Hours of shipping time between two moments; below 0 when `to` comes first.
    pub(super) fn hours(&self, from: Instant, to: Instant) -> f64 {
        float((self.shipping(to) - self.shipping(from)).ms()) / 3_600_000.0
    }

    /// The earliest moment from `at` on at which the shop usually ships.
    pub(super) fn open_from(&self, at: Instant) -> Instant {
        let mut open = at;
        for _ in 0..PARTS {
            if !self.closed.get(part_of(open)).copied().unwrap_or(false) {
                return open;
            }
            open = part_end(open);
        }
        at
    }
}

/// [`PARTS`] once more, for arithmetic.
const PARTS_I: i64 = WEEK_MS / PART_MS;
const PARTS_U: u64 = PARTS_I.unsigned_abs();

#[expect(clippy::cast_precision_loss, reason = "milliseconds of less than a century are exact in a double")]
fn float(ms: i64) -> f64 {
    ms as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample::at;

    /// A shop that never ships on the days `closed` (0 is a Thursday, as the epoch) and evenly on the others.
    fn closed_on(closed: &[usize]) -> Habit {
        let mut habit = Habit::default();
        for part in 0..PARTS {
            habit.expect(part, 200.0);
            habit.ended[part] = if closed.contains(&(part / 6)) { 0 } else { 240 };
        }
        habit
    }

    #[test]
    fn a_clock_without_habits_shows_plain_time() {
        let clock = Clock::of(std::iter::empty());
        assert_eq!(clock.shipping(at(17)), at(17));
        assert_eq!(clock.plain(at(17)), at(17));
    }

    #[test]
    fn a_day_without_shipping_hardly_counts_and_a_week_stays_a_week() {
        let clock = Clock::of([closed_on(&[3])].iter());
        let sunday = Instant::from_ms(3 * 24 * 3_600_000);
        let day = Span::hours(24);
        assert!(clock.hours(sunday, sunday + day) < 1.5);
        assert!(clock.hours(sunday + day, sunday + day + day) > 27.0);
        assert!((clock.hours(sunday, sunday + Span::hours(168)) - 168.0).abs() < 0.01);
        assert_eq!(clock.open_from(sunday + Span::hours(5)), sunday + day);
        assert_eq!(clock.open_from(sunday - Span::hours(5)), sunday - Span::hours(5));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_clock_never_runs_back_and_is_read_both_ways(
            ended in prop::collection::vec(0_u64..500, PARTS),
            expected in prop::collection::vec(0.0_f64..500.0, PARTS),
            minutes in prop::collection::vec(0_i64..60_000, 2..20),
        ) {
            let clock = Clock::of([Habit { ended, expected }].iter());
            let mut moments: Vec<Instant> = minutes.into_iter().map(|m| at(0) + Span::minutes(m)).collect();
            moments.sort_unstable();
            let shown: Vec<Instant> = moments.iter().map(|m| clock.shipping(*m)).collect();
            prop_assert!(shown.is_sorted());
            for (moment, shown) in moments.iter().zip(shown) {
                // A millisecond of plain time is at most 42 of shipping time: all of a week in one of its parts.
                prop_assert!((clock.shipping(clock.plain(shown)) - shown).ms().abs() <= 42);
                prop_assert!(clock.plain(shown) <= *moment + Span::minutes(1));
            }
        }
    }
}
