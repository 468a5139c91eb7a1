//! Told dates are held against what came: each once, each by itself.

use crate::cause::Cause;
use crate::decide::{QuoteFate, Said, Saying, Told};
use crate::event::{Event, OrderEvent};
use crate::instant::Instant;
use crate::notice::Kind;
use crate::order::Order;
use crate::policy::Policy;
use crate::sample::{at, event, everything, key};

fn said(hour: i64, id: &str, kind: &str, data: &serde_json::Value) -> Event {
    let said = serde_json::from_value::<OrderEvent>(serde_json::json!({ "type": kind, "data": data })).unwrap();
    event(hour, id, said)
}

/// An order of two lines, on the shelf or presale.
fn bought(second: &str) -> Vec<Event> {
    let line =
        |id: &str, kind: &str| serde_json::json!({ "line_id": id, "sku": "S", "quantity": 1, "fulfilment": kind });
    let lines = [line("L1", "in_stock"), line("L2", second)];
    let placed = serde_json::json!({ "buyer": { "buyer_id": "B1" }, "lines": lines });
    vec![said(0, "placed", "order.placed", &placed), event(0, "paid", OrderEvent::Paid { paid_at: None })]
}

fn shipped(hour: i64, parcel: &str, lines: &[&str]) -> Event {
    let data = serde_json::json!({ "parcel_id": parcel, "line_ids": lines });
    said(hour, parcel, "warehouse.shipped", &data)
}

fn order(events: &[Event]) -> Order {
    Order::read(&key(), &everything(events))
}

/// A warning that quoted `hour`.
fn quoted(hour: i64) -> Said {
    Said {
        key: format!("warning {hour}"),
        kind: Kind::DelayWarning,
        state: Saying::Sent,
        at: at(24),
        promise_version: Some(1),
        promise_share: None,
        quoted: Some(at(hour)),
        expected_delivery: None,
        parcel_id: None,
        exception_id: None,
        signal: None,
        cause: Some(Cause::OutOfStock),
        choices: None,
        kept: None,
        is_last: false,
    }
}

fn told(said: impl IntoIterator<Item = Said>) -> Told {
    Told { said: said.into_iter().collect(), ..Told::default() }
}

fn judge(told: &mut Told, events: &[Event], now: Instant) -> Vec<(Option<bool>, bool)> {
    let fates = told.judge_quotes(&order(events), &Policy::default(), now);
    assert!(fates.iter().all(|fate| fate.cause == Cause::OutOfStock), "{fates:?}");
    fates.into_iter().map(|QuoteFate { before, kept, .. }| (before, kept)).collect()
}

#[test]
fn a_date_is_kept_when_everything_left_by_then() {
    let half = [bought("in_stock"), vec![shipped(60, "P1", &["L1"])]].concat();
    let all = [half.clone(), vec![shipped(70, "P2", &["L2"])]].concat();
    let mut kept = told([quoted(70)]);
    assert_eq!(judge(&mut kept, &half, at(65)), []);
    assert_eq!(judge(&mut kept, &all, at(70)), [(None, true)]);
    assert_eq!(judge(&mut kept, &all, at(71)), [], "once is enough");
    assert_eq!(judge(&mut told([quoted(69)]), &all, at(70)), [(None, false)]);
}

#[test]
fn a_date_that_passes_is_broken_and_late_news_put_that_right() {
    let (open, mut told) = (bought("in_stock"), told([quoted(70)]));
    assert_eq!(judge(&mut told, &open, at(70)), [], "until the last moment");
    assert_eq!(judge(&mut told, &open, at(71)), [(None, false)]);
    assert_eq!(judge(&mut told, &open, at(99)), []);
    let left = [open, vec![shipped(68, "P1", &["L1", "L2"])]].concat();
    assert_eq!(judge(&mut told, &left, at(100)), [(Some(false), true)]);
}

#[test]
fn each_date_is_judged_by_itself() {
    let events = [bought("in_stock"), vec![shipped(90, "P1", &["L1", "L2"])]].concat();
    assert_eq!(judge(&mut told([quoted(70), quoted(95)]), &events, at(90)), [(None, false), (None, true)]);
}

#[test]
fn what_nobody_read_or_was_cancelled_before_is_not_judged() {
    let late = [bought("in_stock"), vec![shipped(90, "P1", &["L1", "L2"])]].concat();
    for state in [Saying::Pending, Saying::Failed] {
        assert_eq!(judge(&mut told([Said { state, ..quoted(70) }]), &late, at(95)), []);
    }
    let cancelled = said(60, "c", "order.cancelled", &serde_json::json!({}));
    let events = [bought("in_stock"), vec![cancelled]].concat();
    assert_eq!(judge(&mut told([quoted(70)]), &events, at(99)), []);
}

#[test]
fn a_date_for_a_part_of_the_order_is_held_against_that_part() {
    let events = [bought("presale"), vec![shipped(60, "P1", &["L1"])]].concat();
    assert_eq!(judge(&mut told([quoted(70)]), &events, at(60)), [(None, true)]);
    let presale = Said { promise_share: order(&events).lines.last().map(|l| l.id.clone()), ..quoted(200) };
    let mut told = told([presale]);
    assert_eq!(judge(&mut told, &events, at(100)), []);
    assert_eq!(judge(&mut told, &events, at(201)), [(None, false)]);
}

#[test]
fn a_date_told_with_thanks_counts_for_the_address() {
    let events = [bought("in_stock"), vec![shipped(60, "P1", &["L1", "L2"])]].concat();
    let mut told = told([Said { kind: Kind::ActionNeeded, cause: None, ..quoted(70) }]);
    let fates = told.judge_quotes(&order(&events), &Policy::default(), at(60));
    assert_eq!(fates, [QuoteFate { cause: Cause::Address, before: None, kept: true }]);
}
