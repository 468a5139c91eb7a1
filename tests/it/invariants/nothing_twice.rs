//! Nothing twice: no notice and no compensation twice, whatever is redelivered, replayed or killed midway.

use forewarn::engine::{Attempt, Taken};
use forewarn::store::port::NoticeState;
use forewarn_core::Span;
use forewarn_core::notice::Kind;
use serde_json::{Value, json};

use super::floor::{Floor, about, at, event, placed, sent, sent_kinds};

fn life() -> Vec<(&'static str, &'static str, Value)> {
    let parcel = |status: &str| about("1", json!({ "parcel_id": "p", "status": status }));
    vec![
        ("02 10:00", "order.placed", placed("1", json!({}))),
        ("02 10:00", "order.paid", about("1", json!({}))),
        ("02 12:00", "warehouse.progress", about("1", json!({ "warehouse_id": "HZ-1", "stage": "accepted" }))),
        ("04 12:00", "warehouse.shipped", about("1", json!({ "parcel_id": "p", "carrier": "SF" }))),
        ("05 12:00", "parcel.status", parcel("in_transit")),
        ("06 12:00", "parcel.status", parcel("delivered")),
    ]
}

#[test]
fn nothing_twice_redelivered_events_send_nothing_again() {
    let mut floor = Floor::new();
    let mut kinds = Vec::new();
    for (time, kind, data) in life() {
        kinds.extend(sent_kinds(&floor.until(time)));
        assert_eq!(floor.say(time, kind, data.clone()), Taken::Applied);
        kinds.extend(sent_kinds(&floor.rest()));
        for _ in 0..4 {
            assert_eq!(floor.say(time, kind, data.clone()), Taken::Repeated);
            assert_eq!(sent_kinds(&floor.rest()), []);
        }
    }
    kinds.extend(sent_kinds(&floor.until("20 12:00")));
    assert_eq!(kinds, [Kind::OrderAccepted, Kind::DelayWarning, Kind::Shipped, Kind::Delivered]);
    assert_eq!(floor.grants("1").len(), 1);
}

#[test]
fn nothing_twice_a_replay_of_everything_changes_nothing() {
    let mut floor = Floor::new();
    for (time, kind, data) in life() {
        floor.until(time);
        floor.say(time, kind, data);
    }
    floor.until("20 12:00");
    let before = (floor.notices("1"), floor.grants("1"), floor.suppressions("1"), floor.row("1").facts);
    let all: Vec<String> = life().into_iter().map(|(time, kind, data)| event(time, kind, data).to_string()).collect();
    let all: Vec<&[u8]> = all.iter().rev().map(String::as_bytes).collect();
    assert!(floor.batch(&all).iter().all(|taken| *taken == Taken::Repeated));
    assert!(floor.until("30 12:00").is_empty());
    assert_eq!(before, (floor.notices("1"), floor.grants("1"), floor.suppressions("1"), floor.row("1").facts));
}

/// A floor with one notice claimed by `token` whose process is gone.
fn killed_midway(path: &std::path::Path) -> Floor {
    let mut floor = Floor::open(path);
    floor.order("02 10:00", "1");
    floor.wake();
    assert_eq!(floor.claim("dead").ready.len(), 1);
    drop(floor);
    let mut floor = Floor::open(path);
    floor.now = at("02 10:05");
    floor
}

#[test]
fn nothing_twice_a_notice_that_may_have_left_is_unknown_and_never_sent_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut floor = killed_midway(&folder.path().join("f.db"));
    // The lease still holds: perhaps the other process lives.
    assert_eq!(floor.settle_stranded(), 0);
    assert!(floor.rest().is_empty());
    floor.now = at("02 10:10");
    assert_eq!(floor.settle_stranded(), 1);
    assert_eq!(floor.settle_stranded(), 0);
    assert_eq!(floor.states("1", Kind::OrderAccepted), [NoticeState::Unknown]);
    assert_eq!(sent_kinds(&floor.until("03 09:00")), []);
    assert_eq!(floor.states("1", Kind::OrderAccepted), [NoticeState::Unknown]);
}

#[test]
fn nothing_twice_an_outcome_without_the_lease_is_refused() {
    let mut floor = Floor::new();
    floor.order("02 10:00", "1");
    floor.wake();
    let claimed = floor.claim("a").ready;
    assert!(floor.settle(&claimed[0], "b", &sent()).is_empty());
    assert_eq!(floor.states("1", Kind::OrderAccepted), [NoticeState::Sending]);
    assert_eq!(sent_kinds(&floor.settle(&claimed[0], "a", &sent())), [Kind::OrderAccepted]);
    let retry = Attempt::Retry { after: std::time::Duration::ZERO, reason: "late word".into() };
    assert!(floor.settle(&claimed[0], "a", &retry).is_empty());
    assert_eq!(floor.states("1", Kind::OrderAccepted), [NoticeState::Sent]);
}

#[test]
fn nothing_twice_a_late_outcome_does_not_wake_an_unknown_notice() {
    let mut floor = Floor::new();
    floor.order("02 10:00", "1");
    floor.wake();
    let claimed = floor.claim("slow").ready;
    floor.now = at("02 10:10");
    assert_eq!(floor.settle_stranded(), 1);
    let retry = Attempt::Retry { after: std::time::Duration::ZERO, reason: "connection refused".into() };
    assert!(floor.settle(&claimed[0], "slow", &retry).is_empty());
    assert_eq!(floor.states("1", Kind::OrderAccepted), [NoticeState::Unknown]);
    assert_eq!(sent_kinds(&floor.until("02 20:00")), []);
}

#[test]
fn nothing_twice_two_processes_never_claim_the_same_notice() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f.db");
    let mut one = Floor::open(&path);
    for n in 0..20 {
        one.order("02 10:00", &n.to_string());
    }
    one.wake();
    let mut two = Floor::open(&path);
    two.now = one.now;
    let (first, second) = (one.claim("one").ready, two.claim("two").ready);
    assert_eq!((first.len(), second.len()), (20, 0));
}

#[test]
fn nothing_twice_a_claim_that_was_never_committed_is_made_again() {
    let mut floor = Floor::new();
    floor.order("02 10:00", "1");
    floor.wake();
    let (engine, now) = (&floor.engine, floor.now);
    let lease = forewarn::engine::Lease { token: "lost".into(), real_now: now, until: now + Span::minutes(10) };
    let stopped = floor.db.transact(&mut |tx| {
        assert_eq!(engine.claim(tx, now, 10, &lease)?.ready.len(), 1);
        Err::<(), _>(forewarn::store::StoreError::Stopped)
    });
    assert!(stopped.is_err());
    assert_eq!(floor.claim("next").ready.len(), 1);
}

#[test]
fn nothing_twice_one_compensation_a_notice_whatever_is_tried_again() {
    let mut floor = Floor::new();
    floor.coupons_at_once = false;
    floor.order("02 10:00", "1");
    floor.until("03 09:59");
    floor.now = at("03 10:00");
    floor.wake();
    let retry = Attempt::Retry { after: std::time::Duration::from_secs(60), reason: "try later".into() };
    let mut asked = 0;
    for _ in 0..5 {
        let claimed = floor.claim("a").ready;
        floor.settle(&claimed[0], "a", &retry);
        let now = floor.now;
        asked += floor.run(|engine, tx| engine.grant_requests(tx, now, 10)).len();
        floor.now = floor.now + Span::minutes(1);
        floor.wake();
    }
    let claimed = floor.claim("a").ready;
    assert_eq!(claimed[0].lead.attempts, 6);
    assert_eq!(sent_kinds(&floor.settle(&claimed[0], "a", &sent())), [Kind::DelayWarning]);
    assert_eq!((floor.grants("1").len(), asked), (1, 1));
    assert!(floor.run(|_, tx| tx.grants_to_request(10)).is_empty());
}

#[test]
fn nothing_twice_every_attempt_travels_under_one_message_id() {
    let mut floor = Floor::new();
    floor.order("02 10:00", "1");
    floor.wake();
    let retry = Attempt::Retry { after: std::time::Duration::ZERO, reason: "try later".into() };
    let mut ids = Vec::new();
    for _ in 0..3 {
        let claimed = floor.claim("a").ready;
        ids.extend(claimed[0].lead.composed.as_ref().map(|c| c.message_id.clone()));
        floor.settle(&claimed[0], "a", &retry);
    }
    assert_eq!(ids.len(), 3);
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(floor.run(|_, tx| tx.notice_counts()).0.len(), 1);
}
