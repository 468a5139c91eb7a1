//! Sees when the business clock was set back, and has looked at again what the wrong one had timed.
//!
//! A clock that runs ahead gives orders and notices timers that lie ahead of the truth, and lets moments pass that have
//! not come. Once it is set right, nothing would look after them until then. So the newest time that any step saw is
//! kept, and a step that finds itself before it starts over: every open order is decided again, paced as a sweep.

use forewarn_core::event::Scope;
use forewarn_core::{Instant, Span};

use super::Engine;
use crate::store::{StoreError, Tx};

/// Under which name the newest time is kept.
const NOTE: &str = "clock";
/// How exact it is kept, so that not every step writes it; and how far machines may differ without a word. Our choice:
/// far more than clocks that are kept in step differ by, far less than a buyer notices.
const GRAIN: Span = Span::minutes(1);

impl Engine {
    /// Takes note of `now`; what an earlier, later time had timed is due.
    ///
    /// # Errors
    /// When the store fails.
    pub(super) fn watch_clock(&self, tx: &mut dyn Tx, now: Instant) -> Result<(), StoreError> {
        let newest = tx.note_load(NOTE)?.and_then(|text| text.parse().ok()).map(Instant::from_ms);
        let went_back = newest.filter(|newest| now + GRAIN < *newest);
        if let Some(newest) = went_back {
            tracing::warn!(
                clock.newest = %newest, clock.now = %now,
                "the clock was set back, or machines that share a store differ; all open orders are looked at again"
            );
            tx.timers_cut(now)?;
            tx.sweep_start(&Scope::default())?;
        }
        if went_back.is_some() || newest.is_none_or(|newest| newest + GRAIN <= now) {
            tx.note_save(NOTE, &now.ms().to_string())?;
        }
        Ok(())
    }
}
