//! The forecast's memory.

use forewarn_core::Instant;
use forewarn_core::forecast::{Model, Observation};

use crate::store::StoreError;

/// Observations not yet learned, and the model learned so far.
pub trait ModelStore {
    /// Keeps observations made at `at` until the next tick learns them.
    ///
    /// # Errors
    /// When the database fails.
    fn observations_add(&mut self, at: Instant, observations: &[Observation]) -> Result<(), StoreError>;

    /// Keeps every other process from learning until the end of this step, having waited for one that does. What is
    /// read afterwards is what that one left.
    ///
    /// # Errors
    /// When the database fails.
    fn model_lock(&mut self) -> Result<(), StoreError>;

    /// Takes up to `limit` observations made before `tick` out of the store, oldest first, those of one instant
    /// ascending by the bytes of their documents: what is learned must not hang on which replica wrote first.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn observations_take(&mut self, tick: Instant, limit: usize) -> Result<Vec<Observation>, StoreError>;

    /// When the oldest waiting observation was made.
    ///
    /// # Errors
    /// When the database fails.
    fn observations_oldest(&mut self) -> Result<Option<Instant>, StoreError>;

    /// The model learned so far.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn model_load(&mut self) -> Result<Model, StoreError>;

    /// The version of the stored model, without loading it; empty before the first tick.
    ///
    /// # Errors
    /// When the database fails.
    fn model_version(&mut self) -> Result<String, StoreError>;

    /// Keeps the groups of `model` that changed, and its version.
    ///
    /// # Errors
    /// When the database fails.
    fn model_save(&mut self, model: &Model, changed: &[String]) -> Result<(), StoreError>;
}
