//! The embedded store: one SQLite file, one writer, a few readers.
//!
//! [`Db`] is one connection that owns the schema; tests run steps on it directly, in memory. [`SqliteBackend`]
//! is what the service holds: a thread of its own that owns the one writing [`Db`] and commits waiting steps together,
//! and a small pool of connections that only read. The engine never sees SQL, and nothing here decides anything.

mod backup;
mod checksum;
mod conditions;
mod connection;
mod desk;
mod expedites;
mod fault;
mod grants;
mod hindsight;
mod incidents;
mod inspect;
mod intake;
mod letters;
mod listing;
mod log;
mod migrations;
mod model;
mod notices;
mod orders;
mod outbound;
mod owner;
mod prune;
mod quotes;
mod readers;
mod replica;
mod session;
mod settings;
#[cfg(test)]
mod tests;
mod trials;
mod watches;
mod writer;

use std::future::Future;
use std::path::Path;
use std::pin::Pin;

use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use backup::{Copied, backup};
pub use inspect::inspect;

use super::{Job, StoreBackend, StoreError, Tx, document};
use owner::Owner;
use readers::Readers;
use session::Session;
use writer::Writer;

/// One connection to a database whose schema is up to date.
#[derive(Debug)]
pub struct Db {
    conn: Connection,
}

impl Db {
    /// Opens the file at `path`, or makes it, readable by its owner only because it will hold personal data.
    ///
    /// # Errors
    /// When the file cannot be opened or written, is another program's, was written by a newer program, or has a log
    /// from which kept steps can no longer be read.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        // Opened, the log would be read as far as it goes and be gone.
        if let Some(commits) = log::lost_commits(path)? {
            return Err(fault::lost_steps(commits));
        }
        let mut conn = connection::open(path)?;
        migrations::migrate(&mut conn)?;
        Ok(Self { conn })
    }

    /// Makes an empty database in memory; it is gone when dropped and never waits for a disk.
    ///
    /// # Errors
    /// When memory runs out.
    pub fn in_memory() -> Result<Self, StoreError> {
        let mut conn = connection::in_memory()?;
        migrations::migrate(&mut conn)?;
        Ok(Self { conn })
    }

    /// Runs `step` in one transaction and gives its result. It is on disk when this returns.
    ///
    /// # Errors
    /// Whatever the step or the database answers; then nothing was written.
    pub fn transact<R>(&mut self, step: &mut dyn FnMut(&mut dyn Tx) -> Result<R, StoreError>) -> Result<R, StoreError> {
        // Dropped without a commit, whether by an error or by a panic, a transaction is undone.
        let tx = self.begin()?;
        let result = step(&mut Session::new(&tx))?;
        tx.commit().map_err(fault::at("committing"))?;
        Ok(result)
    }

    /// Starts a transaction that holds the write lock from the beginning, so that no later statement has to wait.
    fn begin(&mut self) -> Result<Transaction<'_>, StoreError> {
        self.conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault::at("starting a transaction"))
    }
}

/// The store of a service: steps that write share commits on one thread, steps that read run beside them.
///
/// Dropping it finishes the steps that wait and closes the file.
#[derive(Debug)]
pub struct SqliteBackend {
    // Dropped in this order: only a connection that may write folds the log into the file when it is the last.
    readers: Readers,
    writer: Writer,
    _owner: Option<Owner>,
}

impl SqliteBackend {
    /// Opens the file at `path`, or makes it, looks over what steers the service, and starts the writer; beside a
    /// service that has the file, as tools do.
    ///
    /// # Errors
    /// As [`Db::open`], when what steers the service is damaged, and when the thread cannot be started.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::start(path, |_| Ok(None))
    }

    /// The same for the service itself, of which a file has one.
    ///
    /// # Errors
    /// As [`SqliteBackend::open`], and when another service has the file, which may pass.
    pub fn open_alone(path: &Path) -> Result<Self, StoreError> {
        Self::start(path, |path| Owner::of(path).map(Some))
    }

    fn start(path: &Path, own: impl FnOnce(&Path) -> Result<Option<Owner>, StoreError>) -> Result<Self, StoreError> {
        // The writer comes first: it makes the file and the shared memory beside it that readers need.
        let db = Db::open(path)?;
        let owner = own(path)?;
        inspect::steering(&db.conn)?;
        let readers = Readers::open(path)?;
        Ok(Self { writer: Writer::start(db)?, readers, _owner: owner })
    }
}

impl StoreBackend for SqliteBackend {
    fn write(&self, job: Job) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + '_>> {
        Box::pin(self.writer.run(job))
    }

    /// Writes are refused rather than dropped: the connection is opened for reading.
    fn read(&self, job: Job) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + '_>> {
        Box::pin(self.readers.run(job))
    }

    fn trouble(&self) -> Option<String> {
        self.writer.trouble()
    }
}
