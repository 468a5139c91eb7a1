//! Nothing to send: one condition for many orders, its end, its slip.

use std::collections::BTreeMap;

use insta::assert_snapshot;

use super::engine::Record;
use super::scene::{play, scene};

#[test]
fn a_stock_out_is_told_early_with_choices() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-02 12:00 condition stock kind=out_of_stock sku=S1 clears_at=03-07T10:00
        03-07 09:00 lifted stock
        03-07 16:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-02 12:00 delay_warning cause=out_of_stock ship_by=03-05 18:00 quoted=03-09 02:00 risk=1.00 choices=wait/swap/cancel coupon=5.00
    03-07 16:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn a_stock_out_reaches_five_hundred_orders_by_one_condition() {
    let mut text = String::new();
    for i in 0..500 {
        let sku = if i % 5 == 0 { "S2" } else { "S1" };
        text += &format!("03-02 10:00 @A{i} placed ship_by=03-05T18:00 buyer=B{i} lines=L1:{sku} id=p{i}\n");
        text += &format!("03-02 10:00 @A{i} paid id=q{i}\n");
    }
    text += "03-02 12:00 condition stock kind=out_of_stock sku=S1 clears_at=03-07T10:00\n";
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for (at, _, record) in scene(&text).until("03-02 20:00").records() {
        if let Record::Sent(due, grant, _) = record {
            let quoted = due.quoted_ship_by.map(super::script::clock);
            let given = grant.map(|g| g.status.to_string());
            *count.entry(format!("{} {} {quoted:?} {given:?}", super::script::clock(at), due.kind)).or_default() += 1;
        }
    }
    let lines: Vec<String> = count.into_iter().map(|(what, n)| format!("{n} x {what}")).collect();
    assert_snapshot!(lines.join("\n"), @r#"
    500 x 03-02 10:00 order_accepted None None
    400 x 03-02 12:00 delay_warning Some("03-09 02:00") Some("reserved")
    "#);
}

#[test]
fn restock_before_the_warning_window_warns_nobody() {
    // Without an announced end the chance stays below certainty, so the day before ship-by decides.
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-06T18:00
        03-02 10:05 paid
        03-02 11:00 accepted
        03-02 12:00 condition stock kind=out_of_stock sku=S1
        03-03 09:00 lifted stock
        03-03 15:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-06 18:00
    03-03 15:00 shipped parcel=P1
    03-05 18:00 - delay_warning v1: shipped
    ");
}

#[test]
fn a_stock_out_does_not_touch_what_is_packed() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-04T18:00
        03-02 10:05 paid
        03-02 11:30 packed
        03-02 12:00 condition stock kind=out_of_stock sku=S1 clears_at=03-09T10:00
        03-02 16:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-04 18:00
    03-02 16:00 shipped parcel=P1
    ");
}

#[test]
fn a_condition_raised_again_with_a_later_end_is_an_update() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-02 12:00 condition stock kind=out_of_stock sku=S1 clears_at=03-07T10:00
        03-05 12:00 condition stock kind=out_of_stock sku=S1 clears_at=03-12T10:00
        03-12 16:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-02 12:00 delay_warning cause=out_of_stock ship_by=03-05 18:00 quoted=03-09 02:00 risk=1.00 choices=wait/swap/cancel coupon=5.00
    03-05 12:00 delay_update cause=out_of_stock ship_by=03-05 18:00 told=03-09 02:00 quoted=03-14 02:00 risk=1.00 choices=wait/swap/cancel
    03-12 16:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn a_condition_raised_again_within_what_was_told_is_no_news() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-02 12:00 condition stock kind=out_of_stock sku=S1 clears_at=03-07T10:00
        03-05 12:00 condition stock kind=out_of_stock sku=S1 clears_at=03-07T12:00
        03-07 16:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-02 12:00 delay_warning cause=out_of_stock ship_by=03-05 18:00 quoted=03-09 02:00 risk=1.00 choices=wait/swap/cancel coupon=5.00
    03-07 16:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn a_surge_slows_and_does_not_stop() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-04T18:00
        03-02 10:05 paid
        03-02 11:00 condition rush kind=surge warehouse=W1 clears_at=03-05T18:00
        03-02 12:00 accepted
        03-04 20:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-04 18:00
    03-03 18:00 delay_warning cause=surge ship_by=03-04 18:00 quoted=03-11 21:45 risk=0.73 coupon=5.00
    03-04 20:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn the_second_slip_is_told_and_the_third_is_for_a_person() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-02 12:00 accepted expected=03-07T10:00
        03-06 12:00 picking expected=03-09T10:00
        03-08 12:00 picking expected=03-11T10:00
        03-10 12:00 picking expected=03-13T10:00
        03-13 09:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-02 12:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-07 20:00 risk=1.00 coupon=5.00
    03-06 12:00 delay_update cause=warehouse_queue ship_by=03-05 18:00 told=03-07 20:00 quoted=03-09 20:30 risk=1.00 choices=wait/cancel
    03-08 12:00 delay_update no=2 last=yes cause=warehouse_queue ship_by=03-05 18:00 told=03-09 20:30 quoted=03-11 20:30 risk=1.00 choices=wait/cancel
    03-10 12:00 - delay_update 3: needs_human
    03-13 09:00 shipped (after_warning) parcel=P1
    ");
}
