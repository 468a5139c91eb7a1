//! What the data files hold, held against the law's own rules.

use jiff::civil::Date;

use super::super::{Country, Days, Holidays, Weekday};
use super::{Calendar, CalendarRules, zone};

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn dates(year: i16) -> impl Iterator<Item = Date> {
    date(&format!("{year}-01-01")).series(jiff::ToSpan::day(1)).take_while(move |d| d.year() == year)
}

#[test]
fn every_country_has_the_current_and_the_next_year_with_their_source() {
    let named: Vec<Country> = Holidays::all().iter().map(|h| h.country).collect();
    assert_eq!(named, Country::ALL[2..]);
    for holidays in Holidays::all() {
        let years: Vec<i16> = holidays.years().iter().map(|y| y.year).collect();
        assert_eq!(years, [2026, 2027], "{}", holidays.country);
        for year in holidays.years() {
            assert!(year.source.len() > 40, "{} {}", holidays.country, year.year);
            assert!(year.read_on.contains(date("2026-11-23")));
            let runs: Vec<&Days> = year.closed.iter().chain(&year.open).collect();
            assert!(runs.iter().all(|d| d.first.year() == year.year && d.last.year() == year.year));
            assert!(year.closed.is_sorted() && year.open.is_sorted());
            assert!(!year.closed.iter().any(|closed| year.open.iter().any(|open| open.meets(closed))));
        }
    }
}

#[test]
fn what_is_not_published_is_marked() {
    let unverified: Vec<String> = Holidays::all()
        .iter()
        .flat_map(|h| h.years().iter().filter(|y| !y.verified).map(|y| format!("{} {}", h.country, y.year)))
        .collect();
    assert_eq!(unverified, ["CN 2027", "JP 2027"]);
}

#[test]
fn every_zone_of_a_file_exists_and_names_one_country() {
    let mut seen = std::collections::BTreeSet::new();
    for holidays in Holidays::all() {
        for name in &holidays.zones {
            assert!(crate::zone::Zone::named(name).is_ok(), "{name}");
            assert!(seen.insert(name.clone()), "{name} twice");
            assert_eq!(Holidays::in_zone(name).map(|h| h.country), Some(holidays.country));
        }
    }
    assert!(Holidays::in_zone("Europe/Paris").is_none());
}

/// Monday to Friday has 261 days in either year. China takes the 13 statutory days of 2026 off that; of 2027 only those
/// that fall on weekdays are known. Germany's and 2027's weekends swallow the rest.
#[test]
fn working_days_of_the_years_are_as_many_as_they_should_be() {
    let (rules, zone) = (CalendarRules::default(), zone("Asia/Shanghai"));
    let count = |country, year| {
        let rules = CalendarRules { country, ..rules.clone() };
        let calendar = Calendar::of(&rules, &zone);
        dates(year).filter(|d| calendar.is_working_day(*d)).count()
    };
    let counted: Vec<(usize, usize)> = Country::ALL[1..].iter().map(|c| (count(*c, 2026), count(*c, 2027))).collect();
    // none, CN, US, GB, DE, JP
    assert_eq!(counted, [(261, 261), (248, 254), (250, 249), (253, 253), (254, 256), (244, 245)]);
}

#[test]
fn make_up_days_are_weekend_days_and_leave_the_thirteen_statutory_days_off() {
    let china = Holidays::of(Country::China).unwrap();
    let year = &china.years()[0];
    let weekend = |d: Date| matches!(Weekday::of(d), Weekday::Saturday | Weekday::Sunday);
    assert!(year.open.iter().all(|d| weekend(d.first) && weekend(d.last)));
    let off_weekdays = dates(2026).filter(|d| china.says(*d) == Some(false) && !weekend(*d)).count();
    assert_eq!(off_weekdays - year.open.len(), 13);
}

/// Gauss's rule for Easter Sunday, Gregorian, as in Meeus, Astronomical Algorithms, chapter 8.
fn easter(year: i16) -> Date {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    Date::new(year, i8::try_from(n / 31).unwrap(), i8::try_from(n % 31 + 1).unwrap()).unwrap()
}

#[test]
fn days_that_move_with_easter_stand_where_easter_puts_them() {
    for year in [2026, 2027] {
        let after = |days: i32| easter(year).saturating_add(jiff::ToSpan::days(days));
        for country in [Country::Germany, Country::UnitedKingdom] {
            let holidays = Holidays::of(country).unwrap();
            let moving: &[i32] = if country == Country::Germany { &[-2, 1, 39, 50] } else { &[-2, 1] };
            for days in moving {
                assert_eq!(holidays.says(after(*days)), Some(false), "{country} {}", after(*days));
            }
        }
    }
}

/// 5 U.S.C. 6103: the nth of a weekday in a month; -1 for the last one.
#[test]
fn federal_holidays_on_a_weekday_stand_where_the_law_puts_them() {
    use jiff::civil::Weekday::{Monday, Thursday};
    let us = Holidays::of(Country::UnitedStates).unwrap();
    let rules = [(1, 3, Monday), (2, 3, Monday), (5, -1, Monday), (9, 1, Monday), (10, 2, Monday), (11, 4, Thursday)];
    for year in [2026, 2027] {
        for (month, nth, weekday) in rules {
            let day = Date::new(year, month, 1).unwrap().nth_weekday_of_month(nth, weekday).unwrap();
            assert_eq!(us.says(day), Some(false), "{day}");
        }
    }
}
