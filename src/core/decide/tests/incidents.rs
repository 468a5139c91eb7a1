//! What a person does with the delay notices of an incident: they wait, go out after all, or never do.

use insta::assert_snapshot;

use super::engine::Deed;
use super::scene::{Scene, scene};
use crate::decide::Paused;
use crate::incident::IncidentId;

/// The stock-out of two orders, which a person holds from ten minutes before it is known on.
fn held() -> Scene {
    scene(
        "
        03-02 10:00 @A1 placed ship_by=03-05T18:00
        03-02 10:00 @A1 paid
        03-02 10:00 @A2 placed ship_by=03-09T18:00 buyer=B2
        03-02 10:00 @A2 paid
        03-03 12:00 condition stock kind=out_of_stock sku=S1 clears_at=03-07T10:00
        03-06 16:00 @A1 shipped P1
    ",
    )
    .until("03-10 12:00")
}

fn pause(stopped: bool) -> Deed {
    Deed::Pauses(Paused::Incident { id: IncidentId::parse("0123456789abcdef").unwrap(), stopped })
}

#[test]
fn what_is_held_goes_out_when_it_is_let_go_if_it_is_still_right() {
    assert_snapshot!(held().deeds(&[("03-03 11:50", pause(false)), ("03-03 15:00", Deed::LetsGo)]).play(), @r"
    03-02 10:00 A1 order_accepted ship_by=03-05 18:00
    03-02 10:00 A2 order_accepted ship_by=03-09 18:00
    03-03 12:00 A1 - delay_warning v1: paused
    03-03 15:00 A1 delay_warning cause=out_of_stock ship_by=03-05 18:00 quoted=03-09 02:00 risk=1.00 choices=wait/swap/cancel coupon=5.00
    03-06 16:00 A1 shipped (after_warning) parcel=P1
    03-08 18:00 A2 delay_warning cause=out_of_stock ship_by=03-09 18:00 quoted=03-22 01:15 risk=0.84 choices=wait/swap/cancel coupon=5.00
    ");
}

#[test]
fn what_is_held_until_the_promise_has_passed_becomes_the_apology() {
    assert_snapshot!(held().deeds(&[("03-03 11:50", pause(false)), ("03-05 20:00", Deed::LetsGo)]).play(), @r"
    03-02 10:00 A1 order_accepted ship_by=03-05 18:00
    03-02 10:00 A2 order_accepted ship_by=03-09 18:00
    03-03 12:00 A1 - delay_warning v1: paused
    03-05 18:00 A1 - promise_missed v1: paused
    03-05 20:00 A1 promise_missed cause=out_of_stock ship_by=03-05 18:00 quoted=03-09 01:15 risk=1.00 choices=wait/swap/cancel
    03-06 16:00 A1 shipped (after_warning) parcel=P1
    03-08 18:00 A2 delay_warning cause=out_of_stock ship_by=03-09 18:00 quoted=03-22 01:15 risk=0.84 choices=wait/swap/cancel coupon=5.00
    ");
}

#[test]
fn what_is_stopped_is_never_said_and_the_parcel_is_told_all_the_same() {
    let deeds = [("03-03 11:50", pause(false)), ("03-03 15:00", pause(true)), ("03-03 18:00", Deed::LetsGo)];
    assert_snapshot!(held().deeds(&deeds).play(), @r"
    03-02 10:00 A1 order_accepted ship_by=03-05 18:00
    03-02 10:00 A2 order_accepted ship_by=03-09 18:00
    03-03 12:00 A1 - delay_warning v1: paused
    03-05 18:00 A1 promise_missed cause=out_of_stock ship_by=03-05 18:00 quoted=03-09 02:00 risk=1.00 choices=wait/swap/cancel
    03-06 16:00 A1 shipped (after_warning) parcel=P1
    03-08 18:00 A2 delay_warning cause=out_of_stock ship_by=03-09 18:00 quoted=03-22 01:15 risk=0.84 choices=wait/swap/cancel coupon=5.00
    ");
}
