//! Arrival order, repeats, history and reused ids.

use insta::assert_snapshot;

use super::scene::{play, scene};

const STORY: &str = "
    03-02 10:00 placed ship_by=03-04T18:00 lines=L1:S1,L2:S2
    03-02 10:05 paid
    03-02 11:00 accepted
    03-03 09:00 exception X1 kind=out_of_stock clears_at=03-06T09:00
    03-06 08:00 fixed X1
    03-06 12:00 shipped P1 lines=L1 eta=03-08T12:00
    03-06 15:00 shipped P2 lines=L2
    03-07 10:00 in_transit P1
    03-08 11:00 delivered P1
    03-09 11:00 delivered P2
";

#[test]
fn everything_five_times_is_told_once() {
    let once = play(STORY);
    assert_snapshot!(once, @r"
    03-02 10:05 order_accepted ship_by=03-04 18:00 lines=L1+L2
    03-03 09:00 delay_warning cause=out_of_stock ship_by=03-04 18:00 quoted=03-08 01:00 risk=1.00 choices=wait/swap/cancel lines=L1+L2 coupon=5.00
    03-06 12:15 shipped (after_warning) parcel=P1 eta=03-08 12:00
    03-06 15:00 shipped (after_warning) parcel=P2 lines=L2
    03-08 11:00 delivered (after_delay) parcel=P1 eta=03-08 12:00
    03-09 11:00 delivered (after_delay) parcel=P2 lines=L2
    ");
    assert_eq!(scene(STORY).repeated(5).play(), once);
}

#[test]
fn events_backwards_tell_what_events_forwards_tell() {
    let backwards = scene(STORY).backwards().play();
    assert_eq!(backwards, scene(STORY).all_at_once().play());
    assert_snapshot!(backwards, @r"
    03-09 11:00 - order_accepted paid: stale
    03-09 11:00 - shipped P1: stale
    03-09 11:00 - shipped P2: stale
    03-09 11:00 delivered (after_delay) parcel=P1 eta=03-08 12:00 with=P2
    03-09 11:00 delivered (after_delay) parcel=P2 lines=L2 with=P1
    ");
}

#[test]
fn stale_history_sends_nothing() {
    assert_snapshot!(scene(STORY).live_since("04-01 00:00").play(), @r"
    03-02 10:05 - order_accepted paid: stale
    03-03 09:00 - delay_warning v1: stale
    03-04 18:00 - promise_missed v1: stale
    03-06 12:00 - shipped P1: stale
    03-06 15:00 - shipped P2: stale
    03-08 11:00 - delivered P1: stale
    03-09 11:00 - delivered P2: stale
    ");
}

#[test]
fn history_that_ends_before_we_are_live_leaves_only_what_is_new() {
    assert_snapshot!(scene(STORY).live_since("03-06 13:00").play(), @r"
    03-02 10:05 - order_accepted paid: stale
    03-03 09:00 - delay_warning v1: stale
    03-04 18:00 - promise_missed v1: stale
    03-06 12:00 - shipped P1: stale
    03-06 15:00 shipped parcel=P2 lines=L2
    03-08 11:00 delivered (after_delay) parcel=P1 eta=03-08 12:00
    03-09 11:00 delivered (after_delay) parcel=P2 lines=L2
    ");
}

#[test]
fn an_id_used_for_something_else_is_refused() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-06T18:00
        03-02 10:05 paid id=same
        03-02 12:00 cancelled id=same
        03-03 12:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-06 18:00
    03-02 12:00 ! IdReused
    03-03 12:00 shipped parcel=P1
    03-05 18:00 - delay_warning v1: shipped
    ");
}

#[test]
fn the_first_order_we_ever_see_may_be_warned_within_its_lead() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-03T08:00
        03-02 10:00 paid
        03-02 12:00 accepted expected=03-04T10:00
    ").until("03-02 20:00").play(), @r"
    03-02 10:00 order_accepted ship_by=03-03 08:00
    03-02 12:00 delay_warning cause=warehouse_queue ship_by=03-03 08:00 quoted=03-04 20:00 risk=1.00 coupon=5.00
    ");
}
