//! Orders the warehouse should take first, and what came of it.

use insta::assert_snapshot;

use super::scene::scene;

#[test]
fn one_that_is_taken_first_is_saved_and_hears_of_no_delay() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-04 12:00 shipped P1
    ").queue().play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-03 18:00 > first at_risk by=03-05 18:00 risk=0.33 worth=1.97
    03-04 12:00 > saved by=03-05 18:00
    03-04 12:00 shipped parcel=P1
    03-04 18:00 - delay_warning v1: shipped
    ");
}

#[test]
fn one_that_is_left_where_it_stands_is_warned_and_missed() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-06 12:00 shipped P1
    ").queue().play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-03 18:00 > first at_risk by=03-05 18:00 risk=0.33 worth=1.97
    03-04 18:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-08 21:45 risk=0.57 coupon=5.00
    03-05 18:00 > missed by=03-05 18:00
    03-06 12:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn a_day_the_buyer_named_goes_before_the_promise() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-08T18:00 needed_by=03-07T18:00
        03-02 10:05 paid
        03-04 12:00 shipped P1
    ").queue().play(), @r"
    03-02 10:05 order_accepted ship_by=03-08 18:00
    03-02 18:00 > first buyer_urgent by=03-04 18:00 risk=0.33 worth=34.96
    03-03 12:26 delay_warning (needed) cause=warehouse_queue ship_by=03-08 18:00 quoted=03-07 16:15 risk=0.51 choices=wait/cancel needed=03-07 18:00(too late)
    03-04 12:00 > saved by=03-04 18:00
    03-04 12:00 shipped (after_warning) parcel=P1
    03-07 18:00 - delay_warning v1: shipped
    ");
}

#[test]
fn what_waits_for_goods_or_is_cancelled_is_not_for_the_warehouse_to_hurry() {
    assert_snapshot!(scene("
        03-02 10:00 @A1 placed ship_by=03-05T18:00
        03-02 10:00 @A1 paid
        03-03 09:00 condition stock kind=out_of_stock sku=S1 clears_at=03-09T10:00
        03-02 10:00 @A2 placed ship_by=03-05T18:00 lines=L1:S2 buyer=B2
        03-02 10:00 @A2 paid
        03-04 12:00 @A2 cancelled
    ").queue().until("03-04 17:00").play(), @r"
    03-02 10:00 A1 order_accepted ship_by=03-05 18:00
    03-02 10:00 A2 order_accepted ship_by=03-05 18:00
    03-03 09:00 A1 delay_warning cause=out_of_stock ship_by=03-05 18:00 quoted=03-11 02:00 risk=1.00 choices=wait/swap/cancel coupon=5.00
    03-03 18:00 A2 > first at_risk by=03-05 18:00 risk=0.33 worth=1.97
    03-04 12:00 A2 > void by=03-05 18:00
    ");
}
