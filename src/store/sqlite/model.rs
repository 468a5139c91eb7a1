//! The forecast's memory.

use forewarn_core::Instant;
use forewarn_core::forecast::cells::Cells;
use forewarn_core::forecast::{Backlog, Forecast, Model, Observation, Part};
use rusqlite::params;
use serde::de::DeserializeOwned;

use super::session::{Fields, Session, Summed, rows};
use super::{checksum, document};
use crate::store::StoreError;
use crate::store::port::{Bookmark, ModelStore, Progress};

impl ModelStore for Session<'_> {
    fn observations_add(&mut self, at: Instant, observations: &[Observation]) -> Result<(), StoreError> {
        if observations.is_empty() {
            return Ok(());
        }
        let at = mark(self, CLOSED)?.map_or(at, |closed| at.max(closed));
        observations.iter().try_for_each(|seen| {
            let text = document::write("keeping an observation", seen)?;
            let checksum = checksum::of("keeping an observation", &[&at.ms(), &text])?;
            let sql = "INSERT INTO observations (at, seen, checksum) VALUES (?1, ?2, ?3)";
            self.execute("keeping an observation", sql, params![at.ms(), text, checksum]).map(drop)
        })
    }

    fn observations_progress(&mut self) -> Result<Progress, StoreError> {
        let oldest: Option<i64> =
            self.single("finding the oldest observation", "SELECT min(at) FROM observations", [])?;
        let (learned, closed) = (mark(self, LEARNED)?, mark(self, CLOSED)?);
        Ok(Progress { oldest: oldest.map(Instant::from_ms), learned, closed })
    }

    fn observations_close(&mut self, tick: Instant) -> Result<(), StoreError> {
        set_mark(self, CLOSED, tick)
    }

    fn observations_read(
        &mut self,
        after: Option<&Bookmark>,
        tick: Instant,
        limit: usize,
    ) -> Result<(Vec<Observation>, Option<Bookmark>), StoreError> {
        let (at, seen, seq) = after.map_or((i64::MIN, "", 0), |after| (after.at.ms(), &*after.seen, after.seq));
        let sql = "SELECT seq, at, seen, checksum FROM observations
                   WHERE at < ?1 AND at >= ?2 AND (at, seen, seq) > (?2, ?3, ?4) ORDER BY at, seen, seq LIMIT ?5";
        let params = params![tick.ms(), at, seen, seq, rows(limit)];
        let found = self.all("reading observations", sql, params, read_observation)?;
        let (seen, mut places): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        Ok((seen, places.pop()))
    }

    fn observations_learned(&mut self) -> Result<(), StoreError> {
        mark(self, CLOSED)?.map_or(Ok(()), |closed| set_mark(self, LEARNED, closed))
    }

    fn observations_forget(&mut self, limit: usize) -> Result<(), StoreError> {
        let Some(learned) = mark(self, LEARNED)? else { return Ok(()) };
        let sql = "DELETE FROM observations WHERE seq IN
                   (SELECT seq FROM observations WHERE at < ?1 ORDER BY at, seq LIMIT ?2)";
        self.execute("forgetting observations", sql, params![learned.ms(), rows(limit)]).map(drop)
    }

    fn observations_reopen(&mut self, now: Instant) -> Result<(), StoreError> {
        // What is learned must not be kept beyond its mark, or it would be learned once more.
        self.observations_forget(usize::MAX)?;
        for name in [CLOSED, LEARNED] {
            if mark(self, name)?.is_some_and(|at| at > now) {
                set_mark(self, name, now)?;
            }
        }
        Ok(())
    }

    /// There is one writer only.
    fn model_lock(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn model_load(&mut self) -> Result<Model, StoreError> {
        let sql = "SELECT name, cells, checksum FROM model_groups ORDER BY name";
        let groups = self.all("loading the model", sql, [], read_group)?;
        let sql = "SELECT name, backlog, checksum FROM model_queues ORDER BY name";
        let queues = self.all("loading the model", sql, [], read_queue)?;
        let sql = "SELECT name, part, checksum FROM model_parts ORDER BY name";
        let parts = self.all("loading the model", sql, [], read_part)?;
        Ok(Model::new(self.model_version()?, groups.into_iter().collect(), queues.into_iter().collect(), parts))
    }

    fn model_version(&mut self) -> Result<String, StoreError> {
        let sql = "SELECT version FROM versions WHERE name = 'model'";
        let version = self.value("reading the model's version", sql, [])?;
        Ok(version.unwrap_or_default())
    }

    fn model_save(&mut self, model: &Model, changed: &[String]) -> Result<(), StoreError> {
        let groups = "INSERT INTO model_groups (name, cells, checksum) VALUES (?1, ?2, ?3)
                      ON CONFLICT DO UPDATE SET cells = excluded.cells, checksum = excluded.checksum";
        let queues = "INSERT INTO model_queues (name, backlog, checksum) VALUES (?1, ?2, ?3)
                      ON CONFLICT DO UPDATE SET backlog = excluded.backlog, checksum = excluded.checksum";
        let parts = "INSERT INTO model_parts (name, part, checksum) VALUES (?1, ?2, ?3)
                     ON CONFLICT DO UPDATE SET part = excluded.part, checksum = excluded.checksum";
        for name in changed {
            let (sql, text) = if let Some(cells) = model.cells(name) {
                (groups, document::write("saving the model", cells)?)
            } else if let Some(backlog) = model.backlog(name) {
                (queues, document::write("saving the model", backlog)?)
            } else if let Some(part) = model.part(name) {
                (parts, document::write("saving the model", &part)?)
            } else {
                continue;
            };
            let checksum = checksum::of("saving the model", &[name, &text])?;
            self.execute("saving the model", sql, params![name, text, checksum])?;
        }
        let sql = "INSERT INTO versions (name, version) VALUES ('model', ?1)
                   ON CONFLICT DO UPDATE SET version = excluded.version";
        self.execute("saving the model's version", sql, [version_of(model)]).map(drop)
    }
}

/// Under which names the marks of [`Progress`] are kept.
const CLOSED: &str = "observed";
const LEARNED: &str = "learned";

fn mark(session: &Session<'_>, name: &str) -> Result<Option<Instant>, StoreError> {
    let sql = "SELECT CAST(version AS INTEGER) FROM versions WHERE name = ?1";
    let ms: Option<i64> = session.value("reading how far is learned", sql, [name])?;
    Ok(ms.map(Instant::from_ms))
}

fn set_mark(session: &Session<'_>, name: &str, at: Instant) -> Result<(), StoreError> {
    let sql = "INSERT INTO versions (name, version) VALUES (?1, CAST(?2 AS TEXT))
               ON CONFLICT DO UPDATE SET version = excluded.version";
    session.execute("noting how far is learned", sql, params![name, at.ms()]).map(drop)
}

/// A model that never learned names itself after its prior; its stored version is empty.
fn version_of(model: &Model) -> &str {
    if model.version() == Model::default().version() { "" } else { model.version() }
}

/// An observation and its place from the columns number, moment, what was seen and sum.
pub(super) fn read_observation(f: &mut Fields<'_>) -> Result<(Observation, Bookmark), StoreError> {
    const SUMMED: Summed = Summed { what: "observation", skip: 1, id: &[0] };
    f.whole(&SUMMED, |f| {
        let (seq, at): (i64, Instant) = (f.take()?, f.instant()?);
        let seen = f.text("observation", &seq, "document")?.unwrap_or_default().to_owned();
        Ok((document::read("observation", &seq, &seen)?, Bookmark { at, seen, seq }))
    })
}

/// A group of the model from the columns name, cells and sum.
pub(super) fn read_group(f: &mut Fields<'_>) -> Result<(String, Cells), StoreError> {
    read_named(f, &Summed { what: "group of the model", skip: 0, id: &[0] })
}

/// A queue of the model from the columns name, backlog and sum.
pub(super) fn read_queue(f: &mut Fields<'_>) -> Result<(String, Backlog), StoreError> {
    read_named(f, &Summed { what: "queue of the model", skip: 0, id: &[0] })
}

/// A part of the model from the columns name, part and sum.
pub(super) fn read_part(f: &mut Fields<'_>) -> Result<(String, Part), StoreError> {
    read_named(f, &Summed { what: "part of the model", skip: 0, id: &[0] })
}

fn read_named<T: DeserializeOwned>(f: &mut Fields<'_>, row: &Summed) -> Result<(String, T), StoreError> {
    f.whole(row, |f| {
        let name: String = f.take()?;
        let document = f.document(row.what, &name)?;
        Ok((name, document))
    })
}
