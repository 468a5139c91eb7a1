//! Nights, zones and clock changes.

use insta::assert_snapshot;

use super::scene::{play, scene};

#[test]
fn a_warning_due_at_night_is_pulled_forward() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T03:00
        03-02 10:05 paid
    ").until("03-05 02:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 03:00
    03-03 21:45 delay_warning cause=warehouse_queue ship_by=03-05 03:00 quoted=03-08 01:30 risk=0.51 coupon=5.00
    ");
}

#[test]
fn a_warning_that_becomes_due_at_night_waits_for_the_morning() {
    // Packed at nine in the evening, so not at risk a quarter before ten; the stock-out is found at midnight.
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T03:00
        03-02 10:05 paid
        03-03 21:00 packed
        03-04 00:30 exception X1 kind=damaged clears_at=03-06T12:00
    ").until("03-05 02:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 03:00
    03-04 08:00 delay_warning cause=out_of_stock ship_by=03-05 03:00 quoted=03-08 04:00 risk=1.00 choices=wait/swap/cancel coupon=5.00
    ");
}

#[test]
fn a_warning_that_would_come_after_ship_by_gives_way_to_a_straight_apology() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T06:00
        03-02 10:05 paid
        03-03 21:00 packed
        03-04 22:30 exception X1 kind=damaged clears_at=03-06T12:00
    ").until("03-05 09:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 06:00
    03-04 22:30 - delay_warning v1: quiet_hours
    03-05 08:00 promise_missed cause=out_of_stock ship_by=03-05 06:00 quoted=03-08 03:00 risk=1.00 choices=wait/swap/cancel
    ");
}

#[test]
fn other_notices_wait_for_the_morning() {
    assert_snapshot!(play("
        03-02 23:00 placed ship_by=03-05T18:00
        03-02 23:05 paid
        03-03 23:30 shipped P1
        03-05 23:30 delivered P1
    "), @r"
    03-03 08:00 order_accepted ship_by=03-05 18:00
    03-04 08:00 shipped parcel=P1
    03-04 18:00 - delay_warning v1: shipped
    03-06 08:00 delivered parcel=P1
    ");
}

#[test]
fn a_confirmation_overtaken_in_the_night_is_not_sent() {
    assert_snapshot!(play("
        03-02 23:00 placed ship_by=03-05T18:00
        03-02 23:05 paid
        03-03 07:30 shipped P1
    "), @r"
    03-03 07:30 - order_accepted paid: shipped
    03-03 08:00 shipped parcel=P1
    03-04 18:00 - delay_warning v1: shipped
    ");
}

#[test]
fn quiet_hours_follow_the_buyers_clock_through_the_spring_change_in_berlin() {
    // 29 March 2026: 02:00 becomes 03:00. The buyer's 22:00-08:00 is 05:00-15:00 in Shanghai before and 04:00-14:00 after.
    assert_snapshot!(scene("
        03-28 16:00 placed zone=Europe/Berlin
        03-28 16:00 paid
        03-29 13:30 shipped P1
    ").play(), @r"
    03-28 16:00 order_accepted ship_by=03-30 16:00
    03-29 14:00 shipped parcel=P1
    03-29 16:00 - delay_warning v1: shipped
    ");
    assert_snapshot!(scene("
        03-27 16:00 placed zone=Europe/Berlin ship_by=03-30T12:00
        03-27 16:00 paid
    ").until("03-30 11:00").play(), @r"
    03-27 16:00 order_accepted ship_by=03-30 12:00
    03-29 14:00 delay_warning cause=warehouse_queue ship_by=03-30 12:00 quoted=04-02 17:45 risk=0.60 coupon=5.00
    ");
}

#[test]
fn quiet_hours_follow_the_buyers_clock_through_the_autumn_change_in_new_york() {
    // 1 November 2026: 02:00 becomes 01:00. 22:00-08:00 there is 10:00-21:00 in Shanghai across the change.
    assert_snapshot!(scene("
        10-31 06:00 placed zone=America/New_York
        10-31 06:00 paid
        11-01 20:30 shipped P1
    ").play(), @r"
    10-31 06:00 order_accepted ship_by=11-02 06:00
    11-01 06:00 delay_warning cause=warehouse_queue ship_by=11-02 06:00 quoted=11-05 09:45 risk=0.57 coupon=5.00
    11-01 21:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn an_unknown_zone_falls_back_to_the_shops() {
    assert_snapshot!(play("
        03-02 23:00 placed ship_by=03-05T18:00 zone=Nowhere/Land
        03-02 23:05 paid
        03-03 10:00 shipped P1
    "), @r"
    03-03 08:00 order_accepted ship_by=03-05 18:00
    03-03 10:00 shipped parcel=P1
    03-04 18:00 - delay_warning v1: shipped
    ");
}
