//! The fold: any events of one order, in any order and any number of times, end in the same facts, and whatever they
//! say, the order can be read and decided at any time.

use forewarn_core::decide::{Case, Guard, Preferences, Told, decide, reach};
use forewarn_core::event::{Body, Event};
use forewarn_core::facts::{Facts, Folded};
use forewarn_core::forecast::Model;
use forewarn_core::order::Order;
use forewarn_core::policy::Policy;
use forewarn_core::{Instant, Span};
use serde_json::{Value, json};

/// Bytes that make one event: its kind, two for its hour, two for what it says.
const BYTES: usize = 5;
/// More events than one class of facts keeps.
const EVENTS_MAX: usize = 40;

/// Facts of events written as five bytes each; the first byte of all says how to shuffle them.
pub(crate) fn fold(data: &[u8]) {
    let Some((mix, script)) = data.split_first() else { return };
    let events: Vec<Event> = script.chunks_exact(BYTES).take(EVENTS_MAX).filter_map(event).collect();
    let once = facts(events.iter());
    let shuffled = shuffled(&events, usize::from(*mix));
    assert_eq!(facts(events.iter().rev()), once, "backwards");
    assert_eq!(facts(shuffled.iter().chain(&events).chain(&shuffled)), once, "mixed and repeated");
    look_at(&once);
}

fn shuffled(events: &[Event], mix: usize) -> Vec<Event> {
    let mut rest: Vec<Event> = events.to_vec();
    let mut out = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        out.push(rest.remove((mix * 7 + out.len() * 13) % rest.len()));
    }
    out
}

fn facts<'a>(events: impl Iterator<Item = &'a Event>) -> Facts {
    let mut facts = Facts::default();
    for event in events {
        if let Body::Order(said) = &event.body {
            let folded = facts.fold(&event.stamp, event.digest(), said.clone());
            assert!(!matches!(folded, Folded::IdReused | Folded::TooMany), "{folded:?}");
        }
    }
    facts
}

fn look_at(facts: &Facts) {
    let text = serde_json::to_string(facts).expect("facts are JSON");
    assert_eq!(&serde_json::from_str::<Facts>(&text).expect("facts come back"), facts);
    let (policy, model, told) = (Policy::default(), Model::default(), Told::default());
    let Some(key) = key() else { return };
    let order = Order::read(&key, facts);
    let found = reach(order.buyer.as_ref(), &Preferences::default(), &policy.channels.order);
    let guard = Guard { live_since: moment(0), pauses: Vec::new(), shadow: false };
    for hours in [0, 24, 100, 1_000, 70_000] {
        let now = moment(hours);
        let decision = decide(Case {
            order: &order,
            told: &told,
            conditions: &[],
            forecast: &model,
            policy: &policy,
            guard: &guard,
            reach: &found,
            sent_today: &[],
            held_out_today: 0,
            warehouse_spoke_at: None,
            in_company: false,
            now,
        });
        assert!(decision.wake_at.is_none_or(|at| at > now), "it asks to be woken at once, forever");
        assert!(decision.due.iter().all(|due| due.trigger_at <= now), "due before its time");
    }
}

fn key() -> Option<forewarn_core::OrderKey> {
    use forewarn_core::ids::{MerchantId, OrderId};
    Some(forewarn_core::OrderKey { merchant_id: MerchantId::new("m").ok()?, order_id: OrderId::new("o").ok()? })
}

fn moment(hours: i64) -> Instant {
    Instant::from_ms(1_772_409_600_000) + Span::hours(hours)
}

/// The event that five bytes stand for. Its id is the bytes, so equal events are repeats and no id is used twice.
fn event(bytes: &[u8]) -> Option<Event> {
    let &[kind, high, low, a, b] = bytes else { return None };
    let hour = i64::from(u16::from_be_bytes([high, low]));
    let (kind, data) = said(kind, a, b, hour)?;
    let mut whole = json!({
        "specversion": "1.0", "id": format!("{bytes:?}"), "source": "/fuzz", "type": kind, "time": moment(hour),
        "data": data,
    });
    whole["data"]["merchant_id"] = "m".into();
    whole["data"]["order_id"] = "o".into();
    forewarn::intake::structured(whole.to_string().as_bytes()).ok()
}

fn said(kind: u8, a: u8, b: u8, hour: i64) -> Option<(&'static str, Value)> {
    let later = moment(hour + i64::from(b) - 64);
    let line = |n: u8| json!({ "line_id": format!("{n}"), "sku": format!("s{n}"), "quantity": 1 + u32::from(b % 3) });
    let parcel = format!("p{}", a % 4);
    Some(match kind % 12 {
        0 => {
            let lines: Vec<Value> = (0..=a % 4).map(line).collect();
            let buyer = json!({ "buyer_id": "b", "email": "b@example.com", "time_zone": zone(b) });
            let mut placed = json!({ "buyer": buyer, "lines": lines });
            if b & 1 == 1 {
                placed["ship_by"] = json!(later);
            }
            ("order.placed", placed)
        }
        1 => ("order.paid", json!({ "paid_at": later })),
        2 => ("order.changed", json!({ "ship_by": later, "notify": a & 1 == 0 })),
        3 if a & 1 == 1 => ("order.cancelled", json!({ "line_ids": [format!("{}", b % 4)] })),
        3 => ("order.cancelled", json!({})),
        4 => (
            "promise.renegotiated",
            json!({ "ship_by": later, "status": of(&["proposed", "agreed", "refused", "expired"], a) }),
        ),
        5 => {
            let stage = of(&["accepted", "printed", "picking", "packed"], a);
            ("warehouse.progress", json!({ "warehouse_id": format!("w{}", b % 2), "stage": stage }))
        }
        6 => {
            let lines = if b & 1 == 1 { json!([format!("{}", b % 4)]) } else { Value::Null };
            ("warehouse.shipped", json!({ "parcel_id": parcel, "carrier": "SF", "line_ids": lines }))
        }
        7 => {
            let kind = of(&["address", "contact", "out_of_stock", "damaged", "review", "system", "other"], b);
            let clears = if b > 127 { json!(later) } else { Value::Null };
            let id = format!("x{}", a % 3);
            (
                "warehouse.exception",
                json!({ "warehouse_id": "w0", "exception_id": id, "kind": kind, "clears_at": clears }),
            )
        }
        8 => ("warehouse.exception_cleared", json!({ "warehouse_id": "w0", "exception_id": format!("x{}", a % 3) })),
        9 => {
            let status = of(STATUSES, b);
            ("parcel.status", json!({ "parcel_id": parcel, "status": status, "expected_delivery_at": later }))
        }
        10 => {
            let (vocabulary, word) = (of(VOCABULARIES, a / 4), of(WORDS, b));
            let said = json!({ "parcel_id": parcel, "vocabulary": vocabulary, "raw_status": word });
            ("parcel.status", said)
        }
        _ => ("buyer.message", json!({ "message_id": format!("m{a}"), "text": "where is it" })),
    })
}

const STATUSES: &[&str] = &[
    "label_created",
    "collected",
    "in_transit",
    "customs",
    "delayed",
    "out_for_delivery",
    "ready_for_pickup",
    "attempt_failed",
    "delivered",
    "exception",
    "returning",
    "returned",
    "voided",
];

const VOCABULARIES: &[&str] =
    &["aftership", "easypost", "shopify", "17track", "kuaidi100", "kdniao", "trackingmore", "shipcloud"];

/// Words of theirs, most of them unknown to the others.
const WORDS: &[&str] = &[
    "Exception_013",
    "in_transit/delayed",
    "CONFIRMED",
    "DELIVERED",
    "Exception_Cancel",
    "302",
    "202",
    "1",
    "pickup",
    "picked_up",
    "expired",
    "",
    "_",
    "/",
    "快件已签收",
];

fn zone(n: u8) -> &'static str {
    of(&["Asia/Shanghai", "America/New_York", "Europe/Berlin", "Pacific/Kiritimati"], n)
}

fn of(names: &[&'static str], n: u8) -> &'static str {
    names[usize::from(n) % names.len()]
}
