//! One buyer, several orders: one message, one compensation, one record an order.

use insta::assert_snapshot;

use super::scene::{play, scene};

#[test]
fn two_orders_of_one_stock_out_are_told_in_one_message_with_one_coupon() {
    assert_snapshot!(play("
        03-02 10:00 @A1 placed ship_by=03-05T18:00
        03-02 10:00 @A1 paid
        03-02 10:00 @A2 placed ship_by=03-06T18:00
        03-02 10:00 @A2 paid
        03-02 10:00 @A3 placed ship_by=03-05T18:00 buyer=B3
        03-02 10:00 @A3 paid
        03-02 12:00 condition stock kind=out_of_stock sku=S1 clears_at=03-07T10:00
        03-07 16:00 @A1 shipped P1
        03-07 16:00 @A2 shipped P2
        03-07 16:00 @A3 shipped P3
    "), @r"
    03-02 10:00 A1 order_accepted ship_by=03-05 18:00
    03-02 10:00 A2 order_accepted ship_by=03-06 18:00
    03-02 10:00 A3 order_accepted ship_by=03-05 18:00
    03-02 12:00 A1 delay_warning cause=out_of_stock ship_by=03-05 18:00 quoted=03-09 02:00 risk=1.00 choices=wait/swap/cancel coupon=5.00 with=A2
    03-02 12:00 A2 delay_warning cause=out_of_stock ship_by=03-06 18:00 quoted=03-09 02:00 risk=1.00 choices=wait/swap/cancel coupon=refused(merged) with=A1
    03-02 12:00 A3 delay_warning cause=out_of_stock ship_by=03-05 18:00 quoted=03-09 02:00 risk=1.00 choices=wait/swap/cancel coupon=5.00
    03-07 16:00 A1 shipped (after_warning) parcel=P1
    03-07 16:00 A2 shipped (after_warning) parcel=P2
    03-07 16:00 A3 shipped (after_warning) parcel=P3
    ");
}

#[test]
fn a_warning_due_a_few_hours_later_joins_and_one_due_next_day_does_not() {
    assert_snapshot!(scene("
        03-02 10:00 @A1 placed ship_by=03-04T11:00
        03-02 10:00 @A1 paid
        03-02 10:00 @A2 placed ship_by=03-04T13:00
        03-02 10:00 @A2 paid
        03-02 10:00 @A3 placed ship_by=03-05T18:00
        03-02 10:00 @A3 paid
    ").until("03-04 19:00").play(), @r"
    03-02 10:00 A1 order_accepted ship_by=03-04 11:00
    03-02 10:00 A2 order_accepted ship_by=03-04 13:00
    03-02 10:00 A3 order_accepted ship_by=03-05 18:00
    03-03 11:00 A1 delay_warning cause=warehouse_queue ship_by=03-04 11:00 quoted=03-07 14:45 risk=0.57 coupon=5.00 with=A2
    03-03 11:00 A2 delay_warning cause=warehouse_queue ship_by=03-04 13:00 quoted=03-07 14:45 risk=0.55 coupon=refused(merged) with=A1
    03-04 18:00 A3 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-09 05:45 risk=0.72 coupon=5.00
    ");
}

#[test]
fn another_address_or_another_buyer_is_told_by_itself() {
    assert_snapshot!(scene("
        03-02 10:00 @A1 placed ship_by=03-04T18:00
        03-02 10:00 @A1 paid
        03-02 10:00 @A2 placed ship_by=03-04T18:00 email=office@example.com
        03-02 10:00 @A2 paid
        03-02 10:00 @A3 placed ship_by=03-04T18:00 buyer=B3
        03-02 10:00 @A3 paid
    ").until("03-04 17:00").play(), @r"
    03-02 10:00 A1 order_accepted ship_by=03-04 18:00
    03-02 10:00 A2 order_accepted ship_by=03-04 18:00
    03-02 10:00 A3 order_accepted ship_by=03-04 18:00
    03-03 18:00 A1 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=5.00
    03-03 18:00 A2 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=5.00
    03-03 18:00 A3 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=5.00
    ");
}

#[test]
fn a_missed_promise_and_a_warning_share_a_message_and_the_larger_coupon() {
    let policy = "
        [[compensation.ladder]]
        kind = \"delay_warning\"
        coupon = \"5.00\"
        [[compensation.ladder]]
        kind = \"promise_missed\"
        coupon = \"8.00\"
    ";
    assert_snapshot!(scene("
        03-02 10:00 @A1 placed ship_by=03-06T18:00
        03-02 10:00 @A1 paid
        03-02 10:00 @A2 placed ship_by=03-03T18:00
        03-02 10:00 @A2 paid
        03-02 10:05 @A2 agreed ship_by=03-04T11:00
        03-04 11:00 condition stock kind=out_of_stock sku=S1 clears_at=03-09T10:00
    ").policy(policy).outage("03-03 09:00", "03-04 12:00").until("03-04 19:00").play(), @r"
    03-02 10:00 A1 order_accepted ship_by=03-06 18:00
    03-02 10:00 A2 order_accepted ship_by=03-03 18:00
    03-04 11:00 A2 - delay_warning v2: stale
    03-04 12:00 A2 promise_missed cause=out_of_stock ship_by=03-04 11:00 quoted=03-11 03:15 risk=1.00 choices=wait/swap/cancel coupon=8.00 with=A1
    03-04 12:00 A1 delay_warning cause=out_of_stock ship_by=03-06 18:00 quoted=03-11 03:15 risk=1.00 choices=wait/swap/cancel coupon=refused(merged) with=A2
    ");
}

#[test]
fn many_orders_are_one_message_of_the_day() {
    assert_snapshot!(scene("
        03-02 10:00 @A1 placed ship_by=03-04T18:00
        03-02 10:00 @A1 paid
        03-02 10:00 @A2 placed ship_by=03-04T18:00
        03-02 10:00 @A2 paid
        03-02 10:00 @A3 placed ship_by=03-04T18:00
        03-02 10:00 @A3 paid
    ").policy("limits.per_buyer_day = 1").until("03-04 17:00").play(), @r"
    03-02 10:00 A1 order_accepted ship_by=03-04 18:00
    03-02 10:00 A2 - order_accepted paid: limit
    03-02 10:00 A3 - order_accepted paid: limit
    03-03 18:00 A1 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=5.00 with=A2+A3
    03-03 18:00 A2 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=refused(merged) with=A1+A3
    03-03 18:00 A3 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=refused(merged) with=A1+A2
    ");
}
