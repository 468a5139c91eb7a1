//! Which lines ran short.

use super::short_lines;
use crate::condition::Condition;
use crate::event::{Body, OrderEvent};
use crate::facts::Facts;
use crate::ids::ConditionId;
use crate::order::Order;
use crate::sample::{self, at};

/// An order of the lines L1, L2 and L3, of the articles S1, S2 and S3, with these reports on it.
fn order(reports: &[serde_json::Value]) -> Order {
    let lines: Vec<serde_json::Value> = (1..=3)
        .map(|n| serde_json::json!({ "line_id": format!("L{n}"), "sku": format!("S{n}"), "quantity": 1, "fulfilment": "in_stock" }))
        .collect();
    let placed = serde_json::json!({ "buyer": { "buyer_id": "B1" }, "lines": lines });
    let told = [("order.placed", &placed)].into_iter().chain(reports.iter().map(|r| ("warehouse.exception", r)));
    let mut facts = Facts::default();
    for (hour, (kind, data)) in (0..).zip(told) {
        let said: OrderEvent = serde_json::from_value(serde_json::json!({ "type": kind, "data": data })).unwrap();
        let event = sample::event(hour, &format!("{kind}{hour}"), said);
        let Body::Order(said) = event.body.clone() else { unreachable!() };
        facts.fold(&event.stamp, event.digest(), said);
    }
    Order::read(&sample::key(), &facts)
}

fn report(id: &str, kind: &str, lines: Option<&[&str]>) -> serde_json::Value {
    serde_json::json!({ "exception_id": id, "kind": kind, "line_ids": lines })
}

fn raised(id: &str, kind: &str, sku: Option<&str>) -> Condition {
    let data = serde_json::json!({ "scope": { "merchant_id": "shop", "sku": sku }, "kind": kind });
    Condition { id: ConditionId::new(id).unwrap(), raised_at: at(0), raised: serde_json::from_value(data).unwrap() }
}

fn short(reports: &[serde_json::Value], conditions: &[&Condition]) -> Vec<String> {
    short_lines(&order(reports), conditions, at(9)).iter().map(ToString::to_string).collect()
}

#[test]
fn lines_ran_short_that_a_report_names() {
    assert_eq!(short(&[report("E1", "out_of_stock", Some(&["L2"]))], &[]), ["L2"]);
    let two = [report("E1", "out_of_stock", Some(&["L3"])), report("E2", "damaged", Some(&["L1"]))];
    assert_eq!(short(&two, &[]), ["L1", "L3"]);
    assert_eq!(short(&[], &[&raised("C1", "out_of_stock", Some("S2"))]), ["L2"]);
}

#[test]
fn nobody_knows_which_when_one_report_does_not_say() {
    let vague = [report("E1", "out_of_stock", Some(&["L2"])), report("E2", "out_of_stock", None)];
    assert_eq!(short(&vague, &[]), [""; 0]);
    let wide = raised("C2", "out_of_stock", None);
    assert_eq!(short(&[], &[&raised("C1", "out_of_stock", Some("S2")), &wide]), [""; 0]);
}

#[test]
fn other_reports_say_nothing_of_stock() {
    let system = report("E1", "system", Some(&["L1"]));
    assert_eq!(short(std::slice::from_ref(&system), &[]), [""; 0]);
    assert_eq!(short(&[system], &[&raised("C1", "staff", None), &raised("C2", "out_of_stock", Some("S3"))]), ["L3"]);
}

#[test]
fn the_orders_own_report_comes_before_a_condition() {
    let own = [report("E1", "out_of_stock", Some(&["L1"]))];
    assert_eq!(short(&own, &[&raised("C1", "out_of_stock", Some("S2"))]), ["L1"]);
}
