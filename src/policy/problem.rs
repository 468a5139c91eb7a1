//! A fault of a policy document.

use forewarn_core::zone::Tongue;

use crate::config::Wording;
use crate::config::explain::Explained;
use crate::config::form::Form;

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
    form: Option<Form>,
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

    /// What the value has to look like, when it does not look like that: a page says so in its own words, as the
    /// remedy speaks of a file.
    pub(crate) fn form(&self) -> Option<Form> {
        self.form
    }

    pub(super) fn new(
        line: Option<usize>,
        key: impl Into<String>,
        message: impl Into<Wording>,
        remedy: impl Into<Wording>,
    ) -> Self {
        let (message, remedy) = (message.into(), remedy.into());
        let chinese = (message.of(Tongue::Chinese).to_owned(), remedy.of(Tongue::Chinese).to_owned());
        Self { line, key: key.into(), message: message.to_string(), remedy: remedy.to_string(), chinese, form: None }
    }

    pub(super) fn explained(line: Option<usize>, explained: Explained) -> Self {
        let form = explained.form;
        Self { form, ..Self::new(line, explained.key, explained.message, explained.remedy) }
    }
}
