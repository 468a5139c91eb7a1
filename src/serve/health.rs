//! Whether the service is ready, and if not, why not.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What keeps the service from being ready: part and reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    /// Parts that are not ready, with the reason in a sentence.
    pub waiting: BTreeMap<&'static str, String>,
    /// What an operator should know although the service is ready. A mail server that is away, say, must not have the
    /// console and intake taken out of service.
    pub remarks: Vec<String>,
}

impl Readiness {
    /// Whether nothing is waited for.
    pub fn is_ready(&self) -> bool {
        self.waiting.is_empty()
    }
}

/// The shared state of health.
#[derive(Clone, Debug, Default)]
pub struct Health(Arc<Mutex<Readiness>>);

impl Health {
    /// Notes that `part` is not ready; logged once per change, not once per try.
    pub fn waits(&self, part: &'static str, reason: &str) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = state.waiting.insert(part, reason.to_owned());
        if before.as_deref() != Some(reason) {
            tracing::warn!(part, reason, "not ready");
        }
    }

    /// Notes that `part` works.
    pub fn works(&self, part: &'static str) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.waiting.remove(part).is_some() {
            tracing::info!(part, "ready");
        }
    }

    /// How things stand.
    pub fn now(&self) -> Readiness {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
