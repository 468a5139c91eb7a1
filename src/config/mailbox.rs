//! `[mailbox]`: mail that stays in the house.

use serde::{Deserialize, Serialize};

/// Keeps mail in the store instead of sending it: for a demonstration, a test, a rehearsal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mailbox {
    /// Whether mail is kept instead of sent; goes before `[email]`.
    pub enabled: bool,
}
