//! How long each kind stays worth sending, and what becomes of notices that were decided and not sent in time.

use insta::assert_snapshot;

use super::scene::scene;

fn late(timeline: &str) -> String {
    scene(timeline).live_since("03-01 00:00").play()
}

#[test]
fn a_confirmation_half_a_day_late_is_not_sent() {
    assert_snapshot!(late("
        03-02 08:00 placed ship_by=03-06T18:00 arrives=03-02T20:01
        03-02 08:00 paid arrives=03-02T20:01
        03-03 12:00 shipped P1
    "), @r"
    03-02 20:01 - order_accepted paid: stale
    03-03 12:00 shipped parcel=P1
    03-05 18:00 - delay_warning v1: shipped
    ");
}

#[test]
fn a_parcel_two_days_on_its_way_is_not_announced() {
    assert_snapshot!(late("
        03-02 08:00 placed ship_by=03-06T18:00
        03-02 08:00 paid
        03-03 08:00 shipped P1 arrives=03-05T09:00
    "), @r"
    03-02 08:00 order_accepted ship_by=03-06 18:00
    03-05 09:00 - shipped P1: stale
    03-05 18:00 - delay_warning v1: shipped
    ");
}

#[test]
fn an_arrival_two_days_old_is_not_thanked_for() {
    assert_snapshot!(late("
        03-02 08:00 placed ship_by=03-06T18:00
        03-02 08:00 paid
        03-03 08:00 shipped P1
        03-05 08:00 delivered P1 arrives=03-07T09:00
    "), @r"
    03-02 08:00 order_accepted ship_by=03-06 18:00
    03-03 08:00 shipped parcel=P1
    03-05 18:00 - delay_warning v1: shipped
    03-07 09:00 - delivered P1: stale
    ");
}

#[test]
fn a_trouble_two_days_old_is_not_told() {
    assert_snapshot!(late("
        03-02 08:00 placed ship_by=03-06T18:00
        03-02 08:00 paid
        03-03 08:00 shipped P1
        03-05 08:00 delayed P1 reason=weather arrives=03-07T09:00
    "), @r"
    03-02 08:00 order_accepted ship_by=03-06 18:00
    03-03 08:00 shipped parcel=P1
    03-05 18:00 - delay_warning v1: shipped
    03-07 09:00 - logistics_delay P1/1: stale
    ");
}

#[test]
fn an_apology_three_days_late_is_not_sent() {
    assert_snapshot!(late("
        03-02 08:00 placed ship_by=03-04T18:00 arrives=03-07T18:01
        03-02 08:00 paid arrives=03-07T18:01
    "), @r"
    03-07 18:01 - promise_missed v1: stale
    03-07 18:01 - order_accepted paid: stale
    ");
}

#[test]
fn what_was_decided_and_overtaken_before_it_left_is_on_record() {
    assert_snapshot!(scene("
        03-02 10:00 @A1 placed ship_by=03-04T18:00
        03-02 10:05 @A1 paid
        03-03 19:00 @A1 shipped P1
        03-02 10:00 @A2 placed ship_by=03-04T18:00
        03-02 10:05 @A2 paid
        03-03 19:00 @A2 cancelled
        03-02 10:00 @A3 placed ship_by=03-07T18:00
        03-02 10:05 @A3 paid
        03-03 18:30 @A3 exception X1 kind=out_of_stock clears_at=03-09T10:00
        03-03 19:00 @A3 fixed X1
    ").outage("03-03 18:00", "03-03 20:00").until("03-04 12:00").play(), @r"
    03-02 10:05 A1 order_accepted ship_by=03-04 18:00
    03-02 10:05 A2 order_accepted ship_by=03-04 18:00
    03-02 10:05 A3 order_accepted ship_by=03-07 18:00
    03-03 19:00 A1 - delay_warning v1: shipped
    03-03 19:00 A2 - delay_warning v1: cancelled
    03-03 19:00 A3 - delay_warning v1: stale
    03-03 20:00 A1 shipped parcel=P1
    ");
}
