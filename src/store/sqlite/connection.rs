//! How connections are opened: every setting that differs from SQLite's own, with its reason.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::fault;
use crate::store::{Class, StoreError};

/// How long a statement waits for another process, such as a command line tool, before it gives up. Our choice: far
/// longer than any transaction takes, short enough that a stuck tool is noticed.
const BUSY: Duration = Duration::from_secs(5);
/// Distinct statements are counted in dozens; none should ever be compiled twice.
const STATEMENTS: usize = 256;

const WRITER: &[(&str, &str)] = &[
    // Only a file without tables takes this: pruned pages can then be given back in small steps.
    ("auto_vacuum", "INCREMENTAL"),
    // Readers never wait for the writer and a commit is one sequential write.
    ("journal_mode", "WAL"),
    // A commit is on the disk when it returns; NORMAL could lose it with the power.
    ("synchronous", "FULL"),
    // References between tables are checked, should the schema hold any.
    ("foreign_keys", "ON"),
    // Sorting and undoing a step stay in memory: personal data never reaches a temporary file.
    ("temp_store", "MEMORY"),
    // 64 MiB, so that the inner pages of every index stay in memory with millions of orders.
    ("cache_size", "-65536"),
    // Pages: 32 MiB are folded back into the file at once. The default of 4 MiB would do so at every large batch and
    // write the same hot pages again and again.
    ("wal_autocheckpoint", "8192"),
    // Bytes: after a burst the write-ahead log shrinks back to 64 MiB.
    ("journal_size_limit", "67108864"),
];

const READER: &[(&str, &str)] = &[
    // A second lock beside the open mode: not even a temporary table is written.
    ("query_only", "ON"),
    ("temp_store", "MEMORY"),
    // 16 MiB each; readers serve pages for people and counts.
    ("cache_size", "-16384"),
];

const MEMORY: &[(&str, &str)] = &[
    // There is no disk to wait for, and undoing a step needs no file either.
    ("journal_mode", "MEMORY"),
    ("synchronous", "OFF"),
    ("foreign_keys", "ON"),
    ("temp_store", "MEMORY"),
];

/// Opens the file at `path` for writing, or makes it.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    create_private(path)?;
    let conn = Connection::open(path).map_err(fault::at("opening the database"))?;
    configure(&conn, WRITER)?;
    Ok(conn)
}

/// Opens the file at `path` for reading only.
pub(super) fn open_read_only(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags).map_err(fault::at("opening the database for reading"))?;
    configure(&conn, READER)?;
    Ok(conn)
}

/// Makes an empty file at `path` for a copy, with no setting of its own.
pub(super) fn make_plain(path: &Path) -> Result<Connection, StoreError> {
    create_private(path)?;
    Connection::open(path).map_err(fault::at("making the copy"))
}

/// Leaves the write-ahead log behind, so that the database is the one file.
pub(super) fn forget_log(conn: &Connection) -> Result<(), StoreError> {
    configure(conn, &[("journal_mode", "DELETE"), ("synchronous", "FULL")])
}

/// An empty database in memory.
pub(super) fn in_memory() -> Result<Connection, StoreError> {
    let conn = Connection::open_in_memory().map_err(fault::at("opening a database in memory"))?;
    configure(&conn, MEMORY)?;
    Ok(conn)
}

fn configure(conn: &Connection, pragmas: &[(&str, &str)]) -> Result<(), StoreError> {
    conn.busy_timeout(BUSY).map_err(fault::at("setting up the database"))?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    // Plans do not depend on bound values. Without it SQLite prepares a statement that a partial index may serve anew
    // at every call, which measured as a quarter of all time.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(fault::at("setting up the database"))?;
    for (name, value) in pragmas {
        // Some settings answer with a row and some do not; both are fine.
        conn.pragma_update_and_check(None, name, value, |_| Ok(()))
            .or_else(no_answer)
            .map_err(fault::at("setting up the database"))?;
    }
    Ok(())
}

fn no_answer(error: rusqlite::Error) -> rusqlite::Result<()> {
    match error {
        rusqlite::Error::QueryReturnedNoRows => Ok(()),
        other => Err(other),
    }
}

/// Makes an absent file readable and writable by its owner only; SQLite gives the files beside it the same mode.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(StoreError::Database {
            operation: "making the database file",
            remedy: "make its folder and let the service's user write there",
            class: Class::Fatal,
            source: Box::new(source),
        }),
    }
}
