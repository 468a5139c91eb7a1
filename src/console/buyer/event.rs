//! A buyer's answer as an event like any other: recorded, folded, never a side door.

use std::sync::Arc;

use forewarn_core::event::PAGE;
use forewarn_core::{Instant, OrderKey, Span, digest};
use serde_json::{Value, json};

use crate::console::Console;
use crate::console::failure::Failure;
use crate::engine::{Incoming, Taken};
use crate::intake;
use crate::store::port::Origin;

/// The source of these events.
const SOURCE: &str = "forewarn/buyer-page";
/// The same answer within a day is the same event: a double click, a reload, an impatient second try.
const ONE_ANSWER: Span = Span::hours(24);

/// What a buyer did.
pub(super) enum Answer {
    /// Wrote about an order: a choice, a corrected address, "it is urgent".
    Message {
        /// What was written, the choice's code first.
        text: String,
    },
    /// Stopped or allowed notices on every channel.
    Preference {
        /// The buyer's id at the shop.
        buyer_id: String,
        /// Whether notices are welcome.
        allow: bool,
    },
}

/// Takes the answer in.
///
/// # Errors
/// When the store fails, or the answer passes a limit of events.
pub(super) async fn take(console: &Console, key: OrderKey, answer: &Answer) -> Result<(), Failure> {
    let now = console.clock.now();
    let (id, json) = cloud_event(&key, answer, now);
    let raw = serde_json::to_vec(&json).map_err(|_| Failure::Broken)?;
    let event = intake::structured(&raw).map_err(|_| Failure::BadRequest)?;
    let place = i64::from_str_radix(id.get(..15).unwrap_or_default(), 16).unwrap_or_default();
    let origin = Origin { topic: SOURCE.into(), partition: 0, offset: place };
    let incoming = Incoming { origin, event: Ok(event), raw, headers: Vec::new() };
    let engine = Arc::clone(&console.engine);
    let step = move |tx: &mut dyn crate::store::Tx| {
        let known = tx.orders_load(std::slice::from_ref(&key))?.into_iter().flatten().next();
        let said = |e: &forewarn_core::facts::Entry| e.stamp.source.as_str() == SOURCE && e.stamp.id.as_str() == id;
        if known.is_some_and(|row| row.facts.entries().iter().any(said)) {
            return Ok(true);
        }
        let taken = engine.ingest(tx, std::slice::from_ref(&incoming), &[], now)?.taken;
        Ok(!taken.iter().any(|t| matches!(t, Taken::DeadLetter(_))))
    };
    if console.store.write(step).await? { Ok(()) } else { Err(Failure::Broken) }
}

fn cloud_event(key: &OrderKey, answer: &Answer, now: Instant) -> (String, Value) {
    let day = now.floor_to(ONE_ANSWER).to_string();
    let (kind, said, mut data) = match answer {
        Answer::Message { text } => ("buyer.message", text.clone(), json!({"text": text, "channel": PAGE})),
        Answer::Preference { buyer_id, allow } => {
            let data = json!({"buyer_id": buyer_id, "channel": "all", "allow": allow});
            // A wish may change back and forth within a day, and each change counts.
            ("buyer.preference", format!("{allow} {now}"), data)
        }
    };
    let (merchant, order) = (key.merchant_id.as_str(), key.order_id.as_str());
    let id = digest::of(&[kind, merchant, order, &said, &day]);
    data["merchant_id"] = merchant.into();
    if matches!(answer, Answer::Message { .. }) {
        data["order_id"] = order.into();
        data["message_id"] = id.as_str().into();
    }
    let event = json!({
        "specversion": "1.0", "id": id, "source": SOURCE, "type": kind, "time": now.to_string(),
        "datacontenttype": "application/json", "data": data,
    });
    (id, event)
}
