//! Moments and lengths of time, written and read.

use proptest::prelude::*;

use super::{EARLIEST, Instant, LATEST, Span, given};

#[test]
fn only_rfc_3339_with_an_offset_is_a_moment() {
    let good = [
        ("2026-03-06T14:00:00+08:00", "2026-03-06T06:00:00Z"),
        ("2026-03-06t14:00:00z", "2026-03-06T14:00:00Z"),
        ("2026-03-06T14:00:00.5Z", "2026-03-06T14:00:00.5Z"),
        ("2026-03-06T14:00:00.123456789-03:30", "2026-03-06T17:30:00.123Z"),
    ];
    for (text, utc) in good {
        assert_eq!(Instant::parse(text).unwrap().to_string(), utc, "{text}");
    }
    let bad = [
        "",
        "2026-03-06",
        "2026-03-06T14:00:00",
        "2026-03-06 14:00:00Z",
        "2026-03-06T14:00Z",
        "2026-03-06T14:00:00.Z",
        "2026-02-30T14:00:00Z",
        "2026-03-06T25:00:00Z",
        "2026-03-06T14:00:00+0800",
        "2026-03-06T14:00:00+08",
        "2026-03-06T14:00:00Z[Asia/Shanghai]",
        "+002026-03-06T14:00:00Z",
        "２026-03-06T14:00:00Z",
    ];
    for text in bad {
        assert!(Instant::parse(text).unwrap_err().starts_with("bad_time"), "{text}");
    }
}

#[test]
fn moments_outside_the_years_2000_to_2100_are_out_of_range() {
    for text in ["1999-12-31T23:59:59Z", "2101-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"] {
        assert!(Instant::parse(text).unwrap_err().starts_with("time_out_of_range"), "{text}");
    }
    assert_eq!(Instant::parse("2000-01-01T00:00:00Z"), Ok(EARLIEST));
    assert_eq!(Instant::parse("2100-12-31T23:59:59.999Z"), Ok(LATEST - Span::from_ms(1)));
}

#[test]
fn lengths_are_read_with_their_units() {
    assert_eq!(Span::parse("48h"), Ok(Span::hours(48)));
    assert_eq!(Span::parse("1d12h"), Ok(Span::hours(36)));
    assert_eq!(Span::parse("0h"), Ok(Span::ZERO));
    for bad in ["", "48", "h", "-1h", "1.5h", "1 h", "1w", "h1", "999999999999999999d", "１h"] {
        assert!(Span::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_first_day_of_2000_is_no_time_wherever_its_midnight_was() {
    for none in ["2000-01-01T00:00:00Z", "2000-01-01T00:00:00-05:00", "2000-01-01T00:00:00-11:00"] {
        let named = Instant::parse(none).unwrap();
        assert_eq!(given(Some(named)), None, "{none}");
    }
    let refused = Instant::parse("2000-01-01T00:00:00+08:00");
    assert_eq!(refused, Err("time_out_of_range: an instant lies outside the years 2000-2100".to_owned()));
    let next = Instant::parse("2000-01-02T00:00:00Z").unwrap();
    assert_eq!((given(Some(next)), given(None)), (Some(next), None));
}

#[test]
fn a_tick_is_never_after_its_moment() {
    let tick = Span::minutes(15);
    assert_eq!(Instant::from_ms(-1).floor_to(tick), Instant::from_ms(-900_000));
    assert_eq!(Instant::from_ms(900_000).floor_to(tick), Instant::from_ms(900_000));
    assert_eq!(Instant::from_ms(5).floor_to(Span::ZERO), Instant::from_ms(5));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn moments_survive_being_written_and_read(ms in EARLIEST.ms()..LATEST.ms()) {
        let at = Instant::from_ms(ms);
        prop_assert_eq!(Instant::parse(&at.to_string()), Ok(at));
    }

    #[test]
    fn lengths_survive_being_written_and_read(seconds in 0_i64..10_000_000_000) {
        let span = Span::from_ms(seconds * 1_000);
        prop_assert_eq!(Span::parse(&span.to_string()), Ok(span));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,40}") {
        prop_assert!(Instant::parse(&text).is_err() || text.len() >= 20);
        prop_assert!(Span::parse(&text).is_err() || !text.is_empty());
    }
}
