//! What is wrong with a configuration, where, and what to do about it.

use std::fmt;
use std::path::PathBuf;

use forewarn_core::zone::Tongue;

use super::wording::Wording;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A file.
    File {
        /// Its path, as it was given.
        path: PathBuf,
        /// The line in it, from 1, where one is known.
        line: Option<usize>,
    },
    /// An environment variable, by name.
    Environment(String),
    /// Nothing was given; the built-in value stands.
    BuiltIn,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line: Some(line) } => write!(f, "{}:{line}", path.display()),
            Self::File { path, line: None } => write!(f, "{}", path.display()),
            Self::Environment(name) => write!(f, "${name}"),
            Self::BuiltIn => f.write_str("default"),
        }
    }
}

/// One fault. It never repeats a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where the value stands.
    pub place: Place,
    /// The key, dotted as in TOML; empty when the text as a whole is meant.
    pub key: String,
    /// What is wrong.
    pub message: Wording,
    /// What to do.
    pub remedy: Wording,
}

impl Fault {
    /// The fault as one line: `place: key: what is wrong; what to do`.
    pub fn line(&self, tongue: Tongue) -> String {
        let (message, remedy) = (self.message.of(tongue), self.remedy.of(tongue));
        let between = if tongue == Tongue::Chinese { ";" } else { "; " };
        let key = if self.key.is_empty() { String::new() } else { format!("{}: ", self.key) };
        format!("{}: {key}{message}{between}{remedy}", self.place)
    }
}

/// Every fault of a configuration; at least one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Faults(pub Vec<Fault>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration has {} fault(s):", self.0.len())?;
        let line = |fault: &Fault| fault.line(Tongue::English);
        self.0.iter().try_for_each(|fault| write!(f, "\n  {}", line(fault)))
    }
}
