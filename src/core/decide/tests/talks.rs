//! A later time is asked of the buyer: whole timelines of proposals, answers and silence.

use insta::assert_snapshot;

use super::scene::{play, scene};
use super::script::{self, clock, moment};
use crate::decide::{Case, Guard, Told, decide};
use crate::event::Body;
use crate::facts::Facts;
use crate::forecast::Model;
use crate::notice::Why;
use crate::order::Order;

#[test]
fn an_agreement_before_the_warning_leaves_nothing_to_say_of_the_first_promise() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 proposed ship_by=03-08T12:00
        03-03 20:00 agreed ship_by=03-08T12:00
        03-06 11:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-06 11:00 shipped parcel=P1
    03-07 12:00 - delay_warning v2: shipped
    ");
}

#[test]
fn a_pending_proposal_is_a_risk_at_the_usual_moment_and_its_agreement_brings_no_second_word() {
    let shop = |talks: &str| {
        let order = format!(
            "
            03-02 10:00 placed ship_by=03-05T18:00
            03-02 10:05 paid
            {talks}
            03-06 11:00 shipped P1
        "
        );
        let order = scene(&order).policy("warn.risk = 0.9\nwarn.silence = 0.0").live_since("03-02 00:00");
        order.history("02-10 00:00", 40, |i| 70.0 + (i % 9) as f64).play()
    };
    assert_snapshot!(shop(""), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-05 12:26 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-07 03:30 risk=0.92 coupon=5.00
    03-06 11:00 shipped (after_warning) parcel=P1
    ");
    // A day before, the forecast is below the threshold; the shop's own word makes it a risk.
    assert_snapshot!(shop("03-03 10:00 proposed ship_by=03-08T12:00"), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-04 18:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-08 12:00 risk=0.83 coupon=5.00
    03-06 11:00 shipped (after_warning) parcel=P1
    ");
    let asked_and_agreed = "
        03-03 10:00 proposed ship_by=03-08T12:00
        03-05 09:00 agreed ship_by=03-08T12:00";
    assert_snapshot!(shop(asked_and_agreed), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-04 18:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-08 12:00 risk=0.83 coupon=5.00
    03-06 11:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn a_refusal_after_the_warning_leaves_the_promise_and_the_one_apology() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 proposed ship_by=03-08T12:00
        03-05 09:00 refused ship_by=03-08T12:00
        03-05 20:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-04 18:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-08 12:00 risk=0.57 coupon=5.00
    03-05 20:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn a_proposal_that_expired_is_as_if_it_had_never_been_made() {
    let shop = |talks: &str| {
        let order = format!(
            "
            03-02 10:00 placed ship_by=03-05T18:00
            03-02 10:05 paid
            {talks}
            03-05 11:00 shipped P1
        "
        );
        scene(&order).live_since("03-02 00:00").history("02-10 00:00", 40, |i| 70.0 + (i % 9) as f64).play()
    };
    let asked_in_vain = "
        03-03 10:00 proposed ship_by=03-08T12:00
        03-04 10:00 expired ship_by=03-08T12:00";
    let expired = shop(asked_in_vain);
    assert_eq!(expired, shop(""));
    assert_snapshot!(expired, @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-04 18:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-07 03:15 risk=0.83 coupon=5.00
    03-05 11:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn of_two_proposals_the_newer_one_counts() {
    assert_snapshot!(play("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 proposed ship_by=03-07T12:00
        03-03 12:00 proposed ship_by=03-10T12:00
        03-03 13:00 expired ship_by=03-07T12:00
        03-09 20:00 shipped P1
    "), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-04 18:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-10 12:00 risk=0.57 coupon=5.00
    03-09 20:00 shipped (after_warning) parcel=P1
    ");
}

#[test]
fn a_proposal_past_the_told_date_waits_for_that_dates_own_moment() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 proposed ship_by=03-07T12:00
        03-05 10:00 proposed ship_by=03-10T12:00
    ").until("03-08 12:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-04 18:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-07 12:00 risk=0.57 coupon=5.00
    03-06 12:00 delay_update cause=warehouse_queue ship_by=03-05 18:00 told=03-07 12:00 quoted=03-10 12:00 risk=1.00 choices=wait/cancel
    ");
}

#[test]
fn an_agreed_date_that_passes_too_is_another_delay() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 proposed ship_by=03-08T12:00
        03-05 09:00 agreed ship_by=03-08T12:00
    ").until("03-10 12:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-04 18:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-08 12:00 risk=0.57 coupon=5.00
    03-07 12:00 delay_warning cause=warehouse_queue ship_by=03-08 12:00 quoted=03-11 15:45 risk=0.57 coupon=5.00
    ");
}

#[test]
fn an_agreement_to_less_than_was_told_brings_no_second_apology() {
    // The date told first came from the forecast, and lies past the one that was agreed to then.
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-05 09:00 agreed ship_by=03-06T12:00
    ").until("03-10 12:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-04 18:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-08 21:45 risk=0.57 coupon=5.00
    03-05 12:00 - delay_warning v2: merged
    03-06 12:00 promise_missed cause=warehouse_queue ship_by=03-06 12:00 quoted=03-10 15:45 risk=1.00 choices=wait/cancel
    03-09 15:45 delay_update cause=warehouse_queue ship_by=03-06 12:00 told=03-10 15:45 quoted=03-14 10:00 risk=1.00 choices=wait/cancel
    ");
}

#[test]
fn a_promise_that_passes_unanswered_is_admitted_with_no_date_before_the_proposed_one() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 proposed ship_by=03-12T12:00
    ").failing("shop/A1/delay_warning/v1").until("03-07 12:00").play(), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-04 18:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-12 12:00 risk=0.57 coupon=5.00
    03-05 18:00 promise_missed cause=warehouse_queue ship_by=03-05 18:00 quoted=03-12 12:00 risk=1.00
    ");
}

#[test]
fn a_proposal_within_the_window_makes_the_order_one_at_risk_from_then_on() {
    let play = |talk: &str| {
        let order = format!(
            "
            03-02 10:00 placed ship_by=03-05T18:00
            03-02 10:05 paid
            {talk}
        "
        );
        scene(&order).policy("warn.risk = 1.0\nwarn.certain_risk = 1.0\nwarn.silence = 0.0").until("03-05 17:00").play()
    };
    assert_snapshot!(play(""), @"03-02 10:05 order_accepted ship_by=03-05 18:00");
    assert_snapshot!(play("03-05 15:00 proposed ship_by=03-12T12:00"), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-05 15:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-12 12:00 risk=0.93 coupon=5.00
    ");
}

#[test]
fn a_ship_time_that_is_only_named_again_ends_no_proposal() {
    let play = |again: &str| {
        let order = format!(
            "
            03-02 10:00 placed ship_by=03-05T18:00
            03-02 10:05 paid
            03-03 09:00 changed ship_by=03-06T12:00
            03-03 10:00 proposed ship_by=03-08T12:00
            {again}
        "
        );
        scene(&order).until("03-07 12:00").play()
    };
    assert_eq!(play("03-03 12:00 changed ship_by=03-06T12:00"), play(""));
    assert_snapshot!(play(""), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-03 09:00 delay_warning (announced) cause=warehouse_queue ship_by=03-05 18:00 quoted=03-06 12:00 risk=1.00 coupon=5.00
    03-05 12:00 delay_update cause=warehouse_queue ship_by=03-05 18:00 told=03-06 12:00 quoted=03-08 12:00 risk=1.00 choices=wait/cancel
    ");
}

#[test]
fn whichever_line_is_postponed_beside_a_proposal_the_order_tells_the_later_date() {
    let play = |line: &str| {
        let order = format!(
            "
            03-02 10:00 placed lines=L1:S1:in_stock:03-05T18.00,L2:S2:in_stock:03-05T18.00
            03-02 10:05 paid
            03-03 10:00 proposed ship_by=03-08T12:00
            03-03 11:00 changed lines={line}:in_stock:03-07T12.00
        "
        );
        scene(&order).until("03-05 12:00").play()
    };
    assert_eq!(play("L1:S1"), play("L2:S2"));
    assert_snapshot!(play("L1:S1"), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00 lines=L1+L2
    03-03 11:00 delay_warning (announced) cause=warehouse_queue ship_by=03-05 18:00 quoted=03-08 12:00 risk=1.00 lines=L1+L2 coupon=5.00
    ");
}

#[test]
fn a_proposal_after_the_start_is_news_where_nothing_else_is() {
    assert_snapshot!(scene("
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-05 15:00 proposed ship_by=03-12T12:00
    ").policy("warn.risk = 1.0\nwarn.certain_risk = 1.0\nwarn.silence = 0.0").live_since("03-05 10:00").until("03-05 17:00").play(), @r"
    03-02 10:05 - order_accepted paid: stale
    03-05 15:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-12 12:00 risk=0.93 coupon=5.00
    ");
}

#[test]
fn the_order_of_arrival_and_repeats_change_nothing() {
    let text = |asked: &str, answered: &str| {
        format!(
            "
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid
        03-03 10:00 proposed ship_by=03-08T12:00 {asked}
        03-03 11:00 agreed ship_by=03-08T12:00 {answered}
        03-06 11:00 shipped P1
    "
        )
    };
    let plain = play(&text("", ""));
    assert_eq!(play(&text("arrives=03-03T15:00", "")), plain, "the answer came first");
    assert_eq!(scene(&text("", "")).repeated(3).play(), plain);
    assert_eq!(play(&text("", "").replace("11:00 agreed", "10:00 agreed")), plain, "at one moment");
    assert_snapshot!(plain, @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-06 11:00 shipped parcel=P1
    03-07 12:00 - delay_warning v2: shipped
    ");
}

#[test]
fn the_platforms_last_moment_to_ask_makes_the_lead_longer_and_never_shorter() {
    let warned = |before: &str| {
        let order = scene(
            "
            03-02 10:00 placed ship_by=03-05T18:00
            03-02 10:05 paid
        ",
        );
        order.policy(&format!("promise.renegotiate_before = \"{before}\"")).until("03-05 17:00").play()
    };
    assert_eq!(warned("4h"), warned("0s"));
    assert_snapshot!(warned("30h"), @r"
    03-02 10:05 order_accepted ship_by=03-05 18:00
    03-04 12:00 delay_warning cause=warehouse_queue ship_by=03-05 18:00 quoted=03-08 15:45 risk=0.50 coupon=5.00
    ");
}

/// Until when the buyer of the order of `timeline` can be asked for a later time, as people see it at `now`.
fn ask_until(timeline: &str, rules: &str, now: &str) -> Option<String> {
    let (mut facts, now) = (Facts::default(), moment(now));
    let arrivals = script::read(timeline);
    for arrival in arrivals.into_iter().filter(|arrival| arrival.at <= now) {
        let digest = arrival.event.digest();
        let Body::Order(said) = arrival.event.body else { continue };
        facts.fold(&arrival.event.stamp, digest, said);
    }
    let case = Case {
        order: &Order::read(&script::order_key("A1"), &facts),
        told: &Told::default(),
        conditions: &[],
        forecast: &Model::default(),
        policy: &toml::from_str(rules).unwrap(),
        guard: &Guard { live_since: now, pauses: Vec::new(), shadow: false },
        reach: &Err(Why::NoAddress),
        sent_today: &[],
        held_out_today: 0,
        warehouse_spoke_at: None,
        in_company: false,
        now,
    };
    decide(case).standing.ask_until.map(clock)
}

const BY_WECHAT: &str = "[promise]\nrenegotiate_before = \"4h\"\nrenegotiations_max = 3";

#[test]
fn an_order_at_risk_shows_until_when_a_later_time_can_be_asked_for() {
    let order = "
        03-02 10:00 placed ship_by=03-05T18:00
        03-02 10:05 paid";
    let until = Some("03-05 14:00".to_owned());
    assert_eq!(ask_until(order, BY_WECHAT, "03-02 11:00"), None, "not at risk");
    assert_eq!(ask_until(order, BY_WECHAT, "03-05 10:00"), until);
    assert_eq!(ask_until(order, BY_WECHAT, "03-05 13:59"), until);
    assert_eq!(ask_until(order, BY_WECHAT, "03-05 14:00"), None, "too late");
    assert_eq!(ask_until(order, "", "03-05 10:00"), None, "this shop cannot ask");
    let gone = |event: &str| ask_until(&format!("{order}\n03-05 09:00 {event}"), BY_WECHAT, "03-05 10:00");
    assert_eq!([gone("shipped P1"), gone("cancelled")], [None, None]);
}

#[test]
fn nobody_is_asked_twice_at_a_time_nor_more_often_than_the_platform_allows() {
    let talked = |talks: &str, rules: &str| {
        let order = format!("03-02 10:00 placed ship_by=03-05T18:00\n03-02 10:05 paid\n{talks}");
        ask_until(&order, rules, "03-05 10:00")
    };
    let (asked, refused) = ("03-03 09:00 proposed ship_by=03-08T12:00", "03-03 10:00 refused ship_by=03-08T12:00");
    let until = Some("03-05 14:00".to_owned());
    assert_eq!(talked(asked, BY_WECHAT), None, "the buyer is being asked");
    let agreed = "03-03 09:00 agreed ship_by=03-05T20:00";
    assert_eq!(talked(agreed, BY_WECHAT).as_deref(), Some("03-05 16:00"), "an agreed time may be asked for again");
    assert_eq!(talked(agreed, &BY_WECHAT.replace('3', "1")), None, "it was asked for, whoever told of it");
    let once = format!("{asked}\n{refused}");
    assert_eq!(talked(&once, BY_WECHAT), until);
    let thrice =
        [&once, &once.replace("03-03", "03-04"), &once.replace("03-03", "03-05")].map(String::as_str).join("\n");
    let thrice = thrice.replace("03-05 10:00 refused", "03-05 09:30 refused");
    assert_eq!(talked(&thrice, BY_WECHAT), None, "a fourth cannot be asked");
    assert_eq!(talked(&thrice, "promise.renegotiate_before = \"4h\""), until, "no bound");
}
