//! A shop's events, as many as asked for.

use forewarn::config::Topics;
use serde_json::{Value, json};

/// An event and where it goes.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) body: Value,
    pub(super) key: String,
    pub(super) order: Option<(String, String)>,
}

impl Sent {
    fn new(id: &str, kind: &str, minute: usize, data: &Value) -> Self {
        let text = |field: &str| data[field].as_str().map(str::to_owned);
        let order = text("merchant_id").zip(text("order_id"));
        let parts = [text("merchant_id"), text("order_id").or_else(|| text("buyer_id")).or_else(|| text("grant_id"))];
        let key = parts.into_iter().flatten().collect::<Vec<_>>().join("/");
        let time =
            format!("2026-03-{:02}T{:02}:{:02}:00+08:00", 1 + minute / 1_440 % 28, minute / 60 % 24, minute % 60);
        let body = json!({
            "specversion": "1.0", "id": id, "source": "/tests", "type": kind, "time": time, "data": data,
        });
        Self { body, key, order }
    }

    pub(super) fn topic<'a>(&self, topics: &'a Topics) -> &'a str {
        match self.body["type"].as_str().unwrap() {
            "parcel.status" => &topics.logistics,
            "buyer.preference" | "buyer.message" => &topics.buyers,
            "grant.result" => &topics.grants,
            kind if kind.starts_with("warehouse.") => &topics.warehouse,
            _ => &topics.orders,
        }
    }
}

/// All events of `orders` orders numbered from `first`, mixed as they would happen; every tenth order has ten of them,
/// the others nine. An answer about a grant nobody asked for is among the ten.
pub(super) fn events(first: usize, orders: usize) -> Vec<Sent> {
    let mut all: Vec<(usize, Sent)> = (first..first + orders).flat_map(order).collect();
    all.sort_by_key(|(minute, _)| *minute);
    all.into_iter().map(|(_, sent)| sent).collect()
}

fn order(n: usize) -> Vec<(usize, Sent)> {
    let (merchant, order, buyer) = (format!("shop-{}", n % 3), format!("O-{n}"), format!("b-{}", n % 97));
    let of = |more: Value| {
        let mut data = json!({"merchant_id": merchant, "order_id": order});
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        data
    };
    let steps = [
        (
            "order.placed",
            of(json!({"buyer": {"buyer_id": buyer, "email": format!("b{n}@example.com")},
            "lines": [{"line_id": "1", "sku": format!("sku-{}", n % 50), "quantity": 1, "fulfilment": "in_stock"}]})),
        ),
        ("order.paid", of(json!({}))),
        ("warehouse.progress", of(json!({"warehouse_id": "w-1", "stage": "accepted"}))),
        ("buyer.message", of(json!({"buyer_id": buyer, "message_id": format!("m-{n}"), "text": "when does it ship?"}))),
        ("warehouse.progress", of(json!({"warehouse_id": "w-1", "stage": "packed"}))),
        ("warehouse.shipped", of(json!({"warehouse_id": "w-1", "parcel_id": format!("p-{n}"), "carrier": "SF"}))),
        ("parcel.status", of(json!({"parcel_id": format!("p-{n}"), "status": "collected"}))),
        ("parcel.status", of(json!({"parcel_id": format!("p-{n}"), "status": "in_transit"}))),
        (
            "buyer.preference",
            json!({"merchant_id": merchant, "buyer_id": buyer, "channel": "sms", "allow": n.is_multiple_of(2)}),
        ),
        ("grant.result", json!({"grant_id": format!("g-{n}"), "status": "granted"})),
    ];
    let taken = if n.is_multiple_of(10) { 10 } else { 9 };
    let sent = |(step, (kind, data))| {
        let minute = n % 1_000 + 60 * step;
        (minute, Sent::new(&format!("{n}-{step}"), kind, minute, &data))
    };
    steps.into_iter().take(taken).enumerate().map(sent).collect()
}
