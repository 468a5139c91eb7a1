//! A fault of a policy document.

use forewarn_core::zone::Tongue;

use crate::config::Wording;
use crate::config::explain::Explained;

/// One fault: where, what is wrong, what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyProblem {
    /// The line, from 1, where one is known.
    pub line: Option<usize>,
    /// The key, dotted as in TOML; empty when the text as a whole is meant.
    pub key: String,
    /// What is wrong, in English.
    pub message: String,
    /// What to do, in English.
    pub remedy: String,
    chinese: (String, String),
}

impl PolicyProblem {
    /// What is wrong, in one language.
    pub fn message_in(&self, tongue: Tongue) -> &str {
        match tongue {
            Tongue::English => &self.message,
            Tongue::Chinese => &self.chinese.0,
        }
    }

    /// What to do, in one language.
    pub fn remedy_in(&self, tongue: Tongue) -> &str {
        match tongue {
            Tongue::English => &self.remedy,
            Tongue::Chinese => &self.chinese.1,
        }
    }

    pub(super) fn new(
        line: Option<usize>,
        key: impl Into<String>,
        message: impl Into<Wording>,
        remedy: impl Into<Wording>,
    ) -> Self {
        let (message, remedy) = (message.into(), remedy.into());
        let chinese = (message.of(Tongue::Chinese).to_owned(), remedy.of(Tongue::Chinese).to_owned());
        Self { line, key: key.into(), message: message.to_string(), remedy: remedy.to_string(), chinese }
    }

    pub(super) fn explained(line: Option<usize>, explained: Explained) -> Self {
        Self::new(line, explained.key, explained.message, explained.remedy)
    }
}
