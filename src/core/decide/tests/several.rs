//! Several reports at once: one cause is named, and the date knows all of them.

use insta::assert_snapshot;

use super::scene::{Scene, scene};

/// One order and what else is reported of it.
fn beside(reports: &str) -> Scene {
    scene(&format!("03-02 10:00 placed ship_by=03-05T18:00 warehouse=W1 campaign=spring\n03-02 10:00 paid\n{reports}"))
        .until("03-05 12:00")
}

#[test]
fn a_surge_is_named_and_the_closure_that_outlasts_it_sets_the_date() {
    assert_snapshot!(beside("
        03-02 12:00 condition rush kind=surge warehouse=W1 clears_at=03-03T18:00
        03-02 12:00 condition snow kind=weather warehouse=W1 clears_at=03-07T10:00
    ").play(), @r"
    03-02 10:00 order_accepted ship_by=03-05 18:00
    03-02 12:00 delay_warning cause=surge ship_by=03-05 18:00 quoted=03-09 02:00 risk=1.00 coupon=5.00
    ");
}

#[test]
fn a_closure_is_over_and_the_surge_that_outlasts_it_bounds_the_date() {
    assert_snapshot!(beside("
        03-02 12:00 condition rush kind=surge warehouse=W1 clears_at=03-08T18:00
        03-02 12:00 condition snow kind=weather warehouse=W1 clears_at=03-05T10:00
    ").play(), @r"
    03-02 10:00 order_accepted ship_by=03-05 18:00
    03-04 18:00 delay_warning cause=surge ship_by=03-05 18:00 quoted=03-09 06:00 risk=0.63 coupon=5.00
    ");
}

#[test]
fn one_without_an_end_leaves_the_other_ones_end_the_earliest_there_can_be() {
    assert_snapshot!(beside("
        03-02 12:00 condition snow kind=weather warehouse=W1
        03-02 12:00 condition feast kind=holiday warehouse=W1 clears_at=03-07T10:00
    ").play(), @r"
    03-02 10:00 order_accepted ship_by=03-05 18:00
    03-02 12:00 delay_warning cause=weather ship_by=03-05 18:00 quoted=03-14 01:30 risk=1.00 choices=wait/cancel coupon=5.00
    ");
}

#[test]
fn what_only_the_buyer_can_mend_is_named_before_the_closure_that_holds_it_too() {
    assert_snapshot!(beside("
        03-02 12:00 exception E1 kind=address
        03-02 12:00 condition snow kind=weather warehouse=W1 clears_at=03-07T10:00
        03-03 09:00 fixed E1
    ").play(), @r"
    03-02 10:00 order_accepted ship_by=03-05 18:00
    03-02 12:00 delay_warning cause=address ship_by=03-05 18:00 quoted=03-12 09:45 risk=1.00 coupon=5.00
    03-02 12:00 action_needed (ask) exception=E1 cause=address ship_by=03-05 18:00 risk=1.00
    03-03 09:00 action_needed (fixed) exception=E1 ship_by=03-05 18:00 quoted=03-09 02:00 risk=1.00
    ");
}

#[test]
fn what_is_lifted_counts_no_more() {
    assert_snapshot!(beside("
        03-02 12:00 condition snow kind=weather warehouse=W1 clears_at=03-07T10:00
        03-02 12:00 lifted snow
    ").play(), @r"
    03-02 10:00 order_accepted ship_by=03-05 18:00
    03-04 18:00 delay_warning cause=surge ship_by=03-05 18:00 quoted=03-08 21:45 risk=0.57 coupon=5.00
    ");
}

#[test]
fn an_end_in_a_few_hours_does_not_end_what_has_none() {
    let stock = "03-02 12:00 exception E1 kind=out_of_stock";
    let storm = "03-02 12:00 condition storm kind=weather warehouse=W1 clears_at=03-04T22:00";
    assert_snapshot!(beside(stock).play(), @r"
    03-02 10:00 order_accepted ship_by=03-05 18:00
    03-04 18:00 delay_warning cause=out_of_stock ship_by=03-05 18:00 quoted=03-18 01:00 risk=0.84 choices=wait/swap/cancel coupon=5.00
    ");
    assert_snapshot!(beside(&format!("{stock}\n{storm}")).play(), @r"
    03-02 10:00 order_accepted ship_by=03-05 18:00
    03-04 18:00 delay_warning cause=out_of_stock ship_by=03-05 18:00 quoted=03-18 05:00 risk=0.87 choices=wait/swap/cancel coupon=5.00
    ");
}
