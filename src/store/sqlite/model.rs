//! The forecast's memory.

use forewarn_core::Instant;
use forewarn_core::forecast::cells::Cells;
use forewarn_core::forecast::model::Groups;
use forewarn_core::forecast::{Forecast, Model, Observation};
use forewarn_core::instant::Span;
use rusqlite::params;

use super::document;
use super::session::{Fields, Session, rows};
use crate::store::StoreError;
use crate::store::port::ModelStore;

impl ModelStore for Session<'_> {
    fn observations_add(&mut self, at: Instant, observations: &[Observation]) -> Result<(), StoreError> {
        let sql = "INSERT INTO observations (at, group_names, from_ms, to_ms, ended) VALUES (?1, ?2, ?3, ?4, ?5)";
        observations.iter().try_for_each(|seen| {
            let names = document::write("keeping an observation", seen.groups.names())?;
            let params = params![at.ms(), names, seen.from.ms(), seen.to.ms(), seen.ended];
            self.execute("keeping an observation", sql, params).map(drop)
        })
    }

    fn observations_take(&mut self, tick: Instant, limit: usize) -> Result<Vec<Observation>, StoreError> {
        let sql = "SELECT seq, group_names, from_ms, to_ms, ended FROM observations WHERE at < ?1
                   ORDER BY at, seq LIMIT ?2";
        let found = self.all("reading observations", sql, params![tick.ms(), rows(limit)], read_observation)?;
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

    fn model_load(&mut self) -> Result<Model, StoreError> {
        let groups = self.all("loading the model", "SELECT name, cells FROM model_groups ORDER BY name", [], |f| {
            let name: String = f.take()?;
            let cells: Cells = f.document("group of the model", &name)?;
            Ok((name, cells))
        })?;
        Ok(Model::new(self.model_version()?, groups.into_iter().collect()))
    }

    fn model_version(&mut self) -> Result<String, StoreError> {
        let sql = "SELECT version FROM versions WHERE name = 'model'";
        let version = self.value("reading the model's version", sql, [])?;
        Ok(version.unwrap_or_default())
    }

    fn model_save(&mut self, model: &Model, changed: &[String]) -> Result<(), StoreError> {
        let sql = "INSERT INTO model_groups (name, cells) VALUES (?1, ?2)
                   ON CONFLICT DO UPDATE SET cells = excluded.cells";
        for (name, cells) in changed.iter().filter_map(|name| Some((name, model.cells(name)?))) {
            let text = document::write("saving the model", cells)?;
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

fn read_observation(f: &mut Fields<'_>) -> Result<(i64, Observation), StoreError> {
    let seq: i64 = f.take()?;
    let groups = Groups::from_names(f.document("observation", &seq)?);
    let (from, to) = (Span::from_ms(f.take()?), Span::from_ms(f.take()?));
    Ok((seq, Observation { groups, from, to, ended: f.take()? }))
}
