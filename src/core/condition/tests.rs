//! Which condition is in force, and whom it touches.

use super::{Condition, ConditionFacts};
use crate::event::{Body, ConditionRaised, OrderEvent, Stamp};
use crate::facts::Facts;
use crate::ids::{ConditionId, EventId, Source};
use crate::order::Order;
use crate::sample::{self, at};

fn stamp(hour: i64, id: &str) -> Stamp {
    Stamp { time: at(hour), source: Source::new("wms").unwrap(), id: EventId::new(id).unwrap() }
}

fn raised(scope: &serde_json::Value, clears: Option<i64>) -> ConditionRaised {
    let data = serde_json::json!({ "scope": scope, "kind": "out_of_stock", "clears_at": clears.map(at) });
    serde_json::from_value(data).unwrap()
}

fn id() -> ConditionId {
    ConditionId::new("C1").unwrap()
}

fn order(shipped: bool) -> Order {
    let placed = serde_json::json!({
        "buyer": { "buyer_id": "B1" },
        "ship_to": { "country": "CN", "region": "Guangdong" },
        "campaign": "618",
        "warehouse_id": "W1",
        "lines": [
            { "line_id": "L1", "sku": "S1", "quantity": 1, "fulfilment": "in_stock" },
            { "line_id": "L2", "sku": "S2", "quantity": 1, "fulfilment": "in_stock" },
        ],
    });
    let parcel = serde_json::json!({ "parcel_id": "P1", "carrier": "SF", "line_ids": ["L1"] });
    let told = [(0, "order.placed", placed), (1, "warehouse.shipped", parcel)];
    let mut facts = Facts::default();
    for (hour, kind, data) in told.into_iter().take(if shipped { 2 } else { 1 }) {
        let said: OrderEvent = serde_json::from_value(serde_json::json!({ "type": kind, "data": data })).unwrap();
        let event = sample::event(hour, kind, said);
        let Body::Order(said) = event.body.clone() else { unreachable!() };
        facts.fold(&event.stamp, event.digest(), said);
    }
    Order::read(&sample::key(), &facts)
}

fn touches(scope: &serde_json::Value, order: &Order) -> bool {
    Condition { id: id(), raised_at: at(0), raised: raised(scope, None) }.touches(order)
}

#[test]
fn every_given_field_must_fit() {
    let order = order(true);
    let all = serde_json::json!({
        "merchant_id": "shop", "warehouse_id": "W1", "sku": "S2", "carrier": "SF", "region": "Guangdong", "campaign": "618",
    });
    assert!(touches(&all, &order));
    let other = [
        ("merchant_id", "other"),
        ("warehouse_id", "W2"),
        ("sku", "S3"),
        ("carrier", "EMS"),
        ("region", "Hunan"),
        ("campaign", "1111"),
    ];
    for (field, value) in other {
        let mut scope = all.clone();
        scope[field] = value.into();
        assert!(!touches(&scope, &order), "{field}");
    }
}

#[test]
fn a_region_may_be_the_country() {
    assert!(touches(&serde_json::json!({ "region": "CN" }), &order(false)));
    assert!(!touches(&serde_json::json!({ "region": "DE" }), &order(false)));
}

#[test]
fn an_article_counts_while_a_line_of_it_is_open() {
    let scope = serde_json::json!({ "merchant_id": "shop", "sku": "S1" });
    assert!(touches(&scope, &order(false)));
    assert!(!touches(&scope, &order(true)));
}

#[test]
fn the_newest_raise_and_clear_count_in_whatever_order_they_come() {
    let scope = || serde_json::json!({ "warehouse_id": "W1" });
    let steps: [(i64, &str, Option<i64>); 3] = [(1, "raise", Some(10)), (2, "raise", Some(20)), (3, "clear", None)];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut facts = ConditionFacts::default();
        for (hour, what, clears) in order.map(|i| steps[i]) {
            match what {
                "raise" => facts.raise(&stamp(hour, "r"), raised(&scope(), clears)),
                _ => facts.clear(&stamp(hour, "c")),
            };
        }
        assert_eq!(facts.in_force(&id()), None, "{order:?}");
        assert!(facts.raise(&stamp(4, "again"), raised(&scope(), Some(30))));
        assert_eq!(facts.in_force(&id()).and_then(|c| c.raised.clears_at), Some(at(30)), "{order:?}");
        assert!(!facts.clear(&stamp(2, "late")), "an older clear is no news");
    }
}

#[test]
fn a_clear_without_a_raise_is_remembered() {
    let mut facts = ConditionFacts::default();
    assert!(facts.clear(&stamp(5, "c")));
    assert!(facts.raise(&stamp(4, "r"), raised(&serde_json::json!({ "warehouse_id": "W1" }), None)));
    assert_eq!(facts.in_force(&id()), None);
    assert!(facts.scope().is_some(), "the orders in scope are still to be looked at");
}
