//! When a warehouse works: nights and weekends stand still.

use forewarn_core::{Instant, Span};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// Opening hours on each kind of day, in the warehouse's standard time the whole year round.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hours {
    /// Hours ahead of UTC.
    pub(super) offset_h: i64,
    /// From and to, in hours, Monday to Friday.
    pub(super) weekdays: (i64, i64),
    /// The same on Saturdays; `None` when closed.
    pub(super) saturday: Option<(i64, i64)>,
    /// The same on Sundays.
    pub(super) sunday: Option<(i64, i64)>,
}

impl Hours {
    /// The moment at which `work` of working time has passed since `from`.
    pub(super) fn after(&self, from: Instant, work: Span) -> Instant {
        let (mut at, mut left) = (self.local(from), work.ms().max(0));
        loop {
            let midnight = at - at.rem_euclid(DAY);
            if let Some((open, close)) = self.on(midnight) {
                at = at.max(midnight + open * HOUR);
                let rest = midnight + close * HOUR - at;
                if rest > left {
                    return Instant::from_ms(at + left - self.offset_h * HOUR);
                }
                left -= rest.max(0);
            }
            at = midnight + DAY;
        }
    }

    fn local(&self, at: Instant) -> i64 {
        at.ms() + self.offset_h * HOUR
    }

    fn on(&self, midnight: i64) -> Option<(i64, i64)> {
        match weekday(midnight.div_euclid(DAY)) {
            5 => self.saturday,
            6 => self.sunday,
            _ => Some(self.weekdays),
        }
    }
}

/// Monday is 0. The epoch's first day was a Thursday.
pub(super) fn weekday(days_since_epoch: i64) -> i64 {
    (days_since_epoch + 3).rem_euclid(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOURS: Hours = Hours { offset_h: 8, weekdays: (9, 21), saturday: Some((10, 14)), sunday: None };

    fn at(text: &str) -> Instant {
        Instant::parse(text).expect("a good instant")
    }

    #[test]
    fn work_rests_at_night_and_on_closed_days() {
        // 2026-03-06 is a Friday.
        let friday_evening = at("2026-03-06T20:00:00+08:00");
        assert_eq!(HOURS.after(friday_evening, Span::minutes(30)), at("2026-03-06T20:30:00+08:00"));
        assert_eq!(HOURS.after(friday_evening, Span::hours(2)), at("2026-03-07T11:00:00+08:00"));
        assert_eq!(HOURS.after(friday_evening, Span::hours(6)), at("2026-03-09T10:00:00+08:00"));
    }

    #[test]
    fn no_work_at_all_still_waits_for_the_doors_to_open() {
        assert_eq!(HOURS.after(at("2026-03-08T03:00:00+08:00"), Span::ZERO), at("2026-03-09T09:00:00+08:00"));
    }
}
