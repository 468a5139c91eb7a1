//! What the sender hears: one result an event, or a problem with the request as a whole (RFC 9457).

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::{BODY_BYTES_MAX, EVENTS_MAX};
use crate::engine::Taken;
use crate::intake::Fault;
use crate::store::{Class, StoreError};

#[derive(Serialize)]
struct Results {
    results: Vec<Outcome>,
}

#[derive(Serialize)]
struct Outcome {
    /// The event's place in the request, from 0.
    index: usize,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// One result an event. A single event that was refused is answered with 422, so that a sender who looks at nothing but
/// the status learns of it; a list is answered with 200 once all of it is kept or stands in the dead letters.
pub(super) fn results(is_single: bool, taken: &[Taken], faults: Vec<Option<Fault>>) -> Response {
    let refused = taken.iter().any(|one| matches!(one, Taken::DeadLetter(_)));
    let status = if is_single && refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let each = taken.iter().zip(faults).enumerate();
    let results = each.map(|(index, (taken, fault))| outcome(index, taken, fault)).collect();
    (status, Json(Results { results })).into_response()
}

fn outcome(index: usize, taken: &Taken, fault: Option<Fault>) -> Outcome {
    let (outcome, reason) = match taken {
        Taken::DeadLetter(reason) => ("dead_letter", Some(reason.as_str())),
        taken => (taken.as_str(), None),
    };
    Outcome { index, outcome, reason, detail: reason.and(fault).map(|fault| fault.detail) }
}

/// Why a request as a whole was not taken.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    header: Option<(HeaderName, HeaderValue)>,
}

#[derive(Serialize)]
struct Document {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: String,
}

impl Problem {
    pub(super) fn unauthorized() -> Self {
        let detail = "send the token as `Authorization: Bearer ...`".to_owned();
        let header = Some((WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
        Self { status: StatusCode::UNAUTHORIZED, code: "unauthorized", detail, header }
    }

    pub(super) fn media_type() -> Self {
        let detail = "send application/cloudevents+json, application/cloudevents-batch+json or application/x-ndjson, \
                      or name the event in ce- headers";
        Self::plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type", detail.into())
    }

    pub(super) fn no_list() -> Self {
        Self::plain(StatusCode::BAD_REQUEST, "not_a_list", "the body is not a JSON list of events".into())
    }

    pub(super) fn too_many_events() -> Self {
        let detail = format!("a request takes at most {EVENTS_MAX} events; send them in several");
        Self::plain(StatusCode::PAYLOAD_TOO_LARGE, "too_many_events", detail)
    }

    /// The body did not arrive whole.
    pub(super) fn unread(status: StatusCode) -> Self {
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            let detail = format!("a request takes at most {BODY_BYTES_MAX} bytes; send the events in several");
            return Self::plain(status, "too_large", detail);
        }
        Self::plain(StatusCode::BAD_REQUEST, "broken_body", "the body broke off; send it again".into())
    }

    /// The body came too slowly.
    pub(super) fn slow() -> Self {
        let detail = "the body took too long to arrive; send it again, in smaller requests".to_owned();
        Self::plain(StatusCode::REQUEST_TIMEOUT, "slow_body", detail)
    }

    pub(super) fn busy() -> Self {
        Self::later("busy", 1, "too many requests are being worked on; send it again".into())
    }

    pub(super) fn broken() -> Self {
        let detail = "the events could not be read for a reason of our own; it stands in the log".to_owned();
        Self::plain(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    /// The store did not keep the events, or not all of them.
    pub(super) fn not_kept(error: &StoreError) -> Self {
        if let StoreError::Poisoned { why, .. } = error {
            let detail = format!("too many of the newest events are dead letters, and not every event was kept: {why}");
            return Self::later("too_many_dead_letters", 30, detail);
        }
        tracing::error!(error = error as &dyn std::error::Error, "events that came by HTTP were not kept");
        let detail = "not every event was kept; send all of them again".to_owned();
        match error.class() {
            Class::Permanent => Self::plain(StatusCode::INTERNAL_SERVER_ERROR, "not_kept", detail),
            Class::Retry => Self::later("store_busy", 1, detail),
            Class::Fatal => Self::later("store_stopped", 30, detail),
        }
    }

    fn later(code: &'static str, secs: u16, detail: String) -> Self {
        let header = Some((RETRY_AFTER, HeaderValue::from(secs)));
        Self { status: StatusCode::SERVICE_UNAVAILABLE, code, detail, header }
    }

    fn plain(status: StatusCode, code: &'static str, detail: String) -> Self {
        Self { status, code, detail, header: None }
    }

    pub(super) fn into_answer(self) -> Response {
        let Self { status, code, detail, header } = self;
        let title = status.canonical_reason().unwrap_or_default();
        let document = Document { r#type: "about:blank", title, status: status.as_u16(), code, detail };
        let mut response = (status, Json(document)).into_response();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some((name, value)) = header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}
