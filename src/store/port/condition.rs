//! Conditions, and the sweeps that make orders look at what changed.

use forewarn_core::OrderKey;
use forewarn_core::condition::{Condition, ConditionFacts};
use forewarn_core::event::Scope;
use forewarn_core::ids::ConditionId;

use crate::store::StoreError;

/// A change that orders in scope must see, worked off in chunks; it survives a restart where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// Its number, ascending.
    pub id: i64,
    /// Which orders; empty: every open one.
    pub scope: Scope,
    /// The last order that was reached.
    pub after: Option<OrderKey>,
}

/// Conditions and sweeps.
pub trait ConditionStore {
    /// What is known of a condition.
    ///
    /// # Errors
    /// When the database fails or the row is damaged.
    fn condition_load(&mut self, id: &ConditionId) -> Result<Option<ConditionFacts>, StoreError>;

    /// Keeps what is known of a condition.
    ///
    /// # Errors
    /// When the database fails.
    fn condition_save(&mut self, id: &ConditionId, facts: &ConditionFacts) -> Result<(), StoreError>;

    /// All conditions in force, ascending by id.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn conditions_in_force(&mut self) -> Result<Vec<Condition>, StoreError>;

    /// Starts a sweep over the orders in `scope`.
    ///
    /// # Errors
    /// When the database fails.
    fn sweep_start(&mut self, scope: &Scope) -> Result<(), StoreError>;

    /// The oldest unfinished sweep.
    ///
    /// # Errors
    /// When the database fails or the row is damaged.
    fn sweep_next(&mut self) -> Result<Option<Sweep>, StoreError>;

    /// Notes how far a sweep has come; `None` ends it.
    ///
    /// # Errors
    /// When the database fails.
    fn sweep_advance(&mut self, id: i64, after: Option<&OrderKey>) -> Result<(), StoreError>;
}
