//! Whose rhythm a parcel is judged by, and what of its trail is learned.

use serde_json::json;

use crate::event::{OrderEvent, ParcelState};
use crate::forecast::legs::LANES_MAX;
use crate::forecast::{Forecast, Learned, Leg, Model, Observation, Usual, Whose, observe};
use crate::instant::Span;
use crate::order::Order;
use crate::sample::{self, at, said};

const MOVING: Leg = Leg::Scan(Some(ParcelState::InTransit));

/// An order to `region` whose parcel of `carrier` is seen at these hours after it was handed over, and then arrives.
fn order(carrier: Option<&str>, region: &str, seen: &[i64]) -> Order {
    let line = json!({ "line_id": "L1", "sku": "S1", "quantity": 1, "fulfilment": "in_stock" });
    let to = json!({ "country": "CN", "region": region });
    let placed = json!({ "buyer": { "buyer_id": "B1" }, "lines": [line], "ship_to": to, "warehouse_id": "W1" });
    let mut events = vec![
        said(0, "placed", "order.placed", &placed),
        sample::event(0, "paid", OrderEvent::Paid { paid_at: None }),
        said(2, "shipped", "warehouse.shipped", &json!({ "parcel_id": "P1", "carrier": carrier })),
    ];
    let scan = |(n, hour): (usize, &i64)| {
        let status = if n + 1 == seen.len() { "delivered" } else { "in_transit" };
        said(2 + hour, &format!("scan {n}"), "parcel.status", &json!({ "parcel_id": "P1", "status": status }))
    };
    events.extend(seen.iter().enumerate().map(scan));
    Order::read(&sample::key(), &sample::everything(&events))
}

fn learned(orders: &[Order]) -> Model {
    let seen = |order: &Order| observe(order, None, None, &mut Learned::default(), at(5_000));
    let all: Vec<Observation> = orders.iter().flat_map(seen).collect();
    let mut model = Model::default();
    model.learn(&all, at(5_000));
    model
}

/// `n` orders of a carrier to a region, whose parcels are seen every `hours` hours.
fn every(n: usize, hours: i64, carrier: &str, region: &str) -> Vec<Order> {
    let seen: Vec<i64> = (1..=5).map(|n| n * hours).collect();
    vec![order(Some(carrier), region, &seen); n]
}

fn usual(model: &Model, carrier: Option<&str>, region: &str, leg: Leg) -> Option<Usual> {
    let order = order(carrier, region, &[5]);
    model.usual(&order, &order.parcels[0], leg)
}

#[test]
fn a_lane_is_judged_by_itself_once_it_has_enough_then_by_its_carrier_then_by_all() {
    let mut orders = every(30, 8, "SF", "Zhejiang");
    orders.extend(every(30, 30, "SF", "Tibet"));
    orders.extend(every(30, 100, "SLOW", "Tibet"));
    let model = learned(&orders);
    let asked = |carrier, region| usual(&model, carrier, region, MOVING).unwrap();
    let [near, far, elsewhere] = ["Zhejiang", "Tibet", "Yunnan"].map(|region| asked(Some("SF"), region));
    assert_eq!([near.whose, far.whose, elsewhere.whose], [Whose::Lane, Whose::Lane, Whose::Carrier]);
    assert_eq!([near.legs, far.legs, elsewhere.legs], [120, 120, 240]);
    assert!(near.within <= Span::hours(12) && far.within >= Span::hours(30), "{near:?} {far:?}");
    assert!(elsewhere.within > near.within, "{elsewhere:?}");
    let others = [asked(Some("NEW"), "Tibet"), asked(None, "Tibet")];
    assert_eq!(others.map(|usual| (usual.whose, usual.legs)), [(Whose::Everybody, 360); 2]);
}

#[test]
fn with_fewer_than_twenty_legs_anywhere_nothing_is_usual() {
    let few = learned(&every(4, 8, "SF", "Zhejiang"));
    assert_eq!(usual(&few, Some("SF"), "Zhejiang", MOVING), None, "16 legs");
    let enough = learned(&every(5, 8, "SF", "Zhejiang"));
    assert_eq!(usual(&enough, Some("SF"), "Zhejiang", MOVING).map(|usual| usual.legs), Some(20));
}

#[test]
fn scans_of_one_sort_have_a_rhythm_too_and_those_of_one_moment_are_one() {
    // Seen daily; each scan is told twice.
    let seen = [24, 24, 48, 48, 72, 72, 96];
    let model = learned(&vec![order(Some("SF"), "Zhejiang", &seen); 10]);
    let usual = usual(&model, Some("SF"), "Zhejiang", MOVING).unwrap();
    assert_eq!(usual.legs, 30);
    assert!((Span::hours(24)..=Span::hours(30)).contains(&usual.within), "{usual:?}");
}

#[test]
fn of_a_long_trail_only_what_is_known_without_a_gap_is_learned() {
    let seen: Vec<i64> = (1..=40).map(|n| n * 10).collect();
    let model = learned(&vec![order(Some("SF"), "Zhejiang", &seen); 3]);
    let usual = usual(&model, Some("SF"), "Zhejiang", MOVING).unwrap();
    assert_eq!(usual.legs, 3 * 11);
    assert!(usual.within <= Span::hours(12), "{usual:?}");
}

#[test]
fn lanes_are_learned_up_to_a_bound_and_carriers_beyond_it() {
    let lanes = LANES_MAX + 5;
    let orders: Vec<Order> = (0..lanes).map(|n| order(Some("SF"), &format!("R{n}"), &[20])).collect();
    let mut model = learned(&orders);
    assert_eq!(model.lanes(), LANES_MAX);
    assert_eq!(usual(&model, Some("SF"), "R1", Leg::Scan(None)).map(|usual| usual.legs), u64::try_from(lanes).ok());
    // A lane that is known goes on learning.
    let known = every(30, 8, "SF", "R1");
    let seen: Vec<Observation> =
        known.iter().flat_map(|order| observe(order, None, None, &mut Learned::default(), at(5_000))).collect();
    model.learn(&seen, at(5_001));
    assert_eq!(model.lanes(), LANES_MAX);
    assert_eq!(usual(&model, Some("SF"), "R1", Leg::Scan(None)).map(|usual| usual.whose), Some(Whose::Lane));
}
