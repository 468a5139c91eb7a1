//! Where only the carrier's scan keeps the promise, a label is no handover.

use insta::assert_snapshot;

use super::scene::scene;

const FIRST_SCAN: &str = "promise.met_by = \"first_scan\"";

#[test]
fn a_label_without_a_pickup_is_warned_of_with_its_own_cause() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 15:00 packed
        03-03 16:00 shipped P1 carrier=SF
        03-06 09:00 collected P1
        03-08 10:00 delivered P1
    ").policy(FIRST_SCAN).play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-05 08:00 delay_warning cause=carrier ship_by=03-05 18:00 quoted=03-07 00:00 risk=0.56 coupon=5.00
    03-06 09:00 shipped (after_warning) parcel=P1
    03-08 10:00 delivered (after_delay) parcel=P1
    ");
}

#[test]
fn a_pickup_in_time_is_told_as_shipped_when_it_happens() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 16:00 shipped P1 carrier=SF
        03-04 09:00 collected P1
    ").policy(FIRST_SCAN).until("03-06 00:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-04 09:00 shipped parcel=P1
    03-04 18:00 - delay_warning v1: shipped
    ");
}

#[test]
fn weather_on_the_way_is_named_before_a_courier_who_did_not_come() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 16:00 shipped P1 carrier=SF
        03-04 09:00 condition snow kind=weather carrier=SF clears_at=03-07T12:00
    ").policy(FIRST_SCAN).until("03-06 00:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-04 09:00 delay_warning cause=weather ship_by=03-05 18:00 quoted=03-09 04:00 risk=1.00 coupon=5.00
    ");
}

#[test]
fn what_is_not_packed_yet_keeps_its_own_cause() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00 lines=L1:S1,L2:S2
        03-02 10:05 paid
        03-03 16:00 shipped P1 carrier=SF lines=L1
    ").policy(FIRST_SCAN).until("03-06 00:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00 lines=L1+L2
    03-04 18:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-08 21:45 risk=0.57 lines=L1+L2 coupon=5.00
    ");
}
