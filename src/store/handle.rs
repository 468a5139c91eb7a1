//! The handle the service holds: hand it a step, await its result.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use super::{StoreError, Tx};

/// One step. It may be run again after a rollback, so it must not consume what it was given.
pub type Job = Box<dyn FnMut(&mut dyn Tx) -> Result<(), StoreError> + Send>;

/// What another process, or this one, has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// Orders wait to be looked at.
    Orders,
    /// Notices wait to leave.
    Notices,
}

/// Is called at news; must be quick.
pub type Ring = Arc<dyn Fn(News) + Send + Sync>;

/// A database that can run steps.
pub trait StoreBackend: Send + Sync + 'static {
    /// Runs `job` in one durable transaction; it is on disk when the future resolves.
    fn write(&self, job: Job) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + '_>>;

    /// Runs `job` on a consistent snapshot; whatever it writes is dropped.
    fn read(&self, job: Job) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + '_>>;

    /// Calls `ring` from now on at what other processes write, as far as they can be heard. News may come late, twice
    /// or never; nothing may depend on it. A store of one process has none to tell.
    fn watch(&self, ring: Ring) {
        drop(ring);
    }

    /// Whether other processes may work on it at the same time.
    fn is_shared(&self) -> bool {
        false
    }

    /// What keeps it from keeping anything at present, in a sentence for an operator.
    fn trouble(&self) -> Option<String> {
        None
    }
}

/// A cheap handle to a store.
#[derive(Clone)]
pub struct Store(Arc<dyn StoreBackend>);

impl Store {
    /// Wraps a backend.
    pub fn new(backend: impl StoreBackend) -> Self {
        Self(Arc::new(backend))
    }

    /// Runs `step` in one durable transaction and gives its result.
    ///
    /// # Errors
    /// Whatever the step or the database answers; then nothing was written.
    pub async fn write<R, F>(&self, step: F) -> Result<R, StoreError>
    where
        R: Send + 'static,
        F: FnMut(&mut dyn Tx) -> Result<R, StoreError> + Send + 'static,
    {
        let (job, slot) = boxed(step);
        self.0.write(job).await?;
        take(&slot)
    }

    /// As [`StoreBackend::watch`].
    pub fn watch(&self, ring: Ring) {
        self.0.watch(ring);
    }

    /// Runs `step` on a consistent snapshot and gives its result; its writes, if any, are dropped.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn read<R, F>(&self, step: F) -> Result<R, StoreError>
    where
        R: Send + 'static,
        F: FnMut(&mut dyn Tx) -> Result<R, StoreError> + Send + 'static,
    {
        let (job, slot) = boxed(step);
        self.0.read(job).await?;
        take(&slot)
    }
}

impl Store {
    /// As [`StoreBackend::is_shared`].
    pub fn is_shared(&self) -> bool {
        self.0.is_shared()
    }

    /// What keeps the store from keeping anything at present, in a sentence for an operator; it passes by itself once
    /// the operator has seen to it.
    pub fn trouble(&self) -> Option<String> {
        self.0.trouble()
    }
}

type Slot<R> = Arc<Mutex<Option<R>>>;

fn boxed<R, F>(mut step: F) -> (Job, Slot<R>)
where
    R: Send + 'static,
    F: FnMut(&mut dyn Tx) -> Result<R, StoreError> + Send + 'static,
{
    let slot: Slot<R> = Arc::default();
    let inner = Arc::clone(&slot);
    let job = Box::new(move |tx: &mut dyn Tx| {
        let result = step(tx)?;
        *inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(result);
        Ok(())
    });
    (job, slot)
}

fn take<R>(slot: &Slot<R>) -> Result<R, StoreError> {
    slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take().ok_or(StoreError::Stopped)
}
