//! What processes tell each other through a store, timed by the machine's clock. Here there is one process, which may ask
//! all the same.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use forewarn_core::{Instant, Span};

use super::Tables;
use crate::store::StoreError;
use crate::store::port::{Offset, Place, Reading, ReplicaStore, Stalest};

/// Known partitions.
pub(super) type Partitions = BTreeMap<Place, Partition>;

/// Leases by name: holder and end.
pub(super) type Leases = BTreeMap<String, (String, Instant)>;

/// How far a partition is read.
#[derive(Clone, Debug)]
pub(super) struct Partition {
    pub(super) offset: Offset,
    /// Until when it was known to be read up to date.
    pub(super) fresh_at: Option<Instant>,
}

impl Default for Partition {
    fn default() -> Self {
        Self { offset: Offset { next: None, epoch: 0 }, fresh_at: None }
    }
}

impl ReplicaStore for Tables {
    fn partitions_note(&mut self, places: &[Place]) -> Result<(), StoreError> {
        for place in places {
            self.partitions.entry(place.clone()).or_default();
        }
        Ok(())
    }

    fn readings_save(&mut self, readings: &[Reading]) -> Result<(), StoreError> {
        for Reading { place, epoch, lag } in readings {
            let known = self.partitions.get_mut(place).filter(|known| known.offset.epoch == *epoch);
            if let Some(known) = known {
                known.fresh_at = Some(now() - *lag);
            }
        }
        Ok(())
    }

    fn stalest(&mut self, topics: &[&str]) -> Result<Option<Stalest>, StoreError> {
        let known = self.partitions.iter().filter(|((topic, _), _)| topics.contains(&topic.as_str()));
        let stalest = known.min_by_key(|(place, known)| (known.fresh_at, *place));
        let age = |at: Instant| (now() - at).max(Span::ZERO);
        Ok(stalest.map(|(place, known)| (place.clone(), known.fresh_at.map(age))))
    }

    fn lease_take(&mut self, name: &str, holder: &str, length: Span) -> Result<bool, StoreError> {
        let now = now();
        let is_another = |(known, until): &(String, Instant)| known != holder && *until > now;
        if self.leases.get(name).is_some_and(is_another) {
            return Ok(false);
        }
        self.leases.insert(name.to_owned(), (holder.to_owned(), now + length));
        Ok(true)
    }

    fn lease_release(&mut self, name: &str, holder: &str) -> Result<(), StoreError> {
        if self.leases.get(name).is_some_and(|(known, _)| known == holder) {
            self.leases.remove(name);
        }
        Ok(())
    }

    fn store_clock(&mut self) -> Result<Instant, StoreError> {
        Ok(now())
    }
}

/// The machine's clock.
fn now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
