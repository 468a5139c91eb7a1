//! The engine: events in, decisions out, one transaction a step.
//!
//! Steps, not tasks: [`Engine::ingest`], [`Engine::wake`], [`Engine::claim`] and [`Engine::settle`], [`Engine::learn`],
//! [`Engine::watch_incidents`], [`Engine::sweep`]. `serve` schedules them, `simulate` loops them to quiescence under a virtual clock; how many
//! orders a step takes at once never changes a result.

mod aside;
mod claim;
mod clock;
mod compose;
mod desk;
mod down;
mod estimate;
mod gate;
mod grants;
mod incidents;
mod index;
mod ingest;
mod judge;
mod learn;
mod letters;
mod link;
mod record;
mod remark;
mod restored;
mod send;
mod settings;
mod settle;
mod sweep;
#[cfg(test)]
mod tests;
mod together;
mod uncertain;
mod wake;
mod ways;
mod what_if;
mod words;

use std::sync::{Arc, Mutex, PoisonError};

use forewarn_core::forecast::Model;
use forewarn_core::{Instant, Span};

pub use claim::{Claimed, Lease, Message};
pub use down::Down;
pub use gate::{Admission, Gate};
pub use grants::GrantFate;
pub use incidents::Deed;
pub use ingest::{Incoming, Ingested, Position, Taken};
pub use judge::{Dossier, dossier};
pub use learn::MODEL_TICK;
pub use link::{Links, Purpose};
pub(crate) use record::notice_id;
pub use record::{CompensationRecord, GrantRecord, NoticeRecord, Record, SuppressedRecord};
pub use remark::Remark;
pub use restored::Restored;
pub use settings::{Identity, Settings, Shop, Shops};
pub use settle::Attempt;
pub use uncertain::Verdict;
pub use wake::Woken;
#[cfg(test)]
pub(crate) use wake::{UNDECIDABLE, UNFOLDABLE, UNREADABLE};
pub use what_if::{Outcome, Tried, WhatIf, WhatIfStep};
pub use words::show_unknown_words;

use crate::copy::Wording;
use crate::store::{StoreError, Tx};

/// The engine. It holds nothing that a restart could lose: policy, switches, conditions and the model are caches of
/// the store, compared by version at every step.
pub struct Engine {
    identity: Identity,
    copy: Arc<dyn Wording>,
    machine: String,
    clock_grain: Span,
    learn_chunk: usize,
    settings: Mutex<Option<Arc<Settings>>>,
    model: Mutex<Option<Arc<Model>>>,
    lesson: Mutex<Option<learn::Lesson>>,
    /// The tick up to which there is nothing to see for incidents.
    watched: Mutex<Option<Instant>>,
}

impl Engine {
    /// An engine that writes with `copy` in the name of `identity`.
    pub fn new(identity: Identity, copy: Arc<dyn Wording>) -> Self {
        Self {
            identity,
            copy,
            machine: String::new(),
            clock_grain: clock::GRAIN,
            learn_chunk: learn::CHUNK,
            settings: Mutex::default(),
            model: Mutex::default(),
            lesson: Mutex::default(),
            watched: Mutex::default(),
        }
    }

    /// The same on the machine `machine`, whose clock is told apart from those of others on the same store.
    #[must_use]
    pub fn on(self, machine: String) -> Self {
        Self { machine, ..self }
    }

    /// The same where business time runs `speed` times as fast as the machine's: what steps that wait their turn differ
    /// by grows with it, and is no clock set back.
    #[must_use]
    pub fn at_speed(self, speed: u32) -> Self {
        Self { clock_grain: Span::from_ms(clock::GRAIN.ms().saturating_mul(i64::from(speed))), ..self }
    }

    /// The same, learning `observations` (at least 1) in a step; how many never changes what is learned.
    #[must_use]
    pub fn learning_by(self, observations: usize) -> Self {
        Self { learn_chunk: observations.max(1), ..self }
    }

    /// Who we are before the buyer.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Policy, switches and conditions as they stand in this transaction.
    ///
    /// # Errors
    /// When the store fails or the stored policy cannot be read.
    pub fn settings(&self, tx: &mut dyn Tx) -> Result<Arc<Settings>, StoreError> {
        let version = tx.settings_version()?;
        let cached = self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(settings) = cached.filter(|s| s.version == version) {
            return Ok(settings);
        }
        let fresh = Arc::new(Settings::load(tx, version)?);
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&fresh));
        Ok(fresh)
    }

    /// The forecast model as it stands in this transaction.
    ///
    /// # Errors
    /// When the store fails.
    pub fn model(&self, tx: &mut dyn Tx) -> Result<Arc<Model>, StoreError> {
        let version = tx.model_version()?;
        let cached = self.model.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(model) = cached.filter(|m| m.stored_version() == version) {
            return Ok(model);
        }
        let fresh = Arc::new(tx.model_load()?);
        self.keep_model(&fresh);
        Ok(fresh)
    }

    /// The model to change: taken out of the cache, so that one which nobody else holds need not be copied.
    fn take_model(&self, tx: &mut dyn Tx) -> Result<Model, StoreError> {
        let model = self.model(tx)?;
        *self.model.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(Arc::unwrap_or_clone(model))
    }

    fn keep_model(&self, model: &Arc<Model>) {
        *self.model.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(model));
    }

    /// Since when notices of a shop may go out: the operator's word, else the shop's first contact.
    fn live_since(
        &self,
        tx: &mut dyn Tx,
        merchant: &forewarn_core::ids::MerchantId,
        now: Instant,
    ) -> Result<Instant, StoreError> {
        match self.identity.live_since {
            Some(at) => Ok(at),
            None => tx.live_since(merchant, now),
        }
    }
}
