//! One service a file: a second one on the same file waits until the first has ended.
//!
//! Tools open the file beside a running service, which SQLite's own locks sort out. Two services would wait for each
//! other at every step, and each would take its own partitions for all there are.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::Path;

use crate::store::{Class, StoreError};

/// The lock of the file, held until this is dropped or the process dies.
#[derive(Debug)]
pub(super) struct Owner {
    _locked: File,
}

impl Owner {
    /// Locks the file beside the database at `path` that stands for it: SQLite's own files must not be opened and closed
    /// by anybody else, or their locks are gone.
    ///
    /// # Errors
    /// When another service has it, which may pass, or the file cannot be made.
    pub(super) fn of(path: &Path) -> Result<Self, StoreError> {
        let mut name = path.as_os_str().to_owned();
        name.push(".lock");
        let file = File::options().create(true).truncate(false).write(true).open(&name);
        let file = file.map_err(|source| {
            let class = if source.kind() == ErrorKind::StorageFull { Class::Retry } else { Class::Fatal };
            refused("let this user write into the database's folder", class, source)
        })?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _locked: file }),
            Err(TryLockError::WouldBlock) => Err(refused(
                "another `forewarn serve` has this file; end it, or let processes share a PostgreSQL database (store.url)",
                Class::Retry,
                ErrorKind::WouldBlock.into(),
            )),
            Err(TryLockError::Error(source)) => {
                Err(refused("put the file on a local disk, where files can be locked", Class::Fatal, source))
            }
        }
    }
}

fn refused(remedy: &'static str, class: Class, source: std::io::Error) -> StoreError {
    StoreError::Database { operation: "taking the database for this process", remedy, class, source: Box::new(source) }
}
