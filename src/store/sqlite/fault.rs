//! From SQLite's error codes to what a caller and an operator can do.

use rusqlite::ErrorCode;

use crate::store::{Class, Finding, StoreError};

/// Turns an error of SQLite during `operation` into the port's.
pub(super) fn at(operation: &'static str) -> impl Fn(rusqlite::Error) -> StoreError {
    move |source| {
        let (class, remedy) = judge(&source);
        StoreError::Database { operation, remedy, class, source: Box::new(source) }
    }
}

/// The same error for somebody else who shared its transaction.
pub(super) fn echo(error: &StoreError) -> StoreError {
    match error {
        StoreError::Database { operation, remedy, class, source } => {
            StoreError::Database { operation, remedy, class: *class, source: source.to_string().into() }
        }
        _ => StoreError::Stopped,
    }
}

/// What a step gets that panicked. The panic's own words stay in the log: they may quote what the step worked on.
pub(super) fn panicked() -> StoreError {
    StoreError::Database {
        operation: "running a step",
        remedy: "the step panicked and was undone; the panic stands in the log, set the order aside and report it",
        class: Class::Permanent,
        source: "the step panicked".into(),
    }
}

/// The error for a log whose kept steps cannot be read any more.
pub(super) fn lost_steps(commits: u64) -> StoreError {
    StoreError::Database {
        operation: "opening the database",
        remedy: "kept steps cannot be read any more; put the newest backup in the store's place, or what can still be \
                 read of this one: what `forewarn backup` makes of it",
        class: Class::Fatal,
        source: format!("the write-ahead log is damaged in front of {commits} or more commits").into(),
    }
}

/// The error for a store whose steering rows are damaged.
pub(super) fn damaged(finding: &Finding) -> StoreError {
    StoreError::Database {
        operation: "looking the store over at the start",
        remedy: "the database file is damaged; look at `forewarn check --store`, put the newest backup in its place and \
                 start again",
        class: Class::Fatal,
        source: format!("{finding:?}").into(),
    }
}

/// Whether only room on the disk is wanting.
pub(super) fn is_full(error: &StoreError) -> bool {
    let StoreError::Database { source, .. } = error else { return false };
    let error = source.downcast_ref::<rusqlite::Error>();
    error.and_then(rusqlite::Error::sqlite_error_code) == Some(ErrorCode::DiskFull)
}

/// Whether nothing can be trusted to be kept after `error`.
pub(super) fn is_fatal(error: &StoreError) -> bool {
    matches!(error, StoreError::Database { class: Class::Fatal, .. })
}

/// Whether `error` of the database says that the file is damaged.
pub(super) fn is_damage(error: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    let Some(error) = error.downcast_ref::<rusqlite::Error>() else { return false };
    let code = error.sqlite_error_code();
    // A value of another sort than its column, or text that is none, was not written by us.
    code.map_or(is_wrong_value(error), |code| matches!(code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

fn is_wrong_value(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error};
    matches!(error, FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) | Utf8Error(..))
}

fn judge(error: &rusqlite::Error) -> (Class, &'static str) {
    match error.sqlite_error_code() {
        // The transaction was undone cleanly and nothing is in doubt: whoever waits goes on when there is room.
        Some(ErrorCode::DiskFull) => {
            (Class::Retry, "the disk is full: nothing is taken in or sent until there is room; free space")
        }
        Some(ErrorCode::SystemIoFailure) => {
            (Class::Fatal, "the disk failed; look at the system's log, mend the disk and start again")
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            (Class::Fatal, "the database file is damaged; put the newest backup in its place and start again")
        }
        Some(ErrorCode::NotADatabase) => {
            (Class::Fatal, "the file is no SQLite database; name another file for the store")
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            (Class::Fatal, "the database cannot be written; let the service's user write to the file and its folder")
        }
        Some(ErrorCode::NoLargeFileSupport | ErrorCode::FileLockingProtocolFailed) => {
            (Class::Fatal, "the file system cannot carry the database; put the file on a local disk")
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            (Class::Retry, "another program holds the database; end it, or try again")
        }
        Some(ErrorCode::OutOfMemory) => (Class::Retry, "memory ran out; give the service more, or smaller batches"),
        Some(ErrorCode::OperationAborted | ErrorCode::OperationInterrupted | ErrorCode::SchemaChanged) => {
            (Class::Retry, "it was interrupted; try again")
        }
        Some(ErrorCode::TooBig) => (Class::Permanent, "a row is larger than the database takes; report it"),
        _ => (Class::Permanent, "this is a fault in the program; report it with this message"),
    }
}
