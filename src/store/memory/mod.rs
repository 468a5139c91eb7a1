//! The store of one simulated run: typed rows in ordered maps, in one thread, gone with the run.
//!
//! It answers the whole port as [`sqlite`](super::sqlite) does, to the order of equal rows, so that a run on it gives the
//! same records byte for byte; both pass one contract suite. It has no statements, no documents and no checksums: its
//! rows never leave the memory they were made in, so none can be damaged or written by another version.
//!
//! What the engine asks for in its steps is found by an index. Lists, counts and pruning, which a run never asks for,
//! walk the rows.

mod conditions;
mod desk;
mod expedites;
mod grants;
mod hindsight;
mod incidents;
mod intake;
mod letters;
mod listing;
mod model;
mod notices;
mod orders;
mod outbound;
mod prune;
mod quotes;
mod replica;
mod settings;
#[cfg(test)]
mod tests;
mod trials;
mod watches;

use super::{StoreError, Tx};

/// A store in memory.
///
/// It keeps no log to undo a step by: a step that fails, or panics, takes everything with it, and each later one is
/// answered with [`StoreError::Stopped`]. So a failed step leaves nothing, and whoever wants to go on after one keeps a
/// clone from before it. A run of `simulate` is one step, whose failure ends it anyway.
#[derive(Clone, Debug)]
pub struct Memory {
    /// `None` after a step that failed.
    tables: Option<Box<Tables>>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self { tables: Some(Box::default()) }
    }

    /// Runs `step` and gives its result.
    ///
    /// # Errors
    /// Whatever the step answers; then nothing is left of the store. [`StoreError::Stopped`] after such a step.
    pub fn transact<R>(&mut self, step: &mut dyn FnMut(&mut dyn Tx) -> Result<R, StoreError>) -> Result<R, StoreError> {
        let mut tables = self.tables.take().ok_or(StoreError::Stopped)?;
        let result = step(&mut *tables)?;
        self.tables = Some(tables);
        Ok(result)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

/// Everything that is kept; it implements the whole port.
#[derive(Clone, Debug, Default)]
struct Tables {
    orders: orders::Orders,
    around: orders::Around,
    conditions: conditions::Conditions,
    notices: notices::Notices,
    suppressions: notices::Suppressions,
    grants: grants::Grants,
    lessons: model::Lessons,
    model: model::Learned,
    partitions: replica::Partitions,
    leases: replica::Leases,
    books: intake::Books,
    letters: letters::Letters,
    watches: watches::Watches,
    settings: settings::Kept,
    hindsight: hindsight::Hindsight,
    quotes: quotes::Quotes,
    expedites: expedites::Expedites,
    trials: trials::Trials,
    desk: desk::Desk,
    incidents: incidents::Incidents,
    pruned: prune::Pruned,
}
