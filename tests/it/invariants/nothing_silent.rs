//! Nothing silent: a notice that is due is sent, or a record says why not; timers survive a stop.

use forewarn::engine::Attempt;
use forewarn::store::port::NoticeState;
use forewarn_core::notice::{Kind, Why};
use serde_json::json;

use super::floor::{Floor, about, at, sent_kinds, suppressed};

#[test]
fn nothing_silent_a_silent_warehouse_is_warned_about_one_day_early() {
    let mut floor = Floor::new();
    floor.order("02 10:00", "1");
    let records = floor.until("03 10:00");
    assert_eq!(sent_kinds(&records), [Kind::OrderAccepted, Kind::DelayWarning]);
    assert_eq!(floor.notices("1").last().and_then(|n| n.sent_at), Some(at("03 10:00")));
}

#[test]
fn nothing_silent_every_reason_against_a_due_warning_is_on_record() {
    let unreachable = json!({ "buyer": { "buyer_id": "b", "name": "林小满" } });
    let cases = [("off", json!({ "notify": false }), Why::NotifyOff), ("lost", unreachable, Why::NoAddress)];
    for (order, more, why) in cases {
        let mut floor = Floor::new();
        floor.order_with("02 10:00", order, more);
        let records = floor.until("03 11:00");
        assert_eq!(sent_kinds(&records), []);
        assert_eq!(suppressed(&records), [(Kind::OrderAccepted, why), (Kind::DelayWarning, why)]);
        assert_eq!(floor.suppressions(order), suppressed(&records));
    }
}

#[test]
fn nothing_silent_an_opted_out_buyer_is_on_record() {
    let mut floor = Floor::new();
    floor.say(
        "02 09:00",
        "buyer.preference",
        json!({ "merchant_id": "qinghe", "buyer_id": "b-1", "channel": "all", "allow": false }),
    );
    floor.order("02 10:00", "1");
    let records = floor.until("03 11:00");
    assert_eq!(suppressed(&records), [(Kind::OrderAccepted, Why::OptedOut), (Kind::DelayWarning, Why::OptedOut)]);
}

#[test]
fn nothing_silent_a_reason_is_written_once_however_often_it_holds() {
    let mut floor = Floor::new();
    floor.order_with("02 10:00", "1", json!({ "notify": false }));
    floor.until("04 09:00");
    assert_eq!(floor.suppressions("1"), [(Kind::OrderAccepted, Why::NotifyOff), (Kind::DelayWarning, Why::NotifyOff)]);
}

/// Runs until after the order was confirmed, stops, and starts on the same file at `time`.
fn stopped_until(folder: &tempfile::TempDir, time: &str) -> Floor {
    let path = folder.path().join("forewarn.db");
    let mut floor = Floor::open(&path);
    floor.order("02 10:00", "1");
    floor.rest();
    drop(floor);
    let mut floor = Floor::open(&path);
    floor.now = at(time);
    floor
}

#[test]
fn nothing_silent_timers_survive_a_stop() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut floor = stopped_until(&folder, "02 12:00");
    assert_eq!(floor.next_due(), Some(at("03 10:00")));
    assert_eq!(sent_kinds(&floor.until("03 10:00")), [Kind::DelayWarning]);
}

#[test]
fn nothing_silent_a_timer_that_passed_during_a_stop_is_handled_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut floor = stopped_until(&folder, "03 18:00");
    assert_eq!(floor.run(|_, tx| tx.orders_overdue(at("03 18:00"))), 1);
    // Late by eight hours and still before the promise breaks: still news.
    assert_eq!(sent_kinds(&floor.rest()), [Kind::DelayWarning]);
    assert_eq!(floor.run(|_, tx| tx.orders_overdue(at("03 18:00"))), 0);
}

#[test]
fn nothing_silent_after_a_stop_past_the_promise_the_buyer_hears_the_truth() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut floor = stopped_until(&folder, "05 09:00");
    assert_eq!(sent_kinds(&floor.rest()), [Kind::PromiseMissed]);
}

#[test]
fn nothing_silent_after_a_long_stop_the_record_says_why_nothing_was_sent() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut floor = stopped_until(&folder, "20 09:00");
    let records = floor.rest();
    assert_eq!(sent_kinds(&records), []);
    assert_eq!(suppressed(&records), [(Kind::PromiseMissed, Why::Stale)]);
}

#[test]
fn nothing_silent_a_notice_given_up_for_good_is_on_record_as_failed() {
    let mut floor = Floor::new();
    floor.order("02 10:00", "1");
    floor.wake();
    let claimed = floor.claim("a");
    let failed = Attempt::Failed { reason: "the address does not exist".into() };
    floor.settle(&claimed.ready[0], "a", &failed);
    assert_eq!(floor.states("1", Kind::OrderAccepted), [NoticeState::Failed]);
    floor.until("03 09:00");
    assert_eq!(floor.states("1", Kind::OrderAccepted), [NoticeState::Failed]);
}

#[test]
fn nothing_silent_a_condition_reaches_every_order_it_touches() {
    let mut floor = Floor::new();
    for n in 0..250 {
        floor.order_with("02 10:00", &format!("{n}"), json!({ "ship_by": "2026-03-09T10:00:00+08:00" }));
    }
    floor.rest();
    let raised = json!({
        "condition_id": "c", "scope": { "merchant_id": "qinghe", "sku": "LINEN" }, "kind": "out_of_stock",
        "clears_at": "2026-03-20T10:00:00+08:00",
    });
    floor.say("02 11:00", "condition.raised", raised);
    let sent = sent_kinds(&floor.rest());
    assert_eq!(sent.iter().filter(|kind| **kind == Kind::DelayWarning).count(), 250);
}

#[test]
fn nothing_silent_what_waits_for_quiet_hours_is_sent_when_they_end() {
    let mut floor = Floor::new();
    floor.order("02 23:00", "1");
    assert_eq!(sent_kinds(&floor.until("03 07:59")), []);
    assert_eq!(sent_kinds(&floor.until("03 08:00")), [Kind::OrderAccepted]);
    assert_eq!(floor.say("03 09:00", "order.cancelled", about("1", json!({}))), forewarn::engine::Taken::Applied);
}
