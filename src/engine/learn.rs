//! Folds what orders taught into the model, at fixed ticks of the clock.

use std::collections::BTreeSet;
use std::sync::Arc;

use forewarn_core::{Instant, Span};

use super::Engine;
use crate::store::{StoreError, Tx};

/// How often the model learns (contract: 15 min). Ticks are multiples of it since the epoch.
pub const MODEL_TICK: Span = Span::minutes(15);
/// Most observations taken out of the store at once.
const CHUNK: usize = 10_000;

impl Engine {
    /// Learns everything observed before the newest tick at or before `now`, tick by tick, so that the model is the
    /// same, its version too, however long nobody asked; whether there was anything.
    ///
    /// # Errors
    /// When the store fails; then the model stands as before.
    pub fn learn(&self, tx: &mut dyn Tx, now: Instant) -> Result<bool, StoreError> {
        if self.next_tick(tx)?.is_none_or(|tick| tick > now) {
            return Ok(false);
        }
        // Another process may be learning this very tick; then nothing of it is left afterwards.
        tx.model_lock()?;
        let Some(mut tick) = self.next_tick(tx)?.filter(|tick| *tick <= now) else { return Ok(false) };
        let mut model = self.take_model(tx)?;
        let mut changed = BTreeSet::new();
        loop {
            let seen = tx.observations_take(tick, CHUNK)?;
            changed.extend(model.learn(&seen, tick));
            if seen.len() == CHUNK {
                continue;
            }
            match self.next_tick(tx)?.filter(|tick| *tick <= now) {
                Some(next) => tick = next,
                None => break,
            }
        }
        tx.model_save(&model, &changed.into_iter().collect::<Vec<_>>())?;
        self.keep_model(&Arc::new(model));
        Ok(true)
    }

    /// When the model learns next, if anything waits to be learned.
    ///
    /// # Errors
    /// When the store fails.
    pub fn next_tick(&self, tx: &mut dyn Tx) -> Result<Option<Instant>, StoreError> {
        let oldest = tx.observations_oldest()?;
        Ok(oldest.map(|at| at.floor_to(MODEL_TICK) + MODEL_TICK))
    }
}
