//! How secrets are printed: not at all.

use secrecy::SecretString;
use serde::Serializer;

/// What stands for a secret in print.
pub(super) const MASK: &str = "***";

/// For `#[serde(serialize_with)]`: says that a secret is set, never which.
pub(super) fn masked<S: Serializer>(secret: &Option<SecretString>, to: S) -> Result<S::Ok, S::Error> {
    match secret {
        Some(_) => to.serialize_some(MASK),
        None => to.serialize_none(),
    }
}
