//! Weekends, holidays, make-up days, the shop's own days, clock changes, and what holds on any calendar.

mod data;
mod properties;

use super::{Calendar, CalendarRules, Country};
use crate::instant::{Instant, Span};
use crate::zone::Zone;

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

fn rules(toml: &str) -> CalendarRules {
    toml::from_str(toml).unwrap_or_else(|e| panic!("{e}"))
}

/// When `hours` of working time have passed since each of the moments, as RFC 3339 in the zone.
fn after(toml: &str, zone_name: &str, cases: &[(&str, i64)]) -> Vec<String> {
    let (rules, zone) = (rules(toml), zone(zone_name));
    let calendar = Calendar::of(&rules, &zone);
    let clock = jiff::tz::TimeZone::get(zone_name).unwrap();
    let text = |at: Instant| at.timestamp().to_zoned(clock.clone()).strftime("%a %Y-%m-%d %H:%M %:z").to_string();
    cases.iter().map(|(from, hours)| text(calendar.after(at(from), Span::hours(*hours)))).collect()
}

#[test]
fn hours_run_from_morning_to_evening_and_over_the_weekend() {
    let cases = [
        ("2026-03-05T10:00:00+08:00", 2),  // Thursday
        ("2026-03-05T10:00:00+08:00", 8),  // to the minute of closing
        ("2026-03-05T10:00:00+08:00", 9),  // an hour of Friday
        ("2026-03-06T17:00:00+08:00", 2),  // over the weekend
        ("2026-03-05T03:00:00+08:00", 0),  // before opening
        ("2026-03-05T18:00:00+08:00", 0),  // at closing
        ("2026-03-07T12:00:00+08:00", 1),  // on a Saturday
        ("2026-03-06T12:00:00+08:00", 48), // the default window: more than five days
    ];
    let expected = [
        "Thu 2026-03-05 12:00 +08:00",
        "Thu 2026-03-05 18:00 +08:00",
        "Fri 2026-03-06 10:00 +08:00",
        "Mon 2026-03-09 10:00 +08:00",
        "Thu 2026-03-05 09:00 +08:00",
        "Fri 2026-03-06 09:00 +08:00",
        "Mon 2026-03-09 10:00 +08:00",
        "Fri 2026-03-13 15:00 +08:00",
    ];
    assert_eq!(after("", "Asia/Shanghai", &cases), expected);
}

#[test]
fn golden_week_closes_its_weekdays_and_opens_the_weekends_that_make_up_for_it() {
    let cases = [
        ("2026-09-19T12:00:00+08:00", 1),  // Saturday; Sunday the 20th works
        ("2026-09-30T17:00:00+08:00", 2),  // the eve
        ("2026-10-08T09:00:00+08:00", 27), // Thursday, Friday, and Saturday the 10th works
        ("2026-10-08T09:00:00+08:00", 28), // Sunday does not
    ];
    let expected = [
        "Sun 2026-09-20 10:00 +08:00",
        "Thu 2026-10-08 10:00 +08:00",
        "Sat 2026-10-10 18:00 +08:00",
        "Mon 2026-10-12 10:00 +08:00",
    ];
    assert_eq!(after("", "Asia/Shanghai", &cases), expected);
    assert_eq!(after("country = \"none\"", "Asia/Shanghai", &cases[1..2]), ["Thu 2026-10-01 10:00 +08:00"]);
}

#[test]
fn the_shops_own_days_beat_holidays_and_make_up_days() {
    let own = "closed = [\"2026-09-20\", \"2026-10-08..2026-10-09\"]\nopen = [\"2026-10-01\"]";
    let cases = [("2026-09-19T12:00:00+08:00", 1), ("2026-09-30T17:00:00+08:00", 2), ("2026-10-01T18:00:00+08:00", 1)];
    let expected = ["Mon 2026-09-21 10:00 +08:00", "Thu 2026-10-01 10:00 +08:00", "Sat 2026-10-10 10:00 +08:00"];
    assert_eq!(after(own, "Asia/Shanghai", &cases), expected);
}

#[test]
fn a_lunch_break_is_no_working_time() {
    let lunch = "hours = [\"09:00-12:00\", \"13:30-18:00\"]";
    let cases = [("2026-03-05T11:00:00+08:00", 1), ("2026-03-05T11:00:00+08:00", 2), ("2026-03-05T12:15:00+08:00", 0)];
    let expected = ["Thu 2026-03-05 12:00 +08:00", "Thu 2026-03-05 14:30 +08:00", "Thu 2026-03-05 13:30 +08:00"];
    assert_eq!(after(lunch, "Asia/Shanghai", &cases), expected);
}

#[test]
fn hours_are_real_ones_where_clocks_change_within_them() {
    let all_day = "country = \"none\"\ndays = [\"sat\", \"sun\", \"mon\"]\nhours = [\"00:00-24:00\"]";
    // 8 March 2026: 02:00 becomes 03:00. 1 November: 02:00 becomes 01:00.
    let cases = [
        ("2026-03-08T00:00:00-05:00", 3),
        ("2026-03-08T00:00:00-05:00", 23),
        ("2026-11-01T00:00:00-04:00", 3),
        ("2026-11-01T00:00:00-04:00", 25),
    ];
    let expected = [
        "Sun 2026-03-08 04:00 -04:00",
        "Mon 2026-03-09 00:00 -04:00",
        "Sun 2026-11-01 02:00 -05:00",
        "Mon 2026-11-02 00:00 -05:00",
    ];
    assert_eq!(after(all_day, "America/New_York", &cases), expected);
    let office = [("2026-03-06T16:00:00-05:00", 2), ("2026-10-30T16:00:00-04:00", 2)];
    let expected = ["Mon 2026-03-09 09:00 -04:00", "Mon 2026-11-02 09:00 -05:00"];
    assert_eq!(after("hours = [\"08:00-17:00\"]", "America/New_York", &office), expected);
}

#[test]
fn hours_that_a_clock_change_skips_are_none_and_do_not_overlap() {
    // 02:15-02:45 does not exist on 8 March 2026, and 02:50-03:10 has ten minutes.
    let night = "country = \"none\"\ndays = [\"sun\"]\nhours = [\"02:15-02:45\", \"02:50-03:10\"]";
    let (rules, zone) = (rules(night), zone("America/New_York"));
    let calendar = Calendar::of(&rules, &zone);
    let sunday = at("2026-03-08T00:00:00-05:00");
    assert_eq!(calendar.opening(sunday), at("2026-03-08T03:00:00-04:00"));
    assert_eq!(calendar.after(sunday, Span::minutes(10)), at("2026-03-08T03:10:00-04:00"));
    assert_eq!(calendar.after(sunday, Span::minutes(11)), at("2026-03-15T02:16:00-04:00"));
}

#[test]
fn a_date_is_told_within_hours_at_their_close_or_for_the_next_opening() {
    let (rules, zone) = (rules("hours = [\"09:00-12:00\", \"13:00-18:00\"]"), zone("Asia/Shanghai"));
    let calendar = Calendar::of(&rules, &zone);
    let told = |text: &str| calendar.told(at("2026-09-29T18:00:00+08:00"), at(text));
    for stands in ["2026-09-30T09:00:00+08:00", "2026-09-30T12:00:00+08:00", "2026-09-30T18:00:00+08:00"] {
        assert_eq!(told(stands), at(stands), "{stands}");
    }
    assert_eq!(told("2026-09-30T12:15:00+08:00"), at("2026-09-30T13:00:00+08:00"));
    assert_eq!(told("2026-09-30T18:15:00+08:00"), at("2026-10-08T09:00:00+08:00"));
    let later = |text: &str| calendar.told(at("2026-10-08T00:00:00+08:00"), at(text));
    assert_eq!(later("2026-10-11T15:00:00+08:00"), at("2026-10-12T09:00:00+08:00"));
}

#[test]
fn what_was_counted_as_worked_in_a_holiday_is_worked_after_it() {
    let (rules, zone) = (rules(""), zone("Asia/Shanghai"));
    let calendar = Calendar::of(&rules, &zone);
    let told = |now: &str, by: &str| calendar.told(at(now), at(by));
    // Thursday, and Friday to 15:00.
    let eve = "2026-09-30T17:00:00+08:00";
    assert_eq!(told(eve, "2026-10-02T15:00:00+08:00"), at("2026-10-09T15:00:00+08:00"));
    // Five weekdays, on the Thursday and Friday after it, the working Saturday, Monday and Tuesday.
    assert_eq!(told(eve, "2026-10-08T09:00:00+08:00"), at("2026-10-13T18:00:00+08:00"));
    // Whoever knows the holiday counts none of it.
    assert_eq!(told("2026-10-08T08:00:00+08:00", "2026-10-08T10:00:00+08:00"), at("2026-10-08T10:00:00+08:00"));
}

#[test]
fn the_close_at_midnight_is_told_as_it_is() {
    let (rules, zone) = (rules("hours = [\"12:00-24:00\"]"), zone("Asia/Shanghai"));
    let midnight = at("2026-03-07T00:00:00+08:00");
    assert_eq!(Calendar::of(&rules, &zone).told(midnight, midnight), midnight);
}

#[test]
fn a_warehouse_abroad_works_by_its_own_clock_and_country() {
    let (rules, shop) = (rules("zone = \"America/New_York\""), zone("Asia/Shanghai"));
    let calendar = Calendar::of(&rules, &shop);
    assert_eq!(calendar.holidays().map(|h| h.country), Some(Country::UnitedStates));
    assert_eq!(calendar.opening(at("2026-11-26T10:00:00-05:00")), at("2026-11-27T09:00:00-05:00"));
}

#[test]
fn a_year_without_data_keeps_its_weekends_and_the_shops_own_days() {
    let cases = [("2029-09-28T17:00:00+08:00", 2), ("2029-10-01T17:00:00+08:00", 2)];
    let expected = ["Mon 2029-10-01 10:00 +08:00", "Tue 2029-10-02 10:00 +08:00"];
    assert_eq!(after("", "Asia/Shanghai", &cases), expected);
    let own = after("closed = [\"2029-10-01..2029-10-07\"]", "Asia/Shanghai", &cases[..1]);
    assert_eq!(own, ["Mon 2029-10-08 10:00 +08:00"]);
}

#[test]
fn a_calendar_says_which_year_it_is_not_sure_of() {
    let unsure = |toml: &str, text: &str| {
        let (rules, zone) = (rules(toml), zone("Asia/Shanghai"));
        Calendar::of(&rules, &zone).uncertain_year(at(text))
    };
    assert_eq!(unsure("", "2026-12-31T23:59:59+08:00"), None);
    assert_eq!(unsure("", "2027-01-01T00:00:00+08:00"), Some((Country::China, 2027)));
    assert_eq!(unsure("country = \"US\"", "2027-06-01T00:00:00Z"), None);
    assert_eq!(unsure("country = \"US\"", "2028-06-01T00:00:00Z"), Some((Country::UnitedStates, 2028)));
    assert_eq!(unsure("country = \"none\"", "2028-06-01T00:00:00Z"), None);
}

#[test]
fn a_shop_that_never_opens_again_gives_an_answer() {
    let closed: Vec<String> = (2026..2036).map(|y| format!("\"{y}-01-01..{y}-12-31\"")).collect();
    let (rules, zone) = (rules(&format!("closed = [{}]", closed.join(","))), zone("Asia/Shanghai"));
    let end = Calendar::of(&rules, &zone).after(at("2026-01-01T00:00:00+08:00"), Span::hours(1));
    assert_eq!(end, at("2030-01-04T00:00:00+08:00"));
}

#[test]
fn days_and_hours_are_read_strictly_and_written_back() {
    let text = "country = \"CN\"\nzone = \"shop\"\ndays = [\"mon\", \"sat\"]\nhours = [\"09:30-24:00\"]\n\
                closed = [\"2026-02-16..2026-02-22\"]\nopen = [\"2026-02-14\"]\n";
    let read: CalendarRules = rules(text);
    assert_eq!(toml::to_string(&read).unwrap(), text);
    let bad = [
        "closed = [\"2026-2-16\"]",
        "closed = [\"2026-02-30\"]",
        "closed = [\"20260216\"]",
        "closed = [\"1999-12-31\"]",
        "closed = [\"2026-02-22..2026-02-16\"]",
        "closed = [\"2026-02-16..\"]",
        "hours = [\"9:00-18:00\"]",
        "hours = [\"18:00-09:00\"]",
        "hours = [\"09:00-09:00\"]",
        "hours = [\"09:00-24:01\"]",
        "hours = [\"09:00\"]",
        "days = [\"monday\"]",
        "country = \"cn\"",
        "zone = \"Mars/Olympus\"",
    ];
    for text in bad {
        assert!(toml::from_str::<CalendarRules>(text).is_err(), "{text}");
    }
}
