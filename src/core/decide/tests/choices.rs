//! What a buyer is given to choose when an order is late.

use insta::assert_snapshot;

use super::scene::{play, scene};

#[test]
fn a_delay_to_which_nobody_names_an_end_offers_to_cancel() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-04T18:00
        03-02 10:05 paid
        03-02 12:00 exception X1 kind=system
        03-04 12:00 fixed X1
        03-04 16:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-04 18:00
    03-03 18:00 delay_warning cause=system ship_by=03-04 18:00 quoted=03-10 09:30 risk=0.71 choices=wait/cancel coupon=5.00
    03-04 16:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn a_first_delay_with_an_end_offers_nothing_and_the_second_one_does() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-04T18:00
        03-02 10:05 paid
        03-02 12:00 exception X1 kind=system clears_at=03-05T12:00
        03-05 12:00 exception X1 kind=system clears_at=03-08T12:00
        03-08 13:00 fixed X1
        03-08 16:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-04 18:00
    03-02 12:00 delay_warning cause=system ship_by=03-04 18:00 quoted=03-07 04:00 risk=1.00 coupon=5.00
    03-05 12:00 delay_update cause=system ship_by=03-04 18:00 told=03-07 04:00 quoted=03-10 04:15 risk=1.00 choices=wait/cancel
    03-08 16:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn what_only_the_buyer_can_mend_is_no_delay_to_run_from() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-04T18:00
        03-02 10:05 paid
        03-02 12:00 exception X1 kind=address
    ").until("03-05 10:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-04 18:00
    03-02 12:00 action_needed (ask) exception=X1 cause=address ship_by=03-04 18:00 risk=0.35
    03-03 12:00 action_needed (ask) exception=X1 no=2 cause=address ship_by=03-04 18:00 risk=0.56
    03-03 18:00 delay_warning cause=address ship_by=03-04 18:00 quoted=03-08 17:45 risk=0.63 coupon=5.00
    03-04 12:00 - action_needed X1/2: needs_human
    ");
}
