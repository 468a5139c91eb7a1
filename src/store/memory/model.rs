//! The forecast's memory.

use std::collections::BTreeMap;
use std::ops::Bound;

use forewarn_core::Instant;
use forewarn_core::forecast::cells::Cells;
use forewarn_core::forecast::{Backlog, Model, Observation, Part};

use super::Tables;
use crate::store::port::{Bookmark, ModelStore, Progress};
use crate::store::{StoreError, document};

/// Observations not yet learned.
#[derive(Clone, Debug, Default)]
pub(super) struct Lessons {
    /// Under their places, which are those of [`Bookmark`]: moment, document, number.
    rows: BTreeMap<(Instant, String, i64), Observation>,
    /// How many there were.
    made: i64,
    learned: Option<Instant>,
    closed: Option<Instant>,
}

/// The model learned so far, group by group.
#[derive(Clone, Debug, Default)]
pub(super) struct Learned {
    version: String,
    groups: BTreeMap<String, Cells>,
    queues: BTreeMap<String, Backlog>,
    parts: BTreeMap<String, Part>,
}

impl ModelStore for Tables {
    fn observations_add(&mut self, at: Instant, observations: &[Observation]) -> Result<(), StoreError> {
        let lessons = &mut self.lessons;
        let at = lessons.closed.map_or(at, |closed| at.max(closed));
        for seen in observations {
            lessons.made += 1;
            // The document is written for its place alone: what was seen at one moment is learned in its order.
            let document = document::write("keeping an observation", seen)?;
            lessons.rows.insert((at, document, lessons.made), seen.clone());
        }
        Ok(())
    }

    fn observations_progress(&mut self) -> Result<Progress, StoreError> {
        let Lessons { rows, learned, closed, .. } = &self.lessons;
        let oldest = rows.first_key_value().map(|((at, ..), _)| *at);
        Ok(Progress { oldest, learned: *learned, closed: *closed })
    }

    fn observations_close(&mut self, tick: Instant) -> Result<(), StoreError> {
        self.lessons.closed = Some(tick);
        Ok(())
    }

    fn observations_read(
        &mut self,
        after: Option<&Bookmark>,
        tick: Instant,
        limit: usize,
    ) -> Result<(Vec<Observation>, Option<Bookmark>), StoreError> {
        let after = after.map(|Bookmark { at, seen, seq }| (*at, seen.clone(), *seq));
        let above = (after.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let found = self.lessons.rows.range(above).take_while(|((at, ..), _)| *at < tick).take(limit);
        let (mut seen, mut last) = (Vec::new(), None);
        for (place, observation) in found {
            seen.push(observation.clone());
            last = Some(place);
        }
        Ok((seen, last.map(|(at, seen, seq)| Bookmark { at: *at, seen: seen.clone(), seq: *seq })))
    }

    fn observations_learned(&mut self) -> Result<(), StoreError> {
        self.lessons.learned = self.lessons.closed.or(self.lessons.learned);
        Ok(())
    }

    fn observations_forget(&mut self, limit: usize) -> Result<(), StoreError> {
        let Lessons { rows, learned, .. } = &mut self.lessons;
        let is_learned = |at: &Instant| learned.is_some_and(|learned| *at < learned);
        for _ in 0..limit {
            match rows.first_entry() {
                Some(oldest) if is_learned(&oldest.key().0) => drop(oldest.remove()),
                _ => break,
            }
        }
        Ok(())
    }

    fn observations_reopen(&mut self, now: Instant) -> Result<(), StoreError> {
        // What is learned must not be kept beyond its mark, or it would be learned once more.
        self.observations_forget(usize::MAX)?;
        let Lessons { learned, closed, .. } = &mut self.lessons;
        for mark in [learned, closed] {
            *mark = mark.map(|at| at.min(now));
        }
        Ok(())
    }

    /// There is nobody else.
    fn model_lock(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn model_load(&mut self) -> Result<Model, StoreError> {
        let Learned { version, groups, queues, parts } = self.model.clone();
        Ok(Model::new(version, groups, queues, parts))
    }

    fn model_version(&mut self) -> Result<String, StoreError> {
        Ok(self.model.version.clone())
    }

    fn model_save(&mut self, model: &Model, changed: &[String]) -> Result<(), StoreError> {
        let learned = &mut self.model;
        for name in changed {
            if let Some(cells) = model.cells(name) {
                learned.groups.insert(name.clone(), cells.clone());
            } else if let Some(backlog) = model.backlog(name) {
                learned.queues.insert(name.clone(), backlog.clone());
            } else if let Some(part) = model.part(name) {
                learned.parts.insert(name.clone(), part);
            }
        }
        model.stored_version().clone_into(&mut learned.version);
        Ok(())
    }
}
