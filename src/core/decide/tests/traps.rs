//! Where the words of tracking vendors mislead, a timeline each.
//!
//! What of them holds of our own words too stands with the others: a parcel that never wipes another in `parcels`, a stray
//! scan after the delivery in `carrier`.

use std::fmt::Write;

use insta::assert_snapshot;

use super::scene::{play, scene};
use super::script;
use crate::event::{Body, OrderEvent};
use crate::facts::Facts;
use crate::order::Order;

/// Thirty parcels that lay three days where they could be fetched, and thirty that were six hours on their last way.
fn fetched_and_brought() -> String {
    let mut text = String::new();
    for i in 0..30 {
        for (who, word, hours) in [("F", "ready_for_pickup", 72), ("B", "out_for_delivery", 6)] {
            let wait = format!("{}m", hours * 60 + i % 7);
            write!(
                text,
                "
                01-01 0{}:{i:02} @H{who}{i} placed buyer=H{who}{i} id=a{who}{i}
                +1m @H{who}{i} paid id=b{who}{i}
                +10h @H{who}{i} shipped P1 id=c{who}{i}
                +1d @H{who}{i} {word} P1 id=d{who}{i}
                +{wait} @H{who}{i} delivered P1 id=e{who}{i}",
                i % 9,
            )
            .unwrap();
        }
    }
    text
}

const SHIPPED: &str = "
    03-10 09:00 placed
    03-10 09:00 paid
    03-10 15:00 shipped P1
";

/// The first trap: elsewhere `pickup` is a parcel that was collected or waits to be fetched.
#[test]
fn trackingmores_pickup_is_on_its_last_way_and_not_waiting_to_be_fetched() {
    let after = |word: &str| {
        let text = fetched_and_brought() + SHIPPED + "03-11 15:00 " + word + " P1";
        scene(&text).live_since("03-10 00:00").until("03-14 14:00").play()
    };
    assert_snapshot!(after("trackingmore:pickup"), @r"
    03-10 09:00 order_accepted ship_by=03-12 09:00
    03-10 15:00 shipped parcel=P1
    03-12 10:54 logistics_delay parcel=P1 problem=stalled/-
    ");
    assert_snapshot!(after("trackingmore:pickup002"), @r"
    03-10 09:00 order_accepted ship_by=03-12 09:00
    03-10 15:00 shipped parcel=P1
    ");
    assert_snapshot!(after("aftership:AvailableForPickup_001"), @r"
    03-10 09:00 order_accepted ship_by=03-12 09:00
    03-10 15:00 shipped parcel=P1
    ");
    assert_snapshot!(after("shipcloud:picked_up"), @r"
    03-10 09:00 order_accepted ship_by=03-12 09:00
    03-10 15:00 shipped parcel=P1
    ");
}

const FIRST_SCAN: &str = "[promise]\nmet_by = \"first_scan\"";

/// The second trap: the code 1 is given for ordered and waiting for collection too.
#[test]
fn kuaidi100s_code_1_is_no_proof_of_collection() {
    let after = |word: &str| {
        let text = format!(
            "
            03-02 10:00 placed ship_by=03-05T18:00
            03-02 10:05 paid
            03-03 10:00 shipped P1
            03-03 11:00 {word} P1"
        );
        scene(&text).policy(FIRST_SCAN).until("03-05 12:00").play()
    };
    assert_snapshot!(after("kuaidi100:1"), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-05 08:00 delay_warning cause=carrier ship_by=03-05 18:00 quoted=03-07 00:00 risk=0.56 coupon=5.00
    ");
    assert_snapshot!(after("kuaidi100:102"), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-05 08:00 delay_warning cause=carrier ship_by=03-05 18:00 quoted=03-07 00:00 risk=0.56 coupon=5.00
    ");
    assert_snapshot!(after("kuaidi100:103"), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-03 11:00 shipped parcel=P1
    03-04 18:00 - delay_warning v1: shipped
    ");
}

/// The third trap: 302 is numbered like a trouble and is the end of one.
#[test]
fn kuaidi100s_302_is_a_good_end_after_trouble() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 shipped P1
        03-04 10:00 kuaidi100:204 P1
        03-04 16:00 kuaidi100:302 P1
        03-04 18:00 kuaidi100:2 P1
        03-05 10:00 kuaidi100:208 P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-03 10:00 shipped parcel=P1
    03-04 10:00 logistics_delay parcel=P1 problem=attempt_failed/-
    03-04 16:00 delivered (after_delay) parcel=P1
    03-04 18:00 - delay_warning v1: shipped
    ");
}

/// The fourth trap: some systems write "no time" as the first moment of 2000. In UTC+8 that is 1999, which no event may
/// name; in UTC it is a time like any other.
#[test]
fn no_time_makes_nothing_twenty_years_late() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=2000-01-01T00:00:00Z deliver_by=2000-01-01T00:00:00Z
        03-02 10:05 paid
        03-03 10:00 shipped P1
        03-05 10:00 delivered P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-04 10:05
    03-03 10:00 shipped parcel=P1
    03-03 10:05 - delay_warning v1: shipped
    03-05 10:00 delivered parcel=P1
    ");
    assert_snapshot!(play("
        03-02 10:00 placed
        03-02 10:05 paid paid_at=2000-01-01T00:00:00Z
        03-03 10:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-04 10:05
    03-03 10:00 shipped parcel=P1
    03-03 10:05 - delay_warning v1: shipped
    ");
    assert_snapshot!(play("
        03-02 10:00 placed
        03-02 10:05 paid
        03-03 10:00 shipped P1 eta=2000-01-01T00:00:00Z
        03-04 10:00 in_transit P1 eta=2000-01-01T00:00:00Z
        03-05 10:00 delivered P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-04 10:05
    03-03 10:00 shipped parcel=P1
    03-03 10:05 - delay_warning v1: shipped
    03-05 10:00 delivered parcel=P1
    ");
    assert_snapshot!(play("
        03-02 10:00 placed
        03-02 10:05 paid
        03-02 12:00 accepted expected=2000-01-01T00:00:00Z
        03-02 13:00 exception X1 kind=out_of_stock clears_at=2000-01-01T00:00:00Z
        03-02 14:00 changed ship_by=2000-01-01T00:00:00Z
        03-03 10:00 fixed X1
        03-03 12:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-04 10:05
    03-03 12:00 shipped parcel=P1
    ");
}

/// The fifth trap: one tag for delay, refusal, return, damage and loss. A parcel is told of when it turns (010), and
/// its being back (011) says no more to its buyer.
#[test]
fn each_detail_of_aftership_exceptions_gives_its_own_message() {
    let after = |word: &str| {
        let text = format!(
            "
            03-02 10:00 placed ship_by=03-05T18:00
            03-02 10:05 paid
            03-03 10:00 shipped P1
            03-04 10:00 aftership:{word} P1"
        );
        let told = scene(&text).until("03-04 12:00").play();
        let since = told.lines().filter_map(|line| line.strip_prefix("03-04 10:00 "));
        format!("{word}: {}\n", since.collect::<Vec<_>>().join(", "))
    };
    let details = ["Exception"].into_iter().map(String::from).chain((1..=13).map(|n| format!("Exception_{n:03}")));
    assert_snapshot!(details.map(|word| after(&word)).collect::<String>(), @r"
    Exception: logistics_delay parcel=P1 problem=exception/-
    Exception_001: logistics_delay parcel=P1 problem=exception/-
    Exception_002: logistics_delay parcel=P1 problem=exception/address
    Exception_003: logistics_delay parcel=P1 problem=exception/refused
    Exception_004: logistics_delay parcel=P1 problem=delayed/customs
    Exception_005: logistics_delay parcel=P1 problem=delayed/-
    Exception_006: logistics_delay parcel=P1 problem=exception/-
    Exception_007: logistics_delay parcel=P1 problem=exception/address
    Exception_008: logistics_delay parcel=P1 problem=exception/-
    Exception_009: logistics_delay parcel=P1 problem=exception/-
    Exception_010: logistics_delay parcel=P1 problem=returning/-
    Exception_011: 
    Exception_012: logistics_delay parcel=P1 problem=exception/damaged
    Exception_013: logistics_delay parcel=P1 problem=exception/lost
    ");
}

/// The sixth trap: CONFIRMED is what Shopify says when it knows nothing, and its words grow by the version.
#[test]
fn shopifys_confirmed_is_no_collection_and_a_new_word_passes_through() {
    let text = "
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 shipped P1
        03-03 11:00 shopify:CONFIRMED P1";
    assert_snapshot!(scene(text).policy(FIRST_SCAN).until("03-05 12:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-05 08:00 delay_warning cause=carrier ship_by=03-05 18:00 quoted=03-07 00:00 risk=0.56 coupon=5.00
    ");
    // A trouble before a new word stands, a date beside it counts, and the word itself is no scan.
    let text = "
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 shipped P1 eta=03-05T14:00
        03-04 10:00 shopify:DELAYED P1
        03-04 12:00 shopify:BEAMED_UP P1
        03-04 14:00 shopify:BEAMED_UP P1 eta=03-07T14:00
        03-07 12:00 shopify:DELIVERED P1";
    assert_snapshot!(play(text), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-03 10:00 shipped parcel=P1 eta=03-05 14:00
    03-04 10:00 logistics_delay parcel=P1 problem=delayed/-
    03-04 14:00 logistics_delay parcel=P1 no=2 last=yes problem=slipped/- eta=03-07 14:00
    03-04 18:00 - delay_warning v1: shipped
    03-07 12:00 delivered (after_delay) parcel=P1 eta=03-07 14:00
    ");
    let only = "
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 shopify:BEAMED_UP P1";
    assert_snapshot!(scene(only).until("03-05 12:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-04 18:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-08 21:45 risk=0.57 coupon=5.00
    ");
}

/// The seventh trap: vendors give up after 3, 30 or 60 days. What is long for this carrier was learned.
#[test]
fn a_vendors_silence_is_judged_by_the_carriers_own_rhythm() {
    let after = |carrier: &str, words: &str| {
        let history = super::rhythm::history("DAILY", 24) + &super::rhythm::history("WEEKLY", 168);
        super::rhythm::of_a1(
            scene(&format!(
                "{history}
            03-10 09:00 placed
            03-10 09:00 paid
            03-10 15:00 shipped P1 carrier={carrier}
            03-11 15:00 in_transit P1
            {words}"
            ))
            .live_since("03-10 00:00")
            .until("04-01 00:00"),
        )
    };
    assert_snapshot!(after("WEEKLY", "03-14 15:00 kuaidi100:abort P1\n03-15 15:00 kuaidi100:202 P1"), @r"
    03-10 09:00 A1 order_accepted ship_by=03-12 09:00
    03-10 15:00 A1 shipped parcel=P1
    03-21 08:00 A1 logistics_delay parcel=P1 problem=stalled/-
    ");
    assert_snapshot!(after("WEEKLY", "03-16 15:00 aftership:Expired P1\n03-18 15:00 in_transit P1"), @r"
    03-10 09:00 A1 order_accepted ship_by=03-12 09:00
    03-10 15:00 A1 shipped parcel=P1
    03-28 08:00 A1 logistics_delay parcel=P1 problem=stalled/-
    ");
    assert_snapshot!(after("DAILY", "03-12 15:00 kuaidi100:202 P1\n03-13 07:00 17track:Expired P1"), @r"
    03-10 09:00 A1 order_accepted ship_by=03-12 09:00
    03-10 15:00 A1 shipped parcel=P1
    03-13 08:26 A1 logistics_delay parcel=P1 problem=stalled/-
    ");
}

/// The eighth trap: what comes late wipes nothing that is known.
#[test]
fn a_late_word_and_a_second_parcel_wipe_nothing() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00 lines=L1:S1,L2:S2
        03-02 10:05 paid
        03-03 10:00 shopify:CARRIER_PICKED_UP P1
        03-04 10:00 shopify:DELIVERED P1
        03-04 12:00 shipped P1 lines=L1 eta=03-06T12:00
        03-04 13:00 shopify:CARRIER_PICKED_UP P1 arrives=03-04T14:00
        03-04 15:00 shipped P2 lines=L2
        03-04 15:30 shopify:CARRIER_PICKED_UP P2
        03-04 16:00 aftership:Exception_013 P1
        03-05 10:00 aftership:Delivered_001 P2
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00 lines=L1+L2
    03-03 10:00 shipped parcel=P1 lines=L1+L2
    03-04 10:00 delivered parcel=P1 lines=L1+L2
    03-04 15:00 shipped parcel=P2 lines=L2
    03-04 18:00 - delay_warning v1: shipped
    03-05 10:00 delivered parcel=P2 lines=L2
    ");
}

/// How the order's parcels stand after a timeline.
fn parcels(timeline: &str) -> String {
    let mut facts = Facts::default();
    for arrival in script::read(timeline) {
        let Body::Order(said) = &arrival.event.body else { panic!("{timeline}") };
        facts.fold(&arrival.event.stamp, arrival.event.digest(), OrderEvent::clone(said));
    }
    let order = Order::read(&script::order_key("A1"), &facts);
    let each = order.parcels.iter().map(|p| {
        let trail: Vec<&str> = p.trail.iter().map(|(state, _)| state.as_str()).collect();
        format!("{} {} left={:?}", p.id, trail.join(","), p.handed_over_at().map(script::clock))
    });
    each.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_word_nobody_knows_is_kept_and_moves_no_parcel() {
    assert_snapshot!(parcels("
        03-02 10:00 placed
        03-03 10:00 shopify:BEAMED_UP P1
        03-03 11:00 aftership:Expired_001 P1
        03-03 12:00 shopify:IN_TRANSIT P2
        03-03 13:00 shopify:BEAMED_UP P2
    "), @r#"
    P1  left=None
    P2 in_transit left=Some("03-03 12:00")
    "#);
}
