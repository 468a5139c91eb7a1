//! The forecast's memory.

use std::collections::BTreeMap;

use forewarn_core::Instant;
use forewarn_core::forecast::cells::Cells;
use forewarn_core::forecast::{Backlog, Forecast, Model, Observation, Part};

use super::connection::Params;
use super::key;
use super::session::{Session, only, rows};
use crate::store::port::{Bookmark, ModelStore, Progress};
use crate::store::{StoreError, document};

/// What was seen before the closed tick was written down too late for it, and waits for the next.
const ADD: &str = "INSERT INTO observations (at, seen)
    SELECT greatest(at, coalesce((SELECT max(version::bigint) FROM versions WHERE name IN ('observed', 'learned')), at)), seen
    FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS b(at, seen, n) ORDER BY n";
pub(super) const READ: &str = "SELECT seq, at, seen FROM observations
    WHERE at < $1 AND at >= $2 AND (at, seen COLLATE \"C\", seq) > ($2, $3 COLLATE \"C\", $4)
    ORDER BY at, seen COLLATE \"C\", seq LIMIT $5";
pub(super) const FORGET: &str = "DELETE FROM observations
    WHERE seq = ANY(ARRAY(SELECT seq FROM observations WHERE at < $1 ORDER BY at, seq LIMIT $2))";
/// One statement, so that version, groups, queues and parts are of one moment.
const LOAD: &str = "SELECT 0, '', coalesce((SELECT version FROM versions WHERE name = 'model'), '')
    UNION ALL SELECT 1, name, cells FROM model_groups UNION ALL SELECT 2, name, backlog FROM model_queues
    UNION ALL SELECT 3, name, part FROM model_parts";
const SAVE_GROUPS: &str = "INSERT INTO model_groups (name, cells) SELECT * FROM unnest($1::text[], $2::text[])
    ON CONFLICT (name) DO UPDATE SET cells = excluded.cells";
const SAVE_QUEUES: &str = "INSERT INTO model_queues (name, backlog) SELECT * FROM unnest($1::text[], $2::text[])
    ON CONFLICT (name) DO UPDATE SET backlog = excluded.backlog";
const SAVE_PARTS: &str = "INSERT INTO model_parts (name, part) SELECT * FROM unnest($1::text[], $2::text[])
    ON CONFLICT (name) DO UPDATE SET part = excluded.part";

impl ModelStore for Session<'_> {
    fn observations_add(&mut self, at: Instant, observations: &[Observation]) -> Result<(), StoreError> {
        self.pending.observations.extend(observations.iter().map(|seen| (at, seen.clone())));
        Ok(())
    }

    fn observations_progress(&mut self) -> Result<Progress, StoreError> {
        let sql = "SELECT (SELECT min(at) FROM observations),
            (SELECT version::bigint FROM versions WHERE name = 'learned'),
            (SELECT max(version::bigint) FROM versions WHERE name IN ('observed', 'learned'))";
        let read = self.first("reading how far is learned", sql, &[], |f| Ok([f.take()?, f.take()?, f.take()?]))?;
        let [oldest, learned, closed] = read.unwrap_or_default().map(|ms: Option<i64>| ms.map(Instant::from_ms));
        Ok(Progress { oldest, learned, closed })
    }

    fn observations_close(&mut self, tick: Instant) -> Result<(), StoreError> {
        let sql = "INSERT INTO versions (name, version) VALUES ('observed', $1::bigint::text)
            ON CONFLICT (name) DO UPDATE SET version = excluded.version";
        self.execute("closing a tick", sql, &[&tick.ms()]).map(drop)
    }

    fn observations_read(
        &mut self,
        after: Option<&Bookmark>,
        tick: Instant,
        limit: usize,
    ) -> Result<(Vec<Observation>, Option<Bookmark>), StoreError> {
        let (at, seen, seq) = after.map_or((i64::MIN, "", 0), |after| (after.at.ms(), &*after.seen, after.seq));
        let params: Params<'_> = &[&tick.ms(), &at, &seen, &seq, &rows(limit)];
        let found = self.all("reading observations", READ, params, |f| {
            let (seq, at, seen): (i64, Instant, String) = (f.take()?, f.instant()?, f.take()?);
            Ok((document::read("observation", &seq, &seen)?, Bookmark { at, seen, seq }))
        })?;
        let (seen, mut places): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        Ok((seen, places.pop()))
    }

    fn observations_learned(&mut self) -> Result<(), StoreError> {
        let sql = "INSERT INTO versions (name, version) SELECT 'learned', version FROM versions WHERE name = 'observed'
            ON CONFLICT (name) DO UPDATE SET version = excluded.version";
        self.execute("noting what was learned", sql, &[]).map(drop)
    }

    fn observations_forget(&mut self, limit: usize) -> Result<(), StoreError> {
        let Some(learned) = self.observations_progress()?.learned else { return Ok(()) };
        self.execute("forgetting observations", FORGET, &[&learned.ms(), &rows(limit)]).map(drop)
    }

    fn observations_reopen(&mut self, now: Instant) -> Result<(), StoreError> {
        self.model_lock()?;
        // What is learned must not be kept beyond its mark, or it would be learned once more.
        self.observations_forget(usize::MAX)?;
        let sql = "UPDATE versions SET version = $1::bigint::text
            WHERE name IN ('observed', 'learned') AND version::bigint > $1";
        self.execute("opening what a wrong clock had closed", sql, &[&now.ms()]).map(drop)
    }

    fn model_lock(&mut self) -> Result<(), StoreError> {
        let key = key::of(self.schema(), &[LEARNING]);
        self.lock("waiting for the model", vec![key])
    }

    fn model_load(&mut self) -> Result<Model, StoreError> {
        let (mut version, mut groups, mut queues) = (String::new(), BTreeMap::new(), BTreeMap::new());
        let mut parts = Vec::new();
        for (sort, name, text) in self
            .all("loading the model", LOAD, &[], |f| Ok((f.take::<i32>()?, f.take::<String>()?, f.take::<String>()?)))?
        {
            match sort {
                0 => version = text,
                1 => drop(groups.insert(name.clone(), document::read::<Cells>("group of the model", &name, &text)?)),
                2 => drop(queues.insert(name.clone(), document::read::<Backlog>("queue of the model", &name, &text)?)),
                _ => {
                    let part: Part = document::read("part of the model", &name, &text)?;
                    parts.push((name, part));
                }
            }
        }
        Ok(Model::new(version, groups, queues, parts))
    }

    fn model_version(&mut self) -> Result<String, StoreError> {
        let sql = "SELECT version FROM versions WHERE name = 'model'";
        let read = self.peek("reading the model's version", sql, &[], only::<String>)?;
        Ok(read.into_iter().next().unwrap_or_default())
    }

    fn model_save(&mut self, model: &Model, changed: &[String]) -> Result<(), StoreError> {
        let [mut groups, mut queues, mut parts]: [Documents<'_>; 3] = Default::default();
        for name in changed {
            if let Some(cells) = model.cells(name) {
                groups.push(name, document::write(SAVING, cells)?);
            } else if let Some(backlog) = model.backlog(name) {
                queues.push(name, document::write(SAVING, backlog)?);
            } else if let Some(part) = model.part(name) {
                parts.push(name, document::write(SAVING, &part)?);
            }
        }
        let all = [(SAVE_GROUPS, groups), (SAVE_QUEUES, queues), (SAVE_PARTS, parts)];
        for (sql, Documents { names, texts }) in all {
            self.execute(SAVING, sql, &[&names, &texts])?;
        }
        let sql = "INSERT INTO versions (name, version) VALUES ('model', $1)
                   ON CONFLICT (name) DO UPDATE SET version = excluded.version";
        self.execute("saving the model's version", sql, &[&version_of(model)]).map(drop)
    }
}

const SAVING: &str = "saving the model";
/// What the lock of the model is called.
const LEARNING: &str = "model";

impl Session<'_> {
    /// Writes the observations that wait, beside everybody else who does, but never while somebody learns.
    pub(super) fn flush_observations(&mut self) -> Result<(), StoreError> {
        let waiting = std::mem::take(&mut self.pending.observations);
        if waiting.is_empty() {
            return Ok(());
        }
        let key = key::of(self.schema(), &[LEARNING]);
        // A statement of its own: the next one must see what was learned while this one waited.
        self.peek("waiting for the model", "SELECT pg_advisory_xact_lock_shared($1)", &[&key], |_| Ok(()))?;
        let moments: Vec<i64> = waiting.iter().map(|(at, _)| at.ms()).collect();
        let seen = waiting.iter().map(|(_, seen)| document::write("keeping observations", seen));
        let seen: Vec<String> = seen.collect::<Result<_, _>>()?;
        self.change("keeping observations", ADD, &[&moments, &seen]).map(drop)
    }
}

/// Documents and their names, column by column.
#[derive(Default)]
struct Documents<'n> {
    names: Vec<&'n str>,
    texts: Vec<String>,
}

impl<'n> Documents<'n> {
    fn push(&mut self, name: &'n str, text: String) {
        self.names.push(name);
        self.texts.push(text);
    }
}

/// A model that never learned names itself after its prior; its stored version is empty.
fn version_of(model: &Model) -> &str {
    if model.version() == Model::default().version() { "" } else { model.version() }
}
