//! Places in a list, as text in a link.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Rows on a page.
pub(super) const ROWS: usize = 50;

/// A place as text that a link can hold.
pub(super) fn write<T: Serialize>(place: &T) -> String {
    serde_json::to_vec(place).map_or_else(|_| String::new(), |json| URL_SAFE_NO_PAD.encode(json))
}

/// The place that a link holds; `None` when it is none of ours.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

/// `text` as one part of a link.
pub(super) fn part(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// `path?key=value&...` with the pairs that have a value.
pub(super) fn link(path: &str, pairs: &[(&str, &str)]) -> String {
    let given = pairs.iter().filter(|(_, value)| !value.is_empty());
    let query: Vec<String> = given.map(|(key, value)| format!("{key}={}", part(value))).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}
