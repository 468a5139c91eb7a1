//! `[policy]`: where the first policy comes from.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::checks::Checks;

/// The policy a new store begins with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicySource {
    /// The policy file; the built-in policy without it. Read at the first start only: from then on the policy in the
    /// store counts.
    pub file: Option<PathBuf>,
}

impl PolicySource {
    pub(super) fn check(&self, checks: &mut Checks) {
        checks.file("policy.file", self.file.as_ref());
    }
}
