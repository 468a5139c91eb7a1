//! The day a buyer named is a second, stricter promise.

use insta::assert_snapshot;

use super::scene::{play, scene};

#[test]
fn who_needs_it_before_the_promise_would_bring_it_hears_so_early_and_may_leave() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-07T18:00 needed_by=03-08T12:00
        03-02 10:05 paid
        03-06 16:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-07 18:00
    03-04 08:00 delay_warning (needed) cause=warehouse_queue ship_by=03-07 18:00 quoted=03-08 11:45 risk=0.52 choices=wait/cancel needed=03-08 12:00(too late) coupon=5.00
    03-06 16:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn a_day_that_lies_too_near_from_the_beginning_is_answered_at_once() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-07T18:00 needed_by=03-04T12:00
        03-02 10:05 paid
    ").until("03-05 00:00").play(), @r"
    03-02 10:05 - order_accepted paid: merged
    03-02 10:05 delay_warning (needed) cause=warehouse_queue ship_by=03-07 18:00 quoted=03-06 13:45 risk=1.00 choices=wait/cancel needed=03-04 12:00(too late)
    ");
}

#[test]
fn a_day_behind_the_promise_is_guarded_by_its_warning_which_says_what_becomes_of_the_day() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-04T18:00 needed_by=03-20T12:00
        03-02 10:05 paid
        03-02 11:00 @A2 placed ship_by=03-04T18:00 needed_by=03-08T12:00 buyer=B2
        03-02 11:05 @A2 paid
    ").until("03-04 17:00").play(), @r"
    03-02 10:05 A1 order_accepted ship_by=03-04 18:00
    03-02 11:05 A2 order_accepted ship_by=03-04 18:00
    03-03 18:00 A1 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 needed=03-20 12:00(in time) coupon=5.00
    03-03 18:00 A2 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 choices=wait/cancel needed=03-08 12:00(too late) coupon=5.00
    ");
}

#[test]
fn who_was_told_that_the_promise_breaks_too_hears_no_second_warning_of_it() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-04T18:00 needed_by=03-06T18:00
        03-02 10:05 paid
        03-02 11:00 accepted expected=03-06T10:00
    ").until("03-08 12:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-04 18:00
    03-02 11:00 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-06 20:00 risk=1.00 choices=wait/cancel needed=03-06 18:00(too late) coupon=5.00
    03-06 18:00 delay_update cause=warehouse_queue ship_by=03-04 18:00 told=03-06 20:00 quoted=03-07 03:45 risk=1.00 choices=wait/cancel
    03-07 08:00 delay_update no=2 last=yes cause=warehouse_queue ship_by=03-04 18:00 told=03-07 03:45 quoted=03-07 17:45 risk=1.00 choices=wait/cancel
    03-07 16:26 - delay_update 3: needs_human
    ");
}

#[test]
fn what_leaves_in_time_needs_no_word() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-07T18:00 needed_by=03-12T12:00
        03-02 10:05 paid
        03-03 16:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-07 18:00
    03-03 16:00 shipped parcel=P1
    03-06 18:00 - delay_warning v1: shipped
    ");
}

#[test]
fn the_way_is_learned_from_parcels_that_arrived() {
    let past: String = (0..25)
        .map(|n| {
            format!(
                "02-{:02} 10:00 @H{n} placed buyer=HB{n} id=p{n}\n02-{:02} 10:00 @H{n} paid id=q{n}\n\
                 02-{:02} 18:00 @H{n} shipped id=s{n}\n02-{:02} 18:00 @H{n} delivered id=d{n}\n",
                1 + n % 20,
                1 + n % 20,
                1 + n % 20,
                2 + n % 20
            )
        })
        .collect();
    let needed = "03-02 10:00 placed ship_by=03-07T18:00 needed_by=03-06T12:00\n03-02 10:05 paid\n";
    // By the policy's three days it would be late; parcels of this shop arrive within a day or so.
    assert_snapshot!(scene(&(past + needed)).until("03-03 00:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-07 18:00
    ");
}
