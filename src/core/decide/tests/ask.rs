//! An address only the buyer can mend.

use insta::assert_snapshot;

use super::scene::{play, scene};

#[test]
fn an_unanswered_address_fault_is_asked_reminded_and_given_to_a_person() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-06T18:00
        03-02 10:05 paid
        03-02 12:00 exception X1 kind=address
    ").until("03-08 12:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-06 18:00
    03-02 12:00 action_needed (ask) exception=X1 cause=address ship_by=03-06 18:00 risk=0.14
    03-03 12:00 action_needed (ask) exception=X1 no=2 cause=address ship_by=03-06 18:00 risk=0.22
    03-04 12:00 - action_needed X1/2: needs_human
    03-05 18:00 delay_warning cause=address ship_by=03-06 18:00 quoted=03-10 17:45 risk=0.63 coupon=5.00
    ");
}

#[test]
fn a_report_dated_ahead_of_our_clock_is_asked_about_once_that_time_has_come() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-06T18:00
        03-02 10:05 paid
        03-02 12:00 exception X1 kind=address arrives=03-02T11:55
    ").until("03-02 13:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-06 18:00
    03-02 12:00 action_needed (ask) exception=X1 cause=address ship_by=03-06 18:00 risk=0.14
    ");
}

#[test]
fn a_fix_is_thanked_with_the_new_date() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-06T18:00
        03-02 10:05 paid
        03-02 12:00 exception X1 kind=contact
        03-02 20:00 fixed X1
        03-03 16:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-06 18:00
    03-02 12:00 action_needed (ask) exception=X1 cause=address ship_by=03-06 18:00 risk=0.14
    03-02 20:00 action_needed (fixed) exception=X1 ship_by=03-06 18:00 quoted=03-06 18:00 risk=0.00
    03-03 16:00 shipped parcel=P1
    ");
}

#[test]
fn a_fix_that_came_before_we_asked_is_not_mentioned() {
    assert_snapshot!(play("
        03-02 20:00 placed ship_by=03-06T18:00
        03-02 20:05 paid
        03-02 23:00 exception X1 kind=address
        03-03 07:00 fixed X1
        03-03 16:00 shipped P1
    "), @r"
    03-02 20:05 order_accepted ship_by=03-06 18:00
    03-03 16:00 shipped parcel=P1
    ");
}

#[test]
fn an_address_found_wrong_again_after_the_fix_is_asked_again() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-09T18:00
        03-02 10:05 paid
        03-02 12:00 exception X1 kind=address
        03-02 14:00 fixed X1
        03-04 12:00 exception X1 kind=address
    ").until("03-06 09:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-09 18:00
    03-02 12:00 action_needed (ask) exception=X1 cause=address ship_by=03-09 18:00 risk=0.04
    03-02 14:00 action_needed (fixed) exception=X1 ship_by=03-09 18:00 quoted=03-09 18:00 risk=0.00
    03-04 12:00 action_needed (ask) exception=X1 no=2 cause=address ship_by=03-09 18:00 risk=0.09
    03-05 12:00 - action_needed X1/2: needs_human
    ");
}

#[test]
fn a_question_that_cannot_be_delivered_is_given_to_a_person() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-06T18:00
        03-02 10:05 paid
        03-02 12:00 exception X1 kind=address
    ").failing("shop/A1/action_needed/X1/0").until("03-04 12:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-06 18:00
    03-02 12:00 action_needed (ask) exception=X1 cause=address ship_by=03-06 18:00 risk=0.14
    03-02 12:00 - action_needed X1/1: needs_human
    ");
}

#[test]
fn two_faults_are_two_questions() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-06T18:00
        03-02 10:05 paid
        03-02 12:00 exception X1 kind=address
        03-02 12:00 exception X2 kind=contact
    ").until("03-02 20:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-06 18:00
    03-02 12:00 action_needed (ask) exception=X1 cause=address ship_by=03-06 18:00 risk=0.14
    03-02 12:00 action_needed (ask) exception=X2 cause=address ship_by=03-06 18:00 risk=0.14
    ");
}

#[test]
fn thanks_wait_until_the_last_fault_is_mended() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-06T18:00
        03-02 10:05 paid
        03-02 12:00 exception X1 kind=address
        03-02 12:00 exception X2 kind=contact
        03-02 14:00 fixed X1
        03-02 15:00 fixed X2
    ").until("03-02 20:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-06 18:00
    03-02 12:00 action_needed (ask) exception=X1 cause=address ship_by=03-06 18:00 risk=0.14
    03-02 12:00 action_needed (ask) exception=X2 cause=address ship_by=03-06 18:00 risk=0.14
    03-02 15:00 - action_needed X1/fixed: merged
    03-02 15:00 action_needed (fixed) exception=X2 ship_by=03-06 18:00 quoted=03-06 18:00 risk=0.00
    ");
}
