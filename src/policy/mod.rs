//! The policy document: what a shop decides, with overrides for platforms, shops and warehouses.
//!
//! A text becomes a [`PolicyBook`] only when every combination of overrides it names gives a policy that may be
//! used; otherwise every fault is named at once. What the rules mean is `forewarn_core::policy`'s part.

mod canonical;
mod edit;
mod form;
mod layers;
mod problem;
pub mod profiles;
mod resolve;
#[cfg(test)]
mod tests;
mod translate;

use std::fmt;
use std::sync::Arc;

use forewarn_core::Instant;
use forewarn_core::policy::Policy;

pub use edit::PolicyEdit;
pub use problem::PolicyProblem;

use layers::Layers;
use resolve::Resolved;

/// A policy document that may be used. Cloning it is cheap.
#[derive(Clone)]
pub struct PolicyBook(Arc<Inner>);

struct Inner {
    text: String,
    version: String,
    resolved: Resolved,
}

impl PolicyBook {
    /// Reads a policy document of at most 1 MiB.
    ///
    /// # Errors
    /// Every fault of the text: its syntax, keys there are not, values that cannot be used, rules that contradict each
    /// other in the base or in any combination of overrides.
    pub fn parse(text: &str) -> Result<Self, Vec<PolicyProblem>> {
        let layers = Layers::read(text)?;
        let resolved = Resolved::of(&layers)?;
        let version = canonical::version(&layers, &resolved.base);
        Ok(Self::new(text.to_owned(), version, resolved))
    }

    /// The content's hash, as 32 hexadecimal digits. Order, white space, comments, and whether a default is written
    /// out do not change it.
    pub fn version(&self) -> &str {
        &self.0.version
    }

    /// The policy for orders of today: the most specific override wins, key by key. Costs a few look-ups and no copy.
    pub fn resolve(&self, platform: Option<&str>, merchant: &str, warehouse: Option<&str>) -> Arc<Policy> {
        self.resolve_for(platform, merchant, warehouse, None)
    }

    /// The policy for an order paid at `paid`, which counts where a platform's rules changed since or will; without a
    /// payment those count that no change is known of.
    pub fn resolve_for(
        &self,
        platform: Option<&str>,
        merchant: &str,
        warehouse: Option<&str>,
        paid: Option<Instant>,
    ) -> Arc<Policy> {
        Arc::clone(self.0.resolved.get(platform, merchant, warehouse, paid))
    }

    /// The policy without any override.
    pub fn base(&self) -> &Policy {
        &self.0.resolved.base
    }

    /// The policy of every combination of overrides the document names, the base first.
    pub fn all(&self) -> impl Iterator<Item = &Policy> {
        self.0.resolved.all()
    }

    /// The text as it was given, comments and all; empty for the built-in policy.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The same document with the base changed as a form says; overrides and comments stay.
    ///
    /// # Errors
    /// Every fault of the new document; those of a field of the form bear its key, see [`PolicyEdit::KEYS`].
    pub fn with_base(&self, edit: &PolicyEdit) -> Result<Self, Vec<PolicyProblem>> {
        edit::apply(self, edit)
    }

    fn new(text: String, version: String, resolved: Resolved) -> Self {
        Self(Arc::new(Inner { text, version, resolved }))
    }
}

impl Default for PolicyBook {
    fn default() -> Self {
        let layers = Layers::default();
        // An empty document has no faults; a test says so.
        let resolved = Resolved::of(&layers).unwrap_or_default();
        let version = canonical::version(&layers, &resolved.base);
        Self::new(String::new(), version, resolved)
    }
}

impl fmt::Debug for PolicyBook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PolicyBook").field("version", &self.0.version).finish_non_exhaustive()
    }
}

impl PartialEq for PolicyBook {
    /// Two documents are the same when they decide the same.
    fn eq(&self, other: &Self) -> bool {
        self.0.version == other.0.version
    }
}
