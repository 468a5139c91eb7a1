//! The connections of one process: a few for steps that write, a few for those that only read, so that pages for
//! people never wait for intake nor intake for them.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connection::Connection;
use super::server::Server;
use crate::store::StoreError;

/// Idle connections, and who may take one.
#[derive(Debug)]
pub(super) struct Pool {
    server: Server,
    idle: Mutex<Vec<Connection>>,
    writers: Arc<Semaphore>,
    readers: Arc<Semaphore>,
}

impl Pool {
    /// A pool of at most `connections`, of which a third, at least one, is for reading.
    pub(super) fn new(server: Server, connections: usize) -> Self {
        let readers = (connections / 3).max(1);
        let writers = connections.saturating_sub(readers).max(1);
        Self {
            server,
            idle: Mutex::default(),
            writers: Arc::new(Semaphore::new(writers)),
            readers: Arc::new(Semaphore::new(readers)),
        }
    }

    /// Waits for its turn to write. Who waits is what slows intake down.
    pub(super) async fn turn_to_write(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        Arc::clone(&self.writers).acquire_owned().await.map_err(|_| StoreError::Stopped)
    }

    /// Waits for its turn to read.
    pub(super) async fn turn_to_read(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        Arc::clone(&self.readers).acquire_owned().await.map_err(|_| StoreError::Stopped)
    }

    /// An idle connection, else a new one. Blocks.
    ///
    /// # Errors
    /// When no server takes a connection.
    pub(super) fn take(&self) -> Result<Connection, StoreError> {
        let idle = self.lock().pop();
        match idle.filter(|connection| !connection.is_closed()) {
            Some(connection) => Ok(connection),
            None => self.server.connect(),
        }
    }

    /// A new connection, whatever lies idle.
    ///
    /// # Errors
    /// As [`Pool::take`].
    pub(super) fn take_new(&self) -> Result<Connection, StoreError> {
        self.server.connect()
    }

    /// Gives a connection back that stands outside a transaction.
    pub(super) fn give_back(&self, connection: Connection) {
        self.lock().push(connection);
    }

    /// Closes what lies idle: the server these were opened to is gone. Blocks.
    pub(super) fn clear(&self) {
        let idle = std::mem::take(&mut *self.lock());
        drop(idle);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pool {
    /// A connection is closed by a runtime of its own, which no task of another runtime may drop.
    fn drop(&mut self) {
        let idle = std::mem::take(&mut *self.lock());
        if idle.is_empty() {
            return;
        }
        let closing = std::thread::Builder::new().name("store-close".into()).spawn(move || drop(idle));
        if closing.map(std::thread::JoinHandle::join).is_err() {
            tracing::warn!("the system gave no thread to close the database's connections in");
        }
    }
}
