//! What was promised, and who may change it.

use insta::assert_snapshot;

use super::scene::{play, scene};

#[test]
fn a_later_ship_by_the_buyer_did_not_agree_to_is_a_delay_to_tell() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 changed ship_by=03-08T12:00
        03-08 11:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-03 10:00 delay_warning (announced) cause=warehouse_queue ship_by=03-05 18:00 quoted=03-08 12:00 risk=1.00 coupon=5.00
    03-08 11:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn a_later_ship_by_counts_also_where_lines_or_windows_made_the_promise() {
    assert_snapshot!(scene("
        03-02 10:00 placed lines=L1:S1:in_stock:03-05T18.00
        03-02 10:05 paid
        03-03 10:00 changed ship_by=03-08T12:00
    ").until("03-03 12:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-03 10:00 delay_warning (announced) cause=warehouse_queue ship_by=03-05 18:00 quoted=03-08 12:00 risk=1.00 coupon=5.00
    ");
    assert_snapshot!(scene("
        03-02 10:00 placed
        03-02 10:05 paid
        03-03 10:00 changed ship_by=03-08T12:00
    ").until("03-03 12:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-04 10:05
    03-03 10:00 delay_warning (announced) cause=warehouse_queue ship_by=03-04 10:05 quoted=03-08 12:00 risk=1.00 coupon=5.00
    ");
}

#[test]
fn a_postponed_date_that_passes_too_is_told_with_a_new_one() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 changed ship_by=03-08T12:00
    ").until("03-12 12:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-03 10:00 delay_warning (announced) cause=warehouse_queue ship_by=03-05 18:00 quoted=03-08 12:00 risk=1.00 coupon=5.00
    03-08 12:00 delay_update cause=warehouse_queue ship_by=03-05 18:00 told=03-08 12:00 quoted=03-12 17:15 risk=1.00 choices=wait/cancel
    03-11 17:15 delay_update no=2 last=yes cause=warehouse_queue ship_by=03-05 18:00 told=03-12 17:15 quoted=03-16 04:15 risk=1.00 choices=wait/cancel
    ");
}

#[test]
fn a_proposed_date_does_nothing_and_an_agreed_one_replaces_the_promise() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 proposed ship_by=03-08T12:00
        03-04 10:00 agreed ship_by=03-08T12:00
        03-09 11:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-07 12:00 delay_warning cause=warehouse_queue ship_by=03-08 12:00 quoted=03-11 15:45 risk=0.57 coupon=5.00
    03-09 11:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn a_refused_date_leaves_the_promise() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 proposed ship_by=03-08T12:00
        03-04 10:00 refused ship_by=03-08T12:00
        03-05 11:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-04 18:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-08 21:45 risk=0.57 coupon=5.00
    03-05 11:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn an_agreement_told_twice_is_one() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-04 10:00 agreed ship_by=03-08T12:00
        03-07 13:00 agreed ship_by=03-08T12:00
        03-09 11:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-07 12:00 delay_warning cause=warehouse_queue ship_by=03-08 12:00 quoted=03-11 15:45 risk=0.57 coupon=5.00
    03-09 11:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn each_fulfilment_has_its_own_window() {
    assert_snapshot!(scene("
        03-02 10:00 @A1 placed lines=L1:S1 buyer=B1
        03-02 10:00 @A1 paid
        03-02 10:00 @A2 placed lines=L1:S1:presale buyer=B2
        03-02 10:00 @A2 paid
        03-02 10:00 @A3 placed lines=L1:S1:made_to_order buyer=B3
        03-02 10:00 @A3 paid
        03-02 10:00 @A4 placed lines=L1:S1:made_to_order,L2:S2 buyer=B4
        03-02 10:00 @A4 paid
    ").until("03-02 12:00").play(), @r"
    03-02 10:00 A1 order_accepted ship_by=03-04 10:00
    03-02 10:00 A2 order_accepted ship_by=03-09 10:00
    03-02 10:00 A3 order_accepted ship_by=03-17 10:00
    03-02 10:00 A4 order_accepted ship_by=03-04 10:00 lines=L2
    ");
}

#[test]
fn missed_without_a_warning_is_admitted_when_the_news_comes_late() {
    // The order reaches us only after its time has passed.
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00 arrives=03-06T09:00
        03-02 10:05 paid arrives=03-06T09:00
        03-06 20:00 shipped P1
    ").live_since("03-01 00:00").play(), @r"
    03-06 09:00 - order_accepted paid: stale
    03-06 09:00 promise_missed cause=warehouse_queue ship_by=03-05 18:00 quoted=03-10 12:45 risk=1.00
    03-06 20:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn missed_by_news_that_came_too_late_to_matter_is_stale() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00 arrives=03-10T09:00
        03-02 10:05 paid arrives=03-10T09:00
        03-10 20:00 shipped P1
    ").live_since("03-01 00:00").play(), @r"
    03-10 09:00 - promise_missed v1: stale
    03-10 09:00 - order_accepted paid: stale
    03-10 20:00 shipped parcel=P1
    ");
}

#[test]
fn paid_after_ship_by_gets_no_confirmation() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-03T18:00
        03-04 10:05 paid
    ").until("03-05 10:00").play(), @r"
    03-04 10:05 - order_accepted paid: stale
    03-04 10:05 promise_missed cause=warehouse_queue ship_by=03-03 18:00 quoted=03-08 13:45 risk=1.00
    ");
}

#[test]
fn unpaid_orders_hear_nothing() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-03 10:00 accepted
        03-04 10:00 shipped P1
    "), @"");
}

#[test]
fn a_known_delay_at_payment_is_told_in_place_of_the_confirmation() {
    assert_snapshot!(play("
        03-02 09:00 condition stock kind=out_of_stock sku=S1 clears_at=03-09T10:00
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-09 15:00 shipped P1
    "), @r"
    03-02 10:05 - order_accepted paid: merged
    03-02 10:05 delay_warning cause=out_of_stock ship_by=03-05 18:00 quoted=03-11 02:00 risk=1.00 choices=wait/swap/cancel coupon=5.00
    03-09 15:00 shipped (after_warning) parcel=P1
    ");
}
