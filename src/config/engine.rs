//! `[engine]`: the size of the engine's steps.

use forewarn_core::Span;
use serde::{Deserialize, Serialize};

use super::checks::Checks;
use crate::store::port::LEASE_MAX;

/// Sizes of steps. They change speed and memory, never a result.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Engine {
    /// Orders decided again in one transaction at most, 1 to 10,000.
    pub wake_batch: usize,
    /// Messages under way at once at most, on all channels together, 1 to 256. The default has room for as many as
    /// three channels bear by theirs, so that none takes another's place.
    pub deliver_concurrency: usize,
    /// How long a claimed notice is left to the process that claimed it, 10s to 1h.
    pub lease: Span,
}

impl Default for Engine {
    fn default() -> Self {
        Self { wake_batch: 500, deliver_concurrency: 12, lease: Span::minutes(2) }
    }
}

impl Engine {
    pub(super) fn check(&self, checks: &mut Checks) {
        checks.number("engine.wake_batch", self.wake_batch as u64, 1, 10_000);
        let concurrency = self.deliver_concurrency as u64;
        checks.number("engine.deliver_concurrency", concurrency, 1, 256);
        checks.span("engine.lease", self.lease, Span::from_ms(10_000), LEASE_MAX);
    }
}
