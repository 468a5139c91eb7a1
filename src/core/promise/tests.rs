//! Explicit beats computed, line beats order, agreement beats all.

use super::{PromiseSource, binding, groups, of_order};
use crate::event::{Body, OrderEvent};
use crate::facts::Facts;
use crate::instant::Instant;
use crate::order::Order;
use crate::policy::Policy;
use crate::sample::{self, at};

use PromiseSource::{Line, Order as ByOrder, Policy as ByPolicy, Renegotiation};

/// An order of two lines, told by `(hour, type, data)`.
fn order(events: &[(i64, &str, serde_json::Value)]) -> Order {
    let mut facts = Facts::default();
    for (n, (hour, kind, data)) in events.iter().enumerate() {
        let said: OrderEvent = serde_json::from_value(serde_json::json!({ "type": kind, "data": data })).unwrap();
        let event = sample::event(*hour, &format!("e{n}"), said);
        let Body::Order(said) = event.body.clone() else { unreachable!() };
        facts.fold(&event.stamp, event.digest(), said);
    }
    Order::read(&sample::key(), &facts)
}

fn placed(ship_by: Option<i64>, lines: [(&str, Option<i64>); 2]) -> (i64, &'static str, serde_json::Value) {
    let line = |(n, (kind, by)): (usize, (&str, Option<i64>))| {
        let id = format!("L{}", n + 1);
        let mut line = serde_json::json!({ "line_id": id, "sku": "S1", "quantity": 1, "fulfilment": kind });
        if let Some(by) = by {
            line["ship_by"] = at(by).to_string().into();
        }
        line
    };
    let lines: Vec<_> = lines.into_iter().enumerate().map(line).collect();
    let mut data = serde_json::json!({ "buyer": { "buyer_id": "B1" }, "lines": lines });
    if let Some(by) = ship_by {
        data["ship_by"] = at(by).to_string().into();
    }
    (0, "order.placed", data)
}

fn paid(hour: i64) -> (i64, &'static str, serde_json::Value) {
    (hour, "order.paid", serde_json::json!({}))
}

fn changed(hour: i64, ship_by: i64) -> (i64, &'static str, serde_json::Value) {
    (hour, "order.changed", serde_json::json!({ "ship_by": at(ship_by).to_string() }))
}

fn talk(hour: i64, ship_by: i64, status: &str) -> (i64, &'static str, serde_json::Value) {
    (hour, "promise.renegotiated", serde_json::json!({ "ship_by": at(ship_by).to_string(), "status": status }))
}

/// Each line's promise as value, source, version and what it was postponed to.
fn told(order: &Order) -> Vec<(Instant, PromiseSource, u32, Option<Instant>)> {
    let all = of_order(order, &Policy::default());
    all.into_iter().map(|p| (p.value, p.source, p.version, p.postponed)).collect()
}

const PLAIN: [(&str, Option<i64>); 2] = [("in_stock", None), ("presale", None)];

#[test]
fn without_a_word_the_policys_window_counts_from_payment() {
    let order = order(&[placed(None, PLAIN), paid(1)]);
    assert_eq!(told(&order), [(at(49), ByPolicy, 1, None), (at(169), ByPolicy, 1, None)]);
}

#[test]
fn nothing_is_promised_before_payment_unless_it_was_named() {
    assert_eq!(told(&order(&[placed(None, PLAIN)])), []);
    assert_eq!(told(&order(&[placed(Some(30), PLAIN)])), [(at(30), ByOrder, 1, None); 2]);
}

#[test]
fn a_line_beats_the_order_and_the_order_beats_the_window() {
    let order = order(&[placed(Some(30), [("in_stock", Some(90)), ("in_stock", None)]), paid(1)]);
    assert_eq!(told(&order), [(at(90), Line, 1, None), (at(30), ByOrder, 1, None)]);
    assert_eq!(binding(&order, &Policy::default()).map(|p| p.value), Some(at(30)));
}

#[test]
fn an_earlier_time_is_a_new_promise_and_a_later_one_a_delay() {
    let earlier = order(&[placed(Some(60), PLAIN), paid(1), changed(5, 40)]);
    assert_eq!(told(&earlier), [(at(40), ByOrder, 1, None); 2]);
    let later = order(&[placed(Some(60), PLAIN), paid(1), changed(5, 90)]);
    assert_eq!(told(&later), [(at(60), ByOrder, 1, Some(at(90))); 2]);
    let taken_back = order(&[placed(Some(60), PLAIN), paid(1), changed(5, 90), changed(6, 60)]);
    assert_eq!(told(&taken_back), [(at(60), ByOrder, 1, None); 2]);
}

#[test]
fn a_time_first_named_after_payment_is_a_promise_only_within_the_window() {
    let within = order(&[placed(None, PLAIN), paid(1), changed(5, 40)]);
    assert_eq!(told(&within), [(at(40), ByOrder, 1, None); 2]);
    let past = order(&[placed(None, PLAIN), paid(1), changed(5, 90)]);
    assert_eq!(told(&past), [(at(49), ByPolicy, 1, Some(at(90))), (at(90), ByOrder, 1, None)]);
    let unpaid = order(&[placed(None, PLAIN), changed(5, 90), paid(6)]);
    assert_eq!(told(&unpaid), [(at(90), ByOrder, 1, None); 2]);
}

#[test]
fn only_an_agreed_talk_replaces_the_promise() {
    for status in ["proposed", "refused", "expired"] {
        let order = order(&[placed(Some(60), PLAIN), paid(1), talk(5, 90, status)]);
        assert_eq!(told(&order), [(at(60), ByOrder, 1, None); 2], "{status}");
    }
    let agreed = order(&[placed(Some(60), PLAIN), paid(1), talk(5, 90, "agreed")]);
    assert_eq!(told(&agreed), [(at(90), Renegotiation, 2, None); 2]);
    let twice = order(&[placed(Some(60), PLAIN), paid(1), talk(5, 90, "agreed"), talk(9, 120, "agreed")]);
    assert_eq!(told(&twice), [(at(120), Renegotiation, 3, None); 2]);
}

#[test]
fn after_an_agreement_a_later_time_is_again_a_delay_and_an_earlier_one_a_promise() {
    let later = order(&[placed(Some(60), PLAIN), paid(1), talk(5, 90, "agreed"), changed(9, 120)]);
    assert_eq!(told(&later), [(at(90), Renegotiation, 2, Some(at(120))); 2]);
    let same = order(&[placed(Some(60), PLAIN), paid(1), talk(5, 90, "agreed"), changed(9, 90)]);
    assert_eq!(told(&same), [(at(90), Renegotiation, 2, None); 2]);
    let earlier = order(&[placed(Some(60), PLAIN), paid(1), talk(5, 90, "agreed"), changed(9, 50)]);
    assert_eq!(told(&earlier), [(at(50), ByOrder, 2, None); 2]);
}

#[test]
fn a_talk_about_the_near_line_leaves_the_far_one() {
    let order = order(&[placed(None, PLAIN), paid(1), talk(5, 90, "agreed")]);
    assert_eq!(told(&order), [(at(90), Renegotiation, 2, None), (at(169), ByPolicy, 1, None)]);
}

#[test]
fn lines_of_one_time_stand_together_and_keep_their_name_when_some_are_gone() {
    let lines = [("in_stock", Some(40)), ("in_stock", Some(90))];
    let both = order(&[placed(None, lines), paid(1)]);
    let shares = |o: &Order| -> Vec<Option<String>> {
        groups(o, &Policy::default()).into_iter().map(|g| g.promise.share.map(|l| l.to_string())).collect()
    };
    assert_eq!(shares(&both), [None, Some("L2".to_owned())]);
    let cancelled = (9, "order.cancelled", serde_json::json!({ "line_ids": ["L1"] }));
    let one = order(&[placed(None, lines), paid(1), cancelled]);
    assert_eq!(shares(&one), [Some("L2".to_owned())]);
    assert_eq!(binding(&one, &Policy::default()).map(|p| p.value), Some(at(90)));
}

/// The proposal that waits for an answer on the order's promise, as its time and since when.
fn pending(order: &Order) -> Option<(Instant, Instant)> {
    binding(order, &Policy::default())?.proposed.map(|asked| (asked.at, asked.since))
}

/// An order promised for hour 60, with further events.
fn talked(events: &[(i64, &'static str, serde_json::Value)]) -> Order {
    order(&[&[placed(Some(60), PLAIN), paid(1)], events].concat())
}

#[test]
fn a_proposal_is_pending_until_its_own_answer() {
    let asked = talk(5, 90, "proposed");
    assert_eq!(pending(&talked(std::slice::from_ref(&asked))), Some((at(90), at(5))));
    for answer in ["agreed", "refused", "expired"] {
        assert_eq!(pending(&talked(&[asked.clone(), talk(6, 90, answer)])), None, "{answer}");
        assert_eq!(pending(&talked(&[talk(6, 90, answer), asked.clone()])), None, "{answer} told first");
        assert_eq!(pending(&talked(&[talk(5, 90, answer), asked.clone()])), None, "{answer} at the same moment");
    }
    let asked_again = [asked.clone(), talk(6, 90, "refused"), talk(7, 90, "proposed")];
    assert_eq!(pending(&talked(&asked_again)), Some((at(90), at(7))));
    assert_eq!(pending(&talked(&[asked, talk(6, 90, "proposed")])), Some((at(90), at(5))), "told twice");
}

#[test]
fn a_newer_proposal_takes_the_place_of_an_older_one_and_outlives_its_end() {
    let both = [talk(5, 90, "proposed"), talk(6, 120, "proposed")];
    assert_eq!(pending(&talked(&both)), Some((at(120), at(6))));
    for end in ["refused", "expired"] {
        let ended = [&both[..], &[talk(7, 90, end)]].concat();
        assert_eq!(pending(&talked(&ended)), Some((at(120), at(6))), "{end}");
    }
    assert_eq!(pending(&talked(&[&both[..], &[talk(7, 90, "agreed")]].concat())), None);
}

#[test]
fn a_proposal_that_asks_for_nothing_or_was_overtaken_is_none() {
    assert_eq!(pending(&talked(&[talk(5, 60, "proposed")])), None, "for what is promised");
    assert_eq!(pending(&talked(&[talk(5, 90, "proposed"), changed(6, 50)])), None, "the shop is faster after all");
    assert_eq!(pending(&talked(&[talk(5, 90, "proposed"), changed(6, 80)])), None, "the shop named a time itself");
    assert_eq!(pending(&talked(&[changed(4, 80), talk(5, 90, "proposed")])), Some((at(90), at(5))));
    let agreed = [talk(4, 80, "agreed"), talk(5, 90, "proposed")];
    assert_eq!(pending(&talked(&agreed)), Some((at(90), at(5))), "a second delay is asked for");
}

#[test]
fn a_proposal_is_about_every_line_it_would_delay() {
    let order = order(&[placed(None, PLAIN), paid(1), talk(5, 90, "proposed")]);
    let asked: Vec<_> = of_order(&order, &Policy::default()).into_iter().map(|p| p.proposed.is_some()).collect();
    assert_eq!(asked, [true, false], "what is promised for later anyway is not asked for");
}

#[test]
fn proposals_are_counted_once_each() {
    let asked = |events: &[_]| super::times_asked(&talked(events));
    assert_eq!(asked(&[]), 0);
    assert_eq!(asked(&[talk(5, 90, "proposed"), talk(6, 90, "proposed"), talk(7, 90, "refused")]), 1);
    assert_eq!(asked(&[talk(5, 90, "proposed"), talk(7, 90, "refused"), talk(8, 90, "proposed")]), 2);
    assert_eq!(asked(&[talk(5, 90, "proposed"), talk(6, 95, "proposed"), talk(7, 99, "proposed")]), 3);
}
