//! Steps that only read: a few connections beside the writer, each step on its own snapshot.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::connection;
use super::fault;
use super::session::Session;
use crate::store::{Job, StoreError};

/// Our choice: people look at pages and metrics are read every few seconds; more would only take cores from intake.
const READERS: usize = 3;

/// A pool of connections opened for reading.
#[derive(Debug)]
pub(super) struct Readers {
    idle: Arc<Mutex<Vec<Connection>>>,
    free: Arc<Semaphore>,
}

impl Readers {
    /// Opens the pool on a file whose schema is up to date.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let idle: Result<Vec<Connection>, StoreError> =
            (0..READERS).map(|_| connection::open_read_only(path)).collect();
        Ok(Self { idle: Arc::new(Mutex::new(idle?)), free: Arc::new(Semaphore::new(READERS)) })
    }

    /// Runs `job` where it may block, once a connection is free.
    pub(super) async fn run(&self, mut job: Job) -> Result<(), StoreError> {
        let permit = Arc::clone(&self.free).acquire_owned().await.map_err(|_| StoreError::Stopped)?;
        let idle = Arc::clone(&self.idle);
        let blocking = tokio::task::spawn_blocking(move || {
            let conn = idle.lock().unwrap_or_else(PoisonError::into_inner).pop().ok_or(StoreError::Stopped)?;
            let result = snapshot(&conn, &mut job);
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
            drop(permit);
            result
        });
        // The step's own panics are caught inside; what is left is a runtime that shuts down.
        blocking.await.map_err(|_| StoreError::Stopped)?
    }
}

fn snapshot(conn: &Connection, job: &mut Job) -> Result<(), StoreError> {
    let tx = conn.unchecked_transaction().map_err(fault::at("starting to read"))?;
    let result = catch_unwind(AssertUnwindSafe(|| job(&mut Session::new(&tx))));
    let ended = tx.rollback().map_err(fault::at("ending a read"));
    result.unwrap_or_else(|_| Err(fault::panicked()))?;
    ended
}
