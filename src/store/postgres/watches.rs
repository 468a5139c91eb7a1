//! The guard's memory: what is recent of each place, and what operators let pass.

use forewarn_core::Instant;

use super::connection::Params;
use super::fault;
use super::session::{Fields, Session};
use crate::store::StoreError;
use crate::store::port::{Pass, Place, Watch, WatchStore};

const LOADING: &str = "reading how many are dead";
const SAVING: &str = "noting how many are dead";
const LOAD: &str = "SELECT w.topic, w.partition, recent, stopped_at, stopped_why
    FROM unnest($1::text[], $2::int[]) AS k(topic, partition)
    JOIN intake_watches w ON w.topic = k.topic AND w.partition = k.partition ORDER BY w.topic, w.partition";

impl WatchStore for Session<'_> {
    fn watches_load(&mut self, places: &[Place]) -> Result<Vec<Watch>, StoreError> {
        let (topics, partitions): (Vec<&str>, Vec<i32>) = places.iter().map(|(t, p)| (t.as_str(), *p)).unzip();
        let params: Params<'_> = &[&topics, &partitions];
        let mut found = self.peek(LOADING, LOAD, params, watch)?;
        // Where all is well, batches of several writers hardly ever change anything and need not wait for each other.
        if found.iter().any(|watch| watch.stopped.is_some() || watch.recent.contains('1')) {
            let sql = format!("{LOAD}{}", self.locking(" FOR UPDATE OF w"));
            found = self.peek(LOADING, &sql, params, watch)?;
        }
        let load = |place: &Place| {
            let known = found.iter().find(|watch| watch.place == *place);
            let seen = known.map(|watch| (watch.recent.clone(), watch.stopped.as_ref().map(|(at, _)| at.ms())));
            self.seen.watches.insert(place.clone(), seen);
            known.cloned().unwrap_or_else(|| Watch { place: place.clone(), recent: String::new(), stopped: None })
        };
        Ok(places.iter().map(load).collect())
    }

    fn watches_save(&mut self, watches: &[Watch]) -> Result<(), StoreError> {
        watches.iter().try_for_each(|watch| save(self, watch))
    }

    fn watches_stopped(&mut self) -> Result<Vec<Watch>, StoreError> {
        let sql = "SELECT topic, partition, '', stopped_at, stopped_why FROM intake_watches
                   WHERE stopped_at IS NOT NULL ORDER BY topic, partition";
        self.all("listing stopped places", sql, &[], watch)
    }

    fn pass_add(&mut self, pass: &Pass) -> Result<i64, StoreError> {
        let sql = "INSERT INTO intake_passes (topic, partition, reason, left_over, until, author, at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING number";
        let left = pass.left.map(|left| i64::try_from(left).unwrap_or(i64::MAX));
        let (until, at) = (pass.until.map(Instant::ms), pass.at.ms());
        let params: Params<'_> = &[&pass.topic, &pass.partition, &pass.reason, &left, &until, &pass.author, &at];
        let number = self.change_returning("letting dead letters pass", sql, params, super::session::only::<i64>)?;
        number.into_iter().next().ok_or(StoreError::Stopped)
    }

    fn passes(&mut self, now: Instant) -> Result<Vec<Pass>, StoreError> {
        let sql = "SELECT number, topic, partition, reason, left_over, until, author, at FROM intake_passes
                   WHERE ended_at IS NULL AND (until IS NULL OR until > $1) ORDER BY number";
        self.peek("reading what may pass", sql, &[&now.ms()], pass)
    }

    fn pass_spend(&mut self, number: i64, letters: u64, now: Instant) -> Result<(), StoreError> {
        let sql = "UPDATE intake_passes SET left_over = greatest(left_over - $2, 0),
                   ended_at = CASE WHEN left_over <= $2 THEN $3::bigint END
                   WHERE number = $1 AND left_over IS NOT NULL AND ended_at IS NULL";
        let letters = i64::try_from(letters).unwrap_or(i64::MAX);
        self.execute("spending a pass", sql, &[&number, &letters, &now.ms()]).map(drop)
    }

    fn pass_end(&mut self, number: i64, author: &str, now: Instant) -> Result<bool, StoreError> {
        let sql = "UPDATE intake_passes SET ended_at = $3, ended_by = $2
                   WHERE number = $1 AND ended_at IS NULL AND (until IS NULL OR until > $3)";
        Ok(self.execute("taking a pass back", sql, &[&number, &author, &now.ms()])? > 0)
    }
}

/// Keeps what is remembered of a place, if it still is what this step has read.
fn save(session: &mut Session<'_>, watch: &Watch) -> Result<(), StoreError> {
    let (topic, partition) = &watch.place;
    let (at, why) = watch.stopped.as_ref().map(|(at, why)| (at.ms(), why)).unzip();
    let insert = "INSERT INTO intake_watches (topic, partition, recent, stopped_at, stopped_why)
                  VALUES ($1, $2, $3, $4, $5) ON CONFLICT";
    let new: Params<'_> = &[topic, partition, &watch.recent, &at, &why];
    let changed = match session.seen.watches.get(&watch.place).cloned() {
        Some(Some((recent, stopped))) => {
            let sql = "UPDATE intake_watches SET recent = $3, stopped_at = $4, stopped_why = $5
                       WHERE topic = $1 AND partition = $2 AND recent = $6 AND stopped_at IS NOT DISTINCT FROM $7";
            session.execute(SAVING, sql, &[topic, partition, &watch.recent, &at, &why, &recent, &stopped])?
        }
        Some(None) => session.execute(SAVING, &format!("{insert} DO NOTHING"), new)?,
        None => {
            let sql = format!(
                "{insert} (topic, partition) DO UPDATE SET recent = excluded.recent,
                 stopped_at = excluded.stopped_at, stopped_why = excluded.stopped_why"
            );
            session.execute(SAVING, &sql, new)?
        }
    };
    session.seen.watches.insert(watch.place.clone(), Some((watch.recent.clone(), at)));
    if changed == 0 { Err(fault::overtaken(SAVING)) } else { Ok(()) }
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
