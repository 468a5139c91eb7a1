//! What holds on any calendar, from any moment, for any length of work.

use proptest::prelude::*;

use super::super::{Calendar, CalendarRules, Country, OpenHours, Weekday};
use super::{at, zone};
use crate::instant::{Instant, Span};

const ZONES: [&str; 4] = ["Asia/Shanghai", "America/New_York", "Europe/London", "Australia/Lord_Howe"];

/// Up to three stretches of a day that do not meet.
fn hours() -> impl Strategy<Value = Vec<OpenHours>> {
    let cuts = proptest::collection::btree_set(0_u16..=1440, 2..=6);
    cuts.prop_map(|cuts| {
        let cuts: Vec<u16> = cuts.into_iter().collect();
        cuts.chunks_exact(2).map(|pair| OpenHours { from: pair[0], to: pair[1] }).collect()
    })
}

fn rules() -> impl Strategy<Value = CalendarRules> {
    let days = proptest::sample::subsequence(Weekday::ALL.to_vec(), 1..=7);
    let run = (0_i64..700, 0_i64..9).prop_map(|(first, length)| {
        let day = |n: i64| jiff::civil::date(2026, 1, 1).saturating_add(jiff::ToSpan::days(n));
        super::super::Days { first: day(first), last: day(first + length) }
    });
    let country = proptest::sample::select(Country::ALL);
    let runs = || proptest::collection::vec(run.clone(), 0..4);
    (country, days, hours(), runs(), runs()).prop_map(|(country, days, hours, closed, open)| {
        let open = open.into_iter().filter(|o| !closed.iter().any(|c| c.meets(o))).collect();
        CalendarRules { country, zone: None, days, hours, closed, open }
    })
}

/// A moment of 2026 or 2027 in whole milliseconds.
fn moment() -> impl Strategy<Value = Instant> {
    (0_i64..Span::hours(2 * 365 * 24).ms()).prop_map(|ms| at("2026-01-01T00:00:00Z") + Span::from_ms(ms))
}

fn work() -> impl Strategy<Value = Span> {
    prop_oneof![(0_i64..Span::hours(60).ms()).prop_map(Span::from_ms), (0_i64..4_000).prop_map(Span::minutes),]
}

/// Enough hours a week that no answer lies past the horizon.
fn is_busy(rules: &CalendarRules) -> bool {
    rules.minutes_a_week() >= 30
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_later_start_and_more_work_never_end_earlier(
        rules in rules(), zone_name in proptest::sample::select(&ZONES[..]), from in moment(), later in work(),
        work in work(), more in work(),
    ) {
        let zone = zone(zone_name);
        let calendar = Calendar::of(&rules, &zone);
        let end = calendar.after(from, work);
        prop_assert!(from <= end);
        prop_assert!(end <= calendar.after(from + later, work));
        prop_assert!(end <= calendar.after(from, work + more));
    }

    #[test]
    fn work_ends_in_working_time_or_at_its_close(
        rules in rules(), zone_name in proptest::sample::select(&ZONES[..]), from in moment(), work in work(),
    ) {
        prop_assume!(is_busy(&rules));
        let zone = zone(zone_name);
        let calendar = Calendar::of(&rules, &zone);
        let end = calendar.after(from, work);
        let before = end - Span::from_ms(1);
        prop_assert!(if work > Span::ZERO { calendar.is_open(before) } else { calendar.is_open(end) }, "{end}");
    }

    #[test]
    fn no_work_ends_at_once_or_at_the_next_opening(
        rules in rules(), zone_name in proptest::sample::select(&ZONES[..]), from in moment(),
    ) {
        prop_assume!(is_busy(&rules));
        let zone = zone(zone_name);
        let calendar = Calendar::of(&rules, &zone);
        let opening = calendar.opening(from);
        prop_assert_eq!(calendar.opening(opening), opening);
        prop_assert_eq!(opening == from, calendar.is_open(from));
        // Between the two nobody works.
        prop_assert!(opening == from || calendar.after(from, Span::from_ms(1)) == opening + Span::from_ms(1));
    }

    #[test]
    fn work_in_two_parts_ends_as_in_one(
        rules in rules(), zone_name in proptest::sample::select(&ZONES[..]), from in moment(), one in work(),
        other in 1_i64..10_000_000,
    ) {
        prop_assume!(is_busy(&rules));
        let zone = zone(zone_name);
        let calendar = Calendar::of(&rules, &zone);
        let other = Span::from_ms(other);
        prop_assert_eq!(calendar.after(calendar.after(from, one), other), calendar.after(from, one + other));
    }

    #[test]
    fn a_shop_that_never_closes_counts_every_hour(
        zone_name in proptest::sample::select(&ZONES[..]), from in moment(), work in work(),
    ) {
        let hours = vec![OpenHours::between(0, 24)];
        let rules = CalendarRules { country: Country::None, days: Weekday::ALL.to_vec(), hours, ..CalendarRules::default() };
        let zone = zone(zone_name);
        let calendar = Calendar::of(&rules, &zone);
        prop_assert_eq!(calendar.after(from, work), from + work);
        prop_assert_eq!(calendar.told(from, from + work), from + work);
    }

    #[test]
    fn a_told_date_is_never_in_closed_time_nor_earlier(
        rules in rules(), zone_name in proptest::sample::select(&ZONES[..]), now in moment(), ahead in work(),
        later in work(),
    ) {
        prop_assume!(is_busy(&rules));
        let zone = zone(zone_name);
        let calendar = Calendar::of(&rules, &zone);
        let told = calendar.told(now, now + ahead);
        prop_assert!(told >= now + ahead);
        prop_assert!(calendar.is_open(told) || calendar.is_open(told - Span::from_ms(1)));
        prop_assert!(told <= calendar.told(now, now + ahead + later));
    }

    #[test]
    fn without_a_holiday_a_told_date_moves_to_the_next_opening_at_most(
        rules in rules(), zone_name in proptest::sample::select(&ZONES[..]), now in moment(), ahead in work(),
    ) {
        prop_assume!(is_busy(&rules));
        let rules = CalendarRules { country: Country::None, closed: Vec::new(), ..rules };
        let zone = zone(zone_name);
        let calendar = Calendar::of(&rules, &zone);
        let told = calendar.told(now, now + ahead);
        prop_assert!(told == now + ahead || told == calendar.opening(now + ahead));
        prop_assert_eq!(calendar.told(now, told), told);
    }
}
