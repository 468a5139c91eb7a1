//! What processes tell each other through the store, timed by the machine's clock.

use forewarn_core::{Instant, Span};
use rusqlite::params;

use super::intake::checksum_of;
use super::session::Session;
use crate::store::StoreError;
use crate::store::port::{Offset, Place, Reading, ReplicaStore, Stalest};

/// The machine's clock.
const NOW: &str = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

impl ReplicaStore for Session<'_> {
    fn partitions_note(&mut self, places: &[Place]) -> Result<(), StoreError> {
        let sql = "INSERT INTO offsets (topic, partition, epoch, checksum) VALUES (?1, ?2, 0, ?3)
                   ON CONFLICT DO NOTHING";
        places.iter().try_for_each(|(topic, partition)| {
            let checksum = checksum_of(topic, *partition, Offset { next: None, epoch: 0 })?;
            self.execute("noting a partition", sql, params![topic, partition, checksum]).map(drop)
        })
    }

    fn readings_save(&mut self, readings: &[Reading]) -> Result<(), StoreError> {
        let sql =
            format!("UPDATE offsets SET fresh_at = {NOW} - ?4 WHERE topic = ?1 AND partition = ?2 AND epoch = ?3");
        readings.iter().try_for_each(|Reading { place, epoch, lag }| {
            let params = params![place.0, place.1, epoch, lag.ms()];
            self.execute("noting how far a partition is read", &sql, params).map(drop)
        })
    }

    fn stalest(&mut self, topics: &[&str]) -> Result<Option<Stalest>, StoreError> {
        let sql = format!(
            "SELECT topic, partition, {NOW} - fresh_at FROM offsets
             WHERE topic IN (SELECT value FROM json_each(?1)) ORDER BY fresh_at NULLS FIRST, topic, partition LIMIT 1"
        );
        let topics = super::document::write("asking how far partitions are read", &topics)?;
        self.first("asking how far partitions are read", &sql, params![topics], |f| {
            let place = (f.take()?, f.take()?);
            Ok((place, f.take::<Option<i64>>()?.map(|age| Span::from_ms(age.max(0)))))
        })
    }

    fn lease_take(&mut self, name: &str, holder: &str, length: Span) -> Result<bool, StoreError> {
        let sql = format!(
            "INSERT INTO leases (name, holder, until) VALUES (?1, ?2, {NOW} + ?3)
             ON CONFLICT DO UPDATE SET holder = excluded.holder, until = excluded.until
             WHERE leases.holder = excluded.holder OR leases.until <= {NOW}"
        );
        Ok(self.execute("taking a lease", &sql, params![name, holder, length.ms()])? > 0)
    }

    fn lease_release(&mut self, name: &str, holder: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM leases WHERE name = ?1 AND holder = ?2";
        self.execute("giving a lease back", sql, params![name, holder]).map(drop)
    }

    fn store_clock(&mut self) -> Result<Instant, StoreError> {
        self.single("reading the clock", &format!("SELECT {NOW}"), []).map(Instant::from_ms)
    }
}
