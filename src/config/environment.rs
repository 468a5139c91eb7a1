//! Settings given as environment variables: `FOREWARN_KAFKA__BROKERS` is `brokers` in `[kafka]`.
//!
//! Only names with a double underscore are settings; every key stands in a section, so nothing is lost, and what
//! Kubernetes puts there for a service called `forewarn` (`FOREWARN_PORT`, `FOREWARN_SERVICE_HOST`) does no harm. An
//! empty variable counts as absent. Names are read in lower case, so shops are better named in the file.

use std::collections::BTreeMap;

use figment::value::Value;

use super::document::KeyPath;
use super::form::{self, Form};

const PREFIX: &str = "FOREWARN_";
const SEPARATOR: &str = "__";

/// The settings found in the environment, by key.
#[derive(Debug, Default)]
pub(super) struct Environment(BTreeMap<KeyPath, Variable>);

/// One variable.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    /// Its name.
    pub(super) name: String,
    text: String,
}

impl Variable {
    /// Its value: a number or a truth value where the key wants one, and its very text everywhere else, so that a
    /// password of digits or quotes stays what it is.
    pub(super) fn value(&self, path: &[String]) -> Value {
        let parsed = match form::of(path) {
            Form::Number => self.text.parse::<i64>().ok().map(Value::from),
            Form::Flag => self.text.parse::<bool>().ok().map(Value::from),
            _ => None,
        };
        parsed.unwrap_or_else(|| Value::from(self.text.clone()))
    }
}

impl Environment {
    /// Picks the settings out of all variables.
    pub(super) fn of(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let setting = |(name, text): (String, String)| {
            let key = name.strip_prefix(PREFIX)?.to_ascii_lowercase();
            let is_setting = key.contains(SEPARATOR) && !text.is_empty();
            let path = key.split(SEPARATOR).map(str::to_owned).collect();
            is_setting.then_some((path, Variable { name, text }))
        };
        Self(variables.into_iter().filter_map(setting).collect())
    }

    /// The variable that gives this key or something within it.
    pub(super) fn get(&self, path: &[String]) -> Option<&Variable> {
        let exact = self.0.get(path);
        exact.or_else(|| self.iter().find(|(key, _)| key.starts_with(path)).map(|(_, v)| v))
    }

    /// Every setting, in the order of the keys.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&KeyPath, &Variable)> {
        self.0.iter()
    }
}
