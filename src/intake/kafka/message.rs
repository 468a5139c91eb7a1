//! From one message of Kafka to one event as the engine takes it.

use rdkafka::Message as _;
use rdkafka::message::{BorrowedMessage, Headers as _};

use crate::engine::Incoming;
use crate::intake::decode::{Fault, kept};
use crate::intake::{KEY_HEADER, Reason};
use crate::store::port::Origin;

/// Decodes `received`, keeping everything a dead letter needs.
pub(super) fn incoming(received: &BorrowedMessage<'_>) -> Incoming {
    let mut headers = headers(received);
    let event = match received.payload() {
        Some(payload) => kept(&headers, payload),
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

fn headers(received: &BorrowedMessage<'_>) -> Vec<(String, Vec<u8>)> {
    let Some(headers) = received.headers() else {
        return Vec::new();
    };
    headers.iter().map(|h| (h.key.to_owned(), h.value.unwrap_or_default().to_vec())).collect()
}
