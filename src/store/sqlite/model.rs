//! The forecast's memory.

use forewarn_core::Instant;
use forewarn_core::forecast::cells::Cells;
use forewarn_core::forecast::{Backlog, Forecast, Model, Observation};
use rusqlite::params;
use serde::de::DeserializeOwned;

use super::document;
use super::session::{Session, rows};
use crate::store::StoreError;
use crate::store::port::ModelStore;

impl ModelStore for Session<'_> {
    fn observations_add(&mut self, at: Instant, observations: &[Observation]) -> Result<(), StoreError> {
        observations.iter().try_for_each(|seen| {
            let text = document::write("keeping an observation", seen)?;
            let params = params![at.ms(), text];
            self.execute("keeping an observation", "INSERT INTO observations (at, seen) VALUES (?1, ?2)", params)
                .map(drop)
        })
    }

    fn observations_take(&mut self, tick: Instant, limit: usize) -> Result<Vec<Observation>, StoreError> {
        let sql = "SELECT seq, seen FROM observations WHERE at < ?1 ORDER BY at, seq LIMIT ?2";
        let found = self.all("reading observations", sql, params![tick.ms(), rows(limit)], |f| {
            let seq: i64 = f.take()?;
            Ok((seq, f.document("observation", &seq)?))
        })?;
        let taken = found.into_iter().map(|(seq, seen)| {
            self.execute("taking an observation", "DELETE FROM observations WHERE seq = ?1", [seq])?;
            Ok(seen)
        });
        taken.collect()
    }

    fn observations_oldest(&mut self) -> Result<Option<Instant>, StoreError> {
        let oldest: Option<i64> =
            self.single("finding the oldest observation", "SELECT min(at) FROM observations", [])?;
        Ok(oldest.map(Instant::from_ms))
    }

    /// There is one writer only.
    fn model_lock(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn model_load(&mut self) -> Result<Model, StoreError> {
        let groups: Vec<(String, Cells)> = self.named(
            "loading the model",
            "SELECT name, cells FROM model_groups ORDER BY name",
            "group of the model",
        )?;
        let queues: Vec<(String, Backlog)> = self.named(
            "loading the model",
            "SELECT name, backlog FROM model_queues ORDER BY name",
            "queue of the model",
        )?;
        Ok(Model::new(self.model_version()?, groups.into_iter().collect(), queues.into_iter().collect()))
    }

    fn model_version(&mut self) -> Result<String, StoreError> {
        let sql = "SELECT version FROM versions WHERE name = 'model'";
        let version = self.value("reading the model's version", sql, [])?;
        Ok(version.unwrap_or_default())
    }

    fn model_save(&mut self, model: &Model, changed: &[String]) -> Result<(), StoreError> {
        let groups = "INSERT INTO model_groups (name, cells) VALUES (?1, ?2)
                      ON CONFLICT DO UPDATE SET cells = excluded.cells";
        let queues = "INSERT INTO model_queues (name, backlog) VALUES (?1, ?2)
                      ON CONFLICT DO UPDATE SET backlog = excluded.backlog";
        for name in changed {
            let (sql, text) = match (model.cells(name), model.backlog(name)) {
                (Some(cells), _) => (groups, document::write("saving the model", cells)?),
                (None, Some(backlog)) => (queues, document::write("saving the model", backlog)?),
                (None, None) => continue,
            };
            self.execute("saving the model", sql, [name, &text])?;
        }
        let sql = "INSERT INTO versions (name, version) VALUES ('model', ?1)
                   ON CONFLICT DO UPDATE SET version = excluded.version";
        self.execute("saving the model's version", sql, [version_of(model)]).map(drop)
    }
}

/// A model that never learned names itself after its prior; its stored version is empty.
fn version_of(model: &Model) -> &str {
    if model.version() == Model::default().version() { "" } else { model.version() }
}

impl Session<'_> {
    /// Rows of a name and its document, which is called `what` where it cannot be read.
    fn named<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        sql: &'static str,
        what: &'static str,
    ) -> Result<Vec<(String, T)>, StoreError> {
        self.all(operation, sql, [], |f| {
            let name: String = f.take()?;
            let document = f.document(what, &name)?;
            Ok((name, document))
        })
    }
}
