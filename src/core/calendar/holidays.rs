//! Public holidays by country and year, from the data files beside this one.

use std::fmt;
use std::sync::LazyLock;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Days;
use crate::notice::names;

names! {
    /// Whose public holidays a shop keeps.
    Country {
        /// Those of the country its zone lies in.
        Auto = "auto",
        /// Nobody's: only weekends and the shop's own days.
        None = "none",
        /// Mainland China, with the working weekends that make up for holidays.
        China = "CN",
        /// The United States: federal holidays.
        UnitedStates = "US",
        /// The United Kingdom: England and Wales.
        UnitedKingdom = "GB",
        /// Germany: what all states share.
        Germany = "DE",
        /// Japan.
        Japan = "JP",
    }
}

/// The holidays of a country in the years that are known.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holidays {
    /// Whose they are.
    pub country: Country,
    pub(super) zones: Vec<String>,
    #[serde(rename = "year")]
    years: Vec<Year>,
}

/// One year of a country's holidays.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Year {
    /// The year, Gregorian.
    pub year: i16,
    /// Whether the days are those an authority arranged or a law fixes; else they are the best that is known.
    pub verified: bool,
    /// Where they come from.
    pub source: String,
    /// The day that was read.
    pub read_on: Days,
    /// Days nobody works on, weekends among them where they belong to a holiday.
    pub closed: Vec<Days>,
    /// Weekend days that are worked on to make up for a holiday.
    pub open: Vec<Days>,
}

static ALL: LazyLock<Vec<Holidays>> = LazyLock::new(|| {
    let files = [
        include_str!("data/cn.toml"),
        include_str!("data/us.toml"),
        include_str!("data/gb.toml"),
        include_str!("data/de.toml"),
        include_str!("data/jp.toml"),
    ];
    files.iter().map(|text| read(text)).collect()
});

#[expect(clippy::expect_used, reason = "the files are part of the program, and a test reads each of them")]
fn read(text: &str) -> Holidays {
    toml::from_str(text).expect("a calendar of this program is good TOML")
}

impl Holidays {
    /// Every country's.
    pub fn all() -> &'static [Self] {
        &ALL
    }

    /// Those of `country`, where it names one.
    pub fn of(country: Country) -> Option<&'static Self> {
        Self::all().iter().find(|h| h.country == country)
    }

    /// Those of the country that the zone called `zone` lies in.
    pub fn in_zone(zone: &str) -> Option<&'static Self> {
        Self::all().iter().find(|h| h.zones.iter().any(|name| name == zone))
    }

    /// The years that are known, ascending.
    pub fn years(&self) -> &[Year] {
        &self.years
    }

    /// Whether `date` is a working day whatever day of the week it is (`true`), a holiday (`false`), or neither.
    pub fn says(&self, date: Date) -> Option<bool> {
        let year = self.years.iter().find(|y| y.year == date.year())?;
        if year.closed.iter().any(|days| days.contains(date)) {
            return Some(false);
        }
        year.open.iter().any(|days| days.contains(date)).then_some(true)
    }
}
