//! Looks a whole store over: the file's structure, every row against its checksum, and whether the rows fit each other.
//!
//! Reads only, on one snapshot, beside a running service. That snapshot keeps the write-ahead log from being folded
//! into the file, so the log grows while the inspection lasts.

mod relations;
mod tables;

use std::path::Path;

use rusqlite::Connection;

use super::session::Session;
use super::{connection, fault, log, migrations};
use crate::store::{Class, Finding, Inspection, StoreError};

/// Most lines SQLite is asked for; it stops looking after that many.
const LINES_MAX: usize = 100;

/// Tables from which a lost row changes what is sent to whom: a buyer who wants no mail, a shop's first day, a pause.
/// They are small enough to be looked over at every start.
const STEERING: &[&str] = &[
    "preferences",
    "merchants",
    "conditions",
    "policies",
    "switches",
    "offsets",
    "model_groups",
    "model_queues",
    "model_parts",
    "access",
    "notes",
];

/// Looks the store at `path` over.
///
/// # Errors
/// When the file cannot be read, is no store of ours, or was written by a newer program. Damage is no error here.
pub fn inspect(path: &Path) -> Result<Inspection, StoreError> {
    let mut found = Inspection::default();
    if let Some(commits) = log::lost_commits(path)? {
        found.note(Finding::LostSteps { commits });
    }
    let conn = match open(path) {
        Ok(conn) => conn,
        Err(error) => return damage(error, &mut found).map(|()| found),
    };
    let tx = conn.unchecked_transaction().map_err(fault::at("starting to read"))?;
    structure(&tx, &format!("PRAGMA integrity_check({LINES_MAX})"), &mut found)?;
    match migrations::standing(&tx)? {
        (version, known) if version < known => found.note(Finding::OldSchema { found: version, known }),
        _ => {
            let session = Session::new(&tx);
            tables::read_all(&session, &mut found)?;
            relations::compare(&session, &mut found)?;
        }
    }
    tx.rollback().map_err(fault::at("ending a read"))?;
    Ok(found)
}

/// Looks over what steers the service: what a start checks before anything is sent.
///
/// # Errors
/// The first damage found, as an error that ends the start; otherwise when the database fails.
pub(super) fn steering(conn: &Connection) -> Result<(), StoreError> {
    let mut found = Inspection::default();
    for table in STEERING {
        structure(conn, &format!("PRAGMA integrity_check('{table}')"), &mut found)?;
    }
    tables::read_steering(&Session::new(conn), &mut found)?;
    found.findings.first().map_or(Ok(()), |finding| Err(fault::damaged(finding)))
}

/// The first thing SQLite finds wrong with a file that was just written.
pub(super) fn fresh(conn: &Connection) -> Result<Option<Finding>, StoreError> {
    let mut found = Inspection::default();
    structure(conn, "PRAGMA quick_check(1)", &mut found)?;
    Ok(found.findings.pop())
}

fn open(path: &Path) -> Result<Connection, StoreError> {
    let conn = connection::open_read_only(path)?;
    // Nothing is read from the file before this.
    migrations::standing(&conn)?;
    Ok(conn)
}

/// What SQLite says about the file, or about one table and its indexes, when asked by `pragma`.
fn structure(conn: &Connection, pragma: &str, found: &mut Inspection) -> Result<(), StoreError> {
    let mut lines = Vec::new();
    let read = Session::new(conn).each("checking the file", pragma, [], |f| {
        lines.push(f.take::<String>()?);
        Ok(())
    });
    read.or_else(|error| damage(error, found))?;
    lines.into_iter().filter(|line| line != "ok").for_each(|line| found.note(Finding::Structure(line)));
    Ok(())
}

/// Turns an error that is itself a sign of damage into a finding.
///
/// # Errors
/// `error`, where it says something else: the disk, a lock, memory.
fn damage(error: StoreError, found: &mut Inspection) -> Result<(), StoreError> {
    match error {
        StoreError::Damaged { what, id, source } => found.note(Finding::Row { what, id, why: source.to_string() }),
        StoreError::Database { class: Class::Fatal | Class::Permanent, operation, source, .. }
            if fault::is_damage(source.as_ref()) =>
        {
            found.note(Finding::Structure(format!("{operation}: {source}")));
        }
        other => return Err(other),
    }
    Ok(())
}
