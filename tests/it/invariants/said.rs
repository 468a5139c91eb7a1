//! Events as the world sends them.

use forewarn_core::Instant;
use serde_json::{Value, json};

/// A time of March 2026 in Shanghai: `at("02 10:00")`.
pub(crate) fn at(text: &str) -> Instant {
    let (day, clock) = text.split_once(' ').expect("a day, a space and a time");
    let seconds = if clock.len() > 5 { "" } else { ":00" };
    Instant::parse(&format!("2026-03-{day}T{clock}{seconds}+08:00")).expect("a time of day")
}

/// The data of an event about `order`, beside `more`.
pub(crate) fn about(order: &str, more: Value) -> Value {
    let mut data = json!({ "merchant_id": "qinghe", "order_id": order });
    overlay(&mut data, more);
    data
}

pub(crate) fn placed(order: &str, more: Value) -> Value {
    let mut data = about(
        order,
        json!({
            "buyer": { "buyer_id": format!("b-{order}"), "name": "林小满", "email": format!("{order}@example.com"), "locale": "zh-CN" },
            "lines": [{ "line_id": "1", "sku": "LINEN", "title": "亚麻被套", "quantity": 1, "fulfilment": "in_stock" }],
            "warehouse_id": "HZ-1",
        }),
    );
    overlay(&mut data, more);
    data
}

fn overlay(data: &mut Value, more: Value) {
    let (Value::Object(data), Value::Object(more)) = (data, more) else { return };
    data.extend(more);
}

/// A CloudEvent whose id is made of all it says.
pub(crate) fn event(time: &str, kind: &str, data: Value) -> Value {
    let id = forewarn_core::digest::of(&[time, kind, &data.to_string()]);
    json!({ "specversion": "1.0", "id": id, "source": "/floor", "type": kind, "time": at(time), "data": data })
}
