//! One event as it is told: CloudEvents JSON for a topic.

use forewarn_core::Instant;
use serde_json::{Value, json};

/// An event on its way to a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopEvent {
    /// When it is told: a moment after it happened when it is told twice.
    pub time: Instant,
    /// The topic it goes to, by its usual name.
    pub topic: &'static str,
    /// The message's key.
    pub key: String,
    /// A CloudEvent in structured JSON; broken on purpose now and then.
    pub payload: String,
}

impl ShopEvent {
    /// The event `id` of `source` that `kind` happened at `time`, keyed by `key`.
    pub(super) fn new(time: Instant, kind: &str, source: &str, id: &str, key: &str, data: &Value) -> Self {
        let payload = json!({
            "specversion": "1.0",
            "id": id,
            "source": source,
            "type": kind,
            "time": time.to_string(),
            "datacontenttype": "application/json",
            "data": data,
        });
        Self { time, topic: topic_of(kind), key: key.to_owned(), payload: payload.to_string() }
    }
}

/// Where events of a type go.
fn topic_of(kind: &str) -> &'static str {
    match kind.split('.').next() {
        Some("warehouse" | "condition") => "forewarn.warehouse",
        Some("parcel") => "forewarn.logistics",
        Some("buyer") => "forewarn.buyers",
        _ => "forewarn.orders",
    }
}
