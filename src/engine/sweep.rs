//! Makes orders look at what changed around them, in chunks that a restart resumes.

use forewarn_core::Instant;

use super::Engine;
use crate::store::{StoreError, Tx};

impl Engine {
    /// Wakes up to `limit` orders of the oldest unfinished sweep; whether there is more to do.
    ///
    /// # Errors
    /// When the store fails.
    pub fn sweep(&self, tx: &mut dyn Tx, now: Instant, limit: usize) -> Result<bool, StoreError> {
        self.watch_clock(tx, now)?;
        let Some(sweep) = tx.sweep_next()? else { return Ok(false) };
        let last = tx.orders_rewake(&sweep.scope, now, sweep.after.as_ref(), limit)?;
        tx.sweep_advance(sweep.id, last.as_ref())?;
        Ok(true)
    }
}
