//! From SQLite's error codes to what a caller and an operator can do.

use rusqlite::ErrorCode;

use crate::store::{Class, StoreError};

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

/// Whether nothing can be trusted to be kept after `error`.
pub(super) fn is_fatal(error: &StoreError) -> bool {
    matches!(error, StoreError::Database { class: Class::Fatal, .. })
}

fn judge(error: &rusqlite::Error) -> (Class, &'static str) {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => (Class::Fatal, "the disk is full; free space and start again"),
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
