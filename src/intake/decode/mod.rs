//! From the bytes of one event to a typed one within all limits, or to a named [`Fault`].
//!
//! Nothing is believed here: an event that decodes may still be stale, repeated or about an order nobody knows.

mod body;
mod depth;
mod envelope;
mod escapes;
mod fault;
mod keyed;
mod strict;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use forewarn_core::event::{Event, Stamp};
use forewarn_core::ids::{EventId, Source};
use forewarn_core::instant::Instant;

use self::envelope::{Attributes, Envelope};
use super::Reason;

pub use self::envelope::attributes;
pub use self::fault::Fault;

/// Most bytes an event may have (contract: 256 KiB).
pub const EVENT_BYTES_MAX: usize = 256 * 1024;
/// Most objects and lists inside each other, the envelope being the first (contract).
pub const DEPTH_MAX: usize = 32;

/// Decodes an event in structured mode: one JSON object, envelope and data.
///
/// # Errors
/// The reason to put it into the dead letters.
pub fn structured(bytes: &[u8]) -> Result<Event, Fault> {
    let json = text(bytes, 0, 0)?;
    let envelope = Envelope::read(json)?;
    assemble(&envelope.attributes(), envelope.data())
}

/// Decodes an event in binary mode: `headers` holds the context attributes by their bare lower-case names, as
/// [`attributes`] gives them, and `body` is the data.
///
/// # Errors
/// The reason to put it into the dead letters.
pub fn binary(headers: &BTreeMap<String, String>, body: &[u8]) -> Result<Event, Fault> {
    binary_of(None, headers, body)
}

/// Decodes an event in whichever mode it came: structured when the content type says so or no header names the
/// event, binary otherwise. `headers` as for [`binary`].
///
/// # Errors
/// The reason to put it into the dead letters.
pub fn message(content_type: Option<&str>, headers: &BTreeMap<String, String>, body: &[u8]) -> Result<Event, Fault> {
    let announced = content_type.filter(|media_type| envelope::is_structured(media_type));
    if let Some(media_type) = announced {
        json_only(Some(media_type), "the content type")?;
        return structured(body);
    }
    if headers.contains_key("type") || headers.contains_key("specversion") {
        return binary_of(content_type, headers, body);
    }
    structured(body)
}

/// Decodes an event as it came with its headers, named as they were sent: content attributes carry their prefix, and
/// `content-type` decides the mode.
///
/// # Errors
/// The reason to put it into the dead letters.
pub fn kept(headers: &[(String, Vec<u8>)], body: &[u8]) -> Result<Event, Fault> {
    let content_type = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let content_type = content_type.map(|(_, value)| String::from_utf8_lossy(value));
    let named = attributes(headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())))?;
    message(content_type.as_deref(), &named, body)
}

fn binary_of(content_type: Option<&str>, headers: &BTreeMap<String, String>, body: &[u8]) -> Result<Event, Fault> {
    let heads = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    // The headers stand for the envelope, which is the first level of a structured event.
    let data = text(body, heads, 1)?;
    assemble(&envelope::from_headers(headers, content_type), Some(data).filter(|data| !data.trim().is_empty()))
}

/// The bytes as text within the limits, `heads` bytes and `levels` of nesting being used up elsewhere.
fn text(bytes: &[u8], heads: usize, levels: usize) -> Result<&str, Fault> {
    let size = bytes.len().saturating_add(heads);
    if size > EVENT_BYTES_MAX {
        return Err(Fault::new(Reason::TooLarge, format!("{size} bytes, at most {EVENT_BYTES_MAX} are taken")));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Fault::new(Reason::NotUtf8, format!("the bytes are not UTF-8 from byte {} on", error.valid_up_to()))
    })?;
    if depth::exceeds(bytes, DEPTH_MAX.saturating_sub(levels)) {
        return Err(Fault::new(Reason::TooDeep, format!("nested deeper than {DEPTH_MAX} objects and lists")));
    }
    if escapes::broken(bytes) {
        return Err(Fault::new(Reason::NotJson, "a \\u escape names half a character"));
    }
    Ok(text)
}

fn assemble(attributes: &Attributes<'_>, data: Option<&str>) -> Result<Event, Fault> {
    if attributes.spec_version != Some("1.0") {
        return Err(Fault::new(Reason::NotCloudevents, "specversion is not \"1.0\""));
    }
    let (id, source) = (attribute(attributes.id, "id")?, attribute(attributes.source, "source")?);
    let kind = attribute(attributes.kind, "type")?;
    let reader = body::reader(kind).ok_or_else(|| unknown(kind))?;
    json_only(attributes.content_type, "datacontenttype")?;
    let data = attribute(data, "data")?;
    let stamp = stamp(attributes.time, source, id)?;
    let (subject, body) = reader(data)?;
    let event = Event { stamp, subject, body };
    event.check().map_err(|text| Fault::coded(&text, "data"))?;
    Ok(event)
}

fn attribute<'a>(value: Option<&'a str>, name: &str) -> Result<&'a str, Fault> {
    value.ok_or_else(|| Fault::new(Reason::NotCloudevents, format!("{name} is required and is absent or null")))
}

fn stamp(time: Option<&str>, source: &str, id: &str) -> Result<Stamp, Fault> {
    let time = time.ok_or_else(|| Fault::new(Reason::BadTime, "time is required and is absent or null"))?;
    Ok(Stamp {
        time: Instant::parse(time).map_err(|text| Fault::coded(&text, "time"))?,
        source: Source::new(source).map_err(|text| Fault::coded(&text, "source"))?,
        id: EventId::new(id).map_err(|text| Fault::coded(&text, "id"))?,
    })
}

fn json_only(media_type: Option<&str>, place: &str) -> Result<(), Fault> {
    if media_type.is_none_or(envelope::is_json) {
        return Ok(());
    }
    Err(Fault::new(Reason::BadField, format!("{place} is not a JSON media type; send application/json")))
}

/// Types are the shop's own vocabulary, so the name helps the operator; what does not look like a name stays out.
fn unknown(kind: &str) -> Fault {
    let plain = kind.len() <= 100 && kind.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    let shown = if plain { format!("`{kind}`") } else { "the given type".to_owned() };
    Fault::new(Reason::UnknownType, format!("{shown} is not a type that Forewarn reads"))
}
