//! The shared store: PostgreSQL, for any number of processes.
//!
//! [`PostgresBackend`] is what the service holds: a few connections, each step one transaction on one of them.
//! [`Db`] is a single connection for tools. Nothing here decides anything; what several writers need beyond SQLite's
//! one is told where it is done: `step` for isolation and repetition, `session` for writing together, `seen` for
//! asking together, `bell` for news between processes.

mod bell;
mod conditions;
mod connection;
mod desk;
mod expedites;
mod fault;
mod grants;
mod hindsight;
mod incidents;
mod intake;
mod key;
mod letters;
mod listing;
mod migrations;
mod model;
mod notices;
mod orders;
mod outbound;
mod pending;
mod pool;
mod prune;
mod query;
mod quotes;
mod replica;
mod seen;
mod server;
mod session;
mod settings;
mod step;
#[cfg(test)]
mod tests;
mod trials;
mod watches;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

pub use server::Settings;

use super::handle::Ring;
use super::{Job, StoreBackend, StoreError, Tx};
use bell::Bell;
use pool::Pool;
use server::Server;

/// A store on a PostgreSQL database that other processes may share.
#[derive(Debug)]
pub struct PostgresBackend {
    pool: Arc<Pool>,
    bell: Bell,
    schema: Arc<str>,
}

impl PostgresBackend {
    /// Connects, brings the schema up to date and starts to listen for news. Blocks: call it where that is allowed.
    ///
    /// # Errors
    /// When no server answers or it refuses, the schema is newer than this program, or the settings cannot be read.
    pub fn open(settings: &Settings) -> Result<Self, StoreError> {
        let server = Server::new(settings)?;
        let mut first = server.prepare()?;
        let schema: Arc<str> = key::schema(&mut first)?.into();
        let bell = Bell::start(server.clone(), Arc::clone(&schema))?;
        let pool = Pool::new(server, settings.connections);
        pool.give_back(first);
        Ok(Self { pool: Arc::new(pool), bell, schema })
    }
}

impl StoreBackend for PostgresBackend {
    fn write(&self, mut job: Job) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + '_>> {
        Box::pin(async move {
            let turn = self.pool.turn_to_write().await?;
            let (pool, schema) = (Arc::clone(&self.pool), Arc::clone(&self.schema));
            // The step runs to its end even if nobody waits any more.
            let blocking = tokio::task::spawn_blocking(move || {
                let result = step::write(&pool, &schema, &mut *job);
                drop(turn);
                result
            });
            let effects = blocking.await.map_err(|_| StoreError::Stopped)??;
            self.bell.tell(effects);
            Ok(())
        })
    }

    fn read(&self, mut job: Job) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + '_>> {
        Box::pin(async move {
            let turn = self.pool.turn_to_read().await?;
            let (pool, schema) = (Arc::clone(&self.pool), Arc::clone(&self.schema));
            let blocking = tokio::task::spawn_blocking(move || {
                let result = step::read(&pool, &schema, &mut *job);
                drop(turn);
                result
            });
            blocking.await.map_err(|_| StoreError::Stopped)?
        })
    }

    fn watch(&self, ring: Ring) {
        self.bell.watch(ring);
    }

    fn is_shared(&self) -> bool {
        true
    }
}

/// A database whose schema is up to date, for tools: steps run where they are called, which may block.
#[derive(Debug)]
pub struct Db {
    pool: Pool,
    schema: String,
}

impl Db {
    /// Connects and brings the schema up to date.
    ///
    /// # Errors
    /// As [`PostgresBackend::open`].
    pub fn open(settings: &Settings) -> Result<Self, StoreError> {
        let server = Server::new(settings)?;
        let mut first = server.prepare()?;
        let schema = key::schema(&mut first)?;
        let pool = Pool::new(server, 2);
        pool.give_back(first);
        Ok(Self { pool, schema })
    }

    /// Runs `step` in one transaction and gives its result. It is durable when this returns.
    ///
    /// # Errors
    /// Whatever the step or the database answers; then nothing was written.
    pub fn transact<R>(&mut self, step: &mut dyn FnMut(&mut dyn Tx) -> Result<R, StoreError>) -> Result<R, StoreError> {
        let mut result = None;
        step::write(&self.pool, &self.schema, &mut |tx: &mut dyn Tx| {
            result = Some(step(tx)?);
            Ok(())
        })?;
        result.ok_or(StoreError::Stopped)
    }
}
