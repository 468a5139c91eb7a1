//! The guard's memory: what is recent of each place, and what operators let pass.

use std::collections::BTreeMap;

use forewarn_core::Instant;

use super::Tables;
use crate::store::StoreError;
use crate::store::port::{Pass, Place, Watch, WatchStore};

/// Watches by place, and the passes that were not ended.
#[derive(Clone, Debug, Default)]
pub(super) struct Watches {
    places: BTreeMap<Place, Watch>,
    passes: BTreeMap<i64, Pass>,
    /// How many passes there were; numbers are never used again.
    given: i64,
}

impl WatchStore for Tables {
    fn watches_load(&mut self, places: &[Place]) -> Result<Vec<Watch>, StoreError> {
        let unseen = |place: &Place| Watch { place: place.clone(), recent: String::new(), stopped: None };
        let load = |place| self.watches.places.get(place).cloned().unwrap_or_else(|| unseen(place));
        Ok(places.iter().map(load).collect())
    }

    fn watches_save(&mut self, watches: &[Watch]) -> Result<(), StoreError> {
        self.watches.places.extend(watches.iter().map(|watch| (watch.place.clone(), watch.clone())));
        Ok(())
    }

    fn watches_stopped(&mut self) -> Result<Vec<Watch>, StoreError> {
        let stopped = self.watches.places.values().filter(|watch| watch.stopped.is_some());
        Ok(stopped.map(|watch| Watch { recent: String::new(), ..watch.clone() }).collect())
    }

    fn pass_add(&mut self, pass: &Pass) -> Result<i64, StoreError> {
        let Watches { passes, given, .. } = &mut self.watches;
        *given += 1;
        passes.insert(*given, Pass { number: *given, ..pass.clone() });
        Ok(*given)
    }

    fn passes(&mut self, now: Instant) -> Result<Vec<Pass>, StoreError> {
        Ok(self.watches.passes.values().filter(|pass| holds(pass, now)).cloned().collect())
    }

    fn pass_spend(&mut self, number: i64, letters: u64, _now: Instant) -> Result<(), StoreError> {
        let passes = &mut self.watches.passes;
        if let Some(left) = passes.get_mut(&number).and_then(|pass| pass.left.as_mut()) {
            *left = left.saturating_sub(letters);
            if *left == 0 {
                passes.remove(&number);
            }
        }
        Ok(())
    }

    /// Who ended it, and when, is on record in stores that outlast a run; nothing of the port asks for it.
    fn pass_end(&mut self, number: i64, _author: &str, now: Instant) -> Result<bool, StoreError> {
        let passes = &mut self.watches.passes;
        let held = passes.get(&number).is_some_and(|pass| holds(pass, now));
        if held {
            passes.remove(&number);
        }
        Ok(held)
    }
}

fn holds(pass: &Pass, now: Instant) -> bool {
    pass.until.is_none_or(|until| until > now)
}
