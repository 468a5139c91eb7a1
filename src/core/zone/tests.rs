//! Dates as people say them, and nights on people's clocks.

use super::{ClockTime, Quiet, Tongue, Zone, day_phrase, phrase};
use crate::instant::{Instant, Span};

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap()
}

#[test]
fn dates_are_phrased_with_month_day_and_part_of_the_day() {
    let shanghai = zone("Asia/Shanghai");
    let friday = at("2026-03-06T14:00:00+08:00");
    assert_eq!(phrase(friday, &shanghai, Tongue::Chinese), "3月6日（周五）下午");
    assert_eq!(phrase(friday, &shanghai, Tongue::English), "Friday afternoon, 6 March");
    assert_eq!(phrase(friday, &zone("America/New_York"), Tongue::English), "Thursday night, 5 March");
    let parts = ["06:00", "11:59", "12:00", "17:59", "18:00", "23:59"];
    let said = parts.map(|t| phrase(at(&format!("2026-12-31T{t}:00+08:00")), &shanghai, Tongue::Chinese));
    assert_eq!(said[0], "12月31日（周四）上午");
    assert_eq!(said[1], said[0]);
    assert_eq!(said[2], "12月31日（周四）下午");
    assert_eq!(said[3], said[2]);
    assert_eq!(said[4], "12月31日（周四）晚上");
    assert_eq!(said[5], said[4]);
}

#[test]
fn the_small_hours_are_the_night_of_the_day_before() {
    let shanghai = zone("Asia/Shanghai");
    let both = |t: &str| [Tongue::Chinese, Tongue::English].map(|tongue| phrase(at(t), &shanghai, tongue));
    assert_eq!(both("2026-03-01T00:00:00+08:00"), ["2月28日（周六）晚上", "Saturday evening, 28 February"]);
    for night in ["2026-03-01T00:00:00.001+08:00", "2026-03-01T00:15:00+08:00", "2026-03-01T05:59:59.999+08:00"] {
        assert_eq!(both(night), ["2月28日（周六）夜里", "Saturday night, 28 February"], "{night}");
    }
    assert_eq!(both("2027-01-01T03:00:00+08:00"), ["12月31日（周四）夜里", "Thursday night, 31 December"]);
}

#[test]
fn a_day_is_phrased_without_its_hour() {
    let shanghai = zone("Asia/Shanghai");
    for hour in ["00:00", "03:00", "23:59"] {
        let friday = at(&format!("2026-03-06T{hour}:00+08:00"));
        assert_eq!(day_phrase(friday, &shanghai, Tongue::Chinese), "3月6日（周五）", "{hour}");
        assert_eq!(day_phrase(friday, &shanghai, Tongue::English), "Friday 6 March", "{hour}");
    }
    let friday = at("2026-03-06T03:00:00+08:00");
    assert_eq!(day_phrase(friday, &zone("America/New_York"), Tongue::English), "Thursday 5 March");
}

#[test]
fn tongues_follow_the_locale() {
    assert_eq!(Tongue::of("zh-CN"), Tongue::Chinese);
    assert_eq!(Tongue::of("ZH"), Tongue::Chinese);
    assert_eq!(Tongue::of("en-GB"), Tongue::English);
    assert_eq!(Tongue::of("de"), Tongue::English);
    assert_eq!(Tongue::of(""), Tongue::English);
    assert_eq!(Tongue::of("é"), Tongue::English);
}

#[test]
fn a_night_runs_across_midnight() {
    let shanghai = zone("Asia/Shanghai");
    let quiet = Quiet { from: ClockTime::at(22, 0), to: ClockTime::at(8, 0), zone: &shanghai };
    let night = (at("2026-03-05T22:00:00+08:00"), at("2026-03-06T08:00:00+08:00"));
    for inside in ["2026-03-05T22:00:00+08:00", "2026-03-05T23:59:59+08:00", "2026-03-06T07:59:59.999+08:00"] {
        assert_eq!(quiet.window(at(inside)), Some(night), "{inside}");
    }
    for outside in ["2026-03-05T21:59:59.999+08:00", "2026-03-06T08:00:00+08:00"] {
        assert_eq!(quiet.window(at(outside)), None, "{outside}");
    }
    assert_eq!(quiet.pulled_forward(at("2026-03-06T03:00:00+08:00")), at("2026-03-05T21:45:00+08:00"));
    assert_eq!(quiet.pulled_forward(at("2026-03-06T12:00:00+08:00")), at("2026-03-06T12:00:00+08:00"));
}

#[test]
fn a_nap_at_noon_and_no_quiet_hours_at_all() {
    let shanghai = zone("Asia/Shanghai");
    let nap = Quiet { from: ClockTime::at(12, 0), to: ClockTime::at(14, 0), zone: &shanghai };
    let noon = (at("2026-03-05T12:00:00+08:00"), at("2026-03-05T14:00:00+08:00"));
    assert_eq!(nap.window(at("2026-03-05T13:00:00+08:00")), Some(noon));
    assert_eq!(nap.window(at("2026-03-05T14:00:00+08:00")), None);
    let never = Quiet { from: ClockTime::at(22, 0), to: ClockTime::at(22, 0), zone: &shanghai };
    assert_eq!(never.window(at("2026-03-05T22:00:00+08:00")), None);
}

#[test]
fn nights_are_an_hour_shorter_or_longer_when_clocks_change() {
    let berlin = zone("Europe/Berlin");
    let quiet = Quiet { from: ClockTime::at(22, 0), to: ClockTime::at(8, 0), zone: &berlin };
    let spring = quiet.window(at("2026-03-29T03:30:00+02:00")).unwrap();
    assert_eq!(spring.1 - spring.0, Span::hours(9));
    let autumn = quiet.window(at("2026-10-25T02:30:00+01:00")).unwrap();
    assert_eq!(autumn.1 - autumn.0, Span::hours(11));
    // 02:30 does not exist on that morning: the window begins with the first moment after the gap.
    let early = Quiet { from: ClockTime::at(2, 30), to: ClockTime::at(5, 0), zone: &berlin };
    let (from, to) = early.window(at("2026-03-29T04:00:00+02:00")).unwrap();
    assert_eq!((from, to), (at("2026-03-29T03:00:00+02:00"), at("2026-03-29T05:00:00+02:00")));
    // 02:00 itself is the first time that does not exist.
    let sharp = Quiet { from: ClockTime::at(2, 0), to: ClockTime::at(5, 0), zone: &berlin };
    assert_eq!(sharp.window(at("2026-03-29T04:00:00+02:00")).map(|(from, _)| from), Some(from));
}

#[test]
fn a_day_is_the_zones_own() {
    let new_york = zone("America/New_York");
    let (from, to) = new_york.day(at("2026-11-01T12:00:00-05:00"));
    assert_eq!((from, to - from), (at("2026-11-01T00:00:00-04:00"), Span::hours(25)));
    let (from, to) = new_york.day(at("2026-03-08T00:30:00-05:00"));
    assert_eq!((from, to - from), (at("2026-03-08T00:00:00-05:00"), Span::hours(23)));
}

#[test]
fn clock_times_are_read_strictly() {
    let read = |text: &str| serde_json::from_value::<ClockTime>(text.into());
    assert_eq!(read("08:05").unwrap(), ClockTime::at(8, 5));
    for bad in ["8:05", "24:00", "08:60", "08-05", "+8:05", "08:5 ", "", "０８:05"] {
        assert!(read(bad).is_err(), "{bad}");
    }
    assert_eq!(ClockTime::at(22, 0).to_string(), "22:00");
}

#[test]
fn zones_are_known_by_name_only() {
    assert!(Zone::named("Europe/Berlin").is_ok());
    for bad in ["", "Nowhere/Land", "+08:00", "../etc/passwd"] {
        assert!(Zone::named(bad).is_err(), "{bad}");
    }
}
