//! The schema's history: ordered, forward only, each step in a transaction of its own and by one process at a time.

use super::connection::Connection;
use super::{fault, key};
use crate::store::{Class, StoreError};

/// Every step; the schema's version is how many were taken.
const STEPS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_forecast.sql"),
    include_str!("migrations/0003_replicas.sql"),
    include_str!("migrations/0004_jobs.sql"),
    include_str!("migrations/0005_hindsight.sql"),
    include_str!("migrations/0006_quotes.sql"),
    include_str!("migrations/0007_expedites.sql"),
    include_str!("migrations/0008_trials.sql"),
    include_str!("migrations/0009_desk.sql"),
    include_str!("migrations/0010_incidents.sql"),
    include_str!("migrations/0011_in_danger.sql"),
];

/// Version 13 is the first whose transactions can be asked for after a commit whose answer was lost.
const SERVER_MIN: i32 = 130_000;

const MIGRATING: &str = "migrating the schema";

/// How many steps this program knows.
pub(super) fn known() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Brings the schema up to date.
///
/// # Errors
/// [`StoreError::TooNew`] when a newer program wrote it; a fatal error when the server is too old or keeps text in
/// another encoding than UTF-8.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    check_server(connection)?;
    // The common case takes no lock, so that a tool can open the database of a busy service.
    if version(connection)? == Some(known()) {
        return Ok(());
    }
    loop {
        connection.batch("BEGIN").map_err(fault::at(MIGRATING))?;
        let more = step(connection);
        let end = if more.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = connection.batch(end).map_err(fault::at(MIGRATING));
        if !more? {
            return ended;
        }
        ended?;
    }
}

/// Takes the next step, if there is one; whether there was.
fn step(connection: &mut Connection) -> Result<bool, StoreError> {
    let lock = key::of_schema(connection, "migrations")?;
    // Another process may migrate for minutes; it is waited for, however long it takes.
    connection.batch("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0").map_err(fault::at(MIGRATING))?;
    connection.execute("SELECT pg_advisory_xact_lock($1)", &[&lock]).map_err(fault::at(MIGRATING))?;
    // Read again under the lock: another process may have taken this step a moment ago.
    let done = version(connection)?.unwrap_or(0);
    let Some(sql) = usize::try_from(done).ok().and_then(|done| STEPS.get(done)) else {
        return if done == known() { Ok(false) } else { Err(StoreError::TooNew { found: done, known: known() }) };
    };
    let table = "CREATE TABLE IF NOT EXISTS schema_versions (
        version BIGINT PRIMARY KEY, taken_at TIMESTAMPTZ NOT NULL DEFAULT now())";
    connection.batch(table).map_err(fault::at(MIGRATING))?;
    connection.batch(sql).map_err(fault::at(MIGRATING))?;
    let note = "INSERT INTO schema_versions (version) VALUES ($1)";
    connection.execute(note, &[&(done + 1)]).map_err(fault::at(MIGRATING))?;
    Ok(true)
}

/// The schema's version; `None` where there is none yet.
fn version(connection: &mut Connection) -> Result<Option<i64>, StoreError> {
    let client = connection.client();
    let there = "SELECT to_regclass('schema_versions') IS NOT NULL";
    let is_there: bool = client.query_one(there, &[]).and_then(|row| row.try_get(0)).map_err(fault::at(MIGRATING))?;
    if !is_there {
        return Ok(None);
    }
    let newest = client.query_one("SELECT max(version) FROM schema_versions", &[]);
    newest.and_then(|row| row.try_get(0)).map_err(fault::at(MIGRATING))
}

fn check_server(connection: &mut Connection) -> Result<(), StoreError> {
    let sql = "SELECT current_setting('server_version_num')::int, current_setting('server_encoding')";
    let row = connection.client().query_one(sql, &[]).map_err(fault::at("looking at the server"))?;
    let (number, encoding): (i32, String) = (
        row.try_get(0).map_err(fault::at("looking at the server"))?,
        row.try_get(1).map_err(fault::at("looking at the server"))?,
    );
    let refuse = |remedy, found: String| {
        let operation = "looking at the server";
        Err(StoreError::Database { operation, remedy, class: Class::Fatal, source: found.into() })
    };
    if number < SERVER_MIN {
        return refuse("Forewarn needs PostgreSQL 13 or newer", format!("the server is version {number}"));
    }
    if encoding != "UTF8" {
        return refuse("make the database with ENCODING 'UTF8'", format!("the database keeps text as {encoding}"));
    }
    Ok(())
}
