//! What had been foretold about orders whose end is known.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use forewarn_core::hindsight::Past;
use forewarn_core::{Instant, OrderKey};

use super::Tables;
use crate::store::StoreError;
use crate::store::port::{HindsightStore, PastMark};

/// The history, and its order by promised ship time.
#[derive(Clone, Debug, Default)]
pub(super) struct Hindsight {
    rows: BTreeMap<OrderKey, Past>,
    by_promise: BTreeSet<PastMark>,
}

impl Hindsight {
    /// Forgets up to `limit` orders promised before `before`; gives how many.
    pub(super) fn forget(&mut self, before: Instant, limit: usize) -> usize {
        let old: Vec<PastMark> =
            self.by_promise.iter().take_while(|(at, _)| *at < before).take(limit).cloned().collect();
        for mark in &old {
            self.by_promise.remove(mark);
            self.rows.remove(&mark.1);
        }
        old.len()
    }
}

impl HindsightStore for Tables {
    fn past_save(&mut self, past: &Past) -> Result<(), StoreError> {
        let Hindsight { rows, by_promise } = &mut self.hindsight;
        if let Some(known) = rows.insert(past.key.clone(), past.clone()) {
            by_promise.remove(&(known.ship_by, known.key));
        }
        by_promise.insert((past.ship_by, past.key.clone()));
        Ok(())
    }

    fn pasts(&mut self, after: Option<&PastMark>, limit: usize) -> Result<Vec<Past>, StoreError> {
        let Hindsight { rows, by_promise } = &self.hindsight;
        let below = (Bound::Unbounded, after.map_or(Bound::Unbounded, Bound::Excluded));
        let newest = by_promise.range::<PastMark, _>(below).rev().take(limit);
        Ok(newest.filter_map(|(_, key)| rows.get(key)).cloned().collect())
    }
}
