//! Tells processes on the same store how far this one's partitions are read: any of them may send.

use std::collections::BTreeSet;
use std::time::{Duration, Instant as RealInstant};

use rdkafka::consumer::Consumer as _;

use super::Worker;
use crate::store::port::{Place, Reading};

/// How often it is told while nothing changes.
const EVERY: Duration = Duration::from_secs(1);
/// How often the broker is asked which partitions there are, so that new ones are known before anybody reads them.
const PARTITIONS_EVERY: Duration = Duration::from_secs(30);
/// How long that question may take. Nothing is read meanwhile, nor a word to stop heard.
const ASK: Duration = Duration::from_secs(2);

/// What was told, and when.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Partitions that were read up to date.
    places: BTreeSet<Place>,
    at: Option<RealInstant>,
    /// All partitions of the input topics, and when the broker was asked for them.
    partitions: Option<(Vec<Place>, RealInstant)>,
}

impl Worker {
    /// Tells how far partitions are read: about once a second, and at once when one has caught up. Whoever hears nothing
    /// holds, so a store that is away is no reason to stop.
    pub(super) fn report(&mut self) {
        if !self.parts.store.is_shared() || self.parts.stop.is_cancelled() {
            return;
        }
        let readings = self.readings();
        let places: BTreeSet<Place> = readings.iter().map(|reading| reading.place.clone()).collect();
        let lately = self.told.at.is_some_and(|at| at.elapsed() < EVERY);
        if readings.is_empty() || (lately && places.is_subset(&self.told.places)) {
            return;
        }
        self.told.at = Some(RealInstant::now());
        let Some(partitions) = self.partitions() else { return };
        let step = self.parts.store.write(move |tx| {
            tx.partitions_note(&partitions)?;
            tx.readings_save(&readings)
        });
        match self.runtime.block_on(step) {
            Ok(()) => self.told.places = places,
            Err(error) => tracing::debug!(
                error = &error as &dyn std::error::Error,
                "kafka intake: other processes could not be told how far it has read"
            ),
        }
    }

    fn readings(&self) -> Vec<Reading> {
        let caught_up = self.parts.freshness.caught_up().into_iter();
        let reading = |(place, lag)| self.holding.get(&place).map(|held| Reading { place, epoch: held.epoch, lag });
        caught_up.filter_map(reading).collect()
    }

    /// All partitions of the input topics; `None` while the broker has never said.
    fn partitions(&mut self) -> Option<Vec<Place>> {
        let known_lately = self.told.partitions.as_ref().filter(|(_, at)| at.elapsed() < PARTITIONS_EVERY);
        if let Some((partitions, _)) = known_lately {
            return Some(partitions.clone());
        }
        // Asked about all topics at once: a question about one would make it where topics are made on first use.
        match self.consumer.fetch_metadata(None, ASK) {
            Ok(metadata) => {
                let ours = metadata.topics().iter().filter(|topic| self.topics.iter().any(|name| name == topic.name()));
                let places = ours.flat_map(|topic| {
                    topic.partitions().iter().map(|partition| (topic.name().to_owned(), partition.id()))
                });
                self.told.partitions = Some((places.collect(), RealInstant::now()));
            }
            Err(error) => {
                self.consumer.context().complain(&error, "the broker does not say which partitions there are");
            }
        }
        self.told.partitions.as_ref().map(|(partitions, _)| partitions.clone())
    }

    /// After partitions moved, what was said of them is said anew.
    pub(super) fn forget_told(&mut self) {
        self.told.places.clear();
        self.told.partitions = None;
    }
}
