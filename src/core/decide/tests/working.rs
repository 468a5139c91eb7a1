//! Promises in working hours and dates told for them: holidays, make-up days, clock changes, the turn of the year.

use insta::assert_snapshot;

use super::engine::Record;
use super::scene::scene;
use crate::because::sentences;

const WORKING: &str = "[promise]\nin_stock = \"18h\"\nhours = \"working\"\n[quote]\nhours = \"working\"\n";

#[test]
fn two_working_days_go_round_a_weekend() {
    assert_snapshot!(scene("
        03-06 16:00 @A1 placed buyer=B1
        03-06 16:00 @A1 paid
        03-07 12:00 @A2 placed buyer=B2
        03-07 12:00 @A2 paid
    ").policy(WORKING).until("03-11 12:00").play(), @r"
    03-06 16:00 A1 order_accepted ship_by=03-10 16:00
    03-07 12:00 A2 order_accepted ship_by=03-10 18:00
    03-09 16:00 A1 delay_warning cause=warehouse_queue ship_by=03-10 16:00 quoted=03-16 09:00 risk=0.57 coupon=5.00
    03-09 18:00 A2 delay_warning cause=warehouse_queue ship_by=03-10 18:00 quoted=03-16 09:00 risk=0.57 coupon=5.00
    ");
}

#[test]
fn golden_week_stands_still_and_its_make_up_days_count() {
    assert_snapshot!(scene("
        09-18 16:00 @A1 placed buyer=B1
        09-18 16:00 @A1 paid
        09-30 15:00 @A2 placed buyer=B2
        09-30 15:00 @A2 paid
        10-09 10:00 @A3 placed buyer=B3
        10-09 10:00 @A3 paid
    ").policy(WORKING).until("10-13 12:00").play(), @r"
    09-18 16:00 A1 order_accepted ship_by=09-21 16:00
    09-20 16:00 A1 delay_warning cause=warehouse_queue ship_by=09-21 16:00 quoted=09-28 09:00 risk=0.57 coupon=5.00
    09-27 09:00 A1 delay_update cause=warehouse_queue ship_by=09-21 16:00 told=09-28 09:00 quoted=10-08 18:00 risk=1.00 choices=wait/cancel
    09-30 15:00 A2 order_accepted ship_by=10-09 15:00
    10-07 18:00 A1 delay_update no=2 last=yes cause=warehouse_queue ship_by=09-21 16:00 told=10-08 18:00 quoted=10-14 09:00 risk=1.00 choices=wait/cancel
    10-08 15:00 A2 delay_warning cause=warehouse_queue ship_by=10-09 15:00 quoted=10-21 09:30 risk=0.92 coupon=5.00
    10-09 10:00 A3 order_accepted ship_by=10-12 10:00
    10-11 10:00 A3 delay_warning cause=warehouse_queue ship_by=10-12 10:00 quoted=10-26 09:00 risk=0.89 coupon=5.00
    10-13 09:00 A1 - delay_update 3: needs_human
    ");
}

#[test]
fn a_shop_that_works_through_the_holiday_promises_and_quotes_within_it() {
    let open = format!("{WORKING}[calendar]\nopen = [\"2026-10-01..2026-10-02\"]\nclosed = [\"2026-10-10\"]\n");
    assert_snapshot!(scene("
        09-30 15:00 placed
        09-30 15:00 paid
    ").policy(&open).until("10-12 12:00").play(), @r"
    09-30 15:00 order_accepted ship_by=10-02 15:00
    10-01 15:00 delay_warning cause=warehouse_queue ship_by=10-02 15:00 quoted=10-08 18:00 risk=0.57 coupon=5.00
    10-07 18:00 delay_update cause=warehouse_queue ship_by=10-02 15:00 told=10-08 18:00 quoted=10-12 09:00 risk=1.00 choices=wait/cancel
    10-11 09:00 delay_update no=2 last=yes cause=warehouse_queue ship_by=10-02 15:00 told=10-12 09:00 quoted=10-15 17:30 risk=1.00 choices=wait/cancel
    ");
}

#[test]
fn an_hour_that_a_clock_change_skips_is_no_hour_of_the_promise() {
    // New York, 8 March 2026: 02:00 becomes 03:00, which is 15:00 in Shanghai. A night warehouse works 00:00-08:00
    // every day: 18 hours from Saturday 00:00 there are 8 and 7, and 3 of Monday.
    let night = format!(
        "{WORKING}[quiet_hours]\nzone = \"America/New_York\"\n[calendar]\nhours = [\"00:00-08:00\"]\n\
         days = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\"]\n"
    );
    assert_snapshot!(scene("
        03-07 13:00 placed zone=Asia/Shanghai
        03-07 13:00 paid
    ").policy(&night).until("03-09 12:00").play(), @r"
    03-07 13:00 order_accepted ship_by=03-09 15:00
    03-08 15:00 delay_warning cause=warehouse_queue ship_by=03-09 15:00 quoted=03-12 18:45 risk=0.57 coupon=5.00
    ");
}

#[test]
fn the_turn_of_the_year_keeps_the_holidays_of_both() {
    // 1 January 2027 is a Friday and a holiday; what 2027 makes up for it nobody knows yet.
    assert_snapshot!(scene("
        12-31 10:00 placed
        12-31 10:00 paid
    ").policy(WORKING).until("12-31 12:00").play(), @"12-31 10:00 order_accepted ship_by=01-05 10:00");
}

#[test]
fn a_named_time_stands_whatever_the_calendar_says() {
    assert_snapshot!(scene("
        03-06 10:00 placed ship_by=03-07T12:00
        03-06 10:05 paid
        03-06 11:00 changed ship_by=03-08T15:00
    ").policy(WORKING).until("03-06 12:00").play(), @r"
    03-06 10:05 order_accepted ship_by=03-07 12:00
    03-06 11:00 delay_warning (announced) cause=warehouse_queue ship_by=03-07 12:00 quoted=03-08 15:00 risk=1.00 coupon=5.00
    ");
}

#[test]
fn the_hours_of_a_promise_and_those_of_a_date_are_chosen_apart() {
    let told_only = "[quote]\nhours = \"working\"\n";
    assert_snapshot!(scene("
        09-30 15:00 placed
        09-30 15:00 paid
    ").policy(told_only).until("10-03 12:00").play(), @r"
    09-30 15:00 order_accepted ship_by=10-02 15:00
    10-01 15:00 delay_warning cause=warehouse_queue ship_by=10-02 15:00 quoted=10-10 12:00 risk=0.57 coupon=5.00
    ");
}

#[test]
fn a_date_that_was_moved_says_from_where() {
    let records = scene(
        "
        09-30 15:00 placed
        09-30 15:00 paid
    ",
    )
    .policy("[quote]\nhours = \"working\"\n")
    .until("10-02 12:00")
    .records();
    let because: Vec<String> = records
        .iter()
        .filter_map(|(_, _, record)| match record {
            Record::Sent(due, ..) => Some(sentences(&due.because)),
            _ => None,
        })
        .flatten()
        .filter(|sentence| sentence.contains("working time"))
        .collect();
    // The confirmation tells the promise and was decided with the same facts.
    assert_snapshot!(because.join("\n"), @r"
    the forecast's 2026-10-04T10:45:00Z is 2026-10-09T10:00:00Z in working time
    the forecast's 2026-10-05T10:45:00Z is 2026-10-10T04:00:00Z in working time
    ");
}
