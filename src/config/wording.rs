//! A sentence in both languages of the house.

use std::borrow::Cow;
use std::fmt;

use forewarn_core::zone::Tongue;

/// One sentence or clause, in English and in Simplified Chinese. `Display` gives the English one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    english: Cow<'static, str>,
    chinese: Cow<'static, str>,
}

impl Wording {
    /// The text in one language.
    pub fn of(&self, tongue: Tongue) -> &str {
        match tongue {
            Tongue::English => &self.english,
            Tongue::Chinese => &self.chinese,
        }
    }
}

/// English first, Chinese second.
impl<E, C> From<(E, C)> for Wording
where
    E: Into<Cow<'static, str>>,
    C: Into<Cow<'static, str>>,
{
    fn from((english, chinese): (E, C)) -> Self {
        Self { english: english.into(), chinese: chinese.into() }
    }
}

impl fmt::Display for Wording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english)
    }
}
