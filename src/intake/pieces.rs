//! A batch on its way into the store, in pieces of one transaction each.
//!
//! As a rule there is one piece. When the store says that a piece can never be kept, smaller ones are tried until the
//! one event is found that is to blame; it becomes a dead letter, and the others go on.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{Fault, Reason};
use crate::engine::Incoming;
use crate::store::StoreError;
use crate::store::port::Place;

/// What is still to be kept.
pub(super) struct Pieces {
    waiting: Vec<Incoming>,
    at_once: usize,
    most: usize,
}

impl Pieces {
    /// `events`, at most `most` of them in a transaction.
    pub(super) fn of(events: Vec<Incoming>, most: usize) -> Self {
        let most = most.max(1);
        Self { waiting: events, at_once: most, most }
    }

    /// The next piece, taken out in order.
    pub(super) fn next(&mut self) -> Option<Arc<Vec<Incoming>>> {
        if self.waiting.is_empty() {
            return None;
        }
        let rest = self.waiting.split_off(self.at_once.min(self.waiting.len()));
        Some(Arc::new(std::mem::replace(&mut self.waiting, rest)))
    }

    /// Notes that a piece is durable.
    pub(super) fn kept(&mut self) {
        self.at_once = (self.at_once * 2).min(self.most);
    }

    /// Puts back a piece whose events of `place` are not taken, without these; and leaves out what else waits of them.
    pub(super) fn without(&mut self, piece: &[Incoming], place: &Place) {
        let mut events = piece.to_vec();
        events.append(&mut self.waiting);
        events.retain(|one| one.origin.topic != place.0 || one.origin.partition != place.1);
        self.waiting = events;
    }

    /// Puts back a piece that can never be kept as it is, to be tried in halves.
    ///
    /// # Errors
    /// `error` itself, when not even a dead letter can be kept.
    pub(super) fn refused(&mut self, piece: &[Incoming], error: StoreError) -> Result<(), StoreError> {
        let mut events = piece.to_vec();
        self.at_once = (events.len() / 2).max(1);
        if let [only] = events.as_mut_slice() {
            let Incoming { origin, event, .. } = only;
            if event.as_ref().is_err_and(|fault| fault.reason == Reason::NotStored) {
                return Err(error);
            }
            let (topic, partition, offset) = (&origin.topic, origin.partition, origin.offset);
            tracing::error!(
                topic,
                partition,
                offset,
                error = &error as &dyn std::error::Error,
                "an event cannot be kept"
            );
            *event = Err(Fault::new(Reason::NotStored, error.to_string()));
        }
        events.append(&mut self.waiting);
        self.waiting = events;
        Ok(())
    }
}
