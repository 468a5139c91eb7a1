//! Random and ready-made events of one order, for tests.

use proptest::prelude::*;

use crate::event::{Body, Event, OrderEvent, Stamp, Subject};
use crate::facts::Facts;
use crate::ids::{EventId, MerchantId, OrderId, OrderKey, ParcelId, Source};
use crate::instant::{Instant, Span};
use crate::order::Order;

/// The moment `hour` hours after 2 March 2026, 10:00 in Shanghai.
pub(crate) fn at(hour: i64) -> Instant {
    Instant::from_ms(1_772_416_800_000) + Span::hours(hour)
}

/// The order all samples speak about.
pub(crate) fn key() -> OrderKey {
    OrderKey { merchant_id: MerchantId::new("shop").unwrap(), order_id: OrderId::new("A1").unwrap() }
}

/// An event of that order at [`at`] `hour`.
pub(crate) fn event(hour: i64, id: &str, said: OrderEvent) -> Event {
    let stamp = Stamp { time: at(hour), source: Source::new("test").unwrap(), id: EventId::new(id).unwrap() };
    Event { stamp, subject: Subject::Order(key()), body: Body::Order(said) }
}

/// What an event of type `kind` with `data` says about that order at [`at`] `hour`.
pub(crate) fn said(hour: i64, id: &str, kind: &str, data: &serde_json::Value) -> Event {
    event(hour, id, read(serde_json::json!({ "type": kind, "data": data })))
}

/// A scan of `parcel`, its id made of both.
pub(crate) fn scan(hour: i64, parcel: &str) -> Event {
    let id = format!("{parcel} at {hour}");
    let status = serde_json::json!({ "parcel_id": ParcelId::new(parcel).unwrap(), "status": "in_transit" });
    event(hour, &id, OrderEvent::Parcel(serde_json::from_value(status).unwrap()))
}

/// Facts in which every event stands, as if the fold dropped nothing.
pub(crate) fn everything(events: &[Event]) -> Facts {
    let mut entries: Vec<_> = events
        .iter()
        .filter_map(|e| match &e.body {
            Body::Order(said) => Some(serde_json::json!({ "stamp": e.stamp, "digest": e.digest(), "event": said })),
            _ => None,
        })
        .collect();
    entries.sort_by_key(|e| serde_json::from_value::<Stamp>(e["stamp"].clone()).unwrap());
    serde_json::from_value(serde_json::json!({ "entries": entries })).unwrap()
}

/// At most `max` events within ten days; most of them fit together, some contradict each other.
pub(crate) fn events(max: usize) -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec((0_i64..240, body()), 0..max).prop_map(|all| {
        let numbered = all.into_iter().enumerate();
        numbered.map(|(n, (hour, said))| event(hour, &format!("e{n}"), said)).collect()
    })
}

/// The same with payment and placing first, so that there is something to decide.
pub(crate) fn paid_order(max: usize) -> impl Strategy<Value = Vec<Event>> {
    (placed(), events(max)).prop_map(|(placed, mut events)| {
        events.push(event(0, "placed", placed));
        events.push(event(0, "paid", OrderEvent::Paid { paid_at: None }));
        events
    })
}

/// An order of one line that was shipped `hours` after it was paid.
pub(crate) fn shipped_after(hours: i64) -> Order {
    let line = serde_json::json!({ "line_id": "L1", "sku": "S1", "quantity": 1, "fulfilment": "in_stock" });
    let placed = serde_json::json!({ "buyer": { "buyer_id": "B1" }, "lines": [line] });
    let placed = read(serde_json::json!({ "type": "order.placed", "data": placed }));
    let shipped = read(serde_json::json!({ "type": "warehouse.shipped", "data": { "parcel_id": "P1" } }));
    let paid = OrderEvent::Paid { paid_at: None };
    let told = [event(0, "p", placed), event(0, "q", paid), event(hours, "s", shipped)];
    Order::read(&key(), &everything(&told))
}

fn read(json: serde_json::Value) -> OrderEvent {
    serde_json::from_value(json).unwrap()
}

fn hour() -> impl Strategy<Value = String> {
    (0_i64..400).prop_map(|h| at(h).to_string())
}

fn lines() -> impl Strategy<Value = Option<Vec<&'static str>>> {
    prop::option::of(prop::sample::subsequence(vec!["L1", "L2", "L3"], 1..=2))
}

fn placed() -> impl Strategy<Value = OrderEvent> {
    let kind = prop::sample::select(vec!["in_stock", "presale", "made_to_order"]);
    let line = (prop::sample::select(vec!["S1", "S2"]), kind, prop::option::of(hour()));
    let zone = prop::option::of(prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Nowhere"]));
    (prop::collection::vec(line, 1..4), prop::option::of(hour()), zone).prop_map(|(lines, ship_by, zone)| {
        let line = |(n, (sku, kind, by)): (usize, &(&str, &str, Option<String>))| {
            let mut line = serde_json::json!({ "line_id": format!("L{}", n + 1), "sku": sku, "quantity": 1, "fulfilment": kind });
            if let Some(by) = by {
                line["ship_by"] = by.as_str().into();
            }
            line
        };
        let lines: Vec<_> = lines.iter().enumerate().map(line).collect();
        let buyer = serde_json::json!({ "buyer_id": "B1", "email": "b@example.com", "time_zone": zone });
        read(serde_json::json!({ "type": "order.placed", "data": { "buyer": buyer, "lines": lines, "ship_by": ship_by } }))
    })
}

fn body() -> impl Strategy<Value = OrderEvent> {
    let parcel = || prop::sample::select(vec!["P1", "P2", "P3"]);
    let exception = || prop::sample::select(vec!["X1", "X2"]);
    let stage = prop::sample::select(vec!["accepted", "printed", "picking", "packed"]);
    let ours = prop::sample::select(vec![
        "label_created",
        "collected",
        "in_transit",
        "delayed",
        "attempt_failed",
        "delivered",
        "exception",
        "returning",
        "returned",
        "voided",
    ]);
    let theirs = prop::sample::select(vec![
        ("kuaidi100", "302"),
        ("kuaidi100", "202"),
        ("aftership", "Exception_012"),
        ("trackingmore", "pickup"),
        ("shopify", "CONFIRMED"),
        ("shopify", "BEAMED_UP"),
        ("17track", "Exception_Cancel"),
    ]);
    let status = prop_oneof![
        3 => ours.prop_map(|ours| serde_json::json!({ "status": ours })),
        1 => theirs.prop_map(|(of, word)| serde_json::json!({ "vocabulary": of, "raw_status": word })),
    ];
    let kind = prop::sample::select(vec!["address", "contact", "out_of_stock", "damaged", "review", "system", "other"]);
    let talk = prop::sample::select(vec!["proposed", "agreed", "refused", "expired"]);
    let said = |kind: &'static str, data: serde_json::Value| read(serde_json::json!({ "type": kind, "data": data }));
    prop_oneof![
        1 => placed(),
        1 => prop::option::of(hour()).prop_map(move |at| said("order.paid", serde_json::json!({ "paid_at": at }))),
        2 => (hour(), prop::option::of(hour())).prop_map(move |(at, by)| {
            said("order.changed", serde_json::json!({ "ship_by": at, "needed_by": by }))
        }),
        1 => lines().prop_map(move |l| said("order.cancelled", serde_json::json!({ "line_ids": l }))),
        2 => (hour(), talk).prop_map(move |(at, s)| said("promise.renegotiated", serde_json::json!({ "ship_by": at, "status": s }))),
        4 => (stage, lines(), prop::option::of(hour())).prop_map(move |(s, l, at)| said(
            "warehouse.progress",
            serde_json::json!({ "warehouse_id": "W1", "stage": s, "line_ids": l, "expected_ship_at": at }),
        )),
        3 => (parcel(), lines(), prop::option::of(hour())).prop_map(move |(p, l, at)| said(
            "warehouse.shipped",
            serde_json::json!({ "parcel_id": p, "line_ids": l, "expected_delivery_at": at }),
        )),
        3 => (exception(), kind, lines(), prop::option::of(hour())).prop_map(move |(x, k, l, at)| said(
            "warehouse.exception",
            serde_json::json!({ "exception_id": x, "kind": k, "line_ids": l, "clears_at": at }),
        )),
        2 => exception().prop_map(move |x| said("warehouse.exception_cleared", serde_json::json!({ "exception_id": x }))),
        6 => (parcel(), status, prop::option::of(hour())).prop_map(move |(p, mut s, at)| {
            s["parcel_id"] = p.into();
            s["expected_delivery_at"] = at.into();
            said("parcel.status", s)
        }),
        1 => "[a-z]{1,8}".prop_map(move |m| said("buyer.message", serde_json::json!({ "message_id": m, "text": m }))),
    ]
}
