//! Who is not written to, and what the record says instead.

use insta::assert_snapshot;

use super::scene::scene;
use super::script::moment;
use crate::decide::{Guard, Pause, Paused};
use crate::notice::Kind;
use crate::policy::Channel;

const LATE: &str = "
    03-02 10:00 placed ship_by=03-04T18:00
    03-02 10:05 paid
";

#[test]
fn a_holdout_order_is_left_unwarned_and_unapologised() {
    assert_snapshot!(scene(LATE).policy("holdout.share = 1.0").until("03-06 10:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-04 18:00
    03-03 18:00 - delay_warning v1: holdout
    03-04 18:00 - promise_missed v1: holdout
    ");
}

#[test]
fn a_shop_leaves_out_no_more_than_its_ceiling_and_who_was_left_out_stays_so() {
    let orders =
        (1..=3).map(|n| format!("03-02 10:00 @A{n} placed ship_by=03-04T18:00 buyer=B{n}\n03-02 10:05 @A{n} paid\n"));
    let policy = "[holdout]\nshare = 1.0\nper_day = 2\n[notices]\nkinds = [\"delay_warning\", \"promise_missed\"]\n";
    let orders: String = orders.collect();
    assert_snapshot!(scene(&orders).policy(policy).until("03-04 19:00").play(), @r"
    03-02 10:05 A1 - order_accepted paid: platform_forbids
    03-02 10:05 A2 - order_accepted paid: platform_forbids
    03-02 10:05 A3 - order_accepted paid: platform_forbids
    03-03 18:00 A1 - delay_warning v1: holdout
    03-03 18:00 A2 - delay_warning v1: holdout
    03-03 18:00 A3 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:45 risk=0.57 coupon=5.00
    03-04 18:00 A1 - promise_missed v1: holdout
    03-04 18:00 A2 - promise_missed v1: holdout
    ");
}

#[test]
fn who_has_to_be_given_a_choice_is_never_held_out() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-02 12:00 condition stock kind=out_of_stock sku=S1 clears_at=03-07T10:00
    ").policy("holdout.share = 1.0").until("03-04 10:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-02 12:00 delay_warning cause=out_of_stock ship_by=03-05 18:00 quoted=03-09 02:00 risk=1.00 choices=wait/swap/cancel coupon=5.00
    ");
}

#[test]
fn a_buyer_who_opted_out_hears_nothing() {
    assert_snapshot!(scene("
        03-02 09:00 prefers B1 allow=false
        03-02 10:00 placed ship_by=03-04T18:00
        03-02 10:05 paid
        03-05 10:00 shipped P1
    ").play(), @r"
    03-02 10:05 - order_accepted paid: opted_out
    03-03 18:00 - delay_warning v1: opted_out
    03-04 18:00 - promise_missed v1: opted_out
    03-05 10:00 - shipped P1: opted_out
    ");
}

#[test]
fn a_buyer_without_an_address_cannot_be_told() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-04T18:00 email=-
        03-02 10:05 paid
    ").until("03-04 10:00").play(), @r"
    03-02 10:05 - order_accepted paid: no_address
    03-03 18:00 - delay_warning v1: no_address
    ");
}

#[test]
fn the_next_channel_takes_over_where_the_first_is_refused() {
    assert_snapshot!(scene("
        03-02 09:00 prefers B1 channel=email allow=false
        03-02 10:00 placed ship_by=03-04T18:00 phone=123
        03-02 10:05 paid
    ").policy("channels.order = [\"email\", \"sms\"]").until("03-02 12:00").play(), @"03-02 10:05 order_accepted ship_by=03-04 18:00");
}

#[test]
fn notify_false_is_respected() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-04T18:00 notify=false
        03-02 10:05 paid
        03-05 10:00 shipped P1
    ").play(), @r"
    03-02 10:05 - order_accepted paid: notify_off
    03-03 18:00 - delay_warning v1: notify_off
    03-04 18:00 - promise_missed v1: notify_off
    03-05 10:00 - shipped P1: notify_off
    ");
}

#[test]
fn a_paused_kind_is_recorded_and_not_sent() {
    assert_snapshot!(scene(LATE).paused(Paused::Kind(Kind::DelayWarning)).until("03-04 17:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-04 18:00
    03-03 18:00 - delay_warning v1: paused
    ");
}

#[test]
fn a_pause_holds_what_it_names_and_the_record_says_which() {
    let play = |of| scene(LATE).paused(of).until("03-04 17:00").play();
    assert_snapshot!(play(Paused::All), @r"
    03-02 10:05 - order_accepted paid: paused
    03-03 18:00 - delay_warning v1: paused
    ");
    assert_eq!(play(Paused::Shop), play(Paused::All));
    assert_eq!(play(Paused::Channel(Channel::Email)), play(Paused::All));
    assert_eq!(play(Paused::Channel(Channel::Sms)), scene(LATE).until("03-04 17:00").play());
    let guard = |of| Guard {
        live_since: moment("03-01 00:00"),
        pauses: vec![Pause { of, since: moment("03-01 09:00") }],
        shadow: false,
    };
    let said = |of| guard(of).pause(Kind::Shipped, Channel::Email).map(|pause| pause.of);
    assert_eq!(said(Paused::Kind(Kind::Shipped)), Some(Paused::Kind(Kind::Shipped)));
    assert_eq!(said(Paused::Kind(Kind::Delivered)), None);
}

#[test]
fn shadow_decides_and_sends_nothing() {
    assert_snapshot!(scene(LATE).shadow().until("03-06 10:00").play(), @r"
    03-02 10:05 - order_accepted paid: shadow
    03-03 18:00 - delay_warning v1: shadow
    03-04 18:00 - promise_missed v1: shadow
    ");
}

#[test]
fn one_buyer_gets_at_most_the_days_limit() {
    assert_snapshot!(scene("
        03-02 10:00 @A1 placed ship_by=03-06T18:00
        03-02 10:00 @A1 paid
        03-02 10:00 @A2 placed ship_by=03-06T18:00
        03-02 10:00 @A2 paid
        03-02 10:00 @A3 placed ship_by=03-06T18:00
        03-02 10:00 @A3 paid
        03-02 12:00 @A1 shipped P1
        03-02 12:00 @A2 exception X1 kind=address
        03-03 12:00 @A2 fixed X1
        03-03 12:00 @A2 shipped P1
        03-03 12:00 @A3 shipped P1
    ").play(), @r"
    03-02 10:00 A1 order_accepted ship_by=03-06 18:00
    03-02 10:00 A2 order_accepted ship_by=03-06 18:00
    03-02 10:00 A3 order_accepted ship_by=03-06 18:00
    03-02 12:00 A1 - shipped P1: limit
    03-02 12:00 A2 action_needed (ask) exception=X1 cause=address ship_by=03-06 18:00 risk=0.14
    03-03 08:00 A1 shipped parcel=P1
    03-03 12:00 A2 shipped parcel=P1
    03-03 12:00 A3 shipped parcel=P1
    03-05 18:00 A1 - delay_warning v1: shipped
    03-05 18:00 A3 - delay_warning v1: shipped
    ");
}

#[test]
fn a_limit_never_swallows_the_message_that_matters() {
    // Three pleasant messages came today; the warning goes all the same, and the fourth pleasant one does not.
    assert_snapshot!(scene("
        03-03 09:00 @A1 placed ship_by=03-04T18:00
        03-03 09:00 @A1 paid
        03-03 09:10 @A2 placed ship_by=03-06T18:00
        03-03 09:10 @A2 paid
        03-03 12:00 @A2 shipped P1
        03-03 15:00 @A2 delivered P1
    ").until("03-04 09:00").play(), @r"
    03-03 09:00 A1 order_accepted ship_by=03-04 18:00
    03-03 09:10 A2 order_accepted ship_by=03-06 18:00
    03-03 12:00 A2 shipped parcel=P1
    03-03 15:00 A2 - delivered P1: limit
    03-03 18:00 A1 delay_warning cause=warehouse_queue ship_by=03-04 18:00 quoted=03-07 21:00 risk=0.55 coupon=5.00
    03-04 08:00 A2 delivered parcel=P1
    ");
}

#[test]
fn a_kind_and_an_order_may_have_limits_of_their_own() {
    let two = "
        03-02 09:00 @A1 placed ship_by=03-06T18:00
        03-02 09:00 @A1 paid
        03-02 09:10 @A2 placed ship_by=03-06T18:00
        03-02 09:10 @A2 paid
        03-02 12:00 @A1 shipped P1
        03-02 15:00 @A1 delivered P1
    ";
    let limited = |policy: &str| scene(two).policy(policy).until("03-02 20:00").play();
    assert_snapshot!(limited("limits.per_kind_day = 1"), @r"
    03-02 09:00 A1 order_accepted ship_by=03-06 18:00
    03-02 09:10 A2 - order_accepted paid: limit
    03-02 12:00 A1 shipped parcel=P1
    03-02 15:00 A1 delivered parcel=P1
    ");
    assert_snapshot!(limited("limits.per_order_day = 1"), @r"
    03-02 09:00 A1 order_accepted ship_by=03-06 18:00
    03-02 09:10 A2 order_accepted ship_by=03-06 18:00
    03-02 12:00 A1 - shipped P1: limit
    03-02 15:00 A1 - shipped P1: delivered
    03-02 15:00 A1 - delivered P1: limit
    ");
}
