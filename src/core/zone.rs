//! Zones, days, quiet hours, and dates as people say them.

#[cfg(test)]
mod tests;

use std::fmt;

use jiff::civil::{Date, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{ToSpan, Zoned};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::instant::{Instant, Span};

/// Quiet hours pull a deadline-bound notice this far before they begin (contract).
const PULL_AHEAD: Span = Span::minutes(15);

/// A time zone of the IANA database, by name.
#[derive(Clone, PartialEq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// The zone called `name`, as `Asia/Shanghai`.
    ///
    /// # Errors
    /// A sentence when the database has no zone of that name.
    pub fn named(name: &str) -> Result<Self, String> {
        let zone = TimeZone::get(name).map_err(|_| format!("`{name}` is not a time zone like Asia/Shanghai"))?;
        Ok(Self { name: name.into(), zone })
    }

    /// Its name in the IANA database.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn local(&self, at: Instant) -> Zoned {
        at.timestamp().to_zoned(self.zone.clone())
    }

    /// The local date of `at`.
    pub(crate) fn date(&self, at: Instant) -> Date {
        self.local(at).date()
    }

    /// The moment `minute` minutes after midnight on the wall clock of `date`, 0-1440: 1440 is the next midnight.
    pub(crate) fn minute_of(&self, date: Date, minute: u16) -> Instant {
        let (hour, minute) = (i8::try_from(minute / 60).unwrap_or(24), i8::try_from(minute % 60).unwrap_or(0));
        if hour < 24 {
            return self.moment(date, ClockTime::at(hour, minute).civil());
        }
        self.moment(date.checked_add(1.day()).unwrap_or(date), Time::midnight())
    }

    /// The moment of `time` on `date`: the first of two, and the end of the gap for one that a clock change skips, so
    /// that a later time of day is never an earlier moment.
    fn moment(&self, date: Date, time: Time) -> Instant {
        let wanted = self.zone.to_ambiguous_timestamp(date.to_datetime(time));
        let skipped = matches!(wanted.offset(), AmbiguousOffset::Gap { .. });
        let Ok(at) = wanted.compatible() else {
            return Instant::from_ms(i64::MAX);
        };
        // A skipped time counts on from the change, so that is the last one up to there.
        let after = at.saturating_add(jiff::SignedDuration::from_nanos(1)).unwrap_or(at);
        let change = skipped.then(|| self.zone.preceding(after).next()).flatten();
        Instant::from_ms(change.map_or(at, |c| c.timestamp()).as_millisecond())
    }

    /// The local day that holds `at`: its first moment and the first of the next day.
    pub fn day(&self, at: Instant) -> (Instant, Instant) {
        let date = self.local(at).date();
        let next = date.checked_add(1.day()).unwrap_or(date);
        (self.moment(date, Time::midnight()), self.moment(next, Time::midnight()))
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::named("Asia/Shanghai").unwrap_or(Self { name: "UTC".into(), zone: TimeZone::UTC })
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::named(&name).map_err(serde::de::Error::custom)
    }
}

/// A time on the wall clock, to the minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockTime {
    hour: i8,
    minute: i8,
}

impl ClockTime {
    /// `hour`:`minute`; values past the clock's are taken as its last.
    pub const fn at(hour: i8, minute: i8) -> Self {
        let hour = if hour > 23 { 23 } else { hour };
        let minute = if minute > 59 { 59 } else { minute };
        Self { hour, minute }
    }

    fn civil(self) -> Time {
        Time::new(self.hour, self.minute, 0, 0).unwrap_or(Time::midnight())
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

impl Serialize for ClockTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClockTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let digits = text.bytes().enumerate().all(|(i, b)| if i == 2 { b == b':' } else { b.is_ascii_digit() });
        let parts = text.split_once(':').filter(|_| digits && text.len() == 5);
        match parts.and_then(|(h, m)| Some((h.parse::<i8>().ok()?, m.parse::<i8>().ok()?))) {
            Some((hour @ 0..=23, minute @ 0..=59)) => Ok(Self { hour, minute }),
            _ => Err(serde::de::Error::custom(format!("`{text}` is not a time of day like 22:00"))),
        }
    }
}

/// Quiet hours on one person's clock.
#[derive(Clone, Copy, Debug)]
pub struct Quiet<'a> {
    /// When they begin.
    pub from: ClockTime,
    /// When they end.
    pub to: ClockTime,
    /// Whose clock.
    pub zone: &'a Zone,
}

impl Quiet<'_> {
    /// The quiet window `[from, to)` that holds `at`, if one does.
    pub fn window(&self, at: Instant) -> Option<(Instant, Instant)> {
        if self.from == self.to {
            return None;
        }
        let today = self.zone.local(at).date();
        let yesterday = today.checked_sub(1.day()).unwrap_or(today);
        [yesterday, today].into_iter().map(|date| self.window_from(date)).find(|(from, to)| (*from..*to).contains(&at))
    }

    fn window_from(&self, date: Date) -> (Instant, Instant) {
        let end_date = if self.from < self.to { date } else { date.checked_add(1.day()).unwrap_or(date) };
        (self.zone.moment(date, self.from.civil()), self.zone.moment(end_date, self.to.civil()))
    }

    /// Where a deadline-bound notice that becomes due at `at` is decided first: a little before the quiet window
    /// that holds `at`, else at `at` itself.
    pub fn pulled_forward(&self, at: Instant) -> Instant {
        self.window(at).map_or(at, |(from, _)| from - PULL_AHEAD)
    }
}

/// A language that dates and money are phrased in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tongue {
    /// Simplified Chinese.
    Chinese,
    /// English, also for every language we have no phrases for.
    English,
}

impl Tongue {
    /// The phrasing for a BCP 47 tag.
    pub fn of(locale: &str) -> Self {
        let is_chinese = locale.get(..2).is_some_and(|tag| tag.eq_ignore_ascii_case("zh"));
        if is_chinese { Self::Chinese } else { Self::English }
    }
}

const CHINESE_DAYS: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];

/// A moment by which something happens, as a person says it: the day with its part, `3月6日（周五）下午`,
/// `Friday afternoon, 6 March`. The hours up to six in the morning are the night of the day before, and midnight
/// itself ends that day's evening: nobody plans a parcel for the small hours of a date.
pub fn phrase(at: Instant, zone: &Zone, tongue: Tongue) -> String {
    let local = zone.local(at);
    let (date, part) = match local.hour() {
        0 if at == zone.day(at).0 => (the_day_before(local.date()), 2),
        0..6 => (the_day_before(local.date()), 3),
        6..12 => (local.date(), 0),
        12..18 => (local.date(), 1),
        _ => (local.date(), 2),
    };
    match tongue {
        Tongue::Chinese => {
            let part = ["上午", "下午", "晚上", "夜里"][part];
            format!("{}{part}", chinese_day(date))
        }
        Tongue::English => {
            let part = ["morning", "afternoon", "evening", "night"][part];
            format!("{} {part}, {}", date.strftime("%A"), date.strftime("%-d %B"))
        }
    }
}

/// The day of a moment as a person says it, where nobody knows the hour: `3月6日（周五）`, `Friday 6 March`.
pub fn day_phrase(at: Instant, zone: &Zone, tongue: Tongue) -> String {
    let date = zone.local(at).date();
    match tongue {
        Tongue::Chinese => chinese_day(date),
        Tongue::English => date.strftime("%A %-d %B").to_string(),
    }
}

fn chinese_day(date: Date) -> String {
    let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0).min(6);
    format!("{}月{}日（周{}）", date.month(), date.day(), CHINESE_DAYS[weekday])
}

fn the_day_before(date: Date) -> Date {
    date.checked_sub(1.day()).unwrap_or(date)
}
