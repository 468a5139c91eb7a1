//! What went wrong, in words that never repeat a value.
//!
//! A parser's own message quotes what it stumbled over, and that may be somebody's address. So a message is only
//! ever taken apart for its kind; what the operator reads is made of field names and fixed words.

use serde::de::{DeserializeSeed, IgnoredAny};
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment, Track};

use super::strict::Strict;
use crate::intake::Reason;

/// An event that was refused: under which name, and what the operator should know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}: {detail}")]
pub struct Fault {
    /// The name in dead letters.
    pub reason: Reason,
    /// Which field, and what it should be. Never holds a value of a personal field.
    pub detail: String,
}

impl Fault {
    /// A refusal for `reason`; `detail` must hold no personal data.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }

    /// Takes the core's form, a reason and a sentence with a colon between; `place` is the field it is about.
    pub(super) fn coded(text: &str, place: &str) -> Self {
        let (name, sentence) = text.split_once(": ").unwrap_or((text, text));
        let reason = Reason::parse(name).unwrap_or(Reason::BadField);
        Self::new(reason, format!("{place}: {sentence}"))
    }

    pub(super) fn missing(place: &str) -> Self {
        Self::new(Reason::MissingField, format!("{place} is required and is absent or null"))
    }
}

/// Reads all of `json`; `place` is the field that holds it, empty for the event itself.
pub(super) fn read<'de, S>(seed: S, json: &'de str, place: &str) -> Result<S::Value, Fault>
where
    S: DeserializeSeed<'de> + Copy,
{
    let mut parser = serde_json::Deserializer::from_str(json);
    let value = seed.deserialize(Strict(&mut parser)).and_then(|value| parser.end().map(|()| value));
    value.map_err(|_| explain(seed, json, place))
}

/// Reads the refused text again, this time keeping count of where it is: good events do not pay for that.
#[cold]
fn explain<'de, S: DeserializeSeed<'de>>(seed: S, json: &'de str, place: &str) -> Fault {
    if let Err(error) = serde_json::from_str::<IgnoredAny>(json) {
        let at = format!("line {}, column {}", error.line(), error.column());
        let end =
            if error.classify() == Category::Eof { "the text ends too early" } else { "a character is out of place" };
        return Fault::new(Reason::NotJson, format!("not JSON: {end} at {at}"));
    }
    let mut parser = serde_json::Deserializer::from_str(json);
    let mut track = Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut parser, &mut track);
    match seed.deserialize(Strict(tracked)) {
        Ok(_) => Fault::new(Reason::BadField, "a field cannot be read"),
        Err(error) => fault(&Place::new(place, &track.path()), &error),
    }
}

fn fault(place: &Place, error: &serde_json::Error) -> Fault {
    let text = error.to_string();
    let said = text.rsplit_once(" at line ").map_or(text.as_str(), |(said, _)| said);
    let named = said.split('`').nth(1).unwrap_or_default();
    if said.starts_with("missing field") {
        return Fault::missing(&place.field(named));
    }
    if said.starts_with("duplicate field") {
        return Fault::new(Reason::BadField, format!("{} stands there twice", place.field(named)));
    }
    if said.split_once(": ").is_some_and(|(name, _)| Reason::parse(name).is_some()) {
        return Fault::coded(said, &place.text);
    }
    if said.starts_with("invalid type: null") && !place.in_list && !place.in_envelope {
        return Fault::missing(&place.text);
    }
    Fault::new(place.reason(), format!("{} does not fit: expected {}", place.text, expected(said)))
}

/// What a parser's message says should have stood there, for people who do not read Rust.
fn expected(said: &str) -> &str {
    let expected = said.rsplit_once(", expected ").map_or("a value within range", |(_, expected)| expected);
    match expected {
        "u32" => "a whole number from 1 to 1,000,000",
        object if object.starts_with("struct ") => "an object",
        other => other,
    }
}

/// Where in the event the parser stopped.
struct Place {
    /// As a person would write it: `data.lines[0].quantity`.
    text: String,
    /// The innermost field's name; of the list, when `in_list`.
    last: String,
    /// Whether the innermost step goes into a list.
    in_list: bool,
    /// Whether it is the event, one of its attributes or the data as a whole, not a field of the data.
    in_envelope: bool,
}

impl Place {
    fn new(root: &str, path: &Path) -> Self {
        let mut place = Self { text: root.to_owned(), last: root.to_owned(), in_list: false, in_envelope: true };
        for segment in path {
            place.in_envelope = root.is_empty();
            match segment {
                Segment::Seq { index } => {
                    place.text = format!("{}[{index}]", place.text);
                    place.in_list = true;
                }
                Segment::Map { key } => {
                    place.text = place.field(key);
                    place.last.clone_from(key);
                    place.in_list = false;
                }
                Segment::Enum { .. } | Segment::Unknown => {}
            }
        }
        if place.text.is_empty() {
            place.text.push_str("the event");
        }
        place
    }

    fn field(&self, name: &str) -> String {
        match self.text.as_str() {
            "" | "the event" => name.to_owned(),
            parent => format!("{parent}.{name}"),
        }
    }

    /// The reason for a value of the wrong kind here: the field's own where it has one.
    fn reason(&self) -> Reason {
        match self.last.as_str() {
            _ if self.in_list => Reason::BadField,
            "quantity" => Reason::BadQuantity,
            "amount" => Reason::BadMoney,
            "currency" => Reason::BadCurrency,
            "time" if self.in_envelope => Reason::BadTime,
            _ if self.in_envelope => Reason::NotCloudevents,
            _ => Reason::BadField,
        }
    }
}
