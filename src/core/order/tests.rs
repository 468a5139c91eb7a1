//! What an order's facts say about it.

use super::Order;
use crate::event::{Body, OrderEvent, Stage};
use crate::facts::Facts;
use crate::policy::MetBy;
use crate::sample::{self, at};

/// Reads an order of lines L1 and L2 from `(hour, type, data)`.
fn read(events: &[(i64, &str, serde_json::Value)]) -> Order {
    let line = |id| serde_json::json!({ "line_id": id, "sku": "S1", "quantity": 1, "fulfilment": "in_stock" });
    let placed =
        serde_json::json!({ "buyer": { "buyer_id": "B1", "locale": "zh-CN" }, "lines": [line("L1"), line("L2")] });
    let mut facts = Facts::default();
    let all = [(0, "order.placed", placed), (0, "order.paid", serde_json::json!({}))];
    for (n, (hour, kind, data)) in all.iter().chain(events).enumerate() {
        let said: OrderEvent = serde_json::from_value(serde_json::json!({ "type": kind, "data": data })).unwrap();
        let event = sample::event(*hour, &format!("e{n}"), said);
        let Body::Order(said) = event.body.clone() else { unreachable!() };
        facts.fold(&event.stamp, event.digest(), said);
    }
    Order::read(&sample::key(), &facts)
}

fn progress(hour: i64, stage: &str, lines: Option<&[&str]>) -> (i64, &'static str, serde_json::Value) {
    (hour, "warehouse.progress", serde_json::json!({ "warehouse_id": "W1", "stage": stage, "line_ids": lines }))
}

fn expected(hour: i64, lines: Option<&[&str]>, at_hour: i64) -> (i64, &'static str, serde_json::Value) {
    let mut said = progress(hour, "accepted", lines);
    said.2["expected_ship_at"] = at(at_hour).to_string().into();
    said
}

fn shipped(hour: i64, parcel: &str, lines: Option<&[&str]>) -> (i64, &'static str, serde_json::Value) {
    (hour, "warehouse.shipped", serde_json::json!({ "parcel_id": parcel, "line_ids": lines }))
}

fn scan(hour: i64, parcel: &str, status: &str) -> (i64, &'static str, serde_json::Value) {
    (hour, "parcel.status", serde_json::json!({ "parcel_id": parcel, "status": status }))
}

fn open(order: &Order) -> Vec<&str> {
    order.open_lines().map(|l| l.id.as_str()).collect()
}

#[test]
fn the_slowest_open_line_says_how_far_the_order_is() {
    let order = read(&[progress(1, "accepted", None), progress(5, "packed", Some(&["L1"]))]);
    assert_eq!(order.stages, [(Stage::Accepted, at(1))]);
    let order = read(&[
        progress(1, "accepted", None),
        progress(5, "packed", Some(&["L1"])),
        progress(7, "packed", Some(&["L2"])),
    ]);
    assert_eq!(order.stages, [(Stage::Accepted, at(1)), (Stage::Packed, at(7))]);
    let gone =
        read(&[progress(1, "accepted", None), progress(5, "packed", Some(&["L1"])), shipped(6, "P1", Some(&["L2"]))]);
    assert_eq!(gone.stage(), Some((Some(Stage::Packed), at(5))));
}

#[test]
fn an_announcement_counts_for_the_lines_it_names() {
    let order = read(&[expected(1, Some(&["L1"]), 20), expected(2, Some(&["L2"]), 90)]);
    assert_eq!(order.expected_ship.map(|a| a.at), Some(at(90)));
    assert_eq!(order.only(&[order.lines[0].id.clone()]).expected_ship.map(|a| a.at), Some(at(20)));
    let newer = read(&[expected(1, None, 90), expected(2, None, 20)]);
    assert_eq!(newer.expected_ship.map(|a| a.at), Some(at(20)));
}

#[test]
fn a_parcel_that_names_nothing_holds_what_no_other_names() {
    let order = read(&[shipped(5, "P1", None)]);
    assert_eq!(open(&order), Vec::<&str>::new());
    let order = read(&[shipped(5, "P1", None), shipped(9, "P2", Some(&["L2"]))]);
    assert_eq!(order.parcels[0].line_ids.len(), 1);
    assert_eq!(order.lines[1].handed_over_at, Some(at(9)));
    assert_eq!(order.handed_over_at(), Some(at(9)));
}

#[test]
fn a_line_cancelled_before_the_parcel_left_is_not_in_it() {
    let cancelled = |hour| (hour, "order.cancelled", serde_json::json!({ "line_ids": ["L2"] }));
    let before = read(&[cancelled(3), shipped(5, "P1", None)]);
    assert_eq!(before.parcels[0].line_ids, [before.lines[0].id.clone()]);
    let after = read(&[shipped(5, "P1", None), cancelled(9)]);
    assert_eq!(after.parcels[0].line_ids.len(), 2);
}

#[test]
fn handover_is_the_earlier_of_word_and_scan_or_the_scan_alone() {
    let order = read(&[shipped(5, "P1", None), scan(9, "P1", "collected")]);
    assert_eq!(order.handed_over_at(), Some(at(5)));
    assert_eq!(order.met_by(MetBy::FirstScan).handed_over_at(), Some(at(9)));
    let waiting = read(&[shipped(5, "P1", None), scan(6, "P1", "label_created")]).met_by(MetBy::FirstScan);
    assert_eq!(open(&waiting), ["L1", "L2"]);
    assert_eq!(open(&read(&[scan(4, "P1", "collected"), shipped(5, "P1", None)])), Vec::<&str>::new());
}

#[test]
fn a_label_alone_is_no_handover_and_a_voided_one_undoes_it() {
    assert_eq!(open(&read(&[scan(4, "P1", "label_created")])), ["L1", "L2"]);
    assert_eq!(open(&read(&[shipped(4, "P1", None), scan(5, "P1", "voided")])), ["L1", "L2"]);
    let again = read(&[shipped(4, "P1", None), scan(5, "P1", "voided"), shipped(8, "P1", None)]);
    assert_eq!(again.handed_over_at(), Some(at(8)));
    // What the carrier has scanned is on its way, whatever became of the label.
    let scanned = read(&[shipped(4, "P1", None), scan(5, "P1", "voided"), scan(6, "P1", "in_transit")]);
    assert_eq!(scanned.handed_over_at(), Some(at(4)));
}

#[test]
fn a_late_scan_never_moves_a_parcel_back() {
    let order = read(&[scan(20, "P1", "delivered"), scan(10, "P1", "in_transit"), scan(22, "P1", "out_for_delivery")]);
    let parcel = &order.parcels[0];
    assert_eq!(parcel.delivered_at, Some(at(20)));
    assert_eq!(parcel.last_scan.as_ref().map(|s| s.at), Some(at(20)));
    assert_eq!(parcel.first_scan_at, Some(at(10)));
}

#[test]
fn cancelled_lines_leave_the_rest_alive() {
    let order = read(&[(3, "order.cancelled", serde_json::json!({ "line_ids": ["L1"] }))]);
    assert_eq!(open(&order), ["L2"]);
    let whole = read(&[
        (3, "order.cancelled", serde_json::json!({})),
        (1, "order.cancelled", serde_json::json!({ "line_ids": ["L1"] })),
    ]);
    assert!(!whole.is_open());
    assert_eq!(whole.cancelled_at, Some(at(3)));
}

#[test]
fn an_exception_ends_when_cleared_and_begins_anew_when_it_comes_again() {
    let raised = |hour| (hour, "warehouse.exception", serde_json::json!({ "exception_id": "X1", "kind": "address" }));
    let cleared = |hour| (hour, "warehouse.exception_cleared", serde_json::json!({ "exception_id": "X1" }));
    assert_eq!(read(&[raised(3)]).open_exceptions(at(4)).count(), 1);
    assert_eq!(read(&[raised(3)]).open_exceptions(at(2)).count(), 0);
    assert_eq!(read(&[raised(3), cleared(5)]).open_exceptions(at(6)).count(), 0);
    let again = read(&[raised(3), cleared(5), raised(8)]);
    assert_eq!(again.open_exceptions(at(9)).map(|e| e.since).collect::<Vec<_>>(), [at(8)]);
    let longer = read(&[raised(3), raised(8)]);
    assert_eq!(longer.exceptions[0].since, at(3));
}

#[test]
fn a_new_address_does_not_wipe_the_language() {
    let order =
        read(&[(3, "order.changed", serde_json::json!({ "buyer": { "buyer_id": "B1", "email": "new@example.com" } }))]);
    let buyer = order.buyer.unwrap();
    assert_eq!(buyer.locale.unwrap().as_str(), "zh-CN");
    assert_eq!(buyer.email.unwrap().reveal(), "new@example.com");
}

#[test]
fn personal_data_never_shows_in_debug() {
    let order = read(&[(
        3,
        "order.changed",
        serde_json::json!({ "buyer": { "buyer_id": "B1", "email": "new@example.com" }, "note": "ring twice" }),
    )]);
    let shown = format!("{order:?}");
    assert!(!shown.contains("example.com") && !shown.contains("ring twice"));
}
