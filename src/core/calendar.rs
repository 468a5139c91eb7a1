//! Working time: which moments a shop works in, and when so much working time has passed.
//!
//! A day is a working day when, in this order, the shop's own calendar says so, its country's holidays and make-up
//! days say so, or it is one of the shop's days of the week. A year that a country's data does not hold has weekends
//! and the shop's own days alone. Hours are those of the shop's wall clock; what they last is real time, so that a
//! day on which clocks change is an hour shorter or longer where the change falls into them.

mod days;
mod holidays;
mod rules;
#[cfg(test)]
mod tests;

pub use days::{Days, OpenHours, Weekday};
pub use holidays::{Country, Holidays, Year};
pub use rules::CalendarRules;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::instant::{Instant, Span};
use crate::zone::Zone;

/// How far ahead working time is looked for. Our choice: a shop that is closed for four years on end has closed.
const DAYS_AHEAD: i32 = 4 * 366;

/// A shop's working time.
#[derive(Clone, Copy, Debug)]
pub struct Calendar<'a> {
    rules: &'a CalendarRules,
    zone: &'a Zone,
    holidays: Option<&'static Holidays>,
}

impl<'a> Calendar<'a> {
    /// The calendar of a shop whose wall clock shows the time of `shop`.
    pub fn of(rules: &'a CalendarRules, shop: &'a Zone) -> Self {
        let zone = rules.zone.as_ref().unwrap_or(shop);
        let holidays = match rules.country {
            Country::Auto => Holidays::in_zone(zone.name()),
            country => Holidays::of(country),
        };
        Self { rules, zone, holidays }
    }

    /// The zone its hours are on.
    pub fn zone(&self) -> &'a Zone {
        self.zone
    }

    /// The public holidays that are kept.
    pub fn holidays(&self) -> Option<&'static Holidays> {
        self.holidays
    }

    /// The country and the year of `at`, where public holidays are kept and those of that year are not known for sure.
    pub fn uncertain_year(&self, at: Instant) -> Option<(Country, i16)> {
        let (holidays, year) = (self.holidays?, self.zone.date(at).year());
        let is_sure = holidays.years().iter().any(|known| known.year == year && known.verified);
        (!is_sure).then_some((holidays.country, year))
    }

    /// Whether anybody works on `date`.
    pub fn is_working_day(&self, date: Date) -> bool {
        let named = |days: &[Days]| days.iter().any(|d| d.contains(date));
        if named(&self.rules.closed) {
            return false;
        }
        let by_country = || self.holidays.and_then(|h| h.says(date));
        named(&self.rules.open) || by_country().unwrap_or_else(|| self.rules.days.contains(&Weekday::of(date)))
    }

    /// Whether `at` lies in working time; the moment of closing no longer does.
    pub fn is_open(&self, at: Instant) -> bool {
        self.opening(at) == at
    }

    /// `at` itself in working time, else the next moment of it.
    pub fn opening(&self, at: Instant) -> Instant {
        self.after(at, Span::ZERO)
    }

    /// The first moment by which `work` of working time has passed since `from`. So much that it fills the day to its
    /// end is done at closing time, not at the next opening; no work at all is done at the next moment of working time.
    ///
    /// Never earlier for a later `from` or for more `work`. Where four years do not hold so much working time it is
    /// their end.
    pub fn after(&self, from: Instant, work: Span) -> Instant {
        let today = self.zone.date(from);
        let mut left = work.max(Span::ZERO);
        for (open, close) in self.sessions(today).filter(|(_, close)| *close > from) {
            let begin = open.max(from);
            let room = close - begin;
            if left <= room {
                return begin + left;
            }
            left = left - room;
        }
        self.zone.minute_of(days_after(today, DAYS_AHEAD), 0)
    }

    /// The date to tell for something that a forecast made at `now` expects by `at`.
    ///
    /// A forecast knows weeks and no holidays. The hours it counted as worked on weekdays that nobody works on are
    /// worked after `at`. Without such hours it is `at` itself within working time and at its close, else the next
    /// opening: nothing is done in between, so what is done by `at` is done by then. Never earlier for a later `at`.
    pub fn told(&self, now: Instant, at: Instant) -> Instant {
        let lost = self.lost(now, at);
        if lost > Span::ZERO {
            return self.after(at, lost);
        }
        let opening = self.opening(at);
        let closes = || {
            let yesterday = days_after(self.zone.date(at), -1);
            self.sessions(yesterday).take_while(|(open, _)| *open < at).any(|(_, close)| close == at)
        };
        if opening == at || closes() { at } else { opening }
    }

    /// The working time of usual weeks from `from` to `to` on days that are closed for once.
    fn lost(&self, from: Instant, to: Instant) -> Span {
        let closed = |date| self.rules.days.contains(&Weekday::of(date)) && !self.is_working_day(date);
        let sessions = self.sessions_of(self.zone.date(from), closed).take_while(|(open, _)| *open < to);
        sessions.fold(Span::ZERO, |sum, (open, close)| sum + (close.min(to) - open.max(from)).max(Span::ZERO))
    }

    /// Stretches of working time from the day `from` on, ascending: when each begins, and when it ends.
    fn sessions(&self, from: Date) -> impl Iterator<Item = (Instant, Instant)> {
        self.sessions_of(from, |date| self.is_working_day(date))
    }

    /// The hours of those days from `from` on that `is_meant` picks.
    fn sessions_of(&self, from: Date, is_meant: impl Fn(Date) -> bool) -> impl Iterator<Item = (Instant, Instant)> {
        let days = (0..DAYS_AHEAD).map(move |n| days_after(from, n)).filter(move |date| is_meant(*date));
        let calendar = *self;
        let hours = days.flat_map(move |date| {
            let moment = move |minute| calendar.zone.minute_of(date, minute);
            calendar.rules.hours.iter().map(move |hours| (moment(hours.from), moment(hours.to)))
        });
        // Hours that a clock change skips are no hours.
        hours.filter(|(open, close)| open < close)
    }
}

fn days_after(date: Date, days: i32) -> Date {
    date.saturating_add(days.days())
}
