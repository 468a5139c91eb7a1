//! `[safety]`: what keeps a first contact with real buyers from going wrong.

use forewarn_core::{Instant, Span};
use serde::{Deserialize, Serialize};

use super::checks::Checks;

/// Shadow mode and the moment service began.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Safety {
    /// Everything is decided and recorded, nothing is sent.
    pub shadow: bool,
    /// Nothing is sent whose reason lies before this moment; the first start by default.
    pub live_since: Option<Instant>,
    /// How far this machine's clock may differ from the database server's and from that of events before the service
    /// says that it is not ready, 1s to 1d.
    pub max_clock_skew: Span,
}

impl Default for Safety {
    fn default() -> Self {
        Self { shadow: true, live_since: None, max_clock_skew: Span::from_ms(30_000) }
    }
}

impl Safety {
    pub(super) fn check(&self, checks: &mut Checks) {
        checks.span("safety.max_clock_skew", self.max_clock_skew, Span::from_ms(1_000), Span::hours(24));
    }
}
