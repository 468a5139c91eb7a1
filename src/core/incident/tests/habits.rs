//! What is usual of a facet.

use super::tick;
use crate::incident::usual;
use crate::instant::{Instant, Span};

const NOW: i64 = 0;
const DAY: i64 = 96;

fn of(history: &[(i64, u64)], known_for_days: i64) -> Option<u64> {
    let history: Vec<(Instant, u64)> = history.iter().map(|(quarters, n)| (tick(*quarters), *n)).collect();
    usual(&history, tick(NOW) - Span::hours(24 * known_for_days), tick(NOW))
}

#[test]
fn on_the_first_day_nothing_is_unusual() {
    assert_eq!(of(&[], 0), None);
    assert_eq!(of(&[], 1), Some(0));
}

#[test]
fn the_mean_window_is_rounded_up() {
    let one_a_day: Vec<(i64, u64)> = (1..=14).map(|day| (-day * DAY + 40, 1)).collect();
    assert_eq!(of(&one_a_day, 30), Some(1));
    let one_a_quarter: Vec<(i64, u64)> = (9..=14 * DAY).map(|n| (-n, 1)).collect();
    assert_eq!(of(&one_a_quarter, 30), Some(8));
}

#[test]
fn the_window_itself_is_no_part_of_what_is_usual() {
    let now: Vec<(i64, u64)> = (0..8).map(|n| (-n, 50)).collect();
    assert_eq!(of(&now, 30), Some(0));
}

#[test]
fn a_busy_hour_of_each_day_is_usual_at_that_hour() {
    let noon: Vec<(i64, u64)> = (1..=14).map(|day| (-day * DAY, 30)).collect();
    assert_eq!(of(&noon, 30), Some(30));
    let evening: Vec<(i64, u64)> = (1..=14).map(|day| (-day * DAY + 40, 30)).collect();
    assert_eq!(of(&evening, 30), Some(3), "the mean of all windows");
}

#[test]
fn a_busy_day_of_each_week_is_usual_on_that_day() {
    let mondays = [(-7 * DAY, 40), (-14 * DAY, 35)];
    assert_eq!(of(&mondays, 30), Some(35));
    assert_eq!(of(&mondays, 10), Some(1), "one Monday is no habit");
}

#[test]
fn one_bad_day_does_not_hide_the_next() {
    assert_eq!(of(&[(-DAY, 200)], 30), Some(2));
}

#[test]
fn a_young_shop_is_measured_by_its_own_days() {
    let yesterday: Vec<(i64, u64)> = (9..=DAY).map(|n| (-n, 1)).collect();
    assert_eq!(of(&yesterday, 1), Some(8));
}
