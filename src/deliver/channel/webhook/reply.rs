//! What the receiver's answer means.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Response, StatusCode, header::RETRY_AFTER};

use super::super::{Outcome, RetryClass, receipt_from};
use crate::deliver::backoff::MAX_RETRY_AFTER;

/// Bytes read of an answer; the rest is left and the connection closed.
const MAX_BODY: usize = 64 * 1024;

/// Judges by the status alone; the body only lends the receipt its id.
pub(super) async fn outcome(response: Response, now: Timestamp) -> Outcome {
    let status = response.status();
    let after = retry_after(&response, now);
    let body = read(response).await;
    let reason = format!("webhook: http {}", status.as_u16());
    match status.as_u16() {
        200..=299 => Outcome::Sent { receipt: receipt(status, &body) },
        429 | 503 => retry(RetryClass::Busy, after, reason),
        408 => retry(RetryClass::Timeout, None, reason),
        500..=599 => retry(RetryClass::Busy, None, reason),
        // The URL has moved: a redirect is not followed, but the notice is not lost over it either.
        300..=399 => retry(RetryClass::Config, None, reason),
        _ => Outcome::Failed { reason },
    }
}

fn retry(class: RetryClass, after: Option<Duration>, reason: String) -> Outcome {
    Outcome::Retry { class, after, reason }
}

/// Reads the answer so that the connection can be used again. Failing to is no fault of the notice.
async fn read(mut response: Response) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = MAX_BODY - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == MAX_BODY {
            break;
        }
    }
    body
}

/// The status, and the `id` or `message_id` of a JSON answer: what support needs to ask the gateway.
fn receipt(status: StatusCode, body: &[u8]) -> String {
    let answer: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let id = ["id", "message_id"].iter().find_map(|name| answer.get(name)?.as_str()).unwrap_or_default();
    receipt_from(&format!("http {} {id}", status.as_u16()))
}

/// `Retry-After` as seconds or as a date (RFC 9110 §10.2.3), at most one hour.
fn retry_after(response: &Response, now: Timestamp) -> Option<Duration> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    parse_retry_after(text, now)
}

fn parse_retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    let wait = if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than fit is still "very long".
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
        Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO)
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests;
