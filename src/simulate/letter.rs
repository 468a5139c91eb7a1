//! The record of an event that could not be taken.

use forewarn_core::Instant;
use forewarn_core::event::Subject;
use forewarn_core::ids::{MerchantId, OrderId};
use serde::{Deserialize, Serialize};

use crate::engine::Incoming;
use crate::intake::{Fault, Reason};
use crate::store::port::Origin;

/// An event that could not be taken.
#[derive(Clone, Debug, Serialize)]
pub struct DeadLetterRecord {
    record: &'static str,
    /// The latest good time above it in its file.
    pub at: Instant,
    /// The shop, where the line names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    /// The order, where the line names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// The reason's name.
    pub why: &'static str,
    /// Its line, from 1.
    pub line: u64,
    /// Its file, as it was named.
    pub file: String,
    /// The reason in a sentence.
    pub detail: String,
}

impl DeadLetterRecord {
    /// Of a line that is no event.
    pub(super) fn unreadable(origin: &Origin, fault: &Fault, raw: &[u8], at: Instant) -> Self {
        // What a broken line says of itself is taken for a hint where it can be read at all.
        let data = serde_json::from_slice::<Hint>(raw).unwrap_or_default().data;
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        let merchant_id = text(&data.merchant_id).and_then(|id| MerchantId::new(&id).ok());
        let order_id = text(&data.order_id).and_then(|id| OrderId::new(&id).ok());
        Self::new(origin, fault.reason, fault.detail.clone(), (merchant_id, order_id), at)
    }

    /// Of an event that the engine did not take.
    pub(super) fn refused(incoming: &Incoming, reason: Reason, at: Instant) -> Self {
        let about = match incoming.event.as_ref().map(|e| &e.subject) {
            Ok(Subject::Order(key)) => (Some(key.merchant_id.clone()), Some(key.order_id.clone())),
            Ok(Subject::Buyer(key)) => (Some(key.merchant_id.clone()), None),
            _ => (None, None),
        };
        Self::new(&incoming.origin, reason, explained(reason).to_owned(), about, at)
    }

    fn new(
        origin: &Origin,
        reason: Reason,
        detail: String,
        (merchant_id, order_id): (Option<MerchantId>, Option<OrderId>),
        at: Instant,
    ) -> Self {
        let (line, file) = (origin.offset.unsigned_abs(), origin.topic.clone());
        Self { record: "dead_letter", at, merchant_id, order_id, why: reason.as_str(), line, file, detail }
    }
}

fn explained(reason: Reason) -> &'static str {
    match reason {
        Reason::IdReused => "source and id were used before for an event that says something else",
        Reason::TooManyEvents => "the order keeps as many events as it may",
        Reason::UnknownGrant => "no such compensation was ever asked for",
        Reason::UnknownNotice => "no such notice was ever sent",
        Reason::UnknownBuyer => "no order of this buyer is known at that time",
        _ => "the event could not be taken",
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Hint {
    data: HintData,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct HintData {
    merchant_id: serde_json::Value,
    order_id: serde_json::Value,
}
