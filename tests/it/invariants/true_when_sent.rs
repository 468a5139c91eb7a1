//! True when sent: a due notice is decided again from the newest facts in the very transaction that claims it, at
//! every attempt.

use forewarn::engine::{Attempt, Taken};
use forewarn::store::port::{NoticeState, SwitchScope};
use forewarn_core::grant::GrantStatus;
use forewarn_core::notice::{Kind, Why};
use serde_json::json;

use super::floor::{Floor, about, at, sent, sent_kinds, suppressed};

fn retry(seconds: u64) -> Attempt {
    Attempt::Retry { after: std::time::Duration::from_secs(seconds), reason: "greylisted".into() }
}

/// An order whose warning has been decided and waits in the outbox, its coupon set aside.
fn warned() -> Floor {
    let mut floor = Floor::new();
    floor.coupons_at_once = false;
    floor.order("02 10:00", "1");
    floor.until("03 09:59");
    floor.now = at("03 10:00");
    assert_eq!(floor.wake().enqueued, 1);
    assert_eq!(floor.grants("1")[0].status, GrantStatus::Reserved);
    floor
}

fn assert_withdrawn(floor: &mut Floor, why: Why) {
    let claimed = floor.claim("a");
    assert!(claimed.ready.is_empty());
    assert_eq!(suppressed(&claimed.records), [(Kind::DelayWarning, why)]);
    assert_eq!(floor.states("1", Kind::DelayWarning), [NoticeState::Withdrawn]);
    let grant = floor.grants("1").remove(0);
    assert_eq!((grant.status, grant.why.as_deref()), (GrantStatus::Released, Some(why.as_str())));
}

#[test]
fn true_when_sent_an_order_that_shipped_a_second_ago_gets_no_apology() {
    let mut floor = warned();
    floor.shipped("03 10:00:01", "1");
    assert_withdrawn(&mut floor, Why::Shipped);
    assert_eq!(sent_kinds(&floor.until("04 12:00")), [Kind::Shipped]);
    assert_eq!(floor.suppressions("1"), [(Kind::DelayWarning, Why::Shipped)]);
}

#[test]
fn true_when_sent_a_cancelled_order_gets_none_either() {
    let mut floor = warned();
    assert_eq!(floor.say("03 10:00:01", "order.cancelled", about("1", json!({}))), Taken::Applied);
    // The wake leaves what lies in the outbox to the claim, which knows whether it left.
    assert!(floor.wake().records.is_empty());
    assert_withdrawn(&mut floor, Why::Cancelled);
}

#[test]
fn true_when_sent_every_retry_decides_again() {
    let mut floor = warned();
    let claimed = floor.claim("a").ready;
    floor.settle(&claimed[0], "a", &retry(60));
    assert_eq!(floor.states("1", Kind::DelayWarning), [NoticeState::Retry]);
    floor.now = at("03 10:00:59");
    assert_eq!(floor.claim("a").looked_at, 0);
    floor.shipped("03 10:01", "1");
    assert_withdrawn(&mut floor, Why::Shipped);
}

#[test]
fn true_when_sent_a_retry_speaks_from_the_newest_facts() {
    let mut floor = warned();
    let first = floor.claim("a").ready;
    floor.settle(&first[0], "a", &retry(60));
    let moved = about("1", json!({ "buyer": { "buyer_id": "b-1", "email": "new@example.com", "locale": "en" } }));
    floor.say("03 10:01", "order.changed", moved);
    let expected =
        json!({ "warehouse_id": "HZ-1", "stage": "accepted", "expected_ship_at": "2026-03-12T10:00:00+08:00" });
    floor.say("03 10:01", "warehouse.progress", about("1", expected));
    let second = floor.claim("a").ready;
    let (first, second) =
        (first[0].lead.composed.clone().expect("words"), second[0].lead.composed.clone().expect("words"));
    assert_eq!((first.to.reveal(), second.to.reveal()), ("1@example.com", "new@example.com"));
    assert_eq!((first.locale.as_str(), second.locale.as_str()), ("zh-CN", "en"));
    assert!(second.quoted_ship_by > Some(at("12 10:00")) && first.quoted_ship_by < Some(at("12 10:00")));
    assert!(second.text.contains("12 March"), "{}", second.text);
}

#[test]
fn true_when_sent_a_notice_stuck_until_quiet_hours_waits_for_the_morning() {
    let mut floor = Floor::new();
    floor.order("02 21:59", "1");
    floor.wake();
    let claimed = floor.claim("a").ready;
    floor.settle(&claimed[0], "a", &retry(120));
    floor.now = at("02 22:01");
    let night = floor.claim("a");
    assert!(night.ready.is_empty() && night.records.is_empty());
    assert_eq!(sent_kinds(&floor.until("03 07:59")), []);
    assert_eq!(sent_kinds(&floor.until("03 08:00")), [Kind::OrderAccepted]);
}

#[test]
fn true_when_sent_a_notice_that_waits_for_the_morning_is_withdrawn_when_the_night_overtakes_it() {
    let mut floor = Floor::new();
    floor.order("02 21:59", "1");
    floor.wake();
    let claimed = floor.claim("a").ready;
    floor.settle(&claimed[0], "a", &retry(120));
    floor.until("02 23:00");
    floor.shipped("03 01:00", "1");
    let records = floor.until("03 08:00");
    assert_eq!(sent_kinds(&records), [Kind::Shipped]);
    assert_eq!(suppressed(&records), [(Kind::OrderAccepted, Why::Shipped)]);
}

#[test]
fn true_when_sent_a_pause_holds_what_already_lies_in_the_outbox() {
    let mut floor = warned();
    floor.switch(&SwitchScope::Global, true);
    assert_withdrawn(&mut floor, Why::Paused);
    floor.switch(&SwitchScope::Global, false);
    assert_eq!(sent_kinds(&floor.until("03 13:00")), [Kind::DelayWarning]);
    assert_eq!(floor.grants("1")[0].status, GrantStatus::Reserved);
}

#[test]
fn true_when_sent_a_second_pause_is_not_mistaken_for_another_reason() {
    let mut floor = warned();
    for _ in 0..2 {
        floor.switch(&SwitchScope::Kind(Kind::DelayWarning), true);
        floor.claim("a");
        floor.switch(&SwitchScope::Kind(Kind::DelayWarning), false);
        floor.now = floor.next_due().expect("a review");
        assert_eq!(floor.wake().enqueued, 1);
    }
    assert_eq!(floor.suppressions("1"), [(Kind::DelayWarning, Why::Paused)]);
    let claimed = floor.claim("a").ready;
    assert_eq!(sent_kinds(&floor.settle(&claimed[0], "a", &sent())), [Kind::DelayWarning]);
}

#[test]
fn true_when_sent_a_limit_reached_in_the_same_moment_counts() {
    let mut floor = Floor::new();
    floor.policy("[limits]\nper_buyer_day = 1");
    let buyer = json!({ "buyer": { "buyer_id": "b", "email": "b@example.com" } });
    for order in ["1", "2", "3"] {
        floor.order_with("02 10:00", order, buyer.clone());
    }
    assert_eq!(floor.wake().enqueued, 3);
    let claimed = floor.claim("a");
    assert_eq!(claimed.ready.len(), 1);
    assert_eq!(suppressed(&claimed.records), [(Kind::OrderAccepted, Why::Limit); 2]);
}
