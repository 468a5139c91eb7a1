//! From one message of Kafka to one event as the engine takes it.

use rdkafka::Message as _;
use rdkafka::message::{BorrowedMessage, Headers as _};

use crate::engine::Incoming;
use crate::intake::decode::{Fault, attributes, message};
use crate::intake::{KEY_HEADER, Reason};
use crate::store::port::Origin;

/// Decodes `received`, keeping everything a dead letter needs.
pub(super) fn incoming(received: &BorrowedMessage<'_>) -> Incoming {
    let mut headers = headers(received);
    let event = match received.payload() {
        Some(payload) => decoded(&headers, payload),
        None => Err(Fault::new(Reason::NotJson, "the message has no value; it marks a deletion, which no event does")),
    };
    if let Some(key) = received.key() {
        headers.push((KEY_HEADER.to_owned(), key.to_vec()));
    }
    Incoming {
        origin: Origin {
            topic: received.topic().to_owned(),
            partition: received.partition(),
            offset: received.offset(),
        },
        event,
        raw: received.payload().unwrap_or_default().to_vec(),
        headers,
    }
}

fn decoded(headers: &[(String, Vec<u8>)], payload: &[u8]) -> Result<forewarn_core::event::Event, Fault> {
    let content_type = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let content_type = content_type.map(|(_, value)| String::from_utf8_lossy(value));
    let named = attributes(headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())))?;
    message(content_type.as_deref(), &named, payload)
}

fn headers(received: &BorrowedMessage<'_>) -> Vec<(String, Vec<u8>)> {
    let Some(headers) = received.headers() else {
        return Vec::new();
    };
    headers.iter().map(|h| (h.key.to_owned(), h.value.unwrap_or_default().to_vec())).collect()
}
