//! The forecast's memory.

use forewarn_core::Instant;
use forewarn_core::forecast::{Model, Observation};

use crate::store::StoreError;

/// How far what was observed is learned. Everything before `learned` is in the model; nothing is added before `closed`
/// any more, so what lies between the two stays as it is while it is learned, however many steps that takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// When the oldest observation that is still kept was made, learned or not.
    pub oldest: Option<Instant>,
    /// The tick up to which all is learned.
    pub learned: Option<Instant>,
    /// The tick before which nothing is added any more; never before `learned`.
    pub closed: Option<Instant>,
}

impl Progress {
    /// Whether observations are kept that were learned already.
    pub fn has_learned_leftovers(&self) -> bool {
        self.oldest.is_some_and(|oldest| Some(oldest) < self.learned)
    }

    /// The tick that is closed and not yet learned.
    pub fn under_way(&self) -> Option<Instant> {
        self.closed.filter(|closed| self.learned.is_none_or(|learned| learned < *closed))
    }
}

/// A place in the order in which observations are learned: by moment, then by the bytes of the document, as what is
/// learned must not hang on which replica wrote first; then by number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bookmark {
    /// When it was observed.
    pub at: Instant,
    /// The document.
    pub seen: String,
    /// The number of the row.
    pub seq: i64,
}

/// Observations not yet learned, and the model learned so far.
pub trait ModelStore {
    /// Keeps observations made at `at` until they are learned. What was made before the closed tick is written down too
    /// late for it and counts as made then.
    ///
    /// # Errors
    /// When the database fails.
    fn observations_add(&mut self, at: Instant, observations: &[Observation]) -> Result<(), StoreError>;

    /// How far learning is.
    ///
    /// # Errors
    /// When the database fails.
    fn observations_progress(&mut self) -> Result<Progress, StoreError>;

    /// Closes `tick`: nothing is added before it any more. Taken under [`Self::model_lock`].
    ///
    /// # Errors
    /// When the database fails.
    fn observations_close(&mut self, tick: Instant) -> Result<(), StoreError>;

    /// Up to `limit` observations made before `tick` that come after `after`, in the order of [`Bookmark`], and the place
    /// of the last of them.
    ///
    /// # Errors
    /// When the database fails or a row is damaged.
    fn observations_read(
        &mut self,
        after: Option<&Bookmark>,
        tick: Instant,
        limit: usize,
    ) -> Result<(Vec<Observation>, Option<Bookmark>), StoreError>;

    /// Notes that everything before the closed tick is learned.
    ///
    /// # Errors
    /// When the database fails.
    fn observations_learned(&mut self) -> Result<(), StoreError>;

    /// Deletes up to `limit` observations that are learned.
    ///
    /// # Errors
    /// When the database fails.
    fn observations_forget(&mut self, limit: usize) -> Result<(), StoreError>;

    /// Opens again what a clock that ran ahead had closed: no tick after `now` is closed or learned.
    ///
    /// # Errors
    /// When the database fails.
    fn observations_reopen(&mut self, now: Instant) -> Result<(), StoreError>;

    /// Keeps every other process from writing observations or the model until the end of this step, having waited for
    /// those that do. What is read afterwards is what they left.
    ///
    /// # Errors
    /// When the database fails.
    fn model_lock(&mut self) -> Result<(), StoreError>;

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
