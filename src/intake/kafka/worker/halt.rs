//! Partitions that are halted because too much of them is poison, until an operator lets it pass.

use std::collections::BTreeMap;
use std::time::{Duration, Instant as RealInstant};

use rdkafka::Offset;
use rdkafka::consumer::Consumer as _;
use rdkafka::topic_partition_list::TopicPartitionList;

use super::{FENCED_REST, Worker};
use crate::intake::kafka::IntakeError;
use crate::store::StoreError;
use crate::store::port::Place;

/// How often the store is asked for an operator's word while something is halted.
const WORD: Duration = Duration::from_secs(1);
/// How long moving back to the stored offset may take.
const SEEK: Duration = Duration::from_secs(10);

/// Halted partitions, each with the newest word that was there when it was halted: only a newer one is tried.
#[derive(Debug, Default)]
pub(super) struct Halted {
    places: BTreeMap<Place, i64>,
    asked: Option<RealInstant>,
}

impl Halted {
    pub(super) fn has(&self, place: &Place) -> bool {
        self.places.contains_key(place)
    }
}

impl Worker {
    /// Reads no further from `place`; the others go on.
    pub(super) fn halt(&mut self, place: &Place, why: &str) {
        if let Err(error) = self.consumer.pause(&list(place)) {
            // Then its events go on coming and are left out one by one.
            self.consumer.context().complain(&error, "a partition cannot be paused");
        }
        let (guard, noted, words, now) =
            (self.parts.guard.clone(), place.clone(), why.to_owned(), self.parts.clock.now());
        let step = self.parts.store.write(move |tx| {
            guard.stop(tx, &noted, &words, now)?;
            Ok(tx.passes(now)?.iter().filter(|pass| pass.reaches(&noted)).map(|pass| pass.number).max())
        });
        let newest = self.runtime.block_on(step).unwrap_or_else(|error| {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "kafka intake: that a partition is halted could not be noted in the store"
            );
            None
        });
        self.parts.guard.note_stop(place, why);
        self.halted.places.insert(place.clone(), newest.unwrap_or(0));
    }

    /// Goes on with what a new word of an operator may let pass, from the stored offset; if it does not suffice, it is
    /// halted again there.
    pub(super) fn look_for_word(&mut self) -> Result<(), IntakeError> {
        let asked_lately = self.halted.asked.is_some_and(|at| at.elapsed() < WORD);
        if self.halted.places.is_empty() || asked_lately {
            return Ok(());
        }
        self.halted.asked = Some(RealInstant::now());
        let now = self.parts.clock.now();
        let passes = match self.runtime.block_on(self.parts.store.read(move |tx| tx.passes(now))) {
            Ok(passes) => passes,
            Err(error) => return self.no_word(error),
        };
        let halted = self.halted.places.clone();
        for (place, known) in halted {
            if passes.iter().any(|pass| pass.number > known && pass.reaches(&place)) {
                self.go_on(&place)?;
            }
        }
        Ok(())
    }

    fn no_word(&self, error: StoreError) -> Result<(), IntakeError> {
        if error.class() == crate::store::Class::Fatal {
            return Err(error.into());
        }
        tracing::debug!(error = &error as &dyn std::error::Error, "kafka intake: no word could be read");
        Ok(())
    }

    fn go_on(&mut self, place: &Place) -> Result<(), IntakeError> {
        self.halted.places.remove(place);
        let Some(held) = self.holding.get(place) else { return Ok(()) };
        let from = held.next.map_or(Offset::Beginning, Offset::Offset);
        let moved = self.consumer.seek(&place.0, place.1, from, SEEK).and_then(|()| self.consumer.resume(&list(place)));
        tracing::info!(topic = place.0, partition = place.1, "kafka intake: tried again on an operator's word");
        let Err(error) = moved else { return Ok(()) };
        // Taken over anew, every partition is read from the stored offset.
        self.consumer.context().complain(&error, "a partition cannot be read on; all are taken over anew");
        self.consumer.context().rest(FENCED_REST);
        let places: Vec<_> = self.holding.keys().cloned().collect();
        self.consumer.context().take_over(&self.consumer, &places)?;
        self.note_ownership()
    }

    /// After partitions moved everything is read from the stored offsets, and what is poison is halted there again.
    pub(super) fn forget_halts(&mut self) {
        for place in std::mem::take(&mut self.halted.places).into_keys() {
            if !self.holding.contains_key(&place) {
                continue;
            }
            if let Err(error) = self.consumer.resume(&list(&place)) {
                self.consumer.context().complain(&error, "a partition cannot be read on");
            }
        }
        self.parts.guard.keep_only(|place| self.holding.contains_key(place));
    }
}

fn list(place: &Place) -> TopicPartitionList {
    let mut list = TopicPartitionList::with_capacity(1);
    list.add_partition(&place.0, place.1);
    list
}
