//! Bounded text and text that must never be shown in a log.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest free text an event may carry, in bytes (contract: 4 KiB).
pub const TEXT_BYTES_MAX: usize = 4096;

/// Free text of at most [`TEXT_BYTES_MAX`] bytes, cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Arc<str>);

impl Text {
    /// Takes `text` if it is short enough.
    ///
    /// # Errors
    /// `text_too_long` when it has more than [`TEXT_BYTES_MAX`] bytes.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(format!("text_too_long: {} bytes, at most {TEXT_BYTES_MAX} are taken", text.len()));
        }
        Ok(Self(Arc::from(text)))
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

/// Personal data: a name, an address, a phone number, a note. It serialises to the store as it is, but its
/// `Debug` never shows it and it has no `Display`, so it cannot slip into a log, a metric or an error.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private(Text);

impl Private {
    /// Wraps `text`.
    ///
    /// # Errors
    /// `text_too_long`, as [`Text::new`].
    pub fn new(text: &str) -> Result<Self, String> {
        Text::new(text).map(Self)
    }

    /// The personal data itself, for the notice that is written to this very person.
    pub fn reveal(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for Private {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<private>")
    }
}
