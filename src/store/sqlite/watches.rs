//! The guard's memory: what is recent of each place, and what operators let pass.

use forewarn_core::Instant;
use rusqlite::params;

use super::session::{Fields, Session};
use crate::store::StoreError;
use crate::store::port::{Pass, Place, Watch, WatchStore};

impl WatchStore for Session<'_> {
    fn watches_load(&mut self, places: &[Place]) -> Result<Vec<Watch>, StoreError> {
        let sql = "SELECT topic, partition, recent, stopped_at, stopped_why FROM intake_watches
                   WHERE topic = ?1 AND partition = ?2";
        let load = |place: &Place| {
            let found = self.first("reading how many are dead", sql, params![place.0, place.1], watch)?;
            Ok(found.unwrap_or_else(|| Watch { place: place.clone(), recent: String::new(), stopped: None }))
        };
        places.iter().map(load).collect()
    }

    fn watches_save(&mut self, watches: &[Watch]) -> Result<(), StoreError> {
        let sql = "INSERT INTO intake_watches (topic, partition, recent, stopped_at, stopped_why)
                   VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET recent = excluded.recent,
                   stopped_at = excluded.stopped_at, stopped_why = excluded.stopped_why";
        watches.iter().try_for_each(|watch| {
            let (at, why) = watch.stopped.as_ref().map(|(at, why)| (at.ms(), why)).unzip();
            let params = params![watch.place.0, watch.place.1, watch.recent, at, why];
            self.execute("noting how many are dead", sql, params).map(drop)
        })
    }

    fn watches_stopped(&mut self) -> Result<Vec<Watch>, StoreError> {
        let sql = "SELECT topic, partition, '', stopped_at, stopped_why FROM intake_watches
                   WHERE stopped_at IS NOT NULL ORDER BY topic, partition";
        self.all("listing stopped places", sql, [], watch)
    }

    fn pass_add(&mut self, pass: &Pass) -> Result<i64, StoreError> {
        let sql = "INSERT INTO intake_passes (topic, partition, reason, left_over, until, author, at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let left = pass.left.map(|left| i64::try_from(left).unwrap_or(i64::MAX));
        let (until, at) = (pass.until.map(Instant::ms), pass.at.ms());
        let params = params![pass.topic, pass.partition, pass.reason, left, until, pass.author, at];
        self.execute("letting dead letters pass", sql, params)?;
        self.single("letting dead letters pass", "SELECT last_insert_rowid()", [])
    }

    fn passes(&mut self, now: Instant) -> Result<Vec<Pass>, StoreError> {
        let sql = "SELECT number, topic, partition, reason, left_over, until, author, at FROM intake_passes
                   WHERE ended_at IS NULL AND (until IS NULL OR until > ?1) ORDER BY number";
        self.all("reading what may pass", sql, [now.ms()], pass)
    }

    fn pass_spend(&mut self, number: i64, letters: u64, now: Instant) -> Result<(), StoreError> {
        let sql = "UPDATE intake_passes SET left_over = max(left_over - ?2, 0),
                   ended_at = CASE WHEN left_over <= ?2 THEN ?3 END
                   WHERE number = ?1 AND left_over IS NOT NULL AND ended_at IS NULL";
        let letters = i64::try_from(letters).unwrap_or(i64::MAX);
        self.execute("spending a pass", sql, params![number, letters, now.ms()]).map(drop)
    }

    fn pass_end(&mut self, number: i64, author: &str, now: Instant) -> Result<bool, StoreError> {
        let sql = "UPDATE intake_passes SET ended_at = ?3, ended_by = ?2
                   WHERE number = ?1 AND ended_at IS NULL AND (until IS NULL OR until > ?3)";
        Ok(self.execute("taking a pass back", sql, params![number, author, now.ms()])? > 0)
    }
}

fn watch(f: &mut Fields<'_>) -> Result<Watch, StoreError> {
    Ok(Watch {
        place: (f.take()?, f.take()?),
        recent: f.take()?,
        stopped: f.maybe_instant()?.zip(f.take::<Option<String>>()?),
    })
}

fn pass(f: &mut Fields<'_>) -> Result<Pass, StoreError> {
    Ok(Pass {
        number: f.take()?,
        topic: f.take()?,
        partition: f.take()?,
        reason: f.take()?,
        left: f.take::<Option<i64>>()?.map(|left| u64::try_from(left).unwrap_or(0)),
        until: f.maybe_instant()?,
        author: f.take()?,
        at: f.instant()?,
    })
}
