//! Events: bytes become an event within all limits, or a fault with a name, and the same bytes always the same.

use std::collections::BTreeMap;

use forewarn::intake::{self, Fault};
use forewarn_core::event::Event;

/// One event in structured mode.
pub(crate) fn structured(data: &[u8]) {
    settle(|| intake::structured(data));
}

/// One event in binary mode: header lines up to an empty one, then the body.
pub(crate) fn binary(data: &[u8]) {
    let end = data.windows(2).position(|two| two == b"\n\n").unwrap_or(data.len());
    let head = String::from_utf8_lossy(&data[..end]);
    let body = data.get(end + 2..).unwrap_or_default();
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    let mut content_type = None;
    for (name, value) in head.lines().filter_map(|line| line.split_once(':')) {
        if name == "content-type" {
            content_type = Some(value.trim().to_owned());
        } else {
            headers.insert(name.to_owned(), value.trim().to_owned());
        }
    }
    settle(|| intake::message(content_type.as_deref(), &headers, body));
}

fn settle(decode: impl Fn() -> Result<Event, Fault>) {
    let first = decode();
    match &first {
        Ok(event) => {
            assert!(event.check().is_ok(), "it was taken against its own check");
            assert_eq!(event.digest(), event.clone().digest());
        }
        Err(fault) => assert!(!fault.reason.as_str().is_empty() && fault.detail.len() < 2_000, "{}", fault.detail),
    }
    assert_eq!(first, decode(), "the same bytes were read in two ways");
}
