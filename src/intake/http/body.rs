//! From the body of a request to events.

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::EVENTS_MAX;
use super::answer::Problem;
use crate::engine::Incoming;
use crate::intake::decode::{Fault, kept, structured};
use crate::store::port::Origin;

/// The place of events that came by HTTP, where a topic would stand.
pub(super) const TOPIC: &str = "http";

/// How events lie in a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One event, structured or binary.
    Single,
    /// A JSON list of structured events.
    List,
    /// One structured event a line.
    Lines,
}

impl Form {
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/cloudevents-batch+json" => Ok(Self::List),
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Ok(Self::Lines),
            "application/cloudevents+json" | "application/json" => Ok(Self::Single),
            _ if headers.contains_key("ce-type") => Ok(Self::Single),
            _ => Err(Problem::media_type()),
        }
    }

    pub(super) fn is_single(self) -> bool {
        self == Self::Single
    }
}

/// The headers that belong to the event; those that open the door stay out of the store.
pub(super) fn kept_headers(headers: &HeaderMap) -> Vec<(String, Vec<u8>)> {
    let belongs = |name: &str| name == CONTENT_TYPE.as_str() || name.starts_with("ce-");
    let kept = headers.iter().filter(|(name, _)| belongs(name.as_str()));
    kept.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect()
}

/// The events of a body, each decoded or with the reason why not.
pub(super) fn read(form: Form, headers: &[(String, Vec<u8>)], body: &[u8]) -> Result<Vec<Incoming>, Problem> {
    // Each of many is kept as if it had come alone: the request's own content type is that of the whole.
    let event = |bytes: &[u8]| {
        let content_type = (CONTENT_TYPE.as_str().to_owned(), b"application/cloudevents+json".to_vec());
        incoming(structured(bytes), bytes, vec![content_type])
    };
    match form {
        Form::Single => Ok(vec![incoming(kept(headers, body), body, headers.to_vec())]),
        Form::List => {
            let list: Vec<&RawValue> = serde_json::from_slice(body).map_err(|_| Problem::no_list())?;
            bounded(list.len())?;
            Ok(list.into_iter().map(|one| event(one.get().as_bytes())).collect())
        }
        Form::Lines => {
            let lines = || body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
            bounded(lines().count())?;
            Ok(lines().map(event).collect())
        }
    }
}

fn bounded(events: usize) -> Result<(), Problem> {
    if events > EVENTS_MAX { Err(Problem::too_many_events()) } else { Ok(()) }
}

fn incoming(
    event: Result<forewarn_core::event::Event, Fault>,
    raw: &[u8],
    headers: Vec<(String, Vec<u8>)>,
) -> Incoming {
    let offset = place(raw, &headers);
    Incoming { origin: Origin { topic: TOPIC.into(), partition: 0, offset }, event, raw: raw.to_vec(), headers }
}

/// There are no offsets here, so an event's place is made of what it says: the same one sent again after a broken
/// connection is the same dead letter and not a second one.
fn place(raw: &[u8], headers: &[(String, Vec<u8>)]) -> i64 {
    let mut hash = Sha256::new();
    for (name, value) in headers {
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(value);
        hash.update([0]);
    }
    hash.update(raw);
    let digest: [u8; 32] = hash.finalize().into();
    let first = digest.first_chunk::<8>().copied().unwrap_or_default();
    i64::from_be_bytes(first) & i64::MAX
}
