//! How a shop kept its promises so far.

use serde::{Deserialize, Serialize};

use super::traits::{log_odds, plain_hours};
use crate::instant::{Instant, Span};

/// After this long a past order weighs half. Our choice, measured: 90 days to a year forecast alike.
const HALF_LIFE_DAYS: f64 = 180.0;
/// What everybody does is known as well as if so many orders had been seen before the first.
const IMAGINED: f64 = 20.0;
/// Share of orders open a day before their limit that miss it, before anything was seen. The shape of real shops;
/// the first hundred orders overrule it.
const MISSED_WHEN_OPEN: f64 = 0.58;
/// Share of all orders that miss their limit, before anything was seen.
const MISSED: f64 = 0.12;
/// Logarithm of one plus the hours from payment to handover, before anything was seen: about 54 hours.
const LOG_HOURS: f64 = 4.0;
/// As how many orders of the shop the wider group's share weighs: of those open late, of all, of handover times.
const WIDER_WHEN_OPEN: f64 = 4.0;
const WIDER: f64 = 8.0;
const WIDER_HOURS: f64 = 3.0;

/// Counts of past orders of one shop (or of all), the older the lighter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Days since the epoch up to which the counts were made lighter.
    day: i64,
    open_late: f64,
    missed_when_open: f64,
    judged: f64,
    missed: f64,
    shipped: f64,
    log_hours: f64,
    overdue: i64,
    limits_passed: u64,
}

impl Record {
    /// Counts an order whose limit was kept or `missed`; `was_open` when it was still open a day before.
    pub(super) fn judge(&mut self, missed: bool, was_open: bool, at: Instant) {
        self.fade(at);
        let missed = if missed { 1.0 } else { 0.0 };
        self.judged += 1.0;
        self.missed += missed;
        if was_open {
            self.open_late += 1.0;
            self.missed_when_open += missed;
        }
        self.limits_passed += 1;
    }

    /// Counts an order that was handed over `took` after its payment.
    pub(super) fn ship(&mut self, took: Span, at: Instant) {
        self.fade(at);
        self.shipped += 1.0;
        self.log_hours += libm::log1p(plain_hours(took.max(Span::ZERO)));
    }

    /// Counts orders that ran past their limit (above 0), or were shipped or given up after it (below 0).
    pub(super) fn overrun(&mut self, change: i64) {
        self.overdue += change;
    }

    fn fade(&mut self, at: Instant) {
        let today = at.ms().div_euclid(Span::hours(24).ms());
        if self.day != 0 && today > self.day {
            #[expect(clippy::cast_precision_loss, reason = "days of a century")]
            let days = (today - self.day) as f64;
            let factor = libm::exp2(-days / HALF_LIFE_DAYS);
            let counts = [
                &mut self.open_late,
                &mut self.missed_when_open,
                &mut self.judged,
                &mut self.missed,
                &mut self.shipped,
                &mut self.log_hours,
            ];
            counts.into_iter().for_each(|count| *count *= factor);
        }
        self.day = self.day.max(today);
    }

    /// Log odds to miss when still open a day before, against `all`.
    pub(super) fn missed_when_open_against(&self, all: &Self) -> f64 {
        let usual = (all.missed_when_open + MISSED_WHEN_OPEN * IMAGINED) / (all.open_late + IMAGINED);
        let own = (self.missed_when_open + usual * WIDER_WHEN_OPEN) / (self.open_late + WIDER_WHEN_OPEN);
        log_odds(own) - log_odds(usual)
    }

    /// Log odds to miss at all, against `all`.
    pub(super) fn missed_against(&self, all: &Self) -> f64 {
        let usual = (all.missed + MISSED * IMAGINED) / (all.judged + IMAGINED);
        log_odds((self.missed + usual * WIDER) / (self.judged + WIDER)) - log_odds(usual)
    }

    /// Mean logarithm of one plus the hours from payment to handover, leaning on `all`.
    pub(super) fn usual_log_hours(&self, all: &Self) -> f64 {
        let usual = (all.log_hours + LOG_HOURS * IMAGINED) / (all.shipped + IMAGINED);
        (self.log_hours + usual * WIDER_HOURS) / (self.shipped + WIDER_HOURS)
    }

    /// Orders past their limit and still open, as of the newest tick.
    pub(super) fn overdue(&self) -> u64 {
        self.overdue.max(0).unsigned_abs()
    }

    /// Limits passed so far, kept or not; these do not grow lighter.
    pub(super) fn limits_passed(&self) -> u64 {
        self.limits_passed
    }

    /// Missed ones among the orders that were open a day before their limit, the older the lighter: (missed, of).
    pub(super) fn missed_of_open(&self) -> (u64, u64) {
        (whole(self.missed_when_open), whole(self.open_late))
    }

    /// Missed ones among all orders whose limit has passed, the older the lighter: (missed, of).
    pub(super) fn missed_of_all(&self) -> (u64, u64) {
        (whole(self.missed), whole(self.judged))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of orders, never below 0")]
fn whole(count: f64) -> u64 {
    libm::round(count) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::at;

    #[test]
    fn a_shop_that_always_misses_stands_out_and_its_past_fades() {
        let (mut shop, mut all) = (Record::default(), Record::default());
        for hour in 0..40 {
            shop.judge(true, true, at(hour));
            all.judge(hour % 2 == 0, true, at(hour));
        }
        let fresh = shop.missed_when_open_against(&all);
        assert!(fresh > 1.5, "{fresh}");
        (0..20).for_each(|n| shop.judge(false, true, at(24 * 720 + n)));
        assert!(shop.missed_when_open_against(&all) < 0.0);
        assert_eq!((shop.limits_passed(), shop.overdue()), (60, 0));
    }

    #[test]
    fn an_unknown_shop_is_like_everybody() {
        let mut all = Record::default();
        (0..30).for_each(|n| all.judge(n % 3 == 0, true, at(n)));
        let unknown = Record::default();
        assert!(unknown.missed_when_open_against(&all).abs() < 1e-12);
        assert!(unknown.missed_against(&all).abs() < 1e-12);
    }
}
