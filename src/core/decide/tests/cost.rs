//! What the shop gives, and where it stops.

use insta::assert_snapshot;

use super::scene::scene;

const LATE: &str = "
    03-02 10:00 @A1 placed ship_by=03-04T18:00 buyer=B1
    03-02 10:00 @A1 paid
    03-02 10:00 @A2 placed ship_by=03-04T18:00 buyer=B1 email=office@example.com
    03-02 10:00 @A2 paid
    03-02 10:00 @A3 placed ship_by=03-04T18:00 buyer=B3
    03-02 10:00 @A3 paid
";

fn play(policy: &str) -> String {
    scene(LATE).policy(&format!("limits.per_buyer_day = 9\n{policy}")).until("03-04 17:00").play()
}

#[test]
fn a_buyers_cap_refuses_the_second_grant_whole_and_the_notice_goes_without() {
    assert_snapshot!(play("compensation.per_buyer_30d = \"9.00\""), @r"
    03-02 10:00 A1 order_accepted ship_by=03-04 18:00
    03-02 10:00 A2 order_accepted ship_by=03-04 18:00
    03-02 10:00 A3 order_accepted ship_by=03-04 18:00
    03-03 18:00 A1 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=5.00
    03-03 18:00 A2 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=refused(per_buyer_30d)
    03-03 18:00 A3 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=5.00
    ");
}

#[test]
fn a_shops_daily_cap_refuses_what_would_pass_it() {
    assert_snapshot!(play("compensation.per_merchant_day = \"12.00\""), @r"
    03-02 10:00 A1 order_accepted ship_by=03-04 18:00
    03-02 10:00 A2 order_accepted ship_by=03-04 18:00
    03-02 10:00 A3 order_accepted ship_by=03-04 18:00
    03-03 18:00 A1 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=5.00
    03-03 18:00 A2 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=5.00
    03-03 18:00 A3 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=refused(per_merchant_day)
    ");
}

#[test]
fn an_orders_cap_counts_every_notice_of_the_order() {
    let policy = "
        [compensation]
        per_order = \"8.00\"
        [[compensation.ladder]]
        kind = \"delay_warning\"
        coupon = \"5.00\"
        [[compensation.ladder]]
        kind = \"delay_update\"
        coupon = \"4.00\"
    ";
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-02 12:00 accepted expected=03-07T10:00
        03-06 12:00 picking expected=03-09T10:00
        03-08 12:00 shipped P1
    ").policy(policy).play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-02 12:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-07 20:00 risk=1.00 coupon=5.00
    03-06 12:00 delay_update cause=warehouse_queue ship_by=03-05 18:00 told=03-07 20:00 quoted=03-09 20:30 risk=1.00 choices=wait/cancel coupon=refused(per_order)
    03-08 12:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn a_large_grant_waits_for_a_person() {
    let policy = "
        [compensation]
        approve_over = \"10.00\"
        [[compensation.ladder]]
        kind = \"delay_warning\"
        delay_at_least = \"1d\"
        coupon = \"20.00\"
        [[compensation.ladder]]
        kind = \"delay_warning\"
        coupon = \"3.00\"
    ";
    assert_snapshot!(scene(LATE).policy(policy).until("03-03 20:00").play(), @r"
    03-02 10:00 A1 order_accepted ship_by=03-04 18:00
    03-02 10:00 A2 order_accepted ship_by=03-04 18:00
    03-02 10:00 A3 order_accepted ship_by=03-04 18:00
    03-03 18:00 A1 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=20.00(needs_approval)
    03-03 18:00 A2 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=20.00(needs_approval)
    03-03 18:00 A3 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=20.00(needs_approval)
    ");
}

#[test]
fn another_currency_is_refused() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-04T18:00 total=20EUR
        03-02 10:05 paid
    ").until("03-03 20:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-04 18:00
    03-03 18:00 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=refused(currency)
    ");
}
