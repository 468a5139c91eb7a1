//! Says at a start which years the calendars in force are not sure of.

use std::collections::BTreeSet;

use forewarn_core::calendar::Country;
use forewarn_core::{Instant, Span};

use crate::clock::Clock;
use crate::policy::PolicyBook;
use crate::store::{Store, StoreError};

/// How far ahead promises usually reach. Our choice: the longest default window in working hours is two months.
const AHEAD: Span = Span::hours(60 * 24);

/// Warns of every country and year that the policy in force counts on without knowing its holidays for sure.
///
/// # Errors
/// When the store fails.
pub(super) async fn tell_uncertain_years(store: &Store, clock: &dyn Clock) -> Result<(), StoreError> {
    let document = store.read(|tx| tx.policy_in_force()).await?;
    // A policy that cannot be read stops the engine by itself, with its reason.
    let Some(book) = document.and_then(|document| PolicyBook::parse(&document.text).ok()) else {
        return Ok(());
    };
    for (country, year) in uncertain_years(&book, clock.now()) {
        tracing::warn!(
            calendar.country = %country,
            calendar.year = year,
            "not all holidays of this year are known: promises and dates in working time count such days as worked; name \
             them in calendar.closed, or install a newer version"
        );
    }
    Ok(())
}

fn uncertain_years(book: &PolicyBook, now: Instant) -> BTreeSet<(Country, i16)> {
    let used = book.all().filter(|policy| policy.uses_calendar());
    used.flat_map(|policy| [now, now + AHEAD].map(|at| policy.calendar().uncertain_year(at))).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calendars_that_are_used_and_years_near_by_are_told() {
        let told = |text: &str, now: &str| {
            let book = PolicyBook::parse(text).expect("a good policy");
            uncertain_years(&book, Instant::parse(now).expect("a moment")).into_iter().collect::<Vec<_>>()
        };
        let working = "[promise]\nhours = \"working\"\n[merchant.m1.calendar]\ncountry = \"DE\"";
        assert_eq!(told(working, "2026-06-01T00:00:00Z"), []);
        assert_eq!(told(working, "2026-11-23T00:00:00Z"), [(Country::China, 2027)]);
        assert_eq!(told(working, "2028-03-01T00:00:00Z"), [(Country::China, 2028), (Country::Germany, 2028)]);
        assert_eq!(told("", "2028-03-01T00:00:00Z"), []);
    }
}
