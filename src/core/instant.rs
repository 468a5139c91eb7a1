//! Moments and lengths of time, in whole milliseconds.

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::{Add, Sub};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Start of 2000, the earliest instant an event may name (contract: 2000-2100).
pub const EARLIEST: Instant = Instant(946_684_800_000);
/// Start of 2101, the first instant past the latest one an event may name.
pub const LATEST: Instant = Instant(4_133_980_800_000);

/// The end of the first day of 2000 (UTC): until here a named instant stands for none.
const FIRST_GIVEN: Instant = Instant(EARLIEST.0 + 86_400_000);

/// The instant an event named, unless it stands for "no time": some systems write that as the first moment of 2000 in
/// their own zone, and every order would be decades late. East of Greenwich that moment lies before [`EARLIEST`] and is
/// refused as an event is read; west of it and at it, this is what sees to it.
pub fn given(named: Option<Instant>) -> Option<Instant> {
    named.filter(|at| *at >= FIRST_GIVEN)
}

const OUT_OF_RANGE: &str = "time_out_of_range: an instant lies outside the years 2000-2100";

/// Whether `text` has the shape `YYYY-MM-DDThh:mm:ss[.fff](Z|+hh:mm)`; jiff alone would also take forms of ISO 8601
/// that RFC 3339 does not know.
fn is_rfc3339_shape(text: &[u8]) -> bool {
    let digits = |range: std::ops::Range<usize>| text.get(range).is_some_and(|d| d.iter().all(u8::is_ascii_digit));
    let at = |i: usize, allowed: &[u8]| text.get(i).is_some_and(|c| allowed.contains(c));
    let date = digits(0..4) && at(4, b"-") && digits(5..7) && at(7, b"-") && digits(8..10);
    let time = at(10, b"Tt") && digits(11..13) && at(13, b":") && digits(14..16) && at(16, b":") && digits(17..19);
    let mut end = 19;
    if at(end, b".") {
        end += 1 + text.iter().skip(20).take_while(|c| c.is_ascii_digit()).count();
    }
    let utc = at(end, b"Zz") && text.len() == end + 1;
    let offset = at(end, b"+-") && digits(end + 1..end + 3) && at(end + 3, b":") && digits(end + 4..end + 6);
    date && time && end != 20 && (utc || (offset && text.len() == end + 6))
}

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// The moment `ms` milliseconds after the Unix epoch.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 with an offset; digits below a millisecond are dropped.
    ///
    /// # Errors
    /// `bad_time` when it is not such a text, `time_out_of_range` when it lies outside 2000-2100.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fault = || "bad_time: an instant is not RFC 3339 with an offset, like 2026-03-06T14:00:00+08:00".to_owned();
        if !is_rfc3339_shape(text.as_bytes()) {
            return Err(fault());
        }
        let Ok(timestamp) = text.parse::<Timestamp>() else {
            // Well-formed and past what jiff can hold, as 9999-12-31T23:59:59Z, which many systems use for "never".
            return Err(if text.starts_with("9999-") { OUT_OF_RANGE.into() } else { fault() });
        };
        let instant = Self(timestamp.as_millisecond());
        if (EARLIEST..LATEST).contains(&instant) { Ok(instant) } else { Err(OUT_OF_RANGE.into()) }
    }

    /// The same moment as a jiff timestamp, clamped to the range jiff knows.
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }

    /// The latest multiple of `step` since the epoch that is not after this moment.
    pub fn floor_to(self, step: Span) -> Self {
        Self(self.0.div_euclid(step.0.max(1)) * step.0.max(1))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.timestamp())
    }
}

impl Add<Span> for Instant {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Instant {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Sub for Instant {
    type Output = Span;
    fn sub(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A length of time in milliseconds; negative when it points back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(i64);

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// `ms` milliseconds.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// `minutes` minutes.
    pub const fn minutes(minutes: i64) -> Self {
        Self(minutes * 60_000)
    }

    /// `hours` hours.
    pub const fn hours(hours: i64) -> Self {
        Self(hours * 3_600_000)
    }

    /// Its length in milliseconds.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// Reads a whole number with a unit: `30s`, `90m`, `48h`, `7d`; several may follow each other (`1d12h`).
    ///
    /// # Errors
    /// A sentence that says what a length of time looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fault = || format!("`{text}` is not a length of time like 30s, 90m, 48h or 7d");
        let (mut total, mut number) = (0_i64, None::<i64>);
        for c in text.chars() {
            if let Some(digit) = c.to_digit(10) {
                let tens = number.unwrap_or(0).checked_mul(10).ok_or_else(fault)?;
                number = Some(tens.checked_add(i64::from(digit)).ok_or_else(fault)?);
                continue;
            }
            let unit = match c {
                's' => 1_000,
                'm' => 60_000,
                'h' => 3_600_000,
                'd' => 86_400_000,
                _ => return Err(fault()),
            };
            let part = number.take().and_then(|n| n.checked_mul(unit)).ok_or_else(fault)?;
            total = total.checked_add(part).ok_or_else(fault)?;
        }
        if text.is_empty() || number.is_some() { Err(fault()) } else { Ok(Self(total)) }
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, more: Self) -> Self {
        Self(self.0.saturating_add(more.0))
    }
}

impl Sub for Span {
    type Output = Self;
    fn sub(self, shorter: Self) -> Self {
        Self(self.0.saturating_sub(shorter.0))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ms, sign) = (self.0.unsigned_abs(), if self.0 < 0 { "-" } else { "" });
        match ms {
            0 => write!(f, "0s"),
            _ if ms.is_multiple_of(86_400_000) => write!(f, "{sign}{}d", ms / 86_400_000),
            _ if ms.is_multiple_of(3_600_000) => write!(f, "{sign}{}h", ms / 3_600_000),
            _ if ms.is_multiple_of(60_000) => write!(f, "{sign}{}m", ms / 60_000),
            _ => write!(f, "{sign}{}s", ms / 1_000),
        }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
