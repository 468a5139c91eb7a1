//! Safe first contact: history is not news, late news is not sent, and shadow and pause act at once.

use forewarn::store::port::{NoticeState, SwitchScope};
use forewarn::store::sqlite::Db;
use forewarn_core::ids::MerchantId;
use forewarn_core::notice::{Kind, Why};
use serde_json::json;

use super::floor::{Floor, at, sent_kinds, suppressed};

fn live_since(time: &str) -> Floor {
    Floor::over(Db::in_memory().expect("room in memory"), Some(at(time)))
}

#[test]
fn safe_first_contact_history_sends_nothing() {
    let mut floor = live_since("20 00:00");
    for n in 0..20 {
        floor.order("02 10:00", &n.to_string());
    }
    for n in 0..10 {
        floor.shipped("03 12:00", &n.to_string());
    }
    floor.now = at("20 00:00");
    let records = floor.until("28 00:00");
    assert_eq!(sent_kinds(&records), []);
    assert!(suppressed(&records).iter().all(|(_, why)| *why == Why::Stale), "{:?}", suppressed(&records));
}

#[test]
fn safe_first_contact_what_happens_after_it_is_told() {
    let mut floor = live_since("03 12:00");
    floor.order("02 10:00", "old");
    floor.order("03 13:00", "new");
    assert_eq!(sent_kinds(&floor.rest()), [Kind::OrderAccepted]);
    floor.shipped("03 14:00", "old");
    assert_eq!(sent_kinds(&floor.rest()), [Kind::Shipped]);
}

#[test]
fn safe_first_contact_each_shop_begins_when_it_is_first_met() {
    let mut floor = Floor::over(Db::in_memory().expect("room in memory"), None);
    floor.order("02 10:00", "1");
    floor.now = at("02 11:00");
    assert_eq!(sent_kinds(&floor.rest()), []);
    floor.order("02 12:00", "2");
    assert_eq!(sent_kinds(&floor.rest()), [Kind::OrderAccepted]);
}

#[test]
fn safe_first_contact_shadow_decides_and_records_and_sends_nothing() {
    let mut floor = Floor::new();
    floor.switch(&SwitchScope::Shadow, true);
    floor.order("02 10:00", "1");
    let records = floor.until("03 12:00");
    assert_eq!(sent_kinds(&records), []);
    assert_eq!(suppressed(&records), [(Kind::OrderAccepted, Why::Shadow), (Kind::DelayWarning, Why::Shadow)]);
    assert!(floor.notices("1").is_empty() && floor.grants("1").is_empty());
}

#[test]
fn safe_first_contact_every_pause_acts_at_once_and_only_where_it_was_set() {
    let other = MerchantId::new("lumen").expect("a short id");
    let mine = MerchantId::new("qinghe").expect("a short id");
    let cases = [
        (SwitchScope::Global, false),
        (SwitchScope::Merchant(mine), false),
        (SwitchScope::Kind(Kind::OrderAccepted), false),
        (SwitchScope::Merchant(other), true),
        (SwitchScope::Kind(Kind::Shipped), true),
    ];
    for (scope, passes) in cases {
        let mut floor = Floor::new();
        floor.order("02 10:00", "1");
        assert_eq!(floor.wake().enqueued, 1);
        // Decided and in the outbox already: the pause still catches it.
        floor.switch(&scope, true);
        let claimed = floor.claim("a");
        assert_eq!(!claimed.ready.is_empty(), passes, "{scope:?}");
        if !passes {
            assert_eq!(suppressed(&claimed.records), [(Kind::OrderAccepted, Why::Paused)], "{scope:?}");
            assert_eq!(floor.states("1", Kind::OrderAccepted), [NoticeState::Withdrawn]);
        }
    }
}

#[test]
fn safe_first_contact_after_a_pause_what_is_still_news_goes_out() {
    let mut floor = Floor::new();
    floor.switch(&SwitchScope::Global, true);
    floor.order("02 10:00", "1");
    assert_eq!(sent_kinds(&floor.until("03 11:00")), []);
    floor.switch(&SwitchScope::Global, false);
    assert_eq!(sent_kinds(&floor.until("03 13:00")), [Kind::DelayWarning]);
}

#[test]
fn safe_first_contact_nothing_is_sent_past_its_latest_useful_moment() {
    let parcel =
        |status: &str| json!({ "merchant_id": "qinghe", "order_id": "1", "parcel_id": "1-p", "status": status });
    let mut floor = Floor::new();
    floor.order("02 10:00", "1");
    // Nobody decides for thirteen hours: a confirmation that old says nothing.
    floor.now = at("02 23:01");
    assert_eq!(suppressed(&floor.until("03 08:00")), [(Kind::OrderAccepted, Why::Stale)]);
    floor.shipped("03 08:30", "1");
    floor.now = at("05 08:31");
    assert_eq!(suppressed(&floor.rest()), [(Kind::Shipped, Why::Stale)]);
    floor.say("05 09:00", "parcel.status", parcel("delivered"));
    floor.now = at("07 09:01");
    assert_eq!(suppressed(&floor.rest()), [(Kind::Delivered, Why::Stale)]);
}

#[test]
fn safe_first_contact_just_before_that_moment_it_is_sent() {
    let mut floor = Floor::new();
    floor.order("02 08:30", "1");
    floor.now = at("02 20:30");
    assert_eq!(sent_kinds(&floor.rest()), [Kind::OrderAccepted]);
}
