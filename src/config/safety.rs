//! `[safety]`: what keeps a first contact with real buyers from going wrong.

use forewarn_core::Instant;
use serde::{Deserialize, Serialize};

/// Shadow mode and the moment service began.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Safety {
    /// Everything is decided and recorded, nothing is sent.
    pub shadow: bool,
    /// Nothing is sent whose reason lies before this moment; the first start by default.
    pub live_since: Option<Instant>,
}

impl Default for Safety {
    fn default() -> Self {
        Self { shadow: true, live_since: None }
    }
}
