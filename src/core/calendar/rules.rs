//! `[calendar]`: when a shop or one of its warehouses works.

use serde::{Deserialize, Serialize};

use super::days::{Days, OpenHours, Weekday};
use super::holidays::Country;
use crate::zone::Zone;

/// `[calendar]`: when the shop works. Its own days beat its country's, and those beat the week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CalendarRules {
    /// Whose public holidays it keeps.
    pub country: Country,
    /// Whose clock its hours are on, where that is not the shop's: a warehouse abroad.
    #[serde(with = "or_shop")]
    pub zone: Option<Zone>,
    /// The days of the week it works on.
    pub days: Vec<Weekday>,
    /// The hours of such a day, ascending and apart from each other.
    pub hours: Vec<OpenHours>,
    /// Further days it does not work on.
    pub closed: Vec<Days>,
    /// Further days it works on, as a Saturday before a sale.
    pub open: Vec<Days>,
}

impl Default for CalendarRules {
    fn default() -> Self {
        use Weekday::{Friday, Monday, Thursday, Tuesday, Wednesday};
        Self {
            country: Country::Auto,
            zone: None,
            days: vec![Monday, Tuesday, Wednesday, Thursday, Friday],
            hours: vec![OpenHours::between(9, 18)],
            closed: Vec::new(),
            open: Vec::new(),
        }
    }
}

impl CalendarRules {
    /// Most entries of `closed`, and of `open`. Our choice: more than one a day of a year, and looked through quickly.
    pub const RUNS_MAX: usize = 400;

    /// Working minutes of a week without holidays, on the wall clock.
    pub fn minutes_a_week(&self) -> i64 {
        let day: i64 = self.hours.iter().map(|hours| hours.minutes()).sum();
        day * i64::try_from(self.days.len()).unwrap_or(7)
    }

    /// Which of the closed days, counted from 0, holds a day that is named open too.
    pub(crate) fn contradiction(&self) -> Option<usize> {
        self.closed.iter().position(|closed| self.open.iter().any(|open| open.meets(closed)))
    }

    /// Whether each of the hours begins no earlier than the one before it ends.
    pub(crate) fn hours_are_apart(&self) -> bool {
        self.hours.iter().zip(self.hours.iter().skip(1)).all(|(one, next)| one.to <= next.from)
    }
}

/// The name of a zone, or `shop` for the shop's own.
mod or_shop {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::zone::Zone;

    const SHOP: &str = "shop";

    pub(super) fn serialize<S: Serializer>(zone: &Option<Zone>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(zone.as_ref().map_or(SHOP, Zone::name))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Zone>, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        if name == SHOP { Ok(None) } else { Zone::named(&name).map(Some).map_err(serde::de::Error::custom) }
    }
}
