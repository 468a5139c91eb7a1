//! What a platform lets a seller say.

use insta::assert_snapshot;

use super::scene::scene;

const NO_CONFIRMATIONS: &str = "[notices]\nkinds = [\"delay_warning\", \"delay_update\", \"promise_missed\", \"action_needed\", \"logistics_delay\"]\n\
     [compensation]\nallowed = false\n";

#[test]
fn a_platform_that_confirms_itself_leaves_the_delay_to_the_seller_without_a_coupon() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-06 11:00 shipped P1 eta=03-08T18:00
        03-08 15:00 delivered P1
    ").policy(NO_CONFIRMATIONS).play(), @r"
    03-02 10:05 - order_accepted paid: platform_forbids
    03-04 18:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-08 21:45 risk=0.57 coupon=refused(platform_forbids)
    03-06 11:00 - shipped P1: platform_forbids
    03-08 15:00 - delivered P1: platform_forbids
    ");
}

#[test]
fn a_forbidden_warning_is_on_record_once_and_the_apology_goes_out() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-06 11:00 shipped P1
    ").policy("[notices]\nkinds = [\"promise_missed\"]\n").play(), @r"
    03-02 10:05 - order_accepted paid: platform_forbids
    03-04 18:00 - delay_warning v1: platform_forbids
    03-05 18:00 promise_missed cause=warehouse_queue ship_by=03-05 18:00 quoted=03-09 21:45 risk=1.00
    03-06 11:00 - shipped P1: platform_forbids
    ");
}

#[test]
fn a_platform_that_forbids_everything_hears_nothing_and_every_notice_is_on_record() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-02 12:00 exception X1 kind=address
        03-06 11:00 shipped P1
        03-08 15:00 delivered P1
    ").policy("[notices]\nkinds = []\n").play(), @r"
    03-02 10:05 - order_accepted paid: platform_forbids
    03-02 12:00 - action_needed X1/0: platform_forbids
    03-04 18:00 - delay_warning v1: platform_forbids
    03-05 18:00 - promise_missed v1: platform_forbids
    03-06 11:00 - shipped P1: platform_forbids
    03-08 15:00 - delivered P1: platform_forbids
    ");
}
