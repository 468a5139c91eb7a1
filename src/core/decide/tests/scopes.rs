//! A condition of every scope reaches the orders it names, and no other.

use insta::assert_snapshot;

use super::scene::scene;

/// One order that lies within the scope `mine`, one that does not, and a closure of two days at what `scope` names.
fn closed(scope: &str, mine: &str, theirs: &str) -> String {
    scene(&format!(
        "
        03-02 10:00 @A1 placed ship_by=03-05T18:00 {mine}
        03-02 10:00 @A1 paid
        03-02 10:00 @A2 placed ship_by=03-05T18:00 buyer=B2 {theirs}
        03-02 10:00 @A2 paid
        03-02 12:00 condition shut kind=weather {scope} clears_at=03-07T10:00
    "
    ))
    .until("03-04 17:00")
    .play()
}

#[test]
fn a_region() {
    assert_snapshot!(closed("region=CN-XJ", "region=CN-XJ", "region=CN-ZJ"), @r"
    03-02 10:00 A1 order_accepted ship_by=03-05 18:00
    03-02 10:00 A2 order_accepted ship_by=03-05 18:00
    03-02 12:00 A1 delay_warning cause=weather ship_by=03-05 18:00 quoted=03-09 02:00 risk=1.00 coupon=5.00
    ");
}

#[test]
fn a_campaign() {
    assert_snapshot!(closed("campaign=spring", "campaign=spring", "campaign=autumn"), @r"
    03-02 10:00 A1 order_accepted ship_by=03-05 18:00
    03-02 10:00 A2 order_accepted ship_by=03-05 18:00
    03-02 12:00 A1 delay_warning cause=weather ship_by=03-05 18:00 quoted=03-09 02:00 risk=1.00 coupon=5.00
    ");
}

#[test]
fn a_warehouse() {
    assert_snapshot!(closed("warehouse=W1", "warehouse=W1", "warehouse=W2"), @r"
    03-02 10:00 A1 order_accepted ship_by=03-05 18:00
    03-02 10:00 A2 order_accepted ship_by=03-05 18:00
    03-02 12:00 A1 delay_warning cause=weather ship_by=03-05 18:00 quoted=03-09 02:00 risk=1.00 coupon=5.00
    ");
}

#[test]
fn an_article() {
    assert_snapshot!(closed("sku=S1", "lines=L1:S1", "lines=L1:S2"), @r"
    03-02 10:00 A1 order_accepted ship_by=03-05 18:00
    03-02 10:00 A2 order_accepted ship_by=03-05 18:00
    03-02 12:00 A1 delay_warning cause=weather ship_by=03-05 18:00 quoted=03-09 02:00 risk=1.00 coupon=5.00
    ");
}

#[test]
fn two_scopes_must_both_fit() {
    let both = "region=CN-XJ warehouse=W1";
    assert_snapshot!(closed(both, both, "region=CN-XJ warehouse=W2"), @r"
    03-02 10:00 A1 order_accepted ship_by=03-05 18:00
    03-02 10:00 A2 order_accepted ship_by=03-05 18:00
    03-02 12:00 A1 delay_warning cause=weather ship_by=03-05 18:00 quoted=03-09 02:00 risk=1.00 coupon=5.00
    ");
}

#[test]
fn a_carrier_reaches_parcels_that_wait_for_it() {
    assert_snapshot!(scene("
        03-02 10:00 @A1 placed ship_by=03-05T18:00
        03-02 10:00 @A1 paid
        03-03 10:00 @A1 shipped P1 carrier=SF
        03-02 10:00 @A2 placed ship_by=03-05T18:00 buyer=B2
        03-02 10:00 @A2 paid
        03-03 10:00 @A2 shipped P2 carrier=YT
        03-03 12:00 condition hub kind=carrier carrier=SF clears_at=03-08T10:00
    ").policy("promise.met_by = \"first_scan\"").until("03-04 17:00").play(), @r"
    03-02 10:00 A1 order_accepted ship_by=03-05 18:00
    03-02 10:00 A2 order_accepted ship_by=03-05 18:00
    03-03 12:00 A1 delay_warning cause=carrier ship_by=03-05 18:00 quoted=03-10 02:00 risk=1.00 coupon=5.00
    ");
}

#[test]
fn a_whole_shop() {
    assert_snapshot!(closed("", "", "warehouse=W2"), @r"
    03-02 10:00 A1 order_accepted ship_by=03-05 18:00
    03-02 10:00 A2 order_accepted ship_by=03-05 18:00
    03-02 12:00 A1 delay_warning cause=weather ship_by=03-05 18:00 quoted=03-09 02:00 risk=1.00 coupon=5.00
    03-02 12:00 A2 delay_warning cause=weather ship_by=03-05 18:00 quoted=03-09 02:00 risk=1.00 coupon=5.00
    ");
}
