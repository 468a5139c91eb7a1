//! Days of the week, runs of days and hours of a day, as people write them.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::notice::names;

names! {
    /// A day of the week.
    Weekday {
        /// Monday.
        Monday = "mon",
        /// Tuesday.
        Tuesday = "tue",
        /// Wednesday.
        Wednesday = "wed",
        /// Thursday.
        Thursday = "thu",
        /// Friday.
        Friday = "fri",
        /// Saturday.
        Saturday = "sat",
        /// Sunday.
        Sunday = "sun",
    }
}

impl Weekday {
    /// The day of the week of `date`.
    pub(super) fn of(date: Date) -> Self {
        let place = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
        Self::ALL.get(place).copied().unwrap_or(Self::Monday)
    }
}

/// A run of days, both ends included: `2026-10-01..2026-10-07`, or one day alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Days {
    /// The first one.
    pub first: Date,
    /// The last one.
    pub last: Date,
}

impl Days {
    /// Whether `date` is one of them.
    pub fn contains(&self, date: Date) -> bool {
        self.first <= date && date <= self.last
    }

    /// Whether the two runs share a day.
    pub fn meets(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || format!("`{text}` is not a day like 2026-02-16 nor a run of days like 2026-02-16..2026-02-22");
        let (first, last) = text.split_once("..").unwrap_or((text, text));
        let (first, last) = (day(first).ok_or_else(fault)?, day(last).ok_or_else(fault)?);
        if first <= last { Ok(Self { first, last }) } else { Err(format!("`{text}` ends before it begins")) }
    }
}

/// `YYYY-MM-DD` within the years instants may lie in; other forms of ISO 8601 are not meant.
fn day(text: &str) -> Option<Date> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(i, b)| if i == 4 || i == 7 { b == b'-' } else { b.is_ascii_digit() });
    let date: Date = shape.then(|| text.parse().ok()).flatten()?;
    (2000..=2100).contains(&date.year()).then_some(date)
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first)?;
        if self.first == self.last { Ok(()) } else { write!(f, "..{}", self.last) }
    }
}

/// Hours of a day, the first minute included and the last not: `09:00-18:00`. Midnight as an end is `24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenHours {
    /// Minutes after midnight at which they begin, 0-1439.
    pub(super) from: u16,
    /// Minutes after midnight at which they end, 1-1440, after `from`.
    pub(super) to: u16,
}

/// Minutes of a day on the wall clock.
pub(super) const DAY_MINUTES: u16 = 24 * 60;

impl OpenHours {
    /// The hours from `from` to `to`, in whole hours of the clock.
    pub(crate) const fn between(from: u16, to: u16) -> Self {
        Self { from: from * 60, to: to * 60 }
    }

    /// Their length on the wall clock in minutes.
    pub(super) fn minutes(self) -> i64 {
        i64::from(self.to) - i64::from(self.from)
    }
}

impl FromStr for OpenHours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || format!("`{text}` is not a pair of times like 09:00-18:00");
        let (from, to) = text.split_once('-').ok_or_else(fault)?;
        let (from, to) = (minute(from).ok_or_else(fault)?, minute(to).ok_or_else(fault)?);
        let ends = "; write midnight as 24:00";
        if from < to { Ok(Self { from, to }) } else { Err(format!("`{text}` ends before it begins{ends}")) }
    }
}

/// Minutes after midnight of `hh:mm`, up to `24:00`.
fn minute(text: &str) -> Option<u16> {
    let shape =
        text.len() == 5 && text.bytes().enumerate().all(|(i, b)| if i == 2 { b == b':' } else { b.is_ascii_digit() });
    let (hour, minute) = text.split_once(':').filter(|_| shape)?;
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && hour * 60 + minute <= DAY_MINUTES).then_some(hour * 60 + minute)
}

impl fmt::Display for OpenHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

macro_rules! as_text {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

as_text!(Days);
as_text!(OpenHours);
