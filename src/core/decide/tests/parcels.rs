//! Orders that leave in pieces.

use insta::assert_snapshot;

use super::scene::{play, scene};

#[test]
fn split_parcels_are_told_one_by_one() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00 lines=L1:S1,L2:S2
        03-02 10:05 paid
        03-02 15:00 shipped P1 lines=L1
        03-03 15:00 shipped P2 lines=L2
        03-04 12:00 delivered P1
        03-05 12:00 delivered P2
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00 lines=L1+L2
    03-02 15:15 shipped parcel=P1
    03-03 15:00 shipped parcel=P2 lines=L2
    03-04 12:00 delivered parcel=P1
    03-04 18:00 - delay_warning v1: shipped
    03-05 12:00 delivered parcel=P2 lines=L2
    ");
}

#[test]
fn a_second_parcel_never_wipes_the_first() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00 lines=L1:S1,L2:S2
        03-02 10:05 paid
        03-02 15:00 shipped P1
        03-03 15:00 shipped P2 lines=L2
        03-04 12:00 delivered P2
        03-05 12:00 delivered P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00 lines=L1+L2
    03-02 15:00 shipped parcel=P1 lines=L1+L2
    03-03 15:00 shipped parcel=P2 lines=L2
    03-04 12:00 delivered parcel=P2 lines=L2
    03-04 18:00 - delay_warning v1: shipped
    03-05 12:00 delivered parcel=P1
    ");
}

#[test]
fn a_line_left_behind_is_warned_for_itself() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00 lines=L1:S1,L2:S2
        03-02 10:05 paid
        03-02 15:00 shipped P1 lines=L1
        03-07 15:00 shipped P2 lines=L2
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00 lines=L1+L2
    03-02 15:15 shipped parcel=P1
    03-04 18:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-08 21:45 risk=0.57 lines=L2 coupon=5.00
    03-07 15:00 shipped (after_warning) parcel=P2 lines=L2
    ");
}

#[test]
fn cancelled_in_part_leaves_the_rest_alive() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00 lines=L1:S1,L2:S2
        03-02 10:05 paid
        03-03 10:00 cancelled lines=L1
        03-05 10:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00 lines=L1+L2
    03-04 18:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-08 21:45 risk=0.57 lines=L2 coupon=5.00
    03-05 10:00 shipped (after_warning) parcel=P1 lines=L2
    ");
}

#[test]
fn cancelled_whole_says_nothing_more() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 cancelled
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-04 18:00 - delay_warning v1: cancelled
    ");
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00 lines=L1:S1,L2:S2
        03-02 10:05 paid
        03-04 19:00 cancelled lines=L1,L2
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00 lines=L1+L2
    03-04 18:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-08 21:45 risk=0.57 lines=L1+L2 coupon=5.00
    ");
}

#[test]
fn cancelled_on_the_way_back_is_left_alone() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 shipped P1
        03-03 12:00 cancelled
        03-04 12:00 returning P1
        03-05 12:00 returned P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-03 10:00 shipped parcel=P1
    03-04 12:00 - logistics_delay P1/1: cancelled
    03-04 18:00 - delay_warning v1: cancelled
    ");
}

#[test]
fn two_open_lines_with_their_own_dates_are_each_warned_once() {
    assert_snapshot!(scene("
        03-02 10:00 placed lines=L1:S1:in_stock:03-04T18.00,L2:S2:presale:03-12T18.00
        03-02 10:05 paid
        03-05 12:00 shipped P1 lines=L1
    ").until("03-12 17:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-04 18:00
    03-03 18:00 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=5.00
    03-05 12:15 shipped (after_warning) parcel=P1
    03-11 18:00 delay_warning cause=warehouse_queue ship_by=03-12 18:00 quoted=03-15 20:45 risk=0.57 lines=L2 coupon=5.00
    ");
}

#[test]
fn a_far_line_does_not_make_the_near_one_late() {
    let shop = scene(
        "
        03-12 09:00 placed lines=L1:S1,L2:S2:presale
        03-12 09:00 paid
        03-13 20:00 shipped P1 lines=L1
        03-15 20:00 shipped P2 lines=L2
    ",
    )
    .live_since("03-12 00:00");
    assert_snapshot!(shop.history("03-02 00:00", 40, |i| 34.0 + (i % 9) as f64).play(), @r"
    03-12 09:00 order_accepted ship_by=03-14 09:00
    03-13 20:15 shipped parcel=P1
    03-15 20:00 shipped parcel=P2 lines=L2
    ");
}

#[test]
fn a_voided_label_ships_nothing() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-02 15:00 label_created P1
        03-02 16:00 shipped P1
        03-02 17:00 voided P1
        03-06 11:00 shipped P2
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-02 16:00 shipped parcel=P1
    03-04 18:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-08 22:45 risk=0.58 coupon=5.00
    03-06 11:00 shipped (after_warning) parcel=P2
    ");
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-02 16:00 shipped P1
        03-02 17:00 voided P1
        03-03 11:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-02 16:00 shipped parcel=P1
    03-04 18:00 - delay_warning v1: shipped
    ");
}

#[test]
fn parcels_that_leave_within_minutes_are_told_together() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00 lines=L1:S1,L2:S2,L3:S3
        03-02 10:05 paid
        03-02 15:00 shipped P1 lines=L1
        03-02 15:06 shipped P2 lines=L2
        03-02 15:40 shipped P3 lines=L3
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00 lines=L1+L2+L3
    03-02 15:15 shipped parcel=P1 with=P2
    03-02 15:15 shipped parcel=P2 lines=L2 with=P1
    03-02 15:40 shipped parcel=P3 lines=L3
    03-04 18:00 - delay_warning v1: shipped
    ");
}

#[test]
fn the_last_parcel_waits_for_nobody_and_takes_the_others_along() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00 lines=L1:S1,L2:S2
        03-02 10:05 paid
        03-02 15:00 shipped P1 lines=L1
        03-02 15:06 shipped P2 lines=L2
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00 lines=L1+L2
    03-02 15:06 shipped parcel=P1 with=P2
    03-02 15:06 shipped parcel=P2 lines=L2 with=P1
    03-04 18:00 - delay_warning v1: shipped
    ");
}

#[test]
fn a_parcel_with_its_label_is_waited_for_and_a_cancelled_label_is_not() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-02 14:50 label_created P2
        03-02 15:00 shipped P1
        03-02 15:08 shipped P2
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-02 15:08 shipped parcel=P1 with=P2
    03-02 15:08 shipped parcel=P2 with=P1
    03-04 18:00 - delay_warning v1: shipped
    ");
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-02 14:50 label_created P2
        03-02 15:00 shipped P1
        03-02 15:08 voided P2
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-02 15:08 shipped parcel=P1
    03-04 18:00 - delay_warning v1: shipped
    ");
}

#[test]
fn parcels_at_the_door_are_told_together() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00 lines=L1:S1,L2:S2
        03-02 10:05 paid
        03-02 15:00 shipped P1 lines=L1
        03-02 15:00 shipped P2 lines=L2
        03-04 08:00 out_for_delivery P1
        03-04 08:00 out_for_delivery P2
        03-04 11:00 delivered P1
        03-04 11:02 delivered P2
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00 lines=L1+L2
    03-02 15:00 shipped parcel=P1 with=P2
    03-02 15:00 shipped parcel=P2 lines=L2 with=P1
    03-04 11:02 delivered parcel=P1 with=P2
    03-04 11:02 delivered parcel=P2 lines=L2 with=P1
    03-04 18:00 - delay_warning v1: shipped
    ");
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00 lines=L1:S1,L2:S2
        03-02 10:05 paid
        03-02 15:00 shipped P1 lines=L1
        03-02 15:00 shipped P2 lines=L2
        03-04 08:00 out_for_delivery P1
        03-04 08:00 out_for_delivery P2
        03-04 11:00 delivered P1
        03-04 16:00 attempt_failed P2
        03-05 11:00 delivered P2
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00 lines=L1+L2
    03-02 15:00 shipped parcel=P1 with=P2
    03-02 15:00 shipped parcel=P2 lines=L2 with=P1
    03-04 11:15 delivered parcel=P1
    03-04 16:00 logistics_delay parcel=P2 problem=attempt_failed/- lines=L2
    03-04 18:00 - delay_warning v1: shipped
    03-05 11:00 delivered (after_delay) parcel=P2 lines=L2
    ");
}

#[test]
fn no_parcel_waits_into_quiet_hours_or_past_its_news() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00 lines=L1:S1,L2:S2,L3:S3,L4:S4
        03-02 10:05 paid
        03-02 21:40 shipped P1 lines=L1
        03-02 21:50 shipped P2 lines=L2
        03-02 22:10 shipped P3 lines=L3
        03-03 08:10 shipped P4 lines=L4
    ").policy("parcels.together = \"30m\"").play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00 lines=L1+L2+L3+L4
    03-02 21:45 shipped parcel=P1
    03-02 21:50 shipped parcel=P2 lines=L2
    03-03 08:00 shipped parcel=P3 lines=L3
    03-03 08:10 shipped parcel=P4 lines=L4
    03-04 18:00 - delay_warning v1: shipped
    ");
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00 lines=L1:S1,L2:S2
        03-02 10:05 paid
        03-02 15:00 shipped P1 lines=L1
    ").policy("parcels.together = \"12h\"\nexpires.shipped = \"1h\"").until("03-03 12:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00 lines=L1+L2
    03-02 15:30 shipped parcel=P1
    ");
}

#[test]
fn a_shop_that_wants_no_waiting_tells_each_at_once() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00 lines=L1:S1,L2:S2
        03-02 10:05 paid
        03-02 15:00 shipped P1 lines=L1
        03-02 15:06 shipped P2 lines=L2
    ").policy("parcels.together = \"0s\"").play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00 lines=L1+L2
    03-02 15:00 shipped parcel=P1
    03-02 15:06 shipped parcel=P2 lines=L2
    03-04 18:00 - delay_warning v1: shipped
    ");
}

#[test]
fn a_parcel_of_before_the_start_is_waited_for_by_nobody() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00 lines=L1:S1,L2:S2,L3:S3,L4:S4
        03-02 10:05 paid
        03-02 12:00 shipped P1 lines=L1
        03-02 15:00 shipped P2 lines=L2
        03-02 15:05 shipped P3 lines=L3
    ").live_since("03-02 14:00").until("03-03 12:00").play(), @r"
    03-02 10:05 - order_accepted paid: stale
    03-02 12:00 - shipped P1: stale
    03-02 15:15 shipped parcel=P2 lines=L2 with=P3
    03-02 15:15 shipped parcel=P3 lines=L3 with=P2
    ");
}
