//! After handover: trouble on the way, and arrival.

use insta::assert_snapshot;

use super::scene::{play, scene};

#[test]
fn a_delay_on_the_way_is_told_once_per_trouble() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 shipped P1 carrier=SF eta=03-05T18:00
        03-04 10:00 delayed P1 reason=weather
        03-04 15:00 delayed P1 reason=weather
        03-05 10:00 in_transit P1
        03-05 16:00 delivered P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-03 10:00 shipped parcel=P1 eta=03-05 18:00
    03-04 10:00 logistics_delay parcel=P1 problem=delayed/weather
    03-04 18:00 - delay_warning v1: shipped
    03-05 16:00 delivered (after_delay) parcel=P1 eta=03-05 18:00
    ");
}

#[test]
fn an_arrival_that_slips_past_what_was_said_is_told_each_time() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 shipped P1 eta=03-05T14:00
        03-04 10:00 in_transit P1 eta=03-05T23:00
        03-04 12:00 delayed P1 reason=weather eta=03-06T14:00
        03-05 12:00 delayed P1 reason=weather eta=03-08T14:00
        03-07 12:00 delayed P1 reason=weather eta=03-10T14:00
        03-10 12:00 delivered P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-03 10:00 shipped parcel=P1 eta=03-05 14:00
    03-04 12:00 logistics_delay parcel=P1 problem=delayed/weather eta=03-06 14:00
    03-04 18:00 - delay_warning v1: shipped
    03-05 12:00 logistics_delay parcel=P1 no=2 last=yes problem=delayed/weather eta=03-08 14:00
    03-07 12:00 - logistics_delay P1/3: needs_human
    03-10 12:00 delivered (after_delay) parcel=P1 eta=03-10 14:00
    ");
}

#[test]
fn a_trouble_that_was_told_is_not_told_again_after_a_new_date() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 shipped P1 eta=03-05T14:00
        03-04 10:00 delayed P1 reason=weather
        03-04 14:00 label_created P1 eta=03-07T14:00
        03-07 12:00 delivered P1
    ").policy("[warn]\nupdates = 4").play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-03 10:00 shipped parcel=P1 eta=03-05 14:00
    03-04 10:00 logistics_delay parcel=P1 problem=delayed/weather
    03-04 14:00 logistics_delay parcel=P1 no=2 problem=slipped/- eta=03-07 14:00
    03-04 18:00 - delay_warning v1: shipped
    03-07 12:00 delivered (after_delay) parcel=P1 eta=03-07 14:00
    ");
}

#[test]
fn a_date_from_before_the_trouble_is_not_told_again() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 shipped P1 eta=03-05T14:00
        03-05 14:00 attempt_failed P1
        03-05 15:00 in_transit P1 eta=03-06T14:00
        03-07 10:00 delivered P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-03 10:00 shipped parcel=P1 eta=03-05 14:00
    03-04 18:00 - delay_warning v1: shipped
    03-05 14:00 logistics_delay parcel=P1 problem=attempt_failed/-
    03-05 15:00 logistics_delay parcel=P1 no=2 last=yes problem=slipped/- eta=03-06 14:00
    03-07 10:00 delivered (after_delay) parcel=P1 eta=03-06 14:00
    ");
}

#[test]
fn a_day_that_is_over_is_no_expectation() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 shipped P1 eta=03-03T20:00 arrives=03-04T09:00
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-04 09:00 shipped parcel=P1
    03-04 18:00 - delay_warning v1: shipped
    ");
}

#[test]
fn attempts_and_returns_are_told() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 shipped P1
        03-04 10:00 attempt_failed P1 reason=address
        03-05 10:00 returning P1 reason=refused
        03-07 10:00 returned P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-03 10:00 shipped parcel=P1
    03-04 10:00 logistics_delay parcel=P1 problem=attempt_failed/address
    03-04 18:00 - delay_warning v1: shipped
    03-05 10:00 logistics_delay parcel=P1 no=2 last=yes problem=returning/refused
    ");
}

#[test]
fn a_parcel_without_a_sign_of_life_is_stalled() {
    let mut text = String::new();
    for i in 0..25 {
        text += &format!(
            "
            03-02 0{}:{:02} @H{i} placed buyer=H{i} id=a{i}
            +1m @H{i} paid id=b{i}
            +10h @H{i} shipped id=d{i} carrier=SF
            +{}m @H{i} in_transit P1 id=e{i}
            +1d @H{i} delivered P1 id=f{i}",
            i % 9,
            i,
            300 + 15 * i
        );
    }
    text += "
        03-10 09:00 placed
        03-10 09:00 paid
        03-10 15:00 shipped P1 carrier=SF";
    assert_snapshot!(scene(&text).live_since("03-10 00:00").play(), @r"
    03-10 09:00 order_accepted ship_by=03-12 09:00
    03-10 15:00 shipped parcel=P1
    03-11 14:36 logistics_delay parcel=P1 problem=stalled/-
    ");
}

#[test]
fn delivered_late_says_so() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-03T18:00
        03-02 10:05 paid
        03-04 10:00 shipped P1
        03-06 10:00 delivered P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-03 18:00
    03-02 18:00 delay_warning cause=warehouse_queue ship_by=03-03 18:00 quoted=03-06 21:45 risk=0.57 coupon=5.00
    03-04 10:00 shipped (after_warning) parcel=P1
    03-06 10:00 delivered (after_delay) parcel=P1
    ");
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-04T18:00 deliver_by=03-05T20:00
        03-02 10:05 paid
        03-02 16:00 shipped P1
        03-06 10:00 delivered P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-04 18:00
    03-02 16:00 shipped parcel=P1
    03-03 18:00 - delay_warning v1: shipped
    03-06 10:00 delivered (after_delay) parcel=P1
    ");
}

#[test]
fn a_scan_before_the_warehouses_word_is_the_handover() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-04T18:00
        03-02 10:05 paid
        03-03 10:00 collected P1
        03-03 15:00 shipped P1 carrier=SF
        03-05 10:00 delivered P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-04 18:00
    03-03 10:00 shipped parcel=P1
    03-03 18:00 - delay_warning v1: shipped
    03-05 10:00 delivered parcel=P1
    ");
}

#[test]
fn a_stray_scan_after_the_delivery_changes_nothing() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-04T18:00
        03-02 10:05 paid
        03-03 10:00 shipped P1
        03-05 10:00 delivered P1
        03-05 12:00 delayed P1 eta=03-09T12:00
        03-05 13:00 in_transit P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-04 18:00
    03-03 10:00 shipped parcel=P1
    03-03 18:00 - delay_warning v1: shipped
    03-05 10:00 delivered parcel=P1
    ");
}

#[test]
fn handed_over_and_delivered_between_two_looks_is_told_once() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-04T18:00
        03-02 10:05 paid
        03-03 10:00 shipped P1 arrives=03-05T10:00
        03-05 10:00 delivered P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-04 18:00
    03-03 18:00 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=5.00
    03-05 10:00 - shipped P1: delivered
    03-05 10:00 delivered parcel=P1
    ");
}
