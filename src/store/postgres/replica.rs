//! What processes tell each other through the database, timed by the server's clock.

use forewarn_core::{Instant, Span};

use super::connection::Params;
use super::session::{Session, only};
use crate::store::StoreError;
use crate::store::port::{Place, Reading, ReplicaStore, Stalest};

/// The server's clock as it runs on within a transaction.
const NOW: &str = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

impl ReplicaStore for Session<'_> {
    fn partitions_note(&mut self, places: &[Place]) -> Result<(), StoreError> {
        let (topics, partitions) = columns(places.iter());
        let sql = "INSERT INTO offsets (topic, partition, epoch)
                   SELECT topic, partition, 0 FROM unnest($1::text[], $2::int[]) AS b(topic, partition)
                   ORDER BY topic, partition ON CONFLICT DO NOTHING";
        self.execute("noting partitions", sql, &[&topics, &partitions]).map(drop)
    }

    fn readings_save(&mut self, readings: &[Reading]) -> Result<(), StoreError> {
        let (topics, partitions) = columns(readings.iter().map(|reading| &reading.place));
        let epochs: Vec<i64> = readings.iter().map(|reading| reading.epoch).collect();
        let lags: Vec<i64> = readings.iter().map(|reading| reading.lag.ms()).collect();
        let sql = format!(
            "UPDATE offsets o SET fresh_at = {NOW} - b.lag
             FROM unnest($1::text[], $2::int[], $3::bigint[], $4::bigint[]) AS b(topic, partition, epoch, lag)
             WHERE o.topic = b.topic AND o.partition = b.partition AND o.epoch = b.epoch"
        );
        let params: Params<'_> = &[&topics, &partitions, &epochs, &lags];
        self.execute("noting how far partitions are read", &sql, params).map(drop)
    }

    fn stalest(&mut self, topics: &[&str]) -> Result<Option<Stalest>, StoreError> {
        let sql = format!(
            "SELECT topic, partition, {NOW} - fresh_at FROM offsets WHERE topic = ANY($1::text[])
             ORDER BY fresh_at NULLS FIRST, topic, partition LIMIT 1"
        );
        self.first("asking how far partitions are read", &sql, &[&topics], |f| {
            let place = (f.take()?, f.take()?);
            Ok((place, f.take::<Option<i64>>()?.map(|age| Span::from_ms(age.max(0)))))
        })
    }

    fn lease_take(&mut self, name: &str, holder: &str, length: Span) -> Result<bool, StoreError> {
        let sql = format!(
            "INSERT INTO leases (name, holder, until) VALUES ($1, $2, {NOW} + $3)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
             WHERE leases.holder = excluded.holder OR leases.until <= {NOW}"
        );
        Ok(self.execute("taking a lease", &sql, &[&name, &holder, &length.ms()])? > 0)
    }

    fn lease_release(&mut self, name: &str, holder: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM leases WHERE name = $1 AND holder = $2";
        self.execute("giving a lease back", sql, &[&name, &holder]).map(drop)
    }

    fn store_clock(&mut self) -> Result<Instant, StoreError> {
        let now = self.peek("reading the server's clock", &format!("SELECT {NOW}"), &[], only::<i64>)?;
        now.first().copied().map(Instant::from_ms).ok_or(StoreError::Stopped)
    }
}

fn columns<'a>(places: impl Iterator<Item = &'a Place>) -> (Vec<&'a str>, Vec<i32>) {
    places.map(|(topic, partition)| (topic.as_str(), *partition)).unzip()
}
