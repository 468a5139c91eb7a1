//! What comes to the desk, what leaves it, and what comes back.

use insta::assert_snapshot;

use super::engine::Deed::{Refused, Settled};
use super::scene::scene;
use crate::desk::Matter;

#[test]
fn an_address_nobody_answers_about_is_a_persons_until_it_is_mended() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-09T18:00
        03-02 10:05 paid
        03-02 12:00 exception X1 kind=address
        03-04 15:00 asks m1
        03-05 09:00 fixed X1
        03-05 16:00 shipped P1
    ").desk(&[]).play(), @r"
    03-02 10:05 order_accepted ship_by=03-09 18:00
    03-02 12:00 action_needed (ask) exception=X1 cause=address ship_by=03-09 18:00 risk=0.04
    03-03 12:00 action_needed (ask) exception=X1 no=2 cause=address ship_by=03-09 18:00 risk=0.06
    03-04 12:00 * opened unanswered_address X1: cause=address
    03-04 12:00 - action_needed X1/2: needs_human
    03-04 15:00 * ranked unanswered_address X1: cause=address chases=1
    03-05 09:00 * ended unanswered_address X1: mended
    03-05 09:00 action_needed (fixed) exception=X1 ship_by=03-09 18:00 quoted=03-09 18:00 risk=0.00
    03-05 16:00 shipped parcel=P1
    ");
}

#[test]
fn an_address_nobody_can_be_asked_about_is_a_persons_at_once() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-09T18:00 email=-
        03-02 10:05 paid
        03-02 12:00 exception X1 kind=address
        03-05 09:00 fixed X1
        03-05 16:00 shipped P1
    ").desk(&[]).play(), @r"
    03-02 10:05 - order_accepted paid: no_address
    03-02 12:00 * opened unanswered_address X1: cause=address
    03-02 12:00 - action_needed X1/0: no_address
    03-05 09:00 * ended unanswered_address X1: mended
    03-05 16:00 - shipped P1: no_address
    ");
}

#[test]
fn a_buyer_who_can_be_asked_after_all_is_asked_first() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-09T18:00 email=-
        03-02 10:05 paid
        03-02 12:00 exception X1 kind=address
        03-02 14:00 changed buyer=B1 email=buyer@example.com
        03-05 09:00 cancelled
    ").desk(&[]).play(), @r"
    03-02 10:05 - order_accepted paid: no_address
    03-02 12:00 * opened unanswered_address X1: cause=address
    03-02 12:00 - action_needed X1/0: no_address
    03-02 14:00 action_needed (ask) exception=X1 cause=address ship_by=03-09 18:00 risk=0.04
    03-02 14:00 * ended unanswered_address X1: asked
    03-02 14:00 order_accepted ship_by=03-09 18:00
    03-03 14:00 action_needed (ask) exception=X1 no=2 cause=address ship_by=03-09 18:00 risk=0.06
    03-04 14:00 * opened unanswered_address X1 no=2: cause=address
    03-04 14:00 - action_needed X1/2: needs_human
    03-05 09:00 * ended unanswered_address X1 no=2: cancelled
    03-08 18:00 - delay_warning v1: cancelled
    ");
}

#[test]
fn a_settled_fault_comes_back_only_when_it_is_found_again() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-12T18:00
        03-02 10:05 paid
        03-02 12:00 exception X1 kind=address
        03-06 09:00 fixed X1
        03-07 09:00 exception X1 kind=address
        03-09 09:00 shipped P1
    ").desk(&[("03-04 17:00", Settled(Matter::UnansweredAddress))]).play(), @r"
    03-02 10:05 order_accepted ship_by=03-12 18:00
    03-02 12:00 action_needed (ask) exception=X1 cause=address ship_by=03-12 18:00 risk=0.01
    03-03 12:00 action_needed (ask) exception=X1 no=2 cause=address ship_by=03-12 18:00 risk=0.01
    03-04 12:00 * opened unanswered_address X1: cause=address
    03-04 12:00 - action_needed X1/2: needs_human
    03-06 09:00 action_needed (fixed) exception=X1 ship_by=03-12 18:00 quoted=03-12 18:00 risk=0.00
    03-07 09:00 * opened unanswered_address X1 no=2: cause=address
    03-09 09:00 * ended unanswered_address X1 no=2: shipped
    03-09 09:00 shipped parcel=P1
    03-11 18:00 - delay_warning v1: shipped
    ");
}

#[test]
fn the_last_update_brings_a_late_order_to_the_desk_and_its_handover_takes_it_off() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-02 12:00 accepted expected=03-07T10:00
        03-06 12:00 picking expected=03-09T10:00
        03-08 12:00 picking expected=03-11T10:00
        03-09 12:00 condition stock kind=out_of_stock sku=S1
        03-10 12:00 picking expected=03-13T10:00
        03-13 09:00 shipped P1
    ").desk(&[]).play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-02 12:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-07 20:00 risk=1.00 coupon=5.00
    03-06 12:00 delay_update cause=warehouse_queue ship_by=03-05 18:00 told=03-07 20:00 quoted=03-09 20:30 risk=1.00 choices=wait/cancel
    03-08 12:00 delay_update no=2 last=yes cause=warehouse_queue ship_by=03-05 18:00 told=03-09 20:30 quoted=03-11 20:30 risk=1.00 choices=wait/cancel
    03-08 12:00 * opened past_updates: cause=warehouse_queue
    03-09 12:00 * ranked past_updates: cause=out_of_stock
    03-10 12:00 - delay_update 3: needs_human
    03-13 09:00 * ended past_updates: shipped
    03-13 09:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn a_settled_delay_comes_back_with_a_later_date_and_with_nothing_else() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-02 12:00 accepted expected=03-07T10:00
        03-06 12:00 picking expected=03-09T10:00
        03-08 12:00 picking expected=03-11T10:00
        03-10 12:00 picking expected=03-13T10:00
        03-12 12:00 picking expected=03-15T10:00
        03-15 09:00 cancelled
    ").desk(&[
        ("03-08 15:00", Settled(Matter::PastUpdates)),
        ("03-10 15:00", Settled(Matter::PastUpdates)),
    ]).play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-02 12:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-07 20:00 risk=1.00 coupon=5.00
    03-06 12:00 delay_update cause=warehouse_queue ship_by=03-05 18:00 told=03-07 20:00 quoted=03-09 20:30 risk=1.00 choices=wait/cancel
    03-08 12:00 delay_update no=2 last=yes cause=warehouse_queue ship_by=03-05 18:00 told=03-09 20:30 quoted=03-11 20:30 risk=1.00 choices=wait/cancel
    03-08 12:00 * opened past_updates: cause=warehouse_queue
    03-10 12:00 * opened past_updates no=2: cause=warehouse_queue
    03-10 12:00 - delay_update 3: needs_human
    03-12 12:00 * opened past_updates no=3: cause=warehouse_queue
    03-15 09:00 * ended past_updates no=3: cancelled
    ");
}

#[test]
fn an_agreed_time_ends_a_delay_and_one_that_slips_past_it_is_another() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-02 12:00 accepted expected=03-07T10:00
        03-06 12:00 picking expected=03-09T10:00
        03-08 12:00 picking expected=03-11T10:00
        03-09 10:00 agreed ship_by=03-14T18:00
        03-12 12:00 picking expected=03-16T10:00
        03-14 12:00 picking expected=03-18T10:00
        03-18 09:00 shipped P1
    ").desk(&[]).play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-02 12:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-07 20:00 risk=1.00 coupon=5.00
    03-06 12:00 delay_update cause=warehouse_queue ship_by=03-05 18:00 told=03-07 20:00 quoted=03-09 20:30 risk=1.00 choices=wait/cancel
    03-08 12:00 delay_update no=2 last=yes cause=warehouse_queue ship_by=03-05 18:00 told=03-09 20:30 quoted=03-11 20:30 risk=1.00 choices=wait/cancel
    03-08 12:00 * opened past_updates: cause=warehouse_queue
    03-09 10:00 * ended past_updates: agreed
    03-12 12:00 delay_warning cause=warehouse_queue ship_by=03-14 18:00 quoted=03-16 20:15 risk=1.00 coupon=5.00
    03-14 12:00 * opened past_updates no=2: cause=warehouse_queue
    03-14 12:00 - delay_update 3: needs_human
    03-18 09:00 * ended past_updates no=2: shipped
    03-18 09:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn a_parcel_past_its_updates_is_a_persons_until_it_arrives() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 shipped P1 eta=03-05T18:00
        03-04 10:00 delayed P1 reason=weather eta=03-06T18:00
        03-05 10:00 delayed P1 eta=03-08T18:00
        03-07 10:00 attempt_failed P1 reason=damaged
        03-09 10:00 delivered P1
    ").desk(&[]).play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-03 10:00 shipped parcel=P1 eta=03-05 18:00
    03-04 10:00 logistics_delay parcel=P1 problem=delayed/weather eta=03-06 18:00
    03-04 18:00 - delay_warning v1: shipped
    03-05 10:00 logistics_delay parcel=P1 no=2 last=yes problem=delayed/- eta=03-08 18:00
    03-05 10:00 * opened parcel_trouble P1: cause=carrier
    03-07 10:00 - logistics_delay P1/3: needs_human
    03-09 10:00 * ended parcel_trouble P1: delivered
    03-09 10:00 delivered (after_delay) parcel=P1 eta=03-08 18:00
    ");
}

#[test]
fn a_parcel_that_comes_back_stays_a_persons() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 shipped P1 eta=03-05T18:00
        03-04 10:00 delayed P1 reason=weather eta=03-06T18:00
        03-05 10:00 delayed P1 eta=03-08T18:00
        03-07 10:00 returning P1
        03-09 10:00 returned P1
    ").desk(&[("03-05 12:00", Settled(Matter::ParcelTrouble))]).play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-03 10:00 shipped parcel=P1 eta=03-05 18:00
    03-04 10:00 logistics_delay parcel=P1 problem=delayed/weather eta=03-06 18:00
    03-04 18:00 - delay_warning v1: shipped
    03-05 10:00 logistics_delay parcel=P1 no=2 last=yes problem=delayed/- eta=03-08 18:00
    03-05 10:00 * opened parcel_trouble P1: cause=carrier
    03-07 10:00 * opened parcel_trouble P1 no=2: cause=carrier
    03-07 10:00 - logistics_delay P1/3: needs_human
    ");
}

#[test]
fn a_coupon_that_was_told_and_is_not_given_is_a_persons_whatever_becomes_of_the_order() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-02 12:00 accepted expected=03-07T10:00
        03-06 09:00 shipped P1
    ").desk(&[("03-02 13:00", Refused), ("03-09 12:00", Settled(Matter::RefusedGrant))]).play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-02 12:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-07 20:00 risk=1.00 coupon=5.00
    03-02 13:00 * opened refused_grant grt_1: cause=warehouse_queue
    03-06 09:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn a_coupon_nobody_was_told_of_is_no_persons() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-02 12:00 accepted expected=03-07T10:00
        03-06 09:00 shipped P1
    ").failing("shop/A1/delay_warning/v1").desk(&[("03-02 13:00", Refused)]).play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-02 12:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-07 20:00 risk=1.00 coupon=5.00
    03-05 18:00 promise_missed cause=warehouse_queue ship_by=03-05 18:00 quoted=03-07 20:00 risk=1.00
    03-06 09:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn any_order_and_any_number_of_arrivals_bring_one_entry() {
    let late = || {
        scene(
            "
        03-02 10:00 placed ship_by=03-09T18:00 email=-
        03-02 10:05 paid
        03-02 12:00 exception X1 kind=address
    ",
        )
        .desk(&[])
        .until("03-02 18:00")
    };
    let opened = |shown: String| shown.matches("* opened").count();
    assert_eq!([late().play(), late().backwards().play(), late().repeated(3).play()].map(opened), [1, 1, 1]);
}

#[test]
fn a_day_that_will_be_missed_is_a_persons_until_it_left_or_the_day_has_passed() {
    let needed = "
        03-02 10:00 placed ship_by=03-07T18:00 needed_by=03-08T12:00
        03-02 10:05 paid
    ";
    assert_snapshot!(scene(&format!("{needed}03-05 16:00 shipped P1")).desk(&[]).play(), @r"
    03-02 10:05 order_accepted ship_by=03-07 18:00
    03-04 06:26 * opened urgent: cause=warehouse_queue
    03-04 08:00 delay_warning (needed) cause=warehouse_queue ship_by=03-07 18:00 quoted=03-08 11:45 risk=0.52 choices=wait/cancel needed=03-08 12:00(too late) coupon=5.00
    03-05 16:00 * ended urgent: shipped
    03-05 16:00 shipped (after_warning) parcel=P1
    03-06 18:00 - delay_warning v1: shipped
    ");
    assert_snapshot!(scene(needed).desk(&[("03-05 09:00", Settled(Matter::Urgent))]).until("03-08 13:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-07 18:00
    03-04 06:26 * opened urgent: cause=warehouse_queue
    03-04 08:00 delay_warning (needed) cause=warehouse_queue ship_by=03-07 18:00 quoted=03-08 11:45 risk=0.52 choices=wait/cancel needed=03-08 12:00(too late) coupon=5.00
    03-07 11:45 delay_update cause=warehouse_queue ship_by=03-07 18:00 told=03-08 11:45 quoted=03-11 15:30 risk=0.87 choices=wait/cancel needed=03-08 12:00(too late)
    ");
    assert_snapshot!(scene(needed).desk(&[]).until("03-08 13:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-07 18:00
    03-04 06:26 * opened urgent: cause=warehouse_queue
    03-04 08:00 delay_warning (needed) cause=warehouse_queue ship_by=03-07 18:00 quoted=03-08 11:45 risk=0.52 choices=wait/cancel needed=03-08 12:00(too late) coupon=5.00
    03-07 11:45 delay_update cause=warehouse_queue ship_by=03-07 18:00 told=03-08 11:45 quoted=03-11 15:30 risk=0.87 choices=wait/cancel needed=03-08 12:00(too late)
    03-08 12:00 * ended urgent: passed
    ");
}
