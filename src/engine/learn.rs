//! Folds what orders taught into the model, at fixed ticks of the clock.
//!
//! A busy quarter of an hour leaves more than one step may hold, so a tick is closed, learned in as many steps as it
//! takes on a copy of the model, and saved whole at the end. Until then everything is decided by the model of the tick
//! before. The copy is nowhere but in memory: whoever starts anew, or finds that another process was faster, begins again.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

use forewarn_core::forecast::{Model, Observation};
use forewarn_core::{Instant, Span};

use super::Engine;
use crate::store::port::{Bookmark, Progress};
use crate::store::{StoreError, Tx};

/// How often the model learns (contract: 15 min). Ticks are multiples of it since the epoch.
pub const MODEL_TICK: Span = Span::minutes(15);
/// Most observations learned, or forgotten, in one step: some 30 ms (our choice), in which nobody else writes to SQLite.
pub(super) const CHUNK: usize = 2_000;

/// A tick that is learned in several steps.
pub(super) struct Lesson {
    tick: Instant,
    /// The version of the model it began with.
    base: String,
    model: Model,
    changed: BTreeSet<String>,
    /// Up to where it has read.
    read: Option<Bookmark>,
}

impl Lesson {
    fn learn(&mut self, seen: &[Observation]) {
        self.changed.extend(self.model.learn(seen, self.tick));
    }
}

impl Engine {
    /// Learns the next part of what was observed before a tick at or before `now`, tick by tick, so that the model is
    /// the same, its version too, however long nobody asked and in however many steps; whether there was anything.
    ///
    /// # Errors
    /// When the store fails; then the model stands as before.
    pub fn learn(&self, tx: &mut dyn Tx, now: Instant) -> Result<bool, StoreError> {
        let progress = tx.observations_progress()?;
        if progress.has_learned_leftovers() {
            tx.observations_forget(self.learn_chunk)?;
            return Ok(true);
        }
        if let Some(tick) = progress.under_way() {
            return self.learn_part(tx, tick);
        }
        match next_tick(&progress).filter(|tick| *tick <= now) {
            Some(tick) => self.learn_at_once(tx, tick, progress),
            None => Ok(false),
        }
    }

    /// Closes `tick` and learns all of it, if it is small enough for one step.
    fn learn_at_once(&self, tx: &mut dyn Tx, tick: Instant, progress: Progress) -> Result<bool, StoreError> {
        tx.model_lock()?;
        if tx.observations_progress()? != progress {
            return Ok(true); // Another process was faster, or wrote something; the next step looks again.
        }
        *self.lesson.lock().unwrap_or_else(PoisonError::into_inner) = None;
        tx.observations_close(tick)?;
        let (seen, _) = tx.observations_read(None, tick, self.learn_chunk)?;
        if seen.len() == self.learn_chunk {
            return Ok(true);
        }
        let mut model = self.take_model(tx)?;
        let changed = model.learn(&seen, tick);
        self.graduate(tx, model, &changed)?;
        tx.observations_forget(self.learn_chunk)?;
        Ok(true)
    }

    /// Learns a part of the closed `tick`; the last one saves the model.
    fn learn_part(&self, tx: &mut dyn Tx, tick: Instant) -> Result<bool, StoreError> {
        let mut lesson = self.lesson(tx, tick)?;
        let (seen, last) = tx.observations_read(lesson.read.as_ref(), tick, self.learn_chunk)?;
        lesson.learn(&seen);
        if seen.len() == self.learn_chunk {
            lesson.read = last;
            *self.lesson.lock().unwrap_or_else(PoisonError::into_inner) = Some(lesson);
            return Ok(true);
        }
        tx.model_lock()?;
        // What is under way is looked at again, as it was read before the lock: another process may have ended it.
        if tx.observations_progress()?.under_way() == Some(tick) {
            self.graduate(tx, lesson.model, &lesson.changed.into_iter().collect::<Vec<_>>())?;
        }
        Ok(true)
    }

    /// The lesson on `tick` that an earlier step began, if it stands on the model that is in force, else a new one.
    fn lesson(&self, tx: &mut dyn Tx, tick: Instant) -> Result<Lesson, StoreError> {
        let begun = self.lesson.lock().unwrap_or_else(PoisonError::into_inner).take();
        let base = tx.model_version()?;
        match begun.filter(|lesson| lesson.tick == tick && lesson.base == base) {
            Some(lesson) => Ok(lesson),
            None => {
                let model = self.model(tx)?.as_ref().clone();
                Ok(Lesson { tick, base, model, changed: BTreeSet::new(), read: None })
            }
        }
    }

    fn graduate(&self, tx: &mut dyn Tx, model: Model, changed: &[String]) -> Result<(), StoreError> {
        tx.model_save(&model, changed)?;
        tx.observations_learned()?;
        self.keep_model(&Arc::new(model));
        Ok(())
    }
}

/// When the model learns next, if anything waits to be learned.
fn next_tick(progress: &Progress) -> Option<Instant> {
    progress.oldest.map(|at| at.floor_to(MODEL_TICK) + MODEL_TICK)
}
