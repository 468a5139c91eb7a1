//! The CloudEvents 1.0 envelope, in structured and in binary mode.

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::percent_decode;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::fault::{Fault, read};
use crate::intake::Reason;

/// The context attributes Forewarn uses, wherever they stood.
#[derive(Clone, Copy, Default)]
pub(super) struct Attributes<'a> {
    pub(super) spec_version: Option<&'a str>,
    pub(super) kind: Option<&'a str>,
    pub(super) source: Option<&'a str>,
    pub(super) id: Option<&'a str>,
    pub(super) time: Option<&'a str>,
    pub(super) content_type: Option<&'a str>,
}

/// A structured event with its `data` still unread.
#[derive(Deserialize)]
pub(super) struct Envelope<'a> {
    #[serde(borrow)]
    specversion: Option<Str<'a>>,
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    source: Option<Str<'a>>,
    #[serde(borrow)]
    id: Option<Str<'a>>,
    #[serde(borrow)]
    time: Option<Str<'a>>,
    #[serde(borrow)]
    datacontenttype: Option<Str<'a>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// Text that stays where it is unless it holds escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Str<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Envelope<'a> {
    pub(super) fn read(json: &'a str) -> Result<Self, Fault> {
        read(std::marker::PhantomData, json, "")
    }

    pub(super) fn attributes(&self) -> Attributes<'_> {
        fn text<'s>(field: &'s Option<Str<'_>>) -> Option<&'s str> {
            field.as_ref().map(|text| text.0.as_ref())
        }
        Attributes {
            spec_version: text(&self.specversion),
            kind: text(&self.kind),
            source: text(&self.source),
            id: text(&self.id),
            time: text(&self.time),
            content_type: text(&self.datacontenttype),
        }
    }

    pub(super) fn data(&self) -> Option<&'a str> {
        self.data.map(RawValue::get)
    }
}

/// The attributes of a binary event by their bare names, `content_type` being the transport's own.
pub(super) fn from_headers<'a>(headers: &'a BTreeMap<String, String>, content_type: Option<&'a str>) -> Attributes<'a> {
    let text = |name: &str| headers.get(name).map(String::as_str);
    Attributes {
        spec_version: text("specversion"),
        kind: text("type"),
        source: text("source"),
        id: text("id"),
        time: text("time"),
        content_type: content_type.or_else(|| text("datacontenttype")),
    }
}

/// Picks the CloudEvents attributes out of a message's headers: names lower-case and without their prefix.
///
/// `ce_` is Kafka's prefix and its values are plain UTF-8; `ce-` is HTTP's, and its values may be percent-encoded.
/// Other headers are left alone.
///
/// # Errors
/// `not_utf8` when the value of an attribute is not UTF-8.
pub fn attributes<'a, I>(headers: I) -> Result<BTreeMap<String, String>, Fault>
where
    I: IntoIterator<Item = (&'a str, &'a [u8])>,
{
    let mut found = BTreeMap::new();
    for (header, value) in headers {
        let header = header.to_ascii_lowercase();
        let (name, value) = match (header.strip_prefix("ce_"), header.strip_prefix("ce-")) {
            (Some(name), _) => (name, Cow::Borrowed(value)),
            (_, Some(name)) => (name, Cow::from(percent_decode(value))),
            _ => continue,
        };
        let text = String::from_utf8(value.into_owned())
            .map_err(|_| Fault::new(Reason::NotUtf8, format!("the header {header} is not UTF-8")))?;
        found.insert(name.to_owned(), text);
    }
    Ok(found)
}

/// Whether a media type is JSON: `application/json`, `text/json` or anything `+json`.
pub(super) fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence == "text/json" || essence.ends_with("+json")
}

/// Whether a media type announces an event in structured mode.
pub(super) fn is_structured(media_type: &str) -> bool {
    let start = "application/cloudevents";
    media_type.trim_start().get(..start.len()).is_some_and(|given| given.eq_ignore_ascii_case(start))
}
