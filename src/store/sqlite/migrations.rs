//! The schema's history: ordered, forward only, each step in a transaction of its own.

use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::{Batch, Connection, TransactionBehavior};

use super::fault;
use crate::store::{Class, StoreError};

/// Marks a file as Forewarn's: `FWRN` in ASCII, written to SQLite's header field for this purpose.
const APPLICATION_ID: i64 = 0x4657_524E;

/// Every step; the schema's version is how many were taken.
pub(super) const STEPS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_queues.sql"),
    include_str!("migrations/0003_letters.sql"),
    include_str!("migrations/0004_messages.sql"),
    include_str!("migrations/0005_checksums.sql"),
    include_str!("migrations/0006_forecast.sql"),
    include_str!("migrations/0007_replicas.sql"),
    include_str!("migrations/0008_jobs.sql"),
    include_str!("migrations/0009_hindsight.sql"),
    include_str!("migrations/0010_quotes.sql"),
    include_str!("migrations/0011_expedites.sql"),
    include_str!("migrations/0012_trials.sql"),
    include_str!("migrations/0013_desk.sql"),
    include_str!("migrations/0014_incidents.sql"),
    include_str!("migrations/0015_in_danger.sql"),
];

/// Brings the schema up to date.
///
/// # Errors
/// [`StoreError::TooNew`] when a newer program wrote it, a fatal error when the file is another program's.
pub(super) fn migrate(conn: &mut Connection) -> Result<(), StoreError> {
    migrate_through(conn, STEPS, &mut |_, _| ())
}

/// The version of the schema, and the newest one known.
///
/// # Errors
/// [`StoreError::TooNew`] when a newer program wrote it, a fatal error when the file is no store of ours.
pub(super) fn standing(conn: &Connection) -> Result<(i64, i64), StoreError> {
    let (id, found, known) = (number(conn, "application_id")?, number(conn, "user_version")?, version_of(STEPS));
    match id {
        APPLICATION_ID if found > known => Err(StoreError::TooNew { found, known }),
        APPLICATION_ID => Ok((found, known)),
        id => Err(foreign(id)),
    }
}

/// Takes `steps`, calling `before` with the step's and the statement's number before each statement: where a test
/// pulls the plug.
pub(super) fn migrate_through(
    conn: &mut Connection,
    steps: &[&str],
    before: &mut dyn FnMut(usize, usize),
) -> Result<(), StoreError> {
    let known = version_of(steps);
    // The common case takes no write lock, so that a tool can open the file of a busy service.
    if number(conn, "application_id")? == APPLICATION_ID && number(conn, "user_version")? == known {
        return Ok(());
    }
    claim(conn)?;
    loop {
        // Read again inside the transaction: another process may have taken this step a moment ago.
        let tx = conn
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(fault::at("starting a migration"))?;
        let version = number(&tx, "user_version")?;
        let done = usize::try_from(version).unwrap_or(usize::MAX);
        let Some(step) = steps.get(done) else {
            return if version == known { Ok(()) } else { Err(StoreError::TooNew { found: version, known }) };
        };
        take(&tx, step, &mut |statement| before(done, statement))?;
        tx.pragma_update(None, "user_version", version + 1).map_err(fault::at("migrating the schema"))?;
        tx.commit().map_err(fault::at("migrating the schema"))?;
    }
}

/// The version of a schema that took `steps`.
fn version_of(steps: &[&str]) -> i64 {
    i64::try_from(steps.len()).unwrap_or(i64::MAX)
}

fn take(tx: &Connection, step: &str, before: &mut dyn FnMut(usize)) -> Result<(), StoreError> {
    let mut batch = Batch::new(tx, step);
    for number in 0.. {
        before(number);
        let Some(mut statement) = batch.next().map_err(fault::at("migrating the schema"))? else { break };
        // A statement may answer with rows, as some settings do.
        let mut rows = statement.raw_query();
        while rows.next().map_err(fault::at("migrating the schema"))?.is_some() {}
    }
    Ok(())
}

/// Marks an empty file as ours and refuses one that is somebody else's.
fn claim(conn: &mut Connection) -> Result<(), StoreError> {
    let tx =
        conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault::at("opening the database"))?;
    let id = number(&tx, "application_id")?;
    if id == APPLICATION_ID {
        return Ok(());
    }
    let tables: i64 = tx
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(fault::at("opening the database"))?;
    if id != 0 || tables != 0 {
        return Err(foreign(id));
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID).map_err(fault::at("opening the database"))?;
    tx.commit().map_err(fault::at("opening the database"))
}

fn number(conn: &Connection, pragma: &str) -> Result<i64, StoreError> {
    conn.pragma_query_value(None, pragma, |row| row.get(0)).map_err(fault::at("opening the database"))
}

fn foreign(id: i64) -> StoreError {
    StoreError::Database {
        operation: "opening the database",
        remedy: "the file belongs to another program; name another file for the store",
        class: Class::Fatal,
        source: format!("application id {id:#x} instead of {APPLICATION_ID:#x}").into(),
    }
}
