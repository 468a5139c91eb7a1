//! Shares and chances as whole parts per million.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A share or a chance within 0-1, kept as parts per million so that it is the same on every machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ppm(u32);

impl Ppm {
    /// Certainty.
    pub const ONE: Self = Self(1_000_000);

    /// `ppm` parts per million, at most a million.
    pub const fn from_ppm(ppm: u32) -> Self {
        Self(if ppm > 1_000_000 { 1_000_000 } else { ppm })
    }

    /// The nearest share to `share`; below 0 and not-a-number become 0, above 1 becomes 1.
    pub fn from_f64(share: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0-1,000,000 first")]
        let ppm = libm::round(share.clamp(0.0, 1.0) * 1e6) as u32;
        Self(ppm)
    }

    /// Its parts per million.
    pub const fn ppm(self) -> u32 {
        self.0
    }

    /// As a number within 0-1.
    pub fn as_f64(self) -> f64 {
        f64::from(self.0) / 1e6
    }
}

impl fmt::Display for Ppm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_f64())
    }
}

impl Serialize for Ppm {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.as_f64())
    }
}

impl<'de> Deserialize<'de> for Ppm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let share = f64::deserialize(deserializer)?;
        if (0.0..=1.0).contains(&share) {
            return Ok(Self::from_f64(share));
        }
        Err(serde::de::Error::custom(format!("{share} is not a share between 0 and 1")))
    }
}
