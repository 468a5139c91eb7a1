//! A store that is sometimes busy, and sometimes keeps a step and loses the answer.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use forewarn::store::sqlite::SqliteBackend;
use forewarn::store::{Class, Job, StoreBackend, StoreError};

/// How often which mood struck.
#[derive(Debug, Default)]
pub(super) struct Moods {
    writes: AtomicU32,
    busy: AtomicU32,
    lost: AtomicU32,
}

impl Moods {
    pub(super) fn busy(&self) -> u32 {
        self.busy.load(Ordering::Relaxed)
    }

    pub(super) fn lost(&self) -> u32 {
        self.lost.load(Ordering::Relaxed)
    }
}

pub(super) struct Moody {
    inner: SqliteBackend,
    moods: Arc<Moods>,
}

impl Moody {
    pub(super) fn open(path: &Path) -> Self {
        Self { inner: SqliteBackend::open(path).unwrap(), moods: Arc::default() }
    }

    pub(super) fn moods(&self) -> Arc<Moods> {
        Arc::clone(&self.moods)
    }
}

impl StoreBackend for Moody {
    fn write(&self, job: Job) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + '_>> {
        Box::pin(async {
            let number = self.moods.writes.fetch_add(1, Ordering::Relaxed);
            if number % 4 == 1 {
                self.moods.busy.fetch_add(1, Ordering::Relaxed);
                return Err(again());
            }
            self.inner.write(job).await?;
            if number % 7 == 3 {
                self.moods.lost.fetch_add(1, Ordering::Relaxed);
                return Err(again());
            }
            Ok(())
        })
    }

    fn read(&self, job: Job) -> Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + '_>> {
        self.inner.read(job)
    }
}

fn again() -> StoreError {
    StoreError::Database { operation: "testing", remedy: "try again", class: Class::Retry, source: "a mood".into() }
}
