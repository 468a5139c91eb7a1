//! The name of an incident.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::digest;

/// An incident: the first 64 bits of the hash of what makes it one of a kind. Of a million incidents any two share a name
/// with a chance below 10^-7.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IncidentId(u64);

impl IncidentId {
    /// The name of what `parts` tell apart.
    pub fn of(parts: &[&str]) -> Self {
        let hash = digest::of(parts);
        Self(hash.get(..16).and_then(|hex| u64::from_str_radix(hex, 16).ok()).unwrap_or_default())
    }

    /// The incident written as sixteen hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        u64::from_str_radix(text, 16).ok().filter(|_| plain).map(Self)
    }
}

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for IncidentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for IncidentId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("an incident's id is sixteen hexadecimal digits"))
    }
}
