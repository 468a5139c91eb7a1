//! The store the configuration names, for the service and for tools.

use std::path::Path;

use anyhow::Context;

use crate::config;
use crate::store::postgres::{self, PostgresBackend};
use crate::store::sqlite::{self, SqliteBackend};
use crate::store::{Store, StoreError, Tx};

/// Opens the store for the service. Blocks.
///
/// # Errors
/// When the file cannot be opened or another service has it, or no server answers.
pub(super) fn serving(config: &config::Store) -> Result<Store, StoreError> {
    opened(config, SqliteBackend::open_alone)
}

/// Opens the store for a tool that works beside the service. Blocks.
///
/// # Errors
/// When the file cannot be opened or no server answers.
pub(super) fn beside(config: &config::Store) -> Result<Store, StoreError> {
    opened(config, SqliteBackend::open)
}

fn opened(
    config: &config::Store,
    file: impl FnOnce(&Path) -> Result<SqliteBackend, StoreError>,
) -> Result<Store, StoreError> {
    match settings(config) {
        Some(settings) => PostgresBackend::open(&settings).map(Store::new),
        None => file(&config.path).map(Store::new),
    }
}

/// One connection, for a tool; steps run where they are called.
pub(super) enum Desk {
    /// To a file.
    File(Box<sqlite::Db>),
    /// To a server.
    Server(Box<postgres::Db>),
}

impl Desk {
    /// Opens the store.
    ///
    /// # Errors
    /// As [`beside`].
    pub(super) fn open(config: &config::Store) -> anyhow::Result<Self> {
        let opened = match settings(config) {
            Some(settings) => postgres::Db::open(&settings).map(Box::new).map(Self::Server),
            None => sqlite::Db::open(&config.path).map(Box::new).map(Self::File),
        };
        opened.context("opening the store")
    }

    /// Runs `step` in one transaction and gives its result.
    ///
    /// # Errors
    /// Whatever the step or the database answers; then nothing was written.
    pub(super) fn transact<R>(
        &mut self,
        step: &mut dyn FnMut(&mut dyn Tx) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        match self {
            Self::File(db) => db.transact(step),
            Self::Server(db) => db.transact(step),
        }
    }
}

/// What the configuration says about the server, if there is one.
fn settings(config: &config::Store) -> Option<postgres::Settings> {
    let timeout = u64::try_from(config.statement_timeout.ms()).unwrap_or(0);
    Some(postgres::Settings {
        password: config.password.clone(),
        ca_file: config.ca_file.clone(),
        connections: config.connections,
        statement_timeout: std::time::Duration::from_millis(timeout),
        ..postgres::Settings::new(config.url.as_deref()?)
    })
}
