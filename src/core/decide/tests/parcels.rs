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
    03-02 15:00 shipped parcel=P1
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
    03-02 15:00 shipped parcel=P1
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
    03-05 12:00 shipped (after_warning) parcel=P1
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
    03-13 20:00 shipped parcel=P1
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
